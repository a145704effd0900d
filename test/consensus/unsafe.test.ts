// The safeguards of the core and what is checked of it hold each other to account: without any one of them a check fails, after so many
// bad days; with all of them, none fails on the same days.
import { expect, test } from "vitest";
import { UNSAFE_REPLICA_MODES, type UnsafeReplicaMode } from "../../src/model/unsafe.ts";
import { seed } from "../fuzz-runs.ts";
import { badDay } from "./bad-day.ts";

/** Which check is to fail, within how many days in the median; and on what days: of those that are set otherwise the safeguard is not needed. */
const NOTICED: Record<UnsafeReplicaMode, { by: RegExp; within: number; days: NonNullable<Parameters<typeof badDay>[1]> }> = {
  "vote-not-synced": { by: /^L1/, within: 150, days: { checkQuorum: false } }, // with it, who restarts votes for nobody for a while
  "commit-old-term": { by: /^L4/, within: 30, days: {} },
  "lease-ignores-drift": { by: /^a read/, within: 200, days: { checkQuorum: true } },
  "read-without-index": { by: /^a read/, within: 30, days: {} },
  "change-before-noop": { by: /^L[45]/, within: 150, days: { count: 4 } }, // among odd numbers of voters majorities meet
  "two-changes-at-once": { by: /^L[145]/, within: 60, days: {} },
  rejoin: { by: /^L[1456]/, within: 30, days: { disks: true } },
};

const BATCHES = 5;
const SEEDS = 600;

function failureOn(day: number, unsafe: UnsafeReplicaMode | undefined, days: object): string | undefined {
  try {
    badDay(day, { ...days, ...(unsafe !== undefined && { unsafe }) });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How many days of a batch it took. */
function daysUntil(unsafe: UnsafeReplicaMode, batch: number): number {
  const { by, days } = NOTICED[unsafe];
  for (let i = 0; i < SEEDS; i++) if (by.test(failureOn(seed(batch * SEEDS) + i, unsafe, days) ?? "")) return i + 1;
  return Infinity;
}

const lines: string[] = [];

test.each(UNSAFE_REPLICA_MODES)("without a safeguard a check fails: %s", (unsafe) => {
  const days = Array.from({ length: BATCHES }, (_, batch) => daysUntil(unsafe, batch)).sort((a, b) => a - b);
  const median = days[Math.floor(BATCHES / 2)]!;
  lines.push(`${unsafe.padEnd(20)}  ${String(median).padStart(6)}  ${String(days.at(-1)).padStart(4)}`);
  expect(median).toBeLessThanOrEqual(NOTICED[unsafe].within);
});

test("with all of them none fails on such days", () => {
  for (const { days } of Object.values(NOTICED))
    for (let i = 0; i < 60; i++) expect(failureOn(seed(0) + i, undefined, days)).toBe(undefined);
});

test("how soon is written down", async () => {
  const head = `After how many bad days it is noticed that a safeguard of a replicated log is missing: the median and the most of ${BATCHES} batches.\n\n`;
  await expect(`${head}safeguard missing     median  most\n${lines.join("\n")}\n`).toMatchFileSnapshot("unsafe.txt");
});
