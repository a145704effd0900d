// The control plane: what is ready, what is free, and one place where each decision is validated, applied and recorded.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import { at, type Column, nameAt, withRoom } from "../model/columns.ts";
import { MakespanError, PolicyError } from "../model/errors.ts";
import type { Recorder } from "../model/recorder.ts";
import { formatPolicySpec, type Placement, type SchedulerSettings } from "../model/settings.ts";
import { EntryKind, type PolicyPromises, Reason } from "../model/trace.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import type { BelievedWorld, TaskBeliefs, World } from "../model/world.ts";
import type { Policy, PolicyContext, PolicyDefinition } from "../policies/policy.ts";
import { BottomLevels } from "./bottom-levels.ts";
import { Ledger, Status } from "./ledger.ts";
import { type ListHost, ListLoop } from "./list-loop.ts";
import { type Chooser, chooserOf } from "./placement.ts";
import { RankOrder } from "./rank-order.ts";
import { Ranking } from "./ranking.ts";
import { ReadyTasks } from "./ready-queue.ts";
import { RoomIndex } from "./room-index.ts";
import { Pass, Workers } from "./scheduling-pass.ts";
import { type Beliefs, estimateOn } from "./views.ts";
import { WorkerQueues } from "./worker-queues.ts";

/** Most arrivals that a list pass tries one by one. */
const MOST_TRIED_SINGLY = 64;

const NONE = new Int32Array(0);

/** What the scheduler orders; the simulation carries it out. */
export interface SchedulerOrders {
  /** Begin an attempt now. */
  start(task: number, worker: number, attempt: number): void;
  /** Call `pass` at that time even if nothing happens. */
  wakeAt(time: Time): void;
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
    scaleFree: policy.scaleFree,
  };
}

export class Scheduler implements ListHost, Beliefs {
  readonly tasks: TaskBeliefs;
  readonly workers: World["workers"];
  readonly dimensions: readonly string[];
  readonly ledger: Ledger;
  readonly promises: PolicyPromises;
  readonly queue: ReadyTasks;
  readonly order: RankOrder;
  readonly room: RoomIndex;
  readonly placementRemembers: boolean;
  readonly bound: WorkerQueues | undefined;
  now: Time = 0;
  /** Set when a dynamic policy has more tasks queued than it may rank in a pass. */
  tooManyToRank = false;
  /** Starts decided in a pass that takes virtual time; they begin when it is over. */
  readonly decided: number[] = [];
  readonly #options: SchedulerOptions;
  readonly #policy: Policy;
  readonly #ranking: Ranking;
  readonly #list: ListLoop;
  readonly #levels: BottomLevels;
  readonly #choosers = new Map<Placement, Chooser>();
  readonly #choose: Chooser;
  readonly #pass: Pass | undefined;
  readonly #takesTime: boolean;
  readonly #sets: readonly Uint8Array[];
  /** Position in `room` of each dimension of the world; −1 where it is unlimited everywhere. */
  readonly #roomDimension: number[];
  readonly #requests: Column[] = [];
  readonly #dimensions: number;
  /** The requests again, task by task: a look-up per dimension and task would miss the cache each time. */
  #needs = new Float64Array(0);
  /** Tasks taken in so far, and their earliest release date. */
  #known = 0;
  #origin: Time = Number.POSITIVE_INFINITY;
  readonly #excluded = new Map<number, number>();
  readonly #placementKey: StreamKey;
  readonly #policyKey: StreamKey;
  readonly #hash = new Int32Array(2);
  readonly #running: Int32Array;
  #arrivals = new Int32Array(64);
  #arrivalCount = 0;
  #loaded = -1;

