// A scheduler of several replicas in scenario files: what is read is written again, and a run that is spelt out is the same run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { defineScenario, loadScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { writeScenario } from "../../src/files/write-scenario.ts";

const folder = mkdtempSync(join(tmpdir(), "makespan-replicas-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GIVEN: ScenarioInput = {
  name: "given",
  cluster: { workers: [{ id: "w", count: 2 }] },
  scheduler: {
    replicas: {
      count: 5,
      electionTimeout: { from: "300ms", to: "1s" },
      heartbeat: "20ms",
      sync: "2ms",
      latency: { distribution: "uniform", min: "1ms", max: "3ms" },
      loss: 0.01,
      duplicate: 0.02,
      reorder: true,
      preVote: false,
      batch: 10,
      pipeline: 3,
      snapshotEvery: 7,
      drift: 0.001,
    },
  },
  tasks: Array.from({ length: 12 }, (_, i) => ({ id: `t${i}`, duration: "3s" })),
  faults: [
    { kind: "crash", replica: "leader", mtbf: "6s", mttr: "1s" },
    { kind: "partition", replica: "r-5", direction: "from-worker", at: "2s", for: "1s" },
    { kind: "slow", replica: "r-2", speed: 0.1, at: "3s" },
    { kind: "pause", replica: "leader", at: "4s", for: "2s" },
  ],
};

test("what is read is written again", async () => {
  const scenario = defineScenario(GIVEN);
  const path = join(folder, "again.yaml");
  await writeScenario(path, scenario);
  const again = await loadScenario(path);
  expect(again.scheduler.replication).toEqual(scenario.scheduler.replication);
  for (const seed of ["1", "2"]) expect(simulate(again, { seed }).digest).toBe(simulate(scenario, { seed }).digest);
});

test("defaults follow the election timeout", () => {
  const { replication } = defineScenario({
    ...GIVEN,
    faults: [],
    scheduler: { replicas: { count: 3, electionTimeout: { from: "5s" } } },
  }).scheduler;
  expect([replication?.electionTimeout, replication?.heartbeat]).toEqual([{ least: 5_000_000, most: 10_000_000 }, 500_000]);
});
