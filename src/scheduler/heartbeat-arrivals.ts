// When heartbeats of workers have arrived, as far as that is known, and how long these may be silent by that.
import { detectorOf, type FailureDetector } from "./failure-detector.ts";
import type { HeartbeatSettings } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";

/** When heartbeats of a worker are sent that nobody simulates. */
export interface HeartbeatTimes {
  lastBefore(worker: number, time: Time): Time;
  firstFrom(worker: number, time: Time): Time;
  /** Whether they come at the interval to the µs, and always have. */
  areRegular(worker: number): boolean;
}

export class HeartbeatArrivals {
  readonly #detector: FailureDetector;
  readonly #interval: Duration;
  /** When a heartbeat of the worker arrived last that is known of; −1 where none has since it registered. */
  readonly #last: Float64Array;

  constructor(heartbeat: HeartbeatSettings, workers: number) {
    this.#detector = detectorOf(heartbeat, workers);
    this.#interval = heartbeat.interval;
    this.#last = new Float64Array(workers);
  }

  lastOf(worker: number): Time {
    return this.#last[worker] as number;
  }

  /** Nothing is known of the worker's heartbeats; the first arrived then, or (−1) is still to come. */
  beginsAnew(worker: number, first: Time): void {
    this.#last[worker] = first;
    this.#detector.forget(worker);
  }

  /** A heartbeat arrives; the gap before it counts, unless it was taken for a failure. */
  arrives(worker: number, time: Time, counts: boolean): void {
    const last = this.lastOf(worker);
    this.#last[worker] = time;
    if (last >= 0 && counts) this.#detector.arrived(worker, time - last);
  }

  /** Heartbeats arrive one after the other, each so long after it was sent, as far as they are not known of: from a first one to a last one. */
  arriveFrom(worker: number, first: Time, last: Time, delay: Duration, times: HeartbeatTimes, counts: boolean): void {
    if (this.lastOf(worker) < first) this.arrives(worker, first, counts);
    const known = this.lastOf(worker);
    if (times.areRegular(worker)) {
      const count = (last - known) / this.#interval;
      if (count >= 1) this.#detector.arrived(worker, this.#interval, count);
    } else {
      const gaps: Duration[] = [];
      for (let sent = last - delay; sent + delay > known && gaps.length < this.#detector.window; sent -= gaps.at(-1) as Duration)
        gaps.push(sent - times.lastBefore(worker, sent));
      for (const gap of gaps.reverse()) this.#detector.arrived(worker, gap);
    }
    this.#last[worker] = last;
  }

  /** Whether how long a worker may be silent follows from when its heartbeats have arrived. */
  get areCounted(): boolean {
    return this.#detector.window > 0;
  }

  /** How long any worker may be silent at least. */
  get leastPatience(): Duration {
    return this.#detector.leastPatience;
  }

  /** How long the worker may be silent, once these heartbeats have arrived, each newer than all before. */
  patience(worker: number, arrivals: readonly Time[] = []): Duration {
    if (arrivals.length === 0) return this.#detector.patience(worker);
    const gaps: Duration[] = [];
    let last = this.lastOf(worker);
    for (const arrived of arrivals) {
      if (last >= 0) gaps.push(arrived - last);
      last = arrived;
    }
    return this.#detector.patience(worker, gaps);
  }
}
