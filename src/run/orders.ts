// What the scheduler orders: it is planned as an event, or goes to the workers where those can fail.
import type { Execution } from "../cluster/execution.ts";
import { Event } from "./event-kinds.ts";
import type { FailingWorkers } from "./failing-workers.ts";
import type { Duration, Time } from "../model/units.ts";
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
  /** An attempt straggles, which starts where workers cannot fail. */
  straggles(task: number, worker: number, attempt: number): void;
  /** An attempt starts where workers can fail. */
  started(): void;
  /** How many tasks have ended. */
  readonly ended: number;
  /** A task is given up again and again; or tasks are, of which it is the last, and none has ended meanwhile. */
  neverEnds(task: number, isOne: boolean): void;
}

export class Orders implements SchedulerOrders {
  /** Times at which the scheduler is to be woken. */
  readonly wakes = new Set<Time>();
  /** Starts of attempts that were not the first of their tasks, since they were counted anew, and how many tasks had ended then. */
  #repeats = 0;
  #endedThen = 0;
  readonly #host: OrdersHost;
  readonly #execution: Execution;

  constructor(host: OrdersHost, execution: Execution) {
    this.#host = host;
    this.#execution = execution;
  }

  start(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void {
    const { failing, onStart } = this.#host;
    if (onStart !== undefined) {
      onStart(task, worker, attempt);
      return;
    }
    if (failing !== undefined) {
      this.#host.started();
      if (attempt > 1 && ++this.#repeats > MAX_RETRIES && this.#noneHasEnded()) this.#host.neverEnds(task, false);
      else if (attempt > MAX_RETRIES) this.#host.neverEnds(task, true);
      else failing.start(task, worker, attempt, execution, every, copy);
      return;
    }
    this.#execution.plan(task, worker, execution, copy);
    if (this.#execution.straggles) this.#host.straggles(task, worker, attempt);
    const counter = (attempt << OUTCOME_BITS) | this.#execution.reason;
    this.#host.plan(this.#host.now + this.#execution.runTime, Event.attemptEnd, task, counter);
  }

  /** Whether no task has ended since starts were counted anew, as they then are. */
  #noneHasEnded(): boolean {
    const { ended } = this.#host;
    const isSo = ended === this.#endedThen;
    this.#endedThen = ended;
    this.#repeats = 0;
    return isSo;
  }

  issued(task: number, attempt: number): void {
    this.#host.failing?.cluster.issued(task, attempt);
  }

  startAgain(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void {
    this.#host.failing?.startAgain(task, worker, attempt, execution, every, copy);
  }

  stop(task: number, worker: number, attempt: number, awaited: boolean): boolean {
    return this.#host.failing?.stop(task, worker, attempt, awaited) ?? true;
  }

  save(task: number, worker: number, attempt: number): boolean {
    return this.#host.failing?.save(task, worker, attempt) ?? true;
  }

  turn(task: number, worker: number, attempt: number, turn: number): void {
    this.#host.failing?.turn(task, worker, attempt, turn);
  }

  allow(task: number, worker: number, attempt: number, number: number): void {
    this.#host.failing?.allow(task, worker, attempt, number);
  }

  push(task: number, input: number, worker: number): void {
    this.#host.failing?.push(task, input, worker);
  }

  drain(worker: number): void {
    this.#host.failing?.drain(worker);
  }

  retire(worker: number): void {
    this.#host.failing?.retire(worker);
  }

  hasLeft(worker: number): void {
    this.#host.failing?.hasLeft(worker);
  }

  leaseEnds(task: number, worker: number, attempt: number): void {
    this.#host.failing?.leaseEnds(task, worker, attempt);
  }

  vanish(task: number, worker: number, attempt: number): void {
    this.#host.failing?.vanish(task, worker, attempt);
  }

  retryAt(time: Time, task: number, attempts: number): void {
    this.#host.plan(time, Event.backoffEnd, task, attempts << OUTCOME_BITS);
  }

  wakeAt(time: Time): void {
    if (this.wakes.has(time)) return;
    this.wakes.add(time);
    this.#host.plan(time, Event.wake, 0, 0);
  }

  lookForSlow(time: Time, label: number): void {
    this.#host.plan(time, Event.slowness, label, 0);
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
