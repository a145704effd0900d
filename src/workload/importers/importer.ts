// What an importer is: it takes the text of a log or a table in chunks and gives a task table.
import type { WorkerSpec } from "../../model/scenario.ts";
import type { TaskTable } from "../../model/world.ts";

export interface ImportOptions {
  /** The file's name, for messages. */
  file: string;
  /** The cluster, where the user or the scenario gives one. */
  workers?: readonly WorkerSpec[];
  /** The workers that a cluster which the file brings becomes, each as large as it may; undefined where it is open whether it counts. */
  around?: (workers: readonly WorkerSpec[]) => readonly WorkerSpec[];
  /** cpu, memory, disk, slots, then the named resources. */
  dimensions: readonly string[];
  /** Divides the times between submissions: 1.2 makes the load a fifth greater. */
  scale: number;
  /** Only so many tasks, the first ones. */
  limit?: number;
  /** Processing times by function name, µs, for rows without one; `default` for the others. */
  functions?: ReadonlyMap<string, number>;
  /** Further attempts of tasks of which the file does not say; default 0. */
  retries?: number;
}

/** What a file held. */
export interface Imported {
  /** A name for the scenario. */
  name: string;
  dimensions: string[];
  table: TaskTable;
  /** The cluster that the file describes, where it does. */
  workers?: WorkerSpec[];
  /** What was left out and what else the user should know, one line each. */
  notes: string[];
}

/** What a file with faults has, as far as it can be read. */
export interface Readable {
  /** Of its tasks. */
  ids: Iterable<string>;
  /** Whether it may have tasks of which the id cannot be read. */
  mayMiss: boolean;
  /** The cluster that it describes, none if it is empty; undefined where something is wrong with that. */
  workers?: WorkerSpec[];
}

/** One file being read. Malformed input is collected and thrown by `finish`, all faults at once, as an InputError. */
export interface ImportSession {
  write(chunk: string): void;
  /** Whether the limit is reached, so that the rest of the file need not be read. */
  readonly full: boolean;
  finish(): Imported;
  /** What `finish` leaves where it throws; undefined where that is nothing. */
  readable?(): Readable | undefined;
}

/** A format's entry in the registry. */
export interface Importer {
  name: string;
  /** One line: what is read, and how. */
  summary: string;
  /** Whether its files may describe the cluster that they were recorded on. */
  bringsCluster: boolean;
  /** Whether a file is of this format, by its name (without .gz) or the beginning of its text. */
  matches(fileName: string, head: string): boolean;
  open(options: ImportOptions): ImportSession;
}

/** A scenario's name from a file's: `logs/KTH-SP2.swf.gz` is `KTH-SP2`. */
export function nameFromFile(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1).replace(/\.gz$/i, "");
  const stem = base.replace(/\.[A-Za-z0-9]+$/, "");
  return stem === "" || stem === "-" || stem === "<stdin>" ? "imported" : stem;
}

/** Whether a file's name ends so, in whatever case, gzipped or not. */
export function hasEnding(fileName: string, ...endings: string[]): boolean {
  const name = fileName.toLowerCase().replace(/\.gz$/, "");
  return endings.some((ending) => name.endsWith(`.${ending}`));
}

/** A count with its noun: `1 job`, `28,476 jobs`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 28476 as 28,476. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
