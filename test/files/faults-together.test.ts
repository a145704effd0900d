// Faults do not hide one another: what is said of each alone is said of any two in one scenario.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { loadScenario } from "../../src/files/load-scenario.ts";
import { rootSeeds } from "../../src/engine/random.ts";
import { InputError } from "../../src/model/errors.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { runsOfEach } from "../fuzz-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "makespan-faults-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "good.csv"), "id,duration\ncsv-1,3\n");
writeFileSync(join(folder, "bad.csv"), "id,duration\ncsv-1,3\ncsv-2,ten\n");

/** A sound scenario with every part that can be wrong. */
function sound(): Record<string, unknown> {
  return {
    version: 1,
    seed: 3,
    cluster: {
      workers: [
        { id: "w", count: 2, cpu: 2, memory: "4GiB", labels: { zone: "a" }, resources: { gpu: 1 } },
        { id: "v", cpu: 1, memory: "1GiB", speed: 2 },
      ],
    },
    scheduler: {
      policy: { name: "expression", rank: "estimate" },
      retries: { max: 2, backoff: { initial: "1s", max: "4s" } },
      heartbeat: { interval: "1s", timeout: "5s" },
      drift: 0.05,
      progress: 0.1,
      decisionTime: { perPass: "1ms" },
    },
    functions: { fetch: "3s", default: "2s" },
    tasks: [
      { id: "a", duration: "3s" },
      { id: "b", duration: "4s", dependencies: ["a"] },
      { id: "c", function: "fetch", dependencies: ["b"], cpu: 2 },
      { id: "d", duration: { on: { v: "3s", "zone=a": "5s" } }, requires: { zone: "a" }, resources: { gpu: 1 } },
      { id: "e", duration: "1s", estimate: "2s", due: "9s", timeout: "8s", fails: 0.2 },
    ],
    workload: [{ file: "good.csv" }],
    generate: [
      { kind: "layered", count: 5, width: 2, degree: 1, duration: "2s", prefix: "g" },
      { kind: "bag", count: 4, duration: { distribution: "uniform", min: "1s", max: "2s" }, prefix: "h" },
    ],
    actions: [
      { at: "3s", cancel: "e" },
      { at: "4s", set: { task: "b", priority: 2 } },
      { at: "5s", join: { id: "j", cpu: 4, memory: "4GiB" } },
      { at: "9s", leave: "v", limit: "1s" },
    ],
    faults: [
      { kind: "crash", worker: "w-1", at: "2s", restart: "1s" },
      { kind: "pause", mtbf: "100s", mttr: "1s", distribution: "weibull", shape: 1.5 },
      { kind: "slow", where: { zone: "a" }, at: "3s", speed: 0.5 },
      { kind: "grow", worker: "w-2", at: "4s", for: "2s", cpu: 3, resources: { gpu: 2 } },
      { kind: "flapping", worker: "its", when: { task: "a", progress: 0.5 }, for: "9s", down: "1s", up: "2s" },
      { kind: "shrink", where: { zone: "a" }, at: "5s", for: "1s", memory: "2GiB" },
      { kind: "crash", mtbf: "90s", permanent: true, loses: "disk" },
      { kind: "clock-drift", worker: "v", at: "1s", for: "9s", drift: -0.05 },
    ],
    network: { latency: "0ms", links: [{ worker: "w-1", loss: 0 }] },
    expect: { makespan: "<= 10m" },
    measure: { from: "10%", to: "90%" },
  };
}

type Path = (string | number)[];
type Change = [path: Path, value: unknown];

