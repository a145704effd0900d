// T7 and T12: attempts last exactly as long as the drawn world says, and end as it says.
import { at } from "../model/columns.ts";
import { failedToStart } from "../model/environment.ts";
import { ENTRY_NAMES, EntryKind, REASON_NAMES, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Duration } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { type DrawnAttempt, drawnAttempt } from "./drawn-attempt.ts";
import { type ExpectedEnd, ExpectedEnds } from "./expected-ends.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { endsAttempt, failsBeside, Ledger, Stage } from "./ledger.ts";

export const EXACT_PROGRESS: Invariant = {
  id: "T7",
  statement:
    "Progress is exact: an attempt ended by itself lasts its work ÷ speed, rounded up, or its own time on that worker; a failing execution that part of it; and it fails if and only if it was drawn to. A user's function takes at least that. A task that kills takes its worker down, and nothing else does so in its name, when it has done the part of its work that it was given.",
  judge(trace) {
    const finding = new Finding();
    if (trace.settings.liveness !== undefined) return disturbed(trace, finding, false);
    for (const end of attemptEnds(trace)) {
      const { entry } = end;
      if (entry.reason === Reason.timeout) continue;
      const message = trace.world.functions ? tooShort(end) : (inexact(end) ?? otherEnd(end));
      finding.check(end.index, entry.time, message && `attempt ${entry.attempt} of task ${entry.task} ${message}`);
    }
    return finding;
  },
};

function tooShort({ length, drawn }: AttemptEnd): string | undefined {
  return length < drawn.unlimited ? `lasted ${length}, less than ${drawn.unlimited}` : undefined;
}

function inexact({ length, drawn }: AttemptEnd): string | undefined {
  return length === drawn.unlimited ? undefined : `lasted ${length}, not ${drawn.unlimited}`;
}

function otherEnd({ entry, drawn }: AttemptEnd): string | undefined {
  if (drawn.reason === Reason.timeout || (entry.kind === drawn.kind && entry.reason === drawn.reason)) return undefined;
  return `should have ended otherwise (${ENTRY_NAMES[drawn.kind]}, ${REASON_NAMES[drawn.reason]})`;
}

export const TIMEOUTS: Invariant = {
  id: "T12",
  statement: "A timeout ends an attempt if and only if the attempt would outlive its limit on that worker, and exactly at the limit.",
  judge(trace) {
    const finding = new Finding();
    if (trace.settings.liveness !== undefined) return disturbed(trace, finding, true);
    for (const end of attemptEnds(trace)) {
      const { entry } = end;
      const limit = at(trace.world.tasks.timeout, entry.task);
      if (limit === Number.POSITIVE_INFINITY && entry.reason !== Reason.timeout) continue;
      const message = untimely(end, limit, trace.world.functions ?? false);
      finding.check(end.index, entry.time, message && `attempt ${entry.attempt} of task ${entry.task} ${message}`);
    }
    return finding;
  },
};

/** Where workers can pause and change their speed: each end is where progress, segment by segment, or the limit puts it. */
function disturbed(trace: Trace, finding: Finding, timeouts: boolean): Finding {
  const ledger = new Ledger(trace);
  const ends = new ExpectedEnds(trace);
  const networked = isNetworked(trace.world);
  let index = 0;
  for (const entry of trace.entries) {
    const { kind, task, attempt, time, reason } = entry;
    const isOwnEnd = networked
      ? kind === EntryKind.ended && reason !== Reason.lease && reason !== Reason.drain
      : (endsAttempt(entry) || failsBeside(entry)) && ledger.stage[task] === Stage.running;
    if (isOwnEnd) {
      const expected = ends.of(task, attempt);
      const isTimeout = reason === Reason.timeout || expected?.reason === Reason.timeout;
      const isJudged = isTimeout === timeouts && !(failedToStart(reason) && expected !== undefined && time <= expected.time); // T18 says when
      if (isJudged) finding.check(index, time, unexpected(entry, expected));
    }
    if (!timeouts) judgeKills(finding, index, entry, ends);
    ledger.apply(entry);
    ends.follow(entry, ledger);
    index += 1;
  }
  return finding;
}

const GIVEN_UP: readonly EntryKind[] = [
  EntryKind.requeued,
  EntryKind.recalled,
  EntryKind.lost,
  EntryKind.cancelRequested,
  EntryKind.cancelled,
  EntryKind.dropped,
];

/** A killer that is heard of later than it should have taken its worker down has not; and workers that go down by one have had one. */
function judgeKills(finding: Finding, index: number, entry: TraceEntry, ends: ExpectedEnds): void {
  const { kind, task, worker, attempt, time, reason } = entry;
  if (kind === EntryKind.crashed && reason === Reason.killer) {
    const goesDown = ends.goesDown(worker, time);
    if (goesDown !== undefined) finding.check(index, time, !goesDown && `worker ${worker} is taken down by a task, and none there does so`);
  } else if (GIVEN_UP.includes(kind)) {
    const expected = worker < 0 ? undefined : ends.of(task, attempt);
    if (expected?.reason !== Reason.killer) return;
    finding.check(index, time, expected.time < time && `task ${task} has not taken worker ${worker} down at ${expected.time}`);
  }
}

function unexpected({ task, attempt, time, reason }: TraceEntry, expected: ExpectedEnd | undefined): string | undefined {
  if (expected === undefined) return `attempt ${attempt} of task ${task} ends though its worker is frozen, or it does not run`;
  if (expected.time === time && expected.reason === reason) return undefined;
  const [is, should] = [REASON_NAMES[reason], REASON_NAMES[expected.reason]];
  return `attempt ${attempt} of task ${task} ends at ${time} (${is}), not at ${expected.time} (${should})`;
}

/** How long a user's function would take, nobody knows: only that what times out does so at its limit, and nothing goes beyond. */
function untimely({ entry, length, drawn }: AttemptEnd, limit: Duration, isFunction: boolean): string | undefined {
  const timedOut = entry.kind === EntryKind.failed && entry.reason === Reason.timeout;
  const due = drawn.reason === Reason.timeout;
  if (timedOut && length !== limit) return `times out after ${length}, not ${limit}`;
  if (isFunction) return length > limit ? `lasts ${length} of at most ${limit}` : undefined;
  return timedOut === due ? undefined : `takes ${drawn.unlimited} of at most ${limit}, but ${due ? "does not time out" : "times out"}`;
}

interface AttemptEnd {
  index: number;
  entry: TraceEntry;
  /** µs since its start. */
  length: number;
  drawn: DrawnAttempt;
}

/** Ends of attempts that ran; what the entry says about worker and number is the lifecycle's concern. */
function* attemptEnds(trace: Trace): Generator<AttemptEnd> {
  const ledger = new Ledger(trace);
  const straggling = new Set<number>(); // tasks whose running attempts do so
  let index = 0;
  for (const entry of trace.entries) {
    const { kind, task } = entry;
    if (kind === EntryKind.straggled) straggling.add(task);
    if (kind === EntryKind.started) straggling.delete(task);
    if (endsAttempt(entry) && ledger.stage[task] === Stage.running) {
      const drawn = drawnAttempt(trace.world, task, ledger.worker[task], ledger.executions(task), straggling.has(task));
      yield { index, entry, length: entry.time - ledger.startedAt[task], drawn };
    }
    ledger.apply(entry);
    index += 1;
  }
}
