// M2: what workers were busy is what attempts used, useful or wasted.
import { at } from "../model/columns.ts";
import { ExactSum } from "../model/exact-sum.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { releases } from "./ledger.ts";
import { Presence } from "./presence.ts";

export const BUSY_TIME: Invariant = {
  id: "M2",
  statement:
    "Per dimension, what workers have allocated over time equals Σ request × attempt time, of completed attempts (useful) and others (wasted).",
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
  for (const entry of trace.entries) {
    advance(entry.time);
    if (trace.settings.liveness === undefined) {
      const sign = entry.kind === EntryKind.started ? 1 : releases(entry) ? -1 : 0;
      if (sign !== 0) for (let d = 0; d < sums.length; d++) allocated[d] += sign * at(tasks.request[d], entry.task);
      continue;
    }
    const { comes, goes } = presence.apply(entry);
    for (let d = 0; d < sums.length; d++) {
      for (const { task } of comes) allocated[d] += at(tasks.request[d], task);
      for (const { task } of goes) allocated[d] -= at(tasks.request[d], task);
    }
  }
  advance(trace.ending.time);
  return sums.map((sum) => sum.value());
}

/** Per dimension, request × time of each attempt; those that still run count up to the end of the run. */
function requestTimesTime(trace: Trace): { useful: bigint; wasted: bigint }[] {
  const { tasks } = trace.world;
  const sums = tasks.request.map(() => ({ useful: new ExactSum(), wasted: new ExactSum() }));
  const startedAt = new Map<string, Time>(); // by task and attempt
  const book = (task: number, length: number, share: "useful" | "wasted") => {
    for (let d = 0; d < sums.length; d++) if (length > 0) sums[d][share].add(at(tasks.request[d], task), length);
  };
  const presence = new Presence(trace);
  for (const entry of trace.entries) {
    const { comes, goes } = presence.apply(entry);
    for (const { task, attempt } of comes) startedAt.set(`${task}#${attempt}`, entry.time);
    for (const { task, attempt } of goes) {
      const key = `${task}#${attempt}`;
      book(task, entry.time - (startedAt.get(key) ?? entry.time), entry.kind === EntryKind.finished ? "useful" : "wasted");
      startedAt.delete(key);
    }
  }
  for (const [key, start] of startedAt) book(Number.parseInt(key, 10), trace.ending.time - start, "wasted");
  return sums.map(({ useful, wasted }) => ({ useful: useful.value(), wasted: wasted.value() }));
}
