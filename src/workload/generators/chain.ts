// Chains: each task depends on the one before it in its chain.
import { COUNT, type Generator, numberOf } from "./generator.ts";

export const chain: Generator = {
  name: "chain",
  summary: "one chain of tasks, or several side by side",
  source: "precedence constraints “chains” in the three-field notation: Graham, Lawler, Lenstra and Rinnooy Kan 1979",
  options: {
    count: COUNT,
    chains: { summary: "number of chains; task i follows task i − chains", type: "count", default: 1, min: 1 },
  },
  shape(options) {
    const chains = numberOf(options, "chains");
    return {
      count: numberOf(options, "count"),
      fill(position, row) {
        if (position >= chains) row.dependencies.push(position - chains);
      },
    };
  },
};
