// The disk of a replica: what waits is synced together, takes its time, and is lost if the replica goes down before. Each entry has a checksum, and
// the disk knows what was synced: so a torn tail, of which nobody was told, is told from an entry that has rotted, which others may count on.
import type { Durable, Entry, Index, Term, Write } from "../consensus/message.ts";

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
  /** Whether something that was synced cannot be read. */
  #isRotten = false;

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

  /**
   * The same in the midst of a sync: of its entries, votes and snapshots, in their order, the first part is there, by a number in [0, 1). One that
   * is half there is dropped by its checksum, as if it were not. Gives what is there.
   */
  tear(drawn: number): readonly TermedWrite<C, S>[] {
    const parts = this.#syncing.flatMap(partsOf);
    this.loseUnsynced();
    const there = parts.slice(0, Math.floor(drawn * (parts.length + 1)));
    for (const { write } of there) this.#store(write);
    return there;
  }

  /** One of the entries on disk, by a number in [0, 1), cannot be read any more; or the snapshot before them. Gives its index; undefined where there are none. */
  rot(drawn: number): Index | undefined {
    const { snapshot, entries } = this.#durable;
    const indexes = [...(snapshot.index > 0 ? [snapshot.index] : []), ...entries.map(({ index }) => index)];
    this.#isRotten ||= indexes.length > 0;
    return indexes[Math.floor(drawn * indexes.length)];
  }

  /** Whether all that was synced can be read. */
  get isWhole(): boolean {
    return !this.#isRotten;
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

/** What is written one after the other. */
function partsOf<C, S>({ write, term }: TermedWrite<C, S>): TermedWrite<C, S>[] {
  if (write.kind !== "entries") return [{ write, term }];
  return write.entries.map((entry) => ({ write: { kind: "entries", entries: [entry] }, term }));
}
