// What the scheduler believes of its workers where they can fail: who is alive, which attempts they hold, and until when.
//
// An attempt is held under a lease that every heartbeat of its worker renews. Of a worker that is heard nothing of, the scheduler gives
// attempts up when their leases are over, for then the worker has stopped them by its own clock; or (requeue: suspicion) as soon as it
// suspects the worker. Timers are armed when a worker falls silent: while it is heard, none could do anything.
import { withRoom } from "../model/columns.ts";
import { CommandKind } from "../model/command.ts";
import { HeartbeatArrivals, type HeartbeatTimes } from "./heartbeat-arrivals.ts";
import { HeldTasks } from "./held-tasks.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { type LivenessSettings, longestLease } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";

export interface MembershipHost {
  readonly now: Time;
  readonly unsafe: UnsafeMode | undefined;
  record(kind: EntryKind, worker: number, number: number): void;
  /** Whether what is decided of that incarnation of a worker takes effect only when it is committed. */
  defers(kind: CommandKind, worker: number, incarnation: number): boolean;
  /** The worker is not there from the beginning. */
  awaits(worker: number): void;
  /** Call `silenceTooLong` (or `leasesEnd`, or `handBack`) for the worker at that time. */
  timerAt(time: Time, timer: "suspicion" | "lease" | "drain", worker: number): void;
  /** The worker takes no more tasks; those bound to it are bound anew. */
  close(worker: number, reason: Reason): void;
  /** It takes tasks again. */
  open(worker: number): void;
  /** The running attempt of a task is given up; for a suspicion not where its client waits until its worker confirms that it has stopped. */
  giveUp(task: number, reason: Reason): void;
  /** The same where that was decided with something else: the worker is a new incarnation, or is suspected. */
  givesUp(task: number, reason: Reason): void;
  /** The same, and its worker stops it: it may run anywhere else. */
  takeBack(task: number, reason: Reason): void;
  /** Tells a worker that it is to leave, and to refuse what it has not read yet. */
  drain(worker: number): void;
  /** The worker is gone for good, or may go. */
  retire(worker: number): void;
  /** It has left. */
  hasLeft(worker: number): void;
  /** A worker that is to leave does not begin a running attempt, and never will. */
  refused(task: number): void;
  /** Sends the start of a running attempt once more. */
  startAgain(task: number): void;
  /** Tells the worker to stop an attempt that was given up. */
  stop(task: number, worker: number, attempt: number): void;
  /** Whether the worker of a running attempt is to stop it, and to answer when it has. */
  awaitsStop(task: number): boolean;
  /** Tells it so, once more. */
  tellToStop(task: number): void;
  /** It has answered: the attempt does not run there, and will not. */
  stopConfirmed(task: number): void;
  /** The number of the last order to the running attempt of a task to wait on its worker, or to go on; 0 where there was none. */
  turnOf(task: number): number;
  /** The worker has read the order of that number last, by a heartbeat sent then; says whether the scheduler has learnt anything. */
  turnReported(task: number, turn: number, sent: Time): boolean;
  /** Up to which of its task's asks the attempt in a seat has asked, and how many may be met. */
  asksOf(seat: number): { asked: number; allowed: number };
  /** A heartbeat says up to where a running attempt has asked, and how many are met there; says whether that is new. */
  askReported(seat: number, asked: number, met: number, sent: Time): boolean;
  /** The seat of a running attempt: that of its task, or of a copy; −1 where it is none. */
  seatOf(task: number, attempt: number): number;
  /** The task whose seat that is. */
  taskOf(seat: number): number;
  /** Number of the last attempt in a seat. */
  attempts(seat: number): number;
}

const HEARD = Number.POSITIVE_INFINITY;

/** Where a worker stands with the scheduler, be it heard or not. */
const Standing = { present: 0, expected: 1, draining: 2, gone: 3 } as const;

