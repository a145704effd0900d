// What attempts take of their workers: room is taken when one is decided on or goes on, and given back when it ends or is suspended.
import { CommandKind } from "../model/command.ts";
import { Reason } from "../model/trace.ts";
import { isHeld, type Ledger } from "./ledger.ts";
import { Status } from "../model/status.ts";
import type { Membership } from "./membership.ts";
import type { Placer } from "./placement.ts";
import type { Preemption } from "./preemption.ts";
import type { RoomIndex } from "./room-index.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SchedulerOrders } from "./scheduler-orders.ts";
import type { TaskRequests } from "./task-requests.ts";
import type { WorkerQueues } from "./worker-queues.ts";

export class Allocations {
  /** Attempts that run on each worker, or are decided on. */
  readonly running: Int32Array;
  readonly #scheduler: Scheduler;
  readonly #room: RoomIndex;
  readonly #requests: TaskRequests;
  readonly #ledger: Ledger;
  readonly #placer: Placer;
  readonly #orders: SchedulerOrders;
  readonly #bound: WorkerQueues | undefined;
  readonly #membership: Membership | undefined;
  readonly #preemption: Preemption | undefined;
  /** Whether a pass takes virtual time: then what it decides begins when it is over. */
  readonly #takesTime: boolean;
  /** Such starts, as pairs of task and worker. */
  readonly #decided: number[] = [];

  constructor(scheduler: Scheduler, placer: Placer, takesTime: boolean) {
    this.#scheduler = scheduler;
    this.#room = scheduler.room;
    this.#requests = scheduler.requests;
    this.#ledger = scheduler.ledger;
    this.#placer = placer;
    this.#orders = scheduler.orders;
    this.#bound = scheduler.bound;
    this.#membership = scheduler.membership;
    this.#preemption = scheduler.preemption;
    this.#takesTime = takesTime;
    this.running = new Int32Array(scheduler.workers.count);
  }

