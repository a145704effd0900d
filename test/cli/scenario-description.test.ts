// What `makespan validate` says of tasks that are more than their requests and times.
import { expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { defineScenario, type ScenarioInput } from "../../src/index.ts";

/** What is said of tasks, line by line. */
function told(input: Partial<ScenarioInput>): string[] {
  const scenario = defineScenario({ name: "told", cluster: { workers: [{ id: "w", cpu: 8, memory: "8GiB" }] }, ...input });
  const lines = describeScenario(scenario, (_, text) => text).split("\n");
  const first = lines.findIndex((line) => line.startsWith("  tasks"));
  const next = lines.findIndex((line, i) => i > first && !line.startsWith("   "));
  return lines.slice(first, next).map((line) => line.slice(13));
}

test("nothing, where they are not", () => {
  expect(told({ tasks: [{ id: "a", duration: 1 }] })).toEqual(["1 task"]);
});

test("which are elastic, and in what", () => {
  const cpu = { min: 1, max: 4 };
  const memory = { min: "1GiB", max: "4GiB" };
  const speedup = { memory: "linear" } as const;
  expect(told({ tasks: [{ id: "a", duration: 1, cpu }] })).toEqual(["1 task", "1 task is elastic: cpu"]);
  const tasks: ScenarioInput["tasks"] = [
    { id: "a", duration: 1, cpu },
    { id: "b", duration: 1, cpu, memory, speedup },
    { id: "c", duration: 1 },
    { id: "d", duration: 1, cpu: { min: 4, max: 4 } },
  ];
  expect(told({ tasks })).toEqual(["4 tasks", "2 tasks are elastic: cpu, memory of 1"]);
});

test("which ask for more or less as they run, and of what", () => {
  const tasks: ScenarioInput["tasks"] = [
    { id: "a", duration: 1, memory: "1GiB", asks: [{ after: 0.5, memory: "2GiB" }] },
    {
      id: "b",
      duration: 1,
      asks: [
        { after: 0.2, cpu: 2 },
        { after: 0.5, memory: "2GiB" },
      ],
    },
    { id: "c", duration: 1, claim: { cpu: 2 } },
  ];
  expect(told({ tasks })).toEqual(["3 tasks", "2 tasks ask for more or less as they run: memory, cpu of 1"]);
});

test("which save their work, where they begin, and which may straggle", () => {
  const tasks: ScenarioInput["tasks"] = [
    { id: "a", duration: 1, checkpoint: { storage: "local", every: "1s" }, environment: { kind: "process", start: "1s" } },
    { id: "b", duration: 1, environment: "none" },
    { id: "c", duration: 1, straggle: "none", environment: { kind: "process", start: "2s" } },
    { id: "d", duration: 1, checkpoint: "none", straggle: { p: 0, factor: 8 } },
  ];
  const environment = { kind: "container", image: "i", size: "1GB", pull: "3s", start: "1s" } as const;
  expect(told({ tasks, checkpoint: { storage: "shared", every: "1s" }, environment, straggle: { p: 0.1, factor: 8 } })).toEqual([
    "4 tasks",
    "3 tasks save their work: local storage of 1, shared storage of 2",
    "3 tasks begin in environments: process of 2, container of 1",
    "2 tasks may straggle: 8 × slower",
  ]);
});

test("whom faults strike", () => {
  const scenario = defineScenario({
    cluster: { workers: [{ id: "w" }] },
    tasks: [{ id: "a", duration: 1 }],
    scheduler: { replicas: 3 },
    clients: { count: 1 },
    faults: [
      { kind: "pause", replica: "leader", at: 1, for: 1 },
      { kind: "crash", worker: "w", mtbf: 100, mttr: 1 },
      { kind: "crash", replica: "r-1", at: 5, for: 1 },
      { kind: "partition", clients: true, at: 1, for: 1 },
    ],
  });
  const text = describeScenario(scenario, (_, text) => text);
  expect(text).toMatch(/faults +1 fault of workers, 1 by chance; 2 faults of replicas; 1 fault of clients\n/);
});
