// The disk of a replica: what waits is synced together, takes its time, and is lost if the replica goes down before.
import type { Durable, Entry, Term, Write } from "../consensus/message.ts";

/** A write, and the term in which it was made. */
export interface TermedWrite<C, S> {
  write: Write<C, S>;
  term: Term;
}

export class ReplicaDisk<C, S> {
  #durable: Durable<C, S> & { entries: Entry<C>[] };
  /** Writes that wait, and those of the sync that is under way, oldest first. */
  #waiting: TermedWrite<C, S>[] = [];
  #syncing: TermedWrite<C, S>[] = [];

  constructor(empty: Durable<C, S>) {
    this.#durable = { ...empty, entries: [...empty.entries] };
  }

  get durable(): Durable<C, S> {
    return this.#durable;
  }

  write(write: Write<C, S>, term: Term): void {
    this.#waiting.push({ write, term });
  }

  get isIdle(): boolean {
    return this.#syncing.length === 0;
  }

  /** Begins to sync what waits, if anything does and nothing is under way; says whether it does. */
  begin(): boolean {
    if (this.#syncing.length > 0 || this.#waiting.length === 0) return false;
    this.#syncing = this.#waiting;
    this.#waiting = [];
    return true;
  }

  /** The sync is over: gives the writes that it had. */
  synced(): readonly TermedWrite<C, S>[] {
    const writes = this.#syncing;
    this.#syncing = [];
    for (const { write } of writes) this.#store(write);
    return writes;
  }

  /** The replica is down: what was not synced is lost. */
  loseUnsynced(): void {
    this.#waiting = [];
    this.#syncing = [];
  }

  #store(write: Write<C, S>): void {
    const { entries, snapshot } = this.#durable;
    if (write.kind === "vote") {
      this.#durable = { ...this.#durable, term: write.term, vote: write.vote };
    } else if (write.kind === "entries") {
      const first = (write.entries[0] as Entry<C>).index;
      entries.length = Math.min(entries.length, first - snapshot.index - 1);
      entries.push(...write.entries);
    } else {
      const behind = write.whole ? [] : entries.filter(({ index }) => index > write.snapshot.index);
      this.#durable = { ...this.#durable, snapshot: write.snapshot, entries: behind };
    }
  }
}
