// Runs in which files go from worker to worker, make room, and are lost; and ways to break what holds of that.
import { defineScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

function traceOf(input: ScenarioInput): Trace {
  return simulate(defineScenario({ name: "files", ...input }), { storeTrace: true }).trace;
}

/**
 * big comes from the store to w-1, where a reads it; b reads it on w-2, which is sent it by w-1, and then other, for which big makes room there; c
 * reads big there once more.
 */
export function movedTrace(sharing: "none" | "fair" = "none"): Trace {
  return traceOf({
    cluster: {
      workers: [
        { id: "w-1", labels: { on: "1" } },
        { id: "w-2", fileCache: "3GB", labels: { on: "2" } },
      ],
    },
    network: { bandwidth: "100MB", sharing },
    files: [
      { id: "big", size: "2GB" },
      { id: "other", size: "2GB" },
    ],
    tasks: [
      { id: "a", duration: "60s", requires: { on: "1" }, inputs: ["big"] },
      { id: "b", duration: "10s", requires: { on: "2" }, inputs: ["big"], release: "30s" },
      { id: "d", duration: "10s", requires: { on: "2" }, inputs: ["other"], dependencies: ["b"] },
      { id: "c", duration: "10s", requires: { on: "2" }, inputs: ["big"], dependencies: ["d"] },
    ],
  });
}

/** What a and b wrote is on w-1, which goes down and loses it; c, which reads both, waits for a's file then, and runs when both have run again. */
export function lostTrace(lost: "recompute" | "fail" = "recompute"): Trace {
  return traceOf({
    cluster: {
      workers: [
        { id: "w-1", labels: { on: "1" } },
        { id: "w-2", labels: { on: "2" } },
      ],
    },
    network: { bandwidth: "100MB" },
    data: { outputs: "local", lost },
    scheduler: { policy: "first-fit", heartbeat: { interval: "1s", timeout: "3s" }, lease: "5s" },
    tasks: [
      { id: "a", duration: "10s", requires: { on: "1" }, outputs: { x: "1GB" } },
      { id: "b", duration: "10s", requires: { on: "1" }, dependencies: ["a"], inputs: ["x"], outputs: { y: "1GB" } },
      { id: "c", duration: "10s", requires: { on: "2" }, inputs: ["y"] },
      { id: "e", duration: "5s", requires: { on: "2" }, dependencies: ["c"] },
    ],
    faults: [{ kind: "crash", worker: "w-1", at: "22s", for: "20s", loses: "disk" }],
  });
}

/** Both read what lies on w-2, where only one at a time has room: the other waits for that. */
export function localTrace(): Trace {
  return traceOf({
    cluster: { workers: [{ id: "w-1" }, { id: "w-2" }] },
    network: { bandwidth: "100MB" },
    scheduler: { policy: "first-fit", placement: "locality", localityDelay: "30s" },
    files: [{ id: "big", size: "5GB", at: "w-2" }],
    tasks: ["a", "b"].map((id) => ({ id, duration: "10s", inputs: ["big"] })),
  });
}

type Break = readonly [id: string, what: string, change: (trace: Trace) => Trace];

/** Of the entries of a kind that one of that number becomes others. */
function nth(kind: EntryKind, number: number, change: (one: TraceEntry) => TraceEntry[]): (trace: Trace) => Trace {
  return (trace) => {
    const entries = [...trace.entries];
    const index = entries.flatMap((entry, i) => (entry.kind === kind ? [i] : []))[number];
    if (index === undefined) throw new Error("there is no such entry to break");
    return withEntries(trace, entries.toSpliced(index, 1, ...change(entries[index] as TraceEntry)));
  };
}

const { sending, fetching, fetched, evicted, prepared, preparing, reopened, started, recalled, requeued } = EntryKind;
const gone = () => [];
const later = (one: TraceEntry) => [{ ...one, time: one.time + 1 }];
const sooner = (one: TraceEntry) => [{ ...one, time: one.time - 1 }];

export const MOVED_BREAKS: readonly Break[] = [
  ["T19", "a file is there too early", nth(fetched, 0, sooner)],
  ["T19", "a file is there too late", nth(fetched, 0, later)],
  ["T19", "a file is there that was never sent", nth(fetching, 0, gone)],
  ["T19", "a file is sent twice", nth(fetching, 0, (one) => [one, one])],
  ["T19", "a worker sends what it has not", nth(sending, 0, (one) => [{ ...one, attempt: 1 }])],
  ["T19", "a worker sends to nobody", nth(sending, 0, (one) => [one, one])],
  ["T19", "a file is sent where it is", nth(fetching, 1, (one) => [{ ...one, worker: 0 }])],
  ["T19", "an attempt works before its file is there", nth(prepared, 0, sooner)],
  ["T19", "an attempt waits though its file is there", nth(prepared, 0, later)],
  ["T19", "an attempt waits for what it has", nth(preparing, 1, (one) => [{ ...one, worker: 0 }])],
  ["T19", "a file makes room though there is room", nth(evicted, 0, (one) => [one, { ...one, attempt: 1 }])],
  ["T19", "nothing makes room", nth(evicted, 0, gone)],
  ["T19", "what is in use makes room", nth(prepared, 1, (one) => [one, { ...one, kind: evicted, task: -1, attempt: 0 }])],
];

export const SHARED_BREAKS: readonly Break[] = [
  ["T19", "a file is there sooner than it could be alone", nth(fetched, 0, sooner)],
  ["T19", "a file is there that was never sent", nth(fetching, 0, gone)],
];

export const LOST_BREAKS: readonly Break[] = [
  [
    "T20",
    "a task runs again that need not",
    nth(started, 1, (one) => [{ ...one, kind: reopened, task: 0, worker: -1, attempt: 1, reason: Reason.input }, one]),
  ],
  ["T20", "what is lost is not made again", nth(reopened, 0, gone)],
  ["T20", "the one before it is not made again", nth(reopened, 1, gone)],
  [
    "T20",
    "an attempt is left that may wait for ever",
    (trace) =>
      nth(
        requeued,
        0,
        gone,
      )(
        withEntries(
          trace,
          [...trace.entries].filter(({ kind }) => kind !== recalled),
        ),
      ),
  ],
  [
    "T1",
    "a task starts while what it reads is lost",
    nth(reopened, 1, (one) => [one, { ...one, kind: started, task: 2, worker: 1, attempt: 2, reason: Reason.none }]),
  ],
  ["T2", "a task runs again that has not ended", nth(reopened, 0, (one) => [one, one])],
];

export const LOCAL_BREAKS: readonly Break[] = [
  ["P1-locality", "a task starts where its files are not", nth(started, 0, (one) => [{ ...one, worker: 0 }])],
  ["P1-locality", "a task does not wait for where they are", nth(started, 1, (one) => [{ ...one, worker: 0 }])],
];
