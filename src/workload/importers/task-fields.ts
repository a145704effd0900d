// The columns of a table of tasks: the fields of a task in a scenario that one cell can hold, and how each is read.
import { CPU, DISK, MEMORY, SLOTS, STANDARD_DIMENSIONS } from "../../model/resources.ts";
import { parseOutputTemplate } from "../../model/output-template.ts";
import { parseBytes, parseCount, parseDuration, parseThousandths, UnitError } from "../../model/units.ts";
import { MAX_RETRIES } from "../../model/world.ts";
import { ownText } from "../names-builder.ts";
import { leadingFailures, type ReusedRow } from "../task-draws.ts";
import type { OutputFile } from "../task-files-builder.ts";
import { type Usage, usualUsage } from "../usage.ts";
import { plainDecimal } from "./decimal.ts";

/** A row as it is read, cell by cell. */
export interface TableRow extends ReusedRow {
  /** Ids that the task depends on. */
  dependsOn: string[];
  inputs: string[];
  outputs: OutputFile[];
}

type Cell = string | number;
/** Puts a cell into the row; throws UnitError. */
type Setter = (cell: Cell, row: TableRow) => void;

/** A row before its cells: the defaults of a task. Its processing time is NaN until it is given. */
export function resetRow(row: TableRow, retries = 0): void {
  row.id = undefined;
  row.release = 0;
  row.work = Number.NaN;
  row.request.fill(0);
  row.request[CPU] = 1000;
  row.request[SLOTS] = 1;
  row.usage = undefined;
  row.dependencies.length = 0;
  row.dependsOn.length = 0;
  row.estimate = Number.NaN;
  row.due = Number.POSITIVE_INFINITY;
  row.timeout = Number.POSITIVE_INFINITY;
  row.retries = retries;
  row.failures = 0;
  row.failsAfter = 1;
  row.priority = 0;
  row.weight = 1;
  row.job = undefined;
  row.user = undefined;
  row.group = undefined;
  row.queue = undefined;
  row.function = undefined;
  row.status = undefined;
  row.stdout = undefined;
  row.stderr = undefined;
  row.output = 0;
  row.inputs.length = 0;
  row.outputs.length = 0;
}

const SETTERS: Readonly<Record<string, Setter>> = {
  id: (cell, row) => {
    row.id = String(cell);
  },
  function: (cell, row) => {
    row.function = ownText(String(cell));
  },
  duration: (cell, row) => {
    row.work = time(cell);
  },
  release: (cell, row) => {
    row.release = time(cell);
  },
  dependencies: (cell, row) => {
    for (const id of String(cell).split(/[\s;]+/)) if (id !== "") row.dependsOn.push(id);
  },
  cpu: request(CPU, 3, remembered(parseThousandths)),
  memory: request(MEMORY, 0, remembered(parseBytes)),
  disk: request(DISK, 0, remembered(parseBytes)),
  slots: request(SLOTS, 0, parseCount),
  "usage.cpu": used("cpu", 3, remembered(parseThousandths)),
  "usage.memory": used("memory", 0, remembered(parseBytes)),
  "usage.read": used("read", 0, remembered(parseBytes)),
  "usage.written": used("written", 0, remembered(parseBytes)),
  outputSize: (cell, row) => {
    row.output = quantity(cell, 0, remembered(parseBytes));
  },
  inputs: (cell, row) => {
    for (const id of String(cell).split(/[\s;]+/)) if (id !== "") row.inputs.push(id);
  },
  outputs: (cell, row) => {
    for (const text of String(cell).split(/[\s;]+/)) if (text !== "") row.outputs.push(outputFile(text));
  },
  priority: (cell, row) => {
    row.priority = number(cell);
  },
  weight: (cell, row) => {
    row.weight = notNegative(cell);
  },
  estimate: (cell, row) => {
    row.estimate = time(cell);
  },
  due: (cell, row) => {
    row.due = time(cell);
  },
  timeout: (cell, row) => {
    row.timeout = time(cell);
  },
  retries: (cell, row) => {
    row.retries = retries(cell);
  },
  fails: (cell, row) => {
    row.failures = failures(String(cell));
  },
  failsAfter: (cell, row) => {
    row.failsAfter = part(cell);
  },
  job: (cell, row) => {
    row.job = ownText(String(cell));
  },
  user: (cell, row) => {
    row.user = ownText(String(cell));
  },
  group: (cell, row) => {
    row.group = ownText(String(cell));
  },
  queue: (cell, row) => {
    row.queue = ownText(String(cell));
  },
  status: (cell, row) => {
    row.status = ownText(String(cell));
  },
  stdout: (cell, row) => {
    row.stdout = output(String(cell));
  },
  stderr: (cell, row) => {
    row.stderr = output(String(cell));
  },
};

