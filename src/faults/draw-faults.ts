// From the faults of a scenario to what each does to each worker, and when.
import { type Fault, InputError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { FaultSpec, WorkerSpec } from "../model/scenario.ts";
import type { FaultEffect, FaultPlan, FaultTrack } from "../model/world.ts";
import { faultNamed } from "./index.ts";

/** The plan of a scenario's faults under a seed; undefined where it has none. Throws an InputError for workers that are not there. */
export function drawFaults(specs: readonly FaultSpec[], workers: readonly WorkerSpec[], seed: string): FaultPlan | undefined {
  if (specs.length === 0) return undefined;
  const faults: Fault[] = [];
  const alike = new Map<string, number>();
  const tracks = specs.flatMap((spec, index): FaultTrack[] => {
    const number = (alike.get(spec.kind) ?? 0) + 1;
    alike.set(spec.kind, number);
    const chosen = chosenWorkers(spec, workers);
    if (chosen.length === 0) {
      const { position } = spec;
      faults.push({ message: `faults[${index}]: ${nobody(spec, workers)}`, ...(position && { position }) });
    }
    const effect = faultNamed(spec.kind)?.effect(spec.options) as FaultEffect;
    return chosen.map((worker) => ({ worker, effect, episodes: episodesOf(spec, workers[worker] as WorkerSpec, number) }));
  });
  if (faults.length > 0) throw new InputError(faults);
  return { seed, tracks };
}

function chosenWorkers({ worker, where }: FaultSpec, workers: readonly WorkerSpec[]): number[] {
  return workers.flatMap(({ id, labels }, position) => {
    const isMeant = (worker === undefined || worker === id) && Object.entries(where ?? {}).every(([key, value]) => labels[key] === value);
    return isMeant ? [position] : [];
  });
}

function nobody({ worker, where }: FaultSpec, workers: readonly WorkerSpec[]): string {
  if (worker !== undefined)
    return `worker "${worker}" is not there${didYouMean(
      worker,
      workers.map(({ id }) => id),
    )}`;
  return `no worker has the labels ${JSON.stringify(where)}`;
}

/** What is drawn for a worker hangs on its name and the fault's kind and number among its like: no other fault disturbs it. */
function episodesOf({ kind, when, per }: FaultSpec, { id, labels }: WorkerSpec, number: number): FaultTrack["episodes"] {
  if ("at" in when) return { from: when.at, to: when.at + when.lasting };
  const { between, lasting } = when;
  return { purpose: `faults/${kind}/${number}`, entity: per === undefined ? id : `${per}=${labels[per] ?? id}`, between, lasting };
}
