// T6-notified: clients are told of the end of each task, once, and how it ended.
import { ENTRY_NAMES, EntryKind, Reason, REASON_NAMES, type Trace, type TraceEntry } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { completes, endsTask } from "./ledger.ts";

export const NOTIFICATIONS: Invariant = {
  id: "T6-notified",
  statement:
    "Where clients are told (`notify`), the client of each task that ends is told at once (over a link of its own: then or later), with its attempts and the reason of the end (`exhausted`: there is a dead letter), and never again; nobody is told anything else.",
  judge(trace) {
    const finding = new Finding();
    if (trace.world.network?.clients !== undefined) return judgeLate(finding, trace);
    let last: TraceEntry | undefined;
    let index = 0;
    for (const entry of trace.entries) {
      judgeNext(finding, trace, last, entry, index);
      last = entry;
      index += 1;
    }
    if (last !== undefined && isOwed(trace, last)) finding.check(index, last.time, untold(last));
    return finding;
  },
};

/** Clients hear of ends in the order in which messages arrive. */
function judgeLate(finding: Finding, trace: Trace): Finding {
  const owed = new Map<number, TraceEntry>();
  let index = 0;
  let last = 0;
  for (const entry of trace.entries) {
    const { kind, task, time } = entry;
    last = time;
    if (isOwed(trace, entry)) owed.set(task, entry);
    if (kind === EntryKind.notified) {
      const end = owed.get(task);
      finding.check(
        index,
        time,
        end ? wrong(end, { ...entry, time: end.time }) : `the client of task ${task} is told of what has not just happened`,
      );
      owed.delete(task);
    }
    index += 1;
  }
  const [untoldEnd] = trace.ending.kind === "complete" ? owed.values() : [];
  if (untoldEnd !== undefined) finding.check(index, last, untold(untoldEnd));
  return finding;
}

function judgeNext(finding: Finding, trace: Trace, last: TraceEntry | undefined, entry: TraceEntry, index: number): void {
  const owed = last !== undefined && isOwed(trace, last) ? last : undefined;
  if (owed !== undefined) finding.check(index, entry.time, wrong(owed, entry));
  else if (entry.kind === EntryKind.notified)
    finding.check(index, entry.time, `the client of task ${entry.task} is told of what has not just happened`);
}

/** Whether an entry ends a task of which its client is to be told. */
function isOwed({ settings }: Trace, entry: TraceEntry): boolean {
  return settings.notify && endsTask(entry);
}

function untold({ task, kind }: TraceEntry): string {
  return `the client of task ${task} is not told that it is ${ENTRY_NAMES[kind]}`;
}

function wrong(end: TraceEntry, { time, kind, task, worker, attempt, reason }: TraceEntry): string | undefined {
  if (kind !== EntryKind.notified || task !== end.task || time !== end.time) return untold(end);
  const due = completes(end) ? Reason.none : end.reason;
  if (reason === due && attempt === end.attempt && worker === -1) return undefined;
  return `the client of task ${task} is told of attempt ${attempt} and the reason ${REASON_NAMES[reason]}, not of ${end.attempt} and ${REASON_NAMES[due]}`;
}
