// How each worker spent the run: time busy and idle, and the part of each resource that was used.
import { at } from "../model/columns.ts";
import { ExactSum, ratio } from "../model/exact-sum.ts";
import { CPU, DISK, MEMORY } from "../model/resources.ts";
import { holdsOther } from "../model/task-profile.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { joiningWorkers, type World } from "../model/world.ts";
import { AttemptOutcomes } from "./attempt-outcomes.ts";
import { Bill, kilowattHours, money, type WorkerBill } from "./bill.ts";
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
  /** For how long it is paid, µs, what that costs, and the kWh that it burns; undefined where it has no price, or no watts. */
  paid: Duration | undefined;
  cost: number | undefined;
  energy: number | undefined;
}

/** Kinds that end an attempt, if the task has one under way. */
const ENDS: readonly EntryKind[] = [EntryKind.finished, EntryKind.failed, EntryKind.cancelled, EntryKind.requeued, EntryKind.lost];

/** A copy that runs beside the attempt of its task, on worker −1 once that has gone down. */
interface LiveCopy {
  worker: number;
  readonly attempt: number;
  readonly since: Time;
}

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
  /** Tells what attempts hold beyond their requests; undefined where none does. */
  readonly #attemptOutcomes: AttemptOutcomes | undefined;
  /** Per worker, of cpu and memory. */
  readonly #extra: Map<number, bigint>[];
  readonly #down = new Set<number>();
  /** Suspended attempts: of what they take they keep memory and disk. */
  readonly #suspended = new Set<number>();
  /** Copies that run beside the attempts of their tasks, by task. */
  readonly #copies = new Map<number, LiveCopy>();
  /** Since when workers are there that were not all the time (Infinity: they are not), and when they were before. */
  readonly #joined: Map<number, Time>;
  readonly #stays = new Map<number, { from: Time; to: Time }[]>();
  readonly #bill: Bill;
  readonly #sizes: Sizes;

  constructor(world: World) {
    const { count, capacity } = world.workers;
    this.#world = world;
    this.#running = new Int32Array(count);
    this.#attempts = new Int32Array(count);
    this.#busySince = new Float64Array(count);
    this.#busy = new Float64Array(count);
    this.#allocated = Array.from({ length: count }, () => capacity.map(() => new ExactSum()));
    this.#attemptOutcomes = world.grows === true || holdsOther(world.tasks.profiles) ? new AttemptOutcomes(world) : undefined;
    this.#extra = Array.from({ length: count }, () => new Map<number, bigint>());
    this.#startedAt = new Float64Array(world.tasks.count);
    this.#workerOf = new Int32Array(world.tasks.count).fill(-1);
    this.#sizes = new Sizes(world);
    this.#bill = new Bill(world);
    this.#joined = new Map(joiningWorkers(world).map((worker) => [worker, Number.POSITIVE_INFINITY]));
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason = Reason.none, amount?: number): void {
    this.#attemptOutcomes?.entry(time, kind, task, worker, attempt, reason, amount);
    if (kind === EntryKind.started) this.#start(time, task, worker);
    else if (kind === EntryKind.copied) this.#copy(time, task, worker, attempt);
    else if (kind === EntryKind.dropped) this.#drop(time, task, attempt);
    else if (kind === EntryKind.suspended || kind === EntryKind.continued) this.#interrupt(time, task, kind === EntryKind.suspended);
    else if (kind === EntryKind.submitted && task >= this.#workerOf.length) this.#grow(task);
    else if (ENDS.includes(kind)) this.#end(time, task);
    else if (kind === EntryKind.crashed) this.#crash(time, worker);
    else if (kind === EntryKind.registered) this.#registers(time, worker);
    else if (kind === EntryKind.left) this.#leaves(time, worker);
    else if (kind === EntryKind.launched) this.#bill.entry(time, kind, worker);
    else this.#sizes.entry(time, kind, worker, attempt);
  }

  #registers(time: Time, worker: number): void {
    this.#down.delete(worker);
    this.#bill.entry(time, EntryKind.registered, worker);
    if (this.#joined.get(worker) === Number.POSITIVE_INFINITY) this.#joined.set(worker, time);
  }

  /** It may come again, if it is an instance of a pool. */
  #leaves(time: Time, worker: number): void {
    this.#bill.entry(time, EntryKind.left, worker);
    const stays = this.#stays.get(worker) ?? [];
    const from = this.#joined.get(worker) ?? 0;
    if (from < Number.POSITIVE_INFINITY) this.#stays.set(worker, [...stays, { from, to: time }]);
    this.#joined.set(worker, Number.POSITIVE_INFINITY);
  }

  /** All that runs on the worker ends there, whenever the scheduler learns of it. */
  #crash(time: Time, worker: number): void {
    this.#down.add(worker);
    for (let task = 0; task < this.#workerOf.length; task++) if (this.#workerOf[task] === worker) this.#end(time, task);
    for (const [task, copy] of this.#copies) if (copy.worker === worker) this.#endCopy(time, task, copy);
  }

  #copy(time: Time, task: number, worker: number, attempt: number): void {
    this.#copies.set(task, { worker: this.#down.has(worker) ? -1 : worker, attempt, since: time });
    if (this.#down.has(worker)) return; // it never began
    this.#attempts[worker] += 1;
    this.#runs(time, worker);
  }

  /** One of two attempts is over: the other goes on. */
  #drop(time: Time, task: number, attempt: number): void {
    const copy = this.#copies.get(task);
    if (copy === undefined) return;
    this.#copies.delete(task);
    if (copy.attempt === attempt) return this.#endCopy(time, task, copy);
    this.#end(time, task);
    this.#workerOf[task] = copy.worker;
    this.#startedAt[task] = copy.since;
  }

  #endCopy(time: Time, task: number, copy: LiveCopy): void {
    const { worker, since } = copy;
    if (worker < 0) return;
    copy.worker = -1; // its worker may have gone down before the scheduler knows
    const { request } = this.#world.tasks;
    for (const [dimension, sum] of (this.#allocated[worker] as ExactSum[]).entries())
      sum.add(at(request[dimension] as (typeof request)[number], task), time - since);
    this.#restsAgain(time, worker);
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
    this.#endAll(end);
    const { names, capacity } = this.#world.workers;
    return names.map((worker, position) => {
      const stays = this.#staysOf(position, origin, end);
      const span = stays.reduce((sum, { from, to }) => sum + to - from, 0);
      return {
        worker,
        attempts: this.#attempts[position] as number,
        busy: this.#busy[position] as number,
        idle: span - (this.#busy[position] as number),
        utilization: capacity.map((_, dimension) => {
          const limit = stays.reduce<bigint | undefined>((sum, { from, to }) => {
            const own = sum === undefined ? undefined : this.#sizes.over(position, dimension, from, to);
            return own === undefined || sum === undefined ? undefined : sum + own;
          }, 0n);
          return limit === undefined || limit === 0n ? undefined : ratio(this.#allocatedOf(position, dimension), limit);
        }),
        ...this.#paid(position, origin, end),
      };
    });
  }

  /** When a worker was there, of a span of time. */
  #staysOf(worker: number, origin: Time, end: Time): { from: Time; to: Time }[] {
    const since = this.#joined.get(worker) ?? 0;
    return [...(this.#stays.get(worker) ?? []), { from: since, to: end }].flatMap(({ from, to }) => {
      const began = Math.max(from, origin);
      const over = Math.min(to, end);
      return over > began ? [{ from: began, to: over }] : [];
    });
  }

  #paid(worker: number, origin: Time, end: Time): Pick<WorkerRow, "paid" | "cost" | "energy"> {
    const { tariffs } = this.#world.workers;
    const isPriced = (tariffs?.price[worker] ?? 0) > 0;
    const burns = (tariffs?.busy[worker] ?? 0) > 0;
    if (!isPriced && !burns) return { paid: undefined, cost: undefined, energy: undefined };
    const { paid, cost, energy } = this.#billOf(worker, origin, end);
    return {
      paid: isPriced ? paid : undefined,
      cost: isPriced ? money(cost) : undefined,
      energy: burns ? kilowattHours(energy) : undefined,
    };
  }

  #billOf(worker: number, origin: Time, end: Time): WorkerBill {
    return this.#bill.of(worker, origin, end, this.#allocatedOf(worker, CPU));
  }

  #allocatedOf(worker: number, dimension: number): bigint {
    const requested = this.#allocated[worker]?.[dimension]?.value() ?? 0n;
    return requested + (this.#extra[worker]?.get(dimension) ?? 0n);
  }

  /** What all workers cost, and the kWh that they burn, each undefined where none has a price, or watts. Call it once, at the end, as `rows`. */
  totals({ origin, end }: { origin: Time; end: Time }): { cost: number | undefined; energy: number | undefined } {
    this.#endAll(end);
    const { tariffs, count } = this.#world.workers;
    let cost = 0n;
    let energy = 0n;
    for (let worker = 0; worker < count; worker++) {
      const bill = this.#billOf(worker, origin, end);
      cost += bill.cost;
      energy += bill.energy;
    }
    return {
      cost: tariffs?.price.some((price) => price > 0) === true ? money(cost) : undefined,
      energy: tariffs?.busy.some((watts) => watts > 0) === true ? kilowattHours(energy) : undefined,
    };
  }

  /** Attempts still under way count up to then. */
  #endAll(end: Time): void {
    for (let task = 0; task < this.#workerOf.length; task++) {
      if ((this.#workerOf[task] as number) >= 0) this.#end(end, task);
    }
    for (const [task, copy] of this.#copies) this.#endCopy(end, task, copy);
    for (const { worker, extra } of this.#attemptOutcomes?.records(end) ?? []) {
      const sums = this.#extra[worker] as Map<number, bigint>;
      for (const [dimension, amount] of extra.counted) sums.set(dimension, (sums.get(dimension) ?? 0n) + amount);
    }
  }
}
