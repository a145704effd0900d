// Draws the world of one scenario and seed: every task's fields, the cluster as columns, what the scheduler is told.
import { withRange } from "../model/capacity-effects.ts";
import { DEFAULT_CLIENTS } from "../model/clients.ts";
import { DEFAULT_MINIMUM } from "../model/cloud.ts";
import { constantColumn, joinNames, nameAt, sharedFloats } from "../model/columns.ts";
import { type Fault, InputError, type Position } from "../model/errors.ts";
import { declaredMtbf } from "../faults/declared-mtbf.ts";
import { capacityTracks, drawFaults, strikesLinks } from "../faults/draw-faults.ts";
import { AdjacencyBuilder, reversed } from "../model/graph.ts";
import { Hints } from "../model/nearest.ts";
import {
  type ActionSpec,
  everyWorker,
  type GenerateSpec,
  type LinkSpec,
  type NetworkSpec,
  type Scenario,
  type Seeds,
  strikesWorkers,
  type TaskSource,
  type TaskSpec,
  type WorkerSpec,
} from "../model/scenario.ts";
import { hasEnvironments, hasStragglers, mayFailToStart, mayStraggle } from "../model/task-profile.ts";
import { type Action, type FaultPlan, MAX_TASKS, type TaskTable, type WorkerTable, type World } from "../model/world.ts";
import type { NetworkPlan } from "../model/network.ts";
import { drawData } from "./draw-data.ts";
import { drawNetwork, isDrawnNetwork } from "./draw-network.ts";
import { Eligibility } from "./eligibility.ts";
import { EntityDraws } from "./entity-draws.ts";
import { withEstimates } from "./estimates.ts";
import { type ToldOf, worldFaults } from "./feasibility.ts";
import { generatedCount, generateTable } from "./generate-table.ts";
import { generatorNamed } from "./generators/index.ts";
import { numberBehind } from "./names-builder.ts";
import { strikeTasks } from "./strike-tasks.ts";
import { reusedRow, TaskDraws } from "./task-draws.ts";
import { duplicateId, TaskIndex } from "./task-index.ts";
import { concatTables, TaskTableBuilder } from "./task-table-builder.ts";

/** What only drawing can show to be wrong, by what it is about. */
export interface WorldFaults {
  /** Faults that strike no worker. */
  targets: Fault[];
  /** Generators whose options contradict each other, or the cluster; the tasks of such a one are missing. */
  generators: Fault[];
  /** Ids that meet. */
  ids: Fault[];
  /** Dependencies and actions that name no task. */
  references: Fault[];
  /** Files that are not there, or made twice, or that make tasks wait in a ring. */
  files: Fault[];
  /** Requests that no worker can meet, times beyond the clock. */
  fit: Fault[];
}

/**
 * The world of a scenario under these seeds. Sources follow one another in their order, positions run on.
 * Throws InputError, with everything at once, for what only drawing can show: requests and durations that no worker can meet, ids that
 * meet, too many tasks.
 */
export function drawWorld(scenario: Scenario, seeds: Seeds): World {
  const { world, faults } = sketchWorld(scenario, seeds);
  const found = Object.values(faults).flat() as Fault[];
  if (found.length > 0) throw new InputError(found);
  return world;
}

