// How a number of many runs is spread over their seeds.
import { ci95HalfWidth, mean } from "./statistics.ts";

/** All undefined where a run has no such value; `ci95` also for a single run. */
export interface Spread {
  mean: number | undefined;
  /** Half-width of the 95 % Student interval of the mean. */
  ci95: number | undefined;
  min: number | undefined;
  max: number | undefined;
}

/** The spread of one value per run. */
export function spreadOf(values: readonly (number | undefined)[]): Spread {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0 || known.length < values.length) return { mean: undefined, ci95: undefined, min: undefined, max: undefined };
  return { mean: mean(known), ci95: ci95HalfWidth(known), min: Math.min(...known), max: Math.max(...known) };
}
