// Shortest job first, also called SPT: shortest processing time first.
import { definePolicy } from "./policy.ts";

export const sjf = definePolicy({
  name: "sjf",
  summary: "shortest job first, by estimate (SPT)",
  formula: "estimate",
  source: "Smith, Naval Research Logistics Quarterly 3, 1956; Conway, Maxwell & Miller, Theory of Scheduling, 1967",
  objective: "mean flow time: optimal for tasks of one slot released together, on one worker and on identical ones",
  scaleFree: true,
  needs: ["estimate"],
  rank: (task) => task.estimate,
});
