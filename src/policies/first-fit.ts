// List scheduling in order of release: whatever fits may overtake what does not.
import { definePolicy } from "./policy.ts";

export const firstFit = definePolicy({
  name: "first-fit",
  summary: "in order of release, and what fits overtakes what does not (fcfs:blocking=false)",
  formula: "release date, then position",
  source: "Graham, Bell System Technical Journal 45, 1966; Garey & Graham, SIAM J. Computing 4, 1975",
  objective: "makespan: at most (2 - 1/m) times the optimum for tasks of one slot on m identical workers, s + 1 times with s resources",
  scaleFree: true,
  rank: () => 0,
});
