// Dispatching policies: tasks are bound to a worker's own queue when they become ready, and begin there in turn.
import { EntryKind, Reason } from "../model/trace.ts";
import { Status } from "../model/status.ts";
import type { Scheduler } from "./scheduler.ts";
import type { WorkerQueues } from "./worker-queues.ts";

export class Dispatch {
  readonly #scheduler: Scheduler;
  readonly #queues: WorkerQueues;
  /** Tasks to be bound to a worker when one is back that could hold them. */
  readonly #stranded: number[] = [];

  constructor(scheduler: Scheduler, queues: WorkerQueues) {
    this.#scheduler = scheduler;
    this.#queues = queues;
  }

  /** Tasks that are bound to a worker, or to be. */
  get waiting(): number {
    return this.#queues.waiting + this.#stranded.length;
  }

  /** Whether a task is bound to a worker, and waits there. */
  has(task: number): boolean {
    return this.#queues.has(task);
  }

  /** Tasks that some worker could hold; the others wait until a worker is back. */
  withCandidates(arrivals: Int32Array): Int32Array {
    return arrivals.filter((task) => {
      this.#scheduler.load(task);
      if (this.#scheduler.room.someCouldHold()) return true;
      this.#stranded.push(task);
      return false;
    });
  }

  takeStranded(): number[] {
    return this.#stranded.splice(0);
  }

  /** A task is withdrawn. Says whether it waited here. */
  forget(task: number): boolean {
    if (this.has(task)) {
      this.#queues.remove(task);
      return true;
    }
    const place = this.#stranded.indexOf(task);
    if (place >= 0) this.#stranded.splice(place, 1);
    return place >= 0;
  }

  /** Binds a task to a worker's own queue; it stands in no queue yet. */
  bind(task: number, worker: number): void {
    const { recorder, ledger, beliefs, now } = this.#scheduler;
    recorder.entry(now, EntryKind.assigned, task, worker, ledger.attempts(task), Reason.none);
    const estimate = beliefs.estimateOn(task, worker);
    this.#queues.bind(task, worker, Number.isNaN(estimate) ? 0 : estimate);
  }

  /** Of arrivals, one that was not bound, or −1. */
  unbound(arrivals: Int32Array): number {
    const { ledger } = this.#scheduler;
    return arrivals.find((task) => ledger.status(task) === Status.ready && !this.has(task)) ?? -1;
  }

  /** Starts the heads of the workers' own queues while they fit. */
  startHeads(): void {
    const queues = this.#queues;
    const { room } = this.#scheduler;
    for (const worker of queues.takeTouched()) {
      for (let task = queues.head(worker); task >= 0; task = queues.head(worker)) {
        this.#scheduler.load(task);
        if (!room.fits(worker)) break;
        queues.remove(task);
        this.#scheduler.begin(task, worker);
      }
    }
    queues.takeTouched();
  }
}
