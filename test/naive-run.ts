// A run of the naive simulator as it stands, and every question about it, each answered by scanning everything anew.
import type { SchedulerSettings } from "../src/model/settings.ts";
import { Status } from "../src/model/status.ts";
import { type EntryKind, Reason, type TraceEntry } from "../src/model/trace.ts";
import type { Action, TaskAction, World } from "../src/model/world.ts";
import type { PolicyDefinition } from "../src/policies/policy.ts";
import { type Due, dueFor, turnsOf } from "./naive-due.ts";
import { filesOf } from "../src/model/data.ts";
import { claimOf } from "./naive-asks.ts";
import { readWorld, type Task, uniform } from "./naive-world.ts";

export interface NaiveOptions {
  world: World;
  settings: SchedulerSettings;
  policy: PolicyDefinition;
  seeds: { policy: string };
  /** What the client cancels and when, in order of time. */
  cancels?: readonly { time: number; task: number }[];
  /** Where faults may go on for ever: how many entries to make at most, and up to when. */
  most?: number;
  until?: number;
}

/** What happens to tasks, for those who have it happen. */
export interface Deeds {
  /** What the scheduler learns or decides; after what it learns, it looks at its queue. */
  record: (kind: EntryKind, task: Task | undefined, worker: number, attempt: number, reason?: Reason) => void;
  /** A start is decided. */
  begin: (task: Task, worker: number) => void;
  /** An attempt runs from now on. */
  runs: (task: Task) => void;
  /** The scheduler counts on an attempt no more: its task goes back to the queue. */
  giveUp: (task: Task, reason: Reason) => void;
  /** The same once its worker has stopped it, as it is told. */
  takeBack: (task: Task, reason: Reason) => void;
  /** A start that was decided does not take effect. */
  withdraw: (task: Task, reason: Reason) => void;
}

export type Run = ReturnType<typeof openRun>;

