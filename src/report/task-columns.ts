// The columns of tasks.csv, of attempts.csv, of jobs.csv and of dead-letters.csv.
import type { AttemptRow } from "../metrics/attempt-rows.ts";
import type { DeadLetter } from "../metrics/dead-letters.ts";
import type { JobRow } from "../metrics/job-rows.ts";
import type { TaskRow } from "../metrics/task-rows.ts";
import type { ReportColumn } from "./report-column.ts";

export const TASK_COLUMNS: readonly ReportColumn<TaskRow>[] = [
  { name: "task", unit: "text", meaning: "id", value: (row) => row.task },
  { name: "status", unit: "text", meaning: "completed, failed, skipped, cancelled or unfinished", value: (row) => row.status },
  { name: "attempts", unit: "1", meaning: "attempts started", value: (row) => row.attempts },
  { name: "worker", unit: "text", meaning: "worker of the last attempt", value: (row) => row.worker },
  { name: "submitted_s", unit: "s", meaning: "release date", value: (row) => row.submitted },
  {
    name: "ready_s",
    unit: "s",
    meaning: "max(release, completion of the last dependency); empty if one did not complete",
    value: (row) => row.ready,
  },
  { name: "started_s", unit: "s", meaning: "first start", value: (row) => row.started },
  { name: "finished_s", unit: "s", meaning: "end of the last attempt; empty while the task is unfinished", value: (row) => row.finished },
  { name: "wait_s", unit: "s", meaning: "first start − ready", value: (row) => row.wait },
  {
    name: "run_s",
    unit: "s",
    meaning: "time of the completing attempt; as flow and slowdown, of completed tasks only",
    value: (row) => row.run,
  },
  { name: "flow_s", unit: "s", meaning: "completion − release", value: (row) => row.flow },
  { name: "slowdown", unit: "1", meaning: "flow ÷ run; empty if run is 0", value: (row) => row.slowdown },
  { name: "cpu", unit: "cores", meaning: "requested cores", value: (row) => row.cpu },
  { name: "memory_bytes", unit: "bytes", meaning: "requested memory", value: (row) => row.memory },
];

export const ATTEMPT_COLUMNS: readonly ReportColumn<AttemptRow>[] = [
  { name: "task", unit: "text", meaning: "id", value: (row) => row.task },
  { name: "attempt", unit: "1", meaning: "its number among those of the task, from 1", value: (row) => row.attempt },
  { name: "worker", unit: "text", meaning: "where it was started", value: (row) => row.worker },
  {
    name: "outcome",
    unit: "text",
    meaning: "completed, failed, cancelled, lost (given up, whatever for), or unfinished when the run ended",
    value: (row) => row.outcome,
  },
  {
    name: "reason",
    unit: "text",
    meaning: "why it failed, was cancelled or given up: execution, timeout, client, suspicion, incarnation, preemption, drain, shrink, …",
    value: (row) => row.reason,
  },
  { name: "started_s", unit: "s", meaning: "when the scheduler started it", value: (row) => row.started },
  {
    name: "finished_s",
    unit: "s",
    meaning: "when it ended for the scheduler, or went down with its worker before that; empty while it is unfinished",
    value: (row) => row.finished,
  },
  {
    name: "run_s",
    unit: "s",
    meaning:
      "time that its worker had it, also after it was given up, and while it was paused itself, without the time for which the attempt was suspended; where a network lies between, from when its start arrived",
    value: (row) => row.run,
  },
  {
    name: "cpu_s",
    unit: "s",
    meaning:
      "cpu time: cores that the task uses (`usage`; otherwise those that it requests, or has where it is elastic) × run, rounded down to the microsecond",
    value: (row) => row.cpuTime,
  },
  {
    name: "peak_memory_bytes",
    unit: "bytes",
    meaning: "most memory that it used, likewise; 0 if its worker never began it",
    value: (row) => row.peakMemory,
  },
  {
    name: "disk_read_bytes",
    unit: "bytes",
    meaning: "bytes read from disk: those of the task's `usage` × work done ÷ work, rounded down",
    value: (row) => row.read,
  },
  { name: "disk_written_bytes", unit: "bytes", meaning: "bytes written to disk, likewise", value: (row) => row.written },
  {
    name: "work_s",
    unit: "s",
    meaning: "work that it did itself, at speed 1 (of a time of the task's own there, that): what is lost with it, where nothing was saved",
    value: (row) => row.work,
  },
  { name: "checkpoint_s", unit: "s", meaning: "time of run_s in which it read and wrote checkpoints", value: (row) => row.saving },
  { name: "checkpoints", unit: "1", meaning: "checkpoints that it wrote, and that count", value: (row) => row.checkpoints },
  { name: "setup_s", unit: "s", meaning: "time of run_s in which it waited for its environment", value: (row) => row.setup },
  { name: "transfer_s", unit: "s", meaning: "time of run_s in which it waited for its files", value: (row) => row.transfer },
  {
    name: "stdout",
    unit: "text",
    meaning: "what it printed, which comes with its end: empty if its worker went down or was not heard of, as while it is unfinished",
    value: (row) => row.stdout,
  },
  { name: "stderr", unit: "text", meaning: "the same beside it", value: (row) => row.stderr },
  {
    name: "copy",
    unit: "1",
    meaning: "1 if it was started as a copy beside another attempt of its task, else 0",
    value: (row) => row.copy,
  },
  { name: "ask_wait_s", unit: "s", meaning: "time of run_s in which it waited for more than it held", value: (row) => row.askWait },
];

