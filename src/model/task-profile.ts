// What some tasks have beside the columns of their table: settings that are not drawn, one object for all tasks that share them.
import { at } from "./columns.ts";
import { type AskPlan, claimOf } from "./asks.ts";
import type { CheckpointPlan } from "./checkpoint.ts";
import type { ElasticPlan } from "./elastic.ts";
import type { EnvironmentPlan } from "./environment.ts";
import type { StragglePlan } from "./straggle.ts";
import type { TaskBeliefs, World } from "./world.ts";

export interface TaskProfile {
  /** Undefined: an attempt that is lost has done nothing. */
  checkpoint?: CheckpointPlan;
  /** Undefined: an attempt works as soon as it has begun. */
  environment?: EnvironmentPlan;
  /** Undefined: every execution is as fast as its worker. */
  straggle?: StragglePlan;
  /** Undefined: it holds just what it requests. */
  elastic?: ElasticPlan;
  /** Undefined: it holds that as long as it runs. */
  asks?: AskPlan;
}

/** Whether any task saves its work, or may. */
export function savesWork({ tasks, grows }: { tasks: Pick<TaskBeliefs, "profiles">; grows?: World["grows"] }): boolean {
  return grows === true || tasks.profiles.some(({ checkpoint }) => checkpoint !== undefined);
}

/** Whether attempts may do anything but work, or work with more than they request. */
export function takesTurns({
  tasks,
  grows,
  data,
}: {
  tasks: Pick<TaskBeliefs, "profiles">;
  grows?: World["grows"];
  data?: World["data"];
}): boolean {
  if (grows === true || data !== undefined) return true;
  return tasks.profiles.some(({ checkpoint, environment, elastic, asks }) => (checkpoint ?? environment ?? elastic ?? asks) !== undefined);
}

/** Whether anything is to be done for any attempts before they work. */
export function hasEnvironments(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ environment }) => environment !== undefined);
}

/** Whether chance decides if that fails. */
export function mayFailToStart(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ environment }) => environment?.stages.some(({ fails }) => fails > 0 && fails < 1) === true);
}

/** Whether any task may hold more than it requests. */
export function isElastic(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ elastic }) => elastic !== undefined);
}

/** Whether attempts may hold other amounts than they request. */
export function holdsOther(profiles: readonly TaskProfile[]): boolean {
  return isElastic(profiles) || mayAsk(profiles);
}

/** Whether any task asks for more than it holds, or less, or says what it may. */
export function mayAsk(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ asks }) => asks !== undefined);
}

/** What a worker must have of a dimension that is to run a task: what it requests, or claims that it will come to hold. */
export function claimed(tasks: Pick<TaskBeliefs, "request" | "profile" | "profiles">, task: number, dimension: number): number {
  const request = at(tasks.request[dimension] as TaskBeliefs["request"][number], task);
  const asks = profileOf(tasks, task)?.asks;
  return asks === undefined ? request : claimOf(asks, request, dimension);
}

/** Whether executions of any tasks may straggle. */
export function hasStragglers(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ straggle }) => straggle !== undefined);
}

/** Whether chance decides which do. */
export function mayStraggle(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ straggle }) => straggle !== undefined && straggle.p > 0 && straggle.p < 1);
}

/** The profile of a task; undefined where it has none. */
export function profileOf({ profile, profiles }: Pick<TaskBeliefs, "profile" | "profiles">, task: number): TaskProfile | undefined {
  return profiles.length === 0 ? undefined : profiles[at(profile, task)];
}
