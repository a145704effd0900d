// The Standard Workload Format of the Parallel Workloads Archive, version 2.2 (Chapin et al. 1999): logs of rigid batch jobs.
import { CPU, MEMORY, SLOTS, STANDARD_DIMENSIONS } from "../../model/resources.ts";
import type { WorkerSpec } from "../../model/scenario.ts";
import { SECOND } from "../../model/units.ts";
import { reusedRow } from "../task-draws.ts";
import { TaskTableBuilder } from "../task-table-builder.ts";
import { ClockSum } from "./clock-sum.ts";
import { ImportFaults } from "./import-faults.ts";
import {
  counted,
  grouped,
  hasEnding,
  type Imported,
  type Importer,
  type ImportOptions,
  type ImportSession,
  nameFromFile,
  type Readable,
} from "./importer.ts";
import { LineSplitter } from "./line-splitter.ts";

export const swf: Importer = {
  name: "swf",
  bringsCluster: true,
  summary: "Standard Workload Format 2.2, batch logs: requested processors and times, else the used ones; one worker of MaxProcs cpus",
  matches: (fileName, head) => hasEnding(fileName, "swf") || /^;\s*(?:Version|MaxJobs|MaxProcs|MaxNodes)\s*:/m.test(head),
  open: (options) => new SwfSession(options),
};

/** Columns of a line, from 0. */
const FIELD = {
  job: 0,
  submit: 1,
  run: 3,
  allocated: 4,
  requested: 7,
  requestedTime: 8,
  requestedMemory: 9,
  status: 10,
  user: 11,
  group: 12,
  executable: 13,
  queue: 14,
  preceding: 16,
  thinkTime: 17,
} as const;
const FIELD_COUNT = 18;
const FIELD_NAMES = [
  "job number",
  "submit time",
  "wait time",
  "run time",
  "allocated processors",
  "average cpu time",
  "used memory",
  "requested processors",
  "requested time",
  "requested memory",
  "status",
  "user",
  "group",
  "executable",
  "queue",
  "partition",
  "preceding job",
  "think time",
] as const;

/** Statuses by number; −1 is unknown, and those of partial executions are left out. */
const STATUSES: Readonly<Record<number, string>> = { 0: "failed", 1: "completed", 5: "cancelled" };

/** Reasons to leave a line out, in the order in which they are tried. */
const REASONS = {
  partial: "partial executions (status 2, 3, 4)",
  run: "run time not above 0",
  submit: "no submit time",
  processors: "no number of processors",
  tooLarge: "more processors than the worker has",
  tooMuchMemory: "more memory than the worker has",
} as const;

