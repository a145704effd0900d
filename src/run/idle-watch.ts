// Whether a run still gets anywhere: heartbeats, faults and a policy's own wakes may go on for ever though nothing comes of them.
import { Event } from "./event-kinds.ts";
import type { FailingWorkers, Happenings } from "./failing-workers.ts";
import type { SchedulerSeat } from "./scheduler-seat.ts";
import type { Agenda } from "./agenda.ts";
import { Refusal } from "./refusal.ts";
import type { StaleEvents } from "./stale-events.ts";
import type { Time } from "../model/units.ts";

/** So often a policy may have itself woken while nothing else is due. */
const MOST_IDLE_WAKES = 10_000;

/** So often something may happen to workers that fail and come back while nothing happens to any task: it may wait for a rare chance. */
const MOST_IDLE_WORKER_EVENTS = 10_000_000;
/** The same while no worker holds an attempt, and nothing else is planned: then nothing is sure to happen to any task. */
const MOST_WAITING_WORKER_EVENTS = 1_000_000;

/** And so often instances may be launched, taken back or asked about then. */
const MOST_WAITING_CLOUD_EVENTS = 10_000;

export class IdleWatch {
  readonly #agenda: Agenda;
  readonly #failing: FailingWorkers | undefined;
  /** Wakes since anything else happened. */
  #wakes = 0;
  /** Events about workers since anything happened to a task. */
  #workerEvents = 0;
  /** Those of them at which nothing was sure to happen to any; and events about instances of pools likewise. */
  #waitingEvents = 0;
  #waitingForCloud = 0;

  readonly #happenings: Happenings;
  readonly #refusal: Refusal;

  constructor(agenda: Agenda, seat: SchedulerSeat, failing: FailingWorkers | undefined, stale: StaleEvents) {
    this.#agenda = agenda;
    this.#failing = failing;
    this.#refusal = new Refusal(agenda, seat, stale);
    this.#happenings = {
      planned: 0,
      others: 0,
      recurred: 0,
      stale: () => {
        this.#happenings.recurred = 0;
        return stale.count();
      },
      next: 0,
    };
  }

  /** Something happened to a task, or was asked for. */
  happened(): void {
    this.#happenings.others += 1;
    this.#wakes = 0;
    this.#workerEvents = 0;
    this.#waitingEvents = 0;
    this.#waitingForCloud = 0;
    this.#refusal.happened();
    this.#happenings.recurred = 0;
  }

  submitted(): void {
    this.#wakes = 0;
    this.#refusal.happened();
  }

  started(): void {
    this.#workerEvents = 0;
    this.#waitingEvents = 0;
    this.#waitingForCloud = 0;
    this.#refusal.happened();
  }

  /** Whether nothing is planned, beside an event about a worker that is there now, but such events, and no attempt is on any. */
  get #onlyWorkersFail(): boolean {
    if (this.#failing === undefined || this.#failing.membership.holdsAny || this.#agenda.arrivalsLeft > 0) return false;
    return this.#agenda.queue.size < this.#failing.planned + this.#failing.recurring;
  }

  woken(): void {
    this.#happenings.others += 1;
    this.#refusal.woken();
    this.#wakes += 1;
  }

  aboutWorkers(kind: number): void {
    if (kind === Event.workerChange) this.#refusal.workerChanged();
    if (kind === Event.workerChange || (kind !== Event.anchor && kind !== Event.transfersEnd && this.#failing?.recurring === 0)) {
      this.#workerEvents += 1;
      if (this.#onlyWorkersFail) this.#waitingEvents += 1;
      if (this.#waitingEvents > MOST_WAITING_WORKER_EVENTS && this.#failing?.mayChangeBySchedule() === true) this.#waitingEvents = 0;
    }
    this.#happenings.recurred += 1;
  }

  /** Something happens to instances of pools, or may. */
  aboutCloud(): void {
    this.#happenings.recurred += 1;
    if (this.#onlyWorkersFail && this.#failing?.mayChangeBySchedule() === false) this.#waitingForCloud += 1;
    else this.#waitingForCloud = 0;
  }

  /** Whether a policy may go on to have itself woken though it starts nothing. */
  get mayWake(): boolean {
    return this.#wakes < MOST_IDLE_WAKES;
  }

  /** Whether what is due, so many wakes among it, will change nothing any more; the next event comes at a time, or the run is cut off. */
  isOver(wakes: number, next: Time): boolean {
    return this.#onlyWakes(wakes) || this.wornOutAfter !== undefined || this.#refusal.look(this.mayWake) || this.#isQuiet(next);
  }

  /** Whether the policy has left work lying with each worker there, again and again, though workers fail and come back for ever. */
  get isRefused(): boolean {
    return this.#refusal.isCertain;
  }

  /** So often workers have failed and come back while nothing happened to any task, if that is too often. */
  get wornOutAfter(): number | undefined {
    if (this.#waitingForCloud > MOST_WAITING_CLOUD_EVENTS) return MOST_WAITING_CLOUD_EVENTS;
    if (this.#waitingEvents > MOST_WAITING_WORKER_EVENTS) return MOST_WAITING_WORKER_EVENTS;
    return this.#workerEvents > MOST_IDLE_WORKER_EVENTS ? MOST_IDLE_WORKER_EVENTS : undefined;
  }

  /** Whether a policy has itself woken again and again, starts nothing, and nothing else is due. */
  #onlyWakes(wakes: number): boolean {
    if (this.#wakes <= MOST_IDLE_WAKES) return false;
    const due = this.#agenda.queue.size - (this.#failing?.recurring ?? 0);
    return due === wakes && this.#agenda.arrivalsLeft === 0;
  }

  /** Whether only heartbeats and their like go on, which tell nothing new. */
  #isQuiet(next: Time): boolean {
    const failing = this.#failing;
    if (failing === undefined || failing.recurring === 0 || this.#agenda.arrivalsLeft > 0) return false;
    this.#happenings.planned = this.#agenda.queue.size;
    this.#happenings.next = next;
    return failing.isQuiet(this.#happenings);
  }
}
