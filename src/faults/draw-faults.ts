// From the faults of workers in a scenario to what each does to each worker, and when.
import { absentWorker } from "../model/absent-worker.ts";
import { type CapacityEffect, changesCapacity, effectKey } from "../model/capacity-effects.ts";
import type { Fault } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { type FaultSpec, strikesWorkers, type WorkerFaultSpec, type WorkerSpec } from "../model/scenario.ts";
import { nameOfReplica } from "../model/replication.ts";
import { CLIENTS, type FaultEffect, type FaultPlan, type FaultTrack, ITS_WORKER, type Killer, REPLICAS } from "../model/world.ts";
import { workerFaultNamed } from "./index.ts";
import { largestWorkers, strikes } from "./largest-workers.ts";

/** The number of a track, or of a killer behind them, takes 22 bits of an event's key. */
const MOST_TRACKS = 2 ** 22;

/**
 * The plan of a scenario's faults under a seed; undefined where workers do not fail. `tasks` are the positions of those that faults may be
 * anchored to. Workers and tasks that are not there are added to `faults`.
 */
export function drawFaults(
  specs: readonly FaultSpec[],
  workers: readonly WorkerSpec[],
  seed: string,
  tasks: ReadonlyMap<string, number>,
  killers: readonly Killer[],
  faults: Fault[],
): FaultPlan | undefined {
  if (!specs.some(strikesWorkers) && killers.length === 0) return undefined;
  const alike = new Map<string, number>();
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  faults.push(...missingTargets(specs, workers), ...idleResizes(specs, workers));
  const tracks = specs.flatMap((spec, index): FaultTrack[] => {
    if (!strikesWorkers(spec)) return [];
    const { replica } = spec;
    const kind = spec.clients === true ? `clients/${spec.kind}` : replica !== undefined ? `replicas/${spec.kind}` : spec.kind;
    const number = (alike.get(kind) ?? 0) + 1;
    alike.set(kind, number);
    const chosen = chosenWorkers(spec, workers, positions);
    const effect = workerFaultNamed(spec.kind)?.effect(spec.options) as FaultEffect;
    const { cycle } = spec.options;
    const does = { effect, ...(cycle && { cycle }) };
    if (!("anchor" in spec.when)) {
      const { when } = spec;
      if (spec.clients === true) return [{ worker: CLIENTS, ...does, episodes: episodesOf({ ...spec, kind }, when, THE_CLIENTS, number) }];
      if (replica !== undefined) {
        const whom = { id: replica === "leader" ? replica : nameOfReplica(replica), labels: {} };
        const struck = spec.peers === undefined ? effect : ({ ...effect, peers: spec.peers } as FaultEffect);
        return [{ worker: REPLICAS, replica, ...does, effect: struck, episodes: episodesOf({ ...spec, kind }, when, whom, number) }];
      }
      return chosen.map((worker) => ({ worker, ...does, episodes: episodesOf(spec, when, workers[worker] as WorkerSpec, number) }));
    }
    const { anchor, lasting } = spec.when;
    const task = tasks.get(anchor.task);
    if (task === undefined) {
      faults.push(faultOf(spec, index, noSuchAnchor(anchor.task, tasks.keys())));
      return [];
    }
    const episodes = { anchor: { ...anchor, task }, lasting };
    return (isIts(spec, positions) ? [ITS_WORKER] : chosen).map((worker) => ({ worker, ...does, episodes }));
  });
  const count = tracks.length + killers.length;
  if (count > MOST_TRACKS)
    faults.push({ message: `${count} faults of single workers and killer tasks are more than a run can hold, which is ${MOST_TRACKS}` });
  return { seed, tracks, ...(killers.length > 0 && { killers }) };
}

/** Whom faults strike that change capacities, and by what: that must be known before all else. */
export function capacityTracks(specs: readonly FaultSpec[], workers: readonly WorkerSpec[]): Pick<FaultTrack, "worker" | "effect">[] {
  return specs.filter(strikesWorkers).flatMap((spec) => {
    const effect = workerFaultNamed(spec.kind)?.effect(spec.options);
    if (effect === undefined || !changesCapacity(effect)) return [];
    return [...workers.keys()].filter((worker) => strikes(spec, workers[worker] as WorkerSpec)).map((worker) => ({ worker, effect }));
  });
}

/** What is said of faults that strike no worker; `limits` says how far the workers are known. */
export function missingTargets(specs: readonly FaultSpec[], workers: readonly WorkerSpec[], limits = ""): Fault[] {
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  return specs.flatMap((spec, index): Fault[] => {
    if (!strikesWorkers(spec) || spec.clients === true || spec.replica !== undefined) return [];
    const chosen = chosenWorkers(spec, workers, positions);
    if (chosen.length > 0)
      return unknownLabel(
        spec,
        index,
        chosen.map((worker) => workers[worker] as WorkerSpec),
        limits,
      );
    if (spec.worker === "its") return []; // it goes with `when`, which is told where that is read
    return [faultOf(spec, index, absentWorker(spec, workers, limits))];
  });
}

