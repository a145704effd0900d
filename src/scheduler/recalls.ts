// Running attempts that the scheduler takes back, for a client or from a worker that leaves or shrinks, where none is to run beside another
// and the worker cannot answer at once, for it is paused or down, or a network lies between: their tasks hold what they have until it has
// answered that they have stopped, or can run them no more.
import { EntryKind, Reason } from "../model/trace.ts";
import type { Scheduler } from "./scheduler.ts";

export class Recalls {
  readonly #scheduler: Scheduler;
  /** Tasks whose attempts are taken back, and why. */
  readonly #reasons = new Map<number, Reason>();
  /** Workers of such that do not fit any more, and how many there are. */
  readonly #shrinking = new Map<number, number>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  isUnderWay(task: number): boolean {
    return this.#reasons.size > 0 && this.#reasons.has(task);
  }

  /** Tasks of which that holds. */
  get underWay(): Iterable<number> {
    return this.#reasons.keys();
  }

  /** Why; undefined where it is not so. */
  reasonOf(task: number): Reason | undefined {
    return this.#reasons.get(task);
  }

  /** Whether any attempt of the worker is taken back because that shrinks: it takes nothing till then. */
  isShrinking(worker: number): boolean {
    return this.#shrinking.has(worker);
  }

  /** Its worker was told to stop it: nobody counts on what it gives back, and it goes on nowhere. */
  begin(task: number, reason: Reason): void {
    const { failover, preemption, ranking, queue, ledger, recorder, now } = this.#scheduler;
    const worker = ledger.worker(task);
    this.#reasons.set(task, reason);
    recorder.entry(now, EntryKind.recalled, task, worker, ledger.attempts(task), reason);
    preemption?.unclaim(task);
    preemption?.stops(task, worker);
    ranking.forget(task);
    if (queue.has(task)) queue.remove(task);
    if (reason !== Reason.shrink) return;
    const others = this.#shrinking.get(worker) ?? 0;
    this.#shrinking.set(worker, others + 1);
    if (others === 0) failover.close(worker, Reason.shrink);
  }

  /** The attempt is over, whichever way. */
  ended(task: number): void {
    if (this.#reasons.size === 0) return;
    const reason = this.#reasons.get(task);
    this.#reasons.delete(task);
    if (reason === Reason.shrink) this.#fitsBetter(this.#scheduler.ledger.worker(task));
  }

  #fitsBetter(worker: number): void {
    const { failover, membership } = this.#scheduler;
    const others = (this.#shrinking.get(worker) as number) - 1;
    if (others > 0) {
      this.#shrinking.set(worker, others);
      return;
    }
    this.#shrinking.delete(worker);
    if (membership?.isOpen(worker) === true) failover.open(worker);
  }
}
