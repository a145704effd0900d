// What the clocks of workers read. They agree with the true time until a fault has one drift, and keep what they have gained or lost by it.
import type { Duration, Time } from "../model/units.ts";

/** True time, in millionths of it. */
const TRUE = 1_000_000;

/** From a time on a clock ran at one rate, in millionths: it read `reading` then, and `part` millionths of a µs beside. */
interface Stretch {
  since: Time;
  reading: Time;
  part: number;
  rate: number;
}

export class WorkerClocks {
  /** Of each worker that a fault has struck: the rates of those that last. */
  readonly #faults = new Map<number, number[]>();
  /** Of those whose clocks have drifted: how they ran, oldest first. Nothing is ever forgotten, for a lease counts from the past. */
  readonly #stretches = new Map<number, Stretch[]>();
  /** Workers whose clocks run slow now. */
  readonly slow = new Set<number>();

  /** A fault of that rate begins or ends. Nothing comes of that before `turn`. */
  strike(worker: number, rate: number, begins: boolean): void {
    const faults = this.#faults.get(worker) ?? [];
    if (begins) faults.push(rate);
    else faults.splice(faults.indexOf(rate), 1);
    this.#faults.set(worker, faults);
  }

  /** The rate that the faults of a worker's clock come to: their product, in millionths. */
  rateByFaults(worker: number): number {
    const product = this.#faults.get(worker)?.reduce((rate, each) => (rate * each) / TRUE, TRUE) ?? TRUE;
    return Math.max(1, Math.round(product));
  }

  /** From now on the clock runs at that rate, or another. */
  turn(worker: number, now: Time, rate = this.rateByFaults(worker)): void {
    const stretches = this.#stretches.get(worker) ?? [{ since: 0, reading: 0, part: 0, rate: TRUE }];
    stretches.push({ ...readAt(stretches.at(-1) as Stretch, now), since: now, rate });
    this.#stretches.set(worker, stretches);
    if (rate < TRUE) this.slow.add(worker);
    else this.slow.delete(worker);
  }

  /** Whether the clock shows the true time, and always has. */
  isTrue(worker: number): boolean {
    return !this.#stretches.has(worker);
  }

  /** How long so much by the clock is at least, if it goes on as it does now. */
  least(worker: number, duration: Duration): Duration {
    const rate = this.#stretches.get(worker)?.at(-1)?.rate ?? TRUE;
    return rate <= TRUE ? duration : Math.floor((duration / rate) * TRUE);
  }

  /** How long so much by the clock is at most, if it goes on as it does now. */
  greatest(worker: number, duration: Duration): Duration {
    const rate = this.#stretches.get(worker)?.at(-1)?.rate ?? TRUE;
    return rate >= TRUE ? duration : Math.ceil((duration / rate) * TRUE) + 1;
  }

  /** What it reads at a time, in whole µs. */
  reading(worker: number, time: Time): Time {
    const stretches = this.#stretches.get(worker);
    if (stretches === undefined) return time;
    let last = stretches.length - 1;
    while (last > 0 && (stretches[last] as Stretch).since > time) last -= 1;
    return readAt(stretches[last] as Stretch, time).reading;
  }

  /** When it first reads so much, if it goes on as it does now; Infinity after the end of the true clock. */
  when(worker: number, reading: Time): Time {
    const stretches = this.#stretches.get(worker);
    if (stretches === undefined || reading === Number.POSITIVE_INFINITY) return reading;
    let last = stretches.length - 1;
    while (last > 0 && (stretches[last] as Stretch).reading >= reading) last -= 1;
    const { since, reading: read, part, rate } = stretches[last] as Stretch;
    const time = since + quotientUp(reading - read, part, rate);
    return time > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : time;
  }
}

function readAt({ since, reading, part, rate }: Stretch, time: Time): { reading: Time; part: number } {
  const elapsed = time - since;
  const rest = elapsed % TRUE;
  const parts = part + rest * rate;
  const whole = Math.floor(parts / TRUE);
  return { reading: reading + ((elapsed - rest) / TRUE) * rate + whole, part: parts - whole * TRUE };
}

/** ⌈(duration − part millionths) ÷ rate⌉, exactly. */
function quotientUp(duration: Duration, part: number, rate: number): Duration {
  if (duration <= 9e9) return Math.ceil((duration * TRUE - part) / rate);
  return Number((BigInt(duration) * BigInt(TRUE) - BigInt(part) + BigInt(rate) - 1n) / BigInt(rate));
}
