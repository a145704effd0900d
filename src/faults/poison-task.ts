// Poison task: it fails whenever and wherever it runs.
import type { TaskFaultKind } from "./fault.ts";

export const POISON_TASK: TaskFaultKind = {
  name: "poison-task",
  summary: "the task fails at every attempt, wherever it runs, until it has none left",
  strikes: "tasks",
  needs: [],
  takes: [],
  strike: (task, _, world) => world.failAlways(task),
};
