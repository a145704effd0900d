// T1: dependencies come first.
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger } from "./ledger.ts";

export const DEPENDENCIES: Invariant = {
  id: "T1",
  statement:
    "A task starts only after every task that it depends on completed, and while nothing that it reads of what these wrote is lost.",
  judge(trace) {
    const finding = new Finding();
    const ledger = new Ledger(trace);
    let index = 0;
    for (const entry of trace.entries) {
      if (entry.kind === EntryKind.started) {
        const dependencies = ledger.dependencies(entry.task);
        const missing = dependencies.find((dependency) => !ledger.isDone(dependency, entry.task));
        if (dependencies.length > 0) {
          finding.check(index, entry.time, missing !== undefined && `task ${entry.task} starts before task ${missing} completed`);
        }
      }
      ledger.apply(entry);
      index += 1;
    }
    return finding;
  },
};
