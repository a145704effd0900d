// What each task asks for in the dimensions that can be short, and where it may not run, put to the room index.
import { at, type Column, withRoom } from "../model/columns.ts";
import type { AskPlan } from "../model/asks.ts";
import { profileOf } from "../model/task-profile.ts";
import { KEPT } from "../model/resources.ts";
import type { RetrySettings } from "../model/settings.ts";
import type { BelievedWorld } from "../model/world.ts";
import type { Requests } from "./request-classes.ts";
import { RoomIndex } from "./room-index.ts";

export class TaskRequests implements Requests {
  readonly room: RoomIndex;
  /** A column per dimension of `room`. */
  readonly request: Column[] = [];
  readonly eligibility: Column;
  /** The task whose request the room index holds, or −1. */
  loaded = -1;
  readonly #sets: readonly Uint8Array[];
  /** Position in `room` of each dimension of the world; −1 where it is unlimited everywhere. */
  readonly #roomDimension: number[];
  /** The requests again, task by task: a look-up per dimension and task would miss the cache each time. */
  #needs = new Float64Array(0);
  #known = 0;
  /** Workers where a task's next attempt must not run, or should not. */
  readonly #excluded = new Map<number, number>();
  /** Workers of the attempts after which tasks are to go elsewhere, if they can. */
  readonly #left = new Map<number, number>();
  readonly #elsewhere: RetrySettings["elsewhere"];
  /** Per dimension, the least that any task asks for; found when first asked for. */
  #least: number[] | undefined;
  /** The worker that the loaded task goes to only if no other has room, or −1. */
  avoided = -1;
  /** Workers of suspended tasks: those ask only for what they gave back. */
  readonly #suspended = new Map<number, number>();
  /** Whether any task claims more than it asks for at first, or one may join that does. */
  readonly #mayClaim: boolean;
  /** What tasks claim, in dimensions of `room`. */
  readonly #claims = new Map<AskPlan, Float64Array | undefined>();
  readonly #tasks: BelievedWorld["tasks"];
  /** Per dimension of `room`, 1 where suspended tasks keep what they have: memory and disk. */
  readonly #kept: Uint8Array;

