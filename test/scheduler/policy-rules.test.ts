// What a policy of one's own may do, and what is refused, with its name, the time and the seed.
import { describe, expect, test } from "vitest";
import {
  definePolicy,
  defineScenario,
  type PolicyInput,
  type ScenarioInput,
  type SchedulingPass,
  simulate,
  type TaskInput,
  type TaskView,
} from "../../src/index.ts";

const TASKS: TaskInput[] = [
  { id: "a", duration: "2s" },
  { id: "b", duration: "2s", requires: { zone: "east" } },
  { id: "c", duration: "2s", dependencies: ["a"] },
];
const WORKERS = [
  { id: "w-1", cpu: 1 },
  { id: "w-2", cpu: 1, labels: { zone: "east" } },
];

function runWith(
  policy: Partial<PolicyInput>,
  tasks: TaskInput[] = TASKS,
  workers: NonNullable<ScenarioInput["cluster"]>["workers"] = WORKERS,
) {
  const scenario = defineScenario({ name: "rules", cluster: { workers }, tasks });
  return simulate(scenario, { policy: definePolicy({ name: "mine", ...policy } as PolicyInput), storeTrace: true });
}

function eachArrival(act: (pass: SchedulingPass, task: TaskView) => void) {
  return (pass: SchedulingPass) => {
    for (const task of pass.arrivals()) act(pass, task);
  };
}

describe("what a policy must not do", () => {
  const CASES: [string, Partial<PolicyInput>, string][] = [
    [
      "start a task where it has no room",
      { schedule: eachArrival((pass, task) => pass.start(task, pass.workers.at(0))) },
      'policy mine started task "b" on w-1, which has no room for it or may not run it, at 0 s (seed 1)',
    ],
    [
      "start a task that runs",
      {
        schedule(pass) {
          for (const task of pass.arrivals()) for (let i = 0; i < 2; i++) pass.start(task, pass.workers.find(task) ?? pass.workers.at(0));
        },
      },
      'policy mine started task "a", which is running, not ready, at 0 s (seed 1)',
    ],
    [
      "start a task itself when it is dispatching",
      { dispatching: true, schedule: eachArrival((pass, task) => pass.start(task, pass.workers.at(0))) },
      "policy mine started a task itself, but is defined as dispatching: it assigns them, at 0 s (seed 1)",
    ],
    [
      "assign a task without being dispatching",
      { schedule: eachArrival((pass, task) => pass.assign(task, pass.workers.at(0))) },
      "policy mine assigned a task, but is not defined as dispatching: true, at 0 s (seed 1)",
    ],
    [
      "assign a task where it may not run",
      { dispatching: true, schedule: eachArrival((pass, task) => pass.assign(task, pass.workers.at(0))) },
      'policy mine assigned task "b" to w-1, which cannot hold it or may not run it, at 0 s (seed 1)',
    ],
    [
      "assign a task twice",
      {
        dispatching: true,
        schedule(pass) {
          for (const task of pass.arrivals()) for (let i = 0; i < 2; i++) pass.assign(task, pass.workers.at(1));
        },
      },
      'policy mine assigned task "a" twice, at 0 s (seed 1)',
    ],
    [
      "leave a task unassigned",
      { dispatching: true, schedule: () => {} },
      'policy mine did not assign task "a" to a worker, at 0 s (seed 1)',
    ],
    [
      "be woken in the past",
      { schedule: (pass) => pass.wakeAt(pass.now) },
      "policy mine asked to be woken at 0 µs, which is not a later time, at 0 s (seed 1)",
    ],
    [
      "name a worker of another run",
      { schedule: eachArrival((pass, task) => pass.start(task, { ...pass.workers.at(0), position: 0 } as never)) },
      "policy mine named a worker that is not one of pass.workers, at 0 s (seed 1)",
    ],
    [
      "take its time",
      { schedule: (async () => {}) as never },
      "policy mine has an async schedule; a pass is one instant, so that it must decide at once, at 0 s (seed 1)",
    ],
    [
      "rank with what is no number",
      { rank: () => Number.NaN },
      'policy mine ranked task "a" NaN; a rank is a finite number, or up to three of them, at 0 s (seed 1)',
    ],
    [
      "rank with a list that has holes",
      { rank: () => new Array(1) as never },
      'policy mine ranked task "a" []; a rank is a finite number, or up to three of them, at 0 s (seed 1)',
    ],
    [
      "throw",
      {
        rank() {
          throw new Error("no idea");
        },
      },
      "policy mine threw at 0 s (seed 1): no idea",
    ],
    [
      "make a line without saying so",
      { create: () => ({ line: () => ({ slope: -1 }) }) },
      'policy mine has a line, but is of order: static; say order: "line" in its definition, at 0 s (seed 1)',
    ],
    [
      "say it has a line and make none",
      { order: "line", create: () => ({}) },
      "policy mine is of order: line, but has no line, at 0 s (seed 1)",
    ],
    [
      "make a schedule without saying so",
      { blocking: true, create: () => ({ schedule: (pass) => pass.runList() }) },
      'policy mine has a schedule of its own, but is of order: static; say order: "plan" in its definition, at 0 s (seed 1)',
    ],
    [
      "say it has a plan and make none",
      { order: "plan", create: () => ({}) },
      "policy mine is of order: plan, but has no schedule, at 0 s (seed 1)",
    ],
    [
      "dispatch without a schedule",
      { dispatching: true, rank: () => 0 },
      "policy mine is dispatching, but has no schedule that assigns tasks, at 0 s (seed 1)",
    ],
  ];

  test.each(CASES)("%s", (_, policy, message) => {
    expect(() => runWith(policy)).toThrow(message);
  });

  test("keep a pass for later", () => {
    let kept: { runList(): void } | undefined;
    const policy: Partial<PolicyInput> = {
      schedule(pass) {
        kept?.runList();
        kept = pass;
      },
    };
    const ending = () => runWith({ ...policy, schedule: (pass) => (kept = pass).runList() }).ending.kind;
    expect(ending()).toBe("complete");
    expect(() => kept?.runList()).toThrow("a scheduling pass was used after it had ended");
  });
});

