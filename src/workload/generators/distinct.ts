// Draws distinct numbers of a range.
import { drawInteger } from "../../engine/random.ts";
import type { Uniforms } from "../distributions.ts";

/**
 * Appends `count` distinct numbers of start … start + size − 1 in ascending order, every set of them equally likely; all of them
 * if there are no more. Takes `count` uniform numbers (Floyd's algorithm: Bentley and Floyd 1987, Programming pearls).
 */
export function drawDistinct(uniform: Uniforms, start: number, size: number, count: number, out: number[]): void {
  if (count >= size) {
    for (let number = start; number < start + size; number++) out.push(number);
    return;
  }
  const first = out.length;
  for (let i = 0; i < count; i++) {
    const last = size - count + i;
    const number = start + drawInteger(uniform(i), 0, last);
    insert(out, first, place(out, first, number) < 0 ? start + last : number);
  }
}

/** Where a number would go in the ascending end of the list; −1 if it is there. */
function place(list: number[], first: number, number: number): number {
  let low = first;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = list[middle] as number;
    if (found === number) return -1;
    if (found < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(list: number[], first: number, number: number): void {
  let i = list.length;
  list.push(number);
  for (; i > first && (list[i - 1] as number) > number; i--) list[i] = list[i - 1] as number;
  list[i] = number;
}