  constructor({ tasks, workers, eligibilitySets, grows }: BelievedWorld, elsewhere: RetrySettings["elsewhere"]) {
    this.#elsewhere = elsewhere;
    this.eligibility = tasks.eligibility;
    this.#sets = eligibilitySets;
    const capacity: Float64Array[] = [];
    this.#roomDimension = workers.capacity.map((column, d) => {
      const { range } = workers;
      if (d > 0 && (range?.least[d] ?? column).every((value) => value === Number.POSITIVE_INFINITY)) return -1;
      this.request.push(tasks.request[d] as Column);
      return capacity.push(range === undefined ? column : Float64Array.from(column)) - 1;
    });
    this.room = new RoomIndex(workers.count, capacity);
    this.#tasks = tasks;
    this.#mayClaim = grows === true || tasks.profiles.some(({ asks }) => asks?.claim !== undefined);
    this.#kept = Uint8Array.from(capacity, (_, d) => +KEPT.includes(this.#roomDimension.indexOf(d)));
    this.grow(tasks.count);
  }

  /** Takes in the tasks up to `count` that were added. */
  grow(count: number): void {
    const size = this.request.length;
    const needs = withRoom(this.#needs, count * size);
    for (let d = 0; d < size; d++) {
      const column = this.request[d] as Column;
      for (let task = this.#known; task < count; task++) needs[task * size + d] = at(column, task);
    }
    this.#needs = needs;
    this.#known = count;
    this.#least = undefined;
  }

  /** Puts a task's request into the room index. */
  load(task: number): void {
    if (task === this.loaded) return;
    this.loaded = task;
    this.avoided = -1;
    const { room } = this;
    const first = task * room.dimensions;
    for (let d = 0; d < room.dimensions; d++) room.need[d] = this.#needs[first + d] as number;
    const set = at(this.eligibility, task);
    room.eligible = set === 0 ? undefined : this.#sets[set];
    room.except = -1;
    if (this.#mayClaim) room.claim = this.#claimOf(task);
    if (this.#excluded.size > 0) this.#except(task);
    if (this.#suspended.size > 0 && this.#suspended.has(task)) this.#zero(1);
  }

  /** What is loaded was changed: it is loaded anew when it is asked for. */
  unload(): void {
    this.loaded = -1;
  }

  #zero(kept: 0 | 1): void {
    for (let d = 0; d < this.room.dimensions; d++) if (this.#kept[d] === kept) this.room.need[d] = 0;
  }

  /** The task is suspended on a worker: what it gives back is loaded. */
  suspend(task: number, worker: number): void {
    this.#suspended.set(task, worker);
    this.loaded = -1;
    this.load(task);
  }

  /** It goes on; what it takes again is loaded. */
  proceed(task: number): void {
    this.load(task);
    this.#suspended.delete(task);
    this.loaded = -1;
  }

  /** It is suspended no more, for its attempt has ended; what it kept is loaded. */
  endSuspension(task: number): void {
    this.#suspended.delete(task);
    this.loaded = -1;
    this.load(task);
    this.#zero(0);
    this.loaded = -1;
  }

  /** The worker where a task is suspended, or −1. */
  suspendedOn(task: number): number {
    return this.#suspended.get(task) ?? -1;
  }

  allSuspended(): number[] {
    return [...this.#suspended.keys()];
  }

  /** What suspending a running task gives back, in a dimension of `room`. */
  givenBack(task: number, dimension: number): number {
    return this.#kept[dimension] === 1 ? 0 : this.needOf(task, dimension);
  }

  /** Loads the least that any task asks for; what suspended tasks would not ask for again does not count. */
  loadLeast(suspends: boolean): void {
    this.loaded = -1;
    this.room.eligible = undefined;
    this.room.except = -1;
    this.room.claim = undefined;
    this.#least ??= this.request.map((_, d) => {
      let least = Number.POSITIVE_INFINITY;
      for (let task = 0; task < this.#known; task++) least = Math.min(least, this.needOf(task, d));
      return least;
    });
    for (const [d, least] of this.#least.entries()) this.room.need[d] = suspends && this.#kept[d] === 1 ? 0 : least;
  }

  #except(task: number): void {
    const worker = this.#excluded.get(task) ?? -1;
    if (this.#elsewhere === "require") this.room.except = worker;
    else this.avoided = worker;
  }

  /** Whether a task claims more than it asks for at first: that it fits a worker is not all then. */
  mayGrow(task: number): boolean {
    return this.#mayClaim && this.#claimOf(task) !== undefined;
  }

  /** Whether it claims more than some capacities, one per dimension of `room`. */
  mayOutgrow(task: number, capacity: readonly number[]): boolean {
    return this.#mayClaim && this.#claimOf(task)?.some((amount, d) => amount > (capacity[d] as number)) === true;
  }

  #claimOf(task: number): Float64Array | undefined {
    const plan = profileOf(this.#tasks, task)?.asks;
    if (plan === undefined) return undefined;
    if (!this.#claims.has(plan)) {
      const { claim } = plan;
      this.#claims.set(plan, claim && Float64Array.from(this.inRoom(this.#tasks.request.map((_, d) => claim.get(d) ?? 0))));
    }
    return this.#claims.get(plan);
  }

  /** What a task asks for in a dimension of `room`. */
  needOf(task: number, dimension: number): number {
    return this.#needs[task * this.room.dimensions + dimension] as number;
  }

  /** Whether a set of workers has that one. */
  isEligible(set: number, worker: number): boolean {
    return set === 0 || this.#sets[set]?.[worker] === 1;
  }

  /** Keeps a task from a worker, where another could hold it when empty. */
  sendElsewhere(task: number, worker: number): void {
    this.admit(task);
    this.#left.set(task, worker);
    if (this.#isElsewhere(task, worker)) this.#excluded.set(task, worker);
    this.loaded = -1;
  }

  #isElsewhere(task: number, worker: number): boolean {
    this.#excluded.delete(task);
    this.loaded = -1;
    this.load(task);
    this.room.except = worker;
    return this.room.someCouldHold();
  }

  /** Workers were closed or opened: whether another could hold a task that is to go elsewhere may have changed; not of those bound. */
  reconsider(isBound: (task: number) => boolean): void {
    for (const [task, worker] of this.#left) {
      if (isBound(task)) continue;
      const was = this.#excluded.has(task);
      const is = this.#isElsewhere(task, worker);
      if (is) this.#excluded.set(task, worker);
      if (was !== is) this.room.gain(worker);
    }
    this.loaded = -1;
  }

  /** Lets a task run anywhere again. */
  admit(task: number): void {
    if (this.#left.size === 0) return;
    this.#left.delete(task);
    if (this.#excluded.delete(task)) this.loaded = -1;
  }

  get excludesAny(): boolean {
    return this.#elsewhere === "require" && this.#excluded.size > 0;
  }

  /** The worker where a task's next attempt must not run, or −1. */
  excludedOf(task: number): number {
    return this.#excluded.get(task) ?? -1;
  }

  /** What a task holds of its worker in a dimension of `room`: all that it asks for, or what it keeps while it is suspended. */
  holds(task: number, dimension: number): number {
    return this.#suspended.has(task) && this.#kept[dimension] === 0 ? 0 : this.needOf(task, dimension);
  }

  /** Capacities per dimension of `room`, from those per dimension of the world. */
  inRoom(capacity: readonly number[]): number[] {
    return Array.from({ length: this.room.dimensions }, (_, d) => capacity[this.#roomDimension.indexOf(d)] as number);
  }

  /** Of amounts per dimension of `room`, that of a dimension of the world which is limited. */
  inDimension(amounts: ArrayLike<number>, dimension: number): number {
    return amounts[this.#roomDimension[dimension] as number] as number;
  }

  /** Free on a worker, in a dimension of the world. */
  free(dimension: number, worker: number): number {
    const d = this.#roomDimension[dimension] as number;
    return d < 0 ? Number.POSITIVE_INFINITY : this.room.free(d, worker);
  }
}
