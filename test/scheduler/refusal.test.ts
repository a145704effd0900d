// Policies that leave work lying while workers fail and come back for ever: who refuses is told so, who waits for a rare chance is left to wait.
import { describe, expect, test } from "vitest";
import { registeredPolicy } from "../../src/files/load-policy.ts";
import { definePolicy, defineScenario, type PolicyInput, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { Endings } from "../../src/run/endings.ts";
import { SimulationCore } from "../../src/simulation.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";

type Schedule = NonNullable<PolicyInput["schedule"]>;

const BASE: ScenarioInput = {
  name: "refused",
  cluster: { workers: [{ id: "w", count: 3, cpu: 1 }] },
  tasks: [
    { id: "a", duration: "1s" },
    { id: "b", duration: "1s" },
  ],
  faults: [{ kind: "crash", mtbf: "1m", mttr: "5s" }],
};

const policy = (schedule: Schedule) => definePolicy({ name: "mine", schedule });
const idle = policy(() => {});

function runWith(schedule: Schedule, more: Partial<ScenarioInput> = {}) {
  return simulate(defineScenario({ ...BASE, ...more }), { policy: policy(schedule) });
}

const REFUSED =
  "policy mine left 2 tasks unfinished: one is ready and fits an idle worker, and nothing else is due but that workers fail and come back";

describe("a policy that never starts anything", () => {
  test.each<[string, Partial<ScenarioInput>]>([
    ["crashes for ever", {}],
    [
      "never has all workers at once",
      { cluster: { workers: [{ id: "w", count: 20, cpu: 1 }] }, faults: [{ kind: "crash", mtbf: "10s", mttr: "10s" }] },
    ],
    ["is asked in cycles", { scheduler: { pass: { every: "30s" } } }],
    ["meets a network", { network: { latency: "10ms", loss: 0.1 } }],
    [
      "sees workers shrink, go silent and join",
      {
        faults: [
          { kind: "shrink", cpu: 0.5, mtbf: "1m", mttr: "5s" },
          { kind: "heartbeat-loss", mtbf: "5m", mttr: "20s" },
        ],
        actions: [{ at: "1h", join: { id: "late", cpu: 1 } }],
      },
    ],
  ])("has refused, though something is always due: one that %s", (_, more) => {
    const { ending, summary } = runWith(() => {}, more);
    expect(ending).toEqual({ kind: "policy-idle", message: REFUSED, exitCode: 3 });
    expect(summary.events).toBeLessThan(200_000);
  });

  test("has refused, though it has itself woken for ever too", () => {
    const { ending } = runWith((pass) => pass.wakeAt(pass.now + 1_000_000));
    expect(ending.message).toBe(REFUSED);
  });

  test("has done so at the same instant where each message is simulated", () => {
    const [folded, single] = (["folded", "messages"] as const).map((detail) => runWith(() => {}, { network: { latency: "10ms", detail } }));
    expect(folded?.ending.exitCode).toBe(3);
    expect(single?.summary).toEqual(folded?.summary);
  });

  test("may be given more to refuse", () => {
    const simulation = new Simulation(defineScenario(BASE), { policy: idle });
    const first = simulation.run();
    simulation.submit({ id: "c", duration: "1s", release: simulation.now + 1 });
    const second = simulation.run();
    expect([first, second].map(({ ending }) => ending.kind)).toEqual(["policy-idle", "policy-idle"]);
    expect(second.summary.unfinished).toBe(3);
    expect(second.summary.events).toBeGreaterThan(first.summary.events + 10_000);
  });
});

describe("a policy that waits for a rare chance", () => {
  test("of one worker that is seldom there may leave what fits the others lying", () => {
    let passes = 0;
    const { ending, summary } = runWith(
      (pass) => {
        passes += 1;
        const worker = pass.workers.at(0);
        const [task] = pass.queue;
        if (task !== undefined && pass.workers.fits(task, worker)) pass.start(task, worker);
      },
      {
        faults: [
          { kind: "crash", worker: "w-1", at: 0, for: "50h" },
          { kind: "crash", worker: "w-2", mtbf: "4s", mttr: "4s" },
          { kind: "crash", worker: "w-3", mtbf: "4s", mttr: "4s" },
        ],
      },
    );
    expect([ending.kind, summary.completed]).toEqual(["complete", 2]);
    expect(passes).toBeGreaterThan(40_000);
  });

  test("of a long attempt's end may do so too", () => {
    const { ending, summary } = runWith(
      (pass) => {
        const [task] = pass.queue;
        if (task !== undefined && (pass.status(0) === "ended" || task.position === 0)) pass.start(task, pass.workers.find(task)!);
      },
      {
        tasks: [
          { id: "a", duration: { on: { "w-1": "50h" } } },
          { id: "b", duration: "1s" },
        ],
        faults: ["w-2", "w-3"].map((worker) => ({ kind: "crash", worker, mtbf: "4s", mttr: "1s" })),
      },
    );
    expect([ending.kind, summary.completed]).toEqual(["complete", 2]);
  });
});

test("where workers came back too often in vain, nobody is said to be gone for good", () => {
  const scenario = defineScenario(BASE);
  const seeds = { workload: "1", faults: "1", policy: "1" };
  const world = drawWorld(scenario, seeds);
  const core = new SimulationCore({ world, settings: scenario.scheduler, policy: registeredPolicy(scenario.scheduler.policy, "."), seeds });
  const ending = new Endings(world, core, core.failing).finished(7, { isRefused: false, wornOutAfter: 10_000_000 });
  expect(ending).toEqual({
    kind: "starved",
    message: "2 tasks are unfinished, and nothing has happened to any in 10000000 events of workers that fail and come back",
    exitCode: 5,
    time: 7,
  });
});

test("what waits for a worker that fails and comes back in vain is given up, but not while anything else is to come", {
  timeout: 60_000,
}, () => {
  const scenario: ScenarioInput = {
    name: "in vain",
    cluster: {
      workers: [
        { id: "w", cpu: 4 },
        { id: "v", cpu: 1 },
      ],
    },
    tasks: [{ id: "a", duration: "10s", cpu: 4, release: "2s" }],
    actions: [{ at: "1s", shrink: "w", cpu: 2 }],
    faults: [{ kind: "shrink", worker: "v", mtbf: "10s", mttr: "1s", cpu: 0.5 }],
  };
  const { ending } = simulate(defineScenario(scenario));
  expect([ending.kind, ending.exitCode]).toEqual(["starved", 5]);
  expect(ending.message).toMatch(/in 1000000 events of workers that fail and come back; task "a" waits for a worker that could hold it/);
  const grow = { at: "6000000s", grow: "w", cpu: 4 } as const; // more than a million events later
  expect(simulate(defineScenario({ ...scenario, actions: [...scenario.actions!, grow] })).summary.completed).toBe(1);
});
