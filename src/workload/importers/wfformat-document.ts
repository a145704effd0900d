// The document of a recorded workflow: its parts that matter here, checked, whatever version wrote them.
import { AS_FAR } from "../../model/errors.ts";
import { Hints } from "../../model/nearest.ts";
import { SECOND } from "../../model/units.ts";
import type { JsonFaults, JsonPath } from "./json-faults.ts";

/** What was recorded of a task's run. */
interface Run {
  program: string | undefined;
  seconds: number;
  /** Where it stands in the document, and where its values do. */
  places: Readonly<Record<"run" | "seconds" | "cores" | "memory", JsonPath>>;
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
  /** Ids of files that it reads, and writes. */
  inputs: string[];
  outputs: string[];
}

/** A machine as it is listed; a size that cannot be read is without limit. */
interface Machine {
  /** Empty where it cannot be read. */
  name: string;
  /** Undefined where it is not said. */
  cores: number | undefined;
  /** Bytes; undefined where it is not said, or 0. */
  memory: number | undefined;
}

export interface Workflow {
  name: string;
  tasks: ParsedTask[];
  /** Whether it may have tasks of which the id cannot be read. */
  mayMissTasks: boolean;
  /** Whether nothing is wrong with the machines. */
  areMachinesSound: boolean;
  /** One of each name. */
  machines: Machine[];
  /** All that are listed, those too of a name that is listed already; undefined where one cannot be read at all. */
  listedMachines: Machine[] | undefined;
  /** Bytes by the file's id. */
  files: ReadonlyMap<string, number>;
}

type Json = Readonly<Record<string, unknown>>;

const VERSIONS = ["1.5", "1.4", "1.3"];

