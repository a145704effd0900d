// The median of numbers that come one by one: the lower of the two middle ones where they are even. Each costs O(log n).

/** The smaller half in a heap with its largest on top, the larger half in one with its smallest. */
export class RunningMedian {
  readonly #lower: number[] = [];
  readonly #upper: number[] = [];

  /** How many there are. */
  get count(): number {
    return this.#lower.length + this.#upper.length;
  }

  /** NaN where there is none. */
  get value(): number {
    return -(this.#lower[0] ?? Number.NaN);
  }

  add(number: number): void {
    push(this.#lower, -number);
    push(this.#upper, -pop(this.#lower));
    if (this.#upper.length > this.#lower.length) push(this.#lower, -pop(this.#upper));
  }
}

// Binary heaps, the least on top.

function push(heap: number[], number: number): void {
  let place = heap.push(number) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if ((heap[parent] as number) <= number) break;
    heap[place] = heap[parent] as number;
    place = parent;
  }
  heap[place] = number;
}

function pop(heap: number[]): number {
  const least = heap[0] as number;
  const last = heap.pop() as number;
  if (heap.length === 0) return least;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
    if (child >= heap.length || (heap[child] as number) >= last) break;
    heap[place] = heap[child] as number;
    place = child;
  }
  heap[place] = last;
  return least;
}
