// What workers had over time, where faults change that: steps of each worker's capacity, from the entries that tell of them.
import { CapacityEffects, ownCapacity } from "../model/capacity-effects.ts";
import { EntryKind } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";

interface Steps {
  /** Numbers of the effects that last now. */
  lasting: number[];
  /** What it has from a time on, in order of time; before the first, its own. */
  steps: { time: Time; capacity: number[] }[];
}

export class Sizes {
  readonly #world: World;
  readonly #effects: CapacityEffects;
  readonly #changed = new Map<number, Steps>();

  constructor(world: World) {
    this.#world = world;
    this.#effects = new CapacityEffects(world.faults);
  }

  entry(time: Time, kind: EntryKind, worker: number, number: number): void {
    if (kind !== EntryKind.resized && kind !== EntryKind.restored) return;
    const known = this.#changed.get(worker) ?? { lasting: [], steps: [] };
    this.#changed.set(worker, known);
    if (kind === EntryKind.resized) known.lasting.push(number);
    else known.lasting.splice(known.lasting.indexOf(number), 1);
    known.steps.push({ time, capacity: this.#effects.under(ownCapacity(this.#world, worker), known.lasting) });
  }

  /** Workers whose capacity has changed. */
  get changed(): Iterable<number> {
    return this.#changed.keys();
  }

  /** Capacity × time of a worker in a dimension, from one time to another; undefined where it was without limit for any of it. */
  over(worker: number, dimension: number, from: Time, to: Time): bigint | undefined {
    const { steps } = this.#changed.get(worker) ?? { steps: [] };
    let sum = 0n;
    let capacity = ownCapacity(this.#world, worker)[dimension] as number;
    let since = from;
    for (const step of [...steps, { time: to, capacity: [] }]) {
      const until = Math.min(to, Math.max(since, step.time));
      if (until > since && capacity === Number.POSITIVE_INFINITY) return undefined;
      if (until > since) sum += BigInt(capacity) * BigInt(until - since);
      since = until;
      capacity = step.capacity[dimension] ?? capacity;
    }
    return sum;
  }
}
