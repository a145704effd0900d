// What is to be done for an attempt before it works, stage by stage: how long that takes, and how often it fails.
import { Reason } from "./trace.ts";
import type { Duration } from "./units.ts";

/** Stages of which each may have a time and a probability to fail. */
export const STAGES = ["admission", "pull", "start", "cold"] as const;
export type StageName = (typeof STAGES)[number];

/** What a scenario says of an environment, whichever its kind. */
export interface EnvironmentOptions {
  /** What is pulled, or kept warm, by name; default: the name of the task's function. */
  image?: string;
  /** µs of each stage. */
  times: Partial<Record<StageName, Duration>>;
  /** Bytes that the image takes in the cache of a worker. */
  size?: number;
  /** How long a start takes where an instance is warm, and how long one stays so, µs. */
  warm?: Duration;
  keep?: Duration;
  /** The part of the times that a stage fails, when it is over. */
  fails: Partial<Record<StageName, number>>;
}

/** One stage: `fails` is the probability that it does, when its time is over. */
export type StagePlan = { time: Duration; fails: number } & (
  | { stage: "admission" | "start" }
  /** Once on each worker, as long as the image stays in its cache. */
  | { stage: "pull"; size: number }
  /** Where an instance is warm on the worker, `warm` stands for it, and nothing fails; one is kept warm for so long after its attempt. */
  | { stage: "cold"; warm: Duration; keep: Duration }
);

export interface EnvironmentPlan {
  kind: string;
  options: EnvironmentOptions;
  stages: readonly StagePlan[];
}

/** How each stage stands in the trace. */
export const STAGE_REASONS: Readonly<Record<StageName, Reason>> = {
  admission: Reason.admission,
  pull: Reason.pull,
  start: Reason.start,
  cold: Reason.cold,
};

/** Whether an attempt that failed for a reason failed before it worked. */
export function failedToStart(reason: Reason): boolean {
  return reason >= Reason.admission && reason <= Reason.cold;
}
