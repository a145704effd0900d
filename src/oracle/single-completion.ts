// T4: a task completes once, or once more each time that it is to run again.
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { completes } from "./ledger.ts";

export const SINGLE_COMPLETION: Invariant = {
  id: "T4",
  statement: "At most one completion per task, and one more each time that what it wrote is lost and it is to run again.",
  judge(trace) {
    const finding = new Finding();
    const completed = new Uint8Array(trace.world.tasks.count);
    let index = 0;
    for (const entry of trace.entries) {
      const { task, time } = entry;
      if (completes(entry)) {
        finding.check(index, time, completed[task] === 1 && `task ${task} completes a second time`);
        completed[task] = 1;
      } else if (entry.kind === EntryKind.reopened) completed[task] = 0;
      index += 1;
    }
    return finding;
  },
};
