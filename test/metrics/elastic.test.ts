// What elastic attempts have counts as used, where it was had, and for as long as it was.
import { expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";

function runOf(input: Partial<ScenarioInput>) {
  const scenario = defineScenario({ name: "elastic", cluster: { workers: [{ id: "w", cpu: 8, memory: "8GB" }] }, ...input });
  const run = simulate(scenario, { storeTrace: true });
  expect(judge(run.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return run;
}

test("usage counts as far as the attempt had so much", () => {
  const run = runOf({
    tasks: [
      { id: "fixed", duration: "10s", cpu: 6 },
      { id: "full", duration: "10s", cpu: { min: 2, max: 8 }, usage: { cpu: 6 } },
      { id: "alone", duration: "30s", cpu: { min: 2, max: 8 }, usage: { cpu: 6 }, release: "20s" },
      { id: "idle", duration: "10s", cpu: { min: 2, max: 8 }, usage: { cpu: 1 }, release: "40s" },
    ],
  });
  expect(run.attempts().map(({ task, cpu_s, run_s }) => [task, cpu_s, run_s])).toEqual([
    ["fixed", 60, 10],
    ["full", 20, 10],
    ["alone", 60, 10],
    ["idle", 10, 10],
  ]);
});

test("memory peaks at the most that an attempt had, or used of that", () => {
  const speedup = { memory: "linear" } as const;
  const memory = { min: "1GB", max: "6GB" };
  const run = runOf({
    tasks: [
      { id: "plain", duration: "60s", cpu: 1, memory, speedup },
      { id: "using", duration: "20s", cpu: 1, memory, speedup, usage: { memory: "2GB" }, release: "20s" },
      { id: "full", duration: "10s", cpu: 1, memory: { min: "1GB", max: "4GB" }, speedup, usage: { memory: "3GB" }, release: "40s" },
      { id: "fixed", duration: "10s", cpu: 1, memory: "7GB", release: "40s", priority: 1 },
    ],
    scheduler: { policy: "fcfs" },
  });
  const peaks = Object.fromEntries(run.attempts().map(({ task, peak_memory_bytes: peak }) => [task, (peak as number) / 1e9]));
  expect(peaks).toEqual({ plain: 6, using: 2, full: 1, fixed: 7 });
});

test("what was had up to a checkpoint is of use, if another attempt goes on from that", () => {
  const run = runOf({
    scheduler: { heartbeat: { interval: "1s", timeout: "2s" }, lease: "4s" },
    tasks: [{ id: "a", duration: "160s", cpu: { min: 2, max: 8 }, checkpoint: { every: "10s", storage: "shared" } }],
    faults: [{ kind: "crash", worker: "w", at: "15s", for: "5s" }],
  });
  const [lost, again] = run.attempts();
  expect([lost?.outcome, lost?.cpu_s, again?.outcome, again?.cpu_s]).toEqual(["lost", 120, "completed", 240]);
  // 10 s of the first are saved; 5 s with all 8 cores are not, nor is anything beyond them.
  const { useful_cpu: useful, wasted_cpu: wasted } = run.summary;
  expect((wasted as number) / ((useful as number) + (wasted as number))).toBeCloseTo(40 / 360, 12);
});

test("where a network lies between, what one gives back is another's at once", () => {
  const run = runOf({
    network: { latency: "1s" },
    tasks: [
      { id: "a", duration: "20s", cpu: { min: 2, max: 8 } },
      { id: "b", duration: "60s", cpu: { min: 2, max: 8 } },
    ],
  });
  const usage = new WorkerUsage(run.trace.world);
  for (const { time, kind, task, worker, attempt, reason, amount } of run.trace.entries)
    usage.entry(time, kind, task, worker, attempt, reason, amount);
  // Both begin at 1 s and have four each; a ends at 11 s, and b has all eight from then to 21 s.
  const [row] = usage.rows({ origin: 0, end: 22e6 });
  const requested = 2 * 12 + 2 * 22; // from when they are started to when their ends are known
  const more = 2 * 10 + 2 * 10 + 6 * 10;
  expect(row?.utilization[0]).toBeCloseTo((requested + more) / (8 * 22), 12);
});

test("the lower bound is none too high where times are rounded", () => {
  const { summary } = runOf({
    cluster: { workers: [{ id: "w", cpu: 8, speed: 2 }] },
    tasks: [{ id: "a", duration: "3us", cpu: { min: 1, max: 1.5 } }],
  });
  expect([summary.makespan_s, summary.lower_bound_s]).toEqual([0.000001, 0.000001]);
});
