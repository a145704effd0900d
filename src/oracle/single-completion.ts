// T4: a task completes once.
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";

export const SINGLE_COMPLETION: Invariant = {
  id: "T4",
  statement: "At most one completion per task.",
  judge(trace) {
    const finding = new Finding();
    const completed = new Uint8Array(trace.world.tasks.count);
    let index = 0;
    for (const { kind, task, time } of trace.entries) {
      if (kind === EntryKind.finished) {
        finding.check(index, time, completed[task] === 1 && `task ${task} completes a second time`);
        completed[task] = 1;
      }
      index += 1;
    }
    return finding;
  },
};
