// Each invariant is shown to fail on a trace that breaks it, and to hold, and to be exercised, on the same trace unbroken.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, type ScenarioInput, simulate as simulateScenario } from "../../src/index.ts";
import { at } from "../../src/model/columns.ts";
import { ENTRY_NAMES, EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { INVARIANTS, judge } from "../../src/oracle/index.ts";
import type { JudgeOptions } from "../../src/oracle/invariant.ts";
import { type FaultTrack, ITS_WORKER } from "../../src/model/world.ts";
import { DEFAULT_LIVENESS } from "../../src/model/settings.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases, settingsFor, worldOf } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { placeIn as placeOf } from "../laws/running.ts";
import { ENVIRONMENT_BREAKS, preparedTrace } from "./environment-breaks.ts";
import { LOCAL_BREAKS, localTrace, LOST_BREAKS, lostTrace, MOVED_BREAKS, movedTrace, SHARED_BREAKS } from "./file-breaks.ts";
import { hiredTrace, HIRING_BREAKS } from "./hiring-breaks.ts";
import { type Known, SEEDS, task, traceOf, withEntries, worker } from "./known-traces.ts";
import { copiedTrace, SPECULATION_BREAKS } from "./speculation-breaks.ts";
import { ASK_BREAKS, askingTrace } from "./ask-breaks.ts";
import { CALL_BREAKS, callingTrace, LOSS_BREAKS, losingTrace } from "./call-breaks.ts";
import { PEACEFUL_BREAKS, peacefulTrace, REPLICA_BREAKS, replicatedTrace } from "./replica-breaks.ts";
import { SHARE_BREAKS, sharingTrace } from "./share-breaks.ts";
import { STRAGGLE_BREAKS, stragglingTrace } from "./straggle-breaks.ts";
import {
  CLIENTS_BREAKS,
  clientsTrace,
  DELIVERING_BREAKS,
  deliveringTrace,
  DRAINED_BREAKS,
  drainedTrace,
  DRIFTING_BREAKS,
  driftingTrace,
  NETWORK_BREAKS,
  networkTrace,
  PREEMPTED_BREAKS,
  preemptedTrace,
  SHRUNK_BREAKS,
  shrunkTrace,
  SUSPENDED_BREAKS,
  suspendedTrace,
  TELLING_BREAKS,
  tellingTrace,
} from "./network-breaks.ts";

/** Failures, a timeout, a skip, a retry elsewhere, due dates, two kinds of workers, zero-length work, waiting. */
const BUSY: Known = {
  policy: "first-fit",
  workers: [worker("w-1", 2000, { zone: "a" }), worker("w-2", 1000, { speed: 2000, zone: "b" })],
  tasks: [
    task("a", 4, { due: 4 }),
    task("b", 3, { dependencies: ["a"], retries: 1, fails: [1], failsAfter: 0.5 }),
    task("c", 10, { release: 1, timeout: 2 }),
    task("d", 1, { dependencies: ["c"], release: 1 }),
    task("e", 5, { requires: { zone: "b" }, due: 2 }),
    task("f", 0, { release: 2 }),
    task("g", 5, { release: 1, request: [2000, 0, 0, 1] }),
    task("h", 2, { release: 3 }),
  ],
};
const [A, B, C, D, E, F, G, H] = [0, 1, 2, 3, 4, 5, 6, 7];

/** The same with clients that are told. */
const TOLD: Known = { ...BUSY, settings: { notify: true } };
/** The same with an order of ties that is drawn. */
const DRAWN_TIES: Known = { ...BUSY, settings: { ties: "seeded" } };
const placeIn = ({ settings }: Trace): JudgeOptions => placeOf({ settings, seeds: SEEDS });

/** Worker 0 freezes from 3 to 8, and task a is cancelled at 4: that is acknowledged when the worker goes on. */
const CONFIRMED: Known = {
  policy: "first-fit",
  workers: [worker("w-1", 1000), worker("w-2", 1000)],
  tasks: [task("a", 12), task("b", 10), task("c", 2, { release: 5 })],
  settings: { cancel: "confirmed", liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 10, requeue: "lease-end" } },
  actions: [{ time: 4, task: 0, kind: "cancel" }],
  faults: [{ worker: 0, effect: { kind: "frozen" }, episodes: { from: 3, to: 8 } }],
};
/** The same with a worker that freezes for longer than its lease. */
const OVERSLEPT: Known = { ...CONFIRMED, faults: [{ worker: 0, effect: { kind: "frozen" }, episodes: { from: 3, to: 30 } }] };

/** Identical workers that hold one task each: Graham's premises. */
const GREEDY: Known = {
  policy: "first-fit",
  workers: [worker("w-1", 1000), worker("w-2", 1000)],
  tasks: [task("a", 2), task("b", 2), task("c", 3), task("d", 1, { dependencies: ["a"] })],
};

const DISPATCHING: Known = { ...GREEDY, policy: "dispatch-round-robin" };
const BLOCKING: Known = { ...BUSY, policy: "fcfs" };
const RANKED: Known = { policy: "ljf", workers: [worker("w", 1000)], tasks: [task("a", 1), task("b", 3), task("c", 2)] };
const LIMITED: Known = {
  policy: "first-fit",
  workers: [worker("w", 1000)],
  tasks: [task("a", 2, { timeout: 2 }), task("b", 5, { timeout: 3, retries: 1 })],
};
/** Two failures with waits of 4 and 8 µs between them, and a second worker that is taken meanwhile. */
const BACKING_OFF: Known = {
  ...GREEDY,
  settings: { retry: { countLost: false, elsewhere: "prefer", backoff: { initial: 4, factor: 2, max: 100, jitter: 0.25 } } },
  tasks: [task("a", 2, { retries: 2, fails: [1, 2] }), task("b", 2), task("c", 1, { release: 6 })],
};
/** Task a is given up twice, which it may once more; its priority changes while it runs. */
const SENT_BACK: Known = {
  ...GREEDY,
  settings: { retry: { countLost: true, elsewhere: "require" } },
  tasks: [task("a", 4, { retries: 1 }), task("b", 2)],
  actions: [
    { time: 1, task: 0, kind: "requeue" },
    { time: 2, task: 0, kind: "set", change: { priority: 3 } },
    { time: 3, task: 0, kind: "requeue" },
  ],
};
/**
 * Worker 0 crashes at 5 with task a, which goes to worker 1 when its lease is over, and returns at 40; worker 1 freezes from 22 to 24, too
 * short to be suspected.
 */
const FAILING: Known = {
  policy: "first-fit",
  workers: [worker("w-1", 1000), worker("w-2", 1000)],
  tasks: [task("a", 12), task("b", 3), task("c", 2, { release: 41 })],
  settings: { liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 10, requeue: "lease-end" } },
  faults: [
    { worker: 0, effect: { kind: "down" }, episodes: { from: 5, to: 40 } },
    { worker: 1, effect: { kind: "frozen" }, episodes: { from: 22, to: 24 } },
  ],
};
/** Task a takes worker 0 down at 3 and, when that is back at 5, worker 1 at 9, where task b had ended: it may be lost twice. */
const KILLING: Known = {
  ...FAILING,
  settings: { ...FAILING.settings, retry: { countLost: true, elsewhere: "require" } },
  tasks: [task("a", 6, { retries: 1 }), task("b", 4)],
  faults: [],
  killers: [{ task: 0, after: 0.5, lasting: 2 }],
};
/** The heartbeats of worker 0 are lost while task a runs there: it runs twice, and the first end is refused. */
const DOUBLED: Known = {
  ...FAILING,
  tasks: [task("a", 12), task("b", 3)],
  settings: { liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 20, requeue: "suspicion" } },
  faults: [{ worker: 0, effect: { kind: "muted" }, episodes: { from: 1, to: 30 } }],
};
/**
 * Worker 0's clock runs at a half and its heartbeats, at 4 and 8, are lost from 9 on: task a is given up at 19, and runs there until the lease
 * ends at 28 by that clock, beside its second attempt. Task b has 6 of its worker's time, which runs at a half from 1 on.
 */
