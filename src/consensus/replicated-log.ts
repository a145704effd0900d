// A log whose beginning may be a snapshot: entries by index, with a hash of all before each, and who was a member at each.
import type { Content, Entry, Index, Members, Snapshot, Term } from "./message.ts";

export class ReplicatedLog<C, S> {
  #snapshot: Snapshot<S>;
  /** Behind the snapshot. */
  readonly #entries: Entry<C>[];
  /** Who is a member from which entry on, ascending; the first is the snapshot's. */
  #members: { index: Index; members: Members }[];
  readonly #hashOf: (command: C) => number;

  /** `hashOf`: 32 bits or more of a command's content. */
  constructor(snapshot: Snapshot<S>, entries: readonly Entry<C>[], hashOf: (command: C) => number) {
    this.#snapshot = snapshot;
    this.#entries = [...entries];
    this.#hashOf = hashOf;
    this.#members = [{ index: snapshot.index, members: snapshot.members }];
    for (const entry of entries) this.#learn(entry);
  }

  get snapshot(): Snapshot<S> {
    return this.#snapshot;
  }

  get lastIndex(): Index {
    return this.#snapshot.index + this.#entries.length;
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#snapshot.term;
  }

  get lastHash(): number {
    return this.#entries.at(-1)?.hash ?? this.#snapshot.hash;
  }

  /** The members as of the last entry, committed or not. */
  get members(): Members {
    return (this.#members.at(-1) as { members: Members }).members;
  }

  /** The entry from which on they are. */
  get membersSince(): Index {
    return (this.#members.at(-1) as { index: Index }).index;
  }

  /** The members before those, if they are still in the log. */
  get membersBefore(): Members | undefined {
    return this.#members.at(-2)?.members;
  }

  /** Undefined of entries that are not there, or only in the snapshot. */
  at(index: Index): Entry<C> | undefined {
    return this.#entries[index - this.#snapshot.index - 1];
  }

  /** Undefined where it is not known: before the snapshot's last entry, or behind the end. */
  termAt(index: Index): Term | undefined {
    return index === this.#snapshot.index ? this.#snapshot.term : this.at(index)?.term;
  }

  /** Entries from an index on, which stands behind the snapshot, so many at most. */
  from(index: Index, most: number): Entry<C>[] {
    const first = index - this.#snapshot.index - 1;
    return this.#entries.slice(first, first + most);
  }

  /** Entries behind one up to another. */
  between(after: Index, to: Index): Entry<C>[] {
    return this.from(after + 1, to - after);
  }

  /** A new entry at the end. */
  append(term: Term, content: Content<C>): Entry<C> {
    const entry = { term, index: this.lastIndex + 1, content, hash: this.#hashBehind(this.lastHash, term, content) };
    this.add(entry);
    return entry;
  }

  /** One of a leader's, at the end. */
  add(entry: Entry<C>): void {
    this.#entries.push(entry);
    this.#learn(entry);
  }

  #learn({ index, content }: Entry<C>): void {
    if (content.kind === "members") this.#members.push({ index, members: content.members });
  }

  /** Drops entries from an index on; with them the members that they named. */
  truncate(from: Index): void {
    this.#entries.length = Math.min(this.#entries.length, from - this.#snapshot.index - 1);
    this.#members = this.#members.filter(({ index }) => index < from);
  }

  /** Takes a snapshot of a state in place of the entries up to an index. */
  compact(index: Index, state: S): Snapshot<S> {
    const { term, hash } = this.at(index) as Entry<C>;
    const { members } = this.#members.findLast((each) => each.index <= index) as { members: Members };
    this.#entries.splice(0, index - this.#snapshot.index);
    this.#snapshot = { index, term, hash, members, state };
    this.#members = [{ index, members }, ...this.#members.filter((each) => each.index > index)];
    return this.#snapshot;
  }

  /** Takes another's snapshot; entries behind it stay if they may follow on it. Says whether they do. */
  install(snapshot: Snapshot<S>): boolean {
    const stays = this.termAt(snapshot.index) === snapshot.term;
    if (stays) this.#entries.splice(0, snapshot.index - this.#snapshot.index);
    else this.#entries.length = 0;
    this.#snapshot = snapshot;
    this.#members = [{ index: snapshot.index, members: snapshot.members }];
    for (const entry of this.#entries) this.#learn(entry);
    return stays;
  }

  /** Whether a log that ends so is as far as this one, or further. */
  isUpToDate(lastIndex: Index, lastTerm: Term): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  #hashBehind(prefix: number, term: Term, content: Content<C>): number {
    const words = [Math.floor(prefix / 0x200000), prefix % 0x200000, term, ...this.#wordsOf(content)];
    let [a, b] = [0x243f6a88, 0x13198a2e];
    for (const word of words) {
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(((b << 13) | (b >>> 19)) + word, 0x85ebca77);
    }
    return (a >>> 0) * 0x200000 + (b >>> 11);
  }

  #wordsOf(content: Content<C>): number[] {
    if (content.kind === "noop") return [1];
    if (content.kind === "command") {
      const hash = this.#hashOf(content.command);
      return [2, hash, Math.floor(hash / 0x100000000)];
    }
    const { voters, learners } = content.members;
    return [3, voters.length, ...voters, ...learners];
  }
}

/** The log before its first entry. */
export function emptyLog<S>(members: Members, state: S): Snapshot<S> {
  return { index: 0, term: 0, hash: 0, members, state };
}
