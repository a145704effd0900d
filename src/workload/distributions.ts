// Distributions by name, as plain data: what is wrong with one, its mean, its least value, and a sampler that turns uniform
// numbers into draws. Values are real numbers in the unit of the parameters; the caller rounds them to integers at once.
import { exp, log, logGamma, normalQuantile, pow } from "../engine/exact-math.ts";
import { drawInteger } from "../engine/random.ts";

export type Distribution =
  | { readonly distribution: "constant"; readonly value: number }
  | { readonly distribution: "uniform"; readonly min: number; readonly max: number }
  | { readonly distribution: "integer"; readonly min: number; readonly max: number }
  | { readonly distribution: "exponential"; readonly mean: number }
  | { readonly distribution: "lognormal"; readonly mean: number; readonly cv: number }
  | { readonly distribution: "weibull"; readonly shape: number; readonly scale: number }
  | { readonly distribution: "pareto"; readonly shape: number; readonly min: number }
  | { readonly distribution: "hyperexponential"; readonly mean: number; readonly cv: number }
  | { readonly distribution: "hyperexponential"; readonly probabilities: readonly number[]; readonly means: readonly number[] }
  | { readonly distribution: "empirical"; readonly values: readonly number[]; readonly weights?: readonly number[] | undefined };

export type DistributionName = Distribution["distribution"];

/** Independent uniform numbers in [0, 1), multiples of 2^-53, by index. */
export type Uniforms = (index: number) => number;

/** Draws one value; which indices it reads depends on the distribution alone, never on what it read. */
export type Sampler = (u: Uniforms) => number;

/** What a distribution must tell; `mean`, `least` and `sampler` are asked only of one without faults. */
interface Kind<D> {
  faults(distribution: D): string[];
  mean(distribution: D): number;
  least(distribution: D): number;
  sampler(distribution: D): Sampler;
}

/** Every distribution there is, by name. */
export const DISTRIBUTIONS: { readonly [N in DistributionName]: Kind<Extract<Distribution, { distribution: N }>> } = {
  constant: {
    faults: ({ value }) => notFinite({ value }),
    mean: ({ value }) => value,
    least: ({ value }) => value,
    sampler:
      ({ value }) =>
      () =>
        value,
  },
  /** Every real number of [min, max) alike. */
  uniform: {
    faults: ({ min, max }) => [...notFinite({ min, max }), ...disordered(min, max), ...tooWide(min, max)],
    mean: ({ min, max }) => min + (max - min) / 2,
    least: ({ min }) => min,
    sampler:
      ({ min, max }) =>
      (u) =>
        Math.min(max, min + u(0) * (max - min)),
  },
  /** Every whole number of min … max, both included, alike. */
  integer: {
    faults: ({ min, max }) => [...notWhole({ min, max }), ...disordered(min, max), ...tooWide(min, max)],
    mean: ({ min, max }) => min + (max - min) / 2,
    least: ({ min }) => min,
    sampler:
      ({ min, max }) =>
      (u) =>
        drawInteger(u(0), min, max),
  },
  exponential: {
    faults: ({ mean }) => notPositive({ mean }),
    mean: ({ mean }) => mean,
    least: () => 0,
    sampler:
      ({ mean }) =>
      (u) =>
        mean * unitExponential(u(0)),
  },
  /** By its mean and coefficient of variation: σ² = ln(1 + cv²), μ = ln mean − σ²/2 (Johnson, Kotz and Balakrishnan 1994, ch. 14). */
  lognormal: {
    faults: ({ mean, cv }) => [...notPositive({ mean }), ...(cv >= 0 ? [] : ["cv must be at least 0"]), ...cvTooGreat(cv)],
    mean: ({ mean }) => mean,
    least: () => 0,
    sampler: ({ mean, cv }) => {
      const variance = log(1 + cv * cv);
      const deviation = Math.sqrt(variance);
      return (u) => mean * exp(deviation * normalQuantile(inside(u(0))) - variance / 2);
    },
  },
  /** P(X > x) = e^−(x ÷ scale)^shape (Weibull 1951). */
  weibull: {
    faults: ({ shape, scale }) => notPositive({ shape, scale }),
    mean: ({ shape, scale }) => scale * exp(logGamma(1 + 1 / shape)),
    least: () => 0,
    sampler:
      ({ shape, scale }) =>
      (u) =>
        scale * pow(unitExponential(u(0)), 1 / shape),
  },
  /** P(X > x) = (min ÷ x)^shape for x ≥ min; the mean is infinite for shape ≤ 1. */
  pareto: {
    faults: ({ shape, min }) => notPositive({ shape, min }),
    mean: ({ shape, min }) => (shape > 1 ? (min * shape) / (shape - 1) : Number.POSITIVE_INFINITY),
    least: ({ min }) => min,
    sampler:
      ({ shape, min }) =>
      (u) =>
        min * pow(1 - u(0), -1 / shape),
  },
  /**
   * A mixture of exponentials, by the probabilities and means of its phases, or by its mean and coefficient of variation: two
   * phases with balanced means, p₁ m₁ = p₂ m₂ (Whitt 1982, "Approximating a point process by a renewal process, I").
   */
  hyperexponential: {
    faults: (distribution) => {
      if ("means" in distribution) return phaseFaults(distribution.probabilities, distribution.means);
      const { mean, cv } = distribution;
      return [...notPositive({ mean }), ...(cv >= 1 ? [] : ["cv must be at least 1"]), ...cvTooGreat(cv)];
    },
    mean: (distribution) => {
      if (!("means" in distribution)) return distribution.mean;
      return weightedMean(distribution.means, distribution.probabilities);
    },
    least: () => 0,
    sampler: (distribution) => {
      const { probabilities, means } = "means" in distribution ? distribution : balancedMeans(distribution.mean, distribution.cv);
      const phase = chooser(probabilities);
      return (u) => means[phase(u(0))] * unitExponential(u(1));
    },
  },
  /** One of the values, each as likely as the others or in proportion to its weight. */
  empirical: {
    faults: ({ values, weights }) => [
      ...(values.length > 0 ? [] : ["values must not be empty"]),
      ...(values.every(Number.isFinite) ? [] : ["values must be finite numbers"]),
      ...(weights === undefined ? [] : weightFaults(weights, values.length)),
    ],
    mean: ({ values, weights }) => weightedMean(values, weights ?? values.map(() => 1)),
    least: ({ values, weights }) =>
      values.reduce((least, value, i) => (weights?.[i] === 0 ? least : Math.min(least, value)), Number.POSITIVE_INFINITY),
    sampler: ({ values, weights }) => {
      const choose = weights === undefined ? (u: number) => drawInteger(u, 0, values.length - 1) : chooser(weights);
      return (u) => values[choose(u(0))];
    },
  },
};

