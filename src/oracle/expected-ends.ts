// When attempts must end, by the drawn world and what the trace says of their workers: pauses, changes of speed, leases, clocks.
import { at } from "../model/columns.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { type Duration, partOf, type Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Clocks } from "./clocks.ts";
import { drawnAttempt } from "./drawn-attempt.ts";

interface Running {
  key: number | string;
  task: number;
  worker: number;
  /** Whether the worker has read its start: one that is frozen reads it later. */
  begun: boolean;
  /** Work still to be done, in thousandths of a µs at speed 1, and since when it runs at this speed. */
  left: bigint;
  since: Time;
  speed: bigint;
  fullSpeed: bigint;
  /** What the drawn world says of its length, while its worker was not disturbed since its beginning; else undefined. */
  drawn: Duration | undefined;
  /** Its time limit, as its worker's clock shows it. */
  deadline: Time;
  outcome: Reason;
  isFrozen: boolean;
  /** Since when it is suspended. */
  suspended: Time | undefined;
}

export interface ExpectedEnd {
  time: Time;
  reason: Reason;
}

/**
 * Follows the newest attempt of each task; what was given up is nobody's concern here. Where a network lies between, it follows each
 * attempt on its worker.
 */
export class ExpectedEnds {
  readonly #trace: Trace;
  readonly #networked: boolean;
  /** By task; where a network lies between, by task and attempt. */
  readonly #running = new Map<number | string, Running>();
  readonly #frozen = new Set<number>();
  readonly #rates = new Map<number, number>();
  readonly #clocks = new Clocks();
  /** Workers that went down and have not registered since: what is started there never is. */
  readonly #down = new Set<number>();
  /** The part of its work after which a task takes its worker down. */
  readonly #deadly: ReadonlyMap<number, number>;
  /** Workers where such a task may go on that was given up. */
  readonly #haunted = new Set<number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#deadly = new Map(trace.world.faults?.killers?.map(({ task, after }) => [task, after]));
    this.#networked = isNetworked(trace.world);
  }

  /** Whether a task that is not given up takes the worker down at a time; undefined where one may that was. */
  goesDown(worker: number, time: Time): boolean | undefined {
    for (const running of this.#on(worker)) {
      const end = this.#endOf(running);
      if (end?.time === time && end.reason === Reason.killer) return true;
    }
    return this.#haunted.has(worker) ? undefined : false;
  }

  #keyOf(task: number, attempt: number): number | string {
    return this.#networked ? `${task}#${attempt}` : task;
  }

  /** When an attempt of a task ends, and how, if nothing else happens to its worker; undefined while that is frozen. */
  of(task: number, attempt: number): ExpectedEnd | undefined {
    return this.#endOf(this.#running.get(this.#keyOf(task, attempt)));
  }

  /** A task starts, or where a network lies between begins: its execution of that number. */
  start({ task, worker, attempt, time }: TraceEntry, execution: number): void {
    const { world } = this.#trace;
    const table = at(world.tasks.timeTable, task);
    const drawn = drawnAttempt(world, task, worker, execution);
    const fullSpeed = BigInt(table >= 0 ? 1000 : world.workers.speed[worker]);
    const work = table >= 0 ? world.tasks.timeTables[table][worker] : at(world.tasks.work, task);
    const whole = BigInt(work) * 1000n;
    const fails = execution <= at(world.tasks.failures, task);
    // A failing execution stops after the work that it would have done at full speed; whole µs of it.
    const done = ((BigInt(drawn.unlimited) * fullSpeed) / 1000n) * 1000n;
    const rate = this.#rates.get(worker) ?? 1000;
    const isFrozen = this.#frozen.has(worker);
    const target = fails && done < whole ? done : whole;
    const after = this.#deadly.get(task);
    const deadly = after === undefined ? undefined : BigInt(partOf(work, after)) * 1000n;
    const kills = deadly !== undefined && deadly <= target;
    const key = this.#keyOf(task, attempt);
    if (this.#down.has(worker)) {
      this.#running.delete(key);
      return;
    }
    this.#running.set(key, {
      key,
      task,
      worker,
      begun: !isFrozen,
      left: kills ? deadly : target,
      since: time,
      speed: slowed(fullSpeed, rate),
      fullSpeed,
      drawn: rate === 1000 && !kills ? drawn.unlimited : undefined,
      deadline: this.#limitFrom(time, task, worker),
      outcome: kills ? Reason.killer : fails ? Reason.execution : Reason.none,
      isFrozen,
      suspended: undefined,
    });
  }

  #limitFrom(time: Time, task: number, worker: number): Time {
    return this.#clocks.reading(worker, time) + at(this.#trace.world.tasks.timeout, task);
  }

  /** Takes an entry into account, but for starts. */
  apply(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time } = entry;
    this.#clocks.apply(entry);
    if (kind === EntryKind.paused) {
      this.#frozen.add(worker);
      for (const running of this.#on(worker)) {
        if (runs(running)) advance(running, time);
        running.isFrozen = true;
      }
    } else if (kind === EntryKind.resumed) {
      this.#frozen.delete(worker);
      for (const running of this.#on(worker)) this.#resume(running, time);
    } else if (kind === EntryKind.slowed) {
      this.#rates.set(worker, attempt);
      for (const running of this.#on(worker)) {
        if (runs(running)) advance(running, time);
        running.drawn = undefined;
        running.speed = slowed(running.fullSpeed, attempt);
      }
    } else if (kind === EntryKind.crashed) {
      this.#down.add(worker);
      this.#haunted.delete(worker);
      for (const running of this.#on(worker)) this.#running.delete(running.key);
    } else if (kind === EntryKind.registered) {
      this.#down.delete(worker);
    } else if (kind === (this.#networked ? EntryKind.halted : EntryKind.suspended)) {
      suspend(this.#running.get(this.#keyOf(task, attempt)), time);
    } else if (kind === (this.#networked ? EntryKind.proceeded : EntryKind.continued)) {
      this.#proceed(this.#running.get(this.#keyOf(task, attempt)), time);
    } else if (this.#networked) {
      if (kind === EntryKind.ended || kind === EntryKind.stopped) this.#running.delete(this.#keyOf(task, attempt));
    } else if (
      kind !== EntryKind.preempted &&
      kind !== EntryKind.stopped &&
      kind !== EntryKind.refused &&
      kind !== EntryKind.submitted &&
      kind !== EntryKind.changed &&
      kind !== EntryKind.answered &&
      kind !== EntryKind.reached
    ) {
      const givenUp = kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.cancelled;
      if (givenUp && worker >= 0 && this.#deadly.has(task) && !this.#down.has(worker)) this.#haunted.add(worker);
      if (task >= 0) this.#running.delete(task);
    }
  }

  /** One whose start is read only now begins now, limit and all. */
  #resume(running: Running, time: Time): void {
    running.isFrozen = false;
    if (running.suspended !== undefined) return;
    running.since = time;
    if (!running.begun) running.deadline = this.#limitFrom(time, running.task, running.worker);
    running.begun = true;
  }

  /** Its time limit has not run meanwhile. */
  #proceed(running: Running | undefined, time: Time): void {
    if (running === undefined) return;
    const since = running.suspended ?? time;
    running.deadline += this.#clocks.reading(running.worker, time) - this.#clocks.reading(running.worker, since);
    running.suspended = undefined;
    if (!running.isFrozen) this.#resume(running, time);
  }

  *#on(worker: number): Generator<Running> {
    for (const running of this.#running.values()) if (running.worker === worker) yield running;
  }

  /** When it ends, and how; undefined while it makes no progress. */
  #endOf(running: Running | undefined): ExpectedEnd | undefined {
    if (running === undefined || running.isFrozen || running.suspended !== undefined) return undefined;
    const { since, left, speed, drawn, outcome } = running;
    const natural = since + (drawn ?? Number((left + speed - 1n) / speed));
    const limit = this.#clocks.when(running.worker, running.deadline);
    if (natural <= limit) return { time: natural, reason: outcome };
    return { time: Math.max(since, limit), reason: Reason.timeout };
  }
}

/** Whether it makes progress. */
function runs({ begun, isFrozen, suspended }: Running): boolean {
  return begun && !isFrozen && suspended === undefined;
}

function suspend(running: Running | undefined, time: Time): void {
  if (running === undefined) return;
  if (runs(running)) advance(running, time);
  running.drawn = undefined;
  running.suspended = time;
}

function advance(running: Running, time: Time): void {
  const done = ((BigInt(time - running.since) * running.speed) / 1000n) * 1000n; // whole µs of work
  running.left = done < running.left ? running.left - done : 0n;
  running.since = time;
  running.drawn = undefined;
}

function slowed(speed: bigint, rate: number): bigint {
  if (rate === 1000) return speed;
  const product = Number(speed) * rate;
  return BigInt(Math.max(1, Math.round(product / 1000)));
}
