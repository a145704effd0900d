// Logarithms, powers and the normal quantile from + − × ÷ and Math.sqrt alone, which IEEE 754 rounds correctly: the same
// bits on every machine and every version of the runtime, which Math.log and its kin do not promise.

/** 2^-1074 … 2^1023, exactly: 2^k stands at k + 1074. */
const POWERS_OF_TWO = new Float64Array(2098);
for (let i = 0, power = Number.MIN_VALUE; i < POWERS_OF_TWO.length; i++, power *= 2) POWERS_OF_TWO[i] = power;

const SMALLEST_NORMAL = 2.2250738585072014e-308; // 2^-1022
const TWO_TO_54 = 18014398509481984;

// A constant c as c_HIGH + c_LOW. Where it is multiplied by a binary exponent, the high part has 41 bits, so that the product is exact.
const LN2_HIGH = 0.693147180559663;
const LN2_LOW = 2.8235290563031577e-13;
const LOG10_2_HIGH = 0.30102999566383914;
const LOG10_2_LOW = 1.42050232272661e-13;
const INVERSE_LN2_HIGH = Math.LOG2E;
const INVERSE_LN2_LOW = 2.0355273740931033e-17;
const INVERSE_LN10_HIGH = Math.LOG10E;
const INVERSE_LN10_LOW = 1.098319650216765e-17;

/** What the rounded product a × b leaves out, exactly (Dekker 1971): a × b = product + error. For |a|, |b| < 2^990 whose product does not underflow. */
export function productError(a: number, b: number, product: number): number {
  const aScaled = a * 134217729; // 2^27 + 1
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * 134217729;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

const bits = new DataView(new ArrayBuffer(8));

/** ⌊log2 x⌋ of a positive normal number. */
function exponentOf(x: number): number {
  bits.setFloat64(0, x, true);
  return (bits.getInt32(4, true) >>> 20) - 1023;
}

/** The result of `reduceLog`, and of `logPair`: a high part and a low part. */
const pair = new Float64Array(2);

/**
 * x = 2^k × m with m in [√½, √2): returns k and leaves ln m in `pair`, to about 2^-68 of itself. With s = (m − 1) ÷ (m + 1),
 * ln m = 2 (s + s³/3 + s⁵/5 + …) (Abramowitz and Stegun 4.1.27), the first two terms in double-double (Dekker 1971).
 */
function reduceLog(x: number): number {
  let k = 0;
  if (x < SMALLEST_NORMAL) {
    x *= TWO_TO_54;
    k = -54;
  }
  const exponent = exponentOf(x);
  k += exponent;
  let m = x * POWERS_OF_TWO[1074 - exponent];
  if (m > Math.SQRT2) {
    m *= 0.5;
    k++;
  }
  const f = m - 1;
  const divisor = 2 + f;
  const divisorLow = f - (divisor - 2);
  const s = f / divisor;
  const back = s * divisor;
  const sLow = (f - back - productError(s, divisor, back) - s * divisorLow) / divisor;
  const z = s * s;
  const zLow = productError(s, s, z) + 2 * s * sLow;
  const cube = s * z;
  const cubeLow = productError(s, z, cube) + s * zLow + sLow * z;
  const third = cube / 3;
  const thirdLow = (cube - 2 * third - third + cubeLow) / 3;
  const even = 1 / 5 + z * z * (1 / 9 + z * z * (1 / 13 + z * z * (1 / 17 + z * z * (1 / 21 + z * z * (1 / 25)))));
  const odd = 1 / 7 + z * z * (1 / 11 + z * z * (1 / 15 + z * z * (1 / 19 + z * z * (1 / 23))));
  const high = s + third;
  pair[0] = 2 * high;
  pair[1] = 2 * (s - high + third + (cube * z * (even + z * odd) + sLow + thirdLow));
  return k;
}

/** The logarithm of what has no finite one: −Infinity of ±0, Infinity of itself, NaN of the rest. */
function logOfExtreme(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return x > 0 ? x : Number.NaN;
}

/** Leaves ln x in `pair`, to about 2^-64 of itself, for a positive finite x. */
function logPair(x: number): void {
  const k = reduceLog(x);
  const big = k * LN2_HIGH;
  const sum = big + pair[0];
  const rest = big - sum + pair[0] + (k * LN2_LOW + pair[1]);
  pair[0] = sum + rest;
  pair[1] = sum - pair[0] + rest;
}

/** The natural logarithm, within 1 ulp; as Math.log for 0, negative numbers, Infinity and NaN. */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return logOfExtreme(x);
  logPair(x);
  return pair[0];
}

