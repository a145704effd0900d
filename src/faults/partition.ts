// A partition: what is sent over the link does not arrive.
import type { WorkerFaultKind } from "./fault.ts";

export const PARTITION: WorkerFaultKind = {
  name: "partition",
  summary: "the link is cut, both ways or one way: what would arrive meanwhile is dropped",
  strikes: "workers",
  needs: [],
  takes: ["direction"],
  effect: ({ direction = "both" }) => ({ kind: "link", does: "cut", direction, probability: 1, by: 0 }),
};
