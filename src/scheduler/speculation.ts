// Speculative copies: an attempt that takes far longer than others of its function gets a second one beside it, on another worker, and
// the first of the two that completes completes the task.
//
// A copy stands in the scheduler's books under a seat of its own, the task's position behind all tasks; what it takes, its lease and its
// answers are kept by seat. Where one of two attempts goes, for whatever reason, the other goes on, in the task's own seat.
import { RunningMedian } from "../engine/running-median.ts";
import { at } from "../model/columns.ts";
import type { SpeculationSettings } from "../model/settings.ts";
import { Status } from "../model/status.ts";
import { Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { isHeld } from "./ledger.ts";
import type { Scheduler } from "./scheduler.ts";

/** The tasks of one function. */
interface Family {
  /** Since when attempts run that have not outlived what is usual, oldest first. */
  running: Map<number, Time>;
  /** How long the attempts took that completed. */
  readonly took: RunningMedian;
  /** When the timer is due that looks at the oldest; Infinity where none is armed. */
  armed: Time;
}

/** Which copy of its task's attempts it is, and since when it runs. */
interface Copy {
  number: number;
  since: Time;
}

/** Why copies are given up that others may follow: for what has happened to workers. */
const LOST: readonly Reason[] = [
  ...[Reason.lease, Reason.suspicion, Reason.incarnation, Reason.drain, Reason.shrink, Reason.reclaim, Reason.input],
];

export class Speculation {
  readonly #scheduler: Scheduler;
  readonly #settings: SpeculationSettings;
  /** How many tasks there are: what a copy's seat is above its task's. */
  readonly #tasks: number;
  readonly #families = new Map<number, Family>();
  /** Tasks whose attempts have outlived what is usual, and wait for a copy. */
  readonly #waiting = new Set<number>();
  /** Tasks of which one of two attempts has failed by itself: the other goes on alone, so that none goes on for ever. */
  readonly #spent = new Set<number>();
  /** Since when the attempt in a task's own seat runs, of tasks with a function. */
  readonly #since = new Map<number, Time>();
  /** By seat, attempts that were started as copies. */
  readonly #copies = new Map<number, Copy>();

  constructor(scheduler: Scheduler, settings: SpeculationSettings) {
    this.#scheduler = scheduler;
    this.#settings = settings;
    this.#tasks = scheduler.tasks.count;
  }

  taskOf(seat: number): number {
    return seat < this.#tasks ? seat : seat - this.#tasks;
  }

  copyOf(task: number): number {
    return task + this.#tasks;
  }

  /** Whether two attempts of a task run. */
  isPaired(task: number): boolean {
    return isHeld(this.#scheduler.ledger.status(this.copyOf(task)));
  }

  /** Whether the attempt in a task's own seat was started as a copy. */
  isCopy(task: number): boolean {
    return this.#copies.has(task);
  }

  /** Which copy the attempt in a seat was started as; 0: it was not. */
  numberOf(seat: number): number {
    return this.#copies.get(seat)?.number ?? 0;
  }

  // What takes longer than usual.

  #familyOf(task: number): Family | undefined {
    const label = at(this.#scheduler.tasks.function.indices, task);
    if (label === 0) return undefined; // of tasks without a function nobody knows what is usual
    const family = this.#families.get(label) ?? { running: new Map(), took: new RunningMedian(), armed: Number.POSITIVE_INFINITY };
    this.#families.set(label, family);
    return family;
  }

  /** An attempt of a task begins, in its own seat. */
  started(task: number): void {
    const { now } = this.#scheduler;
    const family = this.#familyOf(task);
    this.#spent.delete(task);
    if (family === undefined) return;
    this.#since.set(task, now);
    family.running.set(task, now);
    if (family.running.size === 1) this.#arm(task, family);
  }

  /** It is over there. */
  ended(task: number): void {
    this.#familyOf(task)?.running.delete(task);
    this.#waiting.delete(task);
    this.#copies.delete(task);
    this.#since.delete(task);
  }

  /** A task is about to complete by the attempt in its own seat. */
  completes(task: number): void {
    const family = this.#familyOf(task);
    const since = this.#since.get(task);
    if (family === undefined || since === undefined) return;
    family.took.add(this.#scheduler.now - since);
    this.#arm(task, family);
  }

  /** How long attempts of a function may take before they get copies; undefined where that is not known yet. */
  #limitOf({ took }: Family): Duration | undefined {
    const { factor, min } = this.#settings;
    return took.count < min ? undefined : Math.ceil(factor * took.value);
  }

  /** The timer of a task's function is due when the oldest of its attempts has taken too long, or before. */
  #arm(task: number, family: Family): void {
    const { orders, tasks, now } = this.#scheduler;
    const limit = this.#limitOf(family);
    const [oldest] = family.running.values();
    if (limit === undefined || oldest === undefined) return;
    const due = Math.max(now, oldest + limit);
    if (family.armed <= due || due > Number.MAX_SAFE_INTEGER) return;
    family.armed = due;
    orders.lookForSlow(due, at(tasks.function.indices, task));
  }

  /** The timer of a function; says whether any attempt is to get a copy. */
  timer(label: number): boolean {
    const { now } = this.#scheduler;
    const family = this.#families.get(label);
    if (family?.armed !== now) return false; // another was set, earlier or anew
    family.armed = Number.POSITIVE_INFINITY;
    const limit = this.#limitOf(family) as Duration;
    const before = this.#waiting.size;
    for (const [task, since] of family.running) {
      if (since + limit > now) {
        this.#arm(task, family);
        break;
      }
      family.running.delete(task);
      this.#waiting.add(task);
    }
    return this.#waiting.size > before;
  }

  // Copies.

  /** At the end of a pass: starts copies where there is room on other workers than those of the attempts. */
  place(): void {
    if (this.#waiting.size === 0) return;
    const { ledger, requests, room, allocations, failover, data } = this.#scheduler;
    for (const task of this.#waiting) {
      if (ledger.status(task) !== Status.running || this.isPaired(task) || failover.awaitsStop(task)) continue;
      if (data?.lost?.lacks(task) === true) continue; // it would wait, may be for ever
      requests.load(task);
      room.except = ledger.worker(task);
      const worker = this.#scheduler.choose();
      requests.unload();
      if (worker < 0) continue;
      this.#waiting.delete(task);
      this.#copies.set(this.copyOf(task), { number: ledger.copies(task) + 1, since: this.#scheduler.now });
      allocations.beginCopy(task, this.copyOf(task), worker);
    }
  }

  /** An attempt has ended by itself: if it completed, the other of its task is stopped. Says whether that was all: it failed, and the other goes on. */
  attemptEnded(seat: number, reason: Reason): boolean {
    const task = this.taskOf(seat);
    if (!this.isPaired(task)) return false;
    if (reason !== Reason.none) {
      this.#spent.add(task);
      this.drop(seat, reason);
      return true;
    }
    const other = seat === task ? this.copyOf(task) : task;
    if (this.#scheduler.unsafe !== "both-results" || other === task) this.withdraw(other, Reason.overtaken);
    return false;
  }

  /** One of two attempts is not wanted any more: its worker is told to stop it. */
  withdraw(seat: number, reason: Reason): void {
    const { orders, ledger } = this.#scheduler;
    orders.stop(this.taskOf(seat), ledger.worker(seat), ledger.attempts(seat), false);
    this.drop(seat, reason);
  }

  /** One of two attempts is over, or given up: the other goes on, in the task's own seat. */
  drop(seat: number, reason: Reason): void {
    const { allocations, ledger, membership, now } = this.#scheduler;
    const task = this.taskOf(seat);
    const worker = ledger.worker(seat);
    allocations.release(seat);
    ledger.drop(task, seat, now, reason);
    if (seat === task) this.#takesOver(task);
    else {
      this.#copies.delete(seat);
      if (LOST.includes(reason) && !this.#spent.has(task)) this.#waiting.add(task);
    }
    membership?.settle(worker);
  }

  /** A copy goes on as the attempt of its task. */
  #takesOver(task: number): void {
    const { ledger, membership, preemption, intervals, bound, orders, data, now } = this.#scheduler;
    const seat = this.copyOf(task);
    const copy = this.#copies.get(seat) as Copy;
    this.#copies.delete(seat);
    this.#copies.set(task, copy);
    const worker = ledger.worker(task);
    membership?.takesOver(seat, task, worker);
    this.#scheduler.asks?.moves(seat, task);
    intervals.takesOver(seat, task);
    data?.lost?.takesOver(seat, task);
    preemption?.runs(task, worker);
    bound?.started(task, worker, now);
    orders.issued(task, ledger.attempts(task));
    const family = this.#familyOf(task);
    if (family === undefined) return;
    this.#since.set(task, copy.since);
    if (this.#spent.has(task)) return;
    family.running = new Map([...family.running, [task, copy.since] as const].toSorted(([, a], [, b]) => a - b));
    this.#arm(task, family);
  }
}
