// Lost completion: the worker tells ends of attempts that never arrive.
import { MessageKind } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";
import { loses } from "./message-loss.ts";

export const LOST_COMPLETION: WorkerFaultKind = {
  name: "lost-completion",
  summary: "what the worker tells of ends of attempts is lost, all or some; it tells them again until they are answered",
  strikes: "workers",
  needs: [],
  takes: ["probability"],
  effect: ({ probability = 1 }) => loses([MessageKind.ended], probability),
};