/** Each a change that makes one fault. The path with undefined takes a key out. */
const CHANGES: Change[] = [
  [["version"], 2],
  [["sede"], 4],
  [["seed"], 2 ** 60],
  [["cluster", "workers", 0, "cpu"], "2 x"],
  [["cluster", "workers", 0, "speed"], -1],
  [["cluster", "workers", 1, "memory"], "1e99GiB"],
  [["cluster", "workers", 1, "labls"], { a: 1 }],
  [["cluster", "workers", 2], { id: "v", memory: "1GiB" }],
  [["scheduler", "policy", "name"], "exprssion"],
  [["scheduler", "policy", "blocking"], "ja"],
  [["scheduler", "policy", "alpha"], 3],
  [["scheduler", "policy", "rank"], "estmate + 1"],
  [["scheduler", "placement"], "best"],
  [["scheduler", "retries", "max"], -1],
  [["scheduler", "retries", "backoff", "factor"], 0],
  [["scheduler", "retries", "backoff", "max"], "100ms"],
  [["scheduler", "heartbeat", "interval"], "0s"],
  [["scheduler", "heartbeat", "detector2"], 1],
  [["scheduler", "lease"], "1 x"],
  [["scheduler", "drift"], 1],
  [["scheduler", "progress"], "100%"],
  [["scheduler", "decisionTime", "perTask"], "ms"],
  [["scheduler", "pass"], { every: "0s" }],
  [["functions", "fetch"], "x"],
  [["functions", "default"], 1e300],
  [["tasks", 0, "duration"], "3 x"],
  [["tasks", 0, "cpu"], 50],
  [["tasks", 0, "memory"], "99GiB"],
  [["tasks", 1, "dependencies"], ["nobody"]],
  [["tasks", 1, "duratoin"], 3],
  [["tasks", 2, "dependencies"], ["c"]],
  [["tasks", 3, "requires", "zone"], "q"],
  [["tasks", 3, "resources", "fpga"], 1],
  [["tasks", 3, "slots"], 1.5],
  [["tasks", 4, "timeout"], 0],
  [["tasks", 4, "fails"], 2],
  [["tasks", 4, "due"], { distribution: "uniform", min: 3, max: 1 }],
  [["tasks", 4, "retries"], "many"],
  [["tasks", 5], { id: "a", duration: 1 }],
  [["tasks", 6], { id: "g3", duration: 1 }],
  [["tasks", 7], { id: "csv-1", duration: 1 }],
  [["tasks", 8], { duration: 1, cpu: 70 }],
  [["workload", 1], { file: "bad.csv" }],
  [["workload", 2], { file: "missing.csv" }],
  [["workload", 3], { file: "good.csv", format: "cvs" }],
  [["workload", 4], { file: 7, scale: -1 }],
  [["generate", 0, "kind"], "layred"],
  [["generate", 0, "count"], -5],
  [["generate", 0, "width"], 2.5],
  [["generate", 0, "degre"], 3],
  [["generate", 0, "cpu"], 60],
  [["generate", 1, "prefix"], "g"],
  [["generate", 1, "duration", "min"], "9s"],
  [["generate", 2], { kind: "heap of tasks", count: -3, duration: "1s", prefix: "x" }],
  [["actions", 0, "at"], "3 x"],
  [["actions", 0, "cancel"], "nobody"],
  [["actions", 1, "set", "task"], "noone"],
  [["actions", 1, "set", "priority"], "high"],
  [["actions", 2, "join", "cpu"], "4 x"],
  [["actions", 2, "join", "id"], "v"],
  [["actions", 3, "leave"], "w-9"],
  [["actions", 3, "limit"], "x"],
  [["faults", 0, "kind"], "crsh"],
  [["faults", 0, "worker"], "w-9"],
  [["faults", 0, "at"], "2 x"],
  [["faults", 1, "shape"], undefined],
  [["faults", 1, "mttr"], "x"],
  [["faults", 1, "distribution"], "wiebull"],
  [["faults", 2, "where", "zone"], "q"],
  [["faults", 2, "speed"], 7],
  [["faults", 3, "cpu"], "3 x"],
  [["faults", 3, "resources", "gpus"], 1],
  [["faults", 3, "resources"], { gpu: -1 }],
  [["faults", 3, "loses"], "disk"],
  [["faults", 4, "when", "task"], "nobody"],
  [["faults", 4, "when", "progress"], 1],
  [["faults", 4, "when"], undefined],
  [["faults", 4, "up"], undefined],
  [["faults", 4, "down"], "0s"],
  [["faults", 5, "memory"], "64GiB"],
  [["faults", 5, "cup"], 1],
  [["faults", 6, "permanent"], "yes"],
  [["faults", 6, "loses"], "memory"],
  [["faults", 6, "mttr"], "1s"],
  [["faults", 7, "drift"], -1],
  [["faults", 8], { trace: "missing-trace.csv" }],
  [["faults", 9], { kind: "message-los", probability: 7, worker: "w-1", at: "1s" }],
  [["faults", 10], { kind: "poison-tsk", task: "nobody" }],
  [["network", "latency"], "2 x"],
  [["network", "loss"], 2],
  [["network", "links", 0, "worker"], "w-9"],
  [["network", "links", 0, "reordr"], true],
  [["faults", 1, "per"], "rck"],
  [["tasks", 0, "slots"], 0.5],
  [["tasks", 4, "estimate"], { fctor: 2 }],
  [["expect", "makspan"], "<= 3"],
  [["measure", "from"], "95%"],
  [["versoin"], 1],
  [["cluster", "workers", 0, "memroy"], "1GiB"],
  [["cluster", "workers", 0, "labels", "zone"], ["a"]],
  [["scheduler", "estimates"], "none"],
  [["scheduler", "policy"], "sfj:blocking=maybe:placement=bestfit:foo=1"],
  [["scheduler", "policy"], { name: "fixed-order" }],
  [["scheduler", "policy"], "srpt"],
  [["scheduler", "policy"], { name: "time-slice", quantum: "3q" }],
  [["tasks", 0, "dependencies"], ["g99"]],
  [["tasks", 1, "resources"], { cpu: 1, gpu: -2 }],
  [["tasks", 3, "duration", "on"], { v: "1q", x: "3s", "zone=a": "5s" }],
  [["tasks", 0, "release"], { distribution: "lognorm", mean: "3q", cv: -1, x: 3 }],
  [["tasks", 9], { idd: "m", duration: 1, dependencies: ["zz"] }],
  [["tasks", 10], { id: "n", duration: 1, cpu: { distribution: "uniform", min: 1, max: 99999 } }],
  [["generate", 3], { kind: "poisson", utilisation: 0.5, interarrival: "1s", duration: "1s", prefix: "p" }],
  [["generate", 4], { kind: "bag", count: 1_000_000_000, duration: "1s", prefix: "q" }],
  [["generate", 5], { kind: "heap of tasks", seed: 0.5, duration: "1s", prefix: "r" }],
  [["actions", 4], null],
  [["actions", 5], { at: "1s", cancel: "g99" }],
  [["faults", 4], { worker: "zz", at: "1s" }],
  [["faults", 5], { trace: 3 }],
];