/** What is said of a fault that strikes together those with the same value of a label, where none of them has it. */
function unknownLabel(spec: WorkerFaultSpec, index: number, struck: readonly WorkerSpec[], limits: string): Fault[] {
  const { per } = spec;
  if (per === undefined || struck.some(({ labels }) => Object.hasOwn(labels, per))) return [];
  const known = new Set(struck.flatMap(({ labels }) => Object.keys(labels)));
  return [faultOf(spec, index, `per: no worker that it strikes has a label "${per}"${limits}${didYouMean(per, known)}`)];
}

/**
 * What is said of faults that are to change sizes, and change none, of those of which `isKnown` says that it can be told. Faults of one
 * effect count together, as in the trace: a group's fault may be written worker by worker, also for workers on which it does nothing.
 */
export function idleResizes(
  specs: readonly FaultSpec[],
  workers: readonly WorkerSpec[],
  isKnown: (spec: WorkerFaultSpec) => boolean = () => true,
): Fault[] {
  const positions = new Map(workers.map(({ id }, position) => [id, position]));
  const largest = largestWorkers(workers, specs);
  const idle: { fault: Fault; effect: string }[] = [];
  const atWork = new Set<string>();
  for (const [index, spec] of specs.entries()) {
    const effect = strikesWorkers(spec) ? workerFaultNamed(spec.kind)?.effect(spec.options) : undefined;
    if (!strikesWorkers(spec) || effect === undefined || !changesCapacity(effect) || !isKnown(spec)) continue;
    const chosen = chosenWorkers(spec, workers, positions);
    const matters = (worker: number) => changes(effect, workers[worker] as WorkerSpec, largest[worker] as WorkerSpec);
    if (chosen.some(matters)) atWork.add(effectKey(effect));
    else if (chosen.length > 0) {
      const why = effect.kind === "shrunk" ? "has no more than that, ever" : "has that much already";
      const fault = faultOf(spec, index, `${spec.kind} changes nothing: each worker that it strikes ${why}`);
      idle.push({ fault, effect: effectKey(effect) });
    }
  }
  return idle.filter(({ effect }) => !atWork.has(effect)).map(({ fault }) => fault);
}

/** What is wrong with one, with its place, or its number: `here`, where it has no other in the file. */
export function faultOf({ position, index }: FaultSpec, here: number, what: string): Fault {
  return position === undefined ? { message: `faults[${index ?? here}]: ${what}` } : { message: what, position };
}

/** Who the clients are to what is drawn for them. */
const THE_CLIENTS = { id: "", labels: {} };

/** Whether a fault is one of links of workers. */
export function strikesLinks(spec: FaultSpec): boolean {
  return (
    strikesWorkers(spec) &&
    spec.clients !== true &&
    spec.replica === undefined &&
    workerFaultNamed(spec.kind)?.effect(spec.options).kind === "link"
  );
}

/** What is said of a fault that is anchored to a task that is not there; `limits` says how far that is known. */
export function noSuchAnchor(id: string, ids: Iterable<string>, limits = ""): string {
  return `when names no task "${id}"${limits}${didYouMean(id, ids)}`;
}

/** Whether a worker has something else under an effect than without it, at its own size or at the one that it may grow to. */
function changes(effect: CapacityEffect, { capacity }: WorkerSpec, { capacity: largest }: WorkerSpec): boolean {
  if (effect.kind === "grown") return capacity.some((own, d) => own < (effect.least[d] ?? 0));
  return largest.some((most, d) => most > (effect.most[d] ?? most));
}

/** Whether it strikes the worker on which the task of its anchor runs, and no worker is called so. */
function isIts({ worker, when }: WorkerFaultSpec, positions: ReadonlyMap<string, number>): boolean {
  return "anchor" in when && worker === "its" && !positions.has("its");
}

/** Those that it may strike. */
function chosenWorkers(spec: WorkerFaultSpec, workers: readonly WorkerSpec[], positions: ReadonlyMap<string, number>): number[] {
  if (isIts(spec, positions)) return [...workers.keys()];
  const named = spec.worker === undefined ? workers.keys() : [positions.get(spec.worker) ?? []].flat();
  return [...named].filter((position) => strikes(spec, workers[position] as WorkerSpec));
}

/** What is drawn for a worker hangs on its name and the fault's kind and number among its like: no other fault disturbs it. */
function episodesOf(
  { kind, per }: WorkerFaultSpec,
  when: Exclude<WorkerFaultSpec["when"], { anchor: unknown }>,
  { id, labels }: Pick<WorkerSpec, "id" | "labels">,
  number: number,
): FaultTrack["episodes"] {
  if ("at" in when) return { from: when.at, to: when.at + when.lasting };
  const { between, lasting } = when;
  return {
    purpose: `faults/${kind}/${number}`,
    entity: per === undefined ? id : `${per}=${labels[per] ?? id}`,
    between,
    ...(lasting && { lasting }),
  };
}
