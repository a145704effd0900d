// What workers tell the scheduler over a network, as it reads it: each end and each change of a size counts once, and is answered whenever it is told.
import type { Content, Message } from "../cluster/message.ts";
import type { NetworkedCluster } from "../cluster/networked-cluster.ts";
import { momentOf } from "../cluster/network.ts";
import { CommandKind } from "../model/command.ts";
import { CapacityEffects } from "../model/capacity-effects.ts";
import { MessageKind } from "../model/network.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import type { EndedAttempts } from "../scheduler/ended-attempts.ts";
import type { Membership } from "../scheduler/membership.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** Who carries its answers. */
export interface SchedulerInboxHost {
  readonly now: Time;
  readonly scheduler: Scheduler;
  readonly membership: Membership;
  readonly cluster: NetworkedCluster;
  send(kind: MessageKind, worker: number, content: Content, repeat: number): void;
  record(kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void;
  /** Something has happened to a worker, or on its link. */
  stepped(): void;
  awaitsStop(task: number, attempt: number): boolean;
  stopConfirmed(task: number, attempt: number): void;
  /** Whether the leases of a worker that is heard may be renewed. */
  mayRenew(worker: number): boolean;
  /** Tells a worker that it may go. */
  retire(worker: number): void;
}

export class SchedulerInbox {
  readonly #host: SchedulerInboxHost;
  readonly #effects: CapacityEffects;
  /** What the scheduler knows of what workers have: how often that has changed, and under which effects they are. */
  readonly #sizes = new Map<number, { version: number; effects: readonly number[] }>();
  /** Of workers, what they told of that and has to wait: what is dealt with, and the last. */
  readonly #waiting = new Map<number, Message[]>();
  readonly #ended: EndedAttempts;

  constructor(host: SchedulerInboxHost, { faults }: World, ended: EndedAttempts) {
    this.#host = host;
    this.#effects = new CapacityEffects(faults);
    this.#ended = ended;
  }

  /** The scheduler reads a message; says whether it has learnt anything. It may be what a change of size has waited for. */
  reads(message: Message): boolean {
    const learnt = this.#deals(message);
    return (this.#waiting.size > 0 && this.#dealsWithSizes(message.worker)) || learnt;
  }

  #deals(message: Message): boolean {
    const { kind, worker, task, attempt } = message;
    if (kind === MessageKind.register) return this.#learnsOf(message);
    if (kind === MessageKind.heartbeat) return this.#hears(message);
    if (kind === MessageKind.started) {
      this.#host.stepped();
      const seat = this.#host.scheduler.seatOf(task, attempt);
      if (seat >= 0) this.#host.membership.told(seat, message.sent);
      return false;
    }
    if (kind === MessageKind.suspended) {
      if (this.#host.scheduler.seatOf(task, attempt) !== task) return false;
      this.#host.membership.told(task, message.sent);
      return this.#host.scheduler.suspensions.answered(task, message.turn);
    }
    if (kind === MessageKind.progress) return this.#host.scheduler.reports.progress(task, worker, attempt, message.part, message.sent);
    if (kind === MessageKind.gathered) {
      this.#host.scheduler.gathered(task, worker, attempt);
      return false;
    }
    if (kind === MessageKind.ask) {
      const seat = this.#host.scheduler.seatOf(task, attempt);
      if (seat >= 0) this.#host.membership.told(seat, message.sent);
      return this.#host.scheduler.asked(task, worker, attempt, message.turn, message.part);
    }
    if (kind === MessageKind.resize) {
      this.#hearsSize(message);
      return false;
    }
    if (kind === MessageKind.stopped) {
      const isAwaited = this.#host.awaitsStop(task, attempt);
      if (isAwaited) this.#host.stopConfirmed(task, attempt);
      return isAwaited;
    }
    return this.#hearsEnd(message);
  }

  /** The end of an attempt is told: it counts once, and is answered each time; where the scheduler is replicated, when it is committed. */
  #hearsEnd({ task, worker, attempt, reason, recurs }: Message): boolean {
    const { scheduler } = this.#host;
    const isNew = !this.#ended.has(task, attempt);
    const kind = reason === Reason.none ? CommandKind.complete : CommandKind.fail;
    if (isNew && scheduler.log !== undefined && scheduler.defers(kind, task, worker, attempt, reason, scheduler.retryTime(task)))
      return false;
    this.answersEnd(task, worker, attempt, recurs);
    if (!isNew) return false;
    this.#host.stepped();
    if (reason !== Reason.lease && reason !== Reason.drain) return scheduler.attemptReported(task, worker, attempt, reason);
    const seat = scheduler.seatOf(task, attempt);
    if (seat < 0) return false;
    if (reason === Reason.lease) scheduler.failover.giveUp(seat, Reason.lease);
    else scheduler.failover.refused(seat);
    return true;
  }

