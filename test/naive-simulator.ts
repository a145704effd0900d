// The second simulator, naive on purpose: no heap, no index; every question is answered by scanning everything anew.
// It shares with the real one the vocabulary, the drawn world, the keyed draws and the rank formulas; nothing else.
import type { SchedulerSettings } from "../src/model/settings.ts";
import { EntryKind, Reason, type TraceEntry } from "../src/model/trace.ts";
import type { TaskAction, World } from "../src/model/world.ts";
import type { PolicyContext, PolicyDefinition, TaskView } from "../src/policies/policy.ts";
import { type Attempt, simulateWorkers } from "./naive-workers.ts";
import { best, compare, compareLists, type Fraction, readWorld, type Task, uniform } from "./naive-world.ts";

export interface NaiveOptions {
  world: World;
  settings: SchedulerSettings;
  policy: PolicyDefinition;
  seeds: { policy: string };
  /** What the client cancels and when, in order of time. */
  cancels?: readonly { time: number; task: number }[];
  /** Where faults may go on for ever: how many entries to make at most, and up to when. */
  most?: number;
  until?: number;
}

/** The entries of a run. */
export function simulateNaively(options: NaiveOptions): TraceEntry[] {
  const { world, settings, policy: definition, seeds, cancels = [], most = Infinity, until = Infinity } = options;
  const { workers, dimensions } = world;
  const { liveness } = settings;
  const entries: TraceEntry[] = [];
  // The client acts after all that happens at that time: half a µs later, on a clock of whole ones.
  const late = cancels.map(({ time, task }): TaskAction => ({ time: time + 0.5, task, kind: "cancel" }));
  const actions = [...((world.actions ?? []) as TaskAction[]), ...late].sort((a, b) => a.time - b.time);
  const everyWorker = [...workers.names.keys()];
  const isBlocking = settings.policy.blocking ?? definition.blocking;
  const every = typeof settings.pass === "object" ? settings.pass.every : 1;
  const mayChangeItsMind =
    typeof settings.pass === "object" && isBlocking === true && definition.order !== "static" && definition.order !== "plan";
  const preemption = settings.preemption ?? { mode: "suspend", grace: 0, minRun: 0, max: 0 };
  const atLeast = Math.max(preemption.minRun, definition.quantum ?? 0); // how long an attempt runs before it makes room
  let now = 0;
  let nextCycle = Infinity; // that comes even if nothing happens
  let happened = false; // anything to decide upon, since the last pass
  let decision: { until: number; starts: Task[] } | undefined; // a pass that takes time and is not over
  let bound: { task: Task; worker: number }[] = []; // to workers' own queues, in that order
  let lastChosen = -1;
  let claims: { task: Task; worker: number }[] = []; // room that is being made
  let wakes: number[] = [];
  const heardAt = workers.names.map(() => 0); // the last heartbeat or registration of each worker
  const incarnations = workers.names.map(() => 1); // that registered last
  let suspected: number[] = [];

  // What is known.
  const { tasks, field, request, capacity, dependencies, dependents, couldHold, estimateOn } = readWorld(world);
  const random = (purpose: string, task: Task, index: number) => uniform(seeds.policy, purpose, task, index);
  const lostWith = (task: Task, failed: boolean) => dependents(task).map((other) => ({ task: other, failed }));
  const ready = () => tasks.filter((task) => task.stage === "waiting" && dependencies(task).every((other) => other.stage === "completed"));
  const presentOn = (worker: number) => tasks.filter((task) => task.worker === worker && ["held", "running"].includes(task.stage));
  const isOnWorker = ({ stage }: Task) => stage === "running" || stage === "suspended";
  const suspendedOn = (worker: number) => tasks.filter((task) => task.worker === worker && task.stage === "suspended");
  const isKept = (d: number) => d === 1 || d === 2; // memory and disk stay with what is suspended
  const asks = (task: Task, d: number) => (task.stage === "suspended" && isKept(d) ? 0 : request(task, d));
  const boundTo = (to: number) => bound.filter(({ task, worker }) => worker === to && task.stage === "waiting").map(({ task }) => task);
  const sumOf = (list: Task[], amount: (task: Task) => number) => list.reduce((sum, task) => sum + amount(task), 0);
  const claimedOn = (worker: number) => claims.filter((claim) => claim.worker === worker).map(({ task }) => task);
  const used = (worker: number, d: number) =>
    sumOf(presentOn(worker), (task) => request(task, d)) +
    sumOf(suspendedOn(worker), (task) => request(task, d) - asks(task, d)) +
    sumOf(claimedOn(worker), (task) => asks(task, d));
  const mayRunAgain = (task: Task) => task.attempts - (settings.retry.countLost ? 0 : task.lost) <= field("retries", task);
  const mayHold = (task: Task, worker: number) => couldHold(task, worker) && !suspected.includes(worker);
  const isAvoided = (task: Task, worker: number) =>
    task.avoids === worker && everyWorker.some((other) => other !== worker && mayHold(task, other));
  const prefers = settings.retry.elsewhere === "prefer"; // then a retry avoids its last worker only if another has room
  const mayRun = (task: Task, worker: number) => mayHold(task, worker) && (prefers || !isAvoided(task, worker));
  const isFree = (task: Task, worker: number) => dimensions.every((_, d) => used(worker, d) + asks(task, d) <= capacity(worker, d));
  const hasRoom = (task: Task, worker: number) => mayRun(task, worker) && isFree(task, worker);
  const byRelease = (a: Task, b: Task) => a.release - b.release || a.position - b.position;

  /** Longest estimated path from the task's start, over submitted tasks. */
  function bottomLevel(task: Task): number {
    const below = dependents(task).filter((other) => other.stage !== "future");
    return (task.estimate || 0) + Math.max(0, ...below.map(bottomLevel));
  }

  // What happens to tasks.

  function enter(kind: EntryKind, task: Task | undefined, worker: number, attempt: number, reason: Reason = Reason.none): void {
    entries.push({ time: now, kind, task: task?.position ?? -1, worker, attempt, reason });
  }

  /** What the scheduler learns or decides; after what it learns, it looks at its queue. */
  function record(kind: EntryKind, task: Task | undefined, worker: number, attempt: number, reason?: Reason): void {
    enter(kind, task, worker, attempt, reason);
    happened ||= kind !== EntryKind.started;
    for (const other of ready()) {
      other.readyAt = Math.min(other.readyAt, now);
      other.queuedAt = Math.min(other.queuedAt, now);
    }
  }

  function submit(task: Task): void {
    task.stage = "waiting";
    record(EntryKind.submitted, task, -1, 0);
    const ends = dependencies(task).map((other) => other.stage);
    if (ends.some((end) => ["failed", "skipped", "cancelled"].includes(end))) lose([{ task, failed: ends.includes("failed") }]);
    else if (task.isWithdrawn) cancel(task);
  }

  function start(task: Task): void {
    task.attempts += 1;
    [task.start, task.startEntry, task.done] = [now, entries.length, 0];
    runs(task);
    record(EntryKind.started, task, task.worker, task.attempts);
    cluster.start(task, task.worker);
  }

  function runs(task: Task): void {
    [task.stage, task.since, task.runEntry, task.queuedAt] = ["running", now, entries.length, Infinity];
  }

  function takeEffect(): void {
    for (const task of decision!.starts) if (task.stage === "held") start(task);
    decision = undefined;
  }

  /** Whether the scheduler waits for it: an older attempt of its task, or one that was given up, counts for nothing. */
  const isValid = ({ task, number }: Attempt) => isOnWorker(task) && task.attempts === number;

  function endAttempt(attempt: Attempt): void {
    const { task, worker, number, outcome } = attempt;
    if (!isValid(attempt)) return record(EntryKind.refused, task, worker, number, outcome);
    task.graceEnd = Infinity;
    task.stage = outcome === Reason.none ? "completed" : "waiting";
    record(task.stage === "completed" ? EntryKind.finished : EntryKind.failed, task, worker, number, outcome);
    if (task.stage === "completed") return;
    task.avoids = task.worker;
    if (mayRunAgain(task)) {
      if (!settings.retry.backoff) return retry(task);
      const { initial, factor, max, jitter } = settings.retry.backoff;
      let wait = initial;
      for (let failure = 1; failure < task.attempts - task.lost; failure++) wait *= factor;
      const u = jitter > 0 ? random("backoff", task, 0) : 0.5;
      task.stage = "backoff";
      task.backoffEnd = now + Math.round(Math.min(max, Math.round(wait)) * (1 - jitter + 2 * jitter * u));
    } else exhaust(task);
  }

  function exhaust(task: Task): void {
    task.stage = "failed";
    record(EntryKind.abandoned, task, -1, task.attempts, Reason.exhausted);
    lose(lostWith(task, true));
  }

  function giveUp(task: Task, reason: Reason): void {
    [task.stage, task.graceEnd, task.queuedAt] = ["waiting", Infinity, Infinity];
    claims = claims.filter((claim) => claim.task !== task);
    task.avoids = reason === Reason.client || reason === Reason.preemption ? -1 : task.worker;
    task.lost += 1;
    record(mayRunAgain(task) ? EntryKind.requeued : EntryKind.lost, task, task.worker, task.attempts, reason);
    if (!mayRunAgain(task)) exhaust(task);
  }

  function retry(task: Task): void {
    [task.stage, task.queuedAt] = ["waiting", Infinity];
    record(EntryKind.retried, task, -1, task.attempts + 1);
  }

  function cancel(task: Task): void {
    if (isOnWorker(task)) stop(task);
    task.isWithdrawn = true; // one that is not submitted yet ends right after its submission
    if (task.stage === "future") return;
    record(EntryKind.cancelled, task, isOnWorker(task) ? task.worker : -1, task.attempts, Reason.client);
    [task.stage, task.graceEnd] = ["cancelled", Infinity];
    claims = claims.filter((claim) => claim.task !== task);
    lose(lostWith(task, false));
  }

  function cycle(): void {
    happened = true;
    nextCycle = Infinity;
  }

  function wake(): void {
    wakes = wakes.filter((time) => time > now);
    happened = true;
  }

  function act(): void {
    const action = actions.shift()!;
    const task = tasks[action.task];
    if (hasEnded(task)) return;
    if (action.kind === "cancel") cancel(task);
    else if (action.kind === "set") {
      Object.assign(task, action.change);
      record(EntryKind.changed, task, -1, world.actions!.indexOf(action), Reason.client);
    } else if (isOnWorker(task)) {
      stop(task);
      giveUp(task, Reason.client);
    } else if (task.stage === "held") withdraw(task, Reason.client);
  }

  /** A start that was decided does not take effect. */
  function withdraw(task: Task, reason: Reason): void {
    task.stage = "waiting";
    if (reason === Reason.client) task.avoids = -1;
    record(EntryKind.requeued, task, -1, task.attempts, reason);
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

  // What the scheduler learns of workers.

  /** What it takes to run on a worker, in the order in which it was started. */
  const believedOn = (worker: number) =>
    tasks.filter((task) => task.worker === worker && isOnWorker(task)).sort((a, b) => a.startEntry - b.startEntry);
  const leaseOver = (task: Task) => Math.max(task.start, heardAt[task.worker]) + liveness!.lease + 1;

  function trust(worker: number): void {
    if (!suspected.includes(worker)) return;
    suspected = suspected.filter((other) => other !== worker);
    record(EntryKind.trusted, undefined, worker, incarnations[worker]);
  }

  function registered(worker: number, incarnation: number): void {
    incarnations[worker] = incarnation;
    record(EntryKind.registered, undefined, worker, incarnation);
    heardAt[worker] = now;
    for (const task of believedOn(worker)) giveUp(task, Reason.incarnation);
    trust(worker);
  }

  /** A heartbeat reports the attempts that are there: the worker is told to stop those that were given up. */
  function beat(worker: number): void {
    heardAt[worker] = now;
    const reported = cluster.attemptsOn(worker);
    for (const attempt of reported) {
      if (isValid(attempt)) continue;
      cluster.stop(attempt);
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
    for (const task of believedOn(worker)) if (leaseOver(task) <= now) giveUp(task, Reason.lease);
  }

  function suspect(worker: number): void {
    suspected.push(worker);
    record(EntryKind.suspected, undefined, worker, incarnations[worker]);
    bound = bound.filter((each) => each.worker !== worker);
    for (const task of decision?.starts ?? []) if (task.stage === "held" && task.worker === worker) withdraw(task, Reason.suspicion);
    if (liveness!.requeue === "suspicion") for (const task of believedOn(worker)) giveUp(task, Reason.suspicion);
  }

  function stop(task: Task): void {
    const attempt = cluster.attempt(task, task.attempts);
    if (attempt) cluster.stop(attempt);
  }

  const cluster = simulateWorkers({
    ...{ world, field, liveness, until, now: () => now },
    ...{ enter, ended: endAttempt, registered, beat, leaseOver: workerStopped },
  });

  // What the scheduler decides.
  const policy = definition.create({
    parameters: settings.policy.parameters,
    priorityOrder: settings.priorityOrder,
    origin: Math.min(...tasks.map((task) => task.release)),
    draw: (view: TaskView, index: number) => random("policy", tasks[view.position], index),
    get queueLength() {
      return ready().length;
    },
    positionOf: (id: string) => tasks.find((task) => task.id === id)?.position,
  } as unknown as PolicyContext);

  function pass(): void {
    const time = settings.decisionTime.perPass + settings.decisionTime.perTask * ready().length;
    if (time > 0 && ready().length > 0) decision = { until: now + time, starts: [] };
    if (definition.name === "fixed-order") fixedOrderPass();
    else if (definition.dispatching) dispatchingPass();
    else if (definition.preempts && settings.preemption) preemptingPass();
    else listPass();
    happened = false;
    const goesOn = mayChangeItsMind && ready().length > 0 && due().some(({ time }) => time < Infinity);
    nextCycle = goesOn ? Math.ceil(Math.max(decision?.until ?? 0, now + 1) / every) * every : Infinity;
  }

  function begin(task: Task, worker: number): void {
    bound = bound.filter((each) => each.task !== task);
    task.worker = worker;
    task.stage = "held";
    if (decision === undefined) start(task);
    else decision.starts.push(task);
  }

  function listPass(): void {
    const queue = ready().map((task) => ({ task, key: [...rankOf(task), task.release, task.position] }));
    for (const { task } of queue.sort((a, b) => compareLists(a.key, b.key))) {
      const worker = place(task);
      if (worker !== undefined) begin(task, worker);
      else if (isBlocking) return;
    }
  }

  function rankOf(task: Task): number[] {
    const time = definition.quantum === undefined ? now : Math.min(now, task.queuedAt); // places in line are kept
    const remaining = isOnWorker(task) ? remainingOf(task) : task.estimate;
    const view = Object.freeze({ ...task, remaining, bottomLevel: definition.needs.includes("dependencies") ? bottomLevel(task) : 0 });
    return [policy.line ? policy.line(view).slope * (now - task.readyAt) : policy.rank!(view, time)].flat();
  }

  // Preemption: running tasks make room for those that rank better, or, by the quantum, for any.

  function doneBy(task: Task): number {
    const speed = world.tasks.estimateTables[field("estimateTable", task)] ? 1000 : workers.speed[task.worker];
    return task.done + (task.stage === "running" ? Math.floor(((now - task.since) * speed) / 1000) : 0);
  }

  function remainingOf(task: Task): number {
    const own = world.tasks.estimateTables[field("estimateTable", task)]?.[task.worker];
    if (own === undefined) return Math.max(0, task.estimate - doneBy(task));
    return Math.max(0, Math.round(task.estimate * (1 - doneBy(task) / Math.max(1, own))));
  }

  function preemptingPass(): void {
    const earlier = claims;
    const tried: Task[] = [];
    claims = [];
    for (;;) {
      const waiting = [...ready(), ...tasks.filter(({ stage }) => stage === "suspended")].filter((task) => !tried.includes(task));
      const queue = waiting.map((task) => ({ task, key: [...rankOf(task), task.release, task.position] }));
      const [head] = queue.sort((a, b) => compareLists(a.key, b.key));
      if (head === undefined) break;
      const { task } = head;
      const worker = roomFor(task);
      if (worker !== undefined) beginOrGoOn(task, worker);
      else if (!makeRoom(task, earlier.find((claim) => claim.task === task)?.worker)) tried.push(task);
      if (isBlocking && tried.length > 0) {
        for (const other of queue.map((each) => each.task)) if (other !== task && other.stage === "suspended") goOnIfFree(other);
        break;
      }
    }
    const running = tasks.filter((task) => task.stage === "running" && task.graceEnd === Infinity && task.preemptions < preemption.max);
    const ripe = running.map((task) => task.since + atLeast).filter((time) => time > now);
    if (tried.length > 0 && ripe.length > 0) wakes.push(Math.min(...ripe));
  }

  function roomFor(task: Task): number | undefined {
    if (task.stage !== "suspended") return place(task);
    return !suspected.includes(task.worker) && isFree(task, task.worker) ? task.worker : undefined;
  }

  function goOnIfFree(task: Task): void {
    if (roomFor(task) !== undefined) beginOrGoOn(task, task.worker);
  }

  function beginOrGoOn(task: Task, worker: number): void {
    if (task.stage !== "suspended") return begin(task, worker);
    runs(task);
    record(EntryKind.continued, task, worker, task.attempts);
    const attempt = cluster.attempt(task, task.attempts);
    if (attempt) cluster.proceed(attempt);
  }

  /** Whether the task begins. */
  function makeRoom(task: Task, claimed: number | undefined): boolean {
    const options = everyWorker.flatMap((worker) => victimsOn(worker, task));
    const waste = ({ victims }: { victims: Task[] }) =>
      preemption.mode === "suspend" ? 0 : sumOf(victims, (victim) => request(victim, 0) * (now - victim.since));
    const [cheapest] = options.sort((a, b) => waste(a) - waste(b) || a.worker - b.worker);
    const chosen = options.find(({ worker, victims }) => worker === claimed && victims.length === 0) ?? cheapest;
    if (chosen === undefined) return false;
    for (const victim of chosen.victims) {
      victim.preemptions += 1;
      record(EntryKind.preempted, victim, chosen.worker, victim.attempts);
      victim.graceEnd = now + preemption.grace;
      if (preemption.grace === 0) vacate(victim);
    }
    if (isFree(task, chosen.worker)) beginOrGoOn(task, chosen.worker);
    else claims.push({ task, worker: chosen.worker });
    return task.stage === "running";
  }

  /** Who would have to make room there: nobody, where enough is stopping already; no answer, where it would not do. */
  function victimsOn(worker: number, task: Task): { worker: number; victims: Task[] }[] {
    const isPossible = task.stage === "suspended" ? worker === task.worker && !suspected.includes(worker) : mayRun(task, worker);
    const running = presentOn(worker);
    if (!isPossible || running.length === 0) return [];
    const frees = (victim: Task, d: number) => (preemption.mode === "suspend" && isKept(d) ? 0 : request(victim, d));
    const stopping = running.filter((other) => other.graceEnd < Infinity);
    const suffices = (victims: Task[]) =>
      dimensions.every(
        (_, d) => used(worker, d) + asks(task, d) <= capacity(worker, d) + sumOf([...stopping, ...victims], (v) => frees(v, d)),
      );
    const isRipe = (other: Task) => now - other.since >= atLeast && other.preemptions < preemption.max;
    const own = rankOf(task);
    const candidates = running
      .filter((other) => !stopping.includes(other) && isRipe(other))
      .map((other) => ({ other, rank: rankOf(other) }))
      .filter(({ rank }) => (definition.quantum === undefined ? compareLists(rank, own) > 0 : task.suspendedAt !== now))
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
    if (preemption.mode === "kill") {
      stop(task);
      return giveUp(task, Reason.preemption);
    }
    const attempt = cluster.attempt(task, task.attempts);
    if (attempt) cluster.suspend(attempt);
    task.done = doneBy(task);
    [task.stage, task.queuedAt, task.suspendedAt, task.graceEnd] = ["suspended", now, now, Infinity];
    record(EntryKind.suspended, task, task.worker, task.attempts, Reason.preemption);
  }

  function fixedOrderPass(): void {
    for (const text of settings.policy.parameters["order"] as readonly string[]) {
      const [id, name] = text.split("@");
      const task = tasks.find((other) => other.id === id)!;
      if (!["future", "waiting"].includes(task.stage)) continue;
      if (!ready().includes(task)) return;
      const isNamed = name !== undefined && task.attempts === 0;
      const worker = isNamed ? everyWorker.find((w) => workers.names[w] === name && hasRoom(task, w)) : place(task);
      if (worker === undefined) return;
      begin(task, worker);
    }
  }

  function dispatchingPass(): void {
    const unbound = ready().filter((task) => !bound.some((each) => each.task === task));
    for (const task of unbound.sort(byRelease)) {
      if (!everyWorker.some((worker) => mayRun(task, worker))) continue;
      const worker = dispatch(task);
      bound.push({ task, worker });
      record(EntryKind.assigned, task, worker, task.attempts);
    }
    for (const worker of everyWorker) {
      for (const task of boundTo(worker))
        if (isFree(task, worker)) begin(task, worker);
        else break;
    }
  }

  function elsewhere(task: Task, candidates: number[]): number[] {
    const others = candidates.filter((worker) => worker !== task.avoids);
    return prefers && others.some((worker) => hasRoom(task, worker)) ? others : candidates;
  }

  function dispatch(task: Task): number {
    const candidates = elsewhere(
      task,
      everyWorker.filter((worker) => mayRun(task, worker)),
    );
    const left = (other: Task, worker: number) => estimateOn(other, worker) + (other.stage === "running" ? other.start - now : 0);
    const allOn = (worker: number) => [...boundTo(worker), ...presentOn(worker)];
    const pendingWork = (worker: number) => allOn(worker).reduce((sum, other) => sum + Math.max(0, left(other, worker)), 0);
    const pick = (index: number, of: number[]) => of[Math.floor(random("policy", task, index) * of.length)];
    const rules: Record<string, () => number> = {
      "dispatch-random": () => pick(0, candidates),
      "dispatch-round-robin": () => (lastChosen = candidates.find((worker) => worker > lastChosen) ?? candidates[0]),
      "dispatch-shortest-queue": () => best(candidates, (a, b) => allOn(a).length - allOn(b).length),
      "dispatch-least-work": () => best(candidates, (a, b) => pendingWork(a) - pendingWork(b)),
      "dispatch-pow2": () => {
        const first = pick(0, candidates);
        const others = candidates.filter((worker) => worker !== first);
        return best([first, pick(1, others) ?? first], (a, b) => allOn(a).length - allOn(b).length);
      },
    };
    return rules[definition.name]();
  }

  function place(task: Task): number | undefined {
    const open = elsewhere(
      task,
      everyWorker.filter((worker) => hasRoom(task, worker)),
    );
    const rules = {
      "first-fit": () => open[0],
      "best-fit": () => best(open, (a, b) => compare(fullness(b, task), fullness(a, task))),
      "worst-fit": () => best(open, (a, b) => compare(fullness(a, task), fullness(b, task))),
      "least-loaded": () => best(open, (a, b) => compare(fullness(a), fullness(b))),
      "round-robin": () => (lastChosen = open.find((worker) => worker > lastChosen) ?? open[0]),
      random: () => open[Math.floor(random("placement", task, 0) * open.length)],
    };
    return open.length === 0 ? undefined : rules[settings.policy.placement ?? settings.placement]();
  }

  /** The largest used ÷ capacity, before placing or after placing a task. */
  function fullness(worker: number, task?: Task): Fraction {
    const finite = [...dimensions.keys()].filter((d) => capacity(worker, d) > 0 && capacity(worker, d) < Infinity);
    const taken = (d: number) => used(worker, d) + (task ? request(task, d) : 0);
    const shares = finite.map((d): Fraction => [BigInt(taken(d)), BigInt(capacity(worker, d))]);
    return shares.reduce((most, share) => (compare(share, most) > 0 ? share : most), [0n, 1n]);
  }

  const timers = (time: (worker: number) => number, happen: (worker: number) => void) =>
    everyWorker.map((worker) => ({ time: liveness ? time(worker) : Infinity, happen: () => happen(worker) }));
  const suspicionAt = (worker: number) => (suspected.includes(worker) ? Infinity : heardAt[worker] + liveness!.heartbeat.timeout);

  /** What happens by itself, in the order of one instant. */
  const due = () => [
    ...cluster.due.ends(),
    ...cluster.due.changes(),
    ...cluster.due.messages(),
    ...tasks.filter((task) => task.stage === "future").map((task) => ({ time: task.release, happen: () => submit(task) })),
    ...actions.slice(0, 1).map(({ time }) => ({ time, happen: act })),
    ...(decision ? [{ time: decision.until, happen: takeEffect }] : []),
    ...tasks.filter((task) => task.stage === "backoff").map((task) => ({ time: task.backoffEnd, happen: () => retry(task) })),
    ...tasks.filter((task) => task.graceEnd < Infinity).map((task) => ({ time: task.graceEnd, happen: () => vacate(task) })),
    ...cluster.due.leases(),
    ...timers((worker) => Math.min(...believedOn(worker).map(leaseOver)), leasesAreOver),
    ...timers(suspicionAt, suspect),
  ];

  // The run: all events of an instant in order, least first, then a pass (in mode `event` after each); what it causes now, again.
  for (;;) {
    const pending = [
      ...due(),
      { time: nextCycle, happen: cycle },
      { time: Math.min(Infinity, ...wakes), happen: wake },
      { time: happened && !decision ? Math.ceil((now + 1) / every) * every : Infinity, happen: () => {} },
    ];
    const next = pending.reduce((least, event) => (event.time < least.time ? event : least));
    const isRoundOver = settings.pass === "event" || next.time > now;
    if (entries.length >= most || (isRoundOver && tasks.every(hasEnded))) return entries;
    const isPassDue = settings.pass === "event" || (next.time > now && now % every === 0);
    const happen = isPassDue && happened && !decision ? pass : next.happen;
    if (happen !== pass && (next.time === Infinity || next.time > until)) return entries;
    if (happen !== pass) now = Math.floor(next.time);
    happen();
  }
}

const hasEnded = ({ stage }: Task) => ["completed", "failed", "skipped", "cancelled"].includes(stage);
