// The registry of execution environments.
import type { EnvironmentOptions, EnvironmentPlan, StagePlan } from "../model/environment.ts";
import { CONTAINER } from "./container.ts";
import type { EnvironmentKind } from "./environment.ts";
import { FUNCTION } from "./function.ts";
import { POD } from "./pod.ts";
import { PROCESS } from "./process.ts";

/** Every kind of environment that comes with Makespan. */
export const ENVIRONMENTS: readonly EnvironmentKind[] = [PROCESS, CONTAINER, POD, FUNCTION];

/** The kind of that name, or undefined. */
export function environmentNamed(name: string): EnvironmentKind | undefined {
  return ENVIRONMENTS.find((each) => each.name === name);
}

/** What that kind comes to with those options: the stages that take any time, or room, or may fail. */
export function environmentPlan(kind: EnvironmentKind, options: EnvironmentOptions): EnvironmentPlan {
  return { kind: kind.name, options, stages: kind.stages(options).filter(isAnything) };
}

function isAnything(stage: StagePlan): boolean {
  const more = stage.stage === "pull" ? stage.size : stage.stage === "cold" ? stage.warm : 0;
  return stage.time > 0 || stage.fails > 0 || more > 0;
}
