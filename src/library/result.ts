// What a run gives to users of the library: the fields of the reports by their names, times in seconds.
import type { CellRun } from "../experiment/run-cell.ts";
import { AttemptOutcomes } from "../metrics/attempt-outcomes.ts";
import { attemptRows } from "../metrics/attempt-rows.ts";
import { RUN_COLUMNS } from "../metrics/run-summary.ts";
import { taskRows } from "../metrics/task-rows.ts";
import type { Ending, Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { rowJson } from "../report/report-column.ts";
import { ATTEMPT_COLUMNS, TASK_COLUMNS } from "../report/task-columns.ts";

/** The fields of runs.csv. Times (`_s`) in seconds; null where a value does not exist. */
export interface RunFields {
  scenario: string;
  policy: string;
  seed: string;
  /** End of the last attempt − earliest release; null if tasks are unfinished. */
  makespan_s: number | null;
  lower_bound_s: number;
  /** makespan ÷ lower bound − 1. */
  gap: number | null;
  cpu_utilization: number | null;
  mean_wait_s: number | null;
  p95_wait_s: number | null;
  mean_flow_s: number | null;
  max_wait_s: number | null;
  mean_bounded_slowdown: number | null;
  mean_tardiness_s: number | null;
  max_lateness_s: number | null;
  weighted_completion_s: number | null;
  useful_cpu: number | null;
  wasted_cpu: number | null;
  completed: number;
  failed: number;
  skipped: number;
  cancelled: number;
  unfinished: number;
  attempts: number;
  /** Attempts chosen to make room for other tasks. */
  preemptions: number;
  /** Attempts that were given up. */
  attempts_lost: number;
  /** From a worker's crash until it is suspected, or its next incarnation registers; null without crashes. */
  mean_detection_s: number | null;
  /** Suspicions of workers that were not down. */
  false_suspicions: number;
  /** Ends of attempts that had been given up. */
  refused: number;
  /** Time in which an attempt that was given up ran beside a newer one of its task. */
  doubled_s: number;
  /** Entries of the trace. */
  events: number;
  digest: string;
  /** Checkpoints written that count, time in which attempts wrote and read them, and work from which none went on; null where no task writes any. */
  checkpoints: number | null;
  checkpoint_s: number | null;
  lost_work_s: number | null;
  /** What the workers cost, in the unit of their prices, and the kWh that they burnt; null where none has a price, or watts. */
  cost: number | null;
  energy_kwh: number | null;
  /** Instances of pools that were launched, and spot instances of which it was said that they would be taken back. */
  launched: number;
  reclaimed: number;
  /** Time in which attempts waited for their environments, images that workers began to pull, and cold starts; null where no task has any. */
  setup_s: number | null;
  pulls: number | null;
  cold_starts: number | null;
  /** Time in which attempts waited for files, the files that came to workers from elsewhere, and their bytes; null where no files take time, or may be lost. */
  transfer_s: number | null;
  transfers: number | null;
  bytes_moved: number | null;
  /** How often a task ran again since what it wrote was lost, and for how long it had run before; null where outputs are durable. */
  recomputed_tasks: number | null;
  recomputed_s: number | null;
  /** Copies of attempts that took too long, and those that completed their tasks. */
  copies: number;
  copies_won: number;
  /** Time in which attempts waited for more than they held, and rings of them that would have waited for ever; null where no task asks. */
  ask_wait_s: number | null;
  deadlocks: number | null;
  /** Replicas of the scheduler that were elected, the time in which none led, and how long it took from one leader to the next; null where it is one process. */
  elections: number | null;
  leaderless_s: number | null;
  failover_p50_s: number | null;
  failover_p99_s: number | null;
  /** Orders that workers refused, for the replica that gave them led no more. */
  fenced: number | null;
  /** Commands of which nothing came; how long decisions took to be agreed upon; what replicas said to one another for each command. */
  repeated: number | null;
  lost_commands: number | null;
  decision_p50_s: number | null;
  decision_p99_s: number | null;
  messages_per_command: number | null;
  bytes_per_command: number | null;
  /** Calls of clients that are processes, those that were not answered, how long answers took, and answers that were older than others before them; null where they are none. */
  calls: number | null;
  unanswered: number | null;
  answer_p50_s: number | null;
  answer_p99_s: number | null;
  stale_answers: number | null;
  wrong_answers: number | null;
}

/** The fields of tasks.csv. Times (`_s`) in seconds; null where the task did not get so far. */
export interface TaskFields {
  task: string;
  status: "unfinished" | "completed" | "failed" | "skipped" | "cancelled";
  attempts: number;
  /** Of the last attempt; empty where there was none. */
  worker: string;
  /** Its release date. */
  submitted_s: number;
  ready_s: number | null;
  /** First start. */
  started_s: number | null;
  /** End of the last attempt. */
  finished_s: number | null;
  wait_s: number | null;
  run_s: number | null;
  flow_s: number | null;
  slowdown: number | null;
  cpu: number;
  memory_bytes: number;
}

/** The fields of attempts.csv. Times (`_s`) in seconds; null where the attempt did not get so far. */
export interface AttemptFields {
  task: string;
  /** From 1 on. */
  attempt: number;
  worker: string;
  /** Lost: given up, whatever for. */
  outcome: "unfinished" | "completed" | "failed" | "cancelled" | "lost";
  /** Why it failed or was given up; empty where there is no reason. */
  reason: string;
  started_s: number;
  finished_s: number | null;
  /** Time that its worker had it, without that for which it was suspended. */
  run_s: number;
  cpu_s: number;
  peak_memory_bytes: number;
  disk_read_bytes: number;
  disk_written_bytes: number;
  /** Work that it did itself; of `run_s` the time in which it read and wrote checkpoints, and how many of these count. */
  work_s: number;
  checkpoint_s: number;
  checkpoints: number;
  /** Of `run_s` the time until it had its environment. */
  setup_s: number;
  /** And of that, after its environment, until it had its files. */
  transfer_s: number;
  /** What it printed; empty where that was lost with it. */
  stdout: string;
  stderr: string;
  /** 1 if it was started as a copy beside another, else 0. */
  copy: number;
  /** Of `run_s` the time in which it waited for more than it held. */
  ask_wait_s: number;
}

/** A run that is over, or as far as it has come. */
export interface SimulationResult {
  summary: RunFields;
  /** Sixteen hexadecimal digits over all that happened: equal for runs that decide alike. */
  digest: string;
  /** How it ended: `complete`, or why not, with what to do about it; the exit code is that of the command line. */
  ending: Pick<Ending, "kind" | "message" | "exitCode">;
  /** A line for each expectation of the scenario that it fails. */
  failedExpectations: readonly string[];
  /** The tasks in their order. */
  tasks(): TaskFields[];
  /** Everything that happened, for `judge` and for folds of one's own, if it was asked for. Its times are whole µs. */
  trace?: Trace;
}

/** A run with its trace. */
export interface TracedResult extends SimulationResult {
  trace: Trace;
  /** The attempts in the order in which they started: O(entries), for it folds the trace. */
  attempts(): AttemptFields[];
}

/** Why a run ended, with the library's names for its budgets in place of the command line's. */
export function inLibrary(message: string): string {
  return message.replace("--max-events", "maxEvents").replace("--max-time", "maxTime");
}

export function resultOf({
  run,
  metrics,
  summary,
  failed,
}: Pick<CellRun, "run" | "metrics" | "summary" | "failed">): SimulationResult | TracedResult {
  const { kind, message, exitCode } = run.ending;
  const { trace } = run;
  const count = trace?.entries.length ?? 0; // a step-wise run may append to it
  return {
    summary: rowJson(RUN_COLUMNS, summary) as object as RunFields,
    digest: run.digest,
    ending: { kind, message: inLibrary(message), exitCode },
    failedExpectations: failed,
    tasks: () => Array.from(taskRows(metrics), (row) => rowJson(TASK_COLUMNS, row) as object as TaskFields),
    ...(trace && { trace, attempts: () => attemptsOf(trace, count, metrics.horizon(run.ending, 0).end) }),
  };
}

/** The attempts in the first `count` entries of a trace; those under way used what they did up to `end`. */
export function attemptsOf({ world, entries }: Trace, count: number, end: Time): AttemptFields[] {
  const outcomes = new AttemptOutcomes(world);
  for (let index = 0; index < count; index++) {
    const { time, kind, task, worker, attempt, reason, amount } = entries.at(index);
    outcomes.entry(time, kind, task, worker, attempt, reason, amount);
  }
  return Array.from(attemptRows(outcomes, end), (row) => rowJson(ATTEMPT_COLUMNS, row) as object as AttemptFields);
}
