// T3: no task is lost and none appears from nowhere.
import { EntryKind, Reason, type TraceEntry } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { endsTask } from "./ledger.ts";

/** Tasks by what the kinds of entries alone say, without looking at which task an entry is about. */
interface Counts {
  waiting: number;
  running: number;
  suspended: number;
  /** Attempts that failed or were lost, before the entry that says what follows. */
  undecided: number;
  terminal: number;
}

export const CONSERVATION: Invariant = {
  id: "T3",
  statement:
    "Submitted = waiting (blocked or ready) + running + suspended + awaiting a retry + terminal, none of them below zero, at every entry; at the end of a complete run all tasks are terminal.",
  judge(trace) {
    const finding = new Finding();
    const counts: Counts = { waiting: 0, running: 0, suspended: 0, undecided: 0, terminal: 0 };
    const undecided = new Set<number>();
    const suspended = new Map<number, number>(); // by task, the attempt
    const reopened = new Set<number>();
    let submitted = 0;
    let index = 0;
    for (const entry of trace.entries) {
      if (entry.kind === EntryKind.submitted) submitted += 1;
      move(counts, entry, undecided, suspended, reopened);
      finding.check(index, entry.time, imbalance(counts, submitted));
      index += 1;
    }
    if (trace.ending.kind === "complete") {
      const lost = trace.world.tasks.count - counts.terminal;
      finding.check(index, trace.ending.time, lost !== 0 && `${counts.terminal} tasks of ${trace.world.tasks.count} have ended`);
    }
    return finding;
  },
};

/** `undecided` are the tasks whose attempt has failed, and of which nothing else is known yet; `suspended` those that wait on workers. */
function move(counts: Counts, entry: TraceEntry, undecided: Set<number>, suspended: Map<number, number>, reopened: Set<number>): void {
  const { kind, worker, attempt } = entry;
  const ended = endsTask(entry);
  const wasUndecided = (ended || kind === EntryKind.retried) && undecided.delete(entry.task);
  if (kind === EntryKind.failed || kind === EntryKind.lost) undecided.add(entry.task);
  const leaves = kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.cancelled;
  const where = leaves && suspended.delete(entry.task) ? "suspended" : "running";
  if (kind === EntryKind.suspended) suspended.set(entry.task, attempt);
  if (kind === EntryKind.continued) suspended.delete(entry.task);
  if (ended) counts.terminal += 1;
  if (kind === EntryKind.reopened) {
    counts.terminal -= 1;
    counts.waiting += 1;
    reopened.add(entry.task);
  } else if (kind === EntryKind.submitted) {
    counts.waiting += 1;
  } else if (kind === EntryKind.started) {
    counts.waiting -= 1;
    counts.running += 1;
  } else if (kind === EntryKind.suspended) {
    counts.running -= 1;
    counts.suspended += 1;
  } else if (kind === EntryKind.dropped) {
    if (suspended.get(entry.task) !== attempt) return; // the other runs
    suspended.delete(entry.task);
    counts.suspended -= 1;
    counts.running += 1;
  } else if (kind === EntryKind.continued) {
    counts.suspended -= 1;
    counts.running += 1;
  } else if (kind === EntryKind.failed || kind === EntryKind.lost) {
    counts[where] -= 1;
    counts.undecided += 1;
  } else if (kind === EntryKind.requeued) {
    if (worker < 0) return; // it waited, and waits
    counts[where] -= 1;
    counts.waiting += 1;
  } else if (kind === EntryKind.retried) {
    counts.undecided -= 1;
    counts.waiting += 1;
  } else if (kind === EntryKind.finished || (kind === EntryKind.cancelled && worker >= 0)) {
    counts[where] -= 1;
  } else if (
    isExhausted(entry, wasUndecided, reopened) ||
    ((kind === EntryKind.cancelled || entry.reason === Reason.input) && wasUndecided)
  ) {
    counts.undecided -= 1;
  } else if (ended) {
    counts.waiting -= 1;
  }
}

/** Whether it ends a task after its last attempt; not one whose attempts were too many by the time at which it was to run again. */
function isExhausted({ kind, reason, task }: TraceEntry, wasUndecided: boolean, reopened: ReadonlySet<number>): boolean {
  return kind === EntryKind.abandoned && reason === Reason.exhausted && (wasUndecided || !reopened.has(task));
}

function imbalance(counts: Counts, submitted: number): string | undefined {
  for (const [name, count] of Object.entries(counts)) {
    if (count < 0) return `${count} tasks are ${name}`;
  }
  const sum = counts.waiting + counts.running + counts.suspended + counts.undecided + counts.terminal;
  return sum === submitted ? undefined : `${submitted} tasks were submitted, ${sum} are somewhere`;
}
