// What a kind of execution environment says of itself: its name, its options, and what is to be done in it before an attempt works.
import type { EnvironmentOptions, StagePlan } from "../model/environment.ts";

/** Keys under which a scenario gives the options of environments; `fails` has one entry for each stage. */
export const ENVIRONMENT_KEYS = ["image", "pull", "size", "admission", "start", "cold", "warm", "keep"] as const;
export type EnvironmentKey = (typeof ENVIRONMENT_KEYS)[number];

export interface EnvironmentKind {
  name: string;
  /** One line: what it does. */
  summary: string;
  /** The options that it takes, in the order in which they are told. */
  takes: readonly EnvironmentKey[];
  /** In the order in which they are done; those that take no time and never fail are nothing. */
  stages(options: EnvironmentOptions): StagePlan[];
}

/** A stage of that name by the options. */
export function plainStage({ times, fails }: EnvironmentOptions, stage: "admission" | "start"): StagePlan {
  return { stage, time: times[stage] ?? 0, fails: fails[stage] ?? 0 };
}

export function pullStage({ times, fails, size = 0 }: EnvironmentOptions): StagePlan {
  return { stage: "pull", time: times.pull ?? 0, fails: fails.pull ?? 0, size };
}