/** ln(1 + x) for x > −1, within 2 ulp however small x is. */
export function log1p(x: number): number {
  const sum = 1 + x;
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) return logOfExtreme(sum);
  if (sum === 1) return x;
  const lost = Math.abs(x) < 1 ? x - (sum - 1) : 1 - (sum - x);
  return log(sum) + lost / sum;
}

/** log to another base, given as 1 ÷ ln base, and that base's log of 2, both in two parts. */
function logToBase(x: number, ofTwoHigh: number, ofTwoLow: number, inverseHigh: number, inverseLow: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return logOfExtreme(x);
  const k = reduceLog(x);
  const high = pair[0];
  const part = high * inverseHigh;
  const partLow = productError(high, inverseHigh, part) + (high * inverseLow + pair[1] * inverseHigh);
  const big = k * ofTwoHigh;
  const sum = big + part;
  return sum + (big - sum + part + (k * ofTwoLow + partLow));
}

/** The binary logarithm, within 1 ulp; exact for powers of two. */
export function log2(x: number): number {
  return logToBase(x, 1, 0, INVERSE_LN2_HIGH, INVERSE_LN2_LOW);
}

/** The decimal logarithm, within 1 ulp; exact for powers of ten. */
export function log10(x: number): number {
  return logToBase(x, LOG10_2_HIGH, LOG10_2_LOW, INVERSE_LN10_HIGH, INVERSE_LN10_LOW);
}

/**
 * e^(high + low) for |high| < 747 and |low| below an ulp of it. With high + low = k ln 2 + r and q = r coth(r/2),
 * e^r = (q + r) ÷ (q − r); q is a series in r² with Bernoulli numbers (Abramowitz and Stegun 4.5.67).
 */
function expOfPair(high: number, low: number): number {
  const k = Math.floor(high * INVERSE_LN2_HIGH + 0.5);
  const big = high - k * LN2_HIGH;
  const small = low - k * LN2_LOW;
  const r = big + small;
  const rLow = big - r + small;
  const z = r * r;
  const series =
    z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / 604800 - z * (1 / 23950080 - z * (691 / 653837184000 - z / 37362124800))))));
  const d = r - series;
  const sum = 1 + r;
  const result = sum + (1 - sum + r + (rLow + rLow * r + (r * d) / (2 - d)));
  if (k < -1021) return result * POWERS_OF_TWO[k + 1074 + 200] * 6.223015277861142e-61; // 2^-200: subnormal results round here
  if (k > 1023) return result * 2 * POWERS_OF_TWO[k + 1074 - 1];
  return result * POWERS_OF_TWO[k + 1074];
}

/** e^x, within 1 ulp. */
export function exp(x: number): number {
  if (x > 710) return Number.POSITIVE_INFINITY;
  if (x < -746) return 0;
  return expOfPair(x, 0);
}

