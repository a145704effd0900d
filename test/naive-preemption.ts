// Preemption in the naive simulator: running tasks make room for those that rank better, or, by the quantum, for any.
import { Event } from "../src/run/event-kinds.ts";
import { EntryKind, Reason } from "../src/model/trace.ts";
import { partOf } from "../src/model/units.ts";
import { planOf } from "./naive-checkpoints.ts";
import { place } from "./naive-placement.ts";
import type { Deeds, Run } from "./naive-run.ts";
import type { NaiveWorkers } from "./naive-workers.ts";
import { compareLists, type Task } from "./naive-world.ts";

export function preemptionOf(
  run: Run,
  { record, begin, runs, giveUp, takeBack }: Deeds,
  rankOf: (task: Task) => number[],
  workers: NaiveWorkers,
) {
  const { world, settings, definition, tasks, dimensions, everyWorker } = run;
  const { field, request, capacity, asks, used, isFree, isKept, mayRun, presentOn, ready, sumOf } = run;
  const preemption = settings.preemption ?? { mode: "suspend", grace: 0, minRun: 0, max: 0 };
  const atLeast = Math.max(preemption.minRun, definition.quantum ?? 0); // how long an attempt runs before it makes room

  function doneBy(task: Task): number {
    const speed = world.tasks.estimateTables[field("estimateTable", task)] ? 1000 : run.workers.speed[task.worker];
    return task.done + (task.stage === "running" ? Math.floor(((run.now - task.from) * speed) / 1000) : 0);
  }

  /** Its worker tells that so many thousandths of its work are done: so much of the estimate is. */
  function correct(task: Task, thousandths: number): void {
    const whole = world.tasks.estimateTables[field("estimateTable", task)]?.[task.worker] ?? task.estimate;
    if (Number.isFinite(whole)) [task.done, task.from] = [partOf(whole, thousandths / 1000), run.now];
  }

  const ownEstimate = (task: Task, worker: number) => world.tasks.estimateTables[field("estimateTable", task)]?.[worker];

  function remainingOf(task: Task): number {
    if (!run.isOnWorker(task) && task.kept === undefined) return task.estimate;
    const { worker, done } = run.isOnWorker(task) ? { worker: task.worker, done: doneBy(task) } : task.kept!;
    const own = ownEstimate(task, worker);
    if (own === undefined) return Math.max(0, task.estimate - done);
    return Math.max(0, Math.round(task.estimate * (1 - done / Math.max(1, own))));
  }

  /** What an attempt that starts on a worker need not do again, as the scheduler believes. */
  function keptFor(task: Task, worker: number): number {
    const { kept } = task;
    if (kept === undefined || (kept.worker !== worker && planOf(world, task)?.storage === "local")) return 0;
    const [before, there] = [ownEstimate(task, kept.worker), ownEstimate(task, worker)];
    return before === undefined || there === undefined || kept.worker === worker
      ? kept.done
      : Math.round((kept.done / Math.max(1, before)) * there);
  }

  const saves = (task: Task) => preemption.mode === "checkpoint" && planOf(world, task) !== undefined;

  /** It has made room with its work saved. */
  function madeRoom(task: Task): void {
    if (saves(task)) task.kept = { worker: task.worker, done: doneBy(task) };
    giveUp(task, Reason.preemption);
  }

  function preemptingPass(): void {
    const earlier = run.claims;
    const tried: Task[] = [];
    run.claims = [];
    for (;;) {
      const waiting = [...ready(), ...run.inStage("suspended")].filter((task) => !run.isToStop(task) && !tried.includes(task));
      const queue = waiting.map((task) => ({ task, key: [...rankOf(task), task.release, task.position] }));
      const [head] = queue.sort((a, b) => compareLists(a.key, b.key));
      if (head === undefined) break;
      const { task } = head;
      const worker = roomFor(task);
      if (worker !== undefined) beginOrGoOn(task, worker);
      else if (!makeRoom(task, earlier.find((claim) => claim.task === task)?.worker)) tried.push(task);
      if (run.isBlocking && tried.length > 0) {
        for (const other of queue.map((each) => each.task)) if (other !== task && other.stage === "suspended") goOnIfFree(other);
        break;
      }
    }
    const running = run
      .inStage("running")
      .filter((task) => !run.isToStop(task) && task.graceEnd === Infinity && task.preemptions < preemption.max);
    const ripe = running.map((task) => task.since + atLeast).filter((time) => time > run.now);
    if (tried.length > 0 && ripe.length > 0) run.wakes.push(Math.min(...ripe));
  }

  function roomFor(task: Task): number | undefined {
    if (task.stage !== "suspended") return place(run, task);
    return !run.suspected.includes(task.worker) && isFree(task, task.worker) ? task.worker : undefined;
  }

  function goOnIfFree(task: Task): void {
    if (roomFor(task) !== undefined) beginOrGoOn(task, task.worker);
  }

  function beginOrGoOn(task: Task, worker: number): void {
    if (task.stage !== "suspended") return begin(task, worker);
    runs(task);
    record(EntryKind.continued, task, worker, task.attempts);
    const attempt = workers.attempt(task, task.attempts);
    if (attempt) workers.proceed(attempt);
  }

  /** Whether the task begins. */
  function makeRoom(task: Task, claimed: number | undefined): boolean {
    const options = everyWorker.flatMap((worker) => victimsOn(worker, task));
    const waste = ({ victims }: { victims: Task[] }) =>
      preemption.mode === "suspend" ? 0 : sumOf(victims, (victim) => (saves(victim) ? 0 : request(victim, 0) * (run.now - victim.since)));
    const [cheapest] = options.sort((a, b) => waste(a) - waste(b) || a.worker - b.worker);
    const chosen = options.find(({ worker, victims }) => worker === claimed && victims.length === 0) ?? cheapest;
    if (chosen === undefined) return false;
    for (const victim of chosen.victims) {
      victim.preemptions += 1;
      record(EntryKind.preempted, victim, chosen.worker, victim.attempts);
      victim.graceEnd = run.now + preemption.grace;
      if (preemption.grace === 0) vacate(victim);
    }
    if (isFree(task, chosen.worker)) beginOrGoOn(task, chosen.worker);
    else run.claims.push({ task, worker: chosen.worker });
    return task.stage === "running";
  }

  /** Who would have to make room there: nobody, where enough is stopping already; no answer, where it would not do. */
  function victimsOn(worker: number, task: Task): { worker: number; victims: Task[] }[] {
    const isPossible = task.stage === "suspended" ? worker === task.worker && !run.suspected.includes(worker) : mayRun(task, worker);
    const running = presentOn(worker).filter((other) => !run.isToStop(other));
    if (!isPossible || running.length === 0) return [];
    const frees = (victim: Task, d: number) => (preemption.mode === "suspend" && isKept(d) ? 0 : request(victim, d));
    const stopping = running.filter((other) => other.graceEnd < Infinity);
    const suffices = (victims: Task[]) =>
      dimensions.every(
        (_, d) => used(worker, d) + asks(task, d) <= capacity(worker, d) + sumOf([...stopping, ...victims], (v) => frees(v, d)),
      );
    const isRipe = (other: Task) => run.now - other.since >= atLeast && other.preemptions < preemption.max;
    const own = rankOf(task);
    const candidates = running
      .filter((other) => !stopping.includes(other) && isRipe(other))
      .map((other) => ({ other, rank: rankOf(other) }))
      .filter(({ rank }) => (definition.quantum === undefined ? compareLists(rank, own) > 0 : task.suspendedAt !== run.now))
      .sort((a, b) => compareLists(b.rank, a.rank) || b.other.runEntry - a.other.runEntry)
      .map(({ other }) => other);
    const count = candidates.findIndex((_, index) => suffices(candidates.slice(0, index)));
    const enough = count >= 0 ? candidates.slice(0, count) : candidates;
    if (!suffices(enough)) return [];
    const needed = enough.reduceRight((kept, victim) => {
      const without = kept.filter((other) => other !== victim);
      return suffices(without) ? without : kept;
    }, enough);
    return [{ worker, victims: needed }];
  }

  function vacate(task: Task): void {
    const attempt = workers.attempt(task, task.attempts);
    if (saves(task)) {
      if (attempt === undefined ? workers.answers(task.worker) : workers.save(attempt)) return madeRoom(task);
      [task.recall, run.happened] = [Reason.preemption, true];
      return;
    }
    if (preemption.mode !== "suspend") return takeBack(task, Reason.preemption);
    if (attempt) workers.suspend(attempt);
    task.done = doneBy(task);
    [task.stage, task.queuedAt, task.suspendedAt, task.graceEnd] = ["suspended", run.now, run.now, Infinity];
    record(EntryKind.suspended, task, task.worker, task.attempts, Reason.preemption);
  }

  return {
    saves,
    pass: preemptingPass,
    remainingOf,
    correct,
    keptFor,
    madeRoom,
    due: () => run.perTask(Event.graceEnd, tasks, ({ graceEnd, recall }) => (recall === undefined ? graceEnd : Infinity), vacate),
  };
}