export function openRun({ world, settings, policy: definition, seeds, cancels = [] }: NaiveOptions) {
  const { workers, dimensions } = world;
  const { tasks, field, request, dependencies, dependents, isEligible, estimateOn } = readWorld(world);
  // The client acts after all that happens at that time: half a µs later, on a clock of whole ones.
  const late = cancels.map(({ time, task }): TaskAction => ({ time: time + 0.5, task, kind: "cancel" }));
  const state = {
    now: 0,
    entries: [] as TraceEntry[],
    actions: [...(world.actions ?? []), ...late].sort((a, b) => a.time - b.time) as Action[],
    happened: false, // anything to decide upon, since the last pass
    nextCycle: Infinity, // that comes even if nothing happens
    decision: undefined as { until: number; starts: Task[] } | undefined, // a pass that takes time and is not over
    bound: [] as { task: Task; worker: number }[], // to workers' own queues, in that order
    claims: [] as { task: Task; worker: number }[], // room that is being made
    wakes: [] as number[],
    lastChosen: -1,
    suspected: [] as number[],
    sizes: workers.names.map((_, worker) => workers.capacity.map((column) => column[worker])), // per dimension, as workers have told last
    holders: [...(world.data?.files.copies ?? [])].flatMap(([file, list]) => list.map((worker) => ({ file, worker }))), // as the scheduler was told
    lost: new Set<Task>(), // what they wrote is
    reopened: new Set<Task>(),
    plannedFor: (_task: Task): number | undefined => undefined,
    enter: (_kind: EntryKind, _task: Task | undefined, _worker: number, _number: number, _reason?: Reason, _amount?: number): void => {},
    looksAtReady: (): void => {},
    kept: (_worker: number, _d: number): number => 0, // for attempts that wait for more
    mayTake: (_task: Task, _worker: number): boolean => true,
    away: [] as number[], // workers that have not joined, are to leave, or have left
  };
  const readers = ({ position }: Task) => {
    const { data } = world;
    const files = data === undefined ? [] : [...filesOf(data.outputs, position)];
    return [...new Set(files.flatMap((file) => [...filesOf(data!.readers, file)]))].sort((a, b) => a - b).map((reader) => tasks[reader]);
  };
  const isDone = (other: Task, task: Task) => other.stage === "completed" || (state.reopened.has(other) && !readers(other).includes(task));
  const inStage = (stage: Task["stage"]) => tasks.filter((task) => task.stage === stage);
  const capacity = (worker: number, d: number) => state.sizes[worker][d];
  const couldHold = (task: Task, worker: number) =>
    isEligible(task, worker) && dimensions.every((_, d) => claimOf(world, task.position, d) <= capacity(worker, d));
  const isOnWorker = ({ stage }: Task) => stage === "running" || stage === "suspended";
  const presentOn = (worker: number) => tasks.filter((task) => task.worker === worker && ["held", "running"].includes(task.stage));
  const suspendedOn = (worker: number) => tasks.filter((task) => task.worker === worker && task.stage === "suspended");
  const isKept = (d: number) => d === 1 || d === 2; // memory and disk stay with what is suspended
  const asks = (task: Task, d: number) => (task.stage === "suspended" && isKept(d) ? 0 : request(task, d));
  const sumOf = (list: Task[], amount: (task: Task) => number) => list.reduce((sum, task) => sum + amount(task), 0);
  const claimedOn = (worker: number) => state.claims.filter((claim) => claim.worker === worker).map(({ task }) => task);
  const holds = (task: Task, d: number) => task.asks?.holds[d] ?? request(task, d);
  const used = (worker: number, d: number) =>
    sumOf(presentOn(worker), (task) => holds(task, d)) +
    sumOf(suspendedOn(worker), (task) => request(task, d) - asks(task, d)) +
    sumOf(claimedOn(worker), (task) => asks(task, d));
  const everyWorker = [...workers.names.keys()];
  const isClosed = (worker: number) => state.suspected.includes(worker) || state.away.includes(worker);
  const mayHold = (task: Task, worker: number) => couldHold(task, worker) && !isClosed(worker);
  const isAvoided = (task: Task, worker: number) =>
    task.avoids === worker && everyWorker.some((other) => other !== worker && mayHold(task, other));
  const prefers = settings.retry.elsewhere === "prefer"; // then a retry avoids its last worker only if another has room
  const mayRun = (task: Task, worker: number) => mayHold(task, worker) && (prefers || !isAvoided(task, worker));
  const isFree = (task: Task, worker: number) =>
    dimensions.every((_, d) => used(worker, d) + state.kept(worker, d) + asks(task, d) <= capacity(worker, d)) &&
    state.mayTake(task, worker);
  return Object.assign(state, {
    ...{ world, workers, dimensions, settings, definition, everyWorker },
    ...{ tasks, field, request, capacity, dependencies, dependents, couldHold, estimateOn },
    ...{ isOnWorker, presentOn, suspendedOn, isKept, asks, sumOf, used, holds, prefers, mayRun, isFree },
    isBlocking: settings.policy.blocking ?? definition.blocking,
    random: (purpose: string, task: Task, index: number) => uniform(seeds.policy, purpose, task, index),
    turn: turnsOf(settings, seeds),
    inStage,
    /** What is due for each of these tasks. */
    perTask: (kind: number, list: Task[], time: (task: Task) => number, happen: (task: Task) => void): Due[] =>
      list.map((task) => dueFor(kind, task.position, time(task), () => happen(task))),
    ready: () => inStage("waiting").filter((task) => dependencies(task).every((other) => isDone(other, task))),
    readers,
    /** How those ended that a task depends on, as far as that matters to it. */
    endsThatCount: (task: Task) =>
      dependencies(task)
        .filter((other) => !state.reopened.has(other) || readers(other).includes(task))
        .map(({ stage }) => stage),
    boundTo: (to: number) => state.bound.filter(({ task, worker }) => worker === to && task.stage === "waiting").map(({ task }) => task),
    /** What the scheduler takes to run on a worker, in the order in which it was started. */
    believedOn: (worker: number) =>
      tasks.filter((task) => task.worker === worker && isOnWorker(task)).sort((a, b) => a.startEntry - b.startEntry),
    /** What is decided to begin there. */
    startingOn: (worker: number) => (state.decision?.starts ?? []).filter((task) => task.stage === "held" && task.worker === worker),
    mayRunAgain: (task: Task) => task.attempts - (settings.retry.countLost ? 0 : task.lost) <= field("retries", task),
    hasRoom: (task: Task, worker: number) => mayRun(task, worker) && isFree(task, worker),
    /** As clients are told. */
    statusOf: (task: Task): number => {
      if (task.stage === "waiting") return dependencies(task).every((other) => isDone(other, task)) ? Status.ready : Status.blocked;
      return { future: Status.unsubmitted, held: Status.starting, ...Status }[task.stage];
    },
    /** Whether its worker is told to stop it, whatever comes. */
    isToStop: ({ isCancelling, recall }: Task) => isCancelling || (recall !== undefined && recall !== Reason.preemption),
    hasEnded: ({ stage }: Task) => ["completed", "failed", "skipped", "cancelled"].includes(stage),
  });
}
