// Clients of a replicated scheduler as processes: what each asks for, in which order and how often, and what it is told.
import type { CommandKind } from "./command.ts";
import type { Backoff } from "./settings.ts";
import { Status } from "./status.ts";
import { type Duration, SECOND } from "./units.ts";

/** Who answers where a task stands: who leads, when it knows that it still does; or any replica, by what it has applied. */
export const READS = ["linearizable", "stale"] as const;
export type Reads = (typeof READS)[number];

/** What clients are like; each has one request under way at a time. */
export interface ClientSettings {
  /** How many there are; tasks are theirs in turn, by position. */
  count: number;
  /** Most calls in one request. */
  batch: number;
  /** Least time from one request of a client to its next. */
  interval: Duration;
  /** So often each asks where one of its tasks stands, in turn, until it knows how all have ended; undefined: never. */
  status: Duration | undefined;
  reads: Reads;
  /** A session of which nothing is heard for so long expires. */
  session: Duration;
  /** How long a client waits that was not answered, or was told that nobody leads, before it asks another replica. */
  backoff: Backoff;
}

export const DEFAULT_CLIENTS: ClientSettings = {
  count: 1,
  batch: 1,
  interval: 0,
  status: undefined,
  reads: "linearizable",
  session: 60 * SECOND,
  backoff: { initial: SECOND / 10, factor: 2, max: 5 * SECOND, jitter: 0.5 },
};

/** Most clients, and most calls in one request. */
export const MOST_CLIENTS = 1000;
export const MOST_BATCHED = 10_000;

/** What a call asks for: a command by its kind, or where a task stands. */
export const STATUS_CALL = 0;

/** One thing that a client asks for. */
export interface Call {
  /** Counts the calls of its client, from 1 on. */
  readonly number: number;
  readonly kind: CommandKind | typeof STATUS_CALL;
  readonly task: number;
  /** Of the scenario, by its position; −1 where it is none of these. */
  readonly action: number;
}

/** Where a task stands, as far as clients are told; the numbers are part of the format. `noted`: not told, for what was called is only in the leader's log. */
export const TaskState = {
  unsubmitted: 0,
  waiting: 1,
  running: 2,
  completed: 3,
  failed: 4,
  skipped: 5,
  cancelled: 6,
  noted: 7,
} as const;
export type TaskState = (typeof TaskState)[keyof typeof TaskState];

/** Whether a client that is told so need not ask about the task again. */
export function isOver(state: TaskState): boolean {
  return state >= TaskState.completed && state !== TaskState.noted;
}

const STATE_OF: Record<Status, TaskState> = {
  [Status.unsubmitted]: TaskState.unsubmitted,
  [Status.blocked]: TaskState.waiting,
  [Status.ready]: TaskState.waiting,
  [Status.starting]: TaskState.waiting,
  [Status.running]: TaskState.running,
  [Status.suspended]: TaskState.running,
  [Status.backoff]: TaskState.waiting,
  [Status.completed]: TaskState.completed,
  [Status.failed]: TaskState.failed,
  [Status.skipped]: TaskState.skipped,
  [Status.cancelled]: TaskState.cancelled,
};

export function stateOf(status: Status): TaskState {
  return STATE_OF[status];
}

/** Stands for clients in entries where others name their worker: behind the replicas. */
const FIRST_CLIENT = -100;

/** How an entry names a client; and the client that it names, −1 where it names none. */
export function codeOfClient(client: number): number {
  return FIRST_CLIENT - client;
}

export function clientOf(code: number): number {
  return code <= FIRST_CLIENT ? FIRST_CLIENT - code : -1;
}

/** `c-1` is the first. */
export function nameOfClient(client: number): string {
  return `c-${client + 1}`;
}

/** What an answer says, in the one number that its entry has: the last command applied to its task, and where that stood then. */
export function answerAmount(index: number, state: TaskState): number {
  return index * 8 + state;
}

export function answerOf(amount: number): { index: number; state: TaskState } {
  return { index: Math.floor(amount / 8), state: (amount % 8) as TaskState };
}
