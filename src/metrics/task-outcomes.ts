// What became of each task: columns folded from the entries of a run.
import { attemptCode } from "../model/attempt-code.ts";
import { at } from "../model/columns.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { isNetworked, joiningWorkers, type World } from "../model/world.ts";
import { Disturbances } from "./disturbances.ts";
import { MissedAnchors } from "./missed-anchors.ts";
import { Sizes } from "./sizes.ts";

/** Where a task stands at the end of what was folded. */
export const TaskStatus = { waiting: 0, running: 1, completed: 2, failed: 3, skipped: 4, cancelled: 5 } as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

/** Statuses as reports print them; what has not ended is unfinished. */
export const STATUS_NAMES = ["unfinished", "unfinished", "completed", "failed", "skipped", "cancelled"] as const;

/** The rate of a clock that runs right, in millionths. */
export const TRUE_RATE = 1_000_000;

/** Stands for a time that never came. */
export const NEVER = -1;

/** Folds entries into columns: 21 bytes a task, 12 more from the first retry on, 8 more from the first failed attempt on. */
/** A copy that runs beside the attempt of its task. */
interface LiveCopy {
  worker: number;
  attempt: number;
  start: Time;
  /** Whether it was sent to a worker that was down; or to one that had come up in the same instant. */
  isUnborn: boolean;
  isBornAfter: boolean;
}

export class TaskOutcomes implements TraceSink {
  #firstStart: Float64Array;
  #end: Float64Array;
  #status: Uint8Array;
  #worker: Int32Array;
  #lastStart: Float64Array | undefined;
  #timeLost: Float64Array | undefined;
  #attempts: Int32Array | undefined;
  #given: Int32Array | undefined;
  /** When each worker went down last, and which of them are down. */
  readonly #crashedAt = new Map<number, Time>();
  readonly #down = new Set<number>();
  /** Since when those workers are away that are down, have not joined or have left. */
  readonly #awaySince = new Map<number, Time>();
  /** When workers were away and came back. */
  readonly #absences: { worker: number; from: Time; to: Time }[] = [];
  /** Tasks whose latest attempt started in the instant in which its worker had crashed and come back. */
  readonly #bornAfter = new Set<number>();
  readonly #frozen = new Set<number>();
  /** Attempts that go on though their leases are over for the scheduler. */
  readonly #outlived = new Set<string>();
  /** Attempts that were given up and still run, by task and number. */
  readonly #strays = new Map<string, { task: number; worker: number; doubledSince: Time | undefined }>();
  /** Tasks whose latest attempt its worker has stopped, and the scheduler does not know. */
  readonly #stopped = new Set<number>();
  /** Tasks whose latest attempt was given up, and for how long that ran, as far as it counts as lost. */
  readonly #givenUp = new Map<number, Duration>();
  /** Tasks that completed by such an attempt after all, and for how long that held its worker. */
  /** When tasks first completed that ran again since. */
  readonly #firstEnd = new Map<number, Time>();
  readonly #accepted = new Map<number, Duration>();
  /** Where a network lies between: attempts that run on workers, by task and number, with their workers. */
  readonly #begun: Map<string, number> | undefined;
  /** How long the running attempt of a task had run as it saved its work last; and those that have ended, as long as none has gone on from that. */
  readonly #savedBy = new Map<number, Duration>();
  readonly #keepable = new Map<number, Duration>();
  /** Time of attempts that ended without completing their task, from whose work others went on. */
  readonly #kept = new Map<number, Duration>();
  /** Tasks whose latest attempt was sent to a worker that was down: it never ran. */
  readonly #unborn = new Set<number>();
  /** Tasks whose latest attempt was suspended: for how long in all, and since when it is. */
  readonly #suspensions = new Map<number, { total: Duration; since: Time | undefined }>();
  /** Copies that run beside the attempts of their tasks, by task; and every attempt that was started as one. */
  readonly #copies = new Map<number, LiveCopy>();
  #copyCodes: Set<number> | undefined;
  /** Of tasks whose running attempt, or last, is not the newest: its number. */
  readonly #current = new Map<number, number>();
  /** Copies that completed their tasks. */
  copiesWon = 0;
  /** The fastest that any worker's clock has run so far, in millionths. */
  fastestClock = TRUE_RATE;
  /** What disturbed the run. */
  readonly disturbances = new Disturbances();
  /** Faults that never struck. */
  readonly missedAnchors: MissedAnchors;
  /** What workers had over time. */
  readonly sizes: Sizes;
  #lastToEnd = -1;