const DRIFTING: Known = {
  ...FAILING,
  tasks: [task("a", 60), task("b", 20, { timeout: 6 })],
  faults: [
    { worker: 0, effect: { kind: "drifting", rate: 500_000 }, episodes: { from: 0, to: 99 } },
    { worker: 0, effect: { kind: "muted" }, episodes: { from: 9, to: 99 } },
    { worker: 1, effect: { kind: "drifting", rate: 500_000 }, episodes: { from: 1, to: 99 } },
  ],
};
/** The scheduler allows for it, and worker 0 crashes at 9: task a is given up when 20 have passed since it was heard at 8. */
const ALLOWED_FOR: Known = {
  ...DRIFTING,
  settings: { liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 10, requeue: "lease-end", drift: 500_000 } },
  faults: [DRIFTING.faults?.[0] as FaultTrack, { worker: 0, effect: { kind: "down" }, episodes: { from: 9, to: 99 } }],
};
/**
 * Worker 2 joins at 4. Worker 0 is to leave at 6 with task a, which is handed back at 9 and goes to worker 2; worker 1 is to leave at 8, and
 * is gone at 10 when task c ends there. Task e waits for worker 2 from 12 on.
 */
const CHANGING: Known = {
  policy: "first-fit",
  workers: [worker("w-1", 1000), worker("w-2", 1000), worker("n", 1000)],
  tasks: [task("a", 12), task("b", 3), task("c", 6, { release: 4 }), task("d", 2, { release: 5 }), task("e", 3, { release: 12 })],
  settings: { liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 10, requeue: "lease-end" } },
  actions: [
    { time: 4, worker: 2, kind: "join" },
    { time: 6, worker: 0, kind: "leave", limit: 3 },
    { time: 8, worker: 1, kind: "leave", limit: Number.POSITIVE_INFINITY },
  ],
  faults: [],
};
/** Task a is sent back by its client at 3 while its worker is paused, which goes on at 5. */
const RECALLED: Known = {
  ...CHANGING,
  workers: [worker("w", 1000)],
  tasks: [task("a", 4)],
  actions: [{ time: 3, task: 0, kind: "requeue" }],
  faults: [{ worker: 0, effect: { kind: "frozen" }, episodes: { from: 2, to: 5 } }],
};
/** Task a is given up at 8, when its worker is suspected, and completes there at 10 after all. */
const LATE: Known = {
  ...CHANGING,
  workers: [worker("w", 1000)],
  tasks: [task("a", 10)],
  settings: { liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 30, requeue: "suspicion" } },
  actions: [],
  faults: [{ worker: 0, effect: { kind: "muted" }, episodes: { from: 3, to: 20 } }],
};
/** Worker 1 joins at 4 and is never heard of again: it is suspected at 10, and the lease of task b, sent at 5, is over at 15. */
const JOINS_MUTED: Known = {
  ...CHANGING,
  workers: [worker("w", 1000), worker("n", 1000)],
  tasks: [task("a", 12), task("b", 12, { release: 5 })],
  actions: [{ time: 4, worker: 1, kind: "join" }],
  faults: [{ worker: 1, effect: { kind: "muted" }, episodes: { from: 2, to: 99 } }],
};
/** The same, but that task a has no attempt left when it is handed back. */
const LOST_WITH: Known = {
  ...CHANGING,
  settings: { ...CHANGING.settings, retry: { countLost: true, elsewhere: "require" } },
};
/** The longest of two that wait goes first to the worker that joins. */
const JOINED: Known = {
  ...CHANGING,
  policy: "ljf",
  workers: [worker("w", 1000), worker("n", 1000)],
  tasks: [task("a", 10), task("b", 3), task("c", 5)],
  actions: [{ time: 2, worker: 1, kind: "join" }],
};
/** Worker 0 shrinks to 2 cores from 4 to 8: task b, of the worst rank, is given up. */
const SHRUNK: Known = {
  policy: "priority",
  workers: [worker("w", 3000)],
  tasks: [task("a", 10, { priority: 1 }), task("b", 10, { priority: 3 }), task("c", 10, { priority: 2 })],
  settings: { liveness: DEFAULT_LIVENESS },
  faults: [{ worker: 0, effect: { kind: "shrunk", most: [2000, Infinity, Infinity, Infinity] }, episodes: { from: 4, to: 8 } }],
};
/** Worker 0 grows to 2 cores from 4 to 7, and task b runs there in between. */
const GROWN: Known = {
  ...SHRUNK,
  workers: [worker("w", 1000)],
  tasks: [task("a", 10), task("b", 10)],
  faults: [{ worker: 0, effect: { kind: "grown", least: [2000, 0, 0, 0] }, episodes: { from: 4, to: 7 } }],
};
/** Worker 0 crashes at 2 and loses its disk, is back at 4, crashes again at 6, and loses its disk at 7. */
const WIPED: Known = {
  ...SHRUNK,
  workers: [worker("w", 1000)],
  tasks: [task("a", 1), task("b", 1, { release: 12 })],
  faults: [
    { worker: 0, effect: { kind: "down", losesDisk: true }, episodes: { from: 2, to: 4 } },
    { worker: 0, effect: { kind: "down" }, episodes: { from: 6, to: 8 } },
    { worker: 0, effect: { kind: "down", losesDisk: true }, episodes: { from: 7, to: 9 } },
  ],
};
/** The heartbeats of the worker of task a are lost at 2 and at 4, when it has done a fifth and two fifths of its work; it runs on worker 0. */
const ANCHORED: Known = {
  ...SHRUNK,
  workers: [worker("w", 1000), worker("x", 1000)],
  tasks: [task("a", 10)],
  faults: [0.2, 0.4].map((progress) => ({
    worker: ITS_WORKER,
    effect: { kind: "muted" },
    episodes: { anchor: { task: 0, attempt: 1, progress }, lasting: 1 },
  })),
};
const CANCELLED: Known = { ...GREEDY, cancels: [{ time: 1, task: 0 }] };

/** Task a makes room for b: it is chosen at 3, suspended at 4, and goes on at 6; c, which is no better, waits for its end. */
const PREEMPTED: Known = {
  policy: "preemptive-priority",
  workers: [worker("w", 1000)],
  tasks: [task("a", 10, { priority: 5 }), task("b", 2, { priority: 1, release: 3 }), task("c", 1, { priority: 5, release: 12 })],
  settings: { liveness: DEFAULT_LIVENESS, preemption: { mode: "suspend", grace: 1, minRun: 2, max: 1 } },
};
/** The same at once, and as often as it takes. */
const PREEMPTED_AT_ONCE: Known = {
  ...PREEMPTED,
  settings: { ...PREEMPTED.settings, preemption: { mode: "suspend", grace: 0, minRun: 0, max: Number.POSITIVE_INFINITY } },
};
/**
 * Worker 0 runs at a half from 3 on: the scheduler learns of quarters of task a at 2, 5 and 15. So task b, of 3, takes its room at 5, and
 * tells at 7 and 9; a goes on at 11.
 */
const TELLING: Known = {
  policy: "srpt",
  workers: [worker("w", 1000)],
  tasks: [task("a", 8), task("b", 3, { release: 5 })],
  settings: {
    liveness: { ...DEFAULT_LIVENESS, progress: 250 },
    preemption: { mode: "suspend", grace: 0, minRun: 0, max: Number.POSITIVE_INFINITY },
  },
  faults: [{ worker: 0, effect: { kind: "slow", rate: 500 }, episodes: { from: 3, to: Number.POSITIVE_INFINITY } }],
};
/** Task a is killed at 4, when its half is told: at 7 task c is shorter. */
const TELLING_AND_KILLED: Known = {
  ...TELLING,
  tasks: [task("a", 8), task("b", 3, { release: 4 }), task("c", 6, { release: 5 })],
  settings: { ...TELLING.settings, preemption: { mode: "kill", grace: 0, minRun: 0, max: Number.POSITIVE_INFINITY } },
  faults: [],
};
/** Task a writes a checkpoint at 3, is lost at 9 as it writes another, goes on from the first at 11, and ends at 19. */
const SAVING: Known = {
  policy: "fcfs",
  workers: [worker("w", 1000)],
  tasks: [task("a", 8, { profile: { checkpoint: { every: 3, cost: 2, restore: 1, storage: "shared" } } })],
  settings: { liveness: DEFAULT_LIVENESS },
  faults: [{ worker: 0, effect: { kind: "down" }, episodes: { from: 9, to: 11 } }],
};
/** It waits for a checkpoint to be written, and then at task b. */
const SAVING_FOR_OTHERS: Known = {
  ...SAVING,
  policy: "preemptive-priority",
  tasks: [...SAVING.tasks, task("b", 3, { release: 2, priority: -1 })],
  settings: { liveness: DEFAULT_LIVENESS, preemption: { mode: "checkpoint", grace: 0, minRun: 0, max: Number.POSITIVE_INFINITY } },
  faults: [],
};
const at0 = (time: number) => (entry: TraceEntry) => ({ ...entry, time });
const byRemaining = (trace: Trace): JudgeOptions => ({
  rank: (position, _, remaining = at(trace.world.tasks.estimate, position)) => [remaining],
});
/** What is told of task a at a time is told otherwise. */
const tellA =
  (when: number, change: (entry: TraceEntry) => TraceEntry[]): Change =>
  (entries) => {
    const index = entries.findIndex(({ kind, task: of, time }) => kind === EntryKind.progressed && of === A && time === when);
    return entries.toSpliced(index, 1, ...change(entries[index]));
  };
