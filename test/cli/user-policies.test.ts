// Policies from users' files on the command line: whatever they do, the command ends as it should, and says why.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { folderWith, makespan, startMakespan } from "./makespan.ts";
import { RANDOM } from "./scenarios.ts";

const rank = (body: string) => `export default { name: "mine",\n  rank: (task) => { ${body}; return 1; } };\n`;

const BREAKING: [what: string, text: string, message: RegExp][] = [
  ["ends the process", rank("process.exit(0)"), /mine\.js:2: process\.exit\(\) was called: a policy must not end the process/],
  ["ends the process afterwards", rank("Promise.resolve().then(() => process.exit(0))"), /mine\.js:2: process\.exit\(\) was called/],
  ["kept Math.random", `const r = Math.random;\n${rank("r()")}`, /mine\.js:3: Math\.random\(\) was called during a run/],
  ["swallows the refusal", rank("try { Math.random() } catch {}"), /mine\.js:2: Math\.random\(\) was called during a run/],
  ["rejects a promise", rank('Promise.reject(new Error("boom"))'), /mine\.js:2: .*nobody waits for it: Error: boom/],
  ["throws in an async function", rank('(async () => { await null; throw new Error("boom") })()'), /mine\.js:2: .*Error: boom/],
];

/** Reads itself again and again, timers being refused, and throws long after the run. */
const LATE =
  'import { readFile } from "node:fs"; let n = 0; const again = () => readFile("mine.js", () => { if (++n > 5000) throw new Error("late"); again(); }); again();';

describe("a policy that breaks the rules", () => {
  it.each(BREAKING)("%s: exit 3 with file and line; the other runs are kept", (_, text, message) => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": text });
    const one = makespan(["run", "random.yaml", "--policy", "./mine.js"], { cwd });
    expect([one.code, one.stdout]).toEqual([3, ""]);
    expect(one.stderr).toMatch(message);
    const many = makespan(["compare", "random.yaml", "--policies", "sjf,./mine.js", "--seeds", "1..2", "--out", "out"], { cwd });
    expect(many.code).toBe(3);
    expect(many.stderr).toMatch(message);
    expect(one.stderr + many.stderr).not.toMatch(/^\s+at /m);
    expect(readFileSync(join(cwd, "out/runs.csv"), "utf8").split("\n")).toHaveLength(4);
    expect(JSON.parse(readFileSync(join(cwd, "out/execution.json"), "utf8"))).toMatchObject({ exit_code: 3 });
  });

  it.each([
    ["is rejected as a module", 'Promise.reject(new Error("boom"));\n', /mine\.js:1: .*Error: boom/],
    ["ends the process as a module", "process.exit(0);\n", /mine\.js:1: process\.exit\(\) was called/],
    ["throws when all is over", `${LATE}\n`, /mine\.js:1: .*Error: late/],
  ])("%s: exit 3", (_, text, message) => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": text + rank("") });
    for (const words of [
      ["run", "random.yaml", "--policy", "./mine.js"],
      ["compare", "random.yaml", "--policies", "sjf,./mine.js"],
    ]) {
      const { code, stderr } = makespan(words, { cwd });
      expect(code).toBe(3);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });
});

describe("a policy that ends its thread", () => {
  it("fails its own runs: exit 3, the others go on in another thread", () => {
    const mine = `import { parentPort } from "node:worker_threads";\n${rank("parentPort.close()")}`;
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": mine });
    const words = ["compare", "random.yaml", "--policies", "./mine.js,sjf", "--seeds", "1..2", "--jobs", "1", "--out", "out"];
    const { code, stderr } = makespan(words, { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain("error: random, policy ./mine.js, seed 2: the policy has ended the thread that ran it");
    expect(readFileSync(join(cwd, "out/runs.csv"), "utf8").split("\n")).toHaveLength(4);
  });
});

describe("what a policy prints", () => {
  it("goes to stderr, while it is loaded and while it runs", () => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": `console.log("loaded");\n${rank('console.log("asked")')}` });
    for (const words of [
      ["run", "random.yaml", "--policy", "./mine.js"],
      ["compare", "random.yaml", "--policies", "sjf,./mine.js"],
    ]) {
      const { code, stdout, stderr } = makespan([...words, "--json"], { cwd });
      expect(code).toBe(0);
      expect(() => JSON.parse(stdout) as unknown).not.toThrow();
      expect(stderr).toMatch(/^loaded\n/);
      expect(stderr).toContain("asked\n");
    }
  });

  it("is no exit code either", () => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": rank("process.exitCode = 77") });
    expect(makespan(["run", "random.yaml", "--policy", "./mine.js"], { cwd }).code).toBe(0);
  });
});

