// What replicas agree on: where every task and worker stands, by the commands that were committed. Each applies the same in the same order, and
// reads neither clock nor stream; so equal logs give equal states.
import { type Command, CommandKind } from "../model/command.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { Status } from "../model/status.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { BelievedWorld } from "../model/world.ts";
import { EndedAttempts } from "../scheduler/ended-attempts.ts";
import { isHeld, Ledger, type LedgerHost } from "../scheduler/ledger.ts";
import type { Inheritance } from "../scheduler/takeover.ts";
import { Transitions } from "./transitions.ts";

type AgreedWorld = Pick<BelievedWorld, "tasks" | "workers">;

export class ControlState implements Inheritance, LedgerHost {
  readonly unsafe = undefined;
  readonly ledger: Ledger;
  ended: EndedAttempts;
  readonly #world: AgreedWorld;
  readonly #settings: SchedulerSettings;
  /** All that has changed, folded: equal for equal histories. */
  readonly #transitions = new Transitions();
  readonly #incarnation: Int32Array;
  readonly #suspected: Uint8Array;
  /** Tasks whose attempts each worker holds, oldest first. */
  readonly #held: Set<number>[];
  readonly #retryAt = new Map<number, Time>();
  /** Actions by which clients have changed tasks, in their order. */
  readonly #changes = new Set<number>();
  /** Of the command that is applied. */
  #value = 0;

  constructor(world: AgreedWorld, settings: SchedulerSettings) {
    this.#world = world;
    this.#settings = settings;
    this.ledger = new Ledger(world.tasks, this.#transitions, settings, this);
    this.ended = new EndedAttempts(world.tasks.count);
    this.#incarnation = new Int32Array(world.workers.count).fill(1);
    this.#suspected = new Uint8Array(world.workers.count);
    this.#held = Array.from({ length: world.workers.count }, () => new Set());
  }

  /** The same again, apart from this one. */
  copy(): ControlState {
    const copy = new ControlState(this.#world, this.#settings);
    copy.ledger.inherits(this.ledger);
    copy.ended = this.ended.copy();
    copy.#transitions.inherits(this.#transitions);
    copy.#incarnation.set(this.#incarnation);
    copy.#suspected.set(this.#suspected);
    for (const [worker, tasks] of this.#held.entries()) for (const task of tasks) copy.#held[worker]?.add(task);
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

  /** Says whether it took effect: one that came too late for what it is about does not. `told`: who is told what comes of it. */
  apply(command: Command, told?: { sink: TraceSink; now: Time }): boolean {
    this.#value = command.value;
    this.#transitions.told = told;
    const { task } = command;
    const heldOn = task >= 0 && isHeld(this.ledger.status(task)) ? this.ledger.worker(task) : -1;
    const counts = task < 0 ? this.#changesWorker(command) : this.#changesTask(command);
    if (task >= 0) this.#movesFrom(heldOn, task);
    return counts;
  }

  /** A task whose attempt a worker held, or that is held by one now. */
  #movesFrom(before: number, task: number): void {
    const now = isHeld(this.ledger.status(task)) ? this.ledger.worker(task) : -1;
    if (before === now) return;
    if (before >= 0) this.#held[before]?.delete(task);
    if (now >= 0) this.#held[now]?.add(task);
  }

  #changesTask({ kind, task, worker, attempt, reason, time, value }: Command): boolean {
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
        if (status >= Status.completed || this.#changes.has(value)) return false;
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
    const held = this.#held[worker] as Set<number>;
    for (const task of held) this.ledger.giveUp(task, time, reason);
    held.clear();
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
