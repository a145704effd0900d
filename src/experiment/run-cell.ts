// One cell of an experiment: one scenario under one policy and one seed.
import { withGuard } from "../files/guard.ts";
import { LowerBound } from "../metrics/lower-bound.ts";
import { RunMetrics } from "../metrics/run-metrics.ts";
import type { RunSummary } from "../metrics/run-summary.ts";
import type { Scenario, Seeds } from "../model/scenario.ts";
import type { PolicySpec } from "../model/settings.ts";
import type { TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { type Run, simulateInSlices } from "../simulation.ts";
import { failedExpectations } from "./expectations.ts";

/** Budgets of a run; undefined is without end. */
export interface RunLimits {
  maxEvents?: number | undefined;
  /** µs after the earliest release. */
  maxTime?: Duration | undefined;
}

export interface CellOptions {
  scenario: Scenario;
  /** The scenario's world under these seeds. */
  world: World;
  seeds: Seeds;
  /** What the `seed` column says; empty where nothing is drawn. */
  seed: string;
  spec: PolicySpec;
  /** The definition that `spec` names. */
  policy: PolicyDefinition;
  /** Of the same world; shared by its runs. */
  bound?: LowerBound;
  limits?: RunLimits;
  storeTrace?: boolean;
  sinks?: readonly TraceSink[];
  /** Told the time of the last event of a run that throws. */
  onBroken?: (time: Time) => void;
}

export interface CellRun {
  run: Run;
  metrics: RunMetrics;
  bound: LowerBound;
  summary: RunSummary;
  /** A line for each expectation of the scenario that the run fails. */
  failed: string[];
}

/** Rounds of events at a time, where a run is made in slices. */
const SLICE = 1000;

/** Simulates and sums up. Throws PolicyError when the policy breaks the rules or reaches for the outside. */
export function runCell(options: CellOptions): CellRun {
  for (const slices = runCellInSlices(options, Number.POSITIVE_INFINITY); ; ) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

/** The same in slices: after each the caller may do something else. */
export function* runCellInSlices(options: CellOptions, rounds = SLICE): Generator<undefined, CellRun> {
  const { scenario, world, spec, policy, seeds, limits = {} } = options;
  const metrics = new RunMetrics(world, scenario.measure);
  const settings = { ...scenario.scheduler, policy: spec };
  const slices = simulateInSlices(
    {
      world,
      settings,
      policy,
      seeds,
      sinks: [metrics, ...(options.sinks ?? [])],
      storeTrace: options.storeTrace ?? false,
      ...(limits.maxEvents !== undefined && { maxEvents: limits.maxEvents }),
      ...(limits.maxTime !== undefined && { maxTime: limits.maxTime }),
      ...(options.onBroken && { onBroken: options.onBroken }),
    },
    rounds,
  );
  const next = () => withGuard(() => slices.next());
  let slice = next();
  for (; slice.done !== true; slice = next()) yield;
  const run = slice.value;
  const bound = options.bound ?? new LowerBound(world);
  const summary = metrics.summary(run, options.seed, bound);
  return { run, metrics, bound, summary, failed: failedExpectations(scenario.expect, summary) };
}
