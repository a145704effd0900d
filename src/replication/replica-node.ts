// A replica of the scheduler's log as a process: its disk, its timers and the state that it has applied. It may be down or frozen, and be started
// again with what its disk holds.
import type { Entry, Message, Output, ReplicaId, Role, Snapshot, Term, Timer } from "../consensus/message.ts";
import { Replica, type ReplicaInput, type ReplicaOptions } from "../consensus/replica.ts";
import { emptyLog } from "../consensus/replicated-log.ts";
import { type Command, CommandKind, hashOfCommand } from "../model/command.ts";
import { type LogEntry, LogStep } from "../model/log-entry.ts";
import type { TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { ControlState } from "./control-state.ts";
import { ReplicaDisk, type TermedWrite } from "./replica-disk.ts";

export type ReplicaMessage = Message<Command, ControlState>;

export interface ReplicaNodeHost {
  readonly now: Time;
  /** Undefined where nobody asks for it. */
  readonly log: LogEntry[] | undefined;
  send(from: ReplicaId, to: ReplicaId, message: ReplicaMessage): void;
  /** Call `synced` with that incarnation at that time. */
  planSync(replica: ReplicaId, incarnation: number, time: Time): void;
  /** Call `timerDue` likewise. */
  planTimer(replica: ReplicaId, timer: number, incarnation: number, time: Time): void;
  /** Uniform in [0, 1), the `count`th of that incarnation. */
  draw(replica: ReplicaId, incarnation: number, count: number): number;
  /** It takes on a role. */
  becomes(replica: ReplicaId, role: Role, term: Term): void;
  /** It has applied a command; `counts`: that took effect. */
  applied(replica: ReplicaId, command: Command, counts: boolean, term: Term, index: number): void;
  /** Who is told what comes of an entry of the log, if it is applied for the first time anywhere. */
  recorderFor(index: number): TraceSink | undefined;
  /** Something of the term that it leads is committed: it has applied all that was before. */
  leads(replica: ReplicaId, term: Term): void;
}

export interface NodeOptions extends ReplicaOptions {
  sync: Duration;
  snapshotEvery: number;
}

const NO_ENTRY = { index: 0, term: 0, hash: 0 };

const TIMERS: readonly Timer[] = ["election", "heartbeat"];

/** What a replica has told, and is not done yet. */
type Told =
  | { kind: "apply"; entries: readonly Entry<Command>[] }
  | { kind: "restore"; snapshot: Snapshot<ControlState> }
  | { kind: "becomes"; role: Role; term: Term };

export class ReplicaNode {
  readonly id: ReplicaId;
  /** What it has applied. */
  state: ControlState;
  /** Counts its starts. */
  incarnation = 0;
  /** Undefined while it is down. */
  replica: Replica<Command, ControlState> | undefined;
  readonly #options: NodeOptions;
  readonly #host: ReplicaNodeHost;
  readonly #disk: ReplicaDisk<Command, ControlState>;
  #down = 0;
  #frozen = 0;
  /** What has reached it while it was frozen. */
  readonly unread: (() => void)[] = [];
  /** When each timer is due, and when it is to be looked at; Infinity where it is not. */
  readonly #due = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly #looked = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
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
    this.state = empty;
    const snapshot = emptyLog({ voters, learners: [] }, empty);
    this.#disk = new ReplicaDisk({ term: 0, vote: undefined, snapshot, entries: [] });
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

  /** Whether it may write something new at once. */
  get isIdle(): boolean {
    return this.#disk.isIdle;
  }

  /** Whom it takes for the leader. */
  get leader(): ReplicaId | undefined {
    return this.replica?.leader;
  }

  /** Whether it may take it that nobody else leads yet; always where nothing is known of that. */
  get holdsLease(): boolean {
    return !this.#options.checkQuorum || this.#host.now < (this.replica?.leaseUntil ?? 0);
  }

  // What happens to it.

  start(): void {
    this.incarnation += 1;
    this.#written = 0;
    this.#draws = 0;
    this.#isTelling = true;
    const draw = () => this.#host.draw(this.id, this.incarnation, this.#draws++);
    const { durable } = this.#disk;
    this.replica = new Replica(this.id, this.#options, durable, hashOfCommand, draw, this.#output, this.#host.now);
    this.#isTelling = false;
    this.#settle();
  }

  /** It goes down, with all that is not on its disk; or one of several reasons for that is over. */
  fails(begins: boolean): void {
    this.#down += begins ? 1 : -1;
    if (begins && this.#down === 1) {
      this.replica = undefined;
      this.#disk.loseUnsynced();
      this.unread.length = 0;
      this.#told = [];
      this.#due.fill(Number.POSITIVE_INFINITY);
      this.#looked.fill(Number.POSITIVE_INFINITY);
    } else if (this.#down === 0) this.start();
  }

  /** It does nothing and hears nothing for a while; then it reads what has come meanwhile. */
  freezes(begins: boolean): void {
    this.#frozen += begins ? 1 : -1;
    if (this.#frozen > 0) return;
    for (const read of this.unread.splice(0)) read();
    for (const timer of TIMERS.keys()) this.#rings(timer);
  }

  /** Its disk runs at a part of its speed, in thousandths; of several such parts at their product. */
  slows(rate: number, begins: boolean): void {
    if (begins) this.#slow.push(rate);
    else this.#slow.splice(this.#slow.indexOf(rate), 1);
  }

  /** In thousandths. */
  get diskSpeed(): number {
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
    const takes = replica.handle(input, this.#host.now);
    this.#settle();
    return takes;
  }

  synced(incarnation: number): void {
    if (incarnation !== this.incarnation || this.replica === undefined) return;
    const writes = this.#disk.synced();
    this.#written += writes.length;
    if (this.#host.log !== undefined) for (const write of writes) this.#tellWrite(write);
    this.handle({ kind: "written", count: this.#written });
    this.#beginSync();
  }

  timerDue(timer: number, incarnation: number): void {
    if (incarnation !== this.incarnation || this.#looked[timer] !== this.#host.now) return;
    this.#looked[timer] = Number.POSITIVE_INFINITY;
    this.#rings(timer);
  }

  #rings(timer: number): void {
    const due = this.#due[timer] as Time;
    if (due > this.#host.now) this.#look(timer);
    else if (this.#frozen === 0 && this.replica !== undefined) {
      this.#due[timer] = Number.POSITIVE_INFINITY;
      this.handle({ kind: "timer", timer: TIMERS[timer] as Timer });
    }
  }

  /** Has the timer looked at when it is due, if it is not looked at before. */
  #look(timer: number): void {
    const due = this.#due[timer] as Time;
    if ((this.#looked[timer] as Time) <= due || due === Number.POSITIVE_INFINITY) return;
    this.#looked[timer] = due;
    this.#host.planTimer(this.id, timer, this.incarnation, due);
  }

  // What it does.

  get #output(): Output<Command, ControlState> {
    return {
      send: (to, message) => this.#host.send(this.id, to, message),
      setTimer: (timer, at) => {
        this.#due[TIMERS.indexOf(timer)] = Math.max(at, this.#host.now);
        this.#look(TIMERS.indexOf(timer));
      },
      cancelTimer: (timer) => {
        this.#due[TIMERS.indexOf(timer)] = Number.POSITIVE_INFINITY;
      },
      write: (write) => this.#disk.write(write, this.replica?.term ?? 0),
      apply: (entries) => this.#told.push({ kind: "apply", entries }),
      restore: (snapshot) => this.#told.push({ kind: "restore", snapshot }),
      becomes: (role, term) => this.#told.push({ kind: "becomes", role, term }),
      readAt: () => {},
      refuseRead: () => {},
    };
  }

  /** Does what it has told, in that order; what comes of that it may tell meanwhile. */
  #settle(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let told = this.#told.shift(); told !== undefined; told = this.#told.shift()) {
      if (told.kind === "apply") for (const entry of told.entries) this.#apply(entry);
      else if (told.kind === "restore") this.#restore(told.snapshot);
      else this.#becomes(told.role, told.term);
    }
    this.#isTelling = false;
    this.#beginSync();
    this.#compact();
  }

  #becomes(role: Role, term: Term): void {
    if (role === "leader") this.#tell(LogStep.elected, NO_ENTRY, term);
    else if (role === "follower") this.#tell(LogStep.follows, NO_ENTRY, term);
    this.#host.becomes(this.id, role, term);
  }

  #beginSync(): void {
    if (this.#disk.begin())
      this.#host.planSync(this.id, this.incarnation, this.#host.now + Math.ceil((this.#options.sync * 1000) / this.diskSpeed));
  }

  #apply(entry: Entry<Command>): void {
    const { term, index, content } = entry;
    this.#applied = index;
    if (content.kind === "command") {
      const sink = this.#host.recorderFor(index);
      const counts = this.state.apply(content.command, sink && { sink, now: this.#host.now });
      this.#tell(LogStep.applied, entry, this.replica?.term ?? 0, counts ? content.command : undefined);
      this.#host.applied(this.id, content.command, counts, term, index);
      return;
    }
    this.#tell(LogStep.applied, entry, this.replica?.term ?? 0);
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

  #tell(step: LogStep, { index, term, hash }: Pick<Entry<Command>, "index" | "term" | "hash">, current: Term, command?: Command): void {
    const starts = command?.kind === CommandKind.assign;
    this.#host.log?.push({
      ...{ time: this.#host.now, step, replica: this.id, current, index, term, hash, state: this.state.hash },
      ...{ task: starts ? command.task : -1, attempt: starts ? command.attempt : 0 },
    });
  }

  /** What it has applied comes in place of its log, when that is long. */
  #compact(): void {
    if (this.#applied - this.#snapshotAt < this.#options.snapshotEvery || this.#frozen > 0) return;
    this.#snapshotAt = this.#applied;
    this.handle({ kind: "compact", index: this.#applied, state: this.state.copy() });
  }
}
