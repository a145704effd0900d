// Dispatching to the better of two: almost as good as the shortest queue, for two looks instead of n.
import { defineDispatching } from "./dispatching.ts";
import type { WorkerView } from "./policy.ts";

export const dispatchPow2 = defineDispatching({
  name: "dispatch-pow2",
  summary: "each task is bound to the shorter queue of two random workers (power of two choices)",
  formula: "of two different workers drawn from those that could hold the task, the one with fewer tasks; a tie goes to the first drawn",
  source: "Vvedenskaya, Dobrushin & Karpelevich 1996; Mitzenmacher, IEEE Transactions on Parallel and Distributed Systems 12, 2001",
  objective: "mean flow time with little to look at: queues longer than k are as rare as load^(2^k - 1)",
  draws: true,
  chooser: (context) => (task, candidates) => {
    const count = candidates.length;
    const first = Math.floor(context.draw(task, 0) * count);
    const a = candidates[first] as WorkerView;
    if (count === 1) return a;
    const other = Math.floor(context.draw(task, 1) * (count - 1));
    const b = candidates[other < first ? other : other + 1] as WorkerView;
    return b.queued + b.running < a.queued + a.running ? b : a;
  },
});
