// What tasks have beside their columns, from what a scenario says of all of them and of each.
import type { CheckpointPlan } from "../model/checkpoint.ts";
import type { EnvironmentPlan } from "../model/environment.ts";
import type { Amount, Scenario } from "../model/scenario.ts";
import type { ScenarioInput, TaskInput } from "../model/scenario-schema.ts";
import type { StragglePlan } from "../model/straggle.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import { parseDuration } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { asksOf } from "./normalise-asks.ts";
import { elasticOf } from "./normalise-elastic.ts";
import { environmentOf } from "./normalise-environment.ts";
import type { Checked } from "./schema-faults.ts";

/** What a scenario may say of all tasks, and each of itself. */
type GivenKey = Exclude<keyof TaskProfile, "elastic" | "asks">;

type CheckpointInput = NonNullable<ScenarioInput["checkpoint"]>;

/** Where tasks are read. */
interface Scene {
  dimensions: readonly string[];
  faults: FaultList;
  faulty: Checked["faulty"];
}

/** The profiles of a scenario's tasks: equal ones are one object. */
export class Profiles {
  /** Of tasks that say nothing themselves; undefined where the scenario does not either. */
  readonly usual: TaskProfile | undefined;
  readonly #mustClaim: boolean;
  readonly #known = new Map<string, TaskProfile>();

  /** `mustClaim`: whether tasks that ask have to say how much that may come to. */
  constructor(usual: TaskProfile | undefined, mustClaim = false) {
    this.#mustClaim = mustClaim;
    this.usual = usual && this.#one(usual);
  }

  /** The profile of a task, or of a template. */
  of(task: Partial<TaskInput>, request: readonly Amount[], path: Path, { dimensions, faults, faulty }: Scene): TaskProfile | undefined {
    const elastic = elasticOf(task, path, faults, faulty);
    const asks = asksOf(task, request, dimensions, elastic, path, faults);
    if (this.#mustClaim && asks !== undefined && asks.claim === undefined)
      faults.add(
        [...path, "asks"],
        "deadlock: prevent reckons with what tasks may come to hold; give it a claim, such as claim: { memory: 6GB }",
      );
    if ((task.checkpoint ?? task.environment ?? task.straggle ?? elastic ?? asks) === undefined) return this.usual;
    const own = ownProfile(task, path, faults);
    if (elastic !== undefined) own.elastic = elastic;
    if (asks !== undefined) own.asks = asks;
    const isUsual = (key: GivenKey) => task[key] === undefined && this.usual?.[key] !== undefined;
    if (isUsual("checkpoint")) own.checkpoint = this.usual?.checkpoint as CheckpointPlan;
    if (isUsual("environment")) own.environment = this.usual?.environment as EnvironmentPlan;
    if (isUsual("straggle")) own.straggle = this.usual?.straggle as StragglePlan;
    return this.#one(own);
  }

  /** The same that is known already; undefined where it says nothing. */
  #one(profile: TaskProfile): TaskProfile | undefined {
    if (Object.keys(profile).length === 0) return undefined;
    const key = JSON.stringify(profile, (_, value) => (value instanceof Map ? [...value] : value));
    const known = this.#known.get(key) ?? profile;
    this.#known.set(key, known);
    return known;
  }
}

/** What a scenario says of all of its tasks. */
export function usualProfile(input: Pick<ScenarioInput, GivenKey>, faults: FaultList): TaskProfile | undefined {
  return ownProfile(input, [], faults);
}

/** What a task, or the scenario of all, says itself. */
function ownProfile({ checkpoint, environment, straggle }: Pick<Partial<TaskInput>, GivenKey>, path: Path, faults: FaultList): TaskProfile {
  const own: TaskProfile = {};
  if (checkpoint !== undefined && checkpoint !== "none") own.checkpoint = checkpointOf(checkpoint, [...path, "checkpoint"], faults);
  const plan =
    environment === undefined || environment === "none" ? undefined : environmentOf(environment, [...path, "environment"], faults);
  if (plan !== undefined) own.environment = plan;
  if (straggle !== undefined && straggle !== "none") own.straggle = { p: straggle.p, factor: straggle.factor };
  return own;
}

/** Whether the attempts of any task of a scenario save their work. */
export function isSavingWork({ sources, defaults }: Pick<Scenario, "sources" | "defaults">): boolean {
  if (defaults?.profile?.checkpoint !== undefined) return true;
  return sources.some((source) => {
    if (source.kind === "table") return source.table.profiles.some(({ checkpoint }) => checkpoint !== undefined);
    const templates = source.kind === "tasks" ? source.tasks : [source.generate.template];
    return templates.some(({ profile }) => profile?.checkpoint !== undefined);
  });
}

function checkpointOf(given: CheckpointInput, path: Path, faults: FaultList): CheckpointPlan {
  const { every, cost = 0, restore = 0, storage = "shared", mtbf } = given;
  const time = (key: "every" | "mtbf", value: number | string) => {
    const parsed = parseDuration(value);
    if (parsed === 0) faults.add([...path, key], `${key} must be above 0`);
    return parsed;
  };
  const plan: CheckpointPlan = { cost: parseDuration(cost), restore: parseDuration(restore), storage };
  if (every !== undefined) plan.every = every === "auto" ? every : time("every", every);
  if (mtbf !== undefined) plan.mtbf = time("mtbf", mtbf);
  if (mtbf !== undefined && every !== "auto")
    faults.add([...path, "mtbf"], "mtbf is what every: auto reckons with, and every is not auto", "key");
  if (every === "auto" && plan.cost === 0 && !faults.touch([...path, "cost"]))
    faults.add([...path, "every"], "every: auto weighs the cost of a checkpoint, which is 0; give it a cost above 0");
  return plan;
}
