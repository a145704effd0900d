// Heaps of dense ids, least first by two numbers, from which any id can be taken out, and set on again where its numbers have changed.
import { withRoom } from "../model/columns.ts";

/** By id: the two numbers to order by, and where it stands. Several heaps may share them if no id is in two of them. */
export class HeapColumns {
  first = new Float64Array(0);
  second = new Float64Array(0);
  /** 1 + its place in its heap; 0 when it is in none. */
  place = new Int32Array(0);

  /** Room for so many ids. */
  reserve(length: number): void {
    if (this.place.length >= length) return;
    this.first = withRoom(this.first, length);
    this.second = withRoom(this.second, length);
    this.place = withRoom(this.place, length);
  }
}

/** A binary heap of ids. */
export class IndexedHeap {
  readonly #columns: HeapColumns;
  #ids = new Int32Array(4);
  size = 0;

  constructor(columns: HeapColumns) {
    this.#columns = columns;
  }

  /** The id that comes first; meaningless when there is none. */
  get least(): number {
    return this.#ids[0] as number;
  }

  /** The id at a place, of `size`, in no order that means anything. */
  at(place: number): number {
    return this.#ids[place] as number;
  }

  /** Puts an id where its numbers belong, whether or not it is in already. */
  set(id: number): void {
    const { place } = this.#columns;
    let at = (place[id] as number) - 1;
    if (at < 0) {
      at = this.size++;
      this.#ids = withRoom(this.#ids, this.size);
    }
    this.#rise(at, id);
    if (place[id] === at + 1) this.#sink(at, id);
  }

  /** Takes an id out, if it is in. */
  remove(id: number): void {
    const { place } = this.#columns;
    const at = (place[id] as number) - 1;
    if (at < 0) return;
    place[id] = 0;
    const last = this.#ids[--this.size] as number;
    if (last === id) return;
    this.#rise(at, last);
    if (place[last] === at + 1) this.#sink(at, last);
  }

  #rise(hole: number, id: number): void {
    const ids = this.#ids;
    const { first, second, place } = this.#columns;
    const x = first[id] as number;
    const y = second[id] as number;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const other = ids[above] as number;
      const z = first[other] as number;
      if (z < x || (z === x && (second[other] as number) <= y)) break;
      ids[hole] = other;
      place[other] = hole + 1;
      hole = above;
    }
    ids[hole] = id;
    place[id] = hole + 1;
  }

  #sink(hole: number, id: number): void {
    const ids = this.#ids;
    const { first, second, place } = this.#columns;
    const x = first[id] as number;
    const y = second[id] as number;
    for (let child = 2 * hole + 1; child < this.size; child = 2 * hole + 1) {
      let least = ids[child] as number;
      let z = first[least] as number;
      if (child + 1 < this.size) {
        const right = ids[child + 1] as number;
        const w = first[right] as number;
        if (w < z || (w === z && (second[right] as number) < (second[least] as number))) {
          child += 1;
          least = right;
          z = w;
        }
      }
      if (x < z || (x === z && y <= (second[least] as number))) break;
      ids[hole] = least;
      place[least] = hole + 1;
      hole = child;
    }
    ids[hole] = id;
    place[id] = hole + 1;
  }
}
