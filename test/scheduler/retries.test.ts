// When and where failed tasks run again: backoff, jitter, elsewhere.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare, defineScenario, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { runs, seed } from "../fuzz-runs.ts";

type Retries = NonNullable<NonNullable<ScenarioInput["scheduler"]>["retries"]>;

function scenario(retries: Retries, more: Partial<ScenarioInput> = {}) {
  return defineScenario({
    name: "retries",
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    tasks: [{ id: "a", duration: "1s", fails: "always" }],
    ...more,
    scheduler: { ...more.scheduler, retries },
  });
}

/** Seconds between each failure of the first task and its retry. */
function waits(retries: Retries, chosen = 1): number[] {
  const { trace } = simulate(scenario(retries), { storeTrace: true, seed: chosen });
  const failed = [...trace.entries].filter(({ kind }) => kind === EntryKind.failed).map(({ time }) => time);
  const retried = [...trace.entries].filter(({ kind }) => kind === EntryKind.retried).map(({ time }) => time);
  return retried.map((time, i) => (time - (failed[i] as number)) / 1e6);
}

describe("backoff", () => {
  test("grows by its factor up to its longest, failure by failure", () => {
    expect(waits({ max: 5, backoff: { initial: "1s", factor: 2, max: "5s" } })).toEqual([1, 2, 4, 5, 5]);
    expect(waits({ max: 3, backoff: { initial: "1500ms" } })).toEqual([1.5, 1.5, 1.5]);
    expect(waits({ max: 3 })).toEqual([0, 0, 0]);
    expect(waits(3)).toEqual([0, 0, 0]);
  });

  test("is drawn within its jitter, evenly, by the seed and the task alone", () => {
    const backoff = { initial: "10s", jitter: 0.2 };
    const drawn = Array.from({ length: 400 }, (_, i) => waits({ max: 2, backoff }, i + 1)).flat();
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(12);
    const mean = drawn.reduce((sum, wait) => sum + wait, 0) / drawn.length;
    expect(Math.abs(mean - 10)).toBeLessThan(4 * (4 / Math.sqrt(12 * drawn.length))); // four standard errors of a uniform on 8 to 12
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(waits({ max: 2, backoff }, 7)).toEqual(waits({ max: 2, backoff }, 7));
  });

  test("is the same under every policy of a comparison, and asks for seeds", async () => {
    const input = scenario({ max: 2, backoff: { initial: "10s", jitter: 0.5 } });
    const { runs: rows } = await compare(input, { policies: ["fcfs", "sjf"], seeds: "1..3", jobs: 1 });
    expect(rows.map(({ policy, seed: of }) => `${policy} ${of}`)).toEqual(["fcfs 1", "fcfs 2", "fcfs 3", "sjf 1", "sjf 2", "sjf 3"]);
    const makespans = rows.map(({ makespan_s }) => makespan_s);
    expect(makespans.slice(0, 3)).toEqual(makespans.slice(3));
    expect(new Set(makespans).size).toBe(3);
  });

  test("leaves its worker to others, and can be cancelled", () => {
    const tasks = [
      { id: "a", duration: "1s", fails: [1] },
      { id: "b", duration: "3s", release: "1s" },
    ];
    const cluster = { workers: [{ id: "w", cpu: 1 }] };
    const simulation = new Simulation(scenario({ max: 1, backoff: { initial: "1s" } }, { cluster, tasks }));
    simulation.runUntil("1500ms");
    expect(["a", "b"].map((id) => simulation.status(id).status)).toEqual(["backoff", "running"]);
    simulation.runUntil("2500ms");
    expect(simulation.status("a").status).toBe("ready");
    expect(simulation.run().summary).toMatchObject({ completed: 2, makespan_s: 5 });

    const cancelled = new Simulation(scenario({ max: 1, backoff: { initial: "1h" } }, { cluster, tasks }));
    cancelled.runUntil("1500ms");
    cancelled.cancel("a");
    const { summary, ending } = cancelled.run();
    expect([summary.completed, summary.cancelled, summary.makespan_s, ending.kind, cancelled.now]).toEqual([1, 1, 4, "complete", 4]);
  });
});

describe("elsewhere", () => {
  const tasks = [
    { id: "long", duration: "9s", requires: { zone: "b" } },
    { id: "a", duration: "1s", fails: [1] },
  ];
  const cluster = {
    workers: [
      { id: "w-1", cpu: 1 },
      { id: "w-2", cpu: 1, labels: { zone: "b" } },
    ],
  };
  test.each([
    ["require", "w-2", 10],
    ["prefer", "w-1", 9],
  ] as const)("%s: the retry runs on %s", (elsewhere, worker, makespan) => {
    const run = simulate(scenario({ max: 1, elsewhere }, { cluster, tasks }), {});
    expect([run.tasks().find(({ task }) => task === "a")?.worker, run.summary.makespan_s]).toEqual([worker, makespan]);
  });

  test("prefer goes elsewhere where there is room, whatever the placement", () => {
    fc.assert(
      fc.property(fc.constantFrom("first-fit", "best-fit", "worst-fit", "least-loaded", "round-robin", "random"), (placement) => {
        const input = scenario({ max: 9, elsewhere: "prefer" }, { scheduler: { placement } });
        const { trace } = simulate(input, { storeTrace: true });
        const workers = [...trace.entries].filter(({ kind }) => kind === EntryKind.started).map(({ worker }) => worker);
        expect(workers).toHaveLength(10);
        for (const [i, worker] of workers.entries()) expect(worker).not.toBe(workers[i - 1]);
      }),
      { seed: seed(1), numRuns: runs(12) },
    );
  });
});

test.each([
  [{ max: 2, backoff: { initial: "10s", max: "5s" } }, "max must not be below initial"],
  [{ max: 2, backoff: { initial: "soon" } }, '"soon"'],
  [{ max: 2, backoff: { initial: 1, factor: 0.5 } }, "a number of at least 1"],
  [{ max: 2, backoff: { initial: 1, jitter: 2 } }, "a number of at least 0 and at most 1"],
  [{ max: 2, elsewhere: "requir" }, "require"],
  [{ max: 2, bakcoff: { initial: 1 } }, "backoff"],
  [{ backoff: { factor: 2 } }, "initial"],
  ["three", "a whole number of at most 1000000, or { max: 3"],
])("refuses %j", (retries, message) => {
  expect(() => scenario(retries as Retries)).toThrow(message);
});
