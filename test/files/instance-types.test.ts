// Instance types from a catalogue: what workers and pools take from theirs, and what is wrong with one.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadScenario } from "../../src/files/load-scenario.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, simulate } from "../../src/index.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();
const BUNDLED = fileURLToPath(new URL("../../scenarios/catalogue/instance-types.yaml", import.meta.url));

function written(cluster: string, more: Record<string, string> = {}): string {
  const directory = folder();
  mkdirSync(join(directory, "sub"));
  for (const [name, text] of Object.entries({ ...more, "s.yaml": `version: 1\ncluster:\n${cluster}\ntasks: [{ id: a, duration: 1s }]\n` }))
    writeFileSync(join(directory, name), text);
  return join(directory, "s.yaml");
}

const messagesOf = (cluster: string, more: Record<string, string> = {}): Promise<string[]> =>
  loadScenario(written(cluster, more)).then(
    () => [],
    (error: { faults: { message: string }[] }) => error.faults.map(({ message }) => message),
  );

describe("the bundled catalogue", () => {
  const types = parse(readFileSync(BUNDLED, "utf8")) as Record<string, unknown>;

  test("says that its prices are examples, and has some of each provider, all of which can be used", async () => {
    expect(readFileSync(BUNDLED, "utf8")).toMatch(/prices are examples/);
    const names = Object.keys(types);
    for (const own of [/^[cmrp]\d\./, /^Standard_/, /^[cen]2-/])
      expect(names.filter((name) => own.test(name)).length).toBeGreaterThanOrEqual(4);
    const cluster = `  workers:\n${names.map((name, i) => `    - { id: w${i}, type: ${name} }`).join("\n")}`;
    const { scenario } = await loadScenario(written(cluster));
    for (const { price = 0, watts } of scenario.workers) {
      expect(price).toBeGreaterThan(0);
      expect(watts?.busy).toBeGreaterThan(watts?.idle ?? Number.POSITIVE_INFINITY);
    }
  });

  test("gives what a worker, a pool or one that joins does not say itself; also to values", () => {
    const scenario = defineScenario({
      cluster: {
        workers: [{ id: "w", type: "m5.xlarge", memory: "1GiB" }],
        pools: [{ id: "p", type: "p3.2xlarge", price: 1, max: 2 }],
      },
      actions: [{ at: "1s", join: { id: "n", type: "c5.xlarge" } }],
      tasks: [{ id: "a", duration: "1s" }],
    });
    const gib = 2 ** 30;
    expect(scenario.workers.map(({ id, capacity, price }) => [id, capacity[0], capacity[1], capacity[4], price])).toEqual([
      ["w", 4000, gib, 0, 192_000],
      ["p-1", 8000, 61 * gib, 1000, 1_000_000],
      ["p-2", 8000, 61 * gib, 1000, 1_000_000],
    ]);
    expect(scenario.actions?.[0]).toMatchObject({ join: [{ id: "n", price: 170_000, watts: { idle: 10_000, busy: 38_000 } }] });
  });
});

describe("a catalogue of one's own", () => {
  const OWN = "tiny: { cpu: 0.5, price: 0.01 }\n";

  test("is read from the scenario's folder, in the place of the bundled one", async () => {
    const { scenario, files } = await loadScenario(
      written("  catalogue: ./types.yaml\n  workers: [{ id: w, type: tiny, cpu: 1 }]", { "types.yaml": OWN }),
    );
    expect(scenario.workers[0]).toMatchObject({
      capacity: [1000, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      price: 10_000,
    });
    expect(files.some((file) => file.endsWith("types.yaml"))).toBe(true);
    const cluster = "  catalogue: ./types.yaml\n  pools: [{ id: p, type: m5.xlarge, max: 1 }]";
    expect(await messagesOf(cluster, { "types.yaml": OWN })).toEqual(['no instance type "m5.xlarge" is in the catalogue; known are tiny']);
  });

  test("has nothing else wrong with a worker whose type is not known", async () => {
    const cluster = "  workers: [{ id: w, type: m5.xlrge }]";
    const path = written(cluster);
    writeFileSync(path, readFileSync(path, "utf8").replace("duration: 1s", "duration: 1s, cpu: 6, memory: 1TiB"));
    await expect(loadScenario(path)).rejects.toThrow('no instance type "m5.xlrge" is in the catalogue; did you mean "m5.xlarge"?');
  });

  test("is told what is wrong with it, where it stands", async () => {
    const cluster = "  catalogue: ./types.yaml\n  workers: [{ id: w, type: a }]";
    expect(await messagesOf(cluster, { "types.yaml": "a: { cpu: 4, prize: 3 }\n" })).toEqual([
      'unknown key "prize"; did you mean "price"?',
    ]);
    expect(await messagesOf(cluster, { "types.yaml": "a: { cpu: lots }\n" })).toEqual([expect.stringContaining('cpu "lots"')]);
    expect(await messagesOf(cluster, { "types.yaml": "- a\n" })).toEqual(["a catalogue is a map of instance types by name"]);
    expect(await messagesOf(cluster)).toEqual([expect.stringContaining("there is no such file")]);
    expect(() => defineScenario({ cluster: { catalogue: "x.yaml", workers: [{ id: "w", type: "a" }] } })).toThrow(
      "a catalogue is read by loadScenario only",
    );
  });
});

describe("pools and prices that are written", () => {
  test("load again to the same, and run the same", async () => {
    const scenario = defineScenario({
      name: "pools",
      seed: 5,
      cluster: {
        workers: [
          { id: "w", count: 2, type: "m5.xlarge" },
          { id: "v", cpu: 2 },
        ],
        pools: [
          { id: "p", type: "c5.xlarge", min: 1, max: 3, boot: "5s", spot: { mtbf: "2m", notice: "3s" } },
          { id: "q", cpu: 2, max: 2, labels: { zone: "z" } },
        ],
        autoscaler: "target-wait:wait=90s:interval=7s",
        billing: { minimum: "10s" },
      },
      generate: { kind: "bag", count: 60, duration: { distribution: "exponential", mean: "60s" } },
    });
    const [file] = scenarioFiles("again.yaml", scenario);
    const path = written("  workers: [{ id: x }]", { "again.yaml": [...(file?.parts ?? [])].join("") });
    const { scenario: again } = await loadScenario(join(path, "..", "again.yaml"));
    expect(again.workers).toEqual(scenario.workers);
    expect(again.cloud).toEqual(scenario.cloud);
    expect(again.billingMinimum).toBe(10_000_000);
    expect(simulate(again).digest).toBe(simulate(scenario).digest);
    expect(simulate(again).summary).toEqual(simulate(scenario).summary);
  });
});
