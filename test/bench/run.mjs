// npm run bench: speed and memory as a table in Markdown. Every case runs in a process of its own, in turn with the yardstick,
// and the median counts. `--quick` runs a tenth of the size only, `--repeat N` sets how often (5), `--only simulation` (import,
// start, compare) runs one part. Build first: it measures dist/.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { scenarioOf } from "./worlds.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const cli = resolve(here, "../../dist/cli/main.js");
const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, repeat: { type: "string", default: "5" }, only: { type: "string" } },
});
const repeats = Math.max(1, Number(values.repeat));
const full = values.quick ? 100_000 : 1_000_000;

if (!existsSync(cli)) {
  console.error("dist/ is not built: run `npm run build` first");
  process.exit(2);
}
console.log(`Node ${process.versions.node}, median of ${repeats}; cpu/yardstick: CPU time over that of a million heap pushes and pops\n`);
const parts = { simulation: simulations, import: importing, start: startUp, compare: parallelRuns };
for (const [name, part] of Object.entries(parts)) if (values.only === undefined || values.only === name) part();

function simulations() {
  const cases = [
    ["bag", "fcfs"],
    ["layered", "fcfs"],
    ["failing", "fcfs"],
    ["failing-messages", "fcfs"],
    ["failing-network", "fcfs"],
    ["files", "fcfs", full / 10],
    ["files-fair", "fcfs", full / 10],
    ["replicas", "fcfs", full / 10],
  ];
  for (const kind of ["bag", "opposed"]) for (const policy of ["first-fit", "priority", "sjf", "wfp3"]) cases.push([kind, policy]);
  const rows = cases.map(([kind, policy, size = full]) => {
    const runs = [];
    const tenths = [];
    const yards = [];
    for (let round = 0; round < repeats; round++) {
      yards.push(measure("yardstick").cpu);
      runs.push(measure(kind, policy, size));
      if (!values.quick) tenths.push(measure(kind, policy, size / 10));
    }
    const cpu = median(runs.map((run) => run.cpu));
    return [
      kind,
      policy,
      size.toLocaleString("en"),
      median(runs.map((run) => run.seconds)).toFixed(2),
      cpu.toFixed(2),
      (cpu / median(yards)).toFixed(1),
      Math.round(median(runs.map((run) => run.rss)) / 1e6),
      values.quick ? "" : (cpu / median(tenths.map((run) => run.cpu))).toFixed(1),
    ];
  });
  table("Simulation, 1,000 workers", ["world", "policy", "tasks", "seconds", "CPU s", "cpu/yardstick", "process MB", "× a tenth"], rows);
}

function importing() {
  const log = resolve(here, "../..", process.env.MAKESPAN_DATA ?? "../shared/data", "swf/KTH-SP2.swf.gz");
  if (!existsSync(log)) return console.log("Import: no KTH-SP2.swf.gz under MAKESPAN_DATA, left out\n");
  const runs = repeated(() => measure("swf", log));
  const row = [
    runs[0].result.toLocaleString("en"),
    median(runs.map((run) => run.seconds)).toFixed(2),
    Math.round(median(runs.map((run) => run.rss)) / 1e6),
  ];
  return table("Import of KTH-SP2.swf.gz", ["jobs", "seconds", "process MB"], [row]);
}

function startUp() {
  const bare = median(repeated(() => wall(process.execPath, ["-e", "0"])));
  const version = median(repeated(() => wall(process.execPath, [cli, "--version"])));
  table(
    "Start",
    ["command", "seconds"],
    [
      ["node -e 0", bare.toFixed(3)],
      ["makespan --version", version.toFixed(3)],
    ],
  );
}

function hasTaskset() {
  return spawnSync("taskset", ["-c", "0", "true"]).status === 0;
}

function parallelRuns() {
  const folder = mkdtempSync(join(tmpdir(), "makespan-bench-"));
  try {
    const file = join(folder, "bag.json");
    writeFileSync(file, JSON.stringify(scenarioOf("bag", values.quick ? 15_000 : 150_000)));
    const policies = "fcfs,first-fit,sjf,ljf,random,wfp3,unicep,f1,dispatch-random,dispatch-pow2";
    const words = [cli, "compare", file, "--policies", policies, "--seeds", "1..30", "--out", join(folder, "out")];
    const compare = (jobs, pinned = []) => {
      const [command, ...rest] = [...pinned, process.execPath, ...words, "--jobs", String(jobs)];
      return median(repeated(() => wall(command, rest), Math.min(repeats, 3)));
    };
    // One job compiles and collects garbage on other cores too: held to one core it shows what that core can do.
    const onOneCore = hasTaskset() ? [["1, on one core", compare(1, ["taskset", "-c", "0"])]] : [];
    const rows = [...onOneCore, ["1", compare(1)], ["2", compare(2)]];
    table(
      `compare, 30 seeds × 10 policies, ${values.quick ? "15,000" : "150,000"} tasks each`,
      ["jobs", "seconds", "speed"],
      rows.map(([jobs, seconds]) => [jobs, seconds.toFixed(2), (rows[0][1] / seconds).toFixed(2)]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(...args) {
  return JSON.parse(
    execFileSync(process.execPath, [join(here, "measure.mjs"), ...args.map(String)], { encoding: "utf8", maxBuffer: 1 << 20 }),
  );
}

function wall(command, args) {
  const before = performance.now();
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  return (performance.now() - before) / 1e3;
}

function repeated(run, times = repeats) {
  return Array.from({ length: times }, run);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function table(title, head, rows) {
  const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  console.log(`### ${title}\n\n${lines.join("\n")}\n`);
}