  /** Takes the room and starts the loaded task, now or when the pass is over. It stands in no queue. */
  begin(task: number, worker: number): void {
    if (this.#requests.suspendedOn(task) >= 0) return this.#proceed(task, worker);
    this.#take(task, worker);
    this.#placer.begun(worker);
    if (this.#takesTime || this.#scheduler.log !== undefined) this.#ledger.decide(task, worker);
    if (this.#takesTime) this.#decided.push(task, worker);
    else this.#commit(task, worker);
  }

  /** A start that is decided takes place: when it is committed, where that is asked for. */
  #commit(task: number, worker: number): void {
    const attempt = this.#ledger.attempts(task) + 1;
    const { intervals, unsafe, now } = this.#scheduler;
    if (!this.#scheduler.defers(CommandKind.assign, task, worker, attempt, Reason.none)) this.#start(task, worker);
    else if (unsafe === "dispatch-early")
      this.#orders.startAgain(task, worker, attempt, this.#ledger.executions(task), intervals.decide(task, worker, now), 0);
  }

  /** It is committed; `counts`: the worker takes it. */
  committed(task: number, worker: number, counts: boolean): void {
    if (this.#ledger.status(task) !== Status.starting) return; // it was cancelled meanwhile
    if (this.#ledger.worker(task) !== worker) throw new Error(`task ${task} starts on worker ${worker}, and was to on another`);
    if (counts) this.#start(task, worker);
    else this.undecide(task, Reason.suspicion);
  }

  /** Another scheduler has started an attempt, which this one takes over from: it holds what it took. */
  inherits(task: number): void {
    const worker = this.#ledger.worker(task);
    this.#requests.load(task);
    this.#take(task, worker);
    this.#bound?.started(task, worker, this.#scheduler.now);
    this.#membership?.started(task, worker);
    this.#scheduler.intervals.decide(task, worker, this.#scheduler.now);
    this.#orders.issued(task, this.#ledger.attempts(task)); // it may not have been sent yet
  }

  #take(task: number, worker: number): void {
    this.#room.take(worker, 1);
    this.running[worker]++;
    this.#scheduler.ranking.forget(task);
  }

  #start(task: number, worker: number): void {
    const { now } = this.#scheduler;
    this.#bound?.started(task, worker, now);
    this.#membership?.started(task, worker);
    this.#preemption?.runs(task, worker);
    this.#requests.admit(task);
    const attempt = this.#ledger.start(task, worker, now);
    this.#scheduler.asks?.started(task);
    this.#orders.start(task, worker, attempt, this.#ledger.executions(task), this.#scheduler.intervals.decide(task, worker, now), 0);
    this.#scheduler.speculation?.started(task);
  }

  /** Starts a copy of a running attempt in a seat of its own, at once, however long a pass takes. */
  beginCopy(task: number, seat: number, worker: number): void {
    const { now, intervals, speculation } = this.#scheduler;
    this.#requests.load(task);
    this.#room.take(worker, 1);
    this.running[worker]++;
    this.#placer.begun(worker);
    this.#membership?.started(seat, worker);
    const attempt = this.#ledger.startCopy(task, seat, worker, now);
    this.#scheduler.asks?.started(seat);
    const every = intervals.decide(task, worker, now, seat);
    this.#orders.start(task, worker, attempt, this.#ledger.executions(task), every, speculation?.numberOf(seat) ?? 0);
  }

  /** A suspended task goes on; the part of its request that it gave back is loaded. */
  #proceed(task: number, worker: number): void {
    this.#requests.proceed(task);
    this.#take(task, worker);
    this.#preemption?.runs(task, worker);
    this.#ledger.proceed(task, this.#scheduler.now);
    this.#scheduler.suspensions.proceed(task);
  }

  /** A running attempt waits where it is, as its worker was told, and gives back what it does not keep; its task is queued again. */
  suspend(task: number): void {
    const { beliefs, ranking, queue, unsafe, now } = this.#scheduler;
    const worker = this.#ledger.worker(task);
    this.#preemption?.pauses(task, worker, beliefs.speedOf(task, worker));
    this.#requests.suspend(task, worker);
    this.#room.take(worker, -1);
    this.running[worker]--;
    this.#ledger.suspend(task, now);
    ranking.add(task);
    if (unsafe !== "lost-preempted") queue.insert(task);
  }

  /** An attempt has ended, or was not begun: all that it holds is free again. */
  release(seat: number): void {
    const worker = this.#ledger.worker(seat);
    const status = this.#ledger.status(seat);
    const task = this.#scheduler.taskOf(seat);
    this.#scheduler.asks?.ended(seat, worker);
    if (isHeld(status)) this.#membership?.ended(seat, worker);
    if (seat !== task) {
      this.giveBack(task, worker);
      this.#bound?.touch(worker);
      return;
    }
    this.#scheduler.speculation?.ended(task);
    if (status === Status.suspended) this.#endSuspension(task, worker);
    else this.giveBack(task, worker);
    this.#preemption?.ends(task, worker);
    this.#bound?.ended(task, worker);
    this.#scheduler.recalls.ended(task);
  }

  #endSuspension(task: number, worker: number): void {
    const { queue } = this.#scheduler;
    this.#preemption?.unclaim(task);
    if (queue.has(task)) queue.remove(task);
    this.#requests.endSuspension(task);
    this.#room.take(worker, -1);
  }

  /** The room that a running attempt took is free again. */
  giveBack(task: number, worker: number): void {
    this.#requests.load(task);
    this.#room.take(worker, -1);
    this.running[worker]--;
  }

  // What a pass decides that takes virtual time.

  /** Tasks whose starts on a worker are decided, and have not begun. */
  startingOn(worker: number): number[] {
    const starting: number[] = [];
    for (let i = 0; i < this.#decided.length; i += 2) {
      const task = this.#decided[i] as number;
      if (this.#decided[i + 1] === worker && this.#ledger.status(task) === Status.starting) starting.push(task);
    }
    return starting;
  }

  /** A start that was decided does not take place. */
  undecide(task: number, reason: Reason): void {
    this.release(task);
    if (reason === Reason.client) this.#requests.admit(task);
    this.#ledger.undecide(task, this.#scheduler.now, reason);
  }

  /** Begins what the last pass decided; what was cancelled meanwhile is dropped. */
  carryOut(): void {
    for (let i = 0; i < this.#decided.length; i += 2) {
      const task = this.#decided[i] as number;
      if (this.#ledger.status(task) === Status.starting) this.#commit(task, this.#decided[i + 1] as number);
    }
    this.#decided.length = 0;
  }
}