/** The world as far as it can be drawn, and what is wrong with it. `toldOf`: in what dimensions it was told before that no worker meets a request. */
export function sketchWorld(scenario: Scenario, seeds: Seeds, toldOf: ToldOf = () => undefined): { world: World; faults: WorldFaults } {
  const { dimensions } = scenario;
  const everybody = everyWorker(scenario);
  const table = { ...workerTable(everybody, dimensions.length), ...tariffsOf(everybody, scenario.billingMinimum) };
  const workers = withRange(table, capacityTracks(scenario.faults ?? [], everybody));
  const eligibility = new Eligibility(workers);
  const faults: WorldFaults = { targets: [], generators: [], ids: [], references: [], files: [], fit: [] };
  const network = collecting(faults.targets, () => networkOf(scenario, everybody, seeds));
  const { parts, drawn, missing } = drawParts(scenario, seeds, workers, eligibility, faults.generators);
  faults.ids = idsThatMeet(parts);
  const unlinked = padded(concatTables(parts.map((part) => padded(part.table, dimensions.length))), dimensions.length);
  const unknown = new UnknownTasks(unlinked, missing, faults.references);
  const explicit = withExplicitDependencies(unlinked, parts, unknown);
  const partOf = (task: number) => parts.findLast(({ start }) => start <= task) as Part;
  const positionOfTask = (task: number) => placeIn(partOf(task), task, undefined).position;
  const { tasks: linked, data } = drawData(scenario, explicit, everybody, positionOfTask, faults.files);
  if (data !== undefined && scenario.scheduler.replication !== undefined)
    faults.files.push({
      message: "files that take time to be read, or may be lost, do not go with scheduler.replicas, which do not agree on where they are",
    });
  const noise = new EntityDraws(seeds.workload, "workload");
  const struck = strikeTasks(scenario.faults ?? [], linked, seeds.faults, faults.references);
  const tasks = withEstimates(struck.tasks, scenario.scheduler.estimates, noise, workers, eligibility, struck.mistakes);
  const written = actionsOf(scenario.actions ?? [], tasks, workers.names, scenario.workers.length, unknown);
  const actions = [...written, ...struck.asked].sort((a, b) => a.time - b.time); // stable: equal times stay in the order of the file
  const isAnchored = scenario.faults?.some((fault) => strikesWorkers(fault) && "anchor" in fault.when) === true;
  const anchors = isAnchored ? positionsOf(tasks) : new Map<string, number>();
  const plan = drawFaults(scenario.faults ?? [], everybody, seeds.faults, anchors, struck.killers, faults.targets);
  const { replication } = scenario.scheduler;
  const clients = replication && network?.clients && (scenario.clients ?? DEFAULT_CLIENTS);
  const cloud = scenario.cloud && { ...scenario.cloud, seed: seeds.faults };
  const world: World = {
    name: scenario.name,
    dimensions: [...dimensions],
    tasks,
    workers:
      plan === undefined && cloud === undefined ? workers : { ...workers, mtbf: declaredMtbf(plan?.tracks ?? [], cloud, workers.count) },
    eligibilitySets: eligibility.sets,
    ...(actions.length > 0 && { actions }),
    ...(plan && { faults: plan }),
    ...(network && { network }),
    ...(replication && { replicas: { ...replication, seed: seeds.network ?? seeds.faults } }),
    ...(clients && { clients }),
    ...(cloud && { cloud }),
    ...(data && { data }),
    ...(hasEnvironments(tasks.profiles) && { environments: { seed: seeds.faults } }),
    ...(hasStragglers(tasks.profiles) && { stragglers: { seed: seeds.faults } }),
    drawn: {
      workload: drawn.workload || noise.used,
      faults:
        drawn.faults ||
        struck.drawn ||
        mayFailToStart(tasks.profiles) ||
        mayStraggle(tasks.profiles) ||
        takesBack(scenario) ||
        isDrawn(plan) ||
        replication !== undefined || // election timeouts are
        (network !== undefined && isDrawnNetwork(network)),
    },
  };
  const placeOf = (task: number) => {
    const part = partOf(task);
    const spec = specIn(part, task);
    const told = spec && toldOf(spec.request);
    return { ...placeIn(part, task, spec?.requestPlaces), ...drawnIn(part, spec, seeds), ...(told && { told }) };
  };
  faults.fit = worldFaults(world, placeOf);
  return { world, faults };
}

/** References to tasks that are not there; what a generator with faults might have made is not held against anybody. */
class UnknownTasks {
  readonly hints: Hints;
  readonly #missing: readonly string[];
  readonly #found: Fault[];

  constructor(table: TaskTable, missing: readonly string[], found: Fault[]) {
    this.hints = new Hints(() => idsOf(table));
    this.#missing = missing;
    this.#found = found;
  }

  add(id: string, message: string, position: Position | undefined): void {
    if (this.#missing.some((prefix) => numberBehind(prefix, id) >= 1)) return;
    this.#found.push({ message, ...(position && { position }) });
  }
}

/** The result of a step; undefined, and its faults among those found, where it refuses. */
function collecting<T>(found: Fault[], step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    found.push(...error.faults);
    return undefined;
  }
}

