// Queues of tasks that are bound to one worker each: first in, first out, and the head blocks.
import { withRoom } from "../model/columns.ts";

/** One linked list per worker over columns of tasks, with what the dispatching rules look at. */
export class WorkerQueues {
  /** Tasks bound to a worker that have not started. */
  readonly queued: Int32Array;
  /** The same, of all workers. */
  waiting = 0;
  readonly #queuedWork: Float64Array;
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  #next = new Int32Array(0);
  #boundTo = new Int32Array(0);
  #estimates = new Float64Array(0);
  /** Running attempts per worker, as (task, estimated end). */
  readonly #running: { task: number; end: number }[][];
  /** Workers whose queue or room changed since they were taken last, each once. */
  readonly #touched: Int32Array;
  #touchedCount = 0;
  readonly #isTouched: Uint8Array;

  constructor(workers: number, tasks: number) {
    this.queued = new Int32Array(workers);
    this.#queuedWork = new Float64Array(workers);
    this.#heads = new Int32Array(workers).fill(-1);
    this.#tails = new Int32Array(workers).fill(-1);
    this.#touched = new Int32Array(workers);
    this.#isTouched = new Uint8Array(workers);
    this.#running = Array.from({ length: workers }, () => []);
    this.grow(tasks);
  }

  grow(tasks: number): void {
    const known = this.#boundTo.length;
    this.#next = withRoom(this.#next, tasks);
    this.#boundTo = withRoom(this.#boundTo, tasks);
    if (this.#boundTo.length > known) this.#boundTo.fill(-1, known);
    this.#estimates = withRoom(this.#estimates, tasks);
  }

  /** Whether the task stands in some worker's queue. */
  has(task: number): boolean {
    return this.#boundTo[task] !== -1;
  }

  /** Appends a task to a worker's queue; `estimate` is its estimated time there, µs. */
  bind(task: number, worker: number, estimate: number): void {
    if (this.#heads[worker] === -1) this.#heads[worker] = task;
    else this.#next[this.#tails[worker] as number] = task;
    this.#tails[worker] = task;
    this.#next[task] = -1;
    this.#boundTo[task] = worker;
    this.#estimates[task] = estimate;
    this.queued[worker]++;
    this.waiting += 1;
    this.#queuedWork[worker] += estimate;
    this.#touch(worker);
  }

  /** The head of a worker's queue, or −1. */
  head(worker: number): number {
    return this.#heads[worker] as number;
  }

  /** Takes a task out of its queue, wherever it stands in it: O(1) for the head, O(queue) else. */
  remove(task: number): void {
    const worker = this.#boundTo[task] as number;
    const after = this.#next[task] as number;
    let before = -1;
    if (this.#heads[worker] === task) {
      this.#heads[worker] = after;
    } else {
      before = this.#heads[worker] as number;
      while (this.#next[before] !== task) before = this.#next[before] as number;
      this.#next[before] = after;
    }
    if (this.#tails[worker] === task) this.#tails[worker] = before;
    this.#boundTo[task] = -1;
    this.queued[worker]--;
    this.waiting -= 1;
    this.#queuedWork[worker] -= this.#estimates[task] as number;
    this.#touch(worker);
  }

  /** Empties a worker's queue; the tasks that stood in it, in its order. */
  unbindAll(worker: number): number[] {
    const tasks: number[] = [];
    for (let task = this.head(worker); task >= 0; task = this.head(worker)) {
      this.remove(task);
      tasks.push(task);
    }
    return tasks;
  }

  /** The tasks in a worker's queue, in its order. */
  tasksIn(worker: number): number[] {
    const tasks: number[] = [];
    for (let task = this.head(worker); task >= 0; task = this.#next[task] as number) tasks.push(task);
    return tasks;
  }

  started(task: number, worker: number, now: number): void {
    this.#running[worker]?.push({ task, end: now + (this.#estimates[task] as number) });
  }

  ended(task: number, worker: number): void {
    const running = this.#running[worker] ?? [];
    const index = running.findIndex((attempt) => attempt.task === task);
    if (index >= 0) running.splice(index, 1);
    this.#touch(worker);
  }

  /** Estimated work that is queued or running on a worker and still to be done, µs. */
  pendingWork(worker: number, now: number): number {
    let work = this.#queuedWork[worker] as number;
    for (const { end } of this.#running[worker] ?? []) work += Math.max(0, end - now);
    return work;
  }

  /** The worker's room has changed. */
  touch(worker: number): void {
    this.#touch(worker);
  }

  #touch(worker: number): void {
    if (this.#isTouched[worker] === 1) return;
    this.#isTouched[worker] = 1;
    this.#touched[this.#touchedCount++] = worker;
  }

  /** Workers whose queue or room changed since the last call, by position. */
  takeTouched(): Int32Array {
    const touched = this.#touched.slice(0, this.#touchedCount);
    if (touched.length > 1) touched.sort();
    for (const worker of touched) this.#isTouched[worker] = 0;
    this.#touchedCount = 0;
    return touched;
  }
}
