// Stragglers: executions that chance makes slow, as if their workers were so much slower for them.
import type { Thousandths } from "./units.ts";

export interface StragglePlan {
  /** Probability that an execution straggles, in [0, 1]. */
  p: number;
  /** What divides its worker's speed for it, above 1. */
  factor: number;
}

/** The speed of a worker for an execution that straggles: in whole thousandths, as speeds are, so that all progress stays exact. */
export function straggling(speed: Thousandths, { factor }: StragglePlan): Thousandths {
  return Math.max(1, Math.round(speed / factor));
}
