// Slow: the worker runs at a part of its speed.
import type { WorkerFaultKind } from "./fault.ts";

export const SLOW: WorkerFaultKind = {
  name: "slow",
  summary:
    "the worker runs at a part of its speed; several such faults at a time multiply; `speed: 0`, of a replica of the scheduler: its disk finishes nothing",
  strikes: "workers",
  needs: ["speed"],
  effect: ({ speed = 1 }) => ({ kind: "slow", rate: speed === 0 ? 0 : Math.max(1, Math.round(speed * 1000)) }),
};
