// A run whose attempts wait for their environments, and ways to break what holds of that.
import { defineScenario, simulate } from "../../src/index.ts";
import { nameAt } from "../../src/model/columns.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

/**
 * a pulls an image, b waits for it, and e, after both, finds it; d pulls another, for which that makes room, and f the first again. p cannot
 * be pulled; c starts cold, and w after it warm. In each the worker is w-1 but for c and w, on w-2.
 */
export function preparedTrace(): Trace {
  const container = (image: string, fails = {}) => ({ kind: "container", image, pull: "5s", start: "2s", size: "2GB", fails });
  const handler = { kind: "function", cold: "4s", warm: "1s", keep: "10s" };
  const scenario = defineScenario({
    name: "prepared",
    cluster: {
      workers: [
        { id: "w-1", cpu: 2, cache: "3GB", labels: { kind: "host" } },
        { id: "w-2", cpu: 1, labels: { kind: "faas" } },
      ],
    },
    scheduler: { policy: "first-fit" },
    tasks: [
      ...["a", "b"].map((id) => ({ id, duration: "10s", requires: { kind: "host" }, environment: container("x") })),
      { id: "e", duration: "3s", requires: { kind: "host" }, environment: container("x"), dependencies: ["a", "b"] },
      { id: "d", duration: "3s", requires: { kind: "host" }, environment: container("y"), dependencies: ["e"] },
      { id: "f", duration: "3s", requires: { kind: "host" }, environment: container("x"), dependencies: ["d"] },
      { id: "p", duration: "3s", requires: { kind: "host" }, environment: container("z", { pull: 1 }), dependencies: ["f"] },
      { id: "c", duration: "3s", requires: { kind: "faas" }, environment: handler },
      { id: "w", duration: "3s", requires: { kind: "faas" }, environment: handler, dependencies: ["c"] },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

type Change = (one: TraceEntry) => TraceEntry[];

/** The first entry of a kind about a task, and for that reason, becomes others. */
function first(kind: EntryKind, name: string, change: Change, reason?: Reason): (trace: Trace) => Trace {
  return (trace) => {
    const entries = [...trace.entries];
    const isIt = (entry: TraceEntry) =>
      entry.kind === kind &&
      entry.task >= 0 &&
      nameAt(trace.world.tasks.names, entry.task) === name &&
      (reason ?? entry.reason) === entry.reason;
    const index = entries.findIndex(isIt);
    if (index < 0) throw new Error("there is no such entry to break");
    return withEntries(trace, entries.toSpliced(index, 1, ...change(entries[index] as TraceEntry)));
  };
}

const { preparing, prepared, failed, finished } = EntryKind;
const as =
  (reason: Reason): Change =>
  (one) => [{ ...one, reason }];
const sooner: Change = (one) => [{ ...one, time: one.time - 1 }];
const gone: Change = () => [];

export const ENVIRONMENT_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["T18", "an image is pulled that another has pulled", first(preparing, "b", as(Reason.pull))],
  ["T18", "an image is waited for that nobody pulls", first(preparing, "a", as(Reason.wait))],
  ["T18", "an image is pulled that is there", first(preparing, "e", (one) => [{ ...one, reason: Reason.pull }, one])],
  ["T18", "an image is there that has made room", first(preparing, "f", gone)],
  ["T18", "a pull takes less than its time", first(preparing, "a", sooner, Reason.start)],
  ["T18", "an attempt waits for less than the pull", first(preparing, "b", sooner, Reason.start)],
  ["T18", "a stage is left out", first(preparing, "a", gone, Reason.start)],
  ["T18", "a stage comes twice", first(preparing, "a", (one) => [one, one], Reason.start)],
  ["T18", "a start takes less than its time", first(prepared, "a", sooner)],
  ["T18", "an attempt begins to work too late", first(prepared, "a", (one) => [{ ...one, time: one.time + 1 }])],
  ["T18", "nothing is done before an attempt works", (trace) => first(prepared, "e", gone)(first(preparing, "e", gone)(trace))],
  ["T18", "an attempt never begins to work", first(prepared, "w", gone)],
  ["T18", "a start is warm with no instance there", first(preparing, "c", as(Reason.warm))],
  ["T18", "a start is cold with an instance there", first(preparing, "w", as(Reason.cold))],
  ["T18", "an instance is warm for longer than it is kept", (trace) => later(trace, "w", 10_000_001)],
  ["T18", "a pull fails before its time", first(failed, "p", sooner)],
  ["T18", "a start fails that never does", first(finished, "a", (one) => [{ ...one, kind: failed, reason: Reason.start }])],
  ["T18", "a pull goes well that always fails", first(failed, "p", (one) => [{ ...one, kind: preparing, reason: Reason.start }])],
  ["T18", "something else fails than what is done", first(failed, "p", as(Reason.start))],
  ["T7", "an attempt works for less than its time", first(finished, "w", sooner)],
];

/** All that is told of a task from its start on comes so much later. */
function later(trace: Trace, name: string, by: number): Trace {
  const entries = [...trace.entries];
  const isIts = ({ task, kind }: TraceEntry) => task >= 0 && nameAt(trace.world.tasks.names, task) === name && kind !== EntryKind.submitted;
  const rest = entries.filter((entry) => !isIts(entry));
  const moved = entries.filter(isIts).map((entry) => ({ ...entry, time: entry.time + by }));
  return withEntries(
    trace,
    [...rest, ...moved].toSorted((a, b) => a.time - b.time),
  );
}
