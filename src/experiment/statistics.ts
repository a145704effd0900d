// Statistics of repeated runs: means and their intervals, percentiles, and paired comparisons of policies on common seeds.
import { exp, log, log1p, normalQuantile } from "../engine/exact-math.ts";

/** The arithmetic mean; undefined of nothing. */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return areEqual(values) ? values[0] : sum(values) / values.length;
}

/** The standard deviation with n − 1 below; undefined for fewer than two values. */
export function sampleStandardDeviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  if (areEqual(values)) return 0;
  const centre = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - centre) * (value - centre))) / (values.length - 1));
}

/** The geometric mean; undefined of nothing, or where a value is not a finite number above 0. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0 || !values.every(isPositive)) return undefined;
  return areEqual(values) ? values[0] : exp(sum(values.map(log)) / values.length);
}

/** Half the width of the 95 % Student confidence interval of the mean; undefined for fewer than two values. */
export function ci95HalfWidth(values: readonly number[]): number | undefined {
  const deviation = sampleStandardDeviation(values);
  if (deviation === undefined) return undefined;
  return (studentQuantile(0.975, values.length - 1) * deviation) / Math.sqrt(values.length);
}

/**
 * The percentile by nearest rank: the value at place ⌈percent ÷ 100 × n⌉ in ascending order, the least for 0 %. Undefined of
 * nothing; a RangeError unless 0 ≤ percent ≤ 100. The values may stand in any order and are left alone.
 */
export function nearestRank(values: ArrayLike<number>, percent: number): number | undefined {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`a percentile is from 0 to 100, not ${percent}`);
  if (values.length === 0) return undefined;
  const place = Math.max(0, Math.ceil((percent * values.length) / 100) - 1);
  return isAscending(values) ? values[place] : Float64Array.from(values).sort()[place];
}

function isAscending(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (!(values[i - 1] <= values[i])) return false;
  return true;
}