/** The network, where one is given or faults strike its links. */
function networkOf(
  { network, faults = [], scheduler, clients }: Scenario,
  workers: readonly WorkerSpec[],
  seeds: Seeds,
): NetworkPlan | undefined {
  const areClientsStruck = faults.some((fault) => strikesWorkers(fault) && fault.clients === true);
  const isOnlyFiles = network === undefined || saysNothingOfMessages(network);
  if (isOnlyFiles && scheduler.replication === undefined && !areClientsStruck && !faults.some(strikesLinks)) return undefined;
  const given: NetworkSpec = network ?? { links: [], detail: "folded", inFlight: "drop" };
  const areClientsFar = areClientsStruck || clients !== undefined;
  const whole = areClientsFar && given.clients === undefined ? { ...given, clients: {} } : given;
  return drawNetwork(whole, workers, seeds.network ?? seeds.faults);
}

/** Whether all that is said of a network is how fast files get through it. */
function saysNothingOfMessages({
  links,
  clients,
  detail,
  inFlight: _inFlight,
  sharing: _sharing,
  store,
  bandwidth,
  ...quality
}: NetworkSpec): boolean {
  const saysOfFiles = bandwidth !== undefined || store !== undefined || links.some((link) => link.bandwidth !== undefined);
  const isSilent = (link: LinkSpec) => [link.latency, link.loss, link.duplicate, link.reorder].every((value) => value === undefined);
  return saysOfFiles && clients === undefined && detail === "folded" && isSilent(quality) && links.every(isSilent);
}

/** Whether instances are taken back, which they are by chance. */
function takesBack({ cloud }: Scenario): boolean {
  return cloud?.pools.some(({ spot }) => spot !== undefined) ?? false;
}

/** What workers cost and burn, where that is said of any. */
function tariffsOf(workers: readonly WorkerSpec[], minimum = DEFAULT_MINIMUM): Pick<WorkerTable, "tariffs"> {
  if (workers.every(({ price, watts }) => price === undefined && watts === undefined)) return {};
  const column = (value: (worker: WorkerSpec) => number | undefined) => {
    const data = sharedFloats(workers.length);
    for (const [w, worker] of workers.entries()) data[w] = value(worker) ?? 0;
    return data;
  };
  return {
    tariffs: {
      price: column(({ price }) => price),
      idle: column(({ watts }) => watts?.idle),
      busy: column(({ watts }) => watts?.busy),
      minimum,
    },
  };
}

/** Whether any of the faults strikes by chance. */
function isDrawn(plan: FaultPlan | undefined): boolean {
  return plan?.tracks.some(({ episodes }) => "between" in episodes) ?? false;
}

function positionsOf(tasks: TaskTable): Map<string, number> {
  const positions = new Map<string, number>();
  for (let task = 0; task < tasks.count; task++) positions.set(nameAt(tasks.names, task), task);
  return positions;
}

/** The actions in the order of the file, their tasks and workers by position; those that join stand behind the first `present`. */
function actionsOf(
  specs: readonly ActionSpec[],
  tasks: TaskTable,
  workers: readonly string[],
  present: number,
  unknown: UnknownTasks,
): Action[] {
  if (specs.length === 0) return [];
  const positions = positionsOf(tasks);
  const places = new Map(specs.some((spec) => "leave" in spec) ? workers.map((id, place) => [id, place]) : []);
  let joined = present;
  const actions = specs.flatMap((spec, index): Action[] => {
    const { at: time, position } = spec;
    if ("join" in spec) return spec.join.map(() => ({ time, worker: joined++, kind: "join" }));
    if ("leave" in spec) return [{ time, worker: places.get(spec.leave) as number, kind: "leave", limit: spec.limit }];
    if ("transfer" in spec) return [{ time, replica: spec.transfer, kind: "transfer" }];
    const [deed, id] =
      "set" in spec
        ? (["set", spec.set.task] as const)
        : "status" in spec
          ? (["status", spec.status] as const)
          : (["cancel", spec.cancel] as const);
    const task = positions.get(id) ?? -1;
    if (task < 0) unknown.add(id, `actions[${index}]: ${noSuchTask(deed, id, unknown.hints)}`, position);
    if ("status" in spec) return [{ time, task, kind: "status" }];
    if (!("set" in spec)) return [{ time, task, kind: spec.requeue ? "requeue" : "cancel" }];
    const { task: _, ...change } = spec.set;
    return [{ time, task, kind: "set", change }];
  });
  return actions;
}

/** What is said of an action on a task that is not there; `limits` says how far that is known. */
export function noSuchTask(deed: "set" | "cancel" | "status", id: string, hints: Hints, limits = ""): string {
  return `${deed} names no task "${id}"${limits}${hints.of(id)}`;
}

