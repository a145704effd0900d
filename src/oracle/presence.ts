// What is on the workers, as the entries tell: attempts stay there until they end, are stopped, or their worker goes down, whatever the
// scheduler believes of them by then.
import { at } from "../model/columns.ts";
import { DISK, MEMORY } from "../model/resources.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { isNetworked, type World } from "../model/world.ts";

export interface Present {
  task: number;
  worker: number;
  attempt: number;
  /** What of its request: all, what suspended attempts give back, or what they keep. */
  part: "whole" | "given back" | "kept";
}

/** Whether a suspended attempt keeps what it has of a dimension: memory and disk. */
export function isKept(dimension: number): boolean {
  return dimension === MEMORY || dimension === DISK;
}

/** How much of a dimension that is. */
export function amountOf({ task, part }: Pick<Present, "task" | "part">, dimension: number, { tasks }: World): number {
  if (part !== "whole" && (part === "kept") !== isKept(dimension)) return 0;
  return at(tasks.request[dimension], task);
}

const NOTHING: { comes: Present[]; goes: Present[] } = { comes: [], goes: [] };

export class Presence {
  /** 1 for workers that are down, or frozen. */
  readonly down: Uint8Array;
  readonly frozen: Uint8Array;
  /** Attempts that are on a worker, by task and number. */
  readonly #attempts = new Map<string, Present>();
  readonly #onWorker: Set<string>[];
  readonly #suspended = new Set<string>();
  /** What frozen workers have not read: whether an attempt is to be suspended, or to go on. */
  readonly #orders = new Map<string, boolean>();
  /** Starts that frozen workers have not read. */
  readonly #unread = new Map<string, Present>();
  /** The worker that goes on in this moment, and has not read them yet. */
  #awake: number | undefined;

  readonly #networked: boolean;

  constructor({ world }: Trace) {
    this.#networked = isNetworked(world);
    this.down = new Uint8Array(world.workers.count);
    this.frozen = new Uint8Array(world.workers.count);
    this.#onWorker = Array.from({ length: world.workers.count }, () => new Set<string>());
  }

  /**
   * Takes an entry into account; what came onto a worker, and what went. A start that is sent to a worker that is down never comes; one
   * to a worker that is frozen comes when that goes on, after what it stops then.
   */
  apply(entry: TraceEntry): { comes: Present[]; goes: Present[] } {
    const reads = this.#awake !== undefined && !(entry.kind === EntryKind.stopped && entry.worker === this.#awake) ? this.#read() : NOTHING;
    const { comes, goes } = this.#apply(entry);
    return { comes: [...reads.comes, ...comes], goes: [...reads.goes, ...goes] };
  }

  /** The worker that has gone on reads what it was sent. */
  #read(): { comes: Present[]; goes: Present[] } {
    const worker = this.#awake as number;
    this.#awake = undefined;
    const read = [...this.#unread.values()].filter((present) => present.worker === worker);
    for (const present of read) {
      this.#unread.delete(keyOf(present.task, present.attempt));
      this.#put(present);
    }
    const comes = [...read];
    const goes: Present[] = [];
    for (const [key, suspends] of this.#orders) {
      const present = this.#attempts.get(key);
      if (present?.worker !== worker) continue;
      this.#orders.delete(key);
      const change = this.#order(key, suspends);
      comes.push(...change.comes);
      goes.push(...change.goes);
    }
    return { comes, goes };
  }

