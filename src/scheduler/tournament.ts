// The ready tasks of one class of requests whose ranks are lines in time: the best-ranked that needs at most so much.
import { at, type Column } from "../model/columns.ts";
import type { RankOrder } from "./rank-order.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Leaves to a block: what a block holds is read in one go. */
const BLOCK = 32;

// The fields of a line, and of a node, side by side in memory: a look-up by task would miss the cache.
const SLOPE = 0;
const ORIGIN = 1; // where the line is 0
const TASK = 2; // + 1; 0 where there is none
const LINE = 3;
const CERTAIN = 3; // of a node: until when its winner is certain
const NODE = 4;

/**
 * A kinetic tournament (Basch, Guibas, Hershberger 1999). Its leaves are the class's tasks, by what they need in the dimension
 * in which they differ, ascending, in blocks; above these stands a complete tree with four children to a node. Each node holds
 * the best-ranked ready task below it and the time until which that is certain, and is played again when that has passed. So
 * the best one with a need ≤ limit is found in O(log tasks) on a prefix of the leaves.
 */
export class Tournament {
  readonly #order: RankOrder;
  readonly #tasks: number;
  /** Needs of the tasks at the leaves. */
  readonly #needs: Float64Array;
  readonly #lines: Float64Array;
  readonly #nodes: Float64Array;
  /** Number of the first node of each level, the blocks being level 0; the last level is the root. */
  readonly #starts: number[] = [];
  readonly #top: number;
  /** The best task so far of the question at hand. */
  #best = -1;
  /** Its rank now. */
  foundRank = NEVER;

