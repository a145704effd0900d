// Policies that no registry has, for what the registered ones leave untouched: dynamic ranks, ranks of three numbers, and lines
// of either sign that cross and meet.
import { definePolicy, type PolicyDefinition } from "../src/policies/policy.ts";

/** Ranks that change from pass to pass, forth and back. */
const tides = definePolicy({
  name: "test-tides",
  order: "dynamic",
  rank: (task, now) => (now + 3 * task.position) % 7,
});

/** Waiting time over estimate, asked anew each pass: what `wfp3` gets as a line. */
const stretch = definePolicy({
  name: "test-stretch",
  order: "dynamic",
  needs: ["estimate"],
  rank: (task, now) => [-Math.floor((now - task.readyAt) / (task.estimate + 1)), task.cpu],
});

/** Three numbers with few values each, one of which changes from attempt to attempt. */
const layers = definePolicy({
  name: "test-layers",
  order: "static",
  rank: (task) => [task.priority, task.position % 2, -task.attempts],
});

/** Lines in time that rise and fall, with equal slopes among them. */
const seesaw = definePolicy({
  name: "test-seesaw",
  order: "line",
  line: (task) => ({ slope: (task.position % 5) - 2 }),
});

/** Lines whose slopes are no round numbers. */
const fan = definePolicy({
  name: "test-fan",
  order: "line",
  line: (task) => ({ slope: -1 / (3 + (task.position % 7)) }),
});

export const EXTRA_POLICIES: readonly PolicyDefinition[] = [tides, stretch, layers, seesaw, fan];
