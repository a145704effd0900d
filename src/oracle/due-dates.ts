// T10: a due date is decided once.
import { at } from "../model/columns.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { completes, endsTask } from "./ledger.ts";

export const DUE_DATES: Invariant = {
  id: "T10",
  statement: "The due date of a task that ended is met (it completed by then) or missed, once; in a complete run every one is decided.",
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
      }
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
