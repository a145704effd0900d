// The document of a recorded workflow: its parts that matter here, checked, whatever version wrote them.
import { SECOND } from "../../model/units.ts";
import type { JsonFaults, JsonPath } from "./json-faults.ts";

/** What was recorded of a task's run. */
interface Run {
  program: string | undefined;
  seconds: number;
  /** Where its run time stands. */
  secondsPath: JsonPath;
  cores: number;
  assumedCore: boolean;
  /** Bytes. */
  memory: number;
  priority: number;
}

export interface ParsedTask extends Run {
  /** Where it stands in the document. */
  path: JsonPath;
  id: string;
  name: string;
  parents: string[];
  children: string[];
}

export interface Workflow {
  name: string;
  tasks: ParsedTask[];
  /** Whether it may have tasks of which the id cannot be read. */
  mayMissTasks: boolean;
  /** Whether nothing is wrong with the machines. */
  areMachinesSound: boolean;
  machines: { name: string; cores: number; memory: number | undefined }[];
  files: number;
  fileBytes: number;
}

type Json = Readonly<Record<string, unknown>>;

const VERSIONS = ["1.5", "1.4", "1.3"];

/** The workflow in a document, as far as it can be read; what is wrong with it is added to the faults. */
export function readWorkflow(document: unknown, faults: JsonFaults): Workflow {
  const nothing: Workflow = { name: "", tasks: [], mayMissTasks: true, areMachinesSound: false, machines: [], files: 0, fileBytes: 0 };
  const root = object(document);
  const reader = new Reader(faults);
  const version = textOf(root?.schemaVersion);
  if (root === undefined || !VERSIONS.includes(version)) {
    faults.add(
      ["schemaVersion"],
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
  const specified = split ? ["workflow", "specification"] : ["workflow"];
  const executing = split ? ["workflow", "execution"] : ["workflow"];
  const where = [...specified, "tasks"];
  const placed = reader.objects(specification.tasks, where);
  if (placed.length === 0) faults.add(where, `${pathText(where)}: there is no task`);
  const executed = split ? reader.runs(reader.objects(execution.tasks, [...executing, "tasks"])) : undefined;
  if (split && executed?.size === 0)
    faults.add([...executing, "tasks"], "workflow.execution.tasks: there is none, so no run time is known");
  const before = faults.count;
  const machines = reader.objects(execution.machines ?? [], [...executing, "machines"]).map((machine) => reader.machine(machine));
  const areMachinesSound = faults.count === before;
  const tasks = placed.map((task) => reader.task(task, executed === undefined ? reader.run(task) : executed.get(textOf(task.value.id))));
  return {
    name: typeof root.name === "string" ? root.name : "",
    tasks,
    mayMissTasks: tasks.some(({ id }) => id === "") || !Array.isArray(specification.tasks) || specification.tasks.length > tasks.length,
    areMachinesSound,
    machines: distinct(machines),
    ...fileTotals(
      split
        ? reader.objects(specification.files ?? [], [...specified, "files"])
        : placed.flatMap(({ value, path }) => reader.objects(value.files ?? [], [...path, "files"])),
    ),
  };
}

/** An object of the document, and where it stands. */
interface Placed {
  value: Json;
  path: JsonPath;
}

const UNKNOWN_RUN: Run = { program: undefined, seconds: 0, secondsPath: [], cores: 1, assumedCore: true, memory: 0, priority: 0 };

/** Reads values at paths; a wrong one is a fault and a harmless default. */
class Reader {
  readonly #faults: JsonFaults;

  constructor(faults: JsonFaults) {
    this.#faults = faults;
  }

  task({ value: task, path }: Placed, run: Run | undefined): ParsedTask {
    const id = task.id ?? task.name;
    if (typeof id !== "string" || id === "") this.#faults.add([...path, "id"], `${pathText(path)}: the task has no id`);
    if (run === undefined)
      this.#faults.add(path, `${pathText(path)}: workflow.execution has no task "${textOf(id)}", so its run time is not known`);
    return {
      ...(run ?? UNKNOWN_RUN),
      path,
      id: textOf(id),
      name: typeof task.name === "string" ? task.name : "",
      parents: this.#texts(task.parents, [...path, "parents"]),
      children: this.#texts(task.children, [...path, "children"]),
    };
  }

  run({ value, path }: Placed): Run {
    const cores = value.coreCount ?? value.cores;
    const command = object(value.command);
    const time = value.runtimeInSeconds === undefined && value.runtime !== undefined ? "runtime" : "runtimeInSeconds";
    const assumedCore = cores === undefined || cores === null;
    return {
      program: typeof command?.program === "string" ? command.program : undefined,
      seconds: this.#number(value[time], [...path, time], SECOND),
      secondsPath: [...path, time],
      cores: assumedCore ? 1 : this.#number(cores, [...path, value.coreCount === cores ? "coreCount" : "cores"], 1000),
      assumedCore,
      memory: this.#number(value.memoryInBytes ?? 0, [...path, "memoryInBytes"]),
      priority: typeof value.priority === "number" ? this.#finite(value.priority, [...path, "priority"]) : 0,
    };
  }

  /** All runs by id, those too that no task is found for: each is judged once. */
  runs(placed: readonly Placed[]): Map<string, Run> {
    return new Map(placed.map((run) => [textOf(run.value.id), this.run(run)]));
  }

  machine({ value: machine, path }: Placed): Workflow["machines"][number] {
    const cpu = object(machine.cpu) ?? {};
    const key = cpu.coreCount === undefined && cpu.count !== undefined ? "count" : "coreCount";
    const memory = machine.memoryInBytes;
    if (typeof machine.nodeName !== "string") this.#faults.add(path, `${pathText(path)}: the machine has no nodeName`);
    return {
      name: textOf(machine.nodeName),
      cores: this.#number(cpu[key] ?? 1, [...path, "cpu", key], 1000),
      memory: typeof memory === "number" && memory > 0 ? memory : undefined,
    };
  }

  objects(value: unknown, path: JsonPath): Placed[] {
    if (Array.isArray(value)) {
      return value.flatMap((item, i) => {
        const found = object(item);
        const at = [...path, i];
        if (found === undefined) this.#faults.add(at, `${pathText(at)} is not an object`);
        return found === undefined ? [] : [{ value: found, path: at }];
      });
    }
    if (value !== undefined) this.#faults.add(path, `${pathText(path)} is not a list`);
    return [];
  }

  #texts(value: unknown, path: JsonPath): string[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    this.#faults.add(path, `${pathText(path)} is not a list of ids`);
    return [];
  }

  #finite(value: number, path: JsonPath): number {
    if (Number.isFinite(value)) return value;
    this.#faults.add(path, `${pathText(path)} is too large`);
    return 0;
  }

  /** `unit`: how many of the integers that are kept make one. */
  #number(value: unknown, path: JsonPath, unit = 1): number {
    if (typeof value === "number" && value >= 0) {
      if (value * unit <= Number.MAX_SAFE_INTEGER) return value;
      this.#faults.add(path, `${pathText(path)} is too large`);
      return 0;
    }
    this.#faults.add(
      path,
      `${pathText(path)} is ${value === undefined ? "missing" : `${JSON.stringify(value)}, not a number of at least 0`}`,
    );
    return 0;
  }
}

/** A path as text: `workflow.tasks[3].parents`. */
export function pathText(path: JsonPath): string {
  return path.map((segment, i) => (typeof segment === "number" ? `[${segment}]` : i === 0 ? segment : `.${segment}`)).join("");
}

/** One entry per name: a machine is listed once for each of its uses in some files. */
function distinct(machines: readonly Workflow["machines"][number][]): Workflow["machines"] {
  return [...new Map(machines.map((machine) => [machine.name, machine])).values()];
}

function fileTotals(files: readonly Placed[]): { files: number; fileBytes: number } {
  const sizes = new Map<string, number>();
  for (const { value: file } of files) sizes.set(textOf(file.id ?? file.name), Number(file.sizeInBytes ?? file.size ?? 0));
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
