// Statistics: Student's distribution against a table of high precision, the rest against hand-made and independent computations.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalQuantile } from "../../src/engine/exact-math.ts";
import { draw, streamKey } from "../../src/engine/random.ts";
import {
  ci95HalfWidth,
  geometricMean,
  holmIntervals,
  mean,
  nearestRank,
  type PairedRatio,
  pairedRatio,
  sampleStandardDeviation,
  studentCdf,
  studentQuantile,
} from "../../src/experiment/statistics.ts";

const runs = { seed: 314_159, numRuns: 500 };

/** Quantiles of Student's distribution at 0.6, 0.75, 0.9, 0.975, 0.995 and 0.9995, by degrees of freedom; from 120-bit integrals of its density. */
const LEVELS = [0.6, 0.75, 0.9, 0.975, 0.995, 0.9995];
const TABLE: [number, number[]][] = [
  [1, [0.32491969623290623, 1, 3.077683537175254, 12.706204736174694, 63.656741162871526, 636.6192487687897]],
  [2, [0.2886751345948128, 0.816496580927726, 1.885618083164127, 4.302652729749462, 9.92484320091829, 31.599054576445365]],
  [3, [0.27667066233268983, 0.7648923284043453, 1.6377443536962104, 3.1824463052837086, 5.840909309733355, 12.923978636687965]],
  [5, [0.26718086570414507, 0.7266868438004227, 1.4758840488244813, 2.5705818356363146, 4.032142983555227, 6.868826625881275]],
  [10, [0.26018482949208016, 0.6998120613124317, 1.3721836411103359, 2.2281388519862744, 3.169272672616951, 4.586893858702708]],
  [29, [0.2556836345712561, 0.6830438608216132, 1.311433647301551, 2.045229642132704, 2.7563859036706053, 3.6594050194663743]],
  [30, [0.2556053649519127, 0.6827556933212926, 1.3104150253913958, 2.0422724563012378, 2.749995653567225, 3.6459586350420627]],
  [120, [0.2539095232149285, 0.6765397249125202, 1.288646233656378, 1.9799304050824404, 2.617421145106866, 3.3734537685625337]],
  [1000, [0.2534145158394987, 0.6747351646070094, 1.2823987214609245, 1.962339080826408, 2.5807546980659506, 3.300282648423944]],
  [1000000, [0.2533471705378416, 0.6744899955310873, 1.2815524121299386, 1.9599663568141066, 2.575834220105334, 3.2905364612487222]],
];

describe("studentQuantile", () => {
  test.each(TABLE)("is within 1e-12 of the table for %d degrees of freedom, on both sides", (df, quantiles) => {
    LEVELS.forEach((level, i) => {
      expect(Math.abs(studentQuantile(level, df) / quantiles[i] - 1)).toBeLessThan(1e-12);
      expect(Math.abs(studentQuantile(1 - level, df) / -quantiles[i] - 1)).toBeLessThan(1e-12);
      expect(Math.abs(studentCdf(quantiles[i], df) - level)).toBeLessThan(1e-14);
      expect(Math.abs(studentCdf(-quantiles[i], df) / (1 - level) - 1)).toBeLessThan(1e-12);
    });
  });

  test("is what printed tables say", () => {
    expect(studentQuantile(0.975, 1).toFixed(3)).toBe("12.706");
    expect(studentQuantile(0.975, 2).toFixed(3)).toBe("4.303");
    expect(studentQuantile(0.975, 29)).toBeCloseTo(2.045229642, 9);
    expect(studentQuantile(0.995, 9).toFixed(3)).toBe("3.250");
  });

  test("has closed forms for 1 and 2 degrees of freedom, far into the tails and close to the middle", () => {
    for (const p of [1e-100, 1e-30, 1e-12, 1e-6, 0.01, 0.2, 0.45, 0.499999, 0.5000001, 0.7, 0.999, 1 - 2 ** -40]) {
      const one = -1 / Math.tan(Math.PI * p);
      const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
      expect(Math.abs(studentQuantile(p, 2) / two - 1), `p = ${p}`).toBeLessThan(1e-12);
      if (p < 0.4) expect(Math.abs(studentQuantile(p, 1) / one - 1), `p = ${p}`).toBeLessThan(1e-12); // beyond, the tangent is off
    }
  });

  test("approaches the normal quantile", () => {
    for (const p of [1e-6, 0.01, 0.3, 0.975]) expect(studentQuantile(p, 1e12)).toBeCloseTo(normalQuantile(p), 9);
  });

  test("is inverted by studentCdf, odd about one half, and ends in infinities", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 - 1 }), fc.integer({ min: 1, max: 2000 }), (n, df) => {
        const p = n / 2 ** 20;
        const t = studentQuantile(p, df);
        expect(Math.abs(studentCdf(t, df) / p - 1)).toBeLessThan(1e-12);
        expect(t).toBe(0 - studentQuantile(1 - p, df));
        expect(studentCdf(t, df) + studentCdf(-t, df)).toBeCloseTo(1, 14);
      }),
      runs,
    );
    expect(studentQuantile(0, 5)).toBe(Number.NEGATIVE_INFINITY);
    expect(studentQuantile(1, 5)).toBe(Number.POSITIVE_INFINITY);
    expect(studentCdf(Number.POSITIVE_INFINITY, 5)).toBe(1);
    expect(studentCdf(Number.NEGATIVE_INFINITY, 5)).toBe(0);
    expect(studentCdf(0, 5)).toBe(0.5);
  });

  test.each([
    [-0.1, 5],
    [1.1, 5],
    [Number.NaN, 5],
    [0.5, 0],
    [0.5, Number.NaN],
  ])("refuses p = %d, df = %d", (p, df) => {
    expect(() => studentQuantile(p, df)).toThrow(RangeError);
  });
});

