// Whether a policy refuses work for good, where workers fail and come back for ever, so that something is always due.
import { kindOf } from "../engine/event-queue.ts";
import { Event } from "./event-kinds.ts";
import { Status } from "../model/status.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { SchedulerSeat } from "./scheduler-seat.ts";
import type { Agenda } from "./agenda.ts";
import type { StaleEvents } from "./stale-events.ts";

/** So often a policy may have itself woken before it is looked at whether it refuses, and then again each time. */
const WAKES_PER_LOOK = 1_000_000;

/** For so many wakes a worker's change counts, which brings something new: it is looked after 10,000 of them. */
const WAKES_PER_CHANGE = 100;

/** Statuses of tasks to which nothing happens unless the policy acts. */
const AT_REST: readonly Status[] = [Status.blocked, Status.ready, Status.suspended];

export class Refusal {
  readonly #agenda: Agenda;
  readonly #seat: SchedulerSeat;
  readonly #stale: StaleEvents;
  /** What the policy could have acted upon since anything happened to a task, in wakes; and how much that is when it is looked again. */
  #chances = 0;
  #nextLook = WAKES_PER_LOOK;
  /** Workers that were there, as large as they can be, when work that fits was found left lying: how many, and which. */
  #present = 0;
  #wasPresent: Uint8Array | undefined;

  constructor(agenda: Agenda, seat: SchedulerSeat, stale: StaleEvents) {
    this.#agenda = agenda;
    this.#seat = seat;
    this.#stale = stale;
  }

  get #scheduler(): Scheduler {
    return this.#seat.scheduler;
  }

  /** A fault of a worker begins or ends. */
  workerChanged(): void {
    this.#chances += WAKES_PER_CHANGE;
  }

  woken(): void {
    this.#chances += 1;
  }

  /** Something happened to a task, or was asked for. */
  happened(): void {
    if (this.#chances === 0) return;
    this.#chances = 0;
    this.#nextLook = WAKES_PER_LOOK;
    this.#present = 0;
    this.#wasPresent = undefined;
  }

  /** Whether it left work lying with each worker there at one time or another: none is left that it could wait for. */
  get isCertain(): boolean {
    return this.#present > 0 && this.#present === this.#scheduler.workers.count;
  }

  /** Looks now and then, after a pass; `wakes`: whether the policy's own wakes may still bring something. Says whether it is certain now. */
  look(wakes: boolean): boolean {
    if (this.#chances < this.#nextLook) return false;
    this.#nextLook += WAKES_PER_LOOK;
    if (this.#isSomethingDue(wakes) || !this.#scheduler.leftovers.anyFits()) return false;
    const { count } = this.#scheduler.workers;
    this.#wasPresent ??= new Uint8Array(count);
    for (let worker = 0; worker < count; worker++) {
      if (this.#wasPresent[worker] === 1 || !this.#isWhole(worker)) continue;
      this.#wasPresent[worker] = 1;
      this.#present += 1;
    }
    return this.isCertain;
  }

  /** Whether anything is to come but what befalls workers. */
  #isSomethingDue(wakes: boolean): boolean {
    const { tasks, ledger } = this.#scheduler;
    for (let task = 0; task < tasks.count; task++) {
      const status = ledger.status(task);
      if (status < Status.completed && !AT_REST.includes(status)) return true;
    }
    const matters = (time: number, key: number) => {
      const kind = kindOf(key);
      if (kind === Event.wake) return wakes;
      return kind === Event.action || (kind === Event.askAgain && !this.#stale.isStale(key, time));
    };
    return this.#agenda.queue.count(matters) > 0;
  }

  /** Whether a worker is there, and has all that it may ever have. */
  #isWhole(worker: number): boolean {
    const { room, requests, workers } = this.#scheduler;
    if (room.isClosed(worker)) return false;
    if (workers.range === undefined) return true;
    const most = requests.inRoom(workers.range.most.map((column) => column[worker] as number));
    return most.every((whole, d) => (room.capacity[d]?.[worker] as number) >= whole);
  }
}
