// What workers cost and burn: by hand in small runs, and against a slow recomputation in random ones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare, defineScenario, type ScenarioInput, simulate as simulateScenario } from "../../src/index.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { at } from "../../src/model/columns.ts";
import { poolOf } from "../../src/model/cloud.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { joiningWorkers, type World } from "../../src/model/world.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { changing, hiring, hirings, misfortunes, setUp, turnovers, unfortunate } from "../laws/running.ts";

const AUTOSCALER = { kind: "queue-length", tasksPerWorker: 1, interval: "5s", cooldown: "5s" };

function scenarioOf(minimum: string, more: Partial<ScenarioInput> = {}) {
  return defineScenario({
    name: "bill",
    cluster: {
      workers: [{ id: "base", cpu: 2, price: 36, watts: { idle: 100, busy: 300 } }],
      pools: [{ id: "p", cpu: 1, max: 2, boot: "10s", price: 3600, watts: { idle: 10, busy: 10 } }],
      autoscaler: AUTOSCALER,
      billing: { minimum },
    },
    scheduler: { policy: "first-fit" },
    tasks: ["a", "b", "c"].map((id) => ({ id, cpu: id === "c" ? 1 : 2, duration: "10s", release: "7s" })),
    ...more,
  });
}

function rowsOf(scenario: ReturnType<typeof scenarioOf>) {
  const { trace } = simulateScenario(scenario, { storeTrace: true });
  const usage = new WorkerUsage(trace.world);
  for (const { time, kind, task, worker, attempt, reason, amount } of trace.entries)
    usage.entry(time, kind, task, worker, attempt, reason, amount);
  return usage.rows({ origin: 7_000_000, end: 27_000_000 }).map(({ worker, paid, cost, energy }) => [worker, paid, cost, energy]);
}

describe("by hand", () => {
  // a runs on base from 7 s to 17 s, b from then to 27 s. The pool cannot hold b: for c alone one instance is launched at 10 s. It is up at 20 s, and
  // takes c, to 30 s.
  test("seconds begun are paid for, and at least the minimum", () => {
    // To 30 s: base 23 s at 0.01, p-1 20 s at 1.
    expect(simulateScenario(scenarioOf("0s")).summary).toMatchObject({ makespan_s: 23, cost: 20.23, launched: 1, reclaimed: 0 });
    expect(simulateScenario(scenarioOf("20500ms")).summary).toMatchObject({ cost: 21.23 });
    // Base burns 300 W for 20 s and 100 W for 3 s, p-1 10 W for 20 s: 6,500 J.
    expect(simulateScenario(scenarioOf("0s")).summary.energy_kwh).toBe(0.001806);
  });

  test("so it stands in the rows of workers, empty for those that were never there", () => {
    expect(rowsOf(scenarioOf("0s"))).toEqual([
      ["base", 20_000_000, 0.2, 0.001667],
      ["p-1", 17_000_000, 17, 0.000047],
      ["p-2", 0, 0, 0],
    ]);
  });

  test("a worker that joins is paid for from then on; no price, no cost", () => {
    const actions = [{ at: "9s", join: { id: "n", cpu: 2, price: 3600 } }];
    const plain = { cluster: { workers: [{ id: "base", cpu: 2 }], billing: { minimum: 0 } } };
    // a 7 s to 17 s on base, b 9 s to 19 s on n, c on base to 27 s.
    expect(simulateScenario(scenarioOf("0s", { ...plain, actions })).summary).toMatchObject({ makespan_s: 20, cost: 18, energy_kwh: null });
    expect(simulateScenario(scenarioOf("0s", plain)).summary).toMatchObject({ cost: null, energy_kwh: null, launched: 0 });
  });

  test("expectations and rankings know it", async () => {
    const scenario = scenarioOf("0s", { expect: { cost: "<= 20" } });
    expect(simulateScenario(scenario).failedExpectations).toEqual(["bill, policy first-fit, seed 1: expected cost <= 20, but it is 20.23"]);
    const { rankings } = await compare(scenarioOf("0s"), { policies: ["fcfs", "ljf"], rankBy: "cost", jobs: 1 });
    expect(rankings[0]).toMatchObject({ rankedBy: "cost", makespanCostFront: ["fcfs", "ljf"] });
  });
});

/** The same by looking at each worker at each instant at which anything happens. */
function naive(trace: Trace, origin: number, end: number): { cost: number; energy: number } {
  const { world } = trace;
  const entries = [...trace.entries];
  const { tariffs, capacity } = world.workers;
  let cost = 0;
  let energy = 0;
  for (let worker = 0; worker < world.workers.count; worker++) {
    const stays = staysOf(world, entries, worker, end);
    for (const [from, to] of stays.map(([from, to]) => [Math.max(from, origin), Math.min(to, end)] as const)) {
      if (to < from || from >= end) continue;
      const seconds = Math.ceil(Math.max(to - from, tariffs?.minimum ?? 0) / 1e6);
      cost += (seconds * (tariffs?.price[worker] ?? 0)) / 3600 / 1e6;
      energy += ((to - from) * (tariffs?.idle[worker] ?? 0)) / 1e9;
    }
    const allocated = allocatedOn(trace, worker, end);
    energy += (((tariffs?.busy[worker] ?? 0) - (tariffs?.idle[worker] ?? 0)) * allocated) / (capacity[0]?.[worker] ?? 1) / 1e9;
  }
  return { cost, energy: energy / 3.6e6 };
}

