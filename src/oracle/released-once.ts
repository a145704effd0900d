// R2: what was taken is given back, once.
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { releases } from "./ledger.ts";

export const RELEASED_ONCE: Invariant = {
  id: "R2",
  statement:
    "Every allocation is released once, by the task that took it, on the worker that gave it; when a worker leaves, and at the end, none is left.",
  judge(trace) {
    const finding = new Finding();
    const holds = new Map<number, number>(); // task → worker
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time } = entry;
      if (kind === EntryKind.started) {
        finding.check(index, time, holds.has(task) && `task ${task} takes what it already has on worker ${holds.get(task)}`);
        holds.set(task, worker);
      } else if (releases(entry)) {
        finding.check(index, time, holds.get(task) !== worker && `task ${task} releases on worker ${worker} what it does not have there`);
        holds.delete(task);
      } else if (kind === EntryKind.left) {
        const held = [...holds].find(([, on]) => on === worker);
        finding.check(index, time, held && `worker ${worker} has left, and task ${held[0]} still holds its allocation there`);
      }
      index += 1;
    }
    if (ranOut(trace)) {
      const [left] = holds;
      finding.check(index, trace.ending.time, left && `task ${left[0]} still holds its allocation on worker ${left[1]}`);
    }
    return finding;
  },
};
