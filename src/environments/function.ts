// function: an attempt runs in an instance of a function, which starts cold unless an earlier one has left it warm on its worker.
import type { EnvironmentKind } from "./environment.ts";

export const FUNCTION: EnvironmentKind = {
  name: "function",
  summary: "an instance of a function: it starts cold, or warm where one is kept on the worker after an earlier attempt",
  takes: ["image", "cold", "warm", "keep"],
  stages: ({ times, fails, warm = 0, keep = 0 }) => [{ stage: "cold", time: times.cold ?? 0, fails: fails.cold ?? 0, warm, keep }],
};
