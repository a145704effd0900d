// A run over a network in which much goes wrong, and ways to break its trace.
import { defineScenario, simulate } from "../../src/index.ts";
import { type ClientLink, MessageFate, type MessageEntry, MessageKind, type NetworkPlan } from "../../src/model/network.ts";
import { DEFAULT_LIVENESS } from "../../src/model/settings.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";

/** One worker is cut off for a time, one crashes and comes back, one loses and doubles messages; a cancellation waits for its worker. */
export function networkTrace(): Trace {
  const scenario = defineScenario({
    name: "network",
    cluster: { workers: [{ id: "w", count: 3, cpu: 1 }] },
    scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s", cancel: "confirmed" },
    tasks: Array.from({ length: 9 }, (_, i) => ({ id: `t${i + 1}`, duration: "3s" })),
    actions: [{ at: "2s", cancel: "t2" }],
    network: { latency: "100ms", links: [{ worker: "w-3", loss: 0.3, duplicate: 0.3 }], detail: "messages" },
    faults: [
      { kind: "partition", worker: "w-1", at: "1500ms", for: "12s" },
      { kind: "crash", worker: "w-2", at: "3050ms", restart: "2s" },
    ],
  });
  return simulate(scenario, { storeTrace: true, seed: "3" }).trace;
}

