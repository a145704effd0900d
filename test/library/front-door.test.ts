import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as makespan from "../../src/index.ts";
import {
  compare,
  type CompareOptions,
  defineScenario,
  definePolicy,
  formatFaults,
  InputError,
  judge,
  loadPolicy,
  loadScenario,
  POLICIES,
  PolicyError,
  type Scenario,
  simulate,
  type SimulateOptions,
} from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "makespan-library-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const DRAWN = defineScenario({
  name: "drawn",
  cluster: { workers: [{ id: "w", count: 2 }] },
  generate: { kind: "bag", count: 40, duration: { distribution: "exponential", mean: 10 }, fails: 0.2, retries: 1 },
});

const FIXED = defineScenario({
  name: "fixed",
  seed: 5,
  cluster: { workers: [{ id: "w" }] },
  tasks: [
    { id: "long", duration: 3 },
    { id: "short", duration: 1 },
  ],
  expect: { makespan: "<= 3s" },
});

const POLICY_FILE = `
import { definePolicy } from "makespan";
export default definePolicy({ name: "longest", parameters: { sign: { summary: "1 or -1", default: 1 } }, create: ({ parameters }) => ({ rank: (task) => -Number(parameters.sign) * task.estimate }) });
`;

describe("simulate", () => {
  it("gives the fields of the reports, in seconds", () => {
    const result = simulate(FIXED);
    expect(result.summary).toMatchObject({
      scenario: "fixed",
      policy: "fcfs",
      seed: "5",
      makespan_s: 4,
      mean_wait_s: 1.5,
      completed: 2,
      gap: 0,
    });
    expect(result.tasks()).toMatchObject([
      { task: "long", status: "completed", started_s: 0, finished_s: 3 },
      { task: "short", started_s: 3, finished_s: 4, wait_s: 3, worker: "w" },
    ]);
    expect(result.digest).toBe(result.summary.digest);
    expect(result.ending).toEqual({ kind: "complete", message: "", exitCode: 0 });
    expect(result.failedExpectations).toHaveLength(1);
    expect(result.failedExpectations[0]).toMatch(/makespan/);
    expect(result).not.toHaveProperty("trace");
  });

  it("is a pure function of the scenario and the seed", () => {
    const before = structuredClone(DRAWN);
    const one = simulate(DRAWN, { seed: "7", storeTrace: true });
    const two = simulate(DRAWN, { seed: 7 });
    expect(two.summary).toEqual(one.summary);
    expect(two.tasks()).toEqual(one.tasks());
    expect(simulate(DRAWN, { seed: 8 }).digest).not.toBe(one.digest);
    expect(simulate(DRAWN).digest).toBe(simulate(DRAWN, { seed: 1 }).digest);
    expect(DRAWN).toEqual(before);
    expect(judge(one.trace!).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });

  it("varies one root of chance alone", () => {
    const durations = (options: SimulateOptions) =>
      simulate(DRAWN, options)
        .tasks()
        .map(({ run_s }) => run_s);
    const attempts = (options: SimulateOptions) =>
      simulate(DRAWN, options)
        .tasks()
        .map((task) => task.attempts);
    expect(attempts({ seed: 7, seeds: { workload: 8 } })).toEqual(attempts({ seed: 7 }));
    expect(attempts({ seed: 7, seeds: { faults: "8" } })).not.toEqual(attempts({ seed: 7 }));
    expect(durations({ seed: 7, seeds: { workload: 8 } })).not.toEqual(durations({ seed: 7 }));
    expect(simulate(DRAWN, { seed: 7, seeds: { faults: 8 } }).summary.seed).toBe("7 faults=8");
    expect(simulate(DRAWN, { policy: "random", seeds: { policy: 8 } }).digest).not.toBe(simulate(DRAWN, { policy: "random" }).digest);
  });

  it("takes policies as text, as a spec, and as a definition", () => {
    const starts = (policy: SimulateOptions["policy"]) =>
      simulate(FIXED, { policy })
        .tasks()
        .map(({ started_s }) => started_s);
    expect(starts("sjf")).toEqual([1, 0]);
    expect(starts({ name: "sjf", parameters: {}, blocking: true })).toEqual([1, 0]);
    expect(starts(definePolicy({ name: "mine", rank: (task) => task.estimate }))).toEqual([1, 0]);
    expect(starts({ name: "plain", rank: (task: { estimate: number }) => task.estimate } as never)).toEqual([1, 0]);
    expect(starts("fixed-order:order=short long")).toEqual([1, 0]);
    const typo = { name: "mine", rank: () => 1, scalefree: true } as never;
    expect(() => definePolicy(typo)).toThrow('policy mine: "scalefree" is no part of a policy; did you mean "scaleFree"?');
    expect(() => definePolicy({ name: "mine" } as never)).toThrow("policy mine: it needs one of rank, line, schedule, create");
    expect(starts("expression:rank=estimate")).toEqual([1, 0]);
    expect(starts({ name: "expression", rank: "estimate" } as never)).toEqual([1, 0]); // as a scenario file has it
    expect(simulate(FIXED, { policy: "sjf:blocking=true" }).summary.policy).toBe("sjf:blocking=true");
  });

  it("ends with a budget", () => {
    expect(simulate(FIXED, { maxTime: "2s" }).ending).toMatchObject({ kind: "max-time", exitCode: 5 });
    expect(simulate(FIXED, { maxEvents: 2 }).summary).toMatchObject({ makespan_s: null, unfinished: 2 });
  });

  it("gives each entry to the sinks", () => {
    const times: number[] = [];
    const { summary } = simulate(FIXED, { sinks: [{ entry: (time) => void times.push(time) }] });
    expect([times.length, times.at(-1)]).toEqual([summary.events, 4_000_000]);
  });

  it.each<[string, () => unknown, string]>([
    ["a misspelt option", () => simulate(FIXED, { sed: 7 } as object), 'simulate has no option "sed"; did you mean "seed"?'],
    ["an unknown root", () => simulate(FIXED, { seeds: { fault: 7 } as object }), 'seeds has no root "fault"; did you mean "faults"?'],
    ["a seed that has lost digits", () => simulate(FIXED, { seed: 2 ** 60 }), "quote it"],
    [
      "an unknown policy",
      () => simulate(FIXED, { policy: "critcal-path" }),
      'policy "critcal-path" is not known; did you mean "critical-path"?',
    ],
    ["an unknown option of a policy", () => simulate(FIXED, { policy: "sjf:alpha=1" }), "alpha"],
    [
      "an expression that is none",
      () => simulate(FIXED, { policy: "expression:rank=estimate +" }),
      "at its end: expected expression after +",
    ],
    ["a policy's file", () => simulate(FIXED, { policy: "./mine.ts" }), 'load it with await loadPolicy("./mine.ts")'],
    ["no policy", () => simulate(FIXED, { policy: 7 as never }), "a policy is a name"],
    ["a policy that cannot work", () => simulate(FIXED, { policy: "fixed-order" }), "needs"],
    ["a list that misses a task", () => simulate(FIXED, { policy: "fixed-order:order=long" }), 'the list misses "short"'],
    ["a budget that is none", () => simulate(FIXED, { maxEvents: -1 }), "maxEvents -1 is not a whole number from 0"],
    ["a time that is none", () => simulate(FIXED, { maxTime: "soon" }), 'maxTime "soon" is not a duration'],
    ["a scenario that is not defined", () => simulate({ cluster: { workers: [] } } as never), "defineScenario"],
    ["a scenario that is not loaded", () => simulate(Promise.resolve(FIXED) as never), "await loadScenario(…) first"],
  ])("refuses %s", (_, action, message) => {
    expect(action).toThrow(InputError);
    expect(action).toThrow(message);
  });

  it("says what a policy did wrong, with its line", () => {
    const dice = definePolicy({ name: "dice", rank: () => Date.now() });
    expect(() => simulate(FIXED, { policy: dice })).toThrow(PolicyError);
    expect(() => simulate(FIXED, { policy: dice })).toThrow(/^test\/library\/front-door\.test\.ts:\d+: Date\.now\(\) was called/);
  });
});

describe("scenarios", () => {
  it("are refused with all their faults at once, each by its path", () => {
    const define = () =>
      defineScenario({
        cluster: { workers: [{ id: "w", cpus: 2 } as never] },
        scheduler: { policy: "critcal-path" },
        tasks: [{ id: "a", duration: "3 parsec" }],
      });
    expect(define).toThrow(InputError);
    try {
      define();
    } catch (error) {
      expect(
        formatFaults((error as InputError).faults)
          .split("\n")
          .filter((line) => line.startsWith("error: ")),
      ).toHaveLength(3);
    }
  });

  it("are loaded from files with the policy files that they name, by name, and from traces", async () => {
    written("policy.ts", POLICY_FILE);
    const path = written(
      "own.yaml",
      "cluster: { workers: [{ id: w }] }\nscheduler: { policy: { name: ./policy.ts, sign: -1 } }\ntasks: [{ id: a, duration: 3s }, { id: b, duration: 1s }]\n",
    );
    const scenario = await loadScenario(path);
    expect(
      simulate(scenario)
        .tasks()
        .map(({ started_s }) => started_s),
    ).toEqual([1, 0]);
    expect(simulate(scenario).summary).toMatchObject({ scenario: "own", policy: "./policy.ts:sign=-1" });
    expect((await compare(scenario, { jobs: 1 })).rankings[0]?.policies.map(({ policy }) => policy)).toContain("./policy.ts:sign=-1");

    expect(simulate(await loadScenario("five-step-etl")).ending.kind).toBe("complete");

    const notes: string[] = [];
    const log = written(
      "log.swf",
      "; MaxProcs: 4\n1 0 -1 10 2 -1 -1 2 20 -1 1 1 1 1 1 -1 -1 -1\n2 5 -1 10 4 -1 -1 4 20 -1 0 1 1 1 1 -1 -1 -1\n",
    );
    const jobs = await loadScenario(log, { onNote: (note) => notes.push(note) });
    expect(simulate(jobs).summary).toMatchObject({ makespan_s: 20, completed: 2 });
    expect(simulate(await loadScenario(log, { workers: "1 x 8cpu" })).summary.makespan_s).toBe(15);
    expect(notes.every((note) => typeof note === "string")).toBe(true);
    await expect(loadScenario(join(folder, "nowhere.yaml"))).rejects.toThrow(InputError);
    await expect(loadScenario(written("bad.yaml", "cluster: 1\n"))).rejects.toThrow(InputError);
  });
});

describe("policies", () => {
  it("are loaded from files, with their options checked", async () => {
    const path = written("longest.ts", POLICY_FILE);
    const policy = await loadPolicy(path);
    expect(policy.name).toBe("longest");
    expect(
      simulate(FIXED, { policy })
        .tasks()
        .map(({ started_s }) => started_s),
    ).toEqual([0, 1 + 2]);
    await expect(loadPolicy(`${path}:sgn=1`)).rejects.toThrow("sgn");
    await expect(loadPolicy(join(folder, "none.ts"))).rejects.toThrow("there is no such file");
    expect(await loadPolicy("sjf")).toBe(POLICIES.find(({ name }) => name === "sjf"));
  });
});

describe("compare", () => {
  it("ranks policies over seeds, with the fields of policies.csv in seconds", async () => {
    const mine = definePolicy({ name: "mine", rank: (task) => task.estimate });
    const { rankings, runs, exitCode, partial } = await compare(DRAWN, {
      policies: ["sjf", "ljf", mine],
      seeds: "1..3",
      rankBy: "mean_flow",
      jobs: 1,
    });
    expect(rankings).toHaveLength(1);
    const [ranking] = rankings;
    expect([ranking?.scenario, ranking?.rankedBy]).toEqual(["drawn", "mean_flow_s"]);
    expect(ranking?.policies.map(({ policy, rank, runs: count }) => [policy, rank, count])).toEqual([
      ["sjf", 1, 3],
      ["mine", 1, 3],
      ["ljf", 3, 3],
    ]);
    expect([runs.length, exitCode, partial]).toEqual([9, 0, false]);
    expect(runs[0]).toEqual(simulate(DRAWN, { policy: "sjf", seed: 1 }).summary);
    const listed = await compare([DRAWN], { policies: ["sjf"], seeds: [2, "night"], jobs: 1 });
    expect(listed.runs.map(({ seed }) => seed)).toEqual(["2", "night"]);
    const seedsOf = async (seeds: CompareOptions["seeds"]) =>
      (await compare(DRAWN, { policies: ["sjf"], seeds, jobs: 1 })).runs.map(({ seed }) => seed);
    expect(await seedsOf(5)).toEqual(["5"]);
    expect(await seedsOf("5")).toEqual(["5"]);
    expect(await seedsOf("1..3,night")).toEqual(["1", "2", "3", "night"]);
    const pinned = await compare(DRAWN, { policies: ["sjf"], seeds: [1, 2], fixedSeeds: { workload: 1, faults: 1 }, jobs: 1 });
    expect(new Set(pinned.runs.map(({ digest }) => digest)).size).toBe(1);
  });

  it("compares several scenarios, and all policies that apply by default", async () => {
    const { rankings, leftOut, failedExpectations } = await compare([FIXED, DRAWN], { seeds: 1, jobs: 1 });
    expect(rankings.map(({ scenario }) => scenario)).toEqual(["fixed", "drawn"]);
    expect(rankings[0]!.policies.length + leftOut.filter(({ scenario }) => scenario === "fixed").length).toBe(POLICIES.length);
    expect(failedExpectations.length).toBeGreaterThan(0);
  });

  it("gives no places where the ranked column is empty for all", async () => {
    const tasks = [{ id: "a", duration: 1 }];
    const undue = defineScenario({ name: "undue", cluster: { workers: [{ id: "w" }] }, tasks });
    const { rankings } = await compare(undue, { policies: ["sjf", "ljf"], rankBy: "mean_tardiness_s", jobs: 1 });
    expect(rankings[0]?.policies.map(({ rank, wins }) => [rank, wins])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(rankings[0]?.reason).toContain("nothing on undue can be ranked by mean_tardiness_s");
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ["a misspelt option", () => compare(FIXED, { polices: [] } as object), 'did you mean "policies"?'],
    ["no seeds", () => compare(FIXED, { seeds: [] }), "at least one seed"],
    ["a seed that is no whole number", () => compare(FIXED, { seeds: 2.5 }), "seed 2.5 is not a whole number"],
    ["a seed twice", () => compare(FIXED, { seeds: [1, "1"] }), "compare: seeds: seed 1 is given twice"],
    ["an empty range", () => compare(FIXED, { seeds: "3..1" }), "compare: seeds: the range 3..1 is empty; write 1..3"],
    ["an unknown policy", () => compare(FIXED, { policies: ["sfj"] }), 'did you mean "sjf"?'],
    ["an unknown column", () => compare(FIXED, { rankBy: "makespn" }), "cannot rank by"],
    ["what is no scenario", () => compare([{} as Scenario]), "defineScenario"],
  ])("rejects %s", async (_, action, message) => {
    const error = await action().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(message);
  });
});

it("exports what the README and policy files use, and nothing by accident", () => {
  expect(Object.keys(makespan).sort()).toEqual([
    ...["BudgetError", "ENTRY_NAMES", "EntryKind", "INVARIANTS", "InputError", "MakespanError", "NonDeterminismError", "POLICIES"],
    ...["PolicyError", "REASON_NAMES", "Reason", "SECOND", "Simulation", "TaskScheduler", "compare", "definePolicy", "defineScenario"],
    ...["formatFaults", "formatSeconds", "judge", "loadPolicy", "loadScenario", "parseBytes", "parseDuration", "policyNamed", "simulate"],
  ]);
});
