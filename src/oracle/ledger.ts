// The state that the entries read so far imply: each task's stage, who runs where, what is free, who may go where.
import { at } from "../model/columns.ts";
import { failedToStart } from "../model/environment.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { filesOf } from "../model/data.ts";
import type { Adjacency } from "../model/graph.ts";
import { joiningWorkers } from "../model/world.ts";
import { AskedAmounts, type Asking } from "./asked-amounts.ts";
import { isSafe } from "./safe-states.ts";
import { mayAsk } from "../model/task-profile.ts";
import { mayKeepRoom } from "./kept-room.ts";
import { isKept } from "./presence.ts";
import { Sizes } from "./sizes.ts";
import { ToldFiles } from "./told-files.ts";
import { startsLater } from "../model/settings.ts";

/** Where a task stands. `ended` attempts await the entry that says what follows: a retry, or the end of the task. */
export const Stage = {
  unsubmitted: 0,
  waiting: 1,
  running: 2,
  /** Its attempt waits on its worker. */
  suspended: 3,
  attemptFailed: 4,
  completed: 5,
  failed: 6,
  skipped: 7,
  cancelled: 8,
} as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

/** A copy that runs beside the attempt of its task. */
export interface Copy {
  worker: number;
  attempt: number;
  startedAt: Time;
  startEntry: number;
}

/** Replays a trace. It follows broken traces too, as well as it can: judging is left to the invariants. */
export class Ledger {
  readonly stage: Uint8Array;
  /** Worker of the last attempt; −1 before the first, and after one that a client sent back or that made room. */
  readonly worker: Int32Array;
  /** Start of the last attempt. */
  readonly startedAt: Float64Array;
  /** Attempts that have started, copies too. */
  readonly attempts: Int32Array;
  /** Of them, those that were given up, or were copies. */
  readonly given: Int32Array;
  /** Worker of the last attempt of each task of which that was given up. */
  readonly givenUpOn = new Map<number, number>();
  /** Worker to which the task is bound for its next attempt, or −1. */
  readonly bound: Int32Array;
  /** Dependencies that have not completed. */
  readonly missing: Int32Array;
  /** Workers that the scheduler suspects, 1 each. */
  readonly suspected: Uint8Array;
  /** Workers that have not joined, are draining, or have left, 1 each. */
  readonly away: Uint8Array;
  /** Tasks whose running attempts are told to stop and go back to the queue, and why. */
  readonly recalled = new Map<number, Reason>();
  /** Of each worker, how many of these do not fit there any more: it takes nothing till they have stopped. */
  readonly shrinking: Int32Array;
  /** Per dimension and worker, what it has, and what of that is free. */
  readonly capacity: Float64Array[];
  readonly free: Float64Array[];
  /** Index of the entry of each task's last start. */
  readonly startEntry: Int32Array;
  readonly #sizes: Sizes;
  #entries = 0;
  readonly #trace: Trace;
  readonly #request: Float64Array[];
  /** When each task was ready, before its first attempt. */
  readonly readySince: Float64Array;
  #now: Time = 0;
  /** The ready tasks, in no order, and where each stands among them, or −1: they are scanned in every pass. */
  readonly #ready: Int32Array;
  readonly #place: Int32Array;
  #readyCount = 0;
  /** Copies that run beside the attempts of their tasks, by task. */
  readonly copies = new Map<number, Copy>();
  /** Attempts that straggle, by task and number. */
  readonly stragglers = new Set<string>();
  /** How many copies each task has had. */
  readonly #copied = new Map<number, number>();
  /** Of tasks whose running attempt, or last, is not the newest: its number. */
  readonly #current = new Map<number, number>();
  /** Tasks whose attempts are suspended. */
  readonly suspended = new Set<number>();
  readonly #reopened = new Set<number>();
  readonly #told: ToldFiles | undefined;
  /** What attempts hold that have asked; undefined where none does. */
  readonly asked: AskedAmounts | undefined;

