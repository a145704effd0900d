// Longest job first, also called LPT: longest processing time first.
import { definePolicy } from "./policy.ts";

export const ljf = definePolicy({
  name: "ljf",
  summary: "longest job first, by estimate (LPT)",
  formula: "-estimate",
  source: "Graham, SIAM J. Applied Mathematics 17, 1969",
  objective: "makespan: at most 4/3 - 1/(3m) times the optimum for independent tasks of one slot released together on m identical workers",
  scaleFree: true,
  needs: ["estimate"],
  rank: (task) => -task.estimate,
});
