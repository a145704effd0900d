// The control plane: what is ready, what is free, and one place where each decision is validated, applied and recorded.
import { nameAt } from "../model/columns.ts";
import { CommandKind, type CommandLog } from "../model/command.ts";
import type { Recorder } from "../model/recorder.ts";
import { type Backoff, backoffAfter, jittered, type Placement, type SchedulerSettings } from "../model/settings.ts";
import { EntryKind, type PolicyPromises, Reason } from "../model/trace.ts";
import { mayAsk } from "../model/task-profile.ts";
import type { Duration, Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";
import type { BelievedWorld, TaskBeliefs, TaskChange, World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { Allocations } from "./allocations.ts";
import { Asks } from "./asks.ts";
import { Arrivals } from "./arrivals.ts";
import { BottomLevels } from "./bottom-levels.ts";
import { Cancellation } from "./cancellation.ts";
import { CheckpointIntervals } from "./checkpoint-intervals.ts";
import { DataLocations } from "./data-locations.ts";
import { Dispatch } from "./dispatch.ts";
import { Failover } from "./failover.ts";
import { isHeld, Ledger, type LedgerHost } from "./ledger.ts";
import { Status } from "../model/status.ts";
import { Leftovers } from "./leftovers.ts";
import { type ListHost, ListLoop } from "./list-loop.ts";
import { Membership } from "./membership.ts";
import { Placer } from "./placement.ts";
import { PolicyAtWork } from "./policy-at-work.ts";
import { Context } from "./policy-context.ts";
import { promisesOf } from "./policy-promises.ts";
import { PreemptedAttempts } from "./preempted-attempts.ts";
import { Preemption } from "./preemption.ts";
import { ProgressReports } from "./progress-reports.ts";
import { RankOrder } from "./rank-order.ts";
import { Recalls } from "./recalls.ts";
import { Ranking } from "./ranking.ts";
import { ReadyTasks } from "./ready-queue.ts";
import { Resizing } from "./resizing.ts";
import type { RoomIndex } from "./room-index.ts";
import { SchedulerBeliefs } from "./scheduler-beliefs.ts";
import { SchedulerDraws } from "./scheduler-draws.ts";
import type { SchedulerOrders } from "./scheduler-orders.ts";
import { Pass, Workers } from "./scheduling-pass.ts";
import { Speculation } from "./speculation.ts";
import { Suspensions } from "./suspensions.ts";
import { TaskRequests } from "./task-requests.ts";
import { WorkerQueues } from "./worker-queues.ts";

/** Most arrivals that a list pass tries one by one. */
const MOST_TRIED_SINGLY = 64;

const NONE = new Int32Array(0);

export interface SchedulerOptions {
  /** Whether tasks may be submitted after their release dates, and in another order. */
  late?: boolean;
  /** Everything but what only the cluster may know of its tasks. */
  world: BelievedWorld;
  settings: SchedulerSettings;
  policy: PolicyDefinition;
  /** Seed of the policy's own draws. */
  seed: string;
  recorder: Recorder;
  orders: SchedulerOrders;
  unsafe?: UnsafeMode;
  /** Where it is replicated: what it decides takes effect when it is committed there, as `apply` of AppliedCommands says. */
  log?: CommandLog;
}

export class Scheduler implements ListHost, LedgerHost {
  readonly tasks: TaskBeliefs;
  readonly workers: World["workers"];
  readonly recorder: Recorder;
  readonly orders: SchedulerOrders;
  readonly promises: PolicyPromises;
  /** The safeguard that is left out. */
  readonly unsafe: UnsafeMode | undefined;
  /** Undefined where it is one process, whose decisions take effect at once. */
  readonly log: CommandLog | undefined;
  readonly ledger: Ledger;
  readonly requests: TaskRequests;
  readonly room: RoomIndex;
  readonly order: RankOrder;
  readonly queue: ReadyTasks;
  readonly policy: PolicyAtWork;
  readonly ranking: Ranking;
  readonly beliefs: SchedulerBeliefs;
  readonly allocations: Allocations;
  readonly cancellation: Cancellation;
  readonly failover = new Failover(this);
  readonly recalls = new Recalls(this);
  readonly suspensions = new Suspensions(this);
  readonly reports = new ProgressReports(this);
  readonly resizing = new Resizing(this);
  readonly leftovers = new Leftovers(this);
  /** Undefined where there are no files. */
  readonly data: DataLocations | undefined;
  readonly intervals: CheckpointIntervals;
  /** Undefined where the policy does not bind tasks to workers. */
  readonly bound: WorkerQueues | undefined;
  readonly dispatch: Dispatch | undefined;
  /** Undefined where workers cannot fail. */
  readonly membership: Membership | undefined;
  /** Undefined where nothing is preempted. */
  readonly preemption: Preemption | undefined;
  /** Undefined where no attempt gets a copy. */
  readonly speculation: Speculation | undefined;
  /** Undefined where no attempt asks for more than it requests, or less. */
  readonly asks: Asks | undefined;
  readonly asksAlways: boolean;
  /** When a task that fails may run again, as the command says that is applied. */
  failedUntil: Time = 0;
  /** Set when a dynamic policy has more tasks queued than it may rank in a pass. */
  tooManyToRank = false;
  readonly #settings: SchedulerSettings;
  readonly #list: ListLoop;
  readonly #levels: BottomLevels;
  readonly #draws: SchedulerDraws;
  readonly #placement: Placement;
  readonly #placer: Placer;
  readonly #pass: Pass | undefined;
  readonly #arrivals = new Arrivals();
  /** Whether workers were closed or opened since the last pass, or have another size. */
  #workersChanged = false;
  /** Tasks that were ready at the beginning of the last pass. */
  #lengthAtPass = 0;
  /** Whether the list loop ran in the last pass: then nothing that is queued since fits anywhere but on what was gained. */
  #listRan = true;

  constructor({ world, settings, policy, seed, recorder, orders, unsafe, log, late = false }: SchedulerOptions) {
    const { tasks, workers } = world;
    this.#settings = settings;
    this.tasks = tasks;
    this.workers = workers;
    this.recorder = recorder;
    this.orders = orders;
    this.unsafe = unsafe;
    this.log = log;
    this.promises = promisesOf(policy, settings);
    this.intervals = new CheckpointIntervals(tasks, workers);
    const isLocal = (settings.policy.placement ?? settings.placement) === "locality" && policy.preempts !== true;
    this.data = world.data && new DataLocations(this, world.data, isLocal ? (settings.localityDelay ?? 0) : 0);
    this.requests = new TaskRequests(world, settings.retry.elsewhere);
    this.room = this.requests.room;
    this.ledger = new Ledger(tasks, recorder, settings, this);
    this.order = new RankOrder(tasks.release, tasks.count, policy.order === "line", this.ledger);
    this.#levels = new BottomLevels(tasks, late || settings.pass === "event", this.ledger, (task) => this.ranking.again(task));
    this.#draws = new SchedulerDraws(seed, tasks.names, this.ledger);
    this.#placement = settings.policy.placement ?? settings.placement;
    const local = () => this.data?.choose(this.requests.loaded) ?? this.room.first();
    this.#placer = new Placer(this.room, () => this.#draws.placement(this.requests.loaded), local);
    this.asksAlways = this.#placement === "round-robin" || this.data?.delays === true;
    const { preempts, quantum, blocking } = this.promises;
    const indexed = policy.order === "plan" ? policy.dispatching !== true : !blocking && !preempts;
    this.queue = new ReadyTasks(this.requests, tasks.count, this.order, indexed);
    const { preemption, liveness, decisionTime, speculation } = settings;
    if (preempts && preemption !== undefined)
      this.preemption = new Preemption(
        new PreemptedAttempts(this, preemption.mode),
        preemption,
        quantum,
        workers.count,
        liveness?.progress !== undefined,
      );
    this.preemption?.progress.grow(tasks.count);
    this.bound = policy.dispatching === true ? new WorkerQueues(workers.count, tasks.count) : undefined;
    this.dispatch = this.bound && new Dispatch(this, this.bound);
    this.speculation = speculation && new Speculation(this, speculation);
    this.membership = liveness && new Membership(workers.count, this.seats, liveness, this.failover);
    this.asks = world.grows === true || mayAsk(tasks.profiles) ? new Asks(this, settings.deadlock ?? "detect") : undefined;
    this.cancellation = new Cancellation(this, settings.cancel === "confirmed");
    this.allocations = new Allocations(this, this.#placer, decisionTime.perPass > 0 || decisionTime.perTask > 0);
    this.beliefs = new SchedulerBeliefs(this, world.dimensions, this.#levels);
    this.#list = new ListLoop(this);
    const pool = new Workers(this);
    const uniform = (task: number, index: number) => this.#draws.policy(task, index);
    const context = new Context(policy, settings, tasks, pool, uniform, () => this.#lengthAtPass);
    this.policy = new PolicyAtWork(this.promises, seed, this.order, () => policy.create(context));
    this.ranking = new Ranking(this, settings.rerank);
    this.#pass = this.policy.schedules ? new Pass(this, pool) : undefined;
  }

  get now(): Time {
    return this.order.now;
  }
  set now(time: Time) {
    this.order.now = time;
  }

  /** Where running attempts stand in the books: by task, and behind them their copies. */
  get seats(): number {
    return this.#settings.speculation === undefined ? this.tasks.count : 2 * this.tasks.count;
  }

  /** Whether a decision takes effect only when it is committed: it is on its way there then. */
  defers(kind: CommandKind, task: number, worker: number, attempt: number, reason: Reason, value = 0): boolean {
    if (this.log === undefined) return false;
    this.log.propose(kind, task, worker, attempt, reason, value);
    return true;
  }

  // What happens to tasks.

  /** Takes in tasks that were added to the input. */
  grow(): void {
    const { count } = this.tasks;
    this.requests.grow(count);
    this.ledger.grow();
    this.order.grow(count);
    this.queue.grow(count);
    this.bound?.grow(count);
    this.membership?.grow(count);
    this.preemption?.progress.grow(count);
    this.#levels.grow();
  }

  submit(task: number): void {
    this.#levels.submit(task); // before it can become ready and be ranked
    this.ledger.submit(task, this.now);
  }

  /** The attempt in a seat ended by itself; `reason` is `none` when it completed. */
  attemptEnded(seat: number, reason: Reason): void {
    if (this.speculation?.attemptEnded(seat, reason) === true) return;
    const task = this.taskOf(seat);
    if (this.cancellation.attemptEnded(task, reason)) return;
    if (reason === Reason.none) this.speculation?.completes(task);
    this.allocations.release(task);
    if (reason === Reason.none) {
      this.ledger.complete(task, this.now);
      this.data?.completed(task, this.ledger.worker(task));
      return;
    }
    if (this.ledger.mayRunAgain(task)) this.requests.sendElsewhere(task, this.ledger.worker(task));
    else this.requests.admit(task);
    this.ledger.fail(task, this.now, reason);
  }

  lacksInput(task: number): boolean {
    return this.data?.failsWithout(task) === true;
  }

  readersOf(task: number): Iterable<number> {
    return this.data?.lost?.readersOf(task) ?? [];
  }

  /** A failed task waits. */
  backsOff(task: number): void {
    const over = this.log === undefined ? this.now + this.#backoffOf(task) : Math.max(this.now, this.failedUntil);
    this.orders.retryAt(over, task, this.ledger.attempts(task));
  }

  /** As long as its failures say, more or less by chance. */
  #backoffOf(task: number): Duration {
    const backoff = this.#settings.retry.backoff as Backoff;
    const u = backoff.jitter > 0 ? this.#draws.backoff(task) : 0.5;
    return jittered(backoffAfter(backoff, this.ledger.executions(task)), backoff.jitter, u);
  }

  /** When a task that fails now is to run again. */
  retryTime(task: number): Time {
    return this.#settings.retry.backoff === undefined ? this.now : this.now + this.#backoffOf(task);
  }

  /** The wait of a failed task is over. */
  retry(task: number): void {
    if (!this.defers(CommandKind.retry, task, -1, this.ledger.attempts(task), Reason.none)) this.ledger.retry(task, this.now);
  }

  /** The ledger says so. */
  becameReady(task: number): void {
    this.ranking.add(task);
    if (this.preemption !== undefined || (this.promises.order !== "plan" && this.promises.blocking)) {
      this.queue.insert(task);
      return;
    }
    this.#arrivals.add(task);
  }

  /** A task waits no more, wherever it did. */
  unqueue(task: number): void {
    if (this.queue.has(task)) this.queue.remove(task);
    else if (this.ledger.status(task) === Status.ready && this.dispatch?.forget(task) !== true) this.#arrivals.cancel();
  }

  // What workers tell.

  /** Where a running attempt stands in the books: in the seat of its task, or in that of a copy; −1 where it is none that counts. */
  seatOf(task: number, attempt: number): number {
    if (this.#holds(task, attempt)) return task;
    const copy = this.speculation?.copyOf(task) ?? -1;
    return copy >= 0 && this.#holds(copy, attempt) ? copy : -1;
  }

  #holds(seat: number, attempt: number): boolean {
    return isHeld(this.ledger.status(seat)) && this.ledger.attempts(seat) === attempt;
  }

  taskOf(seat: number): number {
    return this.speculation?.taskOf(seat) ?? seat;
  }

  /**
   * A worker reports the end of an attempt. It counts if the scheduler has not given the attempt up; a completion also if it has, but
   * not started the task again since. Says whether it counts.
   */
  attemptReported(task: number, worker: number, attempt: number, reason: Reason): boolean {
    const counts = this.#takesEnd(task, worker, attempt, reason);
    if (!counts) {
      this.recorder.entry(this.now, EntryKind.refused, task, worker, attempt, reason);
      if (this.unsafe === "double-release") this.allocations.giveBack(task, worker);
    }
    this.membership?.settle(worker);
    return counts;
  }

  #takesEnd(task: number, worker: number, attempt: number, reason: Reason): boolean {
    const status = this.ledger.status(task);
    const seat = this.seatOf(task, attempt);
    if (seat >= 0) {
      this.attemptEnded(seat, reason);
    } else if (
      reason === Reason.none &&
      this.ledger.attempts(task) === attempt &&
      (status === Status.ready || status === Status.starting || status === Status.blocked)
    ) {
      this.takeOut(task);
      this.ledger.accept(task, worker, this.now);
      this.data?.completed(task, worker);
    } else if (this.#isBelieved(task, reason)) {
      this.unqueue(task);
      this.attemptEnded(task, reason);
    } else return false;
    return true;
  }

  /** A task that has not ended is to do so: it gives back what it holds, and waits nowhere. */
  takeOut(task: number): void {
    const status = this.ledger.status(task);
    if (isHeld(status) || status === Status.starting) this.allocations.release(task);
    this.preemption?.unclaim(task);
    this.ranking.forget(task);
    this.unqueue(task);
  }

  /** Whether the end of an attempt counts that is not the task's newest, or was given up. */
  #isBelieved(task: number, reason: Reason): boolean {
    if (this.ledger.status(task) === Status.cancelled) return this.unsafe === "cancel-not-fenced";
    return this.unsafe === "no-fencing" && reason === Reason.none;
  }

  /** A worker has stopped an attempt by its own clock, for its lease is over. */
  leaseOver(task: number, worker: number, attempt: number): void {
    const seat = this.seatOf(task, attempt);
    if (seat >= 0) this.failover.giveUp(seat, Reason.lease);
    else this.recorder.entry(this.now, EntryKind.stopped, task, worker, attempt, Reason.lease);
  }

  /** What workers take has changed: the next pass looks at it. */
  workersChanged(): void {
    this.#workersChanged = true;
  }

  /** Workers take more: tasks that none could hold are to be bound. */
  tryStranded(): void {
    this.#arrivals.addAll(this.dispatch?.takeStranded() ?? []);
  }

  /** All files are there that an attempt reads. */
  gathered(task: number, worker: number, attempt: number): void {
    const seat = this.seatOf(task, attempt);
    if (seat < 0 || this.data?.lost?.gathered(seat, attempt) !== true) return;
    this.recorder.entry(this.now, EntryKind.gathered, task, worker, attempt, Reason.none);
  }

  /** A running attempt has asked, up to the ask of that number of its task, where so many were met; of one that was given up nobody knows any more. Says whether that is new. */
  asked(task: number, worker: number, attempt: number, number: number, met: number): boolean {
    const seat = this.seatOf(task, attempt);
    return seat >= 0 && this.ledger.worker(seat) === worker && this.asks?.asked(seat, number, met) === true;
  }

  // What clients ask for.

  /** Withdraws a task that has not ended: now, or when its worker has confirmed that. */
  cancel(task: number): void {
    if (!this.defers(CommandKind.cancel, task, -1, 0, Reason.client)) this.cancellation.request(task);
  }

  /** Has a task that holds a worker go back to the queue; what does not is left as it stands. Says whether it did. */
  sendBack(task: number): boolean {
    const status = this.ledger.status(task);
    if (this.failover.awaitsStop(task)) return false;
    if (status === Status.starting) this.allocations.undecide(task, Reason.client);
    else if (isHeld(status)) {
      if (this.speculation?.isPaired(task) === true) this.speculation.withdraw(this.speculation.copyOf(task), Reason.client);
      this.failover.takeBack(task, Reason.client);
    } else return false;
    return true;
  }

  /** Gives a task another priority or weight: action number `action` of the world. */
  change(task: number, action: number, change: TaskChange): void {
    if (!this.defers(CommandKind.change, task, -1, 0, Reason.client, action)) this.changed(task, action, change);
  }

  /** It has another from now on. */
  changed(task: number, action: number, change: TaskChange): void {
    this.beliefs.change(task, change);
    this.recorder.entry(this.now, EntryKind.changed, task, -1, action, Reason.client);
    this.ranking.changed(task);
  }

  /** Tells a client where a task stands. */
  answer(task: number): void {
    this.recorder.entry(this.now, EntryKind.answered, task, -1, this.ledger.status(task), Reason.none);
  }

  // The pass.

  get #waiting(): number {
    return this.queue.length + this.#arrivals.count + (this.dispatch?.waiting ?? 0);
  }

  /** Whether a pass may start what the one before did not, though nothing has happened: another task may be the head by then. */
  get mayChangeItsMind(): boolean {
    const { order, blocking } = this.promises;
    return blocking && (order === "line" || order === "dynamic") && this.#waiting > 0;
  }

  /** One look at the queue. Returns how long it took in virtual time. */
  pass(now: Time): Time {
    this.now = now;
    if (this.#workersChanged) this.requests.reconsider((task) => this.dispatch?.has(task) ?? false);
    this.#workersChanged = false;
    if (this.data?.delays === true) this.#endDelays(this.data);
    this.asks?.settle();
    const { perPass, perTask } = this.#settings.decisionTime;
    const waiting = this.#waiting;
    this.#lengthAtPass = waiting;
    if (!this.ranking.refresh(now)) {
      this.tooManyToRank = true;
      return 0;
    }
    if (this.#pass !== undefined) {
      this.#runPolicy(this.#pass);
    } else if (this.preemption !== undefined) {
      this.preemption.run(this.promises.blocking);
    } else if (this.promises.blocking) {
      this.#list.runBlocking();
    } else {
      this.#list.runOvertaking(this.#arrivalsToTry());
    }
    this.#placeCopies();
    this.room.settle();
    return waiting === 0 ? 0 : perPass + perTask * waiting;
  }

  /** Tasks that waited for room where their files are may go anywhere: they are tried as if they came just now. */
  #endDelays(data: DataLocations): void {
    for (const task of data.released()) {
      if (!this.queue.has(task)) continue;
      this.#list.reset();
      if (this.preemption !== undefined || (this.promises.order !== "plan" && this.promises.blocking)) continue;
      this.queue.remove(task);
      this.#arrivals.add(task);
    }
  }

  /** Copies come after all that is ready; where nothing overtakes what waits, or a policy's own pass may keep room for it, only if nothing does. */
  #placeCopies(): void {
    if (this.speculation === undefined) return;
    const yields = this.promises.blocking || this.promises.order === "plan";
    if (!yields || this.#waiting === 0) this.speculation.place();
  }

  #takeArrivals(): Int32Array {
    return this.#arrivals.take(this.order, this.ledger);
  }

  /** The arrivals in order of rank; where they are many, all are queued at once and every worker is looked at instead. */
  #arrivalsToTry(): Int32Array {
    const arrivals = this.#takeArrivals();
    if (arrivals.length <= Math.max(MOST_TRIED_SINGLY, this.queue.length / 4)) {
      this.order.sort(arrivals);
      return arrivals;
    }
    this.queue.insertAll(arrivals);
    this.room.gainAll();
    return NONE;
  }

  #runPolicy(pass: Pass): void {
    const { dispatch } = this;
    const mayLack = this.room.closed > 0 || this.workers.range !== undefined;
    const ready = this.#takeArrivals();
    const arrivals = dispatch !== undefined && mayLack ? dispatch.withCandidates(ready) : ready;
    if (dispatch === undefined) for (const task of arrivals) this.queue.insert(task);
    const listRan = this.#listRan;
    this.#listRan = false;
    pass.open(arrivals, listRan);
    this.policy.schedule(pass);
    pass.close();
    if (dispatch === undefined) return;
    const unbound = dispatch.unbound(arrivals);
    if (unbound >= 0) this.policy.illegal(`did not assign task ${this.taskName(unbound)} to a worker`);
    dispatch.startHeads();
  }

  /**
   * List scheduling, for a policy's own pass that calls for it: with the arrivals and what was gained, if that is all that can
   * have changed since the list loop ran last; else with everything queued, on all workers.
   */
  runList(arrivals: Int32Array | undefined): void {
    this.#listRan = true;
    if (arrivals === undefined) {
      this.#list.reset();
      this.room.gainAll();
    }
    if (this.promises.blocking) {
      this.#list.runBlocking();
      return;
    }
    const queued = (arrivals ?? NONE).filter((task) => this.queue.has(task));
    for (const task of queued) this.queue.remove(task);
    this.order.sort(queued);
    this.#list.runOvertaking(queued);
  }

  load(task: number): void {
    this.requests.load(task);
  }
  needOf(task: number, dimension: number): number {
    return this.requests.needOf(task, dimension);
  }
  isEligible(set: number, worker: number): boolean {
    return this.requests.isEligible(set, worker);
  }
  get excludesAny(): boolean {
    return this.requests.excludesAny;
  }
  excludedOf(task: number): number {
    return this.requests.excludedOf(task);
  }

  choose(placement = this.#placement): number {
    this.room.except = Math.max(this.room.except, this.avoidedNow());
    const worker = this.#placer.choose(placement);
    if (this.requests.avoided >= 0) this.room.except = -1;
    return worker;
  }

  /** The worker that the loaded task avoids because another has room now, or −1. */
  avoidedNow(): number {
    const { avoided } = this.requests;
    if (avoided < 0) return -1;
    this.room.except = avoided;
    const other = this.room.first();
    this.room.except = -1;
    return other < 0 ? -1 : avoided;
  }

  /** The worker that a waiting task can go to now, or −1; its request is loaded. A suspended one goes on where it is. */
  roomFor(task: number): number {
    this.load(task);
    const on = this.requests.suspendedOn(task);
    if (on < 0) return this.choose();
    return (this.membership?.drains(on) === true && !this.recalls.isShrinking(on) ? this.room.fitsClosed(on) : this.room.fits(on))
      ? on
      : -1;
  }

  begin(task: number, worker: number): void {
    this.allocations.begin(task, worker);
  }

  /** The grace of an attempt that was chosen is over, if it still runs. */
  graceOver(task: number, attempt: number): void {
    if (this.ledger.status(task) === Status.running && this.ledger.attempts(task) === attempt) this.preemption?.graceOver(task);
  }

  taskName(task: number): string {
    return `"${nameAt(this.tasks.names, task)}"`;
  }
}
