// The yardstick: what this machine takes for a fixed piece of plain JavaScript, a binary heap of a million random numbers
// filled and emptied. Times of the benchmarks are also given as multiples of it, which other machines share.

/** CPU seconds for a million pushes and pops. */
export function yardstick(size = 1_000_000) {
  const before = process.cpuUsage();
  const heap = new Float64Array(size + 1);
  let state = 12345;
  for (let count = 1; count <= size; count++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let child = count;
    for (let parent = child >> 1; parent > 0 && heap[parent] > state; parent >>= 1) {
      heap[child] = heap[parent];
      child = parent;
    }
    heap[child] = state;
  }
  let last = -1;
  for (let count = size; count > 0; count--) {
    if (heap[1] < last) throw new Error("the heap is out of order");
    last = heap[1];
    const value = heap[count];
    let parent = 1;
    for (let child = 2; child < count; child = parent * 2) {
      if (child + 1 < count && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= value) break;
      heap[parent] = heap[child];
      parent = child;
    }
    heap[parent] = value;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