describe("summaries", () => {
  test("of nothing and of one value", () => {
    expect([mean([]), geometricMean([]), sampleStandardDeviation([]), ci95HalfWidth([])]).toEqual(Array(4).fill(undefined));
    expect([mean([3]), geometricMean([3]), sampleStandardDeviation([3]), ci95HalfWidth([3])]).toEqual([3, 3, undefined, undefined]);
  });

  test("of a few values, by hand", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(sampleStandardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(ci95HalfWidth(values)).toBeCloseTo((2.364624251592785 * Math.sqrt(32 / 7)) / Math.sqrt(8), 12); // t(0.975, 7)
    expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 13);
    expect(geometricMean([0.1, 0.1, 0.1])).toBe(0.1);
  });

  test("a geometric mean needs finite values above 0", () => {
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(geometricMean([1, bad, 2])).toBeUndefined();
  });

  test("n equal values have themselves as mean and no deviation, whatever the value", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), fc.integer({ min: 2, max: 100 }), (value, n) => {
        const values = Array<number>(n).fill(value);
        expect(mean(values)).toBe(value);
        expect(ci95HalfWidth(values)).toBe(0);
      }),
      runs,
    );
  });

  test("sums lose nothing to cancellation", () => {
    expect(mean([1, 1e100, 1, -1e100])).toBe(0.5);
  });

  test("the interval holds the true mean in 95 % of samples", () => {
    const key = streamKey("1", "test");
    const trials = 4000;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const values = Array.from({ length: 5 }, (_, i) => normalQuantile(draw(key, 0, trial, 1, i)));
      if (Math.abs(mean(values) as number) <= (ci95HalfWidth(values) as number)) held++;
    }
    expect(Math.abs(held - 0.95 * trials) / Math.sqrt(trials * 0.95 * 0.05)).toBeLessThan(4); // sigmas
  });
});

describe("nearestRank", () => {
  test.each([
    [5, 15],
    [30, 20],
    [40, 20],
    [50, 35],
    [100, 50],
    [0, 15],
  ])("%d % of the textbook's five values is %d", (percent, expected) => {
    expect(nearestRank([15, 20, 35, 40, 50], percent)).toBe(expected);
    expect(nearestRank([40, 15, 50, 35, 20], percent)).toBe(expected);
  });

  test("does not round 28 % of 25, which is 7.000000000000001 in floats, up to the eighth", () => {
    const values = Array.from({ length: 25 }, (_, i) => i + 1);
    expect(nearestRank(values, 28)).toBe(7);
    expect(nearestRank(values, 28.1)).toBe(8);
  });

  test("is the least value with at least that share of the values at or below it, and leaves its input alone", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 100 }), (values, percent) => {
        const before = [...values];
        const found = nearestRank(values, percent) as number;
        const share = (x: number) => values.filter((value) => value <= x).length * 100;
        expect(values).toEqual(before);
        expect(share(found)).toBeGreaterThanOrEqual(percent * values.length);
        for (const value of values) if (value < found) expect(share(value)).toBeLessThan(percent * values.length);
        expect(nearestRank(Float64Array.from(values), percent)).toBe(found);
      }),
      runs,
    );
  });

  test("of nothing is undefined, beyond 0 to 100 an error", () => {
    expect(nearestRank([], 50)).toBeUndefined();
    for (const percent of [-1, 101, Number.NaN]) expect(() => nearestRank([1], percent)).toThrow(RangeError);
  });
});

