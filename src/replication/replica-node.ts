// A replica of the scheduler's log as a process: its disk, its timers and the state that it has applied. It may be down or frozen, and be started
// again with what its disk holds; where that is lost as a new member, which asks to be one.
import { afterLoss } from "../consensus/lost-disk.ts";
import type { Entry, Index, Members, Message, Output, ReplicaId, Role, Snapshot, Term } from "../consensus/message.ts";
import { Replica, type ReplicaInput, type ReplicaOptions } from "../consensus/replica.ts";
import { emptyLog } from "../consensus/replicated-log.ts";
import { type Command, CommandKind, hashOfCommand } from "../model/command.ts";
import { type LogEntry, LogStep } from "../model/log-entry.ts";
import { generationOf, positionOf } from "../model/replication.ts";
import type { TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { FaultEffect } from "../model/world.ts";
import type { ControlState } from "./control-state.ts";
import { MembershipKeeper } from "./membership-keeper.ts";
import { ReplicaTimers } from "./replica-timers.ts";
import { ReplicaDisk, type TermedWrite } from "./replica-disk.ts";

/** What Raft says; and what a replica says whose disk is lost: who sends it would be a member. */
export type ReplicaMessage = Message<Command, ControlState> | { readonly kind: "join" };

export interface ReplicaNodeHost {
  readonly now: Time;
  /** Undefined where nobody asks for it. */
  readonly log: LogEntry[] | undefined;
  /** What the clock of the replica at a position reads; and when it will first read so much, as it goes now. */
  reading(replica: number): Time;
  whenItReads(replica: number, reading: Time): Time;
  /** Between members. */
  send(from: ReplicaId, to: ReplicaId, message: ReplicaMessage): void;
  /** Call `synced` with that incarnation at that time. */
  planSync(replica: ReplicaId, incarnation: number, time: Time): void;
  /** Call `timerDue` likewise. */
  planTimer(replica: ReplicaId, timer: number, incarnation: number, time: Time): void;
  /** Uniform in [0, 1), the `count`th of that incarnation. */
  draw(replica: ReplicaId, incarnation: number, count: number): number;
  /** Uniform in [0, 1), of what becomes of its disk when that incarnation goes down. */
  drawDamage(replica: ReplicaId, incarnation: number): number;
  /** It takes on a role. */
  becomes(replica: ReplicaId, role: Role, term: Term): void;
  /** It has applied a command; `counts`: that took effect. */
  applied(replica: ReplicaId, command: Command, counts: boolean, term: Term, index: number): void;
  /** It has applied that these are the members from now on. */
  changesMembers(index: number, members: Members): void;
  /** Who is told what comes of an entry of the log, if it is applied for the first time anywhere. */
  recorderFor(index: number): TraceSink | undefined;
  /** A replica that takes itself for the leader has entries of its log on its disk. */
  persisted(replica: ReplicaId, entries: readonly Entry<Command>[]): void;
  /** Something of the term that it leads is committed: it has applied all that was before. */
  leads(replica: ReplicaId, term: Term): void;
  /** It may answer a read by what it has applied, or cannot, for it does not lead. */
  mayRead(read: number, may: boolean): void;
}

export interface NodeOptions extends ReplicaOptions {
  sync: Duration;
  snapshotEvery: number;
}

const NO_ENTRY = { index: 0, term: 0, hash: 0 };

/** What a replica has told, and is not done yet. */
type Told =
  | { kind: "apply"; entries: readonly Entry<Command>[] }
  | { kind: "restore"; snapshot: Snapshot<ControlState> }
  | { kind: "becomes"; role: Role; term: Term }
  | { kind: "read"; read: number; may: boolean };

/** What a crash has done to a disk: so much of a sync is there; that entry cannot be read; all is lost. */
export interface Damage {
  torn?: number;
  rotten?: number;
  isLost: boolean;
}

export class ReplicaNode {
  /** Its position. */
  readonly id: number;
  /** As whom it speaks: at the beginning its position; each time that its disk is lost another, greater by the number of replicas. */
  member: ReplicaId;
  /** What it has applied. */
  state: ControlState;
  /** Counts its starts. */
  incarnation = 0;
  /** Undefined while it is down. */
  replica: Replica<Command, ControlState> | undefined;
  readonly #options: NodeOptions;
  readonly #host: ReplicaNodeHost;
  readonly #first: Members;
  readonly #empty: ControlState;
  readonly #keeper: MembershipKeeper;
  #disk: ReplicaDisk<Command, ControlState>;
  #isLost = false;
  /** Of the sync that is under way: what was left of it at a time, at full speed; and when it ends, as things stand. */
  #syncLeft: Duration = 0;
  #syncSince: Time = 0;
  #syncEnds: Time = Number.POSITIVE_INFINITY;
  /** Since when its disk finishes nothing, and to how many it has wanted to hand over for that. */
  #stuckAt: Time = 0;
  #handovers = 0;
  /** Of whom was told last that they are the members, by its log. */
  #toldMembers: Members;
  #down = 0;
  #frozen = 0;
  /** What has reached it while it was frozen. */
  readonly unread: (() => void)[] = [];
  readonly #timers: ReplicaTimers;
  readonly #slow: number[] = [];
  #written = 0;
  #draws = 0;
  #told: Told[] = [];
  #isTelling = false;
  #applied = 0;
  #snapshotAt = 0;

  constructor(id: ReplicaId, voters: readonly ReplicaId[], empty: ControlState, options: NodeOptions, host: ReplicaNodeHost) {
    this.id = id;
    this.#options = options;
    this.#host = host;
    this.member = id;
    this.state = empty;
    this.#empty = empty;
    this.#first = { voters, learners: [] };
    this.#toldMembers = this.#first;
    this.#keeper = new MembershipKeeper(voters.length);
    this.#timers = this.#timersOf(host);
    const snapshot = emptyLog(this.#first, empty);
    this.#disk = new ReplicaDisk({ term: 0, vote: undefined, snapshot, entries: [] });
  }

  #timersOf(host: ReplicaNodeHost): ReplicaTimers {
    const { id } = this;
    return new ReplicaTimers({
      get now() {
        return host.now;
      },
      get reading() {
        return host.reading(id);
      },
      whenItReads: (reading) => host.whenItReads(id, reading),
      plan: (timer, time) => host.planTimer(id, timer, this.incarnation, time),
    });
  }

  get isUp(): boolean {
    return this.#down === 0;
  }

  get isFrozen(): boolean {
    return this.#frozen > 0;
  }

  /** Whether it leads, as far as it knows; of one that is down or frozen nobody can tell. */
  get isLeader(): boolean {
    return this.replica?.role === "leader";
  }

  /** Up to which entry it has applied its log. */
  get applied(): Index {
    return this.#applied;
  }

  /** Whether it may write something new at once. */
  get isIdle(): boolean {
    return this.#disk.isIdle;
  }

  /** The position of whom it takes for the leader. */
  get leader(): number | undefined {
    const leader = this.replica?.leader;
    return leader === undefined ? undefined : positionOf(leader, this.#count);
  }

  get #count(): number {
    return this.#first.voters.length;
  }

  /** How often its disk was lost. */
  get generation(): number {
    return generationOf(this.member, this.#count);
  }

  /** Who votes, as far as it knows; nobody while it is down. */
  get voters(): readonly ReplicaId[] {
    return this.replica?.log.members.voters ?? [];
  }

  get isVoter(): boolean {
    return this.voters.includes(this.member);
  }

  /** What its clock reads. */
  get #now(): Time {
    return this.#host.reading(this.id);
  }

  /** Whether it may take it that nobody else leads yet; always where nothing is known of that. */
  get holdsLease(): boolean {
    return !this.#options.checkQuorum || this.#now < (this.replica?.leaseUntil ?? 0);
  }

  // What happens to it.

  start(): void {
    this.incarnation += 1;
    this.#written = 0;
    this.#draws = 0;
    if (this.#isLost || !this.#disk.isWhole) this.#renew();
    this.#isTelling = true;
    const draw = () => this.#host.draw(this.id, this.incarnation, this.#draws++);
    const { durable } = this.#disk;
    this.replica = new Replica(this.member, this.#options, durable, hashOfCommand, draw, this.#output, this.#now);
    this.#isTelling = false;
    this.#settle();
    this.#asksToJoin();
  }

  /** Its disk is lost, or has lost an entry that others may count on: who it was has a vote no more. */
  #renew(): void {
    const { id, snapshot } = afterLoss(this.member, this.member + this.#count, this.#first, this.#empty, this.#options.unsafe);
    this.member = id;
    this.#isLost = false;
    this.#disk = new ReplicaDisk({ term: 0, vote: undefined, snapshot, entries: [] });
    this.#tell(LogStep.lost, NO_ENTRY, 0);
  }

  /** It goes down, with all that is not on its disk, and perhaps some that is; or one of several reasons for that is over. */
  fails(begins: boolean, { losesDisk, log }: Omit<Extract<FaultEffect, { kind: "down" }>, "kind"> = {}): Damage {
    const damage: Damage = { isLost: begins && losesDisk === true };
    this.#down += begins ? 1 : -1;
    if (!begins) {
      if (this.#down === 0) this.start();
      return damage;
    }
    const drawn = log === undefined ? 0 : this.#host.drawDamage(this.id, this.incarnation);
    if (this.#down === 1) {
      this.replica = undefined;
      if (log === "torn") damage.torn = this.#tears(drawn);
      this.#disk.loseUnsynced();
      this.#keeper.forget();
      this.unread.length = 0;
      this.#told = [];
      this.#timers.clear();
    }
    if (log === "rotten") {
      const index = this.#disk.rot(drawn);
      if (index !== undefined) damage.rotten = index;
    }
    this.#isLost ||= losesDisk === true;
    return damage;
  }

  /** It does nothing and hears nothing for a while; then it reads what has come meanwhile. */
  freezes(begins: boolean): void {
    this.#frozen += begins ? 1 : -1;
    if (this.#frozen > 0) return;
    for (const read of this.unread.splice(0)) read();
    for (const timer of this.#timers.numbers) this.#rings(timer);
  }

  /** Its disk runs at a part of its speed, in thousandths; of several such parts at their product. */
  slows(rate: number, begins: boolean): void {
    const before = this.diskSpeed;
    if (begins) this.#slow.push(rate);
    else this.#slow.splice(this.#slow.indexOf(rate), 1);
    if (this.diskSpeed === before) return;
    if (before === 0 || this.#isStuck) this.#stuckAt = this.#now;
    if (this.#disk.isIdle) return;
    const done = ((this.#host.now - this.#syncSince) * before) / 1000;
    this.#planSync(before === 0 ? this.#options.sync : Math.max(0, this.#syncLeft - done)); // what a stuck disk was writing is done over
  }

  /** Its clock runs at another rate from now on. */
  turnsClock(): void {
    this.#timers.turnsClock();
  }

  get #isStuck(): boolean {
    return this.#slow.includes(0);
  }

  /** In thousandths. */
  get diskSpeed(): number {
    if (this.#isStuck) return 0;
    return Math.max(1, Math.round(this.#slow.reduce((speed, rate) => (speed * rate) / 1000, 1000)));
  }

  // What reaches it.

  /** Says whether it takes what is asked of it. */
  handle(input: ReplicaInput<Command, ControlState>): boolean {
    const { replica } = this;
    if (replica === undefined) return false;
    if (this.#frozen > 0) {
      this.unread.push(() => this.handle(input));
      return false;
    }
    const takes = replica.handle(input, this.#now);
    this.#settle();
    return takes;
  }

  /** Another would be a member. */
  asked(member: ReplicaId): void {
    if (this.#frozen > 0) this.unread.push(() => this.asked(member));
    else if (this.isLeader) {
      this.#keeper.asks(member);
      this.#keepMembers();
    }
  }

  synced(incarnation: number): void {
    if (incarnation !== this.incarnation || this.replica === undefined || this.#host.now !== this.#syncEnds) return;
    const writes = this.#disk.synced();
    this.#written += writes.length;
    if (this.#host.log !== undefined) for (const write of writes) this.#tellWrite(write);
    for (const { write } of writes) if (write.kind === "entries") this.#persisted(write.entries);
    this.handle({ kind: "written", count: this.#written });
    this.#beginSync();
  }

  #persisted(entries: readonly Entry<Command>[]): void {
    if (this.#frozen > 0) this.unread.push(() => this.#persisted(entries));
    else if (this.isLeader) this.#host.persisted(this.id, entries);
  }

  timerDue(timer: number, incarnation: number): void {
    if (incarnation === this.incarnation && this.#timers.looks(timer)) this.#rings(timer);
  }

  #rings(timer: number): void {
    if (this.#frozen > 0 || this.replica === undefined) return;
    const due = this.#timers.takeDue(timer);
    if (due === undefined) return;
    this.handle({ kind: "timer", timer: due });
    if (due === "election") this.#asksToJoin();
    else this.#handsOver();
  }

  /** As a new member it tells whoever may lead, until it is one. */
  #asksToJoin(): void {
    if (this.generation === 0 || this.isVoter) return;
    for (const other of this.#first.voters) if (other !== this.id) this.#host.send(this.member, other, { kind: "join" });
  }

  /** A leader whose disk has finished nothing for an election timeout has another lead. One that is slow comes to its end. */
  #handsOver(): void {
    const isDue = this.#now >= this.#stuckAt + this.#options.electionTimeout.least;
    if (!this.isLeader || !this.#isStuck || !isDue || this.#disk.isIdle) return;
    const others = this.voters.filter((voter) => voter !== this.member);
    const to = others[this.#handovers % others.length];
    if (to !== undefined && this.handle({ kind: "transfer", to })) this.#handovers += 1;
  }

  // What it does.

  get #output(): Output<Command, ControlState> {
    return {
      send: (to, message) => this.#host.send(this.member, to, message),
      setTimer: (timer, at) => this.#timers.set(timer, at),
      cancelTimer: (timer) => this.#timers.cancel(timer),
      write: (write) => this.#disk.write(write, this.replica?.term ?? 0),
      apply: (entries) => this.#told.push({ kind: "apply", entries }),
      restore: (snapshot) => this.#told.push({ kind: "restore", snapshot }),
      becomes: (role, term) => this.#told.push({ kind: "becomes", role, term }),
      readAt: (read) => this.#told.push({ kind: "read", read, may: true }), // all up to its index is told before
      refuseRead: (read) => this.#told.push({ kind: "read", read, may: false }),
    };
  }

  /** Does what it has told, in that order; what comes of that it may tell meanwhile. */
  #settle(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let told = this.#told.shift(); told !== undefined; told = this.#told.shift()) {
      if (told.kind === "apply") for (const entry of told.entries) this.#apply(entry);
      else if (told.kind === "restore") this.#restore(told.snapshot);
      else if (told.kind === "read") this.#host.mayRead(told.read, told.may);
      else this.#becomes(told.role, told.term);
    }
    this.#isTelling = false;
    this.#beginSync();
    this.#compact();
    this.#tellVoters();
    this.#keepMembers();
  }

  /** A leader sees to it that those whose disks were lost are members again. */
  #keepMembers(): void {
    const { replica } = this;
    if (replica === undefined || !this.isLeader || this.#frozen > 0) return;
    const { log, commit } = replica;
    const change = this.#keeper.next({ members: log.members, commit, matchOf: (member) => replica.matchOf(member) });
    if (change !== undefined && replica.handle({ kind: "change", change }, this.#now)) this.#settle();
  }

  #becomes(role: Role, term: Term): void {
    if (role !== "leader") this.#keeper.forget();
    if (role === "leader") this.#tell(LogStep.elected, NO_ENTRY, term);
    else if (role === "follower") this.#tell(LogStep.follows, NO_ENTRY, term);
    this.#host.becomes(this.id, role, term);
  }

  #beginSync(): void {
    if (this.#disk.begin()) this.#planSync(this.#options.sync);
  }

  /** The sync that is under way has so much left, at full speed. */
  #planSync(left: Duration): void {
    this.#syncLeft = left;
    this.#syncSince = this.#host.now;
    this.#syncEnds = this.#isStuck ? Number.POSITIVE_INFINITY : this.#host.now + Math.ceil((left * 1000) / this.diskSpeed);
    if (!this.#isStuck) this.#host.planSync(this.id, this.incarnation, this.#syncEnds);
  }

  /** Gives how much of the sync that was under way is on disk. */
  #tears(drawn: number): number {
    const there = this.#disk.tear(drawn);
    if (this.#host.log !== undefined) for (const write of there) this.#tellWrite(write);
    return there.length;
  }

  #apply(entry: Entry<Command>): void {
    const { term, index, content } = entry;
    this.#applied = index;
    if (content.kind === "command") {
      const sink = this.#host.recorderFor(index);
      const counts = this.state.apply(content.command, index, sink && { sink, now: this.#host.now });
      this.#tell(LogStep.applied, entry, this.replica?.term ?? 0, counts ? content.command : undefined);
      this.#host.applied(this.id, content.command, counts, term, index);
      return;
    }
    this.#tell(LogStep.applied, entry, this.replica?.term ?? 0);
    if (content.kind === "members") this.#host.changesMembers(index, content.members);
    if (content.kind === "noop" && this.isLeader && this.replica?.term === term) this.#host.leads(this.id, term);
  }

  #restore(snapshot: Snapshot<ControlState>): void {
    const { index, state } = snapshot;
    this.state = state.copy();
    this.#applied = index;
    this.#snapshotAt = index;
    this.#tell(LogStep.restored, snapshot, this.replica?.term ?? 0);
  }

  // What is told of its log.

  #tellWrite({ write, term }: TermedWrite<Command, ControlState>): void {
    if (write.kind === "entries") for (const entry of write.entries) this.#tell(LogStep.persisted, entry, term);
    else if (write.kind === "snapshot") this.#tell(write.whole ? LogStep.installed : LogStep.compacted, write.snapshot, term);
  }

  #tell(
    step: LogStep,
    { index, term, hash }: Pick<Entry<Command>, "index" | "term" | "hash">,
    current: Term,
    command?: Command,
    voters?: readonly ReplicaId[],
  ): void {
    const starts = command?.kind === CommandKind.assign;
    this.#host.log?.push({
      ...{ time: this.#host.now, step, replica: this.id, current, index, term, hash, state: this.state.hash },
      ...{ task: starts ? command.task : -1, attempt: starts ? command.attempt : 0 },
      ...(voters && { voters }),
    });
  }

  #tellVoters(): void {
    const members = this.replica?.log.members;
    if (members === undefined || members === this.#toldMembers) return;
    this.#toldMembers = members;
    this.#tell(LogStep.voters, NO_ENTRY, this.replica?.term ?? 0, undefined, members.voters);
  }

  /** What it has applied comes in place of its log, when that is long. */
  #compact(): void {
    if (this.#applied - this.#snapshotAt < this.#options.snapshotEvery || this.#frozen > 0) return;
    this.#snapshotAt = this.#applied;
    this.handle({ kind: "compact", index: this.#applied, state: this.state.copy() });
  }
}
