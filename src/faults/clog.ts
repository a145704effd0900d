// A clog: what is sent over the link arrives when it is over.
import type { WorkerFaultKind } from "./fault.ts";

export const CLOG: WorkerFaultKind = {
  name: "clog",
  summary: "messages are held back, both ways or one way, and arrive when it is over",
  strikes: "workers",
  needs: [],
  takes: ["direction"],
  effect: ({ direction = "both" }) => ({ kind: "link", does: "clog", direction, probability: 1, by: 0 }),
};
