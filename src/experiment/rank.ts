// Which policy is best on a scenario, and which cannot be told apart from it: runs paired by seed.

import type { Bottleneck } from "../metrics/lower-bound.ts";
import { RUN_COLUMNS, type RunColumn, type RunSummary, runColumn } from "../metrics/run-summary.ts";
import { refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { geometricMean, holmIntervals, mean, type PairedRatio, type Pairs } from "./statistics.ts";

/** The runs of one policy on one scenario. */
export interface PolicyRuns {
  policy: string;
  /** One run stands for every seed, since nothing is drawn. */
  deterministic: boolean;
  /** By index of the seed, or the one run; undefined where it failed or has not been made. */
  runs: readonly (RunSummary | undefined)[];
}

/** A policy on a scenario. Times in µs. */
export interface PolicyRow {
  scenario: string;
  policy: string;
  runs: number;
  deterministic: boolean;
  makespan: Spread;
  meanWait: Spread;
  boundedSlowdown: Spread;
  /** The column that was ranked by, in its own unit (µs for times). */
  ranked: Spread;
  /** Means over the runs. */
  gap: number | undefined;
  p95Wait: number | undefined;
  cpuUtilization: number | undefined;
  completed: number | undefined;
  failed: number | undefined;
  skipped: number | undefined;
  unfinished: number | undefined;
  completedWeight: number | undefined;
  /** Of runs whose workers have a price. */
  cost: Spread;
  /** From 1; equal policies share one. Undefined where some of the policy's runs are missing. */
  rank: number | undefined;
  /** Seeds on which no other policy was better. */
  wins: number | undefined;
  /** Ratio to the best, the first row, paired by seed; undefined where a value is missing or not above 0. */
  vsBest: PairedRatio | undefined;
  /** On every seed its value is that of the best, 0 or below too. */
  equalsBest: boolean;
}

export interface Ranking {
  scenario: string;
  column: RunColumn;
  /** Why that column, where the choice was Makespan's and not the usual one. */
  reason: string;
  /** Policies completed different tasks, so that completed weight ranks first. */
  setsDiffer: boolean;
  /** Policies of which no other is both sooner and cheaper, on the means of makespan and cost, soonest first; where workers have a price. */
  front?: readonly PolicyRow[];
  /** How many faults are anchored to tasks, which each policy meets where it takes those. */
  anchoredFaults?: number;
  /** Seeds that were paired. */
  seeds: number;
  /** Best first; policies with missing runs at the end. */
  rows: PolicyRow[];
  /** Runs made of those planned, where the comparison was stopped before all were. */
  stopped: { made: number; planned: number } | undefined;
}

/** Every run within 1 % of its lower bound: the bound leaves a policy nothing to gain. */
const TIGHT_GAP = 0.01;

/** The column to rank by that the user named, or an InputError with the nearest. */
export function rankColumn(name: string): RunColumn {
  const column = runColumn(name);
  if (column?.better !== undefined) return column;
  const known = RUN_COLUMNS.filter((each) => each.better !== undefined).map((each) => each.name);
  return refuse(`cannot rank by "${name}"${didYouMean(name, known)}; columns to rank by: ${known.join(", ")}`);
}

/** Ranks the policies of one scenario by a column, or by the one that its runs call for. */
export function rank(scenario: string, policies: readonly PolicyRuns[], rankBy?: RunColumn): Ranking {
  const whole = policies.filter(isWhole);
  const { column, reason } = rankBy === undefined ? defaultColumn(whole) : { column: rankBy, reason: "" };
  const seeds = Math.max(0, ...whole.map(({ runs }) => runs.length));
  const setsDiffer = Array.from({ length: seeds }, (_, seed) => new Set(whole.map((each) => runAt(each, seed).completedSet)).size).some(
    (sets) => sets > 1,
  );
  const better = orderBy(column, setsDiffer);
  const rows = whole.map((each) => ({ runs: each, row: rowOf(scenario, each, column) }));
  rows.sort((a, b) =>
    better({ weight: a.row.completedWeight, value: a.row.ranked.mean }, { weight: b.row.completedWeight, value: b.row.ranked.mean }),
  );
  rows.forEach(({ row }, index) => {
    const before = rows[index - 1]?.row;
    const equal =
      before !== undefined &&
      better({ weight: before.completedWeight, value: before.ranked.mean }, { weight: row.completedWeight, value: row.ranked.mean }) === 0;
    row.rank = equal ? before.rank : index + 1;
  });
  countWins(rows, seeds, column, better);
  compareWithBest(rows, seeds, column);
  const missing = policies.filter((each) => !isWhole(each)).map((each) => rowOf(scenario, each, column));
  const ranked = rows.map(({ row }) => row);
  const front = frontOf(ranked);
  return {
    scenario,
    column,
    reason,
    setsDiffer,
    seeds,
    rows: [...ranked, ...missing],
    stopped: undefined,
    ...(front.length > 0 && { front }),
  };
}

/** Those that no other beats in both makespan and cost; of those that completed the most, where they completed different tasks. */
function frontOf(rows: readonly PolicyRow[]): PolicyRow[] {
  const most = Math.max(...rows.map(({ completedWeight }) => completedWeight ?? 0));
  const placed = rows.filter(
    ({ completedWeight, cost, makespan }) => completedWeight === most && cost.mean !== undefined && makespan.mean !== undefined,
  );
  placed.sort((a, b) => (a.makespan.mean as number) - (b.makespan.mean as number) || (a.cost.mean as number) - (b.cost.mean as number));
  const front: PolicyRow[] = [];
  for (const row of placed) {
    const last = front.at(-1);
    const isCheaper = last === undefined || (row.cost.mean as number) < (last.cost.mean as number);
    const isEqual = last !== undefined && row.cost.mean === last.cost.mean && row.makespan.mean === last.makespan.mean;
    if (isCheaper || isEqual) front.push(row);
  }
  return front;
}

interface WholeRuns extends PolicyRuns {
  runs: readonly RunSummary[];
}

function isWhole(policy: PolicyRuns): policy is WholeRuns {
  return policy.runs.length > 0 && policy.runs.every((run) => run !== undefined);
}

function runAt({ deterministic, runs }: WholeRuns, seed: number): RunSummary {
  return runs[deterministic ? 0 : seed] as RunSummary;
}

function defaultColumn(policies: readonly WholeRuns[]): { column: RunColumn; reason: string } {
  const tight = policies.every(({ runs }) => (mean(runs.map((run) => run.gap ?? Number.POSITIVE_INFINITY)) ?? 0) <= TIGHT_GAP);
  const spreadOut = policies.some(({ runs }) => runs.some((run) => !run.releasedTogether));
  const measurable = policies.every(({ runs }) => runs.every((run) => run.meanBoundedSlowdown !== undefined));
  if (policies.length === 0 || !tight || !spreadOut || !measurable) return { column: rankColumn("makespan_s"), reason: "" };
  const [bottleneck, ...others] = new Set(policies.flatMap(({ runs }) => runs.map((run) => run.bottleneck)));
  const since = bottleneck === undefined || others.length > 0 ? "" : `, since ${SETS_MAKESPAN[bottleneck]}`;
  return {
    column: rankColumn("mean_bounded_slowdown"),
    reason: `every policy is within 1 % of the lower bound${since}: ranked by mean_bounded_slowdown instead`,
  };
}

/** Why no policy can end sooner, where every run has its bound from the same. */
const SETS_MAKESPAN: Readonly<Record<Bottleneck, string>> = {
  arrivals: "the last arrivals set the makespan",
  dependencies: "a chain of dependencies sets the makespan",
  task: "one long task sets the makespan",
  work: "the amount of work sets the makespan",
};

interface Standing {
  weight: number | undefined;
  value: number | undefined;
}

/** Below 0 where a is better: completed weight first where the sets differ, then the column; what is missing is worst. */
function orderBy(column: RunColumn, setsDiffer: boolean): (a: Standing, b: Standing) => number {
  const sign = column.better === "most" ? -1 : 1;
  const compare = (a: number | undefined, b: number | undefined) =>
    a === b ? 0 : a === undefined ? 1 : b === undefined ? -1 : a < b ? -1 : 1;
  return (a, b) => {
    const byWeight = setsDiffer ? compare(b.weight, a.weight) : 0;
    if (byWeight !== 0) return byWeight;
    if (a.value === undefined || b.value === undefined) return compare(a.value, b.value);
    return sign * compare(a.value, b.value);
  };
}

function numberOf(column: RunColumn, run: RunSummary): number | undefined {
  const value = column.value(run);
  return typeof value === "number" ? value : undefined;
}

function rowOf(scenario: string, { policy, deterministic, runs }: PolicyRuns, column: RunColumn): PolicyRow {
  const made = runs.filter((run) => run !== undefined);
  const spread = (value: (run: RunSummary) => number | undefined) => spreadOf(made.map(value));
  const average = (value: (run: RunSummary) => number | undefined) => spread(value).mean;
  return {
    scenario,
    policy,
    runs: made.length,
    deterministic,
    makespan: spread((run) => run.makespan),
    meanWait: spread((run) => run.meanWait),
    boundedSlowdown: spread((run) => run.meanBoundedSlowdown),
    ranked: spread((run) => numberOf(column, run)),
    gap: average((run) => run.gap),
    p95Wait: average((run) => run.p95Wait),
    cpuUtilization: average((run) => run.cpuUtilization),
    completed: average((run) => run.completed),
    failed: average((run) => run.failed),
    skipped: average((run) => run.skipped),
    unfinished: average((run) => run.unfinished),
    completedWeight: average((run) => run.completedWeight),
    cost: spread((run) => run.cost),
    rank: undefined,
    wins: undefined,
    vsBest: undefined,
    equalsBest: false,
  };
}

interface RankedRow {
  runs: WholeRuns;
  row: PolicyRow;
}

function countWins(rows: readonly RankedRow[], seeds: number, column: RunColumn, better: (a: Standing, b: Standing) => number): void {
  for (const { row } of rows) row.wins = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const standings = rows.map(({ runs, row }) => {
      const run = runAt(runs, seed);
      return { row, weight: run.completedWeight, value: numberOf(column, run) };
    });
    for (const own of standings) {
      if (standings.every((other) => better(own, other) <= 0)) own.row.wins = (own.row.wins ?? 0) + 1;
    }
  }
}

