// How much elastic attempts hold, as shares of what nobody requests; and how fast that makes them. Times by hand.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { gaining, gainOf, leastCpuTime, shareOut, type Speedup } from "../../src/model/elastic.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { runs, seed } from "../fuzz-runs.ts";

function runOf(more: Partial<ScenarioInput>, policy = "first-fit") {
  const run = simulate(defineScenario({ name: "elastic", cluster: { workers: [{ id: "w", cpu: 8 }] }, ...more }), {
    policy,
    storeTrace: true,
  });
  expect(judge(run.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return run;
}

/** `time task amount` of all that is shared out, cores or bytes. */
const shares = ({ trace }: { trace: Trace }) =>
  [...trace.entries].flatMap(({ kind, time, task, amount = 0 }) =>
    kind === EntryKind.cpuShared
      ? `${time / 1e6} ${task} ${amount / 1000}`
      : kind === EntryKind.memoryShared
        ? `${time / 1e6} ${task} ${amount}`
        : [],
  );

describe("what nobody requests is shared out", () => {
  test("one alone has all that it may; two have as much; who comes with a fixed request takes it from both", () => {
    const run = runOf({
      tasks: [
        { id: "a", duration: "80s", cpu: { min: 2, max: 8 } },
        { id: "b", duration: "60s", cpu: { min: 1, max: 4 }, release: "10s" },
        { id: "c", duration: "10s", cpu: 4, release: "15s" },
      ],
    });
    expect(shares(run).slice(0, 7)).toEqual(["0 0 8", "10 0 4", "10 1 4", "15 0 2", "15 1 2", "25 0 4", "25 1 4"]);
    // a: 10 s four times as fast, 5 s twice, 10 s as it is, then twice: 20 left of 80 at 25 s.
    expect([...run.trace.entries].filter(({ kind }) => kind === EntryKind.finished).map(({ task, time }) => [task, time / 1e6])).toEqual([
      [2, 25],
      [1, 30],
      [0, 32.5],
    ]);
  });

  test("none has less than it requests, and what cannot be divided goes to the first", () => {
    expect(
      shareOut(
        8000,
        [1000, 1000, 1000].map((least) => ({ least, most: 8000 })),
      ),
    ).toEqual([2667, 2667, 2666]);
    expect(
      shareOut(10, [
        { least: 6, most: 9 },
        { least: 1, most: 2 },
        { least: 0, most: 5 },
      ]),
    ).toEqual([6, 2, 2]);
    expect(
      shareOut(3, [
        { least: 2, most: 9 },
        { least: 2, most: 9 },
      ]),
    ).toEqual([2, 2]);
    expect(shareOut(Number.POSITIVE_INFINITY, [{ least: 1, most: 7 }])).toEqual([7]);
    expect(shareOut(5, [])).toEqual([]);
  });

  test("all of it, max-min fairly", () => {
    const sharer = fc.record({ least: fc.nat(20), more: fc.nat(20) }).map(({ least, more }) => ({ least, most: least + more }));
    fc.assert(
      fc.property(fc.nat(120), fc.array(sharer, { maxLength: 6 }), (amount, sharers) => {
        const given = shareOut(amount, sharers);
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        const least = sum(sharers.map((each) => each.least));
        expect(sum(given)).toBe(Math.max(least, Math.min(amount, sum(sharers.map((each) => each.most)))));
        for (const [i, share] of given.entries()) {
          const { least: own, most } = sharers[i]!;
          expect(share).toBeGreaterThanOrEqual(own);
          expect(share).toBeLessThanOrEqual(most);
          // Whoever has two more than another could do with less, or the other has enough.
          for (const [j, other] of given.entries())
            if (share > other + 1 || (share === other + 1 && i > j)) expect(share === own || other === sharers[j]!.most).toBe(true);
        }
      }),
      { seed: seed(1701), numRuns: runs(2000) },
    );
  });

  test("no more than it uses; a worker that shrinks and grows gives less and more", () => {
    const run = runOf({
      tasks: [{ id: "a", duration: "40s", cpu: { min: 2, max: 8 }, usage: { cpu: 6 } }],
      faults: [{ kind: "shrink", at: "5s", for: "5s", cpu: 4 }],
    });
    expect(shares(run)).toEqual(["0 0 6", "5 0 4", "10 0 6"]);
    expect(run.summary.makespan_s).toBe(15);
  });

  test("one that is suspended gives back what it has beyond its request, and one that is paused with its worker keeps it", () => {
    const run = runOf(
      {
        scheduler: { preemption: { mode: "suspend" } },
        tasks: [
          { id: "long", duration: "40s", cpu: { min: 4, max: 8 }, priority: 2 },
          { id: "short", duration: "5s", cpu: 8, priority: 1, release: "10s" },
        ],
        faults: [{ kind: "pause", at: "20s", for: "3s" }],
      },
      "preemptive-priority",
    );
    expect(shares(run)).toEqual(["0 0 8", "10 0 4", "15 0 8"]);
    expect(run.summary.makespan_s).toBe(28);
  });
});

describe("how much faster more makes it", () => {
  const linear: Speedup = { kind: "linear" };
  test("linear, by Amdahl's law, and as a table says", () => {
    expect(gainOf({ most: 8000, speedup: linear }, 2000, 5000)).toBe(2.5);
    expect(gainOf({ most: 8000, speedup: { kind: "amdahl", parallel: 0.9 } }, 1000, 4000)).toBeCloseTo(1 / (0.1 + 0.9 / 4), 12);
    const table: Speedup = {
      kind: "table",
      points: [
        [1000, 1],
        [2000, 1.9],
        [4000, 3],
      ],
    };
    expect([1000, 1500, 2000, 3000, 4000, 9000].map((held) => gainOf({ most: 9000, speedup: table }, 1000, held))).toEqual([
      1, 1.45, 1.9, 2.45, 3, 3,
    ]);
    expect(gainOf({ most: 9000, speedup: table }, 500, 2000)).toBe(1.9);
    expect(gaining(333, 1.5)).toBe(500);
    expect(gaining(1, 1.2)).toBe(1);
  });

  test("memory too, where that has a speed-up", () => {
    const run = runOf({
      cluster: { workers: [{ id: "w", cpu: 8, memory: "10GB" }] },
      tasks: [{ id: "a", duration: "30s", memory: { min: "2GB", max: "20GB" }, speedup: { memory: { table: { "2GB": 1, "10GB": 1.5 } } } }],
    });
    expect(shares(run)).toEqual(["0 0 10000000000"]);
    expect(run.summary.makespan_s).toBe(20);
  });

  test("the least cpu × time is never more than what any amount takes", () => {
    const speedup: fc.Arbitrary<Speedup> = fc.oneof(
      fc.constant(linear),
      fc.double({ min: 0, max: 1, noNaN: true }).map((parallel) => ({ kind: "amdahl" as const, parallel })),
      fc
        .array(fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.double({ min: 0.1, max: 4, noNaN: true })), { minLength: 1, maxLength: 4 })
        .map((points) => {
          const sorted = points.toSorted(([a], [b]) => a - b).filter(([amount], i, all) => i === 0 || amount > all[i - 1]![0]);
          let best = 0;
          return { kind: "table" as const, points: sorted.map(([amount, factor]) => [amount, (best = Math.max(best, factor))] as const) };
        }),
    );
    fc.assert(
      fc.property(
        speedup,
        fc.integer({ min: 1, max: 4000 }),
        fc.nat(5000),
        fc.nat(5000),
        fc.constantFrom(1000, 700, 3),
        (model, least, more, part, speed) => {
          const stretch = { most: least + more, speedup: model };
          const held = Math.min(least + part, stretch.most);
          const taken = (held / least) * (speed / gaining(speed, gainOf(stretch, least, held)));
          expect(leastCpuTime({ 0: stretch }, () => least, speed)).toBeLessThanOrEqual(taken);
        },
      ),
      { seed: seed(1702), numRuns: runs(3000) },
    );
  });
});

test("cpu that it holds counts as used, and its time in attempts.csv", () => {
  const run = runOf({ tasks: [{ id: "a", duration: "40s", cpu: { min: 2, max: 8 } }] });
  expect(run.summary).toMatchObject({ makespan_s: 10, lower_bound_s: 10, cpu_utilization: 1, useful_cpu: 1 });
  expect(run.attempts().map(({ cpu_s, run_s, work_s }) => [cpu_s, run_s, work_s])).toEqual([[80, 10, 40]]);
});
