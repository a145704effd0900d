import fc from "fast-check";
import { expect, test } from "vitest";
import { CellQueue } from "../../src/experiment/cell-queue.ts";
import type { Cell } from "../../src/experiment/cells.ts";
import type { World } from "../../src/model/world.ts";
import { runs, seed } from "../fuzz-runs.ts";

const seeds = { workload: "", faults: "", policy: "" };
const cellsOf = (worlds: readonly string[]): Cell[] =>
  worlds.map((world, index) => ({ index, scenario: 0, policy: 0, seed: "", seeds, world }));
const worldOf = (name: string) => ({ name }) as World;

test("each cell is handed out once, each world is drawn once, and a cell is never without its world", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("x", "y", "z"), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(99)),
      (worlds, workers, choices) => {
        const queue = new CellQueue(cellsOf(worlds));
        const has = Array.from({ length: workers }, () => new Set<string>());
        const busy = new Map<number, { cell: Cell; draws: boolean }>();
        const done: number[] = [];
        const drawn: string[] = [];
        for (let step = 0; done.length < worlds.length; step++) {
          for (let worker = 0; worker < workers; worker++) {
            if (busy.has(worker)) continue;
            const next = queue.next(worker);
            if (next === undefined) continue;
            if (next.world !== undefined) has[worker]!.add(next.world.name);
            if (!next.draws) expect(has[worker]).toContain(next.cell.world);
            busy.set(worker, { cell: next.cell, draws: next.draws });
          }
          expect(busy.size).toBeGreaterThan(0);
          const [worker, work] = [...busy][(choices[step % Math.max(1, choices.length)] ?? 0) % busy.size]!;
          if (work.draws) {
            drawn.push(work.cell.world);
            has[worker]!.add(work.cell.world);
            queue.drawn(work.cell.world, worldOf(work.cell.world));
            work.draws = false;
            continue;
          }
          busy.delete(worker);
          done.push(work.cell.index);
          for (const holder of queue.finished(work.cell, worker)) has[holder]!.delete(work.cell.world);
        }
        expect(done.toSorted((a, b) => a - b)).toEqual(worlds.map((_, index) => index));
        expect(drawn.toSorted()).toEqual([...new Set(worlds)].toSorted());
        expect(has.every((worldsLeft) => worldsLeft.size === 0)).toBe(true);
        expect(queue.next(0)).toBeUndefined();
      },
    ),
    { seed: seed(1), numRuns: runs(500) },
  );
});

test("two workers draw two worlds at a time; the last world's cells are shared", () => {
  const queue = new CellQueue(cellsOf(["x", "x", "y", "y", "y"]));
  const [a, b] = [queue.next(0)!, queue.next(1)!];
  expect([a, b].map(({ cell, draws }) => [cell.world, draws])).toEqual([
    ["x", true],
    ["y", true],
  ]);
  expect(queue.next(2)).toBeUndefined();
  queue.drawn("x", worldOf("x"));
  queue.drawn("y", worldOf("y"));
  queue.finished(a.cell, 0);
  expect(queue.next(0)).toMatchObject({ cell: { world: "x" }, draws: false });
  expect(queue.next(0)).toMatchObject({ cell: { world: "y" }, world: { name: "y" }, draws: false });
});

test("a world that could not be drawn is tried again by whoever comes next", () => {
  const queue = new CellQueue(cellsOf(["x", "x"]));
  const first = queue.next(0)!;
  expect(queue.next(1)).toBeUndefined();
  queue.finished(first.cell, 0);
  expect(queue.next(1)).toMatchObject({ draws: true });
});

test("worlds that are drawn already are handed out first", () => {
  const queue = new CellQueue(cellsOf(["x", "y"]), new Map([["y", worldOf("y")]]));
  expect(queue.next(0)).toMatchObject({ cell: { world: "y" }, world: { name: "y" }, draws: false });
});
