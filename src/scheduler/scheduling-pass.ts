// What a policy's own pass is given: the queue, the workers, and the verbs. Every question and verb goes to the scheduler.
import type { Placement } from "../model/settings.ts";
import type { Time } from "../model/units.ts";
import type { ReadyQueue, SchedulingPass, TaskView, WorkerPool, WorkerView } from "../policies/policy.ts";
import { Status } from "../model/status.ts";
import type { Scheduler } from "./scheduler.ts";
import { Task, Worker } from "./views.ts";

export class Workers implements WorkerPool {
  readonly #scheduler: Scheduler;
  readonly #views: readonly Worker[];
  #byId: Map<string, Worker> | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#views = Object.freeze(scheduler.workers.names.map((_, worker) => new Worker(scheduler.beliefs, worker)));
  }

  get length(): number {
    return this.#views.length;
  }

  at(position: number): WorkerView {
    const view = this.#views[position];
    if (view === undefined) throw new RangeError(`there is no worker ${position}; there are ${this.#views.length}`);
    return view;
  }

  byId(id: string): WorkerView | undefined {
    this.#byId ??= new Map(this.#views.map((view) => [view.id, view]));
    return this.#byId.get(id);
  }

  find(task: TaskView, placement?: Placement): WorkerView | undefined {
    this.#scheduler.load(task.position);
    const worker = this.#scheduler.choose(placement);
    return worker < 0 ? undefined : this.#views[worker];
  }

  fits(task: TaskView, worker: WorkerView): boolean {
    this.#scheduler.load(task.position);
    return this.#scheduler.room.fits(worker.position);
  }

  couldHold(task: TaskView, worker: WorkerView): boolean {
    this.#scheduler.load(task.position);
    return this.#scheduler.room.couldHold(worker.position);
  }

  candidates(task: TaskView): readonly WorkerView[] {
    const { room } = this.#scheduler;
    this.#scheduler.load(task.position);
    const all = room.anyCouldHold() ? this.#views : this.#views.filter((view) => room.couldHold(view.position));
    const avoided = this.#scheduler.avoidedNow();
    return avoided < 0 ? all : all.filter((view) => view.position !== avoided);
  }

  gained(): readonly WorkerView[] {
    return [...this.#scheduler.room.gained].sort((a, b) => a - b).map((worker) => this.at(worker));
  }

  [Symbol.iterator](): Iterator<WorkerView> {
    return this.#views[Symbol.iterator]();
  }
}

class Queue implements ReadyQueue {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get length(): number {
    return this.#scheduler.queue.length;
  }

  head(): TaskView | undefined {
    return this.#view(this.#scheduler.queue.head());
  }

  firstFitting(worker: WorkerView): TaskView | undefined {
    const scheduler = this.#scheduler;
    let best = -1;
    for (const target of scheduler.queue.classes) {
      if (target.ready === 0) continue;
      const limit = scheduler.room.free(target.varying, worker.position);
      const task = target.index.bestWithin(limit, (candidate) => {
        scheduler.load(candidate);
        return scheduler.room.fits(worker.position);
      });
      if (task >= 0 && (best < 0 || scheduler.order.before(task, best))) best = task;
    }
    return this.#view(best);
  }

  #view(task: number): TaskView | undefined {
    return task < 0 ? undefined : new Task(this.#scheduler.beliefs, task);
  }

  *[Symbol.iterator](): Generator<TaskView> {
    for (const task of this.#scheduler.queue.inOrder()) {
      if (this.#scheduler.queue.has(task)) yield new Task(this.#scheduler.beliefs, task);
    }
  }
}

export class Pass implements SchedulingPass {
  readonly queue: ReadyQueue;
  readonly workers: WorkerPool;
  readonly #scheduler: Scheduler;
  #arrivals: readonly TaskView[] = [];
  /** What the list loop has to look at, where it ran in the pass before. */
  #since: Int32Array | undefined;
  #open = false;

  constructor(scheduler: Scheduler, workers: WorkerPool) {
    this.#scheduler = scheduler;
    this.workers = workers;
    this.queue = new Queue(scheduler);
  }

  get now(): Time {
    return this.#scheduler.now;
  }

  /** Begins a pass with the tasks that became ready since the last, in which the list loop ran or not. */
  open(arrivals: Int32Array, listRan: boolean): void {
    this.#since = listRan ? arrivals : undefined;
    const views: TaskView[] = [];
    for (const task of arrivals) views.push(new Task(this.#scheduler.beliefs, task));
    this.#arrivals = views;
    this.#open = true;
  }

  /** Ends it: verbs of a pass that is kept and used later are refused. */
  close(): void {
    this.#arrivals = [];
    this.#open = false;
  }

  arrivals(): readonly TaskView[] {
    return this.#arrivals;
  }

  status(position: number): ReturnType<SchedulingPass["status"]> {
    const status = this.#scheduler.ledger.status(position);
    if (status === undefined || status === Status.unsubmitted) return undefined;
    if (status === Status.blocked) return "blocked";
    if (status === Status.ready) return "ready";
    if (status === Status.backoff) return "backoff";
    return status >= Status.completed ? "ended" : "running";
  }

  start(task: TaskView, worker: WorkerView): void {
    this.#requireOpen();
    const scheduler = this.#scheduler;
    if (scheduler.dispatch !== undefined) scheduler.policy.illegal("started a task itself, but is defined as dispatching: it assigns them");
    this.#requireReady(task, "started");
    this.#requireWorker(worker);
    scheduler.load(task.position);
    if (!scheduler.room.fits(worker.position)) {
      scheduler.policy.illegal(`started task "${task.id}" on ${worker.id}, which has no room for it or may not run it`);
    }
    scheduler.queue.remove(task.position);
    scheduler.begin(task.position, worker.position);
  }

  assign(task: TaskView, worker: WorkerView): void {
    this.#requireOpen();
    const scheduler = this.#scheduler;
    const { dispatch } = scheduler;
    if (dispatch === undefined) return scheduler.policy.illegal("assigned a task, but is not defined as dispatching: true");
    this.#requireReady(task, "assigned");
    this.#requireWorker(worker);
    if (dispatch.has(task.position)) scheduler.policy.illegal(`assigned task "${task.id}" twice`);
    scheduler.load(task.position);
    if (!scheduler.room.couldHold(worker.position)) {
      scheduler.policy.illegal(`assigned task "${task.id}" to ${worker.id}, which cannot hold it or may not run it`);
    }
    dispatch.bind(task.position, worker.position);
  }

  wakeAt(time: Time): void {
    this.#requireOpen();
    if (!Number.isSafeInteger(time) || time <= this.now) {
      this.#scheduler.policy.illegal(`asked to be woken at ${time} µs, which is not a later time`);
    }
    this.#scheduler.orders.wakeAt(time);
  }

  #requireWorker(worker: WorkerView): void {
    if (this.workers.at(worker.position) !== worker) this.#scheduler.policy.illegal(`named a worker that is not one of pass.workers`);
  }

  #requireReady(task: TaskView, verb: string): void {
    const status = this.#scheduler.ledger.status(task.position);
    if (status === Status.ready) return;
    const name = Object.entries(Status).find(([, number]) => number === status)?.[0];
    this.#scheduler.policy.illegal(`${verb} task "${task.id}", which is ${name}, not ready`);
  }

  runList(): void {
    this.#requireOpen();
    this.#scheduler.runList(this.#since);
  }

  #requireOpen(): void {
    if (!this.#open) throw new Error("a scheduling pass was used after it had ended");
  }
}