  /** The worker need not tell it again. */
  answersEnd(task: number, worker: number, attempt: number, recurs: boolean): void {
    this.#ended.add(task, attempt);
    this.#host.send(MessageKind.noted, worker, { task, attempt, recurs }, momentOf(this.#host.now));
  }

  /** A new incarnation of a worker is known, and told so. */
  answersRegistration(worker: number): void {
    this.#waiting.delete(worker);
    this.#host.cluster.afterRegistration(worker);
    this.#host.send(MessageKind.registered, worker, {}, 0);
  }

  /** A heartbeat arrives: it is answered, but of a worker that has left, which is told once more that it may go. */
  #hears({ worker, sent, report, drains }: Message): boolean {
    if (this.#host.membership.isGone(worker)) {
      this.#host.retire(worker);
      return false;
    }
    const learnt = this.#host.membership.beat(worker, sent, report, drains);
    if (!this.#host.membership.isGone(worker) && this.#host.mayRenew(worker))
      this.#host.send(MessageKind.heard, worker, { answers: sent }, 0);
    return learnt;
  }

  /** A registration arrives. If that is the end of the last attempt on a worker that is to leave, that has been told already that it may go. */
  #learnsOf({ worker, incarnation, recurs, turn }: Message): boolean {
    const wasGone = this.#host.membership.isGone(worker);
    const isNew = this.#host.membership.registers(worker, incarnation);
    if (this.#host.scheduler.log !== undefined && this.#host.membership.incarnationOf(worker) < incarnation) return false; // when it is committed
    if (isNew) this.#waiting.delete(worker);
    if (isNew) this.#host.cluster.afterRegistration(worker);
    if (isNew) this.#host.scheduler.data?.registered(worker, turn);
    if (wasGone) this.#host.retire(worker);
    else if (!this.#host.membership.isGone(worker)) this.#host.send(MessageKind.registered, worker, { recurs }, 0);
    return isNew;
  }

  /** One for which attempts are to stop already is dealt with first; of others the last counts. */
  #hearsSize(message: Message): void {
    const waiting = this.#waiting.get(message.worker) ?? [];
    if ((waiting.at(-1)?.turn ?? 0) >= message.turn) return; // it is repeated, or was overtaken
    const isUnderWay = this.#host.scheduler.recalls.isShrinking(message.worker);
    this.#waiting.set(message.worker, [...(isUnderWay ? waiting.slice(0, 1) : []), message]);
  }

  /** What a worker has told that it is to have, if the scheduler does not wait for an attempt there to stop; says whether that was new. */
  #dealsWithSizes(worker: number): boolean {
    const { recalls } = this.#host.scheduler;
    const waiting = this.#waiting.get(worker) ?? [];
    let learnt = false;
    for (const [done, { turn: version, size, recurs }] of waiting.entries()) {
      const known = this.#sizes.get(worker) ?? { version: 0, effects: [] };
      const isNew = version > known.version && size !== undefined && !this.#host.membership.isGone(worker);
      const wasShrinking = recalls.isShrinking(worker);
      if (isNew && !this.#resizes(worker, version, size, known.effects)) {
        this.#waiting.set(worker, waiting.slice(done));
        return learnt || wasShrinking !== recalls.isShrinking(worker);
      }
      learnt ||= isNew;
      if (this.#host.cluster.gets(worker, this.#host.cluster.incarnation(worker)) !== "never")
        this.#host.send(MessageKind.resized, worker, { turn: version, recurs }, 0);
    }
    this.#waiting.delete(worker);
    return learnt;
  }

  /** The scheduler gives up what does not fit, and reckons with the rest; false where that has to stop first. */
  #resizes(worker: number, version: number, { effects, capacity }: NonNullable<Message["size"]>, before: readonly number[]): boolean {
    if (!this.#host.scheduler.resizing.resize(worker, capacity, [])) return false;
    if (this.#host.membership.isGone(worker)) {
      this.#host.scheduler.resizing.resize(worker, this.#host.cluster.sizeUnder(worker, before), []); // it left with its last attempt
      return true;
    }
    this.#sizes.set(worker, { version, effects });
    for (const { number, begins } of this.#effects.changes(before, effects))
      this.#host.record(begins ? EntryKind.resized : EntryKind.restored, -1, worker, number, Reason.none);
    return true;
  }

  /** An instance has left: what it was to have is nobody's concern. */
  forget(worker: number): void {
    this.#waiting.delete(worker);
  }
}
