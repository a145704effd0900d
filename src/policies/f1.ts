// F1: a rank learnt from simulations by regression, best of a family of non-linear functions.
import { log10 } from "../engine/exact-math.ts";
import { SECOND } from "../model/units.ts";
import { definePolicy } from "./policy.ts";

export const f1 = definePolicy({
  name: "f1",
  summary: "least of a learnt function of estimate, size and release date first",
  formula: "log10(estimate) * cpus + 870 * log10(release), in seconds, release counted from the first one",
  source: "Carastan-Santos & de Camargo, SC 2017",
  objective: "batch logs: mean bounded slowdown",
  needs: ["estimate"],
  create: (context) => ({
    rank: ({ cpu, estimate, release }) =>
      log10((estimate || SECOND) / SECOND) * cpu + 870 * log10(Math.max(1, (release - context.origin) / SECOND)),
  }),
});
