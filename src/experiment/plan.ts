// Which cells a comparison consists of: the policies that apply to each scenario, and the seeds where anything is drawn.

import { type Fault, InputError } from "../model/errors.ts";
import type { Scenario, Seeds } from "../model/scenario.ts";
import { formatPolicySpec, type PolicySpec } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import { applies, POLICIES, policyNamed } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import type { Cell } from "./cells.ts";
import { suitabilityOf } from "./suitability.ts";

/** A policy as named, with the definition behind the name. */
export interface Candidate {
  spec: PolicySpec;
  definition: PolicyDefinition;
  /** Its position in the batch. */
  place: number;
  /** It was asked for by name, not by default. */
  named: boolean;
}

/** A scenario that is to be planned. */
export interface Subject {
  scenario: Scenario;
  /** In the batch. */
  position: number;
  /** Its world under the first seed. */
  world: World;
  seeds: readonly { seed: string; seeds: Seeds }[];
  /** Its cells are numbered from there. */
  firstIndex: number;
}

/** A policy on a scenario, and its cells: one per seed, or one for all. */
export interface PlannedPolicy {
  policy: string;
  deterministic: boolean;
  cells: Cell[];
}

export interface ScenarioPlan {
  policies: PlannedPolicy[];
  /** Policies that were not asked for by name and do not apply, with the reason. */
  leftOut: { policy: string; reason: string }[];
  /** Of policies that were asked for by name and find all tasks equal. */
  warnings: string[];
}

/** The specs to compare on a scenario when none are named: every registered policy, and the scenario's own with its options. */
export function defaultPolicies(scenario: Scenario): PolicySpec[] {
  const own = scenario.scheduler.policy;
  const registered = POLICIES.map(({ name }): PolicySpec => (name === own.name ? own : { name, parameters: {} }));
  return registered.includes(own) ? registered : [own, ...registered];
}

/** A seed for everything, or for all but the roots that have one of their own. */
export function seedsOf(seed: string, overrides: Partial<Seeds> = {}): Seeds {
  return { workload: overrides.workload ?? seed, faults: overrides.faults ?? seed, policy: overrides.policy ?? seed };
}

/** What a world is known by: cells of a scenario with equal keys meet the same one. */
export function worldKey(scenario: number, seeds: Seeds, drawn: World["drawn"]): string {
  return JSON.stringify([scenario, drawn.workload ? seeds.workload : null, drawn.faults ? seeds.faults : null]);
}

/** Plans the cells of one scenario. A policy that was named and cannot work, or whose options do not suit the world, is an InputError. */
export function planScenario({ scenario, position, world, seeds, firstIndex }: Subject, candidates: readonly Candidate[]): ScenarioPlan {
  const plan: ScenarioPlan = { policies: [], leftOut: [], warnings: [] };
  const faults: Fault[] = [];
  let index = firstIndex;
  for (const { spec, definition, place, named } of candidates) {
    const policy = formatPolicySpec(spec);
    const settings = { ...scenario.scheduler, policy: spec };
    const reason = named ? undefined : applies(definition, world, settings);
    if (reason !== undefined) {
      plan.leftOut.push({ policy, reason });
      continue;
    }
    const suitability = suitabilityOf(scenario, world, spec, definition);
    faults.push(...suitability.faults);
    if (suitability.warning !== undefined) plan.warnings.push(suitability.warning);
    const deterministic = !world.drawn.workload && !world.drawn.faults && !drawsItself(spec, definition, scenario);
    const cells = (deterministic ? seeds.slice(0, 1) : seeds).map(
      ({ seed, seeds: roots }): Cell => ({
        index: index++,
        scenario: position,
        policy: place,
        seed: deterministic ? "" : seed,
        seeds: roots,
        world: worldKey(position, roots, world.drawn),
      }),
    );
    plan.policies.push({ policy, deterministic, cells });
  }
  if (faults.length > 0) throw new InputError(faults);
  return plan;
}

/** Whether a policy, or the scheduler with it, draws random numbers: one of the user's is taken to, unless it says that it does not. */
function drawsItself(spec: PolicySpec, definition: PolicyDefinition, scenario: Scenario): boolean {
  const placement = definition.takesPlacement ? (spec.placement ?? scenario.scheduler.placement) : undefined;
  const registered = policyNamed(spec.name) !== undefined;
  const jitters = (scenario.scheduler.retry.backoff?.jitter ?? 0) > 0;
  return jitters || scenario.scheduler.ties === "seeded" || placement === "random" || (definition.draws ?? !registered);
}

/** Cells so that those of one world stand together: by scenario, seed, policy. */
export function inOrderOfWorlds(cells: readonly Cell[]): Cell[] {
  const place = new Map<string, number>();
  for (const { world } of cells) if (!place.has(world)) place.set(world, place.size);
  return [...cells].sort((a, b) => (place.get(a.world) as number) - (place.get(b.world) as number) || a.index - b.index);
}