  constructor(readonly world: World) {
    const { count } = world.tasks;
    this.#firstStart = new Float64Array(count).fill(NEVER);
    this.#end = new Float64Array(count).fill(NEVER);
    this.#status = new Uint8Array(count);
    this.#worker = new Int32Array(count).fill(-1);
    this.#begun = isNetworked(world) ? new Map() : undefined;
    this.sizes = new Sizes(world);
    this.missedAnchors = new MissedAnchors(world);
    for (const worker of joiningWorkers(world)) this.#awaySince.set(worker, 0);
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason = Reason.none, _amount?: number): void {
    if (kind === EntryKind.started) {
      this.#worker[task] = worker;
      this.#status[task] = TaskStatus.running;
      if (attempt === 1) this.#firstStart[task] = time;
      else this.#startAgain(time, task, worker, attempt);
      if (this.#crashedAt.size > 0) this.#startAfterCrash(time, task, worker);
    } else if (kind === EntryKind.finished) {
      this.#end[task] = time;
      this.#lastToEnd = task;
      this.#status[task] = TaskStatus.completed;
      if (this.#copyCodes?.has(attemptCode(task, attempt)) === true) this.copiesWon += 1;
      if (this.#strays.size > 0) this.#runsBeside(time, task, false);
    } else if (kind === EntryKind.submitted) {
      if (task >= this.#status.length) this.#grow(task);
    } else {
      this.#rare(time, kind, task, worker, attempt, reason);
    }
  }

  /** Tasks may be added to the world while a step-wise run goes on. */
  #grow(task: number): void {
    const count = Math.max(this.world.tasks.count, task + 1, this.#status.length * 2);
    this.#firstStart = extended(this.#firstStart, new Float64Array(count).fill(NEVER));
    this.#end = extended(this.#end, new Float64Array(count).fill(NEVER));
    this.#status = extended(this.#status, new Uint8Array(count));
    this.#worker = extended(this.#worker, new Int32Array(count).fill(-1));
    this.#lastStart &&= extended(this.#lastStart, new Float64Array(count));
    this.#attempts &&= extended(this.#attempts, new Int32Array(count));
    this.#timeLost &&= extended(this.#timeLost, new Float64Array(count));
    this.#given &&= extended(this.#given, new Int32Array(count));
  }

  #suspend(time: Time, task: number): void {
    const { total } = this.#suspensions.get(task) ?? { total: 0 };
    this.#suspensions.set(task, { total, since: time });
  }

  #proceed(time: Time, task: number): void {
    const { total = 0, since = time } = this.#suspensions.get(task) ?? {};
    this.#suspensions.set(task, { total: total + time - since, since: undefined });
  }

  #startAgain(time: Time, task: number, worker: number, attempt: number): void {
    if (this.#suspensions.size > 0) this.#suspensions.delete(task);
    if (this.#current.size > 0) this.#current.delete(task);
    this.#lastStart ??= new Float64Array(this.#status.length);
    this.#attempts ??= new Int32Array(this.#status.length);
    this.#lastStart[task] = time;
    this.#attempts[task] = attempt;
    if (this.#strays.size > 0 && !this.#down.has(worker)) this.#runsBeside(time, task, true);
  }

  #rare(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    this.disturbances.entry(time, kind, worker);
    if (kind === EntryKind.crashed) {
      if (!this.#down.has(worker)) this.#crashedAt.set(worker, time); // one that crashes again before it registers took nothing with it
      this.#down.add(worker);
      this.#goesAway(time, worker);
      for (const [key, stray] of this.#strays) {
        if (stray.worker === worker) this.#endStray(time, key);
        else if (this.#worker[stray.task] === worker) this.#runsBeside(time, stray.task, false);
      }
      for (const [key, on] of this.#begun ?? []) if (on === worker) this.#begun?.delete(key);
    } else if (kind === EntryKind.suspended) this.#suspend(time, task);
    else if (kind === EntryKind.continued) this.#proceed(time, task);
    else if (kind === EntryKind.drifted) this.fastestClock = Math.max(this.fastestClock, attempt);
    else if (kind === EntryKind.paused || kind === EntryKind.resumed) this.#freezes(time, worker, kind === EntryKind.paused);
    else if (kind === EntryKind.proceeded) this.#runsOn(time, task, worker, attempt);
    else if (kind === EntryKind.began) this.#begun?.set(`${task}#${attempt}`, worker);
    else if (kind === EntryKind.stopped || kind === EntryKind.refused || kind === EntryKind.ended || kind === EntryKind.halted) {
      this.#begun?.delete(`${task}#${attempt}`);
      this.#endStray(time, `${task}#${attempt}`);
      if (kind === EntryKind.stopped && this.#status[task] === TaskStatus.running && this.#currentOf(task) === attempt)
        this.#stopped.add(task);
    } else if (kind === EntryKind.registered) this.#isBack(time, worker);
    else if (kind === EntryKind.left) this.#goesAway(time, worker);
    else if (kind === EntryKind.copied) this.#copy(time, task, worker, attempt);
    else if (kind === EntryKind.dropped) this.#drop(time, task, attempt, reason);
    else if (kind === EntryKind.failed) this.#lose(time, task);
    else if (kind === EntryKind.accepted) this.#accept(time, task, attempt);
    else if (kind === EntryKind.outlived) this.#outlived.add(`${task}#${attempt}`);
    else if (kind === EntryKind.saved) this.#save(time, task);
    else if (kind === EntryKind.recovering) this.#recover(task, attempt);
    else if (kind === EntryKind.reopened) this.#reopen(task);
    else if (kind === EntryKind.requeued || kind === EntryKind.lost) this.#giveUp(time, task, attempt, reason);
    else if (kind === EntryKind.resized || kind === EntryKind.restored) this.sizes.entry(time, kind, worker, attempt);
    else if (kind === EntryKind.reached) this.missedAnchors.entry(kind, task, attempt);
    else if (kind === EntryKind.retried) this.#status[task] = TaskStatus.waiting;
    else if (kind === EntryKind.abandoned) this.#status[task] = TaskStatus.failed;
    else if (kind === EntryKind.skipped) this.#status[task] = TaskStatus.skipped;
    else if (kind === EntryKind.cancelled) {
      if (this.#status[task] === TaskStatus.running) {
        this.#lose(time, task);
        this.#goesOn(task, attempt, reason);
      }
      this.#status[task] = TaskStatus.cancelled;
    }
  }

  /** The number of the attempt that the task runs by, or ran by last. */
  #currentOf(task: number): number {
    return this.#current.get(task) ?? this.attempts(task);
  }

  #copy(time: Time, task: number, worker: number, attempt: number): void {
    const [current, start] = [this.#currentOf(task), this.lastStart(task)];
    this.#lastStart ??= new Float64Array(this.#status.length);
    this.#attempts ??= new Int32Array(this.#status.length);
    this.#given ??= new Int32Array(this.#status.length);
    this.#copyCodes ??= new Set();
    this.#lastStart[task] = start;
    this.#attempts[task] = attempt;
    this.#given[task] += 1;
    this.#current.set(task, current);
    this.#copyCodes.add(attemptCode(task, attempt));
    this.#copies.set(task, {
      worker,
      attempt,
      start: time,
      isUnborn: this.#down.has(worker),
      isBornAfter: this.#crashedAt.get(worker) === time,
    });
  }

  /** One of two attempts is over: the other goes on. */
  #drop(time: Time, task: number, attempt: number, reason: Reason): void {
    const copy = this.#copies.get(task);
    if (copy === undefined) return;
    this.#copies.delete(task);
    if (copy.attempt === attempt) {
      this.#timeLost ??= new Float64Array(this.#status.length);
      this.#timeLost[task] += this.#copyRan(copy, time);
      this.#goesOn(task, attempt, reason, copy.worker);
      return;
    }
    this.#lose(time, task);
    this.#goesOn(task, attempt, reason);
    this.#suspensions.delete(task);
    this.#status[task] = TaskStatus.running;
    this.#worker[task] = copy.worker;
    this.#current.set(task, copy.attempt);
    (this.#lastStart as Float64Array)[task] = copy.start;
    if (copy.isUnborn) this.#unborn.add(task);
    if (copy.isBornAfter) this.#bornAfter.add(task);
    else this.#bornAfter.delete(task);
  }

  /** How long a copy that runs beside the attempt of a task has run by then. */
  copyRanBy(task: number, time: Time): Duration {
    const copy = this.#copies.get(task);
    return copy === undefined ? 0 : Math.max(0, this.#copyRan(copy, time));
  }

  #copyRan({ worker, start, isUnborn, isBornAfter }: LiveCopy, time: Time): Duration {
    if (isUnborn) return 0;
    const crashed = this.#crashedAt.get(worker) ?? Number.NEGATIVE_INFINITY;
    if (crashed < start || (crashed === start && isBornAfter)) return time - start;
    return Math.min(crashed, time) - start;
  }

  #giveUp(time: Time, task: number, attempt: number, reason: Reason): void {
    if (this.#status[task] !== TaskStatus.running) return; // its start was decided, not begun
    this.#lose(time, task);
    this.#givenUp.set(task, this.ranBy(task, this.ranUntil(time, task)));
    this.#goesOn(task, attempt, reason);
    this.#given ??= new Int32Array(this.#status.length);
    this.#given[task] += 1;
  }

  /** What a task wrote is lost: the attempt that had completed it was for nothing. */
  #reopen(task: number): void {
    this.#timeLost ??= new Float64Array(this.#status.length);
    this.#timeLost[task] += this.timeUsed(task);
    this.#given ??= new Int32Array(this.#status.length);
    this.#given[task] += 1;
    this.#accepted.delete(task);
    if (!this.#firstEnd.has(task)) this.#firstEnd.set(task, this.#end[task] as number);
    this.#status[task] = TaskStatus.waiting;
  }

  /** The latest attempt of a task has saved its work; one that was given up counted no longer than till then. */
  #save(time: Time, task: number): void {
    if (this.#status[task] === TaskStatus.running) this.#savedBy.set(task, this.ranBy(task, time));
    else this.#keepable.set(task, this.#givenUp.get(task) ?? 0);
  }

  /** An attempt goes on from what was saved last. */
  #recover(task: number, attempt: number): void {
    if (this.#currentOf(task) !== attempt) return;
    this.#kept.set(task, this.timeKept(task) + (this.#keepable.get(task) ?? 0));
    this.#keepable.delete(task);
  }

  /** The attempt that was given up last completes the task: what it took was not lost. */
  #accept(time: Time, task: number, attempt: number): void {
    this.#endStray(time, `${task}#${attempt}`);
    const used = this.#givenUp.get(task) ?? 0;
    this.#keepable.delete(task);
    if (this.#timeLost !== undefined) this.#timeLost[task] -= used;
    if (this.#given !== undefined) this.#given[task] -= 1;
    this.#accepted.set(task, used);
    this.#end[task] = time;
    this.#lastToEnd = task;
    this.#status[task] = TaskStatus.completed;
  }

  #lose(given: Time, task: number): void {
    const time = this.ranUntil(given, task);
    const saved = this.#savedBy.get(task);
    if (saved !== undefined) this.#keepable.set(task, saved);
    this.#savedBy.delete(task);
    if (this.#unborn.size > 0) this.#unborn.delete(task);
    this.#timeLost ??= new Float64Array(this.#status.length);
    this.#timeLost[task] += this.ranBy(task, time);
    if (this.#strays.size > 0) this.#runsBeside(time, task, false);
    this.#end[task] = time;
    this.#lastToEnd = task;
    this.#status[task] = TaskStatus.waiting;
  }

  #startAfterCrash(time: Time, task: number, worker: number): void {
    if (this.#down.has(worker)) this.#unborn.add(task);
    else if (this.#crashedAt.get(worker) === time) this.#bornAfter.add(task);
    else this.#bornAfter.delete(task);
  }

  /** An attempt that was given up goes on where its worker is not told, or does not hear of it. */
  #goesOn(task: number, attempt: number, reason: Reason, worker = this.worker(task)): void {
    const key = `${task}#${attempt}`;
    if (this.#stopped.delete(task)) return;
    if (this.#begun !== undefined && !this.#begun.has(key)) return;
    const isUntold = this.#outlived.delete(key) || reason === Reason.suspicion || this.#frozen.has(worker);
    if (this.#down.has(worker) || !(isUntold || this.#begun !== undefined)) return;
    this.#strays.set(key, { task, worker, doubledSince: undefined });
  }

  /** A suspended attempt runs again on its worker: one that was given up meanwhile does so for nothing. */
  #runsOn(time: Time, task: number, worker: number, attempt: number): void {
    this.#begun?.set(`${task}#${attempt}`, worker);
    const runs = this.#status[task] === TaskStatus.running;
    if (runs && this.#currentOf(task) === attempt) return;
    this.#strays.set(`${task}#${attempt}`, { task, worker, doubledSince: this.#runs(task) ? time : undefined });
  }

  #endStray(time: Time, key: string): void {
    const stray = this.#strays.get(key);
    if (stray === undefined) return;
    this.disturbances.doubled += time - (stray.doubledSince ?? time);
    this.#strays.delete(key);
  }

  /** A newer attempt of a task begins or ends beside those that were given up and still run. */
  #runsBeside(time: Time, task: number, begins: boolean): void {
    for (const stray of this.#strays.values()) {
      if (stray.task !== task) continue;
      if (!begins) this.disturbances.doubled += time - (stray.doubledSince ?? time);
      stray.doubledSince = begins && this.#runs(task) && !this.#frozen.has(stray.worker) ? time : undefined;
    }
  }

  /** While a worker is frozen nothing runs there, neither what was given up nor what is newer. */
  #freezes(time: Time, worker: number, begins: boolean): void {
    if (begins) this.#frozen.add(worker);
    else this.#frozen.delete(worker);
    for (const stray of this.#strays.values()) {
      if (stray.worker !== worker && this.#worker[stray.task] !== worker) continue;
      this.disturbances.doubled += time - (stray.doubledSince ?? time);
      stray.doubledSince = this.#runs(stray.task) && !this.#frozen.has(stray.worker) ? time : undefined;
    }
  }

  /** Whether the latest attempt of a task runs on a worker that is not frozen. */
  #runs(task: number): boolean {
    return this.#status[task] === TaskStatus.running && !this.#frozen.has(this.worker(task)) && !this.#down.has(this.worker(task));
  }

  /** Time by then in which an attempt that was given up ran beside a newer one, µs. */
  doubledBy(time: Time): Duration {
    let { doubled } = this.disturbances;
    for (const { doubledSince = time } of this.#strays.values()) doubled += Math.max(0, time - doubledSince);
    return doubled;
  }

  #goesAway(time: Time, worker: number): void {
    if (!this.#awaySince.has(worker)) this.#awaySince.set(worker, time);
  }

  #isBack(time: Time, worker: number): void {
    this.#down.delete(worker);
    const from = this.#awaySince.get(worker);
    if (from === undefined) return;
    this.#awaySince.delete(worker);
    this.#absences.push({ worker, from, to: time });
  }

  /** When workers were not there (down, not joined yet, or gone), each time as far as it is from one time to another. */
  *absences(from: Time, to: Time): Generator<{ worker: number; from: Time; to: Time }> {
    const all = [...this.#absences, ...[...this.#awaySince].map(([worker, since]) => ({ worker, from: since, to }))];
    for (const absence of all) {
      const begin = Math.max(absence.from, from);
      const end = Math.min(absence.to, to);
      if (end > begin) yield { worker: absence.worker, from: begin, to: end };
    }
  }

  /** When an attempt that has not ended by itself stopped: with its worker, or when it was given up (or the run cut off). */
  ranUntil(givenUp: Time, task: number): Time {
    if (this.#crashedAt.size === 0) return givenUp;
    const start = this.lastStart(task);
    if (this.#unborn.has(task)) return start;
    const crashed = this.#crashedAt.get(this.worker(task)) ?? Number.NEGATIVE_INFINITY;
    if (crashed === start && this.#bornAfter.has(task)) return givenUp;
    return crashed >= start ? Math.min(crashed, givenUp) : givenUp;
  }

  /** The task whose attempt ended last, of those at one instant the last of the trace; −1 where none has ended. */
  get lastToEnd(): number {
    return this.#lastToEnd;
  }

  status(task: number): TaskStatus {
    return this.#status[task] as TaskStatus;
  }

  /** Start of the first attempt, or NEVER. */
  firstStart(task: number): Time {
    return this.#firstStart[task] as number;
  }

  /** Start of the latest attempt, or NEVER. */
  lastStart(task: number): Time {
    return this.attempts(task) > 1 ? (this.#lastStart?.[task] as number) : (this.#firstStart[task] as number);
  }

  /** End of the latest attempt that ended, whichever way, or NEVER. */
  end(task: number): Time {
    return this.#end[task] as number;
  }

  /** How long the latest attempt of a task has run by then, without the time for which it was suspended, µs. */
  ranBy(task: number, time: Time): Duration {
    if (this.#suspensions.size === 0) return time - this.lastStart(task);
    const { total = 0, since = time } = this.#suspensions.get(task) ?? {};
    return time - this.lastStart(task) - total - Math.max(0, time - since);
  }

  /** How long the attempt that completed a task held its worker: one that was given up before, as long as it was not. */
  timeUsed(task: number): Duration {
    return this.#accepted.get(task) ?? this.ranBy(task, this.end(task));
  }

  /** Attempts that have started. */
  attempts(task: number): number {
    return this.#attempts?.[task] || (this.#firstStart[task] === NEVER ? 0 : 1);
  }

  /** Attempts that ended by themselves, or still run. */
  executions(task: number): number {
    return this.attempts(task) - (this.#given?.[task] ?? 0);
  }

  /** Worker of the latest attempt, or −1. */
  worker(task: number): number {
    return this.#worker[task] as number;
  }

  /** Time in attempts that ended without completing the task, as long as they were not given up, µs. */
  timeLost(task: number): Duration {
    return this.#timeLost?.[task] ?? 0;
  }

  /** The part of it that led to work from which others went on, µs. */
  timeKept(task: number): Duration {
    return this.#kept.get(task) ?? 0;
  }

  /** When the task could first have started: its release, or the completion of its last dependency, the first of each; NEVER while one is missing. */
  readyAt(task: number): Time {
    const { release, dependencies } = this.world.tasks;
    let ready = at(release, task);
    const last = dependencies.offsets[task + 1] as number;
    for (let edge = dependencies.offsets[task] as number; edge < last; edge++) {
      const dependency = dependencies.targets[edge] as number;
      const first = this.#firstEnd.get(dependency);
      if (first === undefined && this.#status[dependency] !== TaskStatus.completed) return NEVER;
      ready = Math.max(ready, first ?? (this.#end[dependency] as number));
    }
    return ready;
  }
}

function extended<A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
