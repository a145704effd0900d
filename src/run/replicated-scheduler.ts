// A scheduler that several replicas agree on: which of them leads, and decides; what it has decided takes effect when it is committed. What a
// leader knows beside that it knows alone, and who leads after it begins anew.
import type { Entry, Members, ReplicaId, Role, Term } from "../consensus/message.ts";
import { codeOfClient } from "../model/clients.ts";
import { type Command, CommandKind } from "../model/command.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { LinkDisturbance } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import { codeOfReplica, type Durability, generationOf, positionOf, type ReplicationPlan } from "../model/replication.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { Status } from "../model/status.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";
import type { FaultEffect, TaskChange, World } from "../model/world.ts";
import { ControlState } from "../replication/control-state.ts";
import { bytesOf } from "../replication/message-bytes.ts";
import type { ReplicaMessage } from "../replication/replica-node.ts";
import { type GroupEvent, ReplicaGroup, type ReplicaGroupHost } from "../replication/replica-group.ts";
import { applyCommand } from "../scheduler/applied-commands.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { takeOver } from "../scheduler/takeover.ts";
import { ClientDesk, type ClientDeskHost, type ClientRequest, type Reply } from "./client-desk.ts";
import { NotedCommands } from "./noted-commands.ts";
import { SchedulerInbox, type SchedulerInboxHost } from "./scheduler-inbox.ts";
import { Tenure } from "./tenure.ts";

/** What it needs of the run. */
export interface ReplicatedSchedulerHost {
  readonly now: Time;
  /** Call `group.handle` with that at that time. */
  planGroup(time: Time, event: GroupEvent, subject: number, counter: number): void;
  /** A scheduler that decides by that log, and knows nothing yet. */
  schedulerFor(log: Tenure, recorder: Recorder): Scheduler;
  /** From now on this scheduler decides. */
  serves(tenure: Tenure): void;
  /** A command has taken effect. */
  tookEffect(command: Command): void;
  learnt(): void;
  /** Call `looksAtSessions` with that replica and that term then. */
  planSessions(time: Time, replica: ReplicaId, term: Term): void;
  /** A replica answers a request of a client. */
  replies(replica: ReplicaId, request: ClientRequest, reply: Reply): void;
  /** Whether any client waits for an answer that may come. */
  readonly areClientsWaiting: boolean;
  /** Entries of calls of clients, by which nothing has happened yet. */
  readonly asides: number;
}

/** Commands by which no task comes any further: they may come again and again. */
const STANDING: readonly CommandKind[] = [CommandKind.suspect, CommandKind.trust, CommandKind.open, CommandKind.expire];

/** Those that clients ask for. */
const REQUESTS: readonly CommandKind[] = [CommandKind.submit, CommandKind.cancel, CommandKind.change];

/** Who carries the orders of whoever leads. */
export interface TenureCarrier extends SchedulerInboxHost {
  /** Does something as the scheduler of that tenure. */
  as<T>(tenure: Tenure, act: () => T): T;
  /** All workers are told that another leads from now on. */
  announces(tenure: Tenure): void;
}

/** Something that a client wants of the scheduler: a task is submitted, cancelled or changed, by the action of that number. */
interface Request {
  kind: CommandKind;
  task: number;
  action: number;
}

