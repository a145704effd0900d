// Commands of a replicated scheduler of which somebody was told that they are noted, when only the leader had them, and that were never done.
import { answerOf, clientOf, TaskState } from "../model/clients.ts";
import { EntryKind } from "../model/trace.ts";

/** By which the end of an attempt counts, as its worker has told it. */
const ENDS: readonly EntryKind[] = [EntryKind.finished, EntryKind.failed, EntryKind.accepted, EntryKind.refused];

export class LostCommands {
  /** By who asked for them: those that nobody's log has. What is told again, for its answer was lost, may be done after all. */
  readonly #forgone = new Set<string>();
  /** Calls of which clients know that they are noted. */
  readonly #noted = new Set<string>();

  entry(kind: EntryKind, task: number, worker: number, attempt: number, amount: number): void {
    const key = () => `${clientOf(worker) < 0 ? task : ""} ${worker} ${attempt}`;
    if (kind === EntryKind.forgone) this.#forgone.add(`${key()} ${worker === -1 ? amount : ""}`);
    else if (kind === EntryKind.returned && answerOf(amount).state === TaskState.noted) this.#noted.add(`${key()} `);
    else if (this.#forgone.size > 0 && (kind === EntryKind.applied || ENDS.includes(kind))) this.#forgone.delete(`${key()} `);
  }

  count(): number {
    let count = 0;
    for (const key of this.#forgone) if (!key.startsWith(" ") || this.#noted.has(key)) count += 1;
    return count;
  }
}
