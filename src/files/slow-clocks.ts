// Clocks that run slower than the scheduler allows for: what it gives up then runs on beside the next attempt, which takes a network to tell.
import { CLOCK_DRIFT } from "../faults/clock-drift.ts";
import type { LivenessSettings } from "../model/settings.ts";
import { parseDuration, type Time } from "../model/units.ts";
import type { Draft } from "./draft.ts";
import { FaultList } from "./fault-list.ts";
import type { FaultInput } from "./normalise-faults.ts";

const TRUE_RATE = 1_000_000;

/** One that has a clock run slow: whose (undefined: anybody's), how fast, and from when to when (undefined: at any time). */
interface Slowing {
  index: number;
  worker: string | undefined;
  rate: number;
  lasts: { from: Time; to: Time } | undefined;
}

/** Refuses them where messages arrive at once: there a worker holds just what the scheduler believes. */
export function refuseSlowClocks(draft: Draft, { drift: allowed = 0 }: Partial<LivenessSettings>): void {
  const { input, faulty, faultyWithin, faults } = draft;
  if (faulty(["network"]) || faultyWithin(["network"]) || faulty(["scheduler", "drift"])) return;
  const slow = (input.faults ?? []).flatMap((fault, index): Slowing[] => {
    const isClear = String(fault?.kind) === CLOCK_DRIFT.name && fault?.replica === undefined && !faultyWithin(["faults", index]);
    return fault !== undefined && isClear && (fault.drift ?? 0) < 0 ? [slowingOf(fault, index, draft)] : [];
  });
  for (const one of slow) {
    const meeting = slow.filter((other) => meets(one, other));
    const rate = Math.round(meeting.reduce((product, other) => (product * other.rate) / TRUE_RATE, TRUE_RATE));
    if (rate >= TRUE_RATE - allowed) continue;
    const together = meeting.length === 1 ? "a clock that slow" : "clocks that slow, for faults that meet multiply,";
    faults.add(
      ["faults", one.index, "drift"],
      `${together} must be allowed for by scheduler.drift: ${(TRUE_RATE - rate) / TRUE_RATE}, or a network must lie between, such as { latency: 1ms }: what is given up too early runs on`,
    );
    return;
  }
}

function slowingOf({ worker, drift = 0, at, for: length }: FaultInput, index: number, { document }: Draft): Slowing {
  const unheard = new FaultList(document); // what is wrong with them is told elsewhere
  const [from, lasting] = [at, length].map((time) => time !== undefined && unheard.attempt([], () => parseDuration(time)));
  const to = (from || 0) + (typeof lasting === "number" ? lasting : Number.POSITIVE_INFINITY);
  return {
    index,
    worker: worker === undefined || worker === "its" ? undefined : String(worker),
    rate: TRUE_RATE + Math.round(drift * TRUE_RATE),
    lasts: typeof from === "number" ? { from, to } : undefined,
  };
}

/** Whether another may strike the same worker, and last, when one begins. */
function meets(one: Slowing, other: Slowing): boolean {
  if (one.worker !== undefined && other.worker !== undefined && one.worker !== other.worker) return false;
  if (one.lasts === undefined || other.lasts === undefined) return one === other || other.lasts === undefined;
  return one === other || (other.lasts.from <= one.lasts.from && one.lasts.from < other.lasts.to);
}
