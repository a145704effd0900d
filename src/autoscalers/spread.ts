// Shares what waits among the pools in their order: what one cannot take, for it has all that it may have, goes to the next that can.
import { inUse, type PoolView } from "./autoscaler.ts";

/** How many instances each pool should have, at so much demand for each; as many at least as are in use. */
export function spread(pools: readonly PoolView[], each: number, demandOf: (pool: PoolView) => { own: number; all: number }): number[] {
  let over = 0;
  return pools.map((pool) => {
    const { own, all } = demandOf(pool);
    const taken = Math.min(over, all - own);
    const demand = own + taken;
    over += Math.max(0, demand - pool.max * each) - taken;
    return Math.max(inUse(pool), Math.ceil(demand / each));
  });
}
