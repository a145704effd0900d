// A run whose clients are processes, which ask of a scheduler of three replicas, and ways to break what they are told.
import { defineScenario, simulate } from "../../src/index.ts";
import { answerAmount, answerOf, clientOf, TaskState } from "../../src/model/clients.ts";
import type { ReplicationPlan } from "../../src/model/replication.ts";
import { EntryKind, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";
import { nth } from "./share-breaks.ts";

/** The leader crashes, and one client cancels a task. */
export function callingTrace(): Trace {
  const scenario = defineScenario({
    name: "calling",
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    scheduler: { replicas: 3 },
    clients: { count: 2, status: "500ms" },
    network: { clients: { latency: "2ms", loss: 0.1 } },
    tasks: Array.from({ length: 6 }, (_, i) => ({ id: `t${i + 1}`, duration: "1500ms" })),
    actions: [
      { at: "3s", cancel: "t6" },
      { at: "3s", set: { task: "t5", priority: 2 } },
    ],
    faults: [{ kind: "crash", replica: "leader", at: "2500ms", for: "1s" }],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** Leaders acknowledge what they alone have, and the one that is cut off has a call and the end of an attempt that are lost with it. */
export function losingTrace(): Trace {
  const scenario = defineScenario({
    name: "losing",
    cluster: { workers: [{ id: "w", cpu: 4 }] },
    scheduler: { replicas: { count: 3, durability: "leader" } },
    clients: {},
    network: { clients: { latency: "2ms" } },
    tasks: [
      { id: "a", duration: "4500ms" },
      { id: "b", duration: "8s" },
    ],
    actions: [{ at: "5400ms", cancel: "b" }],
    faults: [{ kind: "partition", replica: "leader", at: "5s", for: "5s" }],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const { applied, called, forgone, returned } = EntryKind;

/** An answer that tells of another state, or of another command. */
const told = (change: (answer: { index: number; state: TaskState }) => { index: number; state: TaskState }) =>
  nth(returned, 9, (one) => {
    const { index, state } = change(answerOf(one.amount as number));
    return [{ ...one, amount: answerAmount(index, state) }];
  });

/** The last entry of a kind. */
const last = (kind: EntryKind, how: (entry: TraceEntry) => TraceEntry) => (trace: Trace) => {
  const place = [...trace.entries].findLastIndex((entry) => entry.kind === kind);
  return withEntries(
    trace,
    [...trace.entries].map((entry, i) => (i === place ? how(entry) : entry)),
  );
};

/** The first call that is executed. */
const executed = (how: (entry: TraceEntry) => TraceEntry[]) => (trace: Trace) => {
  const place = [...trace.entries].findIndex(({ kind, worker }) => kind === applied && clientOf(worker) >= 0);
  return withEntries(
    trace,
    [...trace.entries].flatMap((entry, i) => (i === place ? how(entry) : [entry])),
  );
};

export const CALL_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["L11", "an answer is another", told(({ index }) => ({ index, state: TaskState.skipped }))],
  ["L12", "an answer is older than one before", last(returned, (one) => ({ ...one, amount: answerAmount(0, TaskState.unsubmitted) }))],
  ["L13", "a call is executed twice", executed((one) => [one, one])],
  ["L13", "one is executed that nobody made", nth(called, 0, () => [])],
  ["L13", "one is answered twice", nth(returned, 0, (one) => [one, one])],
  ["L13", "a change is answered that was not executed", executed((one) => [{ ...one, worker: -1, attempt: 0 }])],
];

export const LOSS_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["L14", "nobody is told that a call is lost", nth(forgone, 0, () => [])],
  ["L14", "a call is told to be lost that nobody made", nth(forgone, 0, (one) => [{ ...one, attempt: 77 }])],
  ["L14", "the end of an attempt that never began", nth(forgone, 1, (one) => [{ ...one, attempt: 2 }])],
  ["L14", "the end of an attempt that was known", nth(forgone, 1, (one) => [{ ...one, kind: EntryKind.finished, amount: 0 }, one])],
  [
    "L14",
    "a task is submitted of which nobody knows",
    nth(EntryKind.led, 0, (one) => [one, { ...one, kind: forgone, task: 1, worker: -1, attempt: 0, amount: 1 }]),
  ],
  ["L14", "a majority's word is broken", (trace) => ({ ...trace, world: byQuorum(trace.world) })],
  ["L13", "a call is noted where a majority is to have it", (trace) => ({ ...trace, world: byQuorum(trace.world) })],
  ["T5", "an attempt is given up whose end is not lost", nth(forgone, 1, () => [])],
];

function byQuorum(world: Trace["world"]): Trace["world"] {
  return { ...world, replicas: { ...(world.replicas as ReplicationPlan), durability: "quorum" } };
}
