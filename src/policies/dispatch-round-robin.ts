// Dispatching in turn.
import { defineDispatching } from "./dispatching.ts";
import type { WorkerView } from "./policy.ts";

export const dispatchRoundRobin = defineDispatching({
  name: "dispatch-round-robin",
  summary: "each task is bound to the next worker's queue in turn",
  formula: "the first worker after the last chosen one, cyclically, that could hold the task",
  source: "Ephremides, Varaiya & Walrand, IEEE Transactions on Automatic Control 25, 1980",
  objective: "mean flow time: optimal where queues cannot be seen, for two alike workers and exponential times",
  chooser: () => {
    let last = -1;
    return (_task, candidates) => {
      const worker = (candidates.find((candidate) => candidate.position > last) ?? candidates[0]) as WorkerView;
      last = worker.position;
      return worker;
    };
  },
});
