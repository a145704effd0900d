// Replicas on bad days: random losses, orders, crashes, cuts, clocks that drift, slow and torn writes; what must hold is checked at every step.
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs, seed } from "../fuzz-runs.ts";
import { badDay, seen } from "./bad-day.ts";

test.each([3, 5, 7])("%d replicas keep all that they promise, and agree when the day is over", (count) => {
  fc.assert(
    fc.property(fc.nat(), (day) => badDay(day, { count })),
    { seed: seed(count), numRuns: runs(100) },
  );
});

test.each([3, 4, 5])("%d replicas keep it too where disks are lost, and new members come in their stead", (count) => {
  fc.assert(
    fc.property(fc.nat(), (day) => badDay(day, { count, disks: true })),
    { seed: seed(count), numRuns: runs(60) },
  );
});

test("all of that was seen", () => {
  expect(Object.entries(seen).filter(([, times]) => times < 100)).toEqual([]);
});
