// What a single run leaves behind: the files of --out and --log, and what is printed.
import { join } from "node:path";
import type { CellRun } from "../experiment/run-cell.ts";
import { AttemptOutcomes } from "../metrics/attempt-outcomes.ts";
import { attemptRows } from "../metrics/attempt-rows.ts";
import { criticalChain } from "../metrics/critical-chain.ts";
import { DeadLetters } from "../metrics/dead-letters.ts";
import { jobRows } from "../metrics/job-rows.ts";
import { RUN_COLUMNS } from "../metrics/run-summary.ts";
import { taskRows } from "../metrics/task-rows.ts";
import type { TraceSink } from "../model/trace.ts";
import type { World } from "../model/world.ts";
import { WorkerUsage } from "../metrics/worker-usage.ts";
import { csvChunks } from "../report/csv.ts";
import { eventsJsonl } from "../report/events-jsonl.ts";
import { chainText, runText } from "../report/run-text.ts";
import { type Linearizability, searchLinearizations } from "../oracle/index.ts";
import { linearizabilityJson, linearizabilityText } from "../report/linearizability-text.ts";
import { schedulerLog } from "../report/scheduler-log.ts";
import { jsonText, runJson } from "../report/summary-json.ts";
import { ATTEMPT_COLUMNS, DEAD_LETTER_COLUMNS, JOB_COLUMNS, TASK_COLUMNS } from "../report/task-columns.ts";
import type { Styler } from "../report/text-table.ts";
import { workerColumns } from "../report/worker-columns.ts";
import type { OutputFile } from "./output-files.ts";

/** What the reports need beside the metrics, folded from the run. */
export class ReportFolds {
  readonly attempts: AttemptOutcomes;
  readonly usage: WorkerUsage;
  readonly deadLetters: DeadLetters;

  constructor(world: World) {
    this.attempts = new AttemptOutcomes(world);
    this.usage = new WorkerUsage(world);
    this.deadLetters = new DeadLetters(world);
  }

  get sinks(): readonly TraceSink[] {
    return [this.attempts, this.usage, this.deadLetters];
  }
}

/** The reports of a run in the folder of --out, made one after the other. */
export function* reportFiles(
  folder: string,
  { run, metrics, bound, summary, failed }: CellRun,
  { attempts, usage, deadLetters }: ReportFolds,
  { trace }: { trace: boolean },
): Generator<OutputFile> {
  const { world } = metrics;
  const horizon = metrics.horizon(run.ending, bound.origin);
  const file = (name: string, parts: OutputFile["parts"]): OutputFile => ({ path: join(folder, name), parts });
  yield file("tasks.csv", csvChunks(TASK_COLUMNS, taskRows(metrics)));
  yield file("attempts.csv", csvChunks(ATTEMPT_COLUMNS, attemptRows(attempts, horizon.end)));
  const jobs = jobRows(metrics, bound);
  if (jobs.length > 0) yield file("jobs.csv", csvChunks(JOB_COLUMNS, jobs));
  if (deadLetters.letters.length > 0) yield file("dead-letters.csv", csvChunks(DEAD_LETTER_COLUMNS, deadLetters.letters));
  yield file("workers.csv", csvChunks(workerColumns(world.dimensions), usage.rows(horizon)));
  yield file("runs.csv", csvChunks(RUN_COLUMNS, [summary]));
  yield file("summary.json", jsonText(runJson(summary, failed)));
  if (trace && run.trace !== undefined) yield file("events.jsonl", eventsJsonl(run.trace));
}

/** The file of --log. */
export function* logFiles(path: string, { run }: CellRun): Generator<OutputFile> {
  if (run.trace !== undefined) yield { path, parts: schedulerLog(run.trace) };
}

/** Whether the answers of clients can be explained; undefined where the run tells nothing of them. */
export function linearizabilityOf({ run }: CellRun, budget: number): Linearizability | undefined {
  return run.trace && searchLinearizations(run.trace, budget);
}

export function jsonResult({ summary, failed, metrics }: CellRun, found: Linearizability | undefined): string {
  return jsonText({ ...runJson(summary, failed), ...(found && { linearizability: linearizabilityJson(found, metrics.world) }) });
}

/** The table, where the makespan went, if there is one, and what was found of clients' answers, if that was searched. */
export function textResult({ summary, metrics }: CellRun, found: Linearizability | undefined, style: Styler): string {
  const chain = summary.makespan === undefined ? "" : chainText(criticalChain(metrics), metrics.world, style);
  const answers = found === undefined ? "" : linearizabilityText(found, metrics.world, style);
  return [runText(summary, style), chain, answers].filter((part) => part !== "").join("\n");
}
