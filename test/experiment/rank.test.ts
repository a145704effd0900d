import { describe, expect, test } from "vitest";
import { type PolicyRuns, rank, rankColumn, rankOverall } from "../../src/experiment/rank.ts";
import { NO_ANSWERS } from "../../src/metrics/client-answers.ts";
import { NO_LEADERSHIP } from "../../src/metrics/leadership.ts";
import type { RunSummary } from "../../src/metrics/run-summary.ts";
import { InputError } from "../../src/model/errors.ts";

const BASE: RunSummary = {
  scenario: "s",
  policy: "p",
  seed: "1",
  makespan: 100e6,
  lowerBound: 50e6,
  bottleneck: "arrivals",
  gap: 1,
  cpuUtilization: 0.5,
  meanWait: 10e6,
  p95Wait: 20e6,
  meanFlow: 30e6,
  maxWait: 40e6,
  meanBoundedSlowdown: 2,
  meanTardiness: undefined,
  maxLateness: undefined,
  weightedCompletion: 1,
  usefulCpu: 0.5,
  wastedCpu: 0,
  completed: 10,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  unfinished: 0,
  attempts: 10,
  preemptions: 0,
  attemptsLost: 0,
  meanDetection: undefined,
  falseSuspicions: 0,
  refused: 0,
  doubled: 0,
  setupTime: undefined,
  pulls: undefined,
  coldStarts: undefined,
  transferTime: undefined,
  transfers: undefined,
  bytesMoved: undefined,
  recomputed: undefined,
  recomputedTime: undefined,
  askWait: undefined,
  deadlocks: undefined,
  ...NO_LEADERSHIP,
  ...NO_ANSWERS,
  copies: 0,
  copiesWon: 0,
  checkpoints: undefined,
  checkpointTime: undefined,
  lostWork: undefined,
  cost: undefined,
  energy: undefined,
  launched: 0,
  reclaimed: 0,
  events: 30,
  digest: "d",
  completedWeight: 10,
  completedSet: "all",
  releasedTogether: true,
  ending: { kind: "complete", message: "", exitCode: 0, time: 0 },
};

function policy(name: string, runs: readonly Partial<RunSummary>[], deterministic = false): PolicyRuns {
  return { policy: name, deterministic, runs: runs.map((run) => ({ ...BASE, policy: name, ...run })) };
}

const makespans = (name: string, seconds: readonly number[], deterministic = false) =>
  policy(
    name,
    seconds.map((makespan) => ({ makespan: makespan * 1e6 })),
    deterministic,
  );

const order = (policies: readonly PolicyRuns[], by?: string) =>
  rank("s", policies, by === undefined ? undefined : rankColumn(by)).rows.map((row) => [row.rank, row.policy]);

