// A random order: the baseline that knows nothing.
import { definePolicy } from "./policy.ts";

export const random = definePolicy({
  name: "random",
  summary: "in random order, drawn per task from the policy's seed",
  formula: "u, uniform in [0, 1)",
  source: "service in random order: Conway, Maxwell & Miller, Theory of Scheduling, 1967",
  objective: "none, a baseline: the mean waiting of fcfs on one worker, with more variance (Kingman 1962)",
  draws: true,
  scaleFree: true,
  create: (context) => ({ rank: (task) => context.draw(task, 0) }),
});
