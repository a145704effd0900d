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

  /** A worker that is awake has what faults leave it; what does not fit is stopped before. Says whether that is something else. */
  takeIn(worker: number, state: WorkerState): boolean {
    const { resizing, resized, registered } = state;
    if (!registered || !isAwake(state) || state.standing !== Standing.present) return false;
    const over = without(resized, resizing).sort((a, b) => a - b);
    const begun = without(resizing, resized).sort((a, b) => a - b);
    if (over.length + begun.length === 0) return false;
    this.#host.resizes(worker, this.#effects.under(ownCapacity(this.#world, worker), resizing));
    state.resized = [...resizing];
    if (isGone(state)) return true; // it left with its last attempt
    const raises = (number: number, begins: boolean) => (this.#effects.of(number).kind === "grown") === begins;
    for (const up of [true, false]) {
      for (const number of over) if (raises(number, false) === up) this.#record(EntryKind.restored, worker, number);
      for (const number of begun) if (raises(number, true) === up) this.#record(EntryKind.resized, worker, number);
    }
    return true;
  }

  #record(kind: EntryKind, worker: number, number: number): void {
    this.#host.record(kind, -1, worker, number, Reason.none);
  }
}

/** What is left of some numbers when others are taken out of them, each once. */
function without(numbers: readonly number[], others: readonly number[]): number[] {
  const left = [...numbers];
  for (const other of others) if (left.includes(other)) left.splice(left.indexOf(other), 1);
  return left;
}
