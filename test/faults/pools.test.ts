// Pools of workers that are launched and given back while a run goes on, as a scenario says it: when, and what becomes of tasks.
import { describe, expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { Reclaims } from "../../src/cluster/reclaims.ts";
import { compare, defineScenario, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import type { CloudPlan } from "../../src/model/cloud.ts";
import { EntryKind, Reason } from "../../src/model/trace.ts";
import { judge } from "../../src/oracle/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { mean } from "../run-world.ts";

type Cluster = NonNullable<ScenarioInput["cluster"]>;

const POOL = { id: "p", cpu: 1, max: 2, boot: "10s" };
const AUTOSCALER = { kind: "queue-length", tasksPerWorker: 1, interval: "5s", cooldown: "5s" };
const tasks = (...ids: string[]) => ids.map((id) => ({ id, duration: "10s" }));

function scenarioOf(cluster: Partial<Cluster>, more: Partial<ScenarioInput> = {}) {
  return defineScenario({
    name: "pools",
    cluster: { workers: [{ id: "base", cpu: 1 }], pools: [POOL], autoscaler: AUTOSCALER, ...cluster },
    scheduler: { policy: "first-fit", heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
    tasks: tasks("a", "b", "c"),
    ...more,
  });
}

function log(cluster: Partial<Cluster>, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(scenarioOf(cluster, more), { storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  const lines = [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  return lines.filter((line) => !line.endsWith(" submitted"));
}

describe("launching and giving back", () => {
  test("what waits after the pass is counted, instances boot, and one with nothing to do goes when fewer were wanted for long enough", () => {
    // At 0 s b and c wait, at 10 s nothing does: p-2 is wanted no more from then on, and goes at 15 s.
    expect(log({})).toEqual([
      "[0.000000] (base) a started, attempt 1 of 1",
      "[0.000000] (scheduler) p-1 launched, instance 1",
      "[0.000000] (scheduler) p-2 launched, instance 1",
      "[10.000000] (base) a finished, attempt 1 of 1",
      "[10.000000] (scheduler) p-1 registered, incarnation 1",
      "[10.000000] (scheduler) p-2 registered, incarnation 1",
      "[10.000000] (base) b started, attempt 1 of 1",
      "[10.000000] (p-1) c started, attempt 1 of 1",
      "[15.000000] (scheduler) p-2 is to leave, and takes nothing more",
      "[15.000000] (scheduler) p-2 left",
      "[20.000000] (base) b finished, attempt 1 of 1",
      "[20.000000] (p-1) c finished, attempt 1 of 1",
    ]);
  });

  test("it is asked at multiples of its interval, while anything happens; an instance that was given back may be launched again", () => {
    const more: Partial<ScenarioInput> = {
      tasks: [...tasks("a", "b"), ...["c", "d"].map((id) => ({ id, duration: "9s", release: "42s" }))],
    };
    expect(log({ pools: [{ ...POOL, max: 1 }] }, more).filter((line) => line.includes("p-1"))).toEqual([
      "[0.000000] (scheduler) p-1 launched, instance 1",
      "[10.000000] (scheduler) p-1 registered, incarnation 1",
      "[15.000000] (scheduler) p-1 is to leave, and takes nothing more",
      "[15.000000] (scheduler) p-1 left",
      "[45.000000] (scheduler) p-1 launched, instance 2",
      "[55.000000] (scheduler) p-1 registered, incarnation 2",
    ]);
  });

  test("what still runs on an instance that is given back may end there", () => {
    // At 0 s p-1 is full, which is twice the target: p-2 is up at 10 s, and takes e. From 11 s on each has one core of four allocated: one is enough.
    // So it is wanted from 15 s on, and the last goes at 20 s.
    const autoscaler = { kind: "utilisation", target: 0.5, interval: "5s", cooldown: "5s" };
    const lines = log(
      { workers: [], pools: [{ ...POOL, cpu: 4, min: 1 }], autoscaler },
      {
        tasks: [{ id: "a", duration: "60s" }, ...["b", "c", "d"].map((id) => ({ id, duration: "11s" })), { id: "e", duration: "20s" }],
      },
    );
    expect(lines.filter((line) => line.includes("p-2"))).toEqual([
      "[0.000000] (scheduler) p-2 launched, instance 1",
      "[10.000000] (scheduler) p-2 registered, incarnation 1",
      "[10.000000] (p-2) e started, attempt 1 of 1",
      "[20.000000] (scheduler) p-2 is to leave, and takes nothing more",
      "[30.000000] (p-2) e finished, attempt 1 of 1",
      "[30.000000] (scheduler) p-2 left",
    ]);
  });

  test("what only the second pool can hold is for that; what the first has no room for, for the next that can", () => {
    const pools = [
      { id: "p", max: 2, boot: "1s" },
      { id: "q", max: 9, boot: "1s", resources: { gpu: 1 } },
    ];
    const gpu = { id: "g", duration: "10s", resources: { gpu: 1 } };
    const lines = log({ workers: [], pools }, { tasks: [...tasks("a", "b", "c"), gpu] });
    expect(lines.filter((line) => line.includes("launched")).map((line) => /(\S+) launched/.exec(line)?.[1])).toEqual([
      "p-1",
      "p-2",
      "q-1",
      "q-2",
    ]);
  });

  test("clusters of pools alone are described, and take faults by labels, workers that join, and a network", () => {
    const scenario = scenarioOf(
      { workers: [], pools: [{ ...POOL, min: 1, labels: { zone: "z" } }] },
      {
        actions: [{ at: "12s", join: { id: "n", cpu: 1 } }],
        network: { latency: "10ms" },
        faults: [{ kind: "crash", where: { zone: "z" }, at: "3s", for: "4s" }],
      },
    );
    expect(describeScenario(scenario, (_, text) => text)).toContain("p: 1 to 2 × 1 cpu, zone=z; autoscaler queue-length");
    const { trace, summary } = simulate(scenario, { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    expect([...trace.entries].filter(({ kind, worker }) => kind === EntryKind.crashed && worker < 2)).toHaveLength(1); // p-2 was not there
    expect(summary.completed).toBe(3);
  });

  test("an instance that has booted while a fault holds it down registers when that is over", () => {
    const faults = [{ kind: "crash", worker: "p-1", at: "4s", for: "8s" }];
    expect(log({}, { faults }).filter((line) => / p-\d registered/.test(line))).toEqual([
      "[10.000000] (scheduler) p-2 registered, incarnation 1",
      "[12.000000] (scheduler) p-1 registered, incarnation 1",
    ]);
  });

  test("step by step: tasks that are added later have instances launched", () => {
    const simulation = new Simulation(scenarioOf({}, { tasks: tasks("a") }));
    simulation.runUntil("100s");
    simulation.submit(tasks("x", "y", "z"));
    expect(simulation.run().summary).toMatchObject({ completed: 4, launched: 2 });
  });
});

describe("spot instances", () => {
  const spot = { mtbf: "30s", notice: "4s" };
  const long = Array.from({ length: 30 }, (_, i) => ({ id: `t${i}`, duration: "12s" }));
  const cluster = { workers: [], pools: [{ ...POOL, max: 4, spot }] };

  test("are gone at the end of their notice, and what runs there then goes back to the queue; others come in their place", () => {
    const { trace, summary } = simulate(scenarioOf(cluster, { tasks: long }), { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    const entries = [...trace.entries];
    const told = entries.filter(({ kind }) => kind === EntryKind.reclaimed);
    const lost = entries.filter(({ kind, reason }) => kind === EntryKind.requeued && reason === Reason.reclaim);
    expect(told.length).toBeGreaterThan(5);
    expect(lost.length).toBeGreaterThan(3);
    for (const { time, worker } of lost) expect(told.some((one) => one.worker === worker && one.time === time - 4e6)).toBe(true);
    for (const { time, worker } of told) {
      const left = entries.find((one) => one.kind === EntryKind.left && one.worker === worker && one.time >= time);
      expect(left === undefined || left.time <= time + 4e6).toBe(true);
    }
    expect(summary).toMatchObject({ completed: 30, failed: 0, reclaimed: told.length, attempts_lost: lost.length });
  });

  test("with countLost, what is lost so uses attempts up", () => {
    const scheduler = { policy: "first-fit", retries: { max: 0, countLost: true } };
    const { summary } = simulate(scenarioOf(cluster, { tasks: long, scheduler }));
    expect(summary.failed).toBe(summary.attempts_lost);
    expect(summary.failed).toBeGreaterThan(0);
  });

  test("are taken back after times of the mean that is given, each instance by itself, whatever else there is", () => {
    const plan = { pools: [], autoscaler: { name: "none", parameters: {}, interval: 1, cooldown: 0 }, seed: "1" } satisfies CloudPlan;
    const names = Array.from({ length: 400 }, (_, i) => `w-${i}`);
    const terms = { mtbf: 3_600_000_000, notice: 0 };
    const reclaims = new Reclaims(plan, names);
    const times = names.flatMap((_, worker) => [1, 2, 3, 4, 5].map((number) => reclaims.lifetime(worker, number, terms)));
    expect(new Set(times).size).toBe(times.length);
    expect(mean(times) / terms.mtbf).toBeCloseTo(1, 1);
    expect(times.filter((time) => time > terms.mtbf).length / times.length).toBeCloseTo(Math.exp(-1), 1);
    expect(new Reclaims(plan, ["other", "w-1"]).lifetime(1, 3, terms)).toBe(reclaims.lifetime(1, 3, terms));
    expect(new Reclaims({ ...plan, seed: "2" }, names).lifetime(1, 3, terms)).not.toBe(reclaims.lifetime(1, 3, terms));
  });

  test("are taken back at the same times under every policy, as long as they are up", async () => {
    const scenario = scenarioOf({ workers: [], pools: [{ ...POOL, min: 2, spot }], autoscaler: "none" }, { tasks: long });
    const firstOf = (policy: string) =>
      [...simulate(scenario, { storeTrace: true, policy }).trace.entries].filter(
        ({ kind, attempt }) => kind === EntryKind.reclaimed && attempt === 1,
      );
    expect(firstOf("ljf")).toEqual(firstOf("first-fit"));
    expect((await compare(scenario, { policies: ["fcfs"], seeds: "1..3", jobs: 1 })).runs).toHaveLength(3);
  });
});

describe("a run ends", () => {
  test("when its autoscaler launches nothing that could hold what is left", () => {
    const pools = [POOL, { id: "q", max: 1, labels: { only: "q" } }];
    const more: Partial<ScenarioInput> = { tasks: [{ id: "a", duration: "1s", requires: { only: "q" } }] };
    const { ending } = simulate(scenarioOf({ pools, autoscaler: "none" }, more));
    expect(ending.kind).toBe("starved");
    expect(ending.message).toContain('no worker is left that could hold task "a"');
  });

  test("though spot instances come and go for ever", () => {
    const pools = [
      { ...POOL, min: 1, spot: { mtbf: "1h" } },
      { id: "q", max: 1, labels: { only: "q" } },
    ];
    const more: Partial<ScenarioInput> = { tasks: [{ id: "a", duration: "1s", requires: { only: "q" } }] };
    const { ending } = simulate(scenarioOf({ pools, autoscaler: "none" }, more));
    expect(ending).toMatchObject({ kind: "starved", exitCode: 5 });
    expect(ending.message).toBe(
      '1 task is unfinished, and nothing has happened to any in 10000 events of workers that come and go; task "a" waits for a worker that could hold it',
    );
    const far = simulate(scenarioOf({ pools, autoscaler: "none" }, { ...more, network: { latency: "10ms" } }));
    expect(far.ending.kind).toBe("starved");
  });
});
