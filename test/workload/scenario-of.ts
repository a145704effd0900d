// Scenarios in a few lines, their worlds and what stands in them, for tests of drawing.
import { at, nameAt } from "../../src/model/columns.ts";
import { InputError } from "../../src/model/errors.ts";
import type { GenerateSpec, Scenario, Seeds, TaskSource, TaskSpec, WorkerSpec } from "../../src/model/scenario.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import type { World } from "../../src/model/world.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";

export const DIMENSIONS = ["cpu", "memory", "disk", "slots"];

/** A task of 10 s on one core unless said otherwise. */
export function taskSpec(id: string, fields: Partial<TaskSpec> = {}): TaskSpec {
  return {
    id,
    duration: 10e6,
    release: 0,
    request: [1000, 0, 0, 1],
    dependencies: [],
    priority: 0,
    weight: 1,
    retries: 0,
    failsAfter: 1,
    requires: {},
    ...fields,
  };
}

/** A worker of four cores and unlimited rest unless said otherwise. */
export function workerSpec(id: string, fields: Partial<WorkerSpec> = {}): WorkerSpec {
  return { id, capacity: [4000, Infinity, Infinity, Infinity], speed: 1000, labels: {}, ...fields };
}

export function tasksOf(...tasks: TaskSpec[]): TaskSource {
  return { kind: "tasks", tasks };
}

/** A generated workload; the template is a task's without what a template lacks. */
export function generated(kind: string, options: GenerateSpec["options"], template: Partial<TaskSpec> = {}, seed?: string): TaskSource {
  const { id: _id, dependencies: _dependencies, position: _position, ...fields } = taskSpec("template", template);
  return { kind: "generate", generate: { kind, options, template: fields, ...(seed !== undefined && { seed }) } };
}

export function scenarioOf(
  sources: TaskSource[],
  workers: WorkerSpec[] = [workerSpec("w")],
  scheduler: Partial<SchedulerSettings> = {},
): Scenario {
  return {
    version: 1,
    name: "test",
    dimensions: DIMENSIONS,
    workers,
    scheduler: { ...DEFAULT_SETTINGS, ...scheduler },
    sources,
    expect: [],
    measure: { from: 0, to: 1 },
  };
}

/** One seed for all roots. */
export function seedsOf(seed: string): Seeds {
  return { workload: seed, faults: seed, policy: seed };
}

export function draw(sources: TaskSource[], workers?: WorkerSpec[], scheduler?: Partial<SchedulerSettings>, seeds = seedsOf("1")): World {
  return drawWorld(scenarioOf(sources, workers, scheduler), seeds);
}

/** The messages with which drawing refuses a scenario. */
export function refusals(sources: TaskSource[], workers?: WorkerSpec[], scheduler?: Partial<SchedulerSettings>): string[] {
  try {
    draw(sources, workers, scheduler);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map((fault) => fault.message);
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Every column of every task by its id, with what its indices stand for. */
export function byId({ tasks, eligibilitySets }: World): Map<string, Record<string, unknown>> {
  const rows = new Map<string, Record<string, unknown>>();
  const table = (index: number, tables: Float64Array[]) => (index < 0 ? undefined : Array.from(tables[index] as Float64Array));
  for (let task = 0; task < tasks.count; task++) {
    const { offsets, targets } = tasks.dependencies;
    rows.set(nameAt(tasks.names, task), {
      release: at(tasks.release, task),
      work: at(tasks.work, task),
      times: table(at(tasks.timeTable, task), tasks.timeTables),
      estimate: at(tasks.estimate, task),
      estimates: table(at(tasks.estimateTable, task), tasks.estimateTables),
      request: tasks.request.map((column) => at(column, task)),
      due: at(tasks.due, task),
      timeout: at(tasks.timeout, task),
      failures: at(tasks.failures, task),
      eligible: Array.from(eligibilitySets[at(tasks.eligibility, task)] as Uint8Array),
      dependencies: Array.from(targets.subarray(offsets[task], offsets[task + 1]), (target) => nameAt(tasks.names, target)),
    });
  }
  return rows;
}