  #put(present: Present): void {
    this.#attempts.set(keyOf(present.task, present.attempt), present);
    this.#onWorker[present.worker]?.add(keyOf(present.task, present.attempt));
  }

  #apply({ kind, task, worker, attempt, reason }: TraceEntry): { comes: Present[]; goes: Present[] } {
    const key = keyOf(task, attempt);
    if (this.#networked && TOLD.includes(kind)) return NOTHING; // what is true of it other entries say
    switch (kind) {
      case EntryKind.began: {
        const present: Present = { task, worker, attempt, part: "whole" };
        this.#put(present);
        return { comes: [present], goes: [] };
      }
      case EntryKind.ended:
        return { comes: [], goes: this.#drop(key) };
      case EntryKind.copied:
      case EntryKind.started: {
        const present: Present = { task, worker, attempt, part: "whole" };
        if (this.down[worker] === 1) return NOTHING;
        if (this.frozen[worker] === 1) {
          this.#unread.set(key, present);
          return NOTHING;
        }
        this.#put(present);
        return { comes: [present], goes: [] };
      }
      case EntryKind.halted:
      case EntryKind.proceeded:
        return this.#order(key, kind === EntryKind.halted);
      case EntryKind.suspended:
      case EntryKind.continued:
        if (this.frozen[worker] === 0) return this.#order(key, kind === EntryKind.suspended);
        this.#orders.set(key, kind === EntryKind.suspended);
        return NOTHING;
      case EntryKind.finished:
      case EntryKind.accepted:
      case EntryKind.failed:
      case EntryKind.stopped:
      case EntryKind.refused:
        return { comes: [], goes: this.#drop(key) };
      case EntryKind.requeued:
      case EntryKind.lost:
      case EntryKind.cancelled:
      case EntryKind.dropped:
        // A worker that does not hear of it, or is not told, goes on.
        if (worker < 0 || this.frozen[worker] === 1 || reason === Reason.suspicion) return NOTHING;
        return { comes: [], goes: this.#drop(key) };
      case EntryKind.crashed: {
        this.down[worker] = 1;
        for (const [unread, present] of this.#unread) if (present.worker === worker) this.#unread.delete(unread);
        return { comes: [], goes: [...(this.#onWorker[worker] ?? [])].flatMap((each) => this.#drop(each)) };
      }
      case EntryKind.registered:
        this.down[worker] = 0;
        return NOTHING;
      case EntryKind.paused:
        this.frozen[worker] = 1;
        return NOTHING;
      case EntryKind.resumed:
        this.frozen[worker] = 0;
        this.#awake = worker;
        return NOTHING;
      default:
        return NOTHING;
    }
  }

  /** Whether an attempt is on its worker, or was sent there and is not read yet. */
  has(task: number, attempt: number): boolean {
    return this.#attempts.has(keyOf(task, attempt)) || this.#unread.has(keyOf(task, attempt));
  }

  /** The same of one worker. */
  isOn(worker: number, task: number, attempt: number): boolean {
    const key = keyOf(task, attempt);
    return (this.#attempts.get(key) ?? this.#unread.get(key))?.worker === worker;
  }

  /** Attempts of a task that are on workers. */
  of(task: number, newest: number): Present[] {
    const found: Present[] = [];
    for (let attempt = 1; attempt <= newest; attempt++) {
      const present = this.#attempts.get(keyOf(task, attempt));
      if (present !== undefined) found.push(present);
    }
    return found;
  }

  /** Attempts that are on a worker, in the order in which they came. */
  on(worker: number): Present[] {
    return [...(this.#onWorker[worker] ?? [])].flatMap((key) => this.#attempts.get(key) ?? []);
  }

  /** Whether an attempt that is on its worker is suspended there. */
  isSuspended(task: number, attempt: number): boolean {
    return this.#suspended.has(keyOf(task, attempt));
  }

  /** An attempt is suspended, or goes on. */
  #order(key: string, suspends: boolean): { comes: Present[]; goes: Present[] } {
    const present = this.#attempts.get(key);
    if (present === undefined || this.#suspended.has(key) === suspends) return NOTHING;
    if (suspends) this.#suspended.add(key);
    else this.#suspended.delete(key);
    const part: Present[] = [{ ...present, part: "given back" }];
    return suspends ? { comes: [], goes: part } : { comes: part, goes: [] };
  }

  #drop(key: string): Present[] {
    this.#unread.delete(key);
    const present = this.#attempts.get(key);
    const part = this.#suspended.delete(key) ? "kept" : "whole";
    this.#orders.delete(key);
    if (present === undefined) return [];
    this.#attempts.delete(key);
    this.#onWorker[present.worker]?.delete(key);
    return [{ ...present, part }];
  }
}

/** What the scheduler orders or is told, which over a network is another time than when it happens. */
const TOLD: readonly EntryKind[] = [
  EntryKind.started,
  EntryKind.copied,
  EntryKind.dropped,
  EntryKind.finished,
  EntryKind.accepted,
  EntryKind.failed,
  EntryKind.refused,
  EntryKind.requeued,
  EntryKind.lost,
  EntryKind.cancelled,
  EntryKind.suspended,
  EntryKind.continued,
];

function keyOf(task: number, attempt: number): string {
  return `${task}#${attempt}`;
}
