// Critical path first: the task with the longest chain of work still before the end of the graph.
import { definePolicy } from "./policy.ts";

export const criticalPath = definePolicy({
  name: "critical-path",
  summary: "longest estimated path to the end of the graph first (bottom level, upward rank, HLFET)",
  formula: "-bottom level",
  source: "Hu, Operations Research 9, 1961; Adam, Chandy & Dickson, Communications of the ACM 17, 1974",
  objective: "makespan of graphs: optimal for in-trees of unit tasks on identical workers of one slot, near it in practice",
  scaleFree: true,
  needs: ["estimate", "dependencies"],
  rank: (task) => -task.bottomLevel,
});
