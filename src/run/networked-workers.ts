// Carries messages between the scheduler and the workers, for runs in which a network lies between that delays, loses or repeats them.
//
// Workers beat at their interval and tell ends of attempts until they are answered; the scheduler sends a start once more when a
// heartbeat that was sent later does not know of it, an order to wait or to go on, or to leave, likewise, and a stop that it waits for
// until that is answered. A worker that has left is told that it may go whenever it is heard of. What a dead incarnation sent, or is
// sent, is dropped.
import type { NetworkedClusterHost, UnansweredEnd, UnansweredSize } from "../cluster/cluster-host.ts";
import { lanesOf, type MessageName, momentOf, type Network, typicalDelay } from "../cluster/network.ts";
import { Post, type PostHost, UNNAMED } from "../cluster/post.ts";
import { type Content, type Message, messageOf } from "../cluster/message.ts";
import { NetworkedCluster } from "../cluster/networked-cluster.ts";
import { Event } from "./event-kinds.ts";
import { FailingWorkers, type Happenings, type RunClock } from "./failing-workers.ts";
import { HeartbeatFolds, type HeartbeatFoldsHost } from "./heartbeat-folds.ts";
import { SchedulerInbox, type SchedulerInboxHost } from "./scheduler-inbox.ts";
import { attemptCode } from "../model/attempt-code.ts";
import { nameAt } from "../model/columns.ts";
import { isFromWorker, MessageFate, MessageKind, type NetworkPlan, waitsAfter } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import type { LivenessSettings } from "../model/settings.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { FaultEffect, WorkerAction, World } from "../model/world.ts";
import { EndedAttempts } from "../scheduler/ended-attempts.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** So often messages may be sent again, an interval after each that may have arrived, while nothing happens and nothing else is planned. */
const MOST_REPEATS = 10_000;

/** Kinds of events that come again and again though nothing happens. */
const RECURRING: readonly number[] = [Event.suspicion, Event.heard, Event.workerLease, Event.schedulerLease];

/** Kinds that are no timers of workers. */
const NO_TIMERS: readonly number[] = [Event.anchor, Event.workerChange, Event.transfersEnd];

/** Where nobody can tell beforehand who is told. */
const EACH_BEAT = { detail: "messages" } as const;

const NO_LANES = { high: 0, low: 0 };

