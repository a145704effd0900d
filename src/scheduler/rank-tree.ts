// The ready tasks of one class of requests in the order of their ranks, and the first of them that needs at most so much.
import { at, type Column, withRoom } from "../model/columns.ts";
import type { RankOrder } from "./rank-order.ts";

const SHIFT = 4;
const WIDTH = 1 << SHIFT;
/** More than any number of insertions can build. */
const LEVELS = 16;

/**
 * A B+-tree in the order of the ranks. Each entry of a node knows the first task below it and the least need below it, so that
 * the best-ranked task with a need ≤ limit is found in O(log tasks) from the left; and as tasks leave near the left end, in
 * memory that is warm. A node is given back when it is empty, not sooner (free at empty: Johnson and Shasha 1993).
 *
 * An entry is a number, node × WIDTH + slot. The ranks of the tasks in the tree must not change.
 */
export class RankTree {
  readonly #order: RankOrder;
  readonly #need: Column;
  /** Per entry the first task below; in leaves, the task. */
  #firsts = new Int32Array(WIDTH);
  /** Per entry the first number of that task's rank: a look-up by task would miss the cache. */
  #ranks = new Float64Array(WIDTH);
  /** Per entry the node below; unused in leaves. */
  #children = new Int32Array(WIDTH);
  /** Per entry the least need below. */
  #needs = new Float64Array(WIDTH);
  #counts = new Int32Array(1);
  #nodes = 1;
  readonly #unused: number[] = [];
  #root = 0;
  /** Level of the root; leaves are level 0. */
  #top = 0;
  /** The entry chosen on each level at the last look, and the task it led to, or −1 where the tree has changed since. */
  readonly #path = new Int32Array(LEVELS);
  #found = -1;
  /** The first number of the rank of the task last found. */
  foundRank = 0;

  /** `need` is what the tasks ask for in the dimension in which they differ. */
  constructor(order: RankOrder, need: Column) {
    this.#order = order;
    this.#need = need;
  }

  /** The best-ranked task, or −1. */
  best(): number {
    return this.#counts[this.#root] === 0 ? -1 : (this.#firsts[this.#root * WIDTH] as number);
  }

  /** The best-ranked task with a need ≤ `limit` that passes `test` (all do where there is none), or −1. */
  bestWithin(limit: number, test: ((task: number) => boolean) | undefined): number {
    this.#found = test === undefined ? this.#descend(limit) : this.#search(this.#root, this.#top, limit, test);
    if (this.#found >= 0) this.foundRank = this.#ranks[this.#path[0] as number] as number;
    return this.#found;
  }

  #descend(limit: number): number {
    let node = this.#root;
    let entry = 0;
    for (let level = this.#top; level >= 0; level--) {
      entry = node * WIDTH;
      const end = entry + (this.#counts[node] as number);
      while (entry < end && (this.#needs[entry] as number) > limit) entry += 1;
      if (entry === end) return -1; // can only be at the root
      this.#path[level] = entry;
      node = this.#children[entry] as number;
    }
    return this.#firsts[entry] as number;
  }

  #search(node: number, level: number, limit: number, test: (task: number) => boolean): number {
    const end = node * WIDTH + (this.#counts[node] as number);
    for (let entry = node * WIDTH; entry < end; entry++) {
      if ((this.#needs[entry] as number) > limit) continue;
      this.#path[level] = entry;
      if (level > 0) {
        const task = this.#search(this.#children[entry] as number, level - 1, limit, test);
        if (task >= 0) return task;
      } else if (test(this.#firsts[entry] as number)) {
        return this.#firsts[entry] as number;
      }
    }
    return -1;
  }

  /** Inserts many at once, which stand by release and position or in the order of their ranks; sorts them in place. */
  insertAll(tasks: Int32Array): void {
    this.#order.sort(tasks);
    if (this.best() >= 0) for (const task of tasks) this.insert(task);
    else this.#build(tasks);
  }

  /** Fills the empty tree from below, level by level. */
  #build(tasks: Int32Array): void {
    this.#unused.length = 0;
    this.#nodes = 0;
    this.#top = 0;
    this.#found = -1;
    if (tasks.length === 0) this.#newNode();
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i] as number;
      this.#append(i, task, this.#rankOf(task), 0, at(this.#need, task));
    }
    let from = 0;
    for (let to = this.#nodes; to - from > 1; to = this.#nodes) {
      for (let node = from; node < to; node++) {
        const first = node * WIDTH;
        this.#append(node - from, this.#firsts[first] as number, this.#ranks[first] as number, node, this.#least(node));
      }
      this.#top += 1;
      from = to;
    }
    this.#root = from;
  }

  /** Writes the next entry of a level that is being filled, number `index` there. */
  #append(index: number, first: number, rank: number, child: number, need: number): void {
    const node = (index & (WIDTH - 1)) === 0 ? this.#newNode() : this.#nodes - 1;
    this.#write(node * WIDTH + this.#counts[node]++, first, rank, child, need);
  }

  #write(entry: number, first: number, rank: number, child: number, need: number): void {
    this.#firsts[entry] = first;
    this.#ranks[entry] = rank;
    this.#children[entry] = child;
    this.#needs[entry] = need;
  }

  /** The number by which a task is compared first; a line's slope stands for its value, but at its origin. */
  #rankOf(task: number): number {
    const { kinetic, now, first } = this.#order;
    return kinetic && this.#order.originOf(task) === now ? 0 : (first[task] as number);
  }

