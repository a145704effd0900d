// T5-recalled: running attempts are taken back only once their workers have stopped them.
import { EntryKind, REASON_NAMES, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { releases } from "./ledger.ts";
import { Presence } from "./presence.ts";

/** Why the scheduler takes attempts back itself, be their workers well or not. */
const TAKEN_BACK: readonly Reason[] = [Reason.client, Reason.preemption, Reason.drain, Reason.shrink];

export const RECALLING: Invariant = {
  id: "T5-recalled",
  statement:
    "Where attempts are given up at the end of their leases, one that a client, a preemption, a drain or a shrink takes back goes back to the queue at once if its worker can answer; if that is paused or down, or a network lies between, it is recalled first (but for a preemption), and goes back when the worker has answered: at once when it goes on, and over a network when the attempt is on it no more.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    if (liveness?.requeue !== "lease-end") {
      for (const [index, { kind, time, task }] of [...trace.entries].entries())
        if (kind === EntryKind.recalled) finding.check(index, time, `task ${task} is recalled, where nobody waits for workers to answer`);
      return finding;
    }
    const recalled = new Recalled(trace);
    let last: Time = 0;
    let index = 0;
    for (const entry of trace.entries) {
      if (entry.time !== last) recalled.checkInstant(finding, index, last);
      last = entry.time;
      finding.check(index, entry.time, recalled.wrong(entry));
      recalled.apply(entry);
      index += 1;
    }
    return finding;
  },
};

/** Attempts that are recalled, and whether their workers can answer. */
class Recalled {
  readonly #networked: boolean;
  readonly #presence: Presence;
  /** By task, the worker. */
  readonly #open = new Map<number, number>();

  constructor(trace: Trace) {
    this.#networked = isNetworked(trace.world);
    this.#presence = new Presence(trace);
  }

  wrong({ kind, task, worker, attempt, reason }: TraceEntry): string | undefined {
    const answers = !this.#networked && this.#answers(worker);
    if (kind === EntryKind.recalled) return answers ? `task ${task} is recalled, and its worker ${worker} could stop at once` : undefined;
    const isTakenBack = (kind === EntryKind.requeued || kind === EntryKind.lost) && worker >= 0 && TAKEN_BACK.includes(reason);
    if (!isTakenBack) return undefined;
    if (!this.#networked)
      return answers ? undefined : `task ${task} is taken back (${REASON_NAMES[reason]}), and its worker ${worker} cannot answer`;
    if (this.#presence.of(task, attempt).some((present) => present.attempt === attempt))
      return `task ${task} is taken back (${REASON_NAMES[reason]}), and is on worker ${worker} still`;
    const isFounded = reason === Reason.preemption || this.#open.has(task) || reason === Reason.drain; // R4-drain says what workers refuse
    return isFounded ? undefined : `task ${task} is taken back (${REASON_NAMES[reason]}), and was not recalled`;
  }

  #answers(worker: number): boolean {
    return worker >= 0 && this.#presence.down[worker] === 0 && this.#presence.frozen[worker] === 0;
  }

  apply(entry: TraceEntry): void {
    if (entry.kind === EntryKind.recalled) this.#open.set(entry.task, entry.worker);
    else if (releases(entry)) this.#open.delete(entry.task);
    this.#presence.apply(entry);
  }

  /** At the end of an instant: who could answer has done so. */
  checkInstant(finding: Finding, index: number, time: Time): void {
    if (this.#networked) return;
    for (const [task, worker] of this.#open)
      finding.check(
        index,
        time,
        this.#answers(worker) && `task ${task} is not back in the queue, though its worker ${worker} could answer`,
      );
  }
}