export class Membership {
  readonly #settings: LivenessSettings;
  /** How long leases last here after a heartbeat: over then, that is after their last µs. */
  readonly heldFor: Duration;
  readonly #host: MembershipHost;
  /** When the worker was heard of last, while it is silent; else HEARD. */
  readonly #lastSeen: Float64Array;
  readonly #suspected: Uint8Array;
  readonly #standing: Uint8Array;
  /** How often workers were suspected, or trusted again. */
  changesOfMind = 0;
  /** Workers that are draining. */
  #draining = 0;
  readonly #incarnation: Int32Array;
  /** When the next timer of the worker's leases is due; HEARD where none is armed. */
  readonly #leaseTimer: Float64Array;
  readonly #held: HeldTasks;
  /** When the running attempt of a task was sent, last. */
  #sent = new Float64Array(0);
  // Where a network lies between.
  /** 1 µs after the worker sent what told last of the running attempt of a task; 0 where nothing has. */
  #told = new Float64Array(0);
  /** When the worker's last heartbeat was sent of those that have arrived; undefined where nothing lies between. */
  #beatSent: Float64Array | undefined;
  /** When workers that are draining were told so last. */
  readonly #drainSent = new Map<number, Time>();
  /** When the timer of suspicion is due of each worker; HEARD where none is armed. */
  #suspicionTimer = new Float64Array(0);
  readonly #arrivals: HeartbeatArrivals;

  constructor(workers: number, tasks: number, settings: LivenessSettings, host: MembershipHost) {
    this.#settings = settings;
    this.heldFor = longestLease(settings) + 1;
    this.#host = host;
    this.#lastSeen = new Float64Array(workers).fill(HEARD);
    this.#suspected = new Uint8Array(workers);
    this.#standing = new Uint8Array(workers);
    this.#incarnation = new Int32Array(workers).fill(1);
    this.#leaseTimer = new Float64Array(workers).fill(HEARD);
    this.#arrivals = new HeartbeatArrivals(settings.heartbeat, workers);
    this.#held = new HeldTasks(workers);
    this.grow(tasks);
  }

  /** Takes in tasks that were added to the input, or seats. */
  grow(tasks: number): void {
    this.#held.grow(tasks);
    this.#sent = withRoom(this.#sent, tasks);
    this.#told = withRoom(this.#told, tasks);
  }

