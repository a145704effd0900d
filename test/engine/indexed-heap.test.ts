// The heap of ids against a list that is sorted anew each time, and the set of ids against the language's own.
import fc from "fast-check";
import { expect, test } from "vitest";
import { IdSet } from "../../src/engine/id-set.ts";
import { HeapColumns, IndexedHeap } from "../../src/engine/indexed-heap.ts";

const runs = { seed: 4_409, numRuns: 500 };

test("two heaps of the same columns each have their least first, whatever was set, moved and taken out", () => {
  const number = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(Infinity));
  const step = fc.record({ id: fc.nat(30), isIn: fc.boolean(), first: number, second: number });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
      const columns = new HeapColumns();
      const heaps = [new IndexedHeap(columns), new IndexedHeap(columns)];
      const naive = new Map<number, [number, number]>();
      for (const { id, isIn, first, second } of steps) {
        const heap = heaps[id % 2]!;
        columns.reserve(id + 1);
        if (isIn) {
          columns.first[id] = first;
          columns.second[id] = second;
          heap.set(id);
          naive.set(id, [first, second]);
        } else {
          heap.remove(id);
          naive.delete(id);
        }
        const left = [...naive].filter(([other]) => other % 2 === id % 2);
        const numbers = left.map(([, pair]) => pair).sort(([a, b], [c, d]) => (a === c ? +(b > d) - +(b < d) : +(a > c) - +(a < c)));
        expect(heap.size).toBe(left.length);
        if (heap.size > 0) expect(naive.get(heap.least)).toEqual(numbers[0]);
        const ids = Array.from({ length: heap.size }, (_, place) => heap.at(place));
        expect(ids.sort((a, b) => a - b)).toEqual(left.map(([other]) => other).sort((a, b) => a - b));
      }
    }),
    runs,
  );
});

test("a set has each id once, in the order of adding, and none when it has been cleared", () => {
  const set = new IdSet();
  for (const ids of [[3, 1, 3, 2], [], [1000, 3, 1000], Array.from({ length: 50 }, (_, i) => 99 - i)]) {
    for (const id of ids) set.add(id);
    expect(Array.from({ length: set.size }, (_, place) => set.at(place))).toEqual([...new Set(ids)]);
    set.clear();
    expect(set.size).toBe(0);
  }
});
