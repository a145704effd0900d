// What the scheduler is told about processing times: the columns of estimates by the scenario's `estimates`.
import { largestCapacity } from "../model/capacity-effects.ts";
import { at, type Column, ColumnBuilder, columnOf, constantColumn, isConstant, nameAt, sharedFloats } from "../model/columns.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import type { TaskTable, WorkerTable } from "../model/world.ts";
import { samplerOf } from "./distributions.ts";
import type { Eligibility } from "./eligibility.ts";
import type { EntityDraws } from "./entity-draws.ts";

/**
 * The table with its estimates as the mode says; `user` keeps those given and is exact elsewhere. The table itself is not changed.
 * `mistakes`: what each is then multiplied by.
 */
export function withEstimates(
  table: TaskTable,
  mode: SchedulerSettings["estimates"],
  draws: EntityDraws,
  workers: WorkerTable,
  eligibility: Eligibility,
  mistakes?: Float64Array,
): TaskTable {
  const told = toldEstimates(table, mode, draws, workers, eligibility);
  if (mistakes === undefined) return told;
  return { ...told, ...mistakenEstimates(told, exactEstimates(table, workers, eligibility), mistakes, eligibility) };
}

function toldEstimates(
  table: TaskTable,
  mode: SchedulerSettings["estimates"],
  draws: EntityDraws,
  workers: WorkerTable,
  eligibility: Eligibility,
): TaskTable {
  const plain = { ...table, estimateFactor: constantColumn(Number.NaN) };
  if (mode === "none") return { ...plain, estimate: constantColumn(Number.NaN), estimateTable: constantColumn(-1), estimateTables: [] };
  const exact = exactEstimates(table, workers, eligibility);
  if (mode === "exact") return { ...plain, ...exact };
  if (mode === "user") {
    const factors = table.estimateFactor;
    if (isConstant(factors) && Number.isNaN(at(factors, 0))) return { ...table, ...userEstimates(table, exact) };
    const told = multipliedEstimates(table, exact, (task) => at(factors, task), eligibility);
    return { ...table, ...told, ...userEstimates(table, told) };
  }
  if (mode.noise === 0) return { ...plain, ...exact };
  return { ...plain, ...multipliedEstimates(table, exact, noise(table, mode.noise, draws), eligibility) };
}

type Estimates = Pick<TaskTable, "estimate" | "estimateTable" | "estimateTables">;

/** The true times; of a task with per-worker times the mean over the workers that can hold it. */
function exactEstimates(table: TaskTable, workers: WorkerTable, eligibility: Eligibility): Estimates {
  const perWorker = { estimateTable: table.timeTable, estimateTables: table.timeTables };
  if (isConstant(table.timeTable) && at(table.timeTable, 0) < 0) return { estimate: table.work, ...perWorker };
  const data = sharedFloats(table.count);
  const means = new MeanOverHolders(table, workers, eligibility);
  for (let task = 0; task < table.count; task++) {
    const index = at(table.timeTable, task);
    data[task] = index < 0 ? at(table.work, task) : means.of(task, table.timeTables[index] as Float64Array);
  }
  return { estimate: columnOf(data), ...perWorker };
}

function userEstimates(table: TaskTable, exact: Estimates): Estimates {
  if (isConstant(table.estimate)) {
    return Number.isNaN(at(table.estimate, 0))
      ? exact
      : { estimate: table.estimate, estimateTable: constantColumn(-1), estimateTables: [] };
  }
  let given = 0;
  for (let task = 0; task < table.count; task++) if (!Number.isNaN(at(table.estimate, task))) given += 1;
  if (given === table.count) return { estimate: table.estimate, estimateTable: constantColumn(-1), estimateTables: [] };
  const data = sharedFloats(table.count);
  const indices = new ColumnBuilder();
  for (let task = 0; task < table.count; task++) {
    const own = at(table.estimate, task);
    data[task] = Number.isNaN(own) ? at(exact.estimate, task) : own;
    indices.push(Number.isNaN(own) ? at(exact.estimateTable, task) : -1);
  }
  return { estimate: columnOf(data), estimateTable: indices.finish(-1), estimateTables: exact.estimateTables };
}

