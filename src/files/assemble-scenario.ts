// From a draft and what its files held to a scenario: tasks, settings, actions, faults. All that is wrong is thrown at once, by position.
import { strikesLinks } from "../faults/draw-faults.ts";
import { taskFaultNamed } from "../faults/index.ts";
import { constantColumn } from "../model/columns.ts";
import { AS_FAR } from "../model/errors.ts";
import { IDEAL_LINK, isIdeal } from "../model/network.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import { Hints } from "../model/nearest.ts";
import type { FaultSpec, GenerateSpec, Scenario, TaskSource } from "../model/scenario.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import type { TaskTable } from "../model/world.ts";
import { clusterOf, type Draft, elements, workloadsOf } from "./draft.ts";
import { KnownTasks } from "./known-tasks.ts";
import { normaliseActions } from "./normalise-actions.ts";
import { normaliseCloud } from "./normalise-cloud.ts";
import { normaliseFaults, workersAtLargest } from "./normalise-faults.ts";
import { cautionsOf } from "./normalise-task-faults.ts";
import { normaliseGenerate } from "./normalise-generate.ts";
import { dataOf } from "./normalise-data.ts";
import { normaliseNetwork } from "./normalise-network.ts";
import { refuseSlowClocks } from "./slow-clocks.ts";
import { normaliseExpectations, normaliseMeasure, normaliseScheduler, retriesOf, rootSeedsOf, seedOf } from "./normalise-scheduler.ts";
import { clientsOf } from "./normalise-clients.ts";
import { refuseWithReplicas } from "./normalise-replicas.ts";
import { Profiles, isSavingWork, usualProfile } from "./normalise-profile.ts";
import { keysAt, normaliseTasks, type Surroundings } from "./normalise-tasks.ts";
import { resizingFaults } from "./normalise-resizings.ts";
import { allOf, staysOf, withJoining } from "./normalise-turnover.ts";
import { mayBringCluster, missesWorkload, type ReadWorkload } from "./read-workload.ts";
import { WorkerFit } from "./worker-fit.ts";
import { WorldJudge } from "./world-judge.ts";

/** Where a scenario comes from. */
export interface Origin {
  /** Its name unless it has one itself; without either, that of its first workload. */
  name?: string;
  /** The folder that paths in it start from. */
  directory: string;
}

/** Puts everything together, or throws all that is wrong. `traces`: the outages of each fault that names a file of them. */
export function assemble(
  draft: Draft,
  workloads: readonly ReadWorkload[],
  origin: Origin,
  traces: ReadonlyMap<number, readonly FaultSpec[]> = new Map(),
): { scenario: Scenario; notes: string[] } {
  const { input, document, faults, faulty, functions, notes } = draft;
  const cluster = clusterOf(draft, workloads);
  if (cluster === undefined && !mayHaveCluster(draft, workloads))
    faults.add([], "there is no cluster: give cluster.workers in the file, or --workers '4 x 8cpu,32GiB' on the command line");
  const nobody = { workers: [], dimensions: [...STANDARD_DIMENSIONS] };
  if (cluster === undefined) withJoining(nobody, input.actions ?? [], faults, faulty); // for what is wrong with those alone
  const { workers, dimensions } = cluster ?? nobody;
  const limits = draft.clusterInDoubt ? AS_FAR : "";
  const surroundings: Surroundings = {
    document,
    faults,
    faulty,
    dimensions,
    fit: cluster && new WorkerFit(workersAtLargest(draft, allOf(cluster), dimensions), dimensions, limits),
    retries: retriesOf(input.scheduler),
    profiles: new Profiles(usualProfile(input, faults), input.scheduler?.deadlock === "prevent"),
    functions,
    functionHints: new Hints(() => functions.keys()),
    notes,
  };
  checkFunctions(surroundings);
  const generated = generatedOf(draft, surroundings);
  const tasks = new KnownTasks(draft, workloads, generated);
  const scheduler = normaliseScheduler(input.scheduler ?? {}, workersChange(draft), faults, faulty);
  const areReplicasClear = !faulty(["scheduler"]) && !faulty(["scheduler", "replicas"]);
  const replicas = areReplicasClear ? (scheduler.replication?.count ?? 1) : 0;
  const written = input.faults && normaliseFaults(input.faults, { scheduler, dimensions, limits, ...draft }, traces);
  const asked = cluster
    ? resizingFaults(input.actions ?? [], {
        ...draft,
        dimensions,
        limits,
        workers: allOf(cluster),
        stays: staysOf(input.actions ?? [], cluster),
      })
    : [];
  const scenario: Scenario = {
    version: 1,
    name: String(input.name ?? origin.name ?? workloads[0]?.name ?? "scenario"),
    ...seedOf(input.seed, ["seed"], faults),
    ...rootSeedsOf(input.seeds, faults),
    dimensions,
    workers,
    ...normaliseCloud(input.cluster, cluster?.pools ?? [], scheduler, faults),
    scheduler,
    sources: sourcesOf(draft, workloads, surroundings, generated, tasks),
    ...(input.actions !== undefined && { actions: normaliseActions(input.actions, cluster, document, faults, faulty, limits, replicas) }),
    ...((written !== undefined || asked.length > 0) && { faults: [...(written ?? []), ...asked] }),
    ...(input.network !== undefined && { network: normaliseNetwork(input.network, scheduler.liveness, document, faults, faulty) }),
    ...(input.clients !== undefined && { clients: clientsOf(input.clients, scheduler.replication !== undefined, faults, faulty) }),
    ...dataOf(input, document, faults),
    expect: normaliseExpectations(input.expect ?? {}, faults),
    measure: normaliseMeasure(input.measure ?? {}, faults),
    ...defaultsOf(surroundings),
  };
  if (!liesBetween(scenario)) refuseSlowClocks(draft, scheduler.liveness ?? {});
  notes.push(...preemptionNotes(scenario));
  notes.push(...cautionsOf(scenario.faults ?? [], scheduler));
  if (scenario.sources.length === 0) notes.push("the scenario has no tasks");
  refuseWithReplicas(scenario, faults);
  new WorldJudge(scenario, draft, cluster, surroundings.fit, tasks).judge(origin.directory);
  faults.throwIfAny();
  return { scenario, notes };
}