class SwfSession implements ImportSession {
  full = false;
  readonly #options: ImportOptions;
  readonly #faults: ImportFaults;
  readonly #lines = new LineSplitter((line, number) => this.#line(line, number));
  readonly #builder: TaskTableBuilder;
  readonly #row;
  readonly #fields = new Float64Array(FIELD_COUNT);
  /** By name: the first of each, and where it stands. */
  readonly #directives = new Map<string, { value: string; line: string; number: number }>();
  readonly #headerFaults: string[] = [];
  readonly #leftOut = new Map<keyof typeof REASONS, number>();
  readonly #jobs = new JobNumbers();
  /** The jobs of lines that cannot be read; NaN for one of which not even that is known. */
  readonly #lost = new Set<number>();
  #worker: WorkerSpec | undefined;
  #clock: ClockSum | undefined;
  #seen = 0;
  #linked = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#faults = new ImportFaults(options.file);
    this.#builder = new TaskTableBuilder(options.dimensions.length);
    this.#row = reusedRow(options.dimensions.length);
    this.#row.request[SLOTS] = 1;
    this.#row.retries = options.retries;
  }

  write(chunk: string): void {
    this.#lines.write(chunk);
  }

  finish(): Imported {
    this.#lines.finish();
    if (this.#seen === 0 && !this.#faults.any) this.#faults.addOverall("there is no job in this log");
    this.#faults.throwIfAny();
    return {
      name: nameFromFile(this.#options.file),
      dimensions: [...this.#options.dimensions],
      table: this.#builder.finish(),
      ...(this.#worker !== undefined && { workers: [this.#worker] }),
      notes: this.#notes(),
    };
  }

  readable(): Readable | undefined {
    if (this.#seen === 0) return undefined;
    const mayMiss = this.#lost.has(Number.NaN);
    const jobs = new Set([...this.#jobs.all, ...this.#lost]);
    jobs.delete(Number.NaN);
    return { ids: Array.from(jobs, String), mayMiss, ...(this.#worker !== undefined && { workers: [this.#worker] }) };
  }

  #line(line: string, number: number): void {
    if (this.full) return;
    const start = firstInk(line);
    if (start === line.length) return;
    if (line.charCodeAt(start) === SEMICOLON) {
      const directive = /^;\s*([A-Za-z]+)\s*:\s*(.*?)\s*$/.exec(line.slice(start));
      if (directive !== null && !this.#directives.has(directive[1] as string))
        this.#directives.set(directive[1] as string, { value: directive[2] as string, line, number });
      return;
    }
    if (this.#seen === 0) this.#worker = this.#resolveWorker();
    this.#seen += 1;
    if (!readNumbers(line, this.#fields)) this.#malformed(line, number);
    else this.#job(this.#worker ?? this.#anyWorker(), line, number);
  }

  /** Where the one that the jobs run on is not known: of its size nothing is held against them. */
  #anyWorker(): WorkerSpec {
    return { id: "w", capacity: this.#options.dimensions.map(() => Number.POSITIVE_INFINITY), speed: 1000, labels: {} };
  }

  /** The one worker that the jobs run on: as given, else as large as the header says. */
  #resolveWorker(): WorkerSpec | undefined {
    const { workers, dimensions } = this.#options;
    if (workers !== undefined && workers.length > 0) {
      if (workers.length === 1) return workers[0];
      this.#faults.addOverall(
        `a log of rigid jobs runs on one worker: a job holds all its processors at once, and the log does not say how they are spread over ${workers.length} workers; give one, such as --workers '1 x 128cpu'`,
      );
      return undefined;
    }
    const processors = this.#processorsInHeader();
    if (processors === undefined) {
      const way = "say how many processors there are, such as --workers '1 x 128cpu'";
      const wrong = ["MaxProcs", "MaxNodes"].flatMap((name) => this.#directives.get(name) ?? []);
      for (const [i, { value, line, number }] of wrong.entries())
        this.#faults.add(`${this.#headerFaults[i]}; ${way}`, number, line.lastIndexOf(value) + 1, line);
      if (wrong.length === 0) this.#faults.addOverall(`the header says neither MaxProcs nor MaxNodes; ${way}`);
      return undefined;
    }
    const capacity = dimensions.map((_, d) =>
      d === CPU ? processors * 1000 : d < STANDARD_DIMENSIONS.length ? Number.POSITIVE_INFINITY : 0,
    );
    return { id: "w", capacity, speed: 1000, labels: {} };
  }

  /** MaxProcs, else MaxNodes; a value that is no number of processors is passed over, and kept in mind. */
  #processorsInHeader(): number | undefined {
    for (const name of ["MaxProcs", "MaxNodes"]) {
      const { value } = this.#directives.get(name) ?? {};
      if (value === undefined) continue;
      const processors = Number(/^[0-9]+(?![\w.])/.exec(value)?.[0] ?? 0);
      const isTooLarge = processors * 1000 > Number.MAX_SAFE_INTEGER;
      if (processors > 0 && !isTooLarge) return processors;
      this.#headerFaults.push(`${name} "${value}" in the header is ${isTooLarge ? "too large" : "not a number of processors"}`);
    }
    return undefined;
  }

  #job(worker: WorkerSpec, line: string, number: number): void {
    const f = this.#fields;
    const processors = (f[FIELD.requested] as number) > 0 ? (f[FIELD.requested] as number) : (f[FIELD.allocated] as number);
    const memory = Math.round(Math.max(0, f[FIELD.requestedMemory] as number) * 1024 * Math.max(1, processors));
    const reason = this.#reasonAgainst(worker, processors, memory);
    if (reason !== undefined) {
      this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + 1);
      return;
    }
    const job = f[FIELD.job] as number;
    if (!this.#jobs.add(job)) {
      this.#faults.add(`job ${job} comes twice`, number, firstInk(line) + 1, line);
      return;
    }
    if (this.#isTooLarge(memory, line, number)) return;
    if ((f[FIELD.preceding] as number) > 0 || (f[FIELD.thinkTime] as number) > 0) this.#linked += 1;
    const run = f[FIELD.run] as number;
    const requestedTime = f[FIELD.requestedTime] as number;
    const row = this.#row;
    row.id = String(job);
    row.release = Math.round(((f[FIELD.submit] as number) * SECOND) / this.#options.scale);
    row.work = Math.round((requestedTime > 0 ? Math.min(run, requestedTime) : run) * SECOND);
    row.estimate = Math.round((requestedTime > 0 ? requestedTime : run) * SECOND);
    row.request[CPU] = Math.round(processors * 1000);
    row.request[MEMORY] = memory;
    row.user = label(f[FIELD.user] as number);
    row.group = label(f[FIELD.group] as number);
    row.queue = label(f[FIELD.queue] as number);
    row.function = label(f[FIELD.executable] as number);
    row.status = STATUSES[f[FIELD.status] as number];
    this.#clock ??= new ClockSum([worker]);
    const beyond = this.#clock.add(row);
    if (beyond !== undefined)
      this.#faults.add(beyond.message, number, columnOf(line, beyond.field === "release" ? FIELD.submit : FIELD.run), line);
    this.#builder.add(row);
    this.full = this.#builder.count === this.#options.limit;
  }

  /** Whether times or memory of a job are above what integers of µs and bytes can hold; each that is, is a fault. */
  #isTooLarge(memory: number, line: string, number: number): boolean {
    const beyond = TIMES.filter((field) => isBeyond(field, this.#fields[field] as number));
    if (memory > Number.MAX_SAFE_INTEGER) beyond.push(FIELD.requestedMemory);
    for (const field of beyond) this.#tooLarge(field, line, number);
    return beyond.length > 0;
  }

  #tooLarge(field: number, line: string, number: number): void {
    const column = columnOf(line, field);
    const text = line.slice(column - 1).split(/\s/, 1)[0];
    this.#faults.add(`${FIELD_NAMES[field]} (field ${field + 1}): "${text}" is too large`, number, column, line);
  }

  #reasonAgainst(worker: WorkerSpec, processors: number, memory: number): keyof typeof REASONS | undefined {
    const status = this.#fields[FIELD.status] as number;
    if (status >= 2 && status <= 4) return "partial";
    if (!((this.#fields[FIELD.run] as number) > 0)) return "run";
    if (!((this.#fields[FIELD.submit] as number) >= 0)) return "submit";
    if (!(processors > 0)) return "processors";
    if (processors * 1000 > (worker.capacity[CPU] as number)) return "tooLarge";
    return memory > (worker.capacity[MEMORY] as number) ? "tooMuchMemory" : undefined;
  }

  #malformed(line: string, number: number): void {
    const fields = [...line.matchAll(/\S+/g)];
    const job = fields[0]?.[0] ?? "";
    this.#lost.add(NUMBER.test(job) && Number.isFinite(Number(job)) ? Number(job) : Number.NaN);
    const areMissing = fields.length !== FIELD_COUNT;
    // A line of another format has no field that is worth a word.
    const told = areMissing && !fields.some(([text]) => NUMBER.test(text)) ? [] : fields.slice(0, FIELD_COUNT);
    for (const [field, { 0: text, index }] of told.entries()) {
      if (!NUMBER.test(text))
        this.#faults.add(`${FIELD_NAMES[field]} (field ${field + 1}): "${text}" is not a number`, number, index + 1, line);
      else if (isBeyond(field, Number(text))) this.#tooLarge(field, line, number);
    }
    if (areMissing) this.#faults.add(`a job has ${FIELD_COUNT} fields, this line ${fields.length}`, number, firstInk(line) + 1, line);
  }

  #notes(): string[] {
    const kept = this.#builder.count;
    const notes = [`${grouped(kept)} of ${counted(this.#seen, "job")} in the log`];
    if (this.full) notes[0] = `the first ${counted(kept, "job")} of the log that can run (limit)`;
    notes.push(...this.#headerFaults.map((fault) => `${fault}; MaxNodes counts instead`));
    for (const key of Object.keys(REASONS) as (keyof typeof REASONS)[]) {
      const count = this.#leftOut.get(key);
      if (count !== undefined) notes.push(`left out: ${counted(count, "line")}, ${REASONS[key]}`);
    }
    if (this.#linked > 0)
      notes.push(`${counted(this.#linked, "job")} with a preceding job or think time; submit times are used as they are`);
    const computer = this.#directives.get("Computer")?.value;
    const installation = this.#directives.get("Installation")?.value;
    if (computer !== undefined || installation !== undefined)
      notes.push(`log of ${[computer, installation].filter((text) => text).join(", ")}`);
    const start = this.#directives.get("UnixStartTime")?.value;
    if (start !== undefined && /^[0-9]+$/.test(start)) notes.push(`time 0 is Unix time ${start}`);
    return notes;
  }
}

const SEMICOLON = 59;
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;

function label(value: number): string | undefined {
  return value >= 0 ? String(value) : undefined;
}

function firstInk(line: string): number {
  let at = 0;
  while (at < line.length && line.charCodeAt(at) <= 32) at += 1;
  return at;
}

/** Fields that are read as µs. */
const TIMES: readonly number[] = [FIELD.submit, FIELD.run, FIELD.requestedTime];

/** Whether a field's number is none, or none of µs. */
function isBeyond(field: number, value: number): boolean {
  return !Number.isFinite(value) || (TIMES.includes(field) && value * SECOND > Number.MAX_SAFE_INTEGER);
}

/** The column, from 1, at which a field of a line begins; fields count from 0. */
function columnOf(line: string, field: number): number {
  return ([...line.matchAll(/\S+/g)][field]?.index ?? 0) + 1;
}

/** Fills the fields of a line; false if it has not exactly that many, or one is not a finite number. */
function readNumbers(line: string, out: Float64Array): boolean {
  let at = firstInk(line);
  let count = 0;
  while (at < line.length) {
    const start = at;
    const negative = line.charCodeAt(at) === 45;
    if (negative) at += 1;
    let value = 0;
    let code = line.charCodeAt(at);
    for (; code >= 48 && code <= 57 && at - start < 15; code = line.charCodeAt(++at)) value = value * 10 + (code - 48);
    if (at < line.length && code > 32) {
      // Not a short plain integer.
      while (at < line.length && line.charCodeAt(at) > 32) at += 1;
      const text = line.slice(start, at);
      if (!NUMBER.test(text)) return false;
      value = Number(text);
      if (!Number.isFinite(value)) return false;
    } else {
      if (at === start + (negative ? 1 : 0)) return false;
      if (negative) value = 0 - value;
    }
    if (count === FIELD_COUNT) return false;
    out[count++] = value;
    while (at < line.length && line.charCodeAt(at) <= 32) at += 1;
  }
  return count === FIELD_COUNT;
}

/** Tells a job number that comes again. While numbers only grow, as they do in most logs, there is no set of them. */
class JobNumbers {
  readonly #inOrder: number[] = [];
  #all: Set<number> | undefined;

  get all(): Iterable<number> {
    return this.#all ?? this.#inOrder;
  }

  add(job: number): boolean {
    const last = this.#inOrder[this.#inOrder.length - 1];
    if (this.#all === undefined && (last === undefined || job > last)) {
      this.#inOrder.push(job);
      return true;
    }
    this.#all ??= new Set(this.#inOrder);
    if (this.#all.has(job)) return false;
    this.#all.add(job);
    return true;
  }
}
