// Messages may overtake one another.
import { ofKinds } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";

export const MESSAGE_REORDERING: WorkerFaultKind = {
  name: "message-reordering",
  summary: "messages may overtake one another; those that draw their delay then do",
  strikes: "workers",
  needs: [],
  takes: ["direction", "messages"],
  effect: ({ direction = "both", messages }) => ({ kind: "link", does: "reorder", direction, ...ofKinds(messages), probability: 1, by: 0 }),
};
