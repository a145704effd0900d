// The ledger: where every task stands, what it waits for, and what follows when it ends. Each change is recorded here.
import { at, withRoom } from "../model/columns.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { Status } from "../model/status.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";
import type { TaskBeliefs } from "../model/world.ts";

/** Whether an attempt of such a task is on a worker. */
export function isHeld(status: Status): boolean {
  return status === Status.running || status === Status.suspended;
}

// The fields of a task's record.
const STATUS = 0;
const ATTEMPTS = 1;
const WORKER = 2;
const MISSING = 3;
const FIELDS = 4;

/** Who is told. */
export interface LedgerHost {
  readonly unsafe: UnsafeMode | undefined;
  /** Whether a file that the task reads is lost, and will not be made again. */
  lacksInput(task: number): boolean;
  /** Those that read what a task writes. */
  readersOf(task: number): Iterable<number>;
  becameReady(task: number): void;
  /** A failed task waits for its retry. */
  backsOff(task: number): void;
}

/** State of all tasks, by position. */
export class Ledger {
  /** Records of four fields side by side: what is asked together stands together in memory. */
  #records = new Int32Array(0);
  /** When the task first became ready, µs; meaningless before. */
  readyAt = new Float64Array(0);
  /** Submitted tasks that have not ended. */
  open = 0;
  /** Tasks that have ended, of all. */
  ended = 0;
  #count = 0;
  #anyLost = false;
  /** Tasks that were reopened. */
  readonly #again = new Set<number>();
  /** Copies have records of their own behind those of the tasks. */
  readonly #hasCopies: boolean;
  /** How many copies each task's attempts have had; undefined while none had any. */
  #copies: Int32Array | undefined;
  /** Attempts of each task that were given up, or were copies; undefined while none was. */
  #given: Int32Array | undefined;
  readonly #tasks: TaskBeliefs;
  readonly #recorder: TraceSink;
  readonly #failDependents: boolean;
  readonly #backsOff: boolean;
  readonly #countLost: boolean;
  readonly #notifies: boolean;
  readonly #host: LedgerHost;

  constructor(tasks: TaskBeliefs, recorder: TraceSink, settings: SchedulerSettings, host: LedgerHost) {
    this.#tasks = tasks;
    this.#recorder = recorder;
    this.#failDependents = settings.onDependencyFailure === "fail";
    this.#backsOff = settings.retry.backoff !== undefined;
    this.#countLost = settings.retry.countLost;
    this.#notifies = settings.notify;
    this.#host = host;
    this.#hasCopies = settings.speculation !== undefined;
    this.grow();
  }

  /** Takes in the tasks that were added to the input. */
  grow(): void {
    const { count, dependencies } = this.#tasks;
    const from = this.#count;
    this.#count = count;
    this.readyAt = withRoom(this.readyAt, count);
    this.#records = withRoom(this.#records, count * FIELDS * (this.#hasCopies ? 2 : 1));
    this.#given &&= withRoom(this.#given, count);
    if (dependencies.targets.length === 0) return;
    for (let task = from; task < count; task++) {
      let missing = (dependencies.offsets[task + 1] as number) - (dependencies.offsets[task] as number);
      if (from > 0) missing -= this.#countDependencies(task, Status.completed, Status.completed);
      this.#records[task * FIELDS + MISSING] = missing;
    }
  }

  /** Takes over where all tasks stand for another; none has had a copy, or was reopened. */
  inherits(other: Ledger): void {
    this.#records.set(other.#records);
    this.readyAt.set(other.readyAt);
    this.open = other.open;
    this.ended = other.ended;
    this.#anyLost = other.#anyLost;
    this.#given = other.#given?.slice();
  }

  /** Where a task stands; `unsubmitted` where there is none of that position. */
  status(task: number): Status {
    return (this.#records[task * FIELDS + STATUS] ?? Status.unsubmitted) as Status;
  }

  /** The number of the running attempt, or of the last: where none has had a copy, how many have started. */
  attempts(task: number): number {
    return this.#records[task * FIELDS + ATTEMPTS] as number;
  }

  /** Attempts that have started, copies too. */
  #issued(task: number): number {
    return this.#hasCopies ? Math.max(this.attempts(task), this.attempts(task + this.#count)) : this.attempts(task);
  }

