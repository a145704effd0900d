// The checkpoints that there are, by what a trace tells of them: of which work, and where.
import { profileOf } from "../model/task-profile.ts";
import type { Duration } from "../model/units.ts";
import type { World } from "../model/world.ts";

export class SavedWork {
  readonly #world: World;
  /** By task and place; the work done, and all that there was for it, in thousandths of a µs. */
  readonly #saved = new Map<string, { task: number; worker: number; done: bigint; whole: bigint }>();

  constructor(world: World) {
    this.#world = world;
  }

  save(task: number, worker: number, done: bigint, work: Duration): void {
    this.#saved.set(this.#key(task, worker), { task, worker, done, whole: BigInt(work) * 1000n });
  }

  /** What was on the disk of a worker is lost. */
  loseDisk(worker: number): void {
    for (const [key, saved] of this.#saved) if (saved.worker === worker && this.#isLocal(saved.task)) this.#saved.delete(key);
  }

  /** The part of so much work that an attempt on a worker need not do again: whole µs of it, in thousandths of one. */
  readable(task: number, worker: number, work: Duration): bigint {
    const saved = this.#saved.get(this.#key(task, worker));
    return saved === undefined ? 0n : ((saved.done * BigInt(work)) / saved.whole) * 1000n;
  }

  #key(task: number, worker: number): string {
    return this.#isLocal(task) ? `${task} on ${worker}` : `${task}`;
  }

  #isLocal(task: number): boolean {
    return profileOf(this.#world.tasks, task)?.checkpoint?.storage === "local";
  }
}
