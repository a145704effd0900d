// The rows of a task table as the fields that a scenario, a CSV or a JSON lines file has for them; defaults are left out.
import { at, labelAt, nameAt } from "../model/columns.ts";
import { CPU, DISK, MEMORY, STANDARD_DIMENSIONS } from "../model/resources.ts";
import { everyWorker, type Scenario, type WorkerSpec } from "../model/scenario.ts";
import { profileOf, type TaskProfile } from "../model/task-profile.ts";
import type { TaskTable } from "../model/world.ts";
import { askKeys, elasticKeys, isLike, profileKeys } from "./profile-text.ts";
import { namesIn, outputSize } from "../workload/task-files-builder.ts";
import { durationText, unitText } from "./quantity-text.ts";

/** A task's fields by their names in a scenario file; named resources stand in `resources`. */
export type Row = Record<string, unknown> & { id: string };

/** Reads the rows of one table. */
export class TableReader {
  readonly #table: TaskTable;
  readonly #dimensions: readonly string[];
  readonly #workers: readonly WorkerSpec[];
  readonly #sets: readonly Uint8Array[];
  readonly #retries: number;
  readonly #usual: TaskProfile | undefined;
  readonly #requires = new Map<number, Record<string, string>>();

  /** `sets`: the eligibility sets that the table's indices mean; without them every worker may run every task. */
  constructor(table: TaskTable, scenario: Scenario, sets: readonly Uint8Array[] = []) {
    this.#table = table;
    this.#dimensions = scenario.dimensions;
    this.#workers = everyWorker(scenario);
    this.#sets = sets;
    this.#retries = scenario.defaults?.retries ?? 0;
    this.#usual = scenario.defaults?.profile;
  }

  get count(): number {
    return this.#table.count;
  }

