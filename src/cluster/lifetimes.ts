// Times to failure and to repair: by their mean, and how they spread.
import { exp, logGamma, pow } from "../engine/exact-math.ts";
import type { Duration } from "../model/units.ts";
import type { Lifetime } from "../model/world.ts";
import { samplerOf, type Uniforms } from "../workload/distributions.ts";
import { drawGamma } from "../workload/generators/gamma.ts";

/** Draws a time, µs, not rounded. It may read any number of uniforms. */
export type LifetimeSampler = (u: Uniforms) => Duration;

/** Half of the least step of a uniform number: stands for 0, whose logarithm is infinite. */
const LEAST = 1 / 2 ** 54;

export function lifetimeSampler({ distribution, mean, shape = 1, cv = 1 }: Lifetime): LifetimeSampler {
  switch (distribution) {
    case "exponential":
      return samplerOf({ distribution, mean });
    case "weibull":
      return samplerOf({ distribution, shape, scale: mean / exp(logGamma(1 + 1 / shape)) });
    case "lognormal":
      return samplerOf({ distribution, mean, cv });
    case "gamma":
      return gamma(shape, mean / shape);
    case "constant":
      return () => mean;
  }
}

/** Shapes below 1 by the boost of Marsaglia and Tsang (2000): a draw of shape + 1, times u^(1 ÷ shape). */
function gamma(shape: number, scale: number): LifetimeSampler {
  return (u) => {
    let index = 1;
    const next = () => Math.max(u(index++), LEAST);
    if (shape >= 1) return drawGamma(shape, scale, next);
    return drawGamma(shape + 1, scale, next) * pow(Math.max(u(0), LEAST), 1 / shape);
  };
}
