// Tasks that became ready since the last pass.
import { withRoom } from "../model/columns.ts";
import type { Ledger } from "./ledger.ts";
import { Status } from "../model/status.ts";
import type { RankOrder } from "./rank-order.ts";

const NONE = new Int32Array(0);

export class Arrivals {
  #tasks = new Int32Array(64);
  #added = 0;
  #cancelled = 0;

  get count(): number {
    return this.#added - this.#cancelled;
  }

  add(task: number): void {
    this.#tasks = withRoom(this.#tasks, this.#added + 1);
    this.#tasks[this.#added++] = task;
  }

  addAll(tasks: readonly number[]): void {
    for (const task of tasks) this.add(task);
  }

  /** One of them is ready no more. */
  cancel(): void {
    this.#cancelled += 1;
  }

  /** Takes those that are still ready, by release and position. */
  take(order: RankOrder, ledger: Ledger): Int32Array {
    if (this.#added === 0) return NONE;
    let tasks = this.#tasks.slice(0, this.#added);
    // One that was cancelled may be ready again, and stands here twice then.
    if (this.#cancelled > 0) tasks = Int32Array.from(new Set(tasks.filter((task) => ledger.status(task) === Status.ready)));
    this.#added = 0;
    this.#cancelled = 0;
    order.sortByArrival(tasks);
    return tasks;
  }
}
