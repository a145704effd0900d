// A tournament over the tasks of one class of requests: the best-ranked ready task among those that need at most so much.
import type { RankOrder } from "./rank-order.ts";

const NEVER = Number.POSITIVE_INFINITY;

// The fields of a node, side by side in memory. What a match looks at is here, because a look-up by task would miss the cache.
const RANK = 0; // first rank number, or slope, of the winner; Infinity where there is none
const WINNER = 1; // task + 1; 0 where no ready task is below
const ORIGIN = 2; // where the winner's line is 0 (lines in time only)
const CERTAIN = 3; // until when the winner is certain (lines in time only)

/**
 * A complete tree whose leaves are the class's tasks, by what they need in one dimension, ascending; four children to a node,
 * which fill one line of the cache. Each node holds the best-ranked ready task below it, so that the best one with a
 * need ≤ limit is found in O(log tasks) on a prefix of the leaves. For ranks that are lines in time each node also holds
 * the time until which its winner is certain (a kinetic tournament: Basch, Guibas, Hershberger 1999), and is played again
 * when that has passed.
 */
export class Tournament {
  readonly #order: RankOrder;
  readonly #tasks: number;
  readonly #needs: Float64Array;
  readonly #nodes: Float64Array;
  readonly #fields: 2 | 4;
  /** Number of the first node of each level, the leaves being level 0; the last level is the root. */
  readonly #starts: number[] = [];
  readonly #top: number;

  /** `needs` of the tasks at the leaves, ascending; where only the best of all is asked for it may be empty. */
  constructor(order: RankOrder, tasks: number, needs: Float64Array) {
    this.#order = order;
    this.#tasks = tasks;
    this.#needs = needs;
    let nodes = 0;
    let size = Math.max(tasks, 2);
    for (; size > 1; size = Math.ceil(size / 4)) {
      this.#starts.push(nodes);
      nodes += Math.ceil(size / 4) * 4; // whole families, the missing ones empty
    }
    this.#top = this.#starts.push(nodes) - 1;
    this.#fields = order.kinetic ? 4 : 2;
    this.#nodes = new Float64Array((nodes + 1) * this.#fields);
    for (let at = RANK; at < this.#nodes.length; at += this.#fields) {
      this.#nodes[at] = NEVER;
      if (order.kinetic) this.#nodes[at + CERTAIN] = NEVER;
    }
  }

  /** The best-ranked ready task of the class, or −1. */
  best(): number {
    this.#replay(this.#top, 0);
    return this.#winnerOf(this.#starts[this.#top] as number);
  }

  insert(task: number, place: number): void {
    this.seat(task, place);
    this.#climb(place);
  }

