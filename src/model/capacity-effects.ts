// Faults that change what workers have: which there are, what a worker has under some of them, and the most that it can ever have.
import { type FaultEffect, type FaultPlan, type FaultTrack, ITS_WORKER, type WorkerTable, type World } from "./world.ts";

export type CapacityEffect = Extract<FaultEffect, { kind: "shrunk" | "grown" }>;

export function changesCapacity(effect: FaultEffect): effect is CapacityEffect {
  return effect.kind === "shrunk" || effect.kind === "grown";
}

/** Equal for effects that do the same, as one number stands for them in the trace. */
export function effectKey(effect: CapacityEffect): string {
  return JSON.stringify(effect);
}

/** The different effects of a plan that change capacities, in the order of their first tracks: entries of the trace number them from 1. */
export class CapacityEffects {
  readonly all: CapacityEffect[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(plan: FaultPlan | undefined) {
    for (const { effect } of plan?.tracks ?? []) {
      if (!changesCapacity(effect) || this.#numbers.has(effectKey(effect))) continue;
      this.all.push(effect);
      this.#numbers.set(effectKey(effect), this.all.length);
    }
  }

  numberOf(effect: CapacityEffect): number {
    return this.#numbers.get(effectKey(effect)) as number;
  }

  of(number: number): CapacityEffect {
    return this.all[number - 1] as CapacityEffect;
  }

  /** Which effects end and begin between some that last and others; those first that leave more, each of them by number, what ends first. */
  changes(before: readonly number[], after: readonly number[]): { number: number; begins: boolean }[] {
    const ends = without(before, after).map((number) => ({ number, begins: false }));
    const starts = without(after, before).map((number) => ({ number, begins: true }));
    const all = [...ends.sort((a, b) => a.number - b.number), ...starts.sort((a, b) => a.number - b.number)];
    const raises = ({ number, begins }: (typeof all)[number]) => (this.of(number).kind === "grown") === begins;
    return [...all.filter(raises), ...all.filter((change) => !raises(change))];
  }

  /** What a worker has, per dimension, that has `base` of its own, under the effects of these numbers: shrinking overrules growing. */
  under(base: readonly number[], numbers: readonly number[]): number[] {
    const effects = numbers.map((number) => this.of(number));
    return base.map((own, d) => {
      const grown = effects.reduce((most, effect) => (effect.kind === "grown" ? Math.max(most, effect.least[d] as number) : most), own);
      return effects.reduce((least, effect) => (effect.kind === "shrunk" ? Math.min(least, effect.most[d] as number) : least), grown);
    });
  }
}

/** What is left of some numbers when others are taken out of them, each once. */
function without(numbers: readonly number[], others: readonly number[]): number[] {
  const left = [...numbers];
  for (const other of others) if (left.includes(other)) left.splice(left.indexOf(other), 1);
  return left;
}

/** What a worker has of its own, per dimension. */
export function ownCapacity({ workers }: Pick<World, "workers">, worker: number): number[] {
  return workers.capacity.map((column) => column[worker] as number);
}

/** The workers with the range of what each may have, where faults change that. */
export function withRange(workers: WorkerTable, all: readonly Pick<FaultTrack, "worker" | "effect">[]): WorkerTable {
  const tracks = all.filter(({ effect }) => changesCapacity(effect));
  if (tracks.length === 0) return workers;
  const least = workers.capacity.map((column) => Float64Array.from(column));
  const most = workers.capacity.map((column) => Float64Array.from(column));
  for (const { worker, effect } of tracks) {
    const struck = worker === ITS_WORKER ? workers.names.keys() : [worker];
    for (const each of struck) {
      for (const [d, low] of least.entries()) {
        const high = most[d] as Float64Array;
        if (effect.kind === "shrunk") low[each] = Math.min(low[each] as number, effect.most[d] as number);
        if (effect.kind === "grown") high[each] = Math.max(high[each] as number, effect.least[d] as number);
      }
    }
  }
  return { ...workers, range: { least, most } };
}

/** The most that workers can ever have, per dimension. */
export function largestCapacity({ capacity, range }: WorkerTable): readonly Float64Array[] {
  return range?.most ?? capacity;
}
