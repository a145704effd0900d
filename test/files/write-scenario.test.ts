import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadScenario, scenarioFrom } from "../../src/files/load-scenario.ts";
import { bytesText } from "../../src/files/quantity-text.ts";
import { writeScenario } from "../../src/files/write-scenario.ts";
import type { NetworkSpec, Scenario, Seeds } from "../../src/model/scenario.ts";
import type { ScenarioInput } from "../../src/model/scenario-schema.ts";
import { parseBytes } from "../../src/model/units.ts";
import type { World } from "../../src/model/world.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { namesIn, outputSize } from "../../src/workload/task-files-builder.ts";
import { dataPath, describeWithData } from "../data.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();
const SEEDS: Seeds = { workload: "5", faults: "6", policy: "7" };

/** Per task, what it reads and writes by name. Files that are there from the beginning may stand in the scenario or in the table. */
function spelt({ count, files }: World["tasks"]): unknown {
  return (
    files &&
    Array.from({ length: count }, (_, task) => ({
      inputs: namesIn(files, files.inputs, task),
      outputs: namesIn(files, files.outputs, task).map((id, i) => [id, outputSize(files, task, i)]),
    }))
  );
}

/** A world as plain data, every column spelt out: how it is stored does not count, nor do positions in files. */
function plain(world: World): unknown {
  const { tasks, workers, eligibilitySets } = world;
  const tableOf = (index: { data: Float64Array; mask: number }, tables: readonly Float64Array[]) =>
    Array.from({ length: tasks.count }, (_, task) => [...(tables[index.data[task & index.mask] as number] ?? [])]);
  const perWorker = {
    timeTable: tableOf(tasks.timeTable, tasks.timeTables),
    estimateTable: tableOf(tasks.estimateTable, tasks.estimateTables),
  };
  const sets = Array.from({ length: tasks.count }, (_, task) => [
    ...(eligibilitySets[tasks.eligibility.data[task & tasks.eligibility.mask] as number] as Uint8Array),
  ]);
  return JSON.parse(
    JSON.stringify(
      {
        ...world,
        tasks: { ...tasks, ...perWorker, files: spelt(tasks), timeTables: undefined, estimateTables: undefined, eligibility: sets },
        workers,
        eligibilitySets: undefined,
        drawn: undefined,
      },
      (_key, value: unknown) => {
        if (value === Infinity) return "infinite";
        if (typeof value === "number" && Number.isNaN(value)) return "none";
        if (ArrayBuffer.isView(value)) return [...(value as Float64Array)];
        if (typeof value !== "object" || value === null) return value;
        if ("data" in value && "mask" in value) {
          const { data, mask } = value as { data: Float64Array; mask: number };
          return Array.from({ length: tasks.count }, (_, task) => data[task & mask]);
        }
        if ("runs" in value) {
          const { runs } = value as { runs: { count: number; prefix?: string; list?: string[] }[] };
          return runs.flatMap(({ count, prefix, list }) => list ?? Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`));
        }
        if ("values" in value && "indices" in value) {
          const { values, indices } = value as { values: string[]; indices: { data: Float64Array; mask: number } };
          return Array.from({ length: tasks.count }, (_, task) => values[indices.data[task & indices.mask] as number]);
        }
        return value;
      },
    ),
  );
}

async function writtenAndLoaded(scenario: Scenario, world?: World): Promise<{ again: Scenario; files: string[] }> {
  const path = folder();
  await writeScenario(join(path, "x.yaml"), scenario, { comments: ["written by a test"], ...(world && { world }) });
  const { scenario: again } = await loadScenario(join(path, "x.yaml"));
  return { again, files: readdirSync(path).sort() };
}

const text = fc.stringMatching(/^[a-z0-9 ;:#"'{-]{1,6}$/).filter((value) => value.trim() === value);
const time = fc.oneof(fc.nat(100), fc.constantFrom("1.5s", "2h", "1us", "0.000001s", "3ms"));
const amount = fc.oneof(
  time,
  fc.constantFrom<object>(
    { distribution: "uniform", min: "1ms", max: 3 },
    { distribution: "integer", min: 1, max: 3 },
    { distribution: "integer", min: "1us", max: 3 },
    { distribution: "lognormal", mean: "90s", cv: 1.5 },
    { distribution: "weibull", shape: 0.7, scale: "1h" },
    { distribution: "hyperexponential", probabilities: [0.25, 0.75], means: [1, "2s"] },
    { distribution: "empirical", values: ["1s", 2], weights: [1, 3] },
  ),
);
const duration = fc.oneof(
  { weight: 4, arbitrary: amount },
  { weight: 1, arbitrary: amount.map((value) => ({ on: { "w-2": "3s", "zone=a": value } })) },
);
/** What a task may have beyond its requests. */
const stretched = fc.constantFrom<object>(
  { cpu: { min: 0.5, max: 2 } },
  { cpu: { min: "250m", max: 2.5 }, speedup: { amdahl: 0.95 } },
  { cpu: { min: 1, max: 2 }, speedup: { table: { 0.5: 1, 1: 1.9, "1500m": 2 } } },
  { memory: { min: "512MiB", max: 3_000_000_001 }, speedup: { memory: "linear" } },
  {
    cpu: { min: 1, max: 1.001 },
    memory: { min: 1000, max: "4GiB" },
    speedup: { cpu: { amdahl: 0 }, memory: { table: { "1KiB": 0.5, 77: 0.3, "2GB": 0.5 } } },
  },
);
const fields = fc.record(
  {
    duration,
    stretched,
    function: text,
    release: amount,
    cpu: fc.constantFrom<unknown>(0, 0.5, "250m", 2, { distribution: "integer", min: 1, max: 2 }),
    memory: fc.constantFrom<unknown>(0, 1000, "512MiB", "1GB", { distribution: "uniform", min: "1MiB", max: "1GiB" }),
    disk: fc.constantFrom(0, "1TB"),
    slots: fc.constantFrom<unknown>(0, 2, { distribution: "integer", min: 0, max: 2 }),
    resources: fc.constantFrom<object>({ gpu: 0.5 }, { gpu: 1, fpga: 0 }),
    usage: fc.record(
      {
        cpu: fc.constantFrom<unknown>(0, 0.2, { distribution: "uniform", min: 0.1, max: 3 }),
        memory: fc.constantFrom<unknown>(500, { distribution: "uniform", min: "1MiB", max: "2GiB" }),
        read: fc.constantFrom<unknown>("1GiB", { distribution: "exponential", mean: "1MB" }),
        written: fc.constantFrom(0, 77),
      },
      { requiredKeys: [] },
    ),
    priority: fc.constantFrom(-1.5, 0, 3),
    weight: fc.constantFrom(0, 1, 2.5),
    retries: fc.nat(3),
    fails: fc.constantFrom<unknown>("always", [1], [2, 1], 0.5),
    failsAfter: fc.constantFrom(0.5, 1),
    estimate: amount,
    due: time,
    timeout: fc.constantFrom("10h", "2s"),
    requires: fc.constant({ zone: "a" }),
    command: text,
    stdout: fc.constantFrom("done", "{task} in {run} s\n", "{{\r\n"),
    stderr: fc.constantFrom("", ' "{reason}", '),
    job: text,
    user: text,
    queue: text,
  },
  { requiredKeys: ["duration"] },
);
const scenarios = fc
  .record({
    seed: fc.constantFrom<string | number>(7, "7", "007", "text", "1e3"),
    tasks: fc.array(fc.record({ fields, back: fc.nat(3) }), { maxLength: 6 }),
    names: fc.uniqueArray(text, { minLength: 6, maxLength: 6 }),
    generate: fc.option(fields, { nil: undefined }),
    scheduler: fc.record(
      {
        policy: fc.constantFrom<unknown>("sjf", "sjf:blocking=true", { name: "wfp3", placement: "best-fit" }),
        placement: fc.constantFrom("best-fit", "random"),
        priorityOrder: fc.constantFrom("higher-first", "lower-first"),
        retries: fc.oneof(
          fc.nat(2),
          fc.record(
            {
              max: fc.nat(2),
              elsewhere: fc.constantFrom("require", "prefer"),
              backoff: fc.record(
                { initial: time, factor: fc.constantFrom(1, 1.5), max: fc.constant("1000d"), jitter: fc.constantFrom(0, 0.25) },
                { requiredKeys: ["initial"] },
              ),
            },
            { requiredKeys: [] },
          ),
        ),
        onDependencyFailure: fc.constantFrom("skip", "fail"),
        estimates: fc.constantFrom<unknown>("user", "exact", "none", { noise: 0.3 }),
        pass: fc.constantFrom<unknown>("event", { every: "30s" }),
        decisionTime: fc.constant({ perTask: "1ms" }),
        progress: fc.constantFrom<unknown>("25%", 0.001, "33.3%"),
        rerank: fc.constant("30s"),
      },
      { requiredKeys: [] },
    ),
    expect: fc.constantFrom<object>({}, { makespan: "<= 10m", failed: 0 }),
    measure: fc.constantFrom<object>({}, { from: "10%", to: 0.9 }),
  })
  .map(({ tasks, names, generate, ...rest }): ScenarioInput => {
    if (rest.scheduler.estimates === "none") delete rest.scheduler.policy; // all of these need estimates
    const given = ({ stretched: more, ...fields }: { stretched?: object }) => ({ ...fields, ...more });
    const list = tasks.map(({ fields: own, back }, i) => ({
      id: names[i] as string,
      ...given(own),
      ...(back > 0 && i >= back && { dependencies: [names[i - back] as string] }),
    }));
    return {
      name: "round trip: #1",
      cluster: {
        workers: [
          { id: "w", count: 2, cpu: 4, memory: "8GiB", speed: 1.5, labels: { zone: "a", ssd: true }, resources: { gpu: 2 } },
          { id: "v", cpu: 2.5, slots: 6, labels: { zone: "a" }, resources: { gpu: 1, fpga: 1 } },
        ],
      },
      ...rest,
      tasks: list,
      ...(generate && { generate: [{ kind: "layered", count: 5, prefix: "generated ", ...given(generate) }] }),
    } as unknown as ScenarioInput;
  });

describe("a scenario that was written", () => {
  it("loads again to the same scenario and the same world", async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (input) => {
        const scenario = scenarioFrom(input);
        const { again } = await writtenAndLoaded(scenario);
        const comparable = (one: Scenario) => ({ ...one, sources: [] });
        expect(comparable(again)).toEqual(comparable(scenario));
        expect(plain(drawWorld(again, SEEDS))).toEqual(plain(drawWorld(scenario, SEEDS)));
      }),
      { seed: 21, numRuns: 60 },
    );
  });

  it("has the tasks of a drawn world, whatever the seed it is run with later", async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (input) => {
        const scenario = scenarioFrom({ ...input, scheduler: { ...input.scheduler, estimates: "user" } });
        const world = drawWorld(scenario, SEEDS);
        const { again } = await writtenAndLoaded(scenario, world);
        expect(plain(drawWorld(again, { workload: "other", faults: "other", policy: "other" }))).toEqual(plain(world));
      }),
      { seed: 22, numRuns: 60 },
    );
  });

  it("has more than 1,000 tasks in a table beside it", async () => {
    const cluster = { workers: [{ id: "w", cpu: 8, memory: "8GiB", resources: { gpu: 1 } }] };
    const generate = {
      kind: "layered",
      count: 1001,
      duration: { distribution: "exponential", mean: 10 },
      memory: { distribution: "uniform", min: 1, max: "1GiB" },
      resources: { gpu: { distribution: "uniform", min: 0, max: 1 } },
      fails: 0.2,
      retries: 2,
      job: 'night "run", 1',
    } as const;
    const scenario = scenarioFrom({ cluster, generate });
    const world = drawWorld(scenario, SEEDS);
    const { again, files } = await writtenAndLoaded(scenario, world);
    expect(files).toEqual(["x.tasks.csv", "x.yaml"]);
    expect(plain(drawWorld(again, SEEDS))).toEqual(plain(world));
    const spaced = scenarioFrom({ cluster, generate: { ...generate, prefix: "a task " } });
    const lines = await writtenAndLoaded(spaced, drawWorld(spaced, SEEDS));
    expect(lines.files).toEqual(["x.tasks.jsonl", "x.yaml"]);
    expect(plain(drawWorld(lines.again, SEEDS))).toEqual(plain(drawWorld(spaced, SEEDS)));
  });

  it("has elastic tasks too, also more than 1,000, and with requests that were drawn", async () => {
    const cluster = { workers: [{ id: "w", cpu: 8, memory: "8GiB" }] };
    const speedup = { cpu: { amdahl: 0.9 }, memory: { table: { "1GiB": 1, "2GiB": 1.5 } } };
    const elastic = { duration: 10, cpu: { min: 0.5, max: 4 }, memory: { min: "1GiB", max: 2_000_000_000 }, speedup };
    for (const count of [3, 1001]) {
      const drawn = { kind: "layered", count, prefix: "drawn", duration: 5, memory: { distribution: "uniform", min: 1, max: "1GiB" } };
      const scenario = scenarioFrom({ cluster, generate: [{ kind: "layered", count, ...elastic }, drawn] } as ScenarioInput);
      const world = drawWorld(scenario, SEEDS);
      expect(world.tasks.profiles.filter(({ elastic: plan }) => plan !== undefined)).toHaveLength(1);
      const { again } = await writtenAndLoaded(scenario, world);
      expect(plain(drawWorld(again, SEEDS))).toEqual(plain(world));
    }
  });

  it("has what tasks ask for and claim, also of more than 1,000", async () => {
    const cluster = { workers: [{ id: "w", cpu: 8, memory: "8GiB", resources: { gpu: 1 } }] };
    const asks = [
      { after: 0.25, cpu: 0.5, resources: { gpu: 1 } },
      { after: 0.5, cpu: 4, memory: "2GiB" },
    ];
    for (const count of [3, 1001])
      for (const claim of [undefined, { cpu: 4, memory: "3GiB", resources: { gpu: 1 } }]) {
        const asking = { kind: "layered", count, duration: 10, memory: "1GiB", asks, ...(claim !== undefined && { claim }) };
        const claiming = { kind: "bag", count, prefix: "claiming", duration: 5, claim: { disk: "1GB" } };
        const scenario = scenarioFrom({ cluster, generate: [asking, claiming], scheduler: { deadlock: "none" } } as ScenarioInput);
        const world = drawWorld(scenario, SEEDS);
        expect(world.tasks.profiles.filter((profile) => profile.asks !== undefined)).toHaveLength(2);
        const { again } = await writtenAndLoaded(scenario, world);
        expect(plain(drawWorld(again, SEEDS))).toEqual(plain(world));
        expect(again.scheduler.deadlock).toBe("none");
      }
  });

  it("reads like one that a person wrote", async () => {
    const path = folder();
    const scenario = scenarioFrom({
      name: "small",
      seed: 7,
      cluster: { workers: [{ id: "w", count: 2, cpu: 2, memory: "4GiB" }] },
      scheduler: { policy: { name: "sjf", blocking: true } },
      tasks: [
        { id: "a", duration: "1.5s", memory: "512MiB" },
        { id: "c", duration: "5s", cpu: { min: 1, max: 2 }, speedup: { amdahl: 0.9 } },
        { id: "d", duration: "5s", memory: { min: "1GiB", max: "2GiB" }, speedup: { memory: { table: { "1GiB": 1, "2GiB": 1.5 } } } },
        { id: "e", duration: "5s", asks: [{ after: 0.5, memory: "1GiB" }], claim: { memory: "2GiB" } },
        { id: "b", duration: { distribution: "lognormal", mean: "90s", cv: 1.5 }, dependencies: ["a"], fails: [1, 2] },
      ],
      expect: { makespan: "<= 10m" },
    });
    expect(await writeScenario(join(path, "small.yaml"), scenario, { comments: ["two tasks"] })).toEqual([join(path, "small.yaml")]);
    expect(readFileSync(join(path, "small.yaml"), "utf8")).toBe(`# two tasks
version: 1
name: small
seed: 7
cluster:
  workers:
    - { id: w, count: 2, cpu: 2, memory: 4GiB }
scheduler:
  policy:
    name: sjf
    blocking: true
tasks:
  - { id: a, duration: 1.5s, memory: 512MiB }
  - { id: c, duration: 5s, cpu: { min: 1, max: 2 }, speedup: { amdahl: 0.9 } }
  - { id: d, duration: 5s, memory: { min: 1GiB, max: 2GiB }, speedup: { memory: { table: { 1GiB: 1, 2GiB: 1.5 } } } }
  - { id: e, duration: 5s, asks: [ { after: 0.5, memory: 1GiB } ], claim: { memory: 2GiB } }
  - { id: b, duration: { distribution: lognormal, mean: 90s, cv: 1.5 }, fails: [ 1, 2 ], dependencies: [ a ] }
expect:
  makespan_s: <= 10m
`);
  });
});

describe("sizes as text", () => {
  it("are read as the same number of bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.maxSafeNat(),
          fc.nat(5000).map((n) => n * 2 ** 20),
          fc.nat(4).map((n) => 1024 ** n),
        ),
        (bytes) => {
          expect(parseBytes(bytesText(bytes))).toBe(bytes);
        },
      ),
      { seed: 23, numRuns: 500 },
    );
    expect([0, 1000, 1024, 1536, 2 ** 30, 3 * 2 ** 40, 2 ** 50].map(bytesText)).toEqual([0, 1000, "1KiB", 1536, "1GiB", "3TiB", "1024TiB"]);
  });
});

describeWithData("an imported log", () => {
  it("is the same log when it was written and loaded", async () => {
    const { scenario } = await loadScenario(dataPath("swf/NASA-iPSC-1993-3.1-cln.swf.gz"));
    const { again, files } = await writtenAndLoaded(scenario);
    expect(files).toEqual(["x.tasks.csv", "x.yaml"]);
    expect(plain(drawWorld(again, SEEDS))).toEqual(plain(drawWorld(scenario, SEEDS)));
  });

  it("and so are workflows", async () => {
    for (const name of ["epigenomics-chameleon-hep-1seq-100k-001.json", "montage-chameleon-dss-15d-001.json.gz"]) {
      const { scenario } = await loadScenario(dataPath(`wfformat/${name}`));
      const { again } = await writtenAndLoaded(scenario);
      expect(plain(drawWorld(again, SEEDS))).toEqual(plain(drawWorld(scenario, SEEDS)));
      const slow: NetworkSpec = { links: [], detail: "folded", inFlight: "drop", bandwidth: 125e6 };
      const world = drawWorld({ ...scenario, network: slow }, SEEDS);
      expect(world.data?.files.count).toBeGreaterThan(40);
      expect(plain(drawWorld({ ...again, network: slow }, SEEDS))).toEqual(plain(world));
    }
  });
});
