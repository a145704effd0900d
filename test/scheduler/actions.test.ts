// What clients ask for while a run goes on, as a scenario says it.
import { describe, expect, test } from "vitest";
import { defineScenario, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";

const INPUT: ScenarioInput = {
  name: "actions",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "10s" },
    { id: "c", duration: "10s", dependencies: ["b"] },
    { id: "late", duration: "10s", release: "1m" },
  ],
};

function statuses(actions: NonNullable<ScenarioInput["actions"]>): string[] {
  const scenario = defineScenario({ ...INPUT, actions });
  const run = simulate(scenario);
  const stepped = new Simulation(scenario);
  expect(stepped.run().digest).toBe(run.digest);
  return run.tasks().map(({ status, finished_s }) => `${status} ${finished_s}`);
}

describe("cancel", () => {
  test.each<[string, NonNullable<ScenarioInput["actions"]>, string[]]>([
    ["a running task", [{ at: "4s", cancel: "a" }], ["cancelled 4", "completed 14", "completed 24", "completed 70"]],
    [
      "one that waits, and with it what depends on it",
      [{ at: "4s", cancel: "b" }],
      ["completed 10", "cancelled null", "skipped null", "completed 70"],
    ],
    ["one that is not submitted yet", [{ at: 0, cancel: "late" }], ["completed 10", "completed 20", "completed 30", "cancelled null"]],
    ["one that has ended", [{ at: "11s", cancel: "a" }], ["completed 10", "completed 20", "completed 30", "completed 70"]],
    [
      "one that ends at that time, which comes first",
      [{ at: "10s", cancel: "a" }],
      ["completed 10", "completed 20", "completed 30", "completed 70"],
    ],
    [
      "one that is submitted at that time, right after it",
      [{ at: "1m", cancel: "late" }],
      ["completed 10", "completed 20", "completed 30", "cancelled null"],
    ],
    [
      "several, in whatever order they are written, one of them twice",
      [
        { at: "12s", cancel: "b" },
        { at: "4s", cancel: "a" },
        { at: "5s", cancel: "a" },
      ],
      ["cancelled 4", "cancelled 12", "skipped null", "completed 70"],
    ],
  ])("%s", (_, actions, expected) => {
    expect(statuses(actions)).toEqual(expected);
  });
});

test("what an action names must be there", () => {
  const actions = [
    { at: 1, cancel: "lete" },
    { at: 1, cancel: "zzz" },
  ];
  const draw = () => simulate(defineScenario({ ...INPUT, actions }));
  expect(draw).toThrow('actions[0]: cancel names no task "lete"; did you mean "late"?');
  expect(draw).toThrow('actions[1]: cancel names no task "zzz"');
  expect(() => defineScenario({ ...INPUT, actions: [{ at: "soon", cancel: "a" }] })).toThrow('"soon"');
  expect(() => defineScenario({ ...INPUT, actions: [{ at: 1, cancle: "a" } as never] })).toThrow('did you mean "cancel"');
});

test("actions are written with the scenario", () => {
  const scenario = defineScenario({ ...INPUT, actions: [{ at: "90s", cancel: "a" }] });
  const parts = scenarioFiles("x.yaml", scenario)[0]?.parts ?? [];
  expect([...parts].join("")).toContain("actions:\n  - { at: 90s, cancel: a }\n");
});
