// container: an attempt runs in a container, whose image each worker pulls once and keeps while there is room.
import { type EnvironmentKind, plainStage, pullStage } from "./environment.ts";

export const CONTAINER: EnvironmentKind = {
  name: "container",
  summary: "a container: its image is pulled once per worker, and it starts",
  takes: ["image", "pull", "size", "start"],
  stages: (options) => [pullStage(options), plainStage(options, "start")],
};
