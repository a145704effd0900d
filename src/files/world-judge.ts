// What only the drawn world shows to be wrong, told together with all other faults as far as these leave it standing.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { missingTargets } from "../faults/draw-faults.ts";
import { Hints } from "../model/nearest.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { Scenario, TaskSource } from "../model/scenario.ts";
import { didYouMean } from "../model/nearest.ts";
import { isPolicyPath } from "../model/settings.ts";
import { TEMPLATE_KEYS } from "../model/task-schema.ts";
import type { World } from "../model/world.ts";
import { missingEnds } from "../workload/draw-network.ts";
import { drawWorld, idFaults, noSuchTask } from "../workload/draw-world.ts";
import type { Draft } from "./draft.ts";
import { noSuchFile } from "./file-errors.ts";
import { AS_FAR } from "./fault-list.ts";
import type { KnownTasks } from "./known-tasks.ts";
import { registeredPolicy } from "./load-policy.ts";
import { allOf, type ChangingCluster } from "./normalise-turnover.ts";

/** The parts of a scenario that its world is drawn from. */
const WORLD = ["cluster", "functions", "tasks", "workload", "generate", "actions", "faults", "network", "seed", "seeds"];

/** The world is judged under these seeds. */
const SEEDS = { workload: "1", faults: "1", policy: "1" };

/** A cluster for what is generated whatever the cluster. */
const ANY_CLUSTER: Pick<Scenario, "workers" | "dimensions"> = {
  workers: [{ id: "any", capacity: STANDARD_DIMENSIONS.map(() => 1e9), speed: 1000, labels: {} }],
  dimensions: [...STANDARD_DIMENSIONS],
};

export class WorldJudge {
  readonly #scenario: Scenario;
  readonly #draft: Draft;
  readonly #cluster: ChangingCluster | undefined;
  readonly #tasks: KnownTasks;

  constructor(scenario: Scenario, draft: Draft, cluster: ChangingCluster | undefined, tasks: KnownTasks) {
    this.#scenario = scenario;
    this.#draft = draft;
    this.#cluster = cluster;
    this.#tasks = tasks;
  }

  /** Adds to the draft's faults; `directory` is where paths of policies start from. */
  judge(directory: string): void {
    const { faults } = this.#draft;
    const isSound = this.#cluster !== undefined && !WORLD.some((part) => faults.touch([part]));
    const hasFaults = faults.count > 0;
    let world: World | undefined;
    const draw = () => {
      world ??= drawWorld(this.#scenario, SEEDS);
      return world;
    };
    // Without faults the run draws its world itself, under its own seeds.
    if (hasFaults && isSound) faults.attempt([], draw);
    if (hasFaults && !isSound) this.#judgeParts();
    this.#judgePolicy(directory, isSound && (!hasFaults || world !== undefined) ? draw : undefined);
  }

  /** References between parts, where not all of them are sound. */
  #judgeParts(): void {
    const { faults } = this.#draft;
    if (this.#cluster !== undefined) {
      const limits = this.#draft.clusterInDoubt ? AS_FAR : "";
      for (const fault of missingTargets(this.#scenario.faults ?? [], allOf(this.#cluster), limits)) faults.addFault(fault, ["faults"]);
      const { network } = this.#scenario;
      for (const fault of network ? missingEnds(network, allOf(this.#cluster), limits) : []) faults.addFault(fault, ["network"]);
    }
    const hints = new Hints(() => this.#tasks.written);
    for (const [index, action] of (this.#draft.input.actions ?? []).entries()) {
      const named = [
        ["cancel", action?.cancel, ["actions", index, "cancel"]],
        ["set", action?.set?.task, ["actions", index, "set", "task"]],
      ] as const;
      for (const [deed, id, path] of named) {
        if (id === undefined || this.#tasks.has(String(id))) continue;
        const message = noSuchTask(deed, String(id), hints, this.#tasks.incomplete ? AS_FAR : "");
        faults.add(path, `actions[${index}]: ${message}`);
      }
    }
    for (const [index, fault] of (this.#draft.input.faults ?? []).entries()) {
      if (fault?.task === undefined || this.#tasks.has(String(fault.task))) continue;
      const limits = this.#tasks.incomplete ? AS_FAR : "";
      const message = `task "${fault.task}" is not there${limits}${didYouMean(String(fault.task), this.#tasks.written)}`;
      faults.add(["faults", index, "task"], message);
    }
    const drawable = { ...this.#scenario, ...ANY_CLUSTER, sources: this.#sourcesOfIds() };
    for (const fault of idFaults(drawable, SEEDS)) faults.addFault(fault, []);
  }

  /** The sources, those generated with the prefix that their place gives them; where their number is in doubt, it is one. */
  #sourcesOfIds(): TaskSource[] {
    const { faults, input } = this.#draft;
    const indices = [...this.#tasks.prefixes.keys()];
    let next = 0;
    return this.#scenario.sources.flatMap((source): TaskSource[] => {
      if (source.kind !== "generate") return [source];
      const index = indices[next++] as number;
      const depth = Array.isArray(input.generate) ? 2 : 1;
      if (faults.touch([...(depth === 2 ? ["generate", index] : ["generate"]), "prefix"])) return [];
      const inDoubt = faults.some(
        (path) => path[0] === "generate" && (depth === 1 || path[1] === index) && !TEMPLATE_KEYS.includes(path[depth] as string),
      );
      const prefix = this.#tasks.prefixes.get(index) as string;
      const { generate } = source;
      const spec = inDoubt ? { ...generate, kind: "bag", options: { count: 1, prefix } } : generate;
      return [{ kind: "generate", generate: { ...spec, options: { ...spec.options, prefix } } }];
    });
  }

  /**
   * Whether the file of a user's policy is there; what a registered one says against its own options, such as a list that misses a
   * task, asked of the world where it can be drawn.
   */
  #judgePolicy(directory: string, draw: (() => World) | undefined): void {
    const { faults } = this.#draft;
    const { policy } = this.#scenario.scheduler;
    const path = ["scheduler", "policy"];
    if (faults.touch(path)) return;
    if (isPolicyPath(policy.name)) {
      const location = resolve(directory, policy.name);
      if (!existsSync(location)) faults.add([...path, "name"], noSuchFile(policy.name, location));
      return;
    }
    const place = [...path, ...Object.keys(policy.parameters).slice(0, 1)];
    faults.attempt(place, () => {
      const definition = registeredPolicy(policy, directory);
      if (definition.faults === undefined || draw === undefined) return;
      for (const message of definition.faults(policy.parameters, draw())) faults.add(place, message);
    });
  }
}
