// When spot instances are taken back: after an exponential time, drawn for each instance by its worker and its number there.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import type { CloudPlan, SpotTerms } from "../model/cloud.ts";
import type { Duration } from "../model/units.ts";
import { lifetimeSampler } from "./lifetimes.ts";

const hash = new Int32Array(2);

export class Reclaims {
  readonly #key: StreamKey;
  readonly #names: readonly string[];

  constructor({ seed }: CloudPlan, names: readonly string[]) {
    this.#key = streamKey(seed, "faults/reclaims");
    this.#names = names;
  }

  /** How long an instance is left alone from when it is up, µs; Infinity where that is beyond the clock. `launch`: its number there, from 1 on. */
  lifetime(worker: number, launch: number, { mtbf }: SpotTerms): Duration {
    hashTextInto(this.#names[worker] as string, hash, 0);
    const [high = 0, low = 0] = hash;
    const drawn = lifetimeSampler({ distribution: "exponential", mean: mtbf })((index) => draw(this.#key, high, low, launch, index));
    const time = Math.max(1, Math.round(drawn));
    return time <= Number.MAX_SAFE_INTEGER ? time : Number.POSITIVE_INFINITY;
  }
}
