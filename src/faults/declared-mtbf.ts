// How long workers run in the mean between failures, as the faults and the terms of spot instances declare it: what these say of the mean, and
// nothing of when.
import type { CloudPlan } from "../model/cloud.ts";
import type { FaultTrack } from "../model/world.ts";

/** By worker, µs: 1 ÷ Σ 1 ÷ mean time up, over what takes it down by chance, or back; Infinity where nothing does. */
export function declaredMtbf(tracks: readonly FaultTrack[], cloud: CloudPlan | undefined, workers: number): Float64Array {
  const rates = new Float64Array(workers);
  for (const { first, max, spot } of cloud?.pools ?? [])
    if (spot !== undefined) for (let worker = first; worker < first + max; worker++) rates[worker] += 1 / spot.mtbf;
  for (const { worker, effect, episodes } of tracks)
    if (effect.kind === "down" && "between" in episodes && worker >= 0) rates[worker] += 1 / episodes.between.mean;
  return rates.map((rate) => (rate === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / rate)));
}