const byPriority = (trace: Trace): JudgeOptions => ({ rank: (position) => [at(trace.world.tasks.priority, position)] });
const later = (entry: TraceEntry): TraceEntry => ({ ...entry, time: entry.time + 1 });

const longestFirst = (trace: Trace): JudgeOptions => ({ rank: (position) => [-at(trace.world.tasks.estimate, position)] });
const inOrder = (): JudgeOptions => ({ rank: () => [0] });

type Change = (entries: TraceEntry[]) => TraceEntry[];

/** How to break what: an id, what is done to the trace, where it shows (by the place of an entry of the unbroken trace). */
const BREAKS: [id: string, what: string, known: Known, change: Change, options?: (trace: Trace) => JudgeOptions][] = [
  ["E1", "an entry goes back in time", BUSY, edit("finished", H, (entry) => ({ ...entry, time: entry.time - 4 }))],
  ["E1", "a task is submitted before its release", BUSY, edit("submitted", C, (entry) => ({ ...entry, time: 0 }))],
  ["E2", "submissions of one instant are swapped", BUSY, swap(["submitted", A], ["submitted", B])],
  ["E2", "a submission precedes the end of an attempt at the same time", BUSY, swap(["finished", E], ["submitted", H])],
  ["E2", "submissions whose order is drawn are swapped", DRAWN_TIES, swap(["submitted", A], ["submitted", B]), placeIn],
  ["E2", "a task comes twice in a round whose order is drawn", DRAWN_TIES, duplicate("submitted", A)],
  ["E7", "an instant has more rounds than it may", RANKED, (entries) => [...entries, ...rounds(10_001)]],
  ["T1", "a task starts before its dependency completed", GREEDY, move(["started", 3], ["started", 0])],
  ["T2", "a task is submitted twice", BUSY, duplicate("submitted", A)],
  ["T2", "a task starts while it runs", BUSY, duplicate("started", A)],
  ["T2", "an attempt has the wrong number", BUSY, edit("started", A, (entry) => ({ ...entry, attempt: 2 }))],
  ["T2", "an attempt ends on another worker", BUSY, edit("finished", A, (entry) => ({ ...entry, worker: 1 - entry.worker }))],
  ["T2", "nothing follows a failed attempt", BUSY, drop("retried", B)],
  ["T2", "something else follows a failed attempt", BUSY, swap(["abandoned", C], ["skipped", D])],
  ["T2", "a dependent of a failed task is not skipped", BUSY, drop("skipped", D)],
  [
    "T2",
    "a task is skipped without cause",
    GREEDY,
    replace("started", 3, { kind: EntryKind.skipped, worker: -1, attempt: 0, reason: Reason.dependency }),
  ],
  ["T2", "a dependent is failed that should be skipped", BUSY, edit("skipped", D, (entry) => ({ ...entry, kind: EntryKind.abandoned }))],
  ["T2", "a completed task starts again", BUSY, (entries) => [...entries, { ...find(entries, "started", A), time: 20, attempt: 2 }]],
  [
    "T2",
    "a task is bound where nothing is",
    GREEDY,
    (entries) => insertBefore(entries, "started", 0, { kind: EntryKind.assigned, attempt: 0 }),
  ],
  ["T2", "an entry is about a task that is not there", GREEDY, edit("finished", 0, (entry) => ({ ...entry, task: 9 }))],
  ["T2", "nothing follows a lost attempt", SENT_BACK, drop("abandoned", A)],
  ["T2", "an attempt is given up that is not under way", SENT_BACK, duplicate("requeued", A)],
  ["T2", "a task is changed that nobody asked to change", SENT_BACK, edit("changed", A, (entry) => ({ ...entry, attempt: 0 }))],
  ["T3", "a lost attempt is counted twice", SENT_BACK, duplicate("lost", A)],
  ["T3", "a task is lost", GREEDY, drop("finished", 2)],
  ["T3", "a task comes from nowhere", GREEDY, drop("submitted", 3)],
  ["T3", "more attempts end than began", GREEDY, drop("started", 0)],
  ["T4", "a task completes twice", BUSY, duplicate("finished", A)],
  ["T6", "a task is tried once too often", BUSY, extraAttempt],
  [
    "T6",
    "a lost attempt that counts is not counted",
    SENT_BACK,
    (entries) => [
      ...edit("lost", A, (entry) => ({ ...entry, kind: EntryKind.requeued }))(entries).filter(({ kind }) => kind !== EntryKind.abandoned),
      { ...find(entries, "started", A), time: 3, attempt: 3 },
    ],
  ],
  ["T6", "a task is given up too early", BUSY, giveUpEarly],
  ["T6", "a task is given up twice", BUSY, duplicate("abandoned", C)],
  ["T6", "a retry comes before its wait is over", BACKING_OFF, edit("retried", A, (entry) => ({ ...entry, time: 4 }))],
  ["T6", "a retry comes after its wait is over", BACKING_OFF, edit("retried", A, (entry) => ({ ...entry, time: 8 }))],
  ["T6-notified", "a client is not told", TOLD, drop("notified", A)],
  ["T6-notified", "the client of the task that ends last is not told", TOLD, drop("notified", G)],
  ["T6-notified", "a client is told twice", TOLD, duplicate("notified", B)],
  ["T6-notified", "a client is told later", TOLD, edit("notified", A, later)],
  ["T6-notified", "a client is told before the end", TOLD, swap(["finished", A], ["notified", A])],
  ["T6-notified", "a client is told of another task", TOLD, swapTasks("notified", A, B)],
  ["T6-notified", "a dead letter is not told as one", TOLD, edit("notified", C, (entry) => ({ ...entry, reason: Reason.none }))],
  ["T6-notified", "a client is told of another attempt", TOLD, edit("notified", B, (entry) => ({ ...entry, attempt: 1 }))],
  ["T7", "an attempt is too short", BUSY, edit("finished", A, (entry) => ({ ...entry, time: entry.time - 1 }))],
  ["T7", "work on a fast worker is not rounded up", BUSY, edit("finished", E, (entry) => ({ ...entry, time: entry.time - 1 }))],
  ["T7", "a failing execution runs too long", BUSY, edit("failed", B, (entry) => ({ ...entry, time: entry.time + 1 }))],
  [
    "T7",
    "an execution fails that was not drawn to",
    BUSY,
    edit("finished", A, (entry) => ({ ...entry, kind: EntryKind.failed, reason: Reason.execution })),
  ],
  [
    "T9",
    "a cancelled task completes",
    CANCELLED,
    (entries) => [...entries, { ...find(entries, "started", 0), kind: EntryKind.finished, time: 9 }],
  ],
  ["T9", "a cancellation is acknowledged that nobody has requested", CONFIRMED, drop("cancelRequested", A)],
  ["T9", "a cancellation is acknowledged before the worker has answered", CONFIRMED, move(["cancelled", A], ["submitted", C])],
  ["T9", "a cancellation is not acknowledged though the worker has answered", CONFIRMED, move(["cancelled", A], ["finished", B])],
  ["T9", "a cancellation is acknowledged before the lease is over", OVERSLEPT, move(["cancelled", A], ["submitted", C])],
  [
    "T9",
    "a task is dispatched again after its cancellation was requested",
    CONFIRMED,
    (entries) => insertAt(entries, { ...find(entries, "started", A), time: 5, attempt: 2 }, ["submitted", C]),
  ],
  ["T2", "a cancellation is requested where none is confirmed", CANCELLED, requestFirst],
  ["T5", "an attempt is given up while its lease lasts", FAILING, edit("requeued", 0, (entry) => ({ ...entry, time: 12 }))],
  ["T5", "an attempt is given up in the last µs of its lease", FAILING, edit("requeued", 0, (entry) => ({ ...entry, time: 13 }))],
  ["T5", "an attempt is kept though its worker restarted", KILLING, drop("requeued", A)],
  [
    "T5",
    "an attempt is given up for a restart that was none",
    FAILING,
    edit("requeued", 0, (entry) => ({ ...entry, reason: Reason.incarnation })),
  ],
  [
    "T5",
    "an attempt is given up for a suspicion where leases count",
    FAILING,
    edit("requeued", 0, (entry) => ({ ...entry, reason: Reason.suspicion })),
  ],
  ["T7", "a killer takes its worker down too late", KILLING, about("crashed", 0, (entry) => [{ ...entry, time: 4 }])],
  ["T7", "a killer is not heard of, and its worker stays up", KILLING, about("crashed", 0, () => [])],
  [
    "T7",
    "a killer ends as others do",
    KILLING,
    edit("requeued", 0, (entry) => ({ ...entry, kind: EntryKind.finished, reason: Reason.none })),
  ],
  ["T7", "a task takes its worker down that is no killer", FAILING, about("crashed", 0, (entry) => [{ ...entry, reason: Reason.killer }])],
  ["T7", "a frozen worker works on", FAILING, edit("finished", 0, (entry) => ({ ...entry, time: entry.time - 2 }))],
  ["R4", "a task is sent to a suspected worker", FAILING, editLast("started", 0, (_, entry) => ({ ...entry, worker: 0 }))],
  ["F1", "a worker that joins unheard is not suspected", JOINS_MUTED, about("suspected", 1, () => [])],
  ["F2", "a worker that joins unheard is suspected too soon", JOINS_MUTED, about("suspected", 1, (entry) => [{ ...entry, time: 7 }])],
  [
    "T5",
    "a task on a worker that joined unheard is given up too soon",
    JOINS_MUTED,
    edit("requeued", B, (entry) => ({ ...entry, time: 13 })),
  ],
  ["R4", "a task is sent to a worker that has not joined", CHANGING, edit("started", B, (entry) => ({ ...entry, worker: 2 }))],
  ["R4", "a task is sent to a worker that drains", CHANGING, editLast("started", A, (_, entry) => ({ ...entry, worker: 1 }))],
  ["R4", "a task is sent to a worker that has left", CHANGING, edit("started", E, (entry) => ({ ...entry, worker: 0 }))],
  ["R1", "a worker has less before it gives up what does not fit", SHRUNK, moveBefore("resized", 0, "requeued", 1)],
  ["R1", "a worker gives up nothing when it has less", SHRUNK, drop("requeued", 1)],
  ["R1", "a task takes what a worker has no more", GROWN, moveBefore("restored", 0, "requeued", 1)],
  ["R1", "a task takes what a worker does not have yet", GROWN, moveAfter("resized", 0, "started", 1)],
  ["R1-shrink", "an attempt is given up for a shrink that never comes", SHRUNK, about("resized", 0, () => [])],
  ["R1-shrink", "an attempt is given up for a shrink that comes later", SHRUNK, about("resized", 0, (entry) => [{ ...entry, time: 5 }])],
  ["R1-shrink", "an attempt is given up that has room", SHRUNK, givenUpToo(2)],
  [
    "R1-shrink",
    "an attempt is given up in the place of one of worse rank",
    SHRUNK,
    edit("requeued", 1, (entry) => ({ ...entry, task: 0 })),
    byPriority,
  ],
  ["R1-shrink", "of equal ranks the first started is given up", GROWN, edit("requeued", 1, (entry) => ({ ...entry, task: 0 })), inOrder],
  ["R1-shrink", "a worker shrinks before its fault begins", SHRUNK, about("resized", 0, (entry) => [{ ...entry, time: 3 }])],
  ["R1-shrink", "a worker shrinks once too often", SHRUNK, about("resized", 0, (entry) => [entry, entry])],
  ["R1-shrink", "a worker shrinks by an effect that there is not", SHRUNK, about("resized", 0, (entry) => [{ ...entry, attempt: 2 }])],
  ["R1-shrink", "a worker is whole again too early", SHRUNK, about("restored", 0, (entry) => [{ ...entry, time: 7 }])],
  ["R1-shrink", "a worker is whole again twice", SHRUNK, about("restored", 0, (entry) => [entry, entry])],
  ["P1", "a task waits though its worker has grown", GROWN, delay(1, 1)],
  ["T7-anchor", "an attempt comes to an anchor before it can", ANCHORED, edit("reached", 0, (entry) => ({ ...entry, time: 1 }))],
  ["T7-anchor", "an attempt comes to an anchor twice", ANCHORED, duplicate("reached", 0)],
  ["T7-anchor", "an attempt comes to an anchor elsewhere", ANCHORED, edit("reached", 0, (entry) => ({ ...entry, worker: 1 }))],
  ["T7-anchor", "an attempt that has ended comes to an anchor", ANCHORED, move(["finished", 0], ["reached", 0])],
  ["R2-disk", "a worker that is up loses its disk", WIPED, about("diskLost", 0, (entry) => [{ ...entry, time: 4 }])],
  ["R2-disk", "a worker loses its disk when nobody says so", WIPED, about("diskLost", 0, (entry) => [entry, entry])],
  ["R2-disk", "a worker keeps its disk that should lose it", WIPED, about("diskLost", 0, () => [])],
  ["R2-disk", "a worker loses its disk before it goes down", WIPED, about("crashed", 0, () => [])],
  ["R4-turnover", "a worker joins late", CHANGING, about("registered", 2, (entry) => [{ ...entry, time: 5 }])],
  ["R4-turnover", "a worker never joins", CHANGING, about("registered", 2, () => [])],
  ["R4-turnover", "a worker fails before it joins", CHANGING, about("registered", 2, (entry) => [crash(entry), entry])],
  ["R4-turnover", "a worker drains that should not yet", CHANGING, about("draining", 1, (entry) => [{ ...entry, time: 7 }])],
  ["R4-turnover", "a worker that should drain does not", CHANGING, about("draining", 1, () => [])],
  ["R4-turnover", "a worker drains twice", CHANGING, about("draining", 1, (entry) => [entry, entry])],
  ["R4-turnover", "a worker leaves that was not asked to", CHANGING, about("left", 1, (entry) => [entry, { ...entry, worker: 2 }])],
  ["R4-turnover", "a worker with nothing on it does not leave", CHANGING, about("left", 1, () => [])],
  ["R4-turnover", "a worker leaves with something on it", CHANGING, moveLeft(1, "finished", C)],
  ["R4-turnover", "a worker outstays its limit", CHANGING, drop("requeued", A)],
  [
    "R4-turnover",
    "a worker comes back while it drains",
    CHANGING,
    about("draining", 1, (entry) => [entry, { ...entry, kind: EntryKind.registered, attempt: 2 }]),
  ],
  [
    "R4-turnover",
    "a worker comes back after it left",
    CHANGING,
    about("left", 1, (entry) => [entry, { ...entry, kind: EntryKind.registered }]),
  ],
  ["T5", "a task is handed back before the limit", CHANGING, edit("requeued", A, (entry) => ({ ...entry, time: 8 }))],
  [
    "T5",
    "a task is handed back by a worker that does not leave",
    FAILING,
    edit("requeued", A, (entry) => ({ ...entry, reason: Reason.drain })),
  ],
  [
    "T5",
    "a start is given up for a worker that does not leave then",
    CHANGING,
    (entries) => insertBefore(entries, "finished", B, { task: D, kind: EntryKind.requeued, worker: -1, attempt: 0, reason: Reason.drain }),
  ],
  [
    "T6",
    "a task that was lost with its worker starts again",
    LOST_WITH,
    (entries) => [
      ...edit("lost", A, (entry) => ({ ...entry, kind: EntryKind.requeued }))(entries).filter(({ kind }) => kind !== EntryKind.abandoned),
      { ...find(entries, "started", A), time: 20, worker: 2, attempt: 2 },
    ],
  ],
  ["F4", "a completion is refused of a task that waits", LATE, edit("accepted", A, (entry) => ({ ...entry, kind: EntryKind.refused }))],
  ["F4", "a completion is accepted that was not given up", LATE, drop("requeued", A)],
  [
    "F4",
    "a completion is accepted after the next attempt has started",
    LATE,
    (entries) => insertBefore(entries, "accepted", A, { ...find(entries, "started", A), time: 9, attempt: 2 }),
  ],
  ["T2", "a completion is accepted from another worker", LATE, edit("accepted", A, (entry) => ({ ...entry, worker: -1 }))],
  ["T4", "a completion is accepted twice", LATE, duplicate("accepted", A)],
  ["T5-recalled", "a task is taken back while its worker is paused", RECALLED, edit("requeued", A, (entry) => ({ ...entry, time: 4 }))],
  ["T5-recalled", "a task is not back though its worker goes on", RECALLED, edit("requeued", A, (entry) => ({ ...entry, time: 6 }))],
  ["T5-recalled", "a task is recalled from a worker that could stop it", RECALLED, about("paused", 0, (entry) => [recalled(entry), entry])],
  ["T2", "a task is recalled twice", RECALLED, duplicate("recalled", A)],
  ["F1", "a silent worker is not suspected", FAILING, (entries) => entries.filter(({ kind }) => kind !== EntryKind.suspected)],
  ["F1", "a silent worker is suspected too late", FAILING, edit("suspected", -1, (entry) => ({ ...entry, time: 12 }))],
  ["F2", "a worker is suspected that is well", FAILING, edit("suspected", -1, (entry) => ({ ...entry, worker: 1 }))],
  ["F2", "a worker is suspected too soon", FAILING, edit("suspected", -1, (entry) => ({ ...entry, time: 8 }))],
  ["F3", "a worker is suspected twice", FAILING, duplicate("suspected", -1)],
  [
    "F3",
    "a worker is heard again that was not suspected",
    FAILING,
    (entries) => entries.filter(({ kind }) => kind !== EntryKind.suspected),
  ],
  [
    "F4",
    "the end of an attempt that was given up counts",
    DOUBLED,
    edit("refused", 0, (entry) => ({ ...entry, kind: EntryKind.finished })),
  ],
  [
    "F4",
    "a worker goes on with what it was told to stop",
    CHANGING,
    (entries) =>
      insertAt(entries, { ...find(entries, "requeued", A), kind: EntryKind.refused, time: 10, reason: Reason.none }, ["finished", C]),
  ],
  ["T10", "a due date is decided twice", BUSY, duplicate("finished", E)],
  ["T10", "a due date is never decided", BUSY, drop("finished", A)],
  [
    "T5",
    "an attempt is given up before its lease is over on the slowest clock",
    ALLOWED_FOR,
    edit("requeued", A, (entry) => ({ ...entry, time: 24 })),
  ],
  [
    "T5-clock",
    "an attempt is stopped when its lease is over on a true clock",
    DRIFTING,
    edit("stopped", A, (entry) => ({ ...entry, time: 23 })),
  ],
  [
    "T5-clock",
    "an attempt goes on without its lease on a clock that is not too slow",
    DRIFTING,
    (entries) => insertBefore(entries, "started", B, { kind: EntryKind.outlived }),
  ],
  ["F2", "a slow clock's worker is suspected too soon", DRIFTING, edit("suspected", -1, (entry) => ({ ...entry, time: 10 }))],
  ["T12", "an attempt ends at its limit by the true time", DRIFTING, edit("failed", 1, (entry) => ({ ...entry, time: 6 }))],
  ["T12", "an attempt outlives its limit", LIMITED, edit("failed", 1, (entry) => ({ ...entry, time: entry.time + 1 }))],
  [
    "T12",
    "an attempt times out that ends at its limit",
    LIMITED,
    edit("finished", 0, (entry) => ({ ...entry, kind: EntryKind.failed, reason: Reason.timeout })),
  ],
  [
    "T12",
    "an attempt should time out and fails otherwise",
    LIMITED,
    edit("failed", 1, (entry) => ({ ...entry, reason: Reason.execution })),
  ],
  ["R1", "a worker is given more than it has", GREEDY, edit("started", 1, (entry) => ({ ...entry, worker: 0 }))],
  ["R1", "more is given back than was taken", GREEDY, duplicate("finished", 1)],
  ["R1", "a worker is used that has not joined", CHANGING, edit("started", B, (entry) => ({ ...entry, worker: 2 }))],
  ["R1", "a worker is used that has left", CHANGING, edit("started", E, (entry) => ({ ...entry, worker: 0 }))],
  ["R1", "something is still on a worker that leaves", CHANGING, moveLeft(1, "finished", C)],
  ["R2", "an allocation outlives its worker", CHANGING, moveLeft(1, "finished", C)],
  ["R2", "an allocation is never released", GREEDY, drop("finished", 2)],
  ["R2", "an allocation is released twice", GREEDY, duplicate("finished", 1)],
  ["R2", "an allocation is released elsewhere", GREEDY, edit("finished", 1, (entry) => ({ ...entry, worker: 0 }))],
  ["R3", "labels are ignored", BUSY, edit("started", E, (entry) => ({ ...entry, worker: 0 }))],
  ["R3", "a worker is too small", BUSY, edit("started", G, (entry) => ({ ...entry, worker: 1 }))],
  [
    "R3",
    "a retry goes back to its worker",
    BUSY,
    editLast("started", B, (entries, entry) => ({ ...entry, worker: find(entries, "started", B).worker })),
  ],
  [
    "R3",
    "a retry prefers the worker where it failed",
    BACKING_OFF,
    (entries) => entries.map((entry) => (entry.task === A && entry.attempt === 2 && entry.worker >= 0 ? { ...entry, worker: 0 } : entry)),
  ],
  ["R3", "a bound task starts elsewhere", DISPATCHING, edit("started", 0, (entry) => ({ ...entry, worker: 1 }))],
  ["R3", "a bound task overtakes in its queue", DISPATCHING, swapTasks("started", 0, 2)],
  ["P1", "a ready task is left though it fits", GREEDY, delay(2, 1)],
  ["P1", "a task that became ready in a later round is left", BUSY, delay(F, 1)],
  ["P1", "a ready task is left though it fits a worker that joined", CHANGING, delay(D, 1)],
  ["P2", "a worse task goes to a worker that joined", JOINED, swapTasks("started", 1, 2), longestFirst],
  ["P2", "a worse task starts first", RANKED, swapTasks("started", 1, 2), longestFirst],
  ["P2", "a task overtakes under a blocking policy", BLOCKING, overtake, inOrder],
  [
    "P9",
    "work is done in less than its least time",
    GREEDY,
    edit(
      "started",
      2,
      (entry) => ({ ...entry, time: 0 }),
      "finished",
      (entry) => ({ ...entry, time: 2 }),
    ),
  ],
  ["T2", "a task goes on that was not suspended", PREEMPTED, drop("suspended", A)],
  ["T2", "an attempt is killed where it should be suspended", PREEMPTED, replace("suspended", A, { kind: EntryKind.requeued })],
  ["T2", "an attempt is preempted under a policy that does no such thing", GREEDY, replace("started", 2, { kind: EntryKind.preempted })],
  ["T3", "a suspended task is lost sight of", PREEMPTED, drop("continued", A)],
  ["T7", "an attempt does its work while it is suspended", PREEMPTED, edit("continued", A, later)],
  ["R1", "a suspended attempt keeps its core", PREEMPTED, drop("suspended", A)],
  ["P1", "a suspended task is left though it could go on", PREEMPTED_AT_ONCE, edit("continued", A, later)],
  [
    "M4",
    "a suspended task is left at the end",
    PREEMPTED_AT_ONCE,
    (entries) => entries.filter(({ kind, task }) => task !== A || kind < EntryKind.finished || kind === EntryKind.suspended),
  ],
  ["P5", "nobody waits for the room", PREEMPTED, drop("submitted", B), byPriority],
  ["P5", "a grace is cut short", PREEMPTED, edit("preempted", A, later)],
  ["P5", "a grace is forgotten", PREEMPTED, drop("suspended", A)],
  ["T13", "a task is preempted too often", PREEMPTED, duplicate("preempted", A)],
  ["T13", "a task is preempted too early", PREEMPTED, edit("started", A, (entry) => ({ ...entry, time: 2 }))],
  ["T13", "a task is preempted more often than better ones came", PREEMPTED_AT_ONCE, duplicate("preempted", A), byPriority],
  ["P9", "more is done than workers have while they are there", CHANGING, about("registered", 2, (entry) => [{ ...entry, time: 23 }])],
  ["P9", "a chain is shorter than its tasks", BUSY, (entries) => entries.map((entry) => ({ ...entry, time: Math.min(entry.time, 4) }))],
  [
    "P9-Graham",
    "a greedy schedule idles",
    GREEDY,
    (entries) => entries.map((entry) => (entry.time === 0 ? entry : { ...entry, time: entry.time + 4 })),
  ],
  ["M1", "a task leaves the system unseen", GREEDY, drop("finished", 2)],
  ["M1", "a task enters late", BUSY, edit("submitted", G, (entry) => ({ ...entry, time: entry.time + 1 }))],
  ["T17", "a worker tells nothing", TELLING, tellA(5, () => [])],
  ["T17", "a worker does not tell the last", TELLING, tellA(15, () => [])],
  ["T17", "a worker tells too much", TELLING, tellA(5, (entry) => [{ ...entry, attempt: 750 }])],
  ["T17", "a worker tells too little", TELLING, tellA(5, (entry) => [{ ...entry, attempt: 250 }])],
  ["T17", "a worker tells of no such part", TELLING, tellA(5, (entry) => [{ ...entry, attempt: 300 }])],
  ["T17", "a worker tells too soon", TELLING, tellA(5, (entry) => [{ ...entry, time: 4 }])],
  ["T17", "a worker tells too late", TELLING, tellA(2, (entry) => [{ ...entry, time: 3 }])],
  ["T17", "a worker tells twice", TELLING, tellA(5, (entry) => [entry, entry])],
  ["T17", "a worker tells of what another runs", { ...TELLING, workers: [worker("w", 1000), worker("x", 0)] }, tellA(5, onX)],
  ["T17", "a worker tells of what has ended", TELLING, move(["finished", A], ["progressed", B])],
  ["T17", "an attempt that begins anew is taken to go on", TELLING_AND_KILLED, tellA(15, (entry) => [{ ...entry, attempt: 750 }])],
  ["P5", "an attempt makes room that is taken to be nearly done", TELLING, tellA(5, () => []), byRemaining],
  ["P5", "an attempt makes room that is nearly done", TELLING, tellA(5, (entry) => [{ ...entry, attempt: 750 }]), byRemaining],
  ["P2", "a task that begins anew goes first for what it had done", TELLING_AND_KILLED, goesOnFirst, byRemaining],
  ["T8", "an attempt begins anew, though there is a checkpoint", SAVING, (entries) => drop("recovered", A)(drop("recovering", A)(entries))],
  ["T8", "an attempt reads a checkpoint too fast", SAVING, edit("recovered", A, at0(11))],
  [
    "T8",
    "an attempt reads a checkpoint that is not there",
    SAVING,
    (entries) => entries.toSpliced(2, 0, { ...entries[1]!, kind: EntryKind.recovering }),
  ],
  ["T8", "an attempt writes a checkpoint too early", SAVING, edit("saving", A, at0(2))],
  ["T8", "an attempt writes none", SAVING, (entries) => drop("saved", A)(drop("saving", A)(entries))],
  ["T8", "a checkpoint is written too fast", SAVING, edit("saved", A, at0(4))],
  [
    "T8",
    "a checkpoint counts for nothing, though no other attempt came",
    SAVING,
    edit("saved", A, (entry) => ({ ...entry, kind: EntryKind.saveRefused })),
  ],
  ["T7", "an attempt does what it need not do again", SAVING, edit("finished", A, at0(22))],
  ["P5", "an attempt makes room before its work is saved", SAVING_FOR_OTHERS, drop("saved", A)],
  ["M2", "an attempt releases twice", GREEDY, duplicate("finished", 1)],
  [
    "M4",
    "the run ends with work that could be done",
    GREEDY,
    (entries) => entries.filter((entry) => entry.task !== 3 || entry.kind === EntryKind.submitted),
  ],
  [
    "M4",
    "the run ends with work that a worker that joined could do",
    CHANGING,
    (entries) => entries.filter((entry) => entry.task !== E || entry.kind === EntryKind.submitted),
  ],
];

