// none: every pool stays as it is, but that it has its least.
import type { AutoscalerDefinition } from "./autoscaler.ts";

export const none: AutoscalerDefinition = {
  name: "none",
  summary: "leaves each pool as it is, but for what it lacks of its min",
  parameters: {},
  create: () => ({ decide: ({ pools }) => pools.map(({ present, booting }) => present + booting) }),
};
