// P1: where a policy promises it, no pass leaves a task waiting that could run.
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { keepsRoom } from "./kept-room.ts";
import { Ledger, releases, takes } from "./ledger.ts";
import { startsLater } from "../model/settings.ts";

export const WORK_CONSERVATION: Invariant = {
  id: "P1",
  statement:
    "Where promised (not when blocking, dispatching, deciding takes time, or room is kept while a grace lasts or an answer is awaited): at the end of a pass no ready task has a worker that it may use with room, and no suspended one could go on.",
  judge(trace) {
    const finding = new Finding();
    if (!promises(trace)) return finding;
    const ledger = new Ledger(trace);
    const making = new Set<number>(); // tasks whose attempts make room, and whose workers have not answered yet
    let last: TraceEntry | undefined;
    let decides = false;
    let index = 0;
    for (const entry of trace.entries) {
      const isDecided = isDecision(entry, last);
      const goesOn: boolean = last?.time === entry.time && (isDecided || (decides && isConsequence(entry)));
      if (last !== undefined && passEnds(trace, last, entry, decides && !goesOn) && making.size === 0)
        checkBacklog(finding, ledger, index, last);
      if (entry.kind === EntryKind.preempted) making.add(entry.task);
      else if (stopsHolding(entry)) making.delete(entry.task);
      ledger.apply(entry);
      decides = isDecided || (goesOn && isConsequence(entry));
      last = entry;
      index += 1;
    }
    if (last !== undefined && ranOut(trace)) checkBacklog(finding, ledger, index, last);
    return finding;
  },
};

function promises(trace: Trace): boolean {
  const { workConserving, blocking, dispatching, preempts } = trace.promises;
  if (preempts && keepsRoom(trace)) return false;
  return workConserving && !blocking && !dispatching && !startsLater(trace.settings);
}

/** Whether a pass over the state after `last` ended before `entry`; in cycles, whether one was due since. */
export function passEnds(trace: Trace, last: TraceEntry, entry: TraceEntry, decided: boolean): boolean {
  if (decided) return true;
  const { pass } = trace.settings;
  if (typeof pass === "string") return entry.time !== last.time;
  return Math.ceil(entry.time / pass.every) > Math.floor(last.time / pass.every) + 1;
}

/** Whether a pass makes such entries: an attempt that makes room does so right after it was chosen, or when its worker answers. */
function isDecision(entry: TraceEntry, last: TraceEntry | undefined): boolean {
  const { kind, reason, task } = entry;
  const isChosen = last?.kind === EntryKind.preempted && last.task === task;
  return takes(entry) || kind === EntryKind.continued || kind === EntryKind.preempted || (reason === Reason.preemption && isChosen);
}

/** Whether a preempted attempt has made room, be it by ending. */
function stopsHolding(entry: TraceEntry): boolean {
  return releases(entry) || entry.kind === EntryKind.suspended;
}

/**
 * What may follow a decision in its pass: a task whose last attempt was killed has failed, what depends on it ends too, and clients are told; an
 * attempt that starts straggles, or reads its checkpoint or its files, one that makes room writes one.
 */
const CONSEQUENCES: readonly EntryKind[] = [
  ...[EntryKind.abandoned, EntryKind.skipped, EntryKind.notified],
  ...[EntryKind.straggled, EntryKind.preparing, EntryKind.recovering, EntryKind.saving],
  ...[EntryKind.sending, EntryKind.fetching, EntryKind.fetched, EntryKind.fetchStopped, EntryKind.evicted, EntryKind.gathered],
];

function isConsequence({ kind }: TraceEntry): boolean {
  return CONSEQUENCES.includes(kind);
}

function checkBacklog(finding: Finding, ledger: Ledger, index: number, { time }: TraceEntry): void {
  if (ledger.ready.length === 0 && ledger.suspended.size === 0) return;
  const [left] = ledger.startable(time);
  finding.check(index, time, left !== undefined && `task ${left} ${ledger.howStartable(left)}, but the pass left it`);
}
