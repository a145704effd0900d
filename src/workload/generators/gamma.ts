// The gamma distribution: draws, and integrals over its density.
import { exp, log, logGamma, normalQuantile } from "../../engine/exact-math.ts";

/** A gamma draw of that shape (at least 1) and scale (Marsaglia and Tsang 2000, A simple method for generating gamma variables). */
export function drawGamma(shape: number, scale: number, next: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalQuantile(next());
    const v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    const u = next();
    if (v > 0 && log(u) < (x * x) / 2 + d - d * v + d * log(v)) return d * v * scale;
  }
}

/** The density at x ≥ 0, for shapes above 1. */
export function gammaDensity(shape: number, scale: number, x: number): number {
  if (x <= 0) return 0;
  return exp((shape - 1) * log(x) - x / scale - logGamma(shape) - shape * log(scale));
}

/** The integral of a smooth function by Simpson's rule on an even number of intervals. */
export function integral(f: (x: number) => number, from: number, to: number, intervals: number): number {
  const step = (to - from) / intervals;
  let sum = f(from) + f(to);
  for (let i = 1; i < intervals; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * step);
  return (sum * step) / 3;
}