describe("what a policy may do", () => {
  test.each([true, false])("call for the list now and then (blocking: %s)", (blocking) => {
    const run = runWith(
      { order: "plan", blocking, schedule: (pass) => (pass.now % 5_000_000 === 0 ? pass.runList() : pass.wakeAt(5_000_000)) },
      [
        { id: "a", duration: "2s" },
        { id: "b", duration: "2s" },
      ],
      [{ id: "w-1", cpu: 1 }],
    );
    expect(run.ending.kind).toBe("complete");
    expect(run.summary.makespan_s).toBe(7);
  });

  test("ask the placement round-robin without using its answer up", () => {
    const run = runWith(
      {
        schedule(pass) {
          for (const task of pass.arrivals()) {
            for (let i = 0; i < 3; i++) pass.workers.find(task, "round-robin");
            const worker = pass.workers.find(task, "round-robin");
            if (worker !== undefined) pass.start(task, worker);
          }
        },
      },
      ["a", "b", "c"].map((id) => ({ id, duration: "1s" })),
      [{ id: "w", count: 3, cpu: 3 }],
    );
    expect(["a", "b", "c"].map((id) => run.tasks().find(({ task }) => task === id)?.worker)).toEqual(["w-1", "w-2", "w-3"]);
  });

  test("have itself woken for as long as something else is due, but not for ever", () => {
    let passes = 0;
    const idle = (pass: { now: number; wakeAt(time: number): void }) => {
      passes += 1;
      pass.wakeAt(pass.now + 1000);
    };
    const run = runWith({ schedule: idle }, [
      { id: "a", duration: 1 },
      { id: "late", duration: 1, release: "20s" },
    ]);
    expect([run.ending.kind, passes]).toEqual(["policy-idle", 20_000 + 10_001]);
  });
});
