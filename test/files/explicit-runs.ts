// Runs a scenario, writes it explicitly, reads what was written and runs that.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CellOptions, runCell } from "../../src/experiment/run-cell.ts";
import { explicitFiles } from "../../src/files/explicit-scenario.ts";
import { registeredPolicy } from "../../src/files/load-policy.ts";
import { loadScenario } from "../../src/files/load-scenario.ts";
import { seedsOf } from "../../src/library/seeds.ts";
import { RUN_COLUMNS } from "../../src/metrics/run-summary.ts";
import type { Scenario, Seeds } from "../../src/model/scenario.ts";
import type { PolicySpec } from "../../src/model/settings.ts";
import { csvChunks } from "../../src/report/csv.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();

/** What is the same of two runs: all that runs.csv has, the digest with it, and how it ended. */
function outcome(scenario: Scenario, roots: Seeds, text: string, spec: PolicySpec) {
  const world = drawWorld(scenario, roots);
  const policy = registeredPolicy(spec, ".");
  const options: CellOptions = { scenario, world, seeds: roots, seed: text, spec, policy, limits: { maxEvents: 2000 } };
  const { run, summary } = runCell(options);
  return { world, ending: run.ending, row: [...csvChunks(RUN_COLUMNS, [summary])].join("") };
}

/** Both runs, and the text of what was written. */
export async function runTwice(name: string, scenario: Scenario, seeds: Seeds, spec: PolicySpec) {
  const { seed: whole, text } = { seed: seeds.workload, text: seedsOf({ seed: seeds.workload, seeds }, scenario).text };
  const first = outcome(scenario, seeds, text, spec);
  const files = explicitFiles(name, { scenario, world: first.world, seeds, seed: whole, spec }, first.ending.time, ["a comment"]);
  const path = folder();
  for (const file of files) writeFileSync(join(path, file.name), [...file.parts].join(""));
  const { scenario: again } = await loadScenario(join(path, name));
  const drawn = seedsOf({}, again);
  const second = outcome(again, drawn.roots, drawn.text, again.scheduler.policy);
  return { first, second, text: readFileSync(join(path, name), "utf8") };
}
