// Recorded outages of workers as CSV: node, down_s and up_s, a row per outage, in any order; each becomes a crash.
import { groupHint } from "../model/absent-worker.ts";
import { didYouMean, Hints } from "../model/nearest.ts";
import type { WorkerFaultSpec, WorkerSpec } from "../model/scenario.ts";
import { formatSeconds, parseDuration, type Time, UnitError } from "../model/units.ts";
import { type CsvRecord, CsvSplitter } from "./importers/csv-splitter.ts";
import { plainDecimal } from "./importers/decimal.ts";
import { ImportFaults } from "./importers/import-faults.ts";

const COLUMNS = ["node", "down_s", "up_s"] as const;
type OutageColumn = (typeof COLUMNS)[number];

interface Outage {
  node: string;
  down: Time;
  /** Infinity: it never comes back. */
  up: Time;
  line: number;
  text: string;
  /** The column at which the beginning stands, for messages. */
  downColumn: number;
}

/** What a row names as its worker, be its times sound or not. */
interface NamedNode {
  node: string;
  line: number;
  text: string;
  column: number;
}

/** One file being read. What is wrong with it is thrown by `finish`, all at once, as an InputError. */
export class OutageTrace {
  readonly #faults: ImportFaults;
  readonly #splitter: CsvSplitter;
  readonly #outages: Outage[] = [];
  readonly #nodes: NamedNode[] = [];
  /** Position of each column in a row; undefined until the header is read. */
  #places: ReadonlyMap<OutageColumn, number> | undefined;
  #width = 0;

  constructor(file: string) {
    this.#faults = new ImportFaults(file);
    this.#splitter = new CsvSplitter(
      (record) => this.#record(record),
      (message, line, column, text) => this.#faults.add(message, line, column, text),
    );
  }

  write(chunk: string): void {
    this.#splitter.write(chunk);
  }

  /**
   * The crashes, in order of time; `workers` undefined: whether its nodes are there cannot be judged. Those that `mayBe` there, though they
   * are not among the workers, are held against nobody and left out. `limits` says how far the workers are known.
   */
  finish(workers?: readonly WorkerSpec[], mayBe: (id: string) => boolean = () => false, limits = ""): WorkerFaultSpec[] {
    this.#splitter.finish();
    if (this.#places === undefined) this.#faults.addOverall(`the file is empty; its first line is ${COLUMNS.join(",")}`);
    else if (this.#outages.length === 0 && !this.#faults.any) this.#faults.addOverall("there is no outage in this file");
    const known = workers && new Set(workers.map(({ id }) => id));
    if (known !== undefined) this.#refuseUnknown(known, mayBe, limits);
    // In this order an end and a beginning at the same time are a restart, whichever row comes first in the file.
    const ordered = this.#outages.sort((a, b) => a.down - b.down || a.up - b.up || a.line - b.line);
    this.#refuseOverlaps(ordered);
    this.#faults.throwIfAny();
    const judged = known === undefined ? ordered : ordered.filter(({ node }) => known.has(node));
    return judged.map(({ node, down, up }): WorkerFaultSpec => {
      return { kind: "crash", worker: node, when: { at: down, lasting: up - down }, options: {} };
    });
  }

  #record(record: CsvRecord): void {
    if (this.#places === undefined) this.#header(record);
    else this.#row(record, this.#places);
  }

  #header(record: CsvRecord): void {
    const names = record.cells.map((cell) => cell.replace(/^\uFEFF/, "").trim());
    const places = new Map<OutageColumn, number>();
    this.#places = places;
    this.#width = names.length;
    for (const [place, name] of names.entries()) {
      const known = COLUMNS.find((column) => column === name);
      const fault = (message: string) => this.#faults.add(message, record.line, record.columnOf(place), record.text);
      if (known === undefined)
        fault(`column "${name}" is not one of a fault trace${didYouMean(name, COLUMNS) || ` (${COLUMNS.join(", ")})`}`);
      else if (places.has(known)) fault(`column "${name}" comes twice`);
      else places.set(known, place);
    }
    const missing = COLUMNS.filter((column) => !places.has(column));
    if (missing.length > 0 && names.every((name) => COLUMNS.some((column) => column === name)))
      this.#faults.add(`column ${missing.join(" and ")} is missing; a fault trace has ${COLUMNS.join(",")}`, record.line, 1, record.text);
  }

  #row(record: CsvRecord, places: ReadonlyMap<OutageColumn, number>): void {
    const { cells, line, text } = record;
    if (places.size < COLUMNS.length) return; // said of the header
    if (cells.length !== this.#width) {
      this.#faults.add(`this row has ${cells.length} cells, the header ${this.#width}`, line, 1, text);
      return;
    }
    const columnOf = (column: OutageColumn) => record.columnOf(places.get(column) as number);
    const cell = (column: OutageColumn) => (cells[places.get(column) as number] as string).trim();
    const fault = (column: OutageColumn, message: string) => {
      this.#faults.add(`${column}: ${message}`, line, columnOf(column), text);
      return undefined;
    };
    const time = (column: "down_s" | "up_s") => {
      try {
        return secondsOf(cell(column));
      } catch (error) {
        if (!(error instanceof UnitError)) throw error;
        return fault(column, error.message);
      }
    };
    const node = cell("node") || fault("node", "the worker is missing");
    if (node !== undefined) this.#nodes.push({ node, line, text, column: columnOf("node") });
    const down = time("down_s");
    const up = cell("up_s") === "" ? Number.POSITIVE_INFINITY : time("up_s");
    if (node === undefined || down === undefined || up === undefined) return;
    if (up < down)
      fault("up_s", `"${cell("up_s")}" is before down_s, ${formatSeconds(down)}; leave it empty for a worker that never comes back`);
    else this.#outages.push({ node, down, up, line, text, downColumn: columnOf("down_s") });
  }

  #refuseUnknown(known: ReadonlySet<string>, mayBe: (id: string) => boolean, limits: string): void {
    const hints = new Hints(() => known);
    const [first] = known;
    for (const { node, line, text, column } of this.#nodes) {
      if (known.has(node) || mayBe(node)) continue;
      const hint = groupHint(node, known, "its workers are") || hints.of(node) || `; the first of ${known.size} is "${first}"`;
      this.#faults.add(`worker "${node}" is not there${limits}${hint}`, line, column, text);
    }
  }

  /** Of outages in order of time. */
  #refuseOverlaps(outages: readonly Outage[]): void {
    const last = new Map<string, Outage>();
    for (const outage of outages) {
      const { node, down, up, line, text, downColumn } = outage;
      const before = last.get(node);
      if (before !== undefined && down < before.up) {
        const until = before.up < Number.POSITIVE_INFINITY ? `until ${formatSeconds(before.up)} s` : "for good";
        const since = `from ${formatSeconds(before.down)} s ${until} (line ${before.line})`;
        this.#faults.add(`down_s: worker "${node}" is down already, ${since}`, line, downColumn, text);
      }
      if (before === undefined || up > before.up) last.set(node, outage);
    }
  }
}

/** A bare number of seconds as µs, to the nearest. */
function secondsOf(text: string): Time {
  const plain = plainDecimal(text, 6);
  if (!Number.isNaN(plain)) return plain;
  if (!/^[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?$/.test(text) || !/[0-9]/.test(text))
    throw new UnitError(text === "" ? "the time is missing" : `"${text}" is not a number of seconds, such as 12.5`);
  return parseDuration(text);
}
