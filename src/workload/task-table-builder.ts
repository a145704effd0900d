// Builds the columns of a task table row by row, and joins tables. No object per task is kept.
import {
  type Column,
  ColumnBuilder,
  columnOf,
  constantColumn,
  isConstant,
  joinNames,
  LabelBuilder,
  type LabelColumn,
  type Names,
  numberedNames,
  sharedFloats,
  sharedIntegers,
} from "../model/columns.ts";
import { type Adjacency, AdjacencyBuilder, reversed } from "../model/graph.ts";
import { CPU, MEMORY, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import type { TaskTable } from "../model/world.ts";
import { NamesBuilder } from "./names-builder.ts";
import { joinFiles, type OutputFile, TaskFilesBuilder } from "./task-files-builder.ts";
import { atMost, type Usage } from "./usage.ts";

/** One drawn task. Times in µs, requests in the unit of their dimension; the builder copies what it needs, so a row may be reused. */
export interface TaskRow {
  /** All rows of a table have one, or none has: they are then numbered behind the builder's prefix. */
  id?: string | undefined;
  release: number;
  /** At speed 1. */
  work: number;
  /** One entry per dimension; missing ones are 0. */
  request: ArrayLike<number>;
  /** Default: what it requests, and nothing of the disk. What is used above the request counts as the request. */
  usage?: Usage | undefined;
  /** Positions in the same table, earlier or later. */
  dependencies?: readonly number[] | undefined;
  /** Default NaN: not given. */
  estimate?: number | undefined;
  /** Default NaN: not given. */
  estimateFactor?: number | undefined;
  /** Per-worker times and estimates, one entry per worker; equal arrays should be one object, they are interned by identity. */
  times?: Float64Array | undefined;
  estimates?: Float64Array | undefined;
  /** Default Infinity. */
  due?: number | undefined;
  /** Default Infinity. */
  timeout?: number | undefined;
  /** Default 0. */
  retries?: number | undefined;
  /** Default 0. */
  failures?: number | undefined;
  /** Default 1. */
  failsAfter?: number | undefined;
  /** Default 0. */
  priority?: number | undefined;
  /** Default 1. */
  weight?: number | undefined;
  /** Index of an eligibility set, default 0: every worker. */
  eligibility?: number | undefined;
  /** Equal ones should be one object, as per-worker times. */
  profile?: TaskProfile | undefined;
  job?: string | undefined;
  user?: string | undefined;
  group?: string | undefined;
  queue?: string | undefined;
  function?: string | undefined;
  status?: string | undefined;
  stdout?: string | undefined;
  stderr?: string | undefined;
  /** Bytes that each task that depends on it reads; default 0. */
  output?: number | undefined;
  /** Ids of files that it reads, and files that it writes. */
  inputs?: readonly string[] | undefined;
  outputs?: readonly OutputFile[] | undefined;
}

/** Collects rows; `add` gives a row's position. */
export class TaskTableBuilder {
  readonly #names: NamesBuilder;
  readonly #prefix: string;
  readonly #release = new ColumnBuilder();
  readonly #work = new ColumnBuilder();
  readonly #estimate = new OptionalColumn(Number.NaN);
  readonly #estimateFactor = new OptionalColumn(Number.NaN);
  readonly #times = new Interner<Float64Array>();
  readonly #estimates = new Interner<Float64Array>();
  readonly #profiles = new Interner<TaskProfile>();
  readonly #request: ColumnBuilder[];
  readonly #usedCpu = new OptionalColumn(Number.NaN);
  readonly #usedMemory = new OptionalColumn(Number.NaN);
  readonly #bytesRead = new OptionalColumn(0);
  readonly #bytesWritten = new OptionalColumn(0);
  readonly #priority = new OptionalColumn(0);
  readonly #weight = new OptionalColumn(1);
  readonly #due = new OptionalColumn(Number.POSITIVE_INFINITY);
  readonly #timeout = new OptionalColumn(Number.POSITIVE_INFINITY);
  readonly #retries = new OptionalColumn(0);
  readonly #failures = new OptionalColumn(0);
  readonly #failsAfter = new OptionalColumn(1);
  readonly #eligibility = new OptionalColumn(0);
  readonly #edges = new AdjacencyBuilder();
  readonly #redirected: number[] = []; // edge, target, edge, target, …
  readonly #job = new OptionalLabel();
  readonly #user = new OptionalLabel();
  readonly #group = new OptionalLabel();
  readonly #queue = new OptionalLabel();
  readonly #function = new OptionalLabel();
  readonly #status = new OptionalLabel();
  readonly #stdout = new OptionalLabel();
  readonly #stderr = new OptionalLabel();
  readonly #output = new OptionalColumn(0);
  readonly #files = new TaskFilesBuilder();

  constructor(dimensionCount: number, prefix = "t") {
    this.#request = Array.from({ length: dimensionCount }, () => new ColumnBuilder());
    this.#prefix = prefix;
    this.#names = new NamesBuilder();
  }

  /** Rows so far. */
  get count(): number {
    return this.#edges.nodes;
  }

  /** Dependencies so far, over all rows: the number of the next one. */
  get edges(): number {
    return this.#edges.edges;
  }

  /** Appends a task. */
  add(row: TaskRow): number {
    const position = this.#edges.nodes;
    if (row.id !== undefined) this.#names.push(row.id);
    if (this.#names.count !== (row.id === undefined ? 0 : position + 1)) {
      throw new TypeError("either every row of a table has an id, or none has");
    }
    this.#release.push(row.release);
    this.#work.push(row.work);
    this.#estimate.set(position, row.estimate);
    this.#estimateFactor.set(position, row.estimateFactor);
    this.#times.set(position, row.times);
    this.#estimates.set(position, row.estimates);
    for (let d = 0; d < this.#request.length; d++) (this.#request[d] as ColumnBuilder).push(row.request[d] ?? 0);
    const { usage } = row;
    this.#usedCpu.set(position, usage && atMost(usage.cpu, row.profile?.elastic?.[CPU]?.most ?? row.request[CPU] ?? 0));
    this.#usedMemory.set(position, usage && atMost(usage.memory, row.profile?.elastic?.[MEMORY]?.most ?? row.request[MEMORY] ?? 0));
    this.#bytesRead.set(position, usage?.read);
    this.#bytesWritten.set(position, usage?.written);
    this.#priority.set(position, row.priority);
    this.#weight.set(position, row.weight);
    this.#due.set(position, row.due);
    this.#timeout.set(position, row.timeout);
    this.#retries.set(position, row.retries);
    this.#failures.set(position, row.failures);
    this.#failsAfter.set(position, row.failsAfter);
    this.#eligibility.set(position, row.eligibility);
    this.#profiles.set(position, row.profile);
    this.#edges.push(row.dependencies ?? NONE);
    this.#job.set(position, row.job);
    this.#user.set(position, row.user);
    this.#group.set(position, row.group);
    this.#queue.set(position, row.queue);
    this.#function.set(position, row.function);
    this.#status.set(position, row.status);
    this.#stdout.set(position, row.stdout);
    this.#stderr.set(position, row.stderr);
    this.#output.set(position, row.output);
    this.#files.set(position, row.inputs ?? [], row.outputs ?? []);
    return position;
  }

  /** A file of that size is there from the beginning, unless a task writes it. */
  give(id: string, size: number): void {
    this.#files.give(id, size);
  }

  /** Points the dependency of that number at another task: how a reference to a later row is filled in once it is known. */
  redirect(edge: number, target: number): void {
    this.#redirected.push(edge, target);
  }

  finish(): TaskTable {
    const count = this.count;
    const dependencies = this.#edges.finish();
    for (let i = 0; i < this.#redirected.length; i += 2) {
      dependencies.targets[this.#redirected[i] as number] = this.#redirected[i + 1] as number;
    }
    const files = this.#files.finish(count);
    const names = count > 0 && this.#names.count === 0 ? numberedNames(this.#prefix, count) : this.#names.finish();
    return {
      count,
      names,
      release: this.#release.finish(),
      estimate: this.#estimate.finish(),
      estimateTable: this.#estimates.indices.finish(),
      estimateTables: this.#estimates.values,
      request: this.#request.map((column) => column.finish()),
      priority: this.#priority.finish(),
      weight: this.#weight.finish(),
      due: this.#due.finish(),
      timeout: this.#timeout.finish(),
      retries: this.#retries.finish(),
      eligibility: this.#eligibility.finish(),
      profile: this.#profiles.indices.finish(),
      profiles: this.#profiles.values,
      dependencies,
      dependents: reversed(dependencies),
      job: this.#job.finish(),
      user: this.#user.finish(),
      group: this.#group.finish(),
      queue: this.#queue.finish(),
      function: this.#function.finish(),
      status: this.#status.finish(),
      stdout: this.#stdout.finish(),
      stderr: this.#stderr.finish(),
      usedCpu: this.#usedCpu.finish(),
      usedMemory: this.#usedMemory.finish(),
      bytesRead: this.#bytesRead.finish(),
      bytesWritten: this.#bytesWritten.finish(),
      work: this.#work.finish(),
      timeTable: this.#times.indices.finish(),
      timeTables: this.#times.values,
      failures: this.#failures.finish(),
      failsAfter: this.#failsAfter.finish(),
      estimateFactor: this.#estimateFactor.finish(),
      output: this.#output.finish(),
      ...(files && { files }),
    };
  }
}

const NONE: readonly number[] = [];

/** A column that costs nothing while every row has its default. */
class OptionalColumn {
  readonly #default: number;
  #column: ColumnBuilder | undefined;

  constructor(byDefault: number) {
    this.#default = byDefault;
  }

  /** The value of the next row; undefined stands for the default. */
  set(position: number, value: number | undefined): void {
    if (this.#column === undefined) {
      if (value === undefined || Object.is(value, this.#default)) return;
      this.#column = new ColumnBuilder();
      for (let row = 0; row < position; row++) this.#column.push(this.#default);
    }
    this.#column.push(value ?? this.#default);
  }

  finish(): Column {
    return this.#column?.finish() ?? constantColumn(this.#default);
  }
}

/** A label column that costs nothing while no row has a text. */
class OptionalLabel {
  #column: LabelBuilder | undefined;

  set(position: number, text: string | undefined): void {
    if (this.#column === undefined) {
      if (text === undefined || text === "") return;
      this.#column = new LabelBuilder();
      for (let row = 0; row < position; row++) this.#column.push("");
    }
    this.#column.push(text);
  }

  finish(): LabelColumn {
    return (this.#column ?? new LabelBuilder()).finish();
  }
}

/** What rows share (per-worker tables, profiles) by index, each kept once. */
class Interner<T extends object> {
  readonly indices = new OptionalColumn(-1);
  readonly values: T[] = [];
  readonly #known = new Map<T, number>();

  set(position: number, value: T | undefined): void {
    this.indices.set(position, value === undefined ? undefined : this.index(value));
  }

  index(value: T): number {
    let index = this.#known.get(value);
    if (index === undefined) {
      index = this.values.length;
      this.values.push(value);
      this.#known.set(value, index);
    }
    return index;
  }
}

/**
 * The tables as one, in their order: positions run on, dependencies move with them. What is constant and equal in all of
 * them stays constant; a single table is returned as it is. Indices of eligibility sets must be of one and the same list.
 */
export function concatTables(tables: readonly TaskTable[]): TaskTable {
  if (tables.length === 0) return new TaskTableBuilder(STANDARD_DIMENSIONS.length).finish();
  if (tables.length === 1) return tables[0] as TaskTable;
  const columns = (pick: (table: TaskTable) => Column) => joinColumns(tables, tables.map(pick));
  const labels = (pick: (table: TaskTable) => LabelColumn) => joinLabels(tables, tables.map(pick));
  const dimensionCount = Math.max(...tables.map((table) => table.request.length));
  const nothing = constantColumn(0);
  const times = joinShared(tables, (table) => [table.timeTable, table.timeTables]);
  const estimates = joinShared(tables, (table) => [table.estimateTable, table.estimateTables]);
  const profiles = joinShared(tables, (table) => [table.profile, table.profiles]);
  const dependencies = joinAdjacency(tables.map((table) => table.dependencies));
  const files = joinFiles(tables);
  return {
    count: tables.reduce((sum, table) => sum + table.count, 0),
    names: joinNames(tables.map((table): Names => table.names)),
    release: columns((table) => table.release),
    estimate: columns((table) => table.estimate),
    estimateTable: estimates.indices,
    estimateTables: estimates.values,
    request: Array.from({ length: dimensionCount }, (_, d) => columns((table) => table.request[d] ?? nothing)),
    priority: columns((table) => table.priority),
    weight: columns((table) => table.weight),
    due: columns((table) => table.due),
    timeout: columns((table) => table.timeout),
    retries: columns((table) => table.retries),
    eligibility: columns((table) => table.eligibility),
    profile: profiles.indices,
    profiles: profiles.values,
    dependencies,
    dependents: joinAdjacency(tables.map((table) => table.dependents)),
    job: labels((table) => table.job),
    user: labels((table) => table.user),
    group: labels((table) => table.group),
    queue: labels((table) => table.queue),
    function: labels((table) => table.function),
    status: labels((table) => table.status),
    stdout: labels((table) => table.stdout),
    stderr: labels((table) => table.stderr),
    usedCpu: columns((table) => table.usedCpu),
    usedMemory: columns((table) => table.usedMemory),
    bytesRead: columns((table) => table.bytesRead),
    bytesWritten: columns((table) => table.bytesWritten),
    work: columns((table) => table.work),
    timeTable: times.indices,
    timeTables: times.values,
    failures: columns((table) => table.failures),
    failsAfter: columns((table) => table.failsAfter),
    estimateFactor: columns((table) => table.estimateFactor),
    output: columns((table) => table.output),
    ...(files && { files }),
  };
}

function joinColumns(tables: readonly TaskTable[], columns: readonly Column[], mapping?: readonly ArrayLike<number>[]): Column {
  const mapped = (table: number, value: number) =>
    mapping === undefined || value < 0 ? value : ((mapping[table] as ArrayLike<number>)[value] as number);
  const filled = tables.flatMap((table, i) => (table.count > 0 ? [i] : []));
  const firsts = filled.map((i) => mapped(i, (columns[i] as Column).data[0] as number));
  if (filled.every((i) => isConstant(columns[i] as Column)) && firsts.every((value) => Object.is(value, firsts[0]))) {
    return constantColumn(firsts[0] ?? 0);
  }
  const data = sharedFloats(tables.reduce((sum, table) => sum + table.count, 0));
  let start = 0;
  tables.forEach((table, i) => {
    const column = columns[i] as Column;
    const part = data.subarray(start, start + table.count);
    if (isConstant(column)) part.fill(mapped(i, column.data[0] as number));
    else if (mapping === undefined) part.set(column.data.subarray(0, table.count));
    else for (let row = 0; row < table.count; row++) part[row] = mapped(i, column.data[row] as number);
    start += table.count;
  });
  return columnOf(data);
}

function joinLabels(tables: readonly TaskTable[], labels: readonly LabelColumn[]): LabelColumn {
  const values: string[] = [];
  const known = new Map<string, number>();
  const mapping = labels.map((label) =>
    Int32Array.from(label.values, (text) => {
      const index = known.get(text) ?? values.push(text) - 1;
      known.set(text, index);
      return index;
    }),
  );
  return {
    values,
    indices: joinColumns(
      tables,
      labels.map((label) => label.indices),
      mapping,
    ),
  };
}

function joinShared<T extends object>(
  tables: readonly TaskTable[],
  pick: (table: TaskTable) => [Column, readonly T[]],
): { indices: Column; values: T[] } {
  const interner = new Interner<T>();
  const parts = tables.map(pick);
  const mapping = parts.map(([, shared]) => Int32Array.from(shared, (value) => interner.index(value)));
  return {
    indices: joinColumns(
      tables,
      parts.map(([indices]) => indices),
      mapping,
    ),
    values: interner.values,
  };
}

function joinAdjacency(parts: readonly Adjacency[]): Adjacency {
  const offsets = sharedIntegers(parts.reduce((sum, part) => sum + part.offsets.length - 1, 1));
  const targets = sharedIntegers(parts.reduce((sum, part) => sum + part.targets.length, 0));
  let nodes = 0;
  let edges = 0;
  for (const part of parts) {
    const count = part.offsets.length - 1;
    for (let node = 1; node <= count; node++) offsets[nodes + node] = edges + (part.offsets[node] as number);
    for (let edge = 0; edge < part.targets.length; edge++) targets[edges + edge] = nodes + (part.targets[edge] as number);
    nodes += count;
    edges += part.targets.length;
  }
  return { offsets, targets };
}
