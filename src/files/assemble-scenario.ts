// From a document to a scenario: form, cluster, workloads, tasks, settings. All faults are thrown at once, by position.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../model/errors.ts";
import type { FaultSpec, Scenario, TaskSource } from "../model/scenario.ts";
import { isPolicyPath } from "../model/settings.ts";
import type { TaskTable } from "../model/world.ts";
import { defaultPrefix, drawWorld } from "../workload/draw-world.ts";
import type { Imported } from "../workload/importers/importer.ts";
import { numberBehind } from "../workload/names-builder.ts";
import { TaskIndex } from "../workload/task-index.ts";
import { parseClusterText } from "./cluster-text.ts";
import type { Document, Path } from "./document.ts";
import { FaultList } from "./fault-list.ts";
import { noSuchFile } from "./file-errors.ts";
import { registeredPolicy } from "./load-policy.ts";
import { normaliseActions } from "./normalise-actions.ts";
import { normaliseCluster } from "./normalise-cluster.ts";
import { normaliseFaults } from "./normalise-faults.ts";
import { normaliseGenerate } from "./normalise-generate.ts";
import { normaliseExpectations, normaliseMeasure, normaliseScheduler, retriesOf, rootSeedsOf, seedOf } from "./normalise-scheduler.ts";
import { normaliseFunctions, normaliseTasks, type Surroundings } from "./normalise-tasks.ts";
import { allOf, type ChangingCluster, withJoining } from "./normalise-turnover.ts";
import { type Checked, checkForm, valueAt } from "./schema-faults.ts";
import { WorkerFit } from "./worker-fit.ts";

/** A scenario half read: its form is checked, its files are not read yet. */
export interface Draft extends Checked {
  document: Document;
  faults: FaultList;
  notes: string[];
  functions: Surroundings["functions"];
  /** Whether a cluster is given that has faults: nothing can be judged against it. */
  clusterIsFaulty: boolean;
  /** Undefined where none is given, or it has faults. */
  cluster: ChangingCluster | undefined;
}

/** A workload as the scenario names it, and where it stands there. */
export interface WorkloadPlace {
  workload: { format?: string | undefined; file: string; scale?: number | undefined; limit?: number | undefined };
  path: Path;
}

/** Where a scenario comes from. */
export interface Origin {
  /** Its name unless it has one itself; without either, that of its first workload. */
  name?: string;
  /** The folder that paths in it start from. */
  directory: string;
}

/** Checks the form and reads the cluster; `workers` (`4 x 8cpu`) replaces the file's. */
export function draftOf(document: Document, workers: string | undefined): Draft {
  const faults = new FaultList(document);
  const checked = checkForm(document, faults);
  if (checked === undefined) faults.throwIfAny();
  const { input, faultyWithin } = checked as Checked;
  const functions = normaliseFunctions(input.functions, faults);
  const before = faults.count;
  const given =
    workers === undefined
      ? input.cluster && normaliseCluster(input.cluster.workers, ["cluster", "workers"], faults)
      : clusterOfText(workers, faults);
  const cluster = given && withJoining(given, input.actions ?? [], faults);
  const sound =
    faults.count === before && (workers !== undefined || !faultyWithin(["cluster"])) && !(faultyWithin(["actions"]) && mayJoin(document));
  return { document, faults, notes: [], functions, clusterIsFaulty: !sound, cluster: sound ? cluster : undefined, ...(checked as Checked) };
}

/** Whether workers would join if the actions had no faults: what is not known of them is held against nobody. */
function mayJoin({ value }: Document): boolean {
  const { actions } = value as { actions?: unknown };
  return (
    Array.isArray(actions) &&
    actions.some((action) => typeof action === "object" && action !== null && Object.hasOwn(action as object, "join"))
  );
}

