// Which tasks the metrics count: a window by submission order, the same for every policy.
import { at } from "../model/columns.ts";
import type { MeasureWindow } from "../model/scenario.ts";
import type { TaskTable } from "../model/world.ts";

/**
 * 1 for each task that the window counts, or undefined where it counts all. Of n tasks in order of (release, position) it
 * counts those at places round(from × n) to round(to × n) − 1, so that adjoining windows share no task and leave none out.
 */
export function measuredTasks(tasks: TaskTable, window: MeasureWindow): Uint8Array | undefined {
  const from = Math.round(window.from * tasks.count);
  const to = Math.round(window.to * tasks.count);
  if (from <= 0 && to >= tasks.count) return undefined;
  const releases = new Float64Array(tasks.count);
  for (let task = 0; task < tasks.count; task++) releases[task] = at(tasks.release, task);
  const sorted = releases.slice().sort();
  const start = boundary(sorted, from);
  const end = boundary(sorted, to);
  const counted = new Uint8Array(tasks.count);
  for (let task = 0; task < tasks.count; task++) {
    const release = releases[task] as number;
    const fromHere = release > start.release || (release === start.release && start.before-- <= 0);
    const tillHere = release < end.release || (release === end.release && end.before-- > 0);
    if (fromHere && tillHere) counted[task] = 1;
  }
  return counted;
}

/** The release at a place of the sorted ones, and how many of the same release stand before it. */
function boundary(sorted: Float64Array, place: number): { release: number; before: number } {
  if (place >= sorted.length) return { release: Number.POSITIVE_INFINITY, before: 0 };
  const release = sorted[place] as number;
  let low = 0;
  let high = place;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < release) low = middle + 1;
    else high = middle;
  }
  return { release, before: place - low };
}