/** A source's tasks, the first of them at `start`. */
interface Part {
  source: TaskSource;
  start: number;
  table: TaskTable;
}

/** What the ids of a generated workload begin with where it does not say so, by its number among them. */
export function defaultPrefix(number: number): string {
  return number === 1 ? "t" : `t${number}-`;
}

/** How many tasks a workload would have on a cluster of its own, whatever the seed; refuses what drawing it would. */
export function countApart(spec: GenerateSpec, { workers, dimensions }: Pick<Scenario, "workers" | "dimensions">): number {
  const table = workerTable(workers, dimensions.length);
  const context = { workers: table, eligibility: new Eligibility(table), dimensions, prefix: "" };
  return generatedCount(spec, { workload: "1", faults: "1" }, context);
}

/** The tables of the sources; faults of generators are added to those found, and the prefixes of the tasks that they miss told. */
function drawParts(
  scenario: Scenario,
  seeds: Seeds,
  workers: WorkerTable,
  eligibility: Eligibility,
  found: Fault[],
): { parts: Part[]; drawn: World["drawn"]; missing: string[] } {
  const { dimensions, sources } = scenario;
  const draws = new TaskDraws(seeds, dimensions, eligibility);
  // A load is generated for the cluster as it stands at the beginning, be there some who join it or not.
  const present = scenario.workers.length === workers.count ? workers : workerTable(scenario.workers, dimensions.length);
  const drawn = { workload: false, faults: false };
  const parts: Part[] = [];
  const missing: string[] = [];
  let start = 0;
  let generators = 0;
  for (const source of sources) {
    let table: TaskTable;
    if (source.kind === "table") {
      table = source.table;
    } else if (source.kind === "tasks") {
      table = explicitTable(source.tasks, draws, dimensions.length);
    } else {
      generators += 1;
      const prefix = defaultPrefix(generators);
      const generated = collecting(found, () =>
        generateTable(source.generate, seeds, { workers: present, eligibility, dimensions, prefix }),
      );
      if (generated === undefined) {
        const own = source.generate.options.prefix;
        missing.push(typeof own === "string" ? own : prefix);
        continue;
      }
      table = generated.table;
      drawn.workload ||= generated.drawn.workload;
      drawn.faults ||= generated.drawn.faults;
    }
    parts.push({ source, start, table });
    start += table.count;
    if (start > MAX_TASKS)
      throw new InputError([...found, { message: `the scenario has more than ${MAX_TASKS} tasks, the most that a run can hold` }]);
  }
  drawn.workload ||= draws.workload.used;
  drawn.faults ||= draws.faults.used;
  return { parts, drawn, missing };
}

/** Tasks as they are written, drawn one after the other; their dependencies are left out. */
export function explicitTable(tasks: readonly TaskSpec[], draws: TaskDraws, dimensionCount: number): TaskTable {
  const builder = new TaskTableBuilder(dimensionCount);
  const row = reusedRow(dimensionCount);
  for (const task of tasks) {
    row.id = task.id;
    draws.task(task.id);
    draws.fill(task, row);
    builder.add(row);
  }
  return builder.finish();
}

function padded(table: TaskTable, dimensionCount: number): TaskTable {
  if (table.request.length >= dimensionCount) return table;
  const missing = Array.from({ length: dimensionCount - table.request.length }, () => constantColumn(0));
  return { ...table, request: [...table.request, ...missing] };
}

/** Ids that tasks of two sources have: each that is written in the file, and of other sources one for each two of them. */
function idsThatMeet(parts: readonly Part[]): Fault[] {
  const faults: Fault[] = [];
  if (parts.length < 2 || duplicateId(joinNames(parts.map(({ table }) => table.names))) === undefined) return faults;
  const add = (id: string, position: Position | undefined, how: string) => {
    const message = `two tasks have the id "${id}", in different parts of the scenario${how}`;
    faults.push({ message, ...(position && { position }) });
  };
  for (const [i, part] of parts.entries()) {
    const index = new TaskIndex(part.table.names);
    for (const [j, { source, table }] of parts.entries()) {
      if (part.table.count === 0 || table.count === 0 || i === j || part.source.kind === "tasks") continue;
      const how = howTheyMeet(part.source, source);
      if (source.kind === "tasks") {
        for (const { id, position } of source.tasks) if (index.find(id) >= 0) add(id, position, how);
      } else if (j > i) {
        const id = duplicateId(joinNames([part.table.names, table.names]));
        if (id !== undefined) add(id, positionOf(source) ?? positionOf(part.source), how);
      }
    }
  }
  return faults;
}

