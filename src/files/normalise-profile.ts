// What tasks have beside their columns, from what a scenario says of all of them and of each.
import type { CheckpointPlan } from "../model/checkpoint.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioInput, TaskInput } from "../model/scenario-schema.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import { parseDuration } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";

type CheckpointInput = NonNullable<ScenarioInput["checkpoint"]>;

/** The profiles of a scenario's tasks: equal ones are one object. */
export class Profiles {
  /** Of tasks that say nothing themselves; undefined where the scenario does not either. */
  readonly usual: TaskProfile | undefined;
  readonly #known = new Map<string, TaskProfile>();

  constructor(usual: TaskProfile | undefined) {
    this.usual = usual && this.#one(usual);
  }

  /** The profile of a task, or of a template. */
  of(task: Partial<TaskInput>, path: Path, faults: FaultList): TaskProfile | undefined {
    if (task.checkpoint === undefined) return this.usual;
    if (task.checkpoint === "none") return undefined;
    return this.#one({ checkpoint: checkpointOf(task.checkpoint, [...path, "checkpoint"], faults) });
  }

  #one(profile: TaskProfile): TaskProfile {
    const key = JSON.stringify(profile);
    const known = this.#known.get(key) ?? profile;
    this.#known.set(key, known);
    return known;
  }
}

/** What a scenario says of all of its tasks. */
export function usualProfile({ checkpoint }: Pick<ScenarioInput, "checkpoint">, faults: FaultList): TaskProfile | undefined {
  return checkpoint && { checkpoint: checkpointOf(checkpoint, ["checkpoint"], faults) };
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
