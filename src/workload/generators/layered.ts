// Layered graphs: layers of equal width, each task depends on some of the layer before.
import { drawDistinct } from "./distinct.ts";
import { COUNT, type Generator, numberOf } from "./generator.ts";

export const layered: Generator = {
  name: "layered",
  summary: "layers of equal width; each task depends on `degree` random tasks of the layer before",
  source:
    "the layer-by-layer method: Tobita and Kasahara 2002, A standard task graph set for fair evaluation of multiprocessor scheduling algorithms",
  options: {
    count: COUNT,
    width: { summary: "tasks per layer", type: "count", default: 10, min: 1 },
    degree: { summary: "dependencies of a task; all of the layer before where it has no more", type: "count", default: 3, min: 1 },
  },
  shape(options, { draws }) {
    const width = numberOf(options, "width");
    const degree = numberOf(options, "degree");
    const key = draws.key("dependencies");
    return {
      count: numberOf(options, "count"),
      fill(position, row) {
        const layer = position - (position % width);
        if (layer === 0) return;
        draws.purpose(key);
        drawDistinct(draws.uniform, layer - width, width, degree, row.dependencies);
      },
    };
  },
};
