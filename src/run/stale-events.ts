// Planned events that will come to nothing: ends of attempts, or of the waits after them, and marks, where an attempt has ended otherwise;
// and those at which clients would ask again what was answered.
import { counterOf, kindOf } from "../engine/event-queue.ts";
import { Event } from "./event-kinds.ts";
import type { FailingWorkers } from "./failing-workers.ts";
import type { ClientEnd } from "./client-end.ts";
import type { Time } from "../model/units.ts";
import type { SchedulerSeat } from "./scheduler-seat.ts";
import { Status } from "../model/status.ts";
import { type Agenda, OUTCOME_BITS } from "./agenda.ts";

export class StaleEvents {
  /** Those of attempts that clients have cancelled. Where workers can fail there are others, which are not counted. */
  cancelled = 0;
  readonly #agenda: Agenda;
  readonly #seat: SchedulerSeat;
  readonly #failing: FailingWorkers | undefined;
  readonly #clients: ClientEnd | undefined;

  constructor(agenda: Agenda, seat: SchedulerSeat, failing: FailingWorkers | undefined, clients: ClientEnd | undefined) {
    this.#agenda = agenda;
    this.#seat = seat;
    this.#failing = failing;
    this.#clients = clients;
  }

  /** Drops those that come before anything else. */
  dropDue(): void {
    const { queue } = this.#agenda;
    while ((this.cancelled > 0 || this.#failing !== undefined) && queue.size > 0 && this.isStale(queue.key, queue.time)) this.dropNext();
  }

  /** Drops the next event, which is stale. */
  dropNext(): void {
    this.#agenda.queue.pop();
    if (this.cancelled > 0) this.cancelled -= 1;
  }

  /** How many there are in the queue, which is looked through for them. */
  count(): number {
    return this.#agenda.queue.count((time, key) => this.isStale(key, time));
  }

  isStale(key: number, time: Time): boolean {
    const kind = kindOf(key);
    if (kind === Event.askAgain) return this.#clients?.waits(this.#agenda.subjectOf(key, time)) === false;
    if (kind === Event.transfersEnd) return this.#failing?.cluster.files?.endsAt(time) !== true;
    if (kind > Event.anchor && kind !== Event.backoffEnd) return false;
    const task = this.#agenda.subjectOf(key, time);
    const failing = this.#failing;
    if (kind === Event.anchor) return failing?.cluster.reachesMark(task, counterOf(key), time) !== true;
    const attempt = counterOf(key) >> OUTCOME_BITS;
    if (failing !== undefined && kind === Event.attemptEnd) return !failing.cluster.endsNow(task, attempt, time);
    const due = kind === Event.attemptEnd ? Status.running : Status.backoff;
    const { ledger } = this.#seat.scheduler;
    return ledger.status(task) !== due || ledger.attempts(task) !== attempt;
  }
}