  /** How many of them were copies. */
  copies(task: number): number {
    return this.#copies?.[task] ?? 0;
  }

  /** Attempts that have ended by themselves, and the one under way: what is drawn for a task is drawn by their number. */
  executions(task: number): number {
    return this.#issued(task) - (this.#given?.[task] ?? 0);
  }

  /** Whether the task may start once more after its last attempt, for all that its budget says. */
  mayRunAgain(task: number): boolean {
    if (this.#host.unsafe === "retry-without-budget") return true;
    return (this.#countLost ? this.#issued(task) - this.copies(task) : this.executions(task)) <= at(this.#tasks.retries, task);
  }

  /** The worker of the last attempt; meaningless before the first. */
  worker(task: number): number {
    return this.#records[task * FIELDS + WORKER] as number;
  }

  /** The scheduler has decided a start that has not begun. */
  decide(task: number, worker: number): void {
    this.#records[task * FIELDS + STATUS] = Status.starting;
    this.#records[task * FIELDS + WORKER] = worker;
  }

  /** The task arrives at the scheduler; it may be ready, or lost already with one that it depends on. */
  submit(task: number, now: Time): void {
    this.#recorder.entry(now, EntryKind.submitted, task, -1, 0, Reason.none);
    this.open += 1;
    this.#records[task * FIELDS + STATUS] = Status.blocked;
    if (this.#host.lacksInput(task)) {
      this.failFor(task, now, Reason.input);
    } else if (this.#records[task * FIELDS + MISSING] === 0) {
      this.#makeReady(task, now);
    } else if (this.#anyLost && this.#countDependencies(task, Status.failed, Status.cancelled) > 0) {
      this.#orphan(task, now);
    }
  }

  /** A task is lost with one that it depends on. */
  #orphan(task: number, now: Time): void {
    this.#lose(task, now, this.#failDependents && this.#countDependencies(task, Status.failed, Status.failed) > 0);
    this.#loseDependents(task, now);
  }

  /** An attempt takes its worker; returns its number. */
  start(task: number, worker: number, now: Time): number {
    const attempt = this.#issued(task) + 1;
    this.#run(task, worker, attempt);
    this.#recorder.entry(now, EntryKind.started, task, worker, attempt, Reason.none);
    return attempt;
  }

  #run(seat: number, worker: number, attempt: number): void {
    const record = seat * FIELDS;
    this.#records[record + STATUS] = Status.running;
    this.#records[record + ATTEMPTS] = attempt;
    this.#records[record + WORKER] = worker;
  }

  /** A copy of the running attempt takes its worker, and a seat; returns its number. It uses no budget. */
  startCopy(task: number, seat: number, worker: number, now: Time): number {
    const attempt = this.#issued(task) + 1;
    this.#given ??= new Int32Array(this.#count);
    this.#copies ??= new Int32Array(this.#count);
    this.#given[task] += 1;
    this.#copies[task] += 1;
    this.#run(seat, worker, attempt);
    this.#recorder.entry(now, EntryKind.copied, task, worker, attempt, Reason.none);
    return attempt;
  }

  /** One of two attempts of a task is over; if that is the one in the task's own seat, the other goes on there. */
  drop(task: number, seat: number, now: Time, reason: Reason): void {
    const [worker, attempt] = [this.worker(seat), this.attempts(seat)];
    this.#recorder.entry(now, EntryKind.dropped, task, worker, attempt, reason);
    const copy = task + this.#count;
    if (seat === task) this.#run(task, this.worker(copy), this.attempts(copy));
    this.#records[copy * FIELDS + STATUS] = Status.unsubmitted;
    this.#records[copy * FIELDS + ATTEMPTS] = attempt;
  }

  /** The running attempt waits on its worker. */
  suspend(task: number, now: Time): void {
    this.#records[task * FIELDS + STATUS] = Status.suspended;
    this.#recorder.entry(now, EntryKind.suspended, task, this.worker(task), this.attempts(task), Reason.preemption);
  }

  /** It goes on. */
  proceed(task: number, now: Time): void {
    this.#records[task * FIELDS + STATUS] = Status.running;
    this.#recorder.entry(now, EntryKind.continued, task, this.worker(task), this.attempts(task), Reason.none);
  }

