// The attempts that are on workers: each worker's in the order in which they came, and each task's.
import type { Mark } from "../model/anchors.ts";
import { Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Report } from "./cluster-host.ts";
import type { Image } from "./image-cache.ts";

/** What an attempt does: it waits for its environment, reads the checkpoint from which it goes on, works, writes one, or waits for what it has asked for. */
export const Phase = { working: 0, recovering: 1, saving: 2, preparing: 3, asking: 4 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** An attempt on its worker. Work is in µs at speed 1. */
export class Attempt implements Report {
  task = 0;
  attempt = 0;
  worker = 0;
  execution = 0;
  /** Which copy of its task's attempts it is; 0 where it is none. */
  copy = 0;
  /** When the scheduler sent it: its lease runs from then, or from the last heartbeat. */
  sent: Time = 0;
  /** False while its start waits to be read by a worker that is frozen. */
  begun = false;
  /** Whether the scheduler has had it stopped, which a frozen worker has not read. */
  stopped = false;
  /** Since when it is suspended; Infinity while it is not. */
  suspended: Time = Number.POSITIVE_INFINITY;
  /** The last order to wait (odd) or to go on (even) that its worker has read, where those may overtake each other; 0 before the first. */
  turn = 0;
  /** When `done`, the work done, and `left` and `untilSave` were booked last. */
  since: Time = 0;
  done: Duration = 0;
  /** The work done before its last change of speed, or halt; and how long it has worked from then to `since`. */
  base: Duration = 0;
  worked: Duration = 0;
  /** How long it works in all, as long as it has worked at full speed from nothing on; else NaN: that follows from its work. */
  own: Duration = Number.NaN;
  /** Thousandths, of the task on this worker with what it requests; with what it holds, and what faults leave of that, it is `speed`. */
  fullSpeed = 1000;
  /** How many times as fast what it holds beyond its request makes it; and what it holds, per elastic dimension; undefined: what it requests. */
  gain = 1;
  held: number[] | undefined = undefined;
  speed = 1000;
  /** The work after which it ends by itself, and how it then ends: `none`, `execution`, or `killer` where it takes its worker along. */
  target: Duration = 0;
  outcome: Reason = Reason.none;
  /** How it will end as things stand: its outcome, or `timeout`. */
  reason: Reason = Reason.none;
  /** Its time limit, as its worker's clock shows it. */
  deadline: Time = Number.POSITIVE_INFINITY;
  /** When it would end by itself as things stand. */
  natural: Time = Number.POSITIVE_INFINITY;
  /** When it ends as things stand; Infinity while it is halted, or has more to do than is planned. */
  end: Time = Number.POSITIVE_INFINITY;
  /** Whether nothing goes on: it has not begun, is suspended, or its worker is frozen. */
  halted = true;
  /** What it does; how long that takes as of `since`, where it is not work; and when it is over as things stand, Infinity where it ends with it. */
  phase: Phase = Phase.working;
  left: Duration = 0;
  phaseEnd: Time = Number.POSITIVE_INFINITY;
  /** How long it works between checkpoints, and still does till the next, as of `since`; Infinity where it writes none by itself. */
  every: Duration = Number.POSITIVE_INFINITY;
  untilSave: Duration = Number.POSITIVE_INFINITY;
  /** The work that it would not have to do again. */
  saved: Duration = 0;
  /** What is done for it before it works; undefined where nothing is. */
  setup: Setup | undefined = undefined;
  /** Whether it has asked for the files that it reads; how many of them are not there yet. */
  reading = false;
  missing = 0;
  /** Up to which of its task's asks it has asked; how many of those are met, and how many may be, as its worker has read. */
  asked = 0;
  allowed = 0;
  permitted = 0;
  /** Whether it stops as soon as its work is saved. */
  leaves = false;
  /** Its neighbours on the worker. */
  before: Attempt | undefined = undefined;
  after: Attempt | undefined = undefined;
  /** Parts of its work to which faults are anchored and that it has not done, least first. */
  marks: DueMark[] | undefined = undefined;
  /** How many of the parts are done of which workers tell, and when the next is, as things stand; Infinity where none is to come. */
  parts = 0;
  nextPart: Time = Number.POSITIVE_INFINITY;

  /** It is sent to a worker, whatever it was before. */
  reset(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number, sent: Time, now: Time): void {
    this.task = task;
    this.attempt = attempt;
    this.worker = worker;
    this.execution = execution;
    this.copy = copy;
    this.sent = sent;
    this.begun = false;
    this.stopped = false;
    this.suspended = Number.POSITIVE_INFINITY;
    this.turn = 0;
    this.since = now;
    this.done = 0;
    this.base = 0;
    this.worked = 0;
    this.own = Number.NaN;
    this.fullSpeed = 1000;
    this.gain = 1;
    this.held = undefined;
    this.speed = 1000;
    this.target = 0;
    this.outcome = Reason.none;
    this.reason = Reason.none;
    this.deadline = Number.POSITIVE_INFINITY;
    this.natural = Number.POSITIVE_INFINITY;
    this.end = Number.POSITIVE_INFINITY;
    this.halted = true;
    this.phase = Phase.working;
    this.left = 0;
    this.phaseEnd = Number.POSITIVE_INFINITY;
    this.every = every;
    this.untilSave = every;
    this.saved = 0;
    this.setup = undefined;
    this.reading = false;
    this.missing = 0;
    this.asked = 0;
    this.allowed = 0;
    this.permitted = 0;
    this.leaves = false;
    this.marks = undefined;
    this.parts = 0;
    this.nextPart = Number.POSITIVE_INFINITY;
    this.before = undefined;
    this.after = undefined;
  }
}

/** How far the environment of an attempt is. */
export interface Setup {
  /** Whether stages of its environment may be still to come. */
  hasStages: boolean;
  /** The stage that is next, by its index; how long the one before takes that is under way. */
  stage: number;
  left: Duration;
  /** The image that has to be there before that is over; and which it uses from then on. */
  waitsFor: Image | undefined;
  image: Image | undefined;
  /** Why the attempt fails when that is over; `none`: it does not. */
  failing: Reason;
  /** Whether it has an instance that may stay warm after it. */
  hasInstance: boolean;
}

/** A mark, the work after which it is reached, and when that is as things stand. */
export interface DueMark {
  mark: Mark;
  work: Duration;
  time: Time;
}

export function isSuspended({ suspended }: Attempt): boolean {
  return suspended < Number.POSITIVE_INFINITY;
}

export class Attempts {
  /** Of each worker, the oldest and the newest that are there. */
  readonly #first: (Attempt | undefined)[];
  readonly #last: (Attempt | undefined)[];
  /** The newest attempt of each task that is on a worker. */
  readonly #newest: (Attempt | undefined)[];
  /** Older ones that are still there, by task. */
  readonly #older = new Map<number, Attempt[]>();
  /** Of each worker, how often one came or went. */
  readonly #changes: Float64Array;

  /** Objects of attempts that were taken off in this round, when others may still look at them; and those that are used again. */
  #gone: Attempt[] = [];
  readonly #free: Attempt[] = [];
  readonly #removed: ((attempt: Attempt) => void) | undefined;

  /** `removed` is told of each that is taken off its worker. */
  constructor(workers: number, tasks: number, removed: ((attempt: Attempt) => void) | undefined) {
    this.#removed = removed;
    this.#first = new Array<Attempt | undefined>(workers).fill(undefined);
    this.#last = new Array<Attempt | undefined>(workers).fill(undefined);
    this.#newest = new Array<Attempt | undefined>(tasks).fill(undefined);
    this.#changes = new Float64Array(workers);
  }

  /** How often an attempt came onto a worker, or went. */
  changesOn(worker: number): number {
    return this.#changes[worker] as number;
  }

  /** The oldest attempt on a worker; the next stands in its `after`. */
  firstOn(worker: number): Attempt | undefined {
    return this.#first[worker];
  }

  find(task: number, attempt: number): Attempt | undefined {
    const newest = this.#newest[task];
    return newest?.attempt === attempt ? newest : this.#older.get(task)?.find((older) => older.attempt === attempt);
  }

  /** An attempt comes onto its worker, where it has not begun. */
  add(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number, sent: Time, now: Time): Attempt {
    const last = this.#last[worker];
    const added = this.#free.pop() ?? new Attempt();
    added.reset(task, worker, attempt, execution, every, copy, sent, now);
    added.before = last;
    this.#changes[worker] = this.changesOn(worker) + 1;
    if (last === undefined) this.#first[worker] = added;
    else last.after = added;
    this.#last[worker] = added;
    const older = this.#newest[task];
    if (older !== undefined) this.#older.set(task, [...(this.#older.get(task) ?? []), older]);
    this.#newest[task] = added;
    return added;
  }

  /** Takes an attempt off its worker. */
  remove(attempt: Attempt): Attempt {
    const { task, worker, before, after } = attempt;
    this.#changes[worker] = this.changesOn(worker) + 1;
    if (before === undefined) this.#first[worker] = after;
    else before.after = after;
    if (after === undefined) this.#last[worker] = before;
    else after.before = before;
    if (this.#newest[task] === attempt) {
      this.#newest[task] = undefined;
    } else {
      const left = this.#older.get(task)?.filter((older) => older !== attempt) ?? [];
      if (left.length > 0) this.#older.set(task, left);
      else this.#older.delete(task);
    }
    this.#removed?.(attempt);
    this.#gone.push(attempt);
    return attempt;
  }

  /** At the end of a round nobody looks at those that are gone. */
  recycle(): void {
    for (let attempt = this.#gone.pop(); attempt !== undefined; attempt = this.#gone.pop()) this.#free.push(attempt);
  }

  /** Takes all off a worker. */
  removeAll(worker: number): void {
    for (let attempt = this.#first[worker]; attempt !== undefined; attempt = attempt.after) this.remove(attempt);
  }
}
