// The ready tasks of a class against a plain sorted list: the same answers whatever comes and goes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnOf, constantColumn } from "../../src/model/columns.ts";
import { RankOrder } from "../../src/scheduler/rank-order.ts";
import { RankTree } from "../../src/scheduler/rank-tree.ts";
import { runs, seed } from "../fuzz-runs.ts";

/** Few ranks and needs make many ties; many make few. */
const variety = fc.constantFrom(3, 40, 100_000);
/** One number decides each step: what is done, with which task, up to which need. */
const steps = fc.array(fc.nat(2 ** 31 - 1), { minLength: 300, maxLength: 1500, size: "max" });
const numbers = fc.array(fc.nat(2 ** 31 - 1), { minLength: 600, maxLength: 600, size: "max" });

function setUp(drawn: readonly number[], ranks: number, needs: number) {
  const need = Float64Array.from(drawn, (number) => (number >> 4) % needs);
  const order = new RankOrder(constantColumn(0), drawn.length, false, { readyAt: new Float64Array(0) });
  for (const [task, number] of drawn.entries()) order.set(task, (number >> 8) % ranks, 0, 0);
  return { need, order, tree: new RankTree(order, columnOf(need)) };
}

describe("a rank tree", () => {
  test("finds the same as a sorted list", () => {
    fc.assert(
      fc.property(numbers, steps, variety, variety, fc.boolean(), (drawn, todo, ranks, needs, full) => {
        const { need, order, tree } = setUp(drawn, ranks, needs);
        const inOrder = Int32Array.from(drawn.keys());
        order.sort(inOrder);
        const inside = new Set<number>();
        if (full) {
          tree.insertAll(Int32Array.from(drawn.keys()));
          for (const task of drawn.keys()) inside.add(task);
        }
        const first = (fits: (task: number) => boolean) => inOrder.find((task) => inside.has(task) && fits(task)) ?? -1;
        for (const number of todo) {
          const task = number % drawn.length;
          const limit = (number >> 4) % needs;
          const passes = (candidate: number) => (candidate ^ number) % 3 !== 0;
          const tested = (number & 1) === 1;
          const fitting = first((candidate) => (need[candidate] as number) <= limit && (!tested || passes(candidate)));
          expect(tree.bestWithin(limit, tested ? passes : undefined)).toBe(fitting);
          if (fitting >= 0) expect(tree.foundRank).toBe(order.first[fitting]);
          expect(tree.best()).toBe(first(() => true));
          const leaves = inside.size > 0 && (number & 6) !== 0 && fitting >= 0 ? fitting : task; // most leave from the front
          if (inside.delete(leaves)) {
            tree.remove(leaves);
          } else {
            tree.insert(leaves);
            inside.add(leaves);
          }
        }
        expect([...tree.takeAll()]).toEqual([...inOrder].filter((task) => inside.has(task)));
        expect(tree.best()).toBe(-1);
      }),
      { seed: seed(1), numRuns: runs(40) },
    );
  });

  test("takes many at once into what is there", () => {
    fc.assert(
      fc.property(numbers, variety, fc.nat(599), (drawn, ranks, already) => {
        const { order, tree } = setUp(drawn, ranks, 1);
        const all = Int32Array.from(drawn.keys());
        for (const task of all.subarray(0, already)) tree.insert(task);
        tree.insertAll(all.slice(already));
        const sorted = all.slice();
        order.sort(sorted);
        expect([...tree.takeAll()]).toEqual([...sorted]);
      }),
      { seed: seed(2), numRuns: runs(20) },
    );
  });

  test("refuses to take out what is not there", () => {
    const { tree } = setUp([5, 6, 7], 100, 100);
    tree.insert(1);
    expect(() => tree.remove(2)).toThrow("task 2 is not in the tree");
  });
});