function staysOf(
  world: World,
  entries: Trace["entries"] extends Iterable<infer E> ? E[] : never,
  worker: number,
  end: number,
): [number, number][] {
  const stays: [number, number][] = [];
  let since = joiningWorkers(world).includes(worker) ? undefined : 0;
  for (const { kind, worker: on, time } of entries) {
    if (on !== worker) continue;
    const comes = poolOf(world.cloud, worker) === undefined ? EntryKind.registered : EntryKind.launched;
    if (kind === comes) since ??= time;
    if (kind === EntryKind.left && since !== undefined) {
      stays.push([since, time]);
      since = undefined;
    }
  }
  return since === undefined ? stays : [...stays, [since, end]];
}

/** Thousandths of cores × µs, without suspensions and failures of workers. */
function allocatedOn({ world, entries }: Trace, worker: number, end: number): number {
  const since = new Map<number, number>();
  let sum = 0;
  const ends: readonly EntryKind[] = [EntryKind.finished, EntryKind.failed, EntryKind.requeued, EntryKind.lost, EntryKind.cancelled];
  const stop = (task: number, time: number) => {
    const from = since.get(task);
    if (from !== undefined) sum += (time - from) * at(world.tasks.request[0] as World["tasks"]["request"][number], task);
    since.delete(task);
  };
  for (const { kind, task, worker: on, time } of entries) {
    if (kind === EntryKind.started && on === worker) since.set(task, time);
    else if (ends.includes(kind)) stop(task, time);
  }
  for (const task of [...since.keys()]) stop(task, end);
  return sum;
}

const rates = fc.array(fc.record({ price: fc.constantFrom(0, 1, 192_000, 3_600_000_000), idle: fc.nat(100), more: fc.nat(300) }), {
  minLength: 4,
  maxLength: 4,
});

test("in random runs with pools, joining and leaving, they come to the same as a slow recomputation", () => {
  const policy = policyNamed("first-fit");
  if (policy === undefined) throw new Error("no policy");
  fc.assert(
    fc.property(
      cases({ brief: true }),
      hirings,
      turnovers,
      misfortunes,
      rates,
      fc.nat(5),
      (drawn, pools, turnover, { liveness }, prices, minimum) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const hired = hiring(changing(setup, turnover, liveness), pools, liveness);
        const of = (value: (rate: (typeof prices)[number]) => number) =>
          Float64Array.from({ length: 4 }, (_, i) => value(prices[i] as (typeof prices)[number]));
        const tariffs = {
          price: of(({ price }) => price),
          idle: of(({ idle }) => idle),
          busy: of(({ idle, more }) => idle + more),
          minimum,
        };
        const world = { ...hired.world, workers: { ...hired.world.workers, tariffs } };
        const metrics = new RunMetrics(world, { from: 0, to: 1 });
        const ran = simulate({ ...hired, world, sinks: [metrics], storeTrace: true, maxEvents: 400 });
        const { origin, end } = metrics.horizon(
          ran.ending,
          Math.min(...Array.from({ length: world.tasks.count }, (_, task) => at(world.tasks.release, task))),
        );
        const { cost, energy } = metrics.summary(ran, "1");
        const slow = naive(ran.trace as Trace, origin, Math.max(origin, end));
        expect(cost ?? 0).toBeCloseTo(slow.cost, 5);
        expect(energy ?? 0).toBeCloseTo(slow.energy, 5);
      },
    ),
    { seed: seed(1211), numRuns: runs(60) },
  );
});

test("with workers that fail they stay within what could have been paid for and burnt", () => {
  const policy = policyNamed("first-fit");
  if (policy === undefined) throw new Error("no policy");
  fc.assert(
    fc.property(cases({ brief: true }), hirings, misfortunes, (drawn, pools, misfortune) => {
      const setup = setUp(policy, drawn);
      fc.pre(setup !== undefined && setup.world.tasks.count > 0);
      const hired = hiring(unfortunate(setup, misfortune), pools, misfortune.liveness);
      const { count } = hired.world.workers;
      const all = (value: number) => new Float64Array(count).fill(value);
      const tariffs = { price: all(3_600_000_000), idle: all(1000), busy: all(2000), minimum: 0 };
      const world = { ...hired.world, workers: { ...hired.world.workers, tariffs } };
      const metrics = new RunMetrics(world, { from: 0, to: 1 });
      const ran = simulate({ ...hired, world, sinks: [metrics], maxEvents: 400 });
      const { cost = 0, energy = 0 } = metrics.summary(ran, "1");
      const stays = count + metrics.disturbances.launched;
      expect(cost).toBeLessThanOrEqual(stays * (1 + ran.ending.time / 1e6));
      expect(energy * 3.6e6).toBeLessThanOrEqual((count * 4 * Math.max(1, ran.ending.time)) / 1e6 + 1);
    }),
    { seed: seed(1212), numRuns: runs(40) },
  );
});
