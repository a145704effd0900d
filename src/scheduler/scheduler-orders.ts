// What the scheduler has others do: start and stop attempts, and call it at later times.
import type { Duration, Time } from "../model/units.ts";

/** What the scheduler orders; the simulation carries it out. */
export interface SchedulerOrders {
  /**
   * Begin an attempt now. `execution` counts only attempts that ended by themselves, and this one; `every`: how long it works between
   * checkpoints, µs, Infinity where it writes none by itself; `copy`: which copy of its task's attempts it is, 0 where it is none.
   */
  start(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void;
  /** An attempt that was a copy is its task's own from now on: who stores checkpoints knows. */
  issued(task: number, attempt: number): void;
  /** Call `retry` at that time, if the task still waits after that many attempts. */
  retryAt(time: Time, task: number, attempts: number): void;
  /** Call `pass` at that time even if nothing happens. */
  wakeAt(time: Time): void;
  /** Have a worker stop an attempt; says whether it answers at once that the attempt does not run there. `awaited`: else its answer is waited for. */
  stop(task: number, worker: number, attempt: number, awaited: boolean): boolean;
  /** The same, and the answer is waited for, but the attempt saves its work before it stops. */
  save(task: number, worker: number, attempt: number): boolean;
  /** Send the start of a running attempt once more: it has not reached its worker, or not by its heartbeat of late. */
  startAgain(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void;
  /** Have the worker suspend an attempt, or go on with it: the order of that number about it, as `waitsAfter` says. */
  turn(task: number, worker: number, attempt: number, turn: number): void;
  /** An attempt may have what it has asked for, up to the ask of that number in turn of its task. */
  allow(task: number, worker: number, attempt: number, number: number): void;
  /** Call `speculation.timer` for a function at that time. */
  lookForSlow(time: Time, label: number): void;
  /** Call `graceOver` at that time. */
  graceAt(time: Time, task: number, attempt: number): void;
  /** Call `membership.silenceTooLong`, `membership.leasesEnd` or `membership.handBack` at that time. */
  timerAt(time: Time, timer: "suspicion" | "lease" | "drain", worker: number): void;
  /** A worker is to get a file that the task will read there: the one at that place among those that it reads. */
  push(task: number, input: number, worker: number): void;
  /** A worker is to refuse what it has not read yet, for it is to leave. */
  drain(worker: number): void;
  /** It may go: the scheduler holds nothing there any more. */
  retire(worker: number): void;
  /** It has left. */
  hasLeft(worker: number): void;
  /** The lease of an attempt is over, and the scheduler counts on it no more: without a word to the worker, which is to know that itself. */
  leaseEnds(task: number, worker: number, attempt: number): void;
  /** An attempt is there no more, for its worker is switched off. */
  vanish(task: number, worker: number, attempt: number): void;
}
