// The control plane: what is ready, what is free, and one place where each decision is validated, applied and recorded.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import { at, type Column, nameAt } from "../model/columns.ts";
import { CPU } from "../model/resources.ts";
import type { Recorder } from "../model/recorder.ts";
import { type Backoff, backoffAfter, formatPolicySpec, jittered, type Placement, type SchedulerSettings } from "../model/settings.ts";
import { EntryKind, type PolicyPromises, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { BelievedWorld, TaskBeliefs, TaskChange, World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { Arrivals } from "./arrivals.ts";
import { BottomLevels } from "./bottom-levels.ts";
import { Ledger, Status } from "./ledger.ts";
import { type ListHost, ListLoop } from "./list-loop.ts";
import { Membership, type MembershipHost } from "./membership.ts";
import { Placer } from "./placement.ts";
import { PolicyAtWork } from "./policy-at-work.ts";
import { Preemption, type PreemptionHost } from "./preemption.ts";
import { Context } from "./policy-context.ts";
import { RankOrder } from "./rank-order.ts";
import { Ranking } from "./ranking.ts";
import { ReadyTasks } from "./ready-queue.ts";
import type { RoomIndex } from "./room-index.ts";
import { Pass, Workers } from "./scheduling-pass.ts";
import { fitTogether, isTooLarge, type ShrinkHost, shrinkVictims } from "./shrink-victims.ts";
import { TaskRequests } from "./task-requests.ts";
import { type Beliefs, estimateOn } from "./views.ts";
import { WorkerQueues } from "./worker-queues.ts";

/** Most arrivals that a list pass tries one by one. */
const MOST_TRIED_SINGLY = 64;

const NONE = new Int32Array(0);

/** What the scheduler orders; the simulation carries it out. */
export interface SchedulerOrders {
  /** Begin an attempt now. `execution` counts only attempts that ended by themselves, and this one. */
  start(task: number, worker: number, attempt: number, execution: number): void;
  /** Call `retry` at that time, if the task still waits after that many attempts. */
  retryAt(time: Time, task: number, attempts: number): void;
  /** Call `pass` at that time even if nothing happens. */
  wakeAt(time: Time): void;
  /** Have a worker stop an attempt; says whether it answers at once that the attempt does not run there. */
  stop(task: number, worker: number, attempt: number): boolean;
  /** Send the start of a running attempt once more: it has not reached its worker, or not by its heartbeat of late. */
  startAgain(task: number, worker: number, attempt: number, execution: number): void;
  /** Have the worker suspend an attempt. */
  suspend(task: number, attempt: number): void;
  /** Have it go on with an attempt that it suspended. */
  proceed(task: number, attempt: number): void;
  /** Call `graceOver` at that time. */
  graceAt(time: Time, task: number, attempt: number): void;
  /** Call `membership.silenceTooLong`, `membership.leasesEnd` or `membership.handBack` at that time. */
  timerAt(time: Time, timer: "suspicion" | "lease" | "drain", worker: number): void;
  /** A worker is gone for good. */
  retire(worker: number): void;
}

export interface SchedulerOptions {
  /** Everything but what only the cluster may know of its tasks. */
  world: BelievedWorld;
  settings: SchedulerSettings;
  policy: PolicyDefinition;
  /** Seed of the policy's own draws. */
  seed: string;
  recorder: Recorder;
  orders: SchedulerOrders;
}

/** What the settings make of a policy's promises. */
export function promisesOf(policy: PolicyDefinition, settings: SchedulerSettings): PolicyPromises {
  const blocking = settings.policy.blocking ?? policy.blocking ?? false;
  return {
    text: formatPolicySpec(settings.policy),
    order: policy.order,
    blocking,
    workConserving: policy.workConserving && !blocking && policy.dispatching !== true,
    dispatching: policy.dispatching ?? false,
    preempts: policy.preempts === true && settings.preemption !== undefined,
    ...(policy.quantum !== undefined && { quantum: policy.quantum }),
    scaleFree: policy.scaleFree,
  };
}

export class Scheduler implements ListHost, Beliefs, MembershipHost, PreemptionHost, ShrinkHost {
  readonly tasks: TaskBeliefs;
  readonly workers: World["workers"];
  readonly dimensions: readonly string[];
  readonly ledger: Ledger;
  readonly promises: PolicyPromises;
  readonly policy: PolicyAtWork;
  readonly queue: ReadyTasks;
  readonly order: RankOrder;
  readonly room: RoomIndex;
  readonly placementRemembers: boolean;
  readonly bound: WorkerQueues | undefined;
  /** Undefined where workers cannot fail. */
  readonly membership: Membership | undefined;
  /** Undefined where nothing is preempted. */
  readonly preemption: Preemption | undefined;
  /** Set when a dynamic policy has more tasks queued than it may rank in a pass. */
  tooManyToRank = false;
  /** Starts decided in a pass that takes virtual time; they begin when it is over. */
  readonly decided: number[] = [];
  readonly #options: SchedulerOptions;
  readonly #ranking: Ranking;
  readonly #list: ListLoop;
  readonly #levels: BottomLevels;
  readonly #placement: Placement;
  readonly #placer: Placer;
  readonly #pass: Pass | undefined;
  readonly #takesTime: boolean;
  readonly #requests: TaskRequests;
  readonly #placementKey: StreamKey;
  readonly #policyKey: StreamKey;
  readonly #backoffKey: StreamKey;
  readonly #hash = new Int32Array(2);
  readonly #running: Int32Array;
  readonly #arrivals = new Arrivals();
  /** Whether workers were closed or opened since the last pass. */
  #workersChanged = false;
  /** Tasks to be bound to a worker when one is back that could hold them. */
  readonly #stranded: number[] = [];
  /** Tasks whose clients have cancelled them and wait until their workers confirm that; each holds its worker. */
  readonly #cancelling = new Set<number>();
  /** Fields of tasks that clients have changed. */
  readonly #changes = { priority: new Map<number, number>(), weight: new Map<number, number>() };
  /** Tasks that were ready at the beginning of the last pass. */
  #lengthAtPass = 0;
  /** Whether the list loop ran in the last pass: then nothing that is queued since fits anywhere but on what was gained. */
  #listRan = true;

  constructor(options: SchedulerOptions) {
    const { world, settings, policy, seed, recorder } = options;
    this.#options = options;
    this.tasks = world.tasks;
    this.workers = world.workers;
    this.dimensions = world.dimensions;
    this.promises = promisesOf(policy, settings);
    this.#requests = new TaskRequests(world, settings.retry.elsewhere);
    this.room = this.#requests.room;
    this.#running = new Int32Array(world.workers.count);
    this.#takesTime = settings.decisionTime.perPass > 0 || settings.decisionTime.perTask > 0;
    this.#placementKey = streamKey(seed, "placement");
    this.#policyKey = streamKey(seed, "policy");
    this.#backoffKey = streamKey(seed, "backoff");
    this.ledger = new Ledger(world.tasks, recorder, settings, this);
    this.order = new RankOrder(world.tasks.release, world.tasks.count, policy.order === "line", this.ledger);
    this.#levels = new BottomLevels(world.tasks, settings.pass === "event", this.ledger, (task) => this.#ranking.again(task));
    this.#placement = settings.policy.placement ?? settings.placement;
    this.#placer = new Placer(this.room, () => this.#draw(this.#placementKey, this.#requests.loaded, 0));
    this.placementRemembers = this.#placement === "round-robin";
    const { preemption } = settings;
    const { preempts, quantum, blocking } = this.promises;
    this.preemption = preempts && preemption ? new Preemption(this, preemption, quantum, world.workers.count) : undefined;
    this.preemption?.progress.grow(world.tasks.count);
    const indexed = policy.order === "plan" ? policy.dispatching !== true : !blocking && !preempts;
    this.queue = new ReadyTasks(this.#requests, world.tasks.count, this.order, indexed);
    this.bound = policy.dispatching === true ? new WorkerQueues(world.workers.count, world.tasks.count) : undefined;
    const { liveness } = settings;
    this.membership = liveness && new Membership(world.workers.count, world.tasks.count, liveness, this);
    this.#list = new ListLoop(this);
    const pool = new Workers(this);
    const uniform = (task: number, index: number) => this.#draw(this.#policyKey, task, index);
    const context = new Context(policy, settings, world.tasks, pool, uniform, () => this.#lengthAtPass);
    this.policy = new PolicyAtWork(this.promises, seed, this.order, () => policy.create(context));
    this.#ranking = new Ranking(this, settings.rerank);
    this.#pass = this.policy.schedules ? new Pass(this, pool) : undefined;
  }

  #draw(key: StreamKey, task: number, index: number): number {
    hashTextInto(nameAt(this.tasks.names, task), this.#hash, 0);
    return draw(key, this.#hash[0] as number, this.#hash[1] as number, this.ledger.executions(task), index);
  }

  get now(): Time {
    return this.order.now;
  }
  set now(time: Time) {
    this.order.now = time;
  }

  // What happens to tasks.

  /** Takes in tasks that were added to the input. */
  grow(): void {
    const { count } = this.tasks;
    this.#requests.grow(count);
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

  /** An attempt ended by itself; `reason` is `none` when it completed. */
  attemptEnded(task: number, reason: Reason): void {
    if (this.#cancelling.size > 0 && this.#cancelling.delete(task) && reason !== Reason.none) return this.#endCancelled(task);
    this.#release(task);
    if (reason === Reason.none) {
      this.ledger.complete(task, this.now);
      return;
    }
    if (this.ledger.mayRunAgain(task)) this.#requests.sendElsewhere(task, this.ledger.worker(task));
    else this.#requests.admit(task);
    this.ledger.fail(task, this.now, reason);
  }

  /** A failed task waits: as long as its failures say, more or less by chance. */
  backsOff(task: number): void {
    const backoff = this.#options.settings.retry.backoff as Backoff;
    const u = backoff.jitter > 0 ? this.#draw(this.#backoffKey, task, 0) : 0.5;
    const wait = jittered(backoffAfter(backoff, this.ledger.executions(task)), backoff.jitter, u);
    this.#options.orders.retryAt(this.now + wait, task, this.ledger.attempts(task));
  }

  /** The wait of a failed task is over. */
  retry(task: number): void {
    this.ledger.retry(task, this.now);
  }

  /** A worker reports the end of an attempt. It counts if the scheduler has not given the attempt up. */
  attemptReported(task: number, worker: number, attempt: number, reason: Reason): void {
    if (this.isCurrent(task, attempt)) this.attemptEnded(task, reason);
    else this.#options.recorder.entry(this.now, EntryKind.refused, task, worker, attempt, reason);
    this.membership?.settle(worker);
  }

  /** A worker has stopped an attempt by its own clock, for its lease is over. */
  leaseOver(task: number, worker: number, attempt: number): void {
    if (this.isCurrent(task, attempt)) this.giveUp(task, Reason.lease);
    else this.#options.recorder.entry(this.now, EntryKind.stopped, task, worker, attempt, Reason.lease);
  }

  // What the membership needs.

  isCurrent(task: number, attempt: number): boolean {
    return isHeld(this.ledger.status(task)) && this.ledger.attempts(task) === attempt;
  }

  record(kind: EntryKind, worker: number, number: number): void {
    this.#options.recorder.entry(this.now, kind, -1, worker, number, Reason.none);
  }

  timerAt(time: Time, timer: "suspicion" | "lease" | "drain", worker: number): void {
    this.#options.orders.timerAt(time, timer, worker);
  }

  retire(worker: number): void {
    this.#options.orders.retire(worker);
  }

  /** A worker failed with a running attempt: the task goes back to the queue, and elsewhere if it can. */
  giveUp(task: number, reason: Reason): void {
    if (this.#cancelling.size > 0 && this.#cancelling.has(task)) {
      if (reason !== Reason.suspicion) this.stopConfirmed(task); // a worker that is suspected may still run it
      return;
    }
    this.#release(task);
    const worker = this.ledger.worker(task);
    this.#requests.sendElsewhere(task, worker);
    this.ledger.giveUp(task, this.now, reason);
    if (this.ledger.status(task) !== Status.ready) this.#requests.admit(task);
    this.membership?.settle(worker);
  }

  /** Its worker is told to stop a running attempt, and the task goes back to the queue: anywhere else, if the worker takes nothing more. */
  takeBack(task: number, reason: Reason): void {
    if (this.#cancelling.has(task)) return this.stopConfirmed(task);
    const worker = this.ledger.worker(task);
    this.#options.orders.stop(task, worker, this.ledger.attempts(task));
    this.#release(task);
    this.#requests.admit(task);
    this.ledger.giveUp(task, this.now, reason);
    this.membership?.settle(worker);
  }

  stop(task: number, worker: number, attempt: number): void {
    if (!this.#options.orders.stop(task, worker, attempt)) return;
    this.#options.recorder.entry(this.now, EntryKind.stopped, task, worker, attempt, Reason.none);
  }

  startAgain(task: number): void {
    const { ledger } = this;
    this.#options.orders.startAgain(task, ledger.worker(task), ledger.attempts(task), ledger.executions(task));
  }

  close(worker: number, reason: Reason): void {
    this.room.close(worker);
    this.#workersChanged = true;
    for (const task of this.#startingOn(worker)) this.#undecide(task, reason);
    for (const task of this.bound?.unbindAll(worker) ?? []) this.becameReady(task);
  }

  open(worker: number): void {
    this.room.open(worker);
    this.#workersChanged = true;
    this.#arrivals.addAll(this.#stranded);
    this.#stranded.length = 0;
  }

  /**
   * A worker tells what it will have, per dimension, and what runs there: it stops what was given up before, and what does not fit (whatever
   * was not begun yet, then by rank), and only then changes.
   */
  resize(worker: number, capacity: readonly number[], present: readonly { task: number; attempt: number }[]): void {
    const after = this.#requests.inRoom(capacity);
    this.preemption?.unclaimOn(worker);
    if (after.some((whole, d) => whole < (this.room.capacity[d]?.[worker] as number))) this.#shrink(worker, after, present);
    const held = [...(this.membership?.tasksOn(worker) ?? []), ...this.#startingOn(worker)];
    const taken = after.map((_, d) => held.reduce((sum, task) => sum + this.holds(task, d), 0));
    this.room.resize(worker, after, taken);
    this.#workersChanged = true;
    this.bound?.touch(worker);
    for (const task of this.bound?.tasksIn(worker) ?? []) {
      if (!isTooLarge(task, after, this)) continue;
      this.bound?.remove(task);
      this.becameReady(task);
    }
    this.#arrivals.addAll(this.#stranded);
    this.#stranded.length = 0;
  }

  #shrink(worker: number, after: readonly number[], present: readonly { task: number; attempt: number }[]): void {
    for (const { task, attempt } of present) if (!this.isCurrent(task, attempt)) this.stop(task, worker, attempt);
    const held = this.membership?.tasksOn(worker) ?? [];
    const starting = this.#startingOn(worker);
    const fits = fitTogether([...held, ...starting], after, this) && !starting.some((task) => isTooLarge(task, after, this));
    if (!fits) for (const task of starting) this.#undecide(task, Reason.shrink);
    for (const task of held) {
      if (this.ledger.status(task) === Status.suspended) this.#ranking.changed(task);
      else this.#ranking.now(task);
    }
    for (const task of shrinkVictims(held, after, this)) this.takeBack(task, Reason.shrink);
  }

  /** Whether any worker has less now than it may have. */
  get anyShrunk(): boolean {
    const { range, count } = this.workers;
    if (range === undefined) return false;
    for (let worker = 0; worker < count; worker++) {
      const most = this.#requests.inRoom(range.most.map((column) => column[worker] as number));
      if (most.some((whole, d) => (this.room.capacity[d]?.[worker] as number) < whole)) return true;
    }
    return false;
  }

  /** Tasks whose starts on a worker are decided, and have not begun. */
  #startingOn(worker: number): number[] {
    const starting: number[] = [];
    for (let i = 0; i < this.decided.length; i += 2) {
      const task = this.decided[i] as number;
      if (this.decided[i + 1] === worker && this.ledger.status(task) === Status.starting) starting.push(task);
    }
    return starting;
  }

  holds(task: number, dimension: number): number {
    return this.#requests.holds(task, dimension);
  }

  compareRanks(a: number, b: number): number {
    return this.order.compareRanks(a, b);
  }

  /** Whether the client has cancelled the task, and waits until its worker confirms that. */
  isCancelling(task: number): boolean {
    return this.#cancelling.has(task);
  }

  /** The client withdraws a task that has not ended: now, or when its worker has confirmed that. */
  cancel(task: number): void {
    const held = isHeld(this.ledger.status(task));
    const [worker, attempt] = [held ? this.ledger.worker(task) : -1, this.ledger.attempts(task)];
    const confirms = this.#options.settings.cancel === "confirmed";
    if (confirms) this.#options.recorder.entry(this.now, EntryKind.cancelRequested, task, worker, attempt, Reason.client);
    const stopped = !held || this.#options.orders.stop(task, worker, attempt);
    if (stopped || !confirms) this.#endCancelled(task);
    else this.#awaitStop(task, worker);
  }

  /** The attempt holds what it has until its worker answers: nobody counts on that, and it goes on nowhere. */
  #awaitStop(task: number, worker: number): void {
    this.#cancelling.add(task);
    this.preemption?.unclaim(task);
    this.preemption?.stops(task, worker);
    this.#ranking.forget(task);
    if (this.queue.has(task)) this.queue.remove(task);
  }

  /** The worker has answered, or can run the attempt no more. */
  stopConfirmed(task: number): void {
    this.#cancelling.delete(task);
    this.#endCancelled(task);
  }

  #endCancelled(task: number): void {
    const status = this.ledger.status(task);
    if (isHeld(status) || status === Status.starting) this.#release(task);
    this.preemption?.unclaim(task);
    this.#ranking.forget(task);
    if (this.queue.has(task)) this.queue.remove(task);
    else if (this.bound?.has(task) === true) this.bound.remove(task);
    else if (status === Status.ready && !this.#forgetStranded(task)) this.#arrivals.cancel();
    this.ledger.cancel(task, this.now);
    if (isHeld(status)) this.membership?.settle(this.ledger.worker(task));
  }

  /** The client has a task that holds a worker go back to the queue; what does not is left as it stands. Says whether it did. */
  sendBack(task: number): boolean {
    const status = this.ledger.status(task);
    if ((!isHeld(status) && status !== Status.starting) || this.#cancelling.has(task)) return false;
    if (status === Status.starting) {
      this.#undecide(task, Reason.client);
      return true;
    }
    this.takeBack(task, Reason.client);
    return true;
  }

  /** A client gives a task another priority or weight: action number `action` of the world. */
  change(task: number, action: number, { priority, weight }: TaskChange): void {
    if (priority !== undefined) this.#changes.priority.set(task, priority);
    if (weight !== undefined) this.#changes.weight.set(task, weight);
    this.#options.recorder.entry(this.now, EntryKind.changed, task, -1, action, Reason.client);
    this.#ranking.changed(task);
  }

  #release(task: number): void {
    const worker = this.ledger.worker(task);
    const status = this.ledger.status(task);
    if (isHeld(status)) this.membership?.ended(task, worker);
    if (status === Status.suspended) this.#endSuspension(task, worker);
    else this.#giveBack(task, worker);
    this.preemption?.ends(task, worker);
    this.bound?.ended(task, worker);
  }

  #endSuspension(task: number, worker: number): void {
    this.preemption?.unclaim(task);
    if (this.queue.has(task)) this.queue.remove(task);
    this.#requests.endSuspension(task);
    this.room.take(worker, -1);
  }

  #giveBack(task: number, worker: number): void {
    this.load(task);
    this.room.take(worker, -1);
    this.#running[worker]--;
  }

  /** The ledger says so. */
  becameReady(task: number): void {
    this.#ranking.add(task);
    if (this.preemption !== undefined || (this.promises.order !== "plan" && this.promises.blocking)) {
      this.queue.insert(task);
      return;
    }
    this.#arrivals.add(task);
  }

  // The pass.

  get #waiting(): number {
    return this.queue.length + this.#arrivals.count + this.#stranded.length + (this.bound?.waiting ?? 0);
  }

  /** Whether a pass may start what the one before did not, though nothing has happened: another task may be the head by then. */
  get mayChangeItsMind(): boolean {
    const { order, blocking } = this.promises;
    return blocking && (order === "line" || order === "dynamic") && this.#waiting > 0;
  }

  /** One look at the queue. Returns how long it took in virtual time. */
  pass(now: Time): Time {
    this.now = now;
    if (this.#workersChanged) this.#requests.reconsider((task) => this.bound?.has(task) ?? false);
    this.#workersChanged = false;
    const { perPass, perTask } = this.#options.settings.decisionTime;
    const waiting = this.#waiting;
    this.#lengthAtPass = waiting;
    if (!this.#ranking.refresh(now)) {
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
    this.room.settle();
    return waiting === 0 ? 0 : perPass + perTask * waiting;
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
    const mayLack = this.room.closed > 0 || this.workers.range !== undefined;
    const arrivals = this.bound !== undefined && mayLack ? this.#withCandidates(this.#takeArrivals()) : this.#takeArrivals();
    if (this.bound === undefined) for (const task of arrivals) this.queue.insert(task);
    const listRan = this.#listRan;
    this.#listRan = false;
    pass.open(arrivals, listRan);
    this.policy.schedule(pass);
    pass.close();
    if (this.bound === undefined) return;
    for (const task of arrivals) {
      if (this.ledger.status(task) === Status.ready && !this.bound.has(task))
        this.policy.illegal(`did not assign task ${this.taskName(task)} to a worker`);
    }
    this.#runBound(this.bound);
  }

  #forgetStranded(task: number): boolean {
    const place = this.#stranded.indexOf(task);
    if (place >= 0) this.#stranded.splice(place, 1);
    return place >= 0;
  }

  /** Tasks that some worker could hold; the others wait until a worker is back. */
  #withCandidates(arrivals: Int32Array): Int32Array {
    return arrivals.filter((task) => {
      this.load(task);
      if (this.#anyCouldHold()) return true;
      this.#stranded.push(task);
      return false;
    });
  }

  /** Starts the heads of the workers' own queues while they fit. */
  #runBound(bound: WorkerQueues): void {
    for (const worker of bound.takeTouched()) {
      for (let task = bound.head(worker); task >= 0; task = bound.head(worker)) {
        this.load(task);
        if (!this.room.fits(worker)) break;
        bound.remove(task);
        this.begin(task, worker);
      }
    }
    bound.takeTouched();
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
    this.#requests.load(task);
  }
  needOf(task: number, dimension: number): number {
    return this.#requests.needOf(task, dimension);
  }
  isEligible(set: number, worker: number): boolean {
    return this.#requests.isEligible(set, worker);
  }
  get excludesAny(): boolean {
    return this.#requests.excludesAny;
  }
  excludedOf(task: number): number {
    return this.#requests.excludedOf(task);
  }

  choose(placement = this.#placement): number {
    this.room.except = Math.max(this.room.except, this.avoidedNow());
    const worker = this.#placer.choose(placement);
    if (this.#requests.avoided >= 0) this.room.except = -1;
    return worker;
  }

  /** The worker that the loaded task avoids because another has room now, or −1. */
  avoidedNow(): number {
    const { avoided } = this.#requests;
    if (avoided < 0) return -1;
    this.room.except = avoided;
    const other = this.room.first();
    this.room.except = -1;
    return other < 0 ? -1 : avoided;
  }

  /** Takes the room and starts the loaded task, now or when the pass is over. It stands in no queue. */
  begin(task: number, worker: number): void {
    if (this.suspendedOn(task) >= 0) return this.#proceed(task, worker);
    this.room.take(worker, 1);
    this.#placer.begun(worker);
    this.#running[worker]++;
    this.#ranking.forget(task);
    if (this.#takesTime) {
      this.ledger.decide(task, worker);
      this.decided.push(task, worker);
    } else {
      this.#start(task, worker);
    }
  }

  #start(task: number, worker: number): void {
    this.bound?.started(task, worker, this.now);
    this.membership?.started(task, worker);
    this.preemption?.runs(task, worker);
    this.#requests.admit(task);
    const attempt = this.ledger.start(task, worker, this.now);
    this.#options.orders.start(task, worker, attempt, this.ledger.executions(task));
  }

  /** A suspended task goes on; the part of its request that it gave back is loaded. */
  #proceed(task: number, worker: number): void {
    this.#requests.proceed(task);
    this.room.take(worker, 1);
    this.#running[worker]++;
    this.#ranking.forget(task);
    this.preemption?.runs(task, worker);
    this.ledger.proceed(task, this.now);
    this.#options.orders.proceed(task, this.ledger.attempts(task));
  }

  // What preemption needs.

  roomFor(task: number): number {
    this.load(task);
    const on = this.suspendedOn(task);
    if (on >= 0) return (this.membership?.drains(on) === true ? this.room.fitsClosed(on) : this.room.fits(on)) ? on : -1;
    return this.choose();
  }

  loadLeast(): void {
    this.#requests.loadLeast(this.#suspends);
  }

  suspendedOn(task: number): number {
    return this.#requests.suspendedOn(task);
  }

  suspended(): number[] {
    return this.#requests.allSuspended();
  }

  frees(task: number, dimension: number): number {
    return this.#suspends ? this.#requests.givenBack(task, dimension) : this.#requests.needOf(task, dimension);
  }

  wastes(task: number, now: Time): number {
    const since = this.preemption?.progress.since(task) ?? now;
    return this.#suspends ? 0 : at(this.tasks.request[CPU] as Column, task) * (now - since);
  }

  get #suspends(): boolean {
    return this.#options.settings.preemption?.mode === "suspend";
  }

  rankNow(task: number): void {
    this.#ranking.now(task);
  }

  recordPreempted(task: number): void {
    const { ledger } = this;
    this.#options.recorder.entry(this.now, EntryKind.preempted, task, ledger.worker(task), ledger.attempts(task), Reason.none);
  }

  graceAt(time: Time, task: number): void {
    this.#options.orders.graceAt(time, task, this.ledger.attempts(task));
  }

  /** The grace of an attempt that was chosen is over, if it still runs. */
  graceOver(task: number, attempt: number): void {
    if (this.ledger.status(task) === Status.running && this.ledger.attempts(task) === attempt) this.preemption?.graceOver(task);
  }

  vacate(task: number): void {
    const worker = this.ledger.worker(task);
    const attempt = this.ledger.attempts(task);
    if (!this.#suspends) {
      this.#options.orders.stop(task, worker, attempt);
      this.#release(task);
      this.#requests.admit(task);
      this.ledger.giveUp(task, this.now, Reason.preemption);
      this.membership?.settle(worker);
      return;
    }
    this.#options.orders.suspend(task, attempt);
    this.preemption?.pauses(task, worker, this.#speedOf(task, worker));
    this.#requests.suspend(task, worker);
    this.room.take(worker, -1);
    this.#running[worker]--;
    this.ledger.suspend(task, this.now);
    this.#ranking.add(task);
    this.queue.insert(task);
  }

  /** Thousandths; times of a task's own on a worker are not divided by its speed. */
  #speedOf(task: number, worker: number): number {
    return at(this.tasks.estimateTable, task) >= 0 ? 1000 : (this.workers.speed[worker] as number);
  }

  /** A start that was decided does not take place. */
  #undecide(task: number, reason: Reason): void {
    this.#release(task);
    if (reason === Reason.client) this.#requests.admit(task);
    this.ledger.undecide(task, this.now, reason);
  }

  /** Begins what the last pass decided; what was cancelled meanwhile is dropped. */
  carryOut(now: Time): void {
    this.now = now;
    for (let i = 0; i < this.decided.length; i += 2) {
      const task = this.decided[i] as number;
      const worker = this.decided[i + 1] as number;
      if (this.ledger.status(task) === Status.starting) this.#start(task, worker);
    }
    this.decided.length = 0;
  }

  /** Binds a task to a worker's own queue; it stands in no queue yet. */
  bind(bound: WorkerQueues, task: number, worker: number): void {
    this.#options.recorder.entry(this.now, EntryKind.assigned, task, worker, this.ledger.attempts(task), Reason.none);
    const estimate = estimateOn(this.tasks, this.workers, task, worker);
    bound.bind(task, worker, Number.isNaN(estimate) ? 0 : estimate);
  }

  wakeAt(time: Time): void {
    this.#options.orders.wakeAt(time);
  }

  taskName(task: number): string {
    return `"${nameAt(this.tasks.names, task)}"`;
  }

  // What the views read.

  readyAt(task: number): Time {
    return this.ledger.readyAt[task] as number;
  }
  attempts(task: number): number {
    return this.ledger.attempts(task);
  }
  priority(task: number): number {
    return this.#changes.priority.get(task) ?? at(this.tasks.priority, task);
  }
  weight(task: number): number {
    return this.#changes.weight.get(task) ?? at(this.tasks.weight, task);
  }
  bottomLevel(task: number): number {
    return this.#levels.of(task);
  }
  remaining(task: number): number {
    const estimate = at(this.tasks.estimate, task);
    const { preemption } = this;
    if (preemption === undefined || !isHeld(this.ledger.status(task))) return estimate;
    const worker = this.ledger.worker(task);
    const done = preemption.progress.done(task, this.now, this.#speedOf(task, worker));
    if (at(this.tasks.estimateTable, task) < 0) return Math.max(0, estimate - done);
    const there = estimateOn(this.tasks, this.workers, task, worker);
    return Math.max(0, Math.round(estimate * (1 - done / Math.max(1, there))));
  }
  free(dimension: number, worker: number): number {
    return this.#requests.free(dimension, worker);
  }
  running(worker: number): number {
    return this.#running[worker] as number;
  }
  queued(worker: number): number {
    return this.bound?.queued[worker] ?? 0;
  }
  pendingWork(worker: number): number {
    return this.bound?.pendingWork(worker, this.now) ?? 0;
  }

  /** Whether a task that is ready fits a worker now: work left lying. */
  leavesWork(): boolean {
    for (let task = 0; task < this.tasks.count; task++) {
      const status = this.ledger.status(task);
      if (status === Status.suspended && !this.#cancelling.has(task) && this.roomFor(task) >= 0) return true;
      if (status !== Status.ready) continue;
      this.load(task);
      if (this.room.first() >= 0) return true;
    }
    return false;
  }

  /** A task that is ready and that no worker could hold of those that are left, or −1. */
  homeless(): number {
    for (let task = 0; task < this.tasks.count; task++) {
      if (this.ledger.status(task) !== Status.ready) continue;
      this.load(task);
      if (!this.#anyCouldHold()) return task;
    }
    return -1;
  }

  #anyCouldHold(): boolean {
    for (let worker = 0; worker < this.room.workers; worker++) if (this.room.couldHold(worker)) return true;
    return false;
  }
}

/** Whether an attempt of such a task is on a worker. */
function isHeld(status: Status): boolean {
  return status === Status.running || status === Status.suspended;
}
