// Shrink: the worker has less, as when a neighbour on the same machine takes its part; what no longer fits is given up first.
import type { WorkerFaultKind } from "./fault.ts";

export const SHRINK: WorkerFaultKind = {
  name: "shrink",
  summary:
    "the worker has at most so much, *to* which it shrinks: attempts that no longer fit are given up first, those of the worst rank, then those started last; of several such faults at a time the least holds",
  strikes: "workers",
  needs: ["capacity"],
  effect: ({ capacity = [] }) => ({ kind: "shrunk", most: capacity.map((amount) => amount ?? Number.POSITIVE_INFINITY) }),
};
