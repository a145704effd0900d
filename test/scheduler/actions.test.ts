// What clients ask for while a run goes on, as a scenario says it.
import { describe, expect, test } from "vitest";
import { defineScenario, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { DeadLetters } from "../../src/metrics/dead-letters.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

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

describe("cancel with requeue", () => {
  test("gives the running attempt up; the task keeps its place and is not charged for it", () => {
    const actions = [{ at: "4s", cancel: "a", requeue: true }];
    expect(statuses(actions)).toEqual(["completed 14", "completed 24", "completed 34", "completed 70"]);
    const run = simulate(defineScenario({ ...INPUT, actions }));
    expect(run.tasks()[0]).toMatchObject({ attempts: 2, started_s: 0, run_s: 10, wait_s: 0 });
    expect(run.summary).toMatchObject({ attempts: 5, wasted_cpu: expect.closeTo(4 / 70, 9) as unknown });
  });

  test("leaves alone what does not run", () => {
    const actions = [
      { at: "4s", cancel: "c", requeue: true }, // blocked
      { at: "4s", cancel: "b", requeue: true }, // ready
      { at: "15s", cancel: "a", requeue: true }, // completed
      { at: "25s", cancel: "late", requeue: true }, // not submitted
    ];
    expect(statuses(actions)).toEqual(statuses([]));
  });

  test("repeats the same execution: what is drawn for a task does not change", () => {
    const tasks = [{ id: "a", duration: { distribution: "exponential" as const, mean: "10s" }, fails: [1], retries: 1 }];
    const run = (actions: NonNullable<ScenarioInput["actions"]>) => simulate(defineScenario({ ...INPUT, tasks, actions }), { seed: 3 });
    const usual = run([]).tasks()[0];
    const disturbed = run([{ at: "1s", cancel: "a", requeue: true }]).tasks()[0];
    expect([disturbed?.status, disturbed?.attempts, disturbed?.run_s]).toEqual(["completed", 3, usual?.run_s]);
  });

  test("uses attempts up where lost ones count; a dead letter says so", () => {
    const retries = { max: 1, countLost: true };
    const actions = ["1s", "2s"].map((at) => ({ at, cancel: "a", requeue: true }));
    const run = simulate(defineScenario({ ...INPUT, scheduler: { retries }, actions }), { storeTrace: true });
    expect(run.tasks()[0]).toMatchObject({ status: "failed", attempts: 2 });
    const log = [...schedulerLog(run.trace)].join("");
    expect(log).toContain("[1.000000] (w) a sent back to the queue by its client, attempt 1 of 2\n");
    expect(log).toContain(
      "[2.000000] (w) a lost by its client, attempt 2 of 2\n[2.000000] (scheduler) a failed for good, no attempts left after 2\n",
    );
    const letters = new DeadLetters(run.trace.world);
    for (const e of run.trace.entries) letters.entry(e.time, e.kind, e.task, e.worker, e.attempt, e.reason);
    expect(letters.letters).toEqual([{ task: "a", attempts: 2, worker: "w", reason: "client", failed: 2_000_000 }]);
  });
});

test("cancel with requeue, step by step", () => {
  const simulation = new Simulation(defineScenario(INPUT));
  simulation.runUntil("4s");
  expect([simulation.cancel("a", { requeue: true }), simulation.cancel("b", { requeue: true })]).toEqual([true, false]);
  simulation.runUntil("5s");
  expect(simulation.status("a")).toMatchObject({ status: "running", attempts: 2 });
  const { digest } = simulate(defineScenario({ ...INPUT, actions: [{ at: "4s", cancel: "a", requeue: true }] }));
  expect(simulation.run().digest).toBe(digest);
});

describe("set", () => {
  const tasks = ["a", "b", "c", "d"].map((id, i) => ({ id, duration: "10s", priority: i, weight: i + 1 }));
  const order = (policy: string, set: { task: string; priority?: number; weight?: number }, more: Partial<ScenarioInput> = {}) => {
    const scenario = defineScenario({ ...INPUT, tasks, scheduler: { policy }, actions: [{ at: "4s", set }], ...more });
    return simulate(scenario)
      .tasks()
      .sort((a, b) => (a.started_s ?? 0) - (b.started_s ?? 0))
      .map(({ task }) => task)
      .join("");
  };
  test.each([
    ["priority", { task: "d", priority: 0 }, "adbc"],
    ["priority:blocking=true", { task: "d", priority: 0 }, "adbc"],
    ["priority", { task: "b", priority: 9 }, "acdb"],
    ["priority", { task: "a", priority: 9 }, "abcd"],
    ["wspt", { task: "a", weight: 9 }, "dacb"],
    ["expression:rank=priority", { task: "d", priority: -1 }, "adbc"],
    ["expression:rank=0 - weight * wait", { task: "b", weight: 9 }, "abdc"],
    ["fcfs", { task: "d", priority: 0 }, "abcd"],
  ])("%s: %j", (policy, set, expected) => {
    expect(order(policy, set)).toBe(expected);
  });
  test("also before the task is submitted", () => {
    const late = tasks.map((task, i) => ({ ...task, release: i === 3 ? "5s" : 0 }));
    expect(order("priority", { task: "d", priority: 0 }, { tasks: late })).toBe("adbc");
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
  expect(() => simulate(defineScenario({ ...INPUT, actions: [{ at: 1, set: { task: "b1", priority: 1 } }] }))).toThrow(
    'actions[0]: set names no task "b1"',
  );
  const one = (action: object) => () => defineScenario({ ...INPUT, actions: [{ at: 1, ...action }] });
  expect(one({})).toThrow("an action asks for one thing: cancel, set, status, join, leave, shrink, grow or transfer");
  expect(one({ cancel: "a", set: { task: "a", weight: 1 } })).toThrow("an action asks for one thing");
  expect(one({ set: { task: "a" } })).toThrow("nothing is set");
  expect(one({ set: { task: "a", weight: 1 }, requeue: true })).toThrow("requeue goes with cancel");
});

test("actions are written with the scenario", () => {
  const actions = [
    { at: "90s", cancel: "a" },
    { at: "1s", cancel: "a", requeue: true },
    { at: "2s", set: { task: "b", priority: 2 } },
  ];
  const scenario = defineScenario({ ...INPUT, scheduler: { retries: { max: 2, countLost: true } }, actions });
  const text = [...(scenarioFiles("x.yaml", scenario)[0]?.parts ?? [])].join("");
  expect(text).toContain(
    "  - { at: 90s, cancel: a }\n  - { at: 1s, cancel: a, requeue: true }\n  - { at: 2s, set: { task: b, priority: 2 } }\n",
  );
  expect(text).toContain("retries:\n    max: 2\n    countLost: true\n");
});
