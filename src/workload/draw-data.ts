// From what tasks read and write by name to the files of a world: who makes each, who reads it, where it lies, and what that makes tasks wait for.
import { at, nameAt, sharedFloats, sharedIntegers } from "../model/columns.ts";
import { absentWorker } from "../model/absent-worker.ts";
import type { DataPlan } from "../model/data.ts";
import type { Fault, Position } from "../model/errors.ts";
import { type Adjacency, AdjacencyBuilder, findCycles, reversed } from "../model/graph.ts";
import { Hints } from "../model/nearest.ts";
import type { FileSpec, NetworkSpec, Scenario, WorkerSpec } from "../model/scenario.ts";
import type { TaskTable } from "../model/world.ts";
import { isOf } from "./draw-network.ts";
import { ringText } from "./importers/ring-text.ts";
import { givenIn, namesIn, outputSize } from "./task-files-builder.ts";

type Found = Omit<DataPlan, "bandwidth" | "store" | "sharing" | "kept" | "outputPlace" | "lost">;

/**
 * The files of a scenario's tasks; undefined where nothing comes of them, for they are everywhere at once and are never lost. A task waits for
 * those that write what it reads: the table that is returned says so too. `placeOf`: where a task stands.
 */
export function drawData(
  scenario: Pick<Scenario, "files" | "data" | "network">,
  tasks: TaskTable,
  workers: readonly WorkerSpec[],
  placeOf: (task: number) => Position | undefined,
  faults: Fault[],
): { tasks: TaskTable; data?: DataPlan } {
  const { files = [], network, data = { outputs: "durable", lost: "recompute" } } = scenario;
  if (files.length === 0 && tasks.files === undefined && !hasOutputs(tasks)) return { tasks };
  const found = new FileCollector(tasks, workers, placeOf, faults).collect(files);
  const linked = withProducers(tasks, found, placeOf, faults);
  const bandwidth = sharedFloats(workers.length);
  for (const [w, worker] of workers.entries()) bandwidth[w] = bandwidthOf(network, worker);
  const store = network?.store ?? Number.POSITIVE_INFINITY;
  const isInstant = store === Number.POSITIVE_INFINITY && bandwidth.every((rate) => rate === Number.POSITIVE_INFINITY);
  if (isInstant && data.outputs === "durable") return { tasks: linked };
  const kept = sharedFloats(workers.length);
  for (const [w, { fileCache = Number.POSITIVE_INFINITY }] of workers.entries()) kept[w] = fileCache;
  const sharing = network?.sharing ?? "none";
  return { tasks: linked, data: { ...found, bandwidth, store, sharing, kept, outputPlace: data.outputs, lost: data.lost } };
}

function hasOutputs({ count, output }: TaskTable): boolean {
  for (let task = 0; task < count; task++) if (at(output, task) > 0) return true;
  return false;
}

function bandwidthOf(network: NetworkSpec | undefined, worker: WorkerSpec): number {
  const own = network?.links.findLast((link) => isOf(link, worker) && link.bandwidth !== undefined)?.bandwidth;
  return own ?? network?.bandwidth ?? Number.POSITIVE_INFINITY;
}

class FileCollector {
  readonly #tasks: TaskTable;
  readonly #workers: readonly WorkerSpec[];
  readonly #placeOf: (task: number) => Position | undefined;
  readonly #faults: Fault[];
  readonly #names: string[] = [];
  readonly #size: number[] = [];
  readonly #producer: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #copies = new Map<number, readonly number[]>();

  constructor(tasks: TaskTable, workers: readonly WorkerSpec[], placeOf: (task: number) => Position | undefined, faults: Fault[]) {
    this.#tasks = tasks;
    this.#workers = workers;
    this.#placeOf = placeOf;
    this.#faults = faults;
  }

