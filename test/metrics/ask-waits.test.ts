// What a run lost to attempts that waited for more than they held.
import { expect, test } from "vitest";
import { defineScenario, type ScenarioInput, simulate } from "../../src/index.ts";

function runOf(input: Partial<ScenarioInput>, maxTime = "1h") {
  const cluster = { workers: [{ id: "w", count: 2, cpu: 8, memory: "8GB" }] };
  const scenario = defineScenario({ name: "blocking", cluster, scheduler: { policy: "first-fit", placement: "worst-fit" }, ...input });
  return simulate(scenario, { storeTrace: true, maxTime });
}

/** Holds half of a worker, and asks for three quarters of it at half its work. */
const half = (id: string, release: string): NonNullable<ScenarioInput["tasks"]>[number] => ({
  ...{ id, release, duration: "10s", cpu: 1, memory: "4GB" },
  asks: [{ after: 0.5, memory: "6GB" }],
});

test("time in which attempts waited, and rings that were found: on two workers at once, and one after the other", () => {
  const tasks = [half("a", "0s"), half("b", "0s"), half("c", "1s"), half("d", "1s")];
  const { summary, attempts } = runOf({ tasks });
  // a and b ask at 5 s; c and d at 6 s, each beside one of them, and run again from 11 s on, when a and b are over.
  expect(summary).toMatchObject({ completed: 4, attempts: 6, deadlocks: 2, ask_wait_s: 2, makespan_s: 21 });
  expect(attempts().map(({ task, ask_wait_s, run_s, outcome }) => [task, ask_wait_s, run_s, outcome])).toEqual([
    ["a", 1, 11, "completed"],
    ["b", 1, 11, "completed"],
    ["c", 0, 5, "lost"],
    ["d", 0, 5, "lost"],
    ["c", 0, 10, "completed"],
    ["d", 0, 10, "completed"],
  ]);
});

test("an attempt that still waits when the run is cut off has waited up to then", () => {
  const tasks = [half("a", "0s"), { id: "long", duration: "1h", memory: "4GB", cpu: 1 }];
  const { summary } = runOf({ tasks, cluster: { workers: [{ id: "w", cpu: 8, memory: "8GB" }] } }, "30s");
  expect(summary).toMatchObject({ deadlocks: 0, ask_wait_s: 25 });
});

test("no schedule is shorter than the work with what is asked for takes", () => {
  const tasks = ["a", "b", "c", "d", "e", "f"].map((id) => half(id, "0s"));
  // 6 × (5 s × 4 GB + 5 s × 6 GB) on 16 GB, but for what rounding may take.
  expect(runOf({ tasks }).summary.lower_bound_s).toBeCloseTo(18.75, 3);
  const less = tasks.map((task) => ({
    ...task,
    asks: [
      { after: 0.25, memory: "1GB" },
      { after: 0.75, memory: "6GB" },
    ],
  }));
  // 6 × (2.5 s × 4 GB + 5 s × 1 GB + 2.5 s × 6 GB).
  expect(runOf({ tasks: less }).summary.lower_bound_s).toBeCloseTo(11.25, 3);
  const failing = tasks.map((task) => ({ ...task, fails: [1], retries: 1 }));
  // Of executions that fail, the least that they hold.
  expect(runOf({ tasks: failing }).summary.lower_bound_s).toBeGreaterThan(18.75);
});

test("nothing is said where nobody asks", () => {
  expect(runOf({ tasks: [{ id: "a", duration: 1 }] }).summary).toMatchObject({ ask_wait_s: null, deadlocks: null });
});
