// R4-turnover: workers join and leave as they are asked to.
import { poolOf, unlaunchedWorkers } from "../model/cloud.ts";
import { aboutFile, EntryKind, type Trace, type TraceEntry, TURNS } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked, type WorkerAction, type World } from "../model/world.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { lateness } from "./hiring.ts";
import { releases, takes } from "./ledger.ts";

/** What may happen on a worker that has left and does not know yet, and what it may tell of it. */
const AFTER_LEAVING: readonly EntryKind[] = [
  EntryKind.crashed,
  EntryKind.paused,
  EntryKind.resumed,
  EntryKind.muted,
  EntryKind.unmuted,
  EntryKind.slowed,
  EntryKind.drifted,
  EntryKind.diskLost,
  EntryKind.adapted,
  EntryKind.readapted,
  EntryKind.began,
  EntryKind.straggled,
  EntryKind.halted,
  EntryKind.proceeded,
  EntryKind.reached,
  EntryKind.outlived,
  EntryKind.ended,
  EntryKind.stopped,
  EntryKind.accepted,
  EntryKind.refused,
  EntryKind.departed,
  EntryKind.cpuShared,
  EntryKind.memoryShared,
  ...TURNS,
];

type Leave = Pick<Extract<WorkerAction, { kind: "leave" }>, "time" | "limit">;

export const TURNOVER: Invariant = {
  id: "R4-turnover",
  statement:
    "A worker that joins registers at its time, or later where a fault holds it or a network lies between, and nothing is heard of it before; one drains when it is asked to leave, once; it is gone in the instant in which nothing runs there any more by the ledger, at its limit at the latest, or, where leases are kept or a cancellation is to be confirmed, when its worker has answered: later, if it is paused or down, or a network lies between; and one that goes down while it drains, or has left, never comes back. Over a network what happens on one that has left goes on until it has departed, and one that comes back while it drains is gone at once. An instance of a pool joins when it has booted, and is gone at the end of its notice, whatever becomes of what it holds; another may be launched in its place.",
  judge(trace) {
    const finding = new Finding();
    const workers = new Workers(trace);
    let last: Time = 0;
    let index = 0;
    for (const entry of trace.entries) {
      if (entry.time !== last) workers.checkInstant(finding, index, last, entry.time);
      last = entry.time;
      workers.check(finding, index, entry);
      index += 1;
    }
    if (ranOut(trace)) workers.checkInstant(finding, index, last, trace.ending.time);
    return finding;
  },
};

/** Where each worker stands that joins or leaves, by the entries read so far. */
class Workers {
  /** When those are to join that have not registered, and whether a fault may hold them, or the network their registration, till later. */
  readonly #joins = new Map<number, { time: Time; held: boolean }>();
  readonly #leaves = new Map<number, Leave>();
  readonly #draining = new Set<number>();
  readonly #left = new Set<number>();
  readonly #departed = new Set<number>();
  /** Attempts that hold a worker by the ledger. */
  readonly #running = new Map<number, number>();
  readonly #known: boolean;
  readonly #networked: boolean;
  /** Whether what is handed back at the limit is so only when its worker has answered, and who cannot then. */
  readonly #waits: boolean;
  readonly #down = new Set<number>();
  /** Workers of copies that run beside the attempts of their tasks. */
  readonly #copies = new Map<number, number>();
  /** Tasks whose cancellation is to be confirmed, with their workers. */
  readonly #cancelling = new Map<number, readonly number[]>();
  readonly #paused = new Set<number>();
  readonly #cloud: World["cloud"];
  /** Whether an instance may be up later than it has booted. */
  readonly #mayBeLate: (worker: number) => boolean;

  constructor(trace: Trace) {
    const { world, settings } = trace;
    this.#cloud = world.cloud;
    this.#mayBeLate = lateness(trace);
    for (const worker of unlaunchedWorkers(world.cloud)) this.#departed.add(worker);
    this.#networked = isNetworked(world);
    this.#waits = settings.liveness?.requeue === "lease-end";
    const held = new Set(
      world.faults?.tracks.flatMap(({ worker, effect }) => (effect.kind === "down" || effect.kind === "frozen" ? [worker] : [])),
    );
    for (const action of world.actions ?? []) {
      if (action.kind === "join") this.#joins.set(action.worker, { time: action.time, held: this.#networked || held.has(action.worker) });
      if (action.kind === "leave") this.#leaves.set(action.worker, action);
    }
    this.#known = this.#joins.size + this.#leaves.size > 0 || world.cloud !== undefined;
  }

