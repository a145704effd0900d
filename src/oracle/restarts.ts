// What workers held when their next incarnations registered: that is lost, and given up at that instant.
import { EntryKind, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { Finding } from "./invariant.ts";
import { releases, takes } from "./ledger.ts";

export class Restarts {
  /** Workers of attempts that are held, by task and number. */
  readonly #held = new Map<string, number>();
  /** Of them, those whose workers registered anew at this instant. */
  readonly #lost = new Set<string>();
  #last: Time = 0;

  apply(entry: TraceEntry, finding: Finding, index: number): void {
    const { kind, task, worker, attempt, time } = entry;
    if (time !== this.#last) this.judge(finding, index, this.#last);
    this.#last = time;
    const key = `${task}#${attempt}`;
    if (takes(entry)) this.#held.set(key, worker);
    else if (kind === EntryKind.registered) for (const [held, on] of this.#held) if (on === worker) this.#lost.add(held);
    if (!releases(entry)) return;
    this.#held.delete(key);
    if (this.#lost.delete(key)) finding.check(index, time, undefined);
  }

  /** The instant is over. */
  judge(finding: Finding, index: number, time: Time): void {
    for (const task of this.#lost) finding.check(index, time, `task and attempt ${task} are not given up, though its worker has restarted`);
    this.#lost.clear();
  }
}
