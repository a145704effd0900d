// What workers held when their next incarnations registered: that is lost, and given up at that instant.
import { EntryKind, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { Finding } from "./invariant.ts";
import { releases } from "./ledger.ts";

export class Restarts {
  /** Workers of attempts that are held, by task. */
  readonly #held = new Map<number, number>();
  /** Of them, those whose workers registered anew at this instant. */
  readonly #lost = new Set<number>();
  #last: Time = 0;

  apply(entry: TraceEntry, finding: Finding, index: number): void {
    const { kind, task, worker, time } = entry;
    if (time !== this.#last) this.judge(finding, index, this.#last);
    this.#last = time;
    if (kind === EntryKind.started) this.#held.set(task, worker);
    else if (kind === EntryKind.registered) for (const [held, on] of this.#held) if (on === worker) this.#lost.add(held);
    if (!releases(entry)) return;
    this.#held.delete(task);
    if (this.#lost.delete(task)) finding.check(index, time, undefined);
  }

  /** The instant is over. */
  judge(finding: Finding, index: number, time: Time): void {
    for (const task of this.#lost) finding.check(index, time, `task ${task} is not given up, though its worker has restarted`);
    this.#lost.clear();
  }
}
