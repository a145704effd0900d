// Percentiles by nearest rank: the value that stands at place ⌈fraction × n⌉ of the sorted ones (no interpolation).

/** The percentile of some values, which are moved about; undefined where there are none. O(n) on average (Hoare 1961). */
export function nearestRank(values: Float64Array, fraction: number): number | undefined {
  if (values.length === 0) return undefined;
  return selected(values, Math.max(0, Math.ceil(fraction * values.length) - 1));
}

function selected(values: Float64Array, place: number): number {
  let low = 0;
  let high = values.length - 1;
  while (high - low > 32) {
    const pivot = middle(values[low] as number, values[(low + high) >> 1] as number, values[high] as number);
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      const swapped = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = swapped;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else return values[place] as number;
  }
  return values.subarray(low, high + 1).sort()[place - low] as number;
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
