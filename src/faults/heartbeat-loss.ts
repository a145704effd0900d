// Heartbeat loss: the worker works, but its heartbeats do not arrive.
import type { FaultKind } from "./fault.ts";

export const HEARTBEAT_LOSS: FaultKind = {
  name: "heartbeat-loss",
  summary: "the worker goes on, and its results arrive, but its heartbeats do not",
  needs: [],
  effect: () => ({ kind: "muted" }),
};
