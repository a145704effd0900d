// T10: a due date is decided once.
import { at } from "../model/columns.ts";
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { completes, endsTask } from "./ledger.ts";

export const DUE_DATES: Invariant = {
  id: "T10",
  statement:
    "The due date of a task that ended is met (it completed by then) or missed, once, and anew where it is to run again; in a complete run every one is decided.",
  judge(trace) {
    const finding = new Finding();
    const { tasks } = trace.world;
    const decided = new Uint8Array(tasks.count);
    const isDue = (task: number) => at(tasks.due, task) !== Number.POSITIVE_INFINITY;
    let index = 0;
    for (const entry of trace.entries) {
      const { task, time } = entry;
      if (endsTask(entry) && isDue(task)) {
        const met = completes(entry) && time <= at(tasks.release, task) + at(tasks.due, task);
        finding.check(
          index,
          time,
          decided[task] === 1 && `the due date of task ${task} is decided a second time (${met ? "met" : "missed"})`,
        );
        decided[task] = 1;
      } else if (entry.kind === EntryKind.reopened) decided[task] = 0; // its last end counts
      index += 1;
    }
    if (trace.ending.kind === "complete") {
      for (let task = 0; task < tasks.count; task++) {
        if (isDue(task) && decided[task] === 0) finding.check(index, trace.ending.time, `the due date of task ${task} is never decided`);
      }
    }
    return finding;
  },
};