  constructor(trace: Trace) {
    const { tasks, workers } = trace.world;
    this.#trace = trace;
    this.#told = trace.world.data && new ToldFiles(trace);
    this.asked = mayAsk(tasks.profiles) ? new AskedAmounts(trace) : undefined;
    this.stage = new Uint8Array(tasks.count);
    this.worker = new Int32Array(tasks.count).fill(-1);
    this.startedAt = new Float64Array(tasks.count);
    this.attempts = new Int32Array(tasks.count);
    this.given = new Int32Array(tasks.count);
    this.bound = new Int32Array(tasks.count).fill(-1);
    this.suspected = new Uint8Array(workers.count);
    this.away = new Uint8Array(workers.count);
    for (const worker of joiningWorkers(trace.world)) this.away[worker] = 1;
    this.shrinking = new Int32Array(workers.count);
    this.missing = new Int32Array(tasks.count);
    for (let task = 0; task < tasks.count; task++) this.missing[task] = this.dependencies(task).length;
    this.capacity = workers.capacity.map((capacity) => Float64Array.from(capacity));
    this.free = workers.capacity.map((capacity) => Float64Array.from(capacity));
    this.startEntry = new Int32Array(tasks.count);
    this.#sizes = new Sizes(trace);
    this.#request = tasks.request.map((column) => Float64Array.from({ length: tasks.count }, (_, task) => at(column, task)));
    this.#ready = new Int32Array(tasks.count);
    this.readySince = new Float64Array(tasks.count);
    this.#place = new Int32Array(tasks.count).fill(-1);
  }

  /** Tasks that could be started if there is room: submitted, every dependency completed, not started or to be retried. */
  get ready(): Int32Array {
    return this.#ready.subarray(0, this.#readyCount);
  }

  isReady(task: number): boolean {
    return this.#place[task] !== -1;
  }

  dependencies(task: number): Int32Array {
    const { offsets, targets } = this.#trace.world.tasks.dependencies;
    return targets.subarray(offsets[task], offsets[task + 1]);
  }

  dependents(task: number): Int32Array {
    const { offsets, targets } = this.#trace.world.tasks.dependents;
    return targets.subarray(offsets[task], offsets[task + 1]);
  }

  /** Whether a task that another depends on has completed, and what it wrote for that is not lost. */
  isDone(dependency: number, task: number): boolean {
    if (this.stage[dependency] === Stage.completed) return !this.readers(dependency).has(task) || this.#told?.isLost(dependency) !== true;
    return this.isReopened(dependency) && !this.readers(dependency).has(task);
  }

  isTerminal(task: number): boolean {
    return this.stage[task] >= Stage.completed;
  }

  /** Attempts that ended by themselves, and the one under way. */
  executions(task: number): number {
    return this.attempts[task] - this.given[task];
  }

  /** The number of the running attempt, or of the last, that is not a copy beside another. */
  current(task: number): number {
    return this.#current.get(task) ?? this.attempts[task];
  }

  /** The numbers of the attempts of a task that hold workers, where it does. */
  running(task: number): number[] {
    const copy = this.copies.get(task);
    return copy === undefined ? [this.current(task)] : [this.current(task), copy.attempt];
  }

