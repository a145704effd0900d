// Preemption, as a scenario says it: who makes room for whom, when, and what becomes of those that do.
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, loadScenario, type ScenarioInput, simulate, TaskScheduler } from "../../src/index.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { cases } from "../arbitraries.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { mean, runWorld, worldOf } from "../run-world.ts";

const folder = temporaryFolders();

type Scheduler = NonNullable<ScenarioInput["scheduler"]>;
type Tasks = NonNullable<ScenarioInput["tasks"]>;

const ONE: ScenarioInput["cluster"] = { workers: [{ id: "w", cpu: 1 }] };

/** What happens after the submissions, without the numbers of attempts. */
function log(scheduler: Scheduler, tasks: Tasks, cluster = ONE, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ name: "preempting", cluster, scheduler, tasks, ...more }), { storeTrace: true });
  const lines = [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  return lines.filter((line) => !line.endsWith("submitted")).map((line) => line.replace(/, attempt .*$/, "").replace(/000\]/, "]"));
}

const LONG_AND_SHORT: Tasks = [
  { id: "a", duration: "10s" },
  { id: "b", duration: "2s", release: "3s" },
];

describe("transcripts", () => {
  test("suspended, the longer task goes on where it was; killed, it begins anew", () => {
    expect(log({ policy: "srpt", preemption: { mode: "suspend" } }, LONG_AND_SHORT)).toEqual([
      "[0.000] (w) a started",
      "[3.000] (w) a is to make room",
      "[3.000] (w) a suspended to make room",
      "[3.000] (w) b started",
      "[5.000] (w) b finished",
      "[5.000] (w) a goes on",
      "[12.000] (w) a finished",
    ]);
    expect(log({ policy: "srpt", preemption: { mode: "kill" } }, LONG_AND_SHORT)).toEqual([
      "[0.000] (w) a started",
      "[3.000] (w) a is to make room",
      "[3.000] (w) a sent back to the queue to make room",
      "[3.000] (w) b started",
      "[5.000] (w) b finished",
      "[5.000] (w) a started",
      "[15.000] (w) a finished",
    ]);
  });

  test("what is left decides under srpt, the whole under preemptive-sjf: at 9 s one second of a is left", () => {
    const tasks: Tasks = [LONG_AND_SHORT[0]!, { id: "b", duration: "2s", release: "9s" }];
    expect(log({ policy: "srpt", preemption: { mode: "suspend" } }, tasks)).not.toContain("[9.000] (w) a is to make room");
    expect(log({ policy: "preemptive-sjf", preemption: { mode: "suspend" } }, tasks)).toContain("[9.000] (w) a is to make room");
  });

  test("grace: the victim goes on meanwhile, and may end; what it frees is kept for the task, unless a better one comes", () => {
    const graceful: Scheduler = { policy: "preemptive-priority", preemption: { mode: "suspend", grace: "4s" } };
    const tasks = (duration: string, ...later: Tasks): Tasks => [
      { id: "a", duration, priority: 5 },
      { id: "b", duration: "2s", release: "3s", priority: 2 },
      ...later,
    ];
    expect(log(graceful, tasks("6s"))).toEqual([
      "[0.000] (w) a started",
      "[3.000] (w) a is to make room",
      "[6.000] (w) a finished",
      "[6.000] (w) b started",
      "[8.000] (w) b finished",
    ]);
    const worse = { id: "c", duration: "1s", release: "4s", priority: 3 };
    const better = { id: "d", duration: "1s", release: "5s", priority: 1 };
    expect(log(graceful, tasks("9s", worse, better)).slice(2)).toEqual([
      "[7.000] (w) a suspended to make room",
      "[7.000] (w) d started",
      "[8.000] (w) d finished",
      "[8.000] (w) b started",
      "[10.000] (w) b finished",
      "[10.000] (w) c started",
      "[11.000] (w) c finished",
      "[11.000] (w) a goes on",
      "[13.000] (w) a finished",
    ]);
  });

  test("room that is being made is not given to a worse task that would fit a part of it", () => {
    const scheduler: Scheduler = { policy: "preemptive-priority", preemption: { mode: "kill", grace: "5s" } };
    const tasks: Tasks = [
      { id: "a", duration: "20s", priority: 5 },
      { id: "b", duration: "5s", priority: 5 },
      { id: "wide", duration: "1s", cpu: 2, release: "2s", priority: 1 },
      { id: "thin", duration: "1s", release: "3s", priority: 4 },
    ];
    expect(log(scheduler, tasks, { workers: [{ id: "w", cpu: 2 }] })).toEqual([
      "[0.000] (w) a started",
      "[0.000] (w) b started",
      "[2.000] (w) b is to make room",
      "[2.000] (w) a is to make room",
      "[5.000] (w) b finished",
      "[7.000] (w) a sent back to the queue to make room",
      "[7.000] (w) wide started",
      "[8.000] (w) wide finished",
      "[8.000] (w) thin started",
      "[8.000] (w) a started",
      "[9.000] (w) thin finished",
      "[28.000] (w) a finished",
    ]);
  });

  test("minRun and max: an attempt runs for so long before it is chosen, and is chosen so often", () => {
    const tasks: Tasks = [
      { id: "a", duration: "20s", priority: 5 },
      { id: "b", duration: "1s", release: "2s", priority: 1 },
      { id: "c", duration: "1s", release: "7s", priority: 1 },
    ];
    const starts = (preemption: Omit<NonNullable<Scheduler["preemption"]>, "mode">) =>
      log({ policy: "preemptive-priority", preemption: { mode: "suspend", ...preemption } }, tasks).filter((line) =>
        /[bc] started/.test(line),
      );
    expect(starts({})).toEqual(["[2.000] (w) b started", "[7.000] (w) c started"]);
    expect(starts({ minRun: "5s" })).toEqual(["[5.000] (w) b started", "[11.000] (w) c started"]);
    expect(starts({ max: 1 })).toEqual(["[2.000] (w) b started", "[21.000] (w) c started"]);
    expect(starts({ max: 0 })).toEqual(["[20.000] (w) b started", "[21.000] (w) c started"]);
  });

  test("the worker with the least lost work, and on it the worst ranks, the last started first, without those not needed", () => {
    const scheduler: Scheduler = { policy: "preemptive-priority", preemption: { mode: "kill" } };
    const two: ScenarioInput["cluster"] = { workers: [{ id: "w", count: 2, cpu: 4 }] };
    const tasks: Tasks = [
      { id: "early", duration: "60s", cpu: 4, priority: 5 },
      { id: "late", duration: "60s", cpu: 4, priority: 4, release: "1s" },
      { id: "x", duration: "1s", cpu: 1, release: "3s", priority: 1 },
    ];
    expect(log(scheduler, tasks, two)).toContain("[3.000] (w-2) late sent back to the queue to make room");
    const mixed: Tasks = [
      { id: "small", duration: "60s", cpu: 1, priority: 9 },
      { id: "older", duration: "60s", cpu: 3, priority: 5 },
      { id: "x", duration: "1s", cpu: 3, release: "3s", priority: 1 },
    ];
    expect(log(scheduler, mixed, { workers: [{ id: "w", cpu: 4 }] }).filter((line) => line.includes("is to"))).toEqual([
      "[3.000] (w) older is to make room",
    ]);
  });

  test("who is suspended keeps memory and gives back cpu; a time limit counts what ran", () => {
    const cluster: ScenarioInput["cluster"] = { workers: [{ id: "w", cpu: 1, memory: "4GiB" }] };
    const tasks: Tasks = [
      { id: "a", duration: "10s", memory: "3GiB", timeout: "10s" },
      { id: "big", duration: "1s", memory: "2GiB", release: "2s" },
      { id: "small", duration: "3s", memory: "1GiB", release: "4s" },
    ];
    expect(log({ policy: "srpt", preemption: { mode: "suspend" } }, tasks, cluster)).toEqual([
      "[0.000] (w) a started",
      "[4.000] (w) a is to make room",
      "[4.000] (w) a suspended to make room",
      "[4.000] (w) small started",
      "[7.000] (w) small finished",
      "[7.000] (w) a goes on",
      "[13.000] (w) a finished",
      "[13.000] (w) big started",
      "[14.000] (w) big finished",
    ]);
  });

  test("time slices take turns; a head that blocks does not hold back what is suspended", () => {
    const tasks: Tasks = ["a", "b", "c"].map((id) => ({ id, duration: "3s" }));
    const slices: Scheduler = { policy: "time-slice:quantum=2s", preemption: { mode: "suspend" } };
    expect(log(slices, tasks).filter((line) => /started|goes on|finished/.test(line))).toEqual([
      "[0.000] (w) a started",
      "[2.000] (w) b started",
      "[4.000] (w) c started",
      "[6.000] (w) a goes on",
      "[7.000] (w) a finished",
      "[7.000] (w) b goes on",
      "[8.000] (w) b finished",
      "[8.000] (w) c goes on",
      "[9.000] (w) c finished",
    ]);
    const memory: ScenarioInput["cluster"] = { workers: [{ id: "w", cpu: 1, memory: "4GiB" }] };
    const heavy: Tasks = [
      { id: "a", duration: "5s", memory: "2GiB" },
      { id: "b", duration: "5s", memory: "2GiB" },
      { id: "c", duration: "1s", memory: "3GiB" },
    ];
    const blocking: Scheduler = { ...slices, policy: "time-slice:blocking=true:quantum=2s" };
    expect(log(blocking, heavy, memory).at(-1)).toBe("[11.000] (w) c finished");
  });

  test("a suspended task is cancelled, sent back, or lost with its worker", () => {
    const scheduler: Scheduler = { policy: "srpt", preemption: { mode: "suspend" }, heartbeat: { timeout: "2s" }, lease: "3s" };
    const tasks: Tasks = [LONG_AND_SHORT[0]!, { id: "b", duration: "5s", release: "3s" }];
    const two: ScenarioInput["cluster"] = {
      workers: [
        { id: "w", cpu: 1 },
        { id: "later", cpu: 1, speed: 0.5 },
      ],
    };
    const acted = (actions: NonNullable<ScenarioInput["actions"]>) => log(scheduler, tasks, ONE, { actions }).slice(4);
    expect(acted([{ at: "4s", cancel: "a" }])).toEqual(["[4.000] (w) a cancelled by its client", "[8.000] (w) b finished"]);
    expect(acted([{ at: "4s", cancel: "a", requeue: true }])).toEqual([
      "[4.000] (w) a sent back to the queue by its client",
      "[8.000] (w) b finished",
      "[8.000] (w) a started",
      "[18.000] (w) a finished",
    ]);
    const blocked: Tasks = [{ id: "z", duration: "6s" }, ...tasks];
    const lost = log(scheduler, blocked, two, { faults: [{ kind: "crash", worker: "w", at: "12s", restart: "1s" }] });
    expect(lost).toContain("[13.000] (scheduler) w registered, incarnation 2");
    expect(lost.at(-1)).toContain("finished");
  });
});

