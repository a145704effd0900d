// pod: an attempt runs in a pod, which the worker's agent admits before it does what it does for a container.
import { type EnvironmentKind, plainStage, pullStage } from "./environment.ts";

export const POD: EnvironmentKind = {
  name: "pod",
  summary: "a pod: it is admitted, its image is pulled once per worker, and it starts",
  takes: ["admission", "image", "pull", "size", "start"],
  stages: (options) => [plainStage(options, "admission"), pullStage(options), plainStage(options, "start")],
};