  /** Attempts that have used the budget up, by its settings. */
  used(task: number): number {
    if (!this.#trace.settings.retry.countLost) return this.executions(task);
    return this.attempts[task] - (this.#copied.get(task) ?? 0);
  }

  /** Whether a file that the task reads is lost, as far as the scheduler knows. */
  lacksInput(task: number): boolean {
    return this.#told?.lacks(task) === true;
  }

  /** Whether a task that is ready may wait at a time for room where its files are. */
  mayBePutOff(task: number, time: Time): boolean {
    return this.#told?.mayBePutOff(task, this.readySince[task], time) === true;
  }

  /** Takes an entry into account. */
  apply(entry: TraceEntry): void {
    const { kind, task } = entry;
    this.#entries += 1;
    this.#now = entry.time;
    this.#told?.apply(entry);
    const more = this.asked?.apply(entry)?.books;
    if (more !== undefined) this.#holdsMore(entry.worker, more, 1);
    switch (kind) {
      case EntryKind.submitted:
      case EntryKind.retried:
        this.#wait(task);
        break;
      case EntryKind.assigned:
        this.bound[task] = entry.worker;
        break;
      case EntryKind.led: // who led before may have bound it, and nobody knows that any more
        for (let each = 0; each < this.bound.length; each++) if (this.isReady(each)) this.bound[each] = -1;
        break;
      case EntryKind.started:
        this.#start(task, entry.worker, entry.time);
        break;
      case EntryKind.straggled:
        this.stragglers.add(`${task}#${entry.attempt}`);
        break;
      case EntryKind.copied:
        this.#copy(entry);
        break;
      case EntryKind.dropped:
        this.#drop(entry);
        break;
      case EntryKind.finished:
        this.#finish(task);
        break;
      case EntryKind.accepted:
        this.given[task] -= 1;
        this.#finish(task);
        break;
      case EntryKind.failed:
        this.#leave(task, Stage.attemptFailed);
        break;
      case EntryKind.lost:
        this.given[task] += 1;
        this.#leave(task, Stage.attemptFailed);
        break;
      case EntryKind.requeued:
        if (entry.worker >= 0) this.given[task] += 1;
        if (entry.worker >= 0) this.givenUpOn.set(task, entry.worker);
        this.#leave(task, Stage.waiting);
        if (STAYS_FREE.includes(entry.reason) || (entry.reason === Reason.drain && entry.worker >= 0)) this.worker[task] = -1; // others go elsewhere
        this.#wait(task);
        break;
      case EntryKind.reopened:
        this.#reopen(task);
        break;
      case EntryKind.suspected:
        this.suspected[entry.worker] = 1;
        this.#unbindAll(entry.worker);
        break;
      case EntryKind.registered:
        this.away[entry.worker] = 0;
        break;
      case EntryKind.draining:
      case EntryKind.left:
        this.away[entry.worker] = 1;
        this.#unbindAll(entry.worker);
        break;
      case EntryKind.trusted:
      case EntryKind.launched:
        this.suspected[entry.worker] = 0;
        break;
      case EntryKind.resized:
      case EntryKind.restored:
        this.#sizes.apply(entry);
        this.#resize(entry.worker);
        break;
      case EntryKind.suspended:
        if (this.stage[task] !== Stage.running) break;
        this.#allocate(task, this.worker[task], -1, GIVEN_BACK);
        this.stage[task] = Stage.suspended;
        this.suspended.add(task);
        break;
      case EntryKind.continued:
        if (this.stage[task] !== Stage.suspended) break;
        this.#allocate(task, this.worker[task], 1, GIVEN_BACK);
        this.stage[task] = Stage.running;
        this.suspended.delete(task);
        break;
      case EntryKind.cancelRequested:
        this.suspended.delete(task); // it goes on no more
        break;
      case EntryKind.recalled:
        this.#recall(task, entry.worker, entry.reason);
        break;
      case EntryKind.abandoned:
        this.#leave(task, Stage.failed);
        break;
      case EntryKind.skipped:
        this.#leave(task, Stage.skipped);
        break;
      case EntryKind.cancelled:
        this.#leave(task, Stage.cancelled);
        break;
      default: // facts about workers that the scheduler does not know, and what changes no stage
    }
  }

  /** What a task wrote is lost: it waits again, and so do those that read that. */
  #reopen(task: number): void {
    this.given[task] += 1;
    this.worker[task] = -1; // it may go anywhere
    this.#reopened.add(task);
    this.#wait(task);
    for (const reader of this.readers(task)) {
      this.missing[reader] += 1;
      if (this.isReady(reader)) this.bound[reader] = -1; // it waits in no worker's queue either
      this.#dequeue(reader);
    }
  }

  /** Whether it has run again since it completed, or is to. */
  isReopened(task: number): boolean {
    return this.#reopened.has(task);
  }

  /** Those that read what a task writes. */
  readers(task: number): Set<number> {
    const { data } = this.#trace.world;
    const readers = new Set<number>();
    for (const file of data === undefined ? [] : filesOf(data.outputs, task))
      for (const reader of filesOf(data?.readers as Adjacency, file)) readers.add(reader);
    return readers;
  }

  #copy({ task, worker, time }: TraceEntry): void {
    const current = this.current(task);
    this.attempts[task] += 1;
    this.given[task] += 1;
    this.#copied.set(task, (this.#copied.get(task) ?? 0) + 1);
    this.#current.set(task, current);
    this.copies.set(task, { worker, attempt: this.attempts[task], startedAt: time, startEntry: this.#entries });
    this.#allocate(task, worker, 1);
  }

  /** One of two attempts is over: the other goes on. */
  #drop({ task, attempt }: TraceEntry): void {
    const copy = this.copies.get(task);
    if (copy === undefined) return;
    this.copies.delete(task);
    if (copy.attempt === attempt) {
      this.#forgetAsks(task, attempt, copy.worker);
      this.#allocate(task, copy.worker, -1);
      return;
    }
    this.#leave(task, Stage.running);
    this.#current.set(task, copy.attempt);
    this.worker[task] = copy.worker;
    this.startedAt[task] = copy.startedAt;
    this.startEntry[task] = copy.startEntry;
  }

  #recall(task: number, worker: number, reason: Reason): void {
    this.suspended.delete(task);
    this.recalled.set(task, reason);
    if (reason !== Reason.shrink) return;
    this.shrinking[worker] += 1;
    this.#unbindAll(worker);
  }

