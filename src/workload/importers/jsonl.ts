// Tables of tasks as JSON lines: one object a line, with the fields of a task; `dependencies` and `fails` may be lists.
import { Hints, nearest } from "../../model/nearest.ts";
import { shown } from "../../model/shown.ts";
import { parseBytes, UnitError } from "../../model/units.ts";
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
import { elementOffsetIn, keyOffsetIn, repeatedKeysIn, syntaxFaultIn } from "./json-faults.ts";
import { LineSplitter } from "./line-splitter.ts";
import { TableRows } from "./table-rows.ts";
import { setterOf, TASK_COLUMNS } from "./task-fields.ts";

export const jsonl: Importer = {
  name: "jsonl",
  bringsCluster: false,
  summary: "table of tasks, a JSON object a line; fields as in csv, resources: { gpu: 1 } and usage: { cpu: 0.5 }",
  matches: (fileName, head) =>
    hasEnding(fileName, "jsonl", "ndjson") || /^\s*\{[^\r\n]*"(?:id|duration)"\s*:[^\r\n]*\}\s*[\r\n]+\s*\{/.test(head),
  open: (options) => new JsonlSession(options),
};

class JsonlSession implements ImportSession {
  readonly #options: ImportOptions;
  readonly #faults: ImportFaults;
  readonly #rows: TableRows;
  readonly #lines = new LineSplitter((line, number) => this.#line(line, number));
  readonly #fieldHints: Hints;
  readonly #resourceHints: Hints;
  readonly #known: string[];

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#faults = new ImportFaults(options.file);
    this.#rows = new TableRows(options, this.#faults);
    this.#fieldHints = new Hints(() => this.#known);
    this.#resourceHints = new Hints(() => options.dimensions.slice(4));
    this.#known = [...TASK_COLUMNS, "resources", "usage", ...options.dimensions.slice(4)];
  }

  get full(): boolean {
    return this.#rows.full;
  }

  write(chunk: string): void {
    if (!this.full) this.#lines.write(chunk);
  }

  finish(): Imported {
    if (!this.full) this.#lines.finish();
    const table = this.#rows.finish();
    const notes = [this.full ? `the first ${counted(table.count, "task")} (limit)` : counted(table.count, "task")];
    return { name: nameFromFile(this.#options.file), dimensions: [...this.#options.dimensions], table, notes };
  }

  readable(): Readable {
    return this.#rows.readable();
  }

  #line(line: string, number: number): void {
    if (this.full || line.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      const { message, offset } = syntaxFaultIn(line);
      this.#faults.add(`this line is not JSON${message}`, number, offset + 1, line);
      this.#rows.lose();
      return;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#faults.add('this line is not an object, such as {"id": "a", "duration": "10s"}', number, 1, line);
      this.#rows.lose();
      return;
    }
    let sound = this.#refuseRepeated(value, line, number);
    for (const [field, content] of Object.entries(value)) sound = this.#field(field, content, line, number) && sound;
    const mayBeNamed = Object.keys(value).some((field) => this.#mayMeanId(field));
    this.#rows.add({ line: number, text: line, columnOf: (field, element) => columnOf(line, field, element) }, sound, mayBeNamed);
  }

  /** Whether it is not a field, and may be the id misspelt. */
  #mayMeanId(field: string): boolean {
    if (MAPS.includes(field) || setterOf(field, this.#options.dimensions) !== undefined) return false;
    return (nearest(field, this.#known) ?? "id") === "id";
  }

  /** False where keys are given twice; where no more colons follow texts than there are keys, none can be. */
  #refuseRepeated(value: object, line: string, number: number): boolean {
    if ((line.match(/"\s*:/g)?.length ?? 0) === keysIn(value)) return true;
    const repeated = repeatedKeysIn(line);
    for (const { message, offset } of repeated) this.#faults.add(message, number, offset + 1, line);
    return repeated.length === 0;
  }

  #field(field: string, content: unknown, line: string, number: number): boolean {
    const fault = (message: string) => {
      this.#faults.add(message, number, columnOf(line, field), line);
      return false;
    };
    if (content === null) return true;
    if (field === "resources") return this.#resources(content, line, number);
    if (field === "usage") return this.#usage(content, line, number);
    const set = setterOf(field, this.#options.dimensions);
    if (set === undefined)
      return fault(`"${field}" is not a field of a task${this.#fieldHints.of(field) || ` (${this.#known.join(", ")})`}`);
    if (field === "outputs" && typeof content === "object") return this.#outputs(content, line, number);
    if (field === "inputs" && isTexts(content)) {
      this.#rows.row.inputs.push(...content.map(String));
      return true;
    }
    if (field === "dependencies" && isTexts(content)) {
      this.#rows.row.dependsOn.push(...content.map(String));
      return true;
    }
    const cell = field === "fails" && isTexts(content) ? content.join(";") : content;
    if (typeof cell !== "string" && typeof cell !== "number") return fault(`${field}: ${written(content)} is neither a text nor a number`);
    try {
      set(cell, this.#rows.row);
      return true;
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      return fault(`${field}: ${error.message}`);
    }
  }

  /** Files and their sizes. */
  #outputs(content: object, line: string, number: number): boolean {
    const fault = (message: string) => {
      this.#faults.add(`outputs: ${message}`, number, columnOf(line, "outputs"), line);
      return false;
    };
    if (Array.isArray(content)) return fault('a list is no object, such as {"part1": "20MB"}');
    let sound = true;
    for (const [id, size] of Object.entries(content) as [string, unknown][]) {
      try {
        this.#rows.row.outputs.push({ id, size: parseBytes(size as number | string) });
      } catch (error) {
        if (!(error instanceof UnitError)) throw error;
        sound = fault(error.message);
      }
    }
    return sound;
  }

  #usage(content: unknown, line: string, number: number): boolean {
    if (typeof content !== "object" || content === null || Array.isArray(content)) {
      this.#faults.add('usage is an object, such as {"cpu": 0.5}', number, columnOf(line, "usage"), line);
      return false;
    }
    let sound = true;
    for (const [key, amount] of Object.entries(content)) sound = this.#field(`usage.${key}`, amount, line, number) && sound;
    return sound;
  }

  #resources(content: unknown, line: string, number: number): boolean {
    if (typeof content !== "object" || content === null || Array.isArray(content)) {
      this.#faults.add('resources is an object, such as {"gpu": 1}', number, columnOf(line, "resources"), line);
      return false;
    }
    let sound = true;
    const named = this.#options.dimensions.slice(4);
    for (const [name, amount] of Object.entries(content)) {
      if (named.includes(name)) {
        sound = this.#field(name, amount, line, number) && sound;
      } else {
        this.#faults.add(
          `resource "${name}" is not one that the cluster has${this.#resourceHints.of(name)}`,
          number,
          columnOf(line, name),
          line,
        );
        sound = false;
      }
    }
    return sound;
  }
}

/** Fields that are objects themselves. */
const MAPS = ["resources", "usage", "outputs"];

function isTexts(content: unknown): content is (string | number)[] {
  return Array.isArray(content) && content.every((item) => typeof item === "string" || typeof item === "number");
}

/** How a value is shown: as it was written where it holds little, for it may be nested deeply. */
function written(content: unknown): string {
  const parts = typeof content === "object" && content !== null ? Object.values(content) : [];
  return parts.length > 4 || parts.some((part) => typeof part === "object" && part !== null) ? shown(content) : JSON.stringify(content);
}

/** Keys of an object and of those directly in it. */
function keysIn(value: object): number {
  let count = 0;
  for (const inner of Object.values(value) as unknown[])
    count += 1 + (typeof inner === "object" && inner !== null && !Array.isArray(inner) ? Object.keys(inner).length : 0);
  return count;
}

/** The column of a field's name in the line, of `usage.cpu` that of `cpu` in `usage`, or of an element of its list; 1 where it has none. */
function columnOf(line: string, field: string, element?: number): number {
  if (element !== undefined) return (elementOffsetIn(line, field, element) ?? 0) + 1;
  const [, inner] = /^usage\.(.*)$/.exec(field) ?? [];
  const paths = inner === undefined ? [[field], ["resources", field]] : [["usage", inner], ["usage"]];
  return (keyOffsetIn(line, paths) ?? 0) + 1;
}
