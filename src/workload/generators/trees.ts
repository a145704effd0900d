// Trees: out-trees spread from one root, in-trees gather to one root. All levels are full but for the last of the tree.
import { COUNT, type Generator, type GeneratorOption, numberOf } from "./generator.ts";

const options: Record<string, GeneratorOption> = {
  count: COUNT,
  arity: { summary: "children of a node", type: "count", default: 2, min: 1 },
};

export const outTree: Generator = {
  name: "out-tree",
  summary: "a tree that spreads: each task but the root depends on its parent",
  source: "precedence constraints “out-tree”: Graham, Lawler, Lenstra and Rinnooy Kan 1979; Hu 1961",
  options,
  shape(values) {
    const arity = numberOf(values, "arity");
    return {
      count: numberOf(values, "count"),
      fill(position, row) {
        if (position > 0) row.dependencies.push(Math.floor((position - 1) / arity));
      },
    };
  },
};

export const inTree: Generator = {
  name: "in-tree",
  summary: "a tree that gathers: each task depends on its children, the last task on all",
  source: "precedence constraints “in-tree”: Hu 1961, Parallel sequencing and assembly line problems",
  options,
  shape(values) {
    const arity = numberOf(values, "arity");
    const count = numberOf(values, "count");
    return {
      count,
      fill(position, row) {
        const node = count - 1 - position; // numbered by level from the root, which comes last
        const firstChild = node * arity + 1;
        for (let child = Math.min(firstChild + arity, count) - 1; child >= firstChild; child--) row.dependencies.push(count - 1 - child);
      },
    };
  },
};
