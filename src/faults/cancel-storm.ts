// Cancellation storm: clients withdraw many tasks at one instant.
import type { TaskFaultKind } from "./fault.ts";

export const CANCEL_STORM: TaskFaultKind = {
  name: "cancel-storm",
  summary:
    "the task is cancelled at `at`, if it is submitted by then and has not ended; with `requeue: true` only its running attempt is given up, and it goes back to the queue",
  strikes: "tasks",
  needs: ["at"],
  takes: ["requeue"],
  strike: (task, { at = 0, requeue = false }, world) => world.cancelAt(task, at, requeue),
};
