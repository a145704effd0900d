// The document of a recorded workflow: its parts that matter here, checked, whatever version wrote them.
import type { ImportFaults } from "./import-faults.ts";

export interface ParsedTask {
  /** Where it stands in the document. */
  path: string;
  id: string;
  name: string;
  program: string | undefined;
  seconds: number;
  cores: number;
  assumedCore: boolean;
  /** Bytes. */
  memory: number;
  priority: number;
  parents: string[];
  children: string[];
}

export interface Workflow {
  name: string;
  tasks: ParsedTask[];
  machines: { name: string; cores: number; memory: number | undefined }[];
  files: number;
  fileBytes: number;
}

type Json = Readonly<Record<string, unknown>>;

const VERSIONS = ["1.5", "1.4", "1.3"];

/** The workflow in a text; what is wrong with it is added to the faults, and then the result is of no use. */
export function readWorkflow(text: string, faults: ImportFaults): Workflow {
  const nothing: Workflow = { name: "", tasks: [], machines: [], files: 0, fileBytes: 0 };
  let root: Json | undefined;
  try {
    root = object(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch (error) {
    addSyntaxFault(error, text, faults);
    return nothing;
  }
  const reader = new Reader(faults);
  const version = textOf(root?.schemaVersion);
  if (root === undefined || !VERSIONS.includes(version)) {
    faults.addOverall(
      version === ""
        ? "this is not WfFormat: it has no schemaVersion"
        : `schemaVersion ${version} is not read; known are ${VERSIONS.join(", ")}`,
    );
    return nothing;
  }
  const workflow = object(root.workflow) ?? {};
  const split = object(workflow.specification) !== undefined; // since 1.5
  const specification = split ? (object(workflow.specification) as Json) : workflow;
  const execution = split ? (object(workflow.execution) ?? {}) : workflow;
  const where = split ? "workflow.specification.tasks" : "workflow.tasks";
  const tasks = reader.objects(specification.tasks, where);
  if (tasks.length === 0) faults.addOverall(`${where}: there is no task`);
  const executed = split ? byId(reader.objects(execution.tasks, "workflow.execution.tasks")) : undefined;
  if (split && executed?.size === 0) faults.addOverall("workflow.execution.tasks: there is none, so no run time is known");
  return {
    name: typeof root.name === "string" ? root.name : "",
    tasks: tasks.map((task, i) => reader.task(task, executed === undefined ? task : executed.get(textOf(task.id)), `${where}[${i}]`)),
    machines: distinct(reader.objects(execution.machines ?? [], "machines").map((machine, i) => reader.machine(machine, `machines[${i}]`))),
    ...fileTotals(
      split
        ? reader.objects(specification.files ?? [], "workflow.specification.files")
        : tasks.flatMap((task) => reader.objects(task.files ?? [], "files")),
    ),
  };
}

/** Reads values at paths; a wrong one is a fault and a harmless default. */
class Reader {
  readonly #faults: ImportFaults;

  constructor(faults: ImportFaults) {
    this.#faults = faults;
  }

  task(task: Json, executed: Json | undefined, path: string): ParsedTask {
    const id = task.id ?? task.name;
    if (typeof id !== "string" || id === "") this.#faults.addOverall(`${path}: the task has no id`);
    if (executed === undefined)
      this.#faults.addOverall(`${path}: workflow.execution has no task "${textOf(id)}", so its run time is not known`);
    const run = executed ?? {};
    const cores = run.coreCount ?? run.cores;
    const command = object(run.command);
    return {
      path,
      id: textOf(id),
      name: typeof task.name === "string" ? task.name : "",
      program: typeof command?.program === "string" ? command.program : undefined,
      seconds: executed === undefined ? 0 : this.#number(run.runtimeInSeconds ?? run.runtime, `${path}: runtimeInSeconds`),
      cores: cores === undefined || cores === null ? 1 : this.#number(cores, `${path}: coreCount`),
      assumedCore: cores === undefined || cores === null,
      memory: this.#number(run.memoryInBytes ?? 0, `${path}: memoryInBytes`),
      priority: typeof run.priority === "number" ? run.priority : 0,
      parents: this.#texts(task.parents, `${path}.parents`),
      children: this.#texts(task.children, `${path}.children`),
    };
  }

  machine(machine: Json, path: string): Workflow["machines"][number] {
    const cpu = object(machine.cpu) ?? {};
    const cores = cpu.coreCount ?? cpu.count ?? 1;
    const memory = machine.memoryInBytes;
    if (typeof machine.nodeName !== "string") this.#faults.addOverall(`${path}: the machine has no nodeName`);
    return {
      name: textOf(machine.nodeName),
      cores: this.#number(cores, `${path}: cpu.coreCount`),
      memory: typeof memory === "number" && memory > 0 ? memory : undefined,
    };
  }

  objects(value: unknown, path: string): Json[] {
    if (Array.isArray(value)) {
      return value.flatMap((item, i) => {
        const found = object(item);
        if (found === undefined) this.#faults.addOverall(`${path}[${i}] is not an object`);
        return found === undefined ? [] : [found];
      });
    }
    if (value !== undefined) this.#faults.addOverall(`${path} is not a list`);
    return [];
  }

  #texts(value: unknown, path: string): string[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    this.#faults.addOverall(`${path} is not a list of ids`);
    return [];
  }

  #number(value: unknown, path: string): number {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
    this.#faults.addOverall(`${path} is ${value === undefined ? "missing" : `${JSON.stringify(value)}, not a number of at least 0`}`);
    return 0;
  }
}

/** One entry per name: a machine is listed once for each of its uses in some files. */
function distinct(machines: readonly Workflow["machines"][number][]): Workflow["machines"] {
  return [...new Map(machines.map((machine) => [machine.name, machine])).values()];
}

function byId(tasks: readonly Json[]): Map<string, Json> {
  return new Map(tasks.map((task) => [textOf(task.id), task]));
}

function fileTotals(files: readonly Json[]): { files: number; fileBytes: number } {
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(textOf(file.id ?? file.name), Number(file.sizeInBytes ?? file.size ?? 0));
  let fileBytes = 0;
  for (const size of sizes.values()) fileBytes += Number.isFinite(size) ? size : 0;
  return { files: sizes.size, fileBytes };
}

/** A text, or a number as one; other things have none. */
function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function object(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** Where the text stops being JSON, as far as the parser says it. */
function addSyntaxFault(error: unknown, text: string, faults: ImportFaults): void {
  const position = Number(/position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1] ?? Number.NaN);
  if (Number.isNaN(position)) {
    faults.addOverall("this is not JSON, or it is cut off");
    return;
  }
  const before = text.slice(0, position);
  const start = before.lastIndexOf("\n") + 1;
  const end = text.indexOf("\n", position);
  const line = before.split("\n").length;
  faults.add("this is not JSON from here on", line, position - start + 1, text.slice(start, end < 0 ? undefined : end));
}
