import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { bundledScenarios } from "../../src/files/bundled-scenarios.ts";
import { formatFaults } from "../../src/files/fault-text.ts";
import { loadScenario, loadTrace, scenarioFrom } from "../../src/files/load-scenario.ts";
import { nameAt } from "../../src/model/columns.ts";
import { InputError } from "../../src/model/errors.ts";
import type { ScenarioInput } from "../../src/model/scenario-schema.ts";
import { DEFAULT_LIVENESS } from "../../src/model/settings.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { dataPath, describeWithData } from "../data.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();
const home = process.cwd();
afterEach(() => process.chdir(home));

async function faultsOf(load: () => unknown): Promise<string> {
  try {
    await load();
  } catch (error) {
    if (error instanceof InputError) return formatFaults(error.faults);
    throw error;
  }
  return "none";
}

const YAML = `
version: 1
name: etl
seed: 7
cluster:
  workers:
    - { id: w, count: 2, cpu: 2.5, memory: 4GiB, disk: 20GB, slots: 2, speed: 1.5, labels: { zone: a, ssd: true }, resources: { gpu: 1 } }
    - { id: plain }
scheduler: { policy: "sjf:blocking=true", placement: best-fit, retries: 3, decisionTime: { perPass: 10ms } }
functions: { default: 1s, fetch: 2s }
tasks:
  - { id: 1, function: fetch, priority: 1 }
  - { id: b, function: other, dependencies: [1], cpu: 0.5, memory: 512MiB, retries: 2, fails: [1, 2], resources: { gpu: 0.25 } }
  - id: c
    duration: { distribution: integer, min: 1, max: 3 }
    cpu: { distribution: integer, min: 1, max: 2 }
    memory: { distribution: uniform, min: 1KiB, max: 1MiB }
    release: 10s
    due: 5m
    timeout: 10m
    weight: 2
    requires: { zone: a, ssd: true }
    command: make
  - { id: d, duration: { on: { plain: 14s, "zone=a": 16s } } }
expect: { makespan: "<= 10m", failed: 0, cpu_utilization: ">= 25%" }
measure: { from: 10%, to: 0.9 }
`;

