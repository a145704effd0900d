// Workers of a replicated scheduler: each tells the replica that it takes for the leader, follows whoever leads in the latest term that it knows
// of, and refuses what any other orders. The token of a start is the term of who sends it, and the place of its assignment in the log.
import { Event } from "./event-kinds.ts";
import type { RunClock } from "./failing-workers.ts";
import { NetworkedWorkers } from "./networked-workers.ts";
import type { ReplicatedScheduler, TenureCarrier } from "./replicated-scheduler.ts";
import type { Tenure } from "./tenure.ts";
import type { Message } from "../cluster/message.ts";
import { momentOf } from "../cluster/network.ts";
import { isFromWorker, MessageFate, MessageKind } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import type { LivenessSettings } from "../model/settings.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { World } from "../model/world.ts";
import type { Membership } from "../scheduler/membership.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** Orders that a leader of an earlier term may not give. */
const ORDERS: readonly MessageKind[] = [MessageKind.start, MessageKind.stop];

/** The scheduler's own timers of workers. */
const SCHEDULER_TIMERS: readonly number[] = [Event.suspicion, Event.schedulerLease, Event.drainLimit];

export class ReplicatedWorkers extends NetworkedWorkers implements TenureCarrier {
  readonly #replicas: ReplicatedScheduler;
  /** Of each worker, whom it takes for the leader, the latest term that it knows of, and whether it has been answered since its last heartbeat. */
  readonly #contact: Int32Array;
  readonly #term: Float64Array;
  readonly #isAnswered: Uint8Array;
  /** Of each worker, by task: the latest assignment that it has got a start of. */
  readonly #assigned: Map<number, number>[];
  /** Who speaks for the scheduler now. */
  #speaker: Tenure | undefined;

  constructor(
    world: World,
    settings: LivenessSettings,
    scheduler: Scheduler,
    recorder: Recorder,
    clock: RunClock,
    replicas: ReplicatedScheduler,
  ) {
    super(world, settings, scheduler, recorder, clock);
    this.#replicas = replicas;
    this.#contact = new Int32Array(world.workers.count);
    this.#term = new Float64Array(world.workers.count);
    this.#isAnswered = new Uint8Array(world.workers.count).fill(1);
    this.#assigned = Array.from({ length: world.workers.count }, () => new Map());
  }

  // Who decides.

  /** From now on that scheduler does. */
  serves(tenure: Tenure): void {
    this.#speaksAs(tenure);
    this.recurring += this.membership.watch();
  }

