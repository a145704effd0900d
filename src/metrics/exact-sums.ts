// Sums that do not depend on the order of their terms, so that the same tasks in another order give the same mean.
import { ExactSum, ratio } from "../model/exact-sum.ts";

const HALF = 0x4000000; // 2^26

/** Σ x over up to 2^26 doubles 1 ≤ x < 2^53 (such as slowdowns): whole parts, then two times 26 bits of the fractions. */
export class FractionSum {
  readonly #whole = new ExactSum();
  #upper = 0;
  #lower = 0;

  add(x: number): void {
    const whole = Math.floor(x);
    const fraction = (x - whole) * HALF;
    const upper = Math.floor(fraction);
    this.#whole.add(whole, 1);
    this.#upper += upper;
    this.#lower += (fraction - upper) * HALF;
  }

  /** The sum ÷ `count`; undefined where that is 0. */
  mean(count: number): number | undefined {
    if (count === 0) return undefined;
    const sum = (this.#whole.value() << 52n) + (BigInt(this.#upper) << 26n) + BigInt(this.#lower);
    return ratio(sum, BigInt(count) << 52n);
  }
}

/** Σ weight × x over integers 0 ≤ x < 2^53 and any weights ≥ 0: a weight is an integer ÷ a power of two, summed by power. */
export class WeightedSum {
  readonly #byPower: ExactSum[] = [];
  #weight = 0;
  #mantissa = 0;
  #power = 0;

  add(weight: number, x: number): void {
    if (weight !== this.#weight) this.#split(weight);
    let sum = this.#byPower[this.#power];
    if (sum === undefined) {
      sum = new ExactSum();
      this.#byPower[this.#power] = sum;
    }
    sum.add(this.#mantissa, x);
  }

  /** The nearest double. */
  value(): number {
    const powers = this.#byPower.length;
    let total = 0n;
    for (const sum of this.#byPower) total = (total << 1n) + (sum?.value() ?? 0n);
    return powers === 0 ? 0 : ratio(total, 1n << BigInt(powers - 1));
  }

  #split(weight: number): void {
    this.#weight = weight;
    this.#mantissa = weight;
    this.#power = 0;
    while (!Number.isInteger(this.#mantissa)) {
      this.#mantissa *= 2;
      this.#power += 1;
    }
  }
}
