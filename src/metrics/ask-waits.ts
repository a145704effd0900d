// What a run lost to attempts that waited for more than they held: time, and rings of them that would have waited for ever.
import { mayAsk } from "../model/task-profile.ts";
import type { Duration } from "../model/units.ts";
import type { AttemptOutcomes } from "./attempt-outcomes.ts";

export interface AskWaitFields {
  /** Undefined where no task asks for anything. */
  askWait: Duration | undefined;
  deadlocks: number | undefined;
}

/** Of all attempts up to `end`. */
export function askWaitsOf(outcomes: AttemptOutcomes | undefined, end: number): AskWaitFields {
  if (outcomes === undefined || !mayAsk(outcomes.world.tasks.profiles)) return { askWait: undefined, deadlocks: undefined };
  let askWait = 0;
  for (const record of outcomes.records(end)) askWait += record.askWait;
  return { askWait, deadlocks: outcomes.deadlocks };
}
