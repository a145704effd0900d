// What no schedule can beat: the longest path and the work per capacity of what a run had to do. Never wrong rather than tight.
//
// Of each task that completed, or failed after attempts, count the attempts that the drawn world makes necessary: the failing
// executions, then one that completes (or, where the task failed, those that its time limit cut, each with the whole limit).
// Where attempts save their work, all of it counts once. Skipped, cancelled and unfinished tasks count nothing. So policies whose runs end
// the same tasks in the same way share a bound. Time limits count as the fastest clock of a worker had them while the run lasted: what
// drifts later is nothing to a run that is to end before.
//   path: each attempt takes its least time over the workers that can hold the task, with all that it may have; releases and
//   dependencies are kept.
//   area: Σ request × least (time × speed) over those workers ÷ the largest Σ capacity × speed ever present, per dimension that is limited on
//   every worker. Where attempts ask, the least that they ever hold counts for all of them, and what they ask for beyond that for the part of
//   the work that is done with it.
import { largestCapacity } from "../model/capacity-effects.ts";
import { heldAfter } from "../model/asks.ts";
import { at } from "../model/columns.ts";
import { gaining, leastCpuTime, mostGain } from "../model/elastic.ts";
import { ExactSum } from "../model/exact-sum.ts";
import { straggling } from "../model/straggle.ts";
import { topologicalOrder } from "../model/graph.ts";
import { CPU } from "../model/resources.ts";
import { type Duration, durationAt, partOf, type Time, workIn } from "../model/units.ts";
import { profileOf } from "../model/task-profile.ts";
import type { World } from "../model/world.ts";
import { type TaskOutcomes, TaskStatus, TRUE_RATE } from "./task-outcomes.ts";
import { mostPresent } from "./most-present.ts";
import { type WorkerClass, workerClasses } from "./worker-classes.ts";

/** What a task counts for: nothing, the attempts up to one that completes, or (above `completed`) so many that ended without it. */
const Counted = { nothing: 0, completed: 1 } as const;

/**
 * What a bound comes from: the longest path, be it one that begins with a later release than the earliest, one of several tasks, or one
 * task; or the work per capacity.
 */
export type Bottleneck = "arrivals" | "dependencies" | "task" | "work";

/** A dimension that is limited on every worker; Σ capacity × speed, in thousandths of the speed unit. */
interface LimitedDimension {
  dimension: number;
  capacity: bigint;
}

/** The lower bounds of one world's runs. What only depends on the world is computed once; so is the bound of equal outcomes. */
export class LowerBound {
  /** The earliest release, µs; 0 without tasks. */
  readonly origin: Time;
  readonly #world: World;
  /** Per eligibility set, its classes of workers, the fastest first. */
  readonly #classes: readonly (readonly WorkerClass[])[];
  /** Greatest common divisor of the speeds: efforts are in units of it, so that equal speeds count 1. */
  readonly #speedUnit: number;
  /** By how much the effort of a part of a task's work may be rounded down: its beginning and its end come in whole µs. */
  readonly #slack: number;
  readonly #limited: readonly LimitedDimension[];
  readonly #order: Int32Array | undefined;
  #last: { counted: Int32Array; fastest: number; bound: Duration; bottleneck: Bottleneck } | undefined;
  /** Of the run asked last: the fastest that any worker's clock ran, in millionths: it comes to time limits early. */
  #fastest = TRUE_RATE;
  /** Of the task asked last: least time of the attempts counted, µs, and least time × speed. */
  #time = 0;
  #effort = 0;
  /** The same of cpu, of which elastic tasks may take more to be done sooner. */
  #cpuEffort = 0;
  /** The least of both for an execution of all of its work. */
  #whole = { effort: 0, cpuEffort: 0 };

  constructor(world: World) {
    this.#world = world;
    this.#classes = workerClasses(world.workers, world.eligibilitySets);
    this.#speedUnit = world.workers.speed.reduce(greatestCommonDivisor, 0);
    this.#slack = Math.ceil((4 * (1000 + world.workers.speed.reduce((most, speed) => Math.max(most, speed), 0))) / this.#speedUnit);
    this.#limited = limitedDimensions(world, this.#speedUnit);
    this.#order = orderOfExecution(world);
    this.origin = earliestRelease(world);
  }

