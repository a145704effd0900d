// Workers that tell how far attempts are (scheduler: { progress }): when they do, what becomes of that on its way, and what the scheduler
// makes of it, which otherwise takes running attempts to be as far as time and declared speeds would have them.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { MessageFate, MessageKind } from "../../src/model/network.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { traceText } from "../entry-text.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;
type Tasks = NonNullable<ScenarioInput["tasks"]>;

const SLOW: Faults[number] = { kind: "slow", worker: "w", at: 0, speed: 0.5 };
const NEAR = {};
const FAR = { network: { latency: "1s" } };

const BASE: ScenarioInput = {
  name: "progress",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  scheduler: { policy: "srpt", preemption: { mode: "suspend" }, progress: "25%" },
  tasks: [{ id: "a", duration: "8s" }],
};

/** The task of 8 s, and another. */
function beside(duration: string, release: string): { tasks: Tasks } {
  return { tasks: [...(BASE.tasks as Tasks), { id: "b", duration, release }] };
}

function run(more: Partial<ScenarioInput>, detail: "folded" | "messages" = "folded"): Trace {
  const { network = {} } = more;
  const scenario = defineScenario({ ...BASE, ...more, network: { ...(network as object), detail } });
  const { trace } = simulate(scenario, { storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return trace;
}

/** The log; the same with each message by itself. */
function log(more: Partial<ScenarioInput>): string[] {
  const lines = (detail: "folded" | "messages") => [...schedulerLog(run(more, detail))].join("").split("\n").slice(0, -1);
  const folded = lines("folded");
  expect(lines("messages")).toEqual(folded);
  return folded;
}

/** When the scheduler learns of which part of a task: seconds and thousandths. */
function told(more: Partial<ScenarioInput>): [seconds: number, thousandths: number][] {
  const entries = [...run(more).entries].filter(({ kind, task }) => kind === EntryKind.progressed && task === 0);
  return entries.map(({ time, attempt }) => [time / 1e6, attempt]);
}

describe("when workers tell", () => {
  test("at each part of the work but the last, at the worker's own speed", () => {
    const quarters = [250, 500, 750];
    expect(told({})).toEqual([2, 4, 6].map((time, i) => [time, quarters[i]]));
    expect(told({ faults: [SLOW] })).toEqual([4, 8, 12].map((time, i) => [time, quarters[i]]));
    expect(told({ cluster: { workers: [{ id: "w", cpu: 1, speed: 4 }] } })).toEqual([0.5, 1, 1.5].map((time, i) => [time, quarters[i]]));
    expect(told({ faults: [{ ...SLOW, at: "3s", for: "4s" }] })).toEqual([
      [2, 250],
      [5, 500], // 3 s of work by 3 s, and one in 2 s
      [8, 750], // 5 s of work by 7 s
    ]);
  });

  test("where the part does not divide the whole, and for times of a worker's own", () => {
    const scheduler = { ...BASE.scheduler, progress: 0.3 };
    expect(told({ scheduler, tasks: [{ id: "a", duration: { on: { w: "10s" } } }] })).toEqual([
      [3, 300],
      [6, 600],
      [9, 900],
    ]);
  });

  test("parts that are done in one µs are told together, those of no work not at all", () => {
    const scheduler = { ...BASE.scheduler, progress: "10%" };
    // ⌈0.1 × 3⌉ to ⌈0.3 × 3⌉ are 1 µs, up to 0.6 they are 2; the others come with the end.
    expect(told({ scheduler, tasks: [{ id: "a", duration: "3us" }] })).toEqual([
      [0.000_001, 300],
      [0.000_002, 600],
    ]);
    expect(told({ scheduler, tasks: [{ id: "a", duration: 0 }] })).toEqual([]);
  });

  test("a failing execution as far as it comes, its retry from the beginning", () => {
    expect(told({ tasks: [{ id: "a", duration: "8s", fails: [1], failsAfter: 0.6, retries: 1 }] })).toEqual([
      [2, 250],
      [4, 500],
      [6.8, 250],
      [8.8, 500],
      [10.8, 750],
    ]);
  });

  test("a worker that is paused later, by as long", () => {
    expect(told({ faults: [{ kind: "pause", worker: "w", at: "3s", for: "2s" }] })).toEqual([
      [2, 250],
      [6, 500],
      [8, 750],
    ]);
  });

  test("after a crash the next attempt from the beginning", () => {
    const lines = log({ faults: [{ kind: "crash", worker: "w", at: "5s", restart: "1s" }] });
    expect(lines).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w) a started, attempt 1 of 1",
      "[2.000000] (w) a has done 25 % of its work",
      "[4.000000] (w) a has done 50 % of its work",
      "[5.000000] (w) crashed, incarnation 1",
      "[6.000000] (scheduler) w registered, incarnation 2",
      "[6.000000] (w) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[6.000000] (w) a started, attempt 2 of 2",
      "[8.000000] (w) a has done 25 % of its work",
      "[10.000000] (w) a has done 50 % of its work",
      "[12.000000] (w) a has done 75 % of its work",
      "[14.000000] (w) a finished, attempt 2 of 2",
    ]);
  });
});

