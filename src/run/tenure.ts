// A replica that leads, for one term: the scheduler in its memory, and the commands that it has put to its log and that are not applied yet.
import { type Command, CommandKind, type CommandLog } from "../model/command.ts";
import type { Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { SchedulerInbox } from "./scheduler-inbox.ts";

/** Puts a command into the log. */
export type Propose = (command: Command) => void;

/** A call that is on the disk of the leader alone, and whether its client was told so. */
export interface NotedCall {
  readonly command: Command;
  readonly index: number;
  isTold: boolean;
}

export class Tenure implements CommandLog {
  readonly replica: number;
  readonly term: number;
  scheduler!: Scheduler;
  inbox!: SchedulerInbox;
  /** Up to there it has applied its log; and of it clients and workers were told that it is noted. */
  applied = 0;
  noted = 0;
  /** Calls of clients in its log that it has not applied, by session and number. */
  readonly calls = new Map<string, NotedCall>();
  /** What was due while the replica was frozen, in that order. */
  readonly overdue: (() => void)[] = [];
  readonly #clock: { readonly now: Time };
  readonly #propose: Propose;
  readonly #pending = new Set<number>();
  /** Of those that clients ask for. */
  readonly #requested = new Set<string>();
  /** How many attempts are about to be given up on each worker. */
  readonly #givenUpOn = new Map<number, number>();

  constructor(replica: number, term: number, clock: { readonly now: Time }, propose: Propose) {
    this.replica = replica;
    this.term = term;
    this.#clock = clock;
    this.#propose = propose;
  }

  propose(kind: CommandKind, task: number, worker: number, attempt: number, reason: Reason, value: number): void {
    const command = { kind, task, worker, attempt, reason, time: this.#clock.now, value };
    const key = keyOf(command);
    if (this.#pending.has(key)) return;
    this.#pending.add(key);
    if (kind === CommandKind.requeue) this.#count(worker, 1);
    this.#propose(command);
  }

  /** Puts a command to the log that a client asks for, or that is about its session. */
  request(command: Command): void {
    const key = requestOf(command);
    if (this.#requested.has(key)) return;
    this.#requested.add(key);
    this.#propose(command);
  }

  #count(worker: number, by: 1 | -1): void {
    this.#givenUpOn.set(worker, (this.#givenUpOn.get(worker) ?? 0) + by);
  }

  /** Whether a session is about to expire. */
  expires(session: number): boolean {
    return this.#requested.has(requestOf({ kind: CommandKind.expire, value: session }));
  }

  givesUp(task: number, attempt: number): boolean {
    return this.#pending.has(keyOf({ kind: CommandKind.requeue, task, worker: -1, attempt, value: 0 }));
  }

  /** Whether any attempt on a worker is about to be given up. */
  givesUpOn(worker: number): boolean {
    return (this.#givenUpOn.get(worker) ?? 0) > 0;
  }

  /** Whether all that it has put to the log is applied. */
  get isSettled(): boolean {
    return this.#pending.size === 0 && this.#requested.size === 0;
  }

  /** A command is applied: it may be put to the log again. */
  settles(command: Command): void {
    if (this.#requested.size > 0 && this.#requested.delete(requestOf(command))) return;
    const wasPending = this.#pending.delete(keyOf(command));
    if (wasPending && command.kind === CommandKind.requeue) this.#count(command.worker, -1);
  }
}

/** What makes two commands the same while they are on their way. */
function keyOf({ kind, task, worker, attempt, value }: Pick<Command, "kind" | "task" | "worker" | "attempt" | "value">): number {
  const subject = kind === CommandKind.change ? value : task < 0 ? worker : task;
  return (kind * 2 ** 26 + subject) * 2 ** 22 + attempt;
}

/** What makes two commands of clients the same while they are on their way. */
function requestOf({ kind, value, request }: Pick<Command, "kind" | "value" | "request">): string {
  return request === undefined ? `${kind} ${value}` : `${kind} ${request.session} ${request.number}`;
}