describe("each invariant fails on a trace that breaks it", () => {
  test.each(BREAKS)("%s: %s", (id, _, known, change, options) => {
    const whole = traceOf(known);
    const broken = withEntries(whole, change([...whole.entries]));
    const given = options?.(whole) ?? {};
    expect(judge(whole, given).filter((verdict) => verdict.verdict === "violated")).toEqual([]);
    expect(verdictOf(whole, id, given).verdict).toBe("held");
    const { verdict, violation } = verdictOf(broken, id, given);
    expect(verdict).toBe("violated");
    expect(violation?.message).toMatch(/\w/);
  });

  describe.each([
    ["over a network", networkTrace, NETWORK_BREAKS],
    ["preempting over a network", preemptedTrace, PREEMPTED_BREAKS],
    ["with clients at the end of a link", clientsTrace, CLIENTS_BREAKS],
    ["suspending over a network", suspendedTrace, SUSPENDED_BREAKS],
    ["shrinking over a network", shrunkTrace, SHRUNK_BREAKS],
    ["draining over a network", drainedTrace, DRAINED_BREAKS],
    ["telling of progress over a network", tellingTrace, TELLING_BREAKS],
    ["over a network that delivers what is under way", deliveringTrace, DELIVERING_BREAKS],
    ["over a network, where a clock is slow", driftingTrace, DRIFTING_BREAKS],
    ["with pools", hiredTrace, HIRING_BREAKS],
    ["attempts that wait for their environments", preparedTrace, ENVIRONMENT_BREAKS],
    ["files that come and make room", movedTrace, MOVED_BREAKS],
    ["files that share links", () => movedTrace("fair"), SHARED_BREAKS],
    ["files that are lost", lostTrace, LOST_BREAKS],
    ["tasks that go where their files are", localTrace, LOCAL_BREAKS],
    ["attempts that straggle", stragglingTrace, STRAGGLE_BREAKS],
    ["elastic attempts that share a worker", sharingTrace, SHARE_BREAKS],
    ["attempts that ask, and wait for one another", askingTrace, ASK_BREAKS],
    ["a scheduler of several replicas", replicatedTrace, REPLICA_BREAKS],
    ["clients that are processes", callingTrace, CALL_BREAKS],
    ["leaders whose word is enough", losingTrace, LOSS_BREAKS],
    ["replicas that are left in peace", peacefulTrace, PEACEFUL_BREAKS],
    ["attempts that have copies", copiedTrace, SPECULATION_BREAKS],
  ] as const)("%s", (_title, known, breaks) => {
    test.each(breaks)("%s: %s", (id, _, change) => {
      const whole = known();
      expect(judge(whole).filter((verdict) => verdict.verdict === "violated")).toEqual([]);
      expect(verdictOf(whole, id, {}).verdict).toBe("held");
      expect(verdictOf(change(whole), id, {}).verdict).toBe("violated");
    });
  });

  test("no invariant is left out", () => {
    const network = [
      ...NETWORK_BREAKS,
      ...PREEMPTED_BREAKS,
      ...SUSPENDED_BREAKS,
      ...SHRUNK_BREAKS,
      ...DRAINED_BREAKS,
      ...TELLING_BREAKS,
      ...DELIVERING_BREAKS,
      ...DRIFTING_BREAKS,
      ...CLIENTS_BREAKS,
      ...HIRING_BREAKS,
      ...ENVIRONMENT_BREAKS,
      ...MOVED_BREAKS,
      ...LOST_BREAKS,
      ...LOCAL_BREAKS,
      ...SPECULATION_BREAKS,
      ...SHARE_BREAKS,
      ...ASK_BREAKS,
      ...REPLICA_BREAKS,
      ...CALL_BREAKS,
      ...LOSS_BREAKS,
      ...PEACEFUL_BREAKS,
    ];
    const broken = new Set([...BREAKS, ...network].map(([id]) => id));
    expect(INVARIANTS.map((invariant) => invariant.id).filter((id) => !broken.has(id))).toEqual([]);
    expect(new Set(INVARIANTS.map((invariant) => invariant.id)).size).toBe(INVARIANTS.length);
  });
});