describe("what srpt makes of it on a worker that runs at a half", () => {
  const faults = [SLOW];
  const short = beside("3s", "6s");

  test("without, the one that is behind is taken to be nearly done", () => {
    expect(log({ ...short, faults, scheduler: { policy: "srpt", preemption: { mode: "suspend" } } }).slice(1)).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w) a started, attempt 1 of 1",
      "[6.000000] (scheduler) b submitted", // 2 s seem to be left of a, and 5 s are
      "[16.000000] (w) a finished, attempt 1 of 1",
      "[16.000000] (w) b started, attempt 1 of 1",
      "[22.000000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("with it the shorter one goes first; the other goes on where it was, and tells on", () => {
    expect(log({ ...short, faults }).slice(1)).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w) a started, attempt 1 of 1",
      "[4.000000] (w) a has done 25 % of its work", // 6 s are left
      "[6.000000] (scheduler) b submitted", // 4 s seem to be
      "[6.000000] (w) a is to make room, attempt 1 of 1",
      "[6.000000] (w) a suspended to make room, attempt 1 of 1",
      "[6.000000] (w) b started, attempt 1 of 1",
      "[7.500000] (w) b has done 25 % of its work",
      "[9.000000] (w) b has done 50 % of its work",
      "[10.500000] (w) b has done 75 % of its work",
      "[12.000000] (w) b finished, attempt 1 of 1",
      "[12.000000] (w) a goes on, attempt 1 of 1",
      "[14.000000] (w) a has done 50 % of its work", // 3 s of work were done by 6 s
      "[18.000000] (w) a has done 75 % of its work",
      "[22.000000] (w) a finished, attempt 1 of 1",
    ]);
  });

  test("what is told is reason enough to look at the queue", () => {
    const lines = log({ ...beside("3s", "7s"), faults });
    expect(lines.slice(3, 9)).toEqual([
      "[4.000000] (w) a has done 25 % of its work",
      "[7.000000] (scheduler) b submitted", // 3 s seem to be left of either
      "[8.000000] (w) a has done 50 % of its work", // 4 s are
      "[8.000000] (w) a is to make room, attempt 1 of 1",
      "[8.000000] (w) a suspended to make room, attempt 1 of 1",
      "[8.000000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("an attempt that was killed begins anew for it too", () => {
    const scheduler = { ...BASE.scheduler, preemption: { mode: "kill" as const } };
    const lines = log({ tasks: [...(short.tasks as Tasks), { id: "c", duration: "7s", release: "7s" }], faults, scheduler });
    expect(lines.filter((line) => line.includes("started"))).toEqual([
      "[0.000000] (w) a started, attempt 1 of 1",
      "[6.000000] (w) b started, attempt 1 of 1",
      "[12.000000] (w) c started, attempt 1 of 1", // 7 s: a has lost the 2 s that were told, and has 8 s again
      "[26.000000] (w) a started, attempt 2 of 2",
    ]);
  });
});

describe("what srpt makes of it on a worker that is faster than its estimates", () => {
  test("an attempt that is further than thought keeps its room", () => {
    // 12 s are expected, and 8 are true: at 6 s half of the estimate would be left, more than 5 s, but a quarter is.
    const tasks: Tasks = [
      { id: "a", duration: "8s", estimate: "12s" },
      { id: "b", duration: "5s", release: "6s" },
    ];
    const starts = (more: Partial<ScenarioInput>) => log({ tasks, ...more }).filter((line) => line.includes("b started"));
    expect(starts({ scheduler: { policy: "srpt", preemption: { mode: "suspend" } } })).toEqual([
      "[6.000000] (w) b started, attempt 1 of 1",
    ]);
    expect(starts({})).toEqual(["[8.000000] (w) b started, attempt 1 of 1"]);
  });
});

