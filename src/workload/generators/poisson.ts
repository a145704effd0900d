// Poisson arrivals: independent tasks with exponential times between their releases.
import { samplerOf } from "../distributions.ts";
import { ARRIVAL_ALTERNATIVES, ARRIVAL_OPTIONS, meanInterarrival } from "./arrival-rate.ts";
import { COUNT, type Generator, numberOf } from "./generator.ts";

export const poisson: Generator = {
  name: "poisson",
  summary: "independent tasks that arrive in a Poisson process, at a utilisation of the cluster",
  source: "Kleinrock 1975, Queueing systems I: the arrivals of M/G/k",
  options: { count: COUNT, ...ARRIVAL_OPTIONS },
  alternatives: ARRIVAL_ALTERNATIVES,
  shape(options, context) {
    const gap = samplerOf({ distribution: "exponential", mean: meanInterarrival("poisson", options, context) });
    const { draws } = context;
    const key = draws.key("arrival");
    let time = 0;
    return {
      count: numberOf(options, "count"),
      fill(_position, row) {
        draws.purpose(key);
        time += gap(draws.uniform);
        row.release += Math.round(time);
      },
    };
  },
};
