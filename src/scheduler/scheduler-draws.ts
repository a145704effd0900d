// The scheduler's own draws: of its placement, its policy and the waits of failed tasks, keyed by the task and its execution.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import { type Names, nameAt } from "../model/columns.ts";
import type { Ledger } from "./ledger.ts";

export class SchedulerDraws {
  readonly #names: Names;
  readonly #ledger: Ledger;
  readonly #placement: StreamKey;
  readonly #policy: StreamKey;
  readonly #backoff: StreamKey;
  readonly #hash = new Int32Array(2);

  constructor(seed: string, names: Names, ledger: Ledger) {
    this.#names = names;
    this.#ledger = ledger;
    this.#placement = streamKey(seed, "placement");
    this.#policy = streamKey(seed, "policy");
    this.#backoff = streamKey(seed, "backoff");
  }

  placement(task: number): number {
    return this.#draw(this.#placement, task, 0);
  }

  /** Number `index` of the draws that a policy asks for. */
  policy(task: number, index: number): number {
    return this.#draw(this.#policy, task, index);
  }

  backoff(task: number): number {
    return this.#draw(this.#backoff, task, 0);
  }

  #draw(key: StreamKey, task: number, index: number): number {
    hashTextInto(nameAt(this.#names, task), this.#hash, 0);
    return draw(key, this.#hash[0] as number, this.#hash[1] as number, this.#ledger.executions(task), index);
  }
}
