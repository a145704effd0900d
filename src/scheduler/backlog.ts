// What waits for pools: which of them could hold a task, and for how long that would take one of their instances; looked up once a task.
import type { Demand } from "../autoscalers/autoscaler.ts";
import type { Pool } from "../model/cloud.ts";
import { at, withRoom } from "../model/columns.ts";
import { Status } from "../model/status.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Scheduler } from "./scheduler.ts";
import { estimateOn } from "./views.ts";

/** No pool could hold the task. */
const NO_POOL = -1;

export class Backlog {
  readonly pools: number;
  readonly #scheduler: Scheduler;
  readonly #pools: readonly Pool[];
  /** Which sets of workers have one of a pool. */
  readonly #eligible = new Map<number, boolean>();
  /** No task before this one waits, nor ever will; of those before `#known` what follows is known. */
  from = 0;
  #known = 0;
  /** Of each task the first pool that could hold it, and for each pool how long it would take an instance, µs; NaN where it could not. */
  first = new Int32Array(0);
  times = new Float64Array(0);

  constructor(scheduler: Scheduler, pools: readonly Pool[]) {
    this.#scheduler = scheduler;
    this.#pools = pools;
    this.pools = pools.length;
  }

  /** Brings what is known of tasks up to date. */
  update(): void {
    const { tasks, ledger } = this.#scheduler;
    while (this.from < tasks.count && ledger.status(this.from) >= Status.completed) this.from += 1;
    if (this.#known === tasks.count) return;
    this.first = withRoom(this.first, tasks.count);
    this.times = withRoom(this.times, tasks.count * this.pools);
    for (let task = this.#known; task < tasks.count; task++) this.#learn(task);
    this.#known = tasks.count;
  }

  #learn(task: number): void {
    let first = NO_POOL;
    for (let i = this.pools - 1; i >= 0; i--) {
      const holds = this.#couldHold(i, task);
      this.times[task * this.pools + i] = holds ? this.#workOn((this.#pools[i] as Pool).first, task) : Number.NaN;
      if (holds) first = i;
    }
    this.first[task] = first;
  }

  /** Whether an instance of a pool could hold a task when empty. */
  #couldHold(i: number, task: number): boolean {
    const { tasks, workers } = this.#scheduler;
    const { first } = this.#pools[i] as Pool;
    const set = at(tasks.eligibility, task);
    if (set !== 0 && !this.#isEligible(i, set)) return false;
    for (let d = 0; d < tasks.request.length; d++)
      if (at(tasks.request[d] as (typeof tasks.request)[number], task) > (workers.capacity[d]?.[first] as number)) return false;
    return true;
  }

  #isEligible(i: number, set: number): boolean {
    const { first, max } = this.#pools[i] as Pool;
    const key = set * this.pools + i;
    let isEligible = this.#eligible.get(key);
    if (isEligible === undefined) {
      const { requests } = this.#scheduler;
      isEligible = Array.from({ length: max }, (_, k) => first + k).some((worker) => requests.isEligible(set, worker));
      this.#eligible.set(key, isEligible);
    }
    return isEligible;
  }

  /** How long a task takes a whole instance, by its estimate and the dimension of which it takes most; 0 where it has no estimate. */
  #workOn(worker: number, task: number): Duration {
    const { tasks, workers } = this.#scheduler;
    let share = 0;
    for (let d = 0; d < tasks.request.length; d++) {
      const request = at(tasks.request[d] as (typeof tasks.request)[number], task);
      if (request > 0) share = Math.max(share, request / (workers.capacity[d]?.[worker] as number));
    }
    const estimate = estimateOn(tasks, workers, task, worker);
    return Number.isFinite(estimate) ? estimate * share : 0;
  }
}

/** What waits at one time: the tasks are looked through when that is first asked, once, and once more for what they request. */
export class Waiting {
  readonly #scheduler: Scheduler;
  readonly #backlog: Backlog;
  readonly #now: Time;
  #length = -1;
  #since: Time;
  /** Per pool, then per pool what no pool before it could hold. */
  readonly #tasks: Float64Array;
  readonly #work: Float64Array;

  constructor(scheduler: Scheduler, backlog: Backlog, now: Time) {
    this.#scheduler = scheduler;
    this.#backlog = backlog;
    this.#now = now;
    this.#since = now;
    this.#tasks = new Float64Array(2 * backlog.pools);
    this.#work = new Float64Array(2 * backlog.pools);
  }

  get length(): number {
    this.#look();
    return this.#length;
  }

  get longest(): Duration {
    this.#look();
    return this.#now - this.#since;
  }

  /** What waits for a pool; `own`: only what no pool before it could hold. */
  demand(pool: number, own: boolean): Demand {
    this.#look();
    const place = own ? this.#backlog.pools + pool : pool;
    const requests = () => this.#requests(pool, own);
    return {
      tasks: this.#tasks[place] as number,
      work: this.#work[place] as number,
      get requests() {
        return requests();
      },
    };
  }

  #look(): void {
    if (this.#length >= 0) return;
    const { ledger, tasks } = this.#scheduler;
    const backlog = this.#backlog;
    backlog.update();
    const { pools, first, times } = backlog;
    this.#length = 0;
    for (let task = backlog.from; task < tasks.count; task++) {
      if (ledger.status(task) !== Status.ready) continue;
      this.#length += 1;
      this.#since = Math.min(this.#since, ledger.readyAt[task] as number);
      const own = first[task] as number;
      if (own < 0) continue;
      this.#tasks[pools + own] += 1;
      this.#work[pools + own] += times[task * pools + own] as number;
      for (let pool = own; pool < pools; pool++) {
        const took = times[task * pools + pool] as number;
        if (Number.isNaN(took)) continue;
        this.#tasks[pool] += 1;
        this.#work[pool] += took;
      }
    }
  }

  #requests(pool: number, own: boolean): number[] {
    const { ledger, tasks } = this.#scheduler;
    const { from, pools, first, times } = this.#backlog;
    const sums = tasks.request.map(() => 0);
    for (let task = from; task < tasks.count; task++) {
      const isMeant = own ? first[task] === pool : !Number.isNaN(times[task * pools + pool] as number);
      if (!isMeant || ledger.status(task) !== Status.ready) continue;
      for (let d = 0; d < sums.length; d++) sums[d] += at(tasks.request[d] as (typeof tasks.request)[number], task);
    }
    return sums;
  }
}
