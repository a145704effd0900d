// P7 and P8: a policy sees beliefs alone. What it cannot know yet (true durations, failures, tasks to come) changes nothing
// that happens before it shows; and the same view gets the same rank.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, type Column, columnOf } from "../../src/model/columns.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import type { TaskTable, World } from "../../src/model/world.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { definePolicy, type PolicyContext, type PolicyDefinition } from "../../src/policies/policy.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { traceText } from "../entry-text.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { viewOf } from "./ranks.ts";
import { EACH_POLICY, hiring, hirings, misfortunes, type Setup, setUp } from "./running.ts";

/** Other truths, by task: how its work, failures and release change, and whether they do. */
const otherTruths = fc.array(
  fc.record({ work: fc.option(fc.nat(9)), failures: fc.option(fc.nat(2)), later: fc.option(fc.integer({ min: 1, max: 5 })) }),
  { minLength: 16, maxLength: 16 },
);
type OtherTruths = typeof otherTruths extends fc.Arbitrary<infer T> ? T : never;

/** The world in which these things are otherwise; what the scheduler is told before they show is the same. */
function altered(world: World, truths: OtherTruths): World {
  const { tasks } = world;
  const changed = (column: Column, change: (task: number, old: number) => number) =>
    columnOf(Float64Array.from({ length: tasks.count }, (_, task) => change(task, at(column, task))));
  const truth = (task: number) => truths[task % truths.length];
  const first = Math.min(...Array.from({ length: tasks.count }, (_, task) => at(tasks.release, task)));
  return {
    ...world,
    tasks: {
      ...tasks,
      work: changed(tasks.work, (task, old) => truth(task).work ?? old),
      timeTables: tasks.timeTables.map((table, index) => table.map((time) => (Number.isNaN(time) ? time : (truth(index).work ?? time)))),
      failures: changed(tasks.failures, (task, old) => truth(task).failures ?? old),
      // The first release is known from the beginning: it is the origin of time.
      release: changed(tasks.release, (task, old) => (old === first ? old : old + (truth(task).later ?? 0))),
      priority: changed(tasks.priority, (task, old) => (at(tasks.release, task) === first ? old : old - (truth(task).later ?? 0))),
    },
  };
}

/** When two worlds begin to look different in a run: the first submission of a task that differs, or the first end or ask of an attempt of one. */
function firstSight(one: World, other: World, traces: readonly Trace[]): number {
  const differs = (task: number, names: readonly (keyof TaskTable)[]) =>
    names.some((name) => at(one.tasks[name] as Column, task) !== at(other.tasks[name] as Column, task));
  const hasOtherTable = (task: number) => {
    const table = at(one.tasks.timeTable, task);
    return table >= 0 && String(one.tasks.timeTables[table]) !== String(other.tasks.timeTables[table]);
  };
  let sight = Number.POSITIVE_INFINITY;
  for (const { entries } of traces) {
    for (const { kind, task, time } of entries) {
      if (kind === EntryKind.submitted && differs(task, ["release", "priority"])) sight = Math.min(sight, time);
      const tells = kind === EntryKind.finished || kind === EntryKind.failed || kind === EntryKind.asking;
      if (tells && (differs(task, ["work", "failures"]) || hasOtherTable(task))) sight = Math.min(sight, time);
    }
  }
  return sight;
}

function expectSameUntilSeen(setup: Setup, other: Setup): void {
  const traces = [setup, other].map((each) => simulate({ ...each, storeTrace: true, maxEvents: 10_000 }).trace as Trace);
  // An instance may come and go for ever between two passes: such runs are cut off, and compared as far as both are there.
  const cuts = traces.map(({ ending }) => (ending.kind === "complete" ? Number.POSITIVE_INFINITY : ending.time));
  const sight = Math.min(firstSight(setup.world, other.world, traces), ...cuts);
  const [one, two] = traces.map(({ entries }) => traceText([...entries].filter(({ time }) => time < sight)));
  expect(one).toEqual(two);
}

describe("what is hidden changes no earlier decision", () => {
  const told = cases({ settings: { estimates: "user" } });
  test.each(EACH_POLICY)("%s", (_, policy) => {
    fc.assert(
      fc.property(told, otherTruths, (drawn, truths) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        expectSameUntilSeen(setup, { ...setup, world: altered(setup.world, truths) });
      }),
      { seed: seed(41), numRuns: runs(35) },
    );
  });

  test.each(EACH_POLICY)("%s, with pools that an autoscaler changes", (_, policy) => {
    fc.assert(
      fc.property(
        cases({ settings: { estimates: "user" }, brief: true }),
        otherTruths,
        hirings,
        misfortunes,
        (drawn, truths, drawnPools, { liveness: { progress: _progress, ...liveness } }) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined && setup.world.tasks.count > 0);
          const pools = { ...drawnPools, pools: drawnPools.pools.map((pool) => ({ ...pool, spot: undefined })) }; // so that every run ends
          const other = { ...setup, world: altered(setup.world, truths) };
          expectSameUntilSeen(hiring(setup, pools, liveness), hiring(other, pools, liveness));
        },
      ),
      { seed: seed(43), numRuns: runs(15) },
    );
  });

  test("a policy that knows the truth is caught", () => {
    const cheating = (setup: Setup): Setup => {
      return { ...setup, policy: definePolicy({ name: "cheat", rank: (task) => at(setup.world.tasks.work, task.position) }) };
    };
    const property = fc.property(told, otherTruths, (drawn, truths) => {
      const setup = setUp(policyNamed("first-fit")!, drawn)!;
      expectSameUntilSeen(cheating(setup), cheating({ ...setup, world: altered(setup.world, truths) }));
    });
    expect(fc.check(property, { seed: 43, numRuns: 500 }).failed).toBe(true);
  });
});

describe("the same view gets the same finite rank, whoever is asked and whatever was asked before", () => {
  test.each(EACH_POLICY.filter(([, policy]) => policy.order !== "plan"))("%s", (_, policy) => {
    fc.assert(
      fc.property(cases(), fc.nat(20), (drawn, now) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const [one, other] = [policy.create(context(setup)), policy.create(context(setup))];
        const views = Array.from({ length: setup.world.tasks.count }, (__, task) => viewOf(setup.world, task, { readyAt: 0 }));
        const ranks = views.map((view) => rankWith(one, view, now));
        expect(
          views
            .toReversed()
            .map((view) => rankWith(other, view, now))
            .reverse(),
        ).toEqual(ranks);
        expect(views.map((view) => rankWith(one, view, now))).toEqual(ranks);
        for (const rank of ranks) expect(rank.length >= 1 && rank.length <= 3 && rank.every(Number.isFinite)).toBe(true);
      }),
      { seed: seed(42), numRuns: runs(20) },
    );
  });
});

function context({ settings, policy }: Setup): PolicyContext {
  const defaults = Object.fromEntries(Object.entries(policy.parameters ?? {}).map(([name, parameter]) => [name, parameter.default]));
  return {
    parameters: { ...defaults, ...settings.policy.parameters },
    priorityOrder: settings.priorityOrder,
    origin: 0,
    queueLength: 5,
    draw: (task: { position: number }, index: number) => (((task.position + 1) * 7919 + index * 104_729) % 1000) / 1000,
  } as unknown as PolicyContext;
}

function rankWith(policy: ReturnType<PolicyDefinition["create"]>, view: ReturnType<typeof viewOf>, now: number): readonly number[] {
  if (policy.line !== undefined) return [policy.line(view).slope * now];
  return [policy.rank!(view, now)].flat();
}
