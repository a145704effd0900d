// The log that replicas of a scheduler keep, as a trace tells of it: what each has on its disk, and what of that is committed.
import { type LogEntry, LogStep } from "../model/log-entry.ts";

interface Stored {
  /** By index. */
  hashes: (number | undefined)[];
  terms: (number | undefined)[];
  /** Up to there a snapshot stands for the log. */
  snapshot: number;
  /** As which member it speaks, and who votes by its log. */
  member: number;
  voters: readonly number[];
}

/** Of one entry, which members have had it on disk; and of these, who has since its own term. What a disk has lost since, others still count on. */
interface Copies {
  everywhere: Set<number>;
  inItsTerm: Set<number>;
}

export class ReplicatedLogs {
  /** Up to which entry the log is committed: durable on a majority of its leader's voters, and that or a later entry in its own term. */
  committed = 0;
  /** Of each committed entry. */
  readonly hashes: (number | undefined)[] = [];
  /** In which term it was committed. */
  readonly terms: number[] = [];
  readonly #replicas: readonly Stored[];
  readonly #copies = new Map<string, Copies>();
  /** By term. */
  readonly #leaders = new Map<number, Stored>();

  constructor(count: number) {
    const voters = Array.from({ length: count }, (_, member) => member);
    this.#replicas = voters.map((member) => ({ hashes: [], terms: [], snapshot: 0, member, voters }));
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

  /** As which member a replica speaks, and who votes by its log. */
  standing(replica: number): Pick<Stored, "member" | "voters"> {
    return this.#replicas[replica] as Stored;
  }

  apply({ step, replica, index, term, hash, current, voters }: LogEntry): void {
    const stored = this.#replicas[replica] as Stored;
    if (step === LogStep.persisted) {
      this.#dropFrom(stored, index);
      stored.hashes[index] = hash;
      stored.terms[index] = term;
      this.#counts(stored, index, term, hash, current);
    } else if (step === LogStep.compacted || step === LogStep.installed) {
      if (step === LogStep.installed || stored.hashes[index] !== hash) this.#dropFrom(stored, index);
      stored.snapshot = index;
      stored.hashes[index] = hash;
      stored.terms[index] = term;
    } else if (step === LogStep.elected) this.#leaders.set(current, stored);
    else if (step === LogStep.lost)
      Object.assign(stored, { hashes: [], terms: [], snapshot: 0, member: stored.member + this.#replicas.length });
    else if (step === LogStep.voters && voters !== undefined) this.#changesVoters(stored, voters, current);
  }

  #dropFrom({ hashes, terms, member }: Stored, index: number): void {
    for (let each = index; each < hashes.length; each++) {
      const copies = this.#copies.get(`${each} ${hashes[each]}`);
      copies?.everywhere.delete(member);
      copies?.inItsTerm.delete(member);
    }
    hashes.length = Math.min(hashes.length, index);
    terms.length = Math.min(terms.length, index);
  }

  #counts(stored: Stored, index: number, term: number, hash: number, current: number): void {
    const key = `${index} ${hash}`;
    const copies = this.#copies.get(key) ?? { everywhere: new Set(), inItsTerm: new Set() };
    this.#copies.set(key, copies);
    copies.everywhere.add(stored.member);
    if (current === term) copies.inItsTerm.add(stored.member);
    this.#commits(stored, index, term);
  }

  /** Fewer may be a majority now of who has what the leader of a term has sent. */
  #changesVoters(stored: Stored, voters: readonly number[], current: number): void {
    stored.voters = voters;
    if (this.#leaders.get(current) !== stored) return;
    for (const each of this.#replicas)
      for (let index = this.committed + 1; index < each.hashes.length; index++)
        if (each.terms[index] === current) this.#commits(each, index, current);
  }

  /** An entry that a replica has is committed if a majority of the voters of its term's leader has it. */
  #commits({ hashes, snapshot, voters: own }: Stored, index: number, term: number): void {
    if (index <= this.committed) return;
    const voters = this.#leaders.get(term)?.voters ?? own;
    const { inItsTerm } = this.#copies.get(`${index} ${hashes[index]}`) ?? { inItsTerm: new Set<number>() };
    const count = voters.filter((voter) => inItsTerm.has(voter)).length;
    if (2 * count <= voters.length) return;
    for (let each = Math.max(this.committed, snapshot) + 1; each <= index; each++) this.hashes[each] = hashes[each];
    for (let each = this.committed + 1; each <= index; each++) this.terms[each] = term;
    this.committed = index;
  }
}
