// Tasks that arrived in the order of their ranks, as a plain list: what came in order needs no tournament to go out in order.
import type { RankOrder } from "./rank-order.ts";

/** A first-in first-out list that is sorted by rank. Tasks taken out of its middle are passed over when they come up. */
export class SortedRun {
  #tasks = new Int32Array(64);
  #head = 0;
  #tail = 0;
  readonly #order: RankOrder;
  readonly #removed = new Set<number>();

  constructor(order: RankOrder) {
    this.#order = order;
  }

  /** Appends a task if it goes behind the last one; else says no. */
  append(task: number): boolean {
    if (this.#tail > this.#head && this.#order.before(task, this.#tasks[this.#tail - 1] as number)) return false;
    if (this.#removed.has(task)) return false; // its old place still waits to be passed over
    if (this.#tail === this.#tasks.length) this.#makeRoom();
    this.#tasks[this.#tail++] = task;
    return true;
  }

  /** The first task, or −1. */
  head(): number {
    while (this.#head < this.#tail) {
      const task = this.#tasks[this.#head] as number;
      if (this.#removed.size === 0 || !this.#removed.delete(task)) return task;
      this.#head += 1;
    }
    return -1;
  }

  /** Takes out a task that is in the list; the last place is always one that counts. */
  remove(task: number): void {
    if (task === this.#tasks[this.#head]) {
      this.#head += 1;
    } else if (task === this.#tasks[this.#tail - 1]) {
      do this.#tail -= 1;
      while (this.#tail > this.#head && this.#removed.delete(this.#tasks[this.#tail - 1] as number));
    } else {
      this.#removed.add(task);
    }
  }

  #makeRoom(): void {
    const live = this.#tasks.subarray(this.#head, this.#tail);
    const next = live.length * 2 > this.#tasks.length ? new Int32Array(this.#tasks.length * 2) : this.#tasks;
    next.set(live);
    this.#tasks = next;
    this.#tail -= this.#head;
    this.#head = 0;
  }
}