describe("pairedRatio", () => {
  test("by hand: ratios 2, 4 and 8", () => {
    const found = pairedRatio([2, 8, 24], [1, 2, 3]) as PairedRatio;
    const halfWidth = (4.302652729749462 * Math.log(2)) / Math.sqrt(3); // t(0.975, 2) × deviation ÷ √3
    expect(found.ratio).toBeCloseTo(4, 13);
    expect(found.low).toBeCloseTo(4 * Math.exp(-halfWidth), 12);
    expect(found.high).toBeCloseTo(4 * Math.exp(halfWidth), 11);
    expect(found.p).toBeCloseTo(2 * studentCdf(-2 * Math.sqrt(3), 2), 13);
    expect(found.distinguished).toBe(false);
    const wider = pairedRatio([2, 8, 24], [1, 2, 3], 0.8) as PairedRatio;
    expect(wider.distinguished).toBe(true);
    expect(wider.low).toBeGreaterThan(1);
  });

  test("equal ratios are exact, and their interval is one point", () => {
    expect(pairedRatio([0.3, 0.7, 1.1], [0.1, 0.7 / 3, 1.1 / 3])?.ratio).toBeCloseTo(3, 14);
    expect(pairedRatio([2, 6, 10], [1, 3, 5])).toEqual({ ratio: 2, low: 2, high: 2, p: 0, distinguished: true });
    expect(pairedRatio([0.1, 7, 1e9], [0.1, 7, 1e9])).toEqual({ ratio: 1, low: 1, high: 1, p: 1, distinguished: false });
  });

  test("a single pair has a ratio and no interval", () => {
    expect(pairedRatio([3], [2])).toEqual({ ratio: 1.5, low: undefined, high: undefined, p: undefined, distinguished: false });
  });

  test("is undefined where there is no ratio, and refuses lists of different lengths", () => {
    expect(pairedRatio([], [])).toBeUndefined();
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(pairedRatio([1, bad], [1, 1])).toBeUndefined();
      expect(pairedRatio([1, 1], [1, bad])).toBeUndefined();
    }
    expect(() => pairedRatio([1, 2], [1])).toThrow(RangeError);
  });

  test("turns over with its arguments, and does not depend on the unit", () => {
    const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, positive), { minLength: 2, maxLength: 20 }), (pairs) => {
        const policy = pairs.map(([value]) => value);
        const best = pairs.map(([, value]) => value);
        const found = pairedRatio(policy, best) as Required<PairedRatio>;
        const turned = pairedRatio(best, policy) as Required<PairedRatio>;
        const scaled = pairedRatio(
          policy.map((value) => value * 1024),
          best.map((value) => value * 1024),
        );
        expect(scaled).toEqual(found);
        expect(Math.log(turned.ratio)).toBeCloseTo(-Math.log(found.ratio), 12);
        expect(Math.log(turned.low as number)).toBeCloseTo(-Math.log(found.high as number), 9);
        expect(found.low).toBeLessThanOrEqual(found.ratio);
        expect(found.high).toBeGreaterThanOrEqual(found.ratio);
      }),
      runs,
    );
  });
});

