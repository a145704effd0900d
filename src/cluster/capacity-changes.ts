// What faults do to the capacity of workers: each worker takes it in as soon as it is awake and known.
import { type CapacityEffect, CapacityEffects, ownCapacity } from "../model/capacity-effects.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { World } from "../model/world.ts";
import type { ClusterHost } from "./cluster-host.ts";
import { isAwake, isGone, Standing, type WorkerState } from "./worker-state.ts";

export class CapacityChanges {
  readonly #host: ClusterHost;
  readonly #world: World;
  readonly #effects: CapacityEffects;

  constructor(world: World, host: ClusterHost) {
    this.#host = host;
    this.#world = world;
    this.#effects = new CapacityEffects(world.faults);
  }

  /** A fault that changes the worker's capacity begins or ends. */
  change({ resizing }: WorkerState, effect: CapacityEffect, begins: boolean): void {
    const number = this.#effects.numberOf(effect);
    if (begins) resizing.push(number);
    else resizing.splice(resizing.indexOf(number), 1);
  }

  /** Whether a worker has to take anything in, and can. */
  isDue(state: WorkerState): boolean {
    const { resizing, resized, registered, standing } = state;
    if (!registered || !isAwake(state) || standing !== Standing.present) return false;
    return (resizing.length > 0 || resized.length > 0) && this.#effects.changes(resized, resizing).length > 0;
  }

  /** What a worker has under some effects, per dimension. */
  under(worker: number, numbers: readonly number[]): number[] {
    return this.#effects.under(ownCapacity(this.#world, worker), numbers);
  }

  /** A worker that is awake has what faults leave it; what does not fit is stopped before. Says whether that is something else. */
  takeIn(worker: number, state: WorkerState): boolean {
    if (!this.isDue(state)) return false;
    const before = state.resized;
    this.#host.resizes(worker, this.under(worker, state.resizing));
    if (isGone(state)) {
      this.#host.resizes(worker, this.under(worker, before)); // it left with its last attempt; what comes in its place takes that in anew
      return true;
    }
    state.resized = [...state.resizing];
    this.#record(worker, before, state.resized, EntryKind.resized, EntryKind.restored);
    return true;
  }

  /** The same where a network lies between: nothing that runs there is in the way any more. */
  adapt(worker: number, state: WorkerState): void {
    const before = state.resized;
    state.resized = [...state.resizing];
    this.#record(worker, before, state.resized, EntryKind.adapted, EntryKind.readapted);
  }

  #record(worker: number, before: readonly number[], after: readonly number[], begun: EntryKind, over: EntryKind): void {
    for (const { number, begins } of this.#effects.changes(before, after))
      this.#host.record(begins ? begun : over, -1, worker, number, Reason.none);
  }
}
