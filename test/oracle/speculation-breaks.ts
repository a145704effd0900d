// A run in which attempts get copies, and ways to break what holds of these.
import { defineScenario, simulate } from "../../src/index.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

/**
 * The first three are done at 10 s. On w-1 to w-3 start then c, whose copy wins, f, whose copy fails before it does, and o, which wins over its
 * copy: all have copies on w-4 to w-6 at 25 s.
 */
export function copiedTrace(): Trace {
  const on = (slow: string, quick: string) => ({ on: { "w-1": slow, "w-2": slow, "w-3": slow, "zone=b": quick } });
  const quick = ["q1", "q2", "q3"].map((id) => ({ id, function: "f", duration: "10s" }));
  const workers = [
    { id: "w", count: 3, labels: { zone: "a" } },
    { id: "v", count: 3, labels: { zone: "b" } },
  ];
  const slow = [
    { id: "c", duration: on("100s", "20s") },
    { id: "f", duration: on("100s", "20s"), fails: [1] },
    { id: "o", duration: on("30s", "30s") },
  ].map((task) => ({ ...task, function: "f", dependencies: ["q1", "q2", "q3"] }));
  const scheduler = { policy: "first-fit", speculation: { factor: 1.5, min: 3 } };
  return simulate(defineScenario({ name: "copied", cluster: { workers }, scheduler, tasks: [...quick, ...slow] }), { storeTrace: true })
    .trace;
}

type Change = (one: TraceEntry) => TraceEntry[];

const [C, F, O] = [3, 4, 5];
const { copied, dropped, finished } = EntryKind;

/** The entry of a kind about a task becomes others. */
const change =
  (kind: EntryKind, whose: number, how: Change) =>
  (trace: Trace): Trace =>
    withEntries(
      trace,
      [...trace.entries].flatMap((one) => (one.kind === kind && one.task === whose ? how(one) : [one])),
    );

const gone: Change = () => [];
const as =
  (fields: Partial<TraceEntry>): Change =>
  (one) => [{ ...one, ...fields }];

/** As if it had been asked for in another way. */
const settled =
  (speculation: { factor: number; min: number }) =>
  (trace: Trace): Trace => ({ ...trace, settings: { ...trace.settings, speculation } });

/** The loser of o goes on, and its result counts too. */
const bothCount = (trace: Trace): Trace =>
  change(finished, O, (one) => [one, { ...one, worker: 5, attempt: 2 }])(change(dropped, O, gone)(trace));

export const SPECULATION_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["T2", "a copy starts where the attempt runs", change(copied, C, as({ worker: 0 }))],
  ["T2", "a copy has the number of the attempt", change(copied, C, as({ attempt: 1 }))],
  ["T2", "a second copy starts beside the first", change(copied, C, (one) => [one, { ...one, worker: 4, attempt: 3 }])],
  ["T2", "an attempt is dropped that is none", change(dropped, C, as({ attempt: 3 }))],
  ["T2", "one of two is dropped for no reason", change(dropped, F, as({ reason: Reason.none }))],
  ["T2", "a task completes while another attempt of it goes on", change(dropped, O, gone)],
  ["T4", "the results of both count", bothCount],
  ["T7", "a copy takes less than its time", change(finished, C, (one) => [{ ...one, time: one.time - 1 }])],
  ["T7", "a copy fails before its time", change(dropped, F, as({ time: 44_999_999 }))],
  ["R1", "two copies have the same room", change(copied, F, as({ worker: 3 }))],
  ["R2", "the room of a copy is never given back", change(dropped, O, gone)],
  ["R2", "the room of a copy is given back elsewhere", change(dropped, O, as({ worker: 4 }))],
  ["R3", "a copy is where it cannot be held", (trace) => change(copied, C, as({ worker: 3 }))(unable(trace))],
  ["F4", "an attempt ends that was stopped for the other's sake", change(finished, C, (one) => [{ ...one, attempt: 1, worker: 0 }])],
  ["T21", "a copy starts too soon", settled({ factor: 3, min: 3 })],
  ["T21", "a copy starts when too few have completed", settled({ factor: 1.5, min: 4 })],
  ["T21", "a copy starts, and nobody has asked for any", unasked],
  [
    "T21",
    "a copy follows one that has failed",
    change(dropped, F, (one) => [one, { ...one, kind: copied, attempt: 3, reason: Reason.none }]),
  ],
  ["T21", "an attempt is stopped for another that does not complete", change(finished, C, gone)],
];

function unasked(trace: Trace): Trace {
  const { speculation: _, ...settings } = trace.settings;
  return { ...trace, settings };
}

/** The same where w-4 may hold nothing. */
function unable(trace: Trace): Trace {
  const eligibilitySets = trace.world.eligibilitySets.map((set) => set.map((may, worker) => (worker === 3 ? 0 : may)));
  return { ...trace, world: { ...trace.world, eligibilitySets } };
}
