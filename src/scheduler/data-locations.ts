// What the scheduler knows of files: which workers were said to have them, where tasks should go for that, and where files are to go next.
//
// A worker is taken to have what tasks that it reported as completed have read and written there, as long as its disk is not said to be
// lost, and it has not left. It does not tell what made room meanwhile.
import { type DataPlan, filesOf } from "../model/data.ts";
import type { Adjacency } from "../model/graph.ts";
import { Status } from "../model/status.ts";
import type { Duration, Time } from "../model/units.ts";
import { LostOutputs } from "./lost-outputs.ts";
import type { Scheduler } from "./scheduler.ts";

export class DataLocations {
  readonly #scheduler: Scheduler;
  readonly #data: DataPlan;
  /** How long a task waits for room where its files are. */
  readonly #delay: Duration;
  /** Of each file, the workers. */
  readonly #holders: (Set<number> | undefined)[];
  /** Bytes that each worker has of the loaded task's files, and the workers that have any, while that is asked. */
  readonly #bytes: Float64Array;
  readonly #touched: number[] = [];
  /** Tasks that were put off, in the order of the times at which that is over. */
  readonly #putOff: { until: Time; task: number }[] = [];
  readonly #isPutOff = new Set<number>();
  #hasChanged = false;
  /** The number of each worker's disk. */
  readonly #disks: Int32Array;
  /** Undefined where what tasks write is never lost. */
  readonly lost: LostOutputs | undefined;

  constructor(scheduler: Scheduler, data: DataPlan, delay: Duration) {
    this.#scheduler = scheduler;
    this.#data = data;
    this.#delay = delay;
    this.#holders = new Array<Set<number> | undefined>(data.files.count).fill(undefined);
    this.#bytes = new Float64Array(scheduler.workers.count);
    for (const [file, workers] of data.files.copies) this.#holders[file] = new Set(workers);
    this.#disks = new Int32Array(scheduler.workers.count);
    this.lost = data.outputPlace === "local" ? new LostOutputs(scheduler, data) : undefined;
  }

  /** Whether a task may have to wait though it fits somewhere. */
  get delays(): boolean {
    return this.#delay > 0;
  }

  /** A task has completed: what it wrote is sent to where a plan has those start that read it. */
  completed(task: number, worker: number): void {
    const { inputs, outputs } = this.#data;
    this.#have(inputs, task, worker);
    this.#have(outputs, task, worker);
    this.lost?.completed(task, worker);
    if (this.#scheduler.policy.plans) this.#pushOutputs(task);
  }

  #have({ offsets, targets }: Adjacency, task: number, worker: number): void {
    const end = offsets[task + 1] as number;
    for (let place = offsets[task] as number; place < end; place++) this.#has(targets[place] as number, worker);
  }

  #has(file: number, worker: number): void {
    const holders = this.#holders[file];
    if (holders === undefined) this.#holders[file] = new Set([worker]);
    else holders.add(worker);
  }

  #pushOutputs(task: number): void {
    const { policy, orders, ledger } = this.#scheduler;
    const { outputs, inputs, readers } = this.#data;
    for (const file of filesOf(outputs, task)) {
      for (const reader of filesOf(readers, file)) {
        if (ledger.attempts(reader) > 0) continue;
        const worker = policy.workerOf(reader);
        if (worker >= 0) orders.push(reader, filesOf(inputs, reader).indexOf(file), worker);
      }
    }
  }

  /** Whether a task is to fail, for a file that it reads is lost. */
  failsWithout(task: number): boolean {
    return this.#data.lost === "fail" && this.lost?.lacks(task) === true;
  }

  /** A worker has registered, with a disk of that number: another than before has nothing of what that had. */
  registered(worker: number, disk: number): void {
    if (this.#disks[worker] === disk) return;
    this.#disks[worker] = disk;
    this.left(worker);
  }

  /** Other workers may have most of what tasks read than when those were put off. */
  changed(): void {
    this.#hasChanged = true;
  }

  /** A worker has left, or lost all that it had. */
  left(worker: number): void {
    this.changed();
    for (const holders of this.#holders) holders?.delete(worker);
    this.lost?.lose(worker);
  }

  // Where tasks should go.

  /**
   * The worker with room that has most bytes of the loaded task's files, the first of several; the first with room, where none has any. −1 where
   * there is no room, or not yet where the files are: for some time after it became ready a task goes nowhere but to those that have most.
   */
  choose(task: number): number {
    const { room } = this.#scheduler;
    if (task >= 0) this.#weigh(task);
    const worker = this.#touched.length === 0 ? room.first() : this.#best(task);
    for (const touched of this.#touched) this.#bytes[touched] = 0;
    this.#touched.length = 0;
    return worker;
  }

  #best(task: number): number {
    const { room } = this.#scheduler;
    if (this.#delay === 0 || this.#isOver(task)) {
      const best = this.#most((worker) => room.fits(worker));
      return best < 0 ? room.first() : best;
    }
    const most = this.#bytes[this.#most((worker) => room.couldHold(worker))];
    if (most === undefined) return room.first(); // none of those that have any could ever take it
    const best = this.#most((worker) => room.fits(worker));
    if (best >= 0 && this.#bytes[best] === most) return best;
    this.#putsOff(task);
    return -1;
  }

  #isOver(task: number): boolean {
    const { ledger, now } = this.#scheduler;
    return now >= (ledger.readyAt[task] as number) + this.#delay;
  }

  #weigh(task: number): void {
    for (const file of filesOf(this.#data.inputs, task)) {
      const size = this.#data.files.size[file] as number;
      if (size === 0) continue;
      for (const worker of this.#holders[file] ?? []) {
        if (this.#bytes[worker] === 0) this.#touched.push(worker);
        this.#bytes[worker] = (this.#bytes[worker] as number) + size;
      }
    }
  }

  /** Of the workers that have any and of which something holds, the one that has most; −1 where there is none. */
  #most(holds: (worker: number) => boolean): number {
    let best = -1;
    for (const worker of this.#touched) {
      const more = best < 0 ? 1 : (this.#bytes[worker] as number) - (this.#bytes[best] as number) || best - worker;
      if (more > 0 && holds(worker)) best = worker;
    }
    return best;
  }

  #putsOff(task: number): void {
    if (this.#isPutOff.has(task)) return;
    const { ledger, orders } = this.#scheduler;
    const until = (ledger.readyAt[task] as number) + this.#delay;
    this.#isPutOff.add(task);
    const after = this.#putOff.findLastIndex((other) => other.until <= until);
    this.#putOff.splice(after + 1, 0, { until, task });
    orders.wakeAt(until);
  }

  /** Tasks that still wait and that may go anywhere from now on, or, where it has changed which workers have most, elsewhere. */
  released(): number[] {
    const { now, ledger } = this.#scheduler;
    const isLeft = ({ until, task }: { until: Time; task: number }) => until > now && ledger.status(task) === Status.ready;
    const released = this.#hasChanged ? this.#putOff.filter(isLeft).map(({ task }) => task) : [];
    this.#hasChanged = false;
    while (this.#putOff.length > 0 && (this.#putOff[0] as { until: Time }).until <= now) {
      const { task } = this.#putOff.shift() as { task: number };
      this.#isPutOff.delete(task);
      if (ledger.status(task) === Status.ready) released.push(task);
    }
    return released;
  }
}
