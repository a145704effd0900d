// `cancel: confirmed`: a cancellation is acknowledged once the worker has answered, or can hold the attempt no more.
import { describe, expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, judge, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { Recorder } from "../../src/model/recorder.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import { Reason } from "../../src/model/trace.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { traceText } from "../entry-text.ts";
import { worldOf } from "../run-world.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;
type Actions = NonNullable<ScenarioInput["actions"]>;

const BASE: ScenarioInput = {
  name: "confirmed",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  scheduler: { cancel: "confirmed", heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "10s" },
  ],
  actions: [{ at: "4s", cancel: "a" }],
};

/** The log from the request on. */
function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  const lines = [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  return lines.slice(lines.findIndex((line) => line.includes("is to be cancelled")));
}

describe("transcripts", () => {
  test("a worker that is up answers at once; a task that holds none needs no answer", () => {
    const both: Actions = [...BASE.actions!, { at: "4s", cancel: "b" }];
    expect(log([], { actions: both })).toEqual([
      "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[4.000000] (w) a cancelled by its client, attempt 1 of 1",
      "[4.000000] (scheduler) b is to be cancelled, its client asks",
      "[4.000000] (scheduler) b cancelled by its client",
    ]);
  });

  test("one that is paused answers when it goes on; until then the room is not given away", () => {
    const paused: Faults = [{ kind: "pause", worker: "w", at: "3500ms", for: "2s" }];
    expect(log(paused)).toEqual([
      "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[5.500000] (w) goes on",
      "[5.500000] (w) a cancelled by its client, attempt 1 of 1",
      "[5.500000] (w) b started, attempt 1 of 1",
      "[15.500000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("one that is paused for longer than the lease can no more go on with it: then that is enough", () => {
    const paused: Faults = [{ kind: "pause", worker: "w", at: "3500ms", for: "9s" }];
    expect(log(paused)).toEqual([
      "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[6.000000] (scheduler) w suspected, nothing heard of it",
      "[9.000001] (w) a cancelled by its client, attempt 1 of 1",
      "[12.500000] (w) goes on",
      "[12.500000] (w) a stopped attempt 1, as told",
      "[12.500000] (scheduler) w heard again",
      "[12.500000] (w) b started, attempt 1 of 1",
      "[22.500000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("a suspicion is not enough, though attempts are given up for it elsewhere", () => {
    const paused: Faults = [{ kind: "pause", worker: "w", at: "3500ms", for: "9s" }];
    const scheduler = { ...BASE.scheduler, requeue: "suspicion" as const };
    expect(log(paused, { scheduler }).slice(0, 3)).toEqual([
      "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[6.000000] (scheduler) w suspected, nothing heard of it",
      "[9.000001] (w) a cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("one that has crashed and restarted does not hold it; one that stays down did until the lease was over", () => {
    expect(log([{ kind: "crash", worker: "w", at: "3500ms", restart: "1s" }])).toEqual([
      "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[4.500000] (scheduler) w registered, incarnation 2",
      "[4.500000] (w) a cancelled by its client, attempt 1 of 1",
      "[4.500000] (w) b started, attempt 1 of 1",
      "[14.500000] (w) b finished, attempt 1 of 1",
    ]);
    expect(log([{ kind: "crash", worker: "w", at: "3500ms" }]).slice(1)).toEqual([
      "[6.000000] (scheduler) w suspected, nothing heard of it",
      "[9.000001] (w) a cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("a crash between the request and the end of a pause: the next incarnation says that nothing runs", () => {
    const faults: Faults = [
      { kind: "pause", worker: "w", at: "3500ms", for: "3s" },
      { kind: "crash", worker: "w", at: "5s", restart: "2s" },
    ];
    expect(log(faults).slice(0, 5)).toEqual([
      "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[5.000000] (w) crashed, incarnation 1",
      "[6.000000] (scheduler) w suspected, nothing heard of it",
      "[6.500000] (w) goes on",
      "[7.000000] (scheduler) w registered, incarnation 2",
    ]);
  });

  test("lost heartbeats keep nobody from answering", () => {
    expect(log([{ kind: "heartbeat-loss", worker: "w", at: "3500ms", for: "2s" }])[1]).toBe(
      "[4.000000] (w) a cancelled by its client, attempt 1 of 1",
    );
  });

  test("what a client asks twice, or to have sent back meanwhile, changes nothing", () => {
    const actions: Actions = [...BASE.actions!, { at: "4500ms", cancel: "a" }, { at: "5s", cancel: "a", requeue: true }];
    const paused: Faults = [{ kind: "pause", worker: "w", at: "3500ms", for: "2s" }];
    expect(log(paused, { actions })).toEqual(log(paused));
  });

  test("a worker that leaves meanwhile hands it back at its limit, which is as good as an answer", () => {
    const actions: Actions = [...BASE.actions!, { at: "4500ms", leave: "w", limit: "1s" }];
    const cluster = {
      workers: [
        { id: "w", count: 1, cpu: 1 },
        { id: "v", cpu: 1 },
      ],
    };
    const tasks = [{ id: "a", duration: "10s", requires: {} }];
    expect(
      log([{ kind: "pause", at: "3500ms", for: "9s" }], {
        actions: actions.map((action) => ("leave" in action ? { ...action, leave: "w-1" } : action)),
        cluster,
        tasks,
      }),
    ).toEqual([
      "[4.000000] (w-1) a is to be cancelled, its client asks, attempt 1 of 1",
      "[4.500000] (scheduler) w-1 is to leave, and takes nothing more",
      "[5.500000] (w-1) a cancelled by its client, attempt 1 of 1",
      "[5.500000] (w-1) a stopped attempt 1, as told",
      "[5.500000] (scheduler) w-1 left",
    ]);
  });
});

describe("step by step", () => {
  test("a task waits as cancelling, and its client is told once", () => {
    const faults: Faults = [{ kind: "pause", worker: "w", at: "3500ms", for: "2s" }];
    const told: string[] = [];
    const simulation = new Simulation(defineScenario({ ...BASE, actions: [], faults }), {
      onNotified: ({ task, status, time_s }) => void told.push(`${task} ${status} ${time_s}`),
    });
    simulation.runUntil("4s");
    expect(simulation.cancel("a")).toBe(true);
    expect(simulation.cancel("a")).toBe(false);
    expect(simulation.cancel("a", { requeue: true })).toBe(false);
    expect(simulation.status("a").status).toBe("cancelling");
    simulation.runUntil("5s");
    expect(told).toEqual([]);
    simulation.run();
    expect(told).toEqual(["a cancelled 5.5", "b completed 15.5"]);
    expect(simulation.status("a")).toMatchObject({ status: "cancelled", finished_s: 5.5 });
  });
});

describe("against an end that is under way", () => {
  /** The scheduler alone, with a worker that does not answer. */
  function cancelledThen(reason: Reason, retries: number): string[] {
    const world = worldOf([{ id: "a", duration: 10, retries }], [{}]);
    const settings: SchedulerSettings = { ...DEFAULT_SETTINGS, cancel: "confirmed" };
    const recorder = new Recorder([], true);
    const silent = () => {};
    const orders = {
      ...{
        start: silent,
        retryAt: silent,
        wakeAt: silent,
        suspend: silent,
        startAgain: silent,
        proceed: silent,
        graceAt: silent,
        timerAt: silent,
        retire: silent,
      },
      stop: () => false,
    };
    const scheduler = new Scheduler({ world, settings, policy: policyNamed("fcfs")!, seed: "1", recorder, orders });
    scheduler.submit(0);
    scheduler.pass(0);
    scheduler.cancel(0);
    scheduler.attemptReported(0, 0, 1, reason);
    scheduler.pass(0);
    scheduler.attemptReported(0, 0, 1, reason);
    return traceText(recorder.entries!).slice(2);
  }

  test("one that completes completes, one that fails is not tried again: one end, and what comes later is refused", () => {
    const request = "0 cancelRequested task 0 on worker 0, attempt 1 (client)";
    expect(cancelledThen(Reason.none, 0)).toEqual([
      request,
      "0 finished task 0 on worker 0, attempt 1",
      "0 refused task 0 on worker 0, attempt 1",
    ]);
    expect(cancelledThen(Reason.execution, 3)).toEqual([
      request,
      "0 cancelled task 0 on worker 0, attempt 1 (client)",
      "0 refused task 0 on worker 0, attempt 1 (execution)",
    ]);
  });
});

test("the setting is written out and described; immediate is the default and leaves no request in the trace", () => {
  const scenario = defineScenario(BASE);
  const [file] = [...scenarioFiles("x.yaml", scenario, { comments: [] })];
  expect([...(file?.parts ?? [])].join("")).toContain("cancel: confirmed");
  expect(describeScenario(scenario, (_, shown) => shown)).toContain("cancellations are confirmed");
  const { cancel: _, ...scheduler } = BASE.scheduler!;
  const run = (given: ScenarioInput) => simulate(defineScenario(given), { storeTrace: true });
  const immediate = run({ ...BASE, scheduler });
  expect(immediate.digest).toBe(run({ ...BASE, scheduler: { ...scheduler, cancel: "immediate" } }).digest);
  expect(immediate.trace.entries.length).toBe(run(BASE).trace.entries.length - 1);
});
