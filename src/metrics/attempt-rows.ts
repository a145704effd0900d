// One row per attempt, as in attempts.csv: how it ended, and what it used.
import { at, type Column, type LabelColumn, labelAt, nameAt } from "../model/columns.ts";
import type { ELASTIC } from "../model/elastic.ts";
import { fillIn, type OutputTemplate, parseOutputTemplate } from "../model/output-template.ts";
import { CPU, MEMORY } from "../model/resources.ts";
import { profileOf } from "../model/task-profile.ts";
import { Reason, REASON_NAMES } from "../model/trace.ts";
import { type Bytes, type Duration, formatSeconds, type Thousandths, type Time } from "../model/units.ts";
import type { AttemptOutcome, AttemptOutcomes, AttemptRecord } from "./attempt-outcomes.ts";
import { NEVER } from "./task-outcomes.ts";

/** Times in µs. */
export interface AttemptRow {
  task: string;
  attempt: number;
  worker: string;
  outcome: AttemptOutcome;
  /** Empty where there is none. */
  reason: string;
  started: Time;
  finished: Time | undefined;
  run: Duration;
  /** Work that it did, at speed 1 or of the task's own there; of `run` what it took to read and write checkpoints, and those of them that count. */
  work: Duration;
  saving: Duration;
  checkpoints: number;
  /** Of `run` what it took until it began to work. */
  setup: Duration;
  /** Of `run` what it took until its inputs were there. */
  transfer: Duration;
  /** Of `run` what it waited for more than it held. */
  askWait: Duration;
  /** Core·µs, rounded down. */
  cpuTime: Duration;
  peakMemory: Bytes;
  /** In proportion to its work, rounded down. */
  read: Bytes;
  written: Bytes;
  /** What it printed; empty where nothing was declared, or it is lost with the attempt. */
  stdout: string;
  stderr: string;
  /** 1 where it was started as a copy. */
  copy: number;
}

/** The rows in the order of starts; attempts under way used what they did up to `end`. */
export function* attemptRows(outcomes: AttemptOutcomes, end: Time): Generator<AttemptRow> {
  const { tasks } = outcomes.world;
  const [stdout, stderr] = [new Output(tasks.stdout), new Output(tasks.stderr)];
  for (const record of outcomes.records(end)) {
    const row = attemptRow(outcomes, record);
    if (record.isHeard) {
      const job = labelAt(tasks.job, record.task);
      row.stdout = stdout.of(record.task, row, job);
      row.stderr = stderr.of(record.task, row, job);
    }
    yield row;
  }
}

/** What attempts print on one of the two. */
class Output {
  readonly #column: LabelColumn;
  /** By index of the text. */
  readonly #templates: OutputTemplate[] = [];

  constructor(column: LabelColumn) {
    this.#column = column;
  }

  of(task: number, row: AttemptRow, job: string): string {
    const index = at(this.#column.indices, task);
    if (index === 0) return "";
    this.#templates[index] ??= parseOutputTemplate(this.#column.values[index] as string);
    return fillIn(this.#templates[index], (field) => {
      if (field === "job") return job;
      if (field === "started" || field === "run") return formatSeconds(row[field]);
      if (field === "finished") return formatSeconds(row.finished ?? 0); // of those that end
      return String(row[field]);
    });
  }
}

function attemptRow({ world: { tasks, workers } }: AttemptOutcomes, record: AttemptRecord): AttemptRow {
  const { task, attempt, worker, outcome, reason, started, finished, ran, begun, extra } = record;
  const elastic = profileOf(tasks, task)?.elastic;
  /** What it uses of what it requests, or of the most that it held. An elastic task may use more than it had. */
  const used = (given: Column, dimension: (typeof ELASTIC)[number], most = 0) => {
    const [own, request] = [at(given, task), at(tasks.request[dimension] as (typeof tasks.request)[number], task)];
    if (elastic?.[dimension] === undefined) return Number.isNaN(own) ? Math.max(request, most) : own;
    return Math.min(Number.isNaN(own) ? Number.POSITIVE_INFINITY : own, Math.max(request, most));
  };
  return {
    task: nameAt(tasks.names, task),
    attempt,
    worker: workers.names[worker] as string,
    outcome,
    reason: reason === Reason.none ? "" : (REASON_NAMES[reason] as string),
    started,
    finished: finished === NEVER ? undefined : finished,
    run: ran,
    work: record.done,
    saving: record.saving,
    checkpoints: record.checkpoints,
    setup: record.setup,
    transfer: record.transfer,
    askWait: record.askWait,
    // What it uses is said of all of its time, whatever it asks for.
    cpuTime: cpuTime(
      used(tasks.usedCpu, CPU),
      ran,
      elastic?.[CPU] === undefined && !Number.isNaN(at(tasks.usedCpu, task)) ? 0n : extra.cpu,
    ),
    peakMemory: begun ? used(tasks.usedMemory, MEMORY, extra.mostMemory) : 0,
    read: partDone(at(tasks.bytesRead, task), record),
    written: partDone(at(tasks.bytesWritten, task), record),
    stdout: "",
    stderr: "",
    copy: record.isCopy ? 1 : 0,
  };
}

/** ⌊whole × work done ÷ work⌋; all of it where there is nothing to be done, or it has completed. */
function partDone(whole: Bytes, { outcome, begun, from, done, work }: AttemptRecord): Bytes {
  if (whole === 0 || !begun) return 0;
  if ((outcome === "completed" && from === 0) || done >= work) return whole;
  return Number((BigInt(whole) * BigInt(done)) / BigInt(work));
}

/** ⌊cores × time⌋, µs; with what it held beyond its request, of which it never holds more than it uses. */
function cpuTime(cpu: Thousandths, time: Duration, extra: bigint): Duration {
  const product = cpu * time;
  if (extra === 0n && Number.isSafeInteger(product)) return Math.floor(product / 1000);
  return Number((BigInt(cpu) * BigInt(time) + extra) / 1000n);
}
