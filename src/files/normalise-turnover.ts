// Workers that join and leave while a run goes on, from the actions of a scenario file.
import { groupHint } from "../model/absent-worker.ts";
import { Hints } from "../model/nearest.ts";
import type { WorkerSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { type Duration, formatSeconds, parseDuration, type Time, UnitError } from "../model/units.ts";
import type { FaultList } from "./fault-list.ts";
import { type Cluster, type Group, spellOut, withResources } from "./normalise-cluster.ts";
import { mayBeCounted, type ReadWorker } from "./open-workers.ts";
import type { Checked } from "./schema-faults.ts";

type ActionInput = NonNullable<ScenarioInput["actions"]>[number];

/** A cluster and the workers that join it, by the index of their action. Its dimensions hold the resources of all. */
export interface ChangingCluster extends Cluster {
  joining: ReadonlyMap<number, ReadWorker[]>;
}

/** The cluster with those who join it; faults go to the list. */
export function withJoining(
  cluster: Cluster,
  actions: readonly (ActionInput | undefined)[],
  faults: FaultList,
  faulty: Checked["faulty"],
): ChangingCluster {
  const indices: number[] = [];
  const groups: Group[] = [];
  for (const [index, action] of actions.entries()) {
    if (action?.join === undefined) continue;
    indices.push(index);
    groups.push({ input: action.join, path: ["actions", index, "join"] });
  }
  if (groups.length === 0) return { ...cluster, joining: new Map() };
  const dimensions = withResources(cluster.dimensions, groups, faults);
  const none = dimensions.slice(cluster.dimensions.length).map(() => 0);
  const workers = cluster.workers.map((worker) => ({ ...worker, capacity: [...worker.capacity, ...none] }));
  const spelt = spellOut(groups, dimensions, workers, faults, faulty);
  return { ...cluster, workers, dimensions, joining: new Map(spelt.map((joined, place) => [indices[place] as number, joined])) };
}

/** All workers of a cluster that are ever there, in the order of their positions. */
export function allOf({ workers, joining }: ChangingCluster): readonly ReadWorker[] {
  return joining.size === 0 ? workers : [...workers, ...[...joining.values()].flat()];
}

/** An action on a worker that can only come once: when, and its place among the actions. */
interface Moment {
  at: Time;
  index: number;
}

/** When the workers join and leave that do; of those with faults in their times nothing is known. */
export interface Stays {
  joins: ReadonlyMap<string, Moment>;
  leaves: ReadonlyMap<string, Moment>;
}

/** Who joins when, and who leaves: who leaves before joining does not, and of several leaves the first counts. */
export function staysOf(
  actions: readonly (ActionInput | undefined)[],
  cluster: { workers: readonly WorkerSpec[] } & Pick<ChangingCluster, "joining">,
): Stays {
  // Who is there at the beginning, or joins twice, leaves what is there first; that ids meet is told elsewhere.
  const present = new Set(cluster.workers.map(({ id }) => id));
  const joins = new Map<string, Moment>();
  for (const [index, workers] of cluster.joining) {
    const at = timeOf(actions[index] as ActionInput);
    if (at === undefined) continue;
    for (const { id } of workers)
      if (!present.has(id) && at < (joins.get(id)?.at ?? Number.POSITIVE_INFINITY)) joins.set(id, { at, index });
  }
  const leaves = new Map<string, Moment>();
  for (const { index, id, at } of leavesOf(actions))
    if (at !== undefined && !leaves.has(id) && !isBefore({ at, index }, joins.get(id))) leaves.set(id, { at, index });
  return { joins, leaves };
}

/** Whether one comes before the other, if there is one: at one time in the order of the file. */
export function isBefore(one: Moment, other: Moment | undefined): boolean {
  return other !== undefined && (one.at < other.at || (one.at === other.at && one.index < other.index));
}

/** Whether who leaves is there to leave: known, joined by then, and not on its way already; `limits` says how far that is known. */
export function checkLeaves(
  actions: readonly (ActionInput | undefined)[],
  cluster: ChangingCluster,
  faults: FaultList,
  limits: string,
): void {
  const { joins, leaves } = staysOf(actions, cluster);
  const all = allOf(cluster);
  const ids = new Set(all.map(({ id }) => id));
  const hints = new Hints(() => ids);
  for (const { index, id, at } of leavesOf(actions)) {
    const path = ["actions", index, "leave"];
    if (mayBeCounted(all, id)) continue;
    const pool = cluster.pools?.find(({ first, max }) => cluster.workers.slice(first, first + max).some((worker) => worker.id === id));
    if (pool !== undefined) {
      faults.add(path, `worker "${id}" is of pool "${pool.id}", of which the autoscaler says how many it has`);
      continue;
    }
    if (!ids.has(id))
      faults.add(path, `leave names no worker "${id}"${limits}${groupHint(id, ids, "they leave one by one,") || hints.of(id)}`);
    else if (at === undefined) continue;
    else if (isBefore({ at, index }, joins.get(id)))
      faults.add(path, `worker "${id}" leaves at ${formatSeconds(at)} s, before it joins at ${formatSeconds(joins.get(id)?.at as Time)} s`);
    else if (leaves.get(id)?.index !== index)
      faults.add(path, `worker "${id}" leaves at ${formatSeconds(leaves.get(id)?.at as Time)} s already`);
  }
}

/** The leaves, in the order in which they come. */
function leavesOf(actions: readonly (ActionInput | undefined)[]) {
  return [...actions.entries()]
    .flatMap(([index, action]) => (action?.leave === undefined ? [] : [{ index, id: String(action.leave), at: timeOf(action) }]))
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0) || a.index - b.index);
}

/** When an action is due; undefined where something is wrong with the time, which is told elsewhere. */
export function timeOf({ at }: Partial<ActionInput>): Time | undefined {
  try {
    return at === undefined ? undefined : parseDuration(at);
  } catch (error) {
    if (error instanceof UnitError) return undefined;
    throw error;
  }
}

/** How long what runs on a worker that leaves may go on. */
export function limitOf(limit: ActionInput["limit"], index: number, faults: FaultList): Duration {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  return faults.attempt(["actions", index, "limit"], () => parseDuration(limit)) ?? 0;
}
