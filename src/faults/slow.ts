// Slow: the worker runs at a part of its speed.
import type { FaultKind } from "./fault.ts";

export const SLOW: FaultKind = {
  name: "slow",
  summary: "the worker runs at a part of its speed; several such faults at a time multiply",
  needs: ["speed"],
  effect: ({ speed = 1 }) => ({ kind: "slow", rate: Math.max(1, Math.round(speed * 1000)) }),
};
