// T21: copies start for attempts that take too long, and give way to the first of the two that completes.
import { at } from "../model/columns.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { failsBeside, Ledger } from "./ledger.ts";

export const SPECULATION: Invariant = {
  id: "T21",
  statement:
    "A copy starts only where speculation is asked for, beside an attempt that runs on another worker, one at a time and none after one of two has failed by itself, and when that has taken so many times the lower median of the attempts that had completed tasks of its function by then, as many as are asked for at least; of two attempts one is stopped for the other's sake only as that completes their task.",
  judge(trace) {
    const finding = new Finding();
    const families = new Families(trace);
    const ledger = new Ledger(trace);
    const overtaken = new Map<number, number>(); // tasks that are to complete in this instant, and by which worker's attempt
    let last: Time = 0;
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time, reason } = entry;
      if (time !== last)
        for (const left of overtaken.keys())
          finding.check(index, last, `task ${left} does not complete, though an attempt was stopped for that`);
      if (time !== last) overtaken.clear();
      last = time;
      if (kind === EntryKind.copied) finding.check(index, time, families.wrong(entry, ledger));
      if (kind === EntryKind.finished && overtaken.has(task)) {
        finding.check(index, time, overtaken.get(task) !== worker && `task ${task} completes by an attempt that was stopped`);
        overtaken.delete(task);
      }
      families.apply(entry, ledger);
      ledger.apply(entry);
      if (kind === EntryKind.dropped && reason === Reason.overtaken) overtaken.set(task, ledger.worker[task]);
      index += 1;
    }
    for (const left of overtaken.keys())
      finding.check(index, last, `task ${left} does not complete, though an attempt was stopped for that`);
    return finding;
  },
};

/** How long attempts took that completed, by function. */
class Families {
  readonly #trace: Trace;
  /** Sorted. */
  readonly #took = new Map<number, Duration[]>();
  /** Tasks of which one of two attempts has failed by itself, and the other goes on. */
  readonly #spent = new Set<number>();
  /** The least that it has ever been too long to take. */
  readonly #least = new Map<number, Duration>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  #labelOf(task: number): number {
    return at(this.#trace.world.tasks.function.indices, task);
  }

  wrong({ task, worker, time }: TraceEntry, ledger: Ledger): string | undefined {
    if (this.#trace.settings.speculation === undefined) return `task ${task} has a copy, which nobody has asked for`;
    if (ledger.copies.has(task)) return `task ${task} has a second copy beside another`;
    if (ledger.worker[task] === worker) return `task ${task} has a copy on its own worker`;
    if (this.#spent.has(task)) return `task ${task} has a copy after an attempt beside another has failed`;
    const least = this.#least.get(this.#labelOf(task));
    if (least === undefined) return `task ${task} has a copy, and too few others have completed`;
    const taken = time - ledger.startedAt[task];
    return taken >= least ? undefined : `task ${task} has a copy after ${taken} µs, and ${least} at least are usual`;
  }

  apply(entry: TraceEntry, ledger: Ledger): void {
    const { kind, task, time } = entry;
    if (kind === EntryKind.started) this.#spent.delete(task);
    else if (failsBeside(entry)) this.#spent.add(task);
    const { speculation } = this.#trace.settings;
    if (speculation === undefined || kind !== EntryKind.finished) return;
    const label = this.#labelOf(task);
    if (label === 0) return; // without a function
    const took = this.#took.get(label) ?? [];
    const length = time - ledger.startedAt[task];
    const place = took.findIndex((other) => other > length);
    took.splice(place < 0 ? took.length : place, 0, length);
    this.#took.set(label, took);
    if (took.length < speculation.min) return;
    const limit = Math.ceil(speculation.factor * took[Math.ceil(took.length / 2) - 1]);
    this.#least.set(label, Math.min(limit, this.#least.get(label) ?? limit));
  }
}
