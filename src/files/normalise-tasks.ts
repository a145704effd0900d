// Tasks of a scenario file: fields as integers, processing times resolved, names of dependencies and resources checked.
import { AS_FAR } from "../model/errors.ts";
import type { ElasticPlan } from "../model/elastic.ts";
import { AdjacencyBuilder, findCycles } from "../model/graph.ts";
import { Hints } from "../model/nearest.ts";
import { readOutputTemplate } from "../model/output-template.ts";
import { CPU, MEMORY, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { Amount, PerWorkerDuration, TaskSpec, UsageSpec } from "../model/scenario.ts";
import type { ScenarioInput, TaskInput } from "../model/scenario-schema.ts";
import { usageFaults } from "../workload/usage.ts";
import { ringText } from "../workload/importers/ring-text.ts";
import type { Document, Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { amountOf, TIME, unitOfDimension } from "./normalise-amounts.ts";
import { labelsOf } from "./normalise-cluster.ts";
import { isStretched } from "./normalise-elastic.ts";
import type { Profiles } from "./normalise-profile.ts";
import { parseBytes } from "../model/units.ts";
import { type Checked, valueAt } from "./schema-faults.ts";
import { requestPath, type WorkerFit } from "./worker-fit.ts";

type Fields = Omit<TaskSpec, "id" | "dependencies" | "position">;
type Duration = Amount | PerWorkerDuration;

/** What the tasks of a scenario refer to. */
export interface Surroundings {
  document: Document;
  faults: FaultList;
  faulty: Checked["faulty"];
  dimensions: readonly string[];
  /** Undefined where nothing is known of the cluster. */
  fit: WorkerFit | undefined;
  /** Of tasks that do not say otherwise. */
  retries: number;
  profiles: Profiles;
  /** Processing times by function; undefined as a value where one has faults. */
  functions: ReadonlyMap<string, Duration | undefined>;
  functionHints: Hints;
  /** Whether tasks are missing here because of faults that are told already. */
  mayMissTasks?: boolean;
  /** Remarks that are no faults. */
  notes: string[];
  /** Ids of tasks from elsewhere that may have been meant by one that is not known. */
  otherIds?: Iterable<string>;
}

/** Processing times by function name. */
export function normaliseFunctions(input: ScenarioInput["functions"], faults: FaultList): Map<string, Duration | undefined> {
  return new Map(Object.entries(input ?? {}).map(([name, duration]) => [name, durationOf(duration, ["functions", name], faults)]));
}

/** The tasks written in the file, without those that have no sound id. `isElsewhere` knows the ids of tasks from other sources. */
export function normaliseTasks(
  input: readonly (TaskInput | undefined)[],
  surroundings: Surroundings,
  isElsewhere: (id: string) => boolean,
): TaskSpec[] {
  const { document, faults } = surroundings;
  const tasks: TaskSpec[] = [];
  const places = new Map<string, number>();
  const named: Dependent[] = [];
  const nameless: Dependent[] = [];
  for (const [index, task] of input.entries()) {
    if (task === undefined) continue;
    const path = ["tasks", index];
    if (task.id === undefined) {
      fieldsOf(task, "this task", path, surroundings);
      nameless.push({ id: undefined, index, dependencies: (task.dependencies ?? []).map(String) });
      continue;
    }
    const id = String(task.id);
    if (places.has(id)) faults.add([...path, "id"], `task "${id}" is there already; ids are unique`);
    else places.set(id, tasks.length);
    const position = document.position(path);
    tasks.push({
      id,
      dependencies: (task.dependencies ?? []).map(String),
      ...fieldsOf(task, `task "${id}"`, path, surroundings),
      ...outputsOf(task, path, faults),
      ...(position && { position }),
    });
    named.push({ id, index, dependencies: (task.dependencies ?? []).map(String) });
  }
  const lost = tasks.length < input.length; // a task without a sound id may be the one that another depends on
  const mayMissTasks = lost || surroundings.mayMissTasks === true;
  // Those without a sound id come last: no ring runs through them.
  checkDependencies([...named, ...nameless], places, { ...surroundings, mayMissTasks }, isElsewhere);
  return tasks;
}

/** The files that it writes. */
function outputsOf({ outputs }: TaskInput, path: Path, faults: FaultList): Pick<TaskSpec, "outputs"> {
  if (outputs === undefined) return {};
  const sizes = Object.entries(outputs).map(([id, size]) => {
    const bytes = faults.attempt([...path, "outputs", id], () => parseBytes(size));
    return { id, size: bytes ?? 0 };
  });
  return { outputs: sizes };
}

/** What a task has in common with the template of generated ones. `drawn`: fields that the generator draws itself. */
export function fieldsOf(
  task: Partial<TaskInput>,
  subject: string,
  path: Path,
  surroundings: Surroundings,
  drawn: readonly string[] = [],
): Fields {
  const { document, dimensions, faults, fit } = surroundings;
  const time = (key: "release" | "due" | "timeout") =>
    task[key] === undefined ? undefined : amountOf(task[key], TIME, [...path, key], faults);
  const own = drawn.includes("duration") ? 0 : resolveDuration(task, subject, path, surroundings);
  const fields: Fields = {
    duration: own ?? 0,
    release: time("release") ?? 0,
    request: requestOf(task, path, surroundings),
    priority: task.priority ?? 0,
    weight: task.weight ?? 1,
    retries: task.retries ?? surroundings.retries,
    failsAfter: task.failsAfter ?? 1,
    requires: labelsOf(task.requires),
  };
  const profile = surroundings.profiles.of(task, fields.request, path, surroundings);
  const usage = usageOf(task, fields.request, subject, path, surroundings, drawn, profile?.elastic);
  const optional = {
    usage,
    fails: task.fails,
    estimate: estimateOf(task, path, faults),
    due: time("due"),
    timeout: time("timeout"),
    profile,
    inputs: task.inputs?.map(String),
    outputSize:
      task.outputSize === undefined ? undefined : amountOf(task.outputSize, unitOfDimension(MEMORY), [...path, "outputSize"], faults),
    command: task.command,
    stdout: task.stdout,
    stderr: task.stderr,
  };
  if (fields.request.some((amount) => typeof amount !== "number")) {
    const placeOf = (amount: Amount, d: number) =>
      typeof amount === "number" ? undefined : faults.placeOf([...path, ...requestPath(dimensions, d)]);
    fields.requestPlaces = fields.request.map(placeOf);
  }
  for (const [key, value] of Object.entries(optional)) if (value !== undefined) Object.assign(fields, { [key]: value });
  for (const key of ["function", "job", "user", "group", "queue", "status"] as const)
    if (task[key] !== undefined) fields[key] = String(task[key]);
  for (const key of ["stdout", "stderr"] as const)
    for (const message of readOutputTemplate(task[key] ?? "").faults) faults.add([...path, key], `${key} ${message}`);
  if (fields.timeout === 0) faults.add([...path, "timeout"], "timeout must be above 0");
  // What cannot be read is held against no worker: nothing of the field is asked for.
  const on = [...path, "duration", "on"];
  fit?.check(own === undefined ? { ...fields, duration: 0 } : fields, subject, path, faults, task.duration === undefined ? undefined : on);
  if (own === undefined) fit?.checkKeys(keysAt(document.value, on), on, faults);
  return fields;
}

/** The keys of a map in a document. */
export function keysAt(root: unknown, path: Path): string[] {
  const map = valueAt(root, path);
  return typeof map === "object" && map !== null && !Array.isArray(map) ? Object.keys(map) : [];
}

/** What it uses; more than it requests, where neither is drawn, is a fault. */
function usageOf(
  { usage }: Partial<TaskInput>,
  request: readonly Amount[],
  subject: string,
  path: Path,
  { faults, faulty }: Surroundings,
  drawn: readonly string[],
  elastic: ElasticPlan | undefined,
): UsageSpec | undefined {
  if (usage === undefined) return undefined;
  const spec: UsageSpec = {};
  for (const key of ["cpu", "memory", "read", "written"] as const) {
    if (usage[key] === undefined) continue;
    const amount = amountOf(usage[key], unitOfDimension(key === "cpu" ? CPU : MEMORY), [...path, "usage", key], faults);
    if (amount !== undefined) spec[key] = amount;
  }
  const fixed = (key: "cpu" | "memory") => {
    const amount = spec[key];
    const isKnown = typeof amount === "number" && !drawn.includes(key) && !faulty([...path, key]);
    return isKnown ? amount : Number.NaN;
  };
  const most = (d: number) => elastic?.[d as keyof ElasticPlan]?.most ?? 0;
  const allowed = request.map((amount, d) => (typeof amount === "number" ? Math.max(amount, most(d)) : 0));
  for (const { key, message } of usageFaults({ cpu: fixed("cpu"), memory: fixed("memory") }, allowed, subject, elastic))
    faults.add([...path, "usage", key], message);
  return spec;
}

/** A time, or a multiple of the true one. */
function estimateOf({ estimate }: Partial<TaskInput>, path: Path, faults: FaultList): TaskSpec["estimate"] {
  if (estimate === undefined) return undefined;
  return typeof estimate === "object" && "factor" in estimate ? estimate : amountOf(estimate, TIME, [...path, "estimate"], faults);
}

/** The task's own processing time, else its function's, else functions.default. */
function resolveDuration(task: Partial<TaskInput>, subject: string, path: Path, surroundings: Surroundings): Duration | undefined {
  const { faults, faulty, functions, functionHints, notes } = surroundings;
  if (task.duration !== undefined) return durationOf(task.duration, [...path, "duration"], faults);
  if (faulty([...path, "duration"]) || faulty([...path, "function"])) return undefined;
  const name = task.function === undefined ? undefined : String(task.function);
  for (const known of name === undefined ? ["default"] : [name, "default"]) {
    if (faulty(["functions"]) || faulty(["functions", known])) return undefined;
    if (!functions.has(known)) continue;
    const hint = name === undefined || known === name ? "" : functionHints.of(name);
    if (hint !== "") notes.push(`${subject}: function "${name}" has no time of its own, functions.default holds${hint}`);
    return functions.get(known);
  }
  const hint = name === undefined ? "" : functionHints.of(name);
  const need =
    name === undefined ? "a duration, or functions a default" : `a duration, or functions a time for "${name}" (or a default)${hint}`;
  faults.add(path, `${subject} has no processing time; give it ${need}`);
  return undefined;
}

function durationOf(value: NonNullable<TaskInput["duration"]>, path: Path, faults: FaultList): Duration | undefined {
  if (typeof value !== "object" || "distribution" in value) return amountOf(value, TIME, path, faults);
  const entries = Object.entries(value.on).map(([key, amount]) => [key, amountOf(amount, TIME, [...path, "on", key], faults)] as const);
  if (entries.length === 0) faults.add([...path, "on"], "on names no worker and no label");
  return entries.some(([, amount]) => amount === undefined) || entries.length === 0
    ? undefined
    : { on: entries as PerWorkerDuration["on"] };
}

function requestOf(task: Partial<TaskInput>, path: Path, surroundings: Surroundings): Amount[] {
  const { document, dimensions, faults, faulty, fit } = surroundings;
  const named = dimensions.slice(STANDARD_DIMENSIONS.length);
  for (const name of keysAt(document.value, [...path, "resources"])) {
    if ((STANDARD_DIMENSIONS as readonly string[]).includes(name)) {
      faults.add([...path, "resources", name], `${name} is not a named resource; it stands beside resources`, "key");
    } else if (!named.includes(name) && fit !== undefined) {
      faults.add([...path, "resources", name], `no worker has the resource "${name}"${fit.limits}${fit.resourceHints.of(name)}`, "key");
    }
  }
  return dimensions.map((name, d) => {
    const standard = d < STANDARD_DIMENSIONS.length;
    const given = standard ? task[name as (typeof STANDARD_DIMENSIONS)[number]] : task.resources?.[name];
    if (standard ? faulty([...path, name]) : faulty([...path, "resources"]) || faulty([...path, "resources", name])) return 0;
    if (given === undefined) return name === "cpu" ? 1000 : name === "slots" ? 1 : 0;
    if (isStretched(given)) return faults.attempt([...path, name, "min"], () => unitOfDimension(d).parse(given.min)) ?? 0;
    return amountOf(given, unitOfDimension(d), [...path, ...requestPath(dimensions, d)], faults) ?? 0;
  });
}

/** A task, its place in the file, and what it depends on. */
interface Dependent {
  /** Undefined where it has no sound one. */
  id: string | undefined;
  index: number;
  dependencies: readonly string[];
}

/** Dependencies must be tasks, each named once, and must not run in a ring; `places` is where an id stands among the tasks. */
function checkDependencies(
  tasks: readonly Dependent[],
  places: ReadonlyMap<string, number>,
  { faults, mayMissTasks, otherIds = [] }: Surroundings,
  isElsewhere: (id: string) => boolean,
): void {
  const hints = new Hints(() => [...places.keys(), ...otherIds]);
  const edges = new AdjacencyBuilder();
  for (const { id: own, index, dependencies } of tasks) {
    const subject = own === undefined ? "this task" : `task "${own}"`;
    const known: number[] = [];
    const seen = new Set<string>();
    for (const [i, id] of dependencies.entries()) {
      const path = ["tasks", index, "dependencies", i];
      const dependency = places.get(id);
      if (seen.has(id)) faults.add(path, `${subject} names its dependency "${id}" twice`);
      else if (dependency !== undefined) known.push(dependency);
      else if (!isElsewhere(id)) {
        const message = `${subject} depends on "${id}", which is not a task${mayMissTasks ? AS_FAR : ""}${hints.of(id)}`;
        faults.add(path, message, "value", mayMissTasks);
      }
      seen.add(id);
    }
    edges.push(known);
  }
  for (const ring of findCycles(edges.finish())) {
    const text = ringText(ring.map((place) => String(tasks[place]?.id)));
    faults.add(["tasks", (tasks[ring[0] as number] as Dependent).index, "dependencies"], `dependencies run in a ring: ${text}`);
  }
}
