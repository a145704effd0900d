// A run in which an attempt straggles, and ways to break what holds of that.
import { defineScenario, simulate } from "../../src/index.ts";
import { EntryKind, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

/** Both straggle on a worker of their own; c does not. */
export function stragglingTrace(): Trace {
  const scenario = defineScenario({
    name: "straggling",
    cluster: { workers: [{ id: "w", count: 3 }] },
    scheduler: { policy: "first-fit" },
    straggle: { p: 1, factor: 4 },
    tasks: [
      { id: "a", duration: "1s" },
      { id: "b", duration: "2s", timeout: "3s" },
      { id: "c", duration: "1s", straggle: "none" },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const change =
  (how: (entry: TraceEntry) => TraceEntry[]) =>
  (trace: Trace): Trace =>
    withEntries(trace, [...trace.entries].flatMap(how));

const isIt = ({ kind, task }: TraceEntry, of: EntryKind, whose: number) => kind === of && task === whose;
const gone = (whose: number) => change((entry) => (isIt(entry, EntryKind.straggled, whose) ? [] : [entry]));

export const STRAGGLE_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["T2", "a task straggles that never does", change((one) => (isIt(one, EntryKind.straggled, 0) ? [one, { ...one, task: 2 }] : [one]))],
  ["T2", "an attempt straggles that is none", change((one) => (isIt(one, EntryKind.straggled, 0) ? [{ ...one, attempt: 2 }] : [one]))],
  ["T2", "an attempt straggles after it has begun", change((one) => (isIt(one, EntryKind.straggled, 0) ? [{ ...one, time: 1 }] : [one]))],
  ["T7", "an attempt is slow that does not straggle", gone(0)],
  ["T7", "an attempt straggles, and is not slow", change((one) => [isIt(one, EntryKind.finished, 0) ? { ...one, time: 1e6 } : one])],
  ["T12", "an attempt times out that does not straggle", gone(1)],
];
