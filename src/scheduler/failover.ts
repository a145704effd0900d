// What follows for tasks when their worker fails, leaves or comes back.
import { CommandKind } from "../model/command.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";
import { Status } from "../model/status.ts";
import type { MembershipHost } from "./membership.ts";
import type { Scheduler } from "./scheduler.ts";

const NO_ASKS = { asked: 0, allowed: 0 };

export class Failover implements MembershipHost {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get now(): Time {
    return this.#scheduler.now;
  }

  get unsafe(): UnsafeMode | undefined {
    return this.#scheduler.unsafe;
  }

  record(kind: EntryKind, worker: number, number: number): void {
    this.#scheduler.recorder.entry(this.now, kind, -1, worker, number, Reason.none);
    this.#scheduler.intervals.observe(kind, worker, this.now);
  }

  awaits(worker: number): void {
    this.#scheduler.intervals.awaits(worker);
  }

  defers(kind: CommandKind, worker: number, incarnation: number): boolean {
    return this.#scheduler.defers(kind, -1, worker, incarnation, Reason.none);
  }

  timerAt(time: Time, timer: "suspicion" | "lease" | "drain", worker: number): void {
    this.#scheduler.orders.timerAt(time, timer, worker);
  }

  // Workers.

  close(worker: number, reason: Reason): void {
    const { room, allocations, bound, data } = this.#scheduler;
    room.close(worker);
    data?.changed();
    this.#scheduler.workersChanged();
    // Where starts are on their way to be committed, that says what becomes of them.
    if (this.#scheduler.log === undefined) for (const task of allocations.startingOn(worker)) allocations.undecide(task, reason);
    for (const task of bound?.unbindAll(worker) ?? []) this.#scheduler.becameReady(task);
    if (reason === Reason.suspicion) this.#scheduler.data?.lost?.lose(worker);
  }

  open(worker: number): void {
    if (this.#scheduler.recalls.isShrinking(worker)) return;
    this.#scheduler.room.open(worker);
    this.#scheduler.workersChanged();
    this.#scheduler.tryStranded();
  }

  drain(worker: number): void {
    this.#scheduler.orders.drain(worker);
  }

  retire(worker: number): void {
    this.#scheduler.orders.retire(worker);
  }

  hasLeft(worker: number): void {
    this.#scheduler.data?.left(worker);
    this.#scheduler.orders.hasLeft(worker);
  }

  // Their attempts.

  seatOf(task: number, attempt: number): number {
    return this.#scheduler.seatOf(task, attempt);
  }

  taskOf(seat: number): number {
    return this.#scheduler.taskOf(seat);
  }

  attempts(seat: number): number {
    return this.#scheduler.ledger.attempts(seat);
  }

  /** One of two attempts of a task is given up, and the other goes on; says whether there are two. */
  #parts(seat: number, reason: Reason): boolean {
    const { speculation } = this.#scheduler;
    if (speculation?.isPaired(this.taskOf(seat)) !== true) return false;
    speculation.drop(seat, reason);
    return true;
  }

  /** A worker failed with the running attempt in a seat: it is given up. */
  giveUp(seat: number, reason: Reason): void {
    const { ledger } = this.#scheduler;
    const isDeferred = this.#scheduler.defers(CommandKind.requeue, this.taskOf(seat), ledger.worker(seat), ledger.attempts(seat), reason);
    if (!isDeferred) this.givesUp(seat, reason);
  }

  /** The task goes back to the queue, and elsewhere if it can. */
  givesUp(seat: number, reason: Reason): void {
    const { ledger, requests, allocations, cancellation, membership, orders } = this.#scheduler;
    const task = this.taskOf(seat);
    if (reason === Reason.lease) orders.leaseEnds(task, ledger.worker(seat), ledger.attempts(seat));
    if (cancellation.isUnderWay(task)) {
      if (reason !== Reason.suspicion && !this.#parts(seat, reason)) cancellation.confirmed(task); // a worker that is suspected may still run it
      return;
    }
    if (this.#parts(seat, reason)) return;
    allocations.release(task);
    const worker = ledger.worker(task);
    requests.sendElsewhere(task, worker);
    ledger.giveUp(task, this.now, reason);
    if (ledger.status(task) >= Status.completed) requests.admit(task); // one that waits for files that are lost goes elsewhere too, later
    membership?.settle(worker);
  }

  /**
   * Its worker is told to stop a running attempt, and the task goes back to the queue: anywhere else, if the worker takes nothing more. Where
   * attempts are given up at the end of their leases, it goes back when the worker has answered, if it cannot do so at once. Of two attempts
   * the other goes on, and nobody waits for that.
   */
  takeBack(seat: number, reason: Reason): void {
    const { cancellation, recalls, membership, speculation } = this.#scheduler;
    const task = this.taskOf(seat);
    if (speculation?.isPaired(task) === true) {
      if (!cancellation.isUnderWay(task)) speculation.withdraw(seat, reason);
      return;
    }
    const waits = membership?.keepsLeases === true;
    const isTold = waits && this.awaitsStop(task) && !this.#isSaving(task);
    if (cancellation.isUnderWay(task) || isTold) return; // its worker was told already
    if (this.#stops(task, waits)) this.#goesBack(task, reason);
    else recalls.begin(task, reason);
  }

  /** The same where it makes room for others: over a network always when its worker has answered. Says whether it is back already. */
  makesRoom(task: number): boolean {
    const { membership, preemption, orders, ledger, speculation } = this.#scheduler;
    if (speculation?.isPaired(task) === true) {
      speculation.withdraw(task, Reason.preemption);
      return true;
    }
    const isBack =
      preemption?.saves(task) === true
        ? orders.save(task, ledger.worker(task), ledger.attempts(task))
        : this.#stops(task, membership?.keepsLeases === true || membership?.hearsLate === true);
    if (isBack) this.#hasMadeRoom(task);
    return isBack;
  }

  /** Whether it makes room when its work is saved: who takes it back does not wait for that. */
  #isSaving(task: number): boolean {
    return !this.#isTakenFor(task) && this.#scheduler.preemption?.saves(task) === true;
  }

  /** Its work is saved by then, if it does that. */
  #hasMadeRoom(task: number): void {
    const { preemption, ledger, beliefs } = this.#scheduler;
    const worker = ledger.worker(task);
    if (preemption?.saves(task) === true) preemption.keeps(task, worker, beliefs.speedOf(task, worker));
    this.#goesBack(task, Reason.preemption);
  }

  /** Has its worker stop a running attempt; says whether the task can go back at once: it has stopped, or nobody waits for that. */
  #stops(task: number, awaited: boolean): boolean {
    const { orders, ledger } = this.#scheduler;
    if (this.unsafe === "requeue-untold") return true;
    return orders.stop(task, ledger.worker(task), ledger.attempts(task), awaited) || !awaited;
  }

  /** Its worker, which is to leave, does not begin a running attempt: the task goes back to the queue, and anywhere else. */
  refused(seat: number): void {
    const { cancellation } = this.#scheduler;
    if (this.#parts(seat, Reason.drain)) return;
    const task = this.taskOf(seat);
    if (cancellation.isUnderWay(task)) cancellation.confirmed(task);
    else this.#goesBack(task, Reason.drain);
  }

  /** The worker of a running attempt, an instance that is taken back, is switched off: the task goes back to the queue. */
  vanished(seat: number): void {
    const { cancellation, orders, ledger } = this.#scheduler;
    const task = this.taskOf(seat);
    orders.vanish(task, ledger.worker(seat), ledger.attempts(seat));
    if (this.#parts(seat, Reason.reclaim)) return;
    if (cancellation.isUnderWay(task)) cancellation.confirmed(task);
    else this.#goesBack(task, Reason.reclaim);
  }

  #goesBack(task: number, reason: Reason): void {
    const { ledger, requests, allocations, membership, queue } = this.#scheduler;
    const worker = ledger.worker(task);
    allocations.release(task);
    requests.admit(task);
    ledger.giveUp(task, this.now, reason);
    if (this.unsafe === "lost-preempted" && reason === Reason.preemption && queue.has(task)) queue.remove(task);
    membership?.settle(worker);
  }

  stop(task: number, worker: number, attempt: number): void {
    const { orders, recorder } = this.#scheduler;
    if (orders.stop(task, worker, attempt, false)) recorder.entry(this.now, EntryKind.stopped, task, worker, attempt, Reason.none);
  }

  // Stops that the scheduler waits for: of tasks that are cancelled, or taken back, and of attempts that make room.

  awaitsStop(seat: number): boolean {
    const task = this.taskOf(seat);
    return this.#isTakenFor(task) || this.#scheduler.preemption?.awaitsStop(task) === true;
  }

  /** Whether it is to stop for good, or for another reason than that it makes room. */
  #isTakenFor(task: number): boolean {
    const { cancellation, recalls } = this.#scheduler;
    return cancellation.isUnderWay(task) || recalls.isUnderWay(task);
  }

  /** Whether the scheduler waits for the worker to answer any, or that an attempt waits there. */
  awaitsStopOn(worker: number): boolean {
    const { cancellation, recalls, preemption, ledger, speculation } = this.#scheduler;
    for (const task of cancellation.underWay) {
      if (ledger.worker(task) === worker) return true;
      if (speculation?.isPaired(task) === true && ledger.worker(speculation.copyOf(task)) === worker) return true;
    }
    for (const task of recalls.underWay) if (ledger.worker(task) === worker) return true;
    for (const task of preemption?.stopping ?? []) if (ledger.worker(task) === worker) return true;
    return false;
  }

  /** Tells its worker to stop a running attempt, and to answer, be it for the first time or once more. */
  tellToStop(seat: number): void {
    const { orders, ledger } = this.#scheduler;
    const task = this.taskOf(seat);
    if (this.#isSaving(task)) orders.save(task, ledger.worker(seat), ledger.attempts(seat));
    else orders.stop(task, ledger.worker(seat), ledger.attempts(seat), true);
  }

  stopConfirmed(seat: number): void {
    const { cancellation, recalls } = this.#scheduler;
    if (this.#parts(seat, Reason.client)) return;
    const task = this.taskOf(seat);
    if (cancellation.isUnderWay(task)) cancellation.confirmed(task);
    else if (recalls.isUnderWay(task)) this.#goesBack(task, recalls.reasonOf(task) as Reason);
    else this.#hasMadeRoom(task);
  }

  /** Copies are neither told to wait nor to go on. */
  turnOf(seat: number): number {
    return this.taskOf(seat) === seat ? this.#scheduler.suspensions.turnOf(seat) : 0;
  }

  asksOf(seat: number): { asked: number; allowed: number } {
    return this.#scheduler.asks?.of(seat) ?? NO_ASKS;
  }

  askReported(seat: number, asked: number, met: number, sent: Time): boolean {
    return this.#scheduler.asks?.reported(seat, asked, met, sent) === true;
  }

  turnReported(seat: number, turn: number, sent: Time): boolean {
    return this.taskOf(seat) === seat && this.#scheduler.suspensions.reported(seat, turn, sent);
  }

  startAgain(seat: number): void {
    const { orders, ledger, suspensions, intervals, speculation } = this.#scheduler;
    const task = this.taskOf(seat);
    const [worker, attempt, execution] = [ledger.worker(seat), ledger.attempts(seat), ledger.executions(task)];
    if (this.#scheduler.log?.givesUp(task, attempt) === true) return;
    orders.startAgain(task, worker, attempt, execution, intervals.of(task, seat), speculation?.numberOf(seat) ?? 0);
    if (seat === task) suspensions.repeat(task);
  }
}
