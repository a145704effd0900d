// Clocks that tell how much each flow of a link has been served since the link was last idle (virtual time), in bytes and millionths of
// one, exactly: they go at a rate in bytes per second, which is that many millionths a microsecond.
import { type Bytes, SECOND, type Time } from "../model/units.ts";

const MILLION = SECOND;
/** So many bytes are still a safe integer of millionths. */
const SMALL = 9e9 - 1;

export class ServiceClocks {
  readonly whole: Float64Array;
  readonly part: Float64Array;
  /** Bytes per second, from the last time to which the clock was set forward. */
  readonly rate: Float64Array;
  readonly #since: Float64Array;

  constructor(count: number) {
    this.whole = new Float64Array(count);
    this.part = new Float64Array(count);
    this.rate = new Float64Array(count);
    this.#since = new Float64Array(count);
  }

  /** Puts it back to 0: nobody remembers what it read. */
  reset(clock: number, now: Time): void {
    this.whole[clock] = 0;
    this.part[clock] = 0;
    this.#since[clock] = now;
  }

  /** Sets it forward to a time. Beyond 2^53 bytes it is not exact, but beyond whatever flows wait for. */
  forward(clock: number, now: Time): void {
    const elapsed = now - (this.#since[clock] as number);
    if (elapsed === 0) return;
    this.#since[clock] = now;
    const rate = this.rate[clock] as number;
    let parts = (this.part[clock] as number) + rate * elapsed;
    let whole = this.whole[clock] as number;
    if (parts > Number.MAX_SAFE_INTEGER) {
      const rest = elapsed % MILLION;
      const perMicrosecond = Math.floor(rate / MILLION);
      whole += ((elapsed - rest) / MILLION) * rate + perMicrosecond * rest;
      parts = (this.part[clock] as number) + (rate - perMicrosecond * MILLION) * rest;
    }
    const carry = Math.floor(parts / MILLION);
    whole += carry;
    parts -= carry * MILLION;
    this.whole[clock] = whole;
    this.part[clock] = parts;
  }

  /** Whether it reads so much, or more. */
  hasReached(clock: number, whole: Bytes, part: number): boolean {
    const read = this.whole[clock] as number;
    return read > whole || (read === whole && (this.part[clock] as number) >= part);
  }

  /** The first whole µs at which it reads so much, if it goes on as it does; Infinity after the end of time. */
  when(clock: number, whole: Bytes, part: number): Time {
    const since = this.#since[clock] as number;
    const rate = this.rate[clock] as number;
    if (rate === Number.POSITIVE_INFINITY || this.hasReached(clock, whole, part)) return since;
    if (rate === 0) return Number.POSITIVE_INFINITY;
    const time = since + quotientUp(whole - (this.whole[clock] as number), part - (this.part[clock] as number), rate);
    return time > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : time;
  }
}

/** ⌈(whole bytes and part millionths) ÷ rate⌉, µs, exactly; a part below 0 is taken off. */
function quotientUp(whole: Bytes, part: number, rate: number): number {
  if (whole <= SMALL) return Math.ceil((whole * MILLION + part) / rate);
  const seconds = Math.floor(whole / rate);
  const rest = whole - seconds * rate;
  if (rest <= SMALL) return seconds * MILLION + Math.ceil((rest * MILLION + part) / rate);
  return seconds * MILLION + Number((BigInt(rest) * BigInt(MILLION) + BigInt(part) + BigInt(rate) - 1n) / BigInt(rate));
}
