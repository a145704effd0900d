// What clients are told: how each task ended, in the order in which they hear of it.
import { nameAt } from "../model/columns.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import { type DeadLetter, DeadLetters } from "./dead-letters.ts";

/** Times in µs. */
export interface Notification {
  task: string;
  status: "completed" | "failed" | "skipped" | "cancelled";
  /** Attempts that it had. */
  attempts: number;
  time: Time;
  /** Of a task that ran out of attempts. */
  deadLetter?: DeadLetter;
}

const STATUSES: Partial<Record<EntryKind, Notification["status"]>> = {
  [EntryKind.finished]: "completed",
  [EntryKind.abandoned]: "failed",
  [EntryKind.skipped]: "skipped",
  [EntryKind.cancelled]: "cancelled",
};

/** Folds entries into notifications that wait to be taken. */
export class Notifications implements TraceSink {
  readonly #world: World;
  readonly #deadLetters: DeadLetters;
  #waiting: Notification[] = [];
  /** How many of those that wait have been taken. */
  #taken = 0;
  #status: Notification["status"] = "completed";

  constructor(world: World) {
    this.#world = world;
    this.#deadLetters = new DeadLetters(world);
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    this.#deadLetters.entry(time, kind, task, worker, attempt, reason);
    this.#status = STATUSES[kind] ?? this.#status; // the entry that ends a task stands right before that of its notification
    if (kind !== EntryKind.notified) return;
    const letter = reason === Reason.exhausted ? this.#deadLetters.letters.pop() : undefined;
    this.#waiting.push({
      task: nameAt(this.#world.tasks.names, task),
      status: this.#status,
      attempts: attempt,
      time,
      ...(letter && { deadLetter: letter }),
    });
  }

  /** The next one, which then waits no more. */
  take(): Notification | undefined {
    if (this.#taken < this.#waiting.length) return this.#waiting[this.#taken++];
    this.#waiting = [];
    this.#taken = 0;
    return undefined;
  }
}
