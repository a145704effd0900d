// How long a worker may be silent before it is suspected: always the same, or as long as its heartbeats have made likely.
import { normalQuantile, pow } from "../engine/exact-math.ts";
import type { HeartbeatSettings, PhiSettings } from "../model/settings.ts";
import type { Duration } from "../model/units.ts";

export interface FailureDetector {
  /** How many gaps between heartbeats count, the last ones. */
  readonly window: number;
  /** How long the worker may be silent, µs. */
  patience(worker: number): Duration;
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
  readonly #timeout: Duration;

  constructor(timeout: Duration) {
    this.#timeout = timeout;
  }

  patience(): Duration {
    return this.#timeout;
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
  readonly #interval: Duration;
  readonly #settings: PhiSettings;
  readonly #z: number;
  /** The last gaps of each worker, oldest first. */
  readonly #gaps: Duration[][];
  /** What they come to; NaN where that is to be computed. */
  readonly #patience: Float64Array;

  constructor(workers: number, interval: Duration, settings: PhiSettings) {
    this.#interval = interval;
    this.#settings = settings;
    this.window = settings.window;
    this.#z = -normalQuantile(pow(10, -settings.threshold));
    this.#gaps = Array.from({ length: workers }, () => []);
    this.#patience = new Float64Array(workers).fill(Number.NaN);
  }

  patience(worker: number): Duration {
    const known = this.#patience[worker] as number;
    if (!Number.isNaN(known)) return known;
    const gaps = this.#gaps[worker] as Duration[];
    const { mean, deviation } = spread(gaps);
    const patience = Math.ceil(Math.max(mean, this.#interval) + this.#z * Math.max(deviation, this.#settings.deviation));
    this.#patience[worker] = patience;
    return patience;
  }

  arrived(worker: number, gap: Duration, times = 1): void {
    const gaps = this.#gaps[worker] as Duration[];
    const { window } = this;
    for (let i = Math.min(times, window); i > 0; i--) gaps.push(gap);
    if (gaps.length > window) gaps.splice(0, gaps.length - window);
    this.#patience[worker] = Number.NaN;
  }

  forget(worker: number): void {
    this.#gaps[worker] = [];
    this.#patience[worker] = Number.NaN;
  }
}

/** Mean and standard deviation; 0 of none. */
function spread(values: readonly number[]): { mean: number; deviation: number } {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}
