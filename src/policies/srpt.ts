// Shortest remaining processing time first.
import { definePolicy } from "./policy.ts";

export const srpt = definePolicy({
  name: "srpt",
  summary: "shortest remaining processing time first, by estimate, taking the place of running tasks with more left",
  formula: "estimate - work done of the present attempt, running tasks too",
  source: "Schrage, Operations Research 16, 1968",
  objective: "mean flow time: the least of all on one worker of one slot, with exact estimates and free preemption",
  preempts: true,
  scaleFree: true,
  needs: ["estimate"],
  rank: (task) => task.remaining,
});
