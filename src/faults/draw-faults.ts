// From the faults of a scenario to what each does to each worker, and when.
import { type Fault, InputError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { FaultSpec, WorkerSpec } from "../model/scenario.ts";
import type { FaultEffect, FaultPlan, FaultTrack } from "../model/world.ts";
import { faultNamed } from "./index.ts";

/** A track's number takes 22 bits of an event's key. */
const MOST_TRACKS = 2 ** 22;

/** The plan of a scenario's faults under a seed; undefined where it has none. Throws an InputError for workers that are not there. */
export function drawFaults(specs: readonly FaultSpec[], workers: readonly WorkerSpec[], seed: string): FaultPlan | undefined {
  if (specs.length === 0) return undefined;
  const faults = missingTargets(specs, workers);
  const alike = new Map<string, number>();
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  const tracks = specs.flatMap((spec): FaultTrack[] => {
    const number = (alike.get(spec.kind) ?? 0) + 1;
    alike.set(spec.kind, number);
    const chosen = chosenWorkers(spec, workers, positions);
    const effect = faultNamed(spec.kind)?.effect(spec.options) as FaultEffect;
    return chosen.map((worker) => ({ worker, effect, episodes: episodesOf(spec, workers[worker] as WorkerSpec, number) }));
  });
  if (tracks.length > MOST_TRACKS)
    faults.push({ message: `${tracks.length} faults of single workers are more than a run can hold, which is ${MOST_TRACKS}` });
  if (faults.length > 0) throw new InputError(faults);
  return { seed, tracks };
}

/** What is said of faults that strike no worker; `limits` says how far the workers are known. */
export function missingTargets(specs: readonly FaultSpec[], workers: readonly WorkerSpec[], limits = ""): Fault[] {
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  return specs.flatMap((spec, index): Fault[] => {
    if (chosenWorkers(spec, workers, positions).length > 0) return [];
    const { position } = spec;
    const what = nobody(spec, workers, limits);
    // Where a trace stands before it, its number in the file is another.
    return [position === undefined ? { message: `faults[${index}]: ${what}` } : { message: what, position }];
  });
}

function chosenWorkers({ worker, where }: FaultSpec, workers: readonly WorkerSpec[], positions: ReadonlyMap<string, number>): number[] {
  const named = worker === undefined ? workers.keys() : [positions.get(worker) ?? []].flat();
  const wanted = Object.entries(where ?? {});
  return [...named].filter((position) => wanted.every(([key, value]) => workers[position]?.labels[key] === value));
}

function nobody({ worker, where }: FaultSpec, workers: readonly WorkerSpec[], limits: string): string {
  if (worker !== undefined)
    return `worker "${worker}" is not there${limits}${didYouMean(
      worker,
      workers.map(({ id }) => id),
    )}`;
  return `no worker has the labels ${JSON.stringify(where)}${limits}`;
}

/** What is drawn for a worker hangs on its name and the fault's kind and number among its like: no other fault disturbs it. */
function episodesOf({ kind, when, per }: FaultSpec, { id, labels }: WorkerSpec, number: number): FaultTrack["episodes"] {
  if ("at" in when) return { from: when.at, to: when.at + when.lasting };
  const { between, lasting } = when;
  return { purpose: `faults/${kind}/${number}`, entity: per === undefined ? id : `${per}=${labels[per] ?? id}`, between, lasting };
}