  /** `tasks` of the class, ascending by what they `need`. */
  constructor(order: RankOrder, tasks: Int32Array, need: Column) {
    this.#order = order;
    this.#tasks = tasks.length;
    this.#needs = Float64Array.from(tasks, (task) => at(need, task));
    const blocks = Math.ceil(tasks.length / BLOCK);
    this.#lines = new Float64Array(blocks * BLOCK * LINE);
    let nodes = 0;
    for (let size = blocks; size > 1; size = Math.ceil(size / 4)) {
      this.#starts.push(nodes);
      nodes += Math.ceil(size / 4) * 4; // whole families, the missing ones empty
    }
    this.#top = this.#starts.push(nodes) - 1;
    this.#nodes = new Float64Array((nodes + 1) * NODE);
    for (let field = CERTAIN; field < this.#nodes.length; field += NODE) this.#nodes[field] = NEVER;
  }

  insert(task: number, place: number): void {
    this.#seat(task, place);
    this.#climb(place);
  }

  /** Inserts many at once: one by one, or with all matches played in the end. */
  insertAll(tasks: Int32Array, places: Int32Array): void {
    if (tasks.length < this.#tasks / BLOCK) {
      for (const task of tasks) this.insert(task, places[task] as number);
      return;
    }
    for (const task of tasks) this.#seat(task, places[task] as number);
    let size = Math.ceil(this.#tasks / BLOCK);
    for (let level = 0; level <= this.#top; level++) {
      for (let index = 0; index < size; index++) this.#play(level, index);
      size = Math.ceil(size / 4);
    }
  }

  remove(place: number): void {
    this.#lines[place * LINE + TASK] = 0;
    this.#climb(place);
  }

  #seat(task: number, place: number): void {
    const line = place * LINE;
    this.#lines[line + SLOPE] = this.#order.first[task] as number;
    this.#lines[line + ORIGIN] = this.#order.originOf(task);
    this.#lines[line + TASK] = task + 1;
  }

  /**
   * Plays the matches above a leaf for as long as they change anything. Where another than the task that goes has won, that may
   * still be so: its opponent below is new, and may overtake it sooner.
   */
  #climb(place: number): void {
    let index = Math.floor(place / BLOCK);
    for (let level = 0; level <= this.#top && this.#play(level, index); level++) index >>= 2;
  }

  /** The best-ranked ready task with a need ≤ `limit` that passes `test` (all do where there is none), or −1. */
  bestWithin(limit: number, test: ((task: number) => boolean) | undefined): number {
    this.#replay(this.#top, 0);
    this.#best = -1;
    this.foundRank = NEVER;
    const needs = this.#needs;
    if ((needs[this.#tasks - 1] as number) <= limit) {
      this.#offerNode(this.#top, 0, test);
      return this.#best;
    }
    let index = 0;
    for (let level = this.#top - 1; level >= -1; level--) {
      if (level === -1) {
        this.#offerLines(index * BLOCK, limit, test);
        break;
      }
      index *= 4;
      const width = BLOCK << (2 * level); // leaves below a node of the level
      while ((needs[(index + 1) * width - 1] as number) <= limit) this.#offerNode(level, index++, test);
    }
    return this.#best;
  }

  /** Takes the winner of a node where it is better than the best so far; where it fails the test, the best below that passes. */
  #offerNode(level: number, index: number, test: ((task: number) => boolean) | undefined): void {
    const node = ((this.#starts[level] as number) + index) * NODE;
    const winner = (this.#nodes[node + TASK] as number) - 1;
    if (winner < 0) return;
    const rank = (this.#nodes[node + SLOPE] as number) * (this.#order.now - (this.#nodes[node + ORIGIN] as number));
    if (!this.#isBetter(winner, rank)) return;
    if (test === undefined || test(winner)) {
      this.#best = winner;
      this.foundRank = rank;
    } else if (level === 0) {
      this.#offerLines(index * BLOCK, NEVER, test);
    } else {
      for (let child = 4 * index; child < 4 * index + 4; child++) this.#offerNode(level - 1, child, test);
    }
  }

  /** The same for the tasks of one block, up to a need. */
  #offerLines(first: number, limit: number, test: ((task: number) => boolean) | undefined): void {
    const lines = this.#lines;
    const end = Math.min(first + BLOCK, this.#tasks);
    for (let place = first; place < end && (this.#needs[place] as number) <= limit; place++) {
      const line = place * LINE;
      const task = (lines[line + TASK] as number) - 1;
      if (task < 0) continue;
      const rank = (lines[line + SLOPE] as number) * (this.#order.now - (lines[line + ORIGIN] as number));
      if (!this.#isBetter(task, rank) || (test !== undefined && !test(task))) continue;
      this.#best = task;
      this.foundRank = rank;
    }
  }

  #isBetter(task: number, rank: number): boolean {
    if (this.#best < 0) return true;
    return rank === this.foundRank ? this.#order.before(task, this.#best) : rank < this.foundRank;
  }

  /** Decides the match of a node, and until when that is certain; says whether anything changed. */
  #play(level: number, index: number): boolean {
    if (level === 0) return this.#decide(index, this.#lines, index * BLOCK * LINE, BLOCK, LINE);
    const first = ((this.#starts[level - 1] as number) + 4 * index) * NODE;
    return this.#decide((this.#starts[level] as number) + index, this.#nodes, first, 4, NODE);
  }

  /** Writes the best of some lines, or of the winners of some nodes, to a node. */
  #decide(node: number, from: Float64Array, first: number, count: number, size: typeof LINE | typeof NODE): boolean {
    const nodes = this.#nodes;
    const { now } = this.#order;
    const end = first + count * size;
    let chosen = first;
    let best = 0;
    let bestRank = NEVER;
    for (let item = first; item < end; item += size) {
      const task = from[item + TASK] as number;
      if (task === 0) continue;
      const rank = (from[item + SLOPE] as number) * (now - (from[item + ORIGIN] as number));
      if (best !== 0 && (rank === bestRank ? this.#order.before(best - 1, task - 1) : rank > bestRank)) continue;
      chosen = item;
      best = task;
      bestRank = rank;
    }
    const slope = from[chosen + SLOPE] as number;
    const origin = from[chosen + ORIGIN] as number;
    let until = NEVER;
    if (best !== 0) {
      for (let item = first; item < end; item += size) {
        if (from[item + TASK] === 0) continue;
        if (size === NODE && (from[item + CERTAIN] as number) < until) until = from[item + CERTAIN] as number;
        if (item === chosen) continue;
        const crossing = this.#order.certainUntil(slope, origin, from[item + SLOPE] as number, from[item + ORIGIN] as number);
        if (crossing < until) until = crossing;
      }
    }
    const to = node * NODE;
    const changed = nodes[to + TASK] !== best || nodes[to + CERTAIN] !== until;
    nodes[to + SLOPE] = slope;
    nodes[to + ORIGIN] = origin;
    nodes[to + TASK] = best;
    nodes[to + CERTAIN] = until;
    return changed;
  }

  /** Plays again what is no longer certain below a node. */
  #replay(level: number, index: number): void {
    if ((this.#nodes[((this.#starts[level] as number) + index) * NODE + CERTAIN] as number) > this.#order.now) return;
    if (level > 0) for (let child = 4 * index; child < 4 * index + 4; child++) this.#replay(level - 1, child);
    this.#play(level, index);
  }
}