describe("a scenario file", () => {
  it("becomes integers in base units, defaults filled in", async () => {
    const file = join(folder({ "etl.yaml": YAML }), "etl.yaml");
    const { scenario, notes } = await loadScenario(file);
    expect(scenario).toMatchObject({
      version: 1,
      name: "etl",
      seed: "7",
      dimensions: ["cpu", "memory", "disk", "slots", "gpu"],
      workers: [
        { id: "w-1", capacity: [2500, 2 ** 32, 20e9, 2, 1000], speed: 1500, labels: { zone: "a", ssd: "true" } },
        { id: "w-2", capacity: [2500, 2 ** 32, 20e9, 2, 1000], speed: 1500 },
        { id: "plain", capacity: [1000, Infinity, Infinity, Infinity, 0], speed: 1000, labels: {} },
      ],
      scheduler: {
        policy: { name: "sjf", blocking: true, parameters: {} },
        placement: "best-fit",
        priorityOrder: "lower-first",
        onDependencyFailure: "skip",
        estimates: "user",
        pass: "instant",
        decisionTime: { perPass: 10_000, perTask: 0 },
      },
      expect: [
        { column: "makespan_s", comparison: "<=", value: 600, text: "<= 10m" },
        { column: "failed", comparison: "==", value: 0 },
        { column: "cpu_utilization", comparison: ">=", value: 0.25 },
      ],
      measure: { from: 0.1, to: 0.9 },
    });
    const [source] = scenario.sources;
    expect(source).toMatchObject({
      kind: "tasks",
      tasks: [
        {
          id: "1",
          duration: 2_000_000,
          request: [1000, 0, 0, 1, 0],
          priority: 1,
          weight: 1,
          retries: 3,
          failsAfter: 1,
          requires: {},
          position: { line: 12, column: 5 },
        },
        {
          id: "b",
          duration: 1_000_000,
          dependencies: ["1"],
          request: [500, 2 ** 29, 0, 1, 250],
          retries: 2,
          fails: [1, 2],
          function: "other",
        },
        {
          duration: { distribution: "integer", min: 1_000_000, max: 3_000_000, step: 1_000_000 },
          request: [
            { distribution: "integer", min: 1000, max: 2000, step: 1000 },
            { distribution: "uniform", min: 1024, max: 2 ** 20 },
            0,
            1,
            0,
          ],
          release: 10_000_000,
          due: 300_000_000,
          timeout: 600_000_000,
          weight: 2,
          requires: { zone: "a", ssd: "true" },
          command: "make",
        },
        {
          duration: {
            on: [
              ["plain", 14_000_000],
              ["zone=a", 16_000_000],
            ],
          },
        },
      ],
    });
    expect(notes).toEqual([]);
    expect(drawWorld(scenario, { workload: "1", faults: "1", policy: "1" }).tasks.count).toBe(4);
  });

  it("is the same scenario in JSON", async () => {
    const input = {
      cluster: { workers: [{ id: "w", cpu: 2 }] },
      tasks: [{ id: "a", duration: "1.5s", cpu: 0.5 }],
      generate: { kind: "bag", count: 3, duration: 2 },
    };
    const path = folder({ "x.json": JSON.stringify(input), "x.yaml": JSON.stringify(input).replaceAll('"', "'") });
    const withoutPlaces = (scenario: unknown) =>
      JSON.parse(JSON.stringify(scenario, (key, value: unknown) => (key === "position" ? undefined : value))) as unknown;
    const json = await loadScenario(join(path, "x.json"));
    const yaml = await loadScenario(join(path, "x.yaml"));
    expect(withoutPlaces(yaml.scenario)).toEqual(withoutPlaces(json.scenario));
    expect(withoutPlaces({ ...scenarioFrom(input), name: "x" })).toEqual(withoutPlaces(json.scenario));
  });

  it("may have no tasks, which is remarked", async () => {
    const { scenario, notes } = await loadScenario("-", { stdin: "cluster: { workers: [{ id: w }] }\ntasks: []\n" });
    expect(scenario.sources).toEqual([]);
    expect(notes).toEqual(["the scenario has no tasks"]);
  });

  it("remarks a function that is nearly another's name", async () => {
    const text = "cluster: { workers: [{ id: w }] }\nfunctions: { default: 1s, fetch: 2s }\ntasks: [{ id: a, function: fetsh }]\n";
    const { notes } = await loadScenario("-", { stdin: text });
    expect(notes).toEqual(['task "a": function "fetsh" has no time of its own, functions.default holds; did you mean "fetch"?']);
  });

  it("keeps the order of its parts, which decides ties", async () => {
    const parts = {
      tasks: "tasks: [{ id: a, duration: 1s }]",
      workload: "workload: { file: rows.csv }",
      generate: "generate: { kind: bag, count: 1, duration: 1s }",
    };
    for (const order of [
      ["tasks", "workload", "generate"],
      ["generate", "tasks", "workload"],
    ] as const) {
      const file = join(
        folder({
          "rows.csv": "id,duration\nr,1s\n",
          "x.yaml": ["cluster: { workers: [{ id: w }] }", ...order.map((key) => parts[key])].join("\n"),
        }),
        "x.yaml",
      );
      const { tasks } = drawWorld((await loadScenario(file)).scenario, { workload: "1", faults: "1", policy: "1" });
      const expected = { tasks: "a", workload: "r", generate: "t1" };
      expect([0, 1, 2].map((task) => nameAt(tasks.names, task))).toEqual(order.map((key) => expected[key]));
    }
  });

  it("lets tasks depend on tasks of a file, and gives rows the scheduler's retries", async () => {
    const text =
      "cluster: { workers: [{ id: w }] }\nscheduler: { retries: 2 }\nworkload: { file: rows.csv }\ntasks: [{ id: a, duration: 1s, dependencies: [r2] }]\n";
    const rows = "id,duration,function\nr1,1s,\nr2,,f\n";
    const file = join(folder({ "sub/x.yaml": `${text}functions: { f: 4s }\n`, "sub/rows.csv": rows }), "sub/x.yaml");
    const { tasks } = drawWorld((await loadScenario(file)).scenario, { workload: "1", faults: "1", policy: "1" });
    expect([...tasks.dependencies.targets]).toEqual([1]);
    expect(tasks.work.data[1]).toBe(4_000_000);
    expect(tasks.retries.data[0]).toBe(2);
  });

  it("puts drawn options and template fields where the generator finds them", () => {
    const scenario = scenarioFrom({
      cluster: { workers: [{ id: "w" }] },
      generate: { kind: "bursty", count: 5, on: "10m", interarrival: 3, duration: "1s", seed: 9, prefix: 7 },
    });
    expect(scenario.sources).toMatchObject([
      {
        kind: "generate",
        generate: {
          kind: "bursty",
          seed: "9",
          options: { count: 5, on: 600_000_000, interarrival: 3_000_000, prefix: "7" },
          template: { duration: 1_000_000 },
        },
      },
    ]);
  });
});