describe("attempts of users' functions", () => {
  const later = (by: number) => (entries: TraceEntry[]) =>
    entries.map((entry) => (entry.kind === EntryKind.finished ? { ...entry, time: entry.time + by } : entry));
  const known: Known = { policy: "first-fit", workers: [worker("w", 1000)], tasks: [task("a", 2, { timeout: 4 })] };
  const whole = traceOf(known);
  const functions = { ...whole, world: { ...whole.world, functions: true } };
  test.each([
    [-1, "violated", "held"],
    [0, "held", "held"],
    [1, "held", "held"],
    [2, "held", "held"],
    [3, "held", "violated"],
  ] as const)("%i µs longer than the least of its time: %s; against its limit: %s", (by, progress, limit) => {
    const trace = withEntries(functions, later(by)([...whole.entries]));
    expect(verdictOf(trace, "T7", {}).verdict).toBe(progress);
    expect(verdictOf(trace, "T12", {}).verdict).toBe(limit);
  });
});

test("what is changed of a task that waits for its retry says nothing of what becomes of it", () => {
  const actions = [{ time: 3, task: A, kind: "set" as const, change: { weight: 2 } }];
  const trace = traceOf({ ...BACKING_OFF, actions });
  expect([...trace.entries].map(({ kind }) => kind)).toContain(EntryKind.changed);
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
});

