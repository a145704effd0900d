// The ready tasks in the order of their ranks, with the question that scheduling asks: the best one that fits so much room.
import { withRoom } from "../model/columns.ts";
import type { RankOrder } from "./rank-order.ts";
import { type RequestClass, type Requests, requestClasses } from "./request-classes.ts";
import { SortedRun } from "./sorted-run.ts";
import { Tournament } from "./tournament.ts";

/** One class of requests with its tournament. */
export interface QueueClass extends RequestClass {
  tournament: Tournament;
  /** Ready tasks in it. */
  ready: number;
}

/** Where a task of the queue is kept. */
const Place = { none: 0, tournament: 1, run: 2 } as const;

/**
 * Ready tasks, one tournament per class of requests. Where only the head is ever asked for (blocking policies), one class
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
  /** Per task its class and its leaf there, side by side: one look into memory. */
  #slots = new Int32Array(0);
  #place = new Uint8Array(0);
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
    return this.#place[task] !== Place.none;
  }

  insert(task: number): void {
    this.length += 1;
    if (this.#run?.append(task) === true) {
      this.#place[task] = Place.run;
      return;
    }
    const target = this.#classAt(task);
    target.tournament.insert(task, this.#slots[2 * task + 1] as number);
    target.ready += 1;
    this.#place[task] = Place.tournament;
  }

  /** Inserts many at once: each class is played once. */
  insertAll(tasks: Int32Array): void {
    for (const task of tasks) {
      const target = this.#classAt(task);
      target.tournament.seat(task, this.#slots[2 * task + 1] as number);
      target.ready += 1;
      this.#place[task] = Place.tournament;
    }
    this.length += tasks.length;
    for (const target of this.classes) if (target.ready > 0) target.tournament.playAll();
  }

  remove(task: number): void {
    this.length -= 1;
    if (this.#place[task] === Place.run) {
      this.#run?.remove(task);
    } else {
      const target = this.#classAt(task);
      target.tournament.remove(this.#slots[2 * task + 1] as number);
      target.ready -= 1;
    }
    this.#place[task] = Place.none;
  }

  /** The best-ranked ready task, or −1. */
  head(): number {
    let best = this.#run === undefined ? -1 : this.#run.head();
    for (const target of this.classes) {
      if (target.ready === 0) continue;
      const task = target.tournament.best();
      if (best < 0 || this.#order.before(task, best)) best = task;
    }
    return best;
  }

  /** Ready tasks, best-ranked first: O(tasks), so not for every pass of a large run. */
  inOrder(): Int32Array {
    const list = new Int32Array(this.length);
    let count = 0;
    for (let task = 0; task < this.#place.length; task++) if (this.has(task)) list[count++] = task;
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
    this.#place = withRoom(this.#place, count);
  }

  /** Where classes are in use, makes those of the tasks added since: before a pass, for it numbers the classes. */
  classify(): void {
    if (this.#segments.length > 0 && this.#classified < this.#count) this.#addSegment();
  }

  /** The class of a task; classes are made when the first of their tasks asks, for many runs never do. */
  #classAt(task: number): QueueClass {
    if (task >= this.#classified) this.#addSegment();
    return this.classes[this.#slots[2 * task] as number] as QueueClass;
  }

  #addSegment(): void {
    let from = this.#classified;
    const to = this.#count;
    this.#classified = to;
    this.#slots = withRoom(this.#slots, 2 * to);
    const slots = this.#slots;
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
      for (const [leaf, task] of target.tasks.entries()) {
        slots[2 * task] = first + offset;
        slots[2 * task + 1] = leaf;
        if (this.#place[task] !== Place.tournament) continue;
        target.tournament.insert(task, leaf);
        target.ready += 1;
      }
    }
  }

  #build(from: number, to: number): QueueClass[] {
    const classes = this.#indexed ? requestClasses(this.#requests, from, to) : [oneClass(this.#requests.request.length, from, to)];
    return classes.map((each) => ({
      ...each,
      tournament: new Tournament(this.#order, each.tasks.length, each.needs),
      ready: 0,
    }));
  }
}

/** All tasks in one class, by position: enough where only the head is asked for. */
function oneClass(dimensions: number, from: number, to: number): RequestClass {
  const all = new Int32Array(to - from);
  for (let task = from; task < to; task++) all[task - from] = task;
  const least = new Float64Array(dimensions);
  return { tasks: all, needs: new Float64Array(0), varying: 0, exact: false, least, eligibility: 0 };
}
