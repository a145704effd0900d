// One run of a scenario: the pure function in the middle, as users of the library call it.
import { runCell } from "../experiment/run-cell.ts";
import { suitabilityOf } from "../experiment/suitability.ts";
import { InputError, refuse } from "../model/errors.ts";
import type { Scenario } from "../model/scenario.ts";
import type { PolicySpec } from "../model/settings.ts";
import type { TraceSink } from "../model/trace.ts";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { drawWorld } from "../workload/draw-world.ts";
import { type PolicyChoice, policyOf, requireScenario } from "./load.ts";
import { requireKnown } from "./options.ts";
import { resultOf, type SimulationResult, type TracedResult } from "./result.ts";
import { durationOf, type TimeInput } from "./seconds.ts";
import { type SeedOptions, seedsOf } from "./seeds.ts";

/** What every run may be told beside its scenario. */
export interface RunChoices extends SeedOptions {
  /** In place of the scenario's: `"sjf:blocking=true"`, a spec of it, or what `definePolicy` or `loadPolicy` give. */
  policy?: PolicyChoice | undefined;
  /** Budget of events (ends of attempts, submissions, timers); the run then ends with `max-events`. */
  maxEvents?: number | undefined;
  /** Budget of virtual time from the earliest release, seconds or text with a unit; the run then ends with `max-time`. */
  maxTime?: TimeInput | undefined;
  /** Folds that are given each entry of the trace as it is made, times in µs. They must not change anything. */
  sinks?: readonly TraceSink[] | undefined;
}

export interface SimulateOptions extends RunChoices {
  /** Keeps the trace: 33 bytes an entry. Default: no. */
  storeTrace?: boolean | undefined;
}

export const RUN_CHOICES: readonly (keyof RunChoices)[] = ["seed", "seeds", "policy", "maxEvents", "maxTime", "sinks"];

/**
 * Simulates a scenario under one policy and seed, to its end. The same inputs give the same result, byte for byte, on any machine.
 * Throws an InputError for bad input, all of it at once, and a PolicyError when the policy breaks the rules.
 */
export function simulate(scenario: Scenario, options: SimulateOptions & { storeTrace: true }): TracedResult;
export function simulate(scenario: Scenario, options?: SimulateOptions): SimulationResult;
export function simulate(scenario: Scenario, options: SimulateOptions = {}): SimulationResult {
  requireScenario(scenario);
  requireKnown("simulate", options, [...RUN_CHOICES, "storeTrace"]);
  const { spec, policy } = policyOf(scenario, options.policy);
  const { roots, text } = seedsOf(options, scenario);
  const world = drawWorld(scenario, roots);
  requireSuited(scenario, world, spec, policy);
  const cell = { scenario, world, seeds: roots, seed: text, spec, policy, limits: limitsOf(options), sinks: options.sinks ?? [] };
  return resultOf(runCell({ ...cell, storeTrace: options.storeTrace ?? false }));
}

/** The budgets, in whole numbers. */
export function limitsOf({ maxEvents, maxTime }: Pick<RunChoices, "maxEvents" | "maxTime">): { maxEvents?: number; maxTime?: number } {
  if (maxEvents !== undefined && !(Number.isSafeInteger(maxEvents) && maxEvents >= 0))
    refuse(`maxEvents ${maxEvents} is not a whole number from 0`);
  return {
    ...(maxEvents !== undefined && { maxEvents }),
    ...(maxTime !== undefined && { maxTime: durationOf(maxTime, "maxTime") }),
  };
}

/** Refuses a policy that cannot work on the world; one whose fields no task has finds all tasks equal, which is allowed. */
export function requireSuited(scenario: Scenario, world: World, spec: PolicySpec, policy: PolicyDefinition): void {
  const { faults } = suitabilityOf(scenario, world, spec, policy);
  if (faults.length > 0) throw new InputError(faults);
}
