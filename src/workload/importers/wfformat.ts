// WfFormat of the WfCommons project, version 1.5 (also 1.4 and 1.3): a recorded scientific workflow as one JSON document.
import { AS_FAR } from "../../model/errors.ts";
import { nameAt } from "../../model/columns.ts";
import { findCycles } from "../../model/graph.ts";
import { Hints } from "../../model/nearest.ts";
import { CPU, MEMORY, SLOTS, STANDARD_DIMENSIONS } from "../../model/resources.ts";
import type { WorkerSpec } from "../../model/scenario.ts";
import { SECOND } from "../../model/units.ts";
import { covers, excesses, type Holder, largest } from "../request-fit.ts";
import { reusedRow } from "../task-draws.ts";
import { TaskTableBuilder } from "../task-table-builder.ts";
import { ClockSum } from "./clock-sum.ts";
import { ImportFaults } from "./import-faults.ts";
import {
  counted,
  grouped,
  type Imported,
  type Importer,
  type ImportOptions,
  type ImportSession,
  nameFromFile,
  type Readable,
} from "./importer.ts";
import { ringText } from "./ring-text.ts";
import { addSyntaxFault, JsonFaults, type JsonPath } from "./json-faults.ts";
import { type ParsedTask, pathText, readWorkflow, type Workflow } from "./wfformat-document.ts";