  /** The running attempt completed, and its task with it; dependents that waited for nothing else become ready. */
  complete(task: number, now: Time): void {
    this.#complete(task, this.worker(task), now, EntryKind.finished);
  }

  /** The same of an attempt that was given up, on a worker, where the task has not been started again. */
  accept(task: number, worker: number, now: Time): void {
    if (this.#given !== undefined) this.#given[task] -= 1; // it has not been for nothing
    this.#complete(task, worker, now, EntryKind.accepted);
  }

  #complete(task: number, worker: number, now: Time, kind: EntryKind): void {
    this.#end(task, Status.completed);
    this.#recorder.entry(now, kind, task, worker, this.attempts(task), Reason.none);
    this.#tell(task, now, Reason.none);
    if (this.#again.has(task)) return this.#completeAgain(task, now);
    const { offsets, targets } = this.#tasks.dependents;
    if (targets.length === 0) return;
    const end = offsets[task + 1] as number;
    for (let edge = offsets[task] as number; edge < end; edge++) {
      this.#satisfies(targets[edge] as number, now);
    }
  }

  // Tasks that run again, for what they wrote is lost.

  /** What completed tasks wrote is lost: they wait again, and so do those for which `reads` says that they need it. */
  reopen(tasks: readonly number[], now: Time): void {
    this.#given ??= new Int32Array(this.#count);
    for (const task of tasks) {
      this.#records[task * FIELDS + STATUS] = Status.blocked;
      this.open += 1;
      this.ended -= 1;
      this.#given[task] += 1;
      this.#again.add(task);
      this.#recorder.entry(now, EntryKind.reopened, task, -1, this.attempts(task), Reason.input);
      for (const reader of this.#host.readersOf(task)) this.#records[reader * FIELDS + MISSING] += 1;
    }
  }

  /** They are ready, if all is there that they wait for; or have failed, where attempts that are lost count and were too many. */
  proceedWith(tasks: readonly number[], now: Time): void {
    for (const task of tasks) {
      if (this.status(task) !== Status.blocked) continue; // it has ended with one that it depends on
      if (!this.mayRunAgain(task)) this.#exhaust(task, now);
      else if (this.#anyLost && this.#countDependencies(task, Status.failed, Status.cancelled) > 0) this.#orphan(task, now);
      else this.#makeReady(task, now);
    }
  }

  /** A task that was ready is so no more. */
  block(task: number): void {
    this.#records[task * FIELDS + STATUS] = Status.blocked;
  }

  #completeAgain(task: number, now: Time): void {
    for (const reader of this.#host.readersOf(task)) this.#satisfies(reader, now);
  }

  #satisfies(dependent: number, now: Time): void {
    const record = dependent * FIELDS;
    if (--this.#records[record + MISSING] === 0 && this.#records[record + STATUS] === Status.blocked) this.#makeReady(dependent, now);
  }

  /** A task that holds no worker has failed. */
  failFor(task: number, now: Time, reason: Reason): void {
    this.#end(task, Status.failed);
    this.#anyLost = true;
    this.#recorder.entry(now, EntryKind.abandoned, task, -1, this.attempts(task), reason);
    this.#tell(task, now, reason);
    this.#loseDependents(task, now);
  }

  /** The running attempt failed: the task is retried while it has attempts left, at once or after a wait; else it has failed. */
  fail(task: number, now: Time, reason: Reason): void {
    const attempt = this.attempts(task);
    this.#recorder.entry(now, EntryKind.failed, task, this.worker(task), attempt, reason);
    if (this.mayRunAgain(task)) {
      if (!this.#backsOff) return this.retry(task, now);
      this.#records[task * FIELDS + STATUS] = Status.backoff;
      this.#host.backsOff(task);
      return;
    }
    this.#exhaust(task, now);
  }

  /** The running or suspended attempt is given up, and the task goes back to the queue; or has failed, where lost attempts count and were too many. */
  giveUp(task: number, now: Time, reason: Reason): void {
    const attempt = this.attempts(task);
    const worker = this.worker(task);
    this.#given ??= new Int32Array(this.#count);
    this.#given[task] += 1;
    if (!this.mayRunAgain(task)) {
      this.#recorder.entry(now, EntryKind.lost, task, worker, attempt, reason);
      this.#exhaust(task, now);
      return;
    }
    this.#recorder.entry(now, EntryKind.requeued, task, worker, attempt, reason);
    this.#makeReady(task, now);
  }

  /** A start that was decided does not take place; the task waits again. */
  undecide(task: number, now: Time, reason: Reason): void {
    this.#recorder.entry(now, EntryKind.requeued, task, -1, this.attempts(task), reason);
    this.#makeReady(task, now, this.readyAt[task]);
  }

  #exhaust(task: number, now: Time): void {
    this.failFor(task, now, Reason.exhausted);
  }

  /** A task goes back to the queue after a failure. */
  retry(task: number, now: Time): void {
    this.#recorder.entry(now, EntryKind.retried, task, -1, this.#issued(task) + 1, Reason.none);
    this.#makeReady(task, now);
  }

  /** The client withdraws a task that has not ended; what depends on it is skipped. */
  cancel(task: number, now: Time): void {
    const status = this.status(task);
    const worker = status === Status.running || status === Status.suspended ? this.worker(task) : -1;
    this.#end(task, Status.cancelled);
    this.#anyLost = true;
    this.#recorder.entry(now, EntryKind.cancelled, task, worker, this.attempts(task), Reason.client);
    this.#tell(task, now, Reason.client);
    this.#loseDependents(task, now);
  }

  /** It is ready, unless it waits for what is lost, or will never have that. */
  #makeReady(task: number, now: Time, since = now): void {
    if (this.#host.lacksInput(task)) return this.failFor(task, now, Reason.input);
    if ((this.#records[task * FIELDS + MISSING] as number) > 0) return this.block(task);
    this.#records[task * FIELDS + STATUS] = Status.ready;
    if (this.attempts(task) === 0) this.readyAt[task] = since;
    this.#host.becameReady(task);
  }

  #end(task: number, status: Status): void {
    this.#records[task * FIELDS + STATUS] = status;
    this.open -= 1;
    this.ended += 1;
  }

  #lose(task: number, now: Time, failed: boolean): void {
    this.#end(task, failed ? Status.failed : Status.skipped);
    this.#anyLost = true;
    const kind = failed ? EntryKind.abandoned : EntryKind.skipped;
    this.#recorder.entry(now, kind, task, -1, this.attempts(task), Reason.dependency);
    this.#tell(task, now, Reason.dependency);
  }

  /** Tells the client of a task how it ended, where clients are told. */
  #tell(task: number, now: Time, reason: Reason): void {
    if (this.#notifies) this.#recorder.entry(now, EntryKind.notified, task, -1, this.attempts(task), reason);
  }

  /** Skips (or fails) all that depends on a lost task, first come first; those not yet submitted follow at their submission. */
  #loseDependents(lost: number, now: Time): void {
    const { offsets, targets } = this.#tasks.dependents;
    const work = [lost];
    for (let done = 0; done < work.length; done++) {
      const cause = work[done] as number;
      const failed = this.#failDependents && this.status(cause) === Status.failed;
      const dependents = this.#again.has(cause) ? this.#host.readersOf(cause) : targets.subarray(offsets[cause], offsets[cause + 1]);
      for (const dependent of dependents) {
        if (this.status(dependent) !== Status.blocked) continue;
        this.#lose(dependent, now, failed);
        work.push(dependent);
      }
    }
  }

  /** Whether it matters to a task how one that it depends on ended: not of one that had completed before, and of which it reads nothing. */
  #needs(task: number, dependency: number): boolean {
    return !this.#again.has(dependency) || [...this.#host.readersOf(dependency)].includes(task);
  }

  /** How many of a task's dependencies stand between two statuses, both included. */
  #countDependencies(task: number, from: Status, to: Status): number {
    const { offsets, targets } = this.#tasks.dependencies;
    let count = 0;
    for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++) {
      const dependency = targets[edge] as number;
      const status = this.status(dependency);
      if (status >= from && status <= to && this.#needs(task, dependency)) count += 1;
    }
    return count;
  }
}