/** x^y, within 1 ulp: e^(y ln x) in double-double. As Math.pow for zeros, infinities, NaN and negative x. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  const magnitude = Math.abs(x);
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (Math.abs(y) === Number.POSITIVE_INFINITY) {
    if (magnitude === 1) return Number.NaN;
    return magnitude > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  const whole = Math.floor(y) === y;
  const negative = (x < 0 || Object.is(x, -0)) && whole && Math.floor(y / 2) * 2 !== y;
  if (magnitude === 0 || magnitude === Number.POSITIVE_INFINITY) {
    const result = (magnitude === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY;
    return negative ? -result : result;
  }
  if (x < 0 && !whole) return Number.NaN;
  const result = magnitude === 1 ? 1 : powOfPositive(magnitude, y);
  return negative ? -result : result;
}

/** x^y for a positive finite x other than 1 and a finite y. */
function powOfPositive(x: number, y: number): number {
  logPair(x);
  const product = pair[0] * y;
  if (product > 710) return Number.POSITIVE_INFINITY;
  if (product < -746) return 0;
  return expOfPair(product, productError(pair[0], y, product) + pair[1] * y);
}

/** The cube root, within 1 ulp; exact for cubes. Two of Halley's steps, then one of Newton's with the exact residual. */
export function cbrt(x: number): number {
  let magnitude = Math.abs(x);
  if (!(magnitude > 0 && magnitude < Number.POSITIVE_INFINITY)) return x;
  let third = 0;
  if (magnitude < SMALLEST_NORMAL) {
    magnitude *= TWO_TO_54;
    third = -18;
  }
  const exponent = Math.floor(exponentOf(magnitude) / 3);
  third += exponent;
  const m = magnitude * POWERS_OF_TWO[1074 - 3 * exponent]; // in [1, 8)
  let root = 0.906 + 0.151 * m; // the chord from (1, 1) to (8, 2), raised to be within 6 %
  root *= (root * root * root + 2 * m) / (2 * root * root * root + m);
  root *= (root * root * root + 2 * m) / (2 * root * root * root + m);
  const square = root * root;
  const cube = square * root;
  const residual = m - cube - productError(square, root, cube) - productError(root, root, square) * root;
  const result = (root + residual / (3 * square)) * POWERS_OF_TWO[1074 + third];
  return x < 0 ? -result : result;
}

/** ln Γ(x) for x > 0, to about 1e-14 of max(1, itself): Stirling's series (Abramowitz and Stegun 6.1.41), the argument raised above 12 first. */
export function logGamma(x: number): number {
  let product = 1;
  while (x < 12) {
    product *= x;
    x++;
  }
  const z = 1 / (x * x);
  const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * (691 / 360360)))))) / x;
  return (x - 0.5) * log(x) - x + 0.9189385332046728 + series - log(product); // 0.9189… is ln √(2π)
}

// The coefficients of PPND16 (Wichura 1988), constant term first, to the nearest double.
const CENTRE_ABOVE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087, 33430.57558358813,
  2509.0809287301227,
];
const CENTRE_BELOW = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854,
];
const MIDDLE_ABOVE = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const MIDDLE_BELOW = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
  1.0507500716444169e-9,
];
const TAIL_ABOVE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
  2.7115555687434876e-5, 2.0103343992922881e-7,
];
const TAIL_BELOW = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5, 1.421511758316446e-7,
  2.0442631033899397e-15,
];

/** A ratio of two polynomials of degree 7 at r. */
function rational(r: number, above: readonly number[], below: readonly number[]): number {
  let numerator = above[7];
  let denominator = below[7];
  for (let i = 6; i >= 0; i--) {
    numerator = numerator * r + above[i];
    denominator = denominator * r + below[i];
  }
  return numerator / denominator;
}

/**
 * The standard normal quantile of p in [0, 1], to about 1e-15 of itself; ∓Infinity at 0 and 1, NaN outside.
 * Algorithm AS 241, PPND16 (Wichura 1988, Applied Statistics 37, 477–484).
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * rational(0.180625 - q * q, CENTRE_ABOVE, CENTRE_BELOW);
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p));
  if (r === Number.POSITIVE_INFINITY) return q < 0 ? Number.NEGATIVE_INFINITY : r;
  const z = r <= 5 ? rational(r - 1.6, MIDDLE_ABOVE, MIDDLE_BELOW) : rational(r - 5, TAIL_ABOVE, TAIL_BELOW);
  return q < 0 ? -z : z;
}