function compareWithBest(rows: readonly RankedRow[], seeds: number, column: RunColumn): void {
  const best = rows[0];
  if (best === undefined) return;
  const others = rows.slice(1);
  const comparable = best.runs.runs.every((run) => (numberOf(column, run) ?? 0) > 0);
  if (comparable) best.row.vsBest = { ratio: 1, low: undefined, high: undefined, p: undefined, distinguished: false };
  const pairs = others.map(({ runs }): Pairs => {
    const count = runs.deterministic && best.runs.deterministic ? 1 : seeds;
    const valuesOf = (each: WholeRuns) => Array.from({ length: count }, (_, seed) => numberOf(column, runAt(each, seed)) ?? Number.NaN);
    return { policy: valuesOf(runs), best: valuesOf(best.runs) };
  });
  holmIntervals(pairs).forEach((ratio, index) => {
    const { row } = others[index] as RankedRow;
    const pair = pairs[index] as Pairs;
    row.vsBest = ratio;
    row.equalsBest = pair.policy.every((value, seed) => value === pair.best[seed]);
  });
}

/** A policy over all scenarios. */
export interface OverallRow {
  policy: string;
  /** Geometric mean over the scenarios of how many times worse than the scenario's best it is (1: never worse). */
  ratio: number | undefined;
}

/** Policies that were ranked on every scenario, best first; a ratio is missing where a scenario gives none. */
export function rankOverall(rankings: readonly Ranking[]): OverallRow[] {
  const [first] = rankings;
  if (first === undefined) return [];
  const rows = first.rows.flatMap(({ policy }): OverallRow[] => {
    const own = rankings.map((ranking) => ({ ranking, row: ranking.rows.find((row) => row.policy === policy && row.rank !== undefined) }));
    if (own.some(({ row }) => row === undefined)) return [];
    const ratios = own.map(({ ranking, row }) => {
      const ratio = row?.vsBest?.ratio ?? Number.NaN;
      return ranking.column.better === "most" ? 1 / ratio : ratio;
    });
    return [{ policy, ratio: geometricMean(ratios) }];
  });
  return rows.sort((a, b) => (a.ratio ?? Number.POSITIVE_INFINITY) - (b.ratio ?? Number.POSITIVE_INFINITY) || 0);
}