  check(finding: Finding, index: number, entry: TraceEntry): void {
    const { kind, worker, time } = entry;
    if (kind === EntryKind.copied) this.#copies.set(entry.task, worker);
    if (kind === EntryKind.cancelRequested) this.#cancelling.set(entry.task, [worker, this.#copies.get(entry.task) ?? -1]);
    else if (kind === EntryKind.dropped) this.#copies.delete(entry.task);
    else if (releases(entry)) this.#cancelling.delete(entry.task);
    if (kind === EntryKind.crashed) this.#down.add(worker);
    else if (kind === EntryKind.registered) this.#down.delete(worker);
    else if (kind === EntryKind.paused) this.#paused.add(worker);
    else if (kind === EntryKind.resumed) this.#paused.delete(worker);
    if (worker < 0 || kind === EntryKind.linked) return; // a link is there before its worker and after it
    if (kind === EntryKind.launched || kind === EntryKind.reclaimed) return this.#hires(entry); // R7 has more
    if (kind === EntryKind.draining && this.#isHired(worker) && !this.#leaves.has(worker))
      this.#leaves.set(worker, { time, limit: Number.POSITIVE_INFINITY });
    if (takes(entry)) this.#running.set(worker, (this.#running.get(worker) ?? 0) + 1);
    else if (releases(entry)) this.#running.set(worker, (this.#running.get(worker) ?? 0) - 1);
    const isTurn = kind === EntryKind.draining || kind === EntryKind.left || (kind === EntryKind.registered && this.#draining.has(worker));
    if (isTurn || kind === EntryKind.departed || this.#left.has(worker) || this.#joins.has(worker))
      finding.check(index, time, this.#fault(entry));
    if (kind === EntryKind.registered) this.#joins.delete(worker);
    if (kind === EntryKind.draining) this.#draining.add(worker);
    if (kind === EntryKind.draining) this.#joins.delete(worker); // it may be asked to leave before it could register
    if (kind === EntryKind.left) this.#draining.delete(worker);
    if (kind === EntryKind.left && this.#isHired(worker)) this.#leaves.delete(worker);
    if (kind === EntryKind.left) this.#left.add(worker);
    if (kind === EntryKind.departed) this.#departed.add(worker);
  }

  #isHired(worker: number): boolean {
    return poolOf(this.#cloud, worker) !== undefined;
  }

  /** An instance is launched, or it is said that it will be taken back. */
  #hires({ kind, worker, time }: TraceEntry): void {
    const pool = poolOf(this.#cloud, worker);
    if (kind === EntryKind.reclaimed) return;
    this.#left.delete(worker);
    this.#departed.delete(worker);
    this.#down.delete(worker);
    this.#joins.set(worker, { time: time + (pool?.boot ?? 0), held: this.#mayBeLate(worker) });
  }

  #fault({ kind, worker, time }: TraceEntry): string | undefined {
    const joins = this.#joins.get(worker);
    const leave = this.#leaves.get(worker);
    if (this.#departed.has(worker)) return `something happens on worker ${worker}, which has departed`;
    if (aboutFile(kind)) return undefined; // T19 knows who has any
    if (this.#left.has(worker)) {
      const mayBe = this.#networked && AFTER_LEAVING.includes(kind);
      return mayBe ? undefined : `something happens on worker ${worker}, which has left`;
    }
    if (kind === EntryKind.departed) return `worker ${worker} departs, and has not left`;
    if (kind === EntryKind.draining) {
      if (leave?.time !== time || this.#draining.has(worker)) return `worker ${worker} drains, which nobody asked for then`;
      return joins !== undefined && !joins.held ? `worker ${worker} is to leave, and has not joined` : undefined;
    }
    if (kind === EntryKind.left) {
      if (!this.#draining.has(worker)) return `worker ${worker} leaves, and was not draining`;
      return (this.#running.get(worker) ?? 0) > 0 ? `worker ${worker} leaves while something runs there` : undefined;
    }
    if (kind === EntryKind.registered && !this.#networked && this.#draining.has(worker))
      return `worker ${worker} comes back, though it is to leave`;
    if (joins === undefined) return undefined;
    if (kind !== EntryKind.registered) return `something happens on worker ${worker}, which has not joined`;
    const timely = joins.held ? time >= joins.time : time === joins.time;
    return timely ? undefined : `worker ${worker} registers at ${time}, but joins at ${joins.time}`;
  }

  /** At the end of an instant: who should have come, begun to drain or gone by then. `next` is when something happens again. */
  checkInstant(finding: Finding, index: number, time: Time, next: Time): void {
    if (!this.#known) return;
    for (const worker of this.#draining) {
      const idle = (this.#running.get(worker) ?? 0) === 0;
      finding.check(index, time, idle && `nothing runs on worker ${worker}, which drains, and it has not left`);
      if (this.#isHired(worker)) continue; // R7-notice has its limit
      const { time: asked, limit } = this.#leaves.get(worker) as Leave;
      const mayWait = this.#waits || [...this.#cancelling.values()].some((workers) => workers.includes(worker));
      const waits = mayWait && (this.#networked || this.#down.has(worker) || this.#paused.has(worker));
      if (next > asked + limit && !waits) finding.check(index, next, `worker ${worker} has not left at its limit`);
    }
    for (const [worker, joins] of this.#joins)
      if (!joins.held && next > joins.time) finding.check(index, next, `worker ${worker} has not joined at ${joins.time}`);
    for (const [worker, leave] of this.#leaves)
      if (next > leave.time && !this.#draining.has(worker) && !this.#left.has(worker))
        finding.check(index, next, `worker ${worker} was to leave at ${leave.time}, and does not drain`);
  }
}