describe("the parts of their work of which workers tell", () => {
  const CLUSTER = { workers: [{ id: "w" }] };
  const progressOf = (progress: unknown) =>
    scenarioFrom({ cluster: CLUSTER, scheduler: { progress: progress as string } }).scheduler.liveness;

  it.each([
    ["25%", 250],
    [" 33.3 % ", 333],
    [0.25, 250],
    ["0.25", 250],
    ["0.1%", 1],
    [0.001, 1],
    ["99.9%", 999],
    ["12.56%", 126],
  ])("%j are %i thousandths, and workers have heartbeats", (given, thousandths) => {
    expect(progressOf(given)).toEqual({ ...DEFAULT_LIVENESS, progress: thousandths });
  });

  it.each(["100%", 1, 25, "0%", 0, "0.05%", -0.1, "-10%", "99.99%", "", "often", "25 percent"])("%j is refused", (given) => {
    const message = `progress ${JSON.stringify(given)} is not a part of the work from 0.1% to below 100%, such as 25% or 0.25`;
    expect(() => progressOf(given)).toThrow(message);
  });

  it.each([
    [["25%"], "is a list, not"],
    [true, "true is not"],
  ])("%j is refused", (given, message) => {
    expect(() => progressOf(given)).toThrow(`progress ${message} a part of the work, such as 25% or 0.25`);
  });

  it("are none where nothing is said: then workers have no heartbeats", () => {
    expect(progressOf(undefined)).toBeUndefined();
  });

  it("are told at their line, beside all else", async () => {
    const file = join(folder({ "told.yaml": "scheduler:\n  progress: 1.5\n  rerank: -3\ntasks: []\n" }), "told.yaml");
    const told = await faultsOf(() => loadScenario(file));
    expect(told).toMatch(/told.yaml:2:13: error: progress 1.5 is not a part of the work/);
    expect(told).toMatch(/told.yaml:3:11: error: rerank/);
  });
});

