// Columns: how a million tasks are stored. Numbers in typed arrays (a constant column holds one), texts interned.

/** Numbers by position: `data[position & mask]`; a constant column has one element and mask 0. */
export interface Column {
  data: Float64Array;
  mask: 0 | -1;
}

/** The value at a position. */
export function at(column: Column, position: number): number {
  return column.data[position & column.mask] as number;
}

/** A column that holds one value everywhere. */
export function constantColumn(value: number): Column {
  const column = { data: sharedFloats(1), mask: 0 as const };
  column.data[0] = value;
  return column;
}

/** A column over an array of its own. */
export function columnOf(data: Float64Array): Column {
  return { data, mask: -1 };
}

/** Whether every position holds one and the same value, known without looking. */
export function isConstant(column: Column): boolean {
  return column.mask === 0;
}

/** Memory that parallel runs can read without a copy. */
export function sharedFloats(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * 8));
}

/** Memory that parallel runs can read without a copy. */
export function sharedIntegers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}

/**
 * The array itself where it has room for so many values; else a wider copy, doubled so that growing one by one stays cheap. What
 * was not set is 0.
 */
export function withRoom<A extends Float64Array | Int32Array | Uint8Array>(array: A, length: number): A {
  if (array.length >= length) return array;
  const wider = new (array.constructor as new (length: number) => A)(Math.max(length, 2 * array.length));
  wider.set(array);
  return wider;
}

/** A column that grows, and stays constant for as long as every value pushed is the same. */
export class ColumnBuilder {
  length = 0;
  #first = 0;
  #data: Float64Array | undefined;

  /** Appends a value. */
  push(value: number): void {
    if (this.#data === undefined) {
      if (this.length === 0) this.#first = value;
      if (Object.is(value, this.#first)) {
        this.length += 1;
        return;
      }
      this.#data = sharedFloats(Math.max(16, this.length * 2)).fill(this.#first, 0, this.length);
    }
    if (this.length === this.#data.length) {
      const wider = sharedFloats(this.length * 2);
      wider.set(this.#data);
      this.#data = wider;
    }
    this.#data[this.length++] = value;
  }

  /** The column; `empty` is its value where nothing was pushed. */
  finish(empty = 0): Column {
    if (this.#data === undefined) return constantColumn(this.length === 0 ? empty : this.#first);
    if (this.#data.length <= this.length * 1.25) return columnOf(this.#data);
    const narrower = sharedFloats(this.length); // slice() would leave shared memory
    narrower.set(this.#data.subarray(0, this.length));
    return columnOf(narrower);
  }
}

/** Texts by position, interned: `values[index]`, index 0 the empty text that stands for "not given". */
export interface LabelColumn {
  values: string[];
  indices: Column;
}

/** Interns texts into a label column. */
export class LabelBuilder {
  readonly #indices = new ColumnBuilder();
  readonly #values = [""];
  readonly #known = new Map<string, number>([["", 0]]);
  #lastText = "";
  #lastIndex = 0;

  /** Appends a text; undefined stands for "not given". */
  push(value: string | undefined): void {
    const text = value ?? "";
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastIndex = this.#indexOf(text);
    }
    this.#indices.push(this.#lastIndex);
  }

  #indexOf(text: string): number {
    let index = this.#known.get(text);
    if (index === undefined) {
      index = this.#values.length;
      this.#known.set(text, index);
      this.#values.push(text);
    }
    return index;
  }

  finish(): LabelColumn {
    return { values: this.#values, indices: this.#indices.finish() };
  }
}

/** The text at a position, "" where it was not given. */
export function labelAt(column: LabelColumn, position: number): string {
  return column.values[at(column.indices, position)] as string;
}

/** Names by position: runs of listed ones and of numbered ones (`prefix` + 1, 2, …), so that a million cost nothing. */
export interface Names {
  count: number;
  runs: { start: number; count: number; prefix?: string; list?: string[] }[];
}

/** Listed names. */
export function listedNames(list: string[]): Names {
  return { count: list.length, runs: [{ start: 0, count: list.length, list }] };
}

/** Numbered names: prefix1, prefix2, … */
export function numberedNames(prefix: string, count: number): Names {
  return { count, runs: [{ start: 0, count, prefix }] };
}

/** One after the other. */
export function joinNames(all: readonly Names[]): Names {
  const joined: Names = { count: 0, runs: [] };
  for (const names of all) {
    for (const run of names.runs) joined.runs.push({ ...run, start: joined.count + run.start });
    joined.count += names.count;
  }
  return joined;
}

/** The name at a position. */
export function nameAt(names: Names, position: number): string {
  let low = 0;
  let high = names.runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((names.runs[middle]?.start ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  const run = names.runs[low];
  if (run === undefined || position < 0 || position >= names.count) throw new RangeError(`no name at ${position}`);
  const offset = position - run.start;
  return run.list === undefined ? `${run.prefix}${offset + 1}` : (run.list[offset] as string);
}