test("a worker must not tell how far attempts are where nobody has asked", () => {
  const whole = traceOf(TELLING);
  const { liveness = DEFAULT_LIVENESS, ...settings } = whole.settings;
  const { progress: _, ...others } = liveness;
  expect(verdictOf({ ...whole, settings: { ...settings, liveness: others } }, "T17", {}).verdict).toBe("violated");
});

test("over a network what is told counts from when it was sent, for who makes room", () => {
  const judged = (release: string, change: Change) => {
    const scenario = defineScenario({
      name: "progress over a network",
      cluster: { workers: [{ id: "w", cpu: 1 }] },
      scheduler: { policy: "srpt", preemption: { mode: "suspend" }, progress: "25%" },
      tasks: [
        { id: "a", duration: "8s" },
        { id: "b", duration: "4s", release },
      ],
      network: { latency: "1s" },
      faults: [{ kind: "slow", worker: "w", at: 0, speed: 0.5 }],
    });
    const { trace } = simulateScenario(scenario, { storeTrace: true });
    const broken = withEntries(trace, change([...trace.entries]));
    return verdictOf(broken, "P5", byRemaining(trace)).verdict;
  };
  // At 6 s it is known of a that 6 s were left at 5 s: b takes its room then, or up to 7 s; with as much left it would not.
  const makesRoom = (time: number): Change => edit("preempted", A, (entry) => ({ ...entry, time }));
  expect(judged("5500ms", (entries) => entries)).toBe("held");
  expect(judged("5500ms", drop("progressed", A))).toBe("violated");
  expect(judged("5500ms", makesRoom(6_999_999))).toBe("held");
  expect(judged("5500ms", makesRoom(7_000_000))).toBe("violated");
});

