// The same cluster where a network lies between it and the scheduler: orders and reports are messages, which others carry.
//
// What a worker gets may be late, repeated or out of order: so it remembers the attempts that it has seen, has a start wait for room that
// another has not left yet, refuses one that it reads after it was told to leave, and tells the end of an attempt until that is answered.
import { heldWhile } from "../model/asks.ts";
import { at, type Column } from "../model/columns.ts";
import { waitsAfter } from "../model/network.ts";
import { KEPT } from "../model/resources.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import { type Attempt, isSuspended } from "./attempts.ts";
import { Cluster, type ClusterSettings } from "./cluster.ts";
import {
  Beat,
  type BelievedAttempts,
  type NetworkedClusterHost,
  type Report,
  type UnansweredEnd,
  type UnansweredSize,
} from "./cluster-host.ts";
import type { Message } from "./message.ts";
import { isAwake, Standing, type WorkerState } from "./worker-state.ts";

export class NetworkedCluster extends Cluster {
  readonly #host: NetworkedClusterHost;
  readonly #world: World;
  /** Of each worker, ends that are not answered, oldest first, and the highest attempt seen of each task. */
  readonly #ends: UnansweredEnd[][];
  readonly #seen: Map<number, number>[];
  /** Workers that have ever sent a registration. */
  readonly #announced = new Set<number>();
  /** Workers that have read that they are to leave. */
  readonly #draining = new Set<number>();
  /** Of each worker whose size has changed: how often, the last change while it is not answered, and what its attempts may take. */
  readonly #sizes = new Map<
    number,
    { version: number; told: readonly number[]; open: UnansweredSize | undefined; limits: readonly number[] }
  >();

  constructor(world: World, settings: Omit<ClusterSettings, "eachBeat">, host: NetworkedClusterHost) {
    super(world, { ...settings, eachBeat: false }, host);
    this.#host = host;
    this.#world = world;
    this.#ends = Array.from({ length: world.workers.count }, () => []);
    this.#seen = Array.from({ length: world.workers.count }, () => new Map());
  }

  // What others ask who carry its messages.

  incarnation(worker: number): number {
    return this.state(worker).incarnation;
  }

  /** Whether the worker knows that the scheduler knows it. */
  isRegistered(worker: number): boolean {
    return this.state(worker).registered;
  }

  isMuted(worker: number): boolean {
    return this.state(worker).muted > 0;
  }

  unansweredEnds(worker: number): readonly UnansweredEnd[] {
    return this.#ends[worker] as UnansweredEnd[];
  }

  override report(worker: number): Report[] {
    const reports: Report[] = super.report(worker).map(({ task, attempt, turn = 0, asked = 0, allowed = 0 }) => ({
      ...{ task, attempt, turn, asked, allowed }, // as they are now
    }));
    for (const { task, attempt } of this.unansweredEnds(worker)) reports.push({ task, attempt, over: true });
    return reports;
  }

