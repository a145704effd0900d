// T6: attempts stay within the budget, and a task is given up only when it is used up.
import { at } from "../model/columns.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";

export const ATTEMPT_BUDGET: Invariant = {
  id: "T6",
  statement:
    "A task starts at most 1 + retries times; it is retried while attempts are left, and abandoned as exhausted, once, when none is.",
  judge(trace) {
    const finding = new Finding();
    const { tasks } = trace.world;
    const attempts = new Int32Array(tasks.count);
    const exhausted = new Uint8Array(tasks.count);
    let index = 0;
    for (const { kind, task, time, reason } of trace.entries) {
      const budget = 1 + at(tasks.retries, task);
      const used = attempts[task];
      if (kind === EntryKind.started) {
        attempts[task] += 1;
        finding.check(index, time, used >= budget && `task ${task} starts attempt ${used + 1} of ${budget}`);
      } else if (kind === EntryKind.retried) {
        finding.check(index, time, used >= budget && `task ${task} is to be retried after ${used} attempts of ${budget}`);
      } else if (kind === EntryKind.abandoned && reason === Reason.exhausted) {
        const wrong = used !== budget ? `task ${task} is exhausted after ${used} attempts of ${budget}` : undefined;
        finding.check(index, time, wrong ?? (exhausted[task] === 1 && `task ${task} is exhausted a second time`));
        exhausted[task] = 1;
      }
      index += 1;
    }
    return finding;
  },
};