function changed(changes: readonly Change[]): Record<string, unknown> {
  const root = sound();
  for (const [path, value] of changes) {
    let at = root as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
    const last = path.at(-1) as string | number;
    if (value === undefined) delete at[last];
    else if (Array.isArray(at)) at.push(value);
    else at[last] = value;
  }
  return root;
}

async function messagesOf(changes: readonly Change[], behind?: string): Promise<string[]> {
  const file = join(folder, behind === undefined ? "scenario.json" : "scenario.yaml"); // JSON is read faster
  const value = changed(changes);
  writeFileSync(file, behind === undefined ? JSON.stringify(value) : stringify(value) + behind);
  try {
    const { scenario } = await loadScenario(file);
    drawWorld(scenario, rootSeeds(scenario.seed ?? "1"));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.faults.map(({ message }) => message.replaceAll(`${folder}/`, ""));
  }
  return [];
}

const nameOf = ([path, value]: Change) => `${path.join(".")} = ${JSON.stringify(value)}`;

/** Whether one change takes away what the other is about: the same key, or the value around it. */
function exclude([one]: Change, [other]: Change): boolean {
  const shorter = one.length < other.length ? one : other;
  const longer = shorter === one ? other : one;
  return shorter.every((key, i) => key === longer[i]);
}

/**
 * Pairs of which the one leaves open whether the other is wrong, or what it is about: a size that cannot be read may be large enough,
 * another policy needs something else.
 */
const OPEN: readonly (readonly [RegExp, RegExp])[] = [
  [/^cluster.workers.0.cpu|^actions.2.join.cpu|^actions.2.join.id/, /^tasks.[08].*cpu|^generate.0.cpu|^tasks.8/],
  [/^cluster.workers.1.memory/, /^tasks.0.memory/],
  [/^cluster|^actions.2.join/, /^faults.5.memory/], // what a worker has then
  [/^faults.3.cpu/, /^tasks.[08].*cpu|^generate.0.cpu|^tasks.(8|10)/],
  [/^faults.6.permanent/, /^faults.6.mttr/],
  [/^faults.1.distribution/, /^faults.1.shape/],
  [/^generate.0.(kind|count|width|degre)/, /^tasks.6|g99/],
  [/^seed|^cluster.workers.0.cpu|^actions.2.join.(cpu|id)/, /^tasks.10/],
  [/^cluster.workers.0.labels/, /^tasks.3.requires|^faults.2.where/],
  [/^scheduler.policy =|^scheduler.policy.rank/, /^scheduler.estimates/],
  [/^actions.4 = null/, /^actions.5/],
];

function isOpen(one: Change, other: Change): boolean {
  const [a, b] = [nameOf(one), nameOf(other)];
  return OPEN.some(([x, y]) => (x.test(a) && y.test(b)) || (x.test(b) && y.test(a)));
}

/** Of the pairs, each third, unless the environment asks for all cases that there are; each change is in some of them. */
const isTried = (number: number) => number % 3 < runsOfEach(3);

describe("faults told together", () => {
  it("the scenario without changes has none", async () => {
    expect(await messagesOf([])).toEqual([]);
  });

  it("a key that is given twice", async () => {
    for (const change of CHANGES) {
      const together = await messagesOf([change], "name: one\nname: two\n");
      expect([...together].sort()).toEqual([...(await messagesOf([change])), 'key "name" is given twice'].sort());
    }
  });

  const alone: string[][] = [];
  it("each alone", async () => {
    for (const change of CHANGES) alone.push(await messagesOf([change]));
    for (const [i, messages] of alone.entries()) expect(messages, nameOf(CHANGES[i] as Change)).not.toEqual([]);
  });

  for (const [i, one] of CHANGES.entries()) {
    it(nameOf(one), async () => {
      const hidden: string[] = [];
      for (const [j, other] of CHANGES.entries()) {
        if (j <= i) continue;
        if (exclude(one, other) || isOpen(one, other) || !isTried(i + j)) continue;
        const together = (await messagesOf([one, other])).map(plain);
        for (const message of [...(alone[i] as string[]), ...(alone[j] as string[])])
          if (!together.includes(plain(message))) hidden.push(`${nameOf(other)} hides or changes: ${message}`);
      }
      expect(hidden).toEqual([]);
    });
  }
});

/** Without what depends on how far other parts could be read. */
function plain(message: string): string {
  return message.replace(", as far as can be read", "").replace(/; did you mean .*$/, "");
}
