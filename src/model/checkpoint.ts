// How the work of attempts is saved: how often, at what price, where to; and how often that is best.
import type { Duration } from "./units.ts";

/** Where a checkpoint lies: on the disk of the worker that wrote it, or where all workers can read it. */
export const CHECKPOINT_STORAGES = ["local", "shared"] as const;
export type CheckpointStorage = (typeof CHECKPOINT_STORAGES)[number];

/** How attempts of a task save their work. */
export interface CheckpointPlan {
  /** How long an attempt works between two checkpoints, µs; `auto`: as `dalyInterval` says; undefined: only where it is preempted. */
  every?: Duration | "auto";
  /** How long writing one takes, during which nothing is worked. */
  cost: Duration;
  /** How long reading one takes, before an attempt works on from there. */
  restore: Duration;
  storage: CheckpointStorage;
  /** Mean time between failures of the worker that `auto` reckons with; undefined: what the faults declare, else what was observed. */
  mtbf?: Duration;
}

/**
 * How long to work between checkpoints so that the expected time is least, µs, rounded, where failures come after exponential times of
 * mean `mtbf` and a checkpoint takes `cost`: √(2CM) × (1 + ⅓ √(C/2M) + 1/9 × C/2M) − C for C < 2M, else M (J. T. Daly, A higher order
 * estimate of the optimum checkpoint interval for restart dumps, FGCS 22, 2006; its first term is Young's, CACM 17, 1974). At least 1 µs.
 */
export function dalyInterval(cost: Duration, mtbf: Duration): Duration {
  if (mtbf === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  const ratio = cost / (2 * mtbf);
  const best = ratio < 1 ? Math.sqrt(2 * cost * mtbf) * (1 + Math.sqrt(ratio) / 3 + ratio / 9) - cost : mtbf;
  return Math.max(1, Math.round(best));
}
