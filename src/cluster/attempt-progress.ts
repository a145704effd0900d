// How far attempts are, and from that when they end and reach marks, whatever slows or halts them meanwhile.
import { attemptKey, type Mark, marksOf } from "../model/anchors.ts";
import { at } from "../model/columns.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { durationAt, partOf, type Time, workIn } from "../model/units.ts";
import type { TaskTable, World } from "../model/world.ts";
import { type Attempt, type DueMark, isSuspended } from "./attempts.ts";
import type { ClusterHost } from "./cluster-host.ts";
import { Execution } from "./execution.ts";
import type { WorkerClocks } from "./worker-clocks.ts";

export class AttemptProgress {
  readonly #host: ClusterHost;
  readonly #clocks: WorkerClocks;
  readonly #tasks: TaskTable;
  readonly #execution: Execution;
  readonly #marks: ReadonlyMap<string, readonly Mark[]>;
  /** The part of its work after which a task takes its worker down. */
  readonly #deadly: ReadonlyMap<number, number>;
  /** Workers tell of each such part of an attempt's work, in thousandths; undefined: of none. */
  readonly #part: number | undefined;

  constructor({ tasks, workers, faults }: World, host: ClusterHost, clocks: WorkerClocks, part: number | undefined) {
    this.#host = host;
    this.#part = part;
    this.#clocks = clocks;
    this.#tasks = tasks;
    this.#execution = new Execution(tasks, workers);
    this.#marks = marksOf(faults);
    this.#deadly = new Map(faults?.killers?.map(({ task, after }) => [task, after]));
  }

  /** An attempt begins, on a worker of that rate. */
  begin(attempt: Attempt, rate: number): void {
    const { task, worker } = attempt;
    const { now } = this.#host;
    const execution = this.#execution;
    execution.plan(task, worker, attempt.execution);
    const { whole, speed, target, outcome } = execution.work(task, worker, attempt.execution);
    const after = this.#deadly.get(task);
    const deadly = after === undefined ? Number.POSITIVE_INFINITY : partOf(whole, after);
    const kills = deadly <= target;
    attempt.begun = true;
    attempt.since = now;
    attempt.fullSpeed = speed;
    attempt.speed = slowed(speed, rate);
    attempt.target = kills ? deadly : target;
    attempt.outcome = kills ? Reason.killer : outcome;
    attempt.deadline = this.#clocks.reading(worker, now) + at(this.#tasks.timeout, task);
    if (this.#marks.size > 0) attempt.marks = this.#marksOn(attempt);
    if (rate === 1000 && !kills) this.#endBy(attempt, now + execution.ownTime);
    else this.#plan(attempt);
  }

  /** Its worker is frozen from now on. */
  halt(attempt: Attempt): void {
    if (!isSuspended(attempt)) this.#advance(attempt);
    attempt.end = Number.POSITIVE_INFINITY;
  }

  /** It runs again, on a worker that was frozen. */
  goOn(attempt: Attempt): void {
    attempt.since = this.#host.now;
    this.#plan(attempt);
  }

  /** It waits from now on; on a worker that is frozen it has not run since that is. */
  suspend(attempt: Attempt, isFrozen: boolean): void {
    if (attempt.begun && !isFrozen) this.#advance(attempt);
    attempt.suspended = this.#host.now;
    attempt.end = Number.POSITIVE_INFINITY;
  }

  /** It waits no longer; its time limit has not run meanwhile. */
  endSuspension(attempt: Attempt): void {
    const { worker, suspended } = attempt;
    attempt.deadline += this.#clocks.reading(worker, this.#host.now) - this.#clocks.reading(worker, suspended);
    attempt.suspended = Number.POSITIVE_INFINITY;
  }

  /** Its worker has another rate from now on. */
  changeRate(attempt: Attempt, rate: number, isFrozen: boolean): void {
    if (!attempt.begun) return;
    const runs = !isFrozen && !isSuspended(attempt);
    if (runs) this.#advance(attempt);
    attempt.speed = slowed(attempt.fullSpeed, rate);
    if (runs) this.#plan(attempt);
  }

  /** Its worker's clock has another rate from now on: its limit comes at another time, its own end does not. */
  changeClock(attempt: Attempt): void {
    const { task, end } = attempt;
    if (end === Number.POSITIVE_INFINITY) return;
    this.#limit(attempt);
    if (attempt.end === end) return;
    this.#host.endAt(attempt.end, task, attempt.attempt);
    const { nextPart, marks = [] } = attempt;
    for (const time of [...marks.map((due) => due.time), nextPart])
      if (time >= end && time < attempt.end) this.#host.markAt(time, task, attempt.attempt);
  }

  /** Books the work done since the last change of speed. */
  #advance(attempt: Attempt): void {
    const { now } = this.#host;
    attempt.done = Math.min(attempt.target, attempt.done + workIn(now - attempt.since, attempt.speed));
    attempt.since = now;
  }

