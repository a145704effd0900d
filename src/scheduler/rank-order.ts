// The order of the ready queue: rank (up to three numbers, or a line in time), then release date, then position.
import { sortByColumn, sortByKeys } from "../engine/radix-sort.ts";
import { at, type Column, isConstant, withRoom } from "../model/columns.ts";
import type { Time } from "../model/units.ts";

/** A bound on the relative error of a rank: some rounded operations of 2^-53 each. */
const ROUNDING = 1 / 1125899906842624;

/** Ranks by task, and their comparison. */
export class RankOrder {
  /** Whether ranks are lines in time; `first` then holds slopes and `origin` where the lines start. */
  readonly kinetic: boolean;
  /** The time for which lines are compared. */
  now: Time = 0;
  first: Float64Array;
  /** Where a task's line is 0: when it first became ready, µs. */
  readonly #origins: { readonly readyAt: Float64Array };
  #second: Float64Array | undefined;
  #third: Float64Array | undefined;
  readonly #release: Column;
  /** Whether the first `#checked` tasks stand in the order of their release dates. */
  #inOrder = true;
  #checked = 1;

  constructor(release: Column, tasks: number, kinetic: boolean, origins: { readonly readyAt: Float64Array }) {
    this.kinetic = kinetic;
    this.#origins = origins;
    this.#release = release;
    this.first = new Float64Array(tasks);
    this.#checkOrder(tasks);
  }

  /** Makes room for tasks that were added. */
  grow(tasks: number): void {
    this.first = withRoom(this.first, tasks);
    if (this.#second !== undefined) this.#second = withRoom(this.#second, tasks);
    if (this.#third !== undefined) this.#third = withRoom(this.#third, tasks);
    this.#checkOrder(tasks);
  }

  #checkOrder(tasks: number): void {
    const release = this.#release;
    if (isConstant(release)) return;
    for (let task = this.#checked; task < tasks && this.#inOrder; task++) this.#inOrder = at(release, task - 1) <= at(release, task);
    this.#checked = Math.max(1, tasks);
  }

  /** Sets a task's rank; shorter ranks are filled up with 0. */
  set(task: number, first: number, second: number, third: number): void {
    this.first[task] = first;
    if (second !== 0 || this.#second !== undefined) {
      this.#second ??= new Float64Array(this.first.length);
      this.#second[task] = second;
    }
    if (third !== 0 || this.#third !== undefined) {
      this.#third ??= new Float64Array(this.first.length);
      this.#third[task] = third;
    }
  }

  /** Whether task a goes before task b (they differ). */
  before(a: number, b: number): boolean {
    const x = this.kinetic ? this.#onLine(a) : (this.first[a] as number);
    const y = this.kinetic ? this.#onLine(b) : (this.first[b] as number);
    if (x !== y) return x < y;
    if (this.#second !== undefined) {
      const difference = (this.#second[a] as number) - (this.#second[b] as number);
      if (difference !== 0) return difference < 0;
    }
    if (this.#third !== undefined) {
      const difference = (this.#third[a] as number) - (this.#third[b] as number);
      if (difference !== 0) return difference < 0;
    }
    return this.arrivedBefore(a, b);
  }

  /** Where a task's line is now. */
  #onLine(task: number): number {
    return (this.first[task] as number) * (this.now - (this.#origins.readyAt[task] as number));
  }

  /** The sign of rank a − rank b; 0 where release and position decide. */
  compareRanks(a: number, b: number): number {
    if (this.kinetic) return this.#onLine(a) - this.#onLine(b);
    for (const ranks of [this.first, this.#second, this.#third]) {
      const difference = ranks === undefined ? 0 : (ranks[a] as number) - (ranks[b] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Whether a was released before b, or at the same time and stands before it. */
  arrivedBefore(a: number, b: number): boolean {
    if (this.#inOrder) return a < b;
    const x = at(this.#release, a);
    const y = at(this.#release, b);
    return x === y ? a < b : x < y;
  }

  /** Sorts tasks by release date and position, in place. */
  sortByArrival(tasks: Int32Array): void {
    if (tasks.length < 2) return;
    sortByKeys(tasks, Float64Array.from(tasks));
    if (!this.#inOrder) sortByColumn(tasks, this.#release.data);
  }

  /** Sorts tasks that are in order of arrival by rank, in place. */
  sort(tasks: Int32Array): void {
    if (tasks.length < 2) return;
    if (this.#third !== undefined) sortByColumn(tasks, this.#third);
    if (this.#second !== undefined) sortByColumn(tasks, this.#second);
    if (this.kinetic) sortByKeys(tasks, this.#values(tasks));
    else sortByColumn(tasks, this.first);
  }

  /** The values of lines now. */
  #values(tasks: Int32Array): Float64Array {
    const { readyAt } = this.#origins;
    const values = new Float64Array(tasks.length);
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i] as number;
      values[i] = (this.first[task] as number) * (this.now - (readyAt[task] as number));
    }
    return values;
  }

  /** Where a task's line is 0, µs. */
  originOf(task: number): Time {
    return this.#origins.readyAt[task] as number;
  }

  /** Whether tasks in order whose lines are 0 at one time stay in it: no two slopes are so near that rounding could make ranks equal. */
  isLasting(tasks: Int32Array): boolean {
    for (let i = 1; i < tasks.length; i++) {
      const slope = this.first[tasks[i - 1] as number] as number;
      const next = this.first[tasks[i] as number] as number;
      if (slope !== next && next - slope <= (Math.abs(slope) + Math.abs(next)) * ROUNDING) return false;
    }
    return true;
  }

  /**
   * The time before which it is certain that a line goes before another, given that it does now; it is early by more than
   * rounding can shift the crossing. Infinity when they never cross.
   */
  certainUntil(slope: number, origin: Time, otherSlope: number, otherOrigin: Time): number {
    if (slope === otherSlope) return Number.POSITIVE_INFINITY;
    const wait = this.now - origin;
    const otherWait = this.now - otherOrigin;
    const closing = slope - otherSlope;
    const ahead = otherSlope * otherWait - slope * wait;
    const rounding = (Math.abs(slope) * wait + Math.abs(otherSlope) * otherWait) * ROUNDING;
    if (closing < 0) return ahead > rounding || rounding === 0 ? Number.POSITIVE_INFINITY : this.now + 1;
    const crossing = ahead / closing;
    const slack = rounding / closing + (Math.abs(slope) + Math.abs(otherSlope)) * crossing * (ROUNDING / closing) + 1;
    return Math.max(this.now + 1, Math.floor(this.now + crossing - slack));
  }
}
