// Preemption over a network: room is given away when the victim's worker has answered, and not before.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "far preemption",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  scheduler: {
    policy: "preemptive-priority",
    preemption: { mode: "kill" },
    heartbeat: { interval: "1s", timeout: "3s" },
    lease: "6s",
  },
  tasks: [
    { id: "a", duration: "10s", priority: 2 },
    { id: "b", duration: "2s", priority: 1, release: "4500ms" },
  ],
};

/** The log from the moment at which a task is to make room; the same with each message by itself. */
function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const lines = (detail: "folded" | "messages") => {
    const scenario = defineScenario({ ...BASE, ...more, faults, network: { latency: "100ms", detail } });
    const { trace } = simulate(scenario, { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  };
  const folded = lines("folded");
  expect(lines("messages")).toEqual(folded);
  return folded.slice(folded.findIndex((line) => line.includes("to make room")));
}

/** With a grace; the rest as it is. */
function withGrace(grace: string): Partial<ScenarioInput> {
  return { scheduler: { ...BASE.scheduler, preemption: { mode: "kill", grace } } };
}

const chosen = "[4.500000] (w) a is to make room, attempt 1 of 1";

describe("transcripts", () => {
  test("the victim stops when the order arrives, and the other starts when the answer has", () => {
    expect(log([])).toEqual([
      chosen,
      "[4.600000] (w) a stopped attempt 1, as told",
      "[4.700000] (w) a sent back to the queue to make room, attempt 1 of 1",
      "[4.700000] (w) b started, attempt 1 of 1",
      "[4.800000] (w) b began, attempt 1 of 1",
      "[6.800000] (w) b ended on its worker, attempt 1 of 1",
      "[6.900000] (w) b finished, attempt 1 of 1",
      "[6.900000] (w) a started, attempt 2 of 2",
      "[7.000000] (w) a began, attempt 2 of 2",
      "[17.000000] (w) a ended on its worker, attempt 2 of 2",
      "[17.100000] (w) a finished, attempt 2 of 2",
    ]);
  });

  test("after its grace", () => {
    expect(log([], withGrace("1s")).slice(0, 4)).toEqual([
      chosen,
      "[5.600000] (w) a stopped attempt 1, as told",
      "[5.700000] (w) a sent back to the queue to make room, attempt 1 of 1",
      "[5.700000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("a completion that was under way when the order was sent counts, and makes room too", () => {
    const tasks = [{ ...BASE.tasks![0]!, duration: "4450ms" }, BASE.tasks![1]!];
    expect(log([], { tasks })).toEqual([
      chosen,
      "[4.550000] (w) a ended on its worker, attempt 1 of 1",
      "[4.650000] (w) a finished, attempt 1 of 1",
      "[4.650000] (w) b started, attempt 1 of 1",
      "[4.750000] (w) b began, attempt 1 of 1",
      "[6.750000] (w) b ended on its worker, attempt 1 of 1",
      "[6.850000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("a lost order is repeated for heartbeats that still tell of the victim; a lost answer is made up for by one that does not", () => {
    expect(log([{ kind: "message-loss", messages: ["stop"], at: "4s", for: "1500ms" }]).slice(0, 4)).toEqual([
      chosen,
      "[5.500000] (w) link works again",
      "[6.200000] (w) a stopped attempt 1, as told", // the heartbeat of 5 s had it told in vain, that of 6 s arrived at 6.1 s
      "[6.300000] (w) a sent back to the queue to make room, attempt 1 of 1",
    ]);
    expect(log([{ kind: "message-loss", messages: ["stopped"], at: "4s", for: "1500ms" }]).slice(0, 4)).toEqual([
      chosen,
      "[4.600000] (w) a stopped attempt 1, as told",
      "[5.100000] (w) a sent back to the queue to make room, attempt 1 of 1",
      "[5.100000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("a worker that is cut off: the victim is given up when its lease is over, and the other waits for a worker that is heard", () => {
    expect(log([{ kind: "partition", at: "4s", for: "8s" }]).slice(0, 9)).toEqual([
      chosen,
      "[6.100000] (scheduler) w suspected, nothing heard of it", // the heartbeat of 3 s was the last to arrive, at 3.1 s
      "[9.000000] (w) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[9.100001] (w) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[12.000000] (w) link works again",
      "[12.100000] (scheduler) w heard again",
      "[12.100000] (w) b started, attempt 1 of 1",
      "[12.200000] (w) b began, attempt 1 of 1",
      "[14.200000] (w) b ended on its worker, attempt 1 of 1",
    ]);
  });

  test("the room is kept: nobody of worse rank starts in it, and one of better rank comes first", () => {
    const tasks = [
      ...BASE.tasks!,
      { id: "c", duration: "1s", priority: 3, release: "4600ms" },
      { id: "d", duration: "1s", priority: 0, release: "4650ms" },
    ];
    const starts = log([], { tasks }).filter((line) => line.includes("started"));
    expect(starts).toEqual([
      "[4.700000] (w) d started, attempt 1 of 1",
      "[5.900000] (w) b started, attempt 1 of 1",
      "[8.100000] (w) a started, attempt 2 of 2",
      "[18.300000] (w) c started, attempt 1 of 1",
    ]);
  });

  test("a victim that its client cancels, or sends back, meanwhile is so; its room is free then as it is without", () => {
    const actions = [{ at: "4550ms", cancel: "a" }];
    expect(log([], { actions }).slice(0, 4)).toEqual([
      chosen,
      "[4.550000] (w) a cancelled by its client, attempt 1 of 1",
      "[4.550000] (w) b started, attempt 1 of 1",
      "[4.600000] (w) a stopped attempt 1, as told",
    ]);
    const confirmed = { scheduler: { ...BASE.scheduler, cancel: "confirmed" as const }, actions };
    expect(log([], confirmed).slice(0, 5)).toEqual([
      chosen,
      "[4.550000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[4.600000] (w) a stopped attempt 1, as told",
      "[4.700000] (w) a cancelled by its client, attempt 1 of 1",
      "[4.700000] (w) b started, attempt 1 of 1",
    ]);
    expect(log([], { actions: [{ at: "4550ms", cancel: "a", requeue: true }] }).slice(0, 4)).toEqual([
      chosen,
      "[4.600000] (w) a stopped attempt 1, as told",
      "[4.700000] (w) a sent back to the queue to make room, attempt 1 of 1", // as it was to be
      "[4.700000] (w) b started, attempt 1 of 1",
    ]);
  });
});
