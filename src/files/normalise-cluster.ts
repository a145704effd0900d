// The workers of a scenario file: groups spelt out, capacities as integers, named resources as dimensions.
import { CPU, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { WorkerSpec } from "../model/scenario.ts";
import type { WorkerInput } from "../model/scenario-schema.ts";
import { parseThousandths } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { unitOfDimension } from "./normalise-amounts.ts";

/** Most workers of a cluster. */
export const MAX_WORKERS = 1_000_000;

export interface Cluster {
  workers: WorkerSpec[];
  dimensions: string[];
}

/** Spells the groups out: `count: 4` makes w-1 … w-4. Faults go to the list, at `path` and the group's index. */
export function normaliseCluster(groups: readonly (WorkerInput | undefined)[], path: Path, faults: FaultList): Cluster {
  const dimensions = [...STANDARD_DIMENSIONS, ...resourceNames(groups, path, faults)];
  const workers: WorkerSpec[] = [];
  const ids = new Set<string>();
  if (groups.length === 0) faults.add(path, "the cluster has no workers");
  for (const [index, group] of groups.entries()) {
    if (group === undefined) continue;
    if (workers.length + (group.count ?? 1) > MAX_WORKERS) {
      faults.add([...path, index, "count"], `the cluster has more than ${MAX_WORKERS} workers`);
      break;
    }
    const shared = sharedOf(group, dimensions, [...path, index], faults);
    for (const id of idsOf(group)) {
      if (ids.has(id)) faults.add([...path, index, "id"], `worker "${id}" is there already; ids are unique`);
      ids.add(id);
      workers.push({ id, ...shared });
    }
  }
  return { workers, dimensions };
}

/** w, or w-1 … w-4. */
function idsOf({ id, count }: WorkerInput): string[] {
  return count === undefined ? [String(id)] : Array.from({ length: count }, (_, i) => `${id}-${i + 1}`);
}

function sharedOf(group: WorkerInput, dimensions: readonly string[], path: Path, faults: FaultList): Omit<WorkerSpec, "id"> {
  const capacity = dimensions.map((name, d) => {
    const standard = d < STANDARD_DIMENSIONS.length;
    const given = standard ? group[name as (typeof STANDARD_DIMENSIONS)[number]] : group.resources?.[name];
    if (given === undefined) return d === CPU ? 1000 : standard ? Number.POSITIVE_INFINITY : 0;
    return (
      faults.attempt([...path, ...(standard ? [] : ["resources"]), name], () => unitOfDimension(d).parse(given as number | string)) ?? 0
    );
  });
  const speed = faults.attempt([...path, "speed"], () => parseThousandths(group.speed ?? 1)) ?? 1000;
  return { capacity, speed, labels: labelsOf(group.labels) };
}

/** Labels as texts. */
export function labelsOf(labels: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, String(value)]));
}

/** Names of the named resources, in order of first mention. */
function resourceNames(groups: readonly (WorkerInput | undefined)[], path: Path, faults: FaultList): string[] {
  const names: string[] = [];
  for (const [index, group] of groups.entries()) {
    for (const name of Object.keys(group?.resources ?? {})) {
      if ((STANDARD_DIMENSIONS as readonly string[]).includes(name)) {
        faults.add([...path, index, "resources", name], `${name} is not a named resource; it stands beside resources`, "key");
      } else if (!names.includes(name)) {
        names.push(name);
      }
    }
  }
  return names;
}
