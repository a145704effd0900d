// Dispatching at random: splits the arrivals evenly, blind to the queues.
import { defineDispatching } from "./dispatching.ts";
import type { WorkerView } from "./policy.ts";

export const dispatchRandom = defineDispatching({
  name: "dispatch-random",
  summary: "each task is bound to a random worker's queue",
  formula: "worker floor(u * n) of the n that could hold the task",
  source: "Harchol-Balter, Performance Modeling and Design of Computer Systems, 2013, ch. 24",
  objective: "none, the baseline of dispatching: each worker is a queue of its own",
  draws: true,
  chooser: (context) => (task, candidates) => candidates[Math.floor(context.draw(task, 0) * candidates.length)] as WorkerView,
});