  /** A network lies between: what workers tell arrives late, or not at all. From now on they are watched; so many of them. */
  watch(): number {
    const workers = this.#lastSeen.length;
    this.#beatSent = new Float64Array(workers).fill(-1);
    this.#suspicionTimer = new Float64Array(workers).fill(HEARD);
    let watched = 0;
    for (let worker = 0; worker < workers; worker++) {
      if (this.#standing[worker] !== Standing.present) continue;
      this.#arrivals.beginsAnew(worker, -1);
      this.#hears(worker);
      watched += 1;
    }
    return watched;
  }

  /** Whether a network lies between: what workers are told, and what they tell, arrives late or not at all. */
  get hearsLate(): boolean {
    return this.#beatSent !== undefined;
  }

  /** Whether no attempt is given up before its lease is over, so that none runs beside another. */
  get keepsLeases(): boolean {
    return this.#settings.requeue === "lease-end";
  }

  /** Something was heard of the worker, now: its timers move on when they are due. */
  #hears(worker: number): void {
    this.#lastSeen[worker] = this.#host.now;
    this.#armSuspicion(worker);
    if (!this.#held.isEmpty(worker)) this.#armLeases(worker, this.#host.now + this.heldFor);
  }

  /** The timer is due when the worker may be suspected, if nothing more is heard; or before, when that is to be looked at. */
  #armSuspicion(worker: number): void {
    const soonest = (this.#lastSeen[worker] as number) + this.#arrivals.leastPatience;
    const time = soonest > this.#host.now ? soonest : this.trustedTill(worker, []);
    if ((this.#suspicionTimer[worker] as number) > time) this.#setSuspicion(worker, time);
  }

  #setSuspicion(worker: number, time: Time): void {
    this.#suspicionTimer[worker] = time;
    this.#host.timerAt(time, "suspicion", worker);
  }

  /**
   * A heartbeat arrives over a network, as it was sent then. A running attempt that it does not know of, though its start was sent
   * before, is sent once more; one that it knew, and knows no longer, is lost. So is an order to stop that is not answered, and there
   * it is an answer that the worker knows the attempt no longer. An order to wait or to go on that it has not read is repeated too, and
   * so is that it is to leave. Once it has read that (`drains`), it will not begin what it has not begun; till then that may be under way.
   */
  beat(
    worker: number,
    sentAt: Time,
    report: readonly { task: number; attempt: number; over?: boolean; turn?: number; asked?: number; allowed?: number }[],
    drains: boolean,
  ): boolean {
    const beatSent = this.#beatSent as Float64Array;
    const sent = this.#host.unsafe === "stale-heartbeat" ? this.#host.now : sentAt;
    if (sent <= (beatSent[worker] as number)) return false; // it was overtaken
    beatSent[worker] = sent;
    this.#beats(worker, this.#host.now);
    this.#hears(worker);
    const isDraining = this.#standing[worker] === Standing.draining;
    if (isDraining && !drains && (this.#drainSent.get(worker) as Time) < sent) this.#tellToDrain(worker);
    let learnt = false;
    const held = this.#seatsIn(report);
    for (const { task, attempt, over, turn = 0, asked = 0, allowed = 0 } of report) {
      const seat = this.#host.seatOf(task, attempt);
      if (seat >= 0) this.told(seat, sent);
      if (over === true) continue;
      if (seat < 0) this.#host.stop(task, worker, attempt);
      else if (this.#host.awaitsStop(seat)) this.#host.tellToStop(seat);
      else {
        if (this.#host.turnReported(seat, turn, sent)) learnt = true;
        if (this.#host.askReported(seat, asked, allowed, sent)) learnt = true;
      }
    }
    for (let task = this.#held.firstOn(worker), after: number; task >= 0; task = after) {
      after = this.#held.behind(task);
      if (held.has(task) || (this.#sent[task] as number) >= sent) continue;
      const awaitsStop = this.#host.awaitsStop(task);
      if (this.#told[task] === 0) {
        if (awaitsStop) {
          this.#host.tellToStop(task);
        } else if (!isDraining) {
          this.#sent[task] = this.#host.now;
          this.#host.startAgain(task);
        } else if (drains) {
          this.#host.refused(task);
          learnt = true;
        }
      } else if ((this.#told[task] as number) <= sent) {
        if (awaitsStop) this.#host.stopConfirmed(task);
        else this.#host.giveUp(task, Reason.lease);
        learnt = true;
      }
    }
    return this.#trust(worker) || learnt;
  }

  /** The seats of running attempts that a worker tells of. */
  #seatsIn(report: readonly { task: number; attempt: number }[]): Set<number> {
    return new Set(report.map(({ task, attempt }) => this.#host.seatOf(task, attempt)));
  }

  /** Heartbeats that told nothing new: the newest was sent then, and arrived then; the first of them arrived at `first`. */
  heardMeanwhile(worker: number, sent: Time, arrived: Time, first: Time, times: HeartbeatTimes): void {
    if (this.#beatSent !== undefined) this.#beatSent[worker] = sent;
    this.#arrivals.arriveFrom(worker, first, arrived, arrived - sent, times, this.#suspected[worker] === 0);
    this.#lastSeen[worker] = arrived;
  }

  /** A heartbeat arrives. */
  #beats(worker: number, time: Time): void {
    this.#arrivals.arrives(worker, time, this.#suspected[worker] === 0);
  }

  /** Heartbeats that told nothing new: the newest was sent then, and they arrived then, each newer than all before. */
  heardEach(worker: number, sent: Time, arrivals: readonly Time[]): void {
    for (const arrived of arrivals) this.#beats(worker, arrived);
    (this.#beatSent as Float64Array)[worker] = sent;
    this.#lastSeen[worker] = this.#arrivals.lastOf(worker);
  }

  // What a worker may wait for that is heard of, and told nothing new, as others compute it ahead.

  /** Whether how long a worker may be silent follows from when its heartbeats have arrived. */
  get countsBeats(): boolean {
    return this.#arrivals.areCounted;
  }

  /** How long any worker may be silent at least. */
  get leastPatience(): Duration {
    return this.#arrivals.leastPatience;
  }

  /** How long nothing may be heard of any worker at least before anything comes of that. */
  get patience(): Duration {
    return Math.min(this.leastPatience, this.heldFor);
  }

  /** When the worker was heard last. */
  lastSeen(worker: number): Time {
    return this.#lastSeen[worker] as number;
  }

  /** Until when the worker is not suspected if nothing else is heard of it than these heartbeats, each newer than all before. */
  trustedTill(worker: number, arrivals: readonly Time[]): Time {
    return (arrivals.at(-1) ?? this.lastSeen(worker)) + this.#arrivals.patience(worker, arrivals);
  }

  /** When the first lease of what the worker holds is over here, if nothing is heard of it; HEARD where it holds nothing. */
  heldTill(worker: number): Time {
    let first: Time = HEARD;
    for (let task = this.#held.firstOn(worker); task >= 0; task = this.#held.behind(task))
      first = Math.min(first, Math.max(this.lastSeen(worker), this.#sent[task] as number) + this.heldFor);
    return first;
  }

  /** The timer of suspicion is due soon enough for whatever heartbeats come from now on. */
  mayHear(worker: number): void {
    const time = this.#host.now + this.#arrivals.leastPatience;
    if ((this.#suspicionTimer[worker] as number) > time) this.#setSuspicion(worker, time);
  }

  /** The worker's timers are not set again before others say so, but for one at a time: of suspicion, or of leases. */
  sleeps(worker: number, till: Time, isLease: boolean): void {
    this.#suspicionTimer[worker] = HEARD;
    this.#leaseTimer[worker] = HEARD;
    if (isLease) this.#armLeases(worker, till);
    else if (till !== HEARD) this.#setSuspicion(worker, till);
  }

  /** Timers that sleep are set again. */
  wakes(worker: number): void {
    this.#armSuspicion(worker);
    const over = this.heldTill(worker);
    if (over !== HEARD) this.#armLeases(worker, over);
  }

  /** Whether that incarnation of a worker is known and not suspected. */
  trusts(worker: number, incarnation: number): boolean {
    const standing = this.#standing[worker];
    const isThere = standing === Standing.present || standing === Standing.draining;
    return isThere && this.#suspected[worker] === 0 && this.#incarnation[worker] === incarnation;
  }

  /** The worker told then of the running attempt of a task. */
  told(task: number, sent: Time): void {
    this.#told[task] = Math.max(sent + 1, this.#told[task] as number);
  }

  started(task: number, worker: number): void {
    this.#held.add(task, worker);
    this.#sent[task] = this.#host.now;
    this.#told[task] = 0;
    if (this.#lastSeen[worker] !== HEARD) this.#armLeases(worker, this.#host.now + this.heldFor);
  }

  /** Tasks whose attempts the worker holds, oldest first. */
  tasksOn(worker: number): number[] {
    return this.#held.on(worker);
  }

  ended(task: number, worker: number): void {
    this.#held.remove(task, worker);
  }

  /** The attempt in one seat has another from now on. */
  takesOver(seat: number, other: number, worker: number): void {
    this.#held.rename(seat, other, worker);
    this.#sent[other] = this.#sent[seat] as number;
    this.#told[other] = this.#told[seat] as number;
  }

  /** Nothing has been heard of the worker since `last`. */
  fellSilent(worker: number, last: Time, times: HeartbeatTimes): void {
    this.#lastSeen[worker] = last;
    const next = times.firstFrom(worker, this.#arrivals.lastOf(worker) + 1);
    if (next <= last) this.#arrivals.arriveFrom(worker, next, last, 0, times, this.#suspected[worker] === 0);
    const patience = this.#arrivals.patience(worker);
    if (this.#suspected[worker] === 0) this.#host.timerAt(Math.max(this.#host.now, last + patience), "suspicion", worker);
    if (!this.#held.isEmpty(worker)) this.#armLeases(worker, Math.max(this.#host.now, last + this.heldFor));
  }

  /** As another scheduler knew the worker, which this one takes over from: nothing has been heard of it here yet. */
  inherits(worker: number, incarnation: number, suspected: boolean): void {
    this.#incarnation[worker] = incarnation;
    if (!suspected) return;
    this.#suspected[worker] = 1;
    this.#host.close(worker, Reason.suspicion);
  }

  // Timers, and what is heard: each says whether the scheduler has learnt anything.

  /** The timer of suspicion. */
  silenceTooLong(worker: number): boolean {
    const last = this.#lastSeen[worker] as number;
    if (this.#beatSent !== undefined) {
      if ((this.#suspicionTimer[worker] as number) > this.#host.now) return false; // another was set, earlier or anew
      this.#suspicionTimer[worker] = HEARD;
    }
    if (last === HEARD || this.#suspected[worker] === 1) return false;
    if (this.#host.now < last + this.#arrivals.patience(worker)) {
      if (this.#beatSent !== undefined) this.#armSuspicion(worker);
      return false;
    }
    if (this.#host.defers(CommandKind.suspect, worker, this.#incarnation[worker] as number)) return false;
    this.suspect(worker);
    return true;
  }

  /** The worker is sent nothing more until it is heard again. */
  suspect(worker: number): void {
    const { requeue } = this.#settings;
    this.#suspected[worker] = 1;
    this.changesOfMind += 1;
    this.#host.record(EntryKind.suspected, worker, this.#incarnation[worker] as number);
    this.#host.close(worker, Reason.suspicion);
    if (requeue === "suspicion") this.#giveUpAll(worker, Reason.suspicion);
    else if (this.#host.unsafe === "requeue-keeps-lease") this.#giveUpAll(worker, Reason.lease);
  }

  /** The timer of leases: an attempt is given up when its lease is over, that is after its last µs. */
  leasesEnd(worker: number): boolean {
    if ((this.#leaseTimer[worker] as number) > this.#host.now) return false; // another was set, earlier or anew
    this.#leaseTimer[worker] = HEARD;
    const last = this.#lastSeen[worker] as number;
    if (last === HEARD) return false;
    const { now } = this.#host;
    let next: Time = HEARD;
    let learnt = false;
    for (let task = this.#held.firstOn(worker), after: number; task >= 0; task = after) {
      after = this.#held.behind(task);
      const over = Math.max(last, this.#sent[task] as number) + this.heldFor;
      if (over > now) {
        next = Math.min(next, over);
        continue;
      }
      this.#host.giveUp(task, Reason.lease);
      learnt = true;
    }
    if (next !== HEARD) this.#armLeases(worker, next);
    return learnt;
  }

  #armLeases(worker: number, time: Time): void {
    if ((this.#leaseTimer[worker] as number) <= time) return;
    this.#leaseTimer[worker] = time;
    this.#host.timerAt(time, "lease", worker);
  }

  /** A heartbeat after a silence, with the attempts that the worker holds. */
  heard(worker: number, report: readonly { task: number; attempt: number }[]): boolean {
    if (this.#lastSeen[worker] !== HEARD) this.#beats(worker, this.#host.now);
    this.#lastSeen[worker] = HEARD;
    let learnt = false;
    const held = this.#seatsIn(report);
    for (const { task, attempt } of report) {
      if (this.#host.seatOf(task, attempt) >= 0) continue;
      this.#host.stop(task, worker, attempt);
      learnt = true;
    }
    for (let task = this.#held.firstOn(worker), after: number; task >= 0; task = after) {
      after = this.#held.behind(task);
      if (held.has(task)) continue;
      this.#host.giveUp(task, Reason.lease);
      learnt = true;
    }
    return this.#trust(worker) || learnt;
  }

  /** A registration arrives over a network; says whether it is one that was not known. A repeated one is a sign of life. */
  registers(worker: number, incarnation: number): boolean {
    const known = this.#incarnation[worker] as number;
    if (this.#standing[worker] === Standing.gone) {
      this.#incarnation[worker] = Math.max(known, incarnation); // whom to tell that it may go
      return false;
    }
    if (this.#standing[worker] !== Standing.expected && incarnation <= known) {
      if (incarnation === known && this.#suspected[worker] === 0) this.#hears(worker);
      return false;
    }
    if (this.#host.defers(CommandKind.up, worker, incarnation)) return false;
    this.registered(worker, incarnation);
    return true;
  }

  /** A new incarnation of a worker: what the one before it held is lost. */
  registered(worker: number, incarnation: number): void {
    this.#arrivals.beginsAnew(worker, this.#beatSent === undefined ? this.#host.now : -1); // where nothing lies between, it beats as it registers
    if (this.#beatSent === undefined) this.#lastSeen[worker] = HEARD;
    else this.#hears(worker);
    this.#incarnation[worker] = incarnation;
    this.#host.record(EntryKind.registered, worker, incarnation);
    if (this.#standing[worker] === Standing.expected) {
      this.#standing[worker] = Standing.present;
      this.#host.open(worker);
    }
    if (this.#host.unsafe !== "restart-unnoticed") this.#giveUpAll(worker, Reason.incarnation);
    this.trust(worker);
  }

  /** Which incarnation of the worker is known. */
  incarnationOf(worker: number): number {
    return this.#incarnation[worker] as number;
  }

  /** It is heard; says whether it was suspected, and is trusted again. */
  #trust(worker: number): boolean {
    if (this.#suspected[worker] === 1 && this.#host.defers(CommandKind.trust, worker, this.#incarnation[worker] as number)) return false;
    return this.trust(worker);
  }

  isSuspected(worker: number): boolean {
    return this.#suspected[worker] === 1;
  }

  /** Says whether it was suspected. */
  trust(worker: number): boolean {
    if (this.#suspected[worker] === 0) return false;
    this.#suspected[worker] = 0;
    this.changesOfMind += 1;
    this.#host.record(EntryKind.trusted, worker, this.#incarnation[worker] as number);
    if (this.#standing[worker] === Standing.present) this.#host.open(worker);
    return true;
  }

  #giveUpAll(worker: number, reason: Reason): void {
    for (let task = this.#held.firstOn(worker), after: number; task >= 0; task = after) {
      after = this.#held.behind(task);
      this.#host.givesUp(task, reason);
    }
  }

  // Workers that join and leave.

  // The running attempts of a worker, oldest first, as one who walks through them asks.

  firstOn(worker: number): number {
    return this.#held.firstOn(worker);
  }
  behind(task: number): number {
    return this.#held.behind(task);
  }
  changesOn(worker: number): number {
    return this.#held.changesOn(worker);
  }
  taskOf(seat: number): number {
    return this.#host.taskOf(seat);
  }
  attemptOf(task: number): number {
    return this.#host.attempts(task);
  }
  turnOf(task: number): number {
    return this.#host.turnOf(task);
  }
  asksOf(seat: number): { asked: number; allowed: number } {
    return this.#host.asksOf(seat);
  }

  /** Whether any worker holds an attempt. */
  get holdsAny(): boolean {
    return this.#held.any;
  }

  /** Whether what is believed of a worker is so for good, if it is heard from now on, or if it is not. */
  agrees(worker: number, isHeard: boolean): boolean {
    if (this.#standing[worker] !== Standing.present) return !isHeard;
    return this.#suspected[worker] === (isHeard ? 0 : 1);
  }
  /** The worker is not there before it registers. */
  awaits(worker: number): void {
    this.#standing[worker] = Standing.expected;
    this.#host.close(worker, Reason.none);
    this.#host.awaits(worker);
  }

  /** The worker is to leave: it takes nothing more, and after `limit` what still runs there is handed back. */
  drain(worker: number, limit: Duration): void {
    this.#standing[worker] = Standing.draining;
    this.#draining += 1;
    this.#host.record(EntryKind.draining, worker, this.#incarnation[worker] as number);
    this.#host.close(worker, Reason.drain);
    if (limit === 0) this.handBack(worker);
    this.settle(worker);
    if (this.#held.isEmpty(worker)) return;
    this.#tellToDrain(worker);
    const over = this.#host.now + limit;
    if (over <= Number.MAX_SAFE_INTEGER) this.#host.timerAt(over, "drain", worker); // later, the clock has ended
  }

  #tellToDrain(worker: number): void {
    this.#drainSent.set(worker, this.#host.now);
    this.#host.drain(worker);
  }

  /** The limit of a worker that is draining is over. */
  handBack(worker: number): void {
    for (const task of this.tasksOn(worker)) this.#host.takeBack(task, Reason.drain);
  }

  isGone(worker: number): boolean {
    return this.#standing[worker] === Standing.gone;
  }

  isDraining(worker: number): boolean {
    return this.#standing[worker] === Standing.draining;
  }

  /** Whether the worker is there, heard, and not to leave. */
  isOpen(worker: number): boolean {
    return this.#standing[worker] === Standing.present && this.#suspected[worker] === 0;
  }

  /** Whether the worker is draining, and is heard: it takes nothing more, but what is suspended there may go on. */
  drains(worker: number): boolean {
    return this.#standing[worker] === Standing.draining && this.#suspected[worker] === 0;
  }

  /** An attempt of the worker has ended, or was given up: one that is draining is gone with the last. */
  settle(worker: number): void {
    if (this.#draining === 0 || this.#standing[worker] !== Standing.draining || !this.#held.isEmpty(worker)) return;
    this.#host.retire(worker);
    this.#standing[worker] = Standing.gone;
    this.#draining -= 1;
    this.#lastSeen[worker] = HEARD;
    this.#suspected[worker] = 0;
    this.#host.record(EntryKind.left, worker, this.#incarnation[worker] as number);
    this.#host.hasLeft(worker);
  }
}
