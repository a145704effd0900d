// The safeguards and the oracle hold each other to account: without any one of them, the oracle says which invariant is broken, after so
// many ordinary random runs; with all of them, it finds nothing in the same runs.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Trace } from "../../src/model/trace.ts";
import { UNSAFE_MODES, type UnsafeMode } from "../../src/model/unsafe.ts";
import { INVARIANTS, judge } from "../../src/oracle/index.ts";
import { type Run, type RunOptions, simulate } from "../../src/simulation.ts";
import { seed } from "../fuzz-runs.ts";
import { sourcesBelow } from "../laws/source-code.ts";
import { replicatedRunOf, runOf } from "./unsafe-worlds.ts";

/** The invariant that is to notice, and after how many seeds at most, in the median of the batches. */
const NOTICED: Record<UnsafeMode, { by: string; within: number; replicated?: true }> = {
  "no-fencing": { by: "F4", within: 120 }, // ends of older attempts alone: of the newest, they count anyway
  "requeue-keeps-lease": { by: "T5", within: 15 },
  "double-release": { by: "R1", within: 40 },
  "stale-heartbeat": { by: "T5", within: 35 },
  "retry-without-budget": { by: "T6", within: 6 },
  "lost-preempted": { by: "M4", within: 120 },
  "cancel-not-fenced": { by: "T9", within: 80 },
  "incarnation-ignored": { by: "E5", within: 120 },
  "requeue-untold": { by: "F4", within: 20 },
  "restart-unnoticed": { by: "T5", within: 35 },
  "both-results": { by: "T4", within: 120 },
  "suspension-assumed": { by: "P5", within: 120 },
  "dedup-not-in-snapshot": { by: "L13", within: 120, replicated: true },
  "dispatch-early": { by: "L7", within: 5, replicated: true },
};

/** Independent batches, and the most seeds that are tried in each; `npm test` tries the first few alone, `npm run mutation` all. */
const ALL_BATCHES = 15;
const FIRST_BATCHES = 3;
const BATCHES = process.env["MAKESPAN_MUTATION"] === undefined ? FIRST_BATCHES : ALL_BATCHES;
const SEEDS = 600;

/** A run with all safeguards, and what it takes to repeat it without one. */
interface Known {
  options: RunOptions;
  safe: Run;
}

const known = new Map<string, Known | undefined>();

/** `replicated`: where the scheduler has replicas. */
function knownRun(number: number, replicated: boolean): Known | undefined {
  const key = `${number}${replicated ? " replicated" : ""}`;
  if (!known.has(key)) {
    const options = replicated ? replicatedRunOf(number) : runOf(number);
    known.set(key, options && { options, safe: simulate({ ...options, storeTrace: true }) });
  }
  return known.get(key);
}

const violated = (trace: Trace) => judge(trace).filter(({ verdict }) => verdict === "violated");

interface Catch {
  /** How many seeds it took. */
  seeds: number;
  /** All invariants that are broken there. */
  broken: string[];
}

/** Runs seed after seed of a batch without a safeguard until its invariant is broken. */
function firstCatch(unsafe: UnsafeMode, batch: number): Catch {
  const invariant = INVARIANTS.find(({ id }) => id === NOTICED[unsafe].by);
  for (let i = 0; i < SEEDS; i++) {
    const run = knownRun(seed(batch * SEEDS) + i, NOTICED[unsafe].replicated === true);
    if (run === undefined) continue;
    const { trace, digest } = simulate({ ...run.options, storeTrace: true, unsafe });
    if (digest === run.safe.digest && trace?.messages === undefined) continue; // the safeguard had nothing to do
    if (invariant?.judge(trace as Trace, {}).violation === undefined) continue;
    return { seeds: i + 1, broken: violated(trace as Trace).map(({ id }) => id) };
  }
  return { seeds: Number.POSITIVE_INFINITY, broken: [] };
}

const catches = new Map<UnsafeMode, Catch[]>();

/** What each batch gives without a safeguard. */
function catchesOf(unsafe: UnsafeMode): Catch[] {
  const found = catches.get(unsafe) ?? Array.from({ length: BATCHES }, (_, batch) => firstCatch(unsafe, batch));
  catches.set(unsafe, found);
  return found;
}

