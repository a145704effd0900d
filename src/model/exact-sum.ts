// Exact sums of products of integers: resource × time outgrows 2^53 (a log's core·µs reach 2^61, a bag's byte·µs 2^78).

const LIMB = 2 ** 26;
const MOST_HIGH = 2 ** 51;
const LONG = 2 ** 103; // products above it go to BigInt at once, so that no limb outgrows 2^53

/** Σ a × b over integers 0 ≤ a, b < 2^53, exactly. */
export class ExactSum {
  #low = 0; // each limb below 2^26 after carrying
  #middle = 0; // in units of 2^26
  #high = 0; // in units of 2^52
  #plain = 0; // small products, gathered below 2^53
  #gathered = 0n;

  /** Adds a × b. */
  add(a: number, b: number): void {
    const product = a * b;
    if (product > LONG) {
      this.#gathered += BigInt(a) * BigInt(b);
    } else if (product > Number.MAX_SAFE_INTEGER) {
      this.#addLong(a, b);
    } else if (product > Number.MAX_SAFE_INTEGER - this.#plain) {
      this.#gathered += BigInt(this.#plain);
      this.#plain = product;
    } else {
      this.#plain += product;
    }
  }

  #addLong(a: number, b: number): void {
    const aHigh = Math.floor(a / LIMB);
    const aLow = a - aHigh * LIMB;
    const bHigh = Math.floor(b / LIMB);
    const bLow = b - bHigh * LIMB;
    const low = this.#low + aLow * bLow; // < 2^26 + 2^52
    const lowCarry = Math.floor(low / LIMB);
    this.#low = low - lowCarry * LIMB;
    const first = aLow * bHigh; // < 2^53, as is the second: each is carried on its own
    const firstCarry = Math.floor(first / LIMB);
    const second = aHigh * bLow;
    const secondCarry = Math.floor(second / LIMB);
    const middle = this.#middle + lowCarry + (first - firstCarry * LIMB) + (second - secondCarry * LIMB);
    const middleCarry = Math.floor(middle / LIMB);
    this.#middle = middle - middleCarry * LIMB;
    this.#high += firstCarry + secondCarry + middleCarry + aHigh * bHigh;
    if (this.#high > MOST_HIGH) {
      this.#gathered += BigInt(this.#high) << 52n;
      this.#high = 0;
    }
  }

  /** The sum, whole. */
  value(): bigint {
    return (BigInt(this.#high) << 52n) + (BigInt(this.#middle) << 26n) + BigInt(this.#low) + this.#gathered + BigInt(this.#plain);
  }
}

/** numerator ÷ denominator as the nearest double with at least 52 correct bits; 0 ÷ 0 is NaN. */
export function ratio(numerator: bigint, denominator: bigint): number {
  if (denominator === 0n) return numerator === 0n ? Number.NaN : Number.POSITIVE_INFINITY;
  const shift = BigInt(Math.max(0, bits(numerator) - 1000, bits(denominator) - 1000));
  const n = numerator >> shift;
  const d = denominator >> shift;
  const scale = BigInt(Math.max(0, 64 + bits(d) - bits(n)));
  return Number((n << scale) / d) / Number(1n << scale);
}

function bits(value: bigint): number {
  return value.toString(16).length * 4;
}
