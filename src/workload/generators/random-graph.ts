// Random graphs on the order of the tasks: each depends on earlier ones, by a fixed number or by a probability per pair.
import { log1p } from "../../engine/exact-math.ts";
import { refuse } from "../../model/errors.ts";
import type { EntityDraws } from "../entity-draws.ts";
import { drawDistinct } from "./distinct.ts";
import { COUNT, type Generator, numberOf, type Shape } from "./generator.ts";

const MAX_EDGES = 268_435_456;

export const randomGraph: Generator = {
  name: "random",
  summary: "a random graph: each task depends on `degree` random earlier ones, or on each with `probability`",
  source:
    "Tobita and Kasahara 2002 (samepred, sameprob); G(n, p) of Erdős and Rényi on an order, drawn by skips: Batagelj and Brandes 2005, Efficient generation of large random networks",
  options: {
    count: COUNT,
    degree: { summary: "dependencies of a task, as far as there are earlier ones (default 3)", type: "count", min: 0 },
    probability: { summary: "instead of degree: the probability that a task depends on an earlier one", type: "number", min: 0, max: 1 },
  },
  alternatives: ["degree", "probability"],
  shape(options, { draws }) {
    const count = numberOf(options, "count");
    const { probability, degree } = options;
    if (probability === undefined) return fixedDegree(count, (degree ?? 3) as number, draws);
    return byProbability(count, probability as number, draws);
  },
};

function fixedDegree(count: number, degree: number, draws: EntityDraws): Shape {
  const key = draws.key("dependencies");
  refuseTooMany(count * degree);
  return {
    count,
    fill(position, row) {
      if (position === 0 || degree === 0) return;
      draws.purpose(key);
      drawDistinct(draws.uniform, 0, position, degree, row.dependencies);
    },
  };
}

function byProbability(count: number, probability: number, draws: EntityDraws): Shape {
  const key = draws.key("dependencies");
  const miss = log1p(-probability);
  refuseTooMany((probability * count * (count - 1)) / 2);
  return {
    count,
    fill(position, row) {
      if (probability === 0) return;
      draws.purpose(key);
      for (let earlier = -1, index = 0; ; index++) {
        // The number of misses before the next hit is geometric.
        earlier += 1 + (probability === 1 ? 0 : Math.floor(log1p(-draws.uniform(index)) / miss));
        if (earlier >= position) return;
        row.dependencies.push(earlier);
      }
    },
  };
}

function refuseTooMany(edges: number): void {
  if (edges > MAX_EDGES)
    refuse(`random: about ${Math.round(edges)} dependencies are more than ${MAX_EDGES}, the most that one graph can have`);
}