test("a client must not be told where clients are not", () => {
  const whole = traceOf(BUSY);
  expect(verdictOf(whole, "T6-notified", {}).verdict).toBe("never exercised");
  expect(verdictOf(withEntries(whole, tellAtEnd([...whole.entries])), "T6-notified", {}).verdict).toBe("violated");
});

describe("what does not apply is not judged", () => {
  const APPLIES: [id: string, known: Known][] = [
    ["P1", BLOCKING],
    ["P1", DISPATCHING],
    ["P1", { ...GREEDY, settings: { decisionTime: { perPass: 1, perTask: 0 } } }],
    ["P9-Graham", BUSY],
    ["P9-Graham", { ...GREEDY, settings: { pass: { every: 5 } } }],
    ["T12", GREEDY],
    ["T10", GREEDY],
    ["T9", BUSY],
    ["P2", RANKED],
  ];
  test.each(APPLIES)("%s", (id, known) => {
    expect(verdictOf(traceOf(known), id, {})).toMatchObject({ verdict: "never exercised", premises: 0 });
  });

  test("a worker is heard late, by what it sent over a link that was cut then", () => {
    const entries = ofNetwork({
      tasks: [{ id: "t", duration: "40s" }],
      network: { latency: "4s" },
      faults: [
        { kind: "partition", worker: "w-1", at: "3s", for: "11s" },
        { kind: "pause", worker: "w-1", at: "13s", for: "40s" },
      ],
    });
    const about = entries.filter(({ kind, time }) => time < 26e6 && (kind === EntryKind.suspected || kind === EntryKind.trusted));
    // Sent at 0, it arrives at 4, as the last before the cut; at 12, it arrives at 16.
    expect(about.map(({ time, kind }) => [time / 1e6, ENTRY_NAMES[kind]])).toEqual([
      [6, "suspected"],
      [16, "trusted"],
      [22, "suspected"],
    ]);
  });

  test("a task begins on its worker that was cancelled meanwhile, for the order to stop comes later", () => {
    const entries = ofNetwork({
      tasks: [
        { id: "t", duration: "1s", cpu: 0.5 },
        { id: "u", duration: "5s", cpu: 0.5 },
      ],
      network: { latency: "2s" },
      actions: [{ at: "1s", cancel: "t" }],
    });
    const about = entries.filter(({ task }) => task === 0);
    expect(about.map(({ time, kind }) => [time / 1e6, ENTRY_NAMES[kind]])).toEqual([
      [0, "submitted"],
      [0, "started"],
      [1, "cancelled"],
      [2, "began"],
      [3, "ended"],
      [5, "refused"],
    ]);
  });

  test("a run that was cut is not blamed for what it left", () => {
    const whole = traceOf(BUSY);
    const entries = [...whole.entries];
    for (let length = 0; length <= entries.length; length++) {
      const cut = {
        ...withEntries(whole, entries.slice(0, length)),
        ending: { kind: "max-events", message: "", exitCode: 5, time: entries[length - 1]?.time ?? 0 } as const,
      };
      expect(
        judge(cut).filter(({ verdict }) => verdict === "violated"),
        `after ${length} entries`,
      ).toEqual([]);
    }
  });
});

describe("a trace of a random run with one thing changed is never taken for a run", () => {
  const someRun = cases({ maxTasks: 8, settings: { decisionTime: { perPass: 0, perTask: 0 } } }).chain((drawn) => {
    const policy = policyNamed(drawn.options.named ? "first-fit" : "fcfs")!;
    const settings = settingsFor(policy, drawn);
    const trace = simulate({ world: worldOf(drawn), settings, policy, seeds: drawn.seeds, storeTrace: true }).trace!;
    return fc.record({ trace: fc.constant(trace), index: fc.nat(Math.max(0, trace.entries.length - 1)) });
  });
  const CHANGES: [string, (entries: TraceEntry[], index: number) => void][] = [
    ["an entry less", (entries, index) => entries.splice(index, 1)],
    ["an entry twice", (entries, index) => entries.splice(index, 0, entries[index])],
    ["an entry later", (entries, index) => (entries[index] = { ...entries[index], time: entries[index].time + 1 })],
    ["another attempt", (entries, index) => (entries[index] = { ...entries[index], attempt: entries[index].attempt + 1 })],
    [
      "another reason",
      (entries, index) =>
        (entries[index] = { ...entries[index], reason: entries[index].reason === Reason.client ? Reason.none : Reason.client }),
    ],
  ];
  test.each(CHANGES)("%s", (_, change) => {
    fc.assert(
      fc.property(someRun, ({ trace, index }) => {
        fc.pre(trace.entries.length > 0 && !straggledInVain(trace, index));
        expect(judge(trace).filter((verdict) => verdict.verdict === "violated")).toEqual([]);
        const entries = [...trace.entries];
        change(entries, index);
        expect(judge(withEntries(trace, entries)).some((verdict) => verdict.verdict === "violated")).toBe(true);
      }),
      { seed: seed(11), numRuns: runs(150) },
    );
  });
});

/** Whether an execution straggles by chance that comes to no end by itself, or has nothing to do: no other entry tells of it. */
function straggledInVain({ world: { tasks }, entries }: Trace, index: number): boolean {
  const { kind, task, worker, attempt } = entries.at(index);
  if (kind !== EntryKind.straggled) return false;
  const isWhole = [...entries].some((entry) => entry.kind === EntryKind.finished && entry.task === task && entry.attempt === attempt);
  return !isWhole || (tasks.timeTables[at(tasks.timeTable, task)]?.[worker] ?? at(tasks.work, task)) === 0;
}

