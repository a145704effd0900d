// T6: attempts stay within the budget, and a task is given up only when it is used up.
import { attemptCode } from "../model/attempt-code.ts";
import { at } from "../model/columns.ts";
import { backoffAfter, jittered } from "../model/settings.ts";
import { EntryKind, Reason, type Trace } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger } from "./ledger.ts";

export const ATTEMPT_BUDGET: Invariant = {
  id: "T6",
  statement:
    "A task starts at most 1 + retries times (attempts that were given up not counted, unless `countLost` says so); it is retried while attempts are left, when its backoff ends, within the bounds of its jitter, and abandoned as exhausted, once, when none is.",
  judge(trace) {
    const finding = new Finding();
    const { tasks } = trace.world;
    const ledger = new Ledger(trace);
    const exhausted = new Uint8Array(tasks.count);
    const failedAt = new Float64Array(tasks.count);
    /** Of attempts that have ended on their workers: a leader has known since then, or later. */
    const endedAt = new Map<number, Time>();
    const isReplicated = trace.world.replicas !== undefined;
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, time, reason, attempt } = entry;
      const budget = 1 + at(tasks.retries, task);
      const used = ledger.used(task);
      if (kind === EntryKind.started) {
        finding.check(index, time, used >= budget && `task ${task} starts attempt ${used + 1} of ${budget}`);
      } else if (kind === EntryKind.retried) {
        const wrong = used >= budget ? `task ${task} is to be retried after ${used} attempts of ${budget}` : undefined;
        finding.check(index, time, wrong ?? mistimed(trace, time - (failedAt[task] ?? 0), ledger.executions(task)));
      } else if (kind === EntryKind.failed) {
        failedAt[task] = endedAt.get(attemptCode(task, attempt)) ?? time;
      } else if (kind === EntryKind.ended) {
        if (isReplicated) endedAt.set(attemptCode(task, attempt), time);
      } else if (kind === EntryKind.abandoned && reason === Reason.exhausted) {
        const wrong = used !== budget ? `task ${task} is exhausted after ${used} attempts of ${budget}` : undefined;
        finding.check(index, time, wrong ?? (exhausted[task] === 1 && `task ${task} is exhausted a second time`));
        exhausted[task] = 1;
      }
      ledger.apply(entry);
      index += 1;
    }
    return finding;
  },
};

/** What is wrong with the time between a failure and its retry. */
function mistimed({ settings, world }: Trace, waited: Duration, failures: number): string | undefined {
  const { backoff } = settings.retry;
  const middle = backoff === undefined ? 0 : backoffAfter(backoff, failures);
  const [least, most] = [0, 1].map((u) => jittered(middle, backoff?.jitter ?? 0, u)) as [Duration, Duration];
  return waited >= least && (waited <= most || world.replicas !== undefined)
    ? undefined
    : `a retry comes ${waited} µs after the failure, not ${least} to ${most}`;
}
