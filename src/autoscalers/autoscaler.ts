// What an autoscaler is: it is told what the scheduler believes, and says how many instances each pool should have. It decides and owns nothing.
import type { Duration } from "../model/units.ts";

/** What waits for a pool: tasks that are ready and that one of its instances could hold when empty. */
export interface Demand {
  tasks: number;
  /** What they request together, per dimension of the scenario. */
  requests: readonly number[];
  /** How long one instance would take for all of them, by their estimates and the dimension of which they take most, µs. */
  work: Duration;
}

export interface PoolView {
  readonly id: string;
  readonly min: number;
  readonly max: number;
  /** Instances that are up and not to leave; of them, those that hold nothing. */
  readonly present: number;
  readonly idle: number;
  /** Those that were launched and are not up yet, and those that are to leave. */
  readonly booting: number;
  readonly draining: number;
  /** Of one instance, per dimension of the scenario. */
  readonly capacity: readonly number[];
  /** Cores allocated on those that are present and heard, and all that these have, in thousandths. */
  readonly allocated: number;
  readonly cores: number;
  /** What waits that no pool before it could hold; and all that it could hold. */
  readonly own: Demand;
  readonly all: Demand;
}

/** What the scheduler believes of its pools and of what waits. */
export interface FleetView {
  /** Tasks that are ready. */
  readonly length: number;
  /** How long the first of them has been, µs; 0 where none is. */
  readonly longestWait: Duration;
  /** In the order of the scenario: what the first cannot take is for the next. */
  readonly pools: readonly PoolView[];
}

export interface Autoscaler {
  /** How many instances each pool should have, booting ones too; it gets so many as far as its `min` and `max` allow. */
  decide(fleet: FleetView): readonly number[];
}

/** A parameter: a number or a time, in µs, with its bounds. */
export interface AutoscalerParameter {
  summary: string;
  unit: "number" | "time";
  default: number;
  least: number;
  most: number;
}

export interface AutoscalerDefinition {
  name: string;
  summary: string;
  parameters: Readonly<Record<string, AutoscalerParameter>>;
  /** Whether it goes by estimates of processing times. */
  needsEstimates?: true;
  create(parameters: Readonly<Record<string, number>>): Autoscaler;
}

/** Instances that hold something, or soon will: none of them is to be given back. */
export function inUse({ present, idle }: PoolView): number {
  return present - idle;
}
