// The dead letters of a run: tasks that failed for good because their attempts ran out, as in dead-letters.csv.
import { nameAt } from "../model/columns.ts";
import { EntryKind, REASON_NAMES, Reason, type TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";

/** Times in µs. */
export interface DeadLetter {
  task: string;
  /** Attempts that it had. */
  attempts: number;
  /** Where the last one ran. */
  worker: string;
  /** Why that failed, or was lost. */
  reason: string;
  failed: Time;
}

/** Folds entries into one letter per task that ran out of attempts, in order of time. */
export class DeadLetters implements TraceSink {
  readonly letters: DeadLetter[] = [];
  readonly #world: World;
  #worker = -1;
  #reason: Reason = Reason.none;

  constructor(world: World) {
    this.#world = world;
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    if (kind === EntryKind.failed || kind === EntryKind.lost) {
      this.#worker = worker; // the entry that gives the task up follows at once
      this.#reason = reason;
    } else if (kind === EntryKind.abandoned && reason === Reason.exhausted) {
      this.letters.push({
        task: nameAt(this.#world.tasks.names, task),
        attempts: attempt,
        worker: this.#world.workers.names[this.#worker] as string,
        reason: REASON_NAMES[this.#reason] as string,
        failed: time,
      });
    }
  }
}