describe("over a network", () => {
  const faults = [SLOW];

  test("a message counts from when it was sent", () => {
    expect(log({ ...FAR, ...beside("4s", "5500ms"), faults }).slice(1, 7)).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w) a started, attempt 1 of 1",
      "[1.000000] (w) a began, attempt 1 of 1",
      "[5.500000] (scheduler) b submitted", // 2.5 s seem to be left of a
      "[6.000000] (w) a has done 25 % of its work", // 6 s were left at 5 s: 5 s are now
      "[6.000000] (w) a is to make room, attempt 1 of 1",
    ]);
    // So a task of 5.5 s is no reason to make room: at 9 s, which is known at 10 s, 4 s are left.
    const lines = log({ ...FAR, ...beside("5500ms", "5500ms"), faults });
    expect(lines.filter((line) => line.includes("make room"))).toEqual([]);
    expect(told({ ...FAR, ...beside("5500ms", "5500ms"), faults })).toEqual([
      [6, 250],
      [10, 500],
      [14, 750],
    ]);
  });

  test("one that is lost is not repeated: the next makes up for it", () => {
    const network = { latency: "100ms" };
    const lost: Faults[number] = { kind: "message-loss", messages: ["progress"], at: "3s", for: "2s" };
    expect(told({ network, faults: [lost] })).toEqual([
      [2.2, 250],
      [6.2, 750],
    ]);
  });

  test("one that arrives twice, or late, counts for nothing", () => {
    expect(told({ network: { latency: "100ms", duplicate: 1 } })).toEqual([
      [2.2, 250],
      [4.2, 500],
      [6.2, 750],
    ]);
    const late: Faults[number] = { kind: "message-delay", messages: ["progress"], by: "3s", at: "1s", for: "2s" };
    const network = { latency: "100ms", reorder: true };
    expect(told({ network, faults: [late] })).toEqual([
      [4.2, 500],
      [6.2, 750],
    ]);
    const trace = run({ network, faults: [late] }, "messages");
    const delivered = trace.messages!.filter(({ kind, fate }) => kind === MessageKind.progress && fate === MessageFate.delivered);
    expect(delivered.map(({ time }) => time / 1e6)).toEqual([4.2, 5.2, 6.2]);
  });

  test("one that arrives when the attempt waits corrects what is left of it: with what it ran until then", () => {
    // a has done 2 s of its work at 4.1 s, on a worker at a half. It is to wait at 4.5 s, for b of 1 s, which ends at 6.9 s.
    const late: Faults[number] = { kind: "message-delay", messages: ["progress"], by: "1s", at: "4s", for: "200ms" };
    const network = { latency: "100ms", reorder: true };
    const tasks = (rival: string): Tasks => [
      { id: "a", duration: "8s" },
      { id: "b", duration: "1s", release: "4500ms" },
      { id: "c", duration: rival, release: "5s" },
    ];
    const next = (rival: string) =>
      log({ network, faults: [SLOW, late], tasks: tasks(rival) })
        .filter((line) => /(a goes on|c started)/.test(line))
        .slice(0, 1);
    // By its answer it waits from 4.7 s on: 6 s less 0.6 s are left, not the 3.3 s that were believed before 5.2 s.
    expect(next("5399ms")).toEqual(["[6.900000] (w) c started, attempt 1 of 1"]);
    expect(next("5401ms")).toEqual(["[6.900000] (w) a goes on, attempt 1 of 1"]);
  });

  test("of an attempt that was given up nobody hears", () => {
    const silent: Faults[number] = { kind: "heartbeat-loss", worker: "w-1", at: "3s", for: "12s" }; // what is told else arrives
    const cluster = { workers: [{ id: "w", count: 2, cpu: 1 }] };
    const scheduler = { ...BASE.scheduler, heartbeat: { interval: "1s", timeout: "2s" }, lease: "20s", requeue: "suspicion" as const };
    const network = { latency: "100ms" };
    const lines = log({ network, cluster, scheduler, tasks: [{ id: "a", duration: "40s" }], faults: [silent] });
    expect(lines.filter((line) => /started|has done|began/.test(line))).toEqual([
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[0.100000] (w-1) a began, attempt 1 of 1",
      "[4.100000] (w-2) a started, attempt 2 of 2",
      "[4.200000] (w-2) a began, attempt 2 of 2",
      "[14.300000] (w-2) a has done 25 % of its work", // not at 10.2 s, when what w-1 tells arrives
      "[24.300000] (w-2) a has done 50 % of its work",
      "[34.300000] (w-2) a has done 75 % of its work",
    ]);
  });
});

describe("policies that do not look at what is left decide as without", () => {
  const POLICIES = ["fcfs", "sjf", "time-slice:quantum=700ms", "preemptive-priority", "preemptive-sjf", "dispatch-least-work"];
  const tasks: Tasks = Array.from({ length: 7 }, (_, i) => ({
    id: `t${i}`,
    duration: `${1 + ((i * 5) % 7)}s`,
    release: `${i * 700}ms`,
    priority: (i * 3) % 5,
  }));
  test.each(POLICIES)("%s", (policy) => {
    const others = (progress: object) => {
      const scheduler = { policy, preemption: { mode: "suspend" as const }, heartbeat: {}, ...progress };
      const entries = [...run({ scheduler, tasks, faults: [SLOW] }).entries];
      return traceText(entries.filter(({ kind }) => kind !== EntryKind.progressed));
    };
    expect(others({ progress: "10%" })).toEqual(others(NEAR));
  });
});
