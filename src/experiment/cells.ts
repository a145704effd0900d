// Cells of an experiment as data that threads exchange, and what runs them: worlds are drawn once and shared by all policies.
import { LowerBound } from "../metrics/lower-bound.ts";
import type { RunSummary } from "../metrics/run-summary.ts";
import { MakespanError } from "../model/errors.ts";
import type { Scenario, Seeds } from "../model/scenario.ts";
import type { PolicySpec } from "../model/settings.ts";
import type { TraceColumns } from "../model/trace.ts";
import type { World } from "../model/world.ts";
import { POLICIES } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { drawWorld } from "../workload/draw-world.ts";
import { disturbancesOf, disturbed, lastEventOf } from "./disturbance.ts";
import { type RunLimits, runCell } from "./run-cell.ts";

/** What the cells of one experiment have in common; can be sent to a thread. */
export interface Batch {
  scenarios: readonly Scenario[];
  /** With the directory that a policy's path starts from; undefined: the working directory. */
  policies: readonly { spec: PolicySpec; directory: string | undefined }[];
  limits: RunLimits;
}

export interface Cell {
  /** Results are ordered by it. */
  index: number;
  /** Positions in the batch. */
  scenario: number;
  policy: number;
  /** What the `seed` column says; empty where nothing is drawn. */
  seed: string;
  seeds: Seeds;
  /** Cells with the same key meet the same world. */
  world: string;
}

/** Why a cell has no result. */
export interface CellFailure {
  message: string;
  exitCode: number;
}

export interface CellResult {
  index: number;
  summary?: RunSummary;
  /** A line for each expectation that failed. */
  failed: string[];
  failure?: CellFailure;
  /** The trace, if it was asked for: six numbers an entry. */
  entries?: Float64Array;
  /** What it gave when it was repeated with the same instance of the policy, if that was asked for: the first that differs, or the last. */
  again?: CellResult;
}

export interface CellDetail {
  storeTrace?: boolean;
  /** Repeats it with this instance of the policy: what a run leaves in it then shows. */
  repeats?: boolean;
}

/** Runs cells one at a time; keeps the worlds it is given or has drawn until told to forget them. */
export class CellRunner {
  readonly #batch: Batch;
  readonly #worlds = new Map<string, { world: World; bound: LowerBound }>();

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  /** The world of a cell, drawn now if it is not here yet; undefined where it cannot be drawn, which running the cell will report. */
  draw(cell: Cell): World | undefined {
    try {
      return this.#known(cell).world;
    } catch (error) {
      if (error instanceof MakespanError) return undefined;
      throw error;
    }
  }

  adopt(key: string, world: World): void {
    this.#worlds.set(key, { world, bound: new LowerBound(world) });
  }

  forget(key: string): void {
    this.#worlds.delete(key);
  }

  /** The result under the policy that the cell names, or why there is none. Errors that are nobody's but ours are thrown. */
  run(cell: Cell, policy: PolicyDefinition, { storeTrace = false, repeats = false }: CellDetail = {}): CellResult {
    const result = this.#run(cell, policy, this.#batch.limits, storeTrace);
    return repeats ? { ...result, again: this.#repeat(cell, policy, result, storeTrace) } : result;
  }

  /** Repeats a run, disturbed in between, until one differs. The policies that come with Makespan have no state: one will do. */
  #repeat(cell: Cell, policy: PolicyDefinition, first: CellResult, storeTrace: boolean): CellResult {
    const { limits } = this.#batch;
    const whole = first.summary?.events ?? 0;
    let again = first;
    for (const disturbances of POLICIES.includes(policy) ? [[]] : disturbancesOf(whole)) {
      for (const disturbance of disturbances) {
        const maxEvents = Math.min(lastEventOf(disturbance, whole), limits.maxEvents ?? whole);
        this.#disturb(cell, disturbed(policy, disturbance), { ...limits, maxEvents });
      }
      again = this.#run(cell, policy, limits, storeTrace);
      if (outcomeText(again) !== outcomeText(first)) break;
    }
    return again;
  }

  #disturb(cell: Cell, policy: PolicyDefinition, limits: RunLimits): void {
    try {
      this.#run(cell, policy, limits, false);
    } catch {
      // It was to break off.
    }
  }

  #run(cell: Cell, policy: PolicyDefinition, limits: RunLimits, storeTrace: boolean): CellResult {
    try {
      const { world, bound } = this.#known(cell);
      const { run, summary, failed } = runCell({
        scenario: this.#batch.scenarios[cell.scenario] as Scenario,
        world,
        bound,
        spec: (this.#batch.policies[cell.policy] as Batch["policies"][number]).spec,
        policy,
        seeds: cell.seeds,
        seed: cell.seed,
        limits,
        storeTrace,
      });
      return { index: cell.index, summary, failed, ...(run.trace && { entries: packed(run.trace.entries) }) };
    } catch (error) {
      return failedResult(cell, error);
    }
  }

  #known(cell: Cell): { world: World; bound: LowerBound } {
    let known = this.#worlds.get(cell.world);
    if (known === undefined) {
      const world = drawWorld(this.#batch.scenarios[cell.scenario] as Scenario, cell.seeds);
      known = { world, bound: new LowerBound(world) };
      this.#worlds.set(cell.world, known);
    }
    return known;
  }
}

/** All that a cell gave but its trace: two runs that agree in it are the same. */
export function outcomeText({ summary, failed, failure }: CellResult): string {
  return JSON.stringify([summary, failed, failure]);
}

/** The result of a cell that threw. Errors that are nobody's but ours are thrown on. */
export function failedResult({ index }: Cell, error: unknown): CellResult {
  if (!(error instanceof MakespanError)) throw error;
  return { index, failed: [], failure: { message: error.message, exitCode: error.exitCode } };
}

/** Numbers of an entry in a packed trace: time, kind, task, worker, attempt, reason. */
export const PACKED_WIDTH = 6;

function packed(entries: TraceColumns): Float64Array {
  const numbers = new Float64Array(entries.length * PACKED_WIDTH);
  let offset = 0;
  for (const { time, kind, task, worker, attempt, reason } of entries) {
    numbers.set([time, kind, task, worker, attempt, reason], offset);
    offset += PACKED_WIDTH;
  }
  return numbers;
}
