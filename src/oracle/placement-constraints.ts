// R3: a task runs only where it may.
import { EntryKind, Reason } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger } from "./ledger.ts";
import { changesSize } from "./sizes.ts";

export const PLACEMENT_CONSTRAINTS: Invariant = {
  id: "R3",
  statement:
    "A task starts (and is bound) only on a worker that its labels and per-worker times allow and that could hold it when empty; a retry not on the worker of the last attempt if another could (where it is only preferred: if another has room, deciding takes no time, and no room is kept while a grace lasts or an answer is awaited); a bound task on its worker, in the order of binding there.",
  judge(trace) {
    const finding = new Finding();
    const ledger = new Ledger(trace);
    const bound: number[][] = Array.from({ length: trace.world.workers.count }, () => []);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time } = entry;
      if (kind === EntryKind.copied)
        finding.check(index, time, !ledger.couldHold(task, worker) && `task ${task} is copied on worker ${worker}, which cannot hold it`);
      if (kind === EntryKind.assigned || kind === EntryKind.started) finding.check(index, time, misplaced(ledger, task, worker));
      if (kind === EntryKind.assigned) bound[worker]?.push(task);
      if (kind === EntryKind.led) for (const waiting of bound) waiting.length = 0; // what another bound
      // Where starts are to be committed, one may be on its way when what waits at its worker is bound anew.
      const isKnown = trace.world.replicas === undefined || ledger.bound[task] === worker;
      if (kind === EntryKind.started && trace.promises.dispatching && isKnown) {
        const first = bound[worker]?.find((waiting) => ledger.bound[waiting] === worker && ledger.isReady(waiting));
        finding.check(index, time, first !== task && `task ${task} starts on worker ${worker}, where task ${first} is the next bound`);
        bound[worker] = bound[worker]?.filter((waiting) => waiting !== task) ?? [];
      }
      const left = kind === EntryKind.requeued ? ledger.bound[task] : -1; // before its start, a task leaves the worker's queue
      if (left >= 0) bound[left] = bound[left].filter((waiting) => waiting !== task);
      const shrinks = kind === EntryKind.recalled && entry.reason === Reason.shrink;
      if (kind === EntryKind.suspected || kind === EntryKind.draining || shrinks) bound[worker] = []; // all that waits there is bound anew
      ledger.apply(entry);
      if (changesSize(kind)) bound[worker] = bound[worker].filter((waiting) => ledger.bound[waiting] === worker); // what is too large now
      if (kind === EntryKind.reopened)
        // as is what reads what is lost
        for (const [on, tasks] of bound.entries()) bound[on] = tasks.filter((waiting) => ledger.bound[waiting] === on);
      index += 1;
    }
    return finding;
  },
};

function misplaced(ledger: Ledger, task: number, worker: number): string | undefined {
  if (ledger.bound[task] >= 0 && ledger.bound[task] !== worker)
    return `task ${task} is on worker ${worker}, though bound to ${ledger.bound[task]}`;
  if (!ledger.couldHold(task, worker)) return `task ${task} is on worker ${worker}, which may not or cannot hold it`;
  if (ledger.bound[task] < 0 && ledger.excluded(task) === worker)
    return `the retry of task ${task} is on worker ${worker} again, though another could hold it`;
  return undefined;
}
