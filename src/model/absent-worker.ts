// What is said where a worker is named, or labels are given, that no worker has.
import { didYouMean } from "./nearest.ts";
import type { WorkerSpec } from "./scenario.ts";

/** A worker by its id, by labels, or by both. */
interface Named {
  worker?: string | undefined;
  where?: Readonly<Record<string, string>> | undefined;
}

/** Why nobody is meant, with the nearest right thing; `limits` says how far the workers are known. */
export function absentWorker({ worker, where = {} }: Named, workers: readonly WorkerSpec[], limits: string): string {
  if (worker === undefined) return `no worker has the labels ${JSON.stringify(where)}${limits}${nearestLabels(where, workers)}`;
  const ids = new Set(workers.map(({ id }) => id));
  if (!ids.has(worker))
    return `worker "${worker}" is not there${limits}${groupHint(worker, ids, "its workers are") || didYouMean(worker, ids)}`;
  const own = workers.filter(({ id }) => id === worker);
  return `worker "${worker}" has not the labels ${JSON.stringify(where)}${limits}${nearestLabels(where, own)}`;
}

/** Said of an id that is a group's; `those` begins what is said of its workers. Empty for any other. */
export function groupHint(id: string, ids: ReadonlySet<string>, those: string): string {
  return ids.has(`${id}-1`) ? `, but a group: ${those} "${id}-1" and so on` : "";
}

/** The labels that are near to those that nobody has. */
function nearestLabels(where: Readonly<Record<string, string>>, workers: readonly WorkerSpec[]): string {
  const known = new Set(workers.flatMap(({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`)));
  const unknown = Object.entries(where).map(([key, value]) => `${key}=${value}`);
  return (
    unknown
      .filter((label) => !known.has(label))
      .map((label) => didYouMean(label, known))
      .find((hint) => hint !== "") ?? ""
  );
}
