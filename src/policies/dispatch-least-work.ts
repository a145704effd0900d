// Dispatching to the worker with the least work left.
import { defineDispatching, leastOf } from "./dispatching.ts";

export const dispatchLeastWork = defineDispatching({
  name: "dispatch-least-work",
  summary: "each task is bound to the worker with the least estimated work left",
  formula: "argmin of pending work (estimates of what is queued, and what is left of those running), then position",
  source: "Harchol-Balter, Crovella & Murta, J. Parallel and Distributed Computing 59, 1999",
  objective: "mean flow time: with exact estimates on identical workers of one slot it equals fcfs from one queue",
  needs: ["estimate"],
  chooser: () => (_task, candidates) => leastOf(candidates, (worker) => worker.pendingWork),
});