  /** What waits in the worker's own queue is bound anew. */
  #unbindAll(worker: number): void {
    for (let task = 0; task < this.bound.length; task++)
      if (this.bound[task] === worker && this.stage[task] === Stage.waiting) this.bound[task] = -1;
  }

  /** The worker has other capacities; what waits in its own queue and is too large for it is bound anew. */
  #resize(worker: number): void {
    for (const [d, column] of this.capacity.entries()) {
      let taken = 0;
      for (let task = 0; task < this.stage.length; task++) {
        const suspended = this.stage[task] === Stage.suspended;
        if (this.worker[task] === worker && (this.stage[task] === Stage.running || (suspended && isKept(d))))
          taken += this.heldBy(task, this.current(task), d);
      }
      for (const [task, copy] of this.copies) if (copy.worker === worker) taken += this.heldBy(task, copy.attempt, d);
      column[worker] = this.#sizes.of(d, worker);
      this.free[d][worker] = column[worker] === Number.POSITIVE_INFINITY ? column[worker] : column[worker] - taken;
    }
    for (let task = 0; task < this.bound.length; task++) {
      const waits = this.bound[task] === worker && this.stage[task] === Stage.waiting;
      if (waits && !this.#isLargeEnough(task, worker, this.capacity)) this.bound[task] = -1;
    }
  }

  #wait(task: number): void {
    this.stage[task] = Stage.waiting;
    this.bound[task] = -1;
    if (this.missing[task] === 0) this.#enqueue(task);
  }

  #start(task: number, worker: number, time: Time): void {
    this.#leave(task, Stage.running);
    this.givenUpOn.delete(task);
    this.#current.delete(task);
    this.worker[task] = worker;
    this.startedAt[task] = time;
    this.startEntry[task] = this.#entries;
    this.attempts[task] += 1;
    this.#allocate(task, worker, 1);
  }

  #finish(task: number): void {
    const first = this.stage[task] !== Stage.completed;
    this.#leave(task, Stage.completed);
    if (!first) return;
    for (const dependent of this.#reopened.has(task) ? this.readers(task) : this.dependents(task)) {
      this.missing[dependent] -= 1;
      if (this.missing[dependent] === 0 && this.stage[dependent] === Stage.waiting) this.#enqueue(dependent);
    }
  }

  #leave(task: number, to: Stage): void {
    if (this.stage[task] === Stage.running) this.#forgetAsks(task, this.current(task), this.worker[task]);
    if (this.stage[task] === Stage.running) this.#allocate(task, this.worker[task], -1);
    if (this.stage[task] === Stage.suspended) this.#allocate(task, this.worker[task], -1, isKept);
    this.suspended.delete(task);
    if (this.recalled.get(task) === Reason.shrink) this.shrinking[this.worker[task]] -= 1;
    this.recalled.delete(task);
    this.stage[task] = to;
    this.#dequeue(task);
  }

  #enqueue(task: number): void {
    if (this.isReady(task)) return;
    if (this.attempts[task] === 0) this.readySince[task] = this.#now;
    this.#place[task] = this.#readyCount;
    this.#ready[this.#readyCount++] = task;
  }

  #dequeue(task: number): void {
    if (!this.isReady(task)) return;
    const last = this.#ready[--this.#readyCount];
    this.#ready[this.#place[task]] = last;
    this.#place[last] = this.#place[task];
    this.#place[task] = -1;
  }

  #allocate(task: number, worker: number, sign: 1 | -1, counts: (dimension: number) => boolean = () => true): void {
    for (let d = 0; d < this.free.length; d++) if (counts(d)) this.free[d][worker] -= sign * this.#request[d][task];
  }

  #holdsMore(worker: number, more: readonly number[], sign: 1 | -1): void {
    for (let d = 0; d < this.free.length; d++) this.free[d][worker] -= sign * more[d];
  }

  /** An attempt goes, with all that it has asked for: what it requests is given back next. */
  #forgetAsks(task: number, attempt: number, worker: number): void {
    if (this.asked?.of(task, attempt) === undefined) return;
    const { books } = this.asked.of(task, attempt) as Asking;
    this.#holdsMore(
      worker,
      books.map((amount, d) => amount - this.#request[d][task]),
      -1,
    );
  }

  /** What a running attempt holds of a dimension. */
  heldBy(task: number, attempt: number, d: number): number {
    return this.asked?.of(task, attempt)?.books[d] ?? this.#request[d][task];
  }

  /** The attempts that hold a worker. */
  on(worker: number): { task: number; attempt: number; startedAt: Time }[] {
    const found: { task: number; attempt: number; startedAt: Time }[] = [];
    for (let task = 0; task < this.stage.length; task++) {
      const isHeld = this.stage[task] === Stage.running || this.stage[task] === Stage.suspended;
      if (isHeld && this.worker[task] === worker) found.push({ task, attempt: this.current(task), startedAt: this.startedAt[task] });
      const copy = this.copies.get(task);
      if (copy?.worker === worker) found.push({ task, attempt: copy.attempt, startedAt: copy.startedAt });
    }
    return found;
  }

  /** What of a worker ready tasks may have in a dimension: what is free, less what attempts there have asked for and wait for. */
  #spare(d: number, worker: number): number {
    const free = this.free[d][worker];
    const { asked } = this;
    if (asked === undefined || free <= 0) return free;
    return Math.max(
      0,
      this.on(worker).reduce((rest, { task, attempt }) => rest - asked.lack(task, attempt)[d], free),
    );
  }

  /** Whether a task that claims more than it requests may begin on a worker: all there can still get what they claim, one after the other. */
  #isSafeFor(task: number, worker: number): boolean {
    const { asked } = this;
    if (asked === undefined || this.#trace.settings.deadlock !== "prevent" || asked.planOf(task)?.claim === undefined) return true;
    return isSafe(this, asked, worker, { task, attempt: 0, held: asked.after(task, 0) });
  }

  /** Whether a suspended task could go on now. */
  couldContinue(task: number): boolean {
    const worker = this.worker[task];
    if (this.suspected[worker] === 1 || this.shrinking[worker] > 0) return false;
    return this.free.every((free, d) => isKept(d) || this.#request[d][task] <= free[worker]);
  }

  /** Whether the task's request is within what is free on the worker. */
  fits(task: number, worker: number): boolean {
    for (let d = 0; d < this.free.length; d++) {
      if (this.#request[d][task] > this.#spare(d, worker)) return false;
    }
    return this.#isSafeFor(task, worker);
  }

  /** Whether the task may run on the worker and would fit it if it were empty. */
  couldHold(task: number, worker: number): boolean {
    return this.#mayHold(task, worker, this.capacity);
  }

  /** The same, when the worker is as large as faults can make it. */
  couldEverHold(task: number, worker: number): boolean {
    const { capacity, range } = this.#trace.world.workers;
    return this.#mayHold(task, worker, range?.most ?? capacity);
  }

  #mayHold(task: number, worker: number, capacities: readonly Float64Array[]): boolean {
    const { tasks, eligibilitySets } = this.#trace.world;
    if (eligibilitySets[at(tasks.eligibility, task)][worker] !== 1) return false;
    return this.#isLargeEnough(task, worker, capacities);
  }

  #isLargeEnough(task: number, worker: number, capacities: readonly Float64Array[]): boolean {
    const claim = this.asked?.planOf(task)?.claim;
    return capacities.every((capacity, d) => Math.max(this.#request[d][task], claim?.get(d) ?? 0) <= capacity[worker]);
  }

  /** Whether no worker that is open could hold some ready task now. */
  get lacksWorkers(): boolean {
    const workers = [...this.suspected.keys()].filter((worker) => !this.isClosed(worker));
    return this.ready.some((task) => !workers.some((worker) => this.couldHold(task, worker)));
  }

  /** The worker that a retry avoids: that of the last attempt, where another could hold the task (or has room); −1 where there is none. */
  excluded(task: number): number {
    const last = this.worker[task];
    if (last < 0) return -1;
    const { retry, liveness } = this.#trace.settings;
    const prefers = retry.elsewhere === "prefer";
    if (prefers && mayKeepRoom(this.#trace)) return -1; // what had room may have been kept for others
    const takesTime = startsLater(this.#trace.settings);
    if (takesTime && (prefers || liveness !== undefined)) return -1; // what had room, or was open, at the decision no entry tells
    for (let worker = 0; worker < this.#trace.world.workers.count; worker++) {
      if (worker !== last && !this.isClosed(worker) && this.couldHold(task, worker) && (!prefers || this.fits(task, worker))) return last;
    }
    return -1;
  }

  /** Whether the worker takes nothing: it is suspected, or not there to take it, or shrinks and waits for what does not fit to stop. */
  isClosed(worker: number): boolean {
    return this.suspected[worker] === 1 || this.away[worker] === 1 || this.shrinking[worker] > 0;
  }

  /** Whether labels, per-worker times, capacity, a binding and a retry leave the worker to the task. */
  mayRun(task: number, worker: number): boolean {
    if (this.isClosed(worker) || (this.bound[task] >= 0 && this.bound[task] !== worker)) return false;
    return this.couldHold(task, worker) && this.excluded(task) !== worker;
  }

  /** A worker on which the task could be started now, or −1. */
  roomFor(task: number): number {
    for (let worker = 0; worker < this.#trace.world.workers.count; worker++) {
      if (this.fits(task, worker) && this.mayRun(task, worker)) return worker;
    }
    return -1;
  }

  /** In words, how a task that could be started or continued stands. */
  howStartable(task: number): string {
    return this.suspended.has(task)
      ? `is suspended and could go on on worker ${this.worker[task]}`
      : `is ready and fits worker ${this.roomFor(task)}`;
  }

  /** Ready and suspended tasks that could be started or continued now, but for those that may be put off at a time. What asks for more than any worker has free is ruled out at once. */
  startable(time: Time = Number.POSITIVE_INFINITY): number[] {
    const most = this.free.map((free) => free.reduce((largest, amount) => Math.max(largest, amount), 0));
    const found = [...this.suspended].filter((task) => this.couldContinue(task));
    for (let i = 0; i < this.#readyCount; i++) {
      const task = this.#ready[i];
      let d = 0;
      while (d < most.length && this.#request[d][task] <= most[d]) d += 1;
      if (d === most.length && this.roomFor(task) >= 0 && !this.mayBePutOff(task, time)) found.push(task);
    }
    return found;
  }
}

/** Why attempts are given up whose tasks may go anywhere again. */
const STAYS_FREE: readonly Reason[] = [Reason.client, Reason.preemption, Reason.shrink, Reason.reclaim, Reason.input, Reason.deadlock];

const GIVEN_BACK = (dimension: number) => !isKept(dimension);

/** Whether an entry ends an attempt, in whatever way: its worker is free of it. */
export function releases(entry: TraceEntry): boolean {
  const { kind, worker } = entry;
  if (kind === EntryKind.requeued || kind === EntryKind.cancelled) return worker >= 0;
  return kind === EntryKind.finished || kind === EntryKind.failed || kind === EntryKind.lost || kind === EntryKind.dropped;
}

/** Whether an attempt begins by it, be it a copy: it takes its worker. */
export function takes({ kind }: TraceEntry): boolean {
  return kind === EntryKind.started || kind === EntryKind.copied;
}

/** Whether an attempt has ended by itself, beside another that goes on. */
export function failsBeside({ kind, reason }: TraceEntry): boolean {
  return kind === EntryKind.dropped && (reason === Reason.execution || reason === Reason.timeout || failedToStart(reason));
}

/** Whether an entry tells that an attempt has ended by itself, and counts. */
export function endsAttempt({ kind }: TraceEntry): boolean {
  return kind === EntryKind.finished || kind === EntryKind.failed || kind === EntryKind.accepted;
}

/** Whether a task completes by it. */
export function completes({ kind }: TraceEntry): boolean {
  return kind === EntryKind.finished || kind === EntryKind.accepted;
}

/** Whether an entry ends its task for good. */
export function endsTask(entry: TraceEntry): boolean {
  return completes(entry) || entry.kind === EntryKind.abandoned || entry.kind === EntryKind.skipped || entry.kind === EntryKind.cancelled;
}
