// What is free on each worker, and the questions asked of it: a tree of maxima over the workers' positions.

// Children of a node. Runs of sixteen are looked through faster than four choices are made: those a processor cannot foresee.
const FAN_BITS = 4;
const FAN = 1 << FAN_BITS;

/**
 * Free capacity per worker and dimension. A tree over the workers holds the maxima per dimension, so that the first worker
 * with room is found in O(log workers) in one dimension; with several, subtrees where one worker has the cpu and another
 * the memory are searched in vain (linear at worst).
 *
 * A request is asked for in two steps: put it into `need` (and `eligible`, `except`), then call a question.
 */
export class RoomIndex {
  readonly workers: number;
  readonly dimensions: number;
  /** The request asked for, per dimension. */
  readonly need: Float64Array;
  /** The workers allowed, 1 each; undefined: all. */
  eligible: Uint8Array | undefined;
  /** A worker not allowed, or −1. */
  except = -1;
  /** What the request may grow to, per dimension: a worker that has less is not allowed; undefined: it stays as it is. */
  claim: Float64Array | undefined;
  /** Whether a request that may grow may be taken from a worker where it fits; undefined: always. */
  isSafe: ((worker: number) => boolean) | undefined;
  readonly capacity: readonly Float64Array[];
  /** Level by level from the workers up, node by node, the dimensions side by side; blocks are filled up with less than nothing. */
  readonly #tree: Float64Array;
  /** Where each level begins, in nodes. */
  readonly #levels: readonly number[];
  readonly #top: number;
  /** Nodes of the highest level. */
  readonly #width: number;
  /** Per dimension, the least capacity of any worker. */
  readonly #least: number[];
  readonly #gainedFlags: Uint8Array;
  readonly #gained: number[] = [];
  /** Workers that take nothing, with what is free on them in the first dimension: the tree holds less than nothing there. */
  readonly #closed = new Map<number, number>();

  /** `capacity` holds the dimensions that are finite somewhere, each with an entry per worker. */
  constructor(workers: number, capacity: readonly Float64Array[]) {
    this.workers = workers;
    this.dimensions = capacity.length;
    this.capacity = capacity;
    this.need = new Float64Array(this.dimensions);
    const levels = [0];
    let width = workers;
    let nodes = width;
    for (; width > FAN; width = Math.ceil(width / FAN)) {
      nodes = Math.ceil(nodes / FAN) * FAN;
      levels.push(nodes);
      nodes += Math.ceil(width / FAN);
    }
    this.#levels = levels;
    this.#top = levels.length - 1;
    this.#width = width;
    this.#tree = new Float64Array(nodes * this.dimensions).fill(Number.NEGATIVE_INFINITY);
    for (let worker = 0; worker < workers; worker++) {
      for (let d = 0; d < this.dimensions; d++) this.#set(worker, d, (capacity[d] as Float64Array)[worker] as number);
    }
    this.#least = capacity.map((column) => column.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY));
    this.#gainedFlags = new Uint8Array(this.workers);
    for (let worker = 0; worker < this.workers; worker++) this.#gain(worker);
  }

  /** What is free on a worker in a dimension; of one that is closed, less than nothing in the first. */
  free(dimension: number, worker: number): number {
    return this.#tree[worker * this.dimensions + dimension] as number;
  }

