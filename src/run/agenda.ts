// The events of a run in their one order: those that are planned, and submissions, which wait beside the queue where they can.
import { EventQueue, eventKey, kindOf, subjectOf } from "../engine/event-queue.ts";
import { sortByColumn } from "../engine/radix-sort.ts";
import { TieOrder } from "../engine/tie-order.ts";
import { Event } from "./event-kinds.ts";
import { at, isConstant } from "../model/columns.ts";
import type { Time } from "../model/units.ts";
import type { TaskTable } from "../model/world.ts";

/** The counter of an attempt's end: its number, and in the low bits how it ends (none, execution, timeout). */
export const OUTCOME_BITS = 2;

export class Agenda {
  readonly queue = new EventQueue();
  readonly #tasks: TaskTable;
  /** Undefined where ties go by position. */
  readonly #ties: TieOrder | undefined;
  /** Tasks by release date and position; undefined where that is their position. */
  readonly #arrivalOrder: Int32Array | undefined;
  readonly #arrivals: number;
  #arrived = 0;

  /** `ties`: the seed by which ties go; undefined where they go by position. */
  constructor(tasks: TaskTable, ties: string | undefined) {
    this.#tasks = tasks;
    this.#ties = ties === undefined ? undefined : new TieOrder(ties);
    this.#arrivals = this.#ties === undefined ? tasks.count : 0; // else they stand in the queue, as those that join do
    this.#arrivalOrder = arrivalOrder(tasks);
    if (this.#ties !== undefined) this.queueArrivals(0);
  }

  push(time: Time, kind: number, subject: number, counter: number): void {
    this.queue.push(time, this.keyOf(time, kind, subject, counter));
  }

  keyOf(time: Time, kind: number, subject: number, counter: number): number {
    const place = this.#ties === undefined || kind === Event.action ? subject : this.#ties.place(time, kind, subject);
    return eventKey(kind, place, counter);
  }

  /** Whom an event is about, by its key; it is the next where no time is given. */
  subjectOf(key: number, time = this.queue.time): number {
    const place = subjectOf(key);
    const kind = kindOf(key);
    return this.#ties === undefined || kind === Event.action ? place : this.#ties.subject(time, kind, place);
  }

  /** When the next event is due; Infinity where none is. */
  get nextTime(): Time {
    return Math.min(this.queue.time, this.nextArrival());
  }

  // Submissions.

  /** Has the tasks from a position on, which were added, arrive at their release dates. */
  queueArrivals(from: number): void {
    const { count, release } = this.#tasks;
    for (let task = from; task < count; task++) this.push(at(release, task), Event.submission, task, 0);
  }

  /** When the next of those arrives that wait beside the queue; Infinity where none is left. */
  nextArrival(): Time {
    if (this.#arrived >= this.#arrivals) return Number.POSITIVE_INFINITY;
    return at(this.#tasks.release, this.#arrivalOrder === undefined ? this.#arrived : (this.#arrivalOrder[this.#arrived] as number));
  }

  /** The task that arrives next. */
  takeArrival(): number {
    const index = this.#arrived++;
    return this.#arrivalOrder === undefined ? index : (this.#arrivalOrder[index] as number);
  }

  /** How many are left there. */
  get arrivalsLeft(): number {
    return this.#arrivals - this.#arrived;
  }
}

/** Tasks by release date, then position; undefined where they stand so already. */
function arrivalOrder({ count, release }: TaskTable): Int32Array | undefined {
  if (isConstant(release)) return undefined;
  let sorted = true;
  for (let task = 1; task < count && sorted; task++) sorted = at(release, task - 1) <= at(release, task);
  if (sorted) return undefined;
  const order = new Int32Array(count);
  for (let task = 0; task < count; task++) order[task] = task;
  sortByColumn(order, release.data);
  return order;
}
