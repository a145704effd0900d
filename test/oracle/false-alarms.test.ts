// Sound runs of which the oracle has once said that they are not.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";

/** A worker is to confirm a cancellation when its limit is over. */
const CANCELLED_WHILE_LEAVING: Omit<ScenarioInput, "name"> = {
  cluster: { workers: [{ id: "w" }, { id: "v" }] },
  scheduler: { requeue: "suspicion", cancel: "confirmed" },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "20s" },
  ],
  actions: [
    { at: "3s", cancel: "a" },
    { at: "3200ms", leave: "w", limit: "500ms" },
  ],
};

const SOUND: Record<string, Omit<ScenarioInput, "name">> = {
  "P1: what makes room does so when its worker answers, which is no decision of a pass": {
    cluster: { workers: [{ id: "w", cpu: 4 }] },
    scheduler: { policy: "preemptive-sjf", preemption: { mode: "kill" } },
    tasks: [
      { id: "long", duration: "12s", cpu: 2 },
      { id: "short", duration: "4s", release: "4s", cpu: 3 },
    ],
    faults: [
      { kind: "pause", worker: "w", at: "3500ms", for: "1500ms" },
      { kind: "shrink", worker: "w", at: "4500ms", cpu: 0.5 },
    ],
  },
  "F2: a worker that goes down before its first heartbeat arrives was never heard": {
    cluster: { workers: [{ id: "w" }] },
    scheduler: { heartbeat: { interval: "500ms" } },
    network: { latency: "1s" },
    tasks: [{ id: "a", duration: "12s" }],
    faults: [{ kind: "crash", worker: "w", at: "900ms", restart: "10s" }],
  },
  "F2: a worker that joins is paused while its registration is under way": {
    cluster: { workers: [{ id: "w" }] },
    scheduler: { heartbeat: { interval: "500ms", timeout: "3s" } },
    network: { latency: "300ms" },
    tasks: [{ id: "a", duration: "12s" }],
    actions: [{ at: "1s", join: { id: "j" } }],
    faults: [{ kind: "pause", worker: "j", at: "1200ms", for: "4s" }],
  },
  "R4-turnover: at its limit a worker has a cancellation to confirm, over a network": {
    ...CANCELLED_WHILE_LEAVING,
    network: { latency: "1s" },
  },
  "R4-turnover: the same while it is paused": {
    ...CANCELLED_WHILE_LEAVING,
    faults: [{ kind: "pause", worker: "w", at: "2500ms", for: "3s" }],
  },
};

describe("no invariant is broken", () => {
  test.each(Object.entries(SOUND))("%s", (_, scenario) => {
    const { trace } = simulate(defineScenario({ name: "sound", ...scenario }), { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });
});

test("no more cpu is used than there is, though an attempt runs on that was cancelled", () => {
  const scenario: ScenarioInput = {
    name: "over 100 percent",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    tasks: [
      { id: "a", duration: "10s" },
      { id: "b", duration: "2s" },
    ],
    actions: [{ at: "3s", cancel: "a" }],
  };
  const paused = simulate(defineScenario({ ...scenario, faults: [{ kind: "pause", at: "2500ms", for: "2s" }] })).summary;
  expect([paused.cpu_utilization, paused.wasted_cpu]).toEqual([1, 3 / 6.5]); // b starts at 3 s, and runs from 4.5 s on
  const far = simulate(defineScenario({ ...scenario, network: { latency: "1s" } })).summary;
  expect([far.cpu_utilization, far.wasted_cpu]).toEqual([1, 3 / 7]); // b is sent at 3 s, and heard to have ended at 7 s
});
