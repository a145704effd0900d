// Messages take longer.
import { ofKinds } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";

export const MESSAGE_DELAY: WorkerFaultKind = {
  name: "message-delay",
  summary: "messages take longer by so much",
  strikes: "workers",
  needs: ["by"],
  takes: ["direction", "messages"],
  effect: ({ direction = "both", messages, by = 0 }) => ({
    kind: "link",
    does: "delay",
    direction,
    ...ofKinds(messages),
    probability: 1,
    by,
  }),
};
