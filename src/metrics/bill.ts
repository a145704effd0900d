// What workers cost and burn: by the second begun, in whole millionths, from when each is paid for until it is not.
import { EntryKind } from "../model/trace.ts";
import { type Duration, SECOND, type Time } from "../model/units.ts";
import { joiningWorkers, type World } from "../model/world.ts";

/** Thousandths of a watt × µs in a millionth of a kWh. */
const ENERGY = 3_600_000_000n;

/** From when to when a worker is there and paid for; `to` is undefined while it is. */
interface Stay {
  from: Time;
  to: Time | undefined;
}

export interface WorkerBill {
  /** For how long it is paid, µs: whole seconds. */
  paid: Duration;
  /** Millionths of the unit of money × 3600; and thousandths of a watt × µs. */
  cost: bigint;
  energy: bigint;
}

/** Follows when workers are there: an instance of a pool from its launch, one that joins from when it registers; both until they have left. */
export class Bill {
  readonly #world: World;
  /** Of workers that come or go. */
  readonly #stays = new Map<number, Stay[]>();
  readonly #absent: Set<number>;

  constructor(world: World) {
    this.#world = world;
    this.#absent = new Set(joiningWorkers(world));
    for (const worker of this.#absent) this.#stays.set(worker, []);
  }

  entry(time: Time, kind: EntryKind, worker: number): void {
    if (kind === EntryKind.left) this.#leaves(time, worker);
    else if ((kind === EntryKind.launched || kind === EntryKind.registered) && this.#absent.delete(worker))
      this.#stays.get(worker)?.push({ from: time, to: undefined });
  }

  #leaves(time: Time, worker: number): void {
    const stays = this.#stays.get(worker) ?? [{ from: 0, to: undefined }];
    this.#stays.set(worker, stays);
    const last = stays.at(-1);
    if (last !== undefined && last.to === undefined) last.to = time;
    this.#absent.add(worker);
  }

  /** What a worker comes to in a span of time, of which so much (thousandths of cores × µs) was allocated. */
  of(worker: number, origin: Time, end: Time, allocated: bigint): WorkerBill {
    const { tariffs, capacity } = this.#world.workers;
    const { price, idle, busy, minimum = 0 } = tariffs ?? {};
    let powered = 0;
    let paid = 0;
    for (const { from, to = end } of this.#stays.get(worker) ?? [{ from: origin, to: end }]) {
      const began = Math.max(from, origin);
      const over = Math.min(to, end);
      if (over < began || from >= end) continue; // before the first task is released, or after the end, nothing is paid
      powered += over - began;
      paid += Math.ceil(Math.max(over - began, minimum) / SECOND) * SECOND;
    }
    const cores = BigInt(capacity[0]?.[worker] ?? 0);
    const rest = BigInt((busy?.[worker] ?? 0) - (idle?.[worker] ?? 0));
    return {
      paid,
      cost: BigInt(paid / SECOND) * BigInt(price?.[worker] ?? 0),
      energy: BigInt(idle?.[worker] ?? 0) * BigInt(powered) + (cores === 0n ? 0n : (rest * allocated) / cores),
    };
  }
}

/** Money, to the millionth. */
export function money(cost: bigint): number {
  return Number((cost + 1800n) / 3600n) / 1_000_000;
}

/** Energy in kWh, to the millionth. */
export function kilowattHours(energy: bigint): number {
  return Number((energy + ENERGY / 2n) / ENERGY) / 1_000_000;
}
