// Burst: tasks that would have arrived one after the other arrive all at once.
import type { TaskFaultKind } from "./fault.ts";

export const BURST: TaskFaultKind = {
  name: "burst",
  summary:
    "the task is released at `at`, together with all others that are struck, and not when it would have been; with `for`, only if that was at `at` or up to so long after it. No task is added",
  strikes: "tasks",
  needs: ["at"],
  takes: ["for"],
  strike(task, { at = 0, for: span = Number.POSITIVE_INFINITY }, world) {
    const release = world.release(task);
    if (span === Number.POSITIVE_INFINITY || (release >= at && release <= at + span)) world.releaseAt(task, at);
  },
};
