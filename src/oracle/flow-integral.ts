// M1: tasks in system over time add up to the tasks' own times in system.
import { at } from "../model/columns.ts";
import { ExactSum } from "../model/exact-sum.ts";
import { EntryKind } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { endsTask } from "./ledger.ts";
import { arriveLate } from "../model/world.ts";

export const FLOW_INTEGRAL: Invariant = {
  id: "M1",
  statement:
    "In a complete run the integral over time of the tasks in system equals the sum of flow times (end − release; behind a link of the clients end − submission; and once more each time that a task runs again, since then).",
  judge(trace) {
    const finding = new Finding();
    if (trace.ending.kind !== "complete") return finding;
    const integral = new ExactSum();
    const flows = new ExactSum();
    // Behind a link of their own clients release tasks before the scheduler has them.
    const submitted = arriveLate(trace.world) ? new Float64Array(trace.world.tasks.count) : undefined;
    const reopened = new Map<number, Time>();
    let inSystem = 0;
    let last = 0;
    for (const entry of trace.entries) {
      if (entry.time > last && inSystem > 0) integral.add(inSystem, entry.time - last);
      last = entry.time;
      if (entry.kind === EntryKind.submitted) {
        inSystem += 1;
        if (submitted !== undefined) submitted[entry.task] = entry.time;
      }
      if (entry.kind === EntryKind.reopened) {
        inSystem += 1;
        reopened.set(entry.task, entry.time); // it was not in the system meanwhile
      }
      if (endsTask(entry)) {
        inSystem -= 1;
        const since = reopened.get(entry.task) ?? submitted?.[entry.task] ?? at(trace.world.tasks.release, entry.task);
        const flow = entry.time - since;
        if (flow >= 0) flows.add(flow, 1);
      }
    }
    const message = `tasks in system over time are ${integral.value()}, flow times ${flows.value()}`;
    if (trace.entries.length > 0) finding.check(trace.entries.length, last, integral.value() !== flows.value() && message);
    return finding;
  },
};
