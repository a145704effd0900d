// How long a worker may be silent before it is suspected: always the same, or as long as its heartbeats have made likely.
import { normalQuantile, pow } from "../engine/exact-math.ts";
import type { HeartbeatSettings, PhiSettings } from "../model/settings.ts";
import type { Duration } from "../model/units.ts";

export interface FailureDetector {
  /** How many gaps between heartbeats count, the last ones. */
  readonly window: number;
  /** How long any worker may be silent at least, µs, however its heartbeats have come. */
  readonly leastPatience: Duration;
  /** How long the worker may be silent, µs; once these gaps have come beside those that are known of. */
  patience(worker: number, more?: readonly Duration[]): Duration;
  /** A heartbeat of the worker has arrived so long after the one before; `times` such in a row. */
  arrived(worker: number, gap: Duration, times?: number): void;
  /** What is known of its heartbeats was of another incarnation. */
  forget(worker: number): void;
}

export function detectorOf({ interval, timeout, phi }: HeartbeatSettings, workers: number): FailureDetector {
  return phi === undefined ? new FixedTimeout(timeout) : new PhiAccrual(workers, interval, phi);
}

class FixedTimeout implements FailureDetector {
  readonly window = 0;
  readonly leastPatience: Duration;

  constructor(timeout: Duration) {
    this.leastPatience = timeout;
  }

  patience(): Duration {
    return this.leastPatience;
  }
  arrived(): void {}
  forget(): void {}
}

/**
 * The φ accrual failure detector (Hayashibara, Défago, Yared and Katayama 2004, SRDS, 66–78): gaps between heartbeats are taken to be
 * normally distributed, with the mean and the deviation of the last ones, and φ(t) = −log₁₀ P(gap > t). A worker is suspected when φ comes
 * to the threshold: after mean + deviation × z, where P(Z > z) = 10^−threshold. The mean is taken to be the interval at least, for else a
 * worker would be suspected before its next heartbeat is due; the deviation, as the settings say.
 */
class PhiAccrual implements FailureDetector {
  readonly window: number;
  readonly leastPatience: Duration;
  readonly #interval: Duration;
  readonly #settings: PhiSettings;
  readonly #z: number;
  readonly #gaps: LastGaps[];

  constructor(workers: number, interval: Duration, settings: PhiSettings) {
    this.#interval = interval;
    this.#settings = settings;
    this.window = settings.window;
    this.#z = -normalQuantile(pow(10, -settings.threshold));
    this.#gaps = Array.from({ length: workers }, () => new LastGaps(settings.window));
    this.leastPatience = this.#patienceOf({ mean: 0, deviation: 0 });
  }

  patience(worker: number, more: readonly Duration[] = []): Duration {
    return this.#patienceOf((this.#gaps[worker] as LastGaps).spread(more));
  }

  #patienceOf({ mean, deviation }: Spread): Duration {
    return Math.ceil(Math.max(mean, this.#interval) + this.#z * Math.max(deviation, this.#settings.deviation));
  }

  arrived(worker: number, gap: Duration, times = 1): void {
    const gaps = this.#gaps[worker] as LastGaps;
    for (let i = Math.min(times, this.window); i > 0; i--) gaps.push(gap);
  }

  forget(worker: number): void {
    this.#gaps[worker] = new LastGaps(this.window);
  }
}

interface Spread {
  mean: Duration;
  deviation: Duration;
}

/** The last gaps between a worker's heartbeats, in a ring. */
class LastGaps {
  readonly #most: number;
  readonly #ring: Duration[] = [];
  /** Where the oldest is, once the ring is full. */
  #oldest = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(gap: Duration): void {
    if (this.#ring.length < this.#most) {
      this.#ring.push(gap);
      return;
    }
    this.#ring[this.#oldest] = gap;
    this.#oldest = this.#oldest + 1 === this.#most ? 0 : this.#oldest + 1;
  }

  /** Their mean and standard deviation, once these have come too; 0 of none. */
  spread(more: readonly Duration[]): Spread {
    const known = this.#ring.length;
    const all = known + more.length;
    if (all === 0) return { mean: 0, deviation: 0 };
    const from = Math.max(0, all - this.#most);
    let sum = 0;
    for (let i = from; i < all; i++) sum += i < known ? this.#at(i) : (more[i - known] as Duration);
    const mean = sum / (all - from);
    let squares = 0;
    for (let i = from; i < all; i++) {
      const distance = (i < known ? this.#at(i) : (more[i - known] as Duration)) - mean;
      squares += distance * distance;
    }
    return { mean, deviation: Math.sqrt(squares / (all - from)) };
  }

  /** The oldest is the first. */
  #at(i: number): Duration {
    const place = this.#oldest + i;
    return this.#ring[place < this.#ring.length ? place : place - this.#ring.length] as Duration;
  }
}
