// When workers send heartbeats: at fixed intervals from their registration on. Answered at once, where the network is ideal.
import type { Duration, Time } from "../model/units.ts";

export class Heartbeats {
  readonly #interval: Duration;
  /** Per worker, when its present incarnation registered. */
  readonly #registered: Float64Array;

  constructor(workers: number, interval: Duration) {
    this.#interval = interval;
    this.#registered = new Float64Array(workers);
  }

  registered(worker: number, now: Time): void {
    this.#registered[worker] = now;
  }

  /** The last heartbeat before a time, or the registration. */
  lastBefore(worker: number, time: Time): Time {
    const from = this.#registered[worker] as number;
    return from + Math.max(0, Math.ceil((time - from) / this.#interval) - 1) * this.#interval;
  }

  /** The first heartbeat at a time or after it. */
  firstFrom(worker: number, time: Time): Time {
    const from = this.#registered[worker] as number;
    return from + Math.ceil((time - from) / this.#interval) * this.#interval;
  }
}
