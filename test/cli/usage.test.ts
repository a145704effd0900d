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
    [["validate", "-", "-"], "standard input (-) can be read once"],
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

describe("all that is wrong with a command line is told in one go", () => {
  const LAME = `cluster: { workers: [{ id: w, cpu: 4 }] }\nschedular: {}\ntasks: [{ id: a, duration: 1q }]\n`;
  const LAME_TOLD = [
    'lame.yaml:2:1: error: unknown key "schedular"; did you mean "scheduler"?',
    'lame.yaml:3:28: error: duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
  ];
  const SFJ = 'error: policy "sfj" is not known; did you mean "sjf"?';
  const SRPT = "it preempts, and scheduler.preemption is off (try preemption: { mode: suspend })";

  /** The lines that begin a fault, and nothing else was done. */
  const told = async (words: readonly string[]) => {
    const folder = folderWith({ "lame.yaml": LAME, "chain.yaml": CHAIN, "broken.yaml": "a: [\n" });
    const { code, stdout, stderr } = await makespanHere(words, folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    return stderr.split("\n").filter((line) => /^(?:\S+:\d+:\d+: )?error: /.test(line));
  };

  it.each([
    ["run", "--policy"],
    ["compare", "--policies"],
  ])("%s: the policy's faults beside the file's, and the other way round", async (command, option) => {
    expect(await told([command, "lame.yaml", option, "sfj"])).toEqual([SFJ, ...LAME_TOLD]);
    expect(await told([command, "lame.yaml", option, "srpt", "--max-events", "0"])).toEqual([
      'error: --max-events: "0" is not a whole number above 0',
      ...LAME_TOLD,
    ]);
    expect(await told([command, "chain.yaml", option, "srpt", "--max-time", "3q"])).toEqual([
      'error: --max-time: "3q" has no known unit; known are us, µs, ms, s, m, h, d',
      `error: policy srpt does not apply to chain: ${SRPT}`,
    ]);
  });

  it("validate refuses what run would: a scenario whose own policy cannot work on its tasks", async () => {
    const asking = `cluster: { workers: [{ id: w, cpu: 4 }] }
scheduler: { policy: srpt, preemption: { mode: suspend } }
tasks: [{ id: a, duration: 1s, asks: [{ after: 0.5, cpu: 2 }] }]
`;
    const told = async (command: string) => {
      const { code, stderr } = await makespanHere([command, "asking.yaml"], folderWith({ "asking.yaml": asking }));
      return [code, stderr.split("\n")[0]];
    };
    const run = await told("run");
    const validate = await told("validate");
    expect(validate).toEqual(run);
    expect(run).toEqual([2, expect.stringMatching(/^error: policy srpt does not apply to asking: it preempts, and tasks here have asks/)]);
  });

  it.each([
    ["run", "--policy"],
    ["compare", "--policies"],
  ])("%s: a policy that cannot work beside the file's faults, as far as they leave the settings clear", async (command, option) => {
    const LIST = "it needs a list of tasks (order or file)";
    const RANK = "it needs its rank, as in expression:rank=estimate / weight - 0.1 * wait";
    const wrong = ["chain.yaml", "--set", "tasks.b.cpu=99"];
    const tooLarge = expect.stringMatching(/^error: --set tasks.b.cpu=99: task "b" requests 99 of cpu/);
    expect(await told([command, ...wrong, option, "srpt"])).toEqual([tooLarge, `error: policy srpt does not apply to chain: ${SRPT}`]);
    expect(await told([command, ...wrong, option, "fixed-order"])).toEqual([
      tooLarge,
      `error: policy fixed-order does not apply to chain: ${LIST}`,
    ]);
    expect(await told([command, ...wrong, option, "fixed-order:order=b a zz"])).toEqual([
      tooLarge,
      'error: fixed-order: "zz" is not a task',
      'error: fixed-order: "b" stands before "a", on which it depends',
    ]);
    expect(await told([command, "lame.yaml", option, "expression"])).toEqual([
      `error: policy expression does not apply to lame: ${RANK}`,
      ...LAME_TOLD,
    ]);
    expect(await told([command, "lame.yaml", option, "fixed-order:order=a:file=none.txt"])).toEqual([
      "error: cannot read none.txt: there is no such file",
      "error: policy fixed-order takes order or file, not both",
      ...LAME_TOLD,
    ]);
  });

  it("compare: all that cannot work, one beside the other", async () => {
    expect(await told(["compare", "chain.yaml", "--policies", "fixed-order,srpt,expression,sjf"])).toEqual([
      "error: policy fixed-order does not apply to chain: it needs a list of tasks (order or file)",
      `error: policy srpt does not apply to chain: ${SRPT}`,
      "error: policy expression does not apply to chain: it needs its rank, as in expression:rank=estimate / weight - 0.1 * wait",
    ]);
  });

  it("run: options that want others, beside all else", async () => {
    expect(await told(["run", "lame.yaml", "--trace", "--log=-", "--explicit", "x.txt", "--policy", "sfj:blocking=x:a"])).toEqual([
      "error: run: --trace writes events.jsonl into the folder of --out; give --out DIR",
      "error: run: --log needs the name of a file, such as run.log; - is none",
      'error: policy "sfj:blocking=x:a": blocking is true or false, not "x"',
      'error: policy "sfj:blocking=x:a": "a" is not key=value (such as blocking=true)',
      SFJ,
      "error: --explicit x.txt: a scenario is written as YAML or JSON; give it a name that ends in .yaml or .json",
      ...LAME_TOLD,
    ]);
  });

  it("compare: every option", async () => {
    const options = ["--seeds", "1..x,3..2,a,a", "--rank-by", "max_wiat", "--jobs", "-1", "--max-events", "many", "--max-time", "x"];
    expect(await told(["compare", "lame.yaml", "nofile.yaml", ...options])).toEqual([
      'error: --seeds 1..x,3..2,a,a: "1..x" is not a range of whole numbers, such as 1..30',
      "error: --seeds 1..x,3..2,a,a: the range 3..2 is empty; write 2..3",
      "error: --seeds 1..x,3..2,a,a: seed a is given twice",
      'error: --max-events: "many" is not a whole number above 0',
      expect.stringContaining("error: --max-time: "),
      'error: --jobs: "-1" is not a whole number above 0',
      'error: compare: option --rank-by: "max_wiat" is no column to rank by; did you mean "max_wait_s"?',
      "error: cannot read nofile.yaml: there is no such file",
      ...LAME_TOLD,
    ]);
  });

  it("compare: policies that are not known beside those that do not apply, on every scenario", async () => {
    expect(await told(["compare", "chain.yaml", "diamond", "--policies", "sjf,srpt,sfj"])).toEqual([
      SFJ,
      `error: policy srpt does not apply to chain: ${SRPT}`,
      `error: policy srpt does not apply to diamond: ${SRPT}`,
    ]);
    expect(await told(["compare", "chain.yaml", "diamond", "--policies", "sjf,srpt"])).toHaveLength(2);
  });

  it("--set and --workers: once for all files, also where none can be read", async () => {
    const options = ["--set", "a", "--set", "b={", "--workers", "2 x 4cpuu,8GiBB; 0 x 4cpu"];
    const toldOfOptions = [
      'error: workers "2 x 4cpuu,8GiBB": "4cpuu": cpuu is neither a unit nor a dimension; did you mean "4cpu"?',
      'error: workers "2 x 4cpuu,8GiBB": "8GiBB": GiBB is neither a unit nor a dimension; did you mean "8GiB"?',
      'error: workers "0 x 4cpu": count 0 is not a whole number of at least 1',
      "error: --set a: give path=value, such as scheduler.placement=best-fit",
      "error: --set b={: this is not YAML: flow map must end with a }",
    ];
    expect(await told(["run", "nofile.yaml", ...options])).toEqual([
      ...toldOfOptions,
      "error: cannot read nofile.yaml: there is no such file",
    ]);
    const both = await told(["compare", "broken.yaml", "lame.yaml", ...options]);
    expect(both).toHaveLength(8);
    expect(both).toEqual(expect.arrayContaining([...toldOfOptions, expect.stringContaining("broken.yaml:2:1: error: "), ...LAME_TOLD]));
    const settings = ["--set", "tasks.z.cpu=1", "--set", "tasks.a.cpuu=1", "--set", "scheduler.polcy=sjf"];
    expect(await told(["validate", "lame.yaml", ...settings])).toEqual([
      'error: --set tasks.z.cpu=1: tasks has no entry "z"; name one by its id, or by its number from 0',
      'error: --set scheduler.polcy=sjf: unknown key "polcy"; did you mean "policy"?',
      'error: --set tasks.a.cpuu=1: unknown key "cpuu"; did you mean "cpu"?',
      ...LAME_TOLD,
    ]);
  });

  it("all places that cannot be written, beside all else", async () => {
    const inFile = (path: string) => expect.stringContaining(`error: cannot write ${path}`);
    expect(await told(["run", "chain.yaml", "--out", "lame.yaml/out", "--log", "lame.yaml/log", "--max-events", "0"])).toEqual([
      'error: --max-events: "0" is not a whole number above 0',
      inFile("lame.yaml/out"),
      inFile("lame.yaml/log"),
    ]);
    expect(await told(["generate", "bag", "--count", "-1", "-o", "lame.yaml/x.yaml"])).toEqual([
      inFile("lame.yaml/x.yaml"),
      expect.stringContaining("error: --count -1: count "),
    ]);
    expect(await told(["import", "none.swf", "-o", "lame.yaml/x.yaml"])).toEqual([
      inFile("lame.yaml/x.yaml"),
      "error: cannot read none.swf: there is no such file",
    ]);
  });

  it("generate: every option, by its name", async () => {
    const options = ["--cpu", "-1", "--count", "x", "--duration", "{", "--memory", "8Gib", "--workers", "1 x 4cpuu"];
    expect((await told(["generate", "bag", ...options])).toSorted()).toEqual([
      expect.stringContaining("error: --count x: count "),
      'error: --cpu -1: cpu "-1" is negative',
      "error: --duration {: this is not YAML: flow map must end with a }",
      expect.stringContaining('error: --memory 8Gib: memory "8Gib" has no known unit'),
      'error: workers "1 x 4cpuu": "4cpuu": cpuu is neither a unit nor a dimension; did you mean "4cpu"?',
    ]);
    expect(await told(["generate", "bag", "--prefix", "["])).toEqual([expect.stringContaining("error: --prefix [: this is not YAML: ")]);
    expect(await told(["generate", "bag", "--cpu", "9"])).toEqual([
      'error: --cpu 9: each task of generator "bag" requests 9 of cpu, more than any worker has; the largest, "w-1", has 8',
    ]);
  });

  it("import: every option, and the file", async () => {
    expect(await told(["import", "none.swf", "--scale", "-1", "--limit", "x", "--workers", "4cpuu"])).toEqual([
      'error: --scale: "-1" is not a number above 0',
      'error: --limit: "x" is not a whole number above 0',
      'error: workers "4cpuu": "4cpuu": cpuu is neither a unit nor a dimension; did you mean "4cpu"?',
      "error: cannot read none.swf: there is no such file",
    ]);
  });
});

describe("an option or a word that is not known hides nothing of the values beside it", () => {
  const told = async (words: readonly string[], code = 2) => {
    const folder = folderWith({ "chain.yaml": CHAIN, "b.jsonl": '{"id":"a","duration":"1q"}\n' });
    const outcome = await makespanHere(words, folder);
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: "" });
    return outcome.stderr.split("\n").filter((line) => /^(?:\S+:\d+:\d+: )?error: /.test(line));
  };
  const scale = 'error: --scale: "-1" is not a number above 0';
  const ending = "error: -o x.txt: a scenario is written as YAML or JSON; give it a name that ends in .yaml or .json";

  it("import", async () => {
    const options = ["--workers", "1 y 4cpu", "--limit", "x", "--scale", "-1", "--format", "jsnl", "-o", "x.txt"];
    expect(await told(["import", "b.jsonl", ...options])).toEqual([
      'error: import: option --format: "jsnl" is not known; did you mean "jsonl"?',
      scale,
      'error: --limit: "x" is not a whole number above 0',
      ending,
      expect.stringContaining('error: workers "1 y 4cpu": '),
      'b.jsonl:1:11: error: duration: "1q" has no known unit; known are us, µs, ms, s, m, h, d',
    ]);
    expect(await told(["import", "b.jsonl", "more.csv", "--bogus", "1", "--scale", "-1"])).toEqual([
      "error: import: option --bogus is not known",
      'error: import: "more.csv" is too much; it takes one argument',
      scale,
      expect.stringContaining("error: there is no cluster: "),
      expect.stringContaining("b.jsonl:1:11: error: "),
    ]);
    // What is missing cannot be said beside an option that is not known.
    expect(await told(["import", "--bogus", "b.jsonl", "--scale", "-1"])).toEqual(["error: import: option --bogus is not known", scale]);
    expect(await told(["import", "b.jsonl", "--format", "zzzzz", "--scale", "-1"])).toEqual([
      'error: import: option --format: "zzzzz" is not known; known are swf, wfformat, csv, jsonl',
      scale,
      expect.stringContaining("error: there is no cluster: "),
      expect.stringContaining("b.jsonl:1:11: error: "),
    ]);
  });

  it.each([
    ["layred", 'error: generate: kind "layred" is not known; did you mean "layered"?'],
    ["zzzzzz", 'error: generate: kind "zzzzzz" is not known; known are '],
  ])("generate %s", async (kind, first) => {
    const faults = await told(["generate", kind, "--count", "x", "--width", "-1", "--workers", "3 x 4cpuu", "-o", "x.txt"]);
    expect(faults[0]).toContain(first);
    expect(faults.slice(1).toSorted()).toEqual([
      expect.stringContaining("error: --count x: "),
      expect.stringContaining("error: --width -1: "),
      ending,
      expect.stringContaining('error: workers "3 x 4cpuu": '),
    ]);
  });

  it("compare, run, validate", async () => {
    const options = ["--policies", "fcfs", "--rank-by", "makspn", "--bogus", "3", "--seeds", "5..3"];
    expect(await told(["compare", "chain.yaml", ...options])).toEqual([
      "error: compare: option --bogus is not known",
      "error: --seeds 5..3: the range 5..3 is empty; write 3..5",
      'error: compare: option --rank-by: "makspn" is no column to rank by; did you mean "makespan_s"?',
    ]);
    expect(await told(["run", "chain.yaml", "--polcy", "sjf", "--max-events", "x"])).toEqual([
      'error: run: option --polcy is not known; did you mean "--policy"?',
      'error: --max-events: "x" is not a whole number above 0',
    ]);
    expect(await told(["run", "--sede", "chain.yaml", "--max-events", "x"])).toHaveLength(2);
    expect(await told(["validate", "chain.yaml", "--bogus", "x", "--workers", "3 x 4cpuu"])).toEqual([
      "error: validate: option --bogus is not known",
      expect.stringContaining('error: workers "3 x 4cpuu": '),
    ]);
    expect(await told(["policies", "sfj", "--bogus"])).toEqual([
      "error: policies: option --bogus is not known",
      'error: policies: policy "sfj" is not known; did you mean "sjf"?',
    ]);
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
