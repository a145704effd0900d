// Messages are lost, all or some of them.
import { type Direction, type MessageKind, ofKinds } from "../model/network.ts";
import type { FaultEffect } from "../model/world.ts";
import type { WorkerFaultKind } from "./fault.ts";

export const MESSAGE_LOSS: WorkerFaultKind = {
  name: "message-loss",
  summary: "messages are lost, all or some, of all kinds or of some, both ways or one way",
  strikes: "workers",
  needs: [],
  takes: ["direction", "messages", "probability"],
  effect: ({ direction, messages, probability = 1 }) => loses(messages, probability, direction),
};

/** The effect that messages of those kinds (undefined: all) are lost; kinds go one way each, so that they need no direction. */
export function loses(messages: readonly MessageKind[] | undefined, probability: number, direction: Direction = "both"): FaultEffect {
  return { kind: "link", does: "lose", direction, ...ofKinds(messages), probability, by: 0 };
}
