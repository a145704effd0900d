// The views that policies are given: read-only windows on what the scheduler believes of tasks and workers.
import { at, labelAt, nameAt } from "../model/columns.ts";
import { CPU, DISK, MEMORY, SLOTS } from "../model/resources.ts";
import { durationAt } from "../model/units.ts";
import type { TaskBeliefs, WorkerTable } from "../model/world.ts";
import type { TaskView, WorkerView } from "../policies/policy.ts";

/** What the views read; the scheduler is one. */
export interface Beliefs {
  readonly tasks: TaskBeliefs;
  readonly workers: WorkerTable;
  readonly dimensions: readonly string[];
  readyAt(task: number): number;
  attempts(task: number): number;
  priority(task: number): number;
  weight(task: number): number;
  bottomLevel(task: number): number;
  /** What is left of a task's estimate, µs. */
  remaining(task: number): number;
  /** Free on a worker, in the unit of a dimension of the world. */
  free(dimension: number, worker: number): number;
  running(worker: number): number;
  queued(worker: number): number;
  pendingWork(worker: number): number;
}

/** Estimated time of a task on a worker, µs; NaN where it is not known. */
export function estimateOn(tasks: TaskBeliefs, workers: WorkerTable, task: number, worker: number): number {
  const table = at(tasks.estimateTable, task);
  if (table >= 0) return tasks.estimateTables[table]?.[worker] as number;
  const estimate = at(tasks.estimate, task);
  return Number.isNaN(estimate) ? estimate : durationAt(estimate, workers.speed[worker] as number);
}

export class Task implements TaskView {
  readonly position: number;
  readonly #beliefs: Beliefs;

  constructor(beliefs: Beliefs, position: number) {
    this.#beliefs = beliefs;
    this.position = position;
  }

  get id(): string {
    return nameAt(this.#beliefs.tasks.names, this.position);
  }
  get release(): number {
    return at(this.#beliefs.tasks.release, this.position);
  }
  get readyAt(): number {
    return this.#beliefs.readyAt(this.position);
  }
  get estimate(): number {
    return at(this.#beliefs.tasks.estimate, this.position);
  }
  estimateOn(worker: WorkerView): number {
    return estimateOn(this.#beliefs.tasks, this.#beliefs.workers, this.position, worker.position);
  }
  get remaining(): number {
    return this.#beliefs.remaining(this.position);
  }
  get cpu(): number {
    return this.#request(CPU) / 1000;
  }
  get memory(): number {
    return this.#request(MEMORY);
  }
  get disk(): number {
    return this.#request(DISK);
  }
  get slots(): number {
    return this.#request(SLOTS);
  }
  resource(name: string): number {
    const dimension = this.#beliefs.dimensions.indexOf(name);
    return dimension > SLOTS ? this.#request(dimension) / 1000 : 0;
  }
  get priority(): number {
    return this.#beliefs.priority(this.position);
  }
  get weight(): number {
    return this.#beliefs.weight(this.position);
  }
  get due(): number {
    return this.release + at(this.#beliefs.tasks.due, this.position);
  }
  get bottomLevel(): number {
    return this.#beliefs.bottomLevel(this.position);
  }
  get attempts(): number {
    return this.#beliefs.attempts(this.position);
  }
  get job(): string {
    return labelAt(this.#beliefs.tasks.job, this.position);
  }
  get user(): string {
    return labelAt(this.#beliefs.tasks.user, this.position);
  }
  get group(): string {
    return labelAt(this.#beliefs.tasks.group, this.position);
  }
  get queue(): string {
    return labelAt(this.#beliefs.tasks.queue, this.position);
  }

  #request(dimension: number): number {
    const column = this.#beliefs.tasks.request[dimension];
    return column === undefined ? 0 : at(column, this.position);
  }
}

export class Worker implements WorkerView {
  readonly position: number;
  readonly id: string;
  readonly speed: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly #beliefs: Beliefs;

  constructor(beliefs: Beliefs, position: number) {
    this.#beliefs = beliefs;
    this.position = position;
    this.id = beliefs.workers.names[position] as string;
    this.speed = (beliefs.workers.speed[position] as number) / 1000;
    this.labels = Object.freeze({ ...beliefs.workers.labels[position] });
  }

  get freeCpu(): number {
    return this.#beliefs.free(CPU, this.position) / 1000;
  }
  get freeMemory(): number {
    return this.#beliefs.free(MEMORY, this.position);
  }
  get freeDisk(): number {
    return this.#beliefs.free(DISK, this.position);
  }
  get freeSlots(): number {
    return this.#beliefs.free(SLOTS, this.position);
  }
  get running(): number {
    return this.#beliefs.running(this.position);
  }
  get queued(): number {
    return this.#beliefs.queued(this.position);
  }
  get pendingWork(): number {
    return this.#beliefs.pendingWork(this.position);
  }
}
