// Crash: the worker goes down and loses all that runs on it.
import type { WorkerFaultKind } from "./fault.ts";

export const CRASH: WorkerFaultKind = {
  name: "crash",
  summary:
    "the worker goes down and loses all that runs on it, and what is on its disk too with `loses: disk` (of a replica of the scheduler also `loses: tail` or `loses: entry`); when it is up again it registers as a new incarnation; a whole zone goes at once with `where: { zone: a }`, or by chance with `per: zone`",
  strikes: "workers",
  needs: [],
  takes: ["loses"],
  effect: ({ loses }) => ({
    kind: "down",
    ...(loses === "disk" && { losesDisk: true }),
    ...(loses === "tail" && { log: "torn" }),
    ...(loses === "entry" && { log: "rotten" }),
  }),
};
