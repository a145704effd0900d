// What replicas agree on: where every task and worker stands, by the commands that were committed. Each applies the same in the same order, and
// reads neither clock nor stream; so equal logs give equal states.
import { codeOfClient, stateOf, TaskState } from "../model/clients.ts";
import { type Command, CommandKind, type Request } from "../model/command.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { Status } from "../model/status.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";
import type { BelievedWorld } from "../model/world.ts";
import { EndedAttempts } from "../scheduler/ended-attempts.ts";
import { HeldTasks } from "../scheduler/held-tasks.ts";
import { isHeld, Ledger, type LedgerHost } from "../scheduler/ledger.ts";
import type { Inheritance } from "../scheduler/takeover.ts";
import { type Answer, Sessions } from "./sessions.ts";
import { Transitions } from "./transitions.ts";

type AgreedWorld = Pick<BelievedWorld, "tasks" | "workers">;

export interface ControlOptions {
  /** Whether clients are to be told where tasks stand, and as of which command. */
  answers?: boolean;
  /** The safeguard to leave out: in tests alone. */
  unsafe?: UnsafeMode;
}

/** The longest that an entry can tell. */
const LONGEST = 2 ** 31 - 1;

export class ControlState implements Inheritance, LedgerHost {
  readonly unsafe = undefined;
  readonly ledger: Ledger;
  ended: EndedAttempts;
  readonly #world: AgreedWorld;
  readonly #settings: SchedulerSettings;
  /** All that has changed, folded: equal for equal histories. */
  readonly #transitions: Transitions;
  readonly #options: ControlOptions;
  sessions = new Sessions();
  readonly #incarnation: Int32Array;
  readonly #suspected: Uint8Array;
  /** Of each task: which command has assigned its newest attempt, by its place in the log; 0 before any has. */
  readonly #assignedBy: Float64Array;
  /** Tasks whose attempts each worker holds, oldest first. */
  readonly #held: HeldTasks;
  readonly #retryAt = new Map<number, Time>();
  /** Actions by which clients have changed tasks, in their order. */
  readonly #changes = new Set<number>();
  /** Of the command that is applied. */
  #value = 0;

