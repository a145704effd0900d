// What the scheduler believes of tasks and workers, as the views of policies read it.
import { at } from "../model/columns.ts";
import type { Time } from "../model/units.ts";
import type { TaskBeliefs, TaskChange, WorkerTable } from "../model/world.ts";
import type { BottomLevels } from "./bottom-levels.ts";
import { isHeld } from "./ledger.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Beliefs, estimateOn } from "./views.ts";

export class SchedulerBeliefs implements Beliefs {
  readonly tasks: TaskBeliefs;
  readonly workers: WorkerTable;
  readonly dimensions: readonly string[];
  readonly #scheduler: Scheduler;
  readonly #levels: BottomLevels;
  /** Fields of tasks that clients have changed. */
  readonly #priority = new Map<number, number>();
  readonly #weight = new Map<number, number>();

  constructor(scheduler: Scheduler, dimensions: readonly string[], levels: BottomLevels) {
    this.tasks = scheduler.tasks;
    this.workers = scheduler.workers;
    this.dimensions = dimensions;
    this.#scheduler = scheduler;
    this.#levels = levels;
  }

  /** A client gives a task another priority or weight. */
  change(task: number, { priority, weight }: TaskChange): void {
    if (priority !== undefined) this.#priority.set(task, priority);
    if (weight !== undefined) this.#weight.set(task, weight);
  }

  /** Estimated time of a task on a worker, µs; NaN where it is not known. */
  estimateOn(task: number, worker: number): number {
    return estimateOn(this.tasks, this.workers, task, worker);
  }

  /** Of a task on a worker, in thousandths; times of a task's own on a worker are not divided by its speed. */
  speedOf(task: number, worker: number): number {
    return at(this.tasks.estimateTable, task) >= 0 ? 1000 : (this.workers.speed[worker] as number);
  }

  // Of tasks.

  readyAt(task: number): Time {
    return this.#scheduler.ledger.readyAt[task] as number;
  }
  attempts(task: number): number {
    return this.#scheduler.ledger.attempts(task);
  }
  priority(task: number): number {
    return this.#priority.get(task) ?? at(this.tasks.priority, task);
  }
  weight(task: number): number {
    return this.#weight.get(task) ?? at(this.tasks.weight, task);
  }
  bottomLevel(task: number): number {
    return this.#levels.of(task);
  }
  remaining(task: number): number {
    const estimate = at(this.tasks.estimate, task);
    const { preemption, ledger, now } = this.#scheduler;
    if (preemption === undefined) return estimate;
    const isThere = isHeld(ledger.status(task));
    const kept = isThere ? undefined : preemption.keptOf(task);
    if (!isThere && kept === undefined) return estimate;
    const worker = kept?.worker ?? ledger.worker(task);
    const done = kept?.done ?? preemption.progress.done(task, now, this.speedOf(task, worker));
    if (at(this.tasks.estimateTable, task) < 0) return Math.max(0, estimate - done);
    const there = this.estimateOn(task, worker);
    return Math.max(0, Math.round(estimate * (1 - done / Math.max(1, there))));
  }

  // Of workers.

  free(dimension: number, worker: number): number {
    return this.#scheduler.requests.free(dimension, worker);
  }
  running(worker: number): number {
    return this.#scheduler.allocations.running[worker] as number;
  }
  queued(worker: number): number {
    return this.#scheduler.bound?.queued[worker] ?? 0;
  }
  pendingWork(worker: number): number {
    const { bound, now } = this.#scheduler;
    return bound?.pendingWork(worker, now) ?? 0;
  }
}
