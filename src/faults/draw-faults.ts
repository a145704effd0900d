// From the faults of workers in a scenario to what each does to each worker, and when.
import type { Fault } from "../model/errors.ts";
import { Hints } from "../model/nearest.ts";
import { type FaultSpec, strikesWorkers, type WorkerFaultSpec, type WorkerSpec } from "../model/scenario.ts";
import type { FaultEffect, FaultPlan, FaultTrack, Killer } from "../model/world.ts";
import { workerFaultNamed } from "./index.ts";

/** The number of a track, or of a killer behind them, takes 22 bits of an event's key. */
const MOST_TRACKS = 2 ** 22;

/** The plan of a scenario's faults under a seed; undefined where workers do not fail. Workers that are not there are added to `faults`. */
export function drawFaults(
  specs: readonly FaultSpec[],
  workers: readonly WorkerSpec[],
  seed: string,
  killers: readonly Killer[],
  faults: Fault[],
): FaultPlan | undefined {
  if (!specs.some(strikesWorkers) && killers.length === 0) return undefined;
  const alike = new Map<string, number>();
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  faults.push(...missingTargets(specs, workers));
  const tracks = specs.flatMap((spec): FaultTrack[] => {
    if (!strikesWorkers(spec)) return [];
    const number = (alike.get(spec.kind) ?? 0) + 1;
    alike.set(spec.kind, number);
    const chosen = chosenWorkers(spec, workers, positions);
    const effect = workerFaultNamed(spec.kind)?.effect(spec.options) as FaultEffect;
    return chosen.map((worker) => ({ worker, effect, episodes: episodesOf(spec, workers[worker] as WorkerSpec, number) }));
  });
  const count = tracks.length + killers.length;
  if (count > MOST_TRACKS)
    faults.push({ message: `${count} faults of single workers and killer tasks are more than a run can hold, which is ${MOST_TRACKS}` });
  return { seed, tracks, ...(killers.length > 0 && { killers }) };
}

/** What is said of faults that strike no worker; `limits` says how far the workers are known. */
export function missingTargets(specs: readonly FaultSpec[], workers: readonly WorkerSpec[], limits = ""): Fault[] {
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  const hints = new Hints(() => positions.keys());
  return specs.flatMap((spec, index): Fault[] => {
    if (!strikesWorkers(spec) || chosenWorkers(spec, workers, positions).length > 0) return [];
    return [faultOf(spec, index, nobody(spec, hints, limits))];
  });
}

/** What is wrong with one, with its place; or its number, which a trace before it makes another than in the file. */
export function faultOf({ position }: FaultSpec, index: number, what: string): Fault {
  return position === undefined ? { message: `faults[${index}]: ${what}` } : { message: what, position };
}

/** Whether a fault is one of links. */
export function strikesLinks(spec: FaultSpec): boolean {
  return strikesWorkers(spec) && workerFaultNamed(spec.kind)?.effect(spec.options).kind === "link";
}

function chosenWorkers(
  { worker, where }: WorkerFaultSpec,
  workers: readonly WorkerSpec[],
  positions: ReadonlyMap<string, number>,
): number[] {
  const named = worker === undefined ? workers.keys() : [positions.get(worker) ?? []].flat();
  const wanted = Object.entries(where ?? {});
  return [...named].filter((position) => wanted.every(([key, value]) => workers[position]?.labels[key] === value));
}

function nobody({ worker, where }: WorkerFaultSpec, hints: Hints, limits: string): string {
  if (worker !== undefined) return `worker "${worker}" is not there${limits}${hints.of(worker)}`;
  return `no worker has the labels ${JSON.stringify(where)}${limits}`;
}

/** What is drawn for a worker hangs on its name and the fault's kind and number among its like: no other fault disturbs it. */
function episodesOf({ kind, when, per }: WorkerFaultSpec, { id, labels }: WorkerSpec, number: number): FaultTrack["episodes"] {
  if ("at" in when) return { from: when.at, to: when.at + when.lasting };
  const { between, lasting } = when;
  return { purpose: `faults/${kind}/${number}`, entity: per === undefined ? id : `${per}=${labels[per] ?? id}`, between, lasting };
}