describe("where a scenario comes from", () => {
  it("is one of the bundled ones by name, from any folder", async () => {
    process.chdir(folder());
    expect(bundledScenarios().length).toBeGreaterThan(0);
    for (const name of bundledScenarios()) {
      const { scenario } = await loadScenario(name);
      expect(scenario.name).toBe(name);
      expect(drawWorld(scenario, { workload: "1", faults: "1", policy: "1" }).tasks.count).toBeGreaterThan(0);
    }
  });

  it("is a bundled one before a folder of the same name, and needs a name", async () => {
    const path = folder();
    mkdirSync(join(path, "graham-anomaly"));
    const before = process.cwd();
    process.chdir(path);
    try {
      expect((await loadScenario("graham-anomaly")).scenario.name).toBe("graham-anomaly");
      await expect(loadScenario("./graham-anomaly")).rejects.toThrow("cannot read ./graham-anomaly: it is a directory");
    } finally {
      process.chdir(before);
    }
    await expect(loadScenario("")).rejects.toThrow("the name of the scenario is empty");
    await expect(loadTrace("")).rejects.toThrow("the name of the file is empty");
  });

  it("is a file before a bundled one of the same name", async () => {
    process.chdir(folder({ "five-step-etl": "name: mine\ncluster: { workers: [{ id: w }] }\n" }));
    expect((await loadScenario("five-step-etl")).scenario.name).toBe("mine");
  });

  it("is told when it is not there, with the nearest name", async () => {
    process.chdir(folder({ "sub/log.yaml": "" }));
    expect(await faultsOf(() => loadScenario("five-step-elt"))).toContain(
      'error: "five-step-elt" is neither a file nor a bundled scenario; did you mean "five-step-etl"?',
    );
    expect(await faultsOf(() => loadScenario("sub/log.yml"))).toBe(
      'error: cannot read sub/log.yml: there is no such file; did you mean "log.yaml"?\n',
    );
    expect(await faultsOf(() => loadScenario("sub"))).toBe("error: cannot read sub: it is a directory\n");
    expect(await faultsOf(() => loadScenario("sub/log.yaml/x"))).toBe(
      "error: cannot read sub/log.yaml/x: part of its path is a file, not a directory\n",
    );
  });

  it("may be gzipped", async () => {
    const file = join(folder({ "x.yaml.gz": gzipSync(YAML) }), "x.yaml.gz");
    expect((await loadScenario(file)).scenario.name).toBe("etl");
  });

  it("may be a pipe, which can be read only once", async () => {
    const path = folder({ "jobs.csv.gz": gzipSync("id,duration\na,1s\n"), "x.json": '{"cluster": {"workers": [{"id": "w"}]}}' });
    process.chdir(path);
    for (const [file, name] of [
      ["jobs.csv.gz", "jobs"],
      ["x.json", "x"],
    ] as const) {
      execFileSync("mkfifo", [`pipe-${file}`]);
      const writer = spawn("sh", ["-c", `cat ${file} > pipe-${file}`]);
      expect((await loadScenario(`pipe-${file}`, { workers: "1cpu" })).scenario.name).toBe(`pipe-${name}`);
      writer.kill();
    }
  });

  it("is refused where it is not text", async () => {
    const path = folder({
      "x.yaml": Uint8Array.from([...Buffer.from("name: x\n"), 0xff, 0xfe]),
      "y.yaml": gzipSync(YAML).subarray(0, 100),
    });
    process.chdir(path);
    expect(await faultsOf(() => loadScenario("x.yaml"))).toMatch(/^x.yaml:2:1: error: this is not text in UTF-8\n/);
    expect(await faultsOf(() => loadScenario("y.yaml"))).toBe("error: cannot read y.yaml: its gzip data are broken or cut short\n");
  });
});

