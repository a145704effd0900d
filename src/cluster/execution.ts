// The truth about an execution: how long it runs on a worker, and how it ends.
import { at } from "../model/columns.ts";
import { Reason } from "../model/trace.ts";
import { type Duration, durationAt, partOf, workIn } from "../model/units.ts";
import type { TaskTable, WorkerTable } from "../model/world.ts";

/** Looks executions up in the drawn world; the answer stands in the fields, so that asking allocates nothing. */
export class Execution {
  /** Time that the execution holds its worker, µs. */
  runTime: Duration = 0;
  /** The same, if it had no time limit. */
  ownTime: Duration = 0;
  /** `none`: it completes; else why it fails. */
  reason: Reason = Reason.none;
  readonly #tasks: TaskTable;
  readonly #workers: WorkerTable;

  constructor(tasks: TaskTable, workers: WorkerTable) {
    this.#tasks = tasks;
    this.#workers = workers;
  }

  /**
   * The same as work, for workers whose speed changes: how much in all, and until it ends by itself, µs at speed 1, the speed there in
   * thousandths, and how it then ends. A failing execution stops where it would at full speed.
   */
  work(task: number, worker: number, number: number): { whole: Duration; target: Duration; speed: number; outcome: Reason } {
    const tasks = this.#tasks;
    const table = at(tasks.timeTable, task);
    const speed = table >= 0 ? 1000 : (this.#workers.speed[worker] as number);
    const whole = this.whole(task, worker);
    if (number > at(tasks.failures, task)) return { whole, target: whole, speed, outcome: Reason.none };
    const time = partOf(durationAt(whole, speed), at(tasks.failsAfter, task));
    return { whole, target: Math.min(whole, workIn(time, speed)), speed, outcome: Reason.execution };
  }

  /** All the work of a task on a worker, µs at speed 1. */
  whole(task: number, worker: number): Duration {
    const tasks = this.#tasks;
    const table = at(tasks.timeTable, task);
    return table >= 0 ? (tasks.timeTables[table]?.[worker] as number) : at(tasks.work, task);
  }

  /** Plans execution number `number` (from 1) of a task on a worker that may run it. */
  plan(task: number, worker: number, number: number): void {
    const tasks = this.#tasks;
    const table = at(tasks.timeTable, task);
    let time =
      table >= 0 ? (tasks.timeTables[table]?.[worker] as number) : durationAt(at(tasks.work, task), this.#workers.speed[worker] as number);
    this.reason = Reason.none;
    if (number <= at(tasks.failures, task)) {
      time = partOf(time, at(tasks.failsAfter, task));
      this.reason = Reason.execution;
    }
    this.ownTime = time;
    const limit = at(tasks.timeout, task);
    if (time > limit) {
      time = limit;
      this.reason = Reason.timeout;
    }
    this.runTime = time;
  }
}