  #speaksAs(tenure: Tenure): void {
    this.#speaker = tenure;
    this.scheduler = tenure.scheduler;
    this.membership = tenure.scheduler.membership as Membership;
    this.inbox = tenure.inbox;
  }

  as<T>(tenure: Tenure, act: () => T): T {
    const before = this.#speaker;
    tenure.scheduler.now = this.now;
    this.#speaksAs(tenure);
    try {
      return act();
    } finally {
      if (before !== undefined) this.#speaksAs(before);
    }
  }

  announces(tenure: Tenure): void {
    for (let worker = 0; worker < this.#contact.length; worker++)
      this.send(MessageKind.leads, worker, { turn: tenure.replica, recurs: true }, tenure.term);
  }

  protected override watchFromTheBeginning(): void {}

  protected override happened(others: number): number {
    return super.happened(others) - this.#replicas.asides;
  }

  protected override get isAnswered(): boolean {
    return this.#replicas.group.hasMajority;
  }

  protected override mayRest(): boolean {
    return this.#replicas.isAtRest;
  }

  override get standstill(): string | undefined {
    return this.#replicas.standstill;
  }

  override get forgone(): string | undefined {
    return this.#replicas.forgone;
  }

  // Messages.

  /** From a worker it says to whom it goes; to a worker, who has sent it, in which term, and of a start by which assignment. */
  protected override addressed(message: Message): Message {
    const speaker = this.#speaker;
    const { kind, worker, task, attempt } = message;
    if (isFromWorker(kind)) message.replica = this.#contact[worker] as number;
    else if (kind !== MessageKind.moved && speaker !== undefined) {
      message.replica = speaker.replica;
      message.term = speaker.term;
      if (kind === MessageKind.start) message.index = this.#replicas.group.node(speaker.replica).state.assignmentOf(task, attempt);
    }
    return message;
  }

  /** A message of a worker reaches a replica, which may be down, or frozen, or not the leader. */
  protected override reachesScheduler(message: Message): boolean {
    if (this.#replicas.group.node(message.replica).isUp) return super.reachesScheduler(message);
    this.note(MessageFate.undeliverable, message);
    return false;
  }

  protected override schedulerReads(message: Message): boolean {
    const { replica, worker } = message;
    const node = this.#replicas.group.node(replica);
    if (node.isFrozen) {
      node.unread.push(() => {
        if (!this.isFromThePast(message)) this.schedulerReads(message);
      });
      return false;
    }
    const tenure = this.#replicas.tenureOf(replica);
    if (tenure !== undefined) {
      const learnt = this.as(tenure, () => super.schedulerReads(message));
      if (tenure === this.#replicas.serving && learnt) this.clock.learnt();
      return false;
    }
    const leader = node.leader ?? -1;
    if (message.kind === MessageKind.heartbeat || message.kind === MessageKind.register)
      this.send(MessageKind.moved, worker, { turn: leader, recurs: true }, replica);
    return false;
  }

  /** Leases are renewed only by who holds a lease itself: till then nobody else leads. */
  override mayRenew(worker: number): boolean {
    const { group } = this.#replicas;
    return this.#speaker !== undefined && group.holdsLease(this.#speaker.replica) && !this.#speaker.givesUpOn(worker);
  }

  protected override takes(message: Message): boolean {
    const { kind, worker, term, task, attempt } = message;
    if (kind === MessageKind.moved) {
      this.#turnsTo(worker, message.turn);
      return false;
    }
    if (term < (this.#term[worker] as number)) {
      if (ORDERS.includes(kind)) this.record(EntryKind.fenced, task, worker, attempt, Reason.none);
      return false;
    }
    this.#isAnswered[worker] = 1;
    const isNew = term > (this.#term[worker] as number);
    this.#term[worker] = term;
    this.#contact[worker] = message.replica;
    if (isNew) this.tellsAgain(worker);
    if (kind === MessageKind.start && !this.#isOfLatest(message)) {
      this.record(EntryKind.fenced, task, worker, attempt, Reason.overtaken);
      return false;
    }
    // Who leads may not know what another had noted alone: the attempt is not to be held for ever.
    if (kind === MessageKind.start && this.#replicas.isLeaderEnough && this.cluster.isOver(worker, task, attempt))
      this.send(MessageKind.ended, worker, { task, attempt, reason: Reason.lease }, momentOf(this.now));
    return kind !== MessageKind.leads && super.takes(message);
  }

  /** Whether a worker has got no start of the task by a later assignment. */
  #isOfLatest({ worker, task, index }: Message): boolean {
    const assigned = this.#assigned[worker] as Map<number, number>;
    if (index < (assigned.get(task) ?? 0)) return false;
    assigned.set(task, index);
    return true;
  }

  /** Another leads, of that number; where none is known, it asks the next in turn. */
  #turnsTo(worker: number, leader: number): void {
    const { nodes } = this.#replicas.group;
    this.#contact[worker] = leader >= 0 ? leader : ((this.#contact[worker] as number) + 1) % nodes.length;
    this.#isAnswered[worker] = 1;
  }

  protected override beats(worker: number): void {
    if (this.#isAnswered[worker] === 0) this.#turnsTo(worker, -1);
    this.#isAnswered[worker] = 0;
    super.beats(worker);
  }

  // Timers of the scheduler.

  protected override happens(kind: number, worker: number, counter: number): boolean {
    if (!SCHEDULER_TIMERS.includes(kind)) return super.happens(kind, worker, counter);
    this.#replicas.whenAwake(() => {
      if (super.happens(kind, worker, counter)) this.clock.learnt();
    });
    return false;
  }
}
