// Messages are lost, all or some of them.
import { ofKinds } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";

export const MESSAGE_LOSS: WorkerFaultKind = {
  name: "message-loss",
  summary: "messages are lost, all or some, of all kinds or of some, both ways or one way",
  strikes: "workers",
  needs: [],
  takes: ["direction", "messages", "probability"],
  effect: ({ direction = "both", messages, probability = 1 }) => ({
    kind: "link",
    does: "lose",
    direction,
    ...ofKinds(messages),
    probability,
    by: 0,
  }),
};
