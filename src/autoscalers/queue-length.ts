// queue-length: an instance for each so many tasks that wait.
import type { AutoscalerDefinition } from "./autoscaler.ts";
import { spread } from "./spread.ts";

export const queueLength: AutoscalerDefinition = {
  name: "queue-length",
  summary: "an instance for each so many tasks that wait; as many at least as are in use",
  parameters: {
    tasksPerWorker: { summary: "waiting tasks for each instance", unit: "number", default: 4, least: 0.001, most: 1_000_000 },
  },
  create: ({ tasksPerWorker = 4 }) => ({
    decide: ({ pools }) => spread(pools, tasksPerWorker, ({ own, all }) => ({ own: own.tasks, all: all.tasks })),
  }),
};