  #goesBefore(task: number, rank: number, entry: number): boolean {
    const other = this.#ranks[entry] as number;
    return rank === other ? this.#order.before(task, this.#firsts[entry] as number) : rank < other;
  }

  insert(task: number): void {
    this.#locate(task);
    this.#found = -1;
    const entry = this.#path[0] as number;
    const rank = this.#rankOf(task);
    const isBehind = this.#counts[this.#nodeAt(0)] !== 0 && !this.#goesBefore(task, rank, entry);
    this.#put(0, (entry & (WIDTH - 1)) + +isBehind, task, rank, 0, at(this.#need, task));
  }

  /** Takes all tasks out, in their order. */
  takeAll(): Int32Array {
    const tasks: number[] = [];
    this.#collect(this.#root, this.#top, tasks);
    this.#build(new Int32Array(0));
    return Int32Array.from(tasks);
  }

  #collect(node: number, level: number, tasks: number[]): void {
    const end = node * WIDTH + (this.#counts[node] as number);
    for (let entry = node * WIDTH; entry < end; entry++) {
      if (level > 0) this.#collect(this.#children[entry] as number, level - 1, tasks);
      else tasks.push(this.#firsts[entry] as number);
    }
  }

  remove(task: number): void {
    if (this.#found !== task) this.#locate(task);
    this.#found = -1;
    if (this.#firsts[this.#path[0] as number] !== task) throw new RangeError(`task ${task} is not in the tree`);
    let level = 0;
    while (this.#takeOut(level) && level < this.#top) {
      this.#unused.push(this.#nodeAt(level));
      level += 1;
    }
    if (this.#counts[this.#root] === 0) {
      this.#top = 0;
      return;
    }
    this.#sumUp(level);
    while (this.#top > 0 && this.#counts[this.#root] === 1) {
      this.#unused.push(this.#root);
      this.#root = this.#children[this.#root * WIDTH] as number;
      this.#top -= 1;
    }
  }

  /** Finds the way to the last task that does not go behind the given one (or to the first of all). */
  #locate(task: number): void {
    const rank = this.#rankOf(task);
    let node = this.#root;
    for (let level = this.#top; level >= 0; level--) {
      let low = node * WIDTH;
      let high = low + Math.max(0, (this.#counts[node] as number) - 1);
      let middle = high; // tasks often come in order
      while (low < high) {
        if (this.#goesBefore(task, rank, middle)) high = middle - 1;
        else low = middle;
        middle = (low + high + 1) >> 1;
      }
      this.#path[level] = low;
      node = this.#children[low] as number;
    }
  }

  #nodeAt(level: number): number {
    return (this.#path[level] as number) >> SHIFT;
  }

  /** Puts an entry into the node of the path on a level; one that is full is split, and its parent gets an entry more. */
  #put(level: number, slot: number, first: number, rank: number, child: number, need: number): void {
    const node = this.#nodeAt(level);
    if ((this.#counts[node] as number) < WIDTH) {
      this.#open(node, slot, first, rank, child, need);
      this.#sumUp(level);
      return;
    }
    const kept = slot === WIDTH ? WIDTH : WIDTH / 2; // what comes in order leaves full nodes behind
    const other = this.#split(node, kept);
    if (slot < kept || (slot === kept && kept < WIDTH)) this.#open(node, slot, first, rank, child, need);
    else this.#open(other, slot - kept, first, rank, child, need);
    if (level === this.#top) this.#raise();
    this.#sum(level);
    const entry = other * WIDTH;
    const behind = ((this.#path[level + 1] as number) & (WIDTH - 1)) + 1;
    this.#put(level + 1, behind, this.#firsts[entry] as number, this.#ranks[entry] as number, other, this.#least(other));
  }

  /** A new root above the old one. */
  #raise(): void {
    const root = this.#newNode();
    this.#children[root * WIDTH] = this.#root;
    this.#counts[root] = 1;
    this.#root = root;
    this.#top += 1;
    this.#path[this.#top] = root * WIDTH;
  }

  /** Moves the entries from `kept` on into a new node. */
  #split(node: number, kept: number): number {
    const other = this.#newNode();
    const from = node * WIDTH + kept;
    const to = other * WIDTH;
    for (let i = 0; i < WIDTH - kept; i++) this.#copy(from + i, to + i);
    this.#counts[other] = WIDTH - kept;
    this.#counts[node] = kept;
    return other;
  }

  #newNode(): number {
    const node = this.#unused.pop() ?? this.#nodes++;
    if (node === this.#counts.length) {
      this.#counts = withRoom(this.#counts, node + 1);
      this.#firsts = withRoom(this.#firsts, (node + 1) * WIDTH);
      this.#ranks = withRoom(this.#ranks, (node + 1) * WIDTH);
      this.#children = withRoom(this.#children, (node + 1) * WIDTH);
      this.#needs = withRoom(this.#needs, (node + 1) * WIDTH);
    }
    this.#counts[node] = 0;
    return node;
  }

  #open(node: number, slot: number, first: number, rank: number, child: number, need: number): void {
    const entry = node * WIDTH + slot;
    for (let i = node * WIDTH + (this.#counts[node] as number); i > entry; i--) this.#copy(i - 1, i);
    this.#write(entry, first, rank, child, need);
    this.#counts[node]++;
  }

  #copy(from: number, to: number): void {
    this.#firsts[to] = this.#firsts[from] as number;
    this.#ranks[to] = this.#ranks[from] as number;
    this.#children[to] = this.#children[from] as number;
    this.#needs[to] = this.#needs[from] as number;
  }

  /** Takes the entry of the path on a level out of its node; says whether that is empty now. */
  #takeOut(level: number): boolean {
    const node = this.#nodeAt(level);
    const end = node * WIDTH + --this.#counts[node];
    for (let entry = this.#path[level] as number; entry < end; entry++) this.#copy(entry + 1, entry);
    return this.#counts[node] === 0;
  }

  /** Brings the entries above a level up to date, as far as anything changes. */
  #sumUp(level: number): void {
    for (let below = level; below < this.#top && this.#sum(below); below++);
  }

  /** Brings the entry above the node of the path on a level up to date; says whether it changed. */
  #sum(level: number): boolean {
    const node = this.#nodeAt(level);
    const above = this.#path[level + 1] as number;
    const first = this.#firsts[node * WIDTH] as number;
    const need = this.#least(node);
    if (this.#firsts[above] === first && this.#needs[above] === need) return false;
    this.#firsts[above] = first;
    this.#ranks[above] = this.#ranks[node * WIDTH] as number;
    this.#needs[above] = need;
    return true;
  }

  #least(node: number): number {
    const end = node * WIDTH + (this.#counts[node] as number);
    let least = Number.POSITIVE_INFINITY;
    for (let entry = node * WIDTH; entry < end; entry++) {
      const need = this.#needs[entry] as number;
      if (need < least) least = need;
    }
    return least;
  }
}
