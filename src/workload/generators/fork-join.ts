// Fork-join graphs: a task, then many in parallel, then a task that waits for all of them; that in stages.
import { type Generator, numberOf } from "./generator.ts";

export const forkJoin: Generator = {
  name: "fork-join",
  summary: "stages of parallel tasks between single ones",
  source:
    "Nelson and Tantawi 1988, Approximate analysis of fork/join synchronization in parallel queues; as bulk-synchronous supersteps: Valiant 1990",
  options: {
    width: { summary: "parallel tasks per stage", type: "count", default: 10, min: 1 },
    stages: { summary: "number of stages; the join of one is the fork of the next", type: "count", default: 1, min: 1 },
  },
  shape(options) {
    const width = numberOf(options, "width");
    const period = width + 1;
    return {
      count: numberOf(options, "stages") * period + 1,
      fill(position, row) {
        if (position === 0) return;
        const place = position % period;
        if (place > 0) row.dependencies.push(position - place);
        else for (let before = position - width; before < position; before++) row.dependencies.push(before);
      },
    };
  },
};
