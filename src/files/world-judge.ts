// What only the drawn world shows to be wrong, told together with all other faults as far as these leave it standing.
import { resolve } from "node:path";
import { rootSeeds } from "../engine/random.ts";
import { idleResizes, missingTargets, noSuchAnchor } from "../faults/draw-faults.ts";
import { AS_FAR } from "../model/errors.ts";
import { Hints } from "../model/nearest.ts";
import { type Amount, type GenerateSpec, type Scenario, strikesWorkers, type TaskSource, type WorkerFaultSpec } from "../model/scenario.ts";
import { DEFAULT_PREEMPTION, isPolicyPath, type PolicySpec, type SchedulerSettings } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import { missingEnds } from "../workload/draw-network.ts";
import type { PolicyDefinition, WorldDoubts } from "../policies/policy.ts";
import { noSuchTask, sketchWorld } from "../workload/draw-world.ts";
import type { Path } from "./document.ts";
import { type Draft, isOfJoining, isOfWorkers } from "./draft.ts";
import { anyCluster, ENOUGH } from "./generated-apart.ts";
import type { KnownTasks } from "./known-tasks.ts";
import { cannotWork, doesNotApply } from "../policies/index.ts";
import { registeredPolicy, unfitPolicyFile } from "./load-policy.ts";
import { areWorkingsClear, policyMeant, soundPart } from "./normalise-scheduler.ts";
import { allOf, type ChangingCluster } from "./normalise-turnover.ts";
import { workersAtLargest } from "./normalise-faults.ts";
import { type Asked, certainIds, everyWayOf, mayBeCalled, type ReadWorker } from "./open-workers.ts";
import { keysOf, type WorkerFit } from "./worker-fit.ts";

const POLICY = ["scheduler", "policy"];

/** Settings under which every policy can work that is given its own options. */
const MOST_GIVEN: Pick<SchedulerSettings, "estimates" | "preemption"> = {
  estimates: "user",
  preemption: { mode: "suspend", ...DEFAULT_PREEMPTION },
};

/** A policy that is judged against the world, and where its faults stand. */
interface Judged {
  definition: PolicyDefinition;
  parameters: PolicySpec["parameters"];
  /** Undefined of one that is no part of the scenario. */
  place: Path | undefined;
}

/** A world, and what of it is not known for sure. */
interface Sketch {
  world: World;
  doubts: WorldDoubts | undefined;
}

export class WorldJudge {
  readonly #scenario: Scenario;
  readonly #draft: Draft;
  readonly #cluster: ChangingCluster | undefined;
  readonly #fit: WorkerFit | undefined;
  readonly #tasks: KnownTasks;

  constructor(scenario: Scenario, draft: Draft, cluster: ChangingCluster | undefined, fit: WorkerFit | undefined, tasks: KnownTasks) {
    this.#scenario = scenario;
    this.#draft = draft;
    this.#cluster = cluster;
    this.#fit = fit;
    this.#tasks = tasks;
  }

  /** Adds to the draft's faults; `directory` is where paths of policies start from. */
  judge(directory: string): void {
    const { faults } = this.#draft;
    const policy = this.#policy(directory);
    // Without faults the run draws its world itself, under its own seeds.
    if (faults.count === 0 && policy?.definition.faults === undefined) return;
    this.#judgeTargets();
    this.#judgeActions();
    const sketch = this.#judgeWorld();
    if (policy !== undefined && sketch !== undefined) this.#judgePolicy(policy, sketch);
    if (faults.count > 0) this.#judgeAsked(sketch);
  }

