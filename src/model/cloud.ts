// Workers that are hired: pools of them that grow and shrink while a run goes on, and what workers cost and burn.
import type { Duration } from "./units.ts";

/** Instances that may be taken back by who lends them. */
export interface SpotTerms {
  /** Mean time that an instance is left alone, from when it is up; exponential. */
  mtbf: Duration;
  /** How long before it goes that is said. */
  notice: Duration;
}

/** Positions of workers that may be there: `min` of them from the beginning, and up to all of them when they are launched. */
export interface Pool {
  id: string;
  /** Position of its first worker; the others follow. */
  first: number;
  min: number;
  max: number;
  /** From the launch of an instance until it is up. */
  boot: Duration;
  spot?: SpotTerms;
}

/** Who says how many instances each pool is to have. */
export interface AutoscalerSettings {
  /** A registered name. */
  name: string;
  parameters: Readonly<Record<string, number>>;
  /** How often it is asked. */
  interval: Duration;
  /** How long it must want fewer instances in a pool before any is given back. */
  cooldown: Duration;
}

/** The pools of a run, in order of their positions. */
export interface CloudPlan {
  pools: readonly Pool[];
  autoscaler: AutoscalerSettings;
  /** Seed of when spot instances are taken back: that of the faults. */
  seed: string;
}

/** What workers cost and burn, by position. */
export interface Tariffs {
  /** Millionths of the unit of money per hour; 0 where no price is given. */
  price: Float64Array;
  /** Thousandths of a watt, with nothing and with all cores allocated; 0 where none is given. */
  idle: Float64Array;
  busy: Float64Array;
  /** So long is paid for at least, each time that an instance is there. */
  minimum: Duration;
}

/** What is paid for at least where nothing is said of it. */
export const DEFAULT_MINIMUM: Duration = 60_000_000;

/** The pool of a worker; undefined where it is of none. */
export function poolOf(plan: CloudPlan | undefined, worker: number): Pool | undefined {
  return plan?.pools.find(({ first, max }) => worker >= first && worker < first + max);
}

/** Positions of the workers of pools that are not there from the beginning. */
export function unlaunchedWorkers(plan: CloudPlan | undefined): number[] {
  return (plan?.pools ?? []).flatMap(({ first, min, max }) => Array.from({ length: max - min }, (_, i) => first + min + i));
}
