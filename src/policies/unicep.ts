// UNICEP (UNICEF in its paper): waiting relative to a job's area, sizes on a logarithm; favours small jobs, fast turn-around.
import { log2 } from "../engine/exact-math.ts";
import { SECOND } from "../model/units.ts";
import { definePolicy } from "./policy.ts";

export const unicep = definePolicy({
  name: "unicep",
  summary: "longest wait relative to estimate and size first, smaller tasks favoured",
  formula: "-wait / (log2(max(2, cpus)) * estimate)",
  source: "Tang, Lan, Desai & Buettner, IEEE Cluster 2009 (UNICEF)",
  objective: "batch logs: mean slowdown of small jobs",
  needs: ["estimate"],
  // The floor of 1 s is why this is not scale free.
  line: ({ cpu, estimate }) => ({ slope: -1 / (log2(Math.max(2, cpu)) * (estimate || SECOND)) }),
});
