// Which worker a task goes to, of those with room: the placements, each a question to the room index.
import type { Placement } from "../model/settings.ts";
import type { RoomIndex } from "./room-index.ts";

/** A choice among the workers with room for the index's `need`; −1 where there is none. */
export type Chooser = () => number;

/**
 * The chooser of a placement. Fullness of a worker is the largest used ÷ capacity over its finite dimensions; ties go to
 * the lowest position. `draw` gives the uniform number of the task at hand, for `random`.
 */
export function chooserOf(placement: Placement, room: RoomIndex, draw: () => number): Chooser {
  switch (placement) {
    case "first-fit":
      return () => room.first();
    case "best-fit":
      return () => extreme(room, true, 1);
    case "worst-fit":
      return () => extreme(room, true, -1);
    case "least-loaded":
      return () => extreme(room, false, -1);
    case "round-robin":
      return roundRobin(room);
    case "random":
      return () => pickRandom(room, draw);
  }
}

function roundRobin(room: RoomIndex): Chooser {
  let next = 0;
  return () => {
    let worker = room.first(next);
    if (worker < 0 && next > 0) worker = room.first();
    if (worker >= 0) next = (worker + 1) % room.workers;
    return worker;
  };
}

function pickRandom(room: RoomIndex, draw: () => number): number {
  const candidates: number[] = [];
  for (let worker = room.first(); worker >= 0; worker = room.first(worker + 1)) candidates.push(worker);
  return candidates.length === 0 ? -1 : (candidates[Math.floor(draw() * candidates.length)] as number);
}

/** The worker with the greatest (sign 1) or least (−1) fullness, after placing the need or before it. */
function extreme(room: RoomIndex, after: boolean, sign: 1 | -1): number {
  let best = -1;
  let bestUsed = 0;
  let bestCapacity = 1;
  for (let worker = room.first(); worker >= 0; worker = room.first(worker + 1)) {
    let used = 0;
    let capacity = 1;
    for (let d = 0; d < room.dimensions; d++) {
      const whole = (room.capacity[d] as Float64Array)[worker] as number;
      if (whole === 0 || whole === Number.POSITIVE_INFINITY) continue;
      const taken = whole - room.free(d, worker) + (after ? (room.need[d] as number) : 0);
      if (compareFractions(taken, whole, used, capacity) > 0) {
        used = taken;
        capacity = whole;
      }
    }
    if (best < 0 || sign * compareFractions(used, capacity, bestUsed, bestCapacity) > 0) {
      best = worker;
      bestUsed = used;
      bestCapacity = capacity;
    }
  }
  return best;
}

/** The sign of a/b − c/d for integers a, c ≥ 0 and b, d > 0, exactly: in doubles where they decide, else in whole numbers. */
export function compareFractions(a: number, b: number, c: number, d: number): number {
  const left = a * d;
  const right = c * b;
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right;
  const difference = left - right;
  if (Math.abs(difference) > (left + right) * 1e-15) return difference;
  const exact = BigInt(a) * BigInt(d) - BigInt(c) * BigInt(b);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}
