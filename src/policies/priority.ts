// By the priority that the client gave.
import { definePolicy } from "./policy.ts";

export const priority = definePolicy({
  name: "priority",
  summary: "by given priority, lower or higher first as the scheduler is set",
  formula: "priority (lower first) or -priority (higher first)",
  source: "Cobham, Operations Research 2, 1954",
  objective: "waiting of the urgent classes; by c times mu it is the least weighted mean waiting on one worker (Cox & Smith 1961)",
  scaleFree: true,
  needs: ["priority"],
  create: ({ priorityOrder }) => ({
    rank: priorityOrder === "lower-first" ? (task) => task.priority : (task) => -task.priority,
  }),
});
