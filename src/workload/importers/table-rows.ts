// Rows of a table of tasks on their way into columns: ids, references to earlier and later rows, cycles.
import { type Names, nameAt } from "../../model/columns.ts";
import { findCycle } from "../../model/graph.ts";
import { didYouMean } from "../../model/nearest.ts";
import type { TaskTable } from "../../model/world.ts";
import { NamesBuilder, ownText } from "../names-builder.ts";
import { reusedRow } from "../task-draws.ts";
import { TaskTableBuilder } from "../task-table-builder.ts";
import type { ImportFaults } from "./import-faults.ts";
import type { ImportOptions } from "./importer.ts";
import { ringText } from "./ring-text.ts";
import { resetRow, type TableRow } from "./task-fields.ts";

const TEXTS_KEPT = 500;

/** A dependency on a row that had not come yet. */
interface Pending {
  edge: number;
  id: string;
  line: number;
  column: number;
  /** Kept for the first ones only: the lines of a long table must not stay in memory. */
  text: string | undefined;
}

/** Where a cell stands, for messages. */
export interface CellPlace {
  line: number;
  text: string;
  /** The column of a field's cell, or of the row where it has none. */
  columnOf(field: string): number;
}

/** Takes rows one after the other; `row` is filled anew for each. */
export class TableRows {
  readonly row: TableRow;
  full = false;
  readonly #options: ImportOptions;
  readonly #faults: ImportFaults;
  readonly #builder: TaskTableBuilder;
  readonly #ids = new NamesBuilder();
  readonly #pending: Pending[] = [];
  #rows = 0;
  #named: boolean | undefined;
  #forward = false;

  constructor(options: ImportOptions, faults: ImportFaults) {
    this.#options = options;
    this.#faults = faults;
    this.#builder = new TaskTableBuilder(options.dimensions.length);
    this.row = { ...reusedRow(options.dimensions.length), dependsOn: [] };
    resetRow(this.row, options.retries);
  }

  get count(): number {
    return this.#rows;
  }

  /** Takes the row as it is filled, and resets it. `sound`: its cells were all read. */
  add(place: CellPlace, sound: boolean): void {
    const { row } = this;
    this.#complete(row, place, sound);
    if (this.#identify(row, place)) {
      this.#refer(row, place);
      this.#builder.add(row);
      this.#rows += 1;
      this.full = this.#rows === this.#options.limit;
    }
    resetRow(row, this.#options.retries);
  }

  /** The table; faults that only the end shows are added to the others. */
  finish(): TaskTable {
    for (const { edge, id, line, column, text } of this.#pending) {
      const target = this.#ids.find(id);
      if (target >= 0) this.#builder.redirect(edge, target);
      else this.#faults.add(`dependencies: ${this.#unknown(id)}`, line, column, text);
    }
    if (this.#rows === 0) this.#faults.addOverall("there is no task in this table");
    this.#faults.throwIfAny();
    const table = this.#builder.finish();
    if (this.#forward) this.#refuseCycle(table);
    return table;
  }

  #complete(row: TableRow, place: CellPlace, sound: boolean): void {
    if (Number.isNaN(row.work) && sound) {
      const { functions } = this.#options;
      const time = functions?.get(row.function ?? "") ?? functions?.get("default");
      if (time === undefined) {
        const wanted = row.function === undefined ? "" : `, and its function "${row.function}" has none either`;
        this.#faults.add(`the task has no duration${wanted}`, place.line, place.columnOf("duration"), place.text);
      }
      row.work = time ?? 0;
    }
    if (this.#options.scale !== 1) row.release = Math.round(row.release / this.#options.scale);
  }

  /** Gives the row its id; false where it can have none. */
  #identify(row: TableRow, place: CellPlace): boolean {
    const fault = (message: string) => {
      this.#faults.add(message, place.line, place.columnOf("id"), place.text);
      return false;
    };
    this.#named ??= row.id !== undefined;
    if (this.#named !== (row.id !== undefined)) return fault("either every task has an id, or none has");
    const id = row.id ?? `t${this.#rows + 1}`;
    if (this.#ids.find(id) >= 0) return fault(`id "${id}" is given twice`);
    this.#ids.push(id);
    return true;
  }

  #refer(row: TableRow, place: CellPlace): void {
    for (const [i, id] of row.dependsOn.entries()) {
      if (row.dependsOn.indexOf(id) < i) continue;
      const known = this.#ids.find(id);
      if (known >= 0) {
        row.dependencies.push(known);
        if (known === this.#rows) this.#forward = true; // on itself: a cycle
      } else {
        this.#forward = true;
        const edge = this.#builder.edges + row.dependencies.length;
        this.#pending.push({
          edge,
          id: ownText(id),
          line: place.line,
          column: place.columnOf("dependencies"),
          text: this.#pending.length < TEXTS_KEPT ? place.text : undefined,
        });
        row.dependencies.push(0);
      }
    }
  }

  #unknown(id: string): string {
    const cut = this.full ? ` among the first ${this.#rows}` : "";
    return `"${id}" is not the id of a task${cut}${didYouMean(id, firstNames(this.#ids.finish()))}`;
  }

  #refuseCycle(table: TaskTable): void {
    const cycle = findCycle(table.dependencies);
    if (cycle === undefined) return;
    this.#faults.addOverall(`dependencies form a ring: ${ringText(cycle, table.names)}`);
    this.#faults.throwIfAny();
  }
}

/** Enough names to find what was meant, without looking at millions. */
function* firstNames(names: Names): Iterable<string> {
  for (let position = 0; position < Math.min(names.count, 10_000); position++) yield nameAt(names, position);
}
