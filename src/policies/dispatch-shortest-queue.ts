// Dispatching to the worker with the fewest tasks.
import { defineDispatching, leastOf } from "./dispatching.ts";

export const dispatchShortestQueue = defineDispatching({
  name: "dispatch-shortest-queue",
  summary: "each task is bound to the worker with the fewest tasks, queued and running (join the shortest queue)",
  formula: "argmin of queued + running, then position",
  source: "Winston, J. Applied Probability 14, 1977",
  objective: "mean flow time: optimal on identical workers of one slot for exponential times that are not known",
  chooser: () => (_task, candidates) => leastOf(candidates, (worker) => worker.queued + worker.running),
});
