// Distributions: each one's draws against its own distribution function, mean and variance, its faults, and its very bits. The draws have
// fixed seeds; bounds on means and variances are 5 standard errors, that of Kolmogorov and Smirnov has probability 1e-5 for ideal draws.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, streamKey } from "../../src/engine/random.ts";
import {
  DISTRIBUTIONS,
  type Distribution,
  distributionFaults,
  leastOf,
  meanOf,
  sample,
  samplerOf,
} from "../../src/workload/distributions.ts";

const KEY = streamKey("1", "test");
const LAST = 1 - 2 ** -53;

function drawn(distribution: Distribution, n: number): Float64Array {
  const sampler = samplerOf(distribution);
  return Float64Array.from({ length: n }, (_, i) => sampler((index) => draw(KEY, 0, i, 1, index)));
}

/** Φ(z) by its series (Abramowitz and Stegun 26.2.10), for |z| up to 8. */
function normalCdf(z: number): number {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let term = z;
  let sum = z;
  for (let n = 1; Math.abs(term) > 1e-17; n++) {
    term *= (-z * z * (2 * n - 1)) / (2 * n * (2 * n + 1));
    sum += term;
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

const exponentialCdf = (mean: number) => (x: number) => 1 - Math.exp(-x / mean);

/** P(X ≤ x) as textbooks give it, and the variance, where finite. */
const CONTINUOUS: [string, Distribution, (x: number) => number, number?][] = [
  ["uniform", { distribution: "uniform", min: 2, max: 10 }, (x) => (x - 2) / 8, 64 / 12],
  ["exponential", { distribution: "exponential", mean: 20 }, exponentialCdf(20), 400],
  [
    "lognormal, cv 0.3",
    { distribution: "lognormal", mean: 20, cv: 0.3 },
    (x) => normalCdf((Math.log(x / 20) + Math.log(1.09) / 2) / Math.sqrt(Math.log(1.09))),
    36,
  ],
  [
    "lognormal, cv 2",
    { distribution: "lognormal", mean: 20, cv: 2 },
    (x) => normalCdf((Math.log(x / 20) + Math.log(5) / 2) / Math.sqrt(Math.log(5))),
  ],
  ["weibull, shape 2", { distribution: "weibull", shape: 2, scale: 3 }, (x) => 1 - Math.exp(-((x / 3) ** 2)), 9 * (1 - Math.PI / 4)],
  ["weibull, shape 0.5", { distribution: "weibull", shape: 0.5, scale: 3 }, (x) => 1 - Math.exp(-((x / 3) ** 0.5)), 9 * 20],
  ["pareto, shape 6", { distribution: "pareto", shape: 6, min: 2 }, (x) => 1 - (2 / x) ** 6, (4 * 6) / (25 * 4)],
  ["pareto, shape 0.9", { distribution: "pareto", shape: 0.9, min: 2 }, (x) => 1 - (2 / x) ** 0.9],
  ["hyperexponential, cv 1", { distribution: "hyperexponential", mean: 5, cv: 1 }, exponentialCdf(5), 25],
  [
    "hyperexponential, cv 3", // p = (1 + √0.8) / 2, means 5 / 2p
    { distribution: "hyperexponential", mean: 5, cv: 3 },
    (x) => {
      const p = (1 + Math.sqrt(0.8)) / 2;
      return p * exponentialCdf(2.5 / p)(x) + (1 - p) * exponentialCdf(2.5 / (1 - p))(x);
    },
    225,
  ],
  [
    "hyperexponential of three phases",
    { distribution: "hyperexponential", probabilities: [0.5, 0.3, 0.2], means: [1, 2, 10] },
    (x) => 0.5 * exponentialCdf(1)(x) + 0.3 * exponentialCdf(2)(x) + 0.2 * exponentialCdf(10)(x),
    2 * (0.5 + 0.3 * 4 + 0.2 * 100) - 3.1 ** 2,
  ],
];

const OTHERS: [string, Distribution][] = [
  ["constant", { distribution: "constant", value: 7.5 }],
  ["integer", { distribution: "integer", min: -3, max: 3 }],
  ["empirical", { distribution: "empirical", values: [5, 1, 1, 9] }],
  ["empirical, weighted", { distribution: "empirical", values: [5, 1, 2, 9], weights: [1, 0, 3.5, 0.5] }],
];

const ALL: [string, Distribution][] = [
  ...CONTINUOUS.map(([name, distribution]): [string, Distribution] => [name, distribution]),
  ...OTHERS,
];

test("every distribution is tested here", () => {
  expect(new Set(ALL.map(([, { distribution }]) => distribution))).toEqual(new Set(Object.keys(DISTRIBUTIONS)));
});

describe.each(CONTINUOUS)("%s", (_, distribution, cdf) => {
  test("follows its distribution function", () => {
    const n = 100_000;
    const draws = drawn(distribution, n);
    const distances = draws.toSorted().map((x, i) => Math.max((i + 1) / n - cdf(x), cdf(x) - i / n));
    const greatest = distances.reduce((most, distance) => Math.max(most, distance), 0);
    expect(greatest * Math.sqrt(n)).toBeLessThan(2.47); // 2 e^(−2 × 2.47²) = 1e-5
  });
});

describe.each(CONTINUOUS.filter(([, , , variance]) => variance !== undefined))("%s", (_, distribution, __, variance = 0) => {
  test("has its mean and variance", () => {
    const n = 100_000;
    const draws = drawn(distribution, n);
    const mean = draws.reduce((sum, x) => sum + x, 0) / n;
    expect(Math.abs(mean - meanOf(distribution))).toBeLessThan(5 * Math.sqrt(variance / n));
    const squares = draws.map((x) => (x - meanOf(distribution)) ** 2);
    const found = squares.reduce((sum, square) => sum + square, 0) / n;
    const error = Math.sqrt(squares.reduce((sum, square) => sum + (square - found) ** 2, 0)) / n; // by the draws' own fourth moment
    expect(Math.abs(found - variance)).toBeLessThan(5 * error);
  });
});

describe.each(ALL)("%s", (_, distribution) => {
  test("has no faults, and no draw below its least value, not even from extreme uniforms", () => {
    expect(distributionFaults(distribution)).toEqual([]);
    const uniforms = [0, 2 ** -53, 0.5, LAST];
    for (const first of uniforms) {
      for (const second of uniforms) {
        const value = sample(distribution, (index) => [first, second][index]);
        expect(Number.isFinite(value)).toBe(true);
        expect(Object.is(value, -0)).toBe(false);
        expect(value).toBeGreaterThanOrEqual(leastOf(distribution));
      }
    }
  });

  test("draws the same from the same uniforms, sampler or not", () => {
    const sampler = samplerOf(distribution);
    fc.assert(
      fc.property(fc.nat(), (i) => {
        const u = (index: number) => draw(KEY, 0, i, 1, index);
        expect(sampler(u)).toBe(sample(distribution, u));
        expect(sampler(u)).toBe(sampler(u));
      }),
      { seed: 11, numRuns: 100 },
    );
  });
});

describe("discrete ones", () => {
  /** Compares counts with probabilities: each within 5 standard deviations. */
  function expectShares(distribution: Distribution, shares: Record<number, number>): void {
    const n = 100_000;
    const counts = new Map<number, number>();
    for (const value of drawn(distribution, n)) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
      Object.keys(shares)
        .map(Number)
        .sort((a, b) => a - b),
    );
    for (const [value, share] of Object.entries(shares)) {
      const deviation = (counts.get(Number(value)) as number) - n * share;
      expect(Math.abs(deviation)).toBeLessThan(5 * Math.sqrt(n * share * (1 - share)));
    }
  }

  test("integer takes every value of its range alike", () => {
    expectShares({ distribution: "integer", min: -1, max: 2 }, { "-1": 0.25, 0: 0.25, 1: 0.25, 2: 0.25 });
    expect(sample({ distribution: "integer", min: 4, max: 4 }, () => LAST)).toBe(4);
    expect(meanOf({ distribution: "integer", min: -1, max: 2 })).toBe(0.5);
  });

  test("empirical takes each value by its weight, never one of weight 0", () => {
    expectShares({ distribution: "empirical", values: [5, 1, 1, 9] }, { 1: 0.5, 5: 0.25, 9: 0.25 });
    const weighted: Distribution = { distribution: "empirical", values: [3, 5, 1, 2, 9, 0], weights: [0, 1, 0, 3.5, 0.5, 0] };
    expectShares(weighted, { 5: 0.2, 2: 0.7, 9: 0.1 });
    expect(meanOf(weighted)).toBeCloseTo(3.3, 12);
    expect(leastOf(weighted)).toBe(2);
    expect(sample(weighted, () => LAST)).toBe(9);
    expect(sample(weighted, () => 0)).toBe(5);
  });

  test("constant draws nothing", () => {
    const never = () => expect.fail("drew");
    expect(sample({ distribution: "constant", value: 7.5 }, never)).toBe(7.5);
  });
});

describe("relations", () => {
  const u = fc.integer({ min: 0, max: 2 ** 53 - 1 }).map((n) => n / 2 ** 53);

  test("draws grow with the uniform: inversion keeps common random numbers comparable", () => {
    const inverted = CONTINUOUS.filter(([, { distribution }]) => distribution !== "hyperexponential");
    fc.assert(
      fc.property(fc.constantFrom(...inverted), u, u, ([, distribution], a, b) => {
        const [low, high] = [a, b].sort((x, y) => x - y).map((value) => sample(distribution, () => value));
        expect(low).toBeLessThanOrEqual(high);
      }),
      { seed: 12, numRuns: 1000 },
    );
  });

  test("weibull of shape 1 is exponential; lognormal of cv 0, and uniform from a to a, are constant", () => {
    fc.assert(
      fc.property(u, fc.integer({ min: 1, max: 1e6 }), (value, mean) => {
        const of = (distribution: Distribution) => sample(distribution, () => value);
        expect(of({ distribution: "weibull", shape: 1, scale: mean })).toBe(of({ distribution: "exponential", mean }));
        expect(of({ distribution: "lognormal", mean, cv: 0 })).toBe(mean);
        expect(of({ distribution: "uniform", min: mean, max: mean })).toBe(mean);
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  test("means are those of the textbooks", () => {
    expect(meanOf({ distribution: "weibull", shape: 0.5, scale: 3 })).toBeCloseTo(6, 12);
    expect(meanOf({ distribution: "weibull", shape: 2, scale: 3 })).toBeCloseTo((3 * Math.sqrt(Math.PI)) / 2, 12);
    expect(meanOf({ distribution: "pareto", shape: 3, min: 2 })).toBe(3);
    expect(meanOf({ distribution: "pareto", shape: 1, min: 2 })).toBe(Number.POSITIVE_INFINITY);
    expect(meanOf({ distribution: "hyperexponential", probabilities: [0.5, 0.3, 0.2], means: [1, 2, 10] })).toBeCloseTo(3.1, 12);
    expect(meanOf({ distribution: "hyperexponential", mean: 5, cv: 3 })).toBe(5);
  });
});

describe("faults", () => {
  test.each<[Distribution, string[]]>([
    [{ distribution: "constant", value: Number.NaN }, ["value must be a finite number"]],
    [{ distribution: "uniform", min: 3, max: 2 }, ["max must be at least min"]],
    [{ distribution: "uniform", min: 0, max: Number.POSITIVE_INFINITY }, ["max must be a finite number", "max − min must be below 2^53"]],
    [{ distribution: "integer", min: 0.5, max: 2 }, ["min must be a whole number"]],
    [{ distribution: "integer", min: 3, max: 2 }, ["max must be at least min"]],
    [{ distribution: "integer", min: -(2 ** 52), max: 2 ** 52 }, ["max − min must be below 2^53"]],
    [{ distribution: "exponential", mean: 0 }, ["mean must be a finite number above 0"]],
    [{ distribution: "lognormal", mean: -1, cv: -0.1 }, ["mean must be a finite number above 0", "cv must be at least 0"]],
    [{ distribution: "lognormal", mean: 1, cv: 1e7 }, ["cv must be at most 1000000"]],
    [{ distribution: "weibull", shape: 0, scale: -1 }, ["shape must be a finite number above 0", "scale must be a finite number above 0"]],
    [{ distribution: "pareto", shape: 1, min: 0 }, ["min must be a finite number above 0"]],
    [{ distribution: "hyperexponential", mean: 5, cv: 0.9 }, ["cv must be at least 1"]],
    [{ distribution: "hyperexponential", mean: 5, cv: Number.NaN }, ["cv must be at least 1"]],
    [{ distribution: "hyperexponential", probabilities: [], means: [] }, ["means must not be empty", "probabilities must sum to 1"]],
    [
      { distribution: "hyperexponential", probabilities: [1.5, -0.5, 0], means: [1, 0] },
      ["probabilities must be as many as means", "probabilities must be at least 0", "means must be finite numbers above 0"],
    ],
    [{ distribution: "empirical", values: [] }, ["values must not be empty"]],
    [{ distribution: "empirical", values: [1, Number.NaN] }, ["values must be finite numbers"]],
    [{ distribution: "empirical", values: [1, 2], weights: [1] }, ["weights must be as many as values"]],
    [{ distribution: "empirical", values: [1, 2], weights: [1, -1] }, ["weights must be finite numbers of at least 0"]],
    [{ distribution: "empirical", values: [1, 2], weights: [0, 0] }, ["one weight must be above 0"]],
  ])("%j", (distribution, faults) => {
    expect(distributionFaults(distribution)).toEqual(faults);
  });
});

test("every draw is the same on every machine", () => {
  const twentieth = Object.fromEntries(ALL.map(([name, distribution]) => [name, drawn(distribution, 20)[19]]));
  expect(twentieth).toEqual({
    constant: 7.5,
    empirical: 1,
    "empirical, weighted": 2,
    exponential: 20.22735329815243,
    "hyperexponential of three phases": 1.9795194267863827,
    "hyperexponential, cv 1": 4.948798566965957,
    "hyperexponential, cv 3": 2.612292829450935,
    integer: 1,
    "lognormal, cv 0.3": 21.22029316947018,
    "lognormal, cv 2": 13.917830387523878,
    "pareto, shape 0.9": 6.152687821306254,
    "pareto, shape 6": 2.3672015053992705,
    uniform: 7.090230475709086,
    "weibull, shape 0.5": 3.068593660862085,
    "weibull, shape 2": 3.017003311925361,
  });
});
