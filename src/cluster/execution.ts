// The truth about an execution: how long it runs on a worker, and how it ends; one that straggles works as on a slower worker.
import { at } from "../model/columns.ts";
import { Reason } from "../model/trace.ts";
import { straggling } from "../model/straggle.ts";
import { type Duration, durationAt, partOf, type Thousandths, workIn } from "../model/units.ts";
import type { TaskTable, WorkerTable, World } from "../model/world.ts";
import { Stragglers } from "./stragglers.ts";

/** Looks executions up in the drawn world; the answer stands in the fields, so that asking allocates nothing. */
export class Execution {
  /** Time that the execution holds its worker, µs. */
  runTime: Duration = 0;
  /** The same, if it had no time limit. */
  ownTime: Duration = 0;
  /** `none`: it completes; else why it fails. */
  reason: Reason = Reason.none;
  /** Whether it straggles. */
  straggles = false;
  readonly #tasks: TaskTable;
  readonly #workers: WorkerTable;
  /** Undefined where no execution may straggle. */
  readonly #stragglers: Stragglers | undefined;

  constructor({ tasks, workers, stragglers }: Pick<World, "tasks" | "workers" | "stragglers">) {
    this.#tasks = tasks;
    this.#workers = workers;
    this.#stragglers = stragglers && new Stragglers(tasks, stragglers.seed);
  }

  /**
   * The same as work, for workers whose speed changes: how much in all, and until it ends by itself, µs at speed 1, the speed there in
   * thousandths, and how it then ends. A failing execution stops where it would at full speed.
   */
  work(task: number, worker: number, number: number, copy: number): { whole: Duration; target: Duration; speed: number; outcome: Reason } {
    const tasks = this.#tasks;
    const speed = this.#speed(task, worker, number, copy);
    const whole = this.whole(task, worker);
    if (number > at(tasks.failures, task)) return { whole, target: whole, speed, outcome: Reason.none };
    const time = partOf(durationAt(whole, speed), at(tasks.failsAfter, task));
    return { whole, target: Math.min(whole, workIn(time, speed)), speed, outcome: Reason.execution };
  }

  /** Thousandths; times of the worker's own are at speed 1. Leaves in `straggles` whether the execution does. */
  #speed(task: number, worker: number, number: number, copy: number): Thousandths {
    const speed = at(this.#tasks.timeTable, task) >= 0 ? 1000 : (this.#workers.speed[worker] as number);
    const plan = this.#stragglers?.of(task, number, copy);
    this.straggles = plan !== undefined;
    return plan === undefined ? speed : straggling(speed, plan);
  }

  /** All the work of a task on a worker, µs at speed 1. */
  whole(task: number, worker: number): Duration {
    const tasks = this.#tasks;
    const table = at(tasks.timeTable, task);
    return table >= 0 ? (tasks.timeTables[table]?.[worker] as number) : at(tasks.work, task);
  }

  /** Plans execution number `number` (from 1) of a task, or a copy of it, on a worker that may run it. */
  plan(task: number, worker: number, number: number, copy: number): void {
    const tasks = this.#tasks;
    let time = durationAt(this.whole(task, worker), this.#speed(task, worker, number, copy));
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
