// Carries messages between the scheduler and the workers, for runs in which a network lies between that delays, loses or repeats them.
//
// Workers beat at their interval and tell ends of attempts until they are answered; the scheduler sends a start once more when a
// heartbeat that was sent later does not know of it. What a dead incarnation sent, or is sent, is dropped.
import { Network, lanesOf } from "./cluster/network.ts";
import type { Report } from "./cluster/cluster.ts";
import { Event } from "./event-kinds.ts";
import { FailingWorkers, type RunClock } from "./failing-workers.ts";
import { nameAt } from "./model/columns.ts";
import { isFromWorker, MessageFate, MessageKind, type NetworkPlan } from "./model/network.ts";
import type { Recorder } from "./model/recorder.ts";
import type { LivenessSettings } from "./model/settings.ts";
import { EntryKind, Reason } from "./model/trace.ts";
import type { Duration, Time } from "./model/units.ts";
import type { FaultEffect, World } from "./model/world.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";

/** A message's number takes 22 bits of an event's key; beyond that they begin anew. */
const MOST_NUMBERS = 2 ** 22;

/** A counter of draws takes 32 bits. */
const MOMENTS = 2 ** 30;

/** What an attempt's end that was dealt with is remembered by. */
const ATTEMPTS = 2 ** 21;

/** A message under way; what its kind does not need is −1 or 0. */
interface Message {
  kind: MessageKind;
  worker: number;
  number: number;
  incarnation: number;
  sent: Time;
  task: number;
  attempt: number;
  execution: number;
  reason: Reason;
  /** Of a heartbeat: what is on the worker. */
  report: readonly Report[];
  /** Of an answer to a heartbeat: when that was sent. */
  answers: Time;
  /** Copies that have not arrived, or were dropped. */
  copies: number;
}

/** Kinds of messages that go to and fro though nothing happens. */
const RECURRING: readonly MessageKind[] = [MessageKind.heartbeat, MessageKind.heard];

const NOTHING: readonly Report[] = [];

type Content = Partial<Pick<Message, "task" | "attempt" | "execution" | "reason" | "report" | "answers">>;

export class NetworkedWorkers extends FailingWorkers {
  readonly #world: World;
  readonly #network: Network;
  readonly #interval: Duration;
  readonly #numbers: Int32Array;
  /** Messages under way, by worker and number. */
  readonly #underWay = new Map<number, Message>();
  /** What frozen workers have not read, and what waits for the end of a clog. */
  readonly #unread = new Map<number, Message[]>();
  readonly #clogged = new Map<number, Message[]>();
  /** Hashes of workers' names. */
  readonly #lanes: readonly { high: number; low: number }[];
  /** How often starts were sent again, by task and attempt. */
  readonly #again = new Map<number, number>();
  /** First attempts, and later ones by task and number, of which the end was dealt with. */
  readonly #endedFirst: Uint8Array;
  readonly #endedLater = new Set<number>();

  constructor(world: World, settings: LivenessSettings, scheduler: Scheduler, recorder: Recorder, clock: RunClock) {
    super(world, settings, scheduler, recorder, clock);
    this.#world = world;
    this.#network = new Network(world.network as NetworkPlan);
    this.#interval = settings.heartbeat.interval;
    this.#numbers = new Int32Array(world.workers.count);
    this.#lanes = world.workers.names.map(lanesOf);
    this.#endedFirst = new Uint8Array(world.tasks.count);
    this.recurring += this.membership.watch();
    // They are known from the beginning, as if they had just registered, and beat at once.
    for (let worker = 0; worker < world.workers.count; worker++) if (this.cluster.isRegistered(worker)) this.cluster.planBeat(worker, 0);
  }

  // What the scheduler orders.

  override start(task: number, worker: number, attempt: number, execution: number): void {
    this.#send(MessageKind.start, worker, { task, attempt, execution }, 0);
  }

  override startAgain(task: number, worker: number, attempt: number, execution: number): void {
    const key = task * ATTEMPTS + attempt;
    const times = (this.#again.get(key) ?? 0) + 1;
    this.#again.set(key, times);
    this.#send(MessageKind.start, worker, { task, attempt, execution }, times);
  }

  /** Whether it stopped shows later. */
  override stop(task: number, worker: number, attempt: number): boolean {
    this.#send(MessageKind.stop, worker, { task, attempt }, this.#moment);
    return false;
  }

  protected override joined(worker: number): void {
    this.cluster.joins(worker);
    this.registers(worker);
  }

  protected override changes(worker: number, effect: FaultEffect, begins: boolean): boolean {
    if (effect.kind !== "link") return super.changes(worker, effect, begins);
    const state = this.#network.change(worker, effect, begins);
    this.record(EntryKind.linked, -1, worker, state, Reason.none);
    if (!begins && effect.does === "clog") this.#unclog(worker);
    return false;
  }

  // What happens on workers.

  /** A worker comes up, or joins: it registers, again and again until it is answered, and beats from then on. */
  override registers(worker: number): void {
    this.cluster.announces(worker);
    this.#register(worker);
  }

  #register(worker: number): void {
    this.#send(MessageKind.register, worker, {}, 0);
  }

