// What a committed command does to the scheduler that leads: what it does to every replica, and what follows for its queue, its books and its
// workers. One that came too late for what it is about does nothing.
import { type Command, CommandKind } from "../model/command.ts";
import { Reason } from "../model/trace.ts";
import type { Membership } from "./membership.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TaskChange } from "../model/world.ts";

/** `counts`: it took effect on the replicas; `changeOf`: what an action gives a task. */
export function applyCommand(scheduler: Scheduler, command: Command, counts: boolean, changeOf: (action: number) => TaskChange): void {
  const { kind, task, worker, attempt, reason, value } = command;
  const membership = scheduler.membership as Membership;
  if (kind === CommandKind.assign) return scheduler.allocations.committed(task, worker, counts);
  if (kind === CommandKind.complete || kind === CommandKind.fail) {
    scheduler.failedUntil = value;
    reportedEnd(scheduler, command);
  } else if (!counts || kind === CommandKind.open || kind === CommandKind.expire) return;
  else if (kind === CommandKind.submit) scheduler.submit(task);
  else if (kind === CommandKind.requeue) scheduler.failover.givesUp(task, reason);
  else if (kind === CommandKind.retry) scheduler.ledger.retry(task, scheduler.now);
  else if (kind === CommandKind.cancel) scheduler.cancellation.request(task);
  else if (kind === CommandKind.change) scheduler.changed(task, value, changeOf(value));
  else if (kind === CommandKind.up) membership.registered(worker, attempt);
  else if (kind === CommandKind.suspect) membership.suspect(worker);
  else membership.trust(worker);
}

/** The end of an attempt that its worker has told. */
function reportedEnd(scheduler: Scheduler, { task, worker, attempt, reason }: Command): void {
  if (reason !== Reason.lease) {
    scheduler.attemptReported(task, worker, attempt, reason);
    return;
  }
  const seat = scheduler.seatOf(task, attempt);
  if (seat >= 0) scheduler.failover.givesUp(seat, Reason.lease);
}