  /** The bound on the makespan of a run with these outcomes, µs. */
  of(outcomes: TaskOutcomes): { bound: Duration; bottleneck: Bottleneck } {
    const counted = countedTasks(outcomes);
    const fastest = outcomes.fastestClock;
    if (this.#last?.fastest !== fastest || !same(this.#last.counted, counted)) {
      this.#fastest = fastest;
      this.#last = { counted, fastest, ...this.#bound(counted) };
    }
    return this.#last;
  }

  /**
   * For jobs: per task, the length of the longest path of least times that ends with it, over tasks of its own job, from the
   * earliest release of that job on, µs. `jobRelease` is by index of the job's label.
   */
  pathsWithinJobs(outcomes: TaskOutcomes, jobRelease: Float64Array): Float64Array {
    const { count, job } = this.#world.tasks;
    const counted = countedTasks(outcomes);
    this.#fastest = outcomes.fastestClock;
    const heads = new Float64Array(count);
    for (let place = 0; place < count; place++) {
      const task = this.#order === undefined ? place : (this.#order[place] as number);
      if (counted[task] === Counted.nothing) continue;
      this.#leastWork(task, counted[task] as number);
      const label = at(job.indices, task);
      const head = this.#headOf(task, heads, (dependency) => at(job.indices, dependency) === label);
      heads[task] = Math.max(head, at(this.#world.tasks.release, task) - (jobRelease[label] as number)) + this.#time;
    }
    return heads;
  }

  #bound(counted: Int32Array): { bound: Duration; bottleneck: Bottleneck } {
    const { count, release } = this.#world.tasks;
    const work = this.#limited.map(() => new ExactSum());
    const heads = new Float64Array(count);
    let last = -1;
    for (let place = 0; place < count; place++) {
      const task = this.#order === undefined ? place : (this.#order[place] as number);
      if (counted[task] === Counted.nothing) continue;
      this.#leastWork(task, counted[task] as number);
      heads[task] = Math.max(this.#headOf(task, heads), at(release, task) - this.origin) + this.#time;
      if (last < 0 || (heads[task] as number) > (heads[last] as number)) last = task;
      for (const [i, { dimension }] of this.#limited.entries()) {
        const effort = dimension === CPU ? this.#cpuEffort : this.#effort;
        const least = this.#leastHeld(task, dimension);
        (work[i] as ExactSum).add(least, effort);
        if (counted[task] === Counted.completed) this.#addAsked(work[i] as ExactSum, task, dimension, least);
      }
    }
    const longest = BigInt(heads[last] ?? 0);
    let bound = longest;
    this.#limited.forEach(({ capacity }, i) => {
      const area = ((work[i] as ExactSum).value() + capacity - 1n) / capacity; // a makespan is whole: rounded up
      if (area > bound) bound = area;
    });
    return { bound: Number(bound), bottleneck: bound > longest ? "work" : this.#bottleneckOf(last, heads) };
  }

  /** Goes back from the end of the longest path to its beginning. */
  #bottleneckOf(last: number, heads: Float64Array): Bottleneck {
    const { release, dependencies } = this.#world.tasks;
    let first = last;
    for (let head = this.#headOf(first, heads); head > 0 && head >= at(release, first) - this.origin; head = this.#headOf(first, heads)) {
      const { offsets, targets } = dependencies;
      first = targets.subarray(offsets[first], offsets[first + 1]).find((dependency) => heads[dependency] === head) as number;
    }
    if (first >= 0 && at(release, first) > this.origin) return "arrivals";
    return first === last ? "task" : "dependencies";
  }

