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
  [EntryKind.accepted]: "completed",
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
  /** How tasks ended whose clients are still to be told: over a link of theirs others may end, and be told of, before. */
  readonly #untold = new Map<number, Pick<Notification, "status" | "deadLetter">>();

  constructor(world: World) {
    this.#world = world;
    this.#deadLetters = new DeadLetters(world);
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    this.#deadLetters.entry(time, kind, task, worker, attempt, reason);
    const status = STATUSES[kind];
    if (status !== undefined) {
      const letter = kind === EntryKind.abandoned && reason === Reason.exhausted ? this.#deadLetters.letters.pop() : undefined;
      this.#untold.set(task, { status, ...(letter && { deadLetter: letter }) });
    }
    const end = this.#untold.get(task);
    if (kind !== EntryKind.notified || end === undefined) return;
    this.#untold.delete(task);
    this.#waiting.push({ task: nameAt(this.#world.tasks.names, task), attempts: attempt, time, ...end });
  }

  /** The next one, which then waits no more. */
  take(): Notification | undefined {
    if (this.#taken < this.#waiting.length) return this.#waiting[this.#taken++];
    this.#waiting = [];
    this.#taken = 0;
    return undefined;
  }
}