/** Whether a cluster was given or meant, or a workload that could not be read may have brought one. */
function mayHaveCluster(draft: Draft, workloads: readonly ReadWorkload[]): boolean {
  const places = workloadsOf(draft);
  if (draft.faultyWithin(["cluster"]) || draft.faulty(["cluster"]) || draft.faults.touch(["cluster"])) return true;
  if (draft.input.workload === undefined && draft.faulty(["workload"])) return true;
  if (workloads.some(({ workers, remains }) => workers !== undefined || remains?.mayBringCluster === true)) return true;
  if (missesWorkload(draft)) return true;
  if (places.length === workloads.length) return false;
  return places.some(mayBringCluster);
}

/** Whether messages take time, get lost or are doubled, or may be by a fault. */
function liesBetween({ network, faults = [] }: Scenario): boolean {
  const links = network === undefined ? [] : [network, ...network.links];
  return faults.some(strikesLinks) || links.some((link) => !isIdeal({ ...IDEAL_LINK, ...link }));
}

/** Whether workers fail, join or leave, or messages take their time, or would if what is said of it had no faults. */
function workersChange({ input: { faults = [], actions = [], network, cluster }, faultyWithin }: Draft): boolean {
  if (network !== undefined || cluster?.pools !== undefined) return true;
  const turnover = actions.some((action) => (["join", "leave", "shrink", "grow"] as const).some((key) => action?.[key] !== undefined));
  const fail = faults.some((fault) => {
    const known = taskFaultNamed(String(fault?.kind));
    return known === undefined || known.failsWorkers === true;
  });
  return fail || turnover || faultyWithin(["faults"]) || faultyWithin(["actions"]);
}

/** Attempts that are to save their work to make room are killed where they cannot. */
function preemptionNotes(scenario: Scenario): string[] {
  if (scenario.scheduler.preemption?.mode !== "checkpoint" || isSavingWork(scenario)) return [];
  return [
    "preemption mode checkpoint: no task writes checkpoints, so that what makes room is killed; checkpoint: { cost: 20s } would save its work",
  ];
}

/** What tasks that are submitted later take, where it is not the usual. */
function defaultsOf({ retries, profiles: { usual }, functions }: Surroundings): Pick<Scenario, "defaults"> {
  if (retries === 0 && usual === undefined && functions.size === 0) return {};
  return {
    defaults: {
      retries,
      ...(usual && { profile: usual }),
      functions: [...functions].flatMap(([name, duration]) => (duration === undefined ? [] : [[name, duration] as const])),
    },
  };
}

/** Functions whose times name workers that are not there: told once, whoever runs them. */
function checkFunctions({ document, fit, faults }: Surroundings): void {
  for (const name of keysAt(document.value, ["functions"])) {
    const path = ["functions", name, "on"];
    fit?.checkKeys(keysAt(document.value, path), path, faults);
  }
}

/** The generated workloads, by their places in the scenario. */
function generatedOf({ input }: Draft, surroundings: Surroundings): Map<number, GenerateSpec> {
  const specs = new Map<number, GenerateSpec>();
  for (const [generate, path] of elements(input.generate, ["generate"])) {
    const spec = normaliseGenerate(generate, path, surroundings);
    if (spec !== undefined) specs.set((path[1] ?? 0) as number, spec);
  }
  return specs;
}

/** The tasks of a file have the profile that the scenario gives to all. */
function withProfile(table: TaskTable, profile: TaskProfile | undefined): TaskTable {
  return profile === undefined ? table : { ...table, profile: constantColumn(0), profiles: [profile] };
}

/** Where tasks come from, in the order of the file. */
function sourcesOf(
  draft: Draft,
  workloads: readonly ReadWorkload[],
  surroundings: Surroundings,
  generated: ReadonlyMap<number, GenerateSpec>,
  known: KnownTasks,
): TaskSource[] {
  const { input } = draft;
  const sources: TaskSource[] = [];
  for (const key of Object.keys(input)) {
    if (key === "tasks" && input.tasks !== undefined) {
      const tasks = normaliseTasks(input.tasks, { ...surroundings, mayMissTasks: known.incomplete }, (id) => known.isElsewhere(id));
      if (tasks.length > 0) sources.push({ kind: "tasks", tasks });
    } else if (key === "workload") {
      for (const { table, notes, file, position } of workloads)
        sources.push({ kind: "table", table: withProfile(table, surroundings.profiles.usual), notes, file, ...(position && { position }) });
    } else if (key === "generate") {
      for (const generate of generated.values()) sources.push({ kind: "generate", generate });
    }
  }
  return sources;
}