  override holdsJust(worker: number, believed: BelievedAttempts): boolean {
    if (!super.holdsJust(worker, believed)) return false;
    let seat = believed.firstOn(worker);
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) {
      const { asked, allowed } = believed.asksOf(seat);
      if (attempt.turn !== believed.turnOf(attempt.task) || attempt.asked !== asked || attempt.allowed !== allowed) return false;
      seat = believed.behind(seat);
    }
    return true;
  }

  // What workers are told.

  /** Says whether that is new. */
  learnsThatItIsKnown(worker: number): boolean {
    const state = this.state(worker);
    if (state.registered) return false;
    state.registered = true;
    this.takesIn(worker, state); // what has changed while it was down
    return true;
  }

  /** What the worker is to have, if the scheduler has not answered that yet. */
  unansweredSize(worker: number): UnansweredSize | undefined {
    return this.#sizes.get(worker)?.open;
  }

  /** What it has under effects of these numbers, per dimension. */
  sizeUnder(worker: number, effects: readonly number[]): number[] {
    return this.capacities.under(worker, effects);
  }

  /** A change of what the worker is to have is answered; says whether it waited for that. */
  forgetSize(worker: number, version: number): boolean {
    const size = this.#sizes.get(worker);
    if (size?.open === undefined || size.open.version > version) return false;
    size.open = undefined;
    return true;
  }

  /** A start reaches its worker; says whether it counts. It is ignored if it was seen before, or if its lease is over; a worker that is to leave has to tell that it refuses it. */
  receiveStart({ task, worker, attempt, execution, every, copy, sent }: Message): boolean {
    const state = this.state(worker);
    const seen = this.#seen[worker] as Map<number, number>;
    const { now } = this.#host;
    this.learnsThatItIsKnown(worker); // who sends it work knows it
    if ((seen.get(task) ?? 0) >= attempt || this.leaseFrom(worker, sent) <= now) return false;
    seen.set(task, attempt);
    if (this.#draining.has(worker)) {
      this.#toTell(worker, task, attempt, Reason.drain);
      return true;
    }
    const received = this.attempts.add(task, worker, attempt, execution, every, copy, sent, now);
    this.#beginWhatFits(worker, state);
    this.armLeases(worker, state, this.leaseOf(received, state));
    return true;
  }

  /** Whether an attempt was there, and is over: its end was noted, or it was stopped. */
  isOver(worker: number, task: number, attempt: number): boolean {
    const isUntold = this.unansweredEnds(worker).some((end) => end.task === task && end.attempt === attempt);
    return this.#seen[worker]?.get(task) === attempt && this.attempts.find(task, attempt) === undefined && !isUntold;
  }

  /** It reaches a worker that it is to leave; says whether that is new. */
  receiveDrain(worker: number): boolean {
    const isNew = !this.#draining.has(worker);
    this.#draining.add(worker);
    return isNew;
  }

  /** Whether the worker has read that it is to leave. */
  drains(worker: number): boolean {
    return this.#draining.has(worker);
  }

  /** An order to stop an attempt reaches its worker; says whether that changes anything. */
  receiveStop(task: number, worker: number, attempt: number): boolean {
    const seen = this.#seen[worker] as Map<number, number>;
    const before = seen.get(task) ?? 0;
    seen.set(task, Math.max(attempt, before)); // its start may come later
    const found = this.attempts.find(task, attempt);
    if (found === undefined) return before < attempt;
    this.attempts.remove(found);
    this.#stopped(task, worker, attempt);
    return true;
  }

  #stopped(task: number, worker: number, attempt: number): void {
    this.#host.record(EntryKind.stopped, task, worker, attempt, Reason.none);
    this.#beginWhatFits(worker, this.state(worker));
  }

  /** An order to stop an attempt when its work is saved reaches its worker; says whether there is any to save: else it is to stop at once. */
  receiveSave(task: number, attempt: number): boolean {
    const found = this.attempts.find(task, attempt);
    return found !== undefined && !this.progress.saveAndLeave(found);
  }

  /** Whether an attempt was told so before, and has not stopped yet. */
  isLeaving(task: number, attempt: number): boolean {
    return this.attempts.find(task, attempt)?.leaves === true;
  }

  override passPhase(task: number, attempt: number): number | undefined {
    const worker = super.passPhase(task, attempt);
    if (worker !== undefined) this.#stopped(task, worker, attempt);
    return worker;
  }

  /** The last order to wait or to go on that the worker of an attempt has read; 0 before the first. */
  turnOf(task: number, attempt: number): number {
    return this.attempts.find(task, attempt)?.turn ?? 0;
  }

  /**
   * An order to wait, or to go on, reaches its worker, and counts unless a later one has overtaken it. Says whether the attempt is there,
   * and the order is the last that was read of it: else it has ended, or its start is yet to come.
   */
  receiveTurn(task: number, attempt: number, turn: number): boolean {
    const found = this.attempts.find(task, attempt);
    if (found === undefined) return false;
    if (found.turn < turn) {
      found.turn = turn;
      if (!waitsAfter(turn)) this.#goesOn(found);
      else if (!isSuspended(found)) this.#halts(found);
    }
    return found.turn === turn;
  }

  /** An attempt may have what it asked for: when there is room, for what others gave back may not be free yet. Says whether that is new. */
  receiveAllow(task: number, attempt: number, number: number): boolean {
    const found = this.attempts.find(task, attempt);
    if (found === undefined || found.permitted >= number) return false;
    found.permitted = number;
    this.#beginWhatFits(found.worker, this.state(found.worker));
    return true;
  }

  /** An attempt on the worker holds less than it did. */
  givesBack(worker: number): void {
    this.#beginWhatFits(worker, this.state(worker));
  }

  /** One that was to go on, and has had no room yet, waits on. */
  #halts(attempt: Attempt): void {
    const { task, worker } = attempt;
    this.progress.suspend(attempt, false);
    if (!attempt.begun) return;
    this.#host.record(EntryKind.halted, task, worker, attempt.attempt, Reason.none);
    this.#beginWhatFits(worker, this.state(worker));
  }

  /** When there is room: what it gave back may not be free yet. */
  #goesOn(attempt: Attempt): void {
    if (isSuspended(attempt) && !attempt.begun) this.progress.endSuspension(attempt);
    this.#beginWhatFits(attempt.worker, this.state(attempt.worker));
  }

  /** The answer to a heartbeat reaches its worker, and renews its leases. */
  renew(worker: number, sent: Time): void {
    const state = this.state(worker);
    state.renewed = Math.max(state.renewed, sent);
  }

  /** The end of an attempt is answered; says whether the worker waited for that. */
  forgetEnd(worker: number, task: number, attempt: number): boolean {
    const ends = this.unansweredEnds(worker);
    this.#ends[worker] = ends.filter((end) => end.task !== task || end.attempt !== attempt);
    return this.unansweredEnds(worker).length < ends.length;
  }

  // What begins and ends on them.

  /** Has those begin, or go on, that wait for room which others left; in the order in which they came. */
  #beginWhatFits(worker: number, state: WorkerState): void {
    if (state.frozen > 0) return;
    if (this.#sizes.has(worker)) this.#adapts(worker, state);
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) {
      if (attempt.permitted > attempt.allowed && this.#fits(attempt)) this.progress.allow(attempt, attempt.permitted);
      const isSuspendedThere = isSuspended(attempt);
      if (isSuspendedThere ? waitsAfter(attempt.turn) : attempt.begun) continue;
      if (!this.#fits(attempt)) continue;
      if (isSuspendedThere) {
        this.progress.endSuspension(attempt);
        this.progress.goOn(attempt);
        this.#host.record(EntryKind.proceeded, attempt.task, worker, attempt.attempt, Reason.none);
      } else {
        this.#host.began(attempt.task, worker, attempt.attempt);
        this.progress.begin(attempt, state.rate);
      }
    }
  }

  /** Whether there is room for all that an attempt is to hold beside what others hold: of what is suspended, what it keeps. */
  #fits(attempt: Attempt): boolean {
    const { tasks, workers } = this.#world;
    const limits = this.#sizes.get(attempt.worker)?.limits;
    return tasks.request.every((_, d) => {
      const taken = this.#taken(attempt.worker, d, attempt) + this.#heldOf(attempt, d, attempt.permitted);
      return taken <= (limits?.[d] ?? (workers.capacity[d]?.[attempt.worker] as number));
    });
  }

  /** What attempts on a worker take in a dimension, but for one. */
  #taken(worker: number, d: number, except: Attempt | undefined): number {
    let taken = 0;
    for (let other = this.attempts.firstOn(worker); other !== undefined; other = other.after)
      if (other.begun && other !== except && (!isSuspended(other) || KEPT.includes(d))) taken += this.#heldOf(other, d, other.allowed);
    return taken;
  }

  /** What an attempt holds of a dimension when so many of its asks are met. */
  #heldOf({ task, asked }: Attempt, d: number, met: number): number {
    const { tasks } = this.#world;
    const request = at(tasks.request[d] as Column, task);
    const plan = profileOf(tasks, task)?.asks;
    return plan === undefined ? request : heldWhile(plan, request, d, met, asked);
  }

  // What the worker has.

  /** A worker tells what it is to have; from then on nothing begins that would not fit that, and it changes when all does. */
  protected override takesIn(worker: number, state: WorkerState): boolean {
    const known = this.#sizes.get(worker);
    const told = known?.told ?? [];
    if (!state.registered || !isAwake(state) || state.standing !== Standing.present) return false;
    if (isOther(told, state.resizing)) {
      const version = (known?.version ?? 0) + 1;
      const capacity = this.capacities.under(worker, state.resizing);
      const open = { version, effects: [...state.resizing], capacity, sent: this.#host.now };
      this.#sizes.set(worker, { version, told: open.effects, open, limits: [] });
      this.#host.changesSize(worker);
    }
    if (this.#sizes.has(worker)) this.#beginWhatFits(worker, state);
    return false;
  }

  /** It changes, if all that runs there fits; till then the less of what it has and of what it is to have limits what begins. */
  #adapts(worker: number, state: WorkerState): void {
    const size = this.#sizes.get(worker);
    if (size === undefined) return;
    const target = this.capacities.under(worker, state.resizing);
    if (this.capacities.isDue(state) && target.every((whole, d) => this.#taken(worker, d, undefined) <= whole)) {
      this.capacities.adapt(worker, state);
      this.resized(worker);
    }
    const present = this.capacities.under(worker, state.resized);
    size.limits = target.map((whole, d) => Math.min(whole, present[d] as number));
  }

  /** An attempt ends now by itself, and its worker has to tell; one that takes the worker down tells nobody. */
  override end(task: number, attempt: number): { worker: number; reason: Reason } {
    const ended = super.end(task, attempt);
    if (ended.reason === Reason.killer) return ended;
    this.#toTell(ended.worker, task, attempt, ended.reason);
    this.settleFiles();
    this.#beginWhatFits(ended.worker, this.state(ended.worker));
    return ended;
  }

  /** An attempt has ended on its worker, which tells the scheduler until that answers. */
  #toTell(worker: number, task: number, attempt: number, reason: Reason): void {
    this.#ends[worker]?.push({ task, attempt, reason, sent: this.#host.now, times: 0 });
    this.#host.record(EntryKind.ended, task, worker, attempt, reason);
  }

  override endLeases(worker: number): boolean {
    const stopped = super.endLeases(worker);
    if (stopped) this.#beginWhatFits(worker, this.state(worker));
    return stopped;
  }

  /** An answer may be lost, though the heartbeat was heard. */
  protected override mayLackLeases(): boolean {
    return true;
  }

  protected override stopWithoutLease(attempt: Attempt): void {
    super.stopWithoutLease(attempt);
    this.#toTell(attempt.worker, attempt.task, attempt.attempt, Reason.lease);
  }

  // Faults.

  protected override crash(worker: number, state: WorkerState, reason: Reason): void {
    super.crash(worker, state, reason);
    this.#ends[worker] = [];
    this.#seen[worker]?.clear();
    this.#draining.delete(worker);
    state.nextBeat = Number.POSITIVE_INFINITY;
  }

  // Workers that leave.

  /** The worker learns it when it is told. */
  override leaves(): void {}

  /** It has read that it may go. */
  override retire(worker: number): void {
    super.retire(worker);
    this.#ends[worker] = [];
    this.#host.record(EntryKind.departed, -1, worker, this.incarnation(worker), Reason.none);
  }

  override hires(worker: number): void {
    super.hires(worker);
    this.#ends[worker] = [];
    this.#seen[worker]?.clear();
    this.#draining.delete(worker);
    this.#announced.delete(worker);
  }

  /** What it was sent meanwhile is read later, by whoever carries it. */
  protected override catchUp(worker: number, state: WorkerState): Attempt[] {
    for (let attempt = this.attempts.firstOn(worker), after: Attempt | undefined; attempt !== undefined; attempt = after) {
      after = attempt.after;
      if (this.leaseOf(attempt, state) <= this.#host.now) {
        this.stopWithoutLease(attempt);
        continue;
      }
      if (attempt.begun && !isSuspended(attempt)) this.progress.goOn(attempt);
      this.armLeases(worker, state, this.leaseOf(attempt, state));
    }
    this.#beginWhatFits(worker, state);
    return [];
  }

  protected override speaks(worker: number, state: WorkerState, _wasHeard: boolean, thaws: boolean): void {
    if (!isAwake(state)) return;
    const isNew = state.standing === Standing.arriving && !this.#announced.has(worker); // it joined while it was paused
    if (thaws && !isNew) this.#host.thawed(worker);
    else if (!state.registered) this.#host.registers(worker);
  }

  /** The scheduler notices by its own timers. */
  protected override fallSilent(): void {}
  override beatsSingly(): void {}

  // Heartbeats.

  /** When the first lease of what the worker holds is over there, if no answer comes; Infinity where it holds nothing. */
  leasedTill(worker: number): Time {
    const state = this.state(worker);
    let first: Time = Number.POSITIVE_INFINITY;
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after)
      first = Math.min(first, this.leaseOf(attempt, state));
    return first;
  }

  /** Its timer of leases is not set again before others say so, but for one at a time, if that is not Infinity. */
  sleeps(worker: number, till: Time): void {
    const state = this.state(worker);
    state.leaseTimer = Number.POSITIVE_INFINITY;
    this.armLeases(worker, state, till);
  }

  /** The timer is set again. */
  wakes(worker: number): void {
    this.armLeases(worker, this.state(worker), this.leasedTill(worker));
  }

  /** The worker begins to beat: from its registration on, whether that arrives or not. */
  announces(worker: number): void {
    this.#announced.add(worker);
    this.heartbeats.registered(worker, this.#host.now);
    this.planBeat(worker, this.#host.now + 1);
  }

  /** Plans the first heartbeat at a time or after it. */
  planBeat(worker: number, from: Time): void {
    const state = this.state(worker);
    state.nextBeat = this.heartbeats.firstFrom(worker, from);
    this.#host.beatAt(state.nextBeat, worker, Beat.regular);
  }

  protected override beatsOtherwise(worker: number, state: WorkerState): void {
    const { now } = this.#host;
    if (state.nextBeat < Number.POSITIVE_INFINITY) this.planBeat(worker, state.nextBeat === now ? now : now + 1);
  }

  /** Whether so much has passed since then, by the worker's clock. */
  hasPassed(worker: number, duration: Duration, since: Time): boolean {
    return this.clocks.reading(worker, this.#host.now) - this.clocks.reading(worker, since) >= duration;
  }

  /** Whether a heartbeat is due now that was planned last. */
  beatIsDue(worker: number): boolean {
    const state = this.state(worker);
    if (state.nextBeat !== this.#host.now) return false;
    state.nextBeat = Number.POSITIVE_INFINITY;
    return true;
  }
}

/** Whether some numbers are others than before, in whatever order. */
function isOther(before: readonly number[], after: readonly number[]): boolean {
  const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b).join();
  return before.length !== after.length || sorted(before) !== sorted(after);
}
