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

  test("a worker that leaves meanwhile hands it back at its limit, but its lease holds till the worker answers, or it is over", () => {
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
      "[6.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[6.000000] (scheduler) v suspected, nothing heard of it",
      "[9.000001] (w-1) a cancelled by its client, attempt 1 of 1",
      "[9.000001] (w-1) a stopped attempt 1, as told",
      "[9.000001] (scheduler) w-1 left",
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
        startAgain: silent,
        turn: silent,
        graceAt: silent,
        timerAt: silent,
        allow: () => {},
        issued: silent,
        lookForSlow: silent,
        drain: silent,
        retire: silent,
        push: () => {},
        hasLeft: silent,
        leaseEnds: silent,
        vanish: silent,
      },
      stop: () => false,
      save: () => false,
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

describe("over a network", () => {
  const FAR: Partial<ScenarioInput> = { network: { latency: "100ms" } };
  const requested = "[4.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1";
  /** The same with each message by itself. */
  const of = (faults: Faults, more: Partial<ScenarioInput> = {}) => {
    const folded = log(faults, { ...FAR, ...more });
    expect(log(faults, { ...more, network: { ...FAR.network, detail: "messages" } })).toEqual(folded);
    return folded;
  };

  test("the order takes its time, and so does the answer: only then the task is cancelled and its room free", () => {
    expect(of([])).toEqual([
      requested,
      "[4.100000] (w) a stopped attempt 1, as told",
      "[4.200000] (w) a cancelled by its client, attempt 1 of 1",
      "[4.200000] (w) b started, attempt 1 of 1",
      "[4.300000] (w) b began, attempt 1 of 1",
      "[14.300000] (w) b ended on its worker, attempt 1 of 1",
      "[14.400000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("an order that is lost is repeated for every heartbeat that still tells of the attempt", () => {
    expect(of([{ kind: "message-loss", messages: ["stop"], at: "3s", for: "2500ms" }]).slice(0, 5)).toEqual([
      requested,
      "[5.500000] (w) link works again",
      "[6.200000] (w) a stopped attempt 1, as told", // the heartbeats of 4 s and 5 s had it told in vain, that of 6 s arrived at 6.1 s
      "[6.300000] (w) a cancelled by its client, attempt 1 of 1",
      "[6.300000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("an answer that is lost is made up for by a heartbeat that does not know of the attempt", () => {
    expect(of([{ kind: "message-loss", messages: ["stopped"], at: "3s", for: "2500ms" }]).slice(0, 4)).toEqual([
      requested,
      "[4.100000] (w) a stopped attempt 1, as told",
      "[5.100000] (w) a cancelled by its client, attempt 1 of 1",
      "[5.100000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("a start that never arrived: the worker answers that nothing runs, and takes no start of it later", () => {
    const actions: Actions = [{ at: "500ms", cancel: "a" }];
    const faults: Faults = [
      { kind: "lost-dispatch", worker: "w", at: "0s", for: "200ms" },
      { kind: "message-loss", messages: ["stopped"], at: "0s", for: "1s" },
    ];
    expect(of(faults, { actions })).toEqual([
      "[0.500000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[1.000000] (w) link works again",
      "[1.300000] (w) a cancelled by its client, attempt 1 of 1", // the heartbeat of 1 s has it told again at 1.1 s
      "[1.300000] (w) b started, attempt 1 of 1",
      "[1.400000] (w) b began, attempt 1 of 1",
      "[11.400000] (w) b ended on its worker, attempt 1 of 1",
      "[11.500000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("an attempt that completed before the order arrived has completed, though the worker had to tell that again", () => {
    const actions: Actions = [{ at: "10050ms", cancel: "a" }];
    expect(of([], { actions }).slice(0, 3)).toEqual([
      "[10.050000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[10.100000] (w) a ended on its worker, attempt 1 of 1",
      "[10.200000] (w) a finished, attempt 1 of 1",
    ]);
    expect(of([{ kind: "lost-completion", at: "10s", for: "120ms" }], { actions }).slice(0, 4)).toEqual([
      "[10.050000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[10.100000] (w) a ended on its worker, attempt 1 of 1",
      "[10.120000] (w) link works again",
      "[10.250000] (w) a finished, attempt 1 of 1", // told again when the order came, at 10.15 s
    ]);
  });

  test("a worker that is cut off stops it by its own clock; it is cancelled when the lease is over here", () => {
    expect(of([{ kind: "partition", at: "3500ms" }]).slice(0, 4)).toEqual([
      requested,
      "[6.100000] (scheduler) w suspected, nothing heard of it",
      "[9.000000] (w) a ended on its worker, for its lease is over, attempt 1 of 1", // the answer to the heartbeat of 3 s was the last
      "[9.100001] (w) a cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("one that can only tell does so", () => {
    expect(of([{ kind: "partition", direction: "to-worker", at: "3500ms", for: "9s" }]).slice(0, 3)).toEqual([
      requested,
      "[9.000000] (w) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[9.100000] (w) a cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("one that restarts says by its registration that nothing runs", () => {
    expect(of([{ kind: "crash", worker: "w", at: "3950ms", restart: "1s" }]).slice(0, 4)).toEqual([
      requested,
      "[5.050000] (scheduler) w registered, incarnation 2",
      "[5.050000] (w) a cancelled by its client, attempt 1 of 1",
      "[5.050000] (w) b started, attempt 1 of 1",
    ]);
  });
});
