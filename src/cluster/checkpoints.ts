// The checkpoints that attempts have written, and those of them that a later attempt can go on from.
//
// Storage takes only what the newest attempt of a task writes: it learns of a start when the scheduler decides on that, so that what an
// attempt saves that was given up counts until the task is started again, as its completion would.
import type { CheckpointPlan } from "../model/checkpoint.ts";
import { profileOf } from "../model/task-profile.ts";
import type { Duration } from "../model/units.ts";
import type { TaskTable } from "../model/world.ts";

/** Work that was saved, and all the work that there was on the worker that did it, µs at speed 1. */
interface Saved {
  done: Duration;
  whole: Duration;
}

/** Stands for the storage that all workers share. */
const EVERYWHERE = -1;

export class Checkpoints {
  readonly #tasks: TaskTable;
  /** By task, then by worker. */
  readonly #saved = new Map<number, Map<number, Saved>>();
  /** The newest attempt of each task. */
  readonly #newest = new Map<number, number>();

  constructor(tasks: TaskTable) {
    this.#tasks = tasks;
  }

  /** How a task saves its work; undefined where it does not. */
  planOf(task: number): CheckpointPlan | undefined {
    return profileOf(this.#tasks, task)?.checkpoint;
  }

  /** The scheduler has decided on an attempt; of several that take themselves for it one may be behind. */
  issued(task: number, attempt: number): void {
    if (this.planOf(task) !== undefined) this.#newest.set(task, Math.max(attempt, this.#newest.get(task) ?? 0));
  }

  /** An attempt has written a checkpoint of so much work; says whether that is taken: not from one that is not the newest of its task. */
  write(task: number, worker: number, attempt: number, done: Duration, whole: Duration): boolean {
    if (this.#newest.get(task) !== attempt) return false;
    const places = this.#saved.get(task) ?? new Map<number, Saved>();
    this.#saved.set(task, places.set(this.#placeOf(task, worker), { done, whole }));
    return true;
  }

  /** How much of all the work that there is for it on a worker an attempt of a task need not do again there; 0 where nothing is saved. */
  read(task: number, worker: number, whole: Duration): Duration {
    const saved = this.#saved.get(task)?.get(this.#placeOf(task, worker));
    if (saved === undefined) return 0;
    return saved.whole === whole ? saved.done : Number((BigInt(saved.done) * BigInt(whole)) / BigInt(saved.whole));
  }

  /** What was on the disk of a worker is lost. */
  loseDisk(worker: number): void {
    for (const places of this.#saved.values()) places.delete(worker);
  }

  #placeOf(task: number, worker: number): number {
    return this.planOf(task)?.storage === "local" ? worker : EVERYWHERE;
  }
}
