// Who can be sure to end, and who waits for whom for ever: against all orders in which holders may end.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Holder, reduce, ringOf } from "../../src/scheduler/deadlock.ts";
import { runs, seed } from "../fuzz-runs.ts";

const amount = fc.integer({ min: 0, max: 4 });

/** A worker of as many dimensions, and who holds what there and wants more. */
const states = fc.integer({ min: 1, max: 3 }).chain((dimensions) => {
  const amounts = fc.array(amount, { minLength: dimensions, maxLength: dimensions });
  return fc.record({ free: amounts, holders: fc.array(fc.record({ held: amounts, more: amounts }), { maxLength: 6 }) });
});

/** Nobody wants more than there is. */
function isAttainable({ free, holders }: { free: number[]; holders: Holder[] }): boolean {
  return free.every((left, d) => {
    const capacity = holders.reduce((sum, { held }) => sum + held[d]!, left);
    return holders.every(({ held, more }) => held[d]! + more[d]! <= capacity);
  });
}

/** The fewest that are left over in any order of ends. */
function fewestLeft(free: readonly number[], holders: readonly Holder[], left: readonly number[]): readonly number[] {
  let fewest = left;
  for (const i of left) {
    const { held, more } = holders[i]!;
    if (free.some((amount, d) => more[d]! > amount)) continue;
    const after = fewestLeft(
      free.map((amount, d) => amount + held[d]!),
      holders,
      left.filter((other) => other !== i),
    );
    if (after.length < fewest.length) fewest = after;
  }
  return fewest;
}

describe("a state is reduced", () => {
  test("to the fewest that any order of ends leaves, with what the others free", () => {
    const seen = { all: 0, some: 0, none: 0 };
    fc.assert(
      fc.property(states, ({ free, holders }) => {
        const { stuck, free: after } = reduce([...free], holders);
        expect(stuck).toEqual(fewestLeft(free, holders, [...holders.keys()]));
        const ended = holders.filter((_, i) => !stuck.includes(i));
        expect(after).toEqual(free.map((amount, d) => ended.reduce((sum, { held }) => sum + held[d]!, amount)));
        seen[stuck.length === 0 ? "none" : ended.length === 0 ? "all" : "some"] += 1;
      }),
      { seed: seed(1), numRuns: runs(1000) },
    );
    expect(Math.min(seen.all, seen.some, seen.none)).toBeGreaterThan(50);
  });
});

describe("a ring", () => {
  test("is found where any are left, and each in it lacks what the next one holds", () => {
    const lengths = new Set<number>();
    fc.assert(
      fc.property(states.filter(isAttainable), ({ free, holders }) => {
        const { stuck, free: after } = reduce([...free], holders);
        const ring = ringOf(stuck, after, holders);
        lengths.add(ring.length);
        expect(ring.length > 1).toBe(stuck.length > 0);
        expect(new Set(ring).size).toBe(ring.length);
        for (const [place, i] of ring.entries()) {
          expect(stuck).toContain(i);
          const next = holders[ring[(place + 1) % ring.length]!]!;
          expect(after.some((amount, d) => holders[i]!.more[d]! > amount && next.held[d]! > 0)).toBe(true);
        }
      }),
      { seed: seed(2), numRuns: runs(1000) },
    );
    expect([...lengths]).toEqual(expect.arrayContaining([0, 2, 3]));
  });

  test("is not found where one only waits for more than there is", () => {
    expect(ringOf([0], [1], [{ held: [2], more: [4] }])).toEqual([]);
  });
});
