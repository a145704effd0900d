// Preemptive shortest job first: by whole estimates, whatever has run of them already.
import { definePolicy } from "./policy.ts";

export const preemptiveSjf = definePolicy({
  name: "preemptive-sjf",
  summary: "shortest job first, by whole estimate, taking the place of running longer ones",
  formula: "estimate, running tasks too",
  source: "Phipps, Operations Research 4, 1956 (shortest job first), with preemption",
  objective: "short tasks wait for no longer ones; under kill no attempt is killed for a task that is not shorter",
  preempts: true,
  scaleFree: true,
  needs: ["estimate"],
  rank: (task) => task.estimate,
});
