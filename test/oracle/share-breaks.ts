// A run of elastic attempts that share a worker, and ways to break what holds of that.
import { defineScenario, simulate } from "../../src/index.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

/** First a alone, then beside b, then both beside c, which requests half; memory is a's alone. */
export function sharingTrace(): Trace {
  const scenario = defineScenario({
    name: "sharing",
    cluster: { workers: [{ id: "w", cpu: 8, memory: "8GB" }] },
    scheduler: { policy: "first-fit" },
    tasks: [
      {
        id: "a",
        duration: "80s",
        cpu: { min: 2, max: 8 },
        memory: { min: "1GB", max: "8GB" },
        speedup: { cpu: "linear", memory: { table: { "1GB": 1, "8GB": 1.2 } } },
      },
      { id: "b", duration: "60s", cpu: { min: 1, max: 4 }, release: "10s" },
      { id: "c", duration: "10s", cpu: 4, release: "15s" },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const { cpuShared, memoryShared } = EntryKind;
export const nth =
  (kind: EntryKind, place: number, how: (entry: TraceEntry) => TraceEntry[]) =>
  (trace: Trace): Trace => {
    let seen = -1;
    return withEntries(
      trace,
      [...trace.entries].flatMap((entry) => (entry.kind === kind && ++seen === place ? how(entry) : [entry])),
    );
  };
export const other = (change: Partial<TraceEntry>) => (entry: TraceEntry) => [{ ...entry, ...change }];

function withoutAmount(entry: TraceEntry): TraceEntry[] {
  const { time, kind, task, worker, attempt, reason } = entry;
  return [{ time, kind, task, worker, attempt, reason }];
}

export const SHARE_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["T22", "nothing is given that is to spare", nth(cpuShared, 0, () => [])],
  ["T22", "somebody keeps what others should have", nth(cpuShared, 1, () => [])],
  ["T22", "less is given than there is", nth(cpuShared, 0, other({ amount: 7000 }))],
  ["T22", "more than it has any use for", nth(cpuShared, 0, other({ amount: 9000 }))],
  ["T22", "less than it requests", nth(cpuShared, 0, other({ amount: 1000 }))],
  ["T22", "what it holds", nth(cpuShared, 0, (one) => [one, one])],
  ["T22", "nobody knows how much", nth(cpuShared, 0, withoutAmount)],
  ["T22", "to one that does not stretch", nth(cpuShared, 3, other({ task: 2 }))],
  ["T22", "to one that is not there", nth(cpuShared, 0, other({ attempt: 2 }))],
  ["T22", "for a reason", nth(cpuShared, 0, other({ reason: Reason.push }))],
  ["T22", "memory that others request", nth(memoryShared, 0, other({ amount: 8_000_000_001 }))],
  ["T22", "no memory, though there is some", nth(memoryShared, 0, () => [])],
  ["T7", "what it holds makes it no faster", nth(EntryKind.finished, 2, (one) => [{ ...one, time: one.time + 1 }])],
];
