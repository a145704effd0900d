// T9: what was cancelled stays cancelled.
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";

/** What may still come of a task that was cancelled. */
const AFTERWARDS: readonly EntryKind[] = [EntryKind.stopped, EntryKind.refused, EntryKind.notified];

export const CANCELLATION: Invariant = {
  id: "T9",
  statement: "After a task was cancelled it is neither bound, started nor completed; what still runs of it is stopped or refused.",
  judge(trace) {
    const finding = new Finding();
    const cancelled = new Uint8Array(trace.world.tasks.count);
    let index = 0;
    for (const { kind, task, time } of trace.entries) {
      if (kind === EntryKind.cancelled) {
        cancelled[task] = 1;
        finding.check(index, time, undefined);
      } else if (cancelled[task] === 1 && !AFTERWARDS.includes(kind)) {
        finding.check(index, time, `task ${task} goes on after it was cancelled`);
      }
      index += 1;
    }
    return finding;
  },
};
