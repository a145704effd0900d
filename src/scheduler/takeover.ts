// A scheduler that takes over from another, which led before it: what replicas agree on it inherits, and all else it builds anew from that.
import { isHeld, type Ledger } from "./ledger.ts";
import type { Scheduler } from "./scheduler.ts";
import { Status } from "../model/status.ts";
import type { Time } from "../model/units.ts";
import type { TaskChange } from "../model/world.ts";

/** What replicas agree on. */
export interface Inheritance {
  readonly ledger: Ledger;
  /** When a task runs again that waits after a failure. */
  retryAt(task: number): Time;
  incarnationOf(worker: number): number;
  isSuspected(worker: number): boolean;
}

/** `scheduler` has done nothing yet. Of what runs it waits to hear, for as long as leases last at most. */
export function takeOver(scheduler: Scheduler, from: Inheritance, changes: Iterable<readonly [number, TaskChange]>): void {
  const { ledger, membership, tasks, workers } = scheduler;
  ledger.inherits(from.ledger);
  for (const [task, change] of changes) scheduler.beliefs.change(task, change);
  for (let worker = 0; worker < workers.count; worker++) membership?.inherits(worker, from.incarnationOf(worker), from.isSuspected(worker));
  for (let task = 0; task < tasks.count; task++) inherit(scheduler, task, from);
}

function inherit(scheduler: Scheduler, task: number, from: Inheritance): void {
  const { ledger, requests, orders } = scheduler;
  const status = ledger.status(task);
  const waitsAgain = ledger.attempts(task) > 0 && (status === Status.ready || status === Status.backoff);
  if (isHeld(status)) scheduler.allocations.inherits(task);
  if (waitsAgain) requests.sendElsewhere(task, ledger.worker(task));
  if (status === Status.ready) scheduler.becameReady(task);
  else if (status === Status.backoff) orders.retryAt(Math.max(scheduler.now, from.retryAt(task)), task, ledger.attempts(task));
}
