// Random runs of any policy with their traces stored, for tests that recompute metrics from them.
import fc from "fast-check";
import { columnOf } from "../../src/model/columns.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import type { Trace, TraceSink } from "../../src/model/trace.ts";
import type { World } from "../../src/model/world.ts";
import { fcfs } from "../../src/policies/fcfs.ts";
import { applies } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { type Run, simulate } from "../../src/simulation.ts";
import { cases, settingsFor, worldOf } from "../arbitraries.ts";
import { EXPRESSIONS, NAMED_POLICIES } from "../expressions.ts";

export interface RandomRun {
  world: World;
  settings: SchedulerSettings;
  policy: PolicyDefinition;
  seed: string;
  maxEvents: number | undefined;
}

const PREEMPTIVE = NAMED_POLICIES.filter((policy) => policy.preempts === true);

/** Runs, with jobs `a` and `b` and tasks of none, some with weights that are no whole numbers, one in six cut off by a budget. */
export const randomRun: fc.Arbitrary<RandomRun> = fc
  .record({
    drawn: cases(),
    wanted: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...NAMED_POLICIES, ...EXPRESSIONS) }, fc.constantFrom(...PREEMPTIVE)),
    jobs: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 16 }),
    weights: fc.array(fc.constantFrom(0, 0.1, 1, 2.75), { minLength: 1, maxLength: 16 }),
    maxEvents: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined, freq: 6 }),
  })
  .map(({ drawn, wanted, jobs, weights, maxEvents }) => {
    const world = worldOf(drawn);
    const spread = (values: readonly number[]) =>
      columnOf(Float64Array.from({ length: world.tasks.count }, (_, task) => values[task % values.length]!));
    world.tasks = { ...world.tasks, job: { values: ["", "a", "b"], indices: spread(jobs) }, weight: spread(weights) };
    const policy = applies(wanted, world, settingsFor(wanted, drawn)) === undefined ? wanted : fcfs;
    const settings = settingsFor(policy, drawn);
    return { world, settings, policy: policy.specialise?.(settings.policy.parameters) ?? policy, seed: drawn.seeds.policy, maxEvents };
  });

/** Runs it with its trace stored. */
export function run({ world, settings, policy, seed, maxEvents }: RandomRun, sinks: readonly TraceSink[] = []): Run & { trace: Trace } {
  const result = simulate({
    world,
    settings,
    policy,
    seeds: { policy: seed },
    sinks,
    storeTrace: true,
    ...(maxEvents !== undefined && { maxEvents }),
  });
  if (result.trace === undefined) throw new Error("no trace");
  return { ...result, trace: result.trace };
}

/** Runs a world under fcfs, the default settings for the rest. */
export function runPlain(world: World, sinks: readonly TraceSink[] = []): Run & { trace: Trace } {
  return run({ world, settings: DEFAULT_SETTINGS, policy: fcfs, seed: "1", maxEvents: undefined }, sinks);
}
