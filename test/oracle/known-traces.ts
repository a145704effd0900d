// Small traces that hold, by the naive simulator: what the oracle's tests break.
import { withRange } from "../../src/model/capacity-effects.ts";
import type { Scenario, TaskSpec, WorkerSpec } from "../../src/model/scenario.ts";
import { STANDARD_DIMENSIONS } from "../../src/model/resources.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import { type Ending, type Trace, TraceColumns, type TraceEntry } from "../../src/model/trace.ts";
import type { Action, FaultTrack, Killer } from "../../src/model/world.ts";
import { policyNamed } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { promisesOf } from "../../src/scheduler/policy-promises.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { type NaiveOptions, simulateNaively } from "../naive-simulator.ts";

export const SEEDS = { workload: "1", faults: "1", policy: "1" };

/** A worker; cpu in thousandths. */
export function worker(id: string, cpu: number, more: { speed?: number; zone?: string; memory?: number } = {}): WorkerSpec {
  const { speed = 1000, zone, memory = Number.POSITIVE_INFINITY } = more;
  return {
    id,
    capacity: [cpu, memory, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    speed,
    labels: zone === undefined ? {} : { zone },
  };
}

/** A task of so many µs on one core. */
export function task(id: string, duration: number, more: Partial<TaskSpec> = {}): TaskSpec {
  return {
    id,
    duration,
    release: 0,
    request: [1000, 0, 0, 1],
    dependencies: [],
    priority: 0,
    weight: 1,
    retries: 0,
    failsAfter: 1,
    requires: {},
    ...more,
  };
}

export interface Known {
  workers: WorkerSpec[];
  tasks: TaskSpec[];
  /** Name of a registered policy. */
  policy: string;
  settings?: Partial<SchedulerSettings>;
  cancels?: NaiveOptions["cancels"];
  actions?: readonly Action[];
  /** By schedule: drawn ones would have no end. */
  faults?: readonly FaultTrack[];
  killers?: readonly Killer[];
}

/** The trace of a complete run. */
export function traceOf({ workers, tasks, policy: name, settings: given = {}, cancels = [], actions, faults, killers }: Known): Trace {
  const policy = policyNamed(name) as PolicyDefinition;
  const settings: SchedulerSettings = { ...DEFAULT_SETTINGS, policy: { name, parameters: {} }, ...given };
  const scenario: Scenario = {
    version: 1,
    name: "known",
    dimensions: [...STANDARD_DIMENSIONS],
    workers,
    scheduler: settings,
    sources: [{ kind: "tasks", tasks }],
    expect: [],
    measure: { from: 0, to: 1 },
  };
  const drawn = drawWorld(scenario, SEEDS);
  const plan = (faults ?? killers) && { seed: "1", tracks: faults ?? [], ...(killers && { killers }) };
  const world = { ...drawn, workers: withRange(drawn.workers, faults ?? []), ...(actions && { actions }), ...(plan && { faults: plan }) };
  const entries = simulateNaively({ world, settings, policy, seeds: SEEDS, cancels });
  return withEntries(
    { world, settings, promises: promisesOf(policy, settings), entries: new TraceColumns(), ending: complete(0) },
    entries,
  );
}

/** The same run with other entries. */
export function withEntries(trace: Trace, entries: readonly TraceEntry[]): Trace {
  return {
    ...trace,
    entries: TraceColumns.from(entries),
    ending: { ...trace.ending, time: Math.max(0, ...entries.map((entry) => entry.time)) },
  };
}

export function complete(time: number): Ending {
  return { kind: "complete", message: "", exitCode: 0, time };
}
