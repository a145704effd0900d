// Crash: the worker goes down and loses all that runs on it.
import type { FaultKind } from "./fault.ts";

export const CRASH: FaultKind = {
  name: "crash",
  summary: "the worker goes down and loses all that runs on it; when it is up again it registers as a new incarnation",
  needs: [],
  effect: () => ({ kind: "down" }),
};