/** The median of how many seeds it took, and the most. */
function seedsOf(unsafe: UnsafeMode): { median: number; most: number } {
  const seeds = catchesOf(unsafe)
    .map((each) => each.seeds)
    .sort((a, b) => a - b);
  return { median: seeds[Math.floor(BATCHES / 2)] as number, most: seeds.at(-1) as number };
}

describe("without a safeguard its invariant is broken", () => {
  test.each(UNSAFE_MODES)("%s", (unsafe) => {
    const { median, most } = seedsOf(unsafe);
    expect(most).toBeLessThanOrEqual(SEEDS);
    if (BATCHES === ALL_BATCHES) expect(median).toBeLessThanOrEqual(NOTICED[unsafe].within); // of few it says nothing
  });
});

test("with all of them no invariant is broken in the same seeds", () => {
  const tried = Math.max(...UNSAFE_MODES.map((unsafe) => seedsOf(unsafe).median));
  const runs = [...known].flatMap(([number, run]) => (run === undefined ? [] : [{ number, trace: run.safe.trace as Trace }]));
  expect(runs.length).toBeGreaterThan(tried);
  expect(runs.flatMap(({ number, trace }) => violated(trace).map(({ id, violation }) => ({ seed: number, id, violation })))).toEqual([]);
});

test("no scenario, command or library call can ask for that, and the oracle does not see it", () => {
  const ASKS = /\bunsafe\b|UnsafeMode/i;
  const sources = sourcesBelow(fileURLToPath(new URL("../../src", import.meta.url)));
  const asking = sources.filter(({ text }) => ASKS.test(text)).map(({ path }) => path.split("/")[0]);
  expect([...new Set(asking)].sort()).toEqual(["consensus", "model", "replication", "run", "scheduler", "simulation.ts"]);
  expect(sources.filter(({ path, text }) => path.startsWith("model/") && ASKS.test(text)).map(({ path }) => path)).toEqual([
    "model/unsafe.ts",
  ]);
});

/** What else is seen to break, in how many batches, the most frequent first. */
function alsoBroken(unsafe: UnsafeMode): string {
  const all = catchesOf(unsafe).flatMap(({ broken }) => broken);
  const counted = INVARIANTS.map(({ id }) => ({ id, times: all.filter((each) => each === id).length }));
  const others = counted.filter(({ id, times }) => times > 0 && id !== NOTICED[unsafe].by);
  return others
    .sort((a, b) => b.times - a.times)
    .map(({ id, times }) => `${id} (${times})`)
    .join(", ");
}

/** The columns of its row that do not hang on how many batches were tried. */
function beginningOf(unsafe: UnsafeMode): string[] {
  const first = catchesOf(unsafe).slice(0, FIRST_BATCHES);
  return [unsafe.padEnd(20), NOTICED[unsafe].by.padEnd(9), ...first.map(({ seeds }) => String(seeds).padStart(4))];
}

test("how soon is written down", async () => {
  if (seed(0) !== 0) return; // other runs were asked for
  const rows = UNSAFE_MODES.map((unsafe) => {
    const { median, most } = seedsOf(unsafe);
    const columns = [...beginningOf(unsafe), String(median).padStart(6), String(most).padStart(4)];
    return `${columns.join("  ")}  ${alsoBroken(unsafe)}`.trimEnd();
  });
  if (BATCHES < ALL_BATCHES) {
    const written = readFileSync(new URL("unsafe.txt", import.meta.url), "utf8").split("\n");
    for (const unsafe of UNSAFE_MODES) expect(written).toContainEqual(expect.stringMatching(`^${beginningOf(unsafe).join("  ")} `));
    return;
  }
  const text = `Which invariant notices that a safeguard is missing, after how many random runs: of the first three batches, and the median and the most of all ${BATCHES}; and
what else is broken in the runs in which it does, in how many of them. With all safeguards nothing is broken in any of these runs.

safeguard missing     invariant      first three  median  most  also broken
${rows.join("\n")}
`;
  await expect(text).toMatchFileSnapshot("unsafe.txt");
});
