// What attempts held beyond their requests, or less, added up over the time for which they ran with it: elastic ones, and those that asked.
import { at } from "../model/columns.ts";
import { CPU } from "../model/resources.ts";
import type { Duration } from "../model/units.ts";
import type { World } from "../model/world.ts";

/** Of one attempt: thousandths of a core × µs, or the unit of the dimension. Less than nothing where it held less than it requests. */
export interface Extra {
  cpu: bigint;
  /** As long as the scheduler counted on it, by dimension; those that are missing are 0. */
  counted: ReadonlyMap<number, bigint>;
  /** The part of its cpu that led to work from which others went on. */
  keptCpu: bigint;
  /** Whether its task had to run again though it had completed it. */
  isVain: boolean;
  /** The most memory that it held; 0 where that is what it requests. */
  mostMemory: number;
}

export const NO_EXTRA: Extra = { cpu: 0n, counted: new Map(), keptCpu: 0n, isVain: false, mostMemory: 0 };

/** An attempt as it stands: what it holds by dimension, where that is not what it requests. */
interface Holder {
  index: number;
  task: number;
  held: ReadonlyMap<number, number> | undefined;
  isCounted: boolean;
}

export class Extras {
  readonly #world: World;
  /** By index of the attempt; and what those that saved their work had counted by then. */
  readonly #all = new Map<number, Extra>();
  readonly #savedBy = new Map<number, bigint>();

  constructor(world: World) {
    this.#world = world;
  }

  of(index: number): Extra {
    return this.#all.get(index) ?? NO_EXTRA;
  }

  /** What it is once an attempt has run on for so long with what it holds. */
  after(holder: Holder, ran: Duration): Extra {
    const extra = this.of(holder.index);
    if (holder.held === undefined) return extra;
    const counted = new Map(extra.counted);
    for (const dimension of holder.isCounted ? holder.held.keys() : [])
      counted.set(dimension, (counted.get(dimension) ?? 0n) + this.#more(holder, dimension, ran));
    return { ...extra, cpu: extra.cpu + this.#more(holder, CPU, ran), counted };
  }

  advance(holder: Holder, ran: Duration): void {
    if (holder.held !== undefined) this.#all.set(holder.index, this.after(holder, ran));
  }

  #more({ task, held }: Holder, dimension: number, ran: Duration): bigint {
    const { request } = this.#world.tasks;
    const own = at(request[dimension] as (typeof request)[number], task);
    return BigInt((held?.get(dimension) ?? own) - own) * BigInt(ran);
  }

  /** It holds so much memory now. */
  peaks(index: number, memory: number): void {
    const extra = this.of(index);
    this.#all.set(index, { ...extra, mostMemory: Math.max(memory, extra.mostMemory) });
  }

  saves(index: number): void {
    this.#savedBy.set(index, this.of(index).counted.get(CPU) ?? 0n);
  }

  /** Another goes on from what an attempt saved. */
  keeps(index: number): void {
    const extra = this.#all.get(index);
    if (extra !== undefined) this.#all.set(index, { ...extra, keptCpu: this.#savedBy.get(index) ?? 0n });
  }

  /** What the attempt did is lost after all. */
  voids(index: number): void {
    const extra = this.#all.get(index);
    if (extra !== undefined) this.#all.set(index, { ...extra, isVain: true });
  }
}
