// target-wait: as many instances as would do all that waits, by its estimates, within a time.
import type { AutoscalerDefinition } from "./autoscaler.ts";
import { spread } from "./spread.ts";

export const targetWait: AutoscalerDefinition = {
  name: "target-wait",
  summary: "as many instances as would do all that waits, by its estimates, within a time; as many at least as are in use",
  parameters: {
    wait: { summary: "that time", unit: "time", default: 300_000_000, least: 1, most: Number.MAX_SAFE_INTEGER },
  },
  needsEstimates: true,
  create: ({ wait = 300_000_000 }) => ({
    decide: ({ pools }) => {
      const wanted = spread(pools, wait, ({ own, all }) => ({ own: own.work, all: all.work }));
      // Tasks that take no time still need a worker.
      return pools.map((pool, i) => Math.max(wanted[i] as number, pool.own.tasks > 0 ? 1 : 0));
    },
  }),
};
