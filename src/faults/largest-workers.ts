// Workers as large as faults may make them: what one of them can hold is not refused.
import { type FaultSpec, strikesWorkers, type WorkerFaultSpec, type WorkerSpec } from "../model/scenario.ts";
import { workerFaultNamed } from "./index.ts";

/** Whether a fault is one of that worker, by its id and labels. */
export function strikes({ worker, where, when }: WorkerFaultSpec, { id, labels }: WorkerSpec): boolean {
  const isIts = worker === "its" && "anchor" in when; // that may be any
  return (worker === undefined || worker === id || isIts) && Object.entries(where ?? {}).every(([key, value]) => labels[key] === value);
}

/** The same workers, each with the most that it can ever have. */
export function largestWorkers(workers: readonly WorkerSpec[], specs: readonly FaultSpec[]): readonly WorkerSpec[] {
  const growing = specs.filter(strikesWorkers).flatMap((spec) => {
    const effect = workerFaultNamed(spec.kind)?.effect(spec.options);
    return effect?.kind === "grown" ? [{ spec, least: effect.least }] : [];
  });
  if (growing.length === 0) return workers;
  return workers.map((worker) => {
    const own = growing.filter(({ spec }) => strikes(spec, worker));
    return { ...worker, capacity: worker.capacity.map((has, d) => Math.max(has, ...own.map(({ least }) => least[d] ?? 0))) };
  });
}
