// Queues as textbooks have them, and how a long run of one is held against a formula.
import { expect } from "vitest";
import { STANDARD_DIMENSIONS } from "../../src/model/resources.ts";
import type { Amount, FaultSpec, GenerateSpec, Scenario } from "../../src/model/scenario.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import { SECOND } from "../../src/model/units.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { mean, type Outcome, runWorld } from "../run-world.ts";

export interface Arrivals {
  rate?: number;
  count: number;
  duration: Amount;
  priority?: number;
  fails?: number;
  retries?: number;
}

/** Processing times of a second on average. */
export const exponential: Amount = { distribution: "exponential", mean: SECOND };

/** A run on that many workers of one core; classes of tasks arrive in Poisson processes (all at 0 without a rate). */
export function runQueue(
  policy: string,
  servers: number,
  classes: readonly Arrivals[],
  seed = "1",
  settings: Partial<SchedulerSettings> = {},
  faults: readonly FaultSpec[] = [],
): Outcome {
  const sources = classes.map((arrivals, index): Scenario["sources"][number] => ({
    kind: "generate",
    generate: generateSpec(arrivals, index),
  }));
  const scenario: Scenario = {
    version: 1,
    name: "queue",
    dimensions: [...STANDARD_DIMENSIONS],
    workers: Array.from({ length: servers }, (_, index) => ({
      id: `w${index + 1}`,
      capacity: [1000, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      speed: 1000,
      labels: {},
    })),
    scheduler: DEFAULT_SETTINGS,
    sources,
    faults: [...faults],
    expect: [],
    measure: { from: 0, to: 1 },
  };
  return runWorld(drawWorld(scenario, { workload: seed, faults: seed, policy: seed }), policy, settings, seed);
}

function generateSpec({ rate, count, duration, priority, fails, retries }: Arrivals, index: number): GenerateSpec {
  return {
    kind: rate === undefined ? "bag" : "poisson",
    options: { count, prefix: `c${index + 1}-`, ...(rate !== undefined && { interarrival: Math.round(SECOND / rate) }) },
    template: {
      duration,
      release: 0,
      request: [1000, 0, 0, 1],
      priority: priority ?? 0,
      weight: 1,
      retries: retries ?? 0,
      failsAfter: 1,
      requires: {},
      ...(fails !== undefined && { fails }),
    },
  };
}

/** Mean and its standard error from 40 batches in a row, after a warm-up of a tenth. */
export function steady(values: Float64Array): { mean: number; error: number } {
  const kept = values.subarray(values.length / 10);
  const size = Math.floor(kept.length / 40);
  const batches = Array.from({ length: 40 }, (_, batch) => mean(kept.subarray(batch * size, (batch + 1) * size)));
  const centre = mean(batches);
  const variance = batches.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / 39;
  return { mean: centre, error: Math.sqrt(variance / 40) };
}

/** Within four standard errors, where one standard error is at most `precision` of the value. */
export function expectSteady(values: Float64Array, expected: number, precision: number): void {
  const { mean: centre, error } = steady(values);
  expect(error).toBeLessThan(precision * expected);
  expect(Math.abs(centre - expected)).toBeLessThan(4 * error);
}
