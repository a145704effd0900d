// P9: no schedule beats the lower bounds, and a greedy one is never worse than Graham's bound.
import { at } from "../model/columns.ts";
import { gaining, mostGain } from "../model/elastic.ts";
import { topologicalOrder } from "../model/graph.ts";
import { EntryKind, Reason, type Trace } from "../model/trace.ts";
import { type Duration, durationAt, type Time, workIn } from "../model/units.ts";
import { Clocks } from "./clocks.ts";
import { drawnAttempt, fullSpeed, processingTime } from "./drawn-attempt.ts";
import { profileOf } from "../model/task-profile.ts";
import { joiningWorkers, type World } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { completes, endsAttempt, Ledger, releases } from "./ledger.ts";
import { capacityOverTime } from "./sizes.ts";
import { startsLater } from "../model/settings.ts";

export const LOWER_BOUNDS: Invariant = {
  id: "P9",
  statement:
    "A complete run takes at least its longest path, each attempt at its least, and the area of its attempts in each dimension, of what workers have while they are there.",
  judge(trace) {
    const finding = new Finding();
    const run = facts(trace);
    if (trace.ending.kind !== "complete" || run.attempted.size === 0) return finding;
    const end = trace.entries.length;
    const path = longestPath(trace, run);
    finding.check(end, run.lastEnd, run.lastEnd < path && `the last attempt ends at ${run.lastEnd}, before the longest path at ${path}`);
    for (const [d, name] of trace.world.dimensions.entries()) {
      const missing = areaBeyond(trace, run, d);
      if (missing !== undefined) finding.check(end, run.lastEnd, missing > 0n && `the attempts need more ${name} × time than there is`);
    }
    return finding;
  },
};

export const GRAHAM_BOUND: Invariant = {
  id: "P9-Graham",
  statement:
    "The makespan is at most (W − CP) ÷ m + CP where m identical workers hold one task each, the policy is greedy, and all is released at 0, unconstrained and without failure, cancellation or decision time (Graham 1969).",
  judge(trace) {
    const finding = new Finding();
    const most = trace.ending.kind === "complete" ? grahamBound(trace) : undefined;
    if (most === undefined) return finding;
    const { lastEnd } = facts(trace);
    const workers = trace.world.workers.count;
    const message = `the makespan ${lastEnd} is above Graham's bound ${most} ÷ ${workers}`;
    finding.check(trace.entries.length, lastEnd, BigInt(lastEnd) * BigInt(workers) > most && message);
    return finding;
  },
};

interface Facts {
  /** Tasks that ended by their own attempts. */
  attempted: Set<number>;
  /** Attempts of each task that ended by themselves; which tasks completed. */
  executions: Int32Array;
  completed: Set<number>;
  origin: Time;
  /** End of the last attempt; 0 before any. */
  lastEnd: Time;
  clocks: Clocks;
}

function facts(trace: Trace): Facts {
  const { tasks } = trace.world;
  const run: Facts = {
    attempted: new Set(),
    executions: new Int32Array(tasks.count),
    completed: new Set(),
    origin: Number.POSITIVE_INFINITY,
    lastEnd: 0,
    clocks: new Clocks(),
  };
  for (const entry of trace.entries) {
    if (entry.kind === EntryKind.submitted) run.origin = Math.min(run.origin, at(tasks.release, entry.task));
    run.clocks.apply(entry);
    if (completes(entry)) run.completed.add(entry.task);
    if (endsAttempt(entry)) run.executions[entry.task] += 1;
    if (entry.kind === EntryKind.reopened) run.executions[entry.task] -= 1; // others may have gone on with what it had written
    if (releases(entry) || completes(entry)) run.lastEnd = entry.time;
    const own = completes(entry) || (entry.kind === EntryKind.abandoned && entry.reason === Reason.exhausted);
    if (own) run.attempted.add(entry.task);
  }
  return run;
}