  /** The latest end of the dependencies that are kept. */
  #headOf(task: number, heads: Float64Array, keeps?: (dependency: number) => boolean): Duration {
    const { offsets, targets } = this.#world.tasks.dependencies;
    let head = 0;
    for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++) {
      const dependency = targets[edge] as number;
      if (keeps === undefined || keeps(dependency)) head = Math.max(head, heads[dependency] as number);
    }
    return head;
  }

  /** Leaves in `#time` and `#effort` the least that the attempts counted for a task take. */
  #leastWork(task: number, counted: number): void {
    const { tasks } = this.#world;
    const failures = at(tasks.failures, task);
    const limit = this.#leastLimit(at(tasks.timeout, task));
    const { checkpoint, environment } = profileOf(tasks, task) ?? {};
    if (environment?.stages.some(({ fails }) => fails > 0) === true) return this.#leastOfLast(task, counted, limit);
    if (checkpoint !== undefined) return this.#leastSaved(task, counted, limit);
    const attempts = counted === Counted.completed ? failures + 1 : counted - Counted.completed;
    const failing = Math.min(failures, attempts);
    this.#time = 0;
    this.#effort = 0;
    this.#cpuEffort = 0;
    if (failing > 0) this.#addLeast(task, failing, at(tasks.failsAfter, task), 0, limit);
    const cut = counted > Counted.completed && limit < Number.POSITIVE_INFINITY;
    if (attempts > failing) this.#addLeast(task, attempts - failing, 1, cut ? limit : 0, limit);
    // An effort that would not be exact is cut down to one that is.
    this.#effort = Math.min(this.#effort, Number.MAX_SAFE_INTEGER);
    this.#cpuEffort = Math.min(this.#cpuEffort, Number.MAX_SAFE_INTEGER);
  }

  /** Of a task whose attempts go on from one another's work: all of that once, or, where it failed, what one of them does at least. */
  #leastSaved(task: number, counted: number, limit: Duration): void {
    const { tasks } = this.#world;
    const isCompleted = counted === Counted.completed;
    this.#time = 0;
    this.#effort = 0;
    this.#cpuEffort = 0;
    const part = !isCompleted && at(tasks.failures, task) > 0 ? at(tasks.failsAfter, task) : 1;
    this.#addLeast(task, 1, part, 0, isCompleted ? Number.POSITIVE_INFINITY : limit);
    this.#effort = Math.min(this.#effort, Number.MAX_SAFE_INTEGER);
    this.#cpuEffort = Math.min(this.#cpuEffort, Number.MAX_SAFE_INTEGER);
  }

  /** Of a task whose executions may fail before they work: that which completed it. */
  #leastOfLast(task: number, counted: number, limit: Duration): void {
    const isSaving = profileOf(this.#world.tasks, task)?.checkpoint !== undefined;
    this.#time = 0;
    this.#effort = 0;
    this.#cpuEffort = 0;
    if (counted === Counted.completed) this.#addLeast(task, 1, 1, 0, isSaving ? Number.POSITIVE_INFINITY : limit);
    this.#effort = Math.min(this.#effort, Number.MAX_SAFE_INTEGER);
    this.#cpuEffort = Math.min(this.#cpuEffort, Number.MAX_SAFE_INTEGER);
  }

  #leastLimit(limit: Duration): Duration {
    if (this.#fastest === TRUE_RATE || limit === Number.POSITIVE_INFINITY) return limit;
    return Number((BigInt(limit) * BigInt(TRUE_RATE)) / BigInt(this.#fastest));
  }

  /** Adds attempts, each with the least over the workers that can hold the task of its time there, from `floor` to `limit`. */
  #addLeast(task: number, attempts: number, part: number, floor: Duration, limit: Duration): void {
    const { tasks } = this.#world;
    const classes = this.#classes[at(tasks.eligibility, task)] as readonly WorkerClass[];
    const table = tasks.timeTables[at(tasks.timeTable, task)];
    let leastTime = Number.POSITIVE_INFINITY;
    let leastEffort = Number.POSITIVE_INFINITY;
    let leastCpu = Number.POSITIVE_INFINITY;
    const elastic = profileOf(tasks, task)?.elastic;
    const requestOf = (dimension: number) => at(tasks.request[dimension] as (typeof tasks.request)[number], task);
    const gain = elastic === undefined ? 1 : mostGain(elastic, requestOf);
    for (let i = 0; i < classes.length; i++) {
      const { speed, capacity, workers } = classes[i] as WorkerClass;
      const whole = table === undefined ? at(tasks.work, task) : leastOf(table, workers);
      if (whole === Number.POSITIVE_INFINITY || !this.#fits(task, capacity)) continue;
      const own = table === undefined ? speed : 1000;
      const isCounted = part === 1 || elastic !== undefined || this.#world.faults !== undefined;
      const work = isCounted ? this.#leastPart(task, whole, part, own) : 0;
      const alone = isCounted ? durationAt(work, gaining(own, gain)) : partOf(durationAt(whole, own), part);
      const time = Math.min(limit, Math.max(floor, alone));
      leastTime = Math.min(leastTime, time);
      leastEffort = Math.min(leastEffort, time * (speed / this.#speedUnit));
      if (elastic === undefined) continue;
      const cpu = Math.floor(((work * 1000) / own) * leastCpuTime(elastic, requestOf, own));
      leastCpu = Math.min(leastCpu, Math.min(limit, Math.max(floor, cpu)) * (speed / this.#speedUnit));
    }
    this.#whole = { effort: 0, cpuEffort: 0 };
    if (leastTime === Number.POSITIVE_INFINITY) return; // nobody can run it: it is no work
    if (part === 1) this.#whole = { effort: leastEffort, cpuEffort: elastic === undefined ? leastEffort : leastCpu };
    this.#time += attempts * leastTime;
    this.#effort += attempts * leastEffort;
    this.#cpuEffort += attempts * (elastic === undefined ? leastEffort : leastCpu);
  }

  /** Where speeds change a failing execution stops after whole µs of work, which may be less for one that straggles. */
  #leastPart(task: number, whole: Duration, part: number, speed: number): Duration {
    const straggle = profileOf(this.#world.tasks, task)?.straggle;
    const doneAt = (own: number) => Math.min(whole, workIn(partOf(durationAt(whole, own), part), own));
    if (part === 1) return whole;
    return straggle === undefined ? doneAt(speed) : Math.min(doneAt(speed), doneAt(straggling(speed, straggle)));
  }

  /** The least that an attempt of a task ever holds of a dimension. */
  #leastHeld(task: number, dimension: number): number {
    const { tasks } = this.#world;
    const request = at(tasks.request[dimension] as (typeof tasks.request)[number], task);
    const asks = profileOf(tasks, task)?.asks?.asks;
    return asks === undefined ? request : asks.reduce((least, { amounts }) => Math.min(least, amounts.get(dimension) ?? least), request);
  }

  /** Adds what a task that completed held beyond that, since it had asked for it: for so much of its work, done at least once. */
  #addAsked(area: ExactSum, task: number, dimension: number, least: number): void {
    const { tasks } = this.#world;
    const plan = profileOf(tasks, task)?.asks;
    if (plan === undefined) return;
    const request = at(tasks.request[dimension] as (typeof tasks.request)[number], task);
    const effort = Math.min(dimension === CPU ? this.#whole.cpuEffort : this.#whole.effort, Number.MAX_SAFE_INTEGER);
    for (let met = 0; met <= plan.asks.length; met++) {
      const held = heldAfter(plan, request, dimension, met);
      const part = (plan.asks[met]?.after ?? 1) - (plan.asks[met - 1]?.after ?? 0);
      area.add(held - least, Math.max(0, Math.floor(effort * part) - this.#slack));
    }
  }

  #fits(task: number, capacity: Float64Array): boolean {
    const { request } = this.#world.tasks;
    for (let dimension = 0; dimension < capacity.length; dimension++) {
      if (at(request[dimension] as (typeof request)[number], task) > (capacity[dimension] as number)) return false;
    }
    return true;
  }
}

function countedTasks(outcomes: TaskOutcomes): Int32Array {
  const { count } = outcomes.world.tasks;
  const counted = new Int32Array(count);
  for (let task = 0; task < count; task++) {
    const status = outcomes.status(task);
    if (status === TaskStatus.completed) counted[task] = Counted.completed;
    else if (status === TaskStatus.failed && outcomes.executions(task) > 0) counted[task] = Counted.completed + outcomes.executions(task);
  }
  return counted;
}

function same(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function limitedDimensions(world: World, speedUnit: number): LimitedDimension[] {
  const limited: LimitedDimension[] = [];
  largestCapacity(world.workers).forEach((capacity, dimension) => {
    if (!capacity.every((amount) => Number.isFinite(amount))) return;
    const { speed } = world.workers;
    const most = mostPresent(
      world,
      (worker) => capacity[worker] as number,
      (worker) => (speed[worker] as number) / speedUnit,
    );
    if (most > 0n) limited.push({ dimension, capacity: most });
  });
  return limited;
}

/** Tasks so that each follows its dependencies; undefined where their positions already do. */
function orderOfExecution({ tasks }: World): Int32Array | undefined {
  const { offsets, targets } = tasks.dependencies;
  for (let task = 0; task < tasks.count; task++) {
    for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++) {
      if ((targets[edge] as number) >= task) return topologicalOrder(tasks.dependencies, tasks.dependents);
    }
  }
  return undefined;
}

function earliestRelease({ tasks }: World): Time {
  if (tasks.count === 0) return 0;
  let earliest = Number.POSITIVE_INFINITY;
  for (let task = 0; task < tasks.count; task++) earliest = Math.min(earliest, at(tasks.release, task));
  return earliest;
}

function leastOf(table: Float64Array, workers: readonly number[]): Duration {
  let least = Number.POSITIVE_INFINITY;
  for (const worker of workers) {
    const time = table[worker] as number;
    if (time < least) least = time; // NaN, where the task cannot run, is not less
  }
  return least;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