export class ReplicatedScheduler implements ReplicaGroupHost, ClientDeskHost {
  readonly group: ReplicaGroup;
  readonly #durability: Durability;
  /** Undefined while nobody leads, as far as the latest term goes. */
  serving: Tenure | undefined;
  /** Undefined where clients are where the leader is. */
  readonly #desk: ClientDesk | undefined;
  readonly #world: World;
  readonly #recorder: Recorder;
  readonly #host: ReplicatedSchedulerHost;
  readonly #carrier: () => TenureCarrier;
  /** Of each replica that takes itself for the leader. */
  readonly #tenures = new Map<ReplicaId, Tenure>();
  /** By task what clients want, and has not taken effect, in the order in which they did; they stand beside the leader, whoever that is. */
  readonly #requests = new Map<number, Request[]>();
  /** Up to which entry of the log the trace tells what has come of it. */
  #told = 0;
  /** Entries that tell of such commands, and the last of these. */
  #standing = 0;
  #lastStanding = 0;
  /** Whom faults have struck that last, by their tracks; and who has led last. */
  readonly #struck = new Map<number, ReplicaId>();
  #members: Members;
  readonly #noted: NotedCommands;
  /** Tasks of which the submission was noted, and is lost: nobody knows them. */
  readonly #forgone = new Set<number>();
  #lastLeader: ReplicaId = 0;
  #latestTerm: Term = 0;
  readonly #changeOf = (action: number): TaskChange => {
    const wanted = this.#world.actions?.[action];
    return wanted?.kind === "set" ? wanted.change : {};
  };

  constructor(
    world: World,
    plan: ReplicationPlan,
    settings: SchedulerSettings,
    recorder: Recorder,
    host: ReplicatedSchedulerHost,
    carrier: () => TenureCarrier,
    unsafe: UnsafeMode | undefined,
  ) {
    this.#world = world;
    this.#recorder = recorder;
    this.#host = host;
    this.#carrier = carrier;
    this.#durability = plan.durability;
    this.#members = { voters: Array.from({ length: plan.count }, (_, replica) => replica), learners: [] };
    const { clients } = world;
    this.#desk = clients && new ClientDesk(clients.reads, clients.session, this);
    const options = { answers: clients !== undefined, ...(unsafe && { unsafe }) };
    this.group = new ReplicaGroup(plan, plan.seed, () => new ControlState(world, settings, options), this);
    this.#noted = new NotedCommands(this.group.nodes);
  }

  get now(): Time {
    return this.#host.now;
  }

  get log(): LogEntry[] | undefined {
    return this.#recorder.log;
  }

  plan(time: Time, event: GroupEvent, subject: number, counter: number): void {
    this.#host.planGroup(time, event, subject, counter);
  }

  tenureOf(replica: ReplicaId): Tenure | undefined {
    return this.#tenures.get(replica);
  }

  /** Whether nothing is on its way to be committed, and somebody leads; or nobody ever will. */
  get isAtRest(): boolean {
    const rests = this.isAwake && this.#requests.size === 0 && !this.#host.areClientsWaiting && this.serving?.isSettled === true;
    return rests || !this.group.hasMajority;
  }

  /** Entries by which no task comes any further, and that may come again and again. */
  get asides(): number {
    return this.#standing + this.#host.asides;
  }

  /** Why nobody leads, if nobody does. */
  get standstill(): string | undefined {
    const { nodes, hasMajority, lost } = this.group;
    const down = nodes.filter(({ isUp }) => !isUp).length;
    if (!hasMajority && lost > 0) {
      const others = down === 0 ? "" : ` and ${down} ${down === 1 ? "is" : "are"} down for good`;
      return `${lost} of ${nodes.length} replicas of the scheduler ${lost === 1 ? "has lost its disk" : "have lost their disks"}${others}: no majority is left to take ${lost === 1 ? "it" : "them"} back`;
    }
    if (!hasMajority) return `${down} of ${nodes.length} replicas of the scheduler are down for good`;
    return this.isAwake ? undefined : "no replica of the scheduler leads, however long one waits";
  }

  /** Which tasks nobody knows that were submitted, if there are any. */
  get forgone(): string | undefined {
    const { size } = this.#forgone;
    if (size === 0) return undefined;
    return size === 1
      ? "one submission was noted by a leader alone, and lost with it"
      : `${size} submissions were noted by leaders alone, and lost with them`;
  }

  /** Whether a command is acknowledged that the leader alone has on disk. */
  get isLeaderEnough(): boolean {
    return this.#durability === "leader";
  }

  /** Whether who leads can do anything now. */
  get isAwake(): boolean {
    return this.serving !== undefined && !this.group.node(this.serving.replica).isFrozen;
  }

  /** Whoever leads does something now, or as soon as it is awake; without a leader nobody does. */
  whenAwake(act: (scheduler: Scheduler) => void): void {
    const { serving } = this;
    if (serving === undefined) return;
    if (this.isAwake) act(serving.scheduler);
    else serving.overdue.push(() => act(serving.scheduler)); // another may serve when it wakes
  }

  // Who leads.

  becomes(replica: ReplicaId, role: Role, term: Term): void {
    if (role === "leader") this.#recorder.entry(this.now, EntryKind.elected, -1, codeOfReplica(replica), term, Reason.none);
    else this.#stepsDown(replica);
  }

  #stepsDown(replica: ReplicaId): void {
    const tenure = this.#tenures.get(replica);
    if (tenure === undefined) return;
    this.#tenures.delete(replica);
    this.#recorder.entry(this.now, EntryKind.deposed, -1, codeOfReplica(replica), tenure.term, Reason.none);
    if (this.serving === tenure) this.serving = undefined;
    this.#desk?.leadsNoMore(replica);
  }

  leads(replica: ReplicaId, term: Term): void {
    if (term < this.#latestTerm) return; // it learns too late that it led: another does by now
    this.#latestTerm = term;
    this.#noted.leads(term, this.group.node(replica).applied);
    const tenure = new Tenure(replica, term, this.#host, (command) => this.group.propose(replica, command));
    const { state } = this.group.node(replica);
    this.#tenures.set(replica, tenure);
    this.serving = tenure;
    this.#lastLeader = replica;
    this.#recorder.entry(this.now, EntryKind.led, -1, codeOfReplica(replica), term, Reason.none);
    tenure.scheduler = this.#host.schedulerFor(tenure, this.#recorderOf(tenure));
    tenure.scheduler.now = this.now;
    const carrier = this.#carrier();
    tenure.inbox = new SchedulerInbox(carrier, this.#world, state.ended.copy());
    this.#host.serves(tenure);
    carrier.as(tenure, () => {
      const changes = [...state.changes].map((action) => [this.#taskOf(action), this.#changeOf(action)] as const);
      takeOver(tenure.scheduler, state, changes);
      carrier.announces(tenure);
    });
    this.#forgoes();
    this.#desk?.leads(tenure);
    for (const [task, requests] of this.#requests) {
      // What another has put to the log it may have applied before.
      const left = requests.filter(({ kind, action }) => !state.hasDone({ kind, task, attempt: 0, value: action }));
      this.#wants(task, left);
      for (const request of left) this.#proposes(request);
    }
    this.#host.learnt();
  }

  /** Of a task that is all that clients want from now on. */
  #wants(task: number, requests: Request[]): void {
    if (requests.length > 0) this.#requests.set(task, requests);
    else this.#requests.delete(task);
  }

  /** A leader's scheduler does not tell what the replicas do; and one that leads no more, and does not know it, tells nothing. */
  #recorderOf(tenure: Tenure): Recorder {
    const recorder = this.#recorder;
    const told = Object.create(recorder) as Recorder;
    told.entry = (time, kind, ...rest) => {
      if (this.serving === tenure && !AGREED.has(kind)) recorder.entry(time, kind, ...rest);
    };
    return told;
  }

  #taskOf(action: number): number {
    const wanted = this.#world.actions?.[action];
    return wanted !== undefined && "task" in wanted ? wanted.task : -1;
  }

  // What clients want.

  requests(kind: CommandKind, task: number, action: number): void {
    if (this.#forgone.has(task)) return; // nobody knows it
    const request = { kind, task, action };
    const others = this.#requests.get(task);
    if (others === undefined) this.#requests.set(task, [request]);
    else others.push(request);
    this.#proposes(request);
  }

  /** To whoever leads; one that makes no sense yet waits until it does. */
  #proposes({ kind, task, action }: Request): void {
    const { serving } = this;
    if (serving === undefined) return;
    const isThere = serving.scheduler.ledger.status(task) !== Status.unsubmitted;
    if (isThere === (kind === CommandKind.submit)) return;
    const value = kind === CommandKind.change ? action : 0;
    serving.propose(kind, task, -1, 0, kind === CommandKind.submit ? Reason.none : Reason.client, value);
  }

  /** What came of a command, or of the one before it, settles what was wanted; or lets it make sense. */
  #settles(command: Command): void {
    const { kind, task } = command;
    if (!REQUESTS.includes(kind)) return;
    if (kind === CommandKind.submit) this.#forgone.delete(task);
    const isOther = (request: Request) => request.kind !== kind || (kind === CommandKind.change && request.action !== command.value);
    const left = (this.#requests.get(task) ?? []).filter(isOther);
    this.#wants(task, left);
    if (kind === CommandKind.submit) for (const request of left) this.#proposes(request);
  }

  // What a leader alone has.

  persisted(replica: ReplicaId, entries: readonly Entry<Command>[]): void {
    const tenure = this.#tenures.get(replica);
    if (!this.isLeaderEnough || tenure === undefined) return;
    const { state } = this.group.node(replica);
    for (const { term, index, content } of entries) {
      if (content.kind !== "command" || term !== tenure.term || state.hasDone(content.command)) continue;
      this.#acknowledges(tenure, content.command, index);
    }
    if (tenure.term < this.#latestTerm) this.#forgoes(); // another leads by now
  }

  /** Tells who asked for a command that it is noted. */
  #acknowledges(tenure: Tenure, command: Command, index: number): void {
    const { kind, task, worker, attempt, request } = command;
    if (request !== undefined) this.#desk?.persisted(tenure, command, index);
    else if (kind === CommandKind.complete || kind === CommandKind.fail) {
      this.#carrier().as(tenure, () => tenure.inbox.answersEnd(task, worker, attempt, false));
      this.notes(tenure, command, index);
    } else if (REQUESTS.includes(kind) && tenure === this.serving) {
      this.#settles(command); // who asks stands beside whoever leads
      this.notes(tenure, command, index);
    }
  }

  /** Somebody is told that a command is noted. */
  notes(tenure: Tenure, command: Command, index: number): void {
    this.#noted.add({ index, term: tenure.term, command });
    tenure.noted = Math.max(tenure.noted, index);
  }

  /** Tells what earlier leaders have noted and nobody will ever have. */
  #forgoes(): void {
    for (const { command, index } of this.#noted.takeLost()) {
      const { kind, task, worker, attempt, request } = command;
      const [who, number] = request === undefined ? [worker, attempt] : [codeOfClient(request.client), request.number];
      this.#recorder.entry(this.now, EntryKind.forgone, task, who, number, Reason.none, index);
      if (kind !== CommandKind.submit) continue;
      this.#forgone.add(task);
      this.#requests.delete(task); // there is nothing to cancel, or to change
    }
  }

  // What is committed.

  applied(replica: ReplicaId, command: Command, counts: boolean, term: Term, index: number): void {
    const wasNoted = this.#noted.commits(index, term);
    if (STANDING.includes(command.kind) && index > this.#lastStanding) {
      this.#lastStanding = index;
      this.#standing += 1;
    }
    const tenure = this.#tenures.get(replica);
    if (tenure === undefined) {
      if (this.serving === undefined) this.#settles(command); // who will lead applies what another has left behind
      return;
    }
    const carrier = this.#carrier();
    tenure.applied = index;
    tenure.settles(command);
    carrier.as(tenure, () => {
      const { kind, task, worker, attempt } = command;
      tenure.scheduler.now = this.now;
      if (!wasNoted && (kind === CommandKind.complete || kind === CommandKind.fail)) tenure.inbox.answersEnd(task, worker, attempt, false);
      if (counts || kind === CommandKind.assign) applyCommand(tenure.scheduler, command, counts, this.#changeOf);
      if (kind === CommandKind.up) tenure.inbox.answersRegistration(worker);
    });
    this.#settles(command);
    this.#desk?.applied(tenure, command, index);
    if (tenure !== this.serving) return;
    if (!STANDING.includes(command.kind) && (counts || command.request === undefined)) this.#host.tookEffect(command);
    this.#host.learnt();
  }

  /** Told by whoever applies it first. */
  changesMembers(index: number, members: Members): void {
    if (index <= this.#told) return;
    this.#told = index;
    const before = this.#members;
    this.#members = members;
    const { voters, learners } = members;
    for (const member of [...before.voters, ...before.learners])
      if (!voters.includes(member) && !learners.includes(member)) this.#tellMember(EntryKind.memberRemoved, member);
    for (const member of learners) if (!before.learners.includes(member)) this.#tellMember(EntryKind.memberAdded, member);
    for (const member of voters) if (!before.voters.includes(member)) this.#tellMember(EntryKind.memberPromoted, member);
  }

  #tellMember(kind: EntryKind, member: ReplicaId): void {
    const { length } = this.group.nodes;
    this.#recorder.entry(this.now, kind, -1, codeOfReplica(positionOf(member, length)), generationOf(member, length), Reason.none);
  }

  /** What an entry of the log comes to is told by whoever applies it first, which is a leader. */
  recorderFor(index: number): TraceSink | undefined {
    if (index <= this.#told) return undefined;
    this.#told = index;
    return this.#recorder;
  }

  // What clients ask of a replica, where they are processes.

  receives(replica: ReplicaId, request: ClientRequest): void {
    this.#desk?.receives(replica, request);
    this.group.flush(replica);
  }

  mayRead(read: number, may: boolean): void {
    this.#desk?.mayRead(read, may);
  }

  bytesOf(message: ReplicaMessage): number {
    return bytesOf(message, this.#world.tasks.count, this.#world.workers.count);
  }

  /** The run is over: tells what replicas have said to one another. */
  tellsTraffic(): void {
    for (const [replica, { messages, bytes }] of this.group.traffic.entries())
      this.#recorder.entry(this.now, EntryKind.spoke, -1, codeOfReplica(replica), messages, Reason.none, bytes);
  }

  planSessions(time: Time, replica: ReplicaId, term: Term): void {
    this.#host.planSessions(time, replica, term);
  }

  replies(replica: ReplicaId, request: ClientRequest, reply: Reply): void {
    this.#host.replies(replica, request, reply);
  }

  looksAtSessions(replica: ReplicaId, term: Term): void {
    const tenure = this.#tenures.get(replica);
    if (tenure?.term !== term) return;
    const look = () => this.#desk?.looksAtSessions(tenure);
    if (this.group.node(replica).isFrozen) tenure.overdue.push(look);
    else look();
    this.group.flush(replica);
  }

  // What befalls replicas.

  /** A fault, of that track, begins or ends; `whom`: a replica, or the one that leads when it begins. */
  strikes(track: number, whom: ReplicaId | "leader", effect: FaultEffect, begins: boolean): void {
    const replica = whom === "leader" ? (this.#struck.get(track) ?? this.#lastLeader) : whom;
    if (begins) this.#struck.set(track, replica);
    else this.#struck.delete(track);
    this.#strikes(replica, effect, begins);
  }

  #strikes(replica: ReplicaId, effect: FaultEffect, begins: boolean): void {
    const { group } = this;
    const node = group.node(replica);
    const was = { isUp: node.isUp, isFrozen: node.isFrozen, generation: node.generation };
    if (effect.kind === "link") group.disturbs(replica, effect as LinkDisturbance, begins);
    else if (effect.kind === "slow") {
      node.slows(effect.rate, begins);
      this.#tell(EntryKind.replicaSlowed, replica, node.diskSpeed);
    } else if (effect.kind === "drifting") this.#tell(EntryKind.replicaDrifted, replica, group.drifts(replica, effect.rate, begins));
    else if (effect.kind === "frozen") group.freezes(replica, begins);
    else if (effect.kind === "down") {
      if (begins) this.#desk?.goesDown(replica);
      if (begins) this.#stepsDown(replica);
      const { torn, rotten, isLost } = group.fails(replica, begins, effect);
      if (was.isUp !== node.isUp) this.#tell(node.isUp ? EntryKind.replicaStarted : EntryKind.replicaCrashed, replica, node.incarnation);
      if (torn !== undefined) this.#tell(EntryKind.replicaTorn, replica, torn);
      if (rotten !== undefined) this.#tell(EntryKind.replicaRotten, replica, rotten);
      if (isLost) this.#tell(EntryKind.replicaDiskLost, replica, node.incarnation);
      if (node.generation > was.generation) this.#tell(EntryKind.replicaRenewed, replica, node.generation);
    }
    if (was.isFrozen === node.isFrozen) return;
    this.#tell(node.isFrozen ? EntryKind.replicaPaused : EntryKind.replicaResumed, replica, node.incarnation);
    if (!node.isFrozen) this.#wakes(replica);
  }

  /** An operator has whoever leads hand over to a replica. */
  transfers(replica: ReplicaId): void {
    const leader = this.serving?.replica ?? -1;
    const hasLeader = this.isAwake && this.group.node(leader).handle({ kind: "transfer", to: this.group.node(replica).member });
    this.#tell(EntryKind.transferred, replica, leader + 1, hasLeader ? Reason.none : Reason.nothing);
  }

  #tell(kind: EntryKind, replica: ReplicaId, attempt: number, reason: Reason = Reason.none): void {
    this.#recorder.entry(this.now, kind, -1, codeOfReplica(replica), attempt, reason);
  }

  /** A replica that leads still goes on with what was due meanwhile. */
  #wakes(replica: ReplicaId): void {
    const tenure = this.#tenures.get(replica);
    if (tenure === undefined) return;
    for (const act of tenure.overdue.splice(0)) this.#carrier().as(tenure, act);
    if (tenure === this.serving) this.#host.learnt();
  }
}

/** Kinds of entries that replicas tell of: what they agree on. */
const AGREED: ReadonlySet<EntryKind> = new Set([
  ...[EntryKind.submitted, EntryKind.started, EntryKind.finished, EntryKind.failed, EntryKind.retried, EntryKind.abandoned],
  ...[EntryKind.skipped, EntryKind.cancelled, EntryKind.requeued, EntryKind.lost, EntryKind.changed, EntryKind.accepted],
  ...[EntryKind.registered, EntryKind.suspected, EntryKind.trusted, EntryKind.refused, EntryKind.notified],
]);
