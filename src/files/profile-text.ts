// What tasks have beside their columns as a scenario file says it: in short, where the scenario says it of all tasks.
import type { CheckpointPlan } from "../model/checkpoint.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import { durationText } from "./quantity-text.ts";

/** The keys of a task, or of a template, among others of which `usual` holds. */
export function profileKeys(profile: TaskProfile | undefined, usual: TaskProfile | undefined): { checkpoint?: unknown } {
  if (isLike(profile, usual)) return {};
  return { checkpoint: profile?.checkpoint === undefined ? "none" : checkpointText(profile.checkpoint) };
}

/** Whether two profiles say the same. */
export function isLike(one: TaskProfile | undefined, other: TaskProfile | undefined): boolean {
  return one === other || JSON.stringify(one ?? {}) === JSON.stringify(other ?? {});
}

export function checkpointText({ every, cost, restore, storage, mtbf }: CheckpointPlan): Record<string, unknown> {
  return {
    ...(every !== undefined && { every: every === "auto" ? every : durationText(every) }),
    ...(cost > 0 && { cost: durationText(cost) }),
    ...(restore > 0 && { restore: durationText(restore) }),
    ...(storage !== "shared" && { storage }),
    ...(mtbf !== undefined && { mtbf: durationText(mtbf) }),
  };
}