export class NetworkedWorkers
  extends FailingWorkers
  implements NetworkedClusterHost, PostHost<Message>, SchedulerInboxHost, HeartbeatFoldsHost
{
  declare readonly cluster: NetworkedCluster;
  readonly #world: World;
  readonly #post: Post<Message>;
  readonly #network: Network;
  readonly #interval: Duration;
  /** Heartbeats that tell nothing new. */
  readonly #folds: HeartbeatFolds;
  /** How much had happened when it was last asked, when anything had last, and how long after that the run is given up. */
  #happened = -1;
  #happenedAt: Time = 0;
  readonly #patience: Duration;
  /** What frozen workers have not read. */
  readonly #unread = new Map<number, Message[]>();
  /** Hashes of workers' names. */
  readonly #lanes: readonly { high: number; low: number }[];
  /** How often starts were sent again, by task and attempt. */
  readonly #again = new Map<number, number>();
  /** The last turn of orders that were sent, by kind, task and attempt. */
  readonly #sent: Map<number, number>[] = [];
  protected inbox: SchedulerInbox;

  constructor(world: World, settings: LivenessSettings, scheduler: Scheduler, recorder: Recorder, clock: RunClock) {
    super(world, settings, scheduler, recorder, clock);
    this.#world = world;
    const plan = world.network as NetworkPlan;
    this.#post = new Post(plan, recorder, this);
    this.#network = this.#post.network;
    this.inbox = new SchedulerInbox(this, world, new EndedAttempts(world.tasks.count));
    const { interval } = settings.heartbeat;
    this.#interval = interval;
    this.#patience = MOST_REPEATS * (interval + typicalDelay(plan, world.faults?.tracks ?? []));
    this.#lanes = world.workers.names.map(lanesOf);
    const { detail } = world.replicas === undefined ? plan : EACH_BEAT;
    this.#folds = new HeartbeatFolds(this, clock, this.#post, this.#lanes, detail, settings);
    this.watchFromTheBeginning();
    // They are known from the beginning, as if they had just registered, and beat at once.
    for (let worker = 0; worker < world.workers.count; worker++) if (this.cluster.isRegistered(worker)) this.cluster.planBeat(worker, 0);
  }

  protected watchFromTheBeginning(): void {
    this.recurring += this.membership.watch();
  }

  protected override clusterOf(world: World, { heartbeat, lease, progress }: LivenessSettings): NetworkedCluster {
    return new NetworkedCluster(world, { interval: heartbeat.interval, lease, patience: this.membership.patience, part: progress }, this);
  }

  // What the scheduler orders.

  override start(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void {
    if (copy === 0) this.cluster.issued(task, attempt);
    this.send(MessageKind.start, worker, { task, attempt, execution, every, copy }, 0);
  }

  override startAgain(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void {
    const key = attemptCode(task, attempt);
    const times = (this.#again.get(key) ?? 0) + 1;
    this.#again.set(key, times);
    this.send(MessageKind.start, worker, { task, attempt, execution, every, copy, recurs: true }, times);
  }

  /** Whether it stopped shows later. */
  override stop(task: number, worker: number, attempt: number, awaited: boolean): boolean {
    const recurs = this.#wasSent(MessageKind.stop, task, attempt);
    this.send(MessageKind.stop, worker, { task, attempt, awaited, recurs }, momentOf(this.now));
    return false;
  }

  /** The same. */
  override save(task: number, worker: number, attempt: number): boolean {
    const recurs = this.#wasSent(MessageKind.save, task, attempt);
    this.send(MessageKind.save, worker, { task, attempt, awaited: true, recurs }, momentOf(this.now));
    return false;
  }

  /** Whether it waits shows later. */
  override turn(task: number, worker: number, attempt: number, turn: number): void {
    const kind = waitsAfter(turn) ? MessageKind.suspend : MessageKind.proceed;
    this.send(kind, worker, { task, attempt, turn, recurs: this.#wasSent(kind, task, attempt, turn) }, momentOf(this.now));
  }

  /** Whether such an order about an attempt was sent before, from now on. */
  #wasSent(kind: MessageKind, task: number, attempt: number, turn = 0): boolean {
    this.#sent[kind] ??= new Map();
    const key = attemptCode(task, attempt);
    const before = this.#sent[kind].get(key) ?? -1;
    this.#sent[kind].set(key, turn);
    return before >= turn;
  }

  /** Sent again for a heartbeat that does not know of it. */
  override allow(task: number, worker: number, attempt: number, number: number): void {
    const recurs = this.#wasSent(MessageKind.allow, task, attempt, number);
    this.send(MessageKind.allow, worker, { task, attempt, turn: number, recurs }, momentOf(this.now));
  }

  /** Told once: what is lost of it, or not to be had by then, the attempt gets itself. */
  override push(task: number, input: number, worker: number): void {
    this.send(MessageKind.fetch, worker, { task, turn: input }, input);
  }

  override act(action: WorkerAction): void {
    this.#folds.unfold(action.worker);
    super.act(action);
  }

  override letGo(worker: number, limit?: Duration): void {
    this.#folds.unfold(worker);
    super.letGo(worker, limit);
  }

  override hires(worker: number): void {
    this.#folds.unfold(worker);
    this.#unread.delete(worker);
    super.hires(worker);
  }

  override takeAway(worker: number): void {
    this.#folds.unfold(worker);
    super.takeAway(worker);
  }

  /** It goes with the instance. */
  override vanish(): void {}

  /** Workers tell when attempts are over there. */
  override leaseEnds(): void {}

  override hasLeft(worker: number): void {
    if (!this.isHired(worker)) return;
    this.#folds.unfold(worker);
    this.#unread.delete(worker);
    this.inbox.forget(worker);
    this.cluster.retire(worker);
    super.hasLeft(worker);
  }

  override drain(worker: number): void {
    const recurs = this.#wasSent(MessageKind.drain, worker, this.membership.incarnationOf(worker));
    this.send(MessageKind.drain, worker, { recurs }, 0);
  }

  /** It goes when it has read that it may. */
  override retire(worker: number): void {
    if (this.isHired(worker)) return; // it is switched off once it has left
    this.send(MessageKind.drain, worker, { last: true }, 0);
  }

  protected override joined(worker: number): void {
    this.cluster.joins(worker);
    if (this.cluster.gets(worker, this.cluster.incarnation(worker)) === "at once") this.registers(worker);
  }

  protected override kills(task: number, worker: number): void {
    this.#folds.unfold(worker);
    super.kills(task, worker);
  }

  protected override changes(worker: number, effect: FaultEffect, begins: boolean): boolean {
    this.#folds.unfold(worker);
    if (effect.kind !== "link") return super.changes(worker, effect, begins);
    const state = this.#post.change(worker, effect, begins);
    this.record(EntryKind.linked, -1, worker, state, Reason.none);
    return false;
  }

  // What happens on workers.

  /** A worker comes up, or joins: it registers, again and again until it is answered, and beats from then on. */
  override registers(worker: number): void {
    this.cluster.announces(worker);
    this.#register(worker, false);
  }

  #register(worker: number, recurs: boolean): void {
    this.send(MessageKind.register, worker, { recurs, turn: this.diskOf(worker) }, 0);
  }

  thawed(worker: number): void {
    const unread = this.#unread.get(worker) ?? [];
    this.#unread.delete(worker);
    for (const message of unread) this.#reads(message);
    if (this.cluster.gets(worker, this.cluster.incarnation(worker)) === "never") return; // it was told to go
    this.beats(worker);
    this.cluster.planBeat(worker, this.now + 1);
  }

  began(task: number, worker: number, attempt: number): void {
    this.record(EntryKind.began, task, worker, attempt, Reason.none);
    this.send(MessageKind.started, worker, { task, attempt }, 0);
  }

  /** Told once: what is lost of it, heartbeats tell. What it has given back others may have waited for. */
  override asks(task: number, worker: number, attempt: number, number: number, met: number): void {
    this.send(MessageKind.ask, worker, { task, attempt, turn: number, part: met }, number);
    this.cluster.givesBack(worker);
  }

  override gathers(task: number, worker: number, attempt: number): void {
    this.send(MessageKind.gathered, worker, { task, attempt }, 0);
  }

  /** Told once: what is lost of it the next makes up for. */
  protected override tellProgress(task: number, worker: number, attempt: number, part: number): boolean {
    this.send(MessageKind.progress, worker, { task, attempt, part }, part);
    return false;
  }

  override attemptEnded(task: number, attempt: number): boolean {
    const { worker, reason } = this.cluster.end(task, attempt);
    if (reason === Reason.killer) this.kills(task, worker);
    else this.#tellEnds(worker, 0);
    return false;
  }

  override leaseOver(_task: number, worker: number): void {
    this.#tellEnds(worker, 0);
  }

  /** Tells ends that were not told for so long. */
  #tellEnds(worker: number, since: Duration): void {
    for (const end of this.cluster.unansweredEnds(worker)) {
      if (end.times > 0 && (since === 0 || !this.cluster.hasPassed(worker, since, end.sent))) continue;
      this.#tellEnd(worker, end);
    }
  }

  #tellEnd(worker: number, end: UnansweredEnd): void {
    end.sent = this.now;
    const { task, attempt, reason } = end;
    this.send(MessageKind.ended, worker, { task, attempt, reason, recurs: end.times > 0 }, end.times++);
  }

  changesSize(worker: number): void {
    this.#tellSize(worker, this.cluster.unansweredSize(worker) as UnansweredSize, false);
  }

  #tellSize(worker: number, { version, effects, capacity }: UnansweredSize, recurs: boolean): void {
    this.send(MessageKind.resize, worker, { turn: version, size: { effects, capacity }, recurs }, 0);
  }

  /** Tells once more what a worker is to have, if that was not answered for an interval, by its clock. */
  #tellSizeAgain(worker: number): void {
    const open = this.cluster.unansweredSize(worker);
    if (open === undefined || !this.cluster.hasPassed(worker, this.#interval, open.sent)) return;
    open.sent = this.now;
    this.#tellSize(worker, open, true);
  }

  /**
   * Those are heartbeats, their answers and the timers behind them, where each worker is heard or known to be silent. As heartbeats are
   * events or not, this is asked when something else has happened: then the answer is the same, and so is the end of the run.
   */
  override isQuiet({ planned, others, stale, next }: Happenings): boolean {
    if (this.#isInVain(planned, others, stale, next)) return true;
    if (!this.mayRest()) return false;
    if (!this.hasHappened(others)) return false;
    if (this.planned > 0 || this.membership.holdsAny) return false;
    for (let worker = 0; worker < this.#lanes.length; worker++) {
      if (this.membership.isGone(worker)) {
        if (this.#mayDepart(worker)) return false;
        continue;
      }
      if (this.#mayRegister(worker)) return false;
      const isCut = this.#network.isCut(MessageKind.heartbeat, worker);
      if (isCut && this.#mayStillBeHeard(worker)) return false;
      const isHeard = this.cluster.canBeHeard(worker) && !isCut;
      if (!this.membership.agrees(worker, isHeard && !this.#network.isClogged(MessageKind.heartbeat, worker))) return false;
    }
    return planned - stale() === this.recurring;
  }

  mayRenew(_worker: number): boolean {
    return true;
  }

  /** Whether nothing will come of the scheduler itself, as things stand. */
  protected mayRest(): boolean {
    return true;
  }

  /** Whether a worker will become known that is not, as things stand: it asks again and again, and is heard. */
  #mayRegister(worker: number): boolean {
    const { cluster } = this;
    if (cluster.isRegistered(worker) || cluster.gets(worker, cluster.incarnation(worker)) !== "at once" || !this.isAnswered) return false;
    const { register, registered } = MessageKind;
    return [register, registered].every((kind) => !this.#network.isHalted(kind, worker) && !this.#network.losesAll(kind, worker));
  }

  /** Whether anybody answers workers. */
  protected get isAnswered(): boolean {
    return true;
  }

  /** Whether a worker that has left will be told that it may go, as things stand: it is heard of, and hears. */
  #mayDepart(worker: number): boolean {
    const { cluster } = this;
    if (cluster.gets(worker, cluster.incarnation(worker)) !== "at once") return false;
    const isRegistered = cluster.isRegistered(worker);
    if (isRegistered && cluster.isMuted(worker)) return false;
    const says = isRegistered ? MessageKind.heartbeat : MessageKind.register;
    return [says, MessageKind.drain].every((kind) => !this.#network.isHalted(kind, worker) && !this.#network.losesAll(kind, worker));
  }

  /** What waits for messages that are lost again and again, or change nothing, waits for ever; workers may be suspected now and then meanwhile. */
  #isInVain(planned: number, others: number, stale: () => number, next: Time): boolean {
    const happened = this.happened(others) - this.membership.changesOfMind;
    if (happened !== this.#happened) this.#happenedAt = this.now;
    this.#happened = happened;
    const end = this.#happenedAt + this.#patience;
    if (next <= end || this.planned > 0 || planned - stale() !== this.recurring) return false;
    this.endsAt = end;
    this.isInVain = true;
    return true;
  }

  /** Whether heartbeats of a worker whose link is cut are under way, and will arrive. */
  #mayStillBeHeard(worker: number): boolean {
    if (this.#network.drops(MessageKind.heartbeat, worker)) return false;
    for (const { kind } of this.#post.underWay(worker).values()) if (kind === MessageKind.heartbeat) return true;
    return false;
  }

  override leaseTimerAt(time: Time, worker: number): void {
    this.recurring += 1;
    super.leaseTimerAt(time, worker);
  }

  override watches(): number {
    this.recurring += 1;
    return 0;
  }

  override handle(kind: number, worker: number, counter: number): boolean {
    return kind === Event.message ? this.#arrives(worker, counter) : super.handle(kind, worker, counter);
  }

  protected override recurs(kind: number): boolean {
    return RECURRING.includes(kind);
  }

  protected override happens(kind: number, worker: number, counter: number): boolean {
    if (kind !== Event.heard) return this.#timer(kind, worker, counter);
    if (!this.cluster.beatIsDue(worker) || this.cluster.gets(worker, this.cluster.incarnation(worker)) !== "at once") return false;
    if (!this.#folds.begin(worker)) {
      this.beats(worker);
      this.cluster.planBeat(worker, this.now + 1);
    }
    return false;
  }

  #timer(kind: number, subject: number, counter: number): boolean {
    if (NO_TIMERS.includes(kind)) return super.happens(kind, subject, counter);
    // Those of a worker whose heartbeats are folded: if they have anything to do, the next heartbeats tell that.
    if (kind !== Event.drainLimit && this.#folds.sleepsOn(subject)) return false;
    this.#folds.unfold(subject);
    return super.happens(kind, subject, counter);
  }

  // Heartbeats.

  /** Something new is known of who leads: what is not answered is told again. */
  protected tellsAgain(worker: number): void {
    if (!this.cluster.isRegistered(worker)) this.#register(worker, true);
    this.#tellEnds(worker, 0);
  }

  protected beats(worker: number): void {
    if (!this.cluster.isRegistered(worker)) return this.#register(worker, true);
    this.#tellEnds(worker, this.#interval);
    this.#tellSizeAgain(worker);
    if (this.cluster.isMuted(worker)) return;
    this.send(MessageKind.heartbeat, worker, { report: this.cluster.report(worker), drains: this.cluster.drains(worker) }, 0);
  }

  // Messages.

  send(kind: MessageKind, worker: number, content: Content, repeat: number): void {
    this.#folds.unfold(worker);
    const incarnation = isFromWorker(kind) ? this.cluster.incarnation(worker) : this.membership.incarnationOf(worker);
    // With one that has left messages go to and fro until it is gone, which may be never.
    const said = this.membership.isGone(worker) ? { ...content, recurs: true } : content;
    const message = this.addressed(messageOf(kind, worker, this.#post.takeNumber(worker), incarnation, this.now, said));
    this.#post.send(worker, message, this.#network.draws(kind, worker) ? this.#nameOf(message, repeat) : UNNAMED);
  }

  /** Who it is from, or to, where there are several. */
  protected addressed(message: Message): Message {
    return message;
  }

  /** What a message is called that draws anything: one of a task by that, else by its worker and when it is sent. */
  #nameOf({ worker, task, attempt, incarnation }: Message, repeat: number): Omit<MessageName, "kind" | "worker"> {
    const { high, low } = task < 0 ? (this.#lanes[worker] ?? NO_LANES) : lanesOf(nameAt(this.#world.tasks.names, task));
    return { high, low, count: task < 0 ? momentOf(this.now) : attempt, repeat: task < 0 ? incarnation : repeat };
  }

  planArrival(worker: number, { number, recurs }: Message, time: Time): void {
    if (recurs) this.recurring += 1;
    this.clock.planEvent(time, Event.message, worker, number);
  }

  /** A copy of a message is at the other end of the link; says whether the scheduler has learnt anything. */
  #arrives(worker: number, number: number): boolean {
    if ((this.#post.underWay(worker).get(number) as Message).recurs) this.passes(true);
    const message = this.#post.arrives(worker, number);
    if (message === undefined) return false;
    if (isFromWorker(message.kind)) {
      const learnt = this.reachesScheduler(message);
      if (learnt && message.kind !== MessageKind.heartbeat) this.stepped();
      return learnt;
    }
    const gets = this.#gets(message);
    if (gets === "never") this.note(MessageFate.undeliverable, message);
    else if (gets === "at once") this.#reads(message);
    else this.#unread.set(worker, [...(this.#unread.get(worker) ?? []), message]);
    return false;
  }

  /** Whether the worker is there that a message is meant for, or comes from. */
  #gets({ worker, incarnation }: Message): ReturnType<NetworkedCluster["gets"]> {
    const isIgnored = this.scheduler.unsafe === "incarnation-ignored";
    return this.cluster.gets(worker, isIgnored ? this.cluster.incarnation(worker) : incarnation);
  }

  /** A worker reads a message of the scheduler. What it knew changes nothing. */
  #reads(message: Message): void {
    if (this.#gets(message) === "never") return this.note(MessageFate.undeliverable, message);
    this.note(MessageFate.delivered, message);
    if (this.takes(message)) this.stepped();
  }

  /** Says whether anything changes on the worker, but for its leases. */
  protected takes(message: Message): boolean {
    const { cluster } = this;
    const { kind, worker, task, attempt } = message;
    if (kind === MessageKind.registered) return cluster.learnsThatItIsKnown(worker);
    if (kind === MessageKind.start) return this.#takesStart(message);
    if (kind === MessageKind.drain) return this.#drains(message);
    if (kind === MessageKind.stop) return this.#stops(message);
    if (kind === MessageKind.save) return this.#saves(message);
    if (kind === MessageKind.resized) return cluster.forgetSize(worker, message.turn);
    if (kind === MessageKind.suspend || kind === MessageKind.proceed) return this.#takesTurn(message);
    if (kind === MessageKind.allow) return cluster.receiveAllow(task, attempt, message.turn);
    if (kind === MessageKind.fetch) return cluster.push(task, message.turn, worker) ?? true;
    if (kind === MessageKind.noted) return cluster.forgetEnd(worker, task, attempt);
    cluster.renew(worker, message.answers);
    return false;
  }

  /** A worker begins an attempt; one that is to leave tells that it does not. */
  #takesStart(message: Message): boolean {
    const isNew = this.cluster.receiveStart(message);
    if (isNew) this.#tellEnds(message.worker, 0);
    return isNew;
  }

  /** A worker is to leave, or to go at once. */
  #drains({ worker, last }: Message): boolean {
    if (!last) return this.cluster.receiveDrain(worker);
    this.cluster.retire(worker);
    return true;
  }

  /** A worker stops an attempt, and answers if it is to: of one that has ended by itself it tells that. */
  #stops({ worker, task, attempt, awaited, recurs }: Message): boolean {
    const isNew = this.cluster.receiveStop(task, worker, attempt);
    if (awaited && !this.#tellsEnd(task, worker, attempt))
      this.send(MessageKind.stopped, worker, { task, attempt, recurs }, momentOf(this.now));
    return isNew;
  }

  /** A worker stops an attempt when its work is saved, and answers then. */
  #saves(message: Message): boolean {
    const { task, attempt } = message;
    if (this.cluster.isLeaving(task, attempt)) return false;
    return this.cluster.receiveSave(task, attempt) || this.#stops(message);
  }

  protected override stoppedSaved(task: number, worker: number, attempt: number): boolean {
    this.send(MessageKind.stopped, worker, { task, attempt }, momentOf(this.now));
    return false;
  }

  /** A worker has an attempt wait, and answers, or go on: of one that has ended by itself it tells that, one that it does not have is yet to come. */
  #takesTurn({ worker, task, attempt, turn, recurs }: Message): boolean {
    const before = this.cluster.turnOf(task, attempt);
    const isThere = this.cluster.receiveTurn(task, attempt, turn);
    if (!isThere) this.#tellsEnd(task, worker, attempt);
    else if (waitsAfter(turn)) this.send(MessageKind.suspended, worker, { task, attempt, turn, recurs }, momentOf(this.now));
    return this.cluster.turnOf(task, attempt) !== before;
  }

  /** Tells the end of an attempt once more, if the scheduler has not answered it; says whether there is one. */
  #tellsEnd(task: number, worker: number, attempt: number): boolean {
    const ended = this.cluster.unansweredEnds(worker).find((end) => end.task === task && end.attempt === attempt);
    if (ended !== undefined) this.#tellEnd(worker, ended);
    return ended !== undefined;
  }

  /** The scheduler reads a message of a worker; says whether it has learnt anything. */
  protected reachesScheduler(message: Message): boolean {
    const isDead = this.#gets(message) === "never";
    this.note(isDead ? MessageFate.undeliverable : MessageFate.delivered, message);
    return !isDead && this.schedulerReads(message);
  }

  protected schedulerReads(message: Message): boolean {
    return this.inbox.reads(message);
  }

  /** Whether who has sent a message is another by now. */
  protected isFromThePast(message: Message): boolean {
    return this.#gets(message) === "never";
  }

  protected note(fate: MessageFate, message: Message): void {
    this.#post.note(fate, message.worker, message);
  }
}
