// A replica of a log, without I/O: what it is told comes in by `handle`, and what it does goes out. Raft as in Ongaro's dissertation (2014): pre-vote
// (9.6), check-quorum (6.2), leadership transfer (3.10), single-server membership changes with learners (4.2), snapshots (5), read
// index and leases (6.4).
import { leaseOf, type ReplicationSettings } from "../model/replication.ts";
import type { Time } from "../model/units.ts";
import type { UnsafeReplicaMode } from "../model/unsafe.ts";
import { FollowerProgress } from "./follower-progress.ts";
import type { Content, Durable, Entry, Index, Members, Message, Output, ReplicaId, Role, Term, Timer } from "./message.ts";
import { ReplicatedLog } from "./replicated-log.ts";

/** How it agrees with others, of what is said of replicas. */
type Agreement = Pick<ReplicationSettings, "electionTimeout" | "heartbeat" | "preVote" | "checkQuorum" | "batch" | "pipeline">;

export interface ReplicaOptions extends Agreement {
  /** By which part of time clocks may drift, at most. */
  drift: number;
  /** Takes a safeguard out; only for tests. */
  unsafe?: UnsafeReplicaMode;
}

export type ReplicaInput<C, S> =
  | { readonly kind: "message"; readonly from: ReplicaId; readonly message: Message<C, S> }
  | { readonly kind: "timer"; readonly timer: Timer }
  /** So many of its writes are on disk, counted from its start. */
  | { readonly kind: "written"; readonly count: number }
  /** Commands for the end of the log. Says by `handle` whether it takes them. */
  | { readonly kind: "propose"; readonly commands: readonly C[] }
  | { readonly kind: "read"; readonly read: number }
  | { readonly kind: "transfer"; readonly to: ReplicaId }
  | { readonly kind: "change"; readonly change: MembersChange }
  /** What it has applied up to an entry comes in place of the log. */
  | { readonly kind: "compact"; readonly index: Index; readonly state: S };

/** One replica comes as a learner, becomes a voter, or is a member no more. */
export interface MembersChange {
  readonly kind: "add" | "promote" | "remove";
  readonly replica: ReplicaId;
}

/** What is to be done when so many writes are on disk. */
interface Held {
  write: number;
  release(): void;
}

/** A write that is under way: on disk, the log is durable up to `last`. */
interface LogWrite {
  write: number;
  last: Index;
}

interface PendingRead {
  read: number;
  came: Time;
  /** The commit index then, and the first round that confirms that it still led. */
  index: Index;
  round: number;
}

export class Replica<C, S> {
  readonly id: ReplicaId;
  readonly #options: ReplicaOptions;
  /** Uniform in [0, 1). */
  readonly #draw: () => number;
  readonly #out: Output<C, S>;
  readonly log: ReplicatedLog<C, S>;

  #role: Role = "follower";
  #term: Term;
  #vote: ReplicaId | undefined;
  #leader: ReplicaId | undefined;
  #commit: Index;
  /** Up to which entry the log is on disk, as soon as all that was written to it before is: nobody leads earlier. */
  #durable: Index;
  #writes = 0;
  #written = 0;
  /** The last write of a term and a vote. */
  #voteWrite = 0;
  readonly #held: Held[] = [];
  readonly #logWrites: LogWrite[] = [];
  /** Until then it hears a leader, which may hold a lease. */
  #refusesUntil: Time;

  // Of candidates.
  #votes = new Map<ReplicaId, boolean>();

  // Of leaders.
  readonly #followers = new Map<ReplicaId, FollowerProgress>();
  /** Every message that asks for an answer has the number of its round; and when the rounds since the last confirmed one were sent, for leases. */
  #round = 0;
  #confirmed = 0;
  /** The last that was sent to all. */
  #beats = 0;
  readonly #roundsSent = new Map<number, Time>();
  #reads: PendingRead[] = [];
  #leaseUntil: Time = Number.NEGATIVE_INFINITY;
  #isLeaseVoid = false;
  #transfer: { to: ReplicaId; until: Time; isTold: boolean } | undefined;
  /** Its first entry. */
  #noop: Index = 0;

