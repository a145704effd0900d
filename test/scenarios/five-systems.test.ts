// The five systems that this project grew from, each as a bundled scenario: the status of every task, and why it is so.
import { describe, expect, test } from "vitest";
import { loadScenario } from "../../src/files/load-scenario.ts";
import { Simulation } from "../../src/index.ts";
import { nameAt } from "../../src/model/columns.ts";
import { runScenario } from "../run-world.ts";

const bundled = async (name: string) => (await loadScenario(name)).scenario;

const COMPLETED = "completed";
const FAILED = "failed";
const SKIPPED = "skipped";

test("asyncio-scheduler: task3 fails, what depends on it is skipped, the rest succeeds", async () => {
  const outcome = runScenario(await bundled("asyncio-scheduler"));
  expect(outcome.byId(outcome.status)).toEqual({
    task1: COMPLETED,
    task2: COMPLETED,
    task3: FAILED,
    task4: SKIPPED,
    task5: SKIPPED,
    task6: COMPLETED,
  });
  expect(outcome.byId(outcome.attempts)).toEqual({ task1: 1, task2: 1, task3: 1, task4: 0, task5: 0, task6: 1 });
  expect(outcome.byId(outcome.ended)).toMatchObject({ task1: 2, task2: 3, task3: 6, task6: 1 });
});

describe("cluster-scheduler", () => {
  test("three retries on other workers; dependents of a failed task count as failed; all others complete", async () => {
    const outcome = runScenario(await bundled("cluster-scheduler"));
    expect(outcome.byId(outcome.status)).toEqual({
      ingest: COMPLETED,
      index: COMPLETED,
      train: COMPLETED,
      flaky: COMPLETED,
      check: COMPLETED,
      broken: FAILED,
      publish: FAILED,
      notify: FAILED,
      backup: COMPLETED,
    });
    expect(outcome.byId(outcome.attempts)).toMatchObject({ flaky: 3, broken: 4, publish: 0, notify: 0, train: 1 });
  });

  test("each attempt of a task is on another worker than the one before", async () => {
    const outcome = runScenario(await bundled("cluster-scheduler"));
    const positions = new Map(Object.entries(outcome.byId(Array.from(outcome.status.keys()))));
    for (const id of ["flaky", "broken"]) {
      const workers = outcome.history.filter(({ task }) => task === positions.get(id)).map(({ worker }) => worker);
      expect(workers.length).toBeGreaterThan(2);
      for (let attempt = 1; attempt < workers.length; attempt++) expect(workers[attempt]).not.toBe(workers[attempt - 1]);
    }
  });

  test("the worker with more free resources is preferred", async () => {
    const outcome = runScenario(await bundled("cluster-scheduler"));
    const { names } = outcome.world.workers;
    const first = outcome.history.slice(0, 4).map(({ task, worker }) => `${nameAt(outcome.world.tasks.names, task)} ${names[worker]}`);
    // 2 of 8 cores leave more than 2 of 4; then 1 of 4 more than 3 of 8; 4 of 8 more than 3 of 4; 3 of 4 are as much as 6 of 8.
    expect(first).toEqual(["ingest large", "flaky medium", "broken large", "backup medium"]);
  });
});

describe("resource-manager", () => {
  test("the higher number goes first, without stopping what runs", async () => {
    const outcome = runScenario(await bundled("resource-manager"));
    expect(new Set(outcome.status)).toEqual(new Set([COMPLETED]));
    expect(outcome.byId(outcome.started)).toEqual({ service: 0, "batch-1": 0, urgent: 20, report: 30, "batch-2": 30, "batch-3": 40 });
  });
});

test("resource-manager: the status of every task can be asked at any time", async () => {
  const simulation = new Simulation(await bundled("resource-manager"));
  const statuses = () => TASKS.map((id) => `${id} ${simulation.status(id).status}`);
  const TASKS = ["service", "batch-1", "urgent", "report", "batch-2", "batch-3"];
  simulation.runUntil("15s");
  expect(statuses()).toEqual(["service running", "batch-1 running", "urgent ready", "report blocked", "batch-2 ready", "batch-3 ready"]);
  simulation.runUntil("30s");
  expect(statuses()).toEqual([
    "service completed",
    "batch-1 completed",
    "urgent completed",
    "report running",
    "batch-2 running",
    "batch-3 ready",
  ]);
  simulation.run();
  expect(statuses()).toEqual(TASKS.map((id) => `${id} completed`));
});

describe("diamond", () => {
  test("B fails after two retries: attempts A 1, B 3, C 1, D 0, E 1", async () => {
    const outcome = runScenario(await bundled("diamond"));
    expect(outcome.byId(outcome.attempts)).toEqual({ A: 1, B: 3, C: 1, D: 0, E: 1 });
    expect(outcome.byId(outcome.status)).toEqual({ A: COMPLETED, B: FAILED, C: COMPLETED, D: SKIPPED, E: COMPLETED });
  });
});

describe("full-cluster", () => {
  test.each(["first-fit", "fcfs", "priority", "sjf", "ljf:placement=worst-fit", "critical-path", "random"])(
    "under %s: the limit ends stuck twice, its dependent is skipped, all others complete",
    async (policy) => {
      const outcome = runScenario(await bundled("full-cluster"), policy);
      expect(outcome.byId(outcome.status)).toEqual({
        extract: COMPLETED,
        archive: COMPLETED,
        restore: COMPLETED,
        stuck: FAILED,
        "after-stuck": SKIPPED,
        transform: COMPLETED,
        simulate: COMPLETED,
        load: COMPLETED,
      });
      expect(outcome.byId(outcome.attempts)).toMatchObject({ stuck: 2, "after-stuck": 0, extract: 1 });
    },
  );

  test("two tasks of 600 GiB do not share a disk of 1 TiB", async () => {
    const outcome = runScenario(await bundled("full-cluster"));
    const worker = outcome.byId(outcome.worker);
    expect(worker.archive).not.toBe(worker.restore);
  });
});