  constructor(options: SchedulerOptions) {
    const { world, settings, policy, seed, recorder } = options;
    this.#options = options;
    this.tasks = world.tasks;
    this.workers = world.workers;
    this.dimensions = world.dimensions;
    this.#sets = world.eligibilitySets;
    this.promises = promisesOf(policy, settings);
    const capacity: Float64Array[] = [];
    this.#roomDimension = world.workers.capacity.map((column, d) => {
      if (d > 0 && column.every((value) => value === Number.POSITIVE_INFINITY)) return -1;
      this.#requests.push(world.tasks.request[d] as Column);
      return capacity.push(column) - 1;
    });
    this.room = new RoomIndex(world.workers.count, capacity);
    this.#dimensions = capacity.length;
    this.#takeIn();
    this.#running = new Int32Array(world.workers.count);
    this.#takesTime = settings.decisionTime.perPass > 0 || settings.decisionTime.perTask > 0;
    this.#placementKey = streamKey(seed, "placement");
    this.#policyKey = streamKey(seed, "policy");
    this.ledger = new Ledger(world.tasks, recorder, settings.onDependencyFailure === "fail", (task) => this.#becameReady(task));
    this.order = new RankOrder(world.tasks.release, world.tasks.count, policy.order === "line", () => this.ledger.readyAt);
    this.#levels = new BottomLevels(
      world.tasks,
      settings.pass === "event",
      (task) => this.ledger.status(task),
      (task) => this.#ranking.again(task),
    );
    const placement = settings.policy.placement ?? settings.placement;
    this.#choose = this.chooser(placement);
    this.placementRemembers = placement === "round-robin";
    const indexed = policy.order === "plan" ? policy.dispatching !== true : !this.promises.blocking;
    this.queue = new ReadyTasks({ request: this.#requests, eligibility: world.tasks.eligibility }, world.tasks.count, this.order, indexed);
    this.bound = policy.dispatching === true ? new WorkerQueues(world.workers.count, world.tasks.count) : undefined;
    this.#list = new ListLoop(this);
    const pool = new Workers(this);
    this.#policy = this.#guarded(() => policy.create(this.#context(pool)));
    this.#ranking = new Ranking(this, this.#policy, policy.order === "dynamic", settings.rerank);
    this.#pass = this.#policy.schedule === undefined ? undefined : new Pass(this, pool);
  }

  #context(pool: Workers): PolicyContext {
    const { settings, policy } = this.#options;
    const defaults: Record<string, NonNullable<PolicyContext["parameters"][string]>> = {};
    for (const [name, parameter] of Object.entries(policy.parameters ?? {})) {
      if (parameter.default !== undefined) defaults[name] = parameter.default;
    }
    const positions = new Map<string, number>();
    const origin = () => this.#origin;
    return {
      parameters: { ...defaults, ...settings.policy.parameters },
      priorityOrder: settings.priorityOrder,
      workers: pool,
      get origin() {
        return origin();
      },
      positionOf: (id) => {
        for (let task = positions.size; task < this.tasks.count; task++) positions.set(nameAt(this.tasks.names, task), task);
        return positions.get(id);
      },
      draw: (task, index) => this.#draw(this.#policyKey, task.position, index),
    };
  }

  #draw(key: StreamKey, task: number, index: number): number {
    hashTextInto(nameAt(this.tasks.names, task), this.#hash, 0);
    return draw(key, this.#hash[0] as number, this.#hash[1] as number, this.ledger.attempts(task), index);
  }

  // What happens to tasks.

  #takeIn(): void {
    const size = this.#dimensions;
    const { count, release } = this.tasks;
    const needs = withRoom(this.#needs, count * size);
    for (let d = 0; d < size; d++) {
      const column = this.#requests[d] as Column;
      for (let task = this.#known; task < count; task++) needs[task * size + d] = at(column, task);
    }
    for (let task = this.#known; task < count; task++) this.#origin = Math.min(this.#origin, at(release, task));
    this.#needs = needs;
    this.#known = count;
  }

  /** Takes in tasks that were added to the input. */
  grow(): void {
    const { count } = this.tasks;
    this.#takeIn();
    this.ledger.grow();
    this.order.grow(count);
    this.queue.grow(count);
    this.bound?.grow(count);
    this.#levels.grow();
  }

  submit(task: number): void {
    this.#levels.submit(task); // before it can become ready and be ranked
    this.ledger.submit(task, this.now);
  }

  /** An attempt ended by itself; `reason` is `none` when it completed. */
  attemptEnded(task: number, reason: Reason): void {
    this.#release(task);
    if (reason === Reason.none) {
      this.ledger.complete(task, this.now);
      return;
    }
    this.#excludeLastWorker(task);
    this.ledger.fail(task, this.now, reason);
  }

  /** The client withdraws a task that has not ended. */
  cancel(task: number): void {
    const status = this.ledger.status(task);
    if (status === Status.running || status === Status.starting) this.#release(task);
    this.#ranking.forget(task);
    if (this.queue.has(task)) this.queue.remove(task);
    else if (this.bound?.has(task) === true) this.bound.remove(task);
    else if (status === Status.ready) this.#dropArrival(task);
    this.ledger.cancel(task, this.now);
  }

  #release(task: number): void {
    const worker = this.ledger.worker(task);
    this.#giveBack(task, worker);
    this.bound?.ended(task, worker);
  }

  #giveBack(task: number, worker: number): void {
    this.load(task);
    this.room.take(worker, -1);
    this.#running[worker]--;
  }

  /** A retry goes elsewhere, where another worker could hold the task when empty. */
  #excludeLastWorker(task: number): void {
    this.#excluded.delete(task);
    if (this.ledger.attempts(task) > at(this.tasks.retries, task)) return;
    this.load(task);
    this.room.except = this.ledger.worker(task);
    for (let worker = 0; worker < this.room.workers; worker++) {
      if (!this.room.couldHold(worker)) continue;
      this.#excluded.set(task, this.ledger.worker(task));
      break;
    }
    this.#loaded = -1;
  }

  #becameReady(task: number): void {
    this.#ranking.add(task);
    if (this.promises.order !== "plan" && this.promises.blocking) {
      this.queue.insert(task);
      return;
    }
    if (this.#arrivalCount === this.#arrivals.length) {
      const wider = new Int32Array(this.#arrivals.length * 2);
      wider.set(this.#arrivals);
      this.#arrivals = wider;
    }
    this.#arrivals[this.#arrivalCount++] = task;
  }

  #dropArrival(task: number): void {
    const kept = this.#arrivals.subarray(0, this.#arrivalCount).filter((arrival) => arrival !== task);
    this.#arrivals.set(kept);
    this.#arrivalCount = kept.length;
  }

  /** Tasks that became ready since the last pass, by release and position. */
  takeArrivals(): Int32Array {
    if (this.#arrivalCount === 0) return NONE;
    const arrivals = this.#arrivals.slice(0, this.#arrivalCount);
    this.#arrivalCount = 0;
    this.order.sortByArrival(arrivals);
    return arrivals;
  }

  // The pass.

  /** One look at the queue. Returns how long it took in virtual time. */
  pass(now: Time): Time {
    this.now = now;
    this.order.now = now;
    const { perPass, perTask } = this.#options.settings.decisionTime;
    const waiting = this.queue.length + this.#arrivalCount + (this.bound?.waiting ?? 0);
    if (!this.#ranking.refresh(now)) {
      this.tooManyToRank = true;
      return 0;
    }
    if (this.#pass !== undefined) {
      this.#runPolicy(this.#pass);
    } else if (this.promises.blocking) {
      this.#list.runBlocking();
    } else {
      this.#list.runOvertaking(this.#arrivalsToTry());
    }
    this.room.settle();
    return waiting === 0 ? 0 : perPass + perTask * waiting;
  }

  /** The arrivals in order of rank; where they are many, all are queued at once and every worker is looked at instead. */
  #arrivalsToTry(): Int32Array {
    if (this.#arrivalCount <= Math.max(MOST_TRIED_SINGLY, this.queue.length / 4)) {
      const arrivals = this.takeArrivals();
      if (arrivals.length > 1) this.order.sort(arrivals);
      return arrivals;
    }
    this.queue.insertAll(this.#arrivals.subarray(0, this.#arrivalCount));
    this.#arrivalCount = 0;
    this.room.gainAll();
    return NONE;
  }

  #runPolicy(pass: Pass): void {
    const arrivals = this.takeArrivals();
    if (this.bound === undefined) for (const task of arrivals) this.queue.insert(task);
    pass.open(arrivals);
    this.#guarded(() => this.#policy.schedule?.(pass));
    pass.close();
    if (this.bound === undefined) return;
    for (const task of arrivals) {
      if (this.ledger.status(task) === Status.ready && !this.bound.has(task))
        this.illegal(`did not assign task ${this.taskName(task)} to a worker`);
    }
    this.#runBound(this.bound);
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

  /** List scheduling with everything queued on all workers, for a policy's own pass that calls for it. */
  runList(): void {
    if (this.promises.blocking) {
      this.#list.runBlocking();
    } else {
      this.#list.runOvertaking(this.queue.drain());
    }
  }

  load(task: number): void {
    if (task === this.#loaded) return;
    this.#loaded = task;
    const { room } = this;
    const first = task * this.#dimensions;
    for (let d = 0; d < this.#dimensions; d++) room.need[d] = this.#needs[first + d] as number;
    const set = at(this.tasks.eligibility, task);
    room.eligible = set === 0 ? undefined : this.#sets[set];
    room.except = this.#excluded.size === 0 ? -1 : (this.#excluded.get(task) ?? -1);
  }

  isEligible(set: number, worker: number): boolean {
    return set === 0 || this.#sets[set]?.[worker] === 1;
  }

  choose(): number {
    return this.#choose();
  }

  /** The chooser of a placement, for the task whose request is loaded. */
  chooser(placement: Placement): Chooser {
    let chooser = this.#choosers.get(placement);
    if (chooser === undefined) {
      chooser = chooserOf(placement, this.room, () => this.#draw(this.#placementKey, this.#loaded, 0));
      this.#choosers.set(placement, chooser);
    }
    return chooser;
  }

  /** Takes the room and starts the loaded task, now or when the pass is over. It stands in no queue. */
  begin(task: number, worker: number): void {
    this.room.take(worker, 1);
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
    this.#options.orders.start(task, worker, this.ledger.start(task, worker, this.now));
  }

  /** Begins what the last pass decided; what was cancelled meanwhile is dropped. */
  carryOut(now: Time): void {
    this.now = now;
    for (let i = 0; i < this.decided.length; i += 2) {
      const task = this.decided[i] as number;
      if (this.ledger.status(task) === Status.starting) this.#start(task, this.decided[i + 1] as number);
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

  /** Raises the policy's error: what it did, when, with which seed. */
  illegal(what: string): never {
    throw new PolicyError(`policy ${this.promises.text} ${what}, at ${formatSeconds(this.now)} s (seed ${this.#options.seed})`);
  }

  /** Runs the policy's code; what it throws becomes its error. */
  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.blame(error);
    }
  }

  /** What the policy's code threw, as its error, with the seed; errors of our own stay what they are. */
  blame(error: unknown): Error {
    if (error instanceof MakespanError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new PolicyError(`policy ${this.promises.text} threw at ${formatSeconds(this.now)} s (seed ${this.#options.seed}): ${message}`, {
      cause: error,
    });
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
  bottomLevel(task: number): number {
    return this.#levels.of(task);
  }
  free(dimension: number, worker: number): number {
    const d = this.#roomDimension[dimension] as number;
    return d < 0 ? Number.POSITIVE_INFINITY : this.room.free(d, worker);
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
      if (this.ledger.status(task) !== Status.ready) continue;
      this.load(task);
      if (this.room.first() >= 0) return true;
    }
    return false;
  }
}