/** The columns that a table may have, in the order in which tables are written; named resources follow. */
export const TASK_COLUMNS: readonly string[] = Object.keys(SETTERS);

/** The setter of a column; also of the named resources among the dimensions. */
export function setterOf(column: string, dimensions: readonly string[]): Setter | undefined {
  if (Object.hasOwn(SETTERS, column)) return SETTERS[column];
  const dimension = dimensions.indexOf(column);
  return dimension < STANDARD_DIMENSIONS.length ? undefined : request(dimension, 3, parseThousandths);
}

function request(dimension: number, places: number, parse: (cell: Cell) => number): Setter {
  return (cell, row) => {
    row.request[dimension] = 0; // what cannot be read is not held against the workers as well
    row.request[dimension] = quantity(cell, places, parse);
  };
}

function used(key: keyof Usage, places: number, parse: (cell: Cell) => number): Setter {
  return (cell, row) => {
    row.usage ??= usualUsage();
    row.usage[key] = quantity(cell, places, parse);
  };
}

/** The same function, which keeps some thousand results: texts with units come again and again in a column. */
function remembered(parse: (cell: Cell) => number): (cell: Cell) => number {
  const known = new Map<Cell, number>();
  return (cell) => {
    let value = known.get(cell);
    if (value === undefined) {
      value = parse(cell);
      if (known.size >= 4096) known.clear();
      known.set(typeof cell === "string" ? ownText(cell) : cell, value);
    }
    return value;
  };
}

function quantity(cell: Cell, places: number, parse: (cell: Cell) => number): number {
  const plain = typeof cell === "string" ? plainDecimal(cell, places) : Number.NaN;
  return Number.isNaN(plain) ? parse(cell) : plain;
}

/** A file and its size: `part1=20MB`. */
function outputFile(text: string): OutputFile {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new UnitError(`"${text}" is not a file and its size, such as part1=20MB`);
  return { id: text.slice(0, at), size: parseBytes(text.slice(at + 1)) };
}

const parseTime = remembered(parseDuration);

function time(cell: Cell): number {
  return quantity(cell, 6, parseTime);
}

function retries(cell: Cell): number {
  const value = quantity(cell, 0, parseCount);
  if (value > MAX_RETRIES) throw new UnitError(`"${cell}" is more than ${MAX_RETRIES}, the most that there can be`);
  return value;
}

function number(cell: Cell): number {
  const value = Number(cell);
  if (!Number.isFinite(value) || String(cell).trim() === "") throw new UnitError(`"${cell}" is not a number`);
  return value;
}

function notNegative(cell: Cell): number {
  const value = number(cell);
  if (value < 0) throw new UnitError(`"${cell}" is negative`);
  return value;
}

function part(cell: Cell): number {
  const value = number(cell);
  if (!(value > 0 && value <= 1)) throw new UnitError(`"${cell}" is not a part of the time, above 0 and at most 1`);
  return value;
}

/** Most tasks print what others do. */
const parseOutput = remembered((text) => parseOutputTemplate(String(text)).fields.length);

function output(text: string): string {
  parseOutput(text);
  return ownText(text);
}

function failures(text: string): number {
  if (text === "always") return Number.POSITIVE_INFINITY;
  const executions = text.split(/[\s;,]+/).filter((word) => word !== "");
  if (!executions.every((word) => /^[1-9][0-9]{0,8}$/.test(word))) {
    throw new UnitError(`"${text}" is neither always nor numbers of executions, such as 1;2 (a table holds no probabilities)`);
  }
  return leadingFailures(executions.map(Number));
}