describe("holmIntervals", () => {
  const key = streamKey("1", "holm");

  /** A policy against the best on n seeds: logarithms of the ratio are normal about `centre`, of standard deviation `deviation`. */
  function pairs(position: number, n: number, centre: number, deviation: number) {
    const best = Array.from({ length: n }, (_, i) => 10 + i);
    const policy = best.map((value, i) => value * Math.exp(centre + deviation * normalQuantile(draw(key, 0, position, 1, i))));
    return { policy, best };
  }

  test("by hand: the i-th smallest p has the confidence 1 − α ÷ (m − i + 1), from the first that holds 1 on the same", () => {
    // Logarithms 1 ± d with two seeds: p = P(|T₁| > 1 ÷ d) = 1 − 2/π atan(1 ÷ d), so p = 0.01, 0.02, 0.03 and 0.9 for these.
    const of = (p: number) => {
      const d = Math.tan((p * Math.PI) / 2);
      return { policy: [Math.exp(1 + d), Math.exp(1 - d)], best: [1, 1] };
    };
    const wanted = [0.9, 0.02, 0.01, 0.03];
    const found = holmIntervals(wanted.map(of), 0.95) as PairedRatio[];
    for (const [i, { p }] of found.entries()) expect(p).toBeCloseTo(wanted[i], 12);
    // α ÷ 4 = 0.0125 ≥ 0.01: distinguished. α ÷ 3 = 0.0167 < 0.02: not; it and the two after it stay at α ÷ 3.
    expect(found.map((result) => result.distinguished)).toEqual([false, false, true, false]);
    const alphas = [0.05 / 3, 0.05 / 3, 0.05 / 4, 0.05 / 3];
    found.forEach((result, i) => {
      const halfWidth = studentQuantile(1 - alphas[i] / 2, 1) * Math.tan((wanted[i] * Math.PI) / 2);
      expect(Math.log(result.low as number)).toBeCloseTo(1 - halfWidth, 9);
      expect(Math.log(result.high as number)).toBeCloseTo(1 + halfWidth, 9);
    });
    // On its own, or one of two, 0.02 is distinguished.
    expect(holmIntervals([of(0.02), of(0.9)])[0]?.distinguished).toBe(true);
    expect(holmIntervals([of(0.03)])).toEqual([pairedRatio(of(0.03).policy, [1, 1])]);
  });

  test("rejects exactly what the step-down procedure rejects, which is when the interval leaves out 1", () => {
    const comparison = fc.tuple(
      fc.integer({ min: 2, max: 30 }),
      fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      fc.constantFrom(0.01, 0.1, 0.3),
    );
    fc.assert(
      fc.property(fc.array(comparison, { minLength: 1, maxLength: 12 }), fc.constantFrom(0.8, 0.95, 0.99), (settings, confidence) => {
        const comparisons = settings.map(([n, centre, deviation], i) => pairs(i, n, centre, deviation));
        const found = holmIntervals(comparisons, confidence) as PairedRatio[];
        // Holm's adjusted p-values: the running maximum of (m − i + 1) p.
        const order = found.map((_, i) => i).sort((a, b) => (found[a].p as number) - (found[b].p as number));
        let adjusted = 0;
        order.forEach((at, i) => {
          adjusted = Math.max(adjusted, (order.length - i) * (found[at].p as number));
          expect(found[at].distinguished).toBe(adjusted <= 1 - confidence);
          expect(found[at].distinguished).toBe((found[at].low as number) > 1 || (found[at].high as number) < 1);
          const alone = pairedRatio(comparisons[at].policy, comparisons[at].best, confidence) as PairedRatio;
          expect(found[at].ratio).toBe(alone.ratio);
          expect(found[at].low).toBeLessThanOrEqual((alone.low as number) * (1 + 1e-12));
        });
      }),
      runs,
    );
  });

  test("counts only comparisons that have a p-value, and passes the others through", () => {
    const clear = pairs(1, 10, 0.2, 0.05);
    const single = { policy: [3], best: [2] };
    const impossible = { policy: [0, 1], best: [1, 1] };
    const same = { policy: [1, 2], best: [1, 2] };
    const found = holmIntervals([single, clear, impossible]);
    expect(found).toEqual([pairedRatio([3], [2]), pairedRatio(clear.policy, clear.best), undefined]);
    expect(holmIntervals([same, same, clear]).map((result) => result?.distinguished)).toEqual([false, false, true]);
    expect(holmIntervals([])).toEqual([]);
  });

  test("distinguishes any of five policies that equal the best in no more than 5 % of experiments", () => {
    const trials = 2000;
    let wrong = 0;
    for (let trial = 0; trial < trials; trial++) {
      const comparisons = Array.from({ length: 5 }, (_, i) => pairs(1000 + trial * 5 + i, 6, 0, 0.1));
      if (holmIntervals(comparisons).some((result) => result?.distinguished)) wrong++;
    }
    // Independent comparisons: 1 − 0.99^5 = 4.9 %; within 4 standard deviations of it, above and below.
    const rate = 1 - 0.99 ** 5;
    expect(Math.abs(wrong - rate * trials) / Math.sqrt(trials * rate * (1 - rate))).toBeLessThan(4);
  });
});
