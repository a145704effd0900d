// makespan compare: the ranking, its files, the same bytes for any number of jobs, and what an interrupt leaves.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../../src/policies/index.ts";
import { digestIn, folderWith, lastLine, makespan, makespanHere, shell, startMakespan } from "./makespan.ts";
import { CHAIN, POLICY_FILES, RANDOM } from "./scenarios.ts";

const FILES = { "chain.yaml": CHAIN, "random.yaml": RANDOM, ...POLICY_FILES };
const REPORTS = ["execution.json", "policies.csv", "policies.svg", "runs.csv", "summary.json"];

function rowsOf(csv: string): Record<string, string>[] {
  const [header = "", ...lines] = csv.trimEnd().split("\n");
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i], cell])));
}

describe("the ranking", () => {
  it("has every policy that applies, best first, and says which do not and why", async () => {
    const cwd = folderWith(FILES);
    const { code, stdout, stderr } = await makespanHere(["compare", "random.yaml"], cwd);
    expect(code).toBe(0);
    const [heading] = stdout.split("\n");
    expect(heading).toMatch(/^random: \d+ policies, 10 seeds, ranked by makespan_s/);
    const ranked = stdout.split("\n").flatMap((line) => /^ +\d+ {2}(\S+)/.exec(line)?.[1] ?? []);
    const leftOut = POLICIES.map(({ name }) => name).filter((name) => !ranked.includes(name));
    const preemptive = ["preemptive-priority", "preemptive-sjf", "srpt", "time-slice"];
    expect(leftOut).toEqual(["priority", "edd", "wspt", "critical-path", "fixed-order", ...preemptive, "expression"]);
    const said = stderr.split("\n").find((line) => line.startsWith("left out on random: ")) ?? "";
    expect(said.slice("left out on random: ".length).split("; ")).toEqual([
      ...["priority", "edd", "wspt", "critical-path", "fixed-order"].map((name) => expect.stringMatching(`^${name} \\(needs `)),
      expect.stringMatching(`^${preemptive.join(", ")} \\(preempts, and `),
      expect.stringMatching(/^expression \(needs /),
    ]);
    const means = rowsOf(readFileSync(join(cwd, "reports/random/policies.csv"), "utf8")).map((row) => Number(row["makespan_mean_s"]));
    expect(means).toEqual([...means].sort((a, b) => a - b));
  });

  it("takes a policy that finds all tasks equal, and refuses one that cannot work, as run does", async () => {
    const cwd = folderWith(FILES);
    for (const policy of ["edd", "edd:blocking=true", "priority", "wspt"]) {
      const run = await makespanHere(["run", "chain.yaml", "--policy", policy], cwd);
      const comparison = await makespanHere(["compare", "chain.yaml", "--policies", policy], cwd);
      expect([run.code, comparison.code]).toEqual([0, 0]);
      expect(run.stderr).toMatch(/^warning: policy \S+ needs .*, which no task has on chain; /);
      expect(comparison.stderr.startsWith(run.stderr)).toBe(true);
    }
    for (const words of [["fixed-order"], ["expression"], ["sjf", "--set", "scheduler.estimates=none"]]) {
      const run = await makespanHere(["run", "chain.yaml", "--policy", ...words], cwd);
      const comparison = await makespanHere(["compare", "chain.yaml", "--policies", ...words], cwd);
      expect(comparison).toEqual(run);
      expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 2, stdout: "" });
    }
  });

  it("goes to reports/ and the scenario's name, made of harmless characters, or to --out", async () => {
    const cwd = folderWith({ "odd.yaml": CHAIN.replace("name: chain", "name: ../a b/c") });
    expect((await makespanHere(["compare", "odd.yaml", "--policies", "fcfs"], cwd)).code).toBe(0);
    expect(readdirSync(join(cwd, "reports"))).toEqual(["-a-b-c"]);
    expect(readdirSync(join(cwd, "reports/-a-b-c")).sort()).toEqual(REPORTS);
    expect((await makespanHere(["compare", "odd.yaml", "--policies", "fcfs", "--out", "x/y"], cwd)).code).toBe(0);
    expect(readdirSync(join(cwd, "x/y")).sort()).toEqual(REPORTS);
  });

  it("takes seeds, policies with options and files, and a column to rank by", async () => {
    const cwd = folderWith(FILES);
    const words = [
      "compare",
      "random.yaml",
      "--policies",
      "fcfs,sjf:blocking=true,./longest.ts",
      "--seeds",
      "1..3,night",
      "--rank-by",
      "mean_wait",
      "--json",
    ];
    const { code, stdout } = await makespanHere(words, cwd);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as {
      partial: boolean;
      digest: string;
      scenarios: { ranked_by: string; seeds: number }[];
      runs: { policy: string; seed: string }[];
    };
    expect(document.partial).toBe(false);
    const table = await makespanHere(
      words.filter((word) => word !== "--json"),
      cwd,
    );
    expect(lastLine(table.stdout)).toBe(`digest ${document.digest} over 12 runs; that of each stands in runs.csv`);
    expect(document.scenarios).toMatchObject([{ ranked_by: "mean_wait_s", seeds: 4 }]);
    const cells = ["fcfs", "sjf:blocking=true", "./longest.ts"].flatMap((policy) =>
      ["1", "2", "3", "night"].map((seed) => ({ policy, seed })),
    );
    expect(document.runs.map(({ policy, seed }) => ({ policy, seed }))).toEqual(cells);
  });

  it("has no places where the column is empty for all, and says so", async () => {
    const cwd = folderWith(FILES);
    const { code, stdout } = await makespanHere(["compare", "chain.yaml", "--policies", "fcfs,sjf", "--rank-by", "mean_tardiness"], cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^chain: 2 policies, .*, not ranked\n +nothing on chain can be ranked by mean_tardiness_s: /);
    expect(stdout).toMatch(/^ +- +fcfs .* not ranked: values are missing$/m);
    const rows = rowsOf(readFileSync(join(cwd, "reports/chain/policies.csv"), "utf8"));
    expect(rows.map(({ rank, wins }) => [rank, wins])).toEqual([
      ["", ""],
      ["", ""],
    ]);
  });

  it("covers several scenarios in one set of files", async () => {
    const cwd = folderWith(FILES);
    const { code, stdout } = await makespanHere(["compare", "chain.yaml", "random.yaml", "--policies", "fcfs,sjf", "--seeds", "1..2"], cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^chain: .*deterministic/m);
    expect(stdout).toMatch(/^overall: geometric mean over 2 scenarios/m);
    const rows = rowsOf(readFileSync(join(cwd, "reports/comparison/runs.csv"), "utf8"));
    expect(rows.map(({ scenario, policy, seed }) => `${scenario} ${policy} ${seed}`)).toEqual([
      "chain fcfs ",
      "chain sjf ",
      "random fcfs 1",
      "random fcfs 2",
      "random sjf 1",
      "random sjf 2",
    ]);
  });
});

