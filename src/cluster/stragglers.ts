// Which executions straggle: drawn by task, execution and the number of its copy, so that every policy meets the same, and what is lost is as slow when repeated.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import { nameAt } from "../model/columns.ts";
import type { StragglePlan } from "../model/straggle.ts";
import { profileOf } from "../model/task-profile.ts";
import type { TaskTable } from "../model/world.ts";

export class Stragglers {
  readonly #tasks: TaskTable;
  readonly #key: StreamKey;
  readonly #hash = new Int32Array(2);

  constructor(tasks: TaskTable, seed: string) {
    this.#tasks = tasks;
    this.#key = streamKey(seed, "faults/straggle");
  }

  /** How an execution of a task, or that copy of it, straggles; undefined where it does not. */
  of(task: number, execution: number, copy: number): StragglePlan | undefined {
    const plan = profileOf(this.#tasks, task)?.straggle;
    if (plan === undefined || plan.p === 0) return undefined;
    return plan.p === 1 || this.#uniform(task, execution, copy) < plan.p ? plan : undefined;
  }

  #uniform(task: number, execution: number, copy: number): number {
    hashTextInto(nameAt(this.#tasks.names, task), this.#hash, 0);
    return draw(this.#key, this.#hash[0] as number, this.#hash[1] as number, execution, copy);
  }
}