function clusterOfText(text: string, faults: FaultList): ReturnType<typeof normaliseCluster> | undefined {
  const option = new FaultList({ value: undefined, position: () => undefined, origin: () => `workers "${text}"` });
  try {
    const cluster = normaliseCluster(parseClusterText(text), [], option);
    option.throwIfAny();
    return cluster;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const fault of error.faults) faults.addFault(fault);
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

/** The cluster that is given, or that the first of the workloads' files describes; undefined where neither is, or it has faults. */
export function clusterOf(draft: Draft, workloads: readonly Imported[]): ChangingCluster | undefined {
  if (draft.cluster !== undefined || draft.clusterIsFaulty) return draft.cluster;
  for (const { workers, dimensions } of workloads) {
    if (workers === undefined) continue;
    draft.cluster = withJoining({ workers, dimensions }, draft.input.actions ?? [], draft.faults); // once: its faults are told once
    return draft.cluster;
  }
  return undefined;
}

/** Puts everything together, or throws all that is wrong. `traces`: the outages of each fault that names a file of them. */
export function assemble(
  draft: Draft,
  workloads: readonly Imported[],
  origin: Origin,
  traces: ReadonlyMap<number, readonly FaultSpec[]> = new Map(),
): { scenario: Scenario; notes: string[] } {
  const { input, document, faults, faulty, functions, notes } = draft;
  const cluster = clusterOf(draft, workloads);
  if (cluster === undefined && !draft.clusterIsFaulty && faults.count === 0)
    faults.add([], "there is no cluster: give cluster.workers in the file, or --workers '4 x 8cpu,32GiB' on the command line");
  const { workers, dimensions } = cluster ?? { workers: [], dimensions: ["cpu", "memory", "disk", "slots"] };
  const fit = cluster === undefined ? undefined : new WorkerFit(allOf(cluster), dimensions);
  const surroundings: Surroundings = {
    document,
    faults,
    faulty,
    dimensions,
    fit,
    retries: retriesOf(input.scheduler),
    functions,
    notes,
  };
  const scenario: Scenario = {
    version: 1,
    name: String(input.name ?? origin.name ?? workloads[0]?.name ?? "scenario"),
    ...seedOf(input.seed, ["seed"], faults),
    ...rootSeedsOf(input.seeds, faults),
    dimensions,
    workers,
    scheduler: normaliseScheduler(input.scheduler ?? {}, workersChange(input), faults),
    sources: sourcesOf(draft, workloads, surroundings),
    ...(input.actions !== undefined && { actions: normaliseActions(input.actions, cluster, document, faults) }),
    ...(input.faults !== undefined && { faults: normaliseFaults(input.faults, document, faults, traces) }),
    expect: normaliseExpectations(input.expect ?? {}, faults),
    measure: normaliseMeasure(input.measure ?? {}, faults),
    ...defaultsOf(surroundings),
  };
  if (scenario.sources.length === 0) notes.push("the scenario has no tasks");
  checkPolicy(scenario, origin.directory, faults);
  faults.throwIfAny();
  return { scenario, notes };
}

/** Whether workers fail, join or leave. */
function workersChange({ faults = [], actions = [] }: Checked["input"]): boolean {
  return faults.length > 0 || actions.some((action) => action.join !== undefined || action.leave !== undefined);
}

/** What tasks that are submitted later take, where it is not the usual. */
function defaultsOf({ retries, functions }: Surroundings): Pick<Scenario, "defaults"> {
  if (retries === 0 && functions.size === 0) return {};
  return {
    defaults: {
      retries,
      functions: [...functions].flatMap(([name, duration]) => (duration === undefined ? [] : [[name, duration] as const])),
    },
  };
}

/** Where tasks come from, in the order of the file. */
function sourcesOf(draft: Draft, workloads: readonly Imported[], surroundings: Surroundings): TaskSource[] {
  const { input, faultyWithin } = draft;
  const tables = workloads.map((imported) => imported.table);
  const generated = elements(input.generate, ["generate"]);
  const indices = tables.map((table) => new TaskIndex(table.names));
  const unsure = tables.length < workloadsOf(draft).length || ["workload", "generate"].some((key) => faultyWithin([key]));
  // How many tasks are generated shows when the world is drawn; until then every number may be one of them.
  const prefixes = generated.map(([{ prefix }], i) => (typeof prefix === "string" ? prefix : defaultPrefix(i + 1)));
  const isGenerated = (id: string) => prefixes.some((prefix) => numberBehind(prefix, id) >= 1);
  const isElsewhere = (id: string) => unsure || isGenerated(id) || indices.some((index) => index.find(id) >= 0);
  const sources: TaskSource[] = [];
  for (const key of Object.keys(input)) {
    if (key === "tasks" && input.tasks !== undefined) {
      const tasks = normaliseTasks(input.tasks, surroundings, isElsewhere);
      if (tasks.length > 0) sources.push({ kind: "tasks", tasks });
    } else if (key === "workload") {
      for (const [i, imported] of workloads.entries())
        sources.push({ kind: "table", table: tables[i] as TaskTable, notes: imported.notes });
    } else if (key === "generate") {
      for (const [generate, path] of generated) {
        const spec = normaliseGenerate(generate, path, surroundings);
        if (spec !== undefined) sources.push({ kind: "generate", generate: spec });
      }
    }
  }
  return sources;
}

/** One or several, each with its path; those with faults are left out. */
function elements<Item>(given: Item | readonly (Item | undefined)[] | undefined, path: Path): [Item, Path][] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return [[given as Item, path]];
  return (given as (Item | undefined)[]).flatMap((item, i): [Item, Path][] => (item === undefined ? [] : [[item, [...path, i]]]));
}

/**
 * Whether the file of a user's policy is there; what a registered one says against its own options, such as a list that misses a
 * task, asked of the world with seed 1 where there is one.
 */
function checkPolicy(scenario: Scenario, directory: string, faults: FaultList): void {
  const { policy } = scenario.scheduler;
  const path = ["scheduler", "policy"];
  const location = resolve(directory, policy.name);
  if (isPolicyPath(policy.name)) {
    if (!existsSync(location)) faults.add([...path, "name"], noSuchFile(policy.name, location));
    return;
  }
  if (faults.count > 0) return;
  const place = [...path, ...Object.keys(policy.parameters).slice(0, 1)];
  faults.attempt(place, () => {
    const definition = registeredPolicy(policy, directory);
    if (definition.faults === undefined) return;
    const world = drawWorld(scenario, { workload: "1", faults: "1", policy: "1" });
    for (const message of definition.faults(policy.parameters, world)) faults.add(place, message);
  });
}
