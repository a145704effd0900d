// What only drawing can show to be impossible: a request that no worker can hold, a time beyond the clock.
import { largestCapacity } from "../model/capacity-effects.ts";
import { at, isConstant, nameAt } from "../model/columns.ts";
import { type Fault, faultAt, type FieldPlace } from "../model/errors.ts";
import type { Amount, TaskSpec } from "../model/scenario.ts";
import { claimed } from "../model/task-profile.ts";
import type { Duration, Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import { excesses, largest } from "./request-fit.ts";

/** Faults that are spelt out; the others are only counted. */
const SPELT_OUT = 200;

/** In what dimensions it was told before that no worker meets a request. */
export type ToldOf = (request: readonly Amount[]) => ReadonlySet<number> | undefined;

/** Where a task was written, and the seed from which its requests were drawn if they were. */
export interface TaskPlace extends Pick<TaskSpec, "position" | "requestPlaces"> {
  seed?: string;
  /** Dimensions in which it was told before that no worker meets the request. */
  told?: ReadonlySet<number>;
}

/**
 * Tasks that no worker can hold even when empty, and times that leave the clock's range. `placeOf` tells where a task was written;
 * `before` is the processing time of tasks that came before those of this world, µs.
 */
export function worldFaults(world: World, placeOf: (task: number) => TaskPlace, before: Duration = 0): Fault[] {
  const faults: Fault[] = [];
  let more = 0;
  const holders = new Holders(world);
  const { tasks } = world;
  const uniform = isConstant(tasks.eligibility) && tasks.request.every(isConstant);
  const checked = uniform ? Math.min(1, tasks.count) : tasks.count;
  for (let task = 0; task < checked; task++) {
    if (holders.any(task)) continue;
    const found = refusals(world, holders, task, placeOf(task));
    if (faults.length >= SPELT_OUT) more += found.length > 0 ? 1 : 0;
    else faults.push(...found);
  }
  const time = timeFault(world, placeOf, before);
  if (time !== undefined) faults.push(time);
  if (more > 0) faults.push({ message: `${more} more tasks fit no worker`, more });
  return faults;
}

/** Answers whether any eligible worker could hold a task: against the few capacities of each set that no other exceeds. */
class Holders {
  readonly #world: World;
  /** The most that workers can ever have. */
  readonly #capacity: readonly Float64Array[];
  readonly #maximal: (number[] | undefined)[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#capacity = largestCapacity(world.workers);
  }

  capacityOf(worker: number): number[] {
    return this.#capacity.map((column) => column[worker] as number);
  }

  any(task: number): boolean {
    const workers = this.maximalOf(at(this.#world.tasks.eligibility, task));
    for (let i = 0; i < workers.length; i++) if (this.#holds(workers[i] as number, task)) return true;
    return false;
  }

  /** The largest eligible workers. */
  maximalOf(set: number): number[] {
    const may = this.#world.eligibilitySets[set] as Uint8Array;
    this.#maximal[set] ??= largest(eligibleOf(may), (a, b) => this.#covers(a, b));
    return this.#maximal[set];
  }

  #covers(a: number, b: number): boolean {
    return this.#capacity.every((column) => (column[a] as number) >= (column[b] as number));
  }

  #holds(worker: number, task: number): boolean {
    const { tasks } = this.#world;
    const capacity = this.#capacity;
    for (let d = 0; d < tasks.request.length; d++) {
      if (claimed(tasks, task, d) > ((capacity[d] as Float64Array)[worker] as number)) return false;
    }
    return true;
  }
}

function* eligibleOf(may: Uint8Array): Iterable<number> {
  for (let worker = 0; worker < may.length; worker++) if (may[worker] === 1) yield worker;
}

/** Why no worker can hold a task: what is drawn, where it is drawn; all else of it at the task. */
function refusals(
  { tasks, workers, dimensions }: World,
  holders: Holders,
  task: number,
  { requestPlaces = [], seed, told, ...own }: TaskPlace,
): Fault[] {
  const id = `task "${nameAt(tasks.names, task)}"`;
  const fault = (place: FieldPlace, reason: string) =>
    faultAt(place, `${id} ${reason}${seed === undefined ? "" : ` (drawn, seed ${seed})`}`);
  const eligible = holders.maximalOf(at(tasks.eligibility, task)).map((w) => ({
    id: workers.names[w] as string,
    capacity: holders.capacityOf(w),
  }));
  if (eligible.length === 0) return [fault(own, "can run on no worker: none has the labels and a duration that it asks for")];
  const request = tasks.request.map((_, d) => claimed(tasks, task, d));
  const among = at(tasks.eligibility, task) === 0 ? "worker" : "worker that it may run on";
  const rest: string[] = [];
  const faults = excesses(request, eligible, dimensions, among).flatMap(({ dimensions: concerned, text }) => {
    if (told !== undefined && concerned.every((d) => told.has(d))) return [];
    const place = concerned.map((d) => requestPlaces[d]).find((known) => known !== undefined);
    if (place !== undefined) return [fault(place, `requests ${text}`)];
    rest.push(text);
    return [];
  });
  return rest.length === 0 ? faults : [...faults, fault(own, `requests ${rest.join("; and ")}`)];
}

/** What a task could take at most in all its executions, each of them so long. */
export function longestOf(once: Duration, timeout: Duration, failures: number, retries: number): Duration {
  return Math.min(once, timeout) * (Math.min(failures, retries) + 1);
}

/** What the tasks could take at most: all their work one after the other on the slowest worker, µs. */
export function mostProcessing(world: Pick<World, "tasks" | "workers">): {
  release: Time;
  total: Duration;
  worst: Duration;
  worstTask: number;
} {
  const { tasks } = world;
  const slowest = world.workers.speed.reduce((least, speed) => Math.min(least, speed), 1000);
  const longest = tasks.timeTables.map((times) => times.reduce((most, time) => (Number.isNaN(time) ? most : Math.max(most, time)), 0));
  let release = 0;
  let total = 0;
  let worst = 0;
  let worstTask = 0;
  for (let task = 0; task < tasks.count; task++) {
    release = Math.max(release, at(tasks.release, task));
    const table = at(tasks.timeTable, task);
    const once = table < 0 ? (at(tasks.work, task) * 1000) / slowest : (longest[table] as number);
    const time = longestOf(once, at(tasks.timeout, task), at(tasks.failures, task), at(tasks.retries, task));
    total += time;
    if (time > worst) {
      worst = time;
      worstTask = task;
    }
  }
  return { release, total, worst, worstTask };
}

/** All work, after the last release, must end within the clock's 2^53 µs (285 years). */
function timeFault(world: World, placeOf: (task: number) => TaskPlace, before: Duration): Fault | undefined {
  const { release, worst, worstTask, ...own } = mostProcessing(world);
  const total = own.total + before;
  if (release + total <= Number.MAX_SAFE_INTEGER) return undefined;
  const message = clockEnds("the workload", release, total, worst, nameAt(world.tasks.names, worstTask));
  return faultAt(world.tasks.count === 0 ? {} : placeOf(worstTask), message);
}

/** What is said of work that may end beyond the clock; `longest`: of the one task that is named. */
export function clockEnds(work: string, release: Time, total: Duration, longest: Duration, id?: string): string {
  const years = (time: number) => `${Math.ceil(time / (365 * 86_400e6))} years`;
  const one = id === undefined ? `this task ${years(longest)}` : `most of one task ${years(longest)}, "${id}"`;
  return `the clock ends at 2^53 µs, 285 years, and ${work} could run for ${years(release + total)} (last release ${years(release)}; ${one})`;
}