/** The entries of a run over a network, which breaks nothing. */
function ofNetwork(input: ScenarioInput): TraceEntry[] {
  const scenario = defineScenario({
    name: "network",
    cluster: { workers: [{ id: "w", count: 1, cpu: 1 }] },
    scheduler: { heartbeat: { interval: "3s", timeout: "6s" }, lease: "20s" },
    ...input,
  });
  const { trace } = simulateScenario(scenario, { storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return [...trace.entries];
}

function verdictOf(trace: Trace, id: string, options: JudgeOptions) {
  return judge(trace, options).find((verdict) => verdict.id === id)!;
}

// Changes.

type Kind = keyof typeof EntryKind;

function indexOf(entries: readonly TraceEntry[], kind: Kind, position: number): number {
  const index = entries.findIndex((entry) => entry.kind === EntryKind[kind] && entry.task === position);
  if (index < 0) throw new Error(`no ${kind} of task ${position} in the trace to break`);
  return index;
}

function find(entries: readonly TraceEntry[], kind: Kind, position: number): TraceEntry {
  return entries[indexOf(entries, kind, position)];
}

function edit(
  kind: Kind,
  position: number,
  change: (entry: TraceEntry) => TraceEntry,
  ...more: [] | [Kind, (entry: TraceEntry) => TraceEntry]
): Change {
  return (entries) => {
    const edited = entries.with(indexOf(entries, kind, position), change(find(entries, kind, position)));
    return more.length === 0 ? edited : edit(more[0], position, more[1])(edited);
  };
}

function editLast(kind: Kind, position: number, change: (entries: TraceEntry[], entry: TraceEntry) => TraceEntry): Change {
  return (entries) => {
    const index = entries.findLastIndex((entry) => entry.kind === EntryKind[kind] && entry.task === position);
    return entries.with(index, change(entries, entries[index]));
  };
}

/** Puts other entries in the place of the first of a kind about a worker. */
function about(kind: Kind, on: number, change: (entry: TraceEntry) => TraceEntry[]): Change {
  return (entries) => {
    const index = entries.findIndex((entry) => entry.kind === EntryKind[kind] && entry.worker === on);
    if (index < 0) throw new Error(`no ${kind} of worker ${on} in the trace to break`);
    return entries.toSpliced(index, 1, ...change(entries[index]));
  };
}

function recalled(entry: TraceEntry): TraceEntry {
  return { ...entry, kind: EntryKind.recalled, task: A, attempt: 1, reason: Reason.client };
}

function crash(entry: TraceEntry): TraceEntry {
  return { ...entry, kind: EntryKind.crashed };
}

/** A worker leaves just before an entry of a task, which comes after it in the same instant. */
function moveLeft(on: number, kind: Kind, position: number): Change {
  return (entries) => {
    const left = entries.find((entry) => entry.kind === EntryKind.left && entry.worker === on)!;
    const rest = entries.filter((entry) => entry !== left);
    return rest.toSpliced(indexOf(rest, kind, position), 0, left);
  };
}

/** Moves the first entry of a kind about a worker to just before one of a task. */
function moveBefore(moved: Kind, on: number, kind: Kind, position: number): Change {
  return (entries) => {
    const entry = entries.find((each) => each.kind === EntryKind[moved] && each.worker === on)!;
    const rest = entries.filter((each) => each !== entry);
    return rest.toSpliced(indexOf(rest, kind, position), 0, entry);
  };
}

function moveAfter(moved: Kind, on: number, kind: Kind, position: number): Change {
  return (entries) => {
    const entry = entries.find((each) => each.kind === EntryKind[moved] && each.worker === on)!;
    const rest = entries.filter((each) => each !== entry);
    return rest.toSpliced(indexOf(rest, kind, position) + 1, 0, entry);
  };
}

/** Another task of SHRUNK is given up with task b. */
function givenUpToo(position: number): Change {
  return (entries) => insertBefore(entries, "requeued", B, { task: position });
}

function drop(kind: Kind, position: number): Change {
  return (entries) => entries.toSpliced(indexOf(entries, kind, position), 1);
}

function duplicate(kind: Kind, position: number): Change {
  return (entries) => entries.toSpliced(indexOf(entries, kind, position), 0, find(entries, kind, position));
}

function replace(kind: Kind, position: number, fields: Partial<TraceEntry>): Change {
  return edit(kind, position, (entry) => ({ ...entry, ...fields }));
}

function insertBefore(entries: TraceEntry[], kind: Kind, position: number, fields: Partial<TraceEntry>): TraceEntry[] {
  return entries.toSpliced(indexOf(entries, kind, position), 0, { ...find(entries, kind, position), ...fields });
}

function swap(one: [Kind, number], other: [Kind, number]): Change {
  return (entries) => {
    const [i, j] = [indexOf(entries, ...one), indexOf(entries, ...other)];
    return entries.with(i, entries[j]).with(j, entries[i]);
  };
}

/** Swaps which of two tasks an entry of a kind is about. */
function swapTasks(kind: Kind, a: number, b: number): Change {
  return (entries) => {
    const [i, j] = [indexOf(entries, kind, a), indexOf(entries, kind, b)];
    return entries.with(i, { ...entries[i], task: b }).with(j, { ...entries[j], task: a });
  };
}

/** Moves an entry to just before another, and to its time. */
function move(what: [Kind, number], before: [Kind, number]): Change {
  return (entries) => {
    const moved = { ...find(entries, ...what), time: find(entries, ...before).time };
    return insertAt(entries.toSpliced(indexOf(entries, ...what), 1), moved, before);
  };
}

function insertAt(entries: TraceEntry[], entry: TraceEntry, before: [Kind, number]): TraceEntry[] {
  return entries.toSpliced(indexOf(entries, ...before), 0, entry);
}

/** The last attempt of a task begins and ends later. */
function delay(position: number, by: number): Change {
  return (entries) => {
    const own = entries.filter(
      (entry) => entry.task === position && (entry.kind === EntryKind.started || entry.kind === EntryKind.finished),
    );
    const rest = entries.filter((entry) => !own.includes(entry));
    return [...rest, ...own.map((entry) => ({ ...entry, time: entry.time + by }))].sort((a, b) => a.time - b.time);
  };
}

/** Task c of BUSY gets a second attempt, though it has no retries. */
function extraAttempt(entries: TraceEntry[]): TraceEntry[] {
  const end = find(entries, "abandoned", C);
  const again = { ...find(entries, "started", C), time: end.time, attempt: 2 };
  const retried = { ...end, kind: EntryKind.retried, attempt: 2, reason: Reason.none };
  const failed = { ...find(entries, "failed", C), attempt: 2 };
  return entries.toSpliced(indexOf(entries, "abandoned", C), 0, retried, again, failed);
}

function onX(entry: TraceEntry): TraceEntry[] {
  return [{ ...entry, worker: 1 }];
}

/** Task a of TELLING_AND_KILLED starts again where task c does. */
function goesOnFirst(entries: TraceEntry[]): TraceEntry[] {
  const index = indexOf(entries, "started", C);
  return [...entries.slice(0, index), { ...entries[index], task: A, attempt: 2 }];
}

/** Task b of BUSY has an attempt left when it is abandoned. */
function giveUpEarly(entries: TraceEntry[]): TraceEntry[] {
  return replace("retried", B, { kind: EntryKind.abandoned, attempt: 1, reason: Reason.exhausted })(entries);
}

/** A task of BLOCKING that waits behind another starts before it. */
function overtake(entries: TraceEntry[]): TraceEntry[] {
  return move(["started", H], ["started", G])(entries);
}

/** The client of the task that ends last is told. */
function tellAtEnd(entries: TraceEntry[]): TraceEntry[] {
  return [...entries, { ...entries.at(-1)!, kind: EntryKind.notified, worker: -1 }];
}

/** A cancellation is requested before it takes place. */
function requestFirst(entries: TraceEntry[]): TraceEntry[] {
  return insertBefore(entries, "cancelled", 0, { kind: EntryKind.cancelRequested });
}

/** A task that runs for nothing, again and again at one time. */
function rounds(count: number): TraceEntry[] {
  const round = (attempt: number): TraceEntry[] => [
    { time: 9, kind: EntryKind.started, task: 0, worker: 0, attempt, reason: Reason.none },
    { time: 9, kind: EntryKind.finished, task: 0, worker: 0, attempt, reason: Reason.none },
  ];
  return Array.from({ length: count }, (_, index) => round(index + 1)).flat();
}
