// What a run had to do with checkpoints: how many were written, what time that took, and how much work was lost in spite of them.
import { savesWork } from "../model/task-profile.ts";
import type { Duration } from "../model/units.ts";
import type { AttemptOutcomes } from "./attempt-outcomes.ts";

export interface SavingFields {
  /** Undefined where no task saves its work. */
  checkpoints: number | undefined;
  checkpointTime: Duration | undefined;
  lostWork: Duration | undefined;
}

/** Of all attempts up to `end`. Work that none went on from is lost, but that of one that completed its task or is under way. */
export function savingOf(outcomes: AttemptOutcomes | undefined, end: number): SavingFields {
  if (outcomes === undefined || !savesWork({ tasks: outcomes.world.tasks }))
    return { checkpoints: undefined, checkpointTime: undefined, lostWork: undefined };
  const fields = { checkpoints: 0, checkpointTime: 0, lostWork: 0 };
  /** Of each task, the work that stood at the end of its last attempt, of all that there was for that. */
  const stood = new Map<number, { done: Duration; work: Duration }>();
  for (const { task, begun, from, done, work, outcome, saving, checkpoints } of outcomes.records(end)) {
    if (!begun) continue;
    fields.checkpoints += checkpoints;
    fields.checkpointTime += saving;
    const before = stood.get(task);
    if (before !== undefined) fields.lostWork += Math.max(0, before.done - atSame(from, work, before.work));
    stood.set(task, { done: outcome === "completed" || outcome === "unfinished" ? 0 : from + done, work });
  }
  for (const { done } of stood.values()) fields.lostWork += done;
  return fields;
}

/** So much of some work, where there is so much in all. */
function atSame(part: Duration, whole: Duration, otherwise: Duration): Duration {
  if (part === 0 || whole === otherwise) return part;
  return Number((BigInt(part) * BigInt(otherwise)) / BigInt(whole));
}
