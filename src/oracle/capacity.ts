// R1: nobody gives what he does not have.
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import { isNetworked, joiningWorkers } from "../model/world.ts";
import { AskedAmounts } from "./asked-amounts.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { releases, takes as begins } from "./ledger.ts";
import { amountOf, Presence } from "./presence.ts";
import { changesSize, Sizes } from "./sizes.ts";

export const CAPACITY: Invariant = {
  id: "R1",
  statement:
    "At every entry, per worker and dimension, 0 ≤ allocated ≤ capacity, in whole units: by the scheduler's ledger, and by what is on the workers. One that has not joined, or has left (over a network, on its worker: has departed), has none; one that shrinks has all that it is to keep within what is left before it does.",
  judge(trace) {
    const finding = new Finding();
    const { workers, dimensions } = trace.world;
    const suspended = new Set<string>();
    const asked = new AskedAmounts(trace);
    const allocated = workers.capacity.map(() => new Float64Array(workers.count));
    const present = new PresentOnWorkers(trace);
    const absent = new Set(joiningWorkers(trace.world));
    const sizes = new Sizes(trace);
    const has = (d: number, worker: number) => (absent.has(worker) ? 0 : sizes.of(d, worker));
    let index = 0;
    for (const entry of trace.entries) {
      const { time, kind, task, worker, attempt } = entry;
      const key = `${task}#${attempt}`;
      const takes = begins(entry) || kind === EntryKind.continued;
      const part = kind === EntryKind.suspended || kind === EntryKind.continued ? "given back" : suspended.has(key) ? "kept" : "whole";
      const more = asked.apply(entry)?.books;
      if (takes || releases(entry) || kind === EntryKind.suspended || more !== undefined) {
        if (kind === EntryKind.suspended) suspended.add(key);
        else suspended.delete(key);
        let message: string | undefined;
        for (let d = 0; d < allocated.length; d++) {
          const amount = part === "whole" ? asked.books(task, attempt)[d] : amountOf({ task, part }, d, trace.world);
          const now = allocated[d][worker] + (more?.[d] ?? (takes ? amount : -amount));
          const capacity = has(d, worker);
          allocated[d][worker] = now;
          if (now < 0 || now > capacity || !Number.isSafeInteger(now)) {
            message ??= `${now} of ${capacity} ${dimensions[d]} are allocated on worker ${worker}`;
          }
        }
        finding.check(index, time, message);
      }
      sizes.apply(entry);
      if (kind === EntryKind.registered) absent.delete(worker);
      if (kind === EntryKind.left) absent.add(worker);
      if (trace.settings.liveness !== undefined) finding.check(index, time, present.excess(entry));
      if (changesSize(kind)) {
        const full = dimensions.find((_, d) => allocated[d][worker] > has(d, worker));
        finding.check(index, time, full && `worker ${worker} changes to less ${full} than is allocated there`);
      }
      index += 1;
    }
    return finding;
  },
};

/** What attempts take on the workers, be they given up or not. */
class PresentOnWorkers {
  readonly #trace: Trace;
  readonly #presence: Presence;
  readonly #asked: AskedAmounts;
  readonly #sizes: Sizes;
  readonly #taken: Float64Array[];
  /** Workers that have not joined, or are gone, and the kind of entries that tell that they are. */
  readonly #absent: Set<number>;
  readonly #goes: EntryKind;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#presence = new Presence(trace);
    this.#asked = new AskedAmounts(trace);
    this.#sizes = new Sizes(trace, true);
    this.#taken = trace.world.workers.capacity.map(() => new Float64Array(trace.world.workers.count));
    this.#absent = new Set(joiningWorkers(trace.world));
    this.#goes = isNetworked(trace.world) ? EntryKind.departed : EntryKind.left;
  }

  /** What a worker has, if it is there. */
  #capacity(d: number, worker: number): number {
    return this.#absent.has(worker) ? 0 : this.#sizes.of(d, worker);
  }

  /** Takes an entry into account; what is too much after it. */
  excess(entry: TraceEntry): string | undefined {
    const { dimensions } = this.#trace.world;
    const { comes, goes } = this.#presence.apply(entry);
    const more = this.#asked.apply(entry)?.there;
    this.#sizes.apply(entry);
    if (entry.kind === EntryKind.registered) this.#absent.delete(entry.worker);
    if (entry.kind === this.#goes) this.#absent.add(entry.worker);
    for (let d = 0; d < this.#taken.length; d++) {
      const taken = this.#taken[d];
      for (const gone of goes) taken[gone.worker] -= this.#asked.amountOf(gone, d);
      for (const come of comes) taken[come.worker] += this.#asked.amountOf(come, d);
      if (more !== undefined) taken[entry.worker] += more[d];
      const full = [...comes, ...(more === undefined ? [] : [entry])].find(
        ({ worker }) => taken[worker] > this.#capacity(d, worker),
      )?.worker;
      if (full !== undefined) return `attempts on worker ${full} take ${taken[full]} of ${this.#capacity(d, full)} ${dimensions[d]}`;
      const changed = this.#sizes.follows(entry.kind) && taken[entry.worker] > this.#capacity(d, entry.worker);
      if (changed) return `worker ${entry.worker} changes while attempts on it take ${taken[entry.worker]} ${dimensions[d]}`;
      const left = entry.kind === this.#goes ? taken[entry.worker] : 0;
      if (left > 0) return `worker ${entry.worker} is gone, and attempts on it take ${left} ${dimensions[d]}`;
    }
    return undefined;
  }
}
