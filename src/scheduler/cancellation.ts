// Clients withdraw tasks: at once, or (cancel: confirmed) when their workers have answered that they have stopped.
import { EntryKind, Reason } from "../model/trace.ts";
import { isHeld } from "./ledger.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Speculation } from "./speculation.ts";

export class Cancellation {
  readonly #scheduler: Scheduler;
  readonly #confirms: boolean;
  /** Tasks whose clients have cancelled them and wait until their workers confirm that; each holds its worker. */
  readonly #underWay = new Set<number>();

  constructor(scheduler: Scheduler, confirms: boolean) {
    this.#scheduler = scheduler;
    this.#confirms = confirms;
  }

  /** Whether the client has cancelled the task, and waits until its worker confirms that. */
  isUnderWay(task: number): boolean {
    return this.#underWay.size > 0 && this.#underWay.has(task);
  }

  /** Tasks of which that holds. */
  get underWay(): Iterable<number> {
    return this.#underWay;
  }

  /** The client withdraws a task that has not ended: now, or when its worker has confirmed that. */
  request(task: number): void {
    const { ledger, recorder, orders, speculation, now } = this.#scheduler;
    const held = isHeld(ledger.status(task));
    const [worker, attempt] = [held ? ledger.worker(task) : -1, ledger.attempts(task)];
    if (this.#confirms) recorder.entry(now, EntryKind.cancelRequested, task, worker, attempt, Reason.client);
    const stopped = !held || orders.stop(task, worker, attempt, this.#confirms);
    if (speculation?.isPaired(task) === true) {
      this.#stopsCopy(task, speculation);
      if (stopped && speculation.isPaired(task)) {
        speculation.drop(task, Reason.client);
        this.#awaitStop(task, ledger.worker(task));
        return;
      }
    }
    if (stopped || !this.#confirms) this.#end(task);
    else this.#awaitStop(task, worker);
  }

  /** A copy is told to stop too; what does not wait for its worker gives it up. */
  #stopsCopy(task: number, speculation: Speculation): void {
    const { ledger, orders } = this.#scheduler;
    const copy = speculation.copyOf(task);
    const stopped = orders.stop(task, ledger.worker(copy), ledger.attempts(copy), this.#confirms);
    if (stopped || !this.#confirms) speculation.drop(copy, Reason.client);
  }

  /** The attempt holds what it has until its worker answers: nobody counts on that, and it goes on nowhere. */
  #awaitStop(task: number, worker: number): void {
    const { preemption, ranking, queue } = this.#scheduler;
    this.#underWay.add(task);
    preemption?.unclaim(task);
    preemption?.stops(task, worker);
    ranking.forget(task);
    if (queue.has(task)) queue.remove(task);
  }

  /** The worker has answered, or can run the attempt no more. */
  confirmed(task: number): void {
    this.#underWay.delete(task);
    this.#end(task);
  }

  /** An attempt has ended by itself: its task stays completed if it is so, for that came first. Says whether the task is cancelled. */
  attemptEnded(task: number, reason: Reason): boolean {
    if (this.#underWay.size === 0 || !this.#underWay.delete(task) || reason === Reason.none) return false;
    this.#end(task);
    return true;
  }

  #end(task: number): void {
    const { ledger, membership } = this.#scheduler;
    const status = ledger.status(task);
    this.#scheduler.takeOut(task);
    ledger.cancel(task, this.#scheduler.now);
    if (isHeld(status)) membership?.settle(ledger.worker(task));
  }
}
