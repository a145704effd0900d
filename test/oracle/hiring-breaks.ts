// A run with pools, and ways to break what holds of them.
import { defineScenario, simulate } from "../../src/index.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

/** A pool of which nothing is taken back, with one instance of at most three from the beginning; and one of spot instances, which are. */
export function hiredTrace(): Trace {
  const scenario = defineScenario({
    name: "hired",
    cluster: {
      pools: [
        { id: "own", cpu: 1, min: 1, max: 3, boot: "5s", labels: { kind: "own" } },
        { id: "spot", cpu: 1, max: 2, boot: "10s", labels: { kind: "spot" }, spot: { mtbf: "40s", notice: "3s" } },
      ],
      autoscaler: { kind: "queue-length", tasksPerWorker: 1, interval: "5s", cooldown: "5s" },
    },
    scheduler: { policy: "first-fit" },
    tasks: [
      ...["a", "b", "c", "d"].map((id) => ({ id, duration: "8s", requires: { kind: "own" } })),
      ...["e", "f", "g", "h"].map((id) => ({ id, duration: "30s", requires: { kind: "spot" } })),
    ],
  });
  return simulate(scenario, { storeTrace: true, seed: "7" }).trace;
}

type Holds = (entry: TraceEntry) => boolean;

/** The first such entry becomes others. */
function first(holds: Holds, change: (entry: TraceEntry) => TraceEntry[]): (trace: Trace) => Trace {
  return (trace) => {
    const entries = [...trace.entries];
    const index = entries.findIndex(holds);
    if (index < 0) throw new Error("there is no such entry to break");
    return withEntries(trace, entries.toSpliced(index, 1, ...change(entries[index] as TraceEntry)));
  };
}

const SPOT = 3;
const is =
  (kind: EntryKind, from = 0): Holds =>
  (entry) =>
    entry.kind === kind && entry.worker >= from;

/** Of a worker of the first pool, which is never taken back, to leave. */
const drains: Holds = ({ kind, worker }) => kind === EntryKind.draining && worker < SPOT;

export const HIRING_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  [
    "R7-size",
    "a pool keeps fewer than it must",
    first(drains, (one) => [one, { ...one, worker: 0 }, { ...one, worker: 1 }, { ...one, worker: 2 }]),
  ],
  ["R7-size", "a pool has more than it may", first(is(EntryKind.launched), (one) => [one, one, one, one])],
  ["R7-launch", "an instance is launched where one is", first(is(EntryKind.launched), (one) => [one, { ...one, attempt: 2 }])],
  ["R7-launch", "instances are numbered amiss", first(is(EntryKind.launched), (one) => [{ ...one, attempt: 3 }])],
  ["R7-launch", "an instance leaves twice", first(is(EntryKind.left), (one) => [one, one])],
  ["R7-boot", "an instance is up too early", first(is(EntryKind.registered), (one) => [{ ...one, time: one.time - 1 }])],
  ["R7-boot", "an instance is up too late", first(is(EntryKind.registered), (one) => [{ ...one, time: one.time + 1 }])],
  [
    "R7-boot",
    "a task starts on an instance that boots",
    first(is(EntryKind.launched, SPOT), (one) => [one, { ...one, kind: EntryKind.started, task: 4 }]),
  ],
  [
    "R7-boot",
    "a task starts on an instance that is gone",
    first(is(EntryKind.left, SPOT), (one) => [one, { ...one, kind: EntryKind.started, task: 4 }]),
  ],
  ["R7-notice", "an instance is taken back that is no spot instance", first(is(EntryKind.reclaimed), (one) => [{ ...one, worker: 0 }])],
  ["R7-notice", "an instance is told twice that it will be taken back", first(is(EntryKind.reclaimed), (one) => [one, one])],
  [
    "R7-notice",
    "an instance outstays its notice",
    (trace) => {
      const told = [...trace.entries].find(is(EntryKind.reclaimed));
      return first(
        ({ kind, worker, time }) => kind === EntryKind.left && worker === told?.worker && time >= told.time,
        () => [],
      )(trace);
    },
  ],
  [
    "R7-notice",
    "a task is given up before the notice is over",
    first(
      ({ kind, reason }) => kind === EntryKind.requeued && reason === Reason.reclaim,
      (one) => [{ ...one, time: one.time - 1 }],
    ),
  ],
  [
    "R7-notice",
    "a task starts on an instance that is to be taken back",
    first(is(EntryKind.reclaimed), (one) => [one, { ...one, kind: EntryKind.started, task: 4 }]),
  ],
  [
    "T5",
    "a task is given up for an instance that is not taken back then",
    first(
      ({ kind, reason }) => kind === EntryKind.requeued && reason === Reason.reclaim,
      (one) => [{ ...one, time: one.time - 1 }],
    ),
  ],
  ["R4-turnover", "something happens on an instance before it is launched", first(is(EntryKind.launched), () => [])],
  [
    "R4",
    "a task is sent to an instance that boots",
    first(is(EntryKind.launched), (one) => [one, { ...one, kind: EntryKind.started, task: 0 }]),
  ],
];
