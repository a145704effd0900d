// WFP3: waiting relative to the length asked for, cubed, times size; favours large jobs that have waited long.
import { cbrt } from "../engine/exact-math.ts";
import { SECOND } from "../model/units.ts";
import { definePolicy } from "./policy.ts";

export const wfp3 = definePolicy({
  name: "wfp3",
  summary: "longest wait relative to the estimate first, larger tasks favoured",
  formula: "-(wait / estimate)^3 * cpus",
  source: "Tang, Lan, Desai & Buettner, IEEE Cluster 2009",
  objective: "batch logs: mean slowdown without starving large jobs",
  needs: ["estimate"],
  // The cube root orders alike and is a line in the waiting time. The floor of 1 s is why this is not scale free.
  line: ({ cpu, estimate }) => ({ slope: -cbrt(cpu) / (estimate || SECOND) }),
});