  /** `now` by its own clock; it starts, or starts again, with what its disk holds. */
  constructor(
    id: ReplicaId,
    options: ReplicaOptions,
    durable: Durable<C, S>,
    hashOf: (command: C) => number,
    draw: () => number,
    out: Output<C, S>,
    now: Time,
  ) {
    this.id = id;
    this.#options = options;
    this.#draw = draw;
    this.#out = out;
    this.log = new ReplicatedLog(durable.snapshot, durable.entries, hashOf);
    this.#term = durable.term;
    this.#vote = durable.vote;
    this.#commit = durable.snapshot.index;
    this.#durable = this.log.lastIndex;
    // It may have answered a leader just before it went down, and that may count on it.
    this.#refusesUntil = options.checkQuorum ? now + options.electionTimeout.least : now;
    out.restore(durable.snapshot);
    out.becomes("follower", this.#term);
    this.#armElection(now);
  }

  get role(): Role {
    return this.#role;
  }
  get term(): Term {
    return this.#term;
  }
  get vote(): ReplicaId | undefined {
    return this.#vote;
  }
  /** Whom it follows, or itself; undefined while it knows of none. */
  get leader(): ReplicaId | undefined {
    return this.#leader;
  }
  get commit(): Index {
    return this.#commit;
  }
  /** Up to which entry another is known to have the log on disk, if it leads; 0 where that is not known. */
  matchOf(id: ReplicaId): Index {
    return this.#followers.get(id)?.match ?? 0;
  }
  /** Until when its lease holds, by its clock, if it leads. */
  get leaseUntil(): Time {
    return this.#leaseUntil;
  }

  /** Says whether it takes what is asked of it; what is told to it it always takes. */
  handle(input: ReplicaInput<C, S>, now: Time): boolean {
    switch (input.kind) {
      case "message":
        this.#receive(input.from, input.message, now);
        return true;
      case "timer":
        if (input.timer === "election") this.#electionDue(now);
        else if (this.#role === "leader") this.#beat(now);
        return true;
      case "written":
        this.#wrote(input.count, now);
        return true;
      case "propose":
        return this.#propose(input.commands, now);
      case "read":
        return this.#read(input.read, now);
      case "transfer":
        return this.#transferTo(input.to, now);
      case "change":
        return this.#change(input.change, now);
      case "compact":
        return this.#compact(input.index, input.state);
    }
  }

  // The disk.

  #write(write: Parameters<Output<C, S>["write"]>[0]): void {
    this.#writes += 1;
    this.#out.write(write);
  }

  /** As soon as all that was written before is on disk. */
  #afterWrites(release: () => void): void {
    if (this.#written === this.#writes) release();
    else this.#held.push({ write: this.#writes, release });
  }

  #wrote(count: number, now: Time): void {
    this.#written = count;
    while ((this.#logWrites[0]?.write ?? Number.POSITIVE_INFINITY) <= count) this.#durable = (this.#logWrites.shift() as LogWrite).last;
    while ((this.#held[0]?.write ?? Number.POSITIVE_INFINITY) <= count) this.#held.shift()?.release();
    if (this.#role === "leader") this.#advanceCommit(now);
  }

  #writeVote(): void {
    this.#write({ kind: "vote", term: this.#term, vote: this.#vote });
    this.#voteWrite = this.#writes;
  }

  /** At least one, which stand at the end of the log from now on. */
  #writeEntries(entries: readonly Entry<C>[]): void {
    this.#write({ kind: "entries", entries });
    this.#changesLog((entries[0] as Entry<C>).index);
  }

  /** What was written last has changed it from an entry on, up to its end. */
  #changesLog(first: Index): void {
    this.#durable = Math.min(this.#durable, first - 1);
    this.#logWrites.push({ write: this.#writes, last: this.log.lastIndex });
  }

  // Terms and roles.

  get #members(): Members {
    return this.log.members;
  }

  get #isVoter(): boolean {
    return this.#members.voters.includes(this.id);
  }