  override thawed(worker: number): void {
    const unread = this.#unread.get(worker) ?? [];
    this.#unread.delete(worker);
    for (const message of unread) this.#reads(message);
    this.#beats(worker);
    this.cluster.planBeat(worker, this.now + 1);
  }

  override began(task: number, worker: number, attempt: number): void {
    this.record(EntryKind.began, task, worker, attempt, Reason.none);
    this.#send(MessageKind.started, worker, { task, attempt }, 0);
  }

  override attemptEnded(task: number, attempt: number): boolean {
    const { worker, reason } = this.cluster.endThere(task, attempt);
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
      if (end.times > 0 && (since === 0 || this.now - end.sent < since)) continue;
      end.sent = this.now;
      const { task, attempt, reason } = end;
      this.#send(MessageKind.ended, worker, { task, attempt, reason }, end.times++);
    }
  }

  /** Those are heartbeats, their answers and the timers behind them, where each worker is heard or known to be silent. */
  override isQuiet(planned: number): boolean {
    if (planned !== this.recurring || this.membership.holdsAny) return false;
    for (let worker = 0; worker < this.#lanes.length; worker++) {
      const isHeard = this.cluster.canBeHeard(worker) && !this.#network.isCut(MessageKind.heartbeat, worker);
      if (!this.membership.agrees(worker, isHeard && !this.#network.isClogged(MessageKind.heartbeat, worker))) return false;
    }
    return true;
  }

  override watches(): void {
    this.recurring += 1;
  }

  override handle(kind: number, worker: number, counter: number): boolean {
    if (kind === Event.message) return this.#arrives(worker, counter);
    if (kind === Event.suspicion || kind === Event.heard) this.recurring -= 1;
    if (kind !== Event.heard) return super.handle(kind, worker, counter);
    if (this.cluster.beatIsDue(worker) && this.cluster.gets(worker, this.cluster.incarnation(worker)) === "at once") {
      this.#beats(worker);
      this.cluster.planBeat(worker, this.now + 1);
    }
    return false;
  }

  #beats(worker: number): void {
    if (!this.cluster.isRegistered(worker)) return this.#register(worker);
    this.#tellEnds(worker, this.#interval);
    if (!this.cluster.isMuted(worker)) this.#send(MessageKind.heartbeat, worker, { report: this.cluster.report(worker) }, 0);
  }

  // Messages.

  /** When a message is sent, within the width that a draw's counter has: tells its repeats apart. */
  get #moment(): number {
    return this.now % MOMENTS;
  }

  #send(kind: MessageKind, worker: number, content: Content, repeat: number): void {
    const number = this.#numbers[worker] as number;
    this.#numbers[worker] = (number + 1) % MOST_NUMBERS;
    const incarnation = isFromWorker(kind) ? this.cluster.incarnation(worker) : this.membership.incarnationOf(worker);
    const { task = -1, attempt = 0, execution = 0, reason = Reason.none, report = NOTHING, answers = 0 } = content;
    const message: Message = {
      kind,
      worker,
      number,
      incarnation,
      sent: this.now,
      task,
      attempt,
      execution,
      reason,
      report,
      answers,
      copies: 0,
    };
    this.#note(MessageFate.sent, message);
    const { high, low } =
      message.task < 0 ? (this.#lanes[worker] as { high: number; low: number }) : lanesOf(nameAt(this.#world.tasks.names, message.task));
    const count = message.task < 0 ? this.#moment : message.attempt;
    this.#network.send({ kind, worker, high, low, count, repeat: message.task < 0 ? incarnation : repeat }, this.now);
    const { first, second } = this.#network;
    if (Number.isNaN(first)) return this.#note(MessageFate.lost, message);
    this.#underWay.set(worker * MOST_NUMBERS + number, message);
    this.#plan(message, first);
    if (Number.isNaN(second)) return;
    this.#note(MessageFate.duplicated, message);
    this.#plan(message, second);
  }

  #plan(message: Message, time: Time): void {
    message.copies += 1;
    if (RECURRING.includes(message.kind)) this.recurring += 1;
    this.clock.planEvent(time, Event.message, message.worker, message.number);
  }

  /** A copy of a message is at the other end of the link; says whether the scheduler has learnt anything. */
  #arrives(worker: number, number: number): boolean {
    const key = worker * MOST_NUMBERS + number;
    const message = this.#underWay.get(key) as Message;
    const { kind } = message;
    if (RECURRING.includes(kind)) this.recurring -= 1;
    if (this.#network.isClogged(kind, worker) && !this.#network.isCut(kind, worker)) {
      this.#clogged.set(worker, [...(this.#clogged.get(worker) ?? []), message]);
      return false;
    }
    message.copies -= 1;
    if (message.copies === 0) this.#underWay.delete(key);
    if (this.#network.isCut(kind, worker)) this.#note(MessageFate.cut, message);
    else if (isFromWorker(kind)) return this.#learns(message);
    else {
      const gets = this.cluster.gets(worker, message.incarnation);
      if (gets === "never") this.#note(MessageFate.undeliverable, message);
      else if (gets === "at once") this.#reads(message);
      else this.#unread.set(worker, [...(this.#unread.get(worker) ?? []), message]);
    }
    return false;
  }

  /** What was held back arrives now, in the order in which it was sent. */
  #unclog(worker: number): void {
    const held = this.#clogged.get(worker) ?? [];
    this.#clogged.delete(worker);
    for (const { kind, number } of held) {
      if (RECURRING.includes(kind)) this.recurring += 1;
      this.clock.planEvent(this.now, Event.message, worker, number);
    }
  }

  /** A worker reads a message of the scheduler. */
  #reads(message: Message): void {
    const { kind, worker, task, attempt } = message;
    if (this.cluster.gets(worker, message.incarnation) === "never") return this.#note(MessageFate.undeliverable, message);
    this.#note(MessageFate.delivered, message);
    if (kind === MessageKind.registered) this.cluster.learnsThatItIsKnown(worker);
    else if (kind === MessageKind.heard) this.cluster.renew(worker, message.answers);
    else if (kind === MessageKind.start) this.cluster.receiveStart(task, worker, attempt, message.execution, message.sent);
    else if (kind === MessageKind.stop) this.cluster.receiveStop(task, worker, attempt);
    else this.cluster.forgetEnd(worker, task, attempt);
  }

  /** The scheduler reads a message of a worker; says whether it has learnt anything. */
  #learns(message: Message): boolean {
    const { kind, worker, incarnation, task, attempt } = message;
    if (this.cluster.gets(worker, incarnation) === "never") {
      this.#note(MessageFate.undeliverable, message);
      return false;
    }
    this.#note(MessageFate.delivered, message);
    if (kind === MessageKind.register) return this.#learnsOf(worker, incarnation);
    if (kind === MessageKind.heartbeat) {
      const learnt = this.membership.beat(worker, message.sent, message.report);
      this.#send(MessageKind.heard, worker, { answers: message.sent }, 0);
      return learnt;
    }
    if (kind === MessageKind.started) {
      if (this.scheduler.isCurrent(task, attempt)) this.membership.told(task, message.sent);
      return false;
    }
    const isNew = this.#deals(task, attempt);
    this.#send(MessageKind.noted, worker, { task, attempt }, this.#moment);
    if (!isNew) return false;
    const isCurrent = this.scheduler.isCurrent(task, attempt);
    if (message.reason !== Reason.lease) this.scheduler.attemptReported(task, worker, attempt, message.reason);
    else if (isCurrent) this.scheduler.giveUp(task, Reason.lease);
    return isCurrent;
  }

  #learnsOf(worker: number, incarnation: number): boolean {
    const isNew = this.membership.registers(worker, incarnation);
    if (isNew) this.cluster.afterRegistration(worker);
    this.#send(MessageKind.registered, worker, {}, 0);
    return isNew;
  }

  /** Whether the end of an attempt is told for the first time. */
  #deals(task: number, attempt: number): boolean {
    if (attempt === 1) {
      if (this.#endedFirst[task] === 1) return false;
      this.#endedFirst[task] = 1;
      return true;
    }
    const key = task * ATTEMPTS + attempt;
    if (this.#endedLater.has(key)) return false;
    this.#endedLater.add(key);
    return true;
  }

  #note(fate: MessageFate, message: Message): void {
    const { messages } = this.recorder;
    if (messages === undefined) return;
    const { kind, worker, number, task, attempt } = message;
    messages.push({ time: this.now, fate, kind, worker, number, task, attempt });
  }
}
