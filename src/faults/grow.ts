// Grow: the worker has more for a while, as a machine that bursts.
import type { WorkerFaultKind } from "./fault.ts";

export const GROW: WorkerFaultKind = {
  name: "grow",
  summary:
    "the worker has at least so much, *to* which it grows, unless it shrinks too; when that is over, attempts that no longer fit are given up as for `shrink`; of several such faults at a time the most holds",
  strikes: "workers",
  needs: ["capacity"],
  effect: ({ capacity = [] }) => ({ kind: "grown", least: capacity.map((amount) => amount ?? 0) }),
};
