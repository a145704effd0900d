// Drawing a world: what is drawn for a task depends on the task alone; fields, eligibility, estimates; what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, nameAt } from "../../src/model/columns.ts";
import type { Amount, TaskSpec } from "../../src/model/scenario.ts";
import { MAX_TASKS } from "../../src/model/world.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { TaskTableBuilder } from "../../src/workload/task-table-builder.ts";
import { byId, draw, generated, refusals, scenarioOf, seedsOf, taskSpec, tasksOf, workerSpec } from "./scenario-of.ts";

const time: Amount = { distribution: "exponential", mean: 50e6 };
const drawnTask = (id: string, fields: Partial<TaskSpec> = {}) =>
  taskSpec(id, {
    duration: time,
    release: time,
    request: [{ distribution: "integer", min: 1000, max: 4000, step: 1000 }, { distribution: "uniform", min: 0, max: 1e9 }, 0, 1],
    estimate: time,
    due: time,
    timeout: time,
    fails: 0.5,
    retries: 5,
    ...fields,
  });

describe("draws", () => {
  it("give a task the same world whatever other tasks there are, in whatever order", () => {
    const ids = fc.shuffledSubarray(["a", "b", "c", "d", "e", "f", "t1"], { minLength: 1 });
    const all = byId(
      draw([tasksOf(...["a", "b", "c", "d", "e", "f", "t1"].map((id) => drawnTask(id)))], undefined, { estimates: { noise: 0.5 } }),
    );
    fc.assert(
      fc.property(ids, fc.nat(5), (some, others) => {
        const sources = [
          generated("bag", { count: others + 1, prefix: "other" }, { duration: time }),
          tasksOf(...some.map((id) => drawnTask(id))),
        ];
        const world = byId(draw(sources, undefined, { estimates: { noise: 0.5 } }));
        for (const id of some) expect(world.get(id)).toEqual(all.get(id));
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  it("differ by id, by seed and by field", () => {
    const world = draw([tasksOf(drawnTask("a"), drawnTask("b"))]);
    const { tasks } = world;
    const columns = [tasks.work, tasks.release, tasks.estimate, tasks.due, tasks.timeout];
    const values = columns.flatMap((column) => [at(column, 0), at(column, 1)]);
    expect(new Set(values).size).toBe(values.length);
    const other = draw([tasksOf(drawnTask("a"), drawnTask("b"))], undefined, {}, seedsOf("2"));
    expect(at(other.tasks.work, 0)).not.toBe(at(tasks.work, 0));
  });

  it("are the same for the same seed, and failures have a seed of their own", () => {
    const scenario = scenarioOf([tasksOf(...Array.from({ length: 40 }, (_, i) => drawnTask(`x${i}`)))]);
    expect(byId(drawWorld(scenario, seedsOf("7")))).toEqual(byId(drawWorld(scenario, seedsOf("7"))));
    const faultsVaried = drawWorld(scenario, { workload: "7", faults: "8", policy: "9" });
    const failuresOf = (world = faultsVaried) => Array.from({ length: 40 }, (_, i) => at(world.tasks.failures, i));
    const before = drawWorld(scenario, seedsOf("7"));
    expect(failuresOf()).not.toEqual(failuresOf(before));
    for (const [id, row] of byId(faultsVaried)) expect({ ...row, failures: 0 }).toEqual({ ...byId(before).get(id), failures: 0 });
  });

  it("keep a generated task's draws when its workload grows, and pin them with a seed of its own", () => {
    const grown = byId(draw([generated("bag", { count: 50 }, { duration: time })]));
    for (const [id, row] of byId(draw([generated("bag", { count: 20 }, { duration: time })]))) expect(row).toEqual(grown.get(id));
    const pinned = (seed: string) => draw([generated("bag", { count: 20 }, { duration: time }, "7")], undefined, {}, seedsOf(seed));
    expect(byId(pinned("1"))).toEqual(byId(pinned("2")));
    expect(pinned("1").drawn).toEqual({ workload: false, faults: false });
  });

  it("say whether there were any", () => {
    const drawn = (task: TaskSpec, estimates: "user" | { noise: number } = "user") => draw([tasksOf(task)], undefined, { estimates }).drawn;
    expect(drawn(taskSpec("a", { fails: [1], retries: 1 }))).toEqual({ workload: false, faults: false });
    expect(drawn(taskSpec("a", { fails: 1 }))).toEqual({ workload: false, faults: false });
    expect(drawn(taskSpec("a", { duration: time }))).toEqual({ workload: true, faults: false });
    expect(drawn(taskSpec("a", { fails: 0.1 }))).toEqual({ workload: false, faults: true });
    expect(drawn(taskSpec("a"), { noise: 0.2 })).toEqual({ workload: true, faults: false });
    expect(drawn(taskSpec("a"), { noise: 0 })).toEqual({ workload: false, faults: false });
    expect(draw([generated("layered", { count: 50 })]).drawn.workload).toBe(true);
  });

  it("are whole: times in µs, cores in whole ones where they are drawn so", () => {
    const { tasks } = draw([
      generated("bag", { count: 500 }, { duration: { distribution: "uniform", min: 0, max: 9 }, request: drawnTask("x").request }),
    ]);
    const cores = new Set<number>();
    for (let task = 0; task < tasks.count; task++) {
      expect(Number.isInteger(at(tasks.work, task))).toBe(true);
      cores.add(at(tasks.request[0] as never, task));
    }
    expect([...cores].sort((a, b) => a - b)).toEqual([1000, 2000, 3000, 4000]);
  });
});

describe("failures", () => {
  const failures = (fields: Partial<TaskSpec>, count = 1) => {
    const { tasks } = draw([tasksOf(...Array.from({ length: count }, (_, i) => taskSpec(`f${i}`, fields)))]);
    return Array.from({ length: count }, (_, i) => at(tasks.failures, i));
  };

  it("counts the executions that lead a list from the first on", () => {
    expect(failures({ fails: [1, 2, 4] })).toEqual([2]);
    expect(failures({ fails: [3, 1, 2] })).toEqual([3]);
    expect(failures({ fails: [2, 3] })).toEqual([0]);
    expect(failures({ fails: [] })).toEqual([0]);
    expect(failures({ fails: "always" })).toEqual([Number.POSITIVE_INFINITY]);
    expect(failures({})).toEqual([0]);
  });

  it("draws each execution's, up to the last that there can be", () => {
    const counts = failures({ fails: 0.5, retries: 3 }, 4000);
    const share = (least: number) => counts.filter((count) => count >= least).length / counts.length;
    expect(Math.max(...counts)).toBe(4);
    for (const [least, probability] of [
      [1, 0.5],
      [2, 0.25],
      [3, 0.125],
      [4, 0.0625],
    ] as const)
      expect(Math.abs(share(least) - probability)).toBeLessThan(0.03);
    // More retries change nothing of the executions before.
    expect(failures({ fails: 0.5, retries: 9 }, 4000).map((count) => Math.min(count, 4))).toEqual(counts);
    expect(failures({ fails: 0 }, 3)).toEqual([0, 0, 0]);
    expect(failures({ fails: 1 }, 3)).toEqual([Infinity, Infinity, Infinity]);
  });
});

describe("workers that may run a task", () => {
  const cluster = [
    workerSpec("w-1", { labels: { zone: "a", gpu: "yes" } }),
    workerSpec("w-2", { labels: { zone: "a" } }),
    workerSpec("w-3", { labels: { zone: "b" } }),
  ];

  it("are those with its labels", () => {
    const world = draw(
      [
        tasksOf(
          taskSpec("any"),
          taskSpec("a", { requires: { zone: "a" } }),
          taskSpec("both", { requires: { gpu: "yes", zone: "a" } }),
          taskSpec("a2", { requires: { zone: "a" } }),
        ),
      ],
      cluster,
    );
    const rows = byId(world);
    expect(["any", "a", "both", "a2"].map((id) => rows.get(id)?.eligible)).toEqual([
      [1, 1, 1],
      [1, 1, 0],
      [1, 0, 0],
      [1, 1, 0],
    ]);
    expect(world.eligibilitySets).toHaveLength(3);
    expect(at(world.tasks.eligibility, 0)).toBe(0);
  });

  it("are those with a time for it: its id before labels, labels in the order of the file", () => {
    const on = (...entries: [string, Amount][]) => ({ on: entries });
    const rows = byId(
      draw(
        [
          tasksOf(
            taskSpec("x", { duration: on(["zone=a", 5], ["gpu=yes", 6], ["w-2", 7]) }),
            taskSpec("y", { duration: on(["gpu=yes", 6], ["zone=a", 5]) }),
            taskSpec("z", { duration: on(["zone=a", 5], ["zone=b", 9]), requires: { zone: "b" } }),
            taskSpec("x2", { duration: on(["zone=a", 5], ["gpu=yes", 6], ["w-2", 7]) }),
          ),
        ],
        cluster,
      ),
    );
    expect(rows.get("x")).toMatchObject({ times: [5, 7, Number.NaN], eligible: [1, 1, 0], estimate: 6, estimates: [5, 7, Number.NaN] });
    expect(rows.get("y")).toMatchObject({ times: [6, 5, Number.NaN], estimate: 5.5 });
    expect(rows.get("z")).toMatchObject({ times: [5, 5, 9], eligible: [0, 0, 1], estimate: 9 });
    expect(rows.get("x2")?.times).toEqual(rows.get("x")?.times);
  });

  it("share equal tables of times, and draw each key's for itself", () => {
    const fixed = draw(
      [
        generated(
          "bag",
          { count: 100 },
          {
            duration: {
              on: [
                ["zone=a", 5],
                ["w-3", 6],
              ],
            },
          },
        ),
      ],
      cluster,
    );
    expect(fixed.tasks.timeTables).toHaveLength(1);
    const drawnOn = (keys: string[]) =>
      byId(draw([tasksOf(taskSpec("x", { duration: { on: keys.map((key) => [key, time] as const) } }))], cluster)).get("x")
        ?.times as number[];
    const [first, second] = drawnOn(["w-1", "w-2"]);
    expect(first).not.toBe(second);
    expect(drawnOn(["w-3", "w-2", "w-1"]).slice(0, 2)).toEqual([first, second]);
  });
});

describe("estimates", () => {
  const tasks = () => tasksOf(taskSpec("own", { estimate: 3e6 }), taskSpec("none"));
  const estimates = (mode: Parameters<typeof draw>[2]) => {
    const { tasks: table } = draw([tasks()], undefined, mode);
    return [at(table.estimate, 0), at(table.estimate, 1)];
  };

  it("are the user's where given, exact, or nothing", () => {
    expect(estimates({})).toEqual([3e6, 10e6]);
    expect(estimates({ estimates: "exact" })).toEqual([10e6, 10e6]);
    expect(estimates({ estimates: "none" })).toEqual([Number.NaN, Number.NaN]);
  });

  it("are of the given mean and spread around the truth with noise", () => {
    const { tasks: table } = draw([generated("bag", { count: 20_000 }, { duration: 1e9 })], undefined, { estimates: { noise: 0.3 } });
    const factors = Array.from({ length: table.count }, (_, task) => at(table.estimate, task) / 1e9);
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    const variance = factors.reduce((sum, factor) => sum + (factor - mean) ** 2, 0) / factors.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.01);
    expect(Math.abs(Math.sqrt(variance) - 0.3)).toBeLessThan(0.01);
  });

  it("of per-worker times are means over the workers that can hold the task", () => {
    const cluster = [workerSpec("small", { capacity: [1000, 1, 1, 1] }), workerSpec("a"), workerSpec("b")];
    const on = [
      ["small", 1e6],
      ["a", 4e6],
      ["b", 9e6],
    ] as const;
    const rows = byId(
      draw(
        [
          tasksOf(
            taskSpec("x", { duration: { on }, request: [2000, 0, 0, 1] }),
            taskSpec("y", { duration: { on }, request: [500, 0, 0, 1] }),
            taskSpec("own", { duration: { on }, estimate: 7e6 }),
          ),
        ],
        cluster,
      ),
    );
    expect(rows.get("x")).toMatchObject({ estimate: 6.5e6, estimates: [1e6, 4e6, 9e6] });
    expect(rows.get("y")?.estimate).toBe(14e6 / 3);
    expect(rows.get("own")).toMatchObject({ estimate: 7e6, estimates: undefined });
    const noisy = byId(draw([tasksOf(taskSpec("x", { duration: { on } }))], cluster, { estimates: { noise: 0.5 } })).get("x") as {
      estimate: number;
      estimates: number[];
    };
    expect(noisy.estimates[1]).not.toBe(4e6);
    expect((noisy.estimates[2] as number) / (noisy.estimates[1] as number)).toBeCloseTo(9 / 4, 5);
  });
});

describe("sources", () => {
  it("follow one another, and explicit tasks may depend on any", () => {
    const builder = new TaskTableBuilder(2);
    builder.add({ id: "row", release: 0, work: 1, request: [1000, 0] });
    builder.add({ id: "next", release: 0, work: 1, request: [1000, 0], dependencies: [0] });
    const world = draw([
      tasksOf(taskSpec("first"), taskSpec("last", { dependencies: ["t2", "row", "first", "t2", "t2-2"] })),
      { kind: "table", table: builder.finish(), notes: [] },
      generated("chain", { count: 2 }),
      generated("chain", { count: 3 }),
    ]);
    expect(Array.from({ length: world.tasks.count }, (_, i) => nameAt(world.tasks.names, i))).toEqual([
      "first",
      "last",
      "row",
      "next",
      "t1",
      "t2",
      "t2-1",
      "t2-2",
      "t2-3",
    ]);
    const rows = byId(world);
    expect(rows.get("last")?.dependencies).toEqual(["t2", "row", "first", "t2-2"]);
    expect(rows.get("next")?.dependencies).toEqual(["row"]);
    expect(rows.get("t2-3")?.dependencies).toEqual(["t2-2"]);
    expect(rows.get("row")?.request).toEqual([1000, 0, 0, 0]);
  });

  it("may be empty", () => {
    expect(draw([]).tasks.count).toBe(0);
    expect(draw([tasksOf()]).drawn).toEqual({ workload: false, faults: false });
  });
});

describe("refused is", () => {
  const small = workerSpec("small", { capacity: [2000, 4e9, Infinity, Infinity] });
  const wide = workerSpec("wide", { capacity: [8000, 2 ** 30, Infinity, Infinity], labels: { zone: "a" } });

  it("a request that no worker can hold, naming task, request and largest worker", () => {
    const drawn: Amount = { distribution: "integer", min: 9000, max: 9000, step: 1000 };
    expect(refusals([tasksOf(taskSpec("a"), taskSpec("b", { request: [drawn, 0, 0, 1] }))], [small, wide])).toEqual([
      'task "b" requests 9 of cpu, more than any worker has; the largest, "wide", has 8 (drawn, seed 1)',
    ]);
    expect(refusals([tasksOf(taskSpec("b", { request: [8000, 2 ** 31, 0, 1] }))], [small, wide])).toEqual([
      'task "b" requests 8 of cpu and 2GiB of memory together, which no single worker has',
    ]);
    expect(refusals([tasksOf(taskSpec("b", { request: [1000, 2 ** 31, 0, 1], requires: { zone: "a" } }))], [small, wide])).toEqual([
      'task "b" requests 2GiB of memory, more than any worker that it may run on has; the largest, "wide", has 1GiB',
    ]);
  });

  it("a task that no worker may run", () => {
    const message = 'task "b" can run on no worker: none has the labels and a duration that it asks for';
    expect(refusals([tasksOf(taskSpec("b", { requires: { zone: "c" } }))], [small, wide])).toEqual([message]);
    expect(refusals([tasksOf(taskSpec("b", { duration: { on: [["nobody", 5]] } }))], [small, wide])).toEqual([message]);
    expect(refusals([tasksOf(taskSpec("b", { duration: { on: [["small", 5]] }, requires: { zone: "a" } }))], [small, wide])).toEqual([
      message,
    ]);
    expect(refusals([tasksOf(taskSpec("b"))], [])).toEqual([message]);
  });

  it("each of many, the first hundreds by name", () => {
    const faults = refusals([generated("bag", { count: 1000 }, { request: [{ distribution: "uniform", min: 5000, max: 6000 }, 0, 0, 1] })]);
    expect(faults).toHaveLength(201);
    expect(faults.at(-1)).toBe("800 more tasks fit no worker");
  });

  it("an unknown dependency, an id in two sources, a generator's wrong option", () => {
    expect(refusals([tasksOf(taskSpec("alpha"), taskSpec("b", { dependencies: ["alhpa"] }))])).toEqual([
      'task "b" depends on "alhpa", which is not a task; did you mean "alpha"?',
    ]);
    expect(refusals([tasksOf(taskSpec("t3")), generated("bag", { count: 3 })])[0]).toContain('two tasks have the id "t3"');
    expect(refusals([generated("bga", {})])[0]).toContain('generator "bga" is not known; did you mean "bag"?');
    expect(refusals([generated("bag", { cuont: 3 })])).toEqual(['bag: "cuont" is not an option of bag; did you mean "count"?']);
    expect(refusals([generated("layered", { count: 0, width: 2.5 })])).toEqual([
      "layered: count must be at least 1, not 0",
      "layered: width must be a whole number, not 2.5",
    ]);
  });

  it("more tasks than a run can hold, or more time than the clock has", () => {
    expect(refusals([generated("bag", { count: MAX_TASKS + 1 })])[0]).toContain(`${MAX_TASKS} is the most`);
    expect(refusals([tasksOf(taskSpec("a", { duration: 2 ** 52 }), taskSpec("b", { duration: 2 ** 52 + 1 }))])[0]).toContain(
      "the clock ends at 2^53 µs",
    );
    expect(refusals([tasksOf(taskSpec("a", { duration: 2 ** 50, fails: "always", retries: 8 }))])[0]).toContain('"a"');
    expect(refusals([tasksOf(taskSpec("a", { duration: { distribution: "pareto", shape: 0.001, min: 1e15 } }))])[0]).toContain(
      "the clock ends",
    );
    expect(draw([tasksOf(taskSpec("a", { duration: 2 ** 50, timeout: 1e6, fails: "always", retries: 8 }))]).tasks.count).toBe(1);
  });
});