  /** Whether every row is one that a CSV or JSON lines file can hold: neither per-worker times nor required labels, and what the scenario says of all tasks. */
  get isFlat(): boolean {
    for (let task = 0; task < this.count; task++) {
      if (at(this.#table.timeTable, task) >= 0 || at(this.#table.eligibility, task) > 0) return false;
      if (!isLike(profileOf(this.#table, task), this.#usual)) return false;
    }
    return true;
  }

  row(task: number): Row {
    const table = this.#table;
    const row: Row = { id: nameAt(table.names, task) };
    const give = (key: string, value: unknown, otherwise?: unknown) => {
      if (value !== otherwise) row[key] = value;
    };
    const time = (key: string, value: number, none: number) => give(key, Object.is(value, none) ? undefined : durationText(value));
    give("function", labelAt(table.function, task), "");
    row.duration = this.#duration(task);
    give("dependencies", this.#dependencies(task));
    time("release", at(table.release, task), 0);
    this.#giveRequests(task, row);
    give("usage", this.#usage(task));
    give("priority", at(table.priority, task), 0);
    give("weight", at(table.weight, task), 1);
    give("retries", at(table.retries, task), this.#retries);
    give("fails", failsOf(at(table.failures, task)));
    give("failsAfter", at(table.failsAfter, task), 1);
    this.#giveEstimate(task, row);
    time("due", at(table.due, task), Number.POSITIVE_INFINITY);
    time("timeout", at(table.timeout, task), Number.POSITIVE_INFINITY);
    const profile = profileOf(table, task);
    Object.assign(
      row,
      profileKeys(profile, this.#usual),
      askKeys(profile, this.#dimensions),
      elasticKeys(
        profile,
        table.request.map((column) => at(column, task)),
      ),
    );
    give("requires", this.#requiresOf(task));
    give("outputSize", at(table.output, task) === 0 ? undefined : unitText(DISK, at(table.output, task)));
    this.#giveFiles(task, row);
    for (const key of ["job", "user", "group", "queue", "status", "stdout", "stderr"] as const) give(key, labelAt(table[key], task), "");
    return row;
  }

  /** What it reads and writes by name. */
  #giveFiles(task: number, row: Row): void {
    const { files } = this.#table;
    if (files === undefined) return;
    const inputs = namesIn(files, files.inputs, task);
    const outputs = namesIn(files, files.outputs, task).map((id, i) => [id, unitText(DISK, outputSize(files, task, i))]);
    if (inputs.length > 0) row.inputs = inputs;
    if (outputs.length > 0) row.outputs = Object.fromEntries(outputs);
  }

  #usage(task: number): Record<string, unknown> | undefined {
    const { usedCpu, usedMemory, bytesRead, bytesWritten } = this.#table;
    const usage: Record<string, unknown> = {};
    const give = (key: string, value: number, dimension: number, usual: number) => {
      if (!Object.is(value, usual)) usage[key] = unitText(dimension, value);
    };
    give("cpu", at(usedCpu, task), CPU, Number.NaN);
    give("memory", at(usedMemory, task), MEMORY, Number.NaN);
    give("read", at(bytesRead, task), DISK, 0);
    give("written", at(bytesWritten, task), DISK, 0);
    return Object.keys(usage).length > 0 ? usage : undefined;
  }

  /** One that is not the true time; per-worker ones are a multiple of the true ones. */
  #giveEstimate(task: number, row: Row): void {
    const table = this.#table;
    const estimate = at(table.estimate, task);
    const factor = at(table.estimateFactor, task);
    if (at(table.estimateTable, task) >= 0) {
      if (!Number.isNaN(factor)) row.estimate = { factor };
    } else if (!Number.isNaN(estimate) && (at(table.timeTable, task) >= 0 || estimate !== at(table.work, task))) {
      row.estimate = durationText(estimate);
    }
  }

  #duration(task: number): unknown {
    const index = at(this.#table.timeTable, task);
    if (index < 0) return durationText(at(this.#table.work, task));
    const times = this.#table.timeTables[index] as Float64Array;
    const named = this.#workers.flatMap(({ id }, w) => (Number.isNaN(times[w]) ? [] : [[id, durationText(times[w] as number)]]));
    return { on: Object.fromEntries(named) };
  }

  #dependencies(task: number): string[] | undefined {
    const { offsets, targets } = this.#table.dependencies;
    if (offsets[task] === offsets[task + 1]) return undefined;
    return Array.from(targets.subarray(offsets[task], offsets[task + 1]), (target) => nameAt(this.#table.names, target));
  }

  #giveRequests(task: number, row: Row): void {
    const resources: Record<string, unknown> = {};
    for (const [d, name] of this.#dimensions.entries()) {
      const column = this.#table.request[d];
      const value = column === undefined ? 0 : at(column, task);
      if (d >= STANDARD_DIMENSIONS.length) {
        if (value > 0) resources[name] = unitText(d, value);
      } else if (value !== (name === "cpu" ? 1000 : name === "slots" ? 1 : 0)) {
        row[name] = unitText(d, value);
      }
    }
    if (Object.keys(resources).length > 0) row.resources = resources;
  }

  /** Labels that stand for an eligibility set: those that all its workers have in common. */
  #requiresOf(task: number): Record<string, string> | undefined {
    const index = at(this.#table.eligibility, task);
    const set = this.#sets[index];
    if (index === 0 || set === undefined) return undefined;
    const times = this.#table.timeTables[at(this.#table.timeTable, task)];
    const isMore = (time: number, w: number) => !Number.isNaN(time) && set[w] === 0;
    if (times !== undefined && !times.some(isMore)) return undefined; // its times say who may
    let common = this.#requires.get(index);
    if (common === undefined) {
      const members = this.#workers.filter((_, w) => set[w] === 1);
      const labels = Object.entries(members[0]?.labels ?? {});
      common = Object.fromEntries(labels.filter(([key, value]) => members.every((worker) => worker.labels[key] === value)));
      this.#requires.set(index, common);
    }
    return common;
  }
}

function failsOf(failures: number): unknown {
  if (failures === Number.POSITIVE_INFINITY) return "always";
  return failures === 0 ? undefined : Array.from({ length: failures }, (_, i) => i + 1);
}
