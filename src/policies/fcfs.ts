// First come, first served: in order of release, and the first is never overtaken.
import { definePolicy } from "./policy.ts";

export const fcfs = definePolicy({
  name: "fcfs",
  summary: "first come, first served; the head of the queue is never overtaken",
  formula: "release date, then position",
  source: "Kleinrock, Queueing Systems vol. 1, 1975",
  objective:
    "least maximum flow time on one worker and within 3 - 2/m of it on m (Bender, Chakrabarti & Muthukrishnan 1998); least variance of waiting (Kingman 1962)",
  blocking: true,
  scaleFree: true,
  rank: () => 0,
});