/** What is wrong with a distribution's parameters, one phrase each, such as "max must be at least min"; empty if nothing is. */
export function distributionFaults(distribution: Distribution): string[] {
  return kindOf(distribution).faults(distribution);
}

/** The mean, in the unit of the parameters; Infinity where it does not exist. */
export function meanOf(distribution: Distribution): number {
  return kindOf(distribution).mean(distribution);
}

/** The greatest number that no draw is below: for callers that need durations or sizes to be at least 0. */
export function leastOf(distribution: Distribution): number {
  return kindOf(distribution).least(distribution);
}

/** A sampler of the distribution, with all that does not depend on the draw computed once. Heavy tails can reach Infinity. */
export function samplerOf(distribution: Distribution): Sampler {
  return kindOf(distribution).sampler(distribution);
}

/** One draw; for many, keep the sampler. */
export function sample(distribution: Distribution, u: Uniforms): number {
  return samplerOf(distribution)(u);
}

function kindOf(distribution: Distribution): Kind<Distribution> {
  return DISTRIBUTIONS[distribution.distribution] as Kind<Distribution>;
}

/** An exponential draw of mean 1, by inversion. */
function unitExponential(u: number): number {
  return 0 - log(1 - u);
}

/** u, or the middle of its first step in place of 0, whose normal quantile is infinite. */
function inside(u: number): number {
  return u === 0 ? 5.551115123125783e-17 : u; // 2^-54
}

/** Chooses an index with probability in proportion to its weight. */
function chooser(weights: readonly number[]): (u: number) => number {
  let total = 0;
  const upTo = weights.map((weight) => {
    total += weight;
    return total;
  });
  return (u) => {
    const target = u * total;
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (upTo[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i] * weights[i];
    total += weights[i];
  }
  return sum / total;
}

/** Two phases with p₁ m₁ = p₂ m₂: p = (1 ± √((cv² − 1) ÷ (cv² + 1))) ÷ 2, m = mean ÷ 2p. */
function balancedMeans(mean: number, cv: number): { probabilities: number[]; means: number[] } {
  const square = cv * cv;
  const root = Math.sqrt((square - 1) / (square + 1));
  const often = (1 + root) / 2;
  const seldom = 1 / (square + 1) / (1 + root); // = (1 − root) / 2, without cancellation
  return { probabilities: [often, seldom], means: [mean / (2 * often), mean / (2 * seldom)] };
}

type Parameters = Readonly<Record<string, number>>;

function notFinite(parameters: Parameters): string[] {
  return failing(parameters, Number.isFinite, "a finite number");
}

function notPositive(parameters: Parameters): string[] {
  return failing(parameters, (value) => Number.isFinite(value) && value > 0, "a finite number above 0");
}

function notWhole(parameters: Parameters): string[] {
  return failing(parameters, Number.isSafeInteger, "a whole number");
}

function failing(parameters: Parameters, holds: (value: number) => boolean, expected: string): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => (holds(value) ? [] : [`${name} must be ${expected}`]));
}

function disordered(min: number, max: number): string[] {
  return max < min ? ["max must be at least min"] : [];
}

function tooWide(min: number, max: number): string[] {
  return max - min < Number.MAX_SAFE_INTEGER + 1 ? [] : ["max − min must be below 2^53"];
}

const GREATEST_CV = 1e6;

function cvTooGreat(cv: number): string[] {
  return cv > GREATEST_CV ? [`cv must be at most ${GREATEST_CV}`] : [];
}

function phaseFaults(probabilities: readonly number[], means: readonly number[]): string[] {
  const faults: string[] = [];
  const sum = probabilities.reduce((total, probability) => total + probability, 0);
  if (means.length === 0) faults.push("means must not be empty");
  if (probabilities.length !== means.length) faults.push("probabilities must be as many as means");
  if (!probabilities.every((probability) => probability >= 0)) faults.push("probabilities must be at least 0");
  if (!(Math.abs(sum - 1) <= 1e-9)) faults.push("probabilities must sum to 1");
  if (!means.every((mean) => Number.isFinite(mean) && mean > 0)) faults.push("means must be finite numbers above 0");
  return faults;
}

function weightFaults(weights: readonly number[], count: number): string[] {
  const faults: string[] = [];
  if (weights.length !== count) faults.push("weights must be as many as values");
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0)) faults.push("weights must be finite numbers of at least 0");
  else if (!weights.some((weight) => weight > 0)) faults.push("one weight must be above 0");
  return faults;
}
