// The workers of a scenario file: groups spelt out, capacities as integers, named resources as dimensions.
import { CPU, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { WorkerSpec } from "../model/scenario.ts";
import type { WorkerInput } from "../model/scenario-schema.ts";
import type { Pool } from "../model/cloud.ts";
import { parseBytes, parseThousandths } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { unitOfDimension } from "./normalise-amounts.ts";
import { isSize, meantKey, type Openness, opennessOf, type ReadWorker } from "./open-workers.ts";
import type { Checked } from "./schema-faults.ts";

/** Most workers of a cluster. */
export const MAX_WORKERS = 1_000_000;

export interface Cluster {
  /** Those that are there from the beginning, and behind them those of the pools. */
  workers: ReadWorker[];
  dimensions: string[];
  /** Default: none. */
  pools?: Pool[];
}

/** Workers alike, and where they are written. */
export interface Group {
  input: WorkerInput;
  path: Path;
}

/** Spells the groups out: `count: 4` makes w-1 … w-4. Faults go to the list, at `path` and the group's index. */
export function normaliseCluster(
  inputs: readonly (WorkerInput | undefined)[],
  path: Path,
  faults: FaultList,
  faulty: Checked["faulty"] = () => false,
  pools: readonly Group[] = [],
): Cluster {
  if (inputs.length === 0 && pools.length === 0) faults.add(path, "the cluster has no workers");
  const own = inputs.flatMap((input, index): Group[] => (input === undefined ? [] : [{ input, path: [...path, index] }]));
  const groups = [...own, ...pools];
  const dimensions = withResources(STANDARD_DIMENSIONS, groups, faults);
  return { workers: spellOut(groups, dimensions, [], faults, faulty).flat(), dimensions };
}

/** The workers of each group; those `present` are there beside them. A capacity with faults is held against nobody: it is without limit. */
export function spellOut(
  groups: readonly Group[],
  dimensions: readonly string[],
  present: readonly ReadWorker[],
  faults: FaultList,
  faulty: Checked["faulty"],
): ReadWorker[][] {
  const ids = new Set(present.map(({ id }) => id));
  return groups.map(({ input, path }) => {
    const shared = sharedOf(input, dimensions, path, faults, faulty);
    if (ids.size + (input.count ?? 1) > MAX_WORKERS) {
      faults.add([...path, "count"], `the cluster has more than ${MAX_WORKERS} workers`);
      return [{ id: nameOf(input, path), ...shared }];
    }
    const own = idsOf(input, path);
    const [again, ...others] = own.filter((id) => ids.has(id));
    const more = others.length === 0 ? "" : `, and so are ${others.length} others of its group`;
    if (again !== undefined) faults.add([...path, "id"], `worker "${again}" is there already${more}; ids are unique`);
    for (const id of own) ids.add(id);
    const open = opennessOf(path, input.id !== undefined, faults);
    const isUnsized = faults.some(
      (place) => path.every((segment, i) => segment === place[i]) && isSize(meantKey(String(place[path.length]))),
    );
    const read = { ...shared, ...(isUnsized && { isUnsized: true as const }) };
    return own.map((id) => (open === undefined ? { id, ...read } : opened({ id, ...read }, open, input, dimensions)));
  });
}

/** The worker with what faults leave open of it: what it does not say has no limit where that may be meant by a key with faults. */
function opened(worker: WorkerSpec, open: Openness, input: WorkerInput, dimensions: readonly string[]): ReadWorker {
  const isSaid = (name: string) => Object.hasOwn(input, name) || Object.hasOwn(input.resources ?? {}, name);
  const capacity = worker.capacity.map((amount, d) => {
    const name = dimensions[d] as string;
    return !isSaid(name) && open.sizes(name) ? Number.POSITIVE_INFINITY : amount;
  });
  return { ...worker, capacity, open };
}

/** Its id; where it has no sound one, its place. */
function nameOf({ id }: Partial<WorkerInput>, path: Path): string {
  return id === undefined ? path.join(".") : String(id);
}

/** w, or w-1 … w-4. */
function idsOf(input: WorkerInput, path: Path): string[] {
  const { count } = input;
  const id = nameOf(input, path);
  return count === undefined ? [id] : Array.from({ length: count }, (_, i) => `${id}-${i + 1}`);
}

function sharedOf(
  group: WorkerInput,
  dimensions: readonly string[],
  path: Path,
  faults: FaultList,
  faulty: Checked["faulty"],
): Omit<WorkerSpec, "id"> {
  const capacity = dimensions.map((name, d) => {
    const standard = d < STANDARD_DIMENSIONS.length;
    const given = standard ? group[name as (typeof STANDARD_DIMENSIONS)[number]] : group.resources?.[name];
    const place = [...path, ...(standard ? [] : ["resources"]), name];
    if (faulty(place)) return Number.POSITIVE_INFINITY;
    if (given === undefined) return d === CPU ? 1000 : standard ? Number.POSITIVE_INFINITY : 0;
    return faults.attempt(place, () => unitOfDimension(d).parse(given as number | string)) ?? Number.POSITIVE_INFINITY;
  });
  const speed = faults.attempt([...path, "speed"], () => parseThousandths(group.speed ?? 1)) ?? 1000;
  const room = (key: "cache" | "fileCache") => {
    const given = group[key];
    const size = given === undefined ? undefined : faults.attempt([...path, key], () => parseBytes(given));
    return size === undefined ? {} : { [key]: size };
  };
  return { capacity, speed, labels: labelsOf(group.labels), ...room("cache"), ...room("fileCache"), ...tariffOf(group, path, faults) };
}

/** What it costs and burns, in millionths per hour and thousandths of a watt. */
function tariffOf({ price = 0, watts }: WorkerInput, path: Path, faults: FaultList): Pick<WorkerSpec, "price" | "watts"> {
  const thousandths = (value: number | string, key: string) => faults.attempt([...path, "watts", key], () => parseThousandths(value)) ?? 0;
  const burns = watts && { idle: thousandths(watts.idle, "idle"), busy: thousandths(watts.busy, "busy") };
  if (burns !== undefined && burns.busy < burns.idle) faults.add([...path, "watts", "busy"], "busy is less than idle");
  return { ...(price > 0 && { price: Math.round(price * 1_000_000) }), ...(burns && { watts: burns }) };
}

/** Labels as texts. */
export function labelsOf(labels: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, String(value)]));
}

/** Dimensions, and behind them the named resources of the groups that are not among them yet, in order of first mention. */
export function withResources(dimensions: readonly string[], groups: readonly Group[], faults: FaultList): string[] {
  const all = [...dimensions];
  for (const { input, path } of groups) {
    for (const name of Object.keys(input.resources ?? {})) {
      if ((STANDARD_DIMENSIONS as readonly string[]).includes(name)) {
        faults.add([...path, "resources", name], `${name} is not a named resource; it stands beside resources`, "key");
      } else if (!all.includes(name)) {
        all.push(name);
      }
    }
  }
  return all;
}