describe("a policy that hangs", () => {
  const HANGING = `import { writeFileSync } from "node:fs";\n${rank('writeFileSync("begun", ""); while (true) {}')}`;

  it.each([
    ["SIGINT", ["compare", "random.yaml", "--policies", "sjf,./mine.js", "--seeds", "1..3", "--jobs", "1", "--out", "out"], 130, null],
    ["SIGTERM", ["compare", "random.yaml", "--policies", "sjf,./mine.js", "--seeds", "1..3", "--jobs", "2", "--out", "out"], 130, null],
    ["SIGINT", ["run", "random.yaml", "--policy", "./mine.js"], null, "SIGINT"],
  ] as const)("can be stopped: %s to makespan %j", async (signal, words, code, by) => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": HANGING });
    const child = startMakespan(words, cwd);
    const ended = new Promise((resolve) => child.on("close", (...how) => resolve(how)));
    child.stdout?.resume();
    child.stderr?.resume();
    while (!existsSync(join(cwd, "begun"))) await sleep(20);
    await sleep(500);
    child.kill(signal);
    expect(await ended).toEqual([code, by]);
    if (code === null) return;
    expect(readFileSync(join(cwd, "out/runs.csv"), "utf8")).toMatch(/^random,sjf,1,/m);
    expect(JSON.parse(readFileSync(join(cwd, "out/execution.json"), "utf8"))).toMatchObject({ partial: true, exit_code: 130 });
  });
});

describe("state of the module", () => {
  const COUNTING = `let n = 0;\nexport default { name: "mine", create: () => { n++; return { rank: (task) => (n % 2 ? task.estimate : -task.estimate) }; } };\n`;

  it("is found by the check, however the runs fall to the threads", () => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": COUNTING });
    for (const words of [
      ["run", "random.yaml", "--policy", "./mine.js"],
      ...["1", "2", "3"].map((jobs) => ["compare", "random.yaml", "--policies", "sjf,./mine.js", "--seeds", "1..3", "--jobs", jobs]),
      ["compare", "random.yaml", "--policies", "./mine.js", "--seeds", "7"],
    ]) {
      const { code, stderr } = makespan([...words, "--check-determinism"], { cwd });
      expect(code).toBe(4);
      expect(stderr).toContain("the first entry that differs is number");
    }
  });

  it.each(["calls++ % 2", "calls++ % 3", "(calls = !calls)"])("is found where a run brings it back: %s", (rank) => {
    const cwd = folderWith({ "mine.ts": `let calls: any = 0;\nexport default { name: "mine", rank: () => Number(${rank}) };\n` });
    for (const words of [
      ["run", "nightly-pipelines", "--policy"],
      ["compare", "nightly-pipelines", "--seeds", "1", "--policies"],
    ])
      expect(makespan([...words, "./mine.ts", "--check-determinism"], { cwd }).code).toBe(4);
  });

  it("begins anew with each run, so that the results do not depend on the jobs", () => {
    const cwd = folderWith({ "random.yaml": RANDOM, "mine.js": COUNTING });
    const outputs = ["1", "2", "3"].map((jobs) => {
      const words = ["compare", "random.yaml", "--policies", "./mine.js,sjf", "--seeds", "1..6", "--jobs", jobs, "--json"];
      return makespan(words, { cwd }).stdout;
    });
    expect(new Set(outputs).size).toBe(1);
    const { runs } = JSON.parse(outputs[0] as string) as { runs: { policy: string; digest: string }[] };
    const digests = (policy: string) => runs.filter((run) => run.policy === policy).map(({ digest }) => digest);
    expect(digests("./mine.js")).toEqual(digests("sjf"));
  });
});
