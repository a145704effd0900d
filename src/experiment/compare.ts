// Policies × seeds × scenarios: plans the cells, has them run, and ranks the policies.

import { resolvePolicy } from "../files/load-policy.ts";
import type { RunColumn, RunSummary } from "../metrics/run-summary.ts";
import { digestOfRuns } from "../model/digest.ts";
import { type Fault, InputError, refuse } from "../model/errors.ts";
import { type Scenario, type Seeds, strikesWorkers } from "../model/scenario.ts";
import { formatPolicySpec, isPolicyPath, type PolicySpec } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { drawWorld } from "../workload/draw-world.ts";
import type { Batch, CellResult } from "./cells.ts";
import { runCellsTwice } from "./determinism.ts";
import { type Candidate, defaultPolicies, inOrderOfWorlds, planScenario, type ScenarioPlan, seedsOf, worldKey } from "./plan.ts";
import { runCells } from "./pool.ts";
import { type OverallRow, type PolicyRuns, type Ranking, rank, rankColumn, rankOverall } from "./rank.ts";
import type { RunLimits } from "./run-cell.ts";

export interface CompareOptions {
  /** Names (with options), or definitions in memory, which keep the runs in this thread. Default: all that apply. */
  policies?: readonly (PolicySpec | PolicyDefinition)[] | undefined;
  /** Default: 1 to 10. */
  seeds?: readonly string[] | undefined;
  /** Roots whose seed does not vary. */
  fixedSeeds?: Partial<Seeds> | undefined;
  /** A column of runs.csv; default: the one that the runs call for, see `rank`. */
  rankBy?: string | undefined;
  /** Runs at a time; default: the available cores. The results do not depend on it. */
  jobs?: number | undefined;
  /** Per scenario, where the path of the policy that it names itself starts; default, as for `policies`: the working directory. */
  directories?: readonly string[] | undefined;
  limits?: RunLimits | undefined;
  /** Runs every cell again, repeatedly; a difference is a NonDeterminismError. */
  checkDeterminism?: boolean | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops the comparison; what is finished is kept and marked as partial. */
  signal?: AbortSignal | undefined;
}

/** A run that has no result. */
export interface FailedRun {
  scenario: string;
  policy: string;
  seed: string;
  message: string;
  exitCode: number;
}

export interface Comparison {
  /** One per scenario, in their order. */
  rankings: Ranking[];
  /** Over all scenarios; empty for a single one. */
  overall: OverallRow[];
  /** By scenario, policy and seed, in the order given. */
  runs: RunSummary[];
  /** Over the digests of all runs, in their order. */
  digest: string;
  /** Runs without a result: their policy broke the rules, or their world cannot be drawn. */
  failedRuns: FailedRun[];
  /** A line for each expectation that a run fails. */
  failedExpectations: string[];
  /** Policies that do not apply, with the reason. */
  leftOut: { scenario: string; policy: string; reason: string }[];
  /** A line for each policy that was named, though no task of a scenario has a field that it ranks by. */
  warnings: string[];
  /** It was stopped before all was run. */
  partial: boolean;
  /** 0, or the first of: 3 a policy broke the rules or idled, 5 a budget ran out, 2 bad input, 1 an expectation failed. */
  exitCode: number;
}

const DEFAULT_SEEDS = Array.from({ length: 10 }, (_, index) => String(index + 1));

/** Compares policies on scenarios. Rejects with InputError for policies, columns and scenarios that will not do. */
export function compare(scenarios: readonly Scenario[], options: CompareOptions = {}): Promise<Comparison> {
  const column = options.rankBy === undefined ? undefined : rankColumn(options.rankBy);
  return planned(scenarios, options).then(({ batch, definitions, plans, drawn }) => {
    const cells = inOrderOfWorlds(plans.flatMap(({ policies }) => policies.flatMap((policy) => policy.cells)));
    const total = cells.length * (options.checkDeterminism ? 2 : 1);
    const run = options.checkDeterminism ? runCellsTwice : runCells;
    return run(batch, definitions, cells, {
      jobs: options.jobs,
      inProcess: options.policies?.some(isDefinition) ?? false,
      drawn,
      signal: options.signal,
      onDone: (done) => options.onProgress?.(done, total),
    }).then(({ results }) => concluded(scenarios, plans, results, column));
  });
}

interface Planned {
  batch: Batch;
  definitions: PolicyDefinition[];
  plans: ScenarioPlan[];
  /** The worlds of the first seed, which the plan was made from. */
  drawn: Map<string, World>;
}

