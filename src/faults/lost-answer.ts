// Lost answer: an effect is done, and the word of it is lost.
import { MessageKind } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";
import { loses } from "./message-loss.ts";

export const LOST_ANSWER: WorkerFaultKind = {
  name: "lost-answer",
  summary: "ends of attempts count, and the answer to the worker is lost, all or some; it tells them again, and they do not count twice",
  strikes: "workers",
  needs: [],
  takes: ["probability"],
  effect: ({ probability = 1 }) => loses([MessageKind.noted], probability),
};
