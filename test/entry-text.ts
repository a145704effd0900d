// Entries as lines, for tests that compare traces: a difference is then read at a glance.
import { ENTRY_NAMES, REASON_NAMES, type TraceEntry } from "../src/model/trace.ts";

/** `3 started task 2 on worker 0, attempt 1`; every field of the entry is in it. */
export function entryText({ time, kind, task, worker, attempt, reason, amount }: TraceEntry): string {
  const why = reason === 0 ? "" : ` (${REASON_NAMES[reason]})`;
  return `${time} ${ENTRY_NAMES[kind]} task ${task} on worker ${worker}, attempt ${attempt}${why}${amount === undefined ? "" : `: ${amount}`}`;
}

/** One line per entry. */
export function traceText(entries: Iterable<TraceEntry>): string[] {
  return Array.from(entries, entryText);
}
