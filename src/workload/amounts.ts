// Amounts: fixed integers or distributions, and the integers that are drawn from them.
import { drawInteger, type StreamKey } from "../engine/random.ts";
import type { Amount, DistributionSpec } from "../model/scenario.ts";
import { type Distribution, meanOf, type Sampler, samplerOf } from "./distributions.ts";
import type { EntityDraws } from "./entity-draws.ts";

/** Draws one field (its purpose) of task after task, in integers from 0. */
export class AmountDraws {
  readonly #draws: EntityDraws;
  readonly #key: StreamKey;
  #spec: DistributionSpec | undefined;
  #sampler: Sampler = () => 0;

  constructor(draws: EntityDraws, purpose: string) {
    this.#draws = draws;
    this.#key = draws.key(purpose);
  }

  /** The amount for the entity set last. Beyond 2^53 it is Infinity, for the caller to refuse. */
  of(amount: Amount): number {
    if (typeof amount === "number") return amount;
    if (amount !== this.#spec) {
      this.#spec = amount;
      this.#sampler = samplerOfAmount(amount);
    }
    this.#draws.purpose(this.#key);
    const value = Math.round(this.#sampler(this.#draws.uniform));
    if (value > Number.MAX_SAFE_INTEGER) return Number.POSITIVE_INFINITY;
    return Math.max(0, value);
  }
}

/** The mean of an amount, in its base unit; Infinity where there is none. */
export function meanOfAmount(amount: Amount): number {
  return typeof amount === "number" ? amount : meanOf(amount as Distribution);
}

function samplerOfAmount(spec: DistributionSpec): Sampler {
  const { distribution, min, max, step } = spec;
  if (distribution !== "integer" || typeof step !== "number") return samplerOf(spec as Distribution);
  const first = min as number;
  const steps = Math.floor(((max as number) - first) / step);
  return (u) => first + step * drawInteger(u(0), 0, steps);
}
