// The pending events, least first under the one total order: (time, kind, subject, counter). Kinds are numbered by phase.
//
// A 4-ary implicit heap (Johnson 1975) over two float columns: the time, and the rest of the order packed into one exact
// number. Slots behind the end hold Infinity, so that the least of four children needs no bounds.

const KIND_LIMIT = 2 ** 5;
const SUBJECT_LIMIT = 2 ** 26;
export const COUNTER_LIMIT = 2 ** 22;

/** The packed rest of the order; throws where a part is beyond its width, naming it. */
export function eventKey(kind: number, subject: number, counter: number): number {
  if (kind >= KIND_LIMIT) throw new RangeError(`event kind ${kind} is beyond ${KIND_LIMIT - 1}`);
  if (subject >= SUBJECT_LIMIT) throw new RangeError(`event subject ${subject} is beyond ${SUBJECT_LIMIT - 1}`);
  if (counter >= COUNTER_LIMIT)
    throw new RangeError(`event counter ${counter} is beyond ${COUNTER_LIMIT - 1} (a million attempts of one task)`);
  return (kind * SUBJECT_LIMIT + subject) * COUNTER_LIMIT + counter;
}

// A key's parts, by floor and difference: the remainder operator on doubles is ten times slower.

export function kindOf(key: number): number {
  return Math.floor(key / (SUBJECT_LIMIT * COUNTER_LIMIT));
}

export function subjectOf(key: number): number {
  const rest = Math.floor(key / COUNTER_LIMIT);
  return rest - Math.floor(rest / SUBJECT_LIMIT) * SUBJECT_LIMIT;
}

export function counterOf(key: number): number {
  return key - Math.floor(key / COUNTER_LIMIT) * COUNTER_LIMIT;
}

/** A priority queue of (time, key); equal pairs may be pushed, but nothing here does so. */
export class EventQueue {
  #times = new Float64Array(64).fill(Number.POSITIVE_INFINITY);
  #keys = new Float64Array(64);
  size = 0;

  /** Time of the least event; Infinity when there is none. */
  get time(): number {
    return this.#times[0] as number;
  }

  /** Key of the least event; meaningless when there is none. */
  get key(): number {
    return this.#keys[0] as number;
  }

  push(time: number, key: number): void {
    if (this.size + 5 > this.#times.length) this.#grow();
    const times = this.#times;
    const keys = this.#keys;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      const above = times[parent] as number;
      if (above < time || (above === time && (keys[parent] as number) < key)) break;
      times[hole] = above;
      keys[hole] = keys[parent] as number;
      hole = parent;
    }
    times[hole] = time;
    keys[hole] = key;
  }

  /** Drops the least event. */
  pop(): void {
    const times = this.#times;
    const keys = this.#keys;
    const last = --this.size;
    const time = times[last] as number;
    const key = keys[last] as number;
    times[last] = Number.POSITIVE_INFINITY;
    if (last === 0) return;
    let hole = 0;
    for (let child = 1; child < last; child = hole * 4 + 1) {
      const left = child + +((times[child + 1] as number) < (times[child] as number));
      const right = child + 2 + +((times[child + 3] as number) < (times[child + 2] as number));
      const a = times[left] as number;
      const b = times[right] as number;
      let least = b < a ? right : left;
      if (a === b || times[child] === times[child + 1] || times[child + 2] === times[child + 3]) least = this.#leastOfFour(child);
      const below = times[least] as number;
      if (time < below || (time === below && key < (keys[least] as number))) break;
      times[hole] = below;
      keys[hole] = keys[least] as number;
      hole = least;
    }
    times[hole] = time;
    keys[hole] = key;
  }

  #leastOfFour(child: number): number {
    let least = child;
    for (let other = child + 1; other < child + 4; other++) {
      const a = this.#times[other] as number;
      const b = this.#times[least] as number;
      if (a < b || (a === b && (this.#keys[other] as number) < (this.#keys[least] as number))) least = other;
    }
    return least;
  }

  /** How many of the pending events are such; looks at all of them. */
  count(holds: (time: number, key: number) => boolean): number {
    let count = 0;
    for (let i = 0; i < this.size; i++) if (holds(this.#times[i] as number, this.#keys[i] as number)) count += 1;
    return count;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2).fill(Number.POSITIVE_INFINITY);
    times.set(this.#times);
    const keys = new Float64Array(times.length);
    keys.set(this.#keys);
    this.#times = times;
    this.#keys = keys;
  }
}
