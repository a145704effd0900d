// A set of dense ids that is filled, walked and emptied again and again: each id once, in the order of adding.
import { withRoom } from "../model/columns.ts";

export class IdSet {
  #ids = new Int32Array(16);
  #isIn = new Uint8Array(16);
  size = 0;

  /** The id at a place, of `size`. */
  at(place: number): number {
    return this.#ids[place] as number;
  }

  add(id: number): void {
    if (this.#isIn[id] === 1) return;
    if (id >= this.#isIn.length) this.#isIn = withRoom(this.#isIn, id + 1);
    if (this.size === this.#ids.length) this.#ids = withRoom(this.#ids, this.size + 1);
    this.#isIn[id] = 1;
    this.#ids[this.size++] = id;
  }

  clear(): void {
    for (let i = 0; i < this.size; i++) this.#isIn[this.#ids[i] as number] = 0;
    this.size = 0;
  }
}