  /** The same, of a worker that may be closed. */
  freeOn(dimension: number, worker: number): number {
    return (dimension === 0 ? this.#closed.get(worker) : undefined) ?? this.free(dimension, worker);
  }

  /** Takes the `need` from a worker (sign 1) or gives it back (sign −1). */
  take(worker: number, sign: 1 | -1): void {
    const leaf = worker * this.dimensions;
    for (let d = 0; d < this.dimensions; d++) this.#set(worker, d, (this.#tree[leaf + d] as number) - sign * (this.need[d] as number));
    if (this.#closed.size > 0) this.#takeClosed(worker, sign);
    if (sign < 0 && this.#gainedFlags[worker] === 0) this.#gain(worker);
  }

  #takeClosed(worker: number, sign: 1 | -1): void {
    const free = this.#closed.get(worker);
    if (free !== undefined) this.#closed.set(worker, free - sign * (this.need[0] as number));
  }

  /** The worker takes nothing from now on; what runs there gives its room back as usual. */
  close(worker: number): void {
    if (this.#closed.has(worker)) return;
    this.#closed.set(worker, this.free(0, worker));
    this.#set(worker, 0, Number.NEGATIVE_INFINITY);
  }

  /** It takes tasks again, in what is free on it. */
  open(worker: number): void {
    const free = this.#closed.get(worker);
    if (free === undefined) return;
    this.#closed.delete(worker);
    this.#set(worker, 0, free);
    if (this.#gainedFlags[worker] === 0) this.#gain(worker);
  }

  /** The worker has other capacities from now on, of which so much is taken, per dimension. */
  resize(worker: number, capacity: readonly number[], taken: readonly number[]): void {
    let more = false;
    for (let d = 0; d < this.dimensions; d++) {
      const whole = capacity[d] as number;
      const free = whole === Number.POSITIVE_INFINITY ? whole : whole - (taken[d] as number);
      more ||= free > this.free(d, worker);
      (this.capacity[d] as Float64Array)[worker] = whole;
      this.#least[d] = Math.min(this.#least[d] as number, whole);
      if (d === 0 && this.#closed.has(worker)) this.#closed.set(worker, free);
      else this.#set(worker, d, free);
    }
    if (more) this.gain(worker);
  }

  isClosed(worker: number): boolean {
    return this.#closed.has(worker);
  }

  get closed(): number {
    return this.#closed.size;
  }

  /** The worker counts as having gained room. */
  gain(worker: number): void {
    if (this.#gainedFlags[worker] === 0) this.#gain(worker);
  }

  /** Sets what is free on a worker, and the maxima above it. */
  #set(worker: number, dimension: number, free: number): void {
    const tree = this.#tree;
    const size = this.dimensions;
    let node = worker;
    let was = tree[worker * size + dimension] as number;
    let is = free;
    tree[worker * size + dimension] = is;
    for (let level = 0; level < this.#top; level++) {
      const above = ((this.#levels[level + 1] as number) + (node >> FAN_BITS)) * size + dimension;
      const most = tree[above] as number;
      if (is < most && was < most) return;
      if (is < most) is = this.#mostOfBlock(level, node, dimension);
      if (is === most) return;
      was = most;
      tree[above] = is;
      node >>= FAN_BITS;
    }
  }

  #mostOfBlock(level: number, node: number, dimension: number): number {
    const tree = this.#tree;
    const size = this.dimensions;
    const from = ((this.#levels[level] as number) + (node & -FAN)) * size + dimension;
    let most = tree[from] as number;
    for (let i = from + size; i < from + FAN * size; i += size) {
      const value = tree[i] as number;
      if (value > most) most = value;
    }
    return most;
  }

  #gain(worker: number): void {
    this.#gainedFlags[worker] = 1;
    this.#gained.push(worker);
  }

  /** Every worker counts as having gained room. */
  gainAll(): void {
    for (let worker = 0; worker < this.workers; worker++) if (this.#gainedFlags[worker] === 0) this.#gain(worker);
  }

  /** Workers with more room than at the last `settle`, in the order in which they gained it. */
  get gained(): readonly number[] {
    return this.#gained;
  }

  /** Ends a pass: from here on counts what is gained anew. */
  settle(): void {
    while (this.#gained.length > 0) this.#gainedFlags[this.#gained.pop() as number] = 0;
  }

  /** Whether the `need` fits on a worker now, which must be allowed. */
  fits(worker: number): boolean {
    return this.#isAllowed(worker) && this.covers(worker, this.need) && this.#mayGrow(worker);
  }

  /** The same for a worker that may be closed: for what was there before. */
  fitsClosed(worker: number): boolean {
    const free = this.#closed.get(worker) ?? this.free(0, worker);
    if ((this.need[0] as number) > free) return false;
    for (let d = 1; d < this.dimensions; d++) if ((this.need[d] as number) > this.free(d, worker)) return false;
    return true;
  }

  #isAllowed(worker: number): boolean {
    return worker !== this.except && (this.eligible === undefined || this.eligible[worker] === 1) && this.#isLargeEnough(worker);
  }

  #isLargeEnough(worker: number): boolean {
    const { claim } = this;
    return claim === undefined || claim.every((amount, d) => amount <= ((this.capacity[d] as Float64Array)[worker] as number));
  }

  #mayGrow(worker: number): boolean {
    return this.claim === undefined || this.isSafe === undefined || this.isSafe(worker);
  }

  /** Whether what is free on a worker covers some amounts, one per dimension. */
  covers(worker: number, amounts: Float64Array): boolean {
    const first = worker * this.dimensions;
    for (let d = 0; d < this.dimensions; d++) {
      if ((amounts[d] as number) > (this.#tree[first + d] as number)) return false;
    }
    return true;
  }

  /** Whether every worker is allowed and could hold the `need` if it were empty. */
  anyCouldHold(): boolean {
    if (this.except >= 0 || this.eligible !== undefined || this.claim !== undefined || this.#closed.size > 0) return false;
    for (let d = 0; d < this.dimensions; d++) {
      if ((this.need[d] as number) > (this.#least[d] as number)) return false;
    }
    return true;
  }

  /** Whether any worker could hold the `need`. */
  someCouldHold(): boolean {
    for (let worker = 0; worker < this.workers; worker++) if (this.couldHold(worker)) return true;
    return false;
  }

  /** Whether it is allowed, not closed, and could hold the `need` if it were empty. */
  couldHold(worker: number): boolean {
    if (this.#closed.size > 0 && this.#closed.has(worker)) return false;
    if (!this.#isAllowed(worker)) return false;
    for (let d = 0; d < this.dimensions; d++) {
      if ((this.need[d] as number) > ((this.capacity[d] as Float64Array)[worker] as number)) return false;
    }
    return true;
  }

  /** The allowed worker of lowest position from `from` on with room for the `need`, or −1. */
  first(from = 0): number {
    if (from >= this.workers) return -1;
    let level = from === 0 ? this.#top : 0;
    let node = from;
    for (;;) {
      const end = level === this.#top ? this.#width : (node & -FAN) + FAN;
      node = this.#firstOf(level, node, end);
      if (node < end && level > 0) {
        level -= 1;
        node <<= FAN_BITS;
        continue;
      }
      if (node < end && this.#isAllowed(node) && this.#mayGrow(node)) return node;
      if (node < end) node += 1;
      while (level < this.#top && (node & (FAN - 1)) === 0) {
        level += 1;
        node >>= FAN_BITS;
      }
      if (level === this.#top && node >= this.#width) return -1;
    }
  }

  /** The first node of a level in [from, to) that covers the `need`; `to` where none does. */
  #firstOf(level: number, from: number, to: number): number {
    const { need, dimensions: size } = this;
    const tree = this.#tree;
    const first = need[0] as number;
    let place = ((this.#levels[level] as number) + from) * size;
    for (let node = from; node < to; node++, place += size) {
      if (first > (tree[place] as number)) continue;
      let d = 1;
      while (d < size && (need[d] as number) <= (tree[place + d] as number)) d += 1;
      if (d >= size) return node;
    }
    return to;
  }
}
