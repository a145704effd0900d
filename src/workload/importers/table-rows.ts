// Rows of a table of tasks on their way into columns: ids, requests that no worker can hold, references to other rows, cycles.
import { AS_FAR } from "../../model/errors.ts";
import { type Names, nameAt } from "../../model/columns.ts";
import { type Adjacency, AdjacencyBuilder, findCycles } from "../../model/graph.ts";
import { Hints } from "../../model/nearest.ts";
import type { TaskTable } from "../../model/world.ts";
import { NamesBuilder, ownText } from "../names-builder.ts";
import { covers, excesses, type Holder, largest } from "../request-fit.ts";
import { reusedRow } from "../task-draws.ts";
import { usageFaults } from "../usage.ts";
import { TaskTableBuilder } from "../task-table-builder.ts";
import { ClockSum } from "./clock-sum.ts";
import type { ImportFaults } from "./import-faults.ts";
import type { ImportOptions, Readable } from "./importer.ts";
import { ringText } from "./ring-text.ts";
import { resetRow, type TableRow } from "./task-fields.ts";

const TEXTS_KEPT = 500;

/** A dependency of a row on one that had not come yet, or on itself. Every ring has one. */
interface Pending {
  /** Of a row that is not in the table because of its faults neither counts. */
  row: number;
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
  /** The column of a field's cell, in it of the element with that index if it can be told, or of the row where it has none. */
  columnOf(field: string, element?: number): number;
}

/** Takes rows one after the other; `row` is filled anew for each. */
export class TableRows {
  readonly row: TableRow;
  full = false;
  readonly #options: ImportOptions;
  readonly #faults: ImportFaults;
  readonly #builder: TaskTableBuilder;
  readonly #clock: ClockSum;
  readonly #ids = new NamesBuilder();
  readonly #hints = new Hints(() => all(this.#ids.finish()));
  readonly #pending: Pending[] = [];
  /** The workers that rows are judged against; none where no cluster is given yet. */
  readonly #workers: readonly Holder[];
  /** Ids of rows that could not be read; empty for one of which that is not known. */
  readonly #lost = new Set<string>();
  #rows = 0;
  /** Rows, those too that are not in the table because of their faults. */
  #seen = 0;
  #named: boolean | undefined;

  constructor(options: ImportOptions, faults: ImportFaults) {
    this.#options = options;
    this.#faults = faults;
    this.#builder = new TaskTableBuilder(options.dimensions.length);
    this.#clock = new ClockSum(options.workers);
    this.#workers = largest<Holder>(options.workers ?? [], (a, b) => covers(a, b.capacity));
    this.row = { ...reusedRow(options.dimensions.length), dependsOn: [], inputs: [], outputs: [] };
    resetRow(this.row, options.retries);
  }

  get count(): number {
    return this.#rows;
  }

  /** A row that cannot be read, told already; its id, where it can be. */
  lose(id?: string): void {
    this.#lost.add(id ?? "");
  }

