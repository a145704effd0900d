// The columns of policies.csv.
import type { PolicyRow } from "../experiment/rank.ts";
import type { ReportColumn } from "./report-column.ts";

export const POLICY_COLUMNS: readonly ReportColumn<PolicyRow>[] = [
  { name: "scenario", unit: "text", meaning: "name of the scenario", value: (row) => row.scenario },
  { name: "policy", unit: "text", meaning: "policy with its options", value: (row) => row.policy },
  { name: "runs", unit: "1", meaning: "runs made; 1 where nothing is drawn, which stands for every seed", value: (row) => row.runs },
  {
    name: "makespan_mean_s",
    unit: "s",
    meaning: "mean makespan; empty if tasks are unfinished in a run",
    value: (row) => row.makespan.mean,
  },
  {
    name: "makespan_ci95_s",
    unit: "s",
    meaning: "half-width of its 95 % Student interval; empty for one run",
    value: (row) => row.makespan.ci95,
  },
  { name: "makespan_min_s", unit: "s", meaning: "least makespan", value: (row) => row.makespan.min },
  { name: "makespan_max_s", unit: "s", meaning: "largest makespan", value: (row) => row.makespan.max },
  { name: "mean_wait_mean_s", unit: "s", meaning: "mean of the runs' mean_wait_s", value: (row) => row.meanWait.mean },
  { name: "mean_wait_ci95_s", unit: "s", meaning: "half-width of its 95 % Student interval", value: (row) => row.meanWait.ci95 },
  {
    name: "bounded_slowdown_mean",
    unit: "1",
    meaning: "mean of the runs' mean_bounded_slowdown",
    value: (row) => row.boundedSlowdown.mean,
  },
  {
    name: "bounded_slowdown_ci95",
    unit: "1",
    meaning: "half-width of its 95 % Student interval",
    value: (row) => row.boundedSlowdown.ci95,
  },
  {
    name: "rank",
    unit: "1",
    meaning:
      "place by the mean of the ranked column, completed weight first where policies complete different tasks; equal means share one",
    value: (row) => row.rank,
  },
  { name: "wins", unit: "1", meaning: "seeds on which no policy was better; ties count for each", value: (row) => row.wins },
  {
    name: "vs_best_ratio",
    unit: "1",
    meaning: "geometric mean over the seeds of the ranked column ÷ that of the best policy",
    value: (row) => row.vsBest?.ratio,
  },
  {
    name: "vs_best_low",
    unit: "1",
    meaning: "low end of its 95 % Student interval of the paired logarithms, Holm-adjusted; not distinguished if the interval holds 1",
    value: (row) => row.vsBest?.low,
  },
  { name: "vs_best_high", unit: "1", meaning: "high end of that interval", value: (row) => row.vsBest?.high },
  { name: "cost_mean", unit: "1", meaning: "mean of the runs' cost; empty where no worker has a price", value: (row) => row.cost.mean },
  { name: "cost_ci95", unit: "1", meaning: "half-width of its 95 % Student interval", value: (row) => row.cost.ci95 },
];
