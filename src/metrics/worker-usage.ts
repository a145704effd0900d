// How each worker spent the run: time busy and idle, and the part of each resource that was used.
import { at } from "../model/columns.ts";
import { ExactSum, ratio } from "../model/exact-sum.ts";
import { DISK, MEMORY } from "../model/resources.ts";
import { EntryKind, type TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { joiningWorkers, type World } from "../model/world.ts";
import { Sizes } from "./sizes.ts";

/** A row of workers.csv. */
export interface WorkerRow {
  worker: string;
  /** Attempts that started there. */
  attempts: number;
  /** Time with at least one attempt, µs. */
  busy: Duration;
  /** The rest of the run, from its joining to its leaving, µs. */
  idle: Duration;
  /** Per dimension, allocated × time ÷ (capacity × that time); undefined where there is none of it or no limit. */
  utilization: (number | undefined)[];
}

/** Kinds that end an attempt, if the task has one under way. */
const ENDS: readonly EntryKind[] = [EntryKind.finished, EntryKind.failed, EntryKind.cancelled, EntryKind.requeued, EntryKind.lost];

/** Folds a run worker by worker. */
export class WorkerUsage implements TraceSink {
  readonly #world: World;
  readonly #running: Int32Array;
  readonly #attempts: Int32Array;
  readonly #busySince: Float64Array;
  readonly #busy: Float64Array;
  /** Per worker, per dimension. */
  readonly #allocated: ExactSum[][];
  #startedAt: Float64Array;
  #workerOf: Int32Array;
  readonly #down = new Set<number>();
  /** Suspended attempts: of what they take they keep memory and disk. */
  readonly #suspended = new Set<number>();
  /** When workers joined (Infinity: not yet) and left; those not in it were there all the time. */
  readonly #joined: Map<number, Time>;
  readonly #left = new Map<number, Time>();
  readonly #sizes: Sizes;

  constructor(world: World) {
    const { count, capacity } = world.workers;
    this.#world = world;
    this.#running = new Int32Array(count);
    this.#attempts = new Int32Array(count);
    this.#busySince = new Float64Array(count);
    this.#busy = new Float64Array(count);
    this.#allocated = Array.from({ length: count }, () => capacity.map(() => new ExactSum()));
    this.#startedAt = new Float64Array(world.tasks.count);
    this.#workerOf = new Int32Array(world.tasks.count).fill(-1);
    this.#sizes = new Sizes(world);
    this.#joined = new Map(joiningWorkers(world).map((worker) => [worker, Number.POSITIVE_INFINITY]));
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number): void {
    if (kind === EntryKind.started) this.#start(time, task, worker);
    else if (kind === EntryKind.suspended || kind === EntryKind.continued) this.#interrupt(time, task, kind === EntryKind.suspended);
    else if (kind === EntryKind.submitted && task >= this.#workerOf.length) this.#grow(task);
    else if (ENDS.includes(kind)) this.#end(time, task);
    else if (kind === EntryKind.crashed) this.#crash(time, worker);
    else if (kind === EntryKind.registered) this.#registers(time, worker);
    else if (kind === EntryKind.left) this.#left.set(worker, time);
    else this.#sizes.entry(time, kind, worker, attempt);
  }

  #registers(time: Time, worker: number): void {
    this.#down.delete(worker);
    if (this.#joined.get(worker) === Number.POSITIVE_INFINITY) this.#joined.set(worker, time);
  }

  /** All that runs on the worker ends there, whenever the scheduler learns of it. */
  #crash(time: Time, worker: number): void {
    this.#down.add(worker);
    for (let task = 0; task < this.#workerOf.length; task++) if (this.#workerOf[task] === worker) this.#end(time, task);
  }

  #start(time: Time, task: number, worker: number): void {
    if (this.#down.has(worker)) return; // it never began
    this.#startedAt[task] = time;
    this.#workerOf[task] = worker;
    this.#attempts[worker] += 1;
    this.#runs(time, worker);
  }

  #runs(time: Time, worker: number): void {
    if (this.#running[worker] === 0) this.#busySince[worker] = time;
    this.#running[worker] += 1;
  }

  #restsAgain(time: Time, worker: number): void {
    this.#running[worker] -= 1;
    if (this.#running[worker] === 0) this.#busy[worker] += time - (this.#busySince[worker] as number);
  }

  /** An attempt is suspended, or goes on. */
  #interrupt(time: Time, task: number, suspends: boolean): void {
    const worker = this.#workerOf[task] as number;
    if (worker < 0) return;
    this.#allocate(time, task, worker);
    this.#startedAt[task] = time;
    if (suspends) {
      this.#suspended.add(task);
      this.#restsAgain(time, worker);
    } else {
      this.#suspended.delete(task);
      this.#runs(time, worker);
    }
  }

  #end(time: Time, task: number): void {
    const worker = this.#workerOf[task] as number;
    if (worker < 0) return; // cancelled while it did not run
    this.#workerOf[task] = -1;
    this.#allocate(time, task, worker);
    if (!this.#suspended.delete(task)) this.#restsAgain(time, worker);
  }

  #allocate(time: Time, task: number, worker: number): void {
    const { request } = this.#world.tasks;
    const sums = this.#allocated[worker] as ExactSum[];
    const elapsed = time - (this.#startedAt[task] as number);
    const suspended = this.#suspended.has(task);
    for (let dimension = 0; dimension < sums.length; dimension++) {
      if (suspended && dimension !== MEMORY && dimension !== DISK) continue;
      (sums[dimension] as ExactSum).add(at(request[dimension] as (typeof request)[number], task), elapsed);
    }
  }

  #grow(task: number): void {
    const startedAt = new Float64Array(Math.max(task + 1, this.#workerOf.length * 2));
    const workerOf = new Int32Array(startedAt.length).fill(-1);
    startedAt.set(this.#startedAt);
    workerOf.set(this.#workerOf);
    this.#startedAt = startedAt;
    this.#workerOf = workerOf;
  }

  /** The rows, in order of position. Call it once, at the end; attempts still under way count up to then. */
  rows({ origin, end }: { origin: Time; end: Time }): WorkerRow[] {
    for (let task = 0; task < this.#workerOf.length; task++) {
      if ((this.#workerOf[task] as number) >= 0) this.#end(end, task);
    }
    const { names, capacity } = this.#world.workers;
    return names.map((worker, position) => {
      const from = Math.max(origin, this.#joined.get(position) ?? origin);
      const span = Math.max(0, Math.min(end, this.#left.get(position) ?? end) - from);
      return {
        worker,
        attempts: this.#attempts[position] as number,
        busy: this.#busy[position] as number,
        idle: span - (this.#busy[position] as number),
        utilization: capacity.map((_, dimension) => {
          const limit = this.#sizes.over(position, dimension, from, from + span);
          const sums = this.#allocated[position] as ExactSum[];
          return limit === undefined || limit === 0n ? undefined : ratio((sums[dimension] as ExactSum).value(), limit);
        }),
      };
    });
  }
}
