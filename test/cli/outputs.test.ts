// Where run, compare and import write: never over an input or each other, one run to a folder, and what an interrupt leaves.
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { folderWith, makespanHere, shell, startMakespan } from "./makespan.ts";
import { CHAIN, POLICY_FILES, RANDOM } from "./scenarios.ts";

const TABLE = `id,duration\n${Array.from({ length: 1001 }, (_, i) => `t${i},${i + 1}s`).join("\n")}\n`;
const FILES = {
  "chain.yaml": CHAIN,
  "random.yaml": RANDOM,
  "q.tasks.csv": TABLE,
  "tasks.csv": "id,duration\na,1s\n",
  "table.yaml": "version: 1\ncluster: { workers: [{ id: w }] }\nworkload: { format: csv, file: tasks.csv }\n",
  "order.txt": "a\nb\n",
  ...POLICY_FILES,
};

describe("an output that is in the way", () => {
  it.each([
    [["run", "chain.yaml", "--log", "chain.yaml"], "--log chain.yaml would overwrite chain.yaml, which this command reads"],
    [["run", "chain.yaml", "--log", "link"], "--log link would overwrite link, which"],
    [["run", "table.yaml", "--log", "tasks.csv"], "--log tasks.csv would overwrite tasks.csv"],
    [["run", "table.yaml", "--out", "."], "--out . would overwrite tasks.csv"],
    [["run", "chain.yaml", "--policy", "./longest.ts", "--log", "longest.ts"], "--log longest.ts would overwrite longest.ts"],
    [["run", "chain.yaml", "--policy", "fixed-order:file=order.txt", "--log", "order.txt"], "--log order.txt would overwrite order.txt"],
    [["run", "chain.yaml", "--out", "o", "--log", "o/tasks.csv"], "--out o and --log o/tasks.csv get in each other's way at o/tasks.csv"],
    [["run", "chain.yaml", "--out", "o", "--log", "o"], "--out o and --log o get in each other's way"],
    [["compare", "tasks.csv", "--workers", "1 x 1cpu", "--out", "."], "--out . would overwrite tasks.csv"],
    [["import", "q.tasks.csv", "--workers", "1 x 1cpu", "-o", "q.yaml"], "-o q.yaml would overwrite q.tasks.csv"],
  ])("is refused: %j", async (words, message) => {
    const cwd = folderWith(FILES);
    symlinkSync("chain.yaml", join(cwd, "link"));
    const before = readdirSync(cwd);
    const { code, stdout, stderr } = await makespanHere(words, cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(readdirSync(cwd)).toEqual(before);
    for (const [name, text] of Object.entries(FILES)) expect(readFileSync(join(cwd, name), "utf8")).toBe(text);
  });

  it("is not: a log among the reports by its usual name, and a scenario beside its table", async () => {
    const cwd = folderWith(FILES);
    expect((await makespanHere(["run", "chain.yaml", "--out", "o", "--log", "o/scheduler.log"], cwd)).code).toBe(0);
    expect(readdirSync(join(cwd, "o"))).toContain("scheduler.log");
    expect((await makespanHere(["import", "q.tasks.csv", "--workers", "1 x 1cpu", "-o", "r.yaml"], cwd)).code).toBe(0);
  });
});

describe("--log", () => {
  it("goes into the standard stream or the pipe that it names", () => {
    const cwd = folderWith(FILES);
    const { stdout: table } = shell("makespan run chain.yaml", { cwd });
    const { stdout: log } = shell("makespan run chain.yaml --log run.log > table && cat run.log", { cwd });
    expect(log).toContain("[10.000000] (w) a finished");
    expect(shell("makespan run chain.yaml --log /dev/stdout", { cwd }).stdout).toBe(log + table);
    expect(shell("makespan run chain.yaml --log /dev/stdout | cat", { cwd }).stdout).toBe(log + table);
    expect(shell("makespan run chain.yaml --log /dev/stdout > both && cat both", { cwd }).stdout).toBe(log + table);
    expect(shell("mkfifo p; cat p & makespan run chain.yaml --log p > table; wait", { cwd }).stdout).toBe(log);
    expect(lstatSync(join(cwd, "p")).isFIFO()).toBe(true);
  });
});

describe("the folder of --out", () => {
  it("holds the reports of one run alone, and whatever else lay there", async () => {
    const cwd = folderWith(FILES);
    const run = (...words: string[]) => makespanHere(["run", ...words, "--out", "o"], cwd);
    expect((await run("chain.yaml", "--trace", "--log", "o/scheduler.log")).code).toBe(0);
    mkdirSync(join(cwd, "o/policies.svg"));
    writeFileSync(join(cwd, "o/notes.csv"), "mine");
    expect(readdirSync(join(cwd, "o"))).toEqual(expect.arrayContaining(["jobs.csv", "events.jsonl", "scheduler.log"]));
    const others = ["notes.csv", "policies.svg"];
    expect((await run("random.yaml")).code).toBe(0);
    expect(readdirSync(join(cwd, "o")).sort()).toEqual(
      [...others, "attempts.csv", "dead-letters.csv", "execution.json", "runs.csv", "summary.json", "tasks.csv", "workers.csv"].sort(),
    );
    expect((await makespanHere(["compare", "chain.yaml", "--out", "c"], cwd)).code).toBe(0);
    expect((await makespanHere(["run", "chain.yaml", "--out", "c"], cwd)).code).toBe(0);
    expect(readdirSync(join(cwd, "c"))).not.toContain("policies.csv");
  });

  it("keeps a file with a report's name where no run has written before", async () => {
    const cwd = folderWith(FILES);
    mkdirSync(join(cwd, "mine"));
    writeFileSync(join(cwd, "mine/jobs.csv"), "mine");
    expect((await makespanHere(["compare", "chain.yaml", "--out", "mine"], cwd)).code).toBe(0);
    expect(readFileSync(join(cwd, "mine/jobs.csv"), "utf8")).toBe("mine");
  });

  it("stays as it was where nothing can be written", async () => {
    const cwd = folderWith(FILES);
    await makespanHere(["run", "chain.yaml", "--out", "o"], cwd);
    const before = readdirSync(join(cwd, "o"));
    rmSync(join(cwd, "o/tasks.csv"));
    mkdirSync(join(cwd, "o/tasks.csv"));
    const { code, stderr } = await makespanHere(["run", "random.yaml", "--out", "o"], cwd);
    expect(code).toBe(2);
    expect(stderr).toContain("cannot write o/tasks.csv: it is a directory");
    expect(readdirSync(join(cwd, "o"))).toEqual(before);
  });
});

describe("an interrupt while reports are written", () => {
  // A pipe that nobody reads holds the writing up for as long as it takes.
  it.each([
    ["run", ["run", "chain.yaml", "--out", "o"], "workers.csv", ["jobs.csv", "attempts.csv", "tasks.csv"], "SIGINT"],
    ["run", ["run", "chain.yaml", "--out", "o"], "workers.csv", ["jobs.csv", "attempts.csv", "tasks.csv"], "SIGTERM"],
    ["compare", ["compare", "chain.yaml", "--policies", "fcfs", "--out", "o"], "policies.svg", ["policies.csv", "runs.csv"], "SIGINT"],
  ] as const)("keeps what %s has finished, marks it as partial and exits 130", async (_, words, pipe, finished, signal) => {
    const cwd = folderWith(FILES);
    mkdirSync(join(cwd, "o"));
    for (const name of ["summary.json", "execution.json"]) writeFileSync(join(cwd, "o", name), "of an earlier run");
    execFileSync("mkfifo", [join(cwd, "o", pipe)]);
    const child = startMakespan(words, cwd);
    const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve) => {
      child.on("close", (code, by) => resolve({ code, by }));
    });
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += String(chunk);
    });
    child.stdout?.resume();
    const last = join(cwd, "o", finished[0]);
    while (!existsSync(last)) await sleep(20);
    child.kill(signal);
    expect(await ended).toEqual({ code: 130, by: null });
    expect(stderr).toContain("interrupted: what is written is partial");
    expect(readdirSync(join(cwd, "o")).sort()).toEqual([...finished, pipe, "execution.json"].sort());
    expect(JSON.parse(readFileSync(join(cwd, "o/execution.json"), "utf8"))).toMatchObject({ partial: true, exit_code: 130 });
    for (const name of finished) expect(readFileSync(join(cwd, "o", name), "utf8")).toMatch(/\n$/);
  });
});
