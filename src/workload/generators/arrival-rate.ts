// How far apart tasks arrive: given, or such that the cluster is used to a given part in the dimension that is used most.
import { refuse } from "../../model/errors.ts";
import { meanOfAmount } from "../amounts.ts";
import type { GeneratorContext, GeneratorOption, OptionValues } from "./generator.ts";

/** The options of generators whose tasks arrive over time. */
export const ARRIVAL_OPTIONS = {
  utilisation: {
    summary: "mean work × request ÷ capacity, in the dimension used most, at which tasks arrive (default 0.7)",
    type: "number",
    min: 1e-6,
  },
  interarrival: { summary: "instead of utilisation: the mean time between arrivals", type: "duration", min: 1 },
} as const satisfies Record<string, GeneratorOption>;

/** Of the two one is given, or none. */
export const ARRIVAL_ALTERNATIVES = ["utilisation", "interarrival"] as const;

/** The mean time between arrivals, µs. */
export function meanInterarrival(generator: string, options: OptionValues, context: GeneratorContext): number {
  const { utilisation, interarrival } = options;
  if (interarrival === undefined) return occupation(generator, context) / ((utilisation ?? 0.7) as number);
  return interarrival as number;
}

/** The part of the cluster's time that one task takes on average, µs: mean work × mean request ÷ capacity, the greatest over all dimensions. */
function occupation(generator: string, { template, workers, eligibility, dimensions }: GeneratorContext): number {
  const { duration } = template;
  const perWorker = typeof duration !== "number" && "on" in duration;
  const may = eligibility.sets[eligibility.withLabels(template.requires)] as Uint8Array;
  let work: number;
  if (perWorker) {
    const on = duration.on as readonly (readonly [string, number])[];
    const keys = eligibility.resolve(on.map(([key]) => key));
    const times = Array.from(keys).flatMap((key, w) =>
      key < 0 || may[w] !== 1 || w >= workers.count ? [] : [meanOfAmount(on[key]?.[1] ?? 0)],
    );
    work = times.reduce((sum, time) => sum + time, 0) / times.length;
  } else {
    work = meanOfAmount(duration as number);
  }
  let greatest = 0;
  for (let d = 0; d < dimensions.length; d++) {
    const request = meanOfAmount(template.request[d] ?? 0);
    let capacity = 0;
    for (let w = 0; w < workers.count; w++) {
      const speed = perWorker ? 1 : (workers.speed[w] as number) / 1000;
      if (may[w] === 1) capacity += ((workers.capacity[d] as Float64Array)[w] as number) * speed;
    }
    if (request > 0 && Number.isFinite(capacity)) greatest = Math.max(greatest, (work * request) / capacity);
  }
  if (greatest > 0 && Number.isFinite(greatest)) return greatest;
  return refuse(
    `${generator}: no rate of arrival gives a utilisation, because the mean of work × request ÷ capacity is ${greatest > 0 ? "infinite" : "0"}; give interarrival instead`,
  );
}