  /** Puts a task on its leaf without a match; `playAll` must follow. */
  seat(task: number, place: number): void {
    const leaf = place * this.#fields;
    this.#nodes[leaf + WINNER] = task + 1;
    this.#nodes[leaf + RANK] = this.#order.first[task] as number;
    if (this.#fields === 4) this.#nodes[leaf + ORIGIN] = this.#order.originOf(task);
  }

  /** Plays all matches, after many tasks were seated. */
  playAll(): void {
    let size = this.#tasks;
    for (let level = 1; level <= this.#top; level++) {
      size = Math.ceil(size / 4);
      for (let index = 0; index < size; index++) this.#play(level, index);
    }
  }

  remove(place: number): void {
    this.#nodes[place * this.#fields + WINNER] = 0;
    this.#nodes[place * this.#fields + RANK] = NEVER;
    this.#climb(place);
  }

  /**
   * Plays the matches above a leaf for as long as they change anything. Where another than the task that goes has won, that may
   * still be so: its opponent below is new, and may overtake it sooner.
   */
  #climb(place: number): void {
    let index = place >> 2;
    for (let level = 1; level <= this.#top && this.#play(level, index); level++) index >>= 2;
  }

  /** The best-ranked ready task with a need ≤ `limit` that passes `test` (all do where there is none), or −1. */
  bestWithin(limit: number, test: ((task: number) => boolean) | undefined): number {
    this.#replay(this.#top, 0);
    const needs = this.#needs;
    if (this.#winnerOf(this.#starts[this.#top] as number) < 0) return -1;
    if ((needs[this.#tasks - 1] as number) <= limit) return this.#winnerOf(this.#better(-1, this.#top, 0, test));
    let best = -1; // a node
    let index = 0;
    for (let level = this.#top - 1; level >= 0; level--) {
      const width = 1 << (2 * level);
      let low = index * width; // the leaves [low, low + width) lie below the node (level, index)
      while (low + width <= this.#tasks && (needs[low + width - 1] as number) <= limit) {
        best = this.#better(best, level, index, test);
        index += 1;
        low += width;
      }
      if (low >= this.#tasks || (needs[low] as number) > limit) break;
      index *= 4;
    }
    return this.#winnerOf(best);
  }

  #winnerOf(node: number): number {
    return node < 0 ? -1 : (this.#nodes[node * this.#fields + WINNER] as number) - 1;
  }

  /** The better of a node's winner (−1: of none) and the best that passes the test below another node, as a node. */
  #better(best: number, level: number, index: number, test: ((task: number) => boolean) | undefined): number {
    const node = (this.#starts[level] as number) + index;
    const winner = this.#winnerOf(node);
    if (winner < 0 || (best >= 0 && this.#goesBefore(best, node))) return best;
    if (test === undefined || test(winner)) return node;
    if (level === 0) return best;
    let better = best;
    for (let child = 4 * index; child < 4 * index + 4; child++) better = this.#better(better, level - 1, child, test);
    return better;
  }

  /** Whether the winner of one node, if it has any, goes before that of another. */
  #goesBefore(node: number, other: number): boolean {
    const nodes = this.#nodes;
    const one = node * this.#fields;
    const two = other * this.#fields;
    const task = (nodes[one + WINNER] as number) - 1;
    const opponent = (nodes[two + WINNER] as number) - 1;
    if (task < 0 || opponent < 0) return task >= 0;
    let a = nodes[one + RANK] as number;
    let b = nodes[two + RANK] as number;
    if (this.#fields === 4) {
      a *= this.#order.now - (nodes[one + ORIGIN] as number);
      b *= this.#order.now - (nodes[two + ORIGIN] as number);
    }
    return a === b ? this.#order.before(task, opponent) : a < b;
  }

  /** Decides one match among four winners below, and until when that is certain; says whether anything changed. */
  #play(level: number, index: number): boolean {
    const nodes = this.#nodes;
    const first = (this.#starts[level - 1] as number) + 4 * index;
    const chosen = this.#fields === 2 ? this.#bestByRank(first) : this.#bestOfFour(first);
    const to = ((this.#starts[level] as number) + index) * this.#fields;
    const from = chosen * this.#fields;
    let changed = nodes[to + WINNER] !== nodes[from + WINNER];
    nodes[to + WINNER] = nodes[from + WINNER] as number;
    nodes[to + RANK] = nodes[from + RANK] as number;
    if (this.#fields === 2) return changed;
    nodes[to + ORIGIN] = nodes[from + ORIGIN] as number;
    const until = this.#certainUntil(first, chosen);
    changed ||= nodes[to + CERTAIN] !== until;
    nodes[to + CERTAIN] = until;
    return changed;
  }

  #bestOfFour(first: number): number {
    let chosen = first;
    for (let child = first + 1; child < first + 4; child++) if (this.#goesBefore(child, chosen)) chosen = child;
    return chosen;
  }

  /** The same where the first rank number decides, as it mostly does. */
  #bestByRank(first: number): number {
    const nodes = this.#nodes;
    const at = first * 2;
    const a = nodes[at] as number;
    const b = nodes[at + 2] as number;
    const c = nodes[at + 4] as number;
    const d = nodes[at + 6] as number;
    const left = b < a ? b : a;
    const right = d < c ? d : c;
    if (left === right ? left !== NEVER : left < right ? a === b : c === d) return this.#bestOfFour(first);
    if (left <= right) return b < a ? first + 1 : first;
    return d < c ? first + 3 : first + 2;
  }

  /** Until when the chosen one of four children is certain to win: their own certainty, and the crossings with the others. */
  #certainUntil(first: number, chosen: number): number {
    const nodes = this.#nodes;
    let until = NEVER;
    for (let child = first; child < first + 4; child++) {
      if (nodes[child * 4 + WINNER] === 0) continue;
      until = Math.min(until, nodes[child * 4 + CERTAIN] as number);
      if (child === chosen) continue;
      const crossing = this.#order.certainUntil(
        nodes[chosen * 4 + RANK] as number,
        nodes[chosen * 4 + ORIGIN] as number,
        nodes[child * 4 + RANK] as number,
        nodes[child * 4 + ORIGIN] as number,
      );
      until = Math.min(until, crossing);
    }
    return until;
  }

  /** Plays again what is no longer certain below a node. */
  #replay(level: number, index: number): void {
    if (this.#fields === 2 || level === 0) return;
    if ((this.#nodes[((this.#starts[level] as number) + index) * 4 + CERTAIN] as number) > this.#order.now) return;
    for (let child = 4 * index; child < 4 * index + 4; child++) this.#replay(level - 1, child);
    this.#play(level, index);
  }
}
