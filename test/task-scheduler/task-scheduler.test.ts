import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  BudgetError,
  definePolicy,
  InputError,
  judge,
  PolicyError,
  type TaskContext,
  type TaskResult,
  TaskScheduler,
  type TaskSchedulerOptions,
} from "../../src/index.ts";

/** Ids of tasks, each with what it depends on, as functions that sleep a second. */
function sleeping(options: TaskSchedulerOptions, tasks: Record<string, readonly string[]>): TaskScheduler {
  const scheduler = new TaskScheduler(options);
  for (const [id, dependencies] of Object.entries(tasks)) scheduler.addTask(id, (ctx) => ctx.sleep(1), { dependencies });
  return scheduler;
}

function attemptsOf(results: Map<string, TaskResult>): Record<string, number> {
  return Object.fromEntries([...results].map(([id, { attempts }]) => [id, attempts]));
}

function statusesOf(results: Map<string, TaskResult>): Record<string, string> {
  return Object.fromEntries([...results].map(([id, { status }]) => [id, status]));
}

describe("TaskScheduler", () => {
  it("runs the diamond: B fails after 2 retries, D is skipped, E does not care", async () => {
    const scheduler = new TaskScheduler({ maxWorkers: 4, seed: "7" });
    scheduler.addTask("A", () => "result_A");
    scheduler.addTask(
      "B",
      async (ctx) => {
        await ctx.sleep("90s");
        throw new Error("B broke");
      },
      { dependencies: ["A"], retries: 2 },
    );
    scheduler.addTask("C", () => "result_C", { dependencies: ["A"] });
    scheduler.addTask("D", () => "result_D", { dependencies: ["B", "C"] });
    scheduler.addTask("E", () => "result_E");
    const results = await scheduler.run();
    expect(attemptsOf(results)).toEqual({ A: 1, B: 3, C: 1, D: 0, E: 1 });
    expect(statusesOf(results)).toEqual({ A: "success", B: "failed", C: "success", D: "skipped", E: "success" });
    expect(results.get("A")).toEqual({
      status: "success",
      result: "result_A",
      error: undefined,
      attempts: 1,
      outputs: [{ attempt: 1, worker: "w-1", stdout: "", stderr: "" }],
      worker: "w-1",
      started: 0,
      finished: 0,
    });
    expect(results.get("B")).toMatchObject({ result: undefined, error: new Error("B broke"), started: 0, finished: 270 });
    expect(results.get("D")).toEqual({
      status: "skipped",
      result: undefined,
      error: undefined,
      attempts: 0,
      outputs: [],
      worker: undefined,
      started: undefined,
      finished: undefined,
    });
    expect(scheduler.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(judge(scheduler.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });

  it("gives an empty map for no tasks", async () => {
    expect(await new TaskScheduler({ maxWorkers: 4 }).run()).toEqual(new Map());
  });

  it("takes no time on the wall for virtual time", async () => {
    const results = await new TaskScheduler().addTask("patient", (ctx) => ctx.sleep("100d")).run();
    expect(results.get("patient")).toMatchObject({ status: "success", finished: 100 * 86_400 });
  });

  it("runs as many functions at a time as there are workers, in the order in which they were added", async () => {
    let [running, most] = [0, 0];
    const started: string[] = [];
    const scheduler = new TaskScheduler({ maxWorkers: 3 });
    for (const id of ["a", "b", "c", "d", "e", "f", "g"]) {
      scheduler.addTask(id, async (ctx) => {
        started.push(`${ctx.now} ${id} ${ctx.worker}`);
        most = Math.max(most, ++running);
        await ctx.sleep(10);
        running -= 1;
      });
    }
    await scheduler.run();
    expect(most).toBe(3);
    expect(started).toEqual(["0 a w-1", "0 b w-2", "0 c w-3", "10 d w-1", "10 e w-2", "10 f w-3", "20 g w-1"]);
  });

  it("moves virtual time only when every running function waits, and wakes them in a fixed order", async () => {
    const said: string[] = [];
    const scheduler = new TaskScheduler({ maxWorkers: 2 });
    const speaker = (id: string, sleeps: readonly number[], steps: number) => async (ctx: TaskContext) => {
      for (const sleep of sleeps) {
        said.push(`${ctx.now} ${id}`);
        for (let i = 0; i < steps; i++) await Promise.resolve(); // however long the chain is, nobody else goes on meanwhile
        said.push(`${ctx.now} ${id} goes to sleep`);
        await ctx.sleep(sleep);
      }
    };
    scheduler.addTask("slow", speaker("slow", [2, 1, 1], 50));
    scheduler.addTask("quick", speaker("quick", [1, 1, 2], 1));
    await scheduler.run();
    expect(said).toEqual([
      ...["0 slow", "0 slow goes to sleep", "0 quick", "0 quick goes to sleep"],
      ...["1 quick", "1 quick goes to sleep"],
      ...["2 slow", "2 slow goes to sleep", "2 quick", "2 quick goes to sleep"],
      ...["3 slow", "3 slow goes to sleep"],
    ]);
  });

  it("waits for all or the first of several sleeps of one function", async () => {
    const scheduler = new TaskScheduler({ maxWorkers: 3 });
    scheduler.addTask("all", (ctx) => Promise.all([ctx.sleep(3), ctx.sleep(5), ctx.sleep(5)]));
    scheduler.addTask("first", (ctx) => Promise.race([ctx.sleep("1h"), ctx.sleep(4)]));
    scheduler.addTask("none", (ctx) => void ctx.sleep("2h"));
    const results = await scheduler.run();
    expect([...results.values()].map(({ finished }) => finished)).toEqual([5, 4, 0]);
    expect(scheduler.trace.ending.time).toBe(5_000_000);
  });

  it("hands the results of dependencies on", async () => {
    const scheduler = new TaskScheduler();
    scheduler.addTask("two", () => 2);
    scheduler.addTask("three", async () => 3);
    scheduler.addTask("product", ({ results }) => (results.get("two") as number) * (results.get("three") as number), {
      dependencies: ["two", "three"],
    });
    scheduler.addTask("names", ({ results }) => [...results.keys()], { dependencies: ["three", "product"] });
    const results = await scheduler.run();
    expect(results.get("product")?.result).toBe(6);
    expect(results.get("names")?.result).toEqual(["three", "product"]);
  });

  it("calls a function anew for each attempt, with the attempt's number, and keeps the last result", async () => {
    const seen: number[] = [];
    const scheduler = new TaskScheduler({ maxWorkers: 2, scheduler: { retries: 3 } });
    scheduler.addTask("third time", (ctx) => {
      seen.push(ctx.attempt);
      if (ctx.attempt < 3) throw new Error("not yet");
      return "done";
    });
    const results = await scheduler.run();
    expect(seen).toEqual([1, 2, 3]);
    expect(results.get("third time")).toMatchObject({ status: "success", result: "done", error: undefined, attempts: 3 });
  });

  it("retries on another worker where there is one, and lets others overtake a retry that waits for it", async () => {
    const started: string[] = [];
    const scheduler = new TaskScheduler({ maxWorkers: 2 });
    scheduler.addTask(
      "flaky",
      async (ctx) => {
        started.push(`${ctx.now} flaky ${ctx.worker}`);
        await ctx.sleep(1);
        if (ctx.attempt === 1) throw new Error("again");
      },
      { retries: 1 },
    );
    scheduler.addTask("long", (ctx) => ctx.sleep(5));
    scheduler.addTask("next", (ctx) => void started.push(`${ctx.now} next ${ctx.worker}`));
    await scheduler.run();
    expect(started).toEqual(["0 flaky w-1", "1 next w-1", "5 flaky w-2"]);
  });

  it.each([
    ["an error", () => new TypeError("as it is"), "TypeError: as it is"],
    ["a text", () => "out of reach", "Error: out of reach"],
    ["nothing", () => undefined, "Error: undefined"],
    ["an object", () => Object.assign(Object.create(null) as object, { code: 7 }), "Error: [Object: null prototype] { code: 7 }"],
    ["an error of another realm", () => runInNewContext("new Error('from afar')") as unknown, "Error: from afar"],
  ])("keeps what was thrown: %s", async (_, make, text) => {
    const thrown = make();
    const scheduler = new TaskScheduler({ maxWorkers: 2 });
    scheduler.addTask("sync", () => {
      throw thrown;
    });
    scheduler.addTask("async", () => Promise.reject(thrown as Error));
    for (const { status, error } of (await scheduler.run()).values()) {
      expect(status).toBe("failed");
      expect(String(error)).toBe(text);
      expect(error === thrown || error?.cause === thrown).toBe(true);
    }
  });

  it("takes thenables for promises", async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what it is about
    const scheduler = new TaskScheduler().addTask("thenable", () => ({ then: (resolve: (value: number) => void) => resolve(7) }));
    expect((await scheduler.run()).get("thenable")?.result).toBe(7);
  });

  it("fails dependents where the scheduler says so", async () => {
    const scheduler = sleeping({ scheduler: { onDependencyFailure: "fail" } }, { good: [], after: ["bad"], later: ["after"] });
    scheduler.addTask("bad", () => {
      throw new Error("bad");
    });
    const results = await scheduler.run();
    expect(statusesOf(results)).toEqual({ good: "success", after: "failed", later: "failed", bad: "failed" });
    expect(results.get("later")).toMatchObject({ attempts: 0, error: new Error("a task that it depends on failed") });
  });

  it("can be used from within a function of another", async () => {
    const outer = new TaskScheduler();
    outer.addTask("outer", async (ctx) => {
      await ctx.sleep(1);
      const inner = await sleeping({}, { inner: [] }).run();
      return [inner.get("inner")?.finished, ctx.now];
    });
    expect((await outer.run()).get("outer")).toMatchObject({ result: [1, 1], finished: 1 });
  });
});

describe("the options of a task", () => {
  it("let an attempt take at least its duration, by the worker's speed", async () => {
    const scheduler = new TaskScheduler({ workers: [{ id: "fast", speed: 2, slots: 2, cpu: 2 }] });
    scheduler.addTask("sync", () => 1, { duration: "10s" });
    scheduler.addTask("longer", (ctx) => ctx.sleep(8), { duration: 10 });
    scheduler.addTask("after", (ctx) => ctx.now, { dependencies: ["sync"] });
    const results = await scheduler.run();
    expect(results.get("sync")).toMatchObject({ started: 0, finished: 5, worker: "fast" });
    expect(results.get("longer")?.finished).toBe(8);
    expect(results.get("after")?.result).toBe(5);
  });

  it("end an attempt at its timeout, which stops the function where it waits", async () => {
    const said: string[] = [];
    const scheduler = new TaskScheduler({ maxWorkers: 2 });
    scheduler.addTask(
      "slow",
      async (ctx) => {
        try {
          await ctx.sleep("1h");
          said.push("not reached");
        } finally {
          said.push("nor this");
        }
      },
      { timeout: "30s", retries: 1 },
    );
    scheduler.addTask("just in time", (ctx) => ctx.sleep(30), { timeout: 30 });
    scheduler.addTask("takes too long", () => "a result that nobody waits for", { duration: 60, timeout: 45 });
    const results = await scheduler.run();
    expect(said).toEqual([]);
    expect(results.get("slow")).toMatchObject({ status: "failed", attempts: 2, error: new Error("timed out after 30 s of virtual time") });
    expect(results.get("just in time")).toMatchObject({ status: "success", finished: 30 });
    expect(results.get("takes too long")).toMatchObject({ status: "failed", result: undefined, attempts: 1 });
    expect(judge(scheduler.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });

  it("are those of scenario files: release dates, requests, priorities", async () => {
    const started: string[] = [];
    const scheduler = new TaskScheduler({
      workers: [{ id: "w", cpu: 4 }],
      policy: "priority",
      scheduler: { priorityOrder: "higher-first" },
    });
    const task = (id: string, options: Parameters<TaskScheduler["addTask"]>[2]) =>
      scheduler.addTask(
        id,
        (ctx) => {
          started.push(`${ctx.now} ${id}`);
          return ctx.sleep(10);
        },
        options,
      );
    task("low", { cpu: 3, priority: 1 });
    task("high", { cpu: 3, priority: 9 });
    task("late", { cpu: 1, release: "5s" });
    await scheduler.run();
    expect(started).toEqual(["0 high", "5 late", "10 low"]);
  });

  it("are checked at once, with the nearest right one", () => {
    const scheduler = new TaskScheduler();
    const f = () => {};
    expect(() => scheduler.addTask("a", f, { retrys: 2 } as object)).toThrow('task "a" has no option "retrys"; did you mean "retries"?');
    expect(() => scheduler.addTask("a", f, { retries: -1 })).toThrow('task "a": retries -1 is not a whole number of at least 0');
    expect(() => scheduler.addTask("a", f, { duration: "3 parsecs" })).toThrow('task "a": duration "3 parsecs" has no known unit');
    expect(() => scheduler.addTask("a\n", f)).toThrow(InputError);
    expect(() => scheduler.addTask(7 as unknown as string, f)).toThrow(InputError);
    expect(() => scheduler.addTask("a", "f" as unknown as () => void)).toThrow('what is given for task "a" is not a function');
    scheduler.addTask("a", f);
    expect(() => scheduler.addTask("a", f)).toThrow('task "a" is there already');
  });
});

describe("run()", () => {
  it("refuses settings of which functions know nothing, all of them, and takes those that change nothing", async () => {
    const scheduler = new TaskScheduler({ scheduler: { preemption: { mode: "kill" }, progress: "25%" } });
    scheduler.addTask("a", () => 1);
    const error = await scheduler.run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).faults.map(({ message }) => message)).toEqual([
      expect.stringContaining("scheduler.preemption: functions run to their ends"),
      expect.stringContaining("scheduler.progress: how far a function is"),
    ]);
    const beating = new TaskScheduler({ scheduler: { heartbeat: { interval: "1s" } } });
    beating.addTask("a", async (ctx) => ctx.sleep("90s"));
    expect((await beating.run()).get("a")?.finished).toBe(90);
  });

  it("refuses what cannot be, before any function starts, and all of it at once", async () => {
    let calls = 0;
    const scheduler = new TaskScheduler({ maxWorkers: 2 });
    const count = () => void (calls += 1);
    scheduler.addTask("extract", count).addTask("load", count, { dependencies: ["transform"] });
    await expect(scheduler.run()).rejects.toThrow('task "load" depends on "transform", which is not a task');
    scheduler.addTask("transform", count, { dependencies: ["extrct", "load"] });
    const fault = await scheduler.run().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(InputError);
    expect((fault as InputError).message).toMatch(/"extrct", which is not a task; did you mean "extract"\?/);
    expect((fault as InputError).message).toMatch(/dependencies run in a ring: load → transform → load/);
    expect(calls).toBe(0);
    await expect(new TaskScheduler().addTask("big", count, { cpu: 2 }).run()).rejects.toThrow(/requests 2 of cpu/);
    expect(calls).toBe(0);
  });

  it("takes dependencies that were added later", async () => {
    const scheduler = sleeping({ maxWorkers: 4 }, { a: [], b: [], c: [] });
    scheduler.addDependency("a", "b", "z");
    scheduler.addDependency("a", "b");
    scheduler.addTask("z", (ctx) => ctx.sleep(10));
    expect(() => scheduler.addDependency("aa", "b")).toThrow('"aa" is not a task; did you mean "a"?');
    expect((await scheduler.run()).get("a")).toMatchObject({ started: 10, finished: 11 });
  });

  it("runs once, and nothing is added after it", async () => {
    const scheduler = sleeping({}, { a: [] });
    const first = scheduler.run();
    await expect(scheduler.run()).rejects.toThrow("a TaskScheduler runs once");
    expect(() => scheduler.addTask("b", () => {})).toThrow("addTask comes too late");
    expect(() => scheduler.addDependency("a", "b")).toThrow("addDependency comes too late");
    expect(() => scheduler.digest).toThrow("there is no digest before run() has ended");
    await first;
    await expect(scheduler.run()).rejects.toThrow("a TaskScheduler runs once");
    expect(scheduler.trace.entries.length).toBe(3);
  });

  it("ends where virtual time does not move, or is up", async () => {
    const restless = new TaskScheduler().addTask("restless", async (ctx) => {
      for (;;) await ctx.sleep(0);
    });
    await expect(restless.run()).rejects.toThrow('task "restless" has slept 10000 times at 0 s: time does not move');
    const endless = new TaskScheduler({ maxTime: "1d" }).addTask("endless", async (ctx) => {
      for (;;) await ctx.sleep("1h");
    });
    await expect(endless.run()).rejects.toThrow(BudgetError);
  });

  it("follows any policy, and holds it to the rules", async () => {
    const started: string[] = [];
    const scheduler = new TaskScheduler({ policy: definePolicy({ name: "backwards", rank: (task) => -task.position }) });
    for (const id of ["a", "b", "c"]) scheduler.addTask(id, () => void started.push(id));
    await scheduler.run();
    expect(started).toEqual(["c", "b", "a"]);
    await expect(sleeping({ policy: definePolicy({ name: "idle", schedule: () => {} }) }, { a: [] }).run()).rejects.toThrow(PolicyError);
    await expect(sleeping({ policy: definePolicy({ name: "dice", rank: () => Math.random() }) }, { a: [] }).run()).rejects.toThrow(
      /Math\.random\(\) was called/,
    );
    await expect(sleeping({ policy: "sfj" }, { a: [] }).run()).rejects.toThrow('did you mean "sjf"?');
    await expect(sleeping({ policy: "./my-policy.ts" }, { a: [] }).run()).rejects.toThrow("await loadPolicy");
  });

  it("refuses options that it does not know", () => {
    expect(() => new TaskScheduler({ maxWorker: 2 } as object)).toThrow('no option "maxWorker"; did you mean "maxWorkers"?');
    expect(() => new TaskScheduler({ maxWorkers: 0 })).toThrow("maxWorkers 0 is not a whole number from 1");
    expect(() => new TaskScheduler({ maxWorkers: 1, workers: [{ id: "w" }] })).toThrow("not both");
  });
});

describe("ctx", () => {
  it("draws numbers that depend on the seed, the task and the attempt alone", async () => {
    const drawn = async (seed: string | number, others: number) => {
      const scheduler = new TaskScheduler({ seed, maxWorkers: 2 });
      for (let i = 0; i < others; i++) scheduler.addTask(`other ${i}`, (ctx) => ctx.random());
      const numbers: number[] = [];
      const lots = (ctx: TaskContext) => {
        numbers.push(ctx.random(), ctx.random());
        if (ctx.attempt === 1) throw new Error("once more");
      };
      await scheduler.addTask("lots", lots, { retries: 1 }).run();
      return numbers;
    };
    const numbers = await drawn(7, 0);
    expect(new Set(numbers).size).toBe(4);
    for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
    expect(await drawn("7", 5)).toEqual(numbers);
    expect(await drawn(8, 0)).not.toEqual(numbers);
  });

  it("is of no use after the end of its attempt", async () => {
    const kept: TaskContext[] = [];
    await new TaskScheduler().addTask("B", (ctx) => void kept.push(ctx)).run();
    const [ctx] = kept;
    const message = 'attempt 1 of task "B" has ended: its ctx is no longer of use';
    expect(() => ctx?.now).toThrow(message);
    expect(() => ctx?.random()).toThrow(message);
    expect(() => ctx?.results).toThrow(message);
    expect(() => ctx?.sleep(1)).toThrow(message);
    expect([ctx?.id, ctx?.attempt, ctx?.worker]).toEqual(["B", 1, "w-1"]);
  });

  it("refuses durations that are none, which fails the attempt", async () => {
    const results = await new TaskScheduler().addTask("a", (ctx) => ctx.sleep("soon")).run();
    expect(results.get("a")?.error?.message).toMatch(/^ctx\.sleep: "soon" is not a duration/);
    const negative = await new TaskScheduler().addTask("a", async (ctx) => ctx.sleep(-1)).run();
    expect(negative.get("a")?.error?.message).toMatch(/negative/);
    const beyond = await new TaskScheduler()
      .addTask("a", async (ctx) => {
        await ctx.sleep("100000d");
        await ctx.sleep("100000d");
      })
      .run();
    expect(beyond.get("a")?.error?.message).toMatch(/beyond the end of the clock/);
  });
});
