// P1: where a policy promises it, no pass leaves a task waiting that could run.
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { Ledger } from "./ledger.ts";

export const WORK_CONSERVATION: Invariant = {
  id: "P1",
  statement:
    "Where promised (not when blocking, dispatching, or deciding takes time): at the end of a pass no ready task has a worker that it may use with room.",
  judge(trace) {
    const finding = new Finding();
    if (!promises(trace)) return finding;
    const ledger = new Ledger(trace);
    let last: TraceEntry | undefined;
    let index = 0;
    for (const entry of trace.entries) {
      if (last !== undefined && passEnds(trace, last, entry)) checkBacklog(finding, ledger, index, last);
      ledger.apply(entry);
      last = entry;
      index += 1;
    }
    if (last !== undefined && ranOut(trace)) checkBacklog(finding, ledger, index, last);
    return finding;
  },
};

function promises(trace: Trace): boolean {
  const { perPass, perTask } = trace.settings.decisionTime;
  return trace.promises.workConserving && !trace.promises.blocking && !trace.promises.dispatching && perPass === 0 && perTask === 0;
}

/** Whether a pass over the state after `last` ended before `entry`; in cycles, whether one was due since. */
function passEnds(trace: Trace, last: TraceEntry, entry: TraceEntry): boolean {
  if (last.kind === EntryKind.started && (entry.kind !== EntryKind.started || entry.time !== last.time)) return true;
  const { pass } = trace.settings;
  if (typeof pass === "string") return entry.time !== last.time;
  return Math.ceil(entry.time / pass.every) > Math.floor(last.time / pass.every) + 1;
}

function checkBacklog(finding: Finding, ledger: Ledger, index: number, { time }: TraceEntry): void {
  if (ledger.ready.length === 0) return;
  const [left] = ledger.startable();
  finding.check(index, time, left !== undefined && `task ${left} is ready and fits worker ${ledger.roomFor(left)}, but the pass left it`);
}
