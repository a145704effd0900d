// T9: what was cancelled stays cancelled, and is only said to be once that is sure.
import { aboutCommand, EntryKind, Reason, type Trace, type TraceEntry, TURNS } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Clocks } from "./clocks.ts";
import { Leases } from "./leases.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { takes } from "./ledger.ts";
import { Presence } from "./presence.ts";

/** What may still come of a task that was cancelled. */
const AFTERWARDS: readonly EntryKind[] = [
  ...[EntryKind.stopped, EntryKind.refused, EntryKind.fenced, EntryKind.notified, EntryKind.answered],
  ...[...TURNS, EntryKind.cpuShared, EntryKind.memoryShared], // on a worker that does not know; T22 says whether it is there
];
/** What may come of one between the request and its acknowledgement. */
const MEANWHILE: readonly EntryKind[] = [
  ...AFTERWARDS,
  EntryKind.progressed,
  EntryKind.gathered,
  EntryKind.asked,
  EntryKind.changed,
  EntryKind.finished,
  EntryKind.cancelled,
  EntryKind.dropped,
];
/** What may happen on a worker that does not know yet, where a network lies between. */
const ON_WORKERS: readonly EntryKind[] = [
  EntryKind.began,
  EntryKind.halted,
  EntryKind.proceeded,
  EntryKind.reached,
  EntryKind.straggled,
  EntryKind.ended,
];

export const CANCELLATION: Invariant = {
  id: "T9",
  statement:
    "After a task was cancelled it is neither bound, started nor completed; what still runs of it is stopped or refused. Where cancellations are confirmed each is requested before, and from then on nothing of the task is dispatched; it is acknowledged at once where its worker is up and not frozen, or none holds it, and else when the worker goes on or has restarted, or the lease is over; over a network, when nothing of it is on its worker any more, nor comes there, or that is frozen beyond the lease, or has a clock that is slower than the scheduler allows for.",
  judge(trace) {
    const finding = new Finding();
    const cancelled = new Uint8Array(trace.world.tasks.count);
    const requests = trace.settings.cancel === "confirmed" ? new Requests(trace) : undefined;
    const networked = isNetworked(trace.world);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, time } = entry;
      if (kind === EntryKind.cancelled) {
        cancelled[task] = 1;
        finding.check(index, time, requests?.unfounded(entry));
      } else if (cancelled[task] === 1 && !AFTERWARDS.includes(kind) && !aboutCommand(kind)) {
        const mayBe = networked && ON_WORKERS.includes(kind) && requests?.isOver(entry) !== true;
        finding.check(index, time, !mayBe && `task ${task} goes on after it was cancelled`);
      } else if (requests?.isOpen(task) === true) {
        const mayBe = MEANWHILE.includes(kind) || (networked && ON_WORKERS.includes(kind));
        finding.check(index, time, !mayBe && `task ${task} goes on after its cancellation was requested`);
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
  /** The attempts that ran of tasks whose cancellation is acknowledged. */
  readonly #acknowledged = new Map<number, number>();
  readonly #presence: Presence;
  readonly #leases: Leases | undefined;
  readonly #networked: boolean;
  /** When the last attempt of each task started. */
  readonly #startedAt = new Map<string, Time>();
  /** Copies that run beside the attempts of their tasks. */
  readonly #copies = new Map<number, TraceEntry>();
  readonly #lease: Duration;
  readonly #clocks = new Clocks();
  readonly #drift: number;
  #last: Time = 0;

  constructor(trace: Trace) {
    const { liveness } = trace.settings;
    this.#drift = liveness?.drift ?? 0;
    this.#presence = new Presence(trace);
    this.#leases = liveness && new Leases(liveness);
    this.#networked = isNetworked(trace.world);
    this.#lease = liveness?.lease ?? Number.POSITIVE_INFINITY;
  }

  isOpen(task: number): boolean {
    return this.#open.has(task);
  }

  /**
   * Whether that cannot happen on a worker, for it was acknowledged that the attempt is not there; a frozen one may end it when it goes on, and
   * one whose clock is slower than the scheduler allows for may not know that its lease was over.
   */
  isOver({ kind, task, worker, attempt, reason }: TraceEntry): boolean {
    if (!this.#clocks.isWithin(worker, this.#drift)) return false;
    return this.#acknowledged.get(task) === attempt && !(kind === EntryKind.ended && reason === Reason.lease);
  }

  apply(entry: TraceEntry, finding: Finding, index: number): void {
    const { kind, task, worker, attempt, time } = entry;
    if (time !== this.#last && !this.#networked) this.#overdue(finding, index);
    this.#last = time;
    this.#presence.apply(entry);
    this.#clocks.apply(entry);
    this.#leases?.apply(entry);
    if (takes(entry)) this.#startedAt.set(`${task}#${attempt}`, time);
    if (kind === EntryKind.copied) this.#copies.set(task, entry);
    if (kind === EntryKind.dropped) this.#drop(task, attempt);
    if (kind === EntryKind.cancelRequested) this.#open.set(task, entry);
    if (kind === EntryKind.cancelled && worker >= 0) this.#acknowledged.set(task, attempt);
    if (kind === EntryKind.cancelled || kind === EntryKind.finished) this.#open.delete(task);
  }

  /** One of two attempts is over: the other has to be stopped still. */
  #drop(task: number, attempt: number): void {
    const copy = this.#copies.get(task);
    const open = this.#open.get(task);
    this.#copies.delete(task);
    if (open?.attempt === attempt && copy !== undefined) this.#open.set(task, { ...open, worker: copy.worker, attempt: copy.attempt });
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
  unfounded({ task, worker, attempt, time }: TraceEntry): string | undefined {
    if (!this.#open.has(task)) return `task ${task} is cancelled, but nobody has requested that`;
    if (this.#networked && worker < 0) return undefined; // what was given up before may run on, and is refused
    if (this.#networked) {
      if (this.#presence.of(task, attempt).every((present) => present.attempt !== attempt)) return undefined;
      const over = (this.#startedAt.get(`${task}#${attempt}`) ?? 0) + this.#lease; // when it was renewed no entry tells
      const mayOutlive = this.#presence.frozen[worker] === 1 || !this.#clocks.isWithin(worker, this.#drift);
      if (mayOutlive && time > over) return undefined;
      return `the cancellation of task ${task} is acknowledged, and it is still on worker ${worker}`;
    }
    if (!this.#isSilent(worker)) return undefined;
    const least = this.#leases?.leastEnd(task, worker) ?? Number.POSITIVE_INFINITY;
    return time > least ? undefined : `the cancellation of task ${task} is acknowledged, but worker ${worker} may still run it`;
  }
}