  /** What a policy has against the world. */
  #judgePolicy({ definition, parameters, place }: Judged, { world, doubts }: Sketch): void {
    const { faults } = this.#draft;
    faults.attempt(place ?? [], () => {
      for (const message of definition.faults?.(parameters, world, doubts) ?? []) {
        if (place === undefined) faults.addFault({ message }, []);
        else faults.add(place, message);
      }
    });
  }

  /** Why those cannot work that are to run in place of the scenario's own; of users' what their settings show, as the rest is asked of their code. */
  #judgeAsked(sketch: Sketch | undefined): void {
    const { faults, faulty, asked } = this.#draft;
    const { name, scheduler } = this.#scenario;
    // Of settings in doubt nothing is held against a policy: they may be whatever it needs.
    const settings = areWorkingsClear(faulty) ? scheduler : { ...scheduler, ...MOST_GIVEN };
    for (const { spec, definition } of asked) {
      const reason = cannotWork(definition, {}, { ...settings, policy: spec });
      if (reason !== undefined) faults.addFault({ message: doesNotApply(spec, name, reason) }, []);
      if (sketch !== undefined && !isPolicyPath(spec.name))
        this.#judgePolicy({ definition, parameters: spec.parameters, place: undefined }, sketch);
    }
  }

  /** The scenario's policy, where it is a registered one, by its sound options; of a user's it is said whether its file is there. */
  #policy(directory: string): Judged | undefined {
    const { faults } = this.#draft;
    const { policy } = this.#scenario.scheduler;
    if (isPolicyPath(policy.name)) {
      const unfit = unfitPolicyFile(policy.name, resolve(directory, policy.name));
      if (unfit !== undefined) faults.add([...POLICY, "name"], unfit);
      return undefined;
    }
    const meant = policyMeant(policy.name);
    if (meant === undefined) return undefined;
    const { sound } = soundPart(policy, meant);
    const { parameters } = sound;
    // One without the options that it needs is told by its settings.
    if (faults.touch(POLICY) && Object.keys(parameters).length === 0) return undefined;
    const isMap = typeof this.#draft.input.scheduler?.policy === "object";
    const place = isMap ? [...POLICY, ...Object.keys(parameters).slice(0, 1)] : POLICY;
    const definition = faults.attempt(place, () => registeredPolicy(sound, directory));
    return definition && { definition, parameters, place };
  }

  #judgeTargets(): void {
    if (this.#cluster === undefined) return;
    const limits = this.#draft.clusterInDoubt ? AS_FAR : "";
    const workers = this.#withNamed(allOf(this.#cluster));
    const missing = missingTargets(this.#scenario.faults ?? [], workers, limits);
    for (const fault of missing) this.#draft.faults.addFault(fault, ["faults"]);
    const { network } = this.#scenario;
    for (const fault of network ? missingEnds(network, workers, limits) : []) this.#draft.faults.addFault(fault, ["network"]);
    // With nothing open of any worker, or of those that are named.
    const certain = certainIds(allOf(this.#cluster));
    const isKnown = ({ worker }: WorkerFaultSpec) =>
      worker === undefined ? !this.#draft.faults.some((path) => isOfWorkers(path) || isOfJoining(path)) : certain.has(worker);
    const idle = idleResizes(this.#scenario.faults ?? [], allOf(this.#cluster), isKnown);
    for (const fault of idle) this.#draft.faults.addFault(fault, ["faults"]);
  }

  /** The workers, and of groups of which it is open how many they are those that faults and links name. */
  #withNamed(workers: readonly ReadWorker[]): readonly ReadWorker[] {
    const groups = workers.filter(({ open }) => open?.isCountAlone === true);
    if (groups.length === 0) return workers;
    const { faults = [], network } = this.#scenario;
    const known = new Set(workers.map(({ id }) => id));
    const names = new Set([...faults.filter(strikesWorkers), ...(network?.links ?? [])].map(({ worker = "" }) => worker));
    const named = [...names]
      .filter((id) => !known.has(id))
      .flatMap((id) => groups.filter((group) => mayBeCalled(group, id)).map((group) => ({ ...group, id })));
    return [...workers, ...named];
  }

  #judgeActions(): void {
    const { faults, input } = this.#draft;
    const hints = new Hints(() => this.#tasks.written);
    for (const [index, action] of (input.actions ?? []).entries()) {
      const named = [
        ["cancel", action?.cancel, ["actions", index, "cancel"]],
        ["status", action?.status, ["actions", index, "status"]],
        ["set", action?.set?.task, ["actions", index, "set", "task"]],
      ] as const;
      for (const [deed, id, path] of named) {
        if (id === undefined || this.#tasks.has(String(id))) continue;
        const message = noSuchTask(deed, String(id), hints, this.#tasks.incomplete ? AS_FAR : "");
        faults.add(path, `actions[${index}]: ${message}`);
      }
    }
    const limits = this.#tasks.incomplete ? AS_FAR : "";
    for (const [index, fault] of (input.faults ?? []).entries()) {
      const path = ["faults", index];
      const { task, when } = fault ?? {};
      if (task !== undefined && !this.#tasks.has(String(task)))
        faults.add([...path, "task"], `task "${task}" is not there${limits}${hints.of(String(task))}`);
      if (when?.task !== undefined && !this.#tasks.has(String(when.task)))
        faults.add([...path, "when", "task"], noSuchAnchor(String(when.task), this.#tasks.written, limits));
    }
  }

  /**
   * Draws the world as far as it stands: what has faults is held against nobody, and what they leave open is left out. Undefined
   * where it cannot be drawn.
   */
  #judgeWorld(): Sketch | undefined {
    const { faults, clusterInDoubt } = this.#draft;
    const { actions, faults: strikes, ...scenario } = this.#scenario;
    const isKnown = this.#cluster !== undefined && !clusterInDoubt;
    const sources = this.#sources(isKnown && !faults.some(isOfWorkers));
    const around = isKnown ? { ...(actions && { actions }), ...(strikes && { faults: strikes }) } : this.#clusterFor(sources);
    const seeds = rootSeeds(scenario.seed ?? "1", scenario.seeds);
    const toldOf = (request: readonly Amount[]) => this.#fit?.toldOf(request);
    const drawn = faults.attempt([], () => sketchWorld({ ...scenario, ...around, sources }, seeds, toldOf));
    if (drawn === undefined) return undefined;
    const { generators, ids, files, fit } = drawn.faults;
    const isFit = this.#cluster !== undefined && !faults.touch(["seed"]) && !faults.touch(["seeds"]);
    for (const fault of [...generators, ...ids, ...(isFit ? fit : [])]) faults.addFault(fault, []);
    const areIdsKnown = this.#tasks.areIdsKnown && generators.length === 0 && ids.length === 0;
    const isTask = areIdsKnown ? undefined : (id: string) => this.#tasks.isRead(id);
    const doubts = isKnown && areIdsKnown && this.#tasks.isWhole ? undefined : { isTask, workers: !isKnown };
    if (doubts === undefined && !faults.touch(["files"])) for (const fault of files) faults.addFault(fault, ["files"]);
    return { world: drawn.world, doubts };
  }

  /** A cluster in place of one of which something is open: whatever it may be that tasks ask for whose requests are drawn. */
  #clusterFor(sources: readonly TaskSource[]): Pick<Scenario, "workers" | "dimensions"> {
    const { dimensions } = this.#scenario;
    if (this.#cluster === undefined) return anyCluster(dimensions, ENOUGH);
    const asked = new Map<string, Asked>();
    const ask = ({ requires, request, duration }: GenerateSpec["template"]) => {
      if (request.every((amount) => typeof amount === "number")) return;
      const keys = keysOf({ duration });
      asked.set(JSON.stringify([Object.entries(requires), keys]), { requires, keys });
    };
    for (const source of sources) {
      if (source.kind === "tasks") source.tasks.forEach(ask);
      else if (source.kind === "generate") ask(source.generate.template);
    }
    const workers = workersAtLargest(this.#draft, allOf(this.#cluster), dimensions);
    return { workers: everyWayOf(workers, [...asked.values()]), dimensions };
  }

  /** The sources; generated ones of which cluster, functions or faults leave something open are made apart from these. */
  #sources(isClusterSound: boolean): TaskSource[] {
    const noFunctions = this.#draft.faults.touch(["functions"]);
    return this.#scenario.sources.flatMap((source): TaskSource[] => {
      if (source.kind === "tasks") return [{ kind: "tasks", tasks: source.tasks.map((task) => this.#anywhere(task)) }];
      if (source.kind !== "generate") return [source];
      const { generate } = source;
      const isOpen = this.#tasks.isTouched(generate) || (noFunctions && generate.template.duration === 0);
      const drawable = isClusterSound && !isOpen ? generate : this.#tasks.idsOf(generate);
      return drawable === undefined ? [] : [{ kind: "generate", generate: { ...drawable, template: this.#anywhere(drawable.template) } }];
    });
  }

  /** A task of which it was told that no worker has what it asks for, as one that may run on any: its sizes are judged all the same. */
  #anywhere<Fields extends GenerateSpec["template"]>(task: Fields): Fields {
    return this.#fit?.isNowhere(task.request) === true ? { ...task, requires: {}, duration: 0 } : task;
  }
}
