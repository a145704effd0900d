// The second simulator, naive on purpose: no heap, no index; every question is answered by scanning everything anew.
// It shares with the real one the vocabulary, the drawn world, the keyed draws and the rank formulas; nothing else.
// Here is what happens to tasks and in which order. Beside it: how a run stands (naive-run), where tasks go (naive-placement,
// naive-dispatching, naive-fixed-order), workers as they are (naive-workers, naive-anchors) and as the scheduler believes them
// (naive-membership), those that shrink and grow (naive-resizing), and naive-preemption.
import { Event } from "../src/run/event-kinds.ts";
import { EntryKind, Reason, type TraceEntry } from "../src/model/trace.ts";
import { isTaskAction, isWorkerAction } from "../src/model/world.ts";
import type { PolicyContext, TaskView } from "../src/policies/policy.ts";
import { asksOf } from "./naive-asks.ts";
import { intervalOf } from "./naive-checkpoints.ts";
import { dispatchingPass } from "./naive-dispatching.ts";
import { type Due, firstOf } from "./naive-due.ts";
import { fixedOrderPass } from "./naive-fixed-order.ts";
import { membershipOf } from "./naive-membership.ts";
import { place } from "./naive-placement.ts";
import { preemptionOf } from "./naive-preemption.ts";
import { resizingOf } from "./naive-resizing.ts";
import { type NaiveOptions, openRun } from "./naive-run.ts";
import { toldFilesOf } from "./naive-told-files.ts";
import { type Attempt, type NaiveWorkers, simulateWorkers } from "./naive-workers.ts";
import { compareLists, type Task } from "./naive-world.ts";

export type { NaiveOptions } from "./naive-run.ts";

