// Lost answer: an effect is done, and the word of it is lost.
import { MessageKind } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";

export const LOST_ANSWER: WorkerFaultKind = {
  name: "lost-answer",
  summary: "ends of attempts count, and the answer to the worker is lost, all or some; it tells them again, and they do not count twice",
  strikes: "workers",
  needs: [],
  takes: ["probability"],
  effect: ({ probability = 1 }) => ({
    kind: "link",
    does: "lose",
    direction: "to-worker",
    messages: [MessageKind.noted],
    probability,
    by: 0,
  }),
};