describe("a trace by itself", () => {
  const CSV = "id,duration,cpu\na,10s,1\nb,20s,2\n";

  it("is a scenario on the workers given", async () => {
    const file = join(folder({ "jobs.csv.gz": gzipSync(CSV) }), "jobs.csv.gz");
    const { scenario, notes } = await loadScenario(file, { workers: "2 x 8cpu,32GiB", set: ["scheduler.policy=sjf", "workload.limit=1"] });
    expect(scenario).toMatchObject({
      name: "jobs",
      workers: [{ id: "w-1", capacity: [8000, 2 ** 35, Infinity, Infinity] }, { id: "w-2" }],
      scheduler: { policy: { name: "sjf" } },
    });
    expect(scenario.sources).toMatchObject([{ kind: "table", table: { count: 1 } }]);
    expect(notes).toEqual(["jobs.csv.gz: the first 1 task (limit)"]);
  });

  it("needs workers where it brings none", async () => {
    expect(await faultsOf(() => loadScenario("-", { stdin: CSV }))).toMatch(/^error: there is no cluster: give .* --workers/);
    expect(await faultsOf(() => loadScenario("-", { stdin: CSV, workers: "many" }))).toMatch(
      /^error: workers "many": "many" is not understood/,
    );
  });

  it("is read as far as its limit only", async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `t${i + 1},1s,1\n`).join("");
    const file = join(folder({ "long.csv": `id,duration,cpu\n${rows}broken row\n`.padEnd(4e6, "\n") }), "long.csv");
    const { scenario } = await loadTrace(file, { workers: "1 x 1cpu", limit: 5 });
    expect(scenario.sources).toMatchObject([{ table: { count: 5 } }]);
    expect(await faultsOf(() => loadTrace(file, { workers: "1 x 1cpu" }))).toContain("long.csv:100002:1: error: this row has 1 cells");
  });

  it("says which formats there are where it is in none of them", async () => {
    expect(await faultsOf(() => loadTrace("-", { stdin: "hello", workers: "1cpu" }))).toContain(
      "the format of - is not recognised; say which it is",
    );
    expect(await faultsOf(() => loadTrace("-", { stdin: "hello", workers: "1cpu", format: "cvs" }))).toContain(
      'format "cvs" is not known; did you mean "csv"?',
    );
  });
});

describe("scenarioFrom", () => {
  const cluster = { workers: [{ id: "w" }] };

  it("names the path where there is no file", async () => {
    const input = { cluster, scheduler: { policy: "sfj" }, tasks: [{ id: "a", duration: "1x" }], extra: 1 } as unknown as ScenarioInput;
    expect(await faultsOf(() => scenarioFrom(input))).toBe(
      `error: tasks[0].duration: duration "1x" has no known unit; known are us, µs, ms, s, m, h, d
error: extra: unknown key "extra"; known are $schema, version, name, seed, seeds, cluster, scheduler, functions, checkpoint, environment, straggle, files, data, tasks, workload, generate, actions, faults, network, clients, expect, measure
error: scheduler.policy: policy "sfj" is not known; did you mean "sjf"?
`,
    );
  });

  it("reads no files, and survives what is no data", async () => {
    expect(await faultsOf(() => scenarioFrom({ cluster, workload: { file: "x.csv" } }))).toContain(
      "workload.file: a workload's file is read by loadScenario only",
    );
    expect(await faultsOf(() => scenarioFrom({ cluster, tasks: [{ id: "a", duration: () => 1 }] } as unknown as ScenarioInput))).toContain(
      "tasks[0].duration: ",
    );
    expect(await faultsOf(() => scenarioFrom(undefined as unknown as ScenarioInput))).toContain("there is no scenario");
    expect(await faultsOf(() => scenarioFrom("x" as unknown as ScenarioInput))).toContain('the text "x" is not a scenario');
  });

  it("has seeds of both kinds", async () => {
    expect(scenarioFrom({ cluster, seed: 7 }).seed).toBe(scenarioFrom({ cluster, seed: "7" }).seed);
    expect(await faultsOf(() => scenarioFrom({ cluster, seed: 2 ** 53 }))).toContain("quote it");
    expect(await faultsOf(() => scenarioFrom({ cluster, seed: 1.5 }))).toContain("quote it");
  });

  it("judges a large list of tasks within the test's time, which comparing all names with all would not", async () => {
    const tasks = Array.from({ length: 20_000 }, (_, i) => ({ id: `task-${i}`, duration: "1s", dependencies: [`taks-${i}`] }));
    expect(await faultsOf(() => scenarioFrom({ cluster, tasks }))).toContain("19980 more errors");
  });
});

