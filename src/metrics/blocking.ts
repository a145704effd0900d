// What a run lost to attempts that waited for more than they held: time, and rings of them that would have waited for ever.
import { mayAsk } from "../model/task-profile.ts";
import type { Duration } from "../model/units.ts";
import type { AttemptOutcomes } from "./attempt-outcomes.ts";

export interface BlockingFields {
  /** Undefined where no task asks for anything. */
  blockedTime: Duration | undefined;
  deadlocks: number | undefined;
}

/** Of all attempts up to `end`. */
export function blockingOf(outcomes: AttemptOutcomes | undefined, end: number): BlockingFields {
  if (outcomes === undefined || !mayAsk(outcomes.world.tasks.profiles)) return { blockedTime: undefined, deadlocks: undefined };
  let blockedTime = 0;
  for (const { blocked } of outcomes.records(end)) blockedTime += blocked;
  return { blockedTime, deadlocks: outcomes.deadlocks };
}