/** What an attempt takes at least: a clock that runs fast comes to its time limit early. */
function leastLength({ world }: Trace, { clocks, completed }: Facts, task: number, worker: number, attempt: number): Duration {
  const drawn = drawnAttempt(world, task, worker, attempt);
  const profile = profileOf(world.tasks, task);
  const isElastic = profile?.elastic !== undefined;
  const fails = attempt <= at(world.tasks.failures, task);
  // Where speeds change, a failing execution stops after whole µs of work, which may take less than it would at full speed, and less
  // still where it straggles, which it may; with all that it may have, an elastic one takes the least.
  const done = [false, true].map((straggles) => {
    const { unlimited } = drawnAttempt(world, task, worker, attempt, straggles);
    return workIn(unlimited, fullSpeed(world, task, worker, straggles));
  });
  const table = at(world.tasks.timeTable, task);
  const whole = table >= 0 ? world.tasks.timeTables[table][worker] : at(world.tasks.work, task);
  const work = fails ? Math.min(whole, ...done) : whole;
  const gain = mostGain(profile?.elastic, (d) => at(world.tasks.request[d], task));
  const fast = gaining(fullSpeed(world, task, worker, false), gain);
  const isCounted = isElastic || (fails && world.faults !== undefined);
  const unlimited = isCounted ? durationAt(work, fast) : drawn.unlimited;
  const length = Math.min(drawn.length, unlimited);
  const limit = at(world.tasks.timeout, task);
  if (savesWork(world, task) && completed.has(task)) return unlimited; // whatever is cut off, others go on from there
  if (clocks.fastest === 1_000_000n || !Number.isFinite(limit)) return length;
  return Math.min(unlimited, Number((BigInt(limit) * 1_000_000n) / clocks.fastest));
}

/** The attempts that a task needs: all that ended by themselves; where they go on from one another's work, one that does all of it. */
function* neededAttempts({ world }: Trace, { executions, completed }: Facts, task: number): Generator<number> {
  const last = executions[task];
  if (mayFailToStart(world, task))
    yield* completed.has(task) ? [last] : []; // executions that fail may do nothing of their work
  else if (savesWork(world, task)) yield* completed.has(task) ? [last] : last > 0 ? [1] : [];
  else for (let attempt = 1; attempt <= last; attempt++) yield attempt;
}

function mayFailToStart({ tasks }: World, task: number): boolean {
  return profileOf(tasks, task)?.environment?.stages.some(({ fails }) => fails > 0) === true;
}

function savesWork({ tasks }: World, task: number): boolean {
  return profileOf(tasks, task)?.checkpoint !== undefined;
}

/** Least time of an attempt over the workers that could hold it. */
function leastOver(trace: Trace, ledger: Ledger, task: number, measure: (worker: number) => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let worker = 0; worker < trace.world.workers.count; worker++) {
    if (ledger.couldEverHold(task, worker)) least = Math.min(least, measure(worker));
  }
  return least;
}

/** Earliest time at which the last of the tasks could end if each had a worker to itself, on the virtual clock. */
function longestPath(trace: Trace, run: Facts): Time {
  const { tasks } = trace.world;
  const ledger = new Ledger(trace);
  const ends = new Float64Array(tasks.count);
  let longest = 0;
  for (const task of topologicalOrder(tasks.dependencies, tasks.dependents) ?? []) {
    if (!run.attempted.has(task)) continue;
    let end: number = at(tasks.release, task);
    for (const dependency of ledger.dependencies(task)) end = Math.max(end, ends[dependency]);
    for (const attempt of neededAttempts(trace, run, task)) {
      end += leastOver(trace, ledger, task, (worker) => leastLength(trace, run, task, worker, attempt));
    }
    ends[task] = end;
    longest = Math.max(longest, end);
  }
  return longest;
}

/** Area needed less area there was, in units of a dimension × µs × thousandths of speed; undefined where it is unlimited. */
function areaBeyond(trace: Trace, run: Facts, d: number): bigint | undefined {
  const { workers } = trace.world;
  const ledger = new Ledger(trace);
  const { from, to } = presence(trace, run);
  let present = 0n;
  for (let worker = 0; worker < workers.count; worker++) {
    const capacity = capacityOverTime(trace, d, worker, from[worker], to[worker]);
    if (capacity === undefined) return undefined;
    present += capacity * BigInt(workers.speed[worker]);
  }
  let needed = 0n;
  for (const task of run.attempted) {
    for (const attempt of neededAttempts(trace, run, task)) {
      const least = leastArea(trace, run, ledger, task, attempt);
      needed += BigInt(leastHeld(trace, task, d)) * least;
    }
  }
  return needed - present;
}

