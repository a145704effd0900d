// What some tasks have beside the columns of their table: settings that are not drawn, one object for all tasks that share them.
import { at } from "./columns.ts";
import type { CheckpointPlan } from "./checkpoint.ts";
import type { EnvironmentPlan } from "./environment.ts";
import type { TaskBeliefs, World } from "./world.ts";

export interface TaskProfile {
  /** Undefined: an attempt that is lost has done nothing. */
  checkpoint?: CheckpointPlan;
  /** Undefined: an attempt works as soon as it has begun. */
  environment?: EnvironmentPlan;
}

/** Whether any task saves its work, or may. */
export function savesWork({ tasks, grows }: { tasks: Pick<TaskBeliefs, "profiles">; grows?: World["grows"] }): boolean {
  return grows === true || tasks.profiles.some(({ checkpoint }) => checkpoint !== undefined);
}

/** Whether attempts may do anything but work. */
export function takesTurns({
  tasks,
  grows,
  data,
}: {
  tasks: Pick<TaskBeliefs, "profiles">;
  grows?: World["grows"];
  data?: World["data"];
}): boolean {
  return grows === true || data !== undefined || tasks.profiles.length > 0;
}

/** Whether anything is to be done for any attempts before they work. */
export function hasEnvironments(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ environment }) => environment !== undefined);
}

/** Whether chance decides if that fails. */
export function mayFailToStart(profiles: readonly TaskProfile[]): boolean {
  return profiles.some(({ environment }) => environment?.stages.some(({ fails }) => fails > 0 && fails < 1) === true);
}

/** The profile of a task; undefined where it has none. */
export function profileOf({ profile, profiles }: Pick<TaskBeliefs, "profile" | "profiles">, task: number): TaskProfile | undefined {
  return profiles.length === 0 ? undefined : profiles[at(profile, task)];
}
