// Small worlds in a few lines, and what a policy makes of them: what tests of policies are written with.

import { nameAt } from "../src/model/columns.ts";
import { refuse } from "../src/model/errors.ts";
import { STANDARD_DIMENSIONS } from "../src/model/resources.ts";
import type { Scenario, Seeds, WorkerSpec } from "../src/model/scenario.ts";
import { DEFAULT_SETTINGS, type PolicySpec, parsePolicySpec, type SchedulerSettings } from "../src/model/settings.ts";
import { EntryKind, type Reason, type TraceSink } from "../src/model/trace.ts";
import { SECOND } from "../src/model/units.ts";
import type { WorkerTable, World } from "../src/model/world.ts";
import { policyOfSpec } from "../src/policies/index.ts";
import { simulate } from "../src/simulation.ts";
import { drawWorld } from "../src/workload/draw-world.ts";
import type { Imported } from "../src/workload/importers/importer.ts";
import { TaskTableBuilder } from "../src/workload/task-table-builder.ts";

/** A task in seconds, cores, bytes and units; an estimate not given is exact. */
export interface TaskSketch {
  /** T1, T2, … by position where not given. */
  id?: string;
  duration: number;
  release?: number;
  estimate?: number;
  due?: number;
  timeout?: number;
  cpu?: number;
  memory?: number;
  disk?: number;
  /** Units of named resources, by name. */
  resources?: Record<string, number>;
  /** Ids of the tasks that must complete first. */
  after?: readonly string[];
  priority?: number;
  weight?: number;
  retries?: number;
  /** How many executions fail. */
  failures?: number;
}

/** A worker of one core and one slot unless said otherwise; memory and disk are unlimited. */
export interface WorkerSketch {
  cpu?: number;
  memory?: number;
  slots?: number;
  speed?: number;
  resources?: Record<string, number>;
}

/** That many workers alike: w1, w2, … */
export function workers(count: number, sketch: WorkerSketch = {}): WorkerSketch[] {
  return Array.from({ length: count }, () => sketch);
}

/** A world of tasks and workers; nothing in it is drawn. */
export function worldOf(tasks: readonly TaskSketch[], cluster: readonly WorkerSketch[]): World {
  const named = [...new Set(cluster.flatMap((worker) => Object.keys(worker.resources ?? {})))];
  const ids = tasks.map((task, index) => task.id ?? `T${index + 1}`);
  const positions = new Map(ids.map((id, position) => [id, position]));
  const builder = new TaskTableBuilder(STANDARD_DIMENSIONS.length + named.length);
  const times = (value: number | undefined) => (value === undefined ? undefined : Math.round(value * SECOND));
  for (const [index, task] of tasks.entries()) {
    const units = named.map((name) => (task.resources?.[name] ?? 0) * 1000);
    builder.add({
      id: ids[index],
      work: times(task.duration) as number,
      release: times(task.release) ?? 0,
      estimate: times(task.estimate ?? task.duration),
      due: times(task.due),
      timeout: times(task.timeout),
      request: [(task.cpu ?? 1) * 1000, task.memory ?? 0, task.disk ?? 0, 1, ...units],
      dependencies: task.after?.map((id) => positions.get(id) ?? refuse(`no task ${id}`)),
      priority: task.priority,
      weight: task.weight,
      retries: task.retries,
      failures: task.failures,
    });
  }
  return {
    name: "sketch",
    dimensions: [...STANDARD_DIMENSIONS, ...named],
    tasks: builder.finish(),
    workers: workerTable(cluster, named),
    eligibilitySets: [new Uint8Array(cluster.length).fill(1)],
    drawn: { workload: false, faults: false },
  };
}

function workerTable(cluster: readonly WorkerSketch[], named: readonly string[]): WorkerTable {
  const column = (value: (worker: WorkerSketch) => number) => Float64Array.from(cluster, value);
  return {
    count: cluster.length,
    names: cluster.map((_, index) => `w${index + 1}`),
    capacity: [
      column((worker) => (worker.cpu ?? 1) * 1000),
      column((worker) => worker.memory ?? Number.POSITIVE_INFINITY),
      column(() => Number.POSITIVE_INFINITY),
      column((worker) => worker.slots ?? Number.POSITIVE_INFINITY),
      ...named.map((name) => column((worker) => (worker.resources?.[name] ?? 0) * 1000)),
    ],
    speed: column((worker) => (worker.speed ?? 1) * 1000),
    labels: cluster.map(() => ({})),
  };
}

/** The world of an imported log or workflow, on its own workers unless others are given. */
export function worldOfImport({ name, dimensions, table, workers: own = [] }: Imported, workers: WorkerSpec[] = own): World {
  const scenario: Scenario = {
    version: 1,
    name,
    dimensions,
    workers,
    scheduler: DEFAULT_SETTINGS,
    sources: [{ kind: "table", table, notes: [] }],
    expect: [],
    measure: { from: 0, to: 1 },
  };
  return drawWorld(scenario, { workload: "1", faults: "1", policy: "1" });
}

