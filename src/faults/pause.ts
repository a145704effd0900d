// Pause: the worker freezes, as in a long garbage collection, and goes on later as if nothing had been.
import type { WorkerFaultKind } from "./fault.ts";

export const PAUSE: WorkerFaultKind = {
  name: "pause",
  summary: "the worker freezes, with all that runs on it, and goes on later; leases do not wait for it",
  strikes: "workers",
  needs: [],
  effect: () => ({ kind: "frozen" }),
};
