// Wrong estimates: what the scheduler is told of a task's processing time is off.
import type { TaskFaultKind } from "./fault.ts";

export const WRONG_ESTIMATES: TaskFaultKind = {
  name: "wrong-estimates",
  summary: "the estimate of the task is off by a factor, by chance (a lognormal factor of mean 1), or by both; several multiply",
  strikes: "tasks",
  needs: [],
  needsOneOf: ["factor", "noise"],
  takes: [],
  idle: ({ estimates }) => (estimates === "none" ? "has nothing to make wrong: scheduler.estimates is none" : undefined),
  strike: (task, { factor = 1, noise = 0 }, world) => world.misestimate(task, factor, noise),
};
