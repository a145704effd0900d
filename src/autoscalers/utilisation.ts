// utilisation: so many instances that the part of their cores that is allocated comes near a target.
import type { AutoscalerDefinition, PoolView } from "./autoscaler.ts";

export const utilisation: AutoscalerDefinition = {
  name: "utilisation",
  summary: "so many instances of each pool that the part of their cores that is allocated comes near a target",
  parameters: {
    target: { summary: "the part that is to be allocated", unit: "number", default: 0.7, least: 0.01, most: 1 },
    tolerance: {
      summary: "by which part of the target it may be off before anything is done",
      unit: "number",
      default: 0.1,
      least: 0,
      most: 1,
    },
  },
  create: ({ target = 0.7, tolerance = 0.1 }) => ({
    decide: ({ pools }) => {
      let areFull = true; // all pools so far
      return pools.map((pool) => {
        const waits = pool.own.tasks > 0 || (areFull && pool.all.tasks > 0);
        const wanted = pool.cores === 0 ? Math.max(pool.present + pool.booting, waits ? 1 : 0) : near(pool, target, tolerance);
        areFull &&= wanted >= pool.max;
        return wanted;
      });
    },
  }),
};

/** How many would have the target allocated of what is allocated now; as many as there are where that is near enough. */
function near({ allocated, cores, present, booting }: PoolView, target: number, tolerance: number): number {
  const ratio = allocated / (cores * target);
  if (Math.abs(ratio - 1) <= tolerance) return present + booting;
  return Math.ceil(present * ratio);
}