describeWithData("real logs", () => {
  it("load by themselves", async () => {
    const { scenario, notes } = await loadScenario(dataPath("swf/KTH-SP2.swf.gz"));
    expect(scenario).toMatchObject({
      name: "KTH-SP2",
      workers: [{ id: "w", capacity: [100_000, Infinity, Infinity, Infinity] }],
      sources: [{ kind: "table", table: { count: 28_481 } }],
    });
    expect(notes[0]).toContain("28,481");
    const several = await faultsOf(() => loadScenario(dataPath("swf/KTH-SP2.swf.gz"), { workers: "4 x 32cpu" }));
    expect(several).toContain("a log of rigid jobs runs on one worker");
  });

  it("and so do recorded workflows, with their machines", async () => {
    const { scenario } = await loadScenario(dataPath("wfformat/montage-chameleon-dss-15d-001.json.gz"));
    expect(scenario.workers.length).toBeGreaterThan(0);
    expect(scenario.sources).toMatchObject([{ table: { count: 2122 } }]);
  });
});

describe("faults of files whose tasks are generated or read as well", () => {
  const CLUSTER = "cluster: { workers: [{ id: w }] }\n";
  const faultsIn = (text: string, files: Record<string, string> = {}) => {
    const directory = folder({ "s.yaml": CLUSTER + text, ...files });
    process.chdir(directory);
    return faultsOf(async () => drawWorld((await loadScenario("s.yaml")).scenario, { workload: "1", faults: "1", policy: "1" }));
  };

  it("names an unknown dependency at its place, with the other faults", async () => {
    const text = await faultsIn(`tasks:
  - { id: a, duration: 1, dependencies: [alhpa, t2] }
  - { id: alpha, duration: 1s, cpu: many }
generate: { kind: bag, count: 3, duration: 1 }
`);
    expect(text).toContain('s.yaml:3:42: error: task "a" depends on "alhpa", which is not a task; did you mean "alpha"?');
    expect(text).toContain("s.yaml:4:");
    expect(text).not.toContain('depends on "t2"');
  });

  it("knows the ids of generated tasks by their prefix, and how many there are when they are drawn", async () => {
    const generate =
      "generate: [{ kind: bag, count: 3, duration: 1 }, { kind: bag, count: 2, duration: 1 }, { kind: bag, prefix: x, count: 1, duration: 1 }]\n";
    const tasks = (...ids: string[]) => `tasks: [{ id: a, duration: 1, dependencies: [${ids.join(", ")}] }]\n`;
    expect(await faultsIn(tasks("t3", "t2-2", "x1") + generate)).toBe("none");
    expect(await faultsIn(tasks("t4") + generate)).toContain('task "a" depends on "t4", which is not a task');
    expect(await faultsIn(tasks("t3-1") + generate)).toContain('s.yaml:2:46: error: task "a" depends on "t3-1", which is not a task');
  });

  it("says where an id stands that a generated task has too", async () => {
    const text = await faultsIn("tasks: [{ id: t1, duration: 1 }]\ngenerate: { kind: bag, count: 3, duration: 1 }\n");
    expect(text).toMatch(/^s\.yaml:2:9: error: two tasks have the id "t1"/);
  });

  it("shows an absolute path as it is", async () => {
    expect(await faultsIn("workload: { file: /nowhere/nope.swf }\n")).toContain("cannot read /nowhere/nope.swf");
    const bad = join(folder({ "bad.csv": "id,duration\na,ten\n" }), "bad.csv");
    expect(await faultsIn(`workload: { file: ${bad} }\n`)).toMatch(new RegExp(`^${bad}:2:3: error`));
  });

  it("says the same fault of one place once", async () => {
    const text = await faultsIn("tasks: [{ id: a, duration: 1, retries: 1e99 }]\n");
    expect(text.split("\n").filter((line) => line.includes("retries 1e+99"))).toHaveLength(1);
  });
});