export const JOB_COLUMNS: readonly ReportColumn<JobRow>[] = [
  { name: "job", unit: "text", meaning: "label", value: (row) => row.job },
  { name: "tasks", unit: "1", meaning: "its tasks", value: (row) => row.tasks },
  { name: "completed", unit: "1", meaning: "tasks completed", value: (row) => row.completed },
  { name: "failed", unit: "1", meaning: "tasks failed for good", value: (row) => row.failed },
  { name: "skipped", unit: "1", meaning: "tasks skipped", value: (row) => row.skipped },
  { name: "cancelled", unit: "1", meaning: "tasks cancelled", value: (row) => row.cancelled },
  { name: "unfinished", unit: "1", meaning: "tasks without an end", value: (row) => row.unfinished },
  { name: "attempts", unit: "1", meaning: "attempts started", value: (row) => row.attempts },
  { name: "submitted_s", unit: "s", meaning: "earliest release of its tasks", value: (row) => row.submitted },
  { name: "started_s", unit: "s", meaning: "first start", value: (row) => row.started },
  { name: "finished_s", unit: "s", meaning: "end of the last attempt; empty while tasks are unfinished", value: (row) => row.finished },
  { name: "wait_s", unit: "s", meaning: "first start − submitted", value: (row) => row.wait },
  { name: "makespan_s", unit: "s", meaning: "finished − submitted", value: (row) => row.makespan },
  {
    name: "critical_path_s",
    unit: "s",
    meaning: "longest path of least times through its own tasks, their releases kept",
    value: (row) => row.criticalPath,
  },
  { name: "schedule_length_ratio", unit: "1", meaning: "makespan ÷ critical path", value: (row) => row.scheduleLengthRatio },
];

export const DEAD_LETTER_COLUMNS: readonly ReportColumn<DeadLetter>[] = [
  { name: "task", unit: "text", meaning: "id", value: (row) => row.task },
  { name: "attempts", unit: "1", meaning: "attempts started, the last of which failed", value: (row) => row.attempts },
  { name: "worker", unit: "text", meaning: "worker of the last attempt", value: (row) => row.worker },
  {
    name: "reason",
    unit: "text",
    meaning:
      "why that failed: execution or timeout; with `countLost` also what it was given up for: lease, suspicion, incarnation, shrink, …",
    value: (row) => row.reason,
  },
  { name: "failed_s", unit: "s", meaning: "when that failed", value: (row) => row.failed },
];
