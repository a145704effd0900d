// One row per job (the label that makes tasks a workflow or an array), as in jobs.csv.
import { at } from "../model/columns.ts";
import type { Duration, Time } from "../model/units.ts";
import type { LowerBound } from "./lower-bound.ts";
import { NEVER, type TaskOutcomes, TaskStatus } from "./task-outcomes.ts";

/** Times in µs; undefined where the job did not get so far. */
export interface JobRow {
  job: string;
  tasks: number;
  completed: number;
  failed: number;
  skipped: number;
  cancelled: number;
  unfinished: number;
  attempts: number;
  /** Earliest release of its tasks. */
  submitted: Time;
  /** First start of any of them. */
  started: Time | undefined;
  /** End of their last attempt, where all of them have ended. */
  finished: Time | undefined;
  /** started − submitted. */
  wait: Duration | undefined;
  /** finished − submitted. */
  makespan: Duration | undefined;
  /** The longest path of its tasks' least times, releases kept: what the job takes on a cluster of its own without end. */
  criticalPath: Duration;
  /** makespan ÷ criticalPath (SLR: Topcuoglu, Hariri and Wu 2002). */
  scheduleLengthRatio: number | undefined;
}

/** The rows, in the order in which the jobs first appear; tasks without a job are in none. */
export function jobRows(outcomes: TaskOutcomes, bound: LowerBound): JobRow[] {
  const { count, job, release } = outcomes.world.tasks;
  const rows = job.values.map(emptyRow);
  for (let task = 0; task < count; task++) {
    const row = rows[at(job.indices, task)] as JobRow;
    row.tasks += 1;
    row.attempts += outcomes.attempts(task);
    row[FIELD[outcomes.status(task)]] += 1;
    row.submitted = Math.min(row.submitted, at(release, task));
    const start = outcomes.firstStart(task);
    if (start !== NEVER) row.started = Math.min(row.started ?? start, start);
    const end = outcomes.end(task);
    if (end !== NEVER) row.finished = Math.max(row.finished ?? end, end);
  }
  const paths = bound.pathsWithinJobs(
    outcomes,
    Float64Array.from(rows, (row) => row.submitted),
  );
  for (let task = 0; task < count; task++) {
    const row = rows[at(job.indices, task)] as JobRow;
    row.criticalPath = Math.max(row.criticalPath, paths[task] as number);
  }
  return rows
    .slice(1)
    .filter((row) => row.tasks > 0)
    .map(closed);
}

const FIELD = {
  [TaskStatus.waiting]: "unfinished",
  [TaskStatus.running]: "unfinished",
  [TaskStatus.completed]: "completed",
  [TaskStatus.failed]: "failed",
  [TaskStatus.skipped]: "skipped",
  [TaskStatus.cancelled]: "cancelled",
} as const;

function emptyRow(job: string): JobRow {
  return {
    job,
    tasks: 0,
    completed: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    unfinished: 0,
    attempts: 0,
    submitted: Number.POSITIVE_INFINITY,
    started: undefined,
    finished: undefined,
    wait: undefined,
    makespan: undefined,
    criticalPath: 0,
    scheduleLengthRatio: undefined,
  };
}

function closed(row: JobRow): JobRow {
  const finished = row.unfinished > 0 ? undefined : row.finished;
  const makespan = finished === undefined ? undefined : finished - row.submitted;
  return {
    ...row,
    finished,
    wait: row.started === undefined ? undefined : row.started - row.submitted,
    makespan,
    scheduleLengthRatio: makespan === undefined || row.criticalPath === 0 ? undefined : makespan / row.criticalPath,
  };
}