test("what is suspended on a worker that is to leave goes on there, up to the limit", () => {
  const scheduler: Scheduler = { policy: "srpt", preemption: { mode: "suspend" } };
  const leaving = (limit: string) => log(scheduler, LONG_AND_SHORT, ONE, { actions: [{ at: "4s", leave: "w", limit }] }).slice(4);
  expect(leaving("1m")).toEqual([
    "[4.000] (scheduler) w is to leave, and takes nothing more",
    "[5.000] (w) b finished",
    "[5.000] (w) a goes on",
    "[12.000] (w) a finished",
    "[12.000] (scheduler) w left",
  ]);
  expect(leaving("500ms").slice(1)).toEqual([
    "[4.500] (w) a sent back to the queue since its worker leaves",
    "[4.500] (w) b sent back to the queue since its worker leaves",
    "[4.500] (scheduler) w left",
  ]);
});

describe("what is measured", () => {
  test("preemptions and lost attempts are counted; time suspended is no time of a run", () => {
    const run = (mode: "kill" | "suspend") =>
      simulate(defineScenario({ name: "p", cluster: ONE, scheduler: { policy: "srpt", preemption: { mode } }, tasks: LONG_AND_SHORT }))
        .summary;
    expect(run("suspend")).toMatchObject({ preemptions: 1, attempts_lost: 0, wasted_cpu: 0, useful_cpu: 1, makespan_s: 12 });
    expect(run("kill")).toMatchObject({ preemptions: 1, attempts_lost: 1, wasted_cpu: 0.2, useful_cpu: 0.8, makespan_s: 15 });
  });

  test("M3: on one worker of one slot no policy has a lower mean flow than srpt, with exact estimates and free preemption", () => {
    const preemption = { mode: "suspend" as const, grace: 0, minRun: 0, max: Number.POSITIVE_INFINITY };
    const others = ["fcfs", "sjf", "ljf", "random", "preemptive-sjf", "sjf:blocking=true"];
    fc.assert(
      fc.property(
        fc.array(fc.record({ duration: fc.nat(20), release: fc.nat(30), priority: fc.nat(3) }), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...others, "preemptive-priority"),
        (tasks, other) => {
          const flow = (policy: string) => mean(runWorld(worldOf(tasks, [{}]), policy, { preemption }).flows);
          expect(flow("srpt")).toBeLessThanOrEqual(flow(other) + 1e-9);
        },
      ),
      { seed: seed(61), numRuns: runs(300) },
    );
  });
});

