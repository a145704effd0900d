// The log that replicas of a scheduler keep, as a trace tells of it: what each has on its disk, and what of that is committed.
import { type LogEntry, LogStep } from "../model/log-entry.ts";

interface Stored {
  /** By index. */
  hashes: (number | undefined)[];
  terms: (number | undefined)[];
  /** Up to there a snapshot stands for the log. */
  snapshot: number;
}

/** Of one entry, who has it on disk, and who of these has had it since its own term. */
interface Copies {
  everywhere: Set<number>;
  inItsTerm: Set<number>;
}

export class ReplicatedLogs {
  /** Up to which entry the log is committed: durable on a majority, and that or a later entry in its own term. */
  committed = 0;
  /** Of each committed entry. */
  readonly hashes: (number | undefined)[] = [];
  /** In which term it was committed. */
  readonly terms: number[] = [];
  readonly #replicas: readonly Stored[];
  readonly #copies = new Map<string, Copies>();

  constructor(count: number) {
    this.#replicas = Array.from({ length: count }, () => ({ hashes: [], terms: [], snapshot: 0 }));
  }

  /** The hash of an entry on a replica's disk; undefined where it is not there, or only in a snapshot. */
  hashOn(replica: number, index: number): number | undefined {
    return this.#replicas[replica]?.hashes[index];
  }

  /** Whether a replica has that entry on its disk, or has a snapshot in its stead. */
  has(replica: number, index: number, hash: number | undefined): boolean {
    const stored = this.#replicas[replica] as Stored;
    return index <= stored.snapshot || stored.hashes[index] === hash;
  }

  apply({ step, replica, index, term, hash, current }: LogEntry): void {
    const stored = this.#replicas[replica] as Stored;
    if (step === LogStep.persisted) {
      this.#dropFrom(replica, index);
      stored.hashes[index] = hash;
      stored.terms[index] = term;
      this.#counts(replica, index, term, hash, current);
    } else if (step === LogStep.compacted || step === LogStep.installed) {
      if (step === LogStep.installed || stored.hashes[index] !== hash) this.#dropFrom(replica, index);
      stored.snapshot = index;
      stored.hashes[index] = hash;
      stored.terms[index] = term;
    }
  }

  #dropFrom(replica: number, index: number): void {
    const { hashes, terms } = this.#replicas[replica] as Stored;
    for (let each = index; each < hashes.length; each++) {
      const copies = this.#copies.get(`${each} ${hashes[each]}`);
      copies?.everywhere.delete(replica);
      copies?.inItsTerm.delete(replica);
    }
    hashes.length = Math.min(hashes.length, index);
    terms.length = Math.min(terms.length, index);
  }

  #counts(replica: number, index: number, term: number, hash: number, current: number): void {
    const key = `${index} ${hash}`;
    const copies = this.#copies.get(key) ?? { everywhere: new Set(), inItsTerm: new Set() };
    this.#copies.set(key, copies);
    copies.everywhere.add(replica);
    if (current === term) copies.inItsTerm.add(replica);
    if (index <= this.committed || 2 * copies.inItsTerm.size <= this.#replicas.length) return;
    const { hashes, snapshot } = this.#replicas[replica] as Stored;
    for (let each = Math.max(this.committed, snapshot) + 1; each <= index; each++) this.hashes[each] = hashes[each];
    for (let each = this.committed + 1; each <= index; each++) this.terms[each] = term;
    this.committed = index;
  }
}
