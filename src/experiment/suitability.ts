// Whether a policy that was asked for by name can work on a world: one rule for a single run and for a comparison.
import { type Fault, faultAt } from "../model/errors.ts";
import type { Scenario, Seeds } from "../model/scenario.ts";
import { formatPolicySpec, type PolicySpec } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import { applies, cannotWork, doesNotApply } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { drawWorld } from "../workload/draw-world.ts";

export interface Suitability {
  /** Bad input: its options do not suit the world, or it cannot work there at all. */
  faults: Fault[];
  /** It finds all tasks equal, as a field that it ranks by is given for none: allowed, but to be said. */
  warning?: string;
}

export function suitabilityOf(scenario: Scenario, world: World, spec: PolicySpec, definition: PolicyDefinition): Suitability {
  const { name: place = {}, options = {} } = spec.places ?? {};
  const [first = ""] = Object.keys(spec.parameters);
  const faults = (definition.faults?.(spec.parameters, world) ?? []).map((message) => faultAt(options[first]?.value ?? place, message));
  if (faults.length > 0) return { faults };
  const settings = { ...scenario.scheduler, policy: spec };
  const reason = cannotWork(definition, world, settings);
  if (reason !== undefined) return { faults: [faultAt(place, doesNotApply(spec, scenario.name, reason))] };
  const missing = applies(definition, world, settings);
  if (missing === undefined) return { faults: [] };
  return {
    faults: [],
    warning: `policy ${formatPolicySpec(spec)} ${missing} on ${scenario.name}; tasks that are equal to it go by release date`,
  };
}

/** What keeps policies from a scenario, all of them; where its world cannot be drawn, what is wrong with that. Draws the world. */
export function unsuitable(
  scenario: Scenario,
  seeds: Seeds,
  policies: readonly { spec: PolicySpec; definition: PolicyDefinition }[],
): Fault[] {
  const world = drawWorld(scenario, seeds);
  return policies.flatMap(({ spec, definition }) => suitabilityOf(scenario, world, spec, definition).faults);
}
