// Clock drift: a worker's clock runs fast or slow, and with it all that the worker times.
import type { WorkerFaultKind } from "./fault.ts";

export const CLOCK_DRIFT: WorkerFaultKind = {
  name: "clock-drift",
  summary:
    "the worker's clock runs fast (`drift: 0.05`: by 5 %) or slow (`-0.05`): so do its heartbeats, its leases and the time limits of what it runs, not its work; several such faults at a time multiply",
  strikes: "workers",
  needs: ["drift"],
  effect: ({ drift = 0 }) => ({ kind: "drifting", rate: 1_000_000 + Math.round(drift * 1_000_000) }),
};
