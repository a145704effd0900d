// The instances of pools as the scheduler sees them: which were launched, are up or are to leave, what waits for each pool, and what follows
// from what the autoscaler says.
import { autoscalerNamed } from "../autoscalers/index.ts";
import type { Autoscaler, FleetView, PoolView } from "../autoscalers/autoscaler.ts";
import type { AutoscalerSettings, CloudPlan, Pool } from "../model/cloud.ts";
import { CPU } from "../model/resources.ts";
import type { Time } from "../model/units.ts";
import { Backlog, Waiting } from "./backlog.ts";
import type { Scheduler } from "./scheduler.ts";

/** Where a position stands. */
const Stage = { absent: 0, booting: 1, up: 2, leaving: 3 } as const;

/** What is to be done, by position. */
export interface FleetOrders {
  launch: number[];
  giveBack: number[];
}

export class Fleet {
  readonly #scheduler: Scheduler;
  readonly #pools: readonly Pool[];
  readonly #settings: AutoscalerSettings;
  readonly #autoscaler: Autoscaler;
  readonly #stages: Uint8Array;
  /** Since when fewer instances are wanted of each pool; undefined where they are not. */
  readonly #fewerSince: (Time | undefined)[];
  readonly #backlog: Backlog;

  constructor(scheduler: Scheduler, { pools, autoscaler }: Omit<CloudPlan, "seed">) {
    this.#scheduler = scheduler;
    this.#pools = pools;
    this.#settings = autoscaler;
    const definition = autoscalerNamed(autoscaler.name);
    if (definition === undefined) throw new TypeError(`there is no autoscaler ${autoscaler.name}`);
    this.#autoscaler = definition.create(autoscaler.parameters);
    this.#backlog = new Backlog(scheduler, pools);
    this.#stages = new Uint8Array(scheduler.workers.count);
    this.#fewerSince = pools.map(() => undefined);
    for (const { first, min } of pools) this.#stages.fill(Stage.up, first, first + min);
  }

  booted(worker: number): void {
    this.#stages[worker] = Stage.up;
  }

  leaves(worker: number): void {
    this.#stages[worker] = Stage.leaving;
  }

  /** Another may be launched there. */
  left(worker: number): void {
    this.#stages[worker] = Stage.absent;
  }

  /** Whether an instance is up, and is not to leave. */
  isUp(worker: number): boolean {
    return this.#stages[worker] === Stage.up;
  }

  /** Whether fewer instances are wanted of a pool, but not for long enough yet. */
  get hesitates(): boolean {
    return this.#fewerSince.some((since) => since !== undefined);
  }

  /** Asks the autoscaler; what follows counts as done. */
  ask(now: Time): FleetOrders {
    const orders: FleetOrders = { launch: [], giveBack: [] };
    const view = this.#view(now);
    const wanted = this.#autoscaler.decide(view);
    for (const [i, pool] of this.#pools.entries()) {
      const number = wanted[i];
      if (!Number.isFinite(number)) throw new TypeError(`autoscaler ${this.#settings.name} wants ${number} instances of pool ${pool.id}`);
      const { present, booting } = view.pools[i] as PoolView;
      this.#follow(i, pool, Math.min(pool.max, Math.max(pool.min, Math.round(number as number))) - present - booting, now, orders);
    }
    return orders;
  }

  /** Has so many more instances in a pool, or, once that has been wanted for long enough, fewer. */
  #follow(i: number, { first, max }: Pool, more: number, now: Time, { launch, giveBack }: FleetOrders): void {
    const since = more < 0 ? (this.#fewerSince[i] ?? now) : undefined;
    this.#fewerSince[i] = since;
    for (let worker = first; worker < first + max && more > 0; worker++) {
      if (this.#stages[worker] !== Stage.absent) continue;
      this.#stages[worker] = Stage.booting;
      launch.push(worker);
      more -= 1;
    }
    if (since === undefined || now - since < this.#settings.cooldown) return;
    this.#fewerSince[i] = undefined;
    // Those that hold nothing before the others, the last of them first.
    for (const isIdle of [true, false]) {
      for (let worker = first + max - 1; worker >= first && more < 0; worker--) {
        if (this.#stages[worker] !== Stage.up || this.#isIdle(worker) !== isIdle) continue;
        this.#stages[worker] = Stage.leaving;
        giveBack.push(worker);
        more += 1;
      }
    }
  }

  #isIdle(worker: number): boolean {
    const { membership, bound, allocations } = this.#scheduler;
    return (membership?.firstOn(worker) ?? -1) < 0 && allocations.startingOn(worker).length === 0 && (bound?.head(worker) ?? -1) < 0;
  }

  #view(now: Time): FleetView {
    const waiting = new Waiting(this.#scheduler, this.#backlog, now);
    const pools = this.#pools.map((pool, i): PoolView => {
      const { id, first, min, max } = pool;
      const capacity = this.#scheduler.workers.capacity.map((column) => column[first] as number);
      const counts = this.#count(pool);
      return {
        ...{ id, min, max, capacity },
        ...counts,
        get own() {
          return waiting.demand(i, true);
        },
        get all() {
          return waiting.demand(i, false);
        },
      };
    });
    return {
      pools,
      get length() {
        return waiting.length;
      },
      get longestWait() {
        return waiting.longest;
      },
    };
  }

  #count({ first, max }: Pool): Pick<PoolView, "present" | "idle" | "booting" | "draining" | "allocated" | "cores"> {
    const { room, requests } = this.#scheduler;
    const counts = { present: 0, idle: 0, booting: 0, draining: 0, allocated: 0, cores: 0 };
    for (let worker = first; worker < first + max; worker++) {
      const stage = this.#stages[worker];
      if (stage === Stage.booting) counts.booting += 1;
      else if (stage === Stage.leaving) counts.draining += 1;
      if (stage !== Stage.up) continue;
      counts.present += 1;
      if (this.#isIdle(worker)) counts.idle += 1;
      if (room.isClosed(worker)) continue; // nothing is known of what is free there
      const cores = room.capacity[CPU]?.[worker] as number;
      counts.cores += cores;
      counts.allocated += cores - requests.free(CPU, worker);
    }
    return counts;
  }
}
