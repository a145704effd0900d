// M4: a run that ran out of events left nothing undone that could be done.
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { isLedAtEnd } from "./leader-watch.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import { Ledger, Stage } from "./ledger.ts";

export const IDLE_AT_END: Invariant = {
  id: "M4",
  statement:
    "When nothing more happens, no ready task fits a worker that it may use (not where a policy blocks or plans, and workers are suspected or away, or too small by a fault for a task, or for what a plan has for them; nor where a plan waits for a task of which the submission is lost; and not where no replica of the scheduler leads any more).",
  judge(trace) {
    const finding = new Finding();
    if (!ranOut(trace) || !isLedAtEnd(trace)) return finding;
    const ledger = new Ledger(trace);
    for (const entry of trace.entries) ledger.apply(entry);
    const { range } = trace.world.workers;
    const hasShrunk = range?.most.some((column, d) => column.some((most, worker) => ledger.capacity[d][worker] < most)) === true;
    const isTooSmall = range !== undefined && (ledger.lacksWorkers || (trace.promises.order === "plan" && hasShrunk));
    const mayLack = ledger.suspected.includes(1) || ledger.away.includes(1) || isTooSmall;
    if ((trace.promises.blocking || trace.promises.order === "plan") && mayLack) return finding;
    if (trace.promises.order === "plan" && lacksSubmission(trace, ledger)) return finding;
    const [left] = ledger.startable();
    const { length } = trace.entries;
    if (length > 0) finding.check(length, trace.ending.time, left !== undefined && `task ${left} ${ledger.howStartable(left)}`);
    return finding;
  },
};

/** Whether nobody knows of a task any more that was submitted to a leader. */
function lacksSubmission({ entries }: Trace, ledger: Ledger): boolean {
  for (const { kind, task } of entries) if (kind === EntryKind.forgone && ledger.stage[task] === Stage.unsubmitted) return true;
  return false;
}
