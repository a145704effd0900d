// One replica, told by hand what comes in, and asked what it does.
import type { Content, Durable, Entry, Members, Message, ReplicaId, Term, Timer } from "../../src/consensus/message.ts";
import { Replica, type ReplicaInput, type ReplicaOptions } from "../../src/consensus/replica.ts";
import { emptyLog, ReplicatedLog } from "../../src/consensus/replicated-log.ts";
import { OPTIONS, stored, textOf } from "./replicas.ts";

type M = Message<number, number>;

export const THREE: Members = { voters: [0, 1, 2], learners: [] };

/** Entries of these terms, in order, commands numbered by their index. */
export function entriesOf(terms: readonly Term[], contents: Record<number, Content<number>> = {}, members = THREE): Entry<number>[] {
  const log = new ReplicatedLog<number, number>(emptyLog(members, 0), [], (command) => command);
  return terms.map((term, i) => log.append(term, contents[i + 1] ?? { kind: "command", command: i + 1 }));
}

/** What a disk holds with entries of these terms, and a term. */
export function diskOf(terms: readonly Term[], term = terms.at(-1) ?? 0, vote?: ReplicaId, members = THREE): Durable<number, number> {
  return { term, vote, snapshot: emptyLog(members, 0), entries: entriesOf(terms, {}, members) };
}

export class OneReplica {
  now = 0;
  readonly replica: Replica<number, number>;
  disk: Durable<number, number>;
  #sent: { to: ReplicaId; message: M }[] = [];
  readonly applied: number[] = [];
  readonly reads: string[] = [];
  readonly timers = new Map<Timer, number>();
  readonly #writing: Parameters<typeof stored<number, number>>[1][] = [];
  #written = 0;
  /** Whether writes are done as soon as they are asked for. */
  isFast: boolean;

  constructor({
    id = 0,
    disk = diskOf([]),
    isFast = true,
    ...options
  }: Partial<ReplicaOptions> & { id?: ReplicaId; disk?: Durable<number, number>; isFast?: boolean } = {}) {
    this.disk = disk;
    this.isFast = isFast;
    const all = { ...OPTIONS, ...options };
    this.replica = new Replica<number, number>(
      id,
      all,
      disk,
      (command) => command,
      () => 0.5,
      {
        send: (to, message) => this.#sent.push({ to, message }),
        setTimer: (timer, at) => this.timers.set(timer, at),
        cancelTimer: (timer) => this.timers.delete(timer),
        write: (write) => this.#writing.push(write),
        apply: (entries) => this.applied.push(...entries.map(({ index }) => index)),
        restore: () => {},
        readAt: (read, index) => this.reads.push(`${read} at ${index}`),
        refuseRead: (read) => this.reads.push(`${read} refused`),
        becomes: () => {},
      },
      this.now,
    );
    this.#sync();
  }

  #sync(): void {
    if (this.isFast) this.sync();
  }

  /** Its writes are on disk. */
  sync(): void {
    while (this.#writing.length > 0) {
      this.disk = stored(this.disk, this.#writing.shift()!);
      this.#written += 1;
      this.replica.handle({ kind: "written", count: this.#written }, this.now);
    }
  }

  tell(input: ReplicaInput<number, number>): boolean {
    const took = this.replica.handle(input, this.now);
    this.#sync();
    return took;
  }

  hear(from: ReplicaId, message: M): void {
    this.tell({ kind: "message", from, message });
  }

  /** Its timer goes off, when it is due. */
  timer(timer: Timer): void {
    this.now = Math.max(this.now, this.timers.get(timer)!);
    this.tell({ kind: "timer", timer });
  }

  /** What it has sent since this was asked last, as `what → to`. */
  get sent(): string[] {
    return this.#takeSent().map(({ to, message }) => `${textOf(message as never)} → ${to}`);
  }

  /** Of that, what it has sent to one: as text, or as it is. */
  sentTo(whom: ReplicaId): string[] {
    return this.messagesTo(whom).map((message) => textOf(message as never));
  }

  messagesTo(whom: ReplicaId): M[] {
    return this.#takeSent()
      .filter(({ to }) => to === whom)
      .map(({ message }) => message);
  }

  #takeSent(): { to: ReplicaId; message: M }[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** It stands for election, and all vote for it. */
  lead(): this {
    this.timer("election");
    const { term } = this.replica;
    for (const voter of [1, 2, 3, 4])
      if (this.replica.role === "preCandidate") this.hear(voter, { kind: "preVoteAnswer", term: term + 1, granted: true });
    for (const voter of [1, 2, 3, 4])
      if (this.replica.role === "candidate") this.hear(voter, { kind: "voteAnswer", term: this.replica.term, granted: true });
    void this.sent;
    return this;
  }

  /** A leader of a term sends entries behind those that it shares with it. */
  append(from: ReplicaId, term: Term, previous: { index: number; term: Term }, entries: readonly Entry<number>[] = [], commit = 0): void {
    this.hear(from, { kind: "append", term, previousIndex: previous.index, previousTerm: previous.term, entries, commit, round: 1 });
  }

  agrees(from: ReplicaId, match: number, round = 1): void {
    this.hear(from, { kind: "appendAnswer", term: this.replica.term, agrees: true, match, round });
  }

  disagrees(from: ReplicaId, match: number, matchTerm: Term, round = 1): void {
    this.hear(from, { kind: "appendAnswer", term: this.replica.term, agrees: false, match, matchTerm, round });
  }
}
