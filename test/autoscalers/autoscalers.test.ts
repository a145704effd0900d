// Autoscalers: how many instances each wants, by what it is told.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FleetView, PoolView } from "../../src/autoscalers/autoscaler.ts";
import { AUTOSCALERS, autoscalerNamed } from "../../src/autoscalers/index.ts";
import { runs, seed } from "../fuzz-runs.ts";

const NOTHING = { tasks: 0, requests: [0], work: 0 };
const waiting = (tasks: number, work = 0) => ({ tasks, requests: [tasks * 1000], work });

function pool(more: Partial<PoolView>): PoolView {
  const { own = NOTHING } = more;
  const counts = { present: 0, idle: 0, booting: 0, draining: 0, allocated: 0, cores: 0 };
  return { id: "p", min: 0, max: 10, capacity: [4000], ...counts, own, all: own, ...more };
}

function wants(name: string, pools: readonly Partial<PoolView>[], parameters: Record<string, number> = {}): readonly number[] {
  const fleet: FleetView = { length: 0, longestWait: 0, pools: pools.map(pool) };
  return autoscalerNamed(name)?.create(parameters).decide(fleet) ?? [];
}

describe("queue-length", () => {
  test("wants one for each so many tasks that wait, and at least those in use", () => {
    expect(wants("queue-length", [{ own: waiting(9) }], { tasksPerWorker: 4 })).toEqual([3]);
    expect(wants("queue-length", [{ own: waiting(9), present: 7, idle: 2 }], { tasksPerWorker: 4 })).toEqual([5]);
    expect(wants("queue-length", [{ present: 7, idle: 7 }])).toEqual([0]);
  });

  test("gives the next pool what the first has no room for, as far as it could hold that", () => {
    const first = { own: waiting(100), max: 10 };
    expect(wants("queue-length", [first, { all: waiting(100) }], { tasksPerWorker: 4 })).toEqual([25, 15]);
    expect(wants("queue-length", [first, { all: waiting(30) }], { tasksPerWorker: 4 })).toEqual([25, 8]);
    expect(wants("queue-length", [first, { own: waiting(6), all: waiting(6) }, { all: waiting(106) }], { tasksPerWorker: 4 })).toEqual([
      25, 2, 15,
    ]);
  });
});

test("target-wait wants as many as do what waits in time, and one for tasks that take none", () => {
  expect(wants("target-wait", [{ own: waiting(3, 25) }], { wait: 10 })).toEqual([3]);
  expect(wants("target-wait", [{ own: waiting(3, 0) }], { wait: 10 })).toEqual([1]);
  expect(wants("target-wait", [{ present: 4, idle: 1 }], { wait: 10 })).toEqual([3]);
});

describe("utilisation", () => {
  const target = { target: 0.5, tolerance: 0.1 };
  test("wants so many that the target is allocated, and lets those be that are near it", () => {
    expect(wants("utilisation", [{ present: 4, cores: 16_000, allocated: 16_000 }], target)).toEqual([8]);
    expect(wants("utilisation", [{ present: 4, booting: 2, cores: 16_000, allocated: 8400 }], target)).toEqual([6]);
    expect(wants("utilisation", [{ present: 4, cores: 16_000, allocated: 1000 }], target)).toEqual([1]);
    expect(wants("utilisation", [{ present: 4, cores: 16_000 }], target)).toEqual([0]);
  });

  test("wants a first one where tasks wait that no pool before can take", () => {
    expect(wants("utilisation", [{ own: waiting(1) }, { all: waiting(1) }], target)).toEqual([1, 0]);
    expect(wants("utilisation", [{ own: waiting(1), max: 1 }, { all: waiting(1) }], target)).toEqual([1, 1]);
    expect(wants("utilisation", [{ booting: 2 }], target)).toEqual([2]);
  });
});

test("none wants what there is", () => {
  expect(wants("none", [{ present: 3, booting: 1, draining: 2, own: waiting(50) }])).toEqual([4]);
});

const demand = fc.record({ tasks: fc.nat(50), work: fc.nat(1000) }).map(({ tasks, work }) => waiting(tasks, work));
const views = fc.array(
  fc
    .record({
      own: demand,
      more: fc.nat(50),
      busy: fc.nat(5),
      idle: fc.nat(5),
      booting: fc.nat(5),
      max: fc.integer({ min: 1, max: 20 }),
      used: fc.nat(4),
    })
    .map(({ own, more, busy, idle, used, ...rest }) => {
      const present = busy + idle;
      const all = { ...own, tasks: own.tasks + more };
      return { ...rest, own, all, present, idle, cores: present * 4000, allocated: Math.min(busy * 4000, used * 1000 * busy) };
    }),
  { minLength: 1, maxLength: 4 },
);

describe.each(AUTOSCALERS.map(({ name }) => name))("%s", (name) => {
  test("wants a whole number of instances of each pool, with its own parameters, and the same whenever it is asked", () => {
    const definition = autoscalerNamed(name);
    const defaults = Object.fromEntries(Object.entries(definition?.parameters ?? {}).map(([key, { default: value }]) => [key, value]));
    fc.assert(
      fc.property(views, (pools) => {
        const wanted = wants(name, pools, defaults);
        expect(wanted).toHaveLength(pools.length);
        for (const number of wanted) expect(Number.isInteger(number) && number >= 0).toBe(true);
        expect(wants(name, pools, defaults)).toEqual(wanted);
        if (name === "utilisation") return;
        // None of these gives back what is in use.
        for (const [i, { present, idle }] of pools.entries()) expect(wanted[i]).toBeGreaterThanOrEqual(present - idle);
      }),
      { seed: seed(1201), numRuns: runs(200) },
    );
  });

  test("its parameters have defaults within their bounds", () => {
    for (const { default: value, least, most } of Object.values(autoscalerNamed(name)?.parameters ?? {}))
      expect(value >= least && value <= most).toBe(true);
  });
});
