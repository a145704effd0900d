// Ranks: the formulas of the registry, on tasks made by hand.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../src/model/units.ts";
import { POLICIES, policyNamed } from "../../src/policies/index.ts";
import type { PolicyContext, PolicyDefinition, Rank, TaskView } from "../../src/policies/policy.ts";
import { contextOf, taskView } from "./views.ts";

const SEED = { seed: 20_240_601, numRuns: 300 };

function named(name: string): PolicyDefinition {
  const policy = policyNamed(name);
  if (policy === undefined) throw new Error(`no policy ${name}`);
  return policy;
}

/** The rank of a task at a time: of a line, its value. */
function rankOf(name: string, task: TaskView, now = 0, context: Partial<PolicyContext> = {}, draws: number[] = []): readonly number[] {
  const policy = named(name).create(contextOf(context, draws));
  const rank: Rank = policy.line ? policy.line(task).slope * (now - task.readyAt) : (policy.rank?.(task, now) as Rank);
  return typeof rank === "number" ? [rank] : rank;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

const seconds = (value: number) => value * SECOND;

describe("ranks", () => {
  test("fcfs and first-fit rank all tasks alike, so that release and position decide", () => {
    for (const name of ["fcfs", "first-fit"]) {
      expect(rankOf(name, taskView({ estimate: 5, priority: 9 }))).toEqual(rankOf(name, taskView({ estimate: 1 })));
    }
    expect(named("fcfs").blocking).toBe(true);
    expect(named("first-fit").blocking).toBe(false);
  });

  test("priority follows the scheduler's order of priorities", () => {
    const urgent = taskView({ priority: 1 });
    const later = taskView({ priority: 2 });
    expect(compare(rankOf("priority", urgent), rankOf("priority", later))).toBe(-1);
    const higherFirst = { priorityOrder: "higher-first" } as const;
    expect(compare(rankOf("priority", urgent, 0, higherFirst), rankOf("priority", later, 0, higherFirst))).toBe(1);
  });

  test("sjf and ljf order by estimate, opposite ways", () => {
    const short = taskView({ estimate: 2 });
    const long = taskView({ estimate: 3 });
    expect(compare(rankOf("sjf", short), rankOf("sjf", long))).toBe(-1);
    expect(compare(rankOf("ljf", short), rankOf("ljf", long))).toBe(1);
  });

  test("edd puts a missing due date last, after the latest that can be given", () => {
    const none = rankOf("edd", taskView());
    expect(compare(rankOf("edd", taskView({ due: Number.MAX_SAFE_INTEGER })), none)).toBe(-1);
    expect(compare(rankOf("edd", taskView({ due: 4 })), rankOf("edd", taskView({ due: 5 })))).toBe(-1);
    expect(compare(none, rankOf("edd", taskView({ estimate: 7 })))).toBe(0);
  });

  test("wspt is estimate over weight, without weight last, without length first", () => {
    expect(rankOf("wspt", taskView({ estimate: 6, weight: 4 }))).toEqual([1.5]);
    expect(compare(rankOf("wspt", taskView({ estimate: Number.MAX_SAFE_INTEGER })), rankOf("wspt", taskView({ weight: 0 })))).toBe(-1);
    expect(rankOf("wspt", taskView({ estimate: 0, weight: 0 }))).toEqual([0]);
  });

  test("critical-path takes the longest bottom level first", () => {
    expect(compare(rankOf("critical-path", taskView({ bottomLevel: 9 })), rankOf("critical-path", taskView({ bottomLevel: 8 })))).toBe(-1);
  });

  test("random ranks by the task's own draw", () => {
    expect(rankOf("random", taskView(), 0, {}, [0.25])).toEqual([0.25]);
  });

  test("wfp3 orders as (wait / estimate)^3 × cpus does", () => {
    fc.assert(
      fc.property(jobAt(100), jobAt(100), (a, b) => {
        const score = (job: TaskView) => ((100 - job.readyAt) / job.estimate) ** 3 * job.cpu;
        agrees("wfp3", a, b, score(a), score(b), 100);
      }),
      SEED,
    );
  });

  test("unicep orders as wait / (log2(max(2, cpus)) × estimate) does", () => {
    fc.assert(
      fc.property(jobAt(100), jobAt(100), (a, b) => {
        const score = (job: TaskView) => (100 - job.readyAt) / (Math.log2(Math.max(2, job.cpu)) * job.estimate);
        agrees("unicep", a, b, score(a), score(b), 100);
      }),
      SEED,
    );
  });

  test("f1 is log10(estimate) × cpus + 870 log10(release), in seconds from the first release", () => {
    const origin = seconds(50);
    const task = taskView({ estimate: seconds(1000), cpu: 4, release: origin + seconds(100) });
    expect(rankOf("f1", task, 0, { origin })[0]).toBeCloseTo(3 * 4 + 870 * 2, 9);
    // In its first second the release counts as 1 s.
    expect(rankOf("f1", taskView({ estimate: seconds(10), release: origin }), 0, { origin })[0]).toBeCloseTo(1, 9);
  });

  test("an estimate of 0 counts as 1 s in wfp3, unicep and f1", () => {
    for (const name of ["wfp3", "unicep", "f1"]) {
      const zero = rankOf(name, taskView({ estimate: 0 }), seconds(7));
      expect(zero).toEqual(rankOf(name, taskView({ estimate: SECOND }), seconds(7)));
    }
  });

  test("every rank is finite, whatever a scenario may hold", () => {
    const ranked = POLICIES.filter((policy) => !policy.dispatching && !["fixed-order", "expression"].includes(policy.name));
    fc.assert(
      fc.property(fc.constantFrom(...ranked), anyTask(), fc.maxSafeNat(), (policy, task, wait) => {
        const rank = rankOf(policy.name, task, Math.min(Number.MAX_SAFE_INTEGER, task.readyAt + wait), {}, [0.5]);
        expect(rank.length).toBeGreaterThan(0);
        expect(rank.length).toBeLessThanOrEqual(3);
        for (const part of rank) expect(Number.isFinite(part)).toBe(true);
      }),
      { ...SEED, numRuns: 2000 },
    );
  });
});

function agrees(name: string, a: TaskView, b: TaskView, scoreA: number, scoreB: number, now: number): void {
  // Scores closer than rounding can tell apart may fall either way.
  if (Math.abs(scoreA - scoreB) <= 1e-9 * Math.abs(scoreA)) return;
  expect(compare(rankOf(name, a, now), rankOf(name, b, now))).toBe(scoreA > scoreB ? -1 : 1);
}

function jobAt(now: number): fc.Arbitrary<TaskView> {
  return fc
    .record({ readyAt: fc.nat(now), estimate: fc.integer({ min: 1, max: 50 }), cpu: fc.integer({ min: 1, max: 128 }) })
    .map(taskView);
}

function anyTask(): fc.Arbitrary<TaskView> {
  const time = fc.oneof(fc.nat(10), fc.maxSafeNat());
  return fc
    .record({
      release: time,
      readyAt: time,
      estimate: time,
      bottomLevel: time,
      cpu: fc.oneof(fc.nat(256), fc.double({ min: 0, max: 1e6, noNaN: true })),
      priority: fc.double({ noNaN: true, noDefaultInfinity: true }),
      weight: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      due: fc.oneof(time, fc.constant(Number.POSITIVE_INFINITY)),
    })
    .map(taskView);
}