/** Equal values have exactly themselves as mean and no deviation, which n v ÷ n, rounded twice, does not promise. */
function areEqual(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** A sum with the rounding errors carried along (Neumaier 1974). */
function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

function isPositive(value: number): boolean {
  return value > 0 && value < Number.POSITIVE_INFINITY;
}

/** How a policy compares with the best one on the same seeds. */
export interface PairedRatio {
  /** Geometric mean of policy ÷ best. */
  readonly ratio: number;
  /** Confidence interval of the ratio; undefined for a single pair. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Two-sided p-value of "the ratio is 1" (paired Student test of the logarithms); undefined for a single pair. */
  readonly p: number | undefined;
  /** Whether the interval leaves out 1. */
  readonly distinguished: boolean;
}

/** Values of a policy and of the best policy: one pair a seed, in the same order. */
export interface Pairs {
  readonly policy: readonly number[];
  readonly best: readonly number[];
}

/** The logarithms of paired ratios, summed up. */
interface LogRatios {
  readonly count: number;
  readonly ratio: number;
  readonly centre: number;
  /** Standard error of the centre; undefined for a single pair. */
  readonly error: number | undefined;
  readonly p: number | undefined;
}

/**
 * The geometric mean of policy ÷ best with the Student interval of the paired logarithms. Undefined without pairs, or where a value
 * is not a finite number above 0. If all ratios are one number, that is the ratio and the whole interval. Lists of different lengths
 * are a RangeError.
 */
export function pairedRatio(policy: readonly number[], best: readonly number[], confidence = 0.95): PairedRatio | undefined {
  const ratios = logRatios({ policy, best });
  return ratios && intervalOf(ratios, 1 - confidence);
}

/**
 * Comparisons of several policies against the best, with intervals adjusted for their number by Holm's step-down procedure ("A simple
 * sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979, 65–70), in the order given.
 *
 * The m comparisons that have a p-value are taken by ascending p, ties by position. The i-th gets the interval of confidence
 * 1 − α ÷ (m − i + 1), α = 1 − confidence. From the first whose interval holds 1, that one's confidence serves all the rest, whose
 * intervals then hold 1 too, as their p is not less: so "the interval leaves out 1" and "Holm rejects" are the same statement, and the
 * chance of distinguishing any policy that is equal to the best is at most α (exactly so for a best fixed beforehand; one picked from
 * the same data makes it an approximation). Comparisons without a p-value are as in `pairedRatio`.
 */
export function holmIntervals(comparisons: readonly Pairs[], confidence = 0.95): (PairedRatio | undefined)[] {
  const all = comparisons.map(logRatios);
  const results = all.map((ratios) => ratios && intervalOf(ratios, 1 - confidence));
  const tested = all.flatMap((ratios, position) => (ratios?.p === undefined ? [] : [{ ratios, p: ratios.p, position }]));
  tested.sort((a, b) => a.p - b.p || a.position - b.position);
  let rejecting = true;
  let alpha = 1 - confidence;
  tested.forEach(({ ratios, position }, i) => {
    if (rejecting) alpha = (1 - confidence) / (tested.length - i);
    const result = intervalOf(ratios, alpha);
    rejecting &&= result.distinguished;
    results[position] = { ...result, distinguished: rejecting };
  });
  return results;
}

function logRatios({ policy, best }: Pairs): LogRatios | undefined {
  if (policy.length !== best.length) throw new RangeError(`${policy.length} values cannot be paired with ${best.length}`);
  if (policy.length === 0 || !policy.every(isPositive) || !best.every(isPositive)) return undefined;
  const ratios = policy.map((value, i) => value / best[i]);
  const count = ratios.length;
  const logs = ratios.map(log);
  const centre = sum(logs) / count;
  const ratio = areEqual(ratios) ? ratios[0] : exp(centre);
  const deviation = sampleStandardDeviation(logs);
  if (deviation === undefined) return { count, ratio, centre, error: undefined, p: undefined };
  const error = deviation / Math.sqrt(count);
  const p = error === 0 ? (ratio === 1 ? 1 : 0) : studentParts(Math.abs(centre / error), count - 1).beyond;
  return { count, ratio, centre, error, p };
}

function intervalOf({ count, ratio, centre, error, p }: LogRatios, alpha: number): PairedRatio {
  if (error === undefined) return { ratio, low: undefined, high: undefined, p, distinguished: false };
  if (error === 0) return { ratio, low: ratio, high: ratio, p, distinguished: ratio !== 1 };
  const halfWidth = -studentQuantile(alpha / 2, count - 1) * error;
  const low = exp(centre - halfWidth);
  const high = exp(centre + halfWidth);
  return { ratio, low, high, p, distinguished: low > 1 || high < 1 };
}

/** P(T ≤ t) of Student's distribution with df ≥ 1 degrees of freedom. */
export function studentCdf(t: number, df: number): number {
  const { beyond } = studentParts(Math.abs(t), df);
  return t > 0 ? 1 - beyond / 2 : beyond / 2;
}

/**
 * The t with P(T ≤ t) = p, to about 1e-13 of itself for df ≥ 1 and p from 1e-100 to 1 − 1e-16; ∓Infinity at 0 and 1. Newton's method on
 * the logarithms of t and of the smaller part of the probability, where the function is nearly straight, from the normal quantile.
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df >= 1)) throw new RangeError(`no Student quantile for p = ${p}, df = ${df}`);
  if (p === 0.5) return 0;
  if (p === 0 || p === 1) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const beyond = 2 * Math.min(p, 1 - p);
  const within = Math.abs(2 * p - 1);
  let t = Math.abs(normalQuantile(p));
  for (let i = 0, step = 1; i < 100 && Math.abs(step) > 1e-9; i++) {
    const parts = studentParts(t, df);
    step =
      beyond < within
        ? (parts.beyond * log(parts.beyond / beyond)) / (2 * parts.slope)
        : (-parts.within * log(parts.within / within)) / (2 * parts.slope);
    t *= exp(step);
  }
  return p < 0.5 ? -t : t;
}

/**
 * For t ≥ 0: P(|T| > t), P(|T| < t) and t × the density at t. With y = t² ÷ (df + t²), the first two are the regularised incomplete
 * beta functions I_(1−y)(df/2, ½) and I_y(½, df/2); the one below its mean is evaluated, the other is the rest.
 */
function studentParts(t: number, df: number): { beyond: number; within: number; slope: number } {
  if (t === 0) return { beyond: 1, within: 0, slope: 0 };
  const a = df / 2;
  const square = (t / df) * t;
  if (square === Number.POSITIVE_INFINITY) return { beyond: 0, within: 1, slope: 0 };
  const x = 1 / (1 + square);
  const y = square / (1 + square);
  const slope = (exp(-(a + 0.5) * log1p(square)) * Math.sqrt(square) * halfStepOfGamma(a)) / 1.772453850905516; // √π
  const lambda = (a + 0.5) * y - 0.5;
  if (lambda > 0) {
    const beyond = slope * betaFraction(a, 0.5, x, y, lambda);
    return { beyond, within: 1 - beyond, slope };
  }
  const within = slope * betaFraction(0.5, a, y, x, -lambda);
  return { beyond: 1 - within, within, slope };
}

/** Γ(a + ½) ÷ Γ(a): its asymptotic series (Tricomi and Erdélyi 1951), a raised above 20 first. */
function halfStepOfGamma(a: number): number {
  let factor = 1;
  while (a < 20) {
    factor *= a / (a + 0.5);
    a++;
  }
  const z = 1 / (a * a);
  const series = (-1 / 8 + z * (1 / 192 - z * (1 / 640 - z * (17 / 14336 - (z * 31) / 18432)))) / a;
  return factor * Math.sqrt(a) * exp(series);
}

/**
 * I_x(a, b) B(a, b) ÷ (x^a y^b) for y = 1 − x and lambda = a − (a + b) x ≥ 0: the continued fraction of DiDonato and Morris ("Algorithm
 * 708", ACM TOMS 18, 1992), whose use of y and lambda avoids cancellation, by Lentz's method.
 */
function betaFraction(a: number, b: number, x: number, y: number, lambda: number): number {
  let c = (a / (a + 1)) * (lambda + 1);
  let d = 0;
  let result = 1 / c;
  for (let n = 1, change = 0; n < 100_000 && Math.abs(change - 1) > 3e-16; n++) {
    const odd = a + 2 * n - 1;
    const alpha = ((a + n - 1) / odd) * ((a + b + n - 1) / odd) * n * (b - n) * x * x;
    const beta = n + (n * (b - n) * x) / odd + ((a + n) / (odd + 2)) * (lambda + 1 + n * (1 + y));
    d = 1 / (beta + alpha * d);
    c = beta + alpha / c;
    change = 1 / (c * d);
    result *= change;
  }
  return result;
}
