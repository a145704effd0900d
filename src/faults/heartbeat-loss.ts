// Heartbeat loss: the worker works, but its heartbeats do not arrive.
import type { WorkerFaultKind } from "./fault.ts";

export const HEARTBEAT_LOSS: WorkerFaultKind = {
  name: "heartbeat-loss",
  summary: "the worker goes on, and its results arrive, but its heartbeats do not",
  strikes: "workers",
  needs: [],
  effect: () => ({ kind: "muted" }),
};
