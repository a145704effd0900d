// Which executions straggle: drawn by task and execution, so that every policy meets the same, and what is lost is as slow when repeated.
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

  /** How an execution of a task straggles; undefined where it does not. */
  of(task: number, execution: number): StragglePlan | undefined {
    const plan = profileOf(this.#tasks, task)?.straggle;
    if (plan === undefined || plan.p === 0) return undefined;
    return plan.p === 1 || this.#uniform(task, execution) < plan.p ? plan : undefined;
  }

  #uniform(task: number, execution: number): number {
    hashTextInto(nameAt(this.#tasks.names, task), this.#hash, 0);
    return draw(this.#key, this.#hash[0] as number, this.#hash[1] as number, execution, 0);
  }
}
