// How workers share out what they have among elastic attempts: all hold what they request, and what nobody requests is theirs.
//
// Each worker does that by itself, at the end of each round in which anything has come, gone, or changed there. Who needs no more than it
// has shrinks when others come, and grows when they go; the scheduler reckons with what tasks request.
import { heldWhile } from "../model/asks.ts";
import { at, type Column } from "../model/columns.ts";
import { ELASTIC, gainWith, type Sharer, shareOut } from "../model/elastic.ts";
import { CPU, KEPT } from "../model/resources.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind } from "../model/trace.ts";
import type { TaskTable } from "../model/world.ts";
import { type Attempt, type Attempts, isSuspended } from "./attempts.ts";

/** What it needs to know of a worker, and tells. */
export interface SharesHost {
  /** What a worker has now of a dimension. */
  capacityOf(worker: number, dimension: number): number;
  isAwake(worker: number): boolean;
  /** An attempt holds another amount from now on, which makes it so many times as fast as what it requests. */
  holds(attempt: Attempt, kind: EntryKind, amount: number): void;
  gains(attempt: Attempt, gain: number): void;
}

export class ElasticShares {
  readonly #tasks: TaskTable;
  readonly #attempts: Attempts;
  /** Workers where anything has changed. */
  readonly #touched = new Set<number>();

  constructor(tasks: TaskTable, attempts: Attempts) {
    this.#tasks = tasks;
    this.#attempts = attempts;
  }

  /** Something has changed on a worker. */
  touch(worker: number): void {
    this.#touched.add(worker);
  }

  /** Shares out anew where anything has changed; workers that are frozen, or down, do so when they go on. */
  settle(host: SharesHost): void {
    if (this.#touched.size === 0) return;
    for (const worker of [...this.#touched].sort((a, b) => a - b)) {
      if (!host.isAwake(worker)) continue;
      this.#touched.delete(worker);
      this.#share(worker, host);
    }
  }

  #share(worker: number, host: SharesHost): void {
    const changed = new Set<Attempt>();
    for (const dimension of ELASTIC) for (const attempt of this.#shareOne(worker, dimension, host)) changed.add(attempt);
    for (const attempt of changed) host.gains(attempt, this.#gainOf(attempt));
  }

  /** Those that hold another amount of a dimension than before. One that is suspended holds no more than it requests. */
  #shareOne(worker: number, dimension: (typeof ELASTIC)[number], host: SharesHost): Attempt[] {
    const stretching: Attempt[] = [];
    const sharers: Attempt[] = [];
    const bounds: Sharer[] = [];
    let free = host.capacityOf(worker, dimension);
    for (let attempt = this.#attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) {
      if (!attempt.begun) continue;
      const isPaused = isSuspended(attempt);
      const least = this.#requestOf(attempt.task, dimension);
      const stretch = profileOf(this.#tasks, attempt.task)?.elastic?.[dimension];
      if (stretch !== undefined) stretching.push(attempt);
      if (stretch !== undefined && !isPaused) {
        sharers.push(attempt);
        bounds.push({ least, most: Math.max(least, Math.min(stretch.most, this.#usedOf(attempt.task, dimension))) });
      } else if (!isPaused || KEPT.includes(dimension)) free -= this.#heldOf(attempt, dimension);
    }
    const shares = shareOut(free, bounds);
    return stretching.filter((attempt) => {
      const least = this.#requestOf(attempt.task, dimension);
      const share = shares[sharers.indexOf(attempt)] ?? least;
      if (share === (attempt.held?.[dimension] ?? least)) return false;
      attempt.held ??= ELASTIC.map((d) => this.#requestOf(attempt.task, d));
      attempt.held[dimension] = share;
      host.holds(attempt, dimension === CPU ? EntryKind.cpuShared : EntryKind.memoryShared, share);
      return true;
    });
  }

  #requestOf(task: number, dimension: number): number {
    return at(this.#tasks.request[dimension] as Column, task);
  }

  /** What one holds of a dimension in which it is not elastic. */
  #heldOf({ task, allowed, asked }: Attempt, dimension: number): number {
    const request = this.#requestOf(task, dimension);
    const plan = profileOf(this.#tasks, task)?.asks;
    return plan === undefined ? request : heldWhile(plan, request, dimension, allowed, asked);
  }

  /** What it has any use for. */
  #usedOf(task: number, dimension: number): number {
    const used = at(dimension === CPU ? this.#tasks.usedCpu : this.#tasks.usedMemory, task);
    return Number.isNaN(used) ? Number.POSITIVE_INFINITY : used;
  }

  #gainOf({ task, held }: Attempt): number {
    const requestOf = (dimension: number) => this.#requestOf(task, dimension);
    return gainWith(profileOf(this.#tasks, task)?.elastic, requestOf, (dimension) => held?.[dimension]);
  }
}
