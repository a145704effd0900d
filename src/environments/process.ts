// process: an attempt is a process of the worker's own system, which starts at once, or nearly so.
import { type EnvironmentKind, plainStage } from "./environment.ts";

export const PROCESS: EnvironmentKind = {
  name: "process",
  summary: "a process of the worker's own system: it starts",
  takes: ["start"],
  stages: (options) => [plainStage(options, "start")],
};
