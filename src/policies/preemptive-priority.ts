// Preemptive priority: a task of better priority takes the place of one that runs.
import { definePolicy } from "./policy.ts";

export const preemptivePriority = definePolicy({
  name: "preemptive-priority",
  summary: "best priority first, taking the place of running tasks of worse priority",
  formula: "priority (lower first by default), running tasks too",
  source: "White & Christie, Operations Research 6, 1958 (preemptive-resume priorities)",
  objective: "urgent tasks wait for nothing that is less urgent",
  preempts: true,
  scaleFree: true,
  needs: ["priority"],
  create: ({ priorityOrder }) => {
    const sign = priorityOrder === "lower-first" ? 1 : -1;
    return { rank: (task) => sign * task.priority };
  },
});
