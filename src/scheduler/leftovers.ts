// What is left undone when nothing more is due, and why.
import { Status } from "../model/status.ts";
import type { Scheduler } from "./scheduler.ts";

export class Leftovers {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Whether a task that is ready fits a worker now: work left lying. */
  anyFits(): boolean {
    const { tasks, ledger, room, failover } = this.#scheduler;
    for (let task = 0; task < tasks.count; task++) {
      const status = ledger.status(task);
      if (status === Status.suspended && !failover.awaitsStop(task) && this.#scheduler.roomFor(task) >= 0) return true;
      if (status !== Status.ready) continue;
      this.#scheduler.load(task);
      if (room.first() >= 0) return true;
    }
    return false;
  }

  /** A task that is ready and that no worker could hold of those that are left, or −1. */
  homeless(): number {
    const { tasks, ledger, room } = this.#scheduler;
    for (let task = 0; task < tasks.count; task++) {
      if (ledger.status(task) !== Status.ready) continue;
      this.#scheduler.load(task);
      if (!room.someCouldHold()) return task;
    }
    return -1;
  }

  /** Whether any worker has less now than it may have. */
  get anyShrunk(): boolean {
    const { workers, requests, room } = this.#scheduler;
    const { range, count } = workers;
    if (range === undefined) return false;
    for (let worker = 0; worker < count; worker++) {
      const most = requests.inRoom(range.most.map((column) => column[worker] as number));
      if (most.some((whole, d) => (room.capacity[d]?.[worker] as number) < whole)) return true;
    }
    return false;
  }
}
