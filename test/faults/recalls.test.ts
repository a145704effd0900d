// Running attempts that are taken back from workers that are paused or down, where no network lies between: their tasks go back to the queue
// when the worker goes on, or the lease is over; with `requeue: suspicion` at once.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "recalls",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
  scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [{ id: "a", duration: "10s" }],
};

/** From 2.5 s on, when the last heartbeat was at 2 s. */
const fault = (kind: string, lasting: string): Faults => [{ kind, worker: "w-1", at: "2500ms", for: lasting }] as Faults;

/** The log from 3 s on. */
function log(more: Partial<ScenarioInput>): string[] {
  const lines = (detail: "folded" | "messages") => {
    const { trace } = simulate(defineScenario({ ...BASE, network: { detail }, ...more }), { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  };
  const folded = lines("folded");
  expect(lines("messages")).toEqual(folded);
  return folded.filter((line) => Number(line.slice(1, line.indexOf("]"))) >= 3);
}

describe("what a client sends back", () => {
  const actions: ScenarioInput["actions"] = [{ at: "3s", cancel: "a", requeue: true }];

  test("goes back when its worker goes on, which does not run it any more", () => {
    expect(log({ actions, faults: fault("pause", "1500ms") })).toEqual([
      "[3.000000] (w-1) a is to be sent back to the queue by its client, attempt 1 of 1",
      "[4.000000] (w-1) goes on",
      "[4.000000] (w-1) a sent back to the queue by its client, attempt 1 of 1",
      "[4.000000] (w-1) a started, attempt 2 of 2",
      "[14.000000] (w-1) a finished, attempt 2 of 2",
    ]);
  });

  test("goes back when its lease is over, if that comes first: the worker stops it when it goes on", () => {
    expect(log({ actions, faults: fault("pause", "8s") }).slice(0, 6)).toEqual([
      "[3.000000] (w-1) a is to be sent back to the queue by its client, attempt 1 of 1",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000001] (w-2) a started, attempt 2 of 2",
      "[10.500000] (w-1) goes on",
      "[10.500000] (w-1) a stopped attempt 1, as told",
    ]);
  });

  test("goes back when its worker registers anew, if that was down, and nobody knew", () => {
    expect(log({ actions, faults: fault("crash", "1500ms") }).slice(0, 4)).toEqual([
      "[3.000000] (w-1) a is to be sent back to the queue by its client, attempt 1 of 1",
      "[4.000000] (scheduler) w-1 registered, incarnation 2",
      "[4.000000] (w-1) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[4.000000] (w-2) a started, attempt 2 of 2",
    ]);
  });

  test("is asked for once; who cancels it meanwhile has it cancelled at once", () => {
    const faults = fault("pause", "1500ms");
    const twice: ScenarioInput["actions"] = [...actions, { at: "3500ms", cancel: "a", requeue: true }];
    expect(log({ actions: twice, faults })).toEqual(log({ actions, faults }));
    expect(log({ actions: [...actions, { at: "3500ms", cancel: "a" }], faults })).toEqual([
      "[3.000000] (w-1) a is to be sent back to the queue by its client, attempt 1 of 1",
      "[3.500000] (w-1) a cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("goes back at once with requeue: suspicion", () => {
    const scheduler = { ...BASE.scheduler, requeue: "suspicion" as const };
    expect(log({ actions, scheduler, faults: fault("pause", "1500ms") }).slice(0, 2)).toEqual([
      "[3.000000] (w-1) a sent back to the queue by its client, attempt 1 of 1",
      "[3.000000] (w-1) a started, attempt 2 of 2",
    ]);
  });
});

test("what a worker that leaves has not ended at its limit is handed back when it goes on, and it is gone then", () => {
  const actions: ScenarioInput["actions"] = [{ at: "1s", leave: "w-1", limit: "2s" }];
  expect(log({ actions, faults: fault("pause", "1500ms") }).slice(0, 5)).toEqual([
    "[3.000000] (w-1) a is to be sent back to the queue since its worker leaves, attempt 1 of 1",
    "[4.000000] (w-1) goes on",
    "[4.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
    "[4.000000] (scheduler) w-1 left",
    "[4.000000] (w-2) a started, attempt 2 of 2",
  ]);
});

test("what is to make room keeps it until its worker goes on", () => {
  const more: Partial<ScenarioInput> = {
    cluster: { workers: [{ id: "w", count: 1, cpu: 1 }] },
    scheduler: { ...BASE.scheduler, policy: "preemptive-priority", preemption: { mode: "kill" } },
    tasks: [
      { id: "a", duration: "10s", priority: 2 },
      { id: "b", duration: "2s", priority: 1, release: "3s" },
    ],
  };
  expect(log({ ...more, faults: fault("pause", "1500ms") }).slice(1, 6)).toEqual([
    "[3.000000] (w-1) a is to make room, attempt 1 of 1",
    "[4.000000] (w-1) goes on",
    "[4.000000] (w-1) a sent back to the queue to make room, attempt 1 of 1",
    "[4.000000] (w-1) b started, attempt 1 of 1",
    "[6.000000] (w-1) b finished, attempt 1 of 1",
  ]);
});

test("what a worker stops between two pauses, for its lease is over, does not run beside what starts there next", () => {
  const scheduler = { heartbeat: { interval: "1s", timeout: "20s" }, lease: "6s" };
  const twice: Faults = [
    { kind: "pause", worker: "w-1", at: "2500ms", for: "5500ms" }, // its last heartbeat was sent at 2 s
    { kind: "pause", worker: "w-1", at: "8s", for: "2s" },
  ];
  const more: Partial<ScenarioInput> = { cluster: { workers: [{ id: "w", count: 1, cpu: 1 }] }, scheduler, faults: twice };
  expect(log(more)).toEqual([
    "[8.000000] (w-1) goes on",
    "[8.000000] (w-1) a stopped attempt 1, its lease is over",
    "[8.000000] (w-1) paused",
    "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
    "[8.000001] (w-1) a started, attempt 2 of 2",
    "[10.000000] (w-1) goes on",
    "[20.000000] (w-1) a finished, attempt 2 of 2",
  ]);
  expect(simulate(defineScenario({ ...BASE, ...more })).summary.doubled_s).toBe(0);
});
