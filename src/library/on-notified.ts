// The callback of the library that clients are told by.
import type { Notification, Notifications } from "../metrics/notifications.ts";
import { refuse } from "../model/errors.ts";
import { formatSeconds } from "../model/units.ts";
import { secondsOf } from "./seconds.ts";

/** What a client is told of a task that has ended. */
export interface TaskNotification {
  task: string;
  status: "completed" | "failed" | "skipped" | "cancelled";
  /** Attempts that it had. */
  attempts: number;
  time_s: number;
  /** Of a task that ran out of attempts: where the last one ran, and why that failed or was lost. */
  deadLetter?: { worker: string; reason: string };
}

export type OnNotified = (notification: TaskNotification) => void;

/** Calls back for all that waits, in order. What the callback throws names the task; the others are told of later. */
export function deliver(notifications: Notifications, onNotified: OnNotified): void {
  for (let next = notifications.take(); next !== undefined; next = notifications.take()) tell(next, onNotified);
}

function tell({ task, status, attempts, time, deadLetter }: Notification, onNotified: OnNotified): void {
  const letter = deadLetter && { deadLetter: { worker: deadLetter.worker, reason: deadLetter.reason } };
  const where = `onNotified, told at ${formatSeconds(time)} s of task "${task}"`;
  let returned: unknown;
  try {
    returned = onNotified({ task, status, attempts, time_s: secondsOf(time), ...letter });
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (typeof (returned as PromiseLike<unknown> | undefined)?.then === "function")
    refuse(`${where}, gave a promise: it is called in virtual time, and nothing waits for what it does later`);
}
