// What the scheduler of the naive simulator learns of its workers: who is heard, whose leases are over, who joins and who leaves.
import { Event } from "../src/run/event-kinds.ts";
import { EntryKind, Reason } from "../src/model/trace.ts";
import { joiningWorkers, type WorkerAction } from "../src/model/world.ts";
import { type Due, dueFor } from "./naive-due.ts";
import type { Deeds, Run } from "./naive-run.ts";
import type { Attempt, NaiveWorkers } from "./naive-workers.ts";
import type { Task } from "./naive-world.ts";

/** Told of what becomes of workers and their disks. */
interface Told {
  suspected: (worker: number) => void;
  registered: (worker: number) => void;
  left: (worker: number) => void;
}

export function membershipOf(run: Run, { record, giveUp, takeBack, withdraw }: Deeds, workers: () => NaiveWorkers, told: () => Told) {
  const { world, settings, everyWorker, believedOn } = run;
  const { liveness } = settings;
  const heardAt = everyWorker.map(() => 0); // the last heartbeat or registration of each worker
  const incarnations = everyWorker.map(() => 1); // that registered last
  let expected = joiningWorkers(world);
  let draining: number[] = [];
  let limits: { time: number; worker: number }[] = [];
  const gone: number[] = [];
  run.away = [...expected];
  const longest = Math.ceil(((liveness?.lease ?? 0) * 1_000_000) / (1_000_000 - (liveness?.drift ?? 0))); // on the slowest clock allowed for
  const leaseOver = (task: Task) => Math.max(task.start, heardAt[task.worker]) + longest + 1;

  /** Whether the scheduler waits for it: an older attempt of its task, or one that was given up, counts for nothing. */
  const isValid = ({ task, number }: Attempt) => run.isOnWorker(task) && task.attempts === number;

  function trust(worker: number): void {
    if (!run.suspected.includes(worker)) return;
    run.suspected = run.suspected.filter((other) => other !== worker);
    record(EntryKind.trusted, undefined, worker, incarnations[worker]);
  }

  function registered(worker: number, incarnation: number): void {
    incarnations[worker] = incarnation;
    record(EntryKind.registered, undefined, worker, incarnation);
    heardAt[worker] = run.now;
    if (expected.includes(worker)) run.away = run.away.filter((other) => other !== worker);
    expected = expected.filter((other) => other !== worker);
    for (const task of believedOn(worker)) giveUp(task, Reason.incarnation);
    trust(worker);
    told().registered(worker);
  }

  /** A heartbeat reports the attempts that are there: the worker is told to stop those that were given up. */
  function beat(worker: number): void {
    heardAt[worker] = run.now;
    const reported = workers().attemptsOn(worker);
    for (const attempt of reported) {
      if (isValid(attempt)) continue;
      workers().stop(attempt);
      record(EntryKind.stopped, attempt.task, worker, attempt.number);
    }
    for (const task of believedOn(worker))
      if (!reported.some((attempt) => attempt.task === task && isValid(attempt))) giveUp(task, Reason.lease);
    trust(worker);
  }

  function workerStopped(attempt: Attempt): void {
    if (isValid(attempt)) giveUp(attempt.task, Reason.lease);
    else record(EntryKind.stopped, attempt.task, attempt.worker, attempt.number, Reason.lease);
  }

  function leasesAreOver(worker: number): void {
    for (const task of believedOn(worker)) if (leaseOver(task) <= run.now) giveUp(task, Reason.lease);
  }

  function suspect(worker: number): void {
    run.suspected.push(worker);
    record(EntryKind.suspected, undefined, worker, incarnations[worker]);
    close(worker, Reason.suspicion);
    if (liveness!.requeue === "suspicion") for (const task of believedOn(worker)) giveUp(task, Reason.suspicion);
  }

  /** It takes nothing more: what was meant for it waits again. */
  function close(worker: number, reason: Reason): void {
    run.bound = run.bound.filter((each) => each.worker !== worker);
    for (const task of run.decision?.starts ?? []) if (task.stage === "held" && task.worker === worker) withdraw(task, reason);
    if (reason === Reason.suspicion) told().suspected(worker);
  }

  // Workers that join and leave.

  function act(action: WorkerAction): void {
    run.happened = true;
    if (action.kind === "join") workers().join(action.worker);
    else leave(action.worker, action.limit);
  }

  function leave(worker: number, limit: number): void {
    workers().leave(worker);
    expected = expected.filter((other) => other !== worker);
    draining.push(worker);
    run.away.push(worker);
    record(EntryKind.draining, undefined, worker, incarnations[worker]);
    close(worker, Reason.drain);
    if (limit === 0) handBack(worker);
    settle(worker);
    if (believedOn(worker).length > 0 && run.now + limit <= Number.MAX_SAFE_INTEGER) limits.push({ time: run.now + limit, worker });
  }

  function limitOver(over: { worker: number }): void {
    limits = limits.filter((each) => each !== over);
    run.happened = true;
    handBack(over.worker);
  }

  function handBack(worker: number): void {
    for (const task of believedOn(worker)) takeBack(task, Reason.drain);
  }

  /** One that is to leave is gone when the scheduler counts on nothing there any more. */
  function settle(worker: number): void {
    if (!draining.includes(worker) || believedOn(worker).length > 0) return;
    draining = draining.filter((other) => other !== worker);
    gone.push(worker);
    run.suspected = run.suspected.filter((other) => other !== worker);
    workers().retire(worker);
    record(EntryKind.left, undefined, worker, incarnations[worker]);
    told().left(worker);
  }

  const suspicionAt = (worker: number) =>
    [...run.suspected, ...expected, ...gone].includes(worker) ? Infinity : heardAt[worker] + liveness!.heartbeat.timeout;
  const timers = (kind: number, time: (worker: number) => number, happen: (worker: number) => void): Due[] =>
    everyWorker.map((worker) => dueFor(kind, worker, liveness ? time(worker) : Infinity, () => happen(worker)));
  return {
    isValid,
    act,
    settle,
    /** What workers tell. */
    hears: {
      registered,
      beat,
      leaseOver: workerStopped,
      awaitsStop: (attempt: Attempt) => (attempt.task.isCancelling || attempt.task.recall !== undefined) && isValid(attempt),
    },
    due: () => [
      ...timers(Event.schedulerLease, (worker) => Math.min(...believedOn(worker).map(leaseOver)), leasesAreOver),
      ...timers(Event.suspicion, suspicionAt, suspect),
      ...limits.map((over) => dueFor(Event.drainLimit, over.worker, over.time, () => limitOver(over))),
    ],
  };
}