  collect(files: readonly FileSpec[]): Found {
    for (const file of files) this.#given(file);
    this.#brought();
    const outputs = this.#outputs();
    const inputs = this.#inputs();
    const size = sharedFloats(this.#size.length);
    size.set(this.#size);
    const producer = sharedIntegers(this.#producer.length);
    producer.set(this.#producer);
    const count = this.#names.length;
    return {
      files: { count, names: this.#names, size, producer, copies: this.#copies },
      inputs,
      outputs,
      readers: readersOf(inputs, count),
    };
  }

  #given({ id, size, at: places, position }: FileSpec): void {
    if (this.#numbers.has(id)) this.#tell(`two files have the id "${id}"`, position);
    const file = this.#add(id, size, -1);
    const copies = places.map((worker) => this.#workers.findIndex((each) => each.id === worker));
    for (const [i, copy] of copies.entries())
      if (copy < 0) this.#tell(`file "${id}": ${absentWorker({ worker: places[i] as string }, this.#workers, "")}`, position);
    if (copies.length > 0)
      this.#copies.set(
        file,
        copies.filter((copy) => copy >= 0),
      );
  }

  /** Those that a table brings along, as if they were written in `files` behind what stands there. */
  #brought(): void {
    const { files } = this.#tasks;
    if (files !== undefined) for (const { id, size } of givenIn(files)) if (!this.#numbers.has(id)) this.#add(id, size, -1);
  }

  #outputs(): Adjacency {
    const { count, files, output, names } = this.#tasks;
    const lists = new AdjacencyBuilder();
    for (let task = 0; task < count; task++) {
      const own = files === undefined ? [] : namesIn(files, files.outputs, task);
      const made = own.map((id, i) => this.#made(id, outputSize(files as NonNullable<typeof files>, task, i), task));
      if (at(output, task) > 0) made.push(this.#made(nameAt(names, task), at(output, task), task));
      lists.push(made);
    }
    return lists.finish();
  }

  #made(id: string, size: number, task: number): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) {
      const other = this.#producer[known] as number;
      const name = nameAt(this.#tasks.names, task);
      const by = other < 0 ? "is there from the beginning" : `task "${nameAt(this.#tasks.names, other)}" writes already`;
      this.#tell(`task "${name}" writes file "${id}", which ${by}; a file is made once`, this.#placeOf(task));
    }
    return this.#add(id, size, task);
  }

  #inputs(): Adjacency {
    const { count, files, output, dependencies, names } = this.#tasks;
    const hints = new Hints(() => this.#numbers.keys());
    const lists = new AdjacencyBuilder();
    for (let task = 0; task < count; task++) {
      const read: number[] = [];
      for (const id of files === undefined ? [] : namesIn(files, files.inputs, task)) {
        const file = this.#numbers.get(id);
        if (file !== undefined) read.push(file);
        else {
          const message = `task "${nameAt(names, task)}" reads file "${id}", which no task writes and which is not in files${hints.of(id)}`;
          this.#tell(message, this.#placeOf(task));
        }
      }
      for (let edge = dependencies.offsets[task] as number; edge < (dependencies.offsets[task + 1] as number); edge++) {
        const dependency = dependencies.targets[edge] as number;
        if (at(output, dependency) === 0) continue;
        const file = this.#numbers.get(nameAt(names, dependency)) as number;
        if (!read.includes(file)) read.push(file);
      }
      lists.push(read);
    }
    return lists.finish();
  }

  #add(id: string, size: number, producer: number): number {
    const file = this.#names.push(id) - 1;
    this.#numbers.set(id, file);
    this.#size.push(size);
    this.#producer.push(producer);
    return file;
  }

  #tell(message: string, position: Position | undefined): void {
    this.#faults.push({ message, ...(position && { position }) });
  }
}

/** Of each file, its readers in order of position. */
function readersOf({ offsets, targets }: Adjacency, files: number): Adjacency {
  const lists = { offsets: sharedIntegers(files + 1), targets: sharedIntegers(targets.length) };
  for (const file of targets) lists.offsets[file + 1]++;
  for (let file = 0; file < files; file++) lists.offsets[file + 1] += lists.offsets[file] as number;
  const next = lists.offsets.slice(0, files);
  for (let task = 0; task + 1 < offsets.length; task++)
    for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++)
      lists.targets[next[targets[edge] as number]++] = task;
  return lists;
}

/** Whoever reads a file depends on the task that writes it, whether that is said or not. */
function withProducers(
  tasks: TaskTable,
  { files, inputs }: Found,
  placeOf: (task: number) => Position | undefined,
  faults: Fault[],
): TaskTable {
  const edges = new AdjacencyBuilder();
  let added = false;
  for (let task = 0; task < tasks.count; task++) {
    const { offsets, targets } = tasks.dependencies;
    const own = Array.from(targets.subarray(offsets[task], offsets[task + 1]));
    for (let edge = inputs.offsets[task] as number; edge < (inputs.offsets[task + 1] as number); edge++) {
      const producer = files.producer[inputs.targets[edge] as number] as number;
      if (producer < 0 || own.includes(producer)) continue;
      own.push(producer);
      added = true;
    }
    edges.push(own);
  }
  if (!added) return tasks;
  const dependencies = edges.finish();
  for (const ring of findCycles(dependencies)) {
    const text = ringText(ring.map((task) => nameAt(tasks.names, task)));
    const position = placeOf(ring[0] as number);
    faults.push({ message: `tasks wait for files of one another in a ring: ${text}`, ...(position && { position }) });
  }
  return { ...tasks, dependencies, dependents: reversed(dependencies) };
}
