// Random scenarios whose tasks can be submitted one after the other: in the order of their release dates, dependencies first.
import { parse } from "yaml";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, type PolicyDefinition, type ScenarioInput, type TaskInput } from "../../src/index.ts";
import { at } from "../../src/model/columns.ts";
import type { Scenario } from "../../src/model/scenario.ts";
import type { Time } from "../../src/model/units.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { type Case, settingsFor } from "../arbitraries.ts";

/** A case as users write it: the whole, the cluster and scheduler alone, and the tasks with their (drawn) release dates. */
export interface Submissions {
  whole: Scenario;
  bare: Scenario;
  tasks: { input: TaskInput; release: Time }[];
  /** The whole, as it is written. */
  input: ScenarioInput;
}

export function submissionsOf(drawn: Case, policy: PolicyDefinition): Submissions {
  const { tasks = [], ...rest } = asWritten({ ...drawn.scenario, scheduler: settingsFor(policy, drawn) });
  const sound = tasks.map(({ timeout, asks, claim, ...task }) => ({
    ...task,
    ...(timeout !== undefined && timeout !== "0s" && { timeout }),
    ...(policy.preempts !== true && asks !== undefined && { asks }),
    ...(policy.preempts !== true && claim !== undefined && { claim }),
  }));
  const { release } = drawWorld(defineScenario({ ...rest, tasks: sound }), drawn.seeds).tasks;
  const order = sound.map((_, task) => task).sort((a, b) => at(release, a) - at(release, b) || a - b);
  const earlier = new Set<unknown>();
  const ordered = order.map((task) => {
    const { dependencies = [], ...input } = sound[task]!;
    const known = dependencies.filter((id) => earlier.has(id));
    earlier.add(input.id);
    return { input: { ...input, dependencies: known }, release: at(release, task) };
  });
  const input = { ...rest, tasks: ordered.map((task) => task.input) };
  return { whole: defineScenario(input), bare: defineScenario(rest), tasks: ordered, input };
}

function asWritten(scenario: Scenario): ScenarioInput {
  const [file] = scenarioFiles("random.yaml", scenario);
  return parse([...file!.parts].join("")) as ScenarioInput;
}
