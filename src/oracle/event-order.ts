// E2 and E7: the order of events within an instant, as far as the trace shows it, and the number of its rounds.
//
// Of a round's events, those that leave entries are ends of attempts, then submissions, each by position; or, where ties are seeded,
// by the place that the seed gives them, which the trace does not hold: without it, no task may come twice in a row. A new round
// shows by the end of an attempt that a pass of the round before started or continued: no work was left to do. Entries of passes
// (assigned, started) and what follows at once from an event (retried, abandoned, skipped) are not events of their own.
// A client may cancel, attempts may be given up, and one whose worker goes on may be beyond its limit: then the order begins anew.
import { EntryKind, isTurn, type Trace, type TraceEntry } from "../model/trace.ts";
import { isNetworked } from "../model/world.ts";
import { Finding, type Invariant, type JudgeOptions } from "./invariant.ts";
import { endsAttempt, takes } from "./ledger.ts";

const MOST_ROUNDS = 10_000;

/** Kinds after which the order of a round begins anew. */
const UNSETTLING: readonly EntryKind[] = [
  ...[EntryKind.cancelled, EntryKind.requeued, EntryKind.lost, EntryKind.resumed, EntryKind.slowed],
  ...[EntryKind.cpuShared, EntryKind.memoryShared], // at the end of a round
];

interface Round {
  index: number;
  entry: TraceEntry;
  /** From 1 within the instant. */
  number: number;
  /** Whether the entry opens it. */
  opens: boolean;
  /** The event that must come before this entry's, if that is not so. */
  after?: TraceEntry;
}

export const EVENT_ORDER: Invariant = {
  id: "E2",
  statement:
    "Events of one round are in order: ends of attempts, then submissions, each by the task's position, or by its seeded place; never two with one key.",
  judge(trace, { place }) {
    const finding = new Finding();
    if (isNetworked(trace.world) || trace.world.network?.clients) return finding; // they come in the order in which messages arrive
    for (const { index, entry, after } of eventsWithRounds(trace, place)) {
      finding.check(
        index,
        entry.time,
        after && `the event of task ${entry.task} comes after that of task ${after.task}, which is later in the order of their round`,
      );
    }
    return finding;
  },
};

export const ROUNDS: Invariant = {
  id: "E7",
  statement: "An instant has at most 10,000 rounds (of those that the trace shows).",
  judge(trace) {
    const finding = new Finding();
    for (const { index, entry, number, opens } of eventsWithRounds(trace)) {
      if (opens) finding.check(index, entry.time, number > MOST_ROUNDS && `round ${number} of one instant`);
    }
    return finding;
  },
};

function* eventsWithRounds(trace: Trace, place?: JudgeOptions["place"]): Generator<Round> {
  const precedes = orderOf(trace, place);
  const startedIn = new Map<number, number>(); // tasks started or continued at this instant, or that turned to something else, and the round
  let number = 0;
  let now = -1;
  let last: TraceEntry | undefined;
  let opens = false;
  let index = -1;
  for (const entry of trace.entries) {
    index += 1;
    if (entry.time !== now) {
      now = entry.time;
      number = 1;
      opens = true;
      last = undefined;
      startedIn.clear();
    }
    if (takes(entry) || entry.kind === EntryKind.continued || isTurn(entry.kind)) startedIn.set(entry.task, number);
    if (UNSETTLING.includes(entry.kind)) last = undefined;
    if (!endsAttempt(entry) && entry.kind !== EntryKind.submitted) continue;
    if (endsAttempt(entry) && startedIn.get(entry.task) === number) {
      number += 1;
      opens = true;
      last = undefined;
    }
    const misplaced = last !== undefined && !precedes(last, entry);
    yield { index, entry, number, opens, ...(misplaced && { after: last as TraceEntry }) };
    last = entry;
    opens = false;
  }
}

/** Whether one event comes before another in the order of their round. */
function orderOf({ settings }: Trace, place: JudgeOptions["place"]): (a: TraceEntry, b: TraceEntry) => boolean {
  const phase = (entry: TraceEntry) => (endsAttempt(entry) ? "end" : "submission");
  return (a, b) => {
    if (phase(a) !== phase(b)) return phase(a) === "end";
    if (settings.ties === "position") return a.task < b.task;
    return place === undefined ? a.task !== b.task : place(a.time, phase(a), a.task) < place(b.time, phase(b), b.task);
  };
}