/** A worker is cut off while its heartbeat is under way, which arrives; those that it sends meanwhile do not. */
export function deliveringTrace(): Trace {
  const scenario = defineScenario({
    name: "in flight",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    tasks: [{ id: "a", duration: "6s" }],
    network: { latency: "100ms", inFlight: "deliver", detail: "messages" },
    faults: [{ kind: "partition", at: "2050ms", for: "2s" }],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** The only worker stops one task for another, and its answer takes its time. */
export function preemptedTrace(): Trace {
  const scenario = defineScenario({
    name: "preemption over a network",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    scheduler: { policy: "preemptive-priority", preemption: { mode: "kill", grace: "1s" } },
    tasks: [
      { id: "a", duration: "10s", priority: 2 },
      { id: "b", duration: "2s", priority: 1, release: "3s" },
    ],
    network: { latency: "100ms", detail: "messages" },
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** A worker whose clock is slower than the scheduler allows for loses its heartbeats, and works on beside the next attempt of its task. */
export function driftingTrace(): Trace {
  const scenario = defineScenario({
    name: "slow clock",
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "10s" },
    tasks: [{ id: "a", duration: "19s" }],
    network: { latency: "1ms", detail: "messages" },
    faults: [
      { kind: "clock-drift", worker: "w-1", at: "0s", drift: -0.2 },
      { kind: "heartbeat-loss", worker: "w-1", at: "8s", for: "20s" },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** The same, where it waits meanwhile, and goes on. */
export function suspendedTrace(): Trace {
  const scenario = defineScenario({
    name: "suspension over a network",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    scheduler: { policy: "preemptive-priority", preemption: { mode: "suspend" } },
    tasks: [
      { id: "a", duration: "10s", priority: 2, timeout: "9s" },
      { id: "b", duration: "2s", priority: 1, release: "3s" },
    ],
    network: { latency: "100ms", detail: "messages" },
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** Clients are at the end of a link that loses and doubles what they ask for. */
export function clientsTrace(): Trace {
  const scenario = defineScenario({
    name: "clients",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    scheduler: { notify: true },
    tasks: ["a", "b", "c"].map((id) => ({ id, duration: "3s" })),
    actions: [{ at: "1s", status: "b" }],
    network: { clients: { latency: "1s", loss: 0.3, duplicate: 0.3 }, detail: "messages" },
  });
  return simulate(scenario, { storeTrace: true, seed: "3" }).trace;
}

/** A worker shrinks while two tasks run there; one has to go, and stops when its order arrives. A third starts elsewhere meanwhile. */
export function shrunkTrace(): Trace {
  const scenario = defineScenario({
    name: "shrinking over a network",
    cluster: {
      workers: [
        { id: "w", cpu: 2 },
        { id: "v", cpu: 1 },
      ],
    },
    scheduler: { policy: "priority" },
    tasks: [
      { id: "a", duration: "10s", priority: 1 },
      { id: "b", duration: "10s", priority: 2 },
      { id: "c", duration: "20s", priority: 3, release: "2200ms" },
    ],
    network: { latency: "100ms", detail: "messages" },
    faults: [{ kind: "shrink", worker: "w", at: "2s", for: "9s", cpu: 1 }],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** One worker refuses a start that the order to drain has overtaken; another is told to stop what it runs, and to go, only later. */
export function drainedTrace(): Trace {
  const scenario = defineScenario({
    name: "draining over a network",
    cluster: { workers: [{ id: "w", count: 3, cpu: 1 }] },
    scheduler: { policy: "first-fit", requeue: "suspicion" },
    tasks: ["a", "b", "c", "d"].map((id) => ({ id, duration: "10s" })),
    actions: [
      { at: "2s", leave: "w-3", limit: "3s" },
      { at: "10300ms", leave: "w-1" },
    ],
    network: { latency: "100ms", detail: "messages" },
    faults: [
      { kind: "message-loss", worker: "w-3", messages: ["stop", "drain"], at: "4900ms", for: "600ms" },
      { kind: "message-delay", worker: "w-1", messages: ["start"], by: "600ms", at: "10s", for: "1s" },
      { kind: "message-reordering", worker: "w-1", at: "10s", for: "5s" },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** The only worker tells how far a task is, which a pause holds up. */
export function tellingTrace(): Trace {
  const scenario = defineScenario({
    name: "progress over a network",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    scheduler: { progress: "25%" },
    tasks: [{ id: "a", duration: "8s" }],
    network: { latency: "100ms", detail: "messages" },
    faults: [{ kind: "pause", worker: "w", at: "3s", for: "2s" }],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

type Break = readonly [id: string, what: string, change: (trace: Trace) => Trace];

const onMessages =
  (change: (messages: MessageEntry[]) => MessageEntry[]) =>
  (trace: Trace): Trace => ({ ...trace, messages: change([...(trace.messages ?? [])]) });

const onEntries =
  (change: (entries: TraceEntry[]) => TraceEntry[]) =>
  (trace: Trace): Trace => ({ ...withEntries(trace, change([...trace.entries])), ...(trace.messages && { messages: trace.messages }) });

/** Changes the first message, or entry, for which something holds. */
function first<Item>(items: Item[], holds: (item: Item) => boolean, change: (item: Item) => Item[]): Item[] {
  const index = items.findIndex(holds);
  if (index < 0) throw new Error("nothing to break");
  return items.flatMap((item, i) => (i === index ? change(item) : [item]));
}

const isFate = (fate: MessageFate) => (message: MessageEntry) => message.fate === fate;
const isKind = (kind: EntryKind) => (entry: TraceEntry) => entry.kind === kind;

/** The room of the task that is preempted is given back then. */
function givenBackAt(all: TraceEntry[], time: number): TraceEntry[] {
  const isGivenBack = ({ reason }: TraceEntry) => reason === Reason.preemption;
  const given = all.find(isGivenBack) as TraceEntry;
  const others = all.filter((one) => !isGivenBack(one));
  const before = others.filter((one) => one.time <= time);
  return [...before, { ...given, time }, ...others.slice(before.length)];
}

export const DELIVERING_BREAKS: readonly Break[] = [
  [
    "F5",
    "what is sent over a link that is cut arrives",
    onMessages((all) => first(all, isFate(MessageFate.cut), (one) => [{ ...one, fate: MessageFate.delivered, time: 4_500_000 }])),
  ],
  [
    "F5",
    "what was under way before a cut is dropped",
    onMessages((all) =>
      first(
        all,
        (one) => one.fate === MessageFate.delivered && one.time === 2_100_000,
        (one) => [{ ...one, fate: MessageFate.cut }],
      ),
    ),
  ],
];

export const CLIENTS_BREAKS: readonly Break[] = [
  [
    "T15",
    "a task is submitted that nobody has heard of",
    onMessages((all) =>
      all.filter(({ kind, fate, task }) => !(kind === MessageKind.submit && fate === MessageFate.delivered && task === 1)),
    ),
  ],
  ["T15", "a task is not submitted, though it was asked for", onEntries((all) => all.filter(({ task }) => task !== 2))],
  [
    "T16",
    "a client is told of what is not so",
    onEntries((all) => first(all, isKind(EntryKind.answered), (one) => [{ ...one, attempt: 9 }])),
  ],
  ["T16", "a client is told twice", onEntries((all) => first(all, isKind(EntryKind.answered), (one) => [one, one]))],
  [
    "T6-notified",
    "a client is told twice how its task ended",
    onEntries((all) => first(all, isKind(EntryKind.notified), (one) => [one, one])),
  ],
  ["T6-notified", "a client is never told", onEntries((all) => first(all, isKind(EntryKind.notified), () => []))],
  ["F6", "a message of clients is lost where none may be", (trace) => withClients(trace, { loss: 0 })],
];

/** The same, the clients' link being said to be otherwise. */
function withClients(trace: Trace, more: Partial<ClientLink>): Trace {
  const network = trace.world.network as NetworkPlan;
  return { ...trace, world: { ...trace.world, network: { ...network, clients: { ...(network.clients as ClientLink), ...more } } } };
}

export const PREEMPTED_BREAKS: readonly Break[] = [
  ["P5", "room is given back before the victim has stopped", onEntries((all) => givenBackAt(all, 4_050_000))],
  ["P5", "room is given back before the grace is over", onEntries((all) => givenBackAt(all, 3_500_000))],
];

export const DRIFTING_BREAKS: readonly Break[] = [
  [
    "F4",
    "a task runs twice, though the scheduler was to allow for that clock",
    ({ settings, ...trace }) => ({
      ...trace,
      settings: { ...settings, liveness: { ...DEFAULT_LIVENESS, ...settings.liveness, drift: 200_000 } },
    }),
  ],
];

const only =
  (kind: EntryKind, change: (entry: TraceEntry) => TraceEntry[]): ((trace: Trace) => Trace) =>
  (trace) =>
    onEntries((all) => first(all, isKind(kind), change))(trace);

export const SUSPENDED_BREAKS: readonly Break[] = [
  ["P5", "what is suspended gives its room away before it waits on its worker", onEntries((all) => givenBackAt(all, 3_050_000))],
  ["P5", "what is suspended never waits on its worker", only(EntryKind.halted, () => [])],
  ["R1", "what is suspended runs on beside what it makes room for", only(EntryKind.halted, () => [])],
  ["R1", "what goes on does so before there is room on its worker", onEntries((all) => proceedsAt(all, 4_000_000))],
  ["T14", "an attempt is suspended twice on its worker", only(EntryKind.halted, (one) => [one, one])],
  ["T14", "an attempt is suspended that was not told", only(EntryKind.preempted, () => [])],
  ["T14", "an attempt goes on that was not told", only(EntryKind.continued, () => [])],
  ["T14", "an attempt goes on that was not suspended", only(EntryKind.halted, () => [])],
  ["T14", "an attempt is suspended after its end", only(EntryKind.ended, (one) => [one, { ...one, kind: EntryKind.halted }])],
  ["T12", "the time for which it waited counts as running", onEntries((all) => all.filter(({ kind }) => kind !== EntryKind.halted))],
  ["T12", "the limit counts the time for which it waited", only(EntryKind.proceeded, (one) => [{ ...one, time: one.time - 1 }])],
  ["T2", "an attempt is suspended that has not started", onEntries((all) => all.map((one) => neverStarted(one)))],
];

/** What goes on does so then on its worker. */
function proceedsAt(all: TraceEntry[], time: number): TraceEntry[] {
  const goesOn = all.find(isKind(EntryKind.proceeded)) as TraceEntry;
  const others = all.filter((one) => one !== goesOn);
  const before = others.filter((one) => one.time <= time);
  return [...before, { ...goesOn, time }, ...others.slice(before.length)];
}

function neverStarted(entry: TraceEntry): TraceEntry {
  return entry.kind === EntryKind.halted ? { ...entry, attempt: 2 } : entry;
}

/** Entries of a kind are made then. */
function movedTo(all: TraceEntry[], kind: EntryKind, time: number): TraceEntry[] {
  const moved = all.filter(isKind(kind)).map((one) => ({ ...one, time }));
  const others = all.filter((one) => one.kind !== kind);
  const before = others.filter((one) => one.time <= time);
  return [...before, ...moved, ...others.slice(before.length)];
}

export const SHRUNK_BREAKS: readonly Break[] = [
  ["R1", "a worker has less while attempts there take more", onEntries((all) => movedTo(all, EntryKind.adapted, 2_150_000))],
  ["R1", "the scheduler reckons with less than it has given", onEntries((all) => movedTo(all, EntryKind.resized, 2_050_000))],
  ["R1-shrink", "a worker shrinks before its fault begins", onEntries((all) => movedTo(all, EntryKind.adapted, 1_950_000))],
  ["R1-shrink", "a worker shrinks twice by one fault", only(EntryKind.adapted, (one) => [one, one])],
  ["R1-shrink", "a worker grows back before its fault is over", onEntries((all) => movedTo(all, EntryKind.readapted, 10_950_000))],
  ["R1-shrink", "the scheduler reckons with it before all have stopped", onEntries((all) => movedTo(all, EntryKind.resized, 2_250_000))],
  ["R1-shrink", "an attempt is recalled before the fault begins", onEntries((all) => movedTo(all, EntryKind.recalled, 1_950_000))],
  ["R1-shrink", "all have stopped, and the worker does not change", onEntries((all) => movedTo(all, EntryKind.resized, 2_350_000))],
  ["R1-shrink", "another is recalled that has room", only(EntryKind.recalled, (one) => [one, { ...one, task: 0 }])],
  ["T5-recalled", "an attempt is taken back, and was not recalled", only(EntryKind.recalled, () => [])],
  ["T5-recalled", "it is taken back before it has stopped", onEntries((all) => movedTo(all, EntryKind.requeued, 2_150_000))],
  ["T2", "an attempt is recalled twice", only(EntryKind.recalled, (one) => [one, one])],
  [
    "R4",
    "a task starts on a worker that waits for what does not fit to stop",
    onEntries((all) => all.map((one) => (one.kind === EntryKind.started && one.task === 2 ? { ...one, worker: 0 } : one))),
  ],
  [
    "R1-shrink",
    "an attempt is given up for a shrink that the scheduler has not heard of",
    onEntries((all) => all.filter(({ kind }) => kind !== EntryKind.resized)),
  ],
];

const isRefusal = ({ kind, reason }: TraceEntry) => kind === EntryKind.ended && reason === Reason.drain;
const refusal = (change: (entry: TraceEntry) => TraceEntry[]) => onEntries((all) => first(all, isRefusal, change));
const on = (kind: EntryKind, worker: number) => (entry: TraceEntry) => entry.kind === kind && entry.worker === worker;
const untold = ({ world, settings, promises, entries, ending }: Trace): Trace => ({ world, settings, promises, entries, ending });

export const DRAINED_BREAKS: readonly Break[] = [
  ["R4-drain", "an attempt begins that its worker has refused", refusal((one) => [one, { ...one, kind: EntryKind.began }])],
  [
    "R4-drain",
    "an attempt begins whose start was read after the order to drain",
    refusal((one) => [{ ...one, kind: EntryKind.began, reason: Reason.none }]),
  ],
  [
    "R4-drain",
    "an attempt begins that was given up, since its worker was not to begin it",
    (trace) =>
      onEntries((all) =>
        first(
          all.filter((one) => !isRefusal(one)),
          ({ kind, reason, worker }) => kind === EntryKind.requeued && reason === Reason.drain && worker === 0,
          (one) => [one, { ...one, kind: EntryKind.began, reason: Reason.none }],
        ),
      )(untold(trace)),
  ],
  [
    "R4-drain",
    "an attempt begins on a worker that has departed",
    onEntries((all) => first(all, on(EntryKind.departed, 2), (one) => [one, { ...one, kind: EntryKind.began, task: 3, attempt: 1 }])),
  ],
  [
    "R4-drain",
    "a worker refuses what it has begun",
    onEntries((all) => first(all, on(EntryKind.ended, 0), (one) => [{ ...one, reason: Reason.drain }])),
  ],
  [
    "R4-drain",
    "a worker refuses a start that is not to leave",
    onEntries((all) => {
      const others = all.filter(({ kind, task }) => kind !== EntryKind.began || task !== 3);
      return first(
        others,
        ({ kind, task }) => kind === EntryKind.ended && task === 3,
        (one) => [{ ...one, reason: Reason.drain }],
      );
    }),
  ],
  [
    "R4-drain",
    "a worker departs that nobody has told to",
    onMessages((all) => all.filter(({ kind, fate }) => kind !== MessageKind.drain || fate !== MessageFate.delivered)),
  ],
  ["R4-turnover", "a worker departs before the scheduler has let it go", onEntries((all) => movedTo(all, EntryKind.departed, 4_900_000))],
  [
    "R4-turnover",
    "something happens on a worker that has departed",
    onEntries((all) => first(all, on(EntryKind.departed, 2), (one) => [one, { ...one, kind: EntryKind.paused }])),
  ],
  [
    "R4-turnover",
    "the scheduler suspects a worker that has left",
    onEntries((all) => first(all, on(EntryKind.left, 2), (one) => [one, { ...one, kind: EntryKind.suspected }])),
  ],
  ["R1", "an attempt runs on on a worker that has departed", onEntries((all) => first(all, on(EntryKind.stopped, 2), () => []))],
  [
    "T5",
    "what has begun is handed back before the limit",
    onEntries((all) =>
      first(all, on(EntryKind.draining, 2), (one) => [
        one,
        { ...one, kind: EntryKind.requeued, task: 2, attempt: 1, reason: Reason.drain },
      ]),
    ),
  ],
  ["T14", "an attempt begins after its end", refusal((one) => [one, { ...one, kind: EntryKind.began }])],
];

export const TELLING_BREAKS: readonly Break[] = [
  ["T17", "more is told than was done", only(EntryKind.progressed, (one) => [{ ...one, attempt: 500 }])],
  ["T17", "what is told arrives before it is done", only(EntryKind.progressed, (one) => [{ ...one, time: 2_099_999 }])],
  ["T17", "less is told than was known", onEntries((all) => all.map((one, i) => (isLastTold(all, i) ? { ...one, attempt: 250 } : one)))],
  ["T17", "what is told counts twice", only(EntryKind.progressed, (one) => [one, one])],
  [
    "T17",
    "an attempt that has ended is told of",
    only(EntryKind.finished, (one) => [one, { ...one, kind: EntryKind.progressed, attempt: 750 }]),
  ],
];

function isLastTold(all: readonly TraceEntry[], index: number): boolean {
  return all.findLastIndex(isKind(EntryKind.progressed)) === index;
}

export const NETWORK_BREAKS: readonly Break[] = [
  [
    "E5",
    "what was sent to a worker that crashed since is delivered",
    onMessages((all) => first(all, isFate(MessageFate.undeliverable), (one) => [{ ...one, fate: MessageFate.delivered }])),
  ],
  [
    "E6",
    "a message arrives twice that was sent once",
    onMessages((all) =>
      first(
        all,
        (one) => one.worker === 0 && one.fate === MessageFate.delivered,
        (one) => [one, one],
      ),
    ),
  ],
  ["E6", "a message arrives that was not sent", onMessages((all) => first(all, isFate(MessageFate.sent), () => []))],
  [
    "F5",
    "a message crosses a cut",
    onMessages((all) =>
      first(
        all,
        (one) => one.fate === MessageFate.cut && one.kind === MessageKind.heartbeat,
        (one) => [{ ...one, fate: MessageFate.delivered }],
      ),
    ),
  ],
  [
    "F5",
    "a message is dropped by a cut that is none",
    onMessages((all) => first(all, isFate(MessageFate.delivered), (one) => [{ ...one, fate: MessageFate.cut }])),
  ],
  [
    "F6",
    "a message is lost where none may be",
    onMessages((all) =>
      first(
        all,
        (one) => one.worker === 0 && one.fate === MessageFate.delivered,
        (one) => [{ ...one, fate: MessageFate.lost }],
      ),
    ),
  ],
  [
    "F6",
    "a message is doubled where none may be",
    onMessages((all) =>
      first(
        all,
        (one) => one.worker === 0 && one.fate === MessageFate.sent,
        (one) => [one, { ...one, fate: MessageFate.duplicated }],
      ),
    ),
  ],
  [
    "F6",
    "a message is overtaken",
    onMessages((all) =>
      first(
        all,
        (one) => one.worker === 0 && one.fate === MessageFate.delivered && one.number > 0,
        (one) => [{ ...one, number: one.number + 5 }],
      ),
    ),
  ],
  [
    "T9",
    "a cancellation is acknowledged while the attempt is on its worker",
    onEntries((all) => {
      const acknowledged = all.find(isKind(EntryKind.cancelled)) as TraceEntry;
      return first(
        all.filter((one) => one !== acknowledged),
        isKind(EntryKind.cancelRequested),
        (one) => [one, { ...acknowledged, time: one.time }],
      );
    }),
  ],
  [
    "T9",
    "an attempt comes to its worker after its cancellation was acknowledged",
    onEntries((all) => {
      const began = all.find(({ kind, task }) => kind === EntryKind.began && task === 1) as TraceEntry;
      const others = all.filter(({ kind, task }) => task !== 1 || (kind !== EntryKind.began && kind !== EntryKind.stopped));
      return first(others, isKind(EntryKind.cancelled), (one) => [one, { ...began, time: one.time }]);
    }),
  ],
  ["T14", "an attempt begins twice", onEntries((all) => first(all, isKind(EntryKind.began), (one) => [one, one]))],
  [
    "T14",
    "an attempt begins on another worker",
    onEntries((all) => first(all, isKind(EntryKind.began), (one) => [{ ...one, worker: 2 - one.worker }])),
  ],
  ["T14", "an attempt ends that has not begun", onEntries((all) => first(all, isKind(EntryKind.began), () => []))],
  [
    "T14",
    "the scheduler is told of another end",
    onEntries((all) => first(all, isKind(EntryKind.ended), (one) => [{ ...one, reason: Reason.execution }])),
  ],
  [
    "T7",
    "an attempt ends early on its worker",
    onEntries((all) => first(all, isKind(EntryKind.ended), (one) => [{ ...one, time: one.time - 1 }])),
  ],
  [
    "F1",
    "a worker that is cut off is not suspected",
    onEntries((all) => all.filter(({ kind, worker }) => kind !== EntryKind.suspected || worker !== 0)),
  ],
  [
    "R1",
    "attempts begin on one worker at a time",
    onEntries((all) => all.map((one) => (one.kind === EntryKind.began ? { ...one, worker: 0 } : one))),
  ],
];
