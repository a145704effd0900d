// The ways that files take to workers, from each other and from the store: how long transfers take there, alone or together.
import { HeapColumns, IndexedHeap } from "../engine/indexed-heap.ts";
import { type DataPlan, rateBetween, STORE, transferTime } from "../model/data.ts";
import type { Bytes, Duration, Time } from "../model/units.ts";
import { FairShares } from "./fair-shares.ts";

/** Transfers are dense numbers, a transfer's own from its beginning to its end. */
export interface Lines {
  /** A transfer begins, to a worker from another or from the store. */
  begin(now: Time, transfer: number, from: number, to: number, bytes: Bytes): void;
  stop(now: Time, transfer: number): void;
  /** Nothing gets to a worker or away from it, until it goes on. */
  halt(now: Time, worker: number): void;
  goOn(now: Time, worker: number): void;
  /** When the next transfer ends, as things stand; Infinity when none does. */
  nextEnd(): Time;
  /** Those that end now, by their numbers; they are over. */
  ended(now: Time): readonly number[];
}

export function linesOf(data: DataPlan): Lines {
  return data.sharing === "fair" ? new SharedLines(data) : new OwnLines(data);
}

/** A transfer between two places: what is left of its time, as of when it was halted last, or began. */
interface Alone {
  from: number;
  to: number;
  left: Duration;
}

/** Each transfer goes as fast as if it were alone. */
class OwnLines implements Lines {
  readonly #data: DataPlan;
  readonly #times = new HeapColumns();
  readonly #ends = new IndexedHeap(this.#times);
  readonly #underWay = new Map<number, Alone>();
  readonly #halted = new Set<number>();

  constructor(data: DataPlan) {
    this.#data = data;
  }

  begin(now: Time, transfer: number, from: number, to: number, bytes: Bytes): void {
    this.#times.reserve(transfer + 1);
    const alone = { from, to, left: transferTime(bytes, rateBetween(this.#data, from, to)) };
    this.#underWay.set(transfer, alone);
    this.#plan(now, transfer, alone);
  }

  stop(_now: Time, transfer: number): void {
    this.#underWay.delete(transfer);
    this.#ends.remove(transfer);
  }

  halt(now: Time, worker: number): void {
    for (const [transfer, alone] of this.#underWay) {
      if (!touches(alone, worker) || this.#isHalted(alone)) continue;
      alone.left = (this.#times.first[transfer] as number) - now;
      this.#ends.remove(transfer);
    }
    this.#halted.add(worker);
  }

  goOn(now: Time, worker: number): void {
    this.#halted.delete(worker);
    for (const [transfer, alone] of this.#underWay) if (touches(alone, worker)) this.#plan(now, transfer, alone);
  }

  #isHalted({ from, to }: Alone): boolean {
    return this.#halted.has(from) || this.#halted.has(to);
  }

  #plan(now: Time, transfer: number, alone: Alone): void {
    if (this.#isHalted(alone)) return;
    this.#times.first[transfer] = now + alone.left;
    this.#ends.set(transfer);
  }

  nextEnd(): Time {
    return this.#ends.size === 0 ? Number.POSITIVE_INFINITY : (this.#times.first[this.#ends.least] as number);
  }

  ended(now: Time): readonly number[] {
    const ended: number[] = [];
    while (this.nextEnd() === now) {
      const transfer = this.#ends.least;
      ended.push(transfer);
      this.stop(now, transfer);
    }
    return ended.sort((a, b) => a - b);
  }
}

function touches({ from, to }: Alone, worker: number): boolean {
  return from === worker || to === worker;
}

/** Those that cross a link share it. */
class SharedLines implements Lines {
  readonly #shares: FairShares;
  readonly #capacities: readonly number[];
  readonly #store: number;

  constructor({ bandwidth, store }: DataPlan) {
    // Of each worker what goes from it, and what comes to it; last, what comes from the store.
    this.#capacities = [...Array.from(bandwidth).flatMap((rate) => [rate, rate]), store];
    this.#shares = new FairShares(this.#capacities);
    this.#store = this.#capacities.length - 1;
  }

  begin(now: Time, transfer: number, from: number, to: number, bytes: Bytes): void {
    this.#shares.begin(now, transfer, [from === STORE ? this.#store : 2 * from, 2 * to + 1], bytes);
  }

  stop(now: Time, transfer: number): void {
    this.#shares.stop(now, transfer);
  }

  halt(now: Time, worker: number): void {
    for (const link of [2 * worker, 2 * worker + 1]) this.#shares.resize(now, link, 0);
  }

  goOn(now: Time, worker: number): void {
    for (const link of [2 * worker, 2 * worker + 1]) this.#shares.resize(now, link, this.#capacities[link] as number);
  }

  nextEnd(): Time {
    return this.#shares.nextEnd();
  }

  ended(now: Time): readonly number[] {
    return this.#shares.ended(now);
  }
}
