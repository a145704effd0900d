// makespan run: results, reports, exit codes and how a failure is made again.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bash, digestIn, folderWith, lastLine, makespan, makespanHere, shell } from "./makespan.ts";
import { CHAIN, POLICY_FILES, RANDOM } from "./scenarios.ts";

const FILES = { "chain.yaml": CHAIN, "random.yaml": RANDOM, ...POLICY_FILES };

/** Runs with --json and gives the document. */
async function document(words: readonly string[], cwd: string): Promise<Record<string, unknown>> {
  const { stdout } = await makespanHere(["run", ...words, "--json"], cwd);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("the result", () => {
  it("is a table with the digest, and closes with the chain that set the makespan", async () => {
    const cwd = folderWith(FILES);
    const { code, stdout, stderr } = await makespanHere(["run", "chain.yaml"], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { digest } = await document(["chain.yaml"], cwd);
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    expect(stdout).toContain(`digest ${String(digest)}`);
    expect(stdout).toMatch(/makespan +30 s, lower bound 30 s, gap 0 %/);
    const chain = stdout.slice(stdout.indexOf("where the makespan went"));
    expect(chain).toMatch(/^a +w +0 +0 +0 +10 +10$/m);
    expect(chain).toMatch(/^b +w +0 +10 +0 +20 +30$/m);
    expect(readdirSync(cwd).sort()).toEqual(Object.keys(FILES).sort());
  });

  it("is exactly one JSON document with --json, the one that --out writes as summary.json", async () => {
    const cwd = folderWith(FILES);
    const { code, stdout, stderr } = await makespanHere(["run", "chain.yaml", "--json", "--out", "deep/er"], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      scenario: "chain",
      makespan_s: 30,
      completed: 2,
      tasks: { total: 2, failed: 0 },
      ending: "complete",
    });
    expect(readFileSync(join(cwd, "deep/er/summary.json"), "utf8")).toBe(stdout);
  });

  it("is the same for a scenario through standard input, and for a bundled one from any folder", async () => {
    const cwd = folderWith(FILES);
    const piped = makespan(["run", "-", "--json"], { cwd, input: RANDOM });
    expect(piped.stdout).toBe((await makespanHere(["run", "random.yaml", "--json"], cwd)).stdout);
    expect(await document(["diamond"], cwd)).toMatchObject({ makespan_s: 4, completed: 3, failed: 1, skipped: 1, attempts: 6 });
  });

  it("is that of a trace file itself, on the workers given", async () => {
    const cwd = folderWith({ "tasks.csv": "id,duration,dependencies\na,10s,\nb,20s,a\nc,5s,\n" });
    expect(await document(["tasks.csv", "--workers", "2 x 1cpu"], cwd)).toMatchObject({ scenario: "tasks", makespan_s: 30, completed: 3 });
    const without = await makespanHere(["run", "tasks.csv"], cwd);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("--workers '4 x 8cpu,32GiB'");
  });
});

describe("seeds, settings and policies", () => {
  it("takes a seed as text, in place of the file's", async () => {
    const cwd = folderWith(FILES);
    const own = await document(["random.yaml"], cwd);
    expect(own["seed"]).toBe("5");
    expect(await document(["random.yaml", "--seed", "5"], cwd)).toEqual(own);
    const other = await document(["random.yaml", "--seed", "05"], cwd);
    expect(other["seed"]).toBe("05");
    expect(other["digest"]).not.toBe(own["digest"]);
    expect((await document(["random.yaml", "--seed", "123456789012345678901"], cwd))["seed"]).toBe("123456789012345678901");
  });

  it("varies one root of chance alone", async () => {
    const cwd = folderWith(FILES);
    const own = await document(["random.yaml", "--policy", "random"], cwd);
    for (const root of ["workload", "faults", "policy"]) {
      const varied = await document(["random.yaml", "--policy", "random", `--seed-${root}`, "77"], cwd);
      expect(varied["seed"]).toBe(`5 ${root}=77`);
      expect(varied["digest"]).not.toBe(own["digest"]);
      if (root === "policy") expect(varied["attempts"]).toBe(own["attempts"]);
    }
  });

  it("changes what the file says with --set, and the policy with --policy", async () => {
    const cwd = folderWith(FILES);
    expect(await document(["chain.yaml", "--set", "tasks.a.duration=15s", "--set", "name=other"], cwd)).toMatchObject({
      scenario: "other",
      makespan_s: 35,
    });
    expect((await document(["random.yaml", "--policy", "sjf:blocking=true"], cwd))["policy"]).toBe("sjf:blocking=true");
  });

  it("loads a policy of the user's from where the file lies, TypeScript without a build step", async () => {
    const cwd = folderWith(FILES);
    const run = await document(["random.yaml", "--policy", "./longest.ts:weight=2"], cwd);
    expect(run["policy"]).toBe("./longest.ts:weight=2");
    expect(run["digest"]).toBe((await document(["random.yaml", "--policy", "ljf"], cwd))["digest"]);
  });

  it("warns of a policy that sees no difference between the tasks, and refuses one that cannot work", async () => {
    const cwd = folderWith(FILES);
    const warned = await makespanHere(["run", "chain.yaml", "--policy", "edd"], cwd);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toBe(
      "warning: policy edd needs a due date, which no task has on chain; tasks that are equal to it go by release date\n",
    );
    for (const words of [
      ["--policy", "fixed-order"],
      ["--policy", "sjf", "--set", "scheduler.estimates=none"],
    ]) {
      const refused = await makespanHere(["run", "chain.yaml", ...words], cwd);
      expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
      expect(refused.stderr).toMatch(/^error: policy (fixed-order|sjf) (does not apply|needs its list)/);
    }
  });
});

describe("exit codes, each with how to make it again", () => {
  it.each([
    [
      1,
      ["chain.yaml", "--set", "expect.makespan=<= 29s"],
      "expectation failed: chain, policy fcfs, seed 1: expected makespan_s <= 29s, but it is 30 s",
    ],
    [3, ["chain.yaml", "--policy", "./chance.js"], "chance.js:1: Math.random() was called during a run"],
    [3, ["chain.yaml", "--policy", "./nan.js"], `ranked task "a" NaN`],
    [3, ["chain.yaml", "--policy", "./idle.js"], "left 2 tasks unfinished"],
    [3, ["chain.yaml", "--policy", "./throwing.js"], "throwing.js:1: policy ./throwing.js threw"],
    [4, ["random.yaml", "--policy", "./counter.js", "--check-determinism"], "the first entry that differs is number"],
    [1, ["stale-reads", "--linearizability", "100000"], ""],
    [5, ["chain.yaml", "--max-time", "15s"], "--max-time, 15 s"],
    [5, ["chain.yaml", "--max-events", "1"], "--max-events"],
  ])("%d: run %j", async (expected, words, message) => {
    const cwd = folderWith(FILES);
    const { code, stdout, stderr } = await makespanHere(["run", ...words], cwd);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    const again = /^reproduce: (makespan run .* --seed .*)$/.exec(lastLine(stderr))?.[1];
    expect(again).toBeDefined();
    const pasted = shell(again as string, { cwd });
    expect([pasted.code, digestIn(pasted.stdout), lastLine(pasted.stderr)]).toEqual([expected, digestIn(stdout), lastLine(stderr)]);
  });

  it.each([
    ["seeds of single roots", ["odd name's.yaml", "--seed", "a b", "--seed-workload", "$HOME", "--seed-policy", "1"]],
    ["seeds that the file has", ["seeds.yaml"]],
    ["changes with spaces and lines", ["random.yaml", "--set", "scheduler.policy=sjf:blocking=true", "--set", "name=it's a\nname"]],
    ["another cluster", ["random.yaml", "--workers", "3 x 1cpu", "--policy", "expression:rank=estimate * 2"]],
  ])("with %s", async (_, words) => {
    const files = { "odd name's.yaml": RANDOM, "seeds.yaml": `${RANDOM}seeds: { workload: 7, faults: x, policy: '1e3' }\n` };
    const cwd = folderWith({ ...FILES, ...files });
    const { code, stdout, stderr } = await makespanHere(["run", ...words, "--set", "expect.makespan=< 1s"], cwd);
    expect(code).toBe(1);
    const again = /^reproduce: (makespan run .*)$/.exec(lastLine(stderr))?.[1] as string;
    const pasted = bash(again, { cwd });
    expect(pasted).toEqual({ code, stdout, stderr });
  });

  it("of a scenario through standard input, with a word on what is missing", () => {
    const { stderr } = makespan(["run", "-", "--set", "expect.makespan=< 1s"], { input: RANDOM });
    const line = "makespan run - --seed 5 --set 'expect.makespan=< 1s' # with the same standard input";
    expect(lastLine(stderr)).toBe(`reproduce: ${line}`);
    expect(shell(line, { input: RANDOM }).code).toBe(1);
  });

  it("and why it was ended early is said once, without a makespan to explain", async () => {
    const cwd = folderWith(FILES);
    for (const [limit, reason] of [
      ["--max-time=15s", "set by --max-time"],
      ["--max-events=3", "set by --max-events"],
    ] as const) {
      const { stdout, stderr } = await makespanHere(["run", "chain.yaml", limit], cwd);
      expect(stderr.split(reason)).toHaveLength(2);
      expect(stdout).not.toContain(reason);
      expect(stdout).toContain("none: 1 task is unfinished");
      expect(stdout).not.toContain("where the makespan went");
    }
  });

  it("0 where tasks fail but nothing is expected of them", async () => {
    expect((await makespanHere(["run", "diamond"])).code).toBe(0);
  });

  it("0 where two runs agree", async () => {
    const cwd = folderWith(FILES);
    expect((await makespanHere(["run", "random.yaml", "--policy", "./longest.ts", "--check-determinism", "--json"], cwd)).code).toBe(0);
  });
});

describe("reports", () => {
  it("are the files that were asked for, and only execution.json differs from one run to the next", async () => {
    const cwd = folderWith(FILES);
    const words = ["run", "chain.yaml", "--trace", "--log", "out/scheduler.log", "--out", "out"];
    const read = () => new Map(readdirSync(join(cwd, "out")).map((name) => [name, readFileSync(join(cwd, "out", name), "utf8")]));
    expect((await makespanHere(words, cwd)).code).toBe(0);
    const once = read();
    expect([...once.keys()].sort()).toEqual([
      "attempts.csv",
      "events.jsonl",
      "execution.json",
      "jobs.csv",
      "runs.csv",
      "scheduler.log",
      "summary.json",
      "tasks.csv",
      "workers.csv",
    ]);
    expect(makespan(words, { cwd, env: { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" } }).code).toBe(0);
    const again = read();
    for (const [name, text] of once) if (name !== "execution.json") expect(again.get(name), name).toBe(text);
    expect(once.get("tasks.csv")).toBe(
      "task,status,attempts,worker,submitted_s,ready_s,started_s,finished_s,wait_s,run_s,flow_s,slowdown,cpu,memory_bytes\n" +
        "a,completed,1,w,0,0,0,10,0,10,10,1,1,0\nb,completed,1,w,0,10,10,30,0,20,30,1.5,1,0\n",
    );
    expect(once.get("attempts.csv")).toBe(
      "task,attempt,worker,outcome,reason,started_s,finished_s,run_s,cpu_s,peak_memory_bytes,disk_read_bytes,disk_written_bytes,work_s,checkpoint_s,checkpoints,setup_s,transfer_s,stdout,stderr,copy,ask_wait_s\n" +
        "a,1,w,completed,,0,10,10,10,0,0,0,10,0,0,0,0,,,0,0\nb,1,w,completed,,10,30,20,20,0,0,0,20,0,0,0,0,,,0,0\n",
    );
    expect(once.get("scheduler.log")).toContain("[10.000000] (w) a finished, attempt 1 of 1\n");
    expect(JSON.parse(once.get("execution.json") ?? "")).toMatchObject({ exit_code: 0, node: process.versions.node });
    for (const [name, text] of once) if (name !== "execution.json") expect(text.includes(cwd), name).toBe(false);
  });

  it("leave jobs.csv out where no task has a job", async () => {
    const cwd = folderWith(FILES);
    await makespanHere(["run", "random.yaml", "--out", "out"], cwd);
    expect(readdirSync(join(cwd, "out")).sort()).toEqual([
      ...["attempts.csv", "dead-letters.csv", "execution.json", "runs.csv", "summary.json", "tasks.csv", "workers.csv"],
    ]);
  });

  it("that cannot be written are said before anything runs, and leave nothing half written", async () => {
    const cwd = folderWith({ ...FILES, file: "" });
    for (const words of [
      ["--out", "file"],
      ["--log", "file/scheduler.log"],
      ["--out", "/proc/nowhere"],
    ]) {
      const { code, stdout, stderr } = await makespanHere(["run", "chain.yaml", ...words], cwd);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("cannot write");
    }
    expect(readdirSync(cwd).sort()).toEqual([...Object.keys(FILES), "file"].sort());
  });

  it("are not begun for a scenario that is refused", async () => {
    const cwd = folderWith({ "bad.yaml": "version: 2" });
    expect((await makespanHere(["run", "bad.yaml", "--out", "out"], cwd)).code).toBe(2);
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });
});

describe("--explicit", () => {
  const FAILING = `
version: 1
name: failing
cluster: { workers: [{ id: w, count: 3, cpu: 2 }] }
scheduler: { policy: sjf, estimates: { noise: 0.3 }, retries: { max: 2, backoff: { initial: 1s, jitter: 0.5 } } }
generate: { kind: bag, count: 60, duration: { distribution: exponential, mean: 20s }, fails: 0.2 }
faults:
  - { kind: crash, mtbf: 60s, mttr: 10s }
  - { trace: outages.csv }
`;
  const files = { ...FILES, "failing.yaml": FAILING, "outages.csv": "node,down_s,up_s\nw-2,30.000001,40\n" };

  it.each(["seven.yaml", "seven.json", "made/seven.yml"])("writes %s, which gives the same run without its inputs", async (file) => {
    const cwd = folderWith(files);
    const words = ["run", "failing.yaml", "--seed", "7", "--seed-policy", "x", "--json"];
    const first = await makespanHere([...words, "--explicit", file], cwd);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    for (const name of ["failing.yaml", "outages.csv"]) rmSync(join(cwd, name));
    const again = await makespanHere(["run", file, "--json"], cwd);
    expect(again.stdout).toBe(first.stdout);
    expect((await makespanHere(["validate", file], cwd)).stdout).toContain("the waits of retries are drawn; seed 7 policy=x");
  });

  it("names a policy's file from where it is written, and says which budget the run had", async () => {
    const cwd = folderWith(files);
    const run = ["run", "failing.yaml", "--policy", "./longest.ts", "--max-time", "50s"];
    const first = await makespanHere([...run, "--explicit", "made/x.yaml"], cwd);
    expect(first.code).toBe(5);
    expect(readFileSync(join(cwd, "made/x.yaml"), "utf8")).toMatch(
      /^# failing\.yaml as it ran .*\n# The same run: makespan run x\.yaml --max-time 50s\n/,
    );
    const again = await makespanHere(["run", "made/x.yaml", "--max-time", "50s"], cwd);
    expect([again.code, digestIn(again.stdout)]).toEqual([5, digestIn(first.stdout)]);
  });

  it("writes the run that a policy broke too", async () => {
    const cwd = folderWith(files);
    for (const policy of ["./nan.js", "./chance.js", "./throwing.js", "./idle.js"]) {
      // One that idles would see the drawn faults go on for ever.
      const few = policy === "./idle.js" ? ["--set", "faults=[{ kind: crash, worker: w-1, at: 5, for: 10 }]"] : [];
      const first = await makespanHere(["run", "failing.yaml", "--policy", policy, "--explicit", "x.yaml", ...few], cwd);
      const again = await makespanHere(["run", "x.yaml"], cwd);
      expect([first.code, again.code, digestIn(again.stdout)]).toEqual([3, 3, digestIn(first.stdout)]);
    }
  });

  it.each([
    [["--explicit", "failing.yaml"], "--explicit failing.yaml would overwrite failing.yaml, which this command reads"],
    [["--explicit", "x.txt"], "--explicit x.txt: a scenario is written as YAML or JSON; give it a name that ends in .yaml or .json"],
    [["--explicit", "x.yaml", "--log", "x.yaml"], "--log x.yaml and --explicit x.yaml get in each other's way"],
    [["--log", "outages.csv"], "--log outages.csv would overwrite outages.csv, which this command reads"],
    [
      ["--set", "generate.timeout={ distribution: integer, min: 0, max: 0 }", "--explicit", "x.yaml"],
      'task "t1" has drawn a time limit of 0',
    ],
  ])("is refused before anything runs: %j", async (words, message) => {
    const cwd = folderWith(files);
    const before = readdirSync(cwd);
    const { code, stdout, stderr } = await makespanHere(["run", "failing.yaml", ...words], cwd);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual(before);
    expect(readFileSync(join(cwd, "failing.yaml"), "utf8")).toBe(FAILING);
  });

  it("tells the result of a run that saw more faults than a file can hold, and ends with 2", async () => {
    const scenario = `${CHAIN.replace("duration: 20s", "duration: 3h")}faults: [{ kind: crash, worker: v, mtbf: 50ms, mttr: 50ms }]\n`;
    const cwd = folderWith({ "chain.yaml": scenario.replace("[{ id: w }]", "[{ id: v, cpu: 0.5 }, { id: w }]") });
    const { code, stdout, stderr } = await makespanHere(["run", "chain.yaml", "--explicit", "x.yaml"], cwd);
    expect([code, readdirSync(cwd)]).toEqual([2, ["chain.yaml"]]);
    expect(stdout).toContain("2 completed");
    expect(stderr).toContain("--explicit: the run saw more than 100000 faults of workers");
  });

  it("does not write its table over one that is read", async () => {
    const table = `id,duration\n${Array.from({ length: 1001 }, (_, i) => `t${i},1s`).join("\n")}\n`;
    const cwd = folderWith({ "x.tasks.csv": table });
    const { code, stderr } = await makespanHere(["run", "x.tasks.csv", "--workers", "9 x 1cpu", "--explicit", "x.yaml"], cwd);
    expect([code, readdirSync(cwd)]).toEqual([2, ["x.tasks.csv"]]);
    expect(stderr).toContain("--explicit x.yaml would overwrite x.tasks.csv");
  });
});