  constructor(world: AgreedWorld, settings: SchedulerSettings, options: ControlOptions = {}) {
    this.#world = world;
    this.#settings = settings;
    this.#options = options;
    this.#transitions = new Transitions(options.answers === true ? new Float64Array(world.tasks.count) : undefined);
    this.ledger = new Ledger(world.tasks, this.#transitions, settings, this);
    this.ended = new EndedAttempts(world.tasks.count);
    this.#incarnation = new Int32Array(world.workers.count).fill(1);
    this.#suspected = new Uint8Array(world.workers.count);
    this.#assignedBy = new Float64Array(world.tasks.count);
    this.#held = new HeldTasks(world.workers.count);
    this.#held.grow(world.tasks.count);
  }

  /** The same again, apart from this one. */
  copy(): ControlState {
    const copy = new ControlState(this.#world, this.#settings, this.#options);
    copy.sessions = this.sessions.copy(this.#options.unsafe);
    copy.ledger.inherits(this.ledger);
    copy.ended = this.ended.copy();
    copy.#transitions.inherits(this.#transitions);
    copy.#incarnation.set(this.#incarnation);
    copy.#suspected.set(this.#suspected);
    copy.#assignedBy.set(this.#assignedBy);
    for (let worker = 0; worker < this.#world.workers.count; worker++)
      for (let task = this.#held.firstOn(worker); task >= 0; task = this.#held.behind(task)) copy.#held.add(task, worker);
    for (const [task, time] of this.#retryAt) copy.#retryAt.set(task, time);
    for (const action of this.#changes) copy.#changes.add(action);
    return copy;
  }

  /** Of all that has come to pass: 53 bits. */
  get hash(): number {
    return this.#transitions.hash;
  }

  get changes(): Iterable<number> {
    return this.#changes;
  }

  retryAt(task: number): Time {
    return this.#retryAt.get(task) ?? 0;
  }

  incarnationOf(worker: number): number {
    return this.#incarnation[worker] as number;
  }

  isSuspected(worker: number): boolean {
    return this.#suspected[worker] === 1;
  }

  /** Which command has assigned an attempt, by its place in the log; 0 where it is not the newest of its task. */
  assignmentOf(task: number, attempt: number): number {
    return this.ledger.attempts(task) === attempt ? (this.#assignedBy[task] as number) : 0;
  }

  /** The last command that changed a task, as it is kept for clients. */
  lastOf(task: number): number {
    return this.#transitions.lastOf?.[task] ?? 0;
  }

  /** Whether a command that a client or a worker asks for is done, by itself or by another. */
  hasDone({ kind, task, attempt, value, request }: Pick<Command, "kind" | "task" | "attempt" | "value" | "request">): boolean {
    const status = this.ledger.status(task);
    if (request !== undefined) return this.sessions.has(request.session) && !this.sessions.executes(request);
    if (kind === CommandKind.submit) return status !== Status.unsubmitted;
    if (kind === CommandKind.change) return this.#changes.has(value);
    return kind === CommandKind.cancel ? status >= Status.completed : this.ended.has(task, attempt);
  }

  /** What a client is told that asks where a task stands. */
  answer(number: number, task: number): Answer {
    return { number, content: "", reason: Reason.none, index: this.lastOf(task), state: stateOf(this.ledger.status(task)) };
  }

  /**
   * Says whether it took effect: one that came too late for what it is about does not. `index`: its place in the log; `told`: who is told
   * what comes of it.
   */
  apply(command: Command, index: number, told?: { sink: TraceSink; now: Time }): boolean {
    const { request } = command;
    this.#value = command.value;
    this.#transitions.told = told;
    this.#transitions.index = index;
    const executes = request === undefined || this.sessions.executes(request);
    const counts = executes && this.#changesBy(command, index);
    if (executes && request !== undefined) this.#executed(command, request, counts);
    if (executes) this.#tellApplied(command, index, counts, told);
    return counts;
  }

  #changesBy(command: Command, index: number): boolean {
    const { kind, task } = command;
    if (kind === CommandKind.open || kind === CommandKind.expire) return this.#changesSessions(command, index);
    if (task < 0) return this.#changesWorker(command);
    const heldOn = isHeld(this.ledger.status(task)) ? this.ledger.worker(task) : -1;
    const counts = this.#changesTask(command);
    if (counts && kind === CommandKind.assign) this.#assigns(task, index);
    this.#movesFrom(heldOn, task);
    return counts;
  }

  #assigns(task: number, index: number): void {
    this.#assignedBy[task] = index;
    this.#transitions.fold(CommandKind.assign, task, -1, index, Reason.none);
  }

  #changesSessions({ kind, attempt, value, time }: Command, index: number): boolean {
    if (kind === CommandKind.expire && !this.sessions.expire(value, attempt)) return false;
    if (kind === CommandKind.open) this.sessions.open(index, value, time);
    this.#transitions.fold(kind, index, value, attempt, Reason.none);
    return true;
  }

  /** What a call of a client came to is kept for when it comes again. */
  #executed(command: Command, request: Request, counts: boolean): void {
    const { task, time } = command;
    const reason = counts ? Reason.none : Reason.nothing;
    this.sessions.executed(request, { ...this.answer(request.number, task), reason, content: contentOf(command) }, time);
    this.#transitions.fold(EntryKind.applied, task, codeOfClient(request.client), request.number, reason);
  }

  #tellApplied({ task, time, request }: Command, index: number, counts: boolean, told: { sink: TraceSink; now: Time } | undefined): void {
    if (told === undefined) return;
    const [worker, attempt] =
      request === undefined ? [-1, Math.min(told.now - time, LONGEST)] : [codeOfClient(request.client), request.number];
    told.sink.entry(told.now, EntryKind.applied, task, worker, attempt, counts ? Reason.none : Reason.overtaken, index);
  }

  /** A task whose attempt a worker held, or that is held by one now. */
  #movesFrom(before: number, task: number): void {
    const now = isHeld(this.ledger.status(task)) ? this.ledger.worker(task) : -1;
    if (before === now) return;
    if (before >= 0) this.#held.remove(task, before);
    if (now >= 0) this.#held.add(task, now);
  }

  #changesTask({ kind, task, worker, attempt, reason, time, value, request }: Command): boolean {
    const { ledger } = this;
    const status = ledger.status(task);
    const holds = isHeld(status) && ledger.attempts(task) === attempt;
    switch (kind) {
      case CommandKind.submit:
        if (status !== Status.unsubmitted) return false;
        ledger.submit(task, time);
        return true;
      case CommandKind.assign:
        if (status !== Status.ready) return false;
        if (this.isSuspected(worker)) ledger.undecide(task, ledger.readyAt[task] as Time, Reason.suspicion);
        if (this.isSuspected(worker)) return false;
        ledger.start(task, worker, time);
        return true;
      case CommandKind.complete:
      case CommandKind.fail:
        return this.#endsAttempt(task, worker, attempt, reason, time);
      case CommandKind.requeue:
        if (holds) ledger.giveUp(task, time, reason);
        return holds;
      case CommandKind.retry:
        if (status !== Status.backoff || ledger.attempts(task) !== attempt) return false;
        ledger.retry(task, time);
        return true;
      case CommandKind.change:
        if (status >= Status.completed || (request === undefined && this.#changes.has(value))) return false;
        this.#changes.delete(value); // one of an expired session that is called anew comes behind what came between
        this.#changes.add(value);
        this.#tell(time, EntryKind.changed, task, -1, value, Reason.client);
        return true;
      default:
        if (status === Status.unsubmitted || status >= Status.completed) return false;
        ledger.cancel(task, time);
        return true;
    }
  }

  /** A worker has told the end of an attempt: of one that was given up it counts if it completed, and the task has not started again. */
  #endsAttempt(task: number, worker: number, attempt: number, reason: Reason, time: Time): boolean {
    const { ledger, ended } = this;
    if (ended.has(task, attempt)) return false;
    ended.add(task, attempt);
    const status = ledger.status(task);
    const isNewest = ledger.attempts(task) === attempt;
    if (isNewest && isHeld(status)) {
      if (reason === Reason.none) ledger.complete(task, time);
      else if (reason === Reason.lease) ledger.giveUp(task, time, reason);
      else ledger.fail(task, time, reason);
    } else if (isNewest && reason === Reason.none && (status === Status.ready || status === Status.blocked)) {
      ledger.accept(task, worker, time);
    } else if (reason !== Reason.lease) this.#tell(time, EntryKind.refused, task, worker, attempt, reason);
    return true;
  }

  #changesWorker({ kind, worker, attempt: incarnation, time }: Command): boolean {
    const known = this.incarnationOf(worker);
    if (kind === CommandKind.up) {
      if (incarnation <= known) return false;
      this.#incarnation[worker] = incarnation;
      const wasSuspected = this.#suspected[worker] === 1;
      this.#suspected[worker] = 0;
      this.#tell(time, EntryKind.registered, -1, worker, incarnation, Reason.none);
      this.#givesUpAll(worker, time, Reason.incarnation);
      if (wasSuspected) this.#tell(time, EntryKind.trusted, -1, worker, incarnation, Reason.none);
      return true;
    }
    const suspected = kind === CommandKind.suspect ? 1 : 0;
    if (incarnation !== known || this.#suspected[worker] === suspected) return false;
    this.#suspected[worker] = suspected;
    this.#tell(time, suspected === 1 ? EntryKind.suspected : EntryKind.trusted, -1, worker, incarnation, Reason.none);
    if (suspected === 1 && this.#settings.liveness?.requeue === "suspicion") this.#givesUpAll(worker, time, Reason.suspicion);
    return true;
  }

  #givesUpAll(worker: number, time: Time, reason: Reason): void {
    for (const task of this.#held.on(worker)) {
      this.ledger.giveUp(task, time, reason);
      this.#held.remove(task, worker);
    }
  }

  #tell(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    this.#transitions.entry(time, kind, task, worker, attempt, reason);
  }

  // What the ledger asks.

  lacksInput(): boolean {
    return false;
  }

  readersOf(): Iterable<number> {
    return [];
  }

  becameReady(): void {}

  backsOff(task: number): void {
    this.#retryAt.set(task, this.#value);
  }
}

/** What a client is told whose call is in the leader's log, and nowhere else yet. */
export function notedAnswer(command: Command, index: number): Answer {
  return { number: command.request?.number ?? 0, content: contentOf(command), reason: Reason.none, index, state: TaskState.noted };
}

/** What a call asks for. */
export function contentOf({ kind, task, value }: Pick<Command, "kind" | "task" | "value">): string {
  return `${kind} ${task} ${value}`;
}
