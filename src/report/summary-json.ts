// Results as JSON documents: one run (summary.json, run --json), and a comparison (compare --json).
import type { Comparison } from "../experiment/compare.ts";
import type { Ranking } from "../experiment/rank.ts";
import { RUN_COLUMNS, type RunSummary } from "../metrics/run-summary.ts";
import { POLICY_COLUMNS } from "./policy-columns.ts";
import { rowJson } from "./report-column.ts";

/** The fields of runs.csv by their names, totals per status, how the run ended, and the expectations that it failed. */
export function runJson(run: RunSummary, failedExpectations: readonly string[]): Record<string, unknown> {
  const { completed, failed, skipped, cancelled, unfinished, ending } = run;
  const total = completed + failed + skipped + cancelled + unfinished;
  return {
    ...rowJson(RUN_COLUMNS, run),
    tasks: { total, completed, failed, skipped, cancelled, unfinished },
    ending: ending.kind,
    ...(ending.message !== "" && { message: ending.message }),
    failed_expectations: failedExpectations,
  };
}

/** Rankings with the fields of policies.csv, and runs with those of runs.csv. */
export function comparisonJson(comparison: Comparison): Record<string, unknown> {
  return {
    partial: comparison.partial,
    digest: comparison.digest,
    scenarios: comparison.rankings.map(rankingJson),
    ...(comparison.overall.length > 0 && { overall: comparison.overall.map(({ policy, ratio }) => ({ policy, ratio: ratio ?? null })) }),
    runs: comparison.runs.map((run) => rowJson(RUN_COLUMNS, run)),
    failed_runs: comparison.failedRuns.map(({ scenario, policy, seed, message }) => ({ scenario, policy, seed, message })),
    failed_expectations: comparison.failedExpectations,
    left_out: comparison.leftOut,
  };
}

function rankingJson({ scenario, column, reason, setsDiffer, seeds, rows, front }: Ranking): Record<string, unknown> {
  return {
    scenario,
    ranked_by: column.name,
    ...(reason !== "" && { reason }),
    completed_sets_differ: setsDiffer,
    seeds,
    policies: rows.map((row) => rowJson(POLICY_COLUMNS, row)),
    ...(front && { makespan_cost_front: front.map(({ policy }) => policy) }),
  };
}

/** A document as a file holds it. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
