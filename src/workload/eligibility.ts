// Which workers may run a task, and how long it takes on each: sets by labels, tables of per-worker times, each kept once.
import { sharedFloats } from "../model/columns.ts";
import { refuse } from "../model/errors.ts";
import type { WorkerTable } from "../model/world.ts";

const MOST_NUMBERS = 134_217_728; // a gigabyte
const BLOCK = 8192; // numbers per block of shared memory that small tables are cut from

/** Interned eligibility sets (set 0: every worker) and per-worker tables of one cluster. */
export class Eligibility {
  readonly sets: Uint8Array[];
  readonly #workers: WorkerTable;
  readonly #known = new Map<string, number>();
  readonly #byLabels = new Map<string, number>();
  readonly #resolved = new Map<string, Int32Array>();
  readonly #tables = new Map<string, Float64Array>();
  #block: Float64Array = new Float64Array(0);
  #used = 0;
  #numbers = 0;

  /** `sets` are those of a world that is to go on growing; new ones are appended to it. */
  constructor(workers: WorkerTable, sets: Uint8Array[] = []) {
    this.#workers = workers;
    this.sets = sets;
    for (const [index, set] of sets.entries()) this.#known.set(keyOf(set), index);
    this.intern(new Uint8Array(workers.count).fill(1));
  }

  /** The index of a set; equal sets share one. */
  intern(set: Uint8Array): number {
    const key = keyOf(set);
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.sets.length;
      const shared = new Uint8Array(new SharedArrayBuffer(set.length));
      shared.set(set);
      this.sets.push(shared);
      this.#known.set(key, index);
    }
    return index;
  }

  /** The set of workers that have all the labels. */
  withLabels(requires: Readonly<Record<string, string>>): number {
    const entries = Object.entries(requires);
    if (entries.length === 0) return 0;
    const key = JSON.stringify(entries);
    let index = this.#byLabels.get(key);
    if (index === undefined) {
      const { count, labels } = this.#workers;
      const set = Uint8Array.from({ length: count }, (_, w) =>
        entries.every(([name, value]) => ownLabel(labels[w], name) === value) ? 1 : 0,
      );
      index = this.intern(set);
      this.#byLabels.set(key, index);
    }
    return index;
  }

  /**
   * For each worker the index of the key that says how long a task takes there, −1 where none does: the worker's id before any
   * label, labels (`zone=a`) in the order of the keys.
   */
  resolve(keys: readonly string[]): Int32Array {
    const text = JSON.stringify(keys);
    let resolved = this.#resolved.get(text);
    if (resolved === undefined) {
      const { names, labels } = this.#workers;
      resolved = Int32Array.from(names, (name, w) => {
        const byId = keys.indexOf(name);
        return byId >= 0 ? byId : keys.findIndex((key) => hasLabel(labels[w], key));
      });
      this.#resolved.set(text, resolved);
    }
    return resolved;
  }

  /** The table that gives each worker the time of its key; equal tables are one object. NaN on workers without a key. */
  table(resolved: Int32Array, times: readonly number[]): Float64Array {
    const values = Float64Array.from(resolved, (key) => (key < 0 ? Number.NaN : (times[key] as number)));
    return this.internTable(values);
  }

  /** The one object that stands for all tables of these values. */
  internTable(values: Float64Array): Float64Array {
    const text = values.join();
    let table = this.#tables.get(text);
    if (table === undefined) {
      if (this.#numbers > MOST_NUMBERS)
        refuse(`different processing times for each task on each of ${values.length} workers take too much memory`);
      if (this.#used + values.length > this.#block.length) {
        this.#block = sharedFloats(Math.max(BLOCK, values.length));
        this.#used = 0;
      }
      table = this.#block.subarray(this.#used, this.#used + values.length);
      table.set(values);
      this.#used += values.length;
      this.#numbers += values.length;
      this.#tables.set(text, table);
    }
    return table;
  }

  /** The index of the set of those workers of a set where a table has a time. */
  narrowed(index: number, table: Float64Array): number {
    const set = this.sets[index] as Uint8Array;
    return this.intern(Uint8Array.from(set, (may, w) => (may === 1 && !Number.isNaN(table[w] as number) ? 1 : 0)));
  }
}

function hasLabel(labels: Record<string, string> | undefined, key: string): boolean {
  const equals = key.indexOf("=");
  return equals > 0 && ownLabel(labels, key.slice(0, equals)) === key.slice(equals + 1);
}

function ownLabel(labels: Record<string, string> | undefined, name: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : undefined;
}

/** A text that equal sets share: sixteen workers a code unit. */
function keyOf(set: Uint8Array): string {
  const words: number[] = new Array(Math.ceil(set.length / 16)).fill(0);
  for (let w = 0; w < set.length; w++) words[w >> 4] = (words[w >> 4] as number) | ((set[w] as number) << (w & 15));
  return String.fromCharCode(...words);
}
