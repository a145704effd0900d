// Ranks that are lines in time, against looking at every task: whoever came together or alone, at any time.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnOf, constantColumn } from "../../src/model/columns.ts";
import { LineIndex } from "../../src/scheduler/line-index.ts";
import { RankOrder } from "../../src/scheduler/rank-order.ts";
import { runs, seed } from "../fuzz-runs.ts";

const TASKS = 4000;

/** How slopes come about: all different, many equal, or so near to each other that products round to the same number. */
const slopes = fc.constantFrom(
  (number: number) => -1 / (1 + (number % 100_003)),
  (number: number) => -(1 + (number % 5)),
  (number: number) => -(1.9 + (number % 8) * 2 ** -52),
  (number: number) => ((number % 7) - 3) / 3,
);
/** Sizes of the groups that become ready together; those of 1000 and more make a cohort each. */
const groups = fc.array(fc.constantFrom(1, 7, 300, 1000, 1500), { minLength: 1, maxLength: 8 });
const numbers = fc.array(fc.nat(2 ** 31 - 1), { minLength: 97, maxLength: 97 });

describe("an index of lines", () => {
  test("finds the same as a look at every task", () => {
    fc.assert(
      fc.property(slopes, groups, numbers, fc.constantFrom(1, 50), (slopeOf, sizes, drawn, needs) => {
        const number = (i: number) => Math.imul(drawn[i % 97] as number, 2654435761 + 2 * i) >>> 4;
        const need = Float64Array.from({ length: TASKS }, (_, task) => number(task) % needs);
        const origins = new Float64Array(TASKS);
        const order = new RankOrder(constantColumn(0), TASKS, true, { readyAt: origins });
        const tasks = Int32Array.from({ length: TASKS }, (_, task) => task).sort(
          (a, b) => (need[a] as number) - (need[b] as number) || a - b,
        );
        const leaves = { of: new Int32Array(TASKS) };
        for (const [leaf, task] of tasks.entries()) leaves.of[task] = leaf;
        const index = new LineIndex(order, columnOf(need), tasks, leaves);
        const inside = new Set<number>();
        let known = 0;
        let drawnSoFar = 0;
        const next = () => number(++drawnSoFar);

        const look = (): number => {
          const limit = next() % needs;
          const tested = next() % 2 === 0;
          const passes = (task: number) => task % 3 !== 0;
          let best = -1;
          for (const task of inside) {
            if ((need[task] as number) > limit || (tested && !passes(task))) continue;
            if (best < 0 || order.before(task, best)) best = task;
          }
          const found = index.bestWithin(limit, tested ? passes : undefined);
          expect(found).toBe(best);
          if (best >= 0) expect(index.foundRank).toBeCloseTo((order.first[best] as number) * (order.now - (origins[best] as number)), 9);
          return best;
        };

        for (const size of sizes) {
          order.now += next() % 3; // now and then two groups at one time
          const group = Int32Array.from({ length: Math.min(size, TASKS - known) }, (_, i) => known + i);
          known += group.length;
          for (const task of group) {
            order.set(task, slopeOf(next()), 0, 0);
            origins[task] = order.now - (next() % 11 === 0 ? 1 : 0); // some are retries, ready since before
            inside.add(task);
          }
          if (group.length === 1) index.insert(group[0] as number);
          else if (group.length > 1) index.insertAll(group);
          for (let i = 0; i < 40; i++) {
            const task = look();
            if (next() % 4 === 0) order.now += next() % 5;
            const leaves = task >= 0 && next() % 3 > 0 ? task : next() % Math.max(1, known);
            if (inside.delete(leaves)) {
              index.remove(leaves);
            } else if (leaves < known) {
              index.insert(leaves);
              inside.add(leaves);
            }
          }
        }
      }),
      { seed: seed(1), numRuns: runs(100) },
    );
  });
});
