// When workers send heartbeats: at fixed intervals, by their own clocks, from their registration on. Answered at once, where the network is ideal.
import type { Duration, Time } from "../model/units.ts";
import type { WorkerClocks } from "./worker-clocks.ts";

export class Heartbeats {
  readonly interval: Duration;
  readonly #clocks: WorkerClocks;
  /** Per worker, when its present incarnation registered, and what its clock read. */
  readonly #registered: Float64Array;
  readonly #from: Float64Array;

  constructor(workers: number, interval: Duration, clocks: WorkerClocks) {
    this.interval = interval;
    this.#clocks = clocks;
    this.#registered = new Float64Array(workers);
    this.#from = new Float64Array(workers);
  }

  registered(worker: number, now: Time): void {
    this.#registered[worker] = now;
    this.#from[worker] = this.#clocks.reading(worker, now);
  }

  /** The last heartbeat before a time, or the registration. */
  lastBefore(worker: number, time: Time): Time {
    const times = this.#timesBefore(worker, time);
    if (times <= 0) return this.#registered[worker] as number;
    return this.#clocks.when(worker, (this.#from[worker] as number) + times * this.interval);
  }

  /** The first heartbeat at a time or after it. */
  firstFrom(worker: number, time: Time): Time {
    const times = this.#timesBefore(worker, time) + 1;
    return this.#clocks.when(worker, (this.#from[worker] as number) + times * this.interval);
  }

  /** Whether they come at the interval to the µs, and always have. */
  areRegular(worker: number): boolean {
    return this.#clocks.isTrue(worker);
  }

  /** Whether they come later than at the interval, as things stand. */
  areSlow(worker: number): boolean {
    return this.#clocks.slow.has(worker);
  }

  /** How long it is at least from one to the next, as things stand. */
  leastGap(worker: number): Duration {
    return this.#clocks.least(worker, this.interval);
  }

  /** How long it is at most, as things stand. */
  greatestGap(worker: number): Duration {
    return this.#clocks.greatest(worker, this.interval);
  }

  /** How many intervals had passed the µs before a time. */
  #timesBefore(worker: number, time: Time): number {
    return Math.floor((this.#clocks.reading(worker, time - 1) - (this.#from[worker] as number)) / this.interval);
  }
}
