// The named timers of a replica, by its own clock, which may run fast or slow: each is looked at when it may be due, and not more often.
import type { Timer } from "../consensus/message.ts";
import type { Time } from "../model/units.ts";

export interface ReplicaTimersHost {
  /** The true time; what the clock reads; and the true time at which it reads something, as it runs now. */
  readonly now: Time;
  readonly reading: Time;
  whenItReads(reading: Time): Time;
  /** Call `looks` with that timer at that time. */
  plan(timer: number, time: Time): void;
}

const TIMERS: readonly Timer[] = ["election", "heartbeat"];
const NEVER = Number.POSITIVE_INFINITY;

export class ReplicaTimers {
  readonly #host: ReplicaTimersHost;
  /** When each is due by the clock, and when it is looked at. */
  readonly #due = TIMERS.map(() => NEVER);
  readonly #looked = TIMERS.map(() => NEVER);

  constructor(host: ReplicaTimersHost) {
    this.#host = host;
  }

  /** In place of what it was set to before. */
  set(timer: Timer, at: Time): void {
    const number = TIMERS.indexOf(timer);
    this.#due[number] = Math.max(at, this.#host.reading);
    this.#plan(number);
  }

  cancel(timer: Timer): void {
    this.#due[TIMERS.indexOf(timer)] = NEVER;
  }

  clear(): void {
    this.#due.fill(NEVER);
    this.#looked.fill(NEVER);
  }

  /** It is time to look at one of that number: whether that is what was planned last. */
  looks(number: number): boolean {
    if (this.#looked[number] !== this.#host.now) return false;
    this.#looked[number] = NEVER;
    return true;
  }

  /** The one of that number, if it is due, which it is no more then; else it is looked at again. */
  takeDue(number: number): Timer | undefined {
    if ((this.#due[number] as Time) > this.#host.reading) {
      this.#plan(number);
      return undefined;
    }
    this.#due[number] = NEVER;
    return TIMERS[number];
  }

  /** The numbers of all. */
  get numbers(): Iterable<number> {
    return TIMERS.keys();
  }

  /** The clock runs at another rate from now on. */
  turnsClock(): void {
    for (const number of TIMERS.keys()) if ((this.#due[number] as Time) > this.#host.reading) this.#plan(number); // others ring when it thaws
  }

  /** Has it looked at when it is due, if it is not looked at before. */
  #plan(number: number): void {
    const due = this.#due[number] as Time;
    if (due === NEVER) return;
    const time = this.#host.whenItReads(due);
    if ((this.#looked[number] as Time) <= time) return;
    this.#looked[number] = time;
    this.#host.plan(number, time);
  }
}
