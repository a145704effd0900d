// One measurement in a process of its own: `node measure.mjs KIND POLICY SIZE` prints {"seconds", "cpu"} of the simulation
// alone and {"rss"} of the whole process as JSON. The digest is on, the trace is not stored.
import { readFileSync } from "node:fs";
import { DEFAULT_SETTINGS, parsePolicySpec } from "../../dist/model/settings.js";
import { policyNamed } from "../../dist/policies/index.js";
import { simulate } from "../../dist/simulation.js";
import { scenarioOf, shuffleIn } from "./worlds.mjs";
import { yardstick } from "./yardstick.mjs";

const [kind, subject, size] = process.argv.slice(2);
const result =
  kind === "yardstick" ? { cpu: yardstick() } : kind === "swf" ? await importLog(subject) : await run(kind, subject, Number(size));
const rss = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ ...result, rss }));

async function run(kind, policyText, count) {
  const { scenarioFrom } = await import("../../dist/files/load-scenario.js");
  const { drawWorld } = await import("../../dist/workload/draw-world.js");
  const seeds = { workload: "1", faults: "1", policy: "1" };
  const scenario = scenarioFrom(scenarioOf(kind, count));
  const drawn = drawWorld(scenario, seeds);
  const world = policyText === "fcfs" ? drawn : shuffleIn(drawn, kind);
  const spec = parsePolicySpec(policyText);
  const { liveness, replication } = scenario.scheduler;
  const settings = { ...DEFAULT_SETTINGS, liveness, ...(replication && { replication }), policy: spec };
  return timed(() => {
    const { ending, digest } = simulate({ world, settings, policy: policyNamed(spec.name), seeds });
    if (ending.kind !== "complete") throw new Error(ending.message);
    return digest;
  });
}

async function importLog(file) {
  const { gunzipSync } = await import("node:zlib");
  const { IMPORTERS } = await import("../../dist/workload/importers/index.js");
  const swf = IMPORTERS.find((importer) => importer.name === "swf");
  return timed(() => {
    const session = swf.open({ file, dimensions: ["cpu", "memory", "disk", "slots"], scale: 1 });
    session.write(gunzipSync(readFileSync(file)).toString("latin1"));
    return session.finish().table.count;
  });
}

function timed(work) {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  const result = work();
  const seconds = (performance.now() - before) / 1e3;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpu: (user + system) / 1e6, result };
}
