// Quantities as exact integers: what vanishes is refused, and parts of durations round up as decimals do.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBytes, parseCount, parseDuration, parseThousandths, partOf } from "../../src/model/units.ts";

describe("an amount above 0 that rounds to 0", () => {
  test.each([
    [parseThousandths, 0.0001, '"0.0001" is below the resolution, which is 1/1000, and would be 0'],
    [parseThousandths, "0.4m", '"0.4m" is below the resolution, which is 1/1000, and would be 0'],
    [parseDuration, 1e-7, '"1e-7" is below the resolution, which is 1 µs, and would be 0'],
    [parseDuration, "0.4us", '"0.4us" is below the resolution, which is 1 µs, and would be 0'],
    [parseBytes, 0.3, '"0.3" is below the resolution, which is 1 byte, and would be 0'],
    [parseCount, 0.3, '"0.3" is not a whole number'],
  ])("%o of %s is refused", (parse, input, message) => {
    expect(() => parse(input)).toThrow(message);
  });

  test("what rounds to the least amount is taken, and so is 0 however it is written", () => {
    expect([parseThousandths(0.0005), parseDuration(5e-7), parseBytes("0.5B")]).toEqual([1, 1, 1]);
    expect([parseThousandths("0.000"), parseDuration("0e9 h"), parseBytes(-0), parseCount(0)]).toEqual([0, 0, 0, 0]);
  });
});

describe("partOf", () => {
  test.each([
    [3_000_000, 0.07, 210_000],
    [3_000_000, 0.1, 300_000],
    [3_000_001, 0.1, 300_001],
    [1, 1e-9, 1],
    [0, 0.5, 0],
    [10, 0.99999999999, 10],
    [9_007_199_254_740_991, 0.5, 4_503_599_627_370_496],
    [9_007_199_254_740_991, 1, 9_007_199_254_740_991],
  ])("of %i µs and %d is %i µs", (duration, part, expected) => {
    expect(partOf(duration, part)).toBe(expected);
  });

  test("rounds the product of the decimals up, exactly", () => {
    const decimal = fc.tuple(fc.integer({ min: 1, max: 10 ** 12 }), fc.integer({ min: 12, max: 20 }));
    const duration = fc.oneof(
      fc.integer({ min: 0, max: 10 ** 8 }),
      fc.nat(1000).map((n) => n * 1_000_000),
      fc.maxSafeNat(),
    );
    fc.assert(
      fc.property(duration, decimal, (time, [numerator, places]) => {
        const denominator = 10n ** BigInt(places);
        const exact = (BigInt(time) * BigInt(numerator) + denominator - 1n) / denominator;
        expect(partOf(time, Number(`${numerator}e-${places}`))).toBe(Number(exact));
      }),
      { seed: 5, numRuns: 5000 },
    );
  });

  test("leaves what is no time as it is", () => {
    expect([partOf(Number.NaN, 0.5), partOf(Number.POSITIVE_INFINITY, 0.5)]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
  });
});
