// How long workers run in the mean between failures, as the faults declare it: what drawn crashes say of their mean, and nothing of when.
import type { FaultTrack } from "../model/world.ts";

/** By worker, µs: 1 ÷ Σ 1 ÷ mean time up, over the faults that take it down by chance; Infinity where none does. */
export function declaredMtbf(tracks: readonly FaultTrack[], workers: number): Float64Array {
  const rates = new Float64Array(workers);
  for (const { worker, effect, episodes } of tracks)
    if (effect.kind === "down" && "between" in episodes && worker >= 0) rates[worker] += 1 / episodes.between.mean;
  return rates.map((rate) => (rate === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / rate)));
}
