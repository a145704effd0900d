// What clients and operators do while a run goes on: tasks are withdrawn, sent back and changed; workers join and leave.
import type { FailingWorkers } from "./failing-workers.ts";
import { type Action, isTaskAction, isWorkerAction } from "../model/world.ts";
import { Status } from "../model/status.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { SchedulerSeat } from "./scheduler-seat.ts";

/** Told that the scheduler has something new to consider; `spoils`: and that an event which is planned will come to nothing. */
export type Acted = (spoils: boolean) => void;

export class Actions {
  readonly #planned: readonly Action[];
  readonly #seat: SchedulerSeat;
  readonly #failing: FailingWorkers | undefined;
  readonly #acted: Acted;
  /** Tasks that were cancelled before their release dates. */
  readonly #withdrawn = new Set<number>();

  constructor(planned: readonly Action[], seat: SchedulerSeat, failing: FailingWorkers | undefined, acted: Acted) {
    this.#planned = planned;
    this.#seat = seat;
    this.#failing = failing;
    this.#acted = acted;
  }

  get #scheduler(): Scheduler {
    return this.#seat.scheduler;
  }

  /** What was asked for beforehand, at this time. */
  carryOut(index: number): void {
    const action = this.#planned[index] as Action;
    if (isWorkerAction(action)) {
      this.#failing?.act(action);
      this.#acted(false);
      return;
    }
    if (!isTaskAction(action)) return;
    const { task } = action;
    if (action.kind === "cancel") {
      this.withdraw(task);
    } else if (action.kind === "requeue") {
      this.sendBack(task);
    } else if (action.kind === "status") {
      this.#scheduler.answer(task);
    } else if (this.#scheduler.ledger.status(task) < Status.completed) {
      this.#scheduler.change(task, index, action.change);
      this.#acted(false);
    }
  }

  /** Withdraws a task: now, or, if it is not submitted yet, right after its submission; says whether anything came of it now. */
  withdraw(task: number): boolean {
    const status = this.#scheduler.ledger.status(task);
    if (status === Status.unsubmitted) this.#withdrawn.add(task);
    if (status === Status.unsubmitted || status >= Status.completed || this.#scheduler.cancellation.isUnderWay(task)) return false;
    this.#acted(status === Status.running || status === Status.backoff);
    this.#scheduler.cancel(task);
    return true;
  }

  /** Has a task that holds a worker go back to the queue, now; says whether it did. */
  sendBack(task: number): boolean {
    const runs = this.#scheduler.ledger.status(task) === Status.running;
    if (!this.#scheduler.sendBack(task)) return false;
    this.#acted(runs);
    return true;
  }

  /** A task was submitted: if it was withdrawn before, that counts now. */
  submitted(task: number): void {
    if (this.#withdrawn.size > 0 && this.#withdrawn.delete(task) && this.#scheduler.ledger.status(task) < Status.completed)
      this.#scheduler.cancel(task);
  }

  /** Whether a task was cancelled before its release date, which is still to come. */
  isWithdrawn(task: number): boolean {
    return this.#withdrawn.has(task);
  }
}
