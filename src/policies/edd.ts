// Earliest due date first, also called EDF where due dates are deadlines.
import { definePolicy } from "./policy.ts";

export const edd = definePolicy({
  name: "edd",
  summary: "earliest due date first; tasks without one come last",
  formula: "due date",
  source: "Jackson, UCLA Management Science Research Report 43, 1955",
  objective: "maximum lateness: optimal on one worker for tasks released together",
  scaleFree: true,
  needs: ["due"],
  rank: (task) => (task.due === Number.POSITIVE_INFINITY ? [1, 0] : [0, task.due]),
});
