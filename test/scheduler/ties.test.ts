// `ties: seeded`: the seed decides between events that do not depend on one another, and between no others.
import { describe, expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { compare, defineScenario, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

const THREE: ScenarioInput = {
  name: "three",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  scheduler: { ties: "seeded", pass: "event" },
  tasks: ["a", "b", "c"].map((id) => ({ id, duration: "10s" })),
};

/** What comes of each seed, without repetitions. */
function outcomes(input: ScenarioInput): Set<string> {
  const scenario = defineScenario(input);
  return new Set(
    SEEDS.map((seed) => {
      const run = simulate(scenario, { seed });
      expect(simulate(scenario, { seed }).digest).toBe(run.digest);
      expect(new Simulation(scenario, { seed }).run().digest).toBe(run.digest);
      const { scheduler, ...empty } = input;
      const stepped = new Simulation(defineScenario({ ...empty, scheduler: scheduler!, tasks: [], actions: [] }), { seed });
      if (input.actions === undefined) {
        for (const task of input.tasks!) stepped.submit(task);
        expect(stepped.run().digest).toBe(run.digest);
      }
      return run
        .tasks()
        .map(({ status, started_s, finished_s }) => `${status} ${started_s}-${finished_s}`)
        .join(", ");
    }),
  );
}

describe("what the seed decides", () => {
  test("who is first of those submitted at one instant, where a pass comes between", () => {
    const first = "completed 0-10, completed 10-20, completed 20-30";
    const second = "completed 10-20, completed 0-10, completed 20-30"; // the others wait, and are then taken by position
    const third = "completed 10-20, completed 20-30, completed 0-10";
    expect(outcomes(THREE)).toEqual(new Set([first, second, third]));
    expect(outcomes({ ...THREE, scheduler: { pass: "event" } })).toEqual(new Set([first]));
  });

  test("which of two workers is free first, and which of two tasks comes back first", () => {
    const input: ScenarioInput = {
      ...THREE,
      cluster: { workers: [{ id: "w", count: 2 }] },
      scheduler: { ties: "seeded", pass: "event", retries: { max: 1, backoff: { initial: "5s" } } },
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "10s" },
        { id: "c", duration: { on: { "w-1": "1s", "w-2": "2s" } }, release: "1s" },
      ],
    };
    expect(outcomes(input)).toEqual(
      new Set(["completed 0-10, completed 0-10, completed 10-11", "completed 0-10, completed 0-10, completed 10-12"]),
    );
  });
});

describe("what it does not", () => {
  test("an end comes before the crash of its worker, before a cancellation and before its limit", () => {
    const input: ScenarioInput = {
      ...THREE,
      cluster: { workers: [{ id: "w", count: 3 }] },
      faults: [{ kind: "crash", worker: "w-1", at: "10s" }],
      actions: [{ at: "10s", cancel: "b" }],
    };
    expect(outcomes(input).size).toBe(1);
    expect([...outcomes(input)][0]).toBe("completed 0-10, completed 0-10, completed 0-10");
  });

  test("what clients ask for stays in their order", () => {
    const input: ScenarioInput = {
      ...THREE,
      scheduler: { ...THREE.scheduler, policy: "priority" },
      actions: [
        { at: 0, set: { task: "c", priority: -1 } },
        { at: "5s", set: { task: "b", priority: -2 } },
        { at: "5s", set: { task: "b", priority: 2 } },
        { at: "5s", cancel: "a" },
        { at: "5s", cancel: "a", requeue: true },
      ],
    };
    for (const outcome of outcomes(input)) expect(outcome.startsWith("cancelled")).toBe(true);
  });

  test("nothing at all where a pass looks at the whole instant and its policy at release and position", () => {
    expect(outcomes({ ...THREE, scheduler: { ties: "seeded" } })).toEqual(new Set(["completed 0-10, completed 10-20, completed 20-30"]));
  });
});

test("a comparison makes a run for each seed, and the description of the scenario says what is drawn", async () => {
  const rows = async (input: ScenarioInput) =>
    (await compare(defineScenario(input), { policies: ["fcfs"], seeds: [1, 2, 3] })).runs.map(({ seed, digest }) => `${seed} ${digest}`);
  expect(await rows(THREE)).toHaveLength(3);
  expect(await rows({ ...THREE, scheduler: { pass: "event" } })).toHaveLength(1);
  const text = describeScenario(defineScenario(THREE), (_, shown) => shown);
  expect(text).toContain("a pass after each event, ties drawn");
  expect(text).toContain("ties are drawn; no seed is given, 1 holds");
});
