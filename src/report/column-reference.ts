// What every column of every CSV report means, as a table for the documentation.
import { RUN_COLUMNS } from "../metrics/run-summary.ts";
import { POLICY_COLUMNS } from "./policy-columns.ts";
import { ATTEMPT_COLUMNS, DEAD_LETTER_COLUMNS, JOB_COLUMNS, TASK_COLUMNS } from "./task-columns.ts";
import { workerColumns } from "./worker-columns.ts";

interface DescribedColumn {
  name: string;
  unit: string;
  meaning: string;
}

/** The CSV files and their columns, in order. */
export const COLUMN_REFERENCE: readonly { file: string; rows: string; columns: readonly DescribedColumn[] }[] = [
  { file: "runs.csv", rows: "a row per scenario, policy and seed", columns: RUN_COLUMNS },
  { file: "policies.csv", rows: "a row per scenario and policy", columns: POLICY_COLUMNS },
  { file: "tasks.csv", rows: "a row per task", columns: TASK_COLUMNS },
  { file: "attempts.csv", rows: "a row per attempt, in the order in which they started", columns: ATTEMPT_COLUMNS },
  { file: "jobs.csv", rows: "a row per job label; left out where no task has a job", columns: JOB_COLUMNS },
  { file: "dead-letters.csv", rows: "a row per task that ran out of attempts; left out where none did", columns: DEAD_LETTER_COLUMNS },
  { file: "workers.csv", rows: "a row per worker", columns: workerColumns(["cpu", "memory", "disk", "slots"]) },
];

const UNITS: Record<string, string> = { s: "s", "1": "", bytes: "B", cores: "cores", text: "" };

/** The reference as Markdown. */
export function columnReference(): string {
  return COLUMN_REFERENCE.map(({ file, rows, columns }) => {
    const lines = columns.map(({ name, unit, meaning }) => `| \`${name}\` | ${UNITS[unit]} | ${meaning} |`);
    return [`**${file}**, ${rows}:`, "", "| column | unit | meaning |", "|---|---|---|", ...lines, ""].join("\n");
  }).join("\n");
}
