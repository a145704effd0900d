// Independent tasks, all there from the start (or at the template's release).
import { COUNT, type Generator, numberOf } from "./generator.ts";

export const bag: Generator = {
  name: "bag",
  summary: "independent tasks",
  source: "bag of tasks: Cirne et al. 2003, Running bag-of-tasks applications on computational grids",
  options: { count: COUNT },
  shape: (options) => ({ count: numberOf(options, "count"), fill: () => {} }),
};
