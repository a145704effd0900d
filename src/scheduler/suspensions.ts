// Orders to running attempts to wait on their workers, and to go on there, and what becomes of both where a network lies between.
//
// They are numbered for each attempt, from 1 on, so that it waits after odd ones: its worker obeys the highest that it has read, whatever
// arrives later, and its heartbeats tell which that is. What an attempt gives back is free once its worker has answered; what it takes
// again is taken when the worker is told.
import type { Time } from "../model/units.ts";
import type { Scheduler } from "./scheduler.ts";

interface Order {
  attempt: number;
  turn: number;
  /** When the worker was told last. */
  sent: Time;
}

const NONE: Order = { attempt: 0, turn: 0, sent: 0 };

export class Suspensions {
  readonly #scheduler: Scheduler;
  /** The last order about an attempt of each task. */
  readonly #orders = new Map<number, Order>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The number of the last order about the running attempt of a task; 0 where there was none. */
  turnOf(task: number): number {
    return this.#of(task).turn;
  }

  #of(task: number): Order {
    const order = this.#orders.size === 0 ? undefined : this.#orders.get(task);
    return order?.attempt === this.#scheduler.ledger.attempts(task) ? order : NONE;
  }

  /** Has a running attempt wait on its worker. False where that is so once the worker has answered. */
  suspend(task: number): boolean {
    const { allocations, membership, unsafe } = this.#scheduler;
    this.#order(task);
    if (membership?.hearsLate === true && unsafe !== "suspension-assumed") return false;
    allocations.suspend(task);
    return true;
  }

  /** Has a suspended attempt go on, whose room is taken. */
  proceed(task: number): void {
    this.#order(task);
  }

  #order(task: number): void {
    const order = { attempt: this.#scheduler.ledger.attempts(task), turn: this.turnOf(task) + 1, sent: 0 };
    this.#orders.set(task, order);
    this.#tell(task, order);
  }

  #tell(task: number, order: Order): void {
    const { orders, ledger, now } = this.#scheduler;
    order.sent = now;
    orders.turn(task, ledger.worker(task), order.attempt, order.turn);
  }

  /** Tells the worker the last order once more, if there was one: behind a start that it has not read. */
  repeat(task: number): void {
    const order = this.#of(task);
    if (order !== NONE) this.#tell(task, order);
  }

  /** The worker of a running attempt answers that it stands at that order; says whether that was awaited. */
  answered(task: number, turn: number): boolean {
    const { allocations, preemption } = this.#scheduler;
    if (preemption?.awaitsSuspension(task) !== true || turn !== this.turnOf(task)) return false;
    allocations.suspend(task);
    return true;
  }

  /** A heartbeat says so, as it was sent then: that is as good as an answer, or else the last order is repeated, if it was sent before. */
  reported(task: number, turn: number, sent: Time): boolean {
    if (this.answered(task, turn)) return true;
    const { turn: last, sent: told } = this.#of(task);
    if (turn < last && told < sent) this.repeat(task);
    return false;
  }
}
