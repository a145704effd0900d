// Slow: the worker runs at a part of its speed.
import type { WorkerFaultKind } from "./fault.ts";

export const SLOW: WorkerFaultKind = {
  name: "slow",
  summary: "the worker runs at a part of its speed; several such faults at a time multiply",
  strikes: "workers",
  needs: ["speed"],
  effect: ({ speed = 1 }) => ({ kind: "slow", rate: Math.max(1, Math.round(speed * 1000)) }),
};
