// What is free on each worker, and the questions asked of it: a tree of maxima over the workers' positions.

/**
 * Free capacity per worker and dimension. A complete binary tree over the workers holds the maxima per dimension, so that the
 * first worker with room is found in O(log workers) in one dimension; with several, subtrees where one worker has the
 * cpu and another the memory are searched in vain (linear at worst).
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
  readonly capacity: readonly Float64Array[];
  readonly #leaves: number;
  /** Node by node, the dimensions side by side. */
  readonly #tree: Float64Array;
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
    let leaves = 1;
    while (leaves < this.workers) leaves *= 2;
    this.#leaves = leaves;
    const size = this.dimensions;
    const tree = new Float64Array(2 * leaves * size).fill(Number.NEGATIVE_INFINITY);
    for (let d = 0; d < size; d++) {
      for (let worker = 0; worker < workers; worker++) tree[(leaves + worker) * size + d] = (capacity[d] as Float64Array)[worker] as number;
      for (let node = leaves - 1; node >= 1; node--) {
        tree[node * size + d] = Math.max(tree[2 * node * size + d] as number, tree[(2 * node + 1) * size + d] as number);
      }
    }
    this.#tree = tree;
    this.#least = capacity.map((column) => column.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY));
    this.#gainedFlags = new Uint8Array(this.workers);
    for (let worker = 0; worker < this.workers; worker++) this.#gain(worker);
  }

  /** What is free on a worker in a dimension; of one that is closed, less than nothing in the first. */
  free(dimension: number, worker: number): number {
    return this.#tree[(this.#leaves + worker) * this.dimensions + dimension] as number;
  }

  /** Takes the `need` from a worker (sign 1) or gives it back (sign −1). */
  take(worker: number, sign: 1 | -1): void {
    const tree = this.#tree;
    const size = this.dimensions;
    const leaf = (this.#leaves + worker) * size;
    for (let d = 0; d < size; d++) tree[leaf + d] = (tree[leaf + d] as number) - sign * (this.need[d] as number);
    if (this.#closed.size > 0) this.#takeClosed(worker, sign);
    this.#updateAbove(worker);
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
    this.#tree[(this.#leaves + worker) * this.dimensions] = Number.NEGATIVE_INFINITY;
    this.#updateAbove(worker);
  }

  /** It takes tasks again, in what is free on it. */
  open(worker: number): void {
    const free = this.#closed.get(worker);
    if (free === undefined) return;
    this.#closed.delete(worker);
    this.#tree[(this.#leaves + worker) * this.dimensions] = free;
    this.#updateAbove(worker);
    if (this.#gainedFlags[worker] === 0) this.#gain(worker);
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

  #updateAbove(worker: number): void {
    const tree = this.#tree;
    const size = this.dimensions;
    for (let node = this.#leaves + worker; node > 1; node >>= 1) {
      const one = node * size;
      const other = (node ^ 1) * size;
      const above = (node >> 1) * size;
      let same = true;
      for (let d = 0; d < size; d++) {
        const a = tree[one + d] as number;
        const b = tree[other + d] as number;
        const most = a > b ? a : b;
        if (tree[above + d] !== most) {
          tree[above + d] = most;
          same = false;
        }
      }
      if (same) break;
    }
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
    if (worker === this.except || (this.eligible !== undefined && this.eligible[worker] !== 1)) return false;
    return this.#covers(this.#leaves + worker);
  }

  /** Whether what is free on a worker covers some amounts, one per dimension. */
  covers(worker: number, amounts: Float64Array): boolean {
    const first = (this.#leaves + worker) * this.dimensions;
    for (let d = 0; d < this.dimensions; d++) {
      if ((amounts[d] as number) > (this.#tree[first + d] as number)) return false;
    }
    return true;
  }

  /** Whether every worker is allowed and could hold the `need` if it were empty. */
  anyCouldHold(): boolean {
    if (this.except >= 0 || this.eligible !== undefined || this.#closed.size > 0) return false;
    for (let d = 0; d < this.dimensions; d++) {
      if ((this.need[d] as number) > (this.#least[d] as number)) return false;
    }
    return true;
  }

  /** Whether it is allowed, not closed, and could hold the `need` if it were empty. */
  couldHold(worker: number): boolean {
    if (this.#closed.size > 0 && this.#closed.has(worker)) return false;
    if (worker === this.except || (this.eligible !== undefined && this.eligible[worker] !== 1)) return false;
    for (let d = 0; d < this.dimensions; d++) {
      if ((this.need[d] as number) > ((this.capacity[d] as Float64Array)[worker] as number)) return false;
    }
    return true;
  }

  /** The allowed worker of lowest position from `from` on with room for the `need`, or −1. */
  first(from = 0): number {
    const leaves = this.#leaves;
    let node = from === 0 ? 1 : leaves + from;
    if (from >= this.workers) return -1;
    for (;;) {
      if (this.#covers(node)) {
        if (node < leaves) {
          node *= 2;
          continue;
        }
        const worker = node - leaves;
        if (worker !== this.except && (this.eligible === undefined || this.eligible[worker] === 1)) return worker;
      }
      while ((node & 1) === 1) node >>= 1;
      if (node === 0) return -1;
      node += 1;
    }
  }

  #covers(node: number): boolean {
    const size = this.dimensions;
    const first = node * size;
    for (let d = 0; d < size; d++) {
      if ((this.need[d] as number) > (this.#tree[first + d] as number)) return false;
    }
    return true;
  }
}