  /** Also who is to be removed, until it knows that this is committed (4.2.2): perhaps only it has the entry that the others need. */
  get #mayStand(): boolean {
    return this.#isVoter || (this.log.membersSince > this.#commit && this.log.membersBefore?.voters.includes(this.id) === true);
  }

  #isQuorum(count: number): boolean {
    return 2 * count > this.#members.voters.length;
  }

  #become(role: Role): void {
    if (this.#role === role && role === "follower") return;
    this.#role = role;
    this.#out.becomes(role, this.#term);
  }

  /** A later term, or the same without its own candidacy or leadership. */
  #follow(term: Term, leader: ReplicaId | undefined, now: Time): void {
    const wasLeader = this.#role === "leader";
    const isLater = term > this.#term;
    if (isLater) {
      this.#term = term;
      this.#vote = undefined;
      this.#writeVote();
    }
    if (isLater || leader !== undefined) this.#leader = leader;
    if (wasLeader) this.#resign();
    if (this.#role !== "follower" || isLater) {
      this.#role = "follower";
      this.#out.becomes("follower", this.#term);
    }
    if (wasLeader || leader !== undefined) this.#armElection(now); // else its patience goes on as before
  }

  #resign(): void {
    this.#followers.clear();
    this.#roundsSent.clear();
    this.#refuseReads(Number.POSITIVE_INFINITY);
    this.#transfer = undefined;
    this.#leaseUntil = Number.NEGATIVE_INFINITY;
    this.#out.cancelTimer("heartbeat");
  }

  #armElection(now: Time): void {
    const { least, most } = this.#options.electionTimeout;
    this.#out.setTimer("election", now + least + Math.floor(this.#draw() * (most - least + 1)));
  }

  #electionDue(now: Time): void {
    if (this.#role === "leader") {
      this.#checkQuorum(now);
      return;
    }
    // It may be made a voter; and while its disk does not take the last vote, to stand anew would only raise the term.
    if (!this.#mayStand || this.#written < this.#voteWrite) {
      this.#armElection(now);
      return;
    }
    if (this.#options.preVote) this.#askBefore(now);
    else this.#campaign(false, now);
  }

  /** Whether it would be elected. */
  #askBefore(now: Time): void {
    this.#leader = undefined; // so that it does not refuse others for its sake
    this.#become("preCandidate");
    this.#votes = new Map();
    this.#armElection(now);
    this.#counts(this.id, true, now);
    if (this.#role !== "preCandidate") return;
    const { lastIndex, lastTerm } = this.log;
    this.#toVoters({ kind: "preVote", term: this.#term + 1, lastIndex, lastTerm });
  }

  #campaign(transfer: boolean, now: Time): void {
    this.#term += 1;
    this.#vote = this.id;
    this.#leader = undefined;
    this.#writeVote();
    this.#become("candidate");
    this.#votes = new Map();
    this.#armElection(now);
    const { lastIndex, lastTerm } = this.log;
    const term = this.#term;
    this.#afterWrites(() => {
      if (this.#role !== "candidate" || this.#term !== term) return;
      this.#toVoters({ kind: "vote", term, transfer, lastIndex, lastTerm });
      this.#counts(this.id, true, now);
    });
  }

  #toVoters(message: Message<C, S>): void {
    for (const voter of this.#members.voters) if (voter !== this.id) this.#out.send(voter, message);
  }

  /** A vote has come, or an answer whether there would be one. */
  #counts(from: ReplicaId, granted: boolean, now: Time): void {
    if (!this.#members.voters.includes(from)) return;
    this.#votes.set(from, granted);
    const granters = [...this.#votes.values()].filter((each) => each).length;
    if (this.#isQuorum(granters)) {
      if (this.#role === "preCandidate") this.#campaign(false, now);
      else this.#lead(now);
    } else if (this.#isQuorum(this.#votes.size - granters)) this.#become("follower"); // it cannot win any more
  }

  #lead(now: Time): void {
    this.#leader = this.id;
    this.#become("leader");
    this.#round = 0;
    this.#confirmed = 0;
    this.#beats = 0;
    this.#roundsSent.clear();
    this.#followers.clear();
    this.#leaseUntil = Number.NEGATIVE_INFINITY;
    this.#isLeaseVoid = false;
    this.#keepFollowers();
    this.#noop = this.#append([{ kind: "noop" }], now);
    this.#beat(now);
    this.#out.setTimer("election", now + this.#options.electionTimeout.least);
  }

  /** Followers are all members but itself. */
  #keepFollowers(): void {
    const { voters, learners } = this.#members;
    const others = [...voters, ...learners].filter((each) => each !== this.id);
    for (const other of [...this.#followers.keys()]) if (!others.includes(other)) this.#followers.delete(other);
    for (const other of others) if (!this.#followers.has(other)) this.#followers.set(other, new FollowerProgress(this.log.lastIndex + 1));
  }

  /** A leader that no majority has answered since the last time steps down, or at least keeps no reads waiting that came before. */
  #checkQuorum(now: Time): void {
    const active = this.#members.voters.filter((voter) => voter === this.id || this.#followers.get(voter)?.isActive === true);
    const isCutOff = !this.#isQuorum(active.length);
    if (this.#options.checkQuorum && isCutOff) {
      this.#leader = undefined;
      this.#follow(this.#term, undefined, now);
      return;
    }
    if (isCutOff) this.#refuseReads(now - this.#options.electionTimeout.least);
    this.#endTransfer(now);
    if (this.#role !== "leader") return;
    for (const follower of this.#followers.values()) follower.isActive = false;
    this.#out.setTimer("election", now + this.#options.electionTimeout.least);
  }

  // What comes from others.

  #receive(from: ReplicaId, message: Message<C, S>, now: Time): void {
    if (message.term > this.#term && !this.#isAboutNothingYet(message)) {
      const asks = message.kind === "vote";
      if (asks && !message.transfer && this.#isLedFirmly(now)) return; // as if it had not come
      const leads = message.kind === "append" || message.kind === "install";
      this.#follow(message.term, leads ? from : undefined, now);
    }
    if (message.term < this.#term && this.#isOutdated(from, message)) return;
    switch (message.kind) {
      case "preVote":
        this.#answerPreVote(from, message, now);
        break;
      case "vote":
        this.#answerVote(from, message, now);
        break;
      case "preVoteAnswer":
        if (this.#role === "preCandidate" && message.granted && message.term === this.#term + 1) this.#counts(from, true, now);
        else if (this.#role === "preCandidate" && !message.granted) this.#counts(from, false, now);
        break;
      case "voteAnswer":
        if (this.#role === "candidate") this.#counts(from, message.granted, now);
        break;
      case "append":
        this.#hearLeader(from, now);
        this.#takeEntries(from, message);
        break;
      case "install":
        this.#hearLeader(from, now);
        this.#install(from, message);
        break;
      case "appendAnswer":
        if (this.#role === "leader") this.#heardFrom(from, message, now);
        break;
      case "timeoutNow":
        if (this.#isVoter && this.#role !== "leader") this.#campaign(true, now);
        break;
    }
  }

  /** Messages about a term that nobody is in yet. */
  #isAboutNothingYet({ kind, ...message }: Message<C, S>): boolean {
    return kind === "preVote" || (kind === "preVoteAnswer" && "granted" in message && message.granted);
  }

  /** Messages of an earlier term count for nothing; but who sent them learns of the later one, so that it need not stay behind for ever. */
  #isOutdated(from: ReplicaId, { kind }: Message<C, S>): boolean {
    if (kind === "append" || kind === "install")
      this.#answer(from, {
        kind: "appendAnswer",
        term: this.#term,
        agrees: false,
        match: 0,
        matchTerm: 0,
        round: 0, // who sent it may lead again, and its rounds count from 1 again
      });
    else if (kind === "preVote") this.#answer(from, { kind: "preVoteAnswer", term: this.#term, granted: false });
    else if (kind === "vote") this.#answer(from, { kind: "voteAnswer", term: this.#term, granted: false });
    return true;
  }

  /** Says something that holds only when what was written before is on disk. */
  #answer(to: ReplicaId, message: Message<C, S>): void {
    this.#afterWrites(() => this.#out.send(to, message));
  }

  /** Whether it leads, or has heard a leader within an election timeout. */
  #isLed(now: Time): boolean {
    return now < this.#refusesUntil || this.#role === "leader";
  }

  /** Whether a leader may count on its not voting for another. */
  #isLedFirmly(now: Time): boolean {
    return this.#options.checkQuorum && this.#isLed(now);
  }

  #answerPreVote(from: ReplicaId, { term, lastIndex, lastTerm }: Extract<Message<C, S>, { kind: "preVote" }>, now: Time): void {
    const granted = term > this.#term && !this.#isLed(now) && this.log.isUpToDate(lastIndex, lastTerm);
    this.#answer(from, { kind: "preVoteAnswer", term: granted ? term : this.#term, granted });
  }

  #answerVote(from: ReplicaId, message: Extract<Message<C, S>, { kind: "vote" }>, now: Time): void {
    const { term, lastIndex, lastTerm, transfer } = message;
    const isFree = this.#vote === undefined ? this.#leader === undefined : this.#vote === from;
    const mayVote = transfer || !this.#isLedFirmly(now);
    const granted = isFree && mayVote && this.log.isUpToDate(lastIndex, lastTerm);
    if (granted && this.#vote === undefined) {
      this.#vote = from;
      this.#writeVote();
    }
    if (granted) this.#armElection(now);
    if (this.#options.unsafe === "vote-not-synced") this.#out.send(from, { kind: "voteAnswer", term, granted });
    else this.#answer(from, { kind: "voteAnswer", term, granted });
  }

  /** A leader of this term has spoken. */
  #hearLeader(from: ReplicaId, now: Time): void {
    this.#follow(this.#term, from, now);
    this.#refusesUntil = now + this.#options.electionTimeout.least;
  }

  #takeEntries(from: ReplicaId, message: Extract<Message<C, S>, { kind: "append" }>): void {
    const { previousIndex, previousTerm, entries, commit, round } = message;
    const { snapshot } = this.log;
    const term = this.#term;
    if (previousIndex > snapshot.index && this.log.termAt(previousIndex) !== previousTerm) {
      const match = this.#mayAgree(Math.min(previousIndex - 1, this.log.lastIndex), previousTerm);
      const matchTerm = this.log.termAt(match) as Term;
      this.#answer(from, { kind: "appendAnswer", term, agrees: false, match, matchTerm, round });
      return;
    }
    // What the snapshot covers is committed, and agrees.
    const fresh = entries.filter(({ index, term }) => index > snapshot.index && this.log.termAt(index) !== term);
    const first = fresh[0];
    if (first !== undefined) {
      const taken = entries.filter(({ index }) => index >= first.index);
      if (first.index <= this.log.lastIndex) this.log.truncate(first.index);
      for (const entry of taken) this.log.add(entry);
      this.#writeEntries(taken);
    }
    const last = Math.max(previousIndex + entries.length, snapshot.index);
    this.#answer(from, { kind: "appendAnswer", term, agrees: true, match: last, round });
    this.#commitTo(Math.min(commit, last));
  }

  /** Up to where, an index at most, this log may agree with one that is of a term there: that has nothing of a later term before. */
  #mayAgree(index: Index, term: Term): Index {
    let most = index;
    while (most > this.log.snapshot.index && (this.log.termAt(most) as Term) > term) most -= 1;
    return most;
  }

  #install(from: ReplicaId, { snapshot, round }: Extract<Message<C, S>, { kind: "install" }>): void {
    if (snapshot.index > this.#commit) {
      const stays = this.log.install(snapshot);
      this.#write({ kind: "snapshot", snapshot, whole: !stays });
      this.#changesLog(this.log.lastIndex + 1);
      this.#commit = snapshot.index;
      this.#out.restore(snapshot);
    }
    this.#answer(from, { kind: "appendAnswer", term: this.#term, agrees: true, match: snapshot.index, round });
  }

  #compact(index: Index, state: S): boolean {
    if (index <= this.log.snapshot.index || index > this.#commit) return false; // perhaps a leader has sent a later one meanwhile
    this.#write({ kind: "snapshot", snapshot: this.log.compact(index, state), whole: false });
    return true;
  }

  #commitTo(index: Index): void {
    if (index <= this.#commit) return;
    const entries = this.log.between(this.#commit, index);
    this.#commit = index;
    this.#out.apply(entries);
  }

  // What a leader does.

  /** Gives the index of the last. */
  #append(contents: readonly Content<C>[], now: Time): Index {
    const entries = contents.map((content) => this.log.append(this.#term, content));
    this.#writeEntries(entries);
    this.#keepFollowers();
    this.#replicate(now);
    return this.log.lastIndex;
  }

  #propose(commands: readonly C[], now: Time): boolean {
    if (this.#role !== "leader" || this.#transfer !== undefined) return false;
    const contents = commands.map((command) => ({ kind: "command", command }) as const);
    if (contents.length > 0) this.#append(contents, now);
    return true;
  }

  #newRound(now: Time): number {
    this.#round += 1;
    if (this.#options.checkQuorum) this.#roundsSent.set(this.#round, now);
    return this.#round;
  }

  /** Sends whoever may get any what it has not got. */
  #replicate(now: Time): void {
    for (const [id, follower] of this.#followers) this.#feed(id, follower, now);
  }

  #feed(id: ReplicaId, follower: FollowerProgress, now: Time): void {
    if (!follower.isKnown || follower.installing > 0) return; // heartbeats look for agreement
    while (follower.next <= this.log.lastIndex && follower.inFlight < this.#options.pipeline) {
      if (!this.#sendEntries(id, follower, now)) return;
    }
  }

  /** From its next entry on; says whether they could be sent: they may be only in a snapshot. */
  #sendEntries(id: ReplicaId, follower: FollowerProgress, now: Time, round = this.#newRound(now)): boolean {
    const previousIndex = follower.next - 1;
    const previousTerm = this.log.termAt(previousIndex);
    if (previousTerm === undefined) {
      this.#sendSnapshot(id, follower, round, now);
      return false;
    }
    const entries = this.log.from(follower.next, this.#options.batch);
    this.#out.send(id, { kind: "append", term: this.#term, previousIndex, previousTerm, entries, commit: this.#commit, round });
    if (entries.length > 0 && follower.isKnown) follower.sent(previousIndex + entries.length, now);
    return true;
  }

  #sendSnapshot(id: ReplicaId, follower: FollowerProgress, round: number, now: Time): void {
    const { snapshot } = this.log;
    follower.installs(snapshot.index, now);
    this.#out.send(id, { kind: "install", term: this.#term, snapshot, round });
  }

  /** The whole snapshot once in an election timeout. */
  #installAgain(id: ReplicaId, follower: FollowerProgress, round: number, now: Time): void {
    if (follower.installSent <= now - this.#options.electionTimeout.least) this.#sendSnapshot(id, follower, round, now);
    else this.#sendBeat(id, follower, round);
  }

  /** A heartbeat to all: it tells what is committed, looks for agreement, sends again what has not been answered, and confirms that it leads. */
  #beat(now: Time): void {
    this.#out.setTimer("heartbeat", now + this.#options.heartbeat);
    const round = this.#newRound(now);
    this.#beats = round;
    for (const [id, follower] of this.#followers) {
      if (follower.installing > 0) this.#installAgain(id, follower, round, now);
      else if (!follower.isKnown) this.#sendEntries(id, follower, now, round);
      else {
        // What was sent two heartbeats ago and has not been answered is lost.
        if (follower.oldestSent <= now - 2 * this.#options.heartbeat) follower.sendAgain();
        if (follower.next > this.log.lastIndex || follower.inFlight > 0) this.#sendBeat(id, follower, round);
        else this.#sendEntries(id, follower, now, round);
      }
    }
    this.#confirm(now);
  }

  /** Without entries, on what is known to agree; if that is only in the snapshot by now, on this, which comes behind what is under way. */
  #sendBeat(id: ReplicaId, { match }: FollowerProgress, round: number): void {
    const previousIndex = Math.max(match, this.log.snapshot.index);
    const previousTerm = this.log.termAt(previousIndex) as Term;
    const commit = Math.min(this.#commit, match);
    this.#out.send(id, { kind: "append", term: this.#term, previousIndex, previousTerm, entries: [], commit, round });
  }

  #heardFrom(from: ReplicaId, message: Extract<Message<C, S>, { kind: "appendAnswer" }>, now: Time): void {
    const { match, round } = message;
    const follower = this.#followers.get(from);
    if (follower === undefined || round === 0) return; // it answers an earlier leadership
    follower.isActive = true;
    follower.round = Math.max(follower.round, round);
    if (message.agrees) {
      const isNew = follower.agrees(match);
      if (isNew) this.#advanceCommit(now);
      if (this.#role !== "leader") return;
      this.#feed(from, follower, now);
      this.#urgeTransfer(now);
    } else if (follower.installing === 0 && match >= follower.match) {
      const most = this.#mayAgree(Math.min(match, this.log.lastIndex), message.matchTerm);
      if (follower.disagrees(most)) this.#sendEntries(from, follower, now);
    }
    this.#confirm(now);
  }

  /** What a majority of voters has come to, `own` being what this one has, if that is above `least`: the greatest such. */
  #reachedByMajority(what: "match" | "round", own: number, least: number): number {
    const { voters } = this.#members;
    const of = (voter: ReplicaId) => (voter === this.id ? own : (this.#followers.get(voter)?.[what] ?? 0));
    let greatest = least;
    for (const voter of voters) {
      const value = of(voter);
      if (value <= greatest) continue;
      let count = 0;
      for (const other of voters) if (of(other) >= value) count += 1;
      if (this.#isQuorum(count)) greatest = value;
    }
    return greatest;
  }

  /** What a majority has on disk is committed, if it is of its own term. */
  #advanceCommit(now: Time): void {
    const index = this.#reachedByMajority("match", this.#durable, this.#commit);
    if (index <= this.#commit) return;
    const isOwn = this.log.termAt(index) === this.#term || this.#options.unsafe === "commit-old-term";
    if (!isOwn) return;
    const before = this.#commit;
    this.#commitTo(index);
    // Who leads no more as a member that was removed steps down when that is committed.
    const left = this.log.membersSince;
    if (before < left && left <= index && !this.#isVoter) {
      this.#leader = undefined;
      this.#follow(this.#term, undefined, now);
    }
  }

  // Reads.

  #read(read: number, now: Time): boolean {
    if (this.#role !== "leader" || this.#commit < this.#noop) return false;
    if (now < this.#leaseUntil || this.#options.unsafe === "read-without-index") {
      this.#out.readAt(read, this.#commit);
      return true;
    }
    this.#reads.push({ read, came: now, index: this.#commit, round: this.#round + 1 });
    this.#confirmReads(now);
    return true;
  }

  /** One round to all at a time: reads that come while it is under way share the next. */
  #confirmReads(now: Time): void {
    const [first] = this.#reads;
    if (first !== undefined && first.round > this.#beats) this.#beat(now);
  }

  /** Those that came by a time. */
  #refuseReads(by: Time): void {
    const refused = this.#reads.filter(({ came }) => came <= by);
    this.#reads = this.#reads.filter(({ came }) => came > by);
    for (const { read } of refused) this.#out.refuseRead(read);
  }

  /** A majority has answered a round: it led when that was sent, and holds a lease from then on. */
  #confirm(now: Time): void {
    const confirmed = Math.min(this.#reachedByMajority("round", Number.POSITIVE_INFINITY, this.#confirmed), this.#round);
    if (confirmed <= this.#confirmed) return;
    this.#confirmed = confirmed;
    if (this.#options.checkQuorum) this.#holdLease(confirmed);
    const settled = this.#reads.filter((read) => read.round <= confirmed);
    this.#reads = this.#reads.filter((read) => read.round > confirmed);
    for (const { read, index } of settled) this.#out.readAt(read, index);
    this.#confirmReads(now);
  }

  #holdLease(confirmed: number): void {
    const sent = this.#roundsSent.get(confirmed) as Time;
    for (const round of this.#roundsSent.keys()) {
      if (round >= confirmed) break;
      this.#roundsSent.delete(round);
    }
    if (this.#isLeaseVoid) return;
    const { electionTimeout, unsafe } = this.#options;
    const drift = unsafe === "lease-ignores-drift" ? 0 : this.#options.drift;
    this.#leaseUntil = Math.max(this.#leaseUntil, sent + leaseOf(electionTimeout.least, drift));
  }

  // Changes of who leads, and of who is a member.

  #transferTo(to: ReplicaId, now: Time): boolean {
    if (this.#role !== "leader" || to === this.id || !this.#members.voters.includes(to) || this.#transfer !== undefined) return false;
    this.#transfer = { to, until: now + this.#options.electionTimeout.least, isTold: false };
    this.#urgeTransfer(now);
    return true;
  }

  /** It stands for election as soon as it has all entries. */
  #urgeTransfer(now: Time): void {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.isTold) return;
    if (now >= transfer.until) return this.#endTransfer(now);
    if (this.#followers.get(transfer.to)?.match !== this.log.lastIndex) return;
    transfer.isTold = true;
    // Others may vote at once from then on, and the message may be on its way for long.
    this.#leaseUntil = Number.NEGATIVE_INFINITY;
    this.#isLeaseVoid = true;
    this.#out.send(transfer.to, { kind: "timeoutNow", term: this.#term });
  }

  /** One of which nothing has come is over. Who was told to stand may still do so, unless this one leads in a later term: only then may it hold a lease again. */
  #endTransfer(now: Time): void {
    const transfer = this.#transfer;
    if (transfer === undefined || now < transfer.until) return;
    this.#transfer = undefined;
    if (!transfer.isTold || !this.#options.checkQuorum) return;
    this.#resign();
    this.#campaign(true, now);
  }

  #change({ kind, replica }: MembersChange, now: Time): boolean {
    const { unsafe } = this.#options;
    const isSettled =
      (this.log.membersSince <= this.#commit || unsafe === "two-changes-at-once") &&
      (this.#commit >= this.#noop || unsafe === "change-before-noop");
    if (this.#role !== "leader" || this.#transfer !== undefined || !isSettled) return false;
    const { voters, learners } = this.#members;
    const isLearner = learners.includes(replica);
    if (kind === "add" ? isLearner || voters.includes(replica) : kind === "promote" ? !isLearner : !isLearner && !voters.includes(replica))
      return false;
    const without = (some: readonly ReplicaId[]) => some.filter((each) => each !== replica);
    const members: Members = {
      voters: kind === "promote" ? [...voters, replica].sort((a, b) => a - b) : without(voters),
      learners: kind === "add" ? [...learners, replica].sort((a, b) => a - b) : without(learners),
    };
    if (members.voters.length === 0) return false;
    this.#append([{ kind: "members", members }], now);
    return true;
  }
}