/** The entries of a run. */
export function simulateNaively(options: NaiveOptions): TraceEntry[] {
  const { world, settings, policy: definition, most = Infinity, until = Infinity } = options;
  const run = openRun(options);
  const { tasks, entries, actions, field, dependents, ready, inStage, isOnWorker, hasEnded } = run;
  const every = typeof settings.pass === "object" ? settings.pass.every : 1;
  const mayChangeItsMind =
    typeof settings.pass === "object" && run.isBlocking === true && definition.order !== "static" && definition.order !== "plan";
  const lostWith = (task: Task, failed: boolean) =>
    (run.reopened.has(task) ? run.readers(task) : dependents(task)).map((other) => ({ task: other, failed }));
  const deeds = { record, begin, runs, giveUp, takeBack, withdraw };
  const told = toldFilesOf(run, deeds, { exhaust, lose, lostWith }, () => cluster);
  const membership = membershipOf(
    run,
    deeds,
    () => cluster,
    () => told,
  );
  const resizes = resizingOf(run, deeds, membership.isValid, rankOf, () => cluster);
  const cluster: NaiveWorkers = simulateWorkers({
    ...{ world, field, liveness: settings.liveness, until, now: () => run.now, turn: run.turn },
    ...{ enter, ended: endAttempt, progressed, stopConfirmed, resizes, ...membership.hears },
    asks: (attempt, count, met) => asks.asked(attempt, count, met),
    gathers: (attempt) => told.gathered(attempt.task, attempt.worker, attempt.number, membership.isValid(attempt)),
    diskLost: told.diskLost,
  });
  const isCounted = (task: Task, number: number) => isOnWorker(task) && task.attempts === number;
  const asks = asksOf(run, deeds, isCounted, () => cluster);
  Object.assign(run, { enter, looksAtReady, plannedFor, kept: asks.kept, mayTake: asks.mayTake });
  const preemption = preemptionOf(run, deeds, rankOf, cluster);

  // What happens to tasks.

  function enter(
    kind: EntryKind,
    task: Task | undefined,
    worker: number,
    attempt: number,
    reason: Reason = Reason.none,
    amount?: number,
  ): void {
    entries.push({ time: run.now, kind, task: task?.position ?? -1, worker, attempt, reason, ...(amount !== undefined && { amount }) });
  }

  /** What the scheduler learns or decides; after what it learns, it looks at its queue. */
  function record(kind: EntryKind, task: Task | undefined, worker: number, attempt: number, reason?: Reason): void {
    enter(kind, task, worker, attempt, reason);
    if (settings.notify && ENDS.includes(kind)) enter(EntryKind.notified, task, -1, attempt, reason);
    run.happened ||= kind !== EntryKind.started;
    looksAtReady();
  }

  function looksAtReady(): void {
    for (const other of ready()) {
      other.readyAt = Math.min(other.readyAt, run.now);
      other.queuedAt = Math.min(other.queuedAt, run.now);
    }
  }

  function submit(task: Task): void {
    task.stage = "waiting";
    record(EntryKind.submitted, task, -1, 0);
    if (told.failsWithout(task)) return;
    const ends = run.endsThatCount(task);
    if (ends.some((end) => ["failed", "skipped", "cancelled"].includes(end))) lose([{ task, failed: ends.includes("failed") }]);
    else if (task.isWithdrawn) cancel(task);
  }

  /** A start is decided. */
  function begin(task: Task, worker: number): void {
    run.bound = run.bound.filter((each) => each.task !== task);
    task.worker = worker;
    task.asks = undefined;
    task.stage = "held";
    if (run.decision === undefined) start(task);
    else run.decision.starts.push(task);
  }

  function start(task: Task): void {
    task.attempts += 1;
    const every = intervalOf(world, entries, task, task.worker, run.now);
    [task.start, task.startEntry, task.done] = [run.now, entries.length, preemption.keptFor(task, task.worker)];
    runs(task);
    record(EntryKind.started, task, task.worker, task.attempts);
    cluster.start(task, task.worker, every);
  }

  function runs(task: Task): void {
    [task.stage, task.since, task.from, task.runEntry, task.queuedAt] = ["running", run.now, run.now, entries.length, Infinity];
  }

  function takeEffect(): void {
    for (const task of run.decision!.starts) if (task.stage === "held") start(task);
    run.decision = undefined;
  }

  function endAttempt(attempt: Attempt): void {
    const { task, worker, number, outcome } = attempt;
    const isNewest = task.attempts === number && ["waiting", "held"].includes(task.stage);
    if (isNewest && outcome === Reason.none) accept(task, worker);
    else if (!membership.isValid(attempt)) record(EntryKind.refused, task, worker, number, outcome);
    else if (outcome === Reason.none) complete(task);
    else fail(task, outcome);
    membership.settle(worker);
  }

  /** A worker tells how far an attempt is: that is anything to decide upon where it changes the rank. */
  function progressed(attempt: Attempt): void {
    const { task, worker, told } = attempt;
    if (!membership.isValid(attempt)) return;
    enter(EntryKind.progressed, task, worker, told);
    if (definition.preempts !== true || settings.preemption === undefined) return;
    const before = rankOf(task);
    preemption.correct(task, told);
    run.happened ||= definition.quantum === undefined && compareLists(before, rankOf(task)) !== 0;
  }

  function complete(task: Task): void {
    [task.stage, task.graceEnd] = ["completed", Infinity];
    record(EntryKind.finished, task, task.worker, task.attempts);
    told.completed(task, task.worker);
  }

  /** An attempt that was given up has completed, and the task was not started again. */
  function accept(task: Task, worker: number): void {
    task.stage = "completed";
    run.bound = run.bound.filter((each) => each.task !== task);
    run.claims = run.claims.filter((claim) => claim.task !== task);
    task.lost -= 1;
    record(EntryKind.accepted, task, worker, task.attempts);
    told.completed(task, worker);
  }

  function fail(task: Task, reason: Reason): void {
    [task.stage, task.graceEnd, task.recall] = ["waiting", Infinity, undefined];
    record(EntryKind.failed, task, task.worker, task.attempts, reason);
    task.avoids = task.worker;
    if (!run.mayRunAgain(task)) return exhaust(task);
    if (!settings.retry.backoff) return retry(task);
    const { initial, factor, max, jitter } = settings.retry.backoff;
    let wait = initial;
    for (let failure = 1; failure < task.attempts - task.lost; failure++) wait *= factor;
    const u = jitter > 0 ? run.random("backoff", task, 0) : 0.5;
    task.stage = "backoff";
    task.backoffEnd = run.now + Math.round(Math.min(max, Math.round(wait)) * (1 - jitter + 2 * jitter * u));
  }

  function retry(task: Task): void {
    [task.stage, task.queuedAt] = ["waiting", Infinity];
    record(EntryKind.retried, task, -1, task.attempts + 1);
    told.failsWithout(task);
  }

  function exhaust(task: Task): void {
    task.stage = "failed";
    record(EntryKind.abandoned, task, -1, task.attempts, Reason.exhausted);
    lose(lostWith(task, true));
  }

  function giveUp(task: Task, reason: Reason): void {
    if (reason === Reason.lease && cluster.worksOn(task, task.attempts)) record(EntryKind.outlived, task, task.worker, task.attempts);
    if (task.isCancelling) return reason === Reason.suspicion ? undefined : endCancelled(task);
    [task.stage, task.graceEnd, task.queuedAt, task.recall] = ["waiting", Infinity, Infinity, undefined];
    run.claims = run.claims.filter((claim) => claim.task !== task);
    const mayGoAnywhere = [Reason.client, Reason.preemption, Reason.drain, Reason.shrink, Reason.input, Reason.deadlock].some(
      (each) => each === reason,
    );
    task.avoids = mayGoAnywhere ? -1 : task.worker;
    task.lost += 1;
    record(run.mayRunAgain(task) ? EntryKind.requeued : EntryKind.lost, task, task.worker, task.attempts, reason);
    if (!run.mayRunAgain(task)) exhaust(task);
    else told.failsWithout(task);
    membership.settle(task.worker);
  }

  /** Its worker is to stop it; where leases are kept, it goes back to the queue when that has answered. */
  function takeBack(task: Task, reason: Reason): void {
    const keeps = settings.liveness?.requeue === "lease-end";
    const isSaving = task.recall === Reason.preemption && preemption.saves(task);
    if (task.isCancelling || (keeps && task.recall !== undefined && !isSaving)) return;
    stop(task);
    if (!keeps || cluster.answers(task.worker)) return giveUp(task, reason);
    task.recall = reason;
    run.happened = true;
    if (!run.isToStop(task)) return;
    record(EntryKind.recalled, task, task.worker, task.attempts, reason);
    [task.graceEnd, task.queuedAt] = [Infinity, Infinity];
    run.claims = run.claims.filter((claim) => claim.task !== task);
  }

  function stopConfirmed(task: Task): void {
    if (task.isCancelling) endCancelled(task);
    else if (task.recall === Reason.preemption) preemption.madeRoom(task);
    else giveUp(task, task.recall!);
  }

  /** A start that was decided does not take effect. */
  function withdraw(task: Task, reason: Reason): void {
    task.stage = "waiting";
    if (reason === Reason.client) task.avoids = -1;
    record(EntryKind.requeued, task, -1, task.attempts, reason);
    told.failsWithout(task);
  }

  function stop(task: Task): void {
    const attempt = cluster.attempt(task, task.attempts);
    if (attempt) cluster.stop(attempt);
  }

  function cancel(task: Task): void {
    if (task.isCancelling) return;
    task.isWithdrawn = true; // one that is not submitted yet ends right after its submission
    if (task.stage === "future") return;
    const worker = isOnWorker(task) ? task.worker : -1;
    if (settings.cancel === "confirmed") record(EntryKind.cancelRequested, task, worker, task.attempts, Reason.client);
    if (worker >= 0) stop(task);
    if (settings.cancel === "immediate" || worker < 0 || cluster.answers(worker)) return endCancelled(task);
    [task.isCancelling, task.graceEnd, task.queuedAt] = [true, Infinity, Infinity];
    run.claims = run.claims.filter((claim) => claim.task !== task);
  }

  function endCancelled(task: Task): void {
    const isHeld = isOnWorker(task);
    [task.isCancelling, task.recall] = [false, undefined];
    record(EntryKind.cancelled, task, isHeld ? task.worker : -1, task.attempts, Reason.client);
    [task.stage, task.graceEnd] = ["cancelled", Infinity];
    run.claims = run.claims.filter((claim) => claim.task !== task);
    lose(lostWith(task, false));
    if (isHeld) membership.settle(task.worker);
  }

  /** What a client or an operator asks for. */
  function act(): void {
    const action = actions.shift()!;
    if (isWorkerAction(action)) return membership.act(action);
    if (!isTaskAction(action)) return;
    const task = tasks[action.task];
    if (action.kind === "status") return enter(EntryKind.answered, task, -1, run.statusOf(task));
    if (hasEnded(task)) return;
    if (action.kind === "cancel") cancel(task);
    else if (action.kind === "set") {
      Object.assign(task, action.change);
      record(EntryKind.changed, task, -1, world.actions!.indexOf(action), Reason.client);
    } else if (isOnWorker(task) && !task.isCancelling) takeBack(task, Reason.client);
    else if (task.stage === "held") withdraw(task, Reason.client);
  }

  /** These tasks will never run, nor what depends on them: first in, first out. */
  function lose(list: { task: Task; failed: boolean }[]): void {
    for (const { task, failed } of list) {
      if (task.stage !== "waiting") continue;
      const fails = failed && settings.onDependencyFailure === "fail";
      task.stage = fails ? "failed" : "skipped";
      record(fails ? EntryKind.abandoned : EntryKind.skipped, task, -1, task.attempts, Reason.dependency);
      list.push(...lostWith(task, fails));
    }
  }

  // What the scheduler decides.

  const policy = definition.create({
    parameters: settings.policy.parameters,
    priorityOrder: settings.priorityOrder,
    origin: Math.min(...tasks.map((task) => task.release)),
    draw: (view: TaskView, index: number) => run.random("policy", tasks[view.position], index),
    get queueLength() {
      return ready().length;
    },
    positionOf: (id: string) => tasks.find((task) => task.id === id)?.position,
  } as unknown as PolicyContext);

  function pass(): void {
    asks.settle();
    const time = settings.decisionTime.perPass + settings.decisionTime.perTask * ready().length;
    if (time > 0 && ready().length > 0) run.decision = { until: run.now + time, starts: [] };
    if (definition.name === "fixed-order") fixedOrderPass(run, deeds);
    else if (definition.dispatching) dispatchingPass(run, deeds);
    else if (definition.preempts && settings.preemption) preemption.pass();
    else listPass();
    run.happened = false;
    const goesOn = mayChangeItsMind && ready().length > 0 && [...due(), ...cluster.due.transfers()].some(({ time: at }) => at < Infinity);
    run.nextCycle = goesOn ? Math.ceil(Math.max(run.decision?.until ?? 0, run.now + 1) / every) * every : Infinity;
  }

  function listPass(): void {
    const queue = ready().map((task) => ({ task, key: [...rankOf(task), task.release, task.position] }));
    for (const { task } of queue.sort((a, b) => compareLists(a.key, b.key))) {
      const worker = place(run, task);
      if (worker !== undefined) begin(task, worker);
      else if (run.isBlocking) return;
    }
  }

  function rankOf(task: Task): number[] {
    const time = definition.quantum === undefined ? run.now : Math.min(run.now, task.queuedAt); // places in line are kept
    const remaining = preemption.remainingOf(task);
    const view = Object.freeze({ ...task, remaining, bottomLevel: definition.needs.includes("dependencies") ? bottomLevel(task) : 0 });
    return [policy.line ? policy.line(view).slope * (run.now - task.readyAt) : (policy.rank?.(view, time) ?? [])].flat();
  }

  /** Longest estimated path from the task's start, over submitted tasks. */
  function bottomLevel(task: Task): number {
    const below = dependents(task).filter((other) => other.stage !== "future");
    return (task.estimate || 0) + Math.max(0, ...below.map(bottomLevel));
  }

  /** The worker that a list names for its first attempt. */
  function plannedFor(task: Task): number | undefined {
    if (definition.name !== "fixed-order") return undefined;
    const entry = (settings.policy.parameters["order"] as readonly string[]).find((text) => text.split("@")[0] === task.id);
    const worker = run.workers.names.indexOf(entry?.split("@")[1] ?? "");
    return worker < 0 ? undefined : worker;
  }

  function cycle(): void {
    run.happened = true;
    run.nextCycle = Infinity;
  }

  function wake(): void {
    run.wakes = run.wakes.filter((time) => time > run.now);
    run.happened = true;
  }

  /** What happens by itself, in the order of one instant. */
  const due = (): Due[] => [
    ...cluster.due.ends(),
    ...cluster.due.marks(),
    ...cluster.due.changes(),
    ...cluster.due.messages(),
    ...run.perTask(Event.submission, inStage("future"), ({ release }) => release, submit),
    ...actions.slice(0, 1).map(({ time }) => ({ time, happen: act })),
    ...(run.decision ? [{ time: run.decision.until, happen: takeEffect }] : []),
    ...run.perTask(Event.backoffEnd, inStage("backoff"), ({ backoffEnd }) => backoffEnd, retry),
    ...preemption.due(),
    ...cluster.due.leases(),
    ...membership.due(),
  ];

  let hasPassed = false; // just now
  // The run: all events of an instant in order, least first, then a pass (in mode `event` after each); what it causes now, again.
  for (;;) {
    const pending = [
      ...due(),
      { time: run.nextCycle, happen: cycle },
      { time: Math.min(Infinity, ...run.wakes), happen: wake },
      ...cluster.due.transfers(),
      { time: run.happened && !run.decision ? Math.ceil((run.now + 1) / every) * every : Infinity, happen: () => {} },
    ];
    const next = firstOf(pending, run.turn);
    const isRoundOver = settings.pass === "event" || next.time > run.now;
    if (entries.length >= most || (isRoundOver && tasks.every(hasEnded))) return entries;
    const isPassDue = settings.pass === "event" || (next.time > run.now && run.now % every === 0);
    const happen = isPassDue && run.happened && !run.decision ? pass : next.happen;
    if (happen !== pass && (isRoundOver || hasPassed) && cluster.share()) continue;
    hasPassed = happen === pass;
    if (happen !== pass && (next.time === Infinity || next.time > until)) return entries;
    if (happen !== pass) run.now = Math.floor(next.time);
    happen();
  }
}

const ENDS: readonly EntryKind[] = [EntryKind.finished, EntryKind.accepted, EntryKind.abandoned, EntryKind.skipped, EntryKind.cancelled];
