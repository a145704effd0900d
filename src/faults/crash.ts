// Crash: the worker goes down and loses all that runs on it.
import type { WorkerFaultKind } from "./fault.ts";

export const CRASH: WorkerFaultKind = {
  name: "crash",
  summary: "the worker goes down and loses all that runs on it; when it is up again it registers as a new incarnation",
  strikes: "workers",
  needs: [],
  effect: () => ({ kind: "down" }),
};
