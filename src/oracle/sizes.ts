// What workers have at each entry: their own capacities, or what faults make of those, as the entries tell.
import { CapacityEffects } from "../model/capacity-effects.ts";
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked, type World } from "../model/world.ts";

export class Sizes {
  readonly #world: World;
  readonly #effects: CapacityEffects;
  /** Numbers of the effects that last, by worker. */
  readonly #lasting = new Map<number, number[]>();
  readonly #begins: EntryKind;
  readonly #ends: EntryKind;

  /** `onWorkers`: as they are there; else as the scheduler reckons, which over a network is another time. */
  constructor({ world }: Trace, onWorkers = false) {
    this.#world = world;
    [this.#begins, this.#ends] =
      onWorkers && isNetworked(world) ? [EntryKind.adapted, EntryKind.readapted] : [EntryKind.resized, EntryKind.restored];
    this.#effects = new CapacityEffects(world.faults);
  }

  apply({ kind, worker, attempt: number }: TraceEntry): void {
    if (!this.follows(kind)) return;
    const lasting = this.#lasting.get(worker) ?? [];
    const others = lasting.filter((_, place) => place !== lasting.indexOf(number));
    this.#lasting.set(worker, kind === this.#begins ? [...lasting, number] : others);
  }

  /** Whether entries of a kind change what workers have. */
  follows(kind: EntryKind): boolean {
    return kind === this.#begins || kind === this.#ends;
  }

  /** What a worker has of a dimension: at least what it grows to, but never more than what it shrinks to. */
  of(d: number, worker: number): number {
    let most = Number.POSITIVE_INFINITY;
    let has = this.#world.workers.capacity[d][worker];
    for (const number of this.#lasting.get(worker) ?? []) {
      const effect = this.#effects.all[number - 1];
      if (effect?.kind === "shrunk") most = Math.min(most, effect.most[d]);
      if (effect?.kind === "grown") has = Math.max(has, effect.least[d]);
    }
    return Math.min(has, most);
  }
}

export function changesSize(kind: EntryKind): boolean {
  return kind === EntryKind.resized || kind === EntryKind.restored;
}

/** Capacity × time of a worker in a dimension from one time to another; undefined where it was without limit for any of it. */
export function capacityOverTime(trace: Trace, d: number, worker: number, from: Time, to: Time): bigint | undefined {
  const sizes = new Sizes(trace);
  let sum = 0n;
  let since = from;
  const advance = (time: Time): boolean => {
    const until = Math.min(Math.max(time, since), to);
    const capacity = sizes.of(d, worker);
    if (until > since && capacity === Number.POSITIVE_INFINITY) return false;
    if (until > since) sum += BigInt(capacity) * BigInt(until - since);
    since = until;
    return true;
  };
  if (trace.world.workers.range !== undefined) {
    for (const entry of trace.entries) {
      if (entry.worker !== worker || !changesSize(entry.kind)) continue;
      if (!advance(entry.time)) return undefined;
      sizes.apply(entry);
    }
  }
  return advance(to) ? sum : undefined;
}
