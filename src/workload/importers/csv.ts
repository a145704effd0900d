// Tables of tasks as CSV (RFC 4180): a header with names of task fields, a row per task.
//
// Read by a state machine of our own: csv-parse gives no column of a cell for messages, needs the event loop to take text in
// chunks, and takes ten times as long for a million rows.
import { didYouMean } from "../../model/nearest.ts";
import { UnitError } from "../../model/units.ts";
import { type CsvRecord, CsvSplitter } from "./csv-splitter.ts";
import { ImportFaults } from "./import-faults.ts";
import {
  counted,
  hasEnding,
  type Imported,
  type Importer,
  type ImportOptions,
  type ImportSession,
  nameFromFile,
  type Readable,
} from "./importer.ts";
import { TableRows } from "./table-rows.ts";
import { setterOf, TASK_COLUMNS } from "./task-fields.ts";

export const csv: Importer = {
  name: "csv",
  bringsCluster: false,
  summary: `table of tasks; columns ${TASK_COLUMNS.join(", ")}, and the cluster's named resources; dependencies separated by spaces or ;, fails is always or numbers of executions separated likewise (1;2), no probability`,
  matches(fileName, head) {
    if (hasEnding(fileName, "csv")) return true;
    const columns = head
      .slice(0, Math.max(0, head.search(/[\r\n]/)))
      .replace(/^\uFEFF/, "")
      .split(",");
    return (
      columns.length > 1 &&
      columns.some((column) => column.trim() === "duration" || column.trim() === "id") &&
      columns.every((column) => /^[\w." ]+$/.test(column))
    );
  },
  open: (options) => new CsvSession(options),
};

interface CsvColumn {
  name: string;
  set: NonNullable<ReturnType<typeof setterOf>>;
}

class CsvSession implements ImportSession {
  readonly #options: ImportOptions;
  readonly #faults: ImportFaults;
  readonly #rows: TableRows;
  readonly #splitter: CsvSplitter;
  #columns: (CsvColumn | undefined)[] | undefined;
  /** Nothing can be said of its rows. */
  #isUnreadable = false;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#faults = new ImportFaults(options.file);
    this.#rows = new TableRows(options, this.#faults);
    this.#splitter = new CsvSplitter(
      (record) => this.#record(record),
      (message, line, column, text) => this.#faults.add(message, line, column, text),
    );
  }

  get full(): boolean {
    return this.#rows.full;
  }

  write(chunk: string): void {
    if (!this.full) this.#splitter.write(chunk);
  }

  finish(): Imported {
    if (!this.full) this.#splitter.finish();
    if (this.#isUnreadable) this.#faults.throwIfAny();
    const table = this.#rows.finish();
    const notes = [this.full ? `the first ${counted(table.count, "task")} (limit)` : counted(table.count, "task")];
    return { name: nameFromFile(this.#options.file), dimensions: [...this.#options.dimensions], table, notes };
  }

  readable(): Readable | undefined {
    return this.#isUnreadable ? undefined : this.#rows.readable();
  }

  #record(record: CsvRecord): void {
    if (this.#columns === undefined) this.#columns = this.#header(record);
    else if (!this.full && !this.#isUnreadable) this.#row(record, this.#columns);
  }

  #header(record: CsvRecord): (CsvColumn | undefined)[] {
    const names = record.cells.map((cell) => cell.trim());
    const separator = names.length === 1 ? /[;\t|]/.exec(record.text)?.[0] : undefined;
    if (separator !== undefined) {
      const sign = separator === "\t" ? "tabs" : `"${separator}"`;
      this.#faults.add(`columns are separated by commas, not by ${sign}`, record.line, record.text.indexOf(separator) + 1, record.text);
      this.#isUnreadable = true;
      return [];
    }
    const known = [...TASK_COLUMNS, ...this.#options.dimensions.slice(4)];
    return names.map((name, i) => {
      const set = setterOf(name, this.#options.dimensions);
      const fault = (message: string) => this.#faults.add(message, record.line, record.columnOf(i), record.text);
      if (names.indexOf(name) < i) fault(`column "${name}" comes twice`);
      else if (set !== undefined) return { name, set };
      else fault(`column "${name}" is not a field of a task${didYouMean(name, known) || ` (${known.join(", ")})`}`);
      return undefined;
    });
  }

  #row(record: CsvRecord, columns: readonly (CsvColumn | undefined)[]): void {
    const { cells, line, text } = record;
    if (cells.length !== columns.length) {
      this.#faults.add(`this row has ${cells.length} cells, the header ${columns.length}`, line, 1, text);
      this.#rows.lose(cells[columns.findIndex((column) => column?.name === "id")]);
      return;
    }
    let sound = true;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] as string;
      const column = columns[i];
      if (column === undefined) sound = false;
      if (column === undefined || cell === "") continue;
      try {
        column.set(cell, this.#rows.row);
      } catch (error) {
        if (!(error instanceof UnitError)) throw error;
        sound = false;
        this.#faults.add(`${column.name}: ${error.message}`, line, record.columnOf(i), text);
      }
    }
    const columnOf = (field: string) => {
      const i = columns.findIndex((column) => column?.name === field);
      return i < 0 ? 1 : record.columnOf(i);
    };
    const mayBeNamed = columns.includes(undefined) && !columns.some((column) => column?.name === "id");
    this.#rows.add({ line, text, columnOf }, sound, mayBeNamed);
  }
}