/** The least that an attempt of a task ever holds of a dimension. */
function leastHeld({ world: { tasks } }: Trace, task: number, d: number): number {
  const asks = profileOf(tasks, task)?.asks?.asks ?? [];
  return Math.min(at(tasks.request[d], task), ...asks.map(({ amounts }) => amounts.get(d) ?? Number.POSITIVE_INFINITY));
}

/** From when to when each worker was there, of the time from the first release to the end of the last attempt: since it joined, until it left. */
function presence(trace: Trace, { origin, lastEnd }: Facts): { from: Float64Array; to: Float64Array } {
  const from = new Float64Array(trace.world.workers.count).fill(origin);
  const to = new Float64Array(trace.world.workers.count).fill(lastEnd);
  const joining = new Set(joiningWorkers(trace.world));
  for (const worker of joining) from[worker] = lastEnd;
  for (const { kind, worker, time } of trace.entries) {
    if (kind === EntryKind.registered && joining.delete(worker)) from[worker] = Math.max(origin, time);
    if (kind === EntryKind.registered) to[worker] = lastEnd; // of an instance that comes where another was: more is never wrong
    if (kind === EntryKind.left) to[worker] = Math.min(lastEnd, time);
  }
  return { from, to };
}

function leastArea(trace: Trace, run: Facts, ledger: Ledger, task: number, attempt: number): bigint {
  const { world } = trace;
  let least: bigint | undefined;
  for (let worker = 0; worker < world.workers.count; worker++) {
    if (!ledger.couldEverHold(task, worker)) continue;
    const area = BigInt(leastLength(trace, run, task, worker, attempt)) * BigInt(world.workers.speed[worker]);
    if (least === undefined || area < least) least = area;
  }
  return least ?? 0n;
}

/** What undoes work that was begun, or drops it. */
const UNDONE: readonly EntryKind[] = [EntryKind.cancelled, EntryKind.requeued, EntryKind.lost];

/** W + (m − 1) × CP, which m × makespan must not exceed, or undefined where a premise fails. */
function grahamBound(trace: Trace): bigint | undefined {
  const { tasks, workers } = trace.world;
  const { promises, settings } = trace;
  if (settings.liveness !== undefined || !promises.workConserving || promises.blocking || promises.dispatching || trace.world.functions)
    return undefined;
  if (typeof settings.pass !== "string" || startsLater(settings) || !oneTaskEach(trace)) return undefined;
  const ledger = new Ledger(trace);
  const ends = new Float64Array(tasks.count);
  let work = 0n;
  let longest: Duration = 0;
  for (const { kind } of trace.entries) if (UNDONE.includes(kind) || kind === EntryKind.straggled) return undefined;
  for (const task of topologicalOrder(tasks.dependencies, tasks.dependents) ?? []) {
    const time = processingTime(trace.world, task, 0);
    if (at(tasks.release, task) !== 0 || at(tasks.failures, task) > 0 || at(tasks.timeout, task) < time || at(tasks.timeTable, task) >= 0)
      return undefined;
    for (let worker = 0; worker < workers.count; worker++) {
      if (!ledger.couldHold(task, worker) || workers.speed[worker] !== workers.speed[0]) return undefined;
    }
    work += BigInt(time);
    let end = time;
    for (const dependency of ledger.dependencies(task)) end = Math.max(end, ends[dependency] + time);
    ends[task] = end;
    longest = Math.max(longest, end);
  }
  return work + BigInt(workers.count - 1) * BigInt(longest);
}

/** Whether some dimension leaves each worker, all alike, to exactly one task at a time. */
function oneTaskEach(trace: Trace): boolean {
  const { tasks, workers } = trace.world;
  return workers.capacity.some((capacity, d) => {
    const slot = capacity[0];
    if (!(slot > 0) || capacity.some((other) => other !== slot)) return false;
    for (let task = 0; task < tasks.count; task++) if (at(tasks.request[d], task) !== slot) return false;
    return true;
  });
}