export const wfformat: Importer = {
  name: "wfformat",
  bringsCluster: true,
  summary: "WfFormat 1.5 (1.4, 1.3), a recorded workflow: run times, cores, memory, parents and children; workers from its machines",
  matches: (_fileName, head) =>
    /^\s*\{/.test(head) && /"(?:schemaVersion|workflow)"\s*:/.test(head) && !/"(?:scheduler|cluster)"\s*:/.test(head),
  open: (options) => new WfFormatSession(options),
};

class WfFormatSession implements ImportSession {
  readonly full = false;
  readonly #options: ImportOptions;
  readonly #faults: ImportFaults;
  readonly #chunks: string[] = [];
  /** Undefined until it is read, and where it holds no task. */
  #workflow: Workflow | undefined;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#faults = new ImportFaults(options.file);
  }

  write(chunk: string): void {
    this.#chunks.push(chunk);
  }

  finish(): Imported {
    const text = this.#chunks.join("").replace(/^\uFEFF/, "");
    const faults = new JsonFaults();
    const workflow = readWorkflow(this.#parsed(text), faults);
    if (workflow.tasks.length === 0) faults.throwIfAny(text, this.#faults);
    this.#workflow = workflow;
    const limit = Math.min(this.#options.limit ?? workflow.tasks.length, workflow.tasks.length);
    const links = new Links(workflow, limit, faults);
    const table = this.#table(workflow, limit, links, faults);
    for (const ring of findCycles(table.dependencies)) {
      const { path } = workflow.tasks[ring[0] as number] as ParsedTask;
      faults.add(path, `dependencies run in a ring: ${ringText(ring.map((task) => nameAt(table.names, task)))}`);
    }
    faults.throwIfAny(text, this.#faults);
    const workers = workersOf(workflow.machines, this.#options.dimensions);
    return {
      name: workflow.name || nameFromFile(this.#options.file),
      dimensions: [...this.#options.dimensions],
      table,
      ...(workers.length > 0 && { workers }),
      notes: notesOf(workflow, limit, links.dropped),
    };
  }

  readable(): Readable | undefined {
    if (this.#workflow === undefined) return undefined;
    const { tasks, mayMissTasks, areMachinesSound, machines } = this.#workflow;
    const ids = new Set(tasks.slice(0, this.#options.limit).map(({ id }) => id));
    ids.delete("");
    return { ids, mayMiss: mayMissTasks, ...(areMachinesSound && { workers: workersOf(machines, this.#options.dimensions) }) };
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      addSyntaxFault(text, this.#faults);
      return this.#faults.throwIfAny();
    }
  }

  #table(workflow: Workflow, limit: number, links: Links, faults: JsonFaults) {
    const clock = new ClockSum(this.#options.workers);
    const workers = this.#workersAround(workflow);
    const builder = new TaskTableBuilder(this.#options.dimensions.length);
    const row = reusedRow(this.#options.dimensions.length);
    const files = new RecordedFiles(workflow, limit);
    for (const { id, size } of files.given) builder.give(id, size);
    for (let i = 0; i < limit; i++) {
      const task = workflow.tasks[i] as ParsedTask;
      row.id = task.id;
      row.work = Math.round(task.seconds * SECOND);
      row.request[CPU] = Math.round(task.cores * 1000);
      row.request[MEMORY] = Math.round(task.memory);
      row.request[SLOTS] = 1;
      row.priority = task.priority;
      row.retries = this.#options.retries;
      row.function = task.program;
      row.job = workflow.name || undefined;
      row.dependencies = links.parentsOf(i);
      row.inputs = files.read(task);
      row.outputs = files.written(task);
      const beyond = clock.add(row);
      if (beyond !== undefined) faults.add(task.places.seconds, beyond.message);
      this.#refuseTooLarge(task, row.request, workers, faults);
      builder.add(row);
    }
    return builder.finish();
  }

  /** The largest of those that tasks may run on, as far as they can be read; none where it is open who that is. */
  #workersAround({ listedMachines = [] }: Workflow): readonly Holder[] {
    const { workers, around, dimensions } = this.#options;
    const all = workers ?? (listedMachines.length > 0 ? around?.(workersOf(listedMachines, dimensions)) : undefined);
    return largest<Holder>(all ?? [], (a, b) => covers(a, b.capacity));
  }

  #refuseTooLarge({ id, places }: ParsedTask, request: ArrayLike<number>, workers: readonly Holder[], faults: JsonFaults): void {
    if (workers.length === 0 || workers.some((worker) => covers(worker, request))) return;
    for (const { dimensions, text } of excesses(request, workers, this.#options.dimensions)) {
      const [only, ...others] = dimensions;
      const place = others.length > 0 ? places.run : only === CPU ? places.cores : only === MEMORY ? places.memory : places.run;
      faults.add(place, `task "${id}" requests ${text}`);
    }
  }
}

/** Files with their sizes. One that is not listed is left out; so is one that is written by several tasks but for the first, and one that a task would wait for itself. */
class RecordedFiles {
  readonly #sizes: ReadonlyMap<string, number>;
  /** The first task that writes a file. */
  readonly #writers = new Map<string, ParsedTask>();
  /** Files that are there from the beginning: those too that tasks beyond the limit write. */
  readonly given: { id: string; size: number }[] = [];

  constructor({ tasks, files }: Workflow, limit: number) {
    this.#sizes = files;
    for (const task of tasks.slice(0, limit))
      for (const id of task.outputs) if (files.has(id) && !this.#writers.has(id)) this.#writers.set(id, task);
    for (const [id, size] of files) if (!this.#writers.has(id)) this.given.push({ id, size: Math.round(size) });
  }

  read(task: ParsedTask): string[] {
    return task.inputs.filter((id) => this.#sizes.has(id) && this.#writers.get(id) !== task);
  }

  written(task: ParsedTask): { id: string; size: number }[] {
    const own = task.outputs.filter((id) => this.#writers.get(id) === task);
    return own.map((id) => ({ id, size: Math.round(this.#sizes.get(id) as number) }));
  }
}

/** Who depends on whom: what tasks say of their parents and of their children, merged. */
class Links {
  /** Dependencies on tasks beyond the limit, which are left out with them. */
  dropped = 0;
  readonly #parents: Set<number>[];

  constructor({ tasks, mayMissTasks }: Workflow, limit: number, faults: JsonFaults) {
    const byId = new Map<string, number>();
    const byName = new Map<string, number>(); // version 1.4 and older refer by name
    for (const [i, task] of tasks.entries()) {
      if (task.id === "") continue; // said already
      if (byId.has(task.id)) faults.add([...task.path, "id"], `${pathText(task.path)}: id "${task.id}" is given twice`);
      byId.set(task.id, i);
      if (task.name !== "") byName.set(task.name, i);
    }
    this.#parents = tasks.map(() => new Set());
    const limits = mayMissTasks ? AS_FAR : "";
    const hints = new Hints(() => byId.keys());
    const resolve = (id: string, ...path: JsonPath): number | undefined => {
      const task = byId.get(id) ?? byName.get(id);
      if (task === undefined) faults.add(path, `${pathText(path)}: "${id}" is not the id of a task${limits}${hints.of(id)}`);
      return task;
    };
    for (const [i, task] of tasks.entries()) {
      for (const [k, id] of task.parents.entries()) this.#link(resolve(id, ...task.path, "parents", k), i);
      for (const [k, id] of task.children.entries()) this.#link(i, resolve(id, ...task.path, "children", k));
    }
    for (let child = 0; child < limit; child++) {
      for (const parent of this.#parents[child] as Set<number>) if (parent >= limit) this.dropped += 1;
    }
    for (const parents of this.#parents) for (const parent of parents) if (parent >= limit) parents.delete(parent);
  }

  parentsOf(task: number): number[] {
    return [...(this.#parents[task] as Set<number>)].sort((a, b) => a - b);
  }

  #link(parent: number | undefined, child: number | undefined): void {
    if (parent !== undefined && child !== undefined) this.#parents[child]?.add(parent);
  }
}

function workersOf(machines: Workflow["machines"], dimensions: readonly string[]): WorkerSpec[] {
  return machines.map(({ name, cores = 1, memory }) => ({
    id: name,
    capacity: dimensions.map((_, d) => {
      if (d === CPU) return Math.round(cores * 1000);
      if (d === MEMORY) return memory ?? Number.POSITIVE_INFINITY;
      return d < STANDARD_DIMENSIONS.length ? Number.POSITIVE_INFINITY : 0;
    }),
    speed: 1000,
    labels: {},
  }));
}

function notesOf(workflow: Workflow, limit: number, dropped: number): string[] {
  const { tasks, machines, files } = workflow;
  const notes = [
    limit < tasks.length ? `the first ${grouped(limit)} of ${counted(tasks.length, "task")} (limit)` : counted(tasks.length, "task"),
  ];
  if (dropped > 0) notes.push(`left out: ${grouped(dropped)} dependencies on tasks beyond the limit`);
  if (machines.length > 0) notes.push(`recorded on ${counted(machines.length, "machine")}`);
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  if (files.size > 0)
    notes.push(`${counted(files.size, "file")} of ${grouped(bytes)} bytes in all; they take time where network.bandwidth is given`);
  const priorities = tasks.some((task) => task.priority !== 0);
  if (priorities) notes.push("priorities as recorded; the format does not say which come first (priorityOrder does)");
  const missing = tasks.filter((task) => task.assumedCore).length;
  if (missing > 0) notes.push(`${counted(missing, "task")} without a number of cores: 1 each`);
  return notes;
}
