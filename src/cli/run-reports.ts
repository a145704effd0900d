// What a single run leaves behind: the files of --out and --log, and what is printed.
import { join } from "node:path";
import type { CellRun } from "../experiment/run-cell.ts";
import { writeFileAtomic } from "../files/write-file.ts";
import { criticalChain } from "../metrics/critical-chain.ts";
import { jobRows } from "../metrics/job-rows.ts";
import { RUN_COLUMNS } from "../metrics/run-summary.ts";
import { taskRows } from "../metrics/task-rows.ts";
import type { WorkerUsage } from "../metrics/worker-usage.ts";
import { csvChunks } from "../report/csv.ts";
import { eventsJsonl } from "../report/events-jsonl.ts";
import { chainText, runText } from "../report/run-text.ts";
import { schedulerLog } from "../report/scheduler-log.ts";
import { jsonText, runJson } from "../report/summary-json.ts";
import { JOB_COLUMNS, TASK_COLUMNS } from "../report/task-columns.ts";
import type { Styler } from "../report/text-table.ts";
import { workerColumns } from "../report/worker-columns.ts";

/** The files of --out; execution.json is the one that says when and where. */
export function writeReports(
  folder: string,
  { run, metrics, bound, summary, failed }: CellRun,
  usage: WorkerUsage,
  { trace, execution }: { trace: boolean; execution: Record<string, unknown> },
): void {
  const { world } = metrics;
  const write = (name: string, text: string | Iterable<string>) => writeFileAtomic(join(folder, name), text);
  write("tasks.csv", csvChunks(TASK_COLUMNS, taskRows(metrics)));
  const jobs = jobRows(metrics, bound);
  if (jobs.length > 0) write("jobs.csv", csvChunks(JOB_COLUMNS, jobs));
  write("workers.csv", csvChunks(workerColumns(world.dimensions), usage.rows(metrics.horizon(run.ending, bound.origin))));
  write("runs.csv", csvChunks(RUN_COLUMNS, [summary]));
  write("summary.json", jsonText(runJson(summary, failed)));
  if (trace && run.trace !== undefined) write("events.jsonl", eventsJsonl(run.trace));
  write("execution.json", jsonText(execution));
}

/** The file of --log. */
export function writeLog(path: string, { run }: CellRun): void {
  if (run.trace !== undefined) writeFileAtomic(path, schedulerLog(run.trace));
}

export function jsonResult({ summary, failed }: CellRun): string {
  return jsonText(runJson(summary, failed));
}

/** The table, and where the makespan went. */
export function textResult({ summary, metrics }: CellRun, style: Styler): string {
  const chain = chainText(criticalChain(metrics), metrics.world, style);
  return chain === "" ? runText(summary, style) : `${runText(summary, style)}\n${chain}`;
}
