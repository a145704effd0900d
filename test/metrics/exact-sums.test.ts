import fc from "fast-check";
import { expect, test } from "vitest";
import { FractionSum, WeightedSum } from "../../src/metrics/exact-sums.ts";
import { nearestRank } from "../../src/metrics/nearest-rank.ts";
import { ExactSum, ratio } from "../../src/model/exact-sum.ts";
import { runs, seed } from "../fuzz-runs.ts";

const large = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const slowdown = fc.double({ min: 1, max: 1e9, noNaN: true });

test("ExactSum is what BigInt says, small and large products mixed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(large, fc.nat(9)), fc.oneof(large, fc.nat(9))), { maxLength: 40 }), (terms) => {
      const sum = new ExactSum();
      for (const [a, b] of terms) sum.add(a, b);
      expect(sum.value()).toBe(terms.reduce((total, [a, b]) => total + BigInt(a) * BigInt(b), 0n));
    }),
    { seed: seed(1), numRuns: runs(300) },
  );
});

test("a mean of slowdowns does not depend on their order, and is right to the last bits", () => {
  fc.assert(
    fc.property(fc.array(slowdown, { minLength: 1, maxLength: 30 }), (values) => {
      const meanOf = (order: number[]) => {
        const sum = new FractionSum();
        for (const value of order) sum.add(value);
        return sum.mean(order.length) as number;
      };
      const mean = meanOf(values);
      expect(meanOf(values.toReversed())).toBe(mean);
      const exact = values.reduce(
        (total, value) => total + BigInt(Math.floor(value)) * (1n << 52n) + BigInt((value - Math.floor(value)) * 2 ** 52),
        0n,
      );
      expect(mean).toBe(ratio(exact, BigInt(values.length) << 52n));
      expect(Math.abs(mean - values.reduce((a, b) => a + b) / values.length)).toBeLessThan(1e-9 * mean);
    }),
    { seed: seed(2), numRuns: runs(300) },
  );
});

test("a weighted sum does not depend on the order either, whatever the weights", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), fc.nat(5)), fc.nat()), { maxLength: 30 }),
      (terms) => {
        const sumOf = (order: typeof terms) => {
          const sum = new WeightedSum();
          for (const [weight, x] of order) sum.add(weight, x);
          return sum.value();
        };
        const sum = sumOf(terms);
        expect(sumOf(terms.toReversed())).toBe(sum);
        const naive = terms.reduce((total, [weight, x]) => total + weight * x, 0);
        expect(Math.abs(sum - naive)).toBeLessThanOrEqual(1e-12 * naive);
      },
    ),
    { seed: seed(3), numRuns: runs(300) },
  );
});

test("tenths add up as they are stored: ten times 0.1 is not lost or gained", () => {
  const sum = new WeightedSum();
  for (let i = 0; i < 10; i++) sum.add(0.1, 1);
  expect(sum.value()).toBe(1);
});

test("nearest rank is the value at its place in the sorted list, ties and order regardless", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, fraction) => {
      const sorted = [...values].sort((a, b) => a - b);
      expect(nearestRank(Float64Array.from(values), fraction)).toBe(sorted[Math.max(0, Math.ceil(fraction * values.length) - 1)]);
    }),
    { seed: seed(4), numRuns: runs(500) },
  );
});
