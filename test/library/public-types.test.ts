// The public types, used as a user would: the compiler is the test. Lines that it must refuse are marked; one that it accepts is an
// error of its own when the tests are type-checked.
import { expect, it } from "vitest";
import {
  compare,
  type ComparisonResult,
  defineScenario,
  definePolicy,
  EntryKind,
  judge,
  loadPolicy,
  loadScenario,
  type PolicyDefinition,
  type RunFields,
  type Scenario,
  simulate,
  Simulation,
  type SimulationResult,
  type TaskContext,
  type TaskFields,
  type TaskResult,
  TaskScheduler,
  type TaskView,
  type Trace,
  type TraceSink,
  type Verdict,
  type WorkerView,
} from "../../src/index.ts";
import { RUN_COLUMNS } from "../../src/metrics/run-summary.ts";
import { POLICY_COLUMNS } from "../../src/report/policy-columns.ts";
import { TASK_COLUMNS } from "../../src/report/task-columns.ts";

const scenario: Scenario = defineScenario({
  name: "typed",
  cluster: { workers: [{ id: "w", count: 2, cpu: 4, memory: "8GiB", labels: { zone: "a" }, resources: { gpu: 1 } }] },
  scheduler: { policy: { name: "sjf", blocking: true }, placement: "best-fit", pass: { every: "30s" }, estimates: { noise: 0.3 } },
  functions: { default: 1, fetch: "2s" },
  tasks: [
    { id: "a", function: "fetch" },
    { id: 2, duration: { distribution: "lognormal", mean: "90s", cv: 1.5 }, dependencies: ["a"], fails: [1], retries: 2, due: "5m" },
    { id: "c", duration: { on: { "zone=a": 16 } }, requires: { zone: "a" }, resources: { gpu: 1 } },
  ],
  expect: { makespan: "<= 1h" },
});

it("types runs, step-wise runs and functions as they are used", async () => {
  const result: SimulationResult = simulate(scenario, {
    seed: 7,
    seeds: { faults: "8" },
    policy: "sjf:blocking=true",
    maxTime: "1d",
    storeTrace: true,
  });
  const makespan: number | null = result.summary.makespan_s;
  const rows: TaskFields[] = result.tasks();
  const verdicts: Verdict[] = result.trace === undefined ? [] : judge(result.trace);
  expect([typeof makespan, rows.length, verdicts.length > 0]).toEqual(["number", 3, true]);
  const traced: Trace = simulate(scenario, { storeTrace: true }).trace;
  // @ts-expect-error: it was not asked for
  const untraced: Trace = simulate(scenario).trace;
  expect([traced.entries.length > 0, untraced]).toEqual([true, undefined]);

  const counted: { finished: number } & TraceSink = {
    finished: 0,
    entry(_time, kind) {
      if (kind === EntryKind.finished) this.finished += 1;
    },
  };
  const simulation = new Simulation(scenario, { policy: mine, sinks: [counted] });
  simulation.runUntil("1s");
  simulation.submit({ id: "late", duration: "3s" });
  simulation.submit([{ id: "later", duration: 3, dependencies: ["late"] }]);
  const now: number = simulation.now;
  const trace: Trace = simulation.run().trace;
  expect([now, counted.finished, simulation.status("later").finished_s === null]).toEqual([1, 5, false]);
  expect(trace.entries.length).toBeGreaterThan(0);

  const scheduler = new TaskScheduler({ maxWorkers: 4, seed: "7", policy: mine });
  const fetchAll = async (ctx: TaskContext): Promise<number> => {
    await ctx.sleep("90s");
    return ctx.random();
  };
  scheduler.addTask("A", () => "result_A").addTask("B", fetchAll, { dependencies: ["A"], retries: 2, timeout: "5m" });
  const results: Map<string, TaskResult> = await scheduler.run();
  expect(results.get("B")?.status).toBe("success");
});

it("types comparisons and loading", async () => {
  const loaded: Scenario = await loadScenario("five-step-etl", { set: ["seed=3"], onNote: (note: string) => expect(note).toBe("") });
  const fcfs: PolicyDefinition = await loadPolicy("fcfs");
  const comparison: ComparisonResult = await compare([scenario, loaded], {
    policies: ["sjf", fcfs, mine],
    seeds: "1..2",
    jobs: 1,
    rankBy: "makespan",
  });
  expect(comparison.rankings.map(({ rankedBy }) => rankedBy)).toEqual(["makespan_s", "makespan_s"]);
});

it("names the fields of the reports", () => {
  const { summary, ...result } = simulate(scenario);
  expect(Object.keys(summary)).toEqual(RUN_COLUMNS.map(({ name }) => name));
  const fields: Record<keyof RunFields, unknown> = summary;
  expect(fields.digest).toBe(result.digest);
  expect(Object.keys(result.tasks()[0]!)).toEqual(TASK_COLUMNS.map(({ name }) => name));
  expect(POLICY_COLUMNS.map(({ name }) => name)).toContain("vs_best_high");
});

/** A policy of the user's: it is shown beliefs. */
const mine = definePolicy({
  name: "mine",
  rank: (task, now) => [task.priority, now - task.readyAt, task.estimate / Math.max(1, task.cpu)],
});

/** Never called: what follows is for the compiler. */
export function lawThree(task: TaskView, worker: WorkerView): unknown {
  return [
    // @ts-expect-error the scheduler does not know true durations
    task.duration,
    // @ts-expect-error nor work
    task.work,
    // @ts-expect-error nor which executions will fail
    task.failures,
    // @ts-expect-error nor when an attempt will end
    task.end,
    // @ts-expect-error nor the state of the worker but for what it has reported
    worker.tasks,
    // @ts-expect-error and it changes nothing by assignment
    (task.estimate = 0),
    definePolicy({
      name: "curious",
      rank: (view) => view.estimate,
      faults: (_parameters, world) => [
        String(world.tasks.estimate.data[0]),
        // @ts-expect-error the check of a policy's options does not see the truth either
        String(world.tasks.work.data[0]),
        // @ts-expect-error nor the failures
        String(world.tasks.failures.data[0]),
      ],
    }),
    definePolicy({
      name: "pass",
      schedule(pass) {
        // @ts-expect-error a pass has no way to the tasks that are still to come
        pass.future();
        const head = pass.queue.head();
        if (head !== undefined) pass.start(head, pass.workers.at(0));
      },
    }),
  ];
}

/** Never called: slips that the compiler finds. */
export function slips(ctx: TaskContext): unknown {
  return [
    // @ts-expect-error a misspelt option
    () => simulate(scenario, { sed: 7 }),
    // @ts-expect-error a misspelt key of a scenario
    () => defineScenario({ cluster: { workers: [{ id: "w", cpus: 4 }] } }),
    // @ts-expect-error a placement that is none
    () => defineScenario({ cluster: { workers: [] }, scheduler: { placement: "best" } }),
    // @ts-expect-error a scenario that is not defined yet
    () => simulate({ cluster: { workers: [] } }),
    // @ts-expect-error a task without an id
    () => new Simulation(scenario).submit({ duration: 3 }),
    // @ts-expect-error functions fail by throwing
    () => new TaskScheduler().addTask("a", () => {}, { fails: "always" }),
    // @ts-expect-error a function is not its result
    () => new TaskScheduler().addTask("a", ctx.sleep(1)),
    // @ts-expect-error a policy needs a rule
    () => definePolicy({ name: "empty" }),
    // @ts-expect-error virtual time is not set
    () => (ctx.now = 0),
  ];
}
