// R1: nobody gives what he does not have.
import { at } from "../model/columns.ts";
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { releases } from "./ledger.ts";

export const CAPACITY: Invariant = {
  id: "R1",
  statement: "At every entry, per worker and dimension, 0 ≤ allocated ≤ capacity, in whole units.",
  judge(trace) {
    const finding = new Finding();
    const { tasks, workers, dimensions } = trace.world;
    const allocated = workers.capacity.map(() => new Float64Array(workers.count));
    let index = 0;
    for (const entry of trace.entries) {
      const { time, task, worker } = entry;
      const takes = entry.kind === EntryKind.started;
      const gives = releases(entry);
      if (takes || gives) {
        let message: string | undefined;
        for (let d = 0; d < allocated.length; d++) {
          const request = at(tasks.request[d], task);
          const now = allocated[d][worker] + (takes ? request : -request);
          const capacity = workers.capacity[d][worker];
          allocated[d][worker] = now;
          if (now < 0 || now > capacity || !Number.isSafeInteger(now)) {
            message ??= `${now} of ${capacity} ${dimensions[d]} are allocated on worker ${worker}`;
          }
        }
        finding.check(index, time, message);
      }
      index += 1;
    }
    return finding;
  },
};
