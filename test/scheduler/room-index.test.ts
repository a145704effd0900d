// What is free on the workers against plain lists: the same first worker whatever is taken, given back, closed and opened.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RoomIndex } from "../../src/scheduler/room-index.ts";
import { runs, seed } from "../fuzz-runs.ts";

/** Sizes on both sides of a level more. */
const sizes = fc.oneof(fc.constantFrom(1, 15, 16, 17, 255, 256, 257, 600), fc.integer({ min: 1, max: 40 }));
/** One number decides each step: what is done, to which worker, how much of it. */
const steps = fc.array(fc.nat(2 ** 31 - 1), { minLength: 100, maxLength: 400, size: "max" });

describe("the index of what is free", () => {
  test("finds the same as a look at every worker", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 }), steps, (workers, dimensions, most, todo) => {
        const capacity = Array.from({ length: dimensions }, (_, d) =>
          Float64Array.from({ length: workers }, (_, w) => (w * (d + 3)) % (most + 1)),
        );
        const room = new RoomIndex(workers, capacity);
        const free = capacity.map((column) => [...column]);
        const closed = new Set<number>();
        const need = (d: number) => room.need[d] as number;
        const covers = (worker: number) => !closed.has(worker) && free.every((column, d) => need(d) <= (column[worker] as number));
        const allowed = (worker: number) => worker !== room.except && (room.eligible === undefined || room.eligible[worker] === 1);
        const first = (from: number) => {
          for (let worker = from; worker < workers; worker++) if (allowed(worker) && covers(worker)) return worker;
          return -1;
        };
        for (const number of todo) {
          const worker = (number >> 4) % workers;
          for (let d = 0; d < dimensions; d++) room.need[d] = (number >> (6 + 3 * d)) % (most + 1);
          room.except = number % 5 === 0 ? worker : -1;
          room.eligible = number % 7 < 2 ? Uint8Array.from({ length: workers }, (_, w) => +((w ^ number) % 3 !== 0)) : undefined;
          expect(room.first()).toBe(first(0));
          expect(room.first(worker)).toBe(first(worker));
          const target = room.first();
          const action = number & 7;
          if (action === 0) {
            if (closed.delete(worker)) {
              room.open(worker);
            } else {
              closed.add(worker);
              room.close(worker);
            }
          } else if (action < 3) {
            room.take(worker, -1); // whatever it is: a full worker and an empty one gain room alike
            for (let d = 0; d < dimensions; d++) (free[d] as number[])[worker] += need(d);
            expect(room.gained).toContain(worker);
          } else if (target >= 0) {
            expect(room.fits(target)).toBe(true);
            room.take(target, 1);
            for (let d = 0; d < dimensions; d++) (free[d] as number[])[target] -= need(d);
          }
          expect(room.closed).toBe(closed.size);
        }
      }),
      { seed: seed(1), numRuns: runs(150) },
    );
  });
});
