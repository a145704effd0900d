// R2: what was taken is given back, once.
import { mayAsk } from "../model/task-profile.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { isLedAtEnd } from "./leader-watch.ts";
import { Ledger, releases, takes } from "./ledger.ts";

export const RELEASED_ONCE: Invariant = {
  id: "R2",
  statement:
    "Every allocation is released once, by the task that took it, on the worker that gave it, and only a copy takes one beside another; when a worker leaves, and at the end, none is left, unless no replica of the scheduler leads then, and but for those of attempts that wait for what they asked for (T23 and T24 say whether they may).",
  judge(trace) {
    const finding = new Finding();
    const holds = new Map<number, number[]>(); // task → the workers of its attempts
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time } = entry;
      const own = holds.get(task) ?? [];
      if (takes(entry)) {
        const isTaken = own.length > (kind === EntryKind.started ? 0 : 1) || own.includes(worker);
        finding.check(index, time, isTaken && `task ${task} takes what it already has on worker ${own[0]}`);
        holds.set(task, [...own, worker]);
      } else if (releases(entry)) {
        finding.check(index, time, !own.includes(worker) && `task ${task} releases on worker ${worker} what it does not have there`);
        const left = own.filter((on) => on !== worker);
        if (left.length > 0 && own.includes(worker)) holds.set(task, left);
        else holds.delete(task);
      } else if (kind === EntryKind.left) {
        const held = [...holds].find(([, on]) => on.includes(worker));
        finding.check(index, time, held && `worker ${worker} has left, and task ${held[0]} still holds its allocation there`);
      }
      index += 1;
    }
    if (ranOut(trace) && isLedAtEnd(trace)) {
      const waits = waitingAtTheEnd(trace);
      const left = [...holds].find(([task]) => !waits(task));
      finding.check(index, trace.ending.time, left && `task ${left[0]} still holds its allocation on worker ${left[1][0]}`);
    }
    return finding;
  },
};

/** Whether an attempt of a task waits at the end for what it has asked for. */
function waitingAtTheEnd(trace: Trace): (task: number) => boolean {
  if (!mayAsk(trace.world.tasks.profiles)) return () => false;
  const ledger = new Ledger(trace);
  for (const entry of trace.entries) ledger.apply(entry);
  return (task) => ledger.running(task).some((attempt) => ledger.asked?.waits(task, attempt) === true);
}
