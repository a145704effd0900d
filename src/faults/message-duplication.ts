// Messages arrive twice.
import { ofKinds } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";

export const MESSAGE_DUPLICATION: WorkerFaultKind = {
  name: "message-duplication",
  summary: "messages arrive twice, all or some",
  strikes: "workers",
  needs: [],
  takes: ["direction", "messages", "probability"],
  effect: ({ direction = "both", messages, probability = 1 }) => ({
    kind: "link",
    does: "duplicate",
    direction,
    ...ofKinds(messages),
    probability,
    by: 0,
  }),
};
