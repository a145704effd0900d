// Seeded ties: a permutation, another one for each instant, kind and seed, that does not lean to any order.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TieOrder } from "../../src/engine/tie-order.ts";
import { runs, seed } from "../fuzz-runs.ts";

const instants = fc.oneof(fc.nat(9), fc.maxSafeInteger().map(Math.abs));
const kinds = fc.nat(31);
const subjects = fc.oneof(fc.nat(20), fc.nat(2 ** 26 - 1));

/** The first so many subjects, as they come at an instant. */
function order(ties: TieOrder, count: number, time = 0, kind = 0): string {
  const places = Array.from({ length: count }, (_, subject) => ({ subject, place: ties.place(time, kind, subject) }));
  return places
    .sort((a, b) => a.place - b.place)
    .map(({ subject }) => subject)
    .join("");
}

test("every subject has a place of its own, and is found there", () => {
  fc.assert(
    fc.property(fc.string(), instants, kinds, fc.uniqueArray(subjects, { maxLength: 30 }), (name, time, kind, some) => {
      const ties = new TieOrder(name);
      const places = some.map((subject) => ties.place(time, kind, subject));
      expect(new Set(places).size).toBe(some.length);
      for (const place of places) expect(Number.isInteger(place) && place >= 0 && place < 2 ** 26).toBe(true);
      expect(places.map((place) => ties.subject(time, kind, place))).toEqual(some);
    }),
    { seed: seed(11), numRuns: runs(200) },
  );
});

describe("the order of three", () => {
  const counted = (orders: readonly string[]) => [...new Set(orders)].map((each) => orders.filter((other) => other === each).length);
  const many = Array.from({ length: 6000 }, (_, i) => i);
  const MOST = 25.7; // chi-square of 5 degrees of freedom, exceeded once in 10,000
  const chiSquare = (counts: readonly number[]) => counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);

  test.each([
    ["over seeds", many.map((i) => order(new TieOrder(String(i)), 3))],
    ["over instants", many.map((i) => order(new TieOrder("1"), 3, i * 1_000_000))],
    ["over instants far from 0", many.map((i) => order(new TieOrder("1"), 3, 2 ** 40 + i * 2 ** 33))],
  ])("is each of the six equally often %s", (_, orders) => {
    const counts = counted(orders);
    expect(counts).toHaveLength(6);
    expect(chiSquare(counts)).toBeLessThan(MOST);
  });

  test("is another for another kind of event", () => {
    expect(new Set(Array.from({ length: 32 }, (_, kind) => order(new TieOrder("1"), 3, 0, kind))).size).toBeGreaterThan(4);
  });
});