/** A factor per task: lognormal of mean 1. */
function noise(table: TaskTable, cv: number, draws: EntityDraws): (task: number) => number {
  const factorOf = samplerOf({ distribution: "lognormal", mean: 1, cv });
  const key = draws.key("estimate/noise");
  return (task) => {
    draws.entity(nameAt(table.names, task));
    draws.purpose(key);
    return factorOf(draws.uniform);
  };
}

/** Exact × the task's factor, rounded; exact where that is NaN. The factors of tasks with per-worker times are kept. */
function multipliedEstimates(
  table: TaskTable,
  exact: Estimates,
  factorOf: (task: number) => number,
  eligibility: Eligibility,
): Estimates & Pick<TaskTable, "estimateFactor"> {
  const data = sharedFloats(table.count);
  const indices = new ColumnBuilder();
  const factors = new ColumnBuilder();
  const tables: Float64Array[] = [];
  const known = new Map<Float64Array, number>();
  for (let task = 0; task < table.count; task++) {
    const factor = factorOf(task);
    const given = !Number.isNaN(factor);
    const index = at(exact.estimateTable, task);
    data[task] = given ? scaled(at(exact.estimate, task), factor) : at(exact.estimate, task);
    factors.push(index < 0 ? Number.NaN : factor);
    if (index < 0) {
      indices.push(-1);
      continue;
    }
    const times = exact.estimateTables[index] as Float64Array;
    const told = given ? eligibility.internTable(times.map((time) => scaled(time, factor))) : times;
    const toldIndex = known.get(told) ?? tables.push(told) - 1;
    known.set(told, toldIndex);
    indices.push(toldIndex);
  }
  const estimateFactor = factors.finish(Number.NaN);
  return { estimate: columnOf(data), estimateTable: indices.finish(-1), estimateTables: tables, estimateFactor };
}

/** Those that are told per worker are made anew from the true times, so that one factor gives each. */
function mistakenEstimates(
  told: TaskTable,
  exact: Estimates,
  mistakes: Float64Array,
  eligibility: Eligibility,
): Estimates & Pick<TaskTable, "estimateFactor"> {
  const factorOf = (task: number) => {
    const factor = at(told.estimateFactor, task);
    return mistakes[task] === 1 ? factor : (Number.isNaN(factor) ? 1 : factor) * (mistakes[task] as number);
  };
  const perWorker = multipliedEstimates(told, exact, factorOf, eligibility);
  const single = sharedFloats(told.count);
  for (let task = 0; task < told.count; task++) {
    const isSingle = at(told.estimateTable, task) < 0;
    single[task] = isSingle ? scaled(at(told.estimate, task), mistakes[task] as number) : Number.NaN;
  }
  return { ...perWorker, ...userEstimates({ ...told, estimate: columnOf(single) }, perWorker) };
}

function scaled(time: number, factor: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.round(time * factor));
}

/** The mean of per-worker times over the eligible workers that could ever hold the task when empty; not rounded, so that it scales with time. */
class MeanOverHolders {
  readonly #table: TaskTable;
  readonly #workers: WorkerTable;
  readonly #eligibility: Eligibility;
  #lastTask = -1;
  #lastTimes: Float64Array | undefined;
  #last = Number.NaN;

  constructor(table: TaskTable, workers: WorkerTable, eligibility: Eligibility) {
    this.#table = table;
    this.#workers = workers;
    this.#eligibility = eligibility;
  }

  of(task: number, times: Float64Array): number {
    if (times !== this.#lastTimes || !this.#sameDemand(task)) {
      this.#last = this.#mean(task, times);
      this.#lastTimes = times;
    }
    this.#lastTask = task;
    return this.#last;
  }

  #sameDemand(task: number): boolean {
    const { eligibility, request } = this.#table;
    const same = (column: Column) => at(column, task) === at(column, this.#lastTask);
    return same(eligibility) && request.every(same);
  }

  #mean(task: number, times: Float64Array): number {
    const set = this.#eligibility.sets[at(this.#table.eligibility, task)] as Uint8Array;
    const { count } = this.#workers;
    const capacity = largestCapacity(this.#workers);
    let sum = 0;
    let holders = 0;
    for (let w = 0; w < count; w++) {
      if (set[w] !== 1 || !this.#table.request.every((column, d) => at(column, task) <= (capacity[d]?.[w] ?? 0))) continue;
      sum += times[w] as number;
      holders += 1;
    }
    return sum / holders;
  }
}
