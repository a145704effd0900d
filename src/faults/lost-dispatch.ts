// Lost dispatch: the scheduler sends starts that never arrive.
import { MessageKind } from "../model/network.ts";
import type { WorkerFaultKind } from "./fault.ts";
import { loses } from "./message-loss.ts";

export const LOST_DISPATCH: WorkerFaultKind = {
  name: "lost-dispatch",
  summary: "starts do not reach the worker, all or some; the scheduler sends them again when heartbeats do not know of them",
  strikes: "workers",
  needs: [],
  takes: ["probability"],
  effect: ({ probability = 1 }) => loses([MessageKind.start], probability),
};
