// Draws for one task after another: keys by purpose, the task's hash computed when first needed.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import type { Uniforms } from "./distributions.ts";

const hash = new Int32Array(2);

/** Uniform numbers of one root seed, for the entity and the purpose that were set last. Knows whether it was ever asked. */
export class EntityDraws {
  readonly #seed: string;
  readonly #root: "workload" | "faults";
  readonly #keys = new Map<string, StreamKey>();
  #name = "";
  #hashed = false;
  #high = 0;
  #low = 0;
  #key: StreamKey = { high: 0, low: 0 };
  #execution = 0;
  /** Whether anything was drawn. */
  used = false;

  constructor(seed: string, root: "workload" | "faults") {
    this.#seed = seed;
    this.#root = root;
  }

  /** The key of a purpose; made once. */
  key(purpose: string): StreamKey {
    let key = this.#keys.get(purpose);
    if (key === undefined) {
      key = streamKey(this.#seed, `${this.#root}/${purpose}`);
      this.#keys.set(purpose, key);
    }
    return key;
  }

  /** What follows is drawn for the entity of that name: a task's id. */
  entity(name: string): void {
    this.#name = name;
    this.#hashed = false;
  }

  /** What follows is drawn for that purpose and execution (0: once per task). */
  purpose(key: StreamKey, execution = 0): void {
    this.#key = key;
    this.#execution = execution;
  }

  /** The uniform number of that index in [0, 1). */
  readonly uniform: Uniforms = (index) => {
    if (!this.#hashed) this.#rehash();
    return draw(this.#key, this.#high, this.#low, this.#execution, index);
  };

  #rehash(): void {
    hashTextInto(this.#name, hash, 0);
    this.#high = hash[0] as number;
    this.#low = hash[1] as number;
    this.#hashed = true;
    this.used = true;
  }
}