function planned(scenarios: readonly Scenario[], options: CompareOptions): Promise<Planned> {
  const wanted = scenarios.map((scenario, position) => wantedOn(scenario, options.directories?.[position], options.policies));
  const all = [...new Map(wanted.flat().map((policy) => [policy.key, policy])).values()];
  const batch: Batch = { scenarios, policies: all.map(({ spec, directory }) => ({ spec, directory })), limits: options.limits ?? {} };
  const resolved = all.map(({ spec, directory, definition }) =>
    definition === undefined ? resolvePolicy(spec, directory) : Promise.resolve(definition),
  );
  return Promise.all(resolved).then((definitions) => {
    const seeds = (options.seeds ?? DEFAULT_SEEDS).map((seed) => ({ seed, seeds: seedsOf(seed, options.fixedSeeds) }));
    const first = seeds[0] ?? refuse("a comparison needs at least one seed");
    const drawn = new Map<string, World>();
    let cells = 0;
    const faults: Fault[] = [];
    const plans = scenarios.flatMap((scenario, position) => {
      try {
        return [planOf(scenario, position)];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        faults.push(...error.faults);
        return [];
      }
    });
    if (faults.length > 0) throw new InputError(faults);
    return { batch, definitions, plans, drawn };

    function planOf(scenario: Scenario, position: number): ScenarioPlan {
      const world = drawWorld(scenario, first.seeds);
      drawn.set(worldKey(position, first.seeds, world.drawn), world);
      const keys = new Set(wanted[position]?.map(({ key }) => key));
      const candidates = all.flatMap(({ key, spec }, place): Candidate[] =>
        keys.has(key) ? [{ spec, definition: definitions[place] as PolicyDefinition, place, named: options.policies !== undefined }] : [],
      );
      const plan = planScenario({ scenario, position, world, seeds, firstIndex: cells }, candidates);
      cells += plan.policies.reduce((sum, policy) => sum + policy.cells.length, 0);
      return plan;
    }
  });
}

/** A policy to compare; equal keys are one. */
interface Wanted {
  key: string;
  spec: PolicySpec;
  /** Given where there is nothing to look up. */
  definition: PolicyDefinition | undefined;
  /** Where its path starts; undefined: the working directory. */
  directory: string | undefined;
}

function wantedOn(scenario: Scenario, directory: string | undefined, named: CompareOptions["policies"]): Wanted[] {
  return (named ?? defaultPolicies(scenario)).map((policy) => {
    const definition = isDefinition(policy) ? policy : undefined;
    const spec = isDefinition(policy) ? { name: policy.name, parameters: {} } : policy;
    const readsFile = isPolicyPath(spec.name) || spec.parameters["file"] !== undefined;
    const start = spec === scenario.scheduler.policy && readsFile ? directory : undefined;
    return { key: JSON.stringify([start, formatPolicySpec(spec)]), spec, definition, directory: start };
  });
}

function isDefinition(policy: PolicySpec | PolicyDefinition): policy is PolicyDefinition {
  return "create" in policy;
}

function concluded(
  scenarios: readonly Scenario[],
  plans: readonly ScenarioPlan[],
  results: ReadonlyMap<number, CellResult>,
  column: RunColumn | undefined,
): Comparison {
  const rankings: Ranking[] = [];
  const leftOut: Comparison["leftOut"] = [];
  const failedRuns: FailedRun[] = [];
  const all = plans.flatMap(({ policies }) => policies.flatMap(({ cells }) => cells.map(({ index }) => results.get(index))));
  const partial = all.includes(undefined);
  plans.forEach((plan, position) => {
    const { name, faults = [] } = scenarios[position] as Scenario;
    const anchored = faults.filter((fault) => strikesWorkers(fault) && "anchor" in fault.when).length;
    leftOut.push(...plan.leftOut.map((each) => ({ scenario: name, ...each })));
    rankings.push({
      ...rank(name, runsOf(plan, results, partial), column),
      stopped: stoppedOf(plan, results),
      ...(anchored > 0 && { anchoredFaults: anchored }),
    });
    for (const { policy, cells } of plan.policies) {
      for (const { index, seed } of cells) {
        const failure = results.get(index)?.failure;
        if (failure !== undefined) failedRuns.push({ scenario: name, policy, seed, ...failure });
      }
    }
  });
  const runs = all.flatMap((result) => result?.summary ?? []);
  const failedExpectations = all.flatMap((result) => result?.failed ?? []);
  const codes = new Set([
    ...failedRuns.map(({ exitCode }) => exitCode),
    ...runs.map(({ ending }) => ending.exitCode),
    failedExpectations.length > 0 ? 1 : 0,
  ]);
  const exitCode = [3, 5, 2, 1].find((code) => codes.has(code)) ?? 0;
  const overall = rankings.length > 1 ? rankOverall(rankings) : [];
  const digest = digestOfRuns(runs.map((run) => run.digest));
  const warnings = plans.flatMap((plan) => plan.warnings);
  return { rankings, overall, runs, digest, failedRuns, failedExpectations, leftOut, warnings, partial, exitCode };
}

/** How far a scenario's runs have come, where they were stopped before all were made. */
function stoppedOf({ policies }: ScenarioPlan, results: ReadonlyMap<number, CellResult>): Ranking["stopped"] {
  const cells = policies.flatMap((policy) => policy.cells);
  const made = cells.filter(({ index }) => results.has(index)).length;
  return made < cells.length ? { made, planned: cells.length } : undefined;
}

/** Each policy's runs; of a comparison that was stopped, those of the seeds that every policy got to. */
function runsOf({ policies }: ScenarioPlan, results: ReadonlyMap<number, CellResult>, partial: boolean): PolicyRuns[] {
  const seeds = Math.max(0, ...policies.map(({ cells }) => cells.length));
  const kept = Array.from({ length: seeds }, (_, seed) => seed).filter(
    (seed) => !partial || policies.every(({ deterministic, cells }) => results.has(cells[deterministic ? 0 : seed]?.index ?? -1)),
  );
  return policies.map(({ policy, deterministic, cells }) => {
    const own = deterministic ? cells.slice(0, 1) : kept.map((seed) => cells[seed]);
    return { policy, deterministic, runs: own.map((cell) => (cell === undefined ? undefined : results.get(cell.index)?.summary)) };
  });
}
