// A task table that grows while a run reads it: tasks are appended in place, and a column stays the same object.
import { at, type Column, isConstant, type LabelColumn, type Names, withRoom } from "../model/columns.ts";
import type { Adjacency } from "../model/graph.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import type { TaskTable } from "../model/world.ts";

/**
 * A copy of a table that tasks can be appended to; what the table itself holds is never written to. Appending costs time in
 * proportion to what is appended, but for dependents: their lists lie end to end, so that all that stand behind the first
 * dependency of a new task move.
 */
export class GrowingTable implements TaskTable {
  count: number;
  readonly names: Names;
  readonly release: GrowingColumn;
  readonly estimate: GrowingColumn;
  readonly estimateTable: GrowingColumn;
  readonly estimateTables: Float64Array[];
  readonly request: GrowingColumn[];
  readonly priority: GrowingColumn;
  readonly weight: GrowingColumn;
  readonly due: GrowingColumn;
  readonly timeout: GrowingColumn;
  readonly retries: GrowingColumn;
  readonly eligibility: GrowingColumn;
  readonly profile: GrowingColumn;
  readonly profiles: TaskProfile[];
  readonly output: GrowingColumn;
  readonly dependencies: GrowingAdjacency;
  readonly dependents: GrowingAdjacency;
  readonly job: GrowingLabels;
  readonly user: GrowingLabels;
  readonly group: GrowingLabels;
  readonly queue: GrowingLabels;
  readonly function: GrowingLabels;
  readonly work: GrowingColumn;
  readonly timeTable: GrowingColumn;
  readonly timeTables: Float64Array[];
  readonly failures: GrowingColumn;
  readonly failsAfter: GrowingColumn;
  readonly estimateFactor: GrowingColumn;
  readonly usedCpu: GrowingColumn;
  readonly usedMemory: GrowingColumn;
  readonly bytesRead: GrowingColumn;
  readonly bytesWritten: GrowingColumn;
  readonly status: GrowingLabels;
  readonly stdout: GrowingLabels;
  readonly stderr: GrowingLabels;

  constructor(table: TaskTable) {
    this.count = table.count;
    this.names = { count: table.names.count, runs: table.names.runs.map((run) => ({ ...run })) };
    this.release = new GrowingColumn(table.release);
    this.estimate = new GrowingColumn(table.estimate);
    this.estimateTable = new GrowingColumn(table.estimateTable);
    this.estimateTables = [...table.estimateTables];
    this.request = table.request.map((column) => new GrowingColumn(column));
    this.priority = new GrowingColumn(table.priority);
    this.weight = new GrowingColumn(table.weight);
    this.due = new GrowingColumn(table.due);
    this.timeout = new GrowingColumn(table.timeout);
    this.retries = new GrowingColumn(table.retries);
    this.eligibility = new GrowingColumn(table.eligibility);
    this.profile = new GrowingColumn(table.profile);
    this.profiles = [...table.profiles];
    this.output = new GrowingColumn(table.output);
    this.dependencies = new GrowingAdjacency(table.dependencies);
    this.dependents = new GrowingAdjacency(table.dependents);
    this.job = new GrowingLabels(table.job);
    this.user = new GrowingLabels(table.user);
    this.group = new GrowingLabels(table.group);
    this.queue = new GrowingLabels(table.queue);
    this.function = new GrowingLabels(table.function);
    this.work = new GrowingColumn(table.work);
    this.timeTable = new GrowingColumn(table.timeTable);
    this.timeTables = [...table.timeTables];
    this.failures = new GrowingColumn(table.failures);
    this.failsAfter = new GrowingColumn(table.failsAfter);
    this.estimateFactor = new GrowingColumn(table.estimateFactor);
    this.usedCpu = new GrowingColumn(table.usedCpu);
    this.usedMemory = new GrowingColumn(table.usedMemory);
    this.bytesRead = new GrowingColumn(table.bytesRead);
    this.bytesWritten = new GrowingColumn(table.bytesWritten);
    this.status = new GrowingLabels(table.status);
    this.stdout = new GrowingLabels(table.stdout);
    this.stderr = new GrowingLabels(table.stderr);
  }

  /**
   * Appends the tasks of a table, which has as many dimensions and refers to the same eligibility sets; its own dependencies are not
   * looked at. `dependencies` has, per task appended, positions in the table as it will be.
   */
  append(added: TaskTable, dependencies: readonly (readonly number[])[]): void {
    const from = this.count;
    appendNames(this.names, added.names);
    for (const key of PLAIN) this[key].append(from, added[key], added.count);
    for (const [d, column] of this.request.entries()) column.append(from, added.request[d] as Column, added.count);
    for (const key of LABELS) this[key].append(from, added[key], added.count);
    this.timeTable.append(from, added.timeTable, added.count, this.timeTables.length);
    for (const table of added.timeTables) this.timeTables.push(table);
    this.estimateTable.append(from, added.estimateTable, added.count, this.estimateTables.length);
    for (const table of added.estimateTables) this.estimateTables.push(table);
    this.profile.append(from, added.profile, added.count, this.profiles.length);
    for (const profile of added.profiles) this.profiles.push(profile);
    for (const list of dependencies) {
      this.dependencies.push(list);
      this.dependents.push([]);
    }
    this.dependents.insert(dependencies.flatMap((list, offset) => list.map((dependency): [number, number] => [dependency, from + offset])));
    this.count += added.count;
  }
}