describe("the same bytes", () => {
  it("for any number of jobs, any time zone and language, and where each run is made twice", async () => {
    const cwd = folderWith(FILES);
    const variants = [
      { words: ["--jobs", "1"], env: {} },
      { words: ["--jobs", "2"], env: { TZ: "Pacific/Kiritimati", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" } },
      { words: ["--jobs", "3", "--check-determinism"], env: {} },
    ];
    const [first, ...others] = variants.map(({ words, env }, i) => {
      const { code, stdout } = makespan(["compare", "random.yaml", "chain.yaml", "--seeds", "1..4", "--out", `out-${i}`, ...words], {
        cwd,
        env,
      });
      expect(code).toBe(0);
      return [stdout, ...REPORTS.slice(1).map((name) => readFileSync(join(cwd, `out-${i}`, name), "utf8"))];
    });
    for (const other of others) expect(other).toEqual(first);
  });
});

describe("runs that fail", () => {
  it.each([
    [1, ["chain.yaml", "--policies", "fcfs,sjf", "--set", "expect.makespan=== 29s"], "expectation failed: chain, policy fcfs"],
    [3, ["random.yaml", "--policies", "fcfs,./nan.js", "--seeds", "4,5"], "error: random, policy ./nan.js, seed 4: "],
    [3, ["random.yaml", "--policies", "fcfs,./chance.js", "--seeds", "4,5"], "Math.random() was called"],
    [5, ["random.yaml", "--policies", "fcfs", "--seeds", "1..2", "--max-time", "5s"], "--max-time, 5 s"],
  ])("exit %d: compare %j", async (expected, words, message) => {
    const cwd = folderWith(FILES);
    const { code, stderr } = await makespanHere(["compare", ...words], cwd);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
    expect(lastLine(stderr)).toMatch(/^reproduce: makespan run \S+\.yaml .*--seed \S+/);
    const pasted = shell(lastLine(stderr).replace("reproduce: ", ""), { cwd });
    expect(pasted.code).toBe(expected);
    // The first run that failed has its digest in runs.csv, unless the policy threw.
    const digest = digestIn(pasted.stdout);
    if (digest !== undefined)
      expect(readFileSync(join(cwd, "reports", `${words[0]?.replace(".yaml", "")}/runs.csv`), "utf8")).toContain(digest);
    expect(readdirSync(join(cwd, "reports", words[0]?.replace(".yaml", "") ?? "")).sort()).toEqual(REPORTS);
  });

  it("exit 4 where a policy counts its calls, with the first entry that differs", async () => {
    const cwd = folderWith(FILES);
    const { code, stdout, stderr } = await makespanHere(
      ["compare", "random.yaml", "--policies", "./counter.js", "--seeds", "1..8", "--check-determinism"],
      cwd,
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/two runs differ.*\nthe first entry that differs is number \d+:\n +once: +\[\d+\.\d{6}\] .*\n +again: \[/);
    expect(lastLine(stderr)).toBe("reproduce: makespan compare random.yaml --policies ./counter.js --seeds 1..8 --check-determinism");
  });

  it("exit 2 for a folder that cannot be written, before anything runs", async () => {
    const cwd = folderWith({ ...FILES, reports: "a file" });
    const { code, stdout, stderr } = await makespanHere(["compare", "chain.yaml"], cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/cannot write reports\/chain\/summary\.json: .*; --out DIR chooses another folder$/m);
  });

  it("exit 2 for reports that cannot be written in the end, with the result on stdout all the same", async () => {
    const cwd = folderWith(FILES);
    for (const folder of ["out", "reports/chain"]) mkdirSync(join(cwd, folder, "runs.csv"), { recursive: true });
    const words = ["compare", "chain.yaml", "--policies", "fcfs"];
    const table = await makespanHere(words, cwd);
    expect(table.code).toBe(2);
    expect(table.stdout).toMatch(/^chain: 1 policy, [^]*\n +1 +fcfs +30 /);
    expect(lastLine(table.stderr)).toBe("error: cannot write reports/chain/runs.csv: it is a directory; --out DIR chooses another folder");
    const json = await makespanHere([...words, "--out", "out", "--json"], cwd);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ runs: [{ makespan_s: 30 }] });
    expect(lastLine(json.stderr)).toBe("error: cannot write out/runs.csv: it is a directory");
  });
});

/** A policy that leaves a file as a sign that a run has begun. */
const MARKER = `import { writeFileSync } from "node:fs";
export default { name: "marker", create() { writeFileSync("begun", ""); return { rank: (task) => task.position }; } };
`;

describe("an interrupt", () => {
  it.each([1, 2])("keeps what is finished, marks it as partial and exits 130, with --jobs %d", async (jobs) => {
    const cwd = folderWith({ "long.yaml": RANDOM.replace("count: 8", "count: 400"), "marker.js": MARKER });
    const child = startMakespan(
      ["compare", "long.yaml", "--policies", "fcfs,./marker.js", "--seeds", "1..3000", "--jobs", String(jobs), "--out", "out"],
      cwd,
    );
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.on("close", (code, signal) => resolve({ code, signal }));
    });
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += String(chunk);
    });
    let stdout = "";
    child.stdout?.on("data", (chunk) => {
      stdout += String(chunk);
    });
    while (!existsSync(join(cwd, "begun"))) await sleep(20);
    await sleep(500);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, signal: null });
    expect(stderr).toContain("interrupted: what is written is partial");
    const rows = rowsOf(readFileSync(join(cwd, "out/runs.csv"), "utf8"));
    const partial = `partial: ${rows.length.toLocaleString("en")} of 6,000 runs made`;
    expect(stdout).toMatch(new RegExp(`^random: 2 policies, \\d+ seeds?, ${partial}, `));
    expect(readFileSync(join(cwd, "out/policies.svg"), "utf8")).toContain(`>random, ${partial}<`);
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(REPORTS);
    const summary = JSON.parse(readFileSync(join(cwd, "out/summary.json"), "utf8")) as { partial: boolean };
    expect(summary.partial).toBe(true);
    expect(JSON.parse(readFileSync(join(cwd, "out/execution.json"), "utf8"))).toMatchObject({ partial: true, exit_code: 130 });
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row["digest"]).toMatch(/^[0-9a-f]{16}$/);
  });
});
