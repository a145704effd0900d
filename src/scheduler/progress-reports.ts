// What workers tell of how much of their work attempts have done: recorded, and what is left of an estimate corrected by it.
import { at } from "../model/columns.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { partOf, type Time } from "../model/units.ts";
import type { Scheduler } from "./scheduler.ts";

export class ProgressReports {
  readonly #scheduler: Scheduler;
  /** Of each task the most that was told, in thousandths, and above that the number of the attempt: a later one begins anew. */
  readonly #known = new Map<number, number>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * A worker told then that an attempt had done so many thousandths of its work. That counts if it is more than was known of the running
   * attempt, which is not a copy. Says whether there is anything to decide upon: whether the rank of the task is another by that.
   */
  progress(task: number, worker: number, attempt: number, part: number, sent: Time): boolean {
    const { membership, recorder, now } = this.#scheduler;
    const seat = this.#scheduler.seatOf(task, attempt);
    if (seat < 0) return false;
    membership?.told(seat, sent);
    if (seat !== task || this.#scheduler.speculation?.isCopy(task) === true) return false;
    const told = attempt * 1000 + part;
    if (told <= (this.#known.get(task) ?? 0)) return false;
    this.#known.set(task, told);
    recorder.entry(now, EntryKind.progressed, task, worker, part, Reason.none);
    return this.#corrects(task, worker, part, sent);
  }

  /** That part of the estimate was done then, and what it has run since comes on top. */
  #corrects(task: number, worker: number, part: number, sent: Time): boolean {
    const { preemption, beliefs, ranking, tasks } = this.#scheduler;
    const whole = at(tasks.estimateTable, task) < 0 ? at(tasks.estimate, task) : beliefs.estimateOn(task, worker);
    if (preemption === undefined || !Number.isFinite(whole)) return false;
    const done = partOf(whole, part / 1000);
    return ranking.isMovedBy(task, () => preemption.progress.told(task, sent, done, beliefs.speedOf(task, worker)));
  }
}
