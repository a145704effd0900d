// One run of a scenario: the pure function in the middle, as users of the library call it.
import { type CellOptions, type CellRun, runCell, runCellInSlices } from "../experiment/run-cell.ts";
import { suitabilityOf } from "../experiment/suitability.ts";
import { Notifications } from "../metrics/notifications.ts";
import { InputError, refuse } from "../model/errors.ts";
import type { Scenario } from "../model/scenario.ts";
import type { PolicySpec } from "../model/settings.ts";
import type { TraceSink } from "../model/trace.ts";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { drawWorld } from "../workload/draw-world.ts";
import { type PolicyChoice, policyOf, requireScenario } from "./load.ts";
import { deliver, type OnNotified } from "./on-notified.ts";
import { OF_ROOTS, requireKnown, requireOptions } from "./options.ts";
import { together } from "../model/together.ts";
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
  /**
   * Called for each task that has ended, right after the round in which its client is told. Has the trace hold that, as `notify: true` in
   * the scenario does, so that the digest covers it. What it throws ends the call that it was made from.
   */
  onNotified?: OnNotified | undefined;
}

export interface SimulateOptions extends RunChoices {
  /** Keeps the trace: 33 bytes an entry. Default: no. */
  storeTrace?: boolean | undefined;
}

export const RUN_CHOICES: readonly (keyof RunChoices)[] = ["seed", "seeds", "policy", "maxEvents", "maxTime", "sinks", "onNotified"];

/**
 * Simulates a scenario under one policy and seed, to its end. The same inputs give the same result, byte for byte, on any machine.
 * Throws an InputError for bad input, all of it at once, and a PolicyError when the policy breaks the rules.
 */
export function simulate(scenario: Scenario, options: SimulateOptions & { storeTrace: true }): TracedResult;
export function simulate(scenario: Scenario, options?: SimulateOptions): SimulationResult;
export function simulate(scenario: Scenario, options: SimulateOptions = {}): SimulationResult {
  requireScenario(scenario);
  requireOptions("simulate", options, "seed");
  const [, { spec, policy }, { roots, text }, limits] = together(
    () => requireKnown("simulate", options, [...RUN_CHOICES, "storeTrace"], { seeds: OF_ROOTS }),
    () => policyOf(scenario, options.policy),
    () => seedsOf(options, scenario),
    () => limitsOf(options),
  );
  const { onNotified, sinks = [], storeTrace = false } = options;
  const world = drawWorld(scenario, roots);
  requireSuited(scenario, world, spec, policy);
  const cell = { scenario, world, seeds: roots, seed: text, spec, policy, limits, storeTrace };
  return resultOf(onNotified === undefined ? runCell({ ...cell, sinks }) : runTelling({ ...cell, sinks }, onNotified));
}

/** A run round by round, which calls back after each. */
function runTelling(cell: CellOptions, onNotified: OnNotified): CellRun {
  const notifications = new Notifications(cell.world);
  const sinks = [...(cell.sinks ?? []), notifications];
  const rounds = runCellInSlices({ ...cell, scenario: notifying(cell.scenario), sinks }, 1);
  for (;;) {
    const { done, value } = rounds.next();
    deliver(notifications, onNotified);
    if (done) return value;
  }
}

/** The scenario with clients that are told. */
export function notifying(scenario: Scenario): Scenario {
  return { ...scenario, scheduler: { ...scenario.scheduler, notify: true } };
}

/** The budgets, in whole numbers. */
export function limitsOf({ maxEvents, maxTime }: Pick<RunChoices, "maxEvents" | "maxTime">): { maxEvents?: number; maxTime?: number } {
  const [, time] = together(
    () => {
      if (maxEvents !== undefined && !(Number.isSafeInteger(maxEvents) && maxEvents >= 0))
        refuse(`maxEvents ${maxEvents} is not a whole number from 0`);
    },
    () => (maxTime === undefined ? undefined : durationOf(maxTime, "maxTime")),
  );
  return { ...(maxEvents !== undefined && { maxEvents }), ...(time !== undefined && { maxTime: time }) };
}

/** Refuses a policy that cannot work on the world; one whose fields no task has finds all tasks equal, which is allowed. */
export function requireSuited(scenario: Scenario, world: World, spec: PolicySpec, policy: PolicyDefinition): void {
  const { faults } = suitabilityOf(scenario, world, spec, policy);
  if (faults.length > 0) throw new InputError(faults);
}
