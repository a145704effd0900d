// M2: what workers were busy is what attempts used, useful or wasted.
import { at } from "../model/columns.ts";
import { ExactSum } from "../model/exact-sum.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { completes, releases } from "./ledger.ts";
import { AskedAmounts } from "./asked-amounts.ts";
import { isKept, Presence } from "./presence.ts";

export const BUSY_TIME: Invariant = {
  id: "M2",
  statement:
    "Per dimension, what workers have allocated over time equals Σ request × attempt time, with what was asked for since, of completed attempts (useful) and others (wasted).",
  judge(trace) {
    const finding = new Finding();
    const busy = allocatedOverTime(trace);
    const used = requestTimesTime(trace);
    if (trace.entries.length === 0) return finding;
    for (const [d, name] of trace.world.dimensions.entries()) {
      const { useful, wasted } = used[d];
      const message = `${name} was allocated for ${busy[d]}, but attempts used ${useful} and wasted ${wasted}`;
      finding.check(trace.entries.length, trace.ending.time, busy[d] !== useful + wasted && message);
    }
    return finding;
  },
};

/** When an attempt began, how long it was suspended before, and since when it is now. */
interface Span {
  start: Time;
  suspended: Duration;
  since: Time | undefined;
  /** What it held more from a time on than before, or less, per dimension. */
  changes: { time: Time; more: readonly number[] }[];
}

function goOn(span: Span, time: Time): void {
  if (span.since !== undefined) span.suspended += time - span.since;
  span.since = undefined;
}

/** Per dimension, the integral over time of what is allocated in all: entry by entry, whatever task it belongs to. */
function allocatedOverTime(trace: Trace): bigint[] {
  const { tasks } = trace.world;
  const allocated = tasks.request.map(() => 0);
  const sums = tasks.request.map(() => new ExactSum());
  let last: Time = 0;
  const advance = (to: Time) => {
    for (let d = 0; d < sums.length; d++) if (to > last && allocated[d] > 0) sums[d].add(allocated[d], to - last);
    last = to;
  };
  const presence = new Presence(trace);
  const asked = new AskedAmounts(trace);
  for (const entry of trace.entries) {
    advance(entry.time);
    if (trace.settings.liveness === undefined) {
      const sign = entry.kind === EntryKind.started ? 1 : releases(entry) ? -1 : 0;
      if (sign !== 0) for (let d = 0; d < sums.length; d++) allocated[d] += sign * at(tasks.request[d], entry.task);
      continue;
    }
    const { comes, goes } = presence.apply(entry);
    const more = asked.apply(entry)?.there;
    for (let d = 0; d < sums.length; d++) {
      allocated[d] += more?.[d] ?? 0;
      for (const come of comes) allocated[d] += asked.amountOf(come, d);
      for (const gone of goes) allocated[d] -= asked.amountOf(gone, d);
    }
  }
  advance(trace.ending.time);
  return sums.map((sum) => sum.value());
}

/**
 * Per dimension, request × time of each attempt; those that still run count up to the end of the run. What a suspended attempt gives
 * back does not count while it is suspended.
 */
function requestTimesTime(trace: Trace): { useful: bigint; wasted: bigint }[] {
  const { tasks } = trace.world;
  const sums = tasks.request.map(() => ({ useful: new ExactSum(), wasted: new ExactSum() }));
  const extra = tasks.request.map(() => ({ useful: 0n, wasted: 0n })); // may be less than nothing
  const spans = new Map<string, Span>(); // by task and attempt
  const book = (task: number, { start, suspended, since, changes }: Span, end: Time, share: "useful" | "wasted") => {
    const away = suspended + (since === undefined ? 0 : end - since);
    for (let d = 0; d < sums.length; d++) {
      const length = end - start - (isKept(d) ? 0 : away);
      if (length > 0) sums[d][share].add(at(tasks.request[d], task), length);
      for (const { time, more } of changes) extra[d][share] += BigInt(more[d]) * BigInt(end - time);
    }
  };
  const useful = new Map<number, { span: Span; end: Time }>(); // what has completed tasks
  const presence = new Presence(trace);
  const asked = new AskedAmounts(trace);
  for (const entry of trace.entries) {
    const more = asked.apply(entry)?.there;
    if (more !== undefined) spans.get(`${entry.task}#${entry.attempt}`)?.changes.push({ time: entry.time, more });
    const { comes, goes } = presence.apply(entry);
    const lost = entry.kind === EntryKind.reopened ? useful.get(entry.task) : undefined;
    if (lost !== undefined) book(entry.task, lost.span, lost.end, "wasted"); // what it wrote is lost
    if (lost !== undefined) useful.delete(entry.task);
    for (const { task, attempt, part } of comes) {
      const key = `${task}#${attempt}`;
      const span = spans.get(key);
      if (span === undefined)
        spans.set(key, { start: entry.time, suspended: 0, since: part === "kept" ? entry.time : undefined, changes: [] });
      else goOn(span, entry.time);
    }
    for (const { task, attempt, part } of goes) {
      const key = `${task}#${attempt}`;
      const span = spans.get(key);
      if (span === undefined) continue;
      if (part === "given back") {
        span.since = entry.time;
        continue;
      }
      if (completes(entry)) useful.set(task, { span, end: entry.time });
      else book(task, span, entry.time, "wasted");
      spans.delete(key);
    }
  }
  for (const [task, { span, end }] of useful) book(task, span, end, "useful");
  for (const [key, span] of spans) book(Number.parseInt(key, 10), span, trace.ending.time, "wasted");
  return sums.map(({ useful, wasted }, d) => ({ useful: useful.value() + extra[d].useful, wasted: wasted.value() + extra[d].wasted }));
}
