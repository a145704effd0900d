// Tasks that became ready since the last pass, each once.
import { expect, test } from "vitest";
import { Arrivals } from "../../src/scheduler/arrivals.ts";
import type { Ledger } from "../../src/scheduler/ledger.ts";
import type { RankOrder } from "../../src/scheduler/rank-order.ts";
import { Status } from "../../src/model/status.ts";

/** Those that are taken, by position, where all but some are ready. */
function taken(arrivals: Arrivals, ...over: number[]): number[] {
  const ledger = { status: (task: number) => (over.includes(task) ? Status.cancelled : Status.ready) } as unknown as Ledger;
  const order = { sortByArrival: (tasks: Int32Array) => tasks.sort() } as unknown as RankOrder;
  return [...arrivals.take(order, ledger)];
}

test("one that is ready no more is not taken, and one that is ready again but once", () => {
  const arrivals = new Arrivals();
  arrivals.addAll([5, 3, 4]);
  arrivals.cancel(); // 3
  arrivals.cancel(); // 4
  arrivals.add(3);
  expect(arrivals.count).toBe(2);
  expect(taken(arrivals, 4)).toEqual([3, 5]);
  expect([arrivals.count, taken(arrivals)]).toEqual([0, []]);
});
