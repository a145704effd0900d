// A scenario half read: its form is checked and its cluster known, its files are not read yet.
import { InputError } from "../model/errors.ts";
import type { Imported } from "../workload/importers/importer.ts";
import type { PolicySpec } from "../model/settings.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { readClusterText } from "./cluster-text.ts";
import type { Document, Path } from "./document.ts";
import { FaultList } from "./fault-list.ts";
import { poolGroups, poolsOf } from "./normalise-cloud.ts";
import { type Cluster, normaliseCluster } from "./normalise-cluster.ts";
import { normaliseFunctions, type Surroundings } from "./normalise-tasks.ts";
import { type ChangingCluster, withJoining } from "./normalise-turnover.ts";
import { isSize, meantKey } from "./open-workers.ts";
import { type Checked, checkForm, valueAt } from "./schema-faults.ts";

/** A scenario half read: its form is checked, its files are not read yet. */
export interface Draft extends Checked {
  document: Document;
  faults: FaultList;
  notes: string[];
  functions: Surroundings["functions"];
  /** Undefined where none is given, or faults leave nothing of it. */
  cluster: ChangingCluster | undefined;
  /** Whether a cluster is given that has faults: who is in it, with what labels and resources, is not known for sure. Its sizes are. */
  clusterInDoubt: boolean;
  /** Whether there may be workers of which nothing can be read. */
  mayMissWorkers: boolean;
  /** Policies that are to run in place of the scenario's: where that has faults it is told with them why these could not work. */
  asked: readonly AskedPolicy[];
}

/** A policy that is to run in place of the scenario's. */
export interface AskedPolicy {
  spec: PolicySpec;
  definition: PolicyDefinition;
}

/** A workload as the scenario names it, and where it stands there. */
export interface WorkloadPlace {
  workload: { format?: string | undefined; file: string; scale?: number | undefined; limit?: number | undefined };
  path: Path;
}

/** Checks the form and reads the cluster; `workers` (`4 x 8cpu`) and `asked` are in place of the file's. */
export function draftOf(document: Document, workers: string | undefined, asked: readonly AskedPolicy[] = []): Draft {
  const faults = new FaultList(document);
  for (const fault of document.faults ?? []) faults.addFault(fault, []);
  for (const { path, fault } of document.wrong ?? []) faults.addFault(fault, path);
  const checked = checkForm(document, faults);
  if (checked === undefined) faults.throwIfAny();
  const { input, faulty } = checked as Checked;
  const functions = normaliseFunctions(input.functions, faults);
  const written = input.cluster?.workers;
  const given = workers === undefined ? clusterOfFile(checked as Checked, faults) : clusterOfText(workers, faults);
  const cluster = given && withJoining(given, input.actions ?? [], faults, faulty);
  const doubts = doubtsOf(document, checked as Checked, faults);
  const clusterInDoubt = doubts.length > 0;
  // Of a worker that is no map at all not even the size is known.
  const lost = cluster?.workers.length === 0 || (workers === undefined && written?.some((worker) => worker === undefined));
  return {
    document,
    faults,
    notes: [],
    functions,
    clusterInDoubt,
    mayMissWorkers: doubts.includes(""),
    asked,
    cluster: lost ? undefined : cluster,
    ...(checked as Checked),
  };
}

/** The workers of the file, and behind them those of its pools; undefined where it has neither. */
function clusterOfFile({ input: { cluster }, faulty }: Checked, faults: FaultList): Cluster | undefined {
  const { workers, pools = [] } = cluster ?? {};
  if (workers === undefined && pools.length === 0) return undefined;
  const read = normaliseCluster(workers ?? [], ["cluster", "workers"], faults, faulty, poolGroups(pools));
  const ofPools = pools.reduce((sum, pool) => sum + (pool?.max ?? (pool === undefined ? 0 : 1)), 0);
  return pools.length === 0 ? read : { ...read, pools: poolsOf(pools, read.workers.length - ofPools, faults) };
}

/** Whether a fault at the path leaves the scenario's workers open: one of a key beside them does not. */
export function isOfWorkers([root, key = "workers"]: Path): boolean {
  return root === "cluster" && (key === "workers" || key === "pools");
}

/** Whether a fault at the path is one of a worker that joins. */
export function isOfJoining([root, , key]: Path): boolean {
  return root === "actions" && key === "join";
}

/** The keys of workers with faults, those that are there and those that join, by which others know them; "" for a whole worker. */
function doubtsOf(document: Document, { input }: Checked, faults: FaultList): string[] {
  const doubts: string[] = [];
  faults.some((path) => {
    const isWorker = isOfWorkers(path) || isOfJoining(path);
    const meant = meantKey(String(path[3] ?? ""));
    if (isWorker && !isSize(meant)) doubts.push(meant);
    return false;
  });
  const given = valueAt(document.value, ["actions"]);
  const isLost = (action: unknown, index: number) => input.actions?.[index] === undefined && typeof action === "object" && action !== null;
  if (Array.isArray(given) && given.some(isLost)) doubts.push("");
  return doubts;
}

/** The cluster that an option describes; what can be read of it is judged also where another part is malformed. */
function clusterOfText(text: string, faults: FaultList): ReturnType<typeof normaliseCluster> | undefined {
  const option = new FaultList({ value: undefined, position: () => undefined, origin: () => `workers "${text}"` });
  const { workers, faults: malformed } = readClusterText(text);
  for (const fault of malformed) option.addFault(fault, []);
  const cluster = option.attempt([], () => normaliseCluster(workers, [], option));
  try {
    option.throwIfAny();
    return cluster;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const fault of error.faults) faults.addFault(fault, ["cluster"]);
    return undefined;
  }
}

/** The workloads of a draft, in their order. */
export function workloadsOf({ input }: Draft): WorkloadPlace[] {
  return elements(input.workload, ["workload"]).map(([workload, path]) => ({ workload, path }));
}

/** The fault traces of a draft, with their paths in it; also where another of its faults is malformed, so that all is said at once. */
export function tracesOf({ document }: Draft): { file: string; path: Path; index: number }[] {
  const given = valueAt(document.value, ["faults"]);
  return (Array.isArray(given) ? given : []).flatMap((fault: unknown, index) => {
    const file = valueAt(fault, ["trace"]);
    return typeof file === "string" ? [{ file, path: ["faults", index, "trace"], index }] : [];
  });
}

/** The cluster that is given, or that the first of the workloads' files describes; undefined where neither is. */
export function clusterOf(draft: Draft, workloads: readonly Imported[]): ChangingCluster | undefined {
  if (draft.cluster !== undefined || draft.clusterInDoubt) return draft.cluster;
  for (const { workers, dimensions } of workloads) {
    if (workers === undefined) continue;
    const { input, faults, faulty } = draft;
    draft.cluster = withJoining({ workers, dimensions }, input.actions ?? [], faults, faulty); // once: its faults are told once
    return draft.cluster;
  }
  return undefined;
}

/** One or several, each with its path; those with faults are left out. */
export function elements<Item>(given: Item | readonly (Item | undefined)[] | undefined, path: Path): [Item, Path][] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return [[given as Item, path]];
  return (given as (Item | undefined)[]).flatMap((item, i): [Item, Path][] => (item === undefined ? [] : [[item, [...path, i]]]));
}
