// Help, and what is said to those who mistype.
import { describe, expect, it } from "vitest";
import { completed } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { GENERATORS } from "../../src/workload/generators/index.ts";
import { folderWith, lastLine, makespan, makespanHere } from "./makespan.ts";
import { CHAIN } from "./scenarios.ts";

describe("help", () => {
  it("of makespan names every command and every exit code, on stdout", () => {
    const { code, stdout, stderr } = makespan(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name } of COMMANDS) expect(stdout).toContain(`makespan ${name} `);
    for (const [exitCode, meaning] of EXIT_CODES) expect(stdout).toContain(`${exitCode}  ${meaning}`);
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    "of %s names its options, examples and exit codes",
    async (name, command) => {
      const { options, examples } = await completed(command);
      const { code, stdout, stderr } = makespan([name, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`Usage: makespan ${name}`);
      for (const option of Object.keys(options)) expect(stdout).toContain(`--${option}`);
      expect(examples.length).toBeGreaterThan(0);
      const words = stdout.replace(/\s+/g, " ");
      for (const [line] of examples) expect(words).toContain(`makespan ${line.split(" ")[0]}`);
      for (const [, meaning] of EXIT_CODES) expect(stdout).toContain(meaning);
    },
  );

  it.each([[["generate", "--help"]], [["generate", "lublin", "--help"]]])("%j names the source of each kind", (words) => {
    const sources = makespan(words).stdout.split("\nSources:\n")[1]?.replace(/\s+/g, " ");
    for (const { name, source } of GENERATORS) expect(sources).toContain(` ${name} ${source}`);
  });

  it("of run says when a report is left out", () => {
    const words = makespan(["run", "--help"]).stdout.replace(/\s+/g, " ");
    expect(words).toContain("jobs.csv (where a task has a job), dead-letters.csv (where one ran out of attempts)");
  });

  it("does not depend on the language of the host", () => {
    const german = makespan(["run", "--help"], { env: { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" } });
    expect(german).toEqual(makespan(["run", "--help"]));
  });
});

it.each([
  [["help"], ["--help"]],
  [
    ["help", "run"],
    ["run", "--help"],
  ],
])("%j prints help once, on stdout", (words, same) => {
  const outcome = makespan(words);
  expect(outcome).toEqual(makespan(same));
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(outcome.stdout.split("Usage:")).toHaveLength(2);
});

describe("what is mistyped", () => {
  const refused = async (words: readonly string[]) => {
    const { code, stdout, stderr } = await makespanHere(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    return stderr;
  };

  it("names the nearest command", async () => {
    expect(await refused(["rnu", "diamond"])).toContain(`command "rnu" is not known; did you mean "run"?`);
    expect(await refused(["frobnicate"])).toContain("known are run, compare, validate, import, generate, policies, schema, completion");
  });

  it("names the nearest option, for all that are wrong at once, and runs nothing", async () => {
    const said = await refused(["run", "diamond", "--sede", "1", "--polcy=fcfs"]);
    expect(said).toContain(`option --sede is not known; did you mean "--seed"?`);
    expect(said).toContain(`option --polcy is not known; did you mean "--policy"?`);
    expect(lastLine(said)).toBe("makespan run --help shows what there is");
    expect(await refused(["run", "diamond", "-z"])).toContain("option -z is not known");
    expect(await refused(["compare", "diamond", "--policy", "sjf"])).toContain(`option --policy is not known; did you mean "--policies"?`);
    expect(await refused(["compare", "diamond", "--rank", "gap"])).toContain(`option --rank is not known; did you mean "--rank-by"?`);
    expect(await refused(["run", "diamond", "--no-trace"])).toContain(`option --no-trace is not known`);
  });

  it.each([
    [
      ["compare", "diamond", "--policies", "fcsf,sfj"],
      [`policy "fcsf" is not known; did you mean "fcfs"?`, `policy "sfj" is not known; did you mean "sjf"?`],
    ],
    [["run", "diamond", "--policy", "fcfs:blokcing=true"], ["blocking"]],
    [["run", "diamnod"], [`did you mean "diamond"?`]],
    [["generate", "layred"], [`kind "layred" is not known; did you mean "layered"?`]],
    [["generate", "bag", "--conut", "3"], [`did you mean "--count"?`]],
    [["generate", "bag", "--width", "3"], [`unknown key "width"`]],
    [["import", "x.csv", "--format", "cvs"], [`"cvs" is not known; did you mean "csv"?`]],
    [["completion", "bsh"], [`shell "bsh" is not known; did you mean "bash"?`]],
    [["completion", "fish"], [`shell "fish" is not known; known are bash, zsh`]],
    [["compare", "diamond", "--rank-by", "max_wiat"], [`did you mean "max_wait_s"?`]],
    [["compare", "diamond", "--rank-by", "seed"], [`"seed" is no column to rank by; known are makespan_s, gap, cpu_utilization, `]],
    [["policies", "sfj"], [`policy "sfj" is not known; did you mean "sjf"?`]],
    [["compare", "diamond", "--rank-by", "mean_wiat_s"], [`did you mean "mean_wait_s"?`]],
    [["run", "diamond", "--set", "schedular.policy=sjf"], [`did you mean "scheduler"?`]],
  ])("%j names the nearest value", async (words, messages) => {
    const said = await refused(words);
    for (const message of messages) expect(said).toContain(message);
  });

  it.each([
    [["run"], "give scenario:"],
    [["run", "diamond", "graham-anomaly"], `"graham-anomaly" is too much; it takes one argument`],
    [["schema", "x"], `"x" is too much; it takes no argument`],
    [["run", "diamond", "--seed"], "option --seed needs a value: --seed SEED"],
    [["run", "diamond", "--seed", "1", "--seed", "2"], "option --seed is given 2 times"],
    [["generate", "bag", "--duration", "-3s"], `duration "-3s" is negative`],
    [["generate", "bag", "--name", "-x"], `one that begins with "-" is written --name=-x`],
    [["run", ""], "the name of the scenario is empty"],
    [["run", "diamond", "--json=yes"], "option --json takes no value"],
    [["run", "diamond", "--trace"], "give --out DIR"],
    [["run", "diamond", "--log=-"], "--log needs the name of a file"],
    [["run", "diamond", "--log", "-"], "option --log needs a value: --log FILE; - is none"],
    [["help", "rnu"], `command "rnu" is not known; did you mean "run"?`],
    [["run", "diamond", "--set", 'version="1"'], `"1" is text; write version: 1, without quotes`],
    [["run", "diamond", "--set", "tasks.0.depends=[x]"], `unknown key "depends"; did you mean "dependencies"?`],
    [["run", "diamond", "--set", "tasks.0.mem=1"], `unknown key "mem"; did you mean "memory"?`],
    [["run", "diamond", "--max-events", "many"], `"many" is not a whole number above 0`],
    [["run", "diamond", "--max-time", "30 days"], `--max-time: "30 days" has no known unit`],
    [["compare", "diamond", "--jobs", "0"], `"0" is not a whole number above 0`],
    [["compare", "diamond", "diamond"], `two of the scenarios are named "diamond"`],
    [["compare", "-", "-"], "standard input (-) can be read once"],
    [["--seed", "3"], "give a command first"],
    [["--hlep"], `option --hlep is not known; did you mean "--help"?`],
    [["--versoin"], `option --versoin is not known; did you mean "--version"?`],
    [["import", "x.csv", "--limit", "1.5"], `"1.5" is not a whole number above 0`],
    [["generate", "bag", "-o", "bag.txt"], "give it a name that ends in .yaml"],
  ])("%j is refused with what would be right", async (words, message) => {
    expect(await refused(words)).toContain(message);
  });

  it("shows the help where no command is given", async () => {
    expect(await refused([])).toContain("Usage: makespan <command> [options]");
  });

  it("is told with its place in the file", () => {
    const folder = folderWith({ "bad.yaml": CHAIN.replace("dependencies: [a]", "dependencies: [c], retires: 1") });
    const { code, stderr } = makespan(["validate", "bad.yaml"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^bad\.yaml:7:\d+: error: .*"c"/m);
    expect(stderr).toContain(`did you mean "retries"?`);
    expect(stderr).toMatch(/^ {4}\| +\^$/m);
  });

  it("is told in one JSON document where one is asked for", async () => {
    const { code, stdout } = await makespanHere(["run", "diamnod", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { exit_code: 2, faults: [{ message: expect.stringContaining("diamond") }] } });
  });
});

describe("seeds on the command line", () => {
  it.each([
    ["3..1", "the range 3..1 is empty; write 1..3"],
    ["1,2,1", "seed 1 is given twice"],
    ["1,,2", "a seed is empty"],
    ["1..x", "is not a range"],
    ["1..999999999", "more than 100000 seeds"],
  ])("--seeds %s is refused", async (seeds, message) => {
    const { code, stderr } = await makespanHere(["compare", "diamond", "--seeds", seeds]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