/** The workflow in a document, as far as it can be read; what is wrong with it is added to the faults. */
export function readWorkflow(document: unknown, faults: JsonFaults): Workflow {
  const nothing: Workflow = {
    name: "",
    tasks: [],
    mayMissTasks: true,
    areMachinesSound: false,
    machines: [],
    listedMachines: undefined,
    files: new Map(),
  };
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
  const before = faults.count;
  const machines = reader.machines(execution.machines ?? [], [...executing, "machines"]);
  const areMachinesSound = faults.count === before;
  const runs = split ? reader.runs(execution.tasks, [...executing, "tasks"]) : undefined;
  const tasks = placed.map((task) => reader.task(task, runs));
  const mayMissTasks = tasks.some(({ id }) => id === "") || isShort(tasks, specification.tasks);
  if (runs !== undefined) reader.refuseStrangers(runs, tasks, mayMissTasks);
  return {
    name: typeof root.name === "string" ? root.name : "",
    tasks,
    mayMissTasks,
    areMachinesSound,
    ...machines,
    ...reader.files(
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

/** What was recorded of the runs in an execution. */
interface Runs {
  placed: readonly Placed[];
  byId: ReadonlyMap<string, Run>;
  /** Whether there may be some of which the id cannot be read. */
  mayMiss: boolean;
}

/** Numbers that are recorded of a run, are judged, and do not matter here; the last two are called so in older versions. */
const MEASURED = ["avgCPU", "readBytes", "writtenBytes", "bytesRead", "bytesWritten"];

const UNKNOWN_RUN = { program: undefined, seconds: 0, cores: 0, assumedCore: true, memory: 0, priority: 0 };

/** Reads values at paths; a wrong one is a fault and a harmless default. */
class Reader {
  readonly #faults: JsonFaults;
  /** Names of machines, the empty one among them where one cannot be read; undefined where none is listed. */
  #machines: ReadonlySet<string> | undefined;
  readonly #machineHints = new Hints(() => this.#machines ?? []);

  constructor(faults: JsonFaults) {
    this.#faults = faults;
  }

  /** `runs` undefined: the task itself says what was recorded of its run. */
  task(placed: Placed, runs: Runs | undefined): ParsedTask {
    const { value: task, path } = placed;
    const id = task.id ?? task.name;
    if (typeof id !== "string" || id === "") this.#faults.add([...path, "id"], `${pathText(path)}: the task has no id`);
    const run = runs === undefined ? this.run(placed) : runs.byId.get(textOf(task.id));
    if (run === undefined) {
      const limits = runs?.mayMiss === true ? AS_FAR : "";
      this.#faults.add(path, `${pathText(path)}: workflow.execution has no task "${textOf(id)}"${limits}, so its run time is not known`);
    }
    return {
      ...(run ?? { ...UNKNOWN_RUN, places: { run: path, seconds: path, cores: path, memory: path } }),
      path,
      id: textOf(id),
      name: typeof task.name === "string" ? task.name : "",
      parents: this.#texts(task.parents, [...path, "parents"]),
      children: this.#texts(task.children, [...path, "children"]),
      ...this.#filesOf(task, path),
    };
  }

  /** What it reads and writes; older versions list both together. */
  #filesOf(task: Json, path: JsonPath): Pick<ParsedTask, "inputs" | "outputs"> {
    if (task.files === undefined) {
      const own = (key: "inputFiles" | "outputFiles") => [...new Set(this.#texts(task[key], [...path, key]))];
      return { inputs: own("inputFiles"), outputs: own("outputFiles") };
    }
    const linked = (link: string) =>
      (Array.isArray(task.files) ? (task.files as unknown[]) : []).flatMap((file) => {
        const { id, name, link: own } = object(file) ?? {};
        return own === link ? [textOf(id ?? name)] : [];
      });
    return { inputs: [...new Set(linked("input"))], outputs: [...new Set(linked("output"))] };
  }

  run({ value, path }: Placed): Run {
    const cores = value.coreCount ?? value.cores;
    const command = object(value.command);
    const time = value.runtimeInSeconds === undefined && value.runtime !== undefined ? "runtime" : "runtimeInSeconds";
    const assumedCore = isMissing(cores);
    const places = {
      run: path,
      seconds: [...path, time],
      cores: [...path, value.coreCount === cores ? "coreCount" : "cores"],
      memory: [...path, "memoryInBytes"],
    };
    for (const key of MEASURED) this.#number(value[key] ?? 0, [...path, key]);
    this.#judgeMachines(value.machines ?? [], [...path, "machines"]);
    return {
      program: typeof command?.program === "string" ? command.program : undefined,
      seconds: this.#number(value[time], places.seconds, { unit: SECOND }) ?? 0,
      places,
      cores: assumedCore ? 1 : (this.#number(cores, places.cores, { unit: 1000 }) ?? 0),
      assumedCore,
      memory: this.#number(value.memoryInBytes ?? 0, places.memory) ?? 0,
      priority: typeof value.priority === "number" ? this.#finite(value.priority, [...path, "priority"]) : 0,
    };
  }

  /** All runs, those too that no task is found for: each is judged once. */
  runs(value: unknown, path: JsonPath): Runs {
    const placed = this.objects(value, path);
    if (placed.length === 0) this.#faults.add(path, `${pathText(path)}: there is none, so no run time is known`);
    const byId = new Map(placed.map((run) => [textOf(run.value.id), this.run(run)]));
    for (const run of placed)
      if (textOf(run.value.id) === "") this.#faults.add([...run.path, "id"], `${pathText(run.path)}: the task has no id`);
    return { placed, byId, mayMiss: byId.delete("") || isShort(placed, value) };
  }

  /** Runs of tasks that the specification does not have. */
  refuseStrangers({ placed }: Runs, tasks: readonly ParsedTask[], mayMissTasks: boolean): void {
    const ids = new Set(tasks.map(({ id }) => id));
    const hints = new Hints(() => ids);
    for (const { value, path } of placed) {
      const id = textOf(value.id);
      if (id === "" || ids.has(id)) continue;
      const limits = mayMissTasks ? AS_FAR : "";
      this.#faults.add([...path, "id"], `${pathText(path)}: workflow.specification has no task "${id}"${limits}${hints.of(id)}`);
    }
  }

  /** The machines, one of each name: some files list one again for each of its uses, with the same sizes. */
  machines(value: unknown, path: JsonPath): Pick<Workflow, "machines" | "listedMachines"> {
    const placed = this.objects(value, path);
    const listed = placed.map((machine) => this.#machine(machine));
    const byName = new Map<string, Machine>();
    for (const [i, machine] of placed.entries()) {
      const read = listed[i] as Machine;
      const before = byName.get(read.name);
      if (read.name !== "" && before !== undefined && (differ(before.cores, read.cores) || differ(before.memory, read.memory)))
        this.#faults.add(
          [...machine.path, "nodeName"],
          `${pathText(machine.path)}: machine "${read.name}" is listed already, with other cores or memory; names are unique`,
        );
      else byName.set(read.name, read);
    }
    const names = new Set(byName.keys());
    const mayMiss = isShort(placed, value);
    if (mayMiss) names.add("");
    if (names.size > 0) this.#machines = names;
    return { machines: [...byName.values()], listedMachines: mayMiss ? undefined : listed };
  }

  #machine({ value: machine, path }: Placed): Machine {
    const { nodeName } = machine;
    const cpu = object(machine.cpu) ?? {};
    const key = cpu.coreCount === undefined && cpu.count !== undefined ? "count" : "coreCount";
    if (typeof nodeName !== "string" || nodeName === "") this.#faults.add(path, `${pathText(path)}: the machine has no nodeName`);
    if (object(machine.cpu ?? {}) === undefined)
      this.#faults.add([...path, "cpu"], `${pathText([...path, "cpu"])} is not an object, such as {"coreCount": 4}`);
    this.#number(cpu.speedInMHz ?? 0, [...path, "cpu", "speedInMHz"]);
    const memory = this.#number(machine.memoryInBytes ?? 0, [...path, "memoryInBytes"]) ?? 0;
    return {
      name: textOf(nodeName),
      cores: isMissing(cpu[key])
        ? undefined
        : (this.#number(cpu[key], [...path, "cpu", key], { unit: 1000, least: 1 }) ?? Number.POSITIVE_INFINITY),
      memory: memory > 0 ? memory : undefined, // 0 is not known
    };
  }

  /** Those that a run was on, by their names. */
  #judgeMachines(value: unknown, path: JsonPath): void {
    if (!Array.isArray(value)) return this.#faults.add(path, `${pathText(path)} is not a list of machines' names`);
    if (this.#machines === undefined) return;
    const limits = this.#machines.has("") ? AS_FAR : "";
    for (const [i, name] of (value as unknown[]).entries()) {
      if (typeof name === "string" && name !== "" && this.#machines.has(name)) continue;
      const hint = this.#machineHints.of(String(name));
      this.#faults.add([...path, i], `${pathText([...path, i])}: ${JSON.stringify(name)} is not the nodeName of a machine${limits}${hint}`);
    }
  }

  /** The files' sizes; of a file whose size is not said 0. */
  files(placed: readonly Placed[]): Pick<Workflow, "files"> {
    const sizes = new Map<string, number>();
    for (const { value: file, path } of placed) {
      const key = file.sizeInBytes === undefined && file.size !== undefined ? "size" : "sizeInBytes";
      sizes.set(textOf(file.id ?? file.name), this.#number(file[key] ?? 0, [...path, key]) ?? 0);
    }
    return { files: sizes };
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

  /** Undefined where it is none; `unit`: how many of the integers that are kept make one. */
  #number(value: unknown, path: JsonPath, { unit = 1, least = 0 } = {}): number | undefined {
    if (typeof value === "number" && value >= least) {
      if (value * unit <= Number.MAX_SAFE_INTEGER) return value;
      this.#faults.add(path, `${pathText(path)} is too large`);
      return undefined;
    }
    this.#faults.add(
      path,
      `${pathText(path)} is ${value === undefined ? "missing" : `${JSON.stringify(value)}, not a number of at least ${least}`}`,
    );
    return undefined;
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Whether two sizes are known, and not the same. */
function differ(one: number | undefined, other: number | undefined): boolean {
  return one !== other && Number.isFinite(one) && Number.isFinite(other);
}

/** Whether there are fewer than in a list of the document, or that is no list. */
function isShort(read: readonly unknown[], value: unknown): boolean {
  return !Array.isArray(value) || value.length > read.length;
}

/** A path as text: `workflow.tasks[3].parents`. */
export function pathText(path: JsonPath): string {
  return path.map((segment, i) => (typeof segment === "number" ? `[${segment}]` : i === 0 ? segment : `.${segment}`)).join("");
}

/** A text, or a number as one; other things have none. */
function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function object(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