describe("refusals", () => {
  const base = { name: "p", cluster: ONE, tasks: LONG_AND_SHORT };
  const running = (scheduler: Scheduler) => () => simulate(defineScenario({ ...base, scheduler }));

  test("a policy that preempts says so where preemption is off, and time slices where attempts are killed", () => {
    expect(running({ policy: "srpt" })).toThrow(/srpt.*scheduler\.preemption is off \(try preemption: \{ mode: suspend \}\)/);
    expect(running({ policy: "srpt", preemption: { mode: "off" } })).toThrow(/scheduler\.preemption is off/);
    expect(running({ policy: "time-slice", preemption: { mode: "kill" } })).toThrow(/would kill the same tasks over and over/);
    expect(running({ policy: "time-slice:quantum=1us", preemption: { mode: "suspend" } })).toThrow(/quantum must be at least 1ms/);
    expect(running({ policy: "time-slice:quantum=fast", preemption: { mode: "suspend" } })).toThrow(/"fast" is not a duration/);
  });

  test("decisions that take time, and users' functions, go with no preemption", async () => {
    const preemption = { mode: "suspend" as const };
    expect(running({ policy: "srpt", preemption, decisionTime: { perPass: "1s" } })).toThrow(/preemption goes with no decisionTime/);
    const functions = new TaskScheduler({ policy: "srpt", scheduler: { preemption } });
    functions.addTask("f", () => 1, { estimate: "1s" });
    await expect(functions.run()).rejects.toThrow(/srpt.*users' functions cannot be stopped half way/);
  });
});

test("the settings are written to scenarios and read again", async () => {
  await fc.assert(
    fc.asyncProperty(
      cases({ reliable: true, settings: { decisionTime: { perPass: 0, perTask: 0 } } }),
      async ({ scenario, options: { preemption } }) => {
        const given = { ...scenario, scheduler: { ...scenario.scheduler, preemption } };
        const [file] = scenarioFiles("s.yaml", given);
        const path = join(folder({ "s.yaml": [...file!.parts].join("") }), "s.yaml");
        expect((await loadScenario(path)).scheduler.preemption).toEqual(preemption);
      },
    ),
    { seed: seed(62), numRuns: runs(30) },
  );
});
