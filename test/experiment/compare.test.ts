import { describe, expect, test } from "vitest";
import { compare } from "../../src/experiment/compare.ts";
import { digestOfRuns } from "../../src/model/digest.ts";
import { InputError } from "../../src/model/errors.ts";
import { parsePolicySpec } from "../../src/model/settings.ts";
import { definePolicy } from "../../src/policies/policy.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";
import { drawnScenario, fixedScenario } from "./scenarios.ts";

const folder = temporaryFolders();
const specs = (...texts: string[]) => texts.map(parsePolicySpec);
const seeds = ["1", "2", "3"];

describe("compare", () => {
  test("gives a run per policy and seed, in their order, and the same for any number of jobs", async () => {
    const policies = specs("sjf", "fcfs", "random");
    const one = await compare([drawnScenario(), drawnScenario("larger", 3000)], { policies, seeds, jobs: 1 });
    const two = await compare([drawnScenario(), drawnScenario("larger", 3000)], { policies, seeds, jobs: 2 });
    expect(one.runs.map(({ scenario, policy, seed }) => `${scenario} ${policy} ${seed}`)).toEqual(
      ["drawn", "larger"].flatMap((name) =>
        ["sjf", "fcfs", "random"].flatMap((policy) => seeds.map((seed) => `${name} ${policy} ${seed}`)),
      ),
    );
    expect(JSON.stringify(two)).toBe(JSON.stringify(one));
    expect(one).toMatchObject({ exitCode: 0, partial: false, failedRuns: [] });
    expect(one.rankings[0]?.stopped).toBeUndefined();
    expect(one.digest).toBe(digestOfRuns(one.runs.map(({ digest }) => digest)));
    expect(new Set(one.runs.map(({ digest }) => digest)).size).toBeGreaterThan(12);
  });

  test("policies of one seed meet the same world", async () => {
    const { runs } = await compare([drawnScenario()], { policies: specs("sjf", "ljf"), seeds, jobs: 1 });
    for (const seed of seeds) {
      const [a, b] = runs.filter((run) => run.seed === seed);
      expect(a!.lowerBound).toBe(b!.lowerBound);
      expect(a!.digest).not.toBe(b!.digest);
    }
  });

  test("runs what draws nothing once, with no seed; what draws, on every seed", async () => {
    const { runs, rankings } = await compare([fixedScenario()], {
      policies: specs("fcfs", "random", "fcfs:placement=random"),
      seeds,
      jobs: 1,
    });
    expect(runs.map(({ policy, seed }) => `${policy} ${seed}`)).toEqual([
      "fcfs ",
      ...["random", "fcfs:placement=random"].flatMap((policy) => seeds.map((seed) => `${policy} ${seed}`)),
    ]);
    expect(rankings[0]!.rows.find(({ policy }) => policy === "fcfs")).toMatchObject({ deterministic: true, runs: 1 });
    expect(rankings[0]!.seeds).toBe(3);
  });

  test("a root with a seed of its own does not vary with the others", async () => {
    const { runs } = await compare([drawnScenario()], { policies: specs("fcfs"), seeds, fixedSeeds: { workload: "9" }, jobs: 1 });
    expect(new Set(runs.map(({ digest }) => digest)).size).toBe(1);
  });

  test("compares all policies that apply by default, and says why others do not", async () => {
    const { rankings, leftOut } = await compare([fixedScenario()], { seeds, jobs: 1 });
    const names = rankings[0]!.rows.map(({ policy }) => policy);
    expect(names).toEqual(expect.arrayContaining(["fcfs", "first-fit", "priority", "critical-path", "dispatch-random"]));
    expect(names).not.toContain("edd");
    expect(leftOut.find(({ policy }) => policy === "edd")).toEqual({
      scenario: "fixed",
      policy: "edd",
      reason: "needs a due date, which no task has",
    });
  });

  test("the scenario's own policy takes part with its options", async () => {
    const scenario = fixedScenario({ scheduler: { policy: { name: "fixed-order", order: ["d", "c", "a", "b"] } } });
    const { rankings } = await compare([scenario], { seeds, jobs: 1 });
    expect(rankings[0]!.rows.filter(({ policy }) => policy.startsWith("fixed-order"))).toHaveLength(1);
  });

  test("a policy that was named runs with a warning where no task has what it ranks by", async () => {
    const due = fixedScenario({ name: "due", tasks: [{ id: "a", duration: 5, due: 9 }] });
    const options = { policies: specs("edd", "wspt", "fcfs"), seeds, jobs: 1 };
    const { warnings, leftOut, rankings } = await compare([fixedScenario(), due], options);
    const rest = "tasks that are equal to it go by release date";
    expect(warnings).toEqual([
      `policy edd needs a due date, which no task has on fixed; ${rest}`,
      `policy wspt needs a weight other than 1, which no task has on fixed; ${rest}`,
      `policy wspt needs a weight other than 1, which no task has on due; ${rest}`,
    ]);
    expect(leftOut).toEqual([]);
    expect(rankings.map(({ rows }) => rows.length)).toEqual([3, 3]);
  });

  test("a policy that was named and cannot work is bad input, and so are no seeds", async () => {
    const blind = fixedScenario({ scheduler: { estimates: "none" } });
    await expect(compare([fixedScenario(), blind], { policies: specs("sjf"), seeds })).rejects.toThrow(
      /sjf does not apply to fixed: it needs estimates/,
    );
    for (const name of ["fixed-order", "expression"])
      await expect(compare([fixedScenario()], { policies: specs(name), seeds })).rejects.toThrow(InputError);
    await expect(compare([fixedScenario()], { seeds: [] })).rejects.toThrow(InputError);
    expect(() => compare([fixedScenario()], { rankBy: "speed" })).toThrow(InputError);
  });

  test("an expectation that fails is a line and exit code 1", async () => {
    const scenario = fixedScenario({ expect: { makespan: "<= 10s", failed: "== 0" } });
    const { failedExpectations, exitCode } = await compare([scenario], { policies: specs("fcfs"), seeds, jobs: 1 });
    expect(failedExpectations).toEqual([expect.stringMatching(/^fixed, policy fcfs: expected makespan(_s)? <= 10s, but it is 13 s$/)]);
    expect(exitCode).toBe(1);
  });

  test("a policy that breaks the rules is named with its seed; the others go on; exit code 3", async () => {
    const directory = folder({
      "odd.mjs": `export default { name: "odd", draws: true, create: (context) => ({ rank: (task) => (context.draw(task, 0) < 0.02 ? NaN : 0) }) };`,
    });
    const policies = specs(`${directory}/odd.mjs`, "fcfs");
    const comparison = await compare([drawnScenario()], { policies, seeds: [...Array(12).keys()].map(String), jobs: 1 });
    expect(comparison.exitCode).toBe(3);
    expect(comparison.failedRuns.length).toBeGreaterThan(0);
    expect(comparison.failedRuns.length).toBeLessThan(12);
    for (const failed of comparison.failedRuns)
      expect(failed).toMatchObject({ scenario: "drawn", policy: `${directory}/odd.mjs`, exitCode: 3 });
    expect(comparison.runs.length).toBe(24 - comparison.failedRuns.length);
    expect(comparison.rankings[0]!.rows.map(({ policy, rank }) => [policy, rank])).toEqual([
      ["fcfs", 1],
      [`${directory}/odd.mjs`, undefined],
    ]);
  });

  test("definitions in memory run in this thread, with two jobs too", async () => {
    let made = 0;
    const mine = definePolicy({ name: "mine", create: () => ({ rank: () => (made++, 0) }) });
    const { rankings } = await compare([drawnScenario()], { policies: [mine, ...specs("fcfs")], seeds, jobs: 2 });
    expect(made).toBe(60);
    expect(rankings[0]!.rows).toHaveLength(2);
  });

  test("tells how far it is", async () => {
    const steps: string[] = [];
    await compare([drawnScenario()], {
      policies: specs("fcfs", "sjf"),
      seeds,
      jobs: 1,
      onProgress: (done, total) => steps.push(`${done}/${total}`),
    });
    expect(steps).toEqual(["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]);
  });

  test.each([1, 2])("stopped, it keeps what is finished and ranks the seeds that every policy got to (%i jobs)", async (jobs) => {
    const controller = new AbortController();
    const onProgress = (done: number) => done === 5 && controller.abort();
    const comparison = await compare([drawnScenario("drawn", 2000)], {
      policies: specs("fcfs", "sjf"),
      seeds,
      jobs,
      signal: controller.signal,
      onProgress,
    });
    expect(comparison.partial).toBe(true);
    expect(comparison.runs.length).toBe(5);
    expect(comparison.rankings[0]).toMatchObject({ seeds: 2, stopped: { made: 5, planned: 6 } });
    expect(comparison.rankings[0]!.rows.map(({ rank }) => rank)).not.toContain(undefined);
  });

  test("a budget that runs out leaves tasks unfinished, and exit code 5", async () => {
    const { runs, exitCode } = await compare([drawnScenario()], {
      policies: specs("fcfs"),
      seeds: ["1"],
      limits: { maxEvents: 20 },
      jobs: 1,
    });
    expect(runs[0]).toMatchObject({ makespan: undefined, ending: { kind: "max-events" } });
    expect(exitCode).toBe(5);
  });
});

describe("the check of determinism", () => {
  const counting = `let calls = 0;\nexport default { name: "counting", rank: (task) => (calls++ > 30 ? -task.position : task.position) };\n`;

  test("passes what is deterministic, and gives its results", async () => {
    const options = { policies: specs("fcfs", "random"), seeds, jobs: 2 };
    const checked = await compare([drawnScenario()], { ...options, checkDeterminism: true });
    expect(JSON.stringify(checked)).toBe(JSON.stringify(await compare([drawnScenario()], options)));
  });

  test.each([1, 2])("finds a counter that outlives a run, and shows the first entry that differs (%i jobs)", async (jobs) => {
    const directory = folder({ "counting.mjs": counting });
    const check = compare([drawnScenario()], {
      policies: specs(`${directory}/counting.mjs`),
      seeds: [...Array(9).keys()].map(String),
      jobs,
      checkDeterminism: true,
    });
    await expect(check).rejects.toMatchObject({ name: "NonDeterminismError", exitCode: 4 });
    const message = await check.catch((error: Error) => error.message);
    expect(message).toMatch(/two runs differ \(digests [0-9a-f]{16} and [0-9a-f]{16}\)/);
    expect(message).toMatch(
      /the first entry that differs is number \d+:\n {2}once: +\[\d+\.\d{6}\] started t\d+ on w-\d, attempt 1\n {2}again: \[/,
    );
  });

  test("finds it with a single run", async () => {
    const directory = folder({ "counting.mjs": counting.replace("30", "20") });
    const check = compare([drawnScenario()], {
      policies: specs(`${directory}/counting.mjs`),
      seeds: ["1"],
      jobs: 1,
      checkDeterminism: true,
    });
    await expect(check).rejects.toThrow(/the first entry that differs/);
  });

  test("says so when the difference does not come again", async () => {
    const directory = folder({
      "timely.mjs": `const key = ((process.memoryUsage().heapUsed / 8) % 1009) / 1009;\nexport default { name: "timely", rank: (task) => (task.position * key * 1000) % 7 };\n`,
    });
    const check = compare([drawnScenario()], { policies: specs(`${directory}/timely.mjs`), seeds, jobs: 1, checkDeterminism: true });
    await expect(check).rejects.toThrow(/two runs differ/);
  });

  test.each([1, 2, 3, 4])("finds it in memory, whatever the order of %i runs is", async (count) => {
    let made = 0;
    const mine = definePolicy({
      name: "mine",
      create: () => (made++, { rank: ({ position }) => (made % 2 === 0 ? position : -position) }),
    });
    const check = compare([drawnScenario()], { policies: [mine], seeds: [...Array(count).keys()].map(String), checkDeterminism: true });
    await expect(check).rejects.toThrow(/two runs differ/);
  });

  test("finds it in memory too", async () => {
    let calls = 0;
    const mine = definePolicy({ name: "mine", rank: (task) => (calls++ > 30 ? -task.position : task.position) });
    await expect(compare([drawnScenario()], { policies: [mine], seeds, checkDeterminism: true })).rejects.toThrow(
      /policy mine, seed [123]: two runs differ/,
    );
  });
});
