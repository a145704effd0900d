// What the scheduler orders: it is planned as an event, or goes to the workers where those can fail.
import type { Execution } from "../cluster/execution.ts";
import { Event } from "../event-kinds.ts";
import type { FailingWorkers } from "../failing-workers.ts";
import type { Time } from "../model/units.ts";
import { MAX_RETRIES } from "../model/world.ts";
import type { SchedulerOrders } from "../scheduler/scheduler-orders.ts";
import { OUTCOME_BITS } from "./agenda.ts";

/** The events of the scheduler's timers of workers. */
const TIMERS = { suspicion: Event.suspicion, lease: Event.schedulerLease, drain: Event.drainLimit } as const;

/** What they need of the run. */
export interface OrdersHost {
  readonly now: Time;
  /** Undefined where workers cannot fail: attempts then end as they were planned. */
  readonly failing: FailingWorkers | undefined;
  /** Overrides how attempts run. */
  readonly onStart: ((task: number, worker: number, attempt: number) => void) | undefined;
  plan(time: Time, kind: number, subject: number, counter: number): void;
  /** An attempt starts where workers can fail. */
  started(): void;
  /** A task is given up again and again. */
  neverEnds(task: number): void;
}

export class Orders implements SchedulerOrders {
  /** Times at which the scheduler is to be woken. */
  readonly wakes = new Set<Time>();
  readonly #host: OrdersHost;
  readonly #execution: Execution;

  constructor(host: OrdersHost, execution: Execution) {
    this.#host = host;
    this.#execution = execution;
  }

  start(task: number, worker: number, attempt: number, execution: number): void {
    const { failing, onStart } = this.#host;
    if (onStart !== undefined) {
      onStart(task, worker, attempt);
      return;
    }
    if (failing !== undefined) {
      this.#host.started();
      if (attempt > MAX_RETRIES) this.#host.neverEnds(task);
      else failing.start(task, worker, attempt, execution);
      return;
    }
    this.#execution.plan(task, worker, execution);
    const counter = (attempt << OUTCOME_BITS) | this.#execution.reason;
    this.#host.plan(this.#host.now + this.#execution.runTime, Event.attemptEnd, task, counter);
  }

  startAgain(task: number, worker: number, attempt: number, execution: number): void {
    this.#host.failing?.startAgain(task, worker, attempt, execution);
  }

  stop(task: number, worker: number, attempt: number, awaited: boolean): boolean {
    return this.#host.failing?.stop(task, worker, attempt, awaited) ?? true;
  }

  turn(task: number, worker: number, attempt: number, turn: number): void {
    this.#host.failing?.turn(task, worker, attempt, turn);
  }

  drain(worker: number): void {
    this.#host.failing?.drain(worker);
  }

  retire(worker: number): void {
    this.#host.failing?.retire(worker);
  }

  retryAt(time: Time, task: number, attempts: number): void {
    this.#host.plan(time, Event.backoffEnd, task, attempts << OUTCOME_BITS);
  }

  wakeAt(time: Time): void {
    if (this.wakes.has(time)) return;
    this.wakes.add(time);
    this.#host.plan(time, Event.wake, 0, 0);
  }

  graceAt(time: Time, task: number, attempt: number): void {
    this.#host.plan(time, Event.graceEnd, task, attempt);
  }

  timerAt(time: Time, timer: keyof typeof TIMERS, worker: number): void {
    const { failing } = this.#host;
    if (timer === "drain" && failing !== undefined) failing.planned += 1;
    const counter = timer === "drain" ? 0 : (failing?.watches(worker, timer) ?? 0);
    this.#host.plan(time, TIMERS[timer], worker, counter);
  }
}