  #plan(attempt: Attempt): void {
    this.#endBy(attempt, this.#host.now + durationAt(attempt.target - attempt.done, attempt.speed));
  }

  /** By itself it ends at that time; at its time limit, if its worker's clock comes to that before. */
  #endBy(attempt: Attempt, natural: Time): void {
    attempt.natural = natural;
    this.#limit(attempt);
    this.#endAt(attempt, attempt.end);
  }

  #limit(attempt: Attempt): void {
    const { worker, natural, deadline, outcome } = attempt;
    const limit = this.#clocks.when(worker, deadline);
    attempt.reason = natural > limit ? Reason.timeout : outcome;
    attempt.end = Math.max(this.#host.now, Math.min(natural, limit));
  }

  #endAt(attempt: Attempt, time: Time): void {
    this.#host.endAt(time, attempt.task, attempt.attempt);
    for (const due of attempt.marks ?? []) {
      due.time = this.#host.now + durationAt(Math.max(0, due.work - attempt.done), attempt.speed);
      if (due.time < time) this.#host.markAt(due.time, attempt.task, attempt.attempt);
    }
    if (this.#part !== undefined) this.#planPart(attempt, this.#part);
  }

  // Parts of which workers tell: part k is done with ⌈k × part × work⌉ µs of work, where that is before the end.

  #planPart(attempt: Attempt, part: number): void {
    attempt.nextPart = this.#partAt(attempt, (attempt.parts + 1) * part);
    if (attempt.nextPart < attempt.end) this.#host.markAt(attempt.nextPart, attempt.task, attempt.attempt);
  }

  /** When an attempt has done so many thousandths, as things stand; Infinity for all of them, or more. */
  #partAt({ task, worker, since, done, speed }: Attempt, thousandths: number): Time {
    if (thousandths >= 1000) return Number.POSITIVE_INFINITY;
    const work = partOf(this.#execution.whole(task, worker), thousandths / 1000);
    return since + durationAt(Math.max(0, work - done), speed);
  }

  /** Whether an attempt comes to the next part at a time. */
  reachesPart({ end, nextPart }: Attempt, time: Time): boolean {
    return nextPart === time && end < Number.POSITIVE_INFINITY;
  }

  /** The thousandths that an attempt has done now, once: of several parts that it comes to at once, all together. Undefined where it comes to none. */
  passParts(attempt: Attempt): number | undefined {
    const { now } = this.#host;
    const part = this.#part;
    if (part === undefined || !this.reachesPart(attempt, now)) return undefined;
    do attempt.parts += 1;
    while (this.#partAt(attempt, (attempt.parts + 1) * part) === now);
    this.#planPart(attempt, part);
    return attempt.parts * part;
  }

  #marksOn({ task, worker, attempt }: Attempt): DueMark[] | undefined {
    const marks = this.#marks.get(attemptKey(task, attempt));
    const whole = this.#execution.whole(task, worker);
    return marks?.map((mark) => ({ mark, work: partOf(whole, mark.progress), time: Number.POSITIVE_INFINITY }));
  }

  /** The marks that an attempt reaches at a time; undefined where it reaches none. */
  marksReached({ end, marks }: Attempt, time: Time): Mark[] | undefined {
    if (end === Number.POSITIVE_INFINITY) return undefined;
    const reached = marks?.filter((due) => due.time === time).map(({ mark }) => mark) ?? [];
    return reached.length === 0 ? undefined : reached;
  }

  /** The same, now and once: they are behind it then. */
  passMarks(attempt: Attempt): Mark[] | undefined {
    const { now } = this.#host;
    const reached = this.marksReached(attempt, now);
    if (reached === undefined) return undefined;
    attempt.marks = attempt.marks?.filter(({ time }) => time !== now);
    for (const _ of reached) this.#host.record(EntryKind.reached, attempt.task, attempt.worker, attempt.attempt, Reason.none);
    return reached;
  }
}

function slowed(speed: number, rate: number): number {
  return rate === 1000 ? speed : Math.max(1, Math.round((speed * rate) / 1000));
}
