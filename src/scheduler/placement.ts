// Which worker a task goes to, of those with room: the placements, each a question to the room index.
import type { Placement } from "../model/settings.ts";
import type { RoomIndex } from "./room-index.ts";

/** Chooses among the workers with room for the room index's `need`; −1 where there is none. */
export class Placer {
  readonly #room: RoomIndex;
  readonly #draw: () => number;
  readonly #local: () => number;
  /** Whose turn it is in round-robin: after the worker that was chosen last. */
  #next = 0;
  #asked = -1;

  /** `draw` gives the uniform number of the task at hand, for `random`; `local` the worker that has most of its files, for `locality`. */
  constructor(room: RoomIndex, draw: () => number, local: () => number) {
    this.#room = room;
    this.#draw = draw;
    this.#local = local;
  }

  /** Fullness of a worker is the largest used ÷ capacity over its finite dimensions; ties go to the lowest position. */
  choose(placement: Placement): number {
    switch (placement) {
      case "first-fit":
        return this.#room.first();
      case "best-fit":
        return extreme(this.#room, true, 1);
      case "worst-fit":
        return extreme(this.#room, true, -1);
      case "least-loaded":
        return extreme(this.#room, false, -1);
      case "round-robin":
        return this.#inTurn();
      case "random":
        return pickRandom(this.#room, this.#draw);
      case "locality":
        return this.#local();
    }
  }

  #inTurn(): number {
    let worker = this.#room.first(this.#next);
    if (worker < 0 && this.#next > 0) worker = this.#room.first();
    this.#asked = worker;
    return worker;
  }

  /** A task begins on a worker: only asking takes no turn. */
  begun(worker: number): void {
    if (worker === this.#asked) this.#next = worker + 1;
    this.#asked = -1;
  }
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
