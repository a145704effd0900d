// What workers' clocks read, by the entries that say how fast they run. In exact fractions, and apart from how the cluster reckons.
import { EntryKind, type TraceEntry } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";

/** A whole, in millionths. */
const WHOLE = 1_000_000n;

/** From a time on a clock runs so many millionths of a µs in each µs; by then it has shown so many of them. */
interface Since {
  time: bigint;
  shown: bigint;
  rate: bigint;
}

const TRUE: Since = { time: 0n, shown: 0n, rate: WHOLE };

export class Clocks {
  readonly #histories = new Map<number, Since[]>();
  /** The slowest that a worker's clock has run so far, and the fastest that any has. */
  readonly #slowest = new Map<number, bigint>();
  fastest = WHOLE;

  apply({ kind, worker, attempt, time }: TraceEntry): void {
    if (kind !== EntryKind.drifted) return;
    const rate = BigInt(attempt);
    const history = this.#histories.get(worker) ?? [TRUE];
    this.#histories.set(worker, [...history, { time: BigInt(time), shown: shownAt(history, time), rate }]);
    if (rate < (this.#slowest.get(worker) ?? WHOLE)) this.#slowest.set(worker, rate);
    if (rate > this.fastest) this.fastest = rate;
  }

  /** What the clock of a worker reads at a time, in whole µs. */
  reading(worker: number, time: Time): Time {
    const history = this.#histories.get(worker);
    return history === undefined ? time : Number(shownAt(history, time) / WHOLE);
  }

  /** When it first reads so much, if it goes on as it does. */
  when(worker: number, reading: Time): Time {
    const history = this.#histories.get(worker);
    if (history === undefined || !Number.isFinite(reading)) return reading;
    const shown = BigInt(reading) * WHOLE;
    const { time, shown: before, rate } = history.findLast((since) => since.shown < shown) ?? TRUE;
    return Number(time + (shown - before + rate - 1n) / rate);
  }

  /** How long so much by the clock of a worker has lasted at most. */
  longest(worker: number, duration: Duration): Duration {
    const rate = this.#slowest.get(worker) ?? WHOLE;
    return rate === WHOLE ? duration : Number((BigInt(duration) * WHOLE + rate - 1n) / rate);
  }

  /** Whether it has never run slower than by so many millionths. */
  isWithin(worker: number, drift: number): boolean {
    return (this.#slowest.get(worker) ?? WHOLE) >= WHOLE - BigInt(drift);
  }
}

function shownAt(history: readonly Since[], at: Time): bigint {
  const { time, shown, rate } = history.findLast((since) => since.time <= BigInt(at)) ?? TRUE;
  return shown + (BigInt(at) - time) * rate;
}
