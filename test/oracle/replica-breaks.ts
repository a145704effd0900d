// A run under a scheduler of three replicas, of which one crashes and starts again, and ways to break what holds of that.
import { defineScenario, simulate } from "../../src/index.ts";
import { type LogEntry, LogStep } from "../../src/model/log-entry.ts";
import { type MessageEntry, MessageFate, MessageKind } from "../../src/model/network.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { nth, other } from "./share-breaks.ts";

/** The leader crashes while its orders take long; and what a replica has applied comes in place of its log now and then. */
export function replicatedTrace(): Trace {
  const scenario = defineScenario({
    name: "replicated",
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms", snapshotEvery: 6 }, lease: "20s" },
    tasks: Array.from({ length: 8 }, (_, i) => ({ id: `t${i + 1}`, duration: "1500ms" })),
    network: { latency: "1ms", reorder: true, detail: "messages" },
    faults: [
      { kind: "message-delay", messages: ["start"], by: "3s", at: "2s", for: "3s" },
      { kind: "crash", replica: "leader", at: "4100ms", for: "1s" },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const { elected, led } = EntryKind;
const { applied, persisted } = LogStep;

const onLog =
  (change: (log: LogEntry[]) => LogEntry[]) =>
  (trace: Trace): Trace => ({ ...trace, log: change([...(trace.log ?? [])]) });

const onMessages =
  (change: (messages: MessageEntry[]) => MessageEntry[]) =>
  (trace: Trace): Trace => ({ ...trace, messages: change([...(trace.messages ?? [])]) });

/** Changes the last for which something holds. */
function last<Item>(items: Item[], holds: (item: Item) => boolean, change: (item: Item) => Item[]): Item[] {
  const place = items.findLastIndex(holds);
  return items.flatMap((item, i) => (i === place ? change(item) : [item]));
}

/** Of entries on disk in the term of their leader, the last; there as another. */
const rewritten = (log: LogEntry[]) => {
  const leaders = new Map(log.filter(({ step }) => step === LogStep.elected).map(({ replica, current }) => [current, replica]));
  const isOwn = ({ step, replica, current }: LogEntry) => step === persisted && leaders.get(current) === replica;
  return last(log, isOwn, (one) => [one, { ...one, hash: one.hash + 1 }]);
};

/** Who is elected last has lost what it had on its disk from the second entry on. */
const forgetful = (log: LogEntry[]) => {
  const place = log.findLastIndex(({ step }) => step === LogStep.elected);
  const { replica } = log[place] as LogEntry;
  const isLost = (one: LogEntry, i: number) => i < place && one.replica === replica && ON_DISK.includes(one.step);
  return log.filter((one, i) => !isLost(one, i));
};
const ON_DISK: readonly LogStep[] = [persisted, LogStep.compacted, LogStep.installed];

/** What one of three has on its disk only the others have not. */
const alone = (log: LogEntry[]) => log.filter(({ step, replica }) => step !== persisted || replica === 0);

/** Who applies an entry second comes to another state. */
const differing = (log: LogEntry[]) => {
  const isSecond = (one: LogEntry, i: number) =>
    one.step === applied && log.slice(0, i).some(({ step, index }) => step === applied && index === one.index);
  const place = log.findIndex(isSecond);
  return log.map((one, i) => (i === place ? { ...one, state: one.state + 1 } : one));
};

const sentStart = ({ kind, fate }: MessageEntry) => kind === MessageKind.start && fate === MessageFate.sent;
const gotStart = ({ kind, fate }: MessageEntry) => kind === MessageKind.start && fate === MessageFate.delivered;

export const REPLICA_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["L1", "two are elected in a term", nth(elected, 1, (one) => [{ ...one, attempt: 1 }])],
  ["L1", "one leads that was not elected", nth(led, 1, (one) => [{ ...one, worker: one.worker === -3 ? -4 : -3 }])],
  ["L2", "a leader replaces what is in its log", onLog(rewritten)],
  [
    "L3",
    "an entry is another on one disk",
    onLog((log) =>
      last(
        log,
        ({ step }) => step === persisted,
        (one) => [{ ...one, hash: one.hash + 1 }],
      ),
    ),
  ],
  ["L4", "one is elected that lacks what is committed", onLog(forgetful)],
  ["L5", "a state is another", onLog(differing)],
  ["L6", "what is applied is on one disk alone", onLog(alone)],
  ["L7", "a start is sent that nobody has committed", onLog((log) => log.filter(({ task }) => task !== 3))],
  ["L7", "a start is sent too early", onMessages((messages) => last(messages, sentStart, (one) => [{ ...one, time: one.time - 1 }]))],
  ["L7", "a start says another place in the log", onMessages((messages) => last(messages, sentStart, (one) => [{ ...one, index: 1 }]))],
  [
    "L7",
    "one begins though a later start came before",
    onMessages((messages) => last(messages, gotStart, (one) => [{ ...one, attempt: 9, index: (one.index ?? 0) + 1 }, one])),
  ],
  [
    "L7",
    "one begins by an order of an earlier term",
    (trace) =>
      onMessages((messages) =>
        messages.map((one) =>
          one.kind === MessageKind.start && one.time > 4_100_000 && one.term !== undefined ? { ...one, term: 1 } : one,
        ),
      )(trace),
  ],
  [
    "L8",
    "a leader renews leases after the next was elected",
    onMessages((messages) =>
      last(
        messages,
        ({ kind, fate }) => kind === MessageKind.heard && fate === MessageFate.sent,
        (one) => [{ ...one, term: 1 }],
      ),
    ),
  ],
  ["T2", "what was refused is about no attempt", nth(EntryKind.fenced, 0, other({ attempt: 9 }))],
];

/** The leader crashes and comes back, and then nothing befalls them for long. */
export function peacefulTrace(): Trace {
  const scenario = defineScenario({
    name: "peaceful",
    cluster: { workers: [{ id: "w" }] },
    scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms" } },
    network: { latency: "1ms", detail: "messages" },
    tasks: Array.from({ length: 20 }, (_, i) => ({ id: `t${i + 1}`, duration: "3s" })),
    faults: [
      { kind: "crash", replica: "leader", at: "4100ms", for: "1s" },
      { kind: "partition", replica: "r-2", at: "5s", for: "2s" },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const isApplied = ({ step, replica }: LogEntry) => step === applied && replica === 0;

/** What one applies that another does too. */
const isShared = (log: LogEntry[]) => (one: LogEntry) =>
  one.step === applied && log.some((each) => each.step === applied && each.index === one.index && each.replica !== one.replica);

export const PEACEFUL_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["L9", "nobody leads after the crash", nth(led, 1, () => [])],
  ["L9", "who leads steps down, and nobody follows", nth(led, 1, (one) => [one, { ...one, time: one.time + 1, kind: EntryKind.deposed }])],
  ["L10", "one has not applied what the others have", onLog((log) => log.filter((one) => !isApplied(one) || one.time < 20_000_000))],
  ["L10", "one ends in another state", onLog((log) => last(log, isShared(log), (one) => [{ ...one, state: one.state + 1 }]))],
];
