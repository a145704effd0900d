// Running attempts that the scheduler takes back, for a client or from a worker that leaves, where a network lies between and none is to run
// beside another: their tasks hold what they have until the worker has answered that it has stopped, or can run them no more.
import type { Reason } from "../model/trace.ts";
import type { Scheduler } from "./scheduler.ts";

export class Recalls {
  readonly #scheduler: Scheduler;
  /** Tasks whose attempts are taken back, and why. */
  readonly #reasons = new Map<number, Reason>();

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

  /** The worker is told to stop it: nobody counts on what it gives back, and it goes on nowhere. */
  begin(task: number, reason: Reason): void {
    const { failover, preemption, ranking, queue, ledger } = this.#scheduler;
    if (failover.awaitsStop(task)) return;
    this.#reasons.set(task, reason);
    preemption?.unclaim(task);
    preemption?.stops(task, ledger.worker(task));
    ranking.forget(task);
    if (queue.has(task)) queue.remove(task);
    failover.tellToStop(task);
  }

  /** The attempt is over, whichever way. */
  ended(task: number): void {
    if (this.#reasons.size > 0) this.#reasons.delete(task);
  }
}
