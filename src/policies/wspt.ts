// Weighted shortest processing time first: Smith's rule.
import { definePolicy } from "./policy.ts";

export const wspt = definePolicy({
  name: "wspt",
  summary: "least estimate per weight first (Smith's rule)",
  formula: "estimate / weight",
  source: "Smith, Naval Research Logistics Quarterly 3, 1956",
  objective:
    "weighted completion time: optimal on one worker for tasks released together, within (1 + sqrt 2)/2 on identical ones (Kawaguchi & Kyo 1986)",
  scaleFree: true,
  needs: ["estimate", "weight"],
  // A task without weight comes last, one without length first: it delays nobody.
  rank: ({ estimate, weight }) => (estimate === 0 ? 0 : Math.min(estimate / weight, Number.MAX_VALUE)),
});