/** What became of each task, by position; times in seconds. Folded from the trace as it is made, so that a million tasks fit. */
export class Outcome implements TraceSink {
  readonly started: Float64Array; // first start
  readonly ended: Float64Array; // end of the last attempt
  readonly attempts: Int32Array;
  /** Worker of the last attempt. */
  readonly worker: Int32Array;
  readonly status: string[];
  /** The first ten thousand attempts, in order of their start. */
  readonly history: { task: number; worker: number; attempt: number }[] = [];
  /** Seconds from the earliest release to the end of the last attempt. */
  makespan = 0;
  digest = "";
  ending = "";
  #origin = Number.POSITIVE_INFINITY;
  readonly #release: Float64Array;

  constructor(readonly world: World) {
    const { count, release } = world.tasks;
    this.started = new Float64Array(count).fill(Number.NaN);
    this.ended = new Float64Array(count).fill(Number.NaN);
    this.attempts = new Int32Array(count);
    this.worker = new Int32Array(count).fill(-1);
    this.status = new Array<string>(count).fill("unfinished");
    this.#release = Float64Array.from({ length: count }, (_, task) => (release.data[task & release.mask] as number) / SECOND);
  }

  entry(time: number, kind: EntryKind, task: number, worker: number, attempt: number, _reason: Reason): void {
    const seconds = time / SECOND;
    if (kind === EntryKind.submitted) this.#origin = Math.min(this.#origin, seconds);
    else if (kind === EntryKind.started) {
      if (attempt === 1) this.started[task] = seconds;
      this.attempts[task] = attempt;
      this.worker[task] = worker;
      if (this.history.length < 10_000) this.history.push({ task, worker, attempt });
    } else if (kind === EntryKind.finished || kind === EntryKind.failed) {
      this.ended[task] = seconds;
      this.makespan = (time - this.#origin * SECOND) / SECOND;
      if (kind === EntryKind.finished) this.status[task] = "completed";
    } else if (kind === EntryKind.abandoned) this.status[task] = "failed";
    else if (kind === EntryKind.skipped) this.status[task] = "skipped";
    else if (kind === EntryKind.cancelled) this.status[task] = "cancelled";
  }

  /** First start − release of each task: the waiting time where nothing depends on anything. */
  get waits(): Float64Array {
    return this.started.map((start, task) => start - (this.#release[task] as number));
  }

  /** Completion − release of each task. */
  get flows(): Float64Array {
    return this.ended.map((end, task) => end - (this.#release[task] as number));
  }

  /** A field of every task by its id. */
  byId<Value>(field: ArrayLike<Value>): Record<string, Value> {
    return Object.fromEntries(Array.from(field, (value, task) => [nameAt(this.world.tasks.names, task), value]));
  }

  /** Tasks in order of their first start. */
  get order(): number[] {
    return [...this.started.keys()].sort((a, b) => (this.started[a] as number) - (this.started[b] as number) || a - b);
  }
}

/** One run of a policy (as text, or with parameters) on a world. */
export function runWorld(
  world: World,
  policy: string | PolicySpec = "fcfs",
  settings: Partial<SchedulerSettings> = {},
  seed = "1",
): Outcome {
  const spec = typeof policy === "string" ? parsePolicySpec(policy) : policy;
  const definition = policyOfSpec(spec) ?? refuse(`no policy ${spec.name}`);
  const seeds: Seeds = { workload: seed, faults: seed, policy: seed };
  const outcome = new Outcome(world);
  const run = simulate({
    world,
    settings: { ...DEFAULT_SETTINGS, ...settings, policy: spec },
    policy: definition,
    seeds,
    sinks: [outcome],
  });
  outcome.digest = run.digest;
  outcome.ending = run.ending.kind;
  return outcome;
}

/** One run of a scenario, under its own policy or another. */
export function runScenario(
  scenario: Scenario,
  policy: string | PolicySpec = scenario.scheduler.policy,
  seed = scenario.seed ?? "1",
): Outcome {
  const world = drawWorld(scenario, { workload: seed, faults: seed, policy: seed });
  return runWorld(world, policy, scenario.scheduler, seed);
}

/** The policy that replays tasks in that order of ids. */
export function inOrder(order: readonly string[]): PolicySpec {
  return { name: "fixed-order", parameters: { order } };
}

/** Tasks by (start, end, position): the order in which a published schedule is replayed. */
export function replayOrder(starts: ArrayLike<number>, durations: ArrayLike<number>): number[] {
  const end = (task: number) => (starts[task] as number) + (durations[task] as number);
  return Array.from({ length: starts.length }, (_, task) => task).sort(
    (a, b) => (starts[a] as number) - (starts[b] as number) || end(a) - end(b) || a - b,
  );
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] as number;
  return sum / values.length;
}
