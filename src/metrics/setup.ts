// What a run spent before its attempts worked: time, images that were pulled, and instances that started cold.
import { hasEnvironments } from "../model/task-profile.ts";
import type { Duration } from "../model/units.ts";
import type { AttemptOutcomes } from "./attempt-outcomes.ts";

export interface SetupFields {
  /** Undefined where nothing is to be done before. */
  setupTime: Duration | undefined;
  pulls: number | undefined;
  coldStarts: number | undefined;
}

/** Of all attempts up to `end`. */
export function setupOf(outcomes: AttemptOutcomes | undefined, end: number): SetupFields {
  if (outcomes === undefined || !hasEnvironments(outcomes.world.tasks.profiles))
    return { setupTime: undefined, pulls: undefined, coldStarts: undefined };
  let setupTime = 0;
  for (const { setup } of outcomes.records(end)) setupTime += setup;
  return { setupTime, pulls: outcomes.pulls, coldStarts: outcomes.coldStarts };
}
