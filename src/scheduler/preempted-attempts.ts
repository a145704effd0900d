// How running attempts make room for others, be they killed or suspended: what that frees, what it wastes, and that it happens.
import { at, type Column } from "../model/columns.ts";
import { CPU } from "../model/resources.ts";
import { profileOf } from "../model/task-profile.ts";
import type { PreemptionSettings } from "../model/settings.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Kept, PreemptionHost } from "./preemption.ts";
import type { RankOrder } from "./rank-order.ts";
import type { ReadyTasks } from "./ready-queue.ts";
import type { RoomIndex } from "./room-index.ts";
import type { Scheduler } from "./scheduler.ts";

export class PreemptedAttempts implements PreemptionHost {
  readonly queue: ReadyTasks;
  readonly order: RankOrder;
  readonly room: RoomIndex;
  readonly #scheduler: Scheduler;
  readonly #suspends: boolean;

  constructor(scheduler: Scheduler, mode: PreemptionSettings["mode"]) {
    this.queue = scheduler.queue;
    this.order = scheduler.order;
    this.room = scheduler.room;
    this.#scheduler = scheduler;
    this.#suspends = mode === "suspend";
  }

  get now(): Time {
    return this.#scheduler.now;
  }

  load(task: number): void {
    this.#scheduler.load(task);
  }

  loadLeast(): void {
    this.#scheduler.requests.loadLeast(this.#suspends);
  }

  roomFor(task: number): number {
    return this.#scheduler.roomFor(task);
  }

  suspendedOn(task: number): number {
    return this.#scheduler.requests.suspendedOn(task);
  }

  suspended(): number[] {
    return this.#scheduler.requests.allSuspended();
  }

  frees(task: number, dimension: number): number {
    const { requests } = this.#scheduler;
    return this.#suspends ? requests.givenBack(task, dimension) : requests.needOf(task, dimension);
  }

  wastes(task: number, now: Time): number {
    const { preemption, tasks } = this.#scheduler;
    const since = preemption?.progress.since(task) ?? now;
    return this.#suspends || preemption?.saves(task) === true ? 0 : at(tasks.request[CPU] as Column, task) * (now - since);
  }

  savesWork(task: number): boolean {
    return profileOf(this.#scheduler.tasks, task)?.checkpoint !== undefined;
  }

  readable(task: number, kept: Kept, worker: number): Duration {
    const { tasks, beliefs } = this.#scheduler;
    if (kept.worker === worker) return kept.done;
    if (profileOf(tasks, task)?.checkpoint?.storage === "local") return 0;
    if (at(tasks.estimateTable, task) < 0) return kept.done;
    return Math.round((kept.done / Math.max(1, beliefs.estimateOn(task, kept.worker))) * beliefs.estimateOn(task, worker));
  }

  rankNow(task: number): void {
    this.#scheduler.ranking.now(task);
  }

  begin(task: number, worker: number): void {
    this.#scheduler.begin(task, worker);
  }

  recordPreempted(task: number): void {
    const { ledger, recorder } = this.#scheduler;
    recorder.entry(this.now, EntryKind.preempted, task, ledger.worker(task), ledger.attempts(task), Reason.none);
  }

  vacate(task: number): boolean {
    const { suspensions, failover } = this.#scheduler;
    return this.#suspends ? suspensions.suspend(task) : failover.makesRoom(task);
  }

  graceAt(time: Time, task: number): void {
    this.#scheduler.orders.graceAt(time, task, this.#scheduler.ledger.attempts(task));
  }

  wakeAt(time: Time): void {
    this.#scheduler.orders.wakeAt(time);
  }
}