function positionOf(source: Exclude<TaskSource, { kind: "tasks" }>): Position | undefined {
  return source.kind === "generate" ? source.generate.position : source.position;
}

/** What tells how two sources come to have the same id, or how to part them. */
function howTheyMeet(one: TaskSource, other: TaskSource): string {
  if (one.kind === "generate" || other.kind === "generate") return "; generated tasks take another `prefix`";
  const files = [one, other].flatMap((source) => (source.kind === "table" && source.file !== undefined ? [source.file] : []));
  const [file, second] = files;
  if (file === undefined) return "";
  if (second === undefined) return `: here and in ${file}`;
  return file === second ? `: ${file} is named twice` : `: in ${file} and in ${second}`;
}

/** The dependencies of explicit tasks, which may name a task of any source. */
function withExplicitDependencies(table: TaskTable, parts: readonly Part[], unknown: UnknownTasks): TaskTable {
  const depends = parts.some(({ source }) => source.kind === "tasks" && source.tasks.some((task) => task.dependencies.length > 0));
  if (!depends) return table;
  const index = new TaskIndex(table.names);
  const edges = new AdjacencyBuilder();
  for (const { source, start, table: own } of parts) {
    for (let i = 0; i < own.count; i++) {
      if (source.kind === "tasks") {
        edges.push(resolved(source.tasks[i] as TaskSpec, index, unknown));
      } else {
        const { offsets, targets } = own.dependencies;
        edges.push(Array.from(targets.subarray(offsets[i], offsets[i + 1]), (target) => start + target));
      }
    }
  }
  const dependencies = edges.finish();
  return { ...table, dependencies, dependents: reversed(dependencies) };
}

function resolved(task: TaskSpec, index: TaskIndex, unknown: UnknownTasks): number[] {
  const positions: number[] = [];
  for (const id of task.dependencies) {
    const position = index.find(id);
    if (position < 0) {
      unknown.add(id, `task "${task.id}" depends on "${id}", which is not a task${unknown.hints.of(id)}`, task.position);
    } else if (!positions.includes(position)) {
      positions.push(position);
    }
  }
  return positions;
}

function* idsOf(table: TaskTable): Iterable<string> {
  for (let task = 0; task < table.count; task++) yield nameAt(table.names, task);
}

function workerTable(workers: readonly WorkerSpec[], dimensionCount: number): WorkerTable {
  const column = (value: (worker: WorkerSpec) => number) => {
    const data = sharedFloats(workers.length);
    for (const [w, worker] of workers.entries()) data[w] = value(worker);
    return data;
  };
  return {
    count: workers.length,
    names: workers.map((worker) => worker.id),
    capacity: Array.from({ length: dimensionCount }, (_, d) => column((worker) => worker.capacity[d] ?? 0)),
    speed: column((worker) => worker.speed),
    labels: workers.map((worker) => worker.labels),
    ...(workers.some(({ cache }) => cache !== undefined) && { cache: column(({ cache = Number.POSITIVE_INFINITY }) => cache) }),
  };
}

/** What a task was drawn from; undefined for one of a table. */
function specIn({ source, start }: Part, task: number): GenerateSpec["template"] | undefined {
  if (source.kind === "table") return undefined;
  return source.kind === "tasks" ? source.tasks[task - start] : source.generate.template;
}

function placeIn(
  { source, start }: Part,
  task: number,
  requestPlaces: TaskSpec["requestPlaces"],
): Pick<TaskSpec, "position" | "requestPlaces"> {
  const spec = source.kind === "tasks" ? source.tasks[task - start] : source.kind === "generate" ? source.generate : undefined;
  const position = spec?.position;
  return { ...(position && { position }), ...(requestPlaces && { requestPlaces }) };
}

/** The seed that a task's requests are drawn from, where they are. */
function drawnIn({ source }: Part, spec: GenerateSpec["template"] | undefined, seeds: Seeds): { seed?: string } {
  if (spec === undefined) return {};
  const draws = source.kind === "generate" && generatorNamed(source.generate.kind)?.draws?.includes("cpu") === true;
  if (!draws && spec.request.every((amount) => typeof amount === "number")) return {};
  return { seed: (source.kind === "generate" ? source.generate.seed : undefined) ?? seeds.workload };
}
