// The tasks whose running attempts each worker holds: linked lists over columns of tasks, oldest first.
import { withRoom } from "../model/columns.ts";

const NONE = -1;

export class HeldTasks {
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** Of each worker, how often one was added or taken away. */
  readonly #changes: Float64Array;
  #before = new Int32Array(0);
  #after = new Int32Array(0);

  constructor(workers: number) {
    this.#first = new Int32Array(workers).fill(NONE);
    this.#last = new Int32Array(workers).fill(NONE);
    this.#changes = new Float64Array(workers);
  }

  /** Takes in tasks that were added to the input. */
  grow(tasks: number): void {
    this.#before = withRoom(this.#before, tasks);
    this.#after = withRoom(this.#after, tasks);
  }

  add(task: number, worker: number): void {
    this.#changes[worker] = this.changesOn(worker) + 1;
    const last = this.#last[worker] as number;
    this.#before[task] = last;
    this.#after[task] = NONE;
    if (last < 0) this.#first[worker] = task;
    else this.#after[last] = task;
    this.#last[worker] = task;
  }

  remove(task: number, worker: number): void {
    this.#changes[worker] = this.changesOn(worker) + 1;
    const before = this.#before[task] as number;
    const after = this.#after[task] as number;
    if (before < 0) this.#first[worker] = after;
    else this.#after[before] = after;
    if (after < 0) this.#last[worker] = before;
    else this.#before[after] = before;
  }

  /** One has another's name from now on, in its place. */
  rename(task: number, name: number, worker: number): void {
    const before = this.#before[task] as number;
    const after = this.#after[task] as number;
    this.#before[name] = before;
    this.#after[name] = after;
    if (before < 0) this.#first[worker] = name;
    else this.#after[before] = name;
    if (after < 0) this.#last[worker] = name;
    else this.#before[after] = name;
  }

  /** The oldest on a worker; −1 where it holds none. */
  firstOn(worker: number): number {
    return this.#first[worker] as number;
  }

  /** The next on the same worker; −1 behind the last. */
  behind(task: number): number {
    return this.#after[task] as number;
  }

  isEmpty(worker: number): boolean {
    return this.#first[worker] === NONE;
  }

  /** How often one was added to those of a worker, or taken away. */
  changesOn(worker: number): number {
    return this.#changes[worker] as number;
  }

  /** Those of a worker, oldest first. */
  on(worker: number): number[] {
    const tasks: number[] = [];
    for (let task = this.firstOn(worker); task >= 0; task = this.behind(task)) tasks.push(task);
    return tasks;
  }

  /** Whether any worker holds one. */
  get any(): boolean {
    return this.#first.some((task) => task !== NONE);
  }
}
