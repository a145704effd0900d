// Policies × seeds on one scenario or several, ranked: what `makespan compare` shows, for users of the library.
import { type Comparison, compare as compareCells } from "../experiment/compare.ts";
import { normaliseSeed } from "../engine/random.ts";
import type { Ranking } from "../experiment/rank.ts";
import { RUN_COLUMNS } from "../metrics/run-summary.ts";
import type { Scenario } from "../model/scenario.ts";
import { withoutEmptyPlaces } from "../report/empty-column.ts";
import { POLICY_COLUMNS } from "../report/policy-columns.ts";
import { rowJson } from "../report/report-column.ts";
import { directoryOf, type PolicyChoice, requireScenario, specOrDefinition } from "./load.ts";
import { requireKnown, requireOptions } from "./options.ts";
import { together } from "../model/together.ts";
import type { RunFields } from "./result.ts";
import type { TimeInput } from "./seconds.ts";
import { parseSeeds, type SeedInput, type SeedOptions } from "./seeds.ts";
import { limitsOf } from "./simulate.ts";

export interface CompareOptions {
  /** Default: every registered policy that applies, and the scenario's own. Definitions in memory keep the runs in this thread. */
  policies?: readonly PolicyChoice[] | undefined;
  /** As `--seeds` takes them, `"1..30"` or `"3,5"`, or a list; a number is that one seed. Default: 1 to 10. */
  seeds?: SeedInput | readonly SeedInput[] | undefined;
  /** Roots whose seed does not vary. */
  fixedSeeds?: SeedOptions["seeds"];
  /** A column of runs.csv (`"mean_wait_s"`; the unit may be left out); default: the one that the runs call for. */
  rankBy?: string | undefined;
  /** Runs at a time; default: the available cores. The results do not depend on it. */
  jobs?: number | undefined;
  /** Budget of events of each run. */
  maxEvents?: number | undefined;
  /** Budget of virtual time of each run, seconds or text with a unit. */
  maxTime?: TimeInput | undefined;
  /** Runs everything again, repeatedly; rejects with a NonDeterminismError where two runs differ. */
  checkDeterminism?: boolean | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Stops it; what is finished is kept, and marked as partial. */
  signal?: AbortSignal | undefined;
}

const OPTIONS: readonly (keyof CompareOptions)[] = [
  ...(["policies", "seeds", "fixedSeeds", "rankBy", "jobs", "maxEvents", "maxTime", "checkDeterminism", "onProgress", "signal"] as const),
];

/** The fields of policies.csv. Times (`_s`) in seconds; null where a value does not exist. */
export interface PolicyFields {
  scenario: string;
  policy: string;
  /** 1 where nothing is drawn: the run stands for every seed. */
  runs: number;
  makespan_mean_s: number | null;
  /** Half-width of the 95 % Student interval. */
  makespan_ci95_s: number | null;
  makespan_min_s: number | null;
  makespan_max_s: number | null;
  mean_wait_mean_s: number | null;
  mean_wait_ci95_s: number | null;
  bounded_slowdown_mean: number | null;
  bounded_slowdown_ci95: number | null;
  /** Null where runs are missing, or the ranked column is empty for all policies. */
  rank: number | null;
  wins: number | null;
  /** Geometric mean of the ranked column ÷ the best policy's, and its Holm-adjusted 95 % interval. */
  vs_best_ratio: number | null;
  vs_best_low: number | null;
  vs_best_high: number | null;
  /** Null where no worker has a price. */
  cost_mean: number | null;
  cost_ci95: number | null;
}

export interface PolicyRanking {
  scenario: string;
  /** The column of runs.csv. */
  rankedBy: string;
  /** Why that one, where it is not the usual one and was not asked for; else empty. */
  reason: string;
  /** Policies completed different tasks, so that completed weight ranks first. */
  completedSetsDiffer: boolean;
  /** Best first. */
  policies: PolicyFields[];
  /** Policies than which none is both sooner and cheaper, on the means of makespan and cost, soonest first; where workers have a price. */
  makespanCostFront?: string[];
}

export interface ComparisonResult extends Omit<Comparison, "rankings" | "runs"> {
  /** One per scenario, in their order. */
  rankings: PolicyRanking[];
  /** By scenario, policy and seed, in the order given. */
  runs: RunFields[];
}

/**
 * Compares policies on a scenario or several, over the same seeds. Rejects with an InputError for scenarios, policies, seeds and
 * columns that will not do; runs that break off are in `failedRuns`.
 */
export function compare(scenarios: Scenario | readonly Scenario[], options: CompareOptions = {}): Promise<ComparisonResult> {
  return Promise.resolve(options).then((given) => {
    requireOptions("compare", given, "policies");
    const all = Array.isArray(scenarios) ? (scenarios as readonly Scenario[]) : [scenarios as Scenario];
    for (const scenario of all) requireScenario(scenario);
    const { policies, seeds, fixedSeeds = {}, maxEvents, maxTime, ...rest } = given;
    const [, specs, listed, fixed, limits] = together(
      () => requireKnown("compare", given, OPTIONS),
      () => policies?.map(specOrDefinition),
      () => (seeds === undefined ? undefined : parseSeeds(seeds, "compare: seeds")),
      () => Object.entries(fixedSeeds).flatMap(([root, seed]) => (seed === undefined ? [] : [[root, normaliseSeed(seed)]])),
      () => limitsOf({ maxEvents, maxTime }),
    );
    return compareCells(all, {
      ...rest,
      policies: specs,
      seeds: listed,
      fixedSeeds: Object.fromEntries(fixed),
      directories: all.map((scenario) => directoryOf(scenario) ?? "."),
      limits,
    }).then(resultOf);
  });
}

function resultOf({ rankings, runs, ...rest }: Comparison): ComparisonResult {
  return {
    ...rest,
    rankings: rankings.map(withoutEmptyPlaces).map(rankingOf),
    runs: runs.map((run) => rowJson(RUN_COLUMNS, run) as object as RunFields),
  };
}

function rankingOf({ scenario, column, reason, setsDiffer, rows, front }: Ranking): PolicyRanking {
  const policies = rows.map((row) => rowJson(POLICY_COLUMNS, row) as object as PolicyFields);
  return {
    scenario,
    rankedBy: column.name,
    reason,
    completedSetsDiffer: setsDiffer,
    policies,
    ...(front && { makespanCostFront: front.map(({ policy }) => policy) }),
  };
}