  /** Takes the row as it is filled, and resets it. `sound`: its cells were all read; `mayBeNamed`: one that was not may be its id. */
  add(place: CellPlace, sound: boolean, mayBeNamed = false): void {
    const { row } = this;
    const nameless = mayBeNamed && row.id === undefined;
    if (nameless) this.lose();
    this.#complete(row, place, sound);
    this.#fit(row, place);
    this.#checkUsage(row, place);
    const isNamed = !nameless && this.#identify(row, place);
    if (!nameless) this.#refer(row, place, isNamed);
    if (isNamed) {
      this.#checkClock(row, place);
      this.#builder.add(row);
      this.#rows += 1;
      this.full = this.#rows === this.#options.limit;
    }
    this.#seen += 1;
    resetRow(row, this.#options.retries);
  }

  /** The ids that can be read, also those of rows with faults. */
  readable(): Readable {
    const lost = [...this.#lost].filter((id) => id !== "" && this.#ids.find(id) < 0);
    return { ids: [...all(this.#ids.finish()), ...lost], mayMiss: this.#lost.has("") };
  }

  /** The table; faults that only the end shows are added to the others. */
  finish(): TaskTable {
    const unknown = new Set<number>();
    for (const { edge, id, line, column, text } of this.#pending) {
      const target = this.#ids.find(id);
      if (target >= 0 && edge >= 0) this.#builder.redirect(edge, target);
      else if (target < 0) {
        unknown.add(edge);
        if (!this.#lost.has(id)) this.#faults.add(`dependencies: ${this.#unknown(id)}`, line, column, text);
      }
    }
    if (this.#rows === 0 && this.#lost.size === 0) this.#faults.addOverall("there is no task in this table");
    const table = this.#builder.finish();
    if (this.#pending.length > 0) this.#refuseRings(table.names, without(table.dependencies, unknown));
    this.#faults.throwIfAny();
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

  /** Refuses what no worker can hold. */
  #fit({ id, request }: TableRow, { line, text, columnOf }: CellPlace): void {
    if (this.#workers.length === 0 || this.#workers.some((worker) => covers(worker, request))) return;
    const { dimensions } = this.#options;
    for (const excess of excesses(request, this.#workers, dimensions)) {
      const [only, ...others] = excess.dimensions as [number, ...number[]];
      const column = columnOf(others.length > 0 ? "id" : (dimensions[only] as string));
      this.#faults.add(`task "${id ?? this.#nextId}" requests ${excess.text}`, line, column, text);
    }
  }

  #checkClock(row: TableRow, { line, text, columnOf }: CellPlace): void {
    const beyond = this.#clock.add(row);
    if (beyond !== undefined) this.#faults.add(beyond.message, line, columnOf(beyond.field), text);
  }

  /** Refuses to use more than is requested. */
  #checkUsage({ id, usage, request }: TableRow, { line, text, columnOf }: CellPlace): void {
    if (usage === undefined) return;
    for (const { key, message } of usageFaults(usage, request, `task "${id ?? this.#nextId}"`))
      this.#faults.add(message, line, columnOf(`usage.${key}`), text);
  }

  /** Of a row without one, where no row has one. */
  get #nextId(): string {
    return `t${this.#seen + 1}`;
  }

  /** Gives the row its id; false where it can have none. */
  #identify(row: TableRow, place: CellPlace): boolean {
    const fault = (message: string) => {
      this.#faults.add(message, place.line, place.columnOf("id"), place.text);
      return false;
    };
    this.#named ??= row.id !== undefined;
    if (this.#named !== (row.id !== undefined)) {
      this.lose(row.id);
      return fault("either every task has an id, or none has");
    }
    const id = row.id ?? this.#nextId;
    if (this.#ids.find(id) >= 0) return fault(`id "${id}" is given twice`);
    this.#ids.push(id);
    return true;
  }

  /** `isNamed`: the row goes into the table; of one that does not only the names are judged. */
  #refer(row: TableRow, place: CellPlace, isNamed: boolean): void {
    for (const [i, id] of row.dependsOn.entries()) {
      const first = row.dependsOn.indexOf(id);
      if (first < i) {
        if (row.dependsOn.indexOf(id, first + 1) === i) this.#nameTwice(id, row, place, i);
        continue;
      }
      const known = this.#ids.find(id);
      if (known >= 0 && known < this.#rows) {
        row.dependencies.push(known);
      } else {
        const edge = isNamed ? this.#builder.edges + row.dependencies.length : -1;
        this.#pending.push({
          row: isNamed ? this.#rows : -1,
          edge,
          id: ownText(id),
          line: place.line,
          column: place.columnOf("dependencies", i),
          text: this.#pending.length < TEXTS_KEPT ? place.text : undefined,
        });
        row.dependencies.push(0);
      }
    }
  }

  #nameTwice(id: string, row: TableRow, { line, text, columnOf }: CellPlace, element: number): void {
    const subject = `task "${row.id ?? this.#nextId}"`;
    this.#faults.add(`${subject} names its dependency "${id}" twice`, line, columnOf("dependencies", element), text);
  }

  #unknown(id: string): string {
    const cut = this.full ? ` among the first ${this.#rows}` : "";
    const limits = this.#lost.size > 0 ? AS_FAR : "";
    return `"${id}" is not the id of a task${cut}${limits}${this.#hints.of(id)}`;
  }

  #refuseRings(names: Names, dependencies: Adjacency): void {
    const places = new Map(this.#pending.map((pending) => [`${pending.row} ${pending.id}`, pending]));
    for (const ring of findCycles(dependencies)) {
      const ids = ring.map((row) => nameAt(names, row));
      // The first row of a ring depends on its last, which comes later in the table or is the same.
      const place = places.get(`${ring[0]} ${ids.at(-1)}`) as Pending;
      this.#faults.add(`dependencies run in a ring: ${ringText(ids)}`, place.line, place.column, place.text);
    }
  }
}

/** The same lists, some edges left out. */
function without(graph: Adjacency, edges: ReadonlySet<number>): Adjacency {
  if (edges.size === 0) return graph;
  const { offsets, targets } = graph;
  const builder = new AdjacencyBuilder();
  for (let node = 0; node + 1 < offsets.length; node++) {
    const start = offsets[node] as number;
    builder.push(Array.from(targets.subarray(start, offsets[node + 1])).filter((_, i) => !edges.has(start + i)));
  }
  return builder.finish();
}

function* all(names: Names): Iterable<string> {
  for (let position = 0; position < names.count; position++) yield nameAt(names, position);
}
