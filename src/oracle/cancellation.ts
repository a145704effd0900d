// T9: what was cancelled stays cancelled, and is only said to be once that is sure.
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Leases } from "./detection.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Presence } from "./presence.ts";

/** What may still come of a task that was cancelled. */
const AFTERWARDS: readonly EntryKind[] = [EntryKind.stopped, EntryKind.refused, EntryKind.notified];
/** Over a network: until its worker is told. */
const UNTOLD: readonly EntryKind[] = [...AFTERWARDS, EntryKind.began, EntryKind.ended, EntryKind.reached];
/** What may come of one between the request and its acknowledgement. */
const MEANWHILE: readonly EntryKind[] = [...AFTERWARDS, EntryKind.changed, EntryKind.finished, EntryKind.cancelled];

export const CANCELLATION: Invariant = {
  id: "T9",
  statement:
    "After a task was cancelled it is neither bound, started nor completed; what still runs of it is stopped or refused. Where cancellations are confirmed each is requested before, and from then on nothing of the task is dispatched; it is acknowledged at once where its worker is up and not frozen, or none holds it, and else when the worker goes on, has restarted or left, or the lease is over.",
  judge(trace) {
    const finding = new Finding();
    const cancelled = new Uint8Array(trace.world.tasks.count);
    const afterwards = isNetworked(trace.world) ? UNTOLD : AFTERWARDS;
    const requests = trace.settings.cancel === "confirmed" ? new Requests(trace) : undefined;
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, time } = entry;
      if (kind === EntryKind.cancelled) {
        cancelled[task] = 1;
        finding.check(index, time, requests?.unfounded(entry));
      } else if (cancelled[task] === 1 && !afterwards.includes(kind)) {
        finding.check(index, time, `task ${task} goes on after it was cancelled`);
      } else if (requests?.isOpen(task) === true) {
        finding.check(index, time, !MEANWHILE.includes(kind) && `task ${task} goes on after its cancellation was requested`);
      }
      requests?.apply(entry, finding, index);
      index += 1;
    }
    return finding;
  },
};

/** Requests that are not acknowledged yet. */
class Requests {
  readonly #open = new Map<number, TraceEntry>();
  readonly #presence: Presence;
  readonly #leases: Leases | undefined;
  /** When what runs on workers that leave is handed back. */
  readonly #limits = new Map<number, Time>();
  #last: Time = 0;

  constructor(trace: Trace) {
    const { liveness } = trace.settings;
    this.#presence = new Presence(trace);
    this.#leases = liveness && new Leases(liveness);
    for (const action of trace.world.actions ?? [])
      if (action.kind === "leave") this.#limits.set(action.worker, action.time + action.limit);
  }

  isOpen(task: number): boolean {
    return this.#open.has(task);
  }

  apply(entry: TraceEntry, finding: Finding, index: number): void {
    const { kind, task, time } = entry;
    if (time !== this.#last) this.#overdue(finding, index);
    this.#last = time;
    this.#presence.apply(entry);
    this.#leases?.apply(entry);
    if (kind === EntryKind.cancelRequested) this.#open.set(task, entry);
    if (kind === EntryKind.cancelled || kind === EntryKind.finished) this.#open.delete(task);
  }

  /** Requests that an instant has left open, though their workers could answer in it. */
  #overdue(finding: Finding, index: number): void {
    for (const { task, worker } of this.#open.values())
      finding.check(
        index,
        this.#last,
        !this.#isSilent(worker) && `the cancellation of task ${task} is not acknowledged, though its worker could answer`,
      );
  }

  #isSilent(worker: number): boolean {
    return worker >= 0 && (this.#presence.down[worker] === 1 || this.#presence.frozen[worker] === 1);
  }

  /** What is wrong with an acknowledgement. */
  unfounded({ task, worker, time }: TraceEntry): string | undefined {
    if (!this.#open.has(task)) return `task ${task} is cancelled, but nobody has requested that`;
    if (!this.#isSilent(worker) || this.#limits.get(worker) === time) return undefined;
    const least = this.#leases?.leastEnd(task, worker) ?? Number.POSITIVE_INFINITY;
    return time > least ? undefined : `the cancellation of task ${task} is acknowledged, but worker ${worker} may still run it`;
  }
}
