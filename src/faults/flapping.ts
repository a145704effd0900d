// Flapping: the worker goes down and comes back again and again, as with a loose cable or a process that is restarted in vain.
import type { WorkerFaultKind } from "./fault.ts";

export const FLAPPING: WorkerFaultKind = {
  name: "flapping",
  summary:
    "the worker goes down, for `down`, and is up again, for `up`, over and over for as long as the fault lasts: each time a crash and a new incarnation",
  strikes: "workers",
  needs: ["cycle"],
  effect: () => ({ kind: "down" }),
};
