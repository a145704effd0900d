import { describe, expect, it } from "vitest";
import {
  defineScenario,
  definePolicy,
  EntryKind,
  InputError,
  PolicyError,
  type ScenarioInput,
  Simulation,
  type TaskInput,
} from "../../src/index.ts";

const CLUSTER: ScenarioInput = {
  name: "step by step",
  cluster: { workers: [{ id: "w", count: 2, cpu: 2, memory: "4GiB", labels: { zone: "a" } }] },
  functions: { default: 1, fetch: "2s" },
  scheduler: { retries: 1 },
};

function started(more: Partial<ScenarioInput> = {}): Simulation {
  return new Simulation(defineScenario({ ...CLUSTER, ...more }));
}

/** The message of what is thrown, which must be bad input. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

describe("what is submitted", () => {
  it("may not be below the resolution, nor be tried more often than an attempt's number can say", () => {
    const simulation = started();
    expect(refusal(() => simulation.submit({ id: "a", duration: 1e-7, retries: 1_000_001 }))).toBe(
      "tasks[0].retries: retries 1000001 is not a whole number of at least 0 and at most 1000000\n" +
        'tasks[0].duration: duration "1e-7" is below the resolution, which is 1 µs, and would be 0',
    );
    simulation.submit({ id: "a", duration: 1, retries: 1_000_000 });
    expect(simulation.run().summary.completed).toBe(1);
  });
});

describe("time", () => {
  it("goes where it is told, in seconds or texts with a unit, and never back", () => {
    const simulation = started({
      tasks: [
        { id: "a", duration: 3 },
        { id: "b", release: "10s" },
      ],
    });
    expect([simulation.now, simulation.nextTime]).toEqual([0, 0]);
    simulation.runUntil(1.5);
    expect([simulation.now, simulation.nextTime]).toEqual([1.5, 3]);
    simulation.runUntil("5s");
    expect([simulation.now, simulation.status("a").status]).toEqual([5, "completed"]);
    simulation.runUntil(simulation.now + 0.1);
    expect(simulation.now).toBe(5.1);
    expect(refusal(() => simulation.runUntil(5))).toBe("runUntil 5 s: that time has passed, it is 5.1 s");
    expect(refusal(() => simulation.runUntil("later"))).toMatch(/^runUntil "later" is not a duration/);
    simulation.runUntil("1h");
    expect([simulation.now, simulation.nextTime, simulation.result().ending.kind]).toEqual([3600, undefined, "complete"]);
    expect(simulation.result().summary.makespan_s).toBe(11);
  });

  it("goes on round by round, until nothing is due", () => {
    const simulation = started({
      tasks: [
        { id: "a", duration: 3 },
        { id: "b", duration: 2, dependencies: ["a"] },
      ],
    });
    const times: number[] = [];
    while (simulation.step()) times.push(simulation.now);
    expect(times).toEqual([0, 3, 5]);
    expect(simulation.step()).toBe(false);
    expect(simulation.result().ending).toEqual({ kind: "complete", message: "", exitCode: 0 });
  });

  it("ends with a budget, after which nothing can be changed", () => {
    const simulation = new Simulation(defineScenario({ ...CLUSTER, tasks: [{ id: "a", duration: 60 }] }), { maxTime: "30s" });
    const { ending, summary } = simulation.run();
    expect([ending.kind, ending.exitCode, summary.unfinished]).toEqual(["max-time", 5, 1]);
    expect(simulation.step()).toBe(false);
    expect(refusal(() => simulation.submit({ id: "b" }))).toMatch(/^submit comes too late, the run has ended: virtual time reached/);
    expect(refusal(() => simulation.cancel("a"))).toMatch(/^cancel comes too late/);
    const events = new Simulation(defineScenario({ ...CLUSTER, tasks: [{ id: "a" }, { id: "b", release: 5 }] }), { maxEvents: 1 });
    expect([events.step(), events.step(), events.result().ending.kind]).toEqual([true, false, "max-events"]);
    const later = new Simulation(defineScenario(CLUSTER), { maxTime: "30s" });
    later.runUntil("1h");
    later.submit({ id: "a", duration: 40 });
    expect(later.run().ending.kind).toBe("max-time");
  });
});

describe("submit", () => {
  it("takes one task or a batch, released now unless they say when", () => {
    const simulation = started();
    simulation.runUntil(10);
    simulation.submit({ id: "a", function: "fetch" });
    simulation.submit([
      { id: "b", dependencies: ["a", "c"], retries: 0, fails: "always" },
      { id: "c", duration: "3s", release: "20s" },
    ]);
    simulation.submit([]);
    expect(["a", "b", "c"].map((id) => [simulation.status(id).status, simulation.status(id).submitted_s])).toEqual([
      ["unreleased", 10],
      ["unreleased", 10],
      ["unreleased", 20],
    ]);
    simulation.step();
    expect(["a", "b", "c"].map((id) => simulation.status(id).status)).toEqual(["running", "blocked", "unreleased"]);
    const { summary } = simulation.run();
    expect(simulation.status("b")).toEqual({
      ...{ task: "b", status: "failed", attempts: 1, worker: "w-1", submitted_s: 10, ready_s: 23, started_s: 23, finished_s: 24 },
      ...{ wait_s: 0, run_s: null, flow_s: null, slowdown: null, cpu: 1, memory_bytes: 0 },
    });
    expect([summary.completed, summary.failed, summary.makespan_s]).toEqual([2, 1, 14]);
  });

  it("goes on after a run that was complete, or left work lying", () => {
    const simulation = started({ tasks: [{ id: "a" }] });
    expect(simulation.run().ending.kind).toBe("complete");
    simulation.submit({ id: "b", dependencies: ["a"] });
    expect(simulation.result().ending.kind).toBe("stopped");
    expect(simulation.run().summary.makespan_s).toBe(2);

    const pairs = definePolicy({
      name: "pairs",
      schedule(pass) {
        if (pass.queue.length >= 2) pass.runList();
      },
    });
    const waiting = new Simulation(defineScenario({ ...CLUSTER, tasks: [{ id: "a" }] }), { policy: pairs });
    expect(waiting.run().ending.kind).toBe("policy-idle");
    waiting.submit({ id: "b" });
    expect(waiting.run().ending.kind).toBe("complete");
  });

  it.each<[string, TaskInput | TaskInput[], string]>([
    ["an id twice in the batch", [{ id: "x" }, { id: "x" }], 'tasks[1].id: task "x" is there already; ids are unique'],
    ["an id that is there", { id: "a" }, 'tasks[0].id: task "a" is there already; ids are unique'],
    [
      "an unknown dependency",
      [{ id: "extract" }, { id: "y", dependencies: ["exctract"] }],
      'tasks[1].dependencies[0]: task "y" depends on "exctract", which is not a task; did you mean "extract"?',
    ],
    [
      "a ring",
      [
        { id: "x", dependencies: ["y", "a"] },
        { id: "y", dependencies: ["x"] },
      ],
      "tasks[0].dependencies: dependencies run in a ring: x → y → x",
    ],
    ["an unknown key", { id: "x", durration: 3 } as TaskInput, 'tasks[0].durration: unknown key "durration"; did you mean "duration"?'],
    ["a missing id", [{ id: "x" }, { duration: 3 } as unknown as TaskInput], 'tasks[1].id: missing key "id"'],
    ["no task", "x" as unknown as TaskInput, 'tasks[0]: tasks[0] "x" is not a task, such as { id: a, duration: 10s }'],
    [
      "too large a request",
      { id: "x", memory: "5GiB" },
      'tasks[0].memory: task "x" requests 5GiB of memory, more than any worker has; the largest, "w-1", has 4GiB',
    ],
    [
      "labels that no worker has",
      { id: "x", requires: { zone: "b" } },
      'tasks[0].requires.zone: no worker has the label zone=b; did you mean "zone=a"?',
    ],
    ["a release in the past", { id: "x", release: 4 }, 'tasks[0].release: task "x" is released at 4 s, which has passed: it is 5 s'],
    [
      "a drawn release in the past",
      { id: "x", release: { distribution: "constant", value: 4 } },
      'task "x" is released at 4 s, which has passed: it is 5 s',
    ],
    [
      "a drawn request that fits nowhere",
      { id: "x", cpu: { distribution: "integer", min: 3, max: 3 } },
      'tasks[0].cpu: task "x" requests 3 of cpu, more than any worker has; the largest, "w-1", has 2',
    ],
    [
      "work beyond the end of the clock",
      [
        { id: "x", duration: "60000d" },
        { id: "y", duration: "60000d" },
      ],
      "the clock ends at 2^53 µs",
    ],
  ])("refuses %s, and changes nothing", (_, tasks, message) => {
    const simulation = started({ tasks: [{ id: "a", duration: 8 }] });
    simulation.runUntil(5);
    const batch = [{ id: "sound" }, ...(Array.isArray(tasks) ? tasks : [tasks])];
    expect(refusal(() => simulation.submit(tasks))).toContain(message);
    expect(() => simulation.submit(batch)).toThrow(InputError);
    expect(refusal(() => simulation.status("sound"))).toBe('"sound" is not a task');
    expect(simulation.run().summary).toEqual(started({ tasks: [{ id: "a", duration: 8 }] }).run().summary);
  });

  it("counts the work that was submitted before", () => {
    const simulation = started();
    simulation.submit({ id: "x", duration: "60000d" });
    expect(refusal(() => simulation.submit({ id: "y", duration: "60000d" }))).toContain("the clock ends at 2^53 µs");
  });

  it("says all that is wrong with a batch at once", () => {
    const message = refusal(() =>
      started().submit([
        { id: "x", cpu: -1 },
        { id: "y", dependencies: ["z"] },
        { id: "v", retries: 0.5 },
      ]),
    );
    expect(message.split("\n")).toHaveLength(3);
  });

  it("refuses tasks that the policy's options leave no place for", () => {
    const simulation = started({ tasks: [{ id: "a" }, { id: "b" }], scheduler: { policy: { name: "fixed-order", order: ["b", "a"] } } });
    expect(refusal(() => simulation.submit({ id: "c" }))).toBe('fixed-order: the list misses "c"');
    expect(simulation.run().ending.kind).toBe("complete");
  });

  it("raises the bottom levels of what new tasks depend on, also of what is queued at that very instant", () => {
    const tasks = [
      { id: "busy", duration: 10 },
      { id: "d", duration: 1 },
      { id: "e", duration: 2 },
    ];
    const simulation = started({ cluster: { workers: [{ id: "w" }] }, scheduler: { policy: "critical-path" }, tasks });
    simulation.step();
    simulation.submit({ id: "n", duration: 5, dependencies: ["d"] });
    simulation.run();
    expect(["d", "n", "e"].map((id) => simulation.status(id).started_s)).toEqual([10, 11, 16]);
  });

  it("leaves the scenario as it is", () => {
    const scenario = defineScenario({
      ...CLUSTER,
      tasks: [{ id: "a" }, { id: "b", priority: 2, job: "j", duration: { on: { "w-1": 1, "zone=a": 2 } } }],
    });
    const before = structuredClone(scenario);
    const one = new Simulation(scenario);
    one.submit({ id: "c", job: "k", priority: 3, duration: { on: { "w-2": 3 } }, dependencies: ["a"] });
    one.run();
    expect(scenario).toEqual(before);
    const two = new Simulation(scenario);
    two.submit({ id: "d", job: "l" });
    expect(
      two
        .run()
        .tasks()
        .map(({ task }) => task),
    ).toEqual(["a", "b", "d"]);
  });

  it("stays cheap when ten thousand tasks come one by one", () => {
    const simulation = started();
    for (let i = 0; i < 10_000; i++) {
      simulation.submit({ id: `t${i}`, cpu: 0.5, dependencies: i < 3 ? [] : [`t${i - 2}`, "t0"] });
      if (i % 10 === 0) simulation.runUntil(simulation.now + 1);
    }
    expect(simulation.run().summary).toMatchObject({ completed: 10_000, makespan_s: 5001 });
  });
});

describe("cancel", () => {
  it("ends a running attempt, frees its worker, and skips what depends on it", () => {
    const simulation = started({
      cluster: { workers: [{ id: "w" }] },
      tasks: [
        { id: "a", duration: 10 },
        { id: "b", dependencies: ["a"] },
        { id: "c", duration: 2 },
      ],
    });
    simulation.runUntil(4);
    expect(simulation.cancel("a")).toBe(true);
    expect(["a", "b", "c"].map((id) => simulation.status(id).status)).toEqual(["cancelled", "skipped", "ready"]);
    expect(simulation.status("a").finished_s).toBe(4);
    expect([simulation.cancel("a"), simulation.cancel("b")]).toEqual([false, false]);
    const { summary } = simulation.run();
    expect(simulation.status("c")).toMatchObject({ started_s: 4, finished_s: 6 });
    expect([summary.cancelled, summary.skipped, summary.completed]).toEqual([1, 1, 1]);
  });

  it("withdraws a task before its release date: it is cancelled as soon as it is submitted", () => {
    const simulation = started({
      tasks: [
        { id: "a", release: 5 },
        { id: "b", dependencies: ["a"] },
      ],
    });
    simulation.runUntil(1);
    expect(simulation.cancel("a")).toBe(true);
    expect(simulation.cancel("a")).toBe(false);
    expect([simulation.status("a").status, simulation.status("b").status]).toEqual(["cancelled", "blocked"]);
    const { trace } = simulation.run();
    const about = (task: number) => [...trace.entries].filter((entry) => entry.task === task).map(({ time, kind }) => [time, kind]);
    expect(about(0)).toEqual([
      [5_000_000, EntryKind.submitted],
      [5_000_000, EntryKind.cancelled],
    ]);
    expect(about(1)).toEqual([
      [0, EntryKind.submitted],
      [5_000_000, EntryKind.skipped],
    ]);
    expect([simulation.status("a").status, simulation.status("b").status]).toEqual(["cancelled", "skipped"]);
  });

  it("happens when the clock stands still between events", () => {
    const simulation = started({ tasks: [{ id: "a", duration: 10 }] });
    simulation.runUntil(4);
    simulation.cancel("a");
    expect(simulation.nextTime).toBe(4);
    simulation.run();
    expect(simulation.now).toBe(4);
  });

  it("refuses ids that are not known, with the nearest", () => {
    expect(refusal(() => started({ tasks: [{ id: "extract" }] }).cancel("extrct"))).toBe('"extrct" is not a task; did you mean "extract"?');
  });
});

describe("policies", () => {
  it("that break the rules break the simulation: each further call says so again", () => {
    const dice = definePolicy({ name: "dice", rank: () => Math.random() });
    const simulation = new Simulation(defineScenario({ ...CLUSTER, tasks: [{ id: "a" }] }), { policy: dice });
    expect(() => simulation.step()).toThrow(/step-wise\.test\.ts:\d+: Math\.random\(\) was called/);
    expect(() => simulation.submit({ id: "b" })).toThrow(PolicyError);
    expect(() => simulation.run()).toThrow(PolicyError);
  });

  it("cannot submit from within", () => {
    const meddler = definePolicy({
      name: "meddler",
      rank: () => {
        simulation.submit({ id: "b" });
        return 0;
      },
    });
    const simulation: Simulation = new Simulation(defineScenario({ ...CLUSTER, tasks: [{ id: "a" }] }), { policy: meddler });
    expect(() => simulation.run()).toThrow("submit was called from within a step of the same simulation");
  });

  it("by path need to be loaded first", () => {
    expect(refusal(() => new Simulation(defineScenario(CLUSTER), { policy: "./mine.ts" }))).toContain('await loadPolicy("./mine.ts")');
  });
});

describe("what is wrong with a batch", () => {
  it("is told together with what only drawing shows", () => {
    const simulation = started();
    const cpu = { distribution: "uniform", min: 900, max: 999 } as const;
    const before = refusal(() => simulation.submit([{ id: "x", duration: 1, dependencies: ["nobody"], cpu: { ...cpu, min: 0.1 } }]));
    expect(before.split("\n")).toEqual([
      'tasks[0].dependencies[0]: task "x" depends on "nobody", which is not a task',
      expect.stringMatching(/^tasks\[0\].cpu: task "x" requests [\d.]+ of cpu, more than any worker has; the largest, "w-1", has 2$/),
    ]);
    simulation.submit([{ id: "x", duration: 1 }]);
    expect(simulation.run().summary.completed).toBe(1);
  });

  it("is told together with what the policy says against it", () => {
    const wary = definePolicy({ name: "wary", rank: () => 0, faults: (_, world) => (world.tasks.count > 0 ? ["no tasks, please"] : []) });
    const simulation = new Simulation(defineScenario(CLUSTER), { policy: wary });
    const cpu = { distribution: "uniform", min: 0.1, max: 999 } as const;
    expect(
      refusal(() =>
        simulation.submit([
          { id: "a", cpu },
          { id: "b", dependencies: ["nobody"] },
        ]),
      ).split("\n"),
    ).toEqual([
      'tasks[1].dependencies[0]: task "b" depends on "nobody", which is not a task',
      expect.stringMatching(/^tasks\[0\].cpu: task "a" requests/),
      "no tasks, please",
    ]);
    expect(refusal(() => simulation.submit({ id: "a", cpu }))).toMatch(/^tasks\[0\].cpu: .*\nno tasks, please$/);
    expect(simulation.run().summary.completed).toBe(0);
  });
});
