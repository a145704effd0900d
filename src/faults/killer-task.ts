// Killer task: it takes the worker down on which it runs.
import type { TaskFaultKind } from "./fault.ts";

export const KILLER_TASK: TaskFaultKind = {
  name: "killer-task",
  summary:
    "the task takes its worker down when it has done the part `after` of its work (default 1), for the time `restart` or for good; only the limit on lost attempts ends it (`retries: { countLost: true }`)",
  strikes: "tasks",
  needs: [],
  takes: ["after", "restart"],
  failsWorkers: true,
  caution: ({ retry }) =>
    retry.countLost
      ? undefined
      : "a killer-task goes from worker to worker for as long as there are any, since attempts that are lost do not count; scheduler: { retries: { countLost: true } } ends it when it has none left",
  strike: (task, { after = 1, restart = Number.POSITIVE_INFINITY }, world) => world.killsWorkers(task, after, restart),
};
