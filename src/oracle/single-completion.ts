// T4: a task completes once.
import { Finding, type Invariant } from "./invariant.ts";
import { completes } from "./ledger.ts";

export const SINGLE_COMPLETION: Invariant = {
  id: "T4",
  statement: "At most one completion per task.",
  judge(trace) {
    const finding = new Finding();
    const completed = new Uint8Array(trace.world.tasks.count);
    let index = 0;
    for (const entry of trace.entries) {
      const { task, time } = entry;
      if (completes(entry)) {
        finding.check(index, time, completed[task] === 1 && `task ${task} completes a second time`);
        completed[task] = 1;
      }
      index += 1;
    }
    return finding;
  },
};