describe("the column to rank by", () => {
  test("is makespan, least first", () => {
    const ranking = rank("s", [makespans("slow", [30, 31]), makespans("fast", [20, 21])]);
    expect(ranking.column.name).toBe("makespan_s");
    expect(ranking.reason).toBe("");
    expect(ranking.rows.map(({ policy: name }) => name)).toEqual(["fast", "slow"]);
  });

  const tight = { gap: 0.005, releasedTogether: false };
  test("is mean_bounded_slowdown when every policy is within 1 % of the bound because arrivals set the makespan", () => {
    const ranking = rank("s", [
      policy("a", [{ ...tight, makespan: 1, meanBoundedSlowdown: 9 }]),
      policy("b", [{ ...tight, makespan: 2, meanBoundedSlowdown: 3 }]),
    ]);
    expect(ranking.column.name).toBe("mean_bounded_slowdown");
    expect(ranking.reason).toMatch(/within 1 % of the lower bound/);
    expect(ranking.rows[0]?.policy).toBe("b");
  });

  test.each([
    [["dependencies", "dependencies"], ", since a chain of dependencies sets the makespan: ranked"],
    [["arrivals", "arrivals"], ", since the last arrivals set the makespan: ranked"],
    [["dependencies", "work"], "within 1 % of the lower bound: ranked"],
  ] as const)("and it is said what the bounds come from: %j", (bottlenecks, reason) => {
    const ranking = rank("s", [
      policy(
        "a",
        bottlenecks.map((bottleneck) => ({ ...tight, bottleneck })),
      ),
    ]);
    expect(ranking.reason).toContain(reason);
  });

  test.each([
    ["all tasks were released together", { releasedTogether: true }],
    ["one policy is further from the bound", { gap: 0.02 }],
    ["a gap is missing", { gap: undefined }],
    ["nothing completed", { meanBoundedSlowdown: undefined }],
  ])("stays makespan where %s", (_, exception) => {
    const all = "releasedTogether" in exception ? exception : {};
    expect(rank("s", [policy("a", [{ ...tight, ...all }]), policy("b", [{ ...tight, ...exception }])]).column.name).toBe("makespan_s");
  });

  test("can be named, with or without its unit; most first where more is better", () => {
    const policies = [policy("a", [{ cpuUtilization: 0.4, meanWait: 1 }]), policy("b", [{ cpuUtilization: 0.6, meanWait: 2 }])];
    expect(order(policies, "cpu_utilization")).toEqual([
      [1, "b"],
      [2, "a"],
    ]);
    expect(order(policies, "mean_wait")).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  test.each(["useful_cpu", "completed", "cpu_utilization"])("%s ranks most first", (name) => expect(rankColumn(name).better).toBe("most"));
  test.each(["makespan_s", "wasted_cpu", "failed", "mean_bounded_slowdown"])("%s ranks least first", (name) =>
    expect(rankColumn(name).better).toBe("least"),
  );

  test("that is not known, or is a text, is refused with the nearest", () => {
    expect(() => rankColumn("makespn_s")).toThrow(InputError);
    expect(() => rankColumn("makespn_s")).toThrow(/did you mean "makespan_s"/);
    expect(() => rankColumn("digest")).toThrow(/cannot rank by "digest"/);
  });
});

describe("places", () => {
  test("equal means share one, and the next place is left out", () => {
    expect(order([makespans("a", [3, 5]), makespans("b", [4, 4]), makespans("c", [9, 9]), makespans("d", [1, 1])])).toEqual([
      [1, "d"],
      [2, "a"],
      [2, "b"],
      [4, "c"],
    ]);
  });

  test("a mean of ten equal values equals the one value of a policy that ran once", () => {
    expect(order([makespans("drawn", Array(10).fill(0.1)), makespans("once", [0.1], true)])).toEqual([
      [1, "drawn"],
      [1, "once"],
    ]);
  });

  test("completed weight goes first where the completed sets differ, and it is said", () => {
    const quick = policy("quick", [{ makespan: 1, completedWeight: 8, completedSet: "x" }]);
    const thorough = policy("thorough", [{ makespan: 9, completedWeight: 9, completedSet: "y" }]);
    const ranking = rank("s", [quick, thorough]);
    expect(ranking.setsDiffer).toBe(true);
    expect(ranking.rows.map(({ policy: name }) => name)).toEqual(["thorough", "quick"]);
  });

  test("sets that differ between seeds, but not between policies, do not count as different", () => {
    const runs = [
      { completedSet: "x", makespan: 5 },
      { completedSet: "y", makespan: 6 },
    ];
    expect(rank("s", [policy("a", runs), policy("b", runs)]).setsDiffer).toBe(false);
  });

  test("a policy that left tasks unfinished has no makespan, and comes last", () => {
    expect(order([policy("a", [{ makespan: undefined }, {}]), policy("b", [{}, {}])])).toEqual([
      [1, "b"],
      [2, "a"],
    ]);
  });

  test("a policy without all its runs is not ranked, and does not keep the others from it", () => {
    const broken: PolicyRuns = { policy: "broken", deterministic: false, runs: [undefined, BASE] };
    const { rows, seeds } = rank("s", [broken, makespans("a", [1, 2])]);
    expect(rows.map(({ policy: name, rank: place }) => [name, place])).toEqual([
      ["a", 1],
      ["broken", undefined],
    ]);
    expect(seeds).toBe(2);
  });
});

describe("pairs", () => {
  test("wins count the seeds on which none is better; ties count for each; a run that stands for all is met on each", () => {
    const { rows } = rank("s", [makespans("a", [1, 5, 3]), makespans("b", [2, 4, 3]), makespans("once", [3], true)]);
    expect(Object.fromEntries(rows.map(({ policy: name, wins }) => [name, wins]))).toEqual({ a: 2, b: 1, once: 2 });
  });

  test("the ratio to the best is the geometric mean over the seeds", () => {
    const { rows } = rank("s", [makespans("best", [1, 1]), makespans("other", [2, 8])]);
    expect(rows[0]?.vsBest).toMatchObject({ ratio: 1, low: undefined, high: undefined });
    expect(rows[1]?.vsBest?.ratio).toBeCloseTo(4, 12);
  });

  test("what differs by chance alone is not distinguished; what differs on every seed is", () => {
    const best = [10, 11, 12, 13, 14, 15];
    const { rows } = rank("s", [
      makespans("best", best),
      makespans("near", [10.4, 10.7, 12.4, 12.8, 14.3, 15.1]),
      makespans(
        "far",
        best.map((value) => value * 1.5 + 0.1),
      ),
    ]);
    expect(rows.map(({ policy: name, vsBest }) => [name, vsBest?.distinguished])).toEqual([
      ["best", false],
      ["near", false],
      ["far", true],
    ]);
    expect(rows[1]!.vsBest!.low).toBeLessThan(1);
    expect(rows[1]!.vsBest!.high).toBeGreaterThan(1);
  });

  test("two runs that stand for every seed give a ratio and no interval", () => {
    const { rows } = rank("s", [makespans("a", [10], true), makespans("b", [12], true)]);
    expect(rows[1]?.vsBest).toMatchObject({ ratio: 1.2, low: undefined, high: undefined, distinguished: false });
    expect(rows[1]).toMatchObject({ runs: 1, makespan: { mean: 12e6, ci95: undefined } });
  });

  test("where a value is not above 0 there is no ratio", () => {
    const { rows } = rank("s", [makespans("a", [0, 1]), makespans("b", [2, 3])]);
    expect(rows.map(({ vsBest }) => vsBest)).toEqual([undefined, undefined]);
  });
});

test("equal to the best is what has its value on every seed, 0 and below too", () => {
  const lateness = (name: string, values: readonly (number | undefined)[], once = false) =>
    policy(
      name,
      values.map((maxLateness) => ({ maxLateness })),
      once,
    );
  const policies = [lateness("best", [0, -2]), lateness("same", [0, -2]), lateness("sum", [-2, 0]), lateness("once", [-1], true)];
  const equal = ({ rows }: ReturnType<typeof rank>) => rows.map(({ policy: name, equalsBest }) => [name, equalsBest]);
  expect(equal(rank("s", policies, rankColumn("max_lateness_s")))).toEqual([
    ["best", false],
    ["same", true],
    ["sum", false],
    ["once", false],
  ]);
  const missing = [lateness("best", [undefined]), lateness("other", [undefined])];
  expect(equal(rank("s", missing, rankColumn("max_lateness_s")))).toEqual([
    ["best", false],
    ["other", false],
  ]);
});

test("over scenarios, policies are ordered by the geometric mean of their ratios to the best of each", () => {
  const first = rank("x", [makespans("a", [10], true), makespans("b", [40], true)]);
  const second = rank("y", [makespans("a", [20], true), makespans("b", [10], true), makespans("only here", [5], true)]);
  const third = rank(
    "z",
    [policy("a", [{ cpuUtilization: 0.2 }], true), policy("b", [{ cpuUtilization: 0.8 }], true)],
    rankColumn("cpu_utilization"),
  );
  const ratios = (...rankings: Parameters<typeof rankOverall>[0]) =>
    rankOverall(rankings).map(({ policy: name, ratio }) => [name, Number(ratio?.toFixed(9))]);
  expect(ratios(first, second)).toEqual([
    ["a", 2],
    ["b", Number(Math.sqrt(8).toFixed(9))],
  ]);
  expect(ratios(third, third)).toEqual([
    ["b", 1],
    ["a", 4],
  ]);
});

describe("the front of makespan against cost", () => {
  const priced = (name: string, makespan: number, cost: number | undefined, more: Partial<RunSummary> = {}) =>
    policy(name, [{ makespan: makespan * 1e6, cost, ...more }]);
  const front = (policies: readonly PolicyRuns[]) => rank("s", policies).front?.map((row) => row.policy);

  test("has the policies than which none is both sooner and cheaper, soonest first; equal ones together", () => {
    expect(
      front([priced("slow", 30, 1), priced("worse", 31, 1), priced("dear", 10, 9), priced("dearer", 10, 10), priced("mid", 20, 5)]),
    ).toEqual(["dear", "mid", "slow"]);
    expect(front([priced("a", 10, 2), priced("b", 10, 2)])).toEqual(["a", "b"]);
  });

  test("leaves out those that completed less, or have no cost or makespan", () => {
    const less = { completedWeight: 5, completedSet: "some" };
    expect(front([priced("all", 30, 5), priced("less", 1, 1, less)])).toEqual(["all"]);
    expect(front([priced("a", 10, undefined), policy("b", [{ makespan: undefined, cost: 1 }])])).toBeUndefined();
  });
});
