// The ready tasks in the order of their ranks, with the question that scheduling asks: the best one that fits so much room.
import { type Column, constantColumn, withRoom } from "../model/columns.ts";
import type { RankOrder } from "./rank-order.ts";
import { LineIndex } from "./line-index.ts";
import { RankTree } from "./rank-tree.ts";
import { type RequestClass, type Requests, requestClasses } from "./request-classes.ts";
import { SortedRun } from "./sorted-run.ts";

const NO_NEED = constantColumn(0);

/** One class of requests with its ready tasks: in the order of their ranks, or where that changes with time, of their needs. */
export interface QueueClass extends RequestClass {
  index: RankTree | LineIndex;
  /** Ready tasks in it. */
  ready: number;
}

/** Where a task is kept, beside the number of its class. */
const Place = { none: 0, index: 1, run: 2 } as const;
const PLACE_BITS = 2;
const PLACE_MASK = (1 << PLACE_BITS) - 1;

/**
 * Ready tasks, indexed per class of requests. Where only the head is ever asked for (blocking policies), one class
 * holds all, but for those that came in the order of their ranks. Tasks added later come in segments of their own, merged so that there are O(log) of them.
 */
export class ReadyTasks {
  length = 0;
  classes: QueueClass[] = [];
  readonly #requests: Requests;
  readonly #order: RankOrder;
  readonly #indexed: boolean;
  /** Tasks of the input, and how many of them have a class. */
  #count = 0;
  #classified = 0;
  /** Per task its class and, in the low bits, its place. */
  #where = new Int32Array(0);
  /** Where ranks are lines, per task its place among its class's. */
  readonly #leaves = { of: new Int32Array(0) };
  readonly #run: SortedRun | undefined;
  #segments: { from: number; to: number; classes: QueueClass[] }[] = [];

  constructor(requests: Requests, tasks: number, order: RankOrder, indexed: boolean) {
    this.#requests = requests;
    this.#order = order;
    this.#indexed = indexed;
    this.#run = indexed || order.kinetic ? undefined : new SortedRun(order);
    this.grow(tasks);
  }

  has(task: number): boolean {
    return this.#placeOf(task) !== Place.none;
  }

  insert(task: number): void {
    this.length += 1;
    if (this.#run?.append(task) === true) {
      this.#put(task, Place.run);
      return;
    }
    const target = this.#classAt(task);
    target.index.insert(task);
    target.ready += 1;
    this.#put(task, Place.index);
  }

  /** Inserts many at once, by release and position. */
  insertAll(tasks: Int32Array): void {
    this.length += tasks.length;
    if (this.#classified < this.#count) this.#addSegment();
    const sizes = new Int32Array(this.classes.length);
    for (const task of tasks) sizes[(this.#where[task] as number) >> PLACE_BITS]++;
    const lists = Array.from(sizes, (size) => new Int32Array(size));
    sizes.fill(0);
    for (const task of tasks) {
      const number = (this.#where[task] as number) >> PLACE_BITS;
      (lists[number] as Int32Array)[sizes[number]++] = task;
      this.#put(task, Place.index);
    }
    for (const [number, list] of lists.entries()) {
      if (list.length === 0) continue;
      const target = this.classes[number] as QueueClass;
      target.index.insertAll(list);
      target.ready += list.length;
    }
  }

  remove(task: number): void {
    this.length -= 1;
    const where = this.#where[task] as number;
    if ((where & PLACE_MASK) === Place.run) {
      this.#run?.remove(task);
    } else {
      const target = this.classes[where >> PLACE_BITS] as QueueClass;
      target.index.remove(task);
      target.ready -= 1;
    }
    this.#put(task, Place.none);
  }

  /** The best-ranked ready task, or −1. */
  head(): number {
    let best = this.#run === undefined ? -1 : this.#run.head();
    for (const target of this.classes) {
      if (target.ready === 0) continue;
      const task = target.index.best();
      if (best < 0 || this.#order.before(task, best)) best = task;
    }
    return best;
  }

  /** Ready tasks, best-ranked first: O(tasks), so not for every pass of a large run. */
  inOrder(): Int32Array {
    const list = new Int32Array(this.length);
    let count = 0;
    for (let task = 0; task < this.#count; task++) if (this.has(task)) list[count++] = task;
    this.#order.sortByArrival(list);
    this.#order.sort(list);
    return list;
  }

  /** Takes all ready tasks out, best-ranked first. */
  drain(): Int32Array {
    const list = this.inOrder();
    for (const task of list) this.remove(task);
    return list;
  }

  /** Takes in the tasks up to `count` that were added since. */
  grow(count: number): void {
    this.#count = count;
    this.#where = withRoom(this.#where, count);
    if (this.#order.kinetic) this.#leaves.of = withRoom(this.#leaves.of, count);
  }

  /** Where classes are in use, makes those of the tasks added since: before a pass, for it numbers the classes. */
  classify(): void {
    if (this.#segments.length > 0 && this.#classified < this.#count) this.#addSegment();
  }

  #placeOf(task: number): number {
    return (this.#where[task] as number) & PLACE_MASK;
  }

  #put(task: number, place: number): void {
    this.#where[task] = ((this.#where[task] as number) & ~PLACE_MASK) | place;
  }

  /** The class of a task; classes are made when the first of their tasks asks, for many runs never do. */
  #classAt(task: number): QueueClass {
    if (task >= this.#classified) this.#addSegment();
    return this.classes[(this.#where[task] as number) >> PLACE_BITS] as QueueClass;
  }

  #addSegment(): void {
    let from = this.#classified;
    const to = this.#count;
    this.#classified = to;
    for (let last = this.#segments.at(-1); last !== undefined; last = this.#segments.at(-1)) {
      if (last.to - last.from >= 2 * (to - from)) break;
      from = last.from;
      this.#segments.pop();
    }
    const added = this.#build(from, to);
    this.#segments.push({ from, to, classes: added });
    this.classes = this.#segments.flatMap((segment) => segment.classes);
    const first = this.classes.length - added.length;
    for (const [offset, target] of added.entries()) {
      for (let leaf = 0; leaf < target.tasks.length; leaf++) {
        const task = target.tasks[leaf] as number;
        const place = this.#placeOf(task);
        this.#where[task] = ((first + offset) << PLACE_BITS) | place;
        if (this.#order.kinetic) this.#leaves.of[task] = leaf;
        if (place !== Place.index) continue;
        target.index.insert(task);
        target.ready += 1;
      }
    }
  }

  #build(from: number, to: number): QueueClass[] {
    const { request } = this.#requests;
    const classes = this.#indexed ? requestClasses(this.#requests, from, to) : [oneClass(request.length, from, to)];
    return classes.map((each) => {
      const need = this.#indexed ? (request[each.varying] as Column) : NO_NEED;
      const index = this.#order.kinetic ? new LineIndex(this.#order, need, each.tasks, this.#leaves) : new RankTree(this.#order, need);
      return { ...each, index, ready: 0 };
    });
  }
}

/** All tasks in one class, by position: enough where only the head is asked for. */
function oneClass(dimensions: number, from: number, to: number): RequestClass {
  const all = new Int32Array(to - from);
  for (let task = from; task < to; task++) all[task - from] = task;
  const least = new Float64Array(dimensions);
  return { tasks: all, varying: 0, exact: false, least, eligibility: 0 };
}