/** Columns whose values mean the same in every table. */
const PLAIN = [
  ...(["release", "estimate", "priority", "weight", "due", "timeout", "retries", "eligibility"] as const),
  ...(["work", "failures", "failsAfter", "estimateFactor", "usedCpu", "usedMemory", "bytesRead", "bytesWritten", "output"] as const),
];

const LABELS = ["job", "user", "group", "queue", "function", "status", "stdout", "stderr"] as const;

function appendNames(names: Names, added: Names): void {
  for (const { prefix, list, count } of added.runs) {
    const last = names.runs.at(-1);
    if (list !== undefined && last?.list !== undefined && OWNED.has(last.list)) {
      for (const name of list) last.list.push(name);
      last.count += count;
    } else if (list === undefined) {
      names.runs.push({ start: names.count, count, prefix: prefix as string });
    } else {
      const own = [...list];
      OWNED.add(own);
      names.runs.push({ start: names.count, count, list: own });
    }
    names.count += count;
  }
}

/** Lists of names that belong to a growing table. */
const OWNED = new WeakSet<string[]>();

class GrowingColumn implements Column {
  data: Float64Array;
  mask: 0 | -1;
  #own = false;

  constructor({ data, mask }: Column) {
    this.data = data;
    this.mask = mask;
  }

  /** Appends `count` values of a column at position `from`; `shift` is added to those that are indices, from 0 on. */
  append(from: number, added: Column, count: number, shift = 0): void {
    if (count === 0) return;
    const first = shifted(added.data[0] as number, shift);
    if (isConstant(added) && (from === 0 || (this.mask === 0 && Object.is(this.data[0], first)))) {
      if (from === 0) this.#become(Float64Array.of(first), 0);
      return;
    }
    this.#makeRoom(from, from + count);
    for (let i = 0; i < count; i++) this.data[from + i] = shifted(at(added, i), shift);
  }

  #makeRoom(used: number, length: number): void {
    if (this.#own && this.mask === -1) {
      this.data = withRoom(this.data, length);
      return;
    }
    const data = new Float64Array(Math.max(16, length + (length >> 1)));
    if (this.mask === 0) data.fill(this.data[0] as number, 0, used);
    else data.set(this.data.subarray(0, used));
    this.#become(data, -1);
  }

  #become(data: Float64Array, mask: 0 | -1): void {
    this.data = data;
    this.mask = mask;
    this.#own = true;
  }
}

function shifted(value: number, shift: number): number {
  return value < 0 ? value : value + shift;
}

class GrowingLabels implements LabelColumn {
  readonly values: string[];
  readonly indices: GrowingColumn;
  #known: Map<string, number> | undefined;

  constructor({ values, indices }: LabelColumn) {
    this.values = [...values];
    this.indices = new GrowingColumn(indices);
  }

  append(from: number, added: LabelColumn, count: number): void {
    this.#known ??= new Map(this.values.map((text, index) => [text, index]));
    const known = this.#known;
    const mapping = Float64Array.from(added.values, (text) => {
      const index = known.get(text) ?? this.values.push(text) - 1;
      known.set(text, index);
      return index;
    });
    const { data, mask } = added.indices;
    const indices =
      mask === 0 ? Float64Array.of(mapping[data[0] as number] as number) : data.subarray(0, count).map((index) => mapping[index] as number);
    this.indices.append(from, { data: indices, mask }, count);
  }
}

/** Adjacency lists over arrays with room to spare; `offsets` and `targets` are views of what is used. */
class GrowingAdjacency implements Adjacency {
  offsets: Int32Array;
  targets: Int32Array;
  #offsets: Int32Array;
  #targets: Int32Array;

  constructor({ offsets, targets }: Adjacency) {
    this.#offsets = Int32Array.from(offsets);
    this.#targets = Int32Array.from(targets);
    this.offsets = this.#offsets;
    this.targets = this.#targets;
  }

  /** Appends a node with its list. */
  push(list: readonly number[]): void {
    const nodes = this.offsets.length;
    const edges = this.targets.length;
    this.#resize(nodes + 1, edges + list.length);
    this.targets.set(list, edges);
    this.offsets[nodes] = edges + list.length;
  }

  /** Appends to the lists of some nodes, as (node, target) pairs; the targets of one node in the order given. */
  insert(pairs: [node: number, target: number][]): void {
    if (pairs.length === 0) return;
    pairs.sort((a, b) => a[0] - b[0]); // stable: the targets of a node keep their order
    let end = this.targets.length;
    this.#resize(this.offsets.length, end + pairs.length);
    const { offsets, targets } = this;
    let above = offsets.length - 1;
    for (let left = pairs.length; left > 0; left--) {
      const [node, target] = pairs[left - 1] as [number, number];
      if (above > node) {
        for (; above > node; above--) offsets[above] += left;
        const place = (offsets[node + 1] as number) - left;
        targets.copyWithin(place + left, place, end);
        end = place;
      }
      targets[end + left - 1] = target;
    }
  }

  #resize(offsets: number, targets: number): void {
    this.#offsets = withRoom(this.#offsets, offsets);
    this.#targets = withRoom(this.#targets, targets);
    this.offsets = this.#offsets.subarray(0, offsets);
    this.targets = this.#targets.subarray(0, targets);
  }
}
