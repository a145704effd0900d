// Workers change in size while tasks run: what does not fit any more ends first.
import { Reason } from "../model/trace.ts";
import { Status } from "../model/status.ts";
import type { Scheduler } from "./scheduler.ts";
import { fitTogether, isTooLarge, type ShrinkHost, shrinkVictims } from "./shrink-victims.ts";

export class Resizing implements ShrinkHost {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * A worker tells what it will have, per dimension, and what runs there: it stops what was given up before, and what does not fit (whatever
   * was not begun yet, then by rank), and only then changes. False where it waits for an attempt there to stop: call it again then.
   */
  resize(worker: number, capacity: readonly number[], present: readonly { task: number; attempt: number }[]): boolean {
    const { requests, room, preemption, membership, allocations, bound } = this.#scheduler;
    if (this.#isHindered(worker)) return false;
    const after = requests.inRoom(capacity);
    preemption?.unclaimOn(worker);
    if (after.some((whole, d) => whole < (room.capacity[d]?.[worker] as number))) this.#shrink(worker, after, present);
    if (this.#isHindered(worker)) return false;
    const held = [...(membership?.tasksOn(worker) ?? []), ...allocations.startingOn(worker)];
    const taken = after.map((_, d) => held.reduce((sum, task) => sum + this.holds(task, d), 0));
    room.resize(worker, after, taken);
    this.#scheduler.asks?.resized(worker);
    this.#scheduler.workersChanged();
    bound?.touch(worker);
    for (const task of bound?.tasksIn(worker) ?? []) {
      if (!isTooLarge(task, after, this) && !requests.mayOutgrow(task, after)) continue;
      bound?.remove(task);
      this.#scheduler.becameReady(task);
    }
    this.#scheduler.tryStranded();
    return true;
  }

  /** Whether a task that its worker was told to stop is in the way, until that has answered: it holds what it has till then. */
  #isHindered(worker: number): boolean {
    const { membership, failover } = this.#scheduler;
    return membership?.tasksOn(worker).some((task) => failover.awaitsStop(task)) === true;
  }

  #shrink(worker: number, after: readonly number[], present: readonly { task: number; attempt: number }[]): void {
    const { ledger, ranking, failover, membership, allocations } = this.#scheduler;
    for (const { task, attempt } of present) if (this.#scheduler.seatOf(task, attempt) < 0) failover.stop(task, worker, attempt);
    const held = membership?.tasksOn(worker) ?? [];
    const starting = allocations.startingOn(worker);
    const fits = fitTogether([...held, ...starting], after, this) && !starting.some((task) => isTooLarge(task, after, this));
    if (!fits) for (const task of starting) allocations.undecide(task, Reason.shrink);
    for (const seat of held) {
      const task = this.#scheduler.taskOf(seat);
      if (ledger.status(task) === Status.suspended) ranking.changed(task);
      else ranking.now(task);
    }
    for (const seat of shrinkVictims(held, after, this)) failover.takeBack(seat, Reason.shrink);
  }

  needOf(seat: number, dimension: number): number {
    return this.#scheduler.requests.needOf(this.#scheduler.taskOf(seat), dimension);
  }

  /** A copy holds all that it asks for, though the attempt beside it may be suspended. */
  holds(seat: number, dimension: number): number {
    const task = this.#scheduler.taskOf(seat);
    const held = this.#scheduler.asks?.heldBy(seat, dimension);
    if (held !== undefined) return held;
    return seat === task ? this.#scheduler.requests.holds(task, dimension) : this.needOf(seat, dimension);
  }

  compareRanks(a: number, b: number): number {
    return this.#scheduler.order.compareRanks(this.#scheduler.taskOf(a), this.#scheduler.taskOf(b));
  }
}
