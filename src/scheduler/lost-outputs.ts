// Files that tasks wrote and that nobody has any more: who wrote them runs again, as far as a task needs them that has not ended, or that
// task fails.
//
// What a task writes lies on its worker, and counts as lost when that is suspected, has lost its disk, or has left. A running attempt goes on
// if its worker has told that all files are there that it reads; else it is taken back, for it may wait for ever.
import { type DataPlan, filesOf } from "../model/data.ts";
import { Status } from "../model/status.ts";
import { Reason } from "../model/trace.ts";
import { isHeld } from "./ledger.ts";
import type { Scheduler } from "./scheduler.ts";

export class LostOutputs {
  readonly #scheduler: Scheduler;
  readonly #data: DataPlan;
  /** Tasks whose files lie on each worker. */
  readonly #on: Set<number>[];
  /** The worker on which the files of a task lie; −1 where they do on none. */
  readonly #home: Int32Array;
  /** Tasks that have completed, and whose files are lost. */
  readonly #lost = new Set<number>();
  /** By seat, the attempt there that has told last that all is there that it reads. */
  readonly #gathered: Int32Array;

  constructor(scheduler: Scheduler, data: DataPlan) {
    const { tasks, workers, seats } = scheduler;
    this.#scheduler = scheduler;
    this.#data = data;
    this.#on = Array.from({ length: workers.count }, () => new Set());
    this.#home = new Int32Array(tasks.count).fill(-1);
    this.#gathered = new Int32Array(seats);
  }

  /** A task has completed on a worker: what it wrote is there. */
  completed(task: number, worker: number): void {
    if (filesOf(this.#data.outputs, task).length === 0) return;
    this.#lost.delete(task);
    this.#on[this.#home[task] as number]?.delete(task);
    this.#home[task] = worker;
    this.#on[worker]?.add(task);
  }

  /** All is there that the attempt in a seat reads; says whether that was not known. */
  gathered(seat: number, attempt: number): boolean {
    const isNew = this.#gathered[seat] !== attempt;
    this.#gathered[seat] = attempt;
    return isNew;
  }

  /** A copy goes on in its task's own seat. */
  takesOver(seat: number, task: number): void {
    this.#gathered[task] = this.#gathered[seat] as number;
  }

  /** Whether a file that a task reads is lost. */
  lacks(task: number): boolean {
    if (this.#lost.size === 0) return false;
    return filesOf(this.#data.inputs, task).some((file) => this.#lost.has(this.#data.files.producer[file] as number));
  }

  /** What lay on a worker is lost. */
  lose(worker: number): void {
    const { ledger } = this.#scheduler;
    const lost = [...(this.#on[worker] as Set<number>)].sort((a, b) => a - b);
    if (lost.length === 0) return;
    this.#on[worker]?.clear();
    for (const task of lost) {
      this.#home[task] = -1;
      this.#lost.add(task);
    }
    if (this.#data.lost === "fail") this.#failReaders(lost);
    else this.#reopen(lost.filter((task) => ledger.status(task) === Status.completed && this.#isNeeded(task)));
  }

  /** Those that read what a task writes. */
  readersOf(task: number): number[] {
    const readers = new Set<number>();
    for (const file of filesOf(this.#data.outputs, task)) for (const reader of filesOf(this.#data.readers, file)) readers.add(reader);
    return [...readers].sort((a, b) => a - b);
  }

  #isOpen(task: number): boolean {
    return this.#scheduler.ledger.status(task) < Status.completed;
  }

  #isNeeded(task: number): boolean {
    return this.readersOf(task).some((reader) => this.#isOpen(reader));
  }

  /** Tasks run again, and before them those whose files are lost that they read, and so on. */
  #reopen(tasks: readonly number[]): void {
    const { ledger, now } = this.#scheduler;
    const all = new Set(tasks);
    for (const task of all)
      for (const file of filesOf(this.#data.inputs, task)) {
        const producer = this.#data.files.producer[file] as number;
        if (this.#lost.has(producer) && ledger.status(producer) === Status.completed) all.add(producer);
      }
    const reopened = [...all].sort((a, b) => a - b);
    if (reopened.length === 0) return;
    ledger.reopen(reopened, now);
    for (const task of reopened) for (const reader of this.readersOf(task)) if (!all.has(reader)) this.#sendsBack(reader);
    ledger.proceedWith(reopened, now);
  }

  /** A task that reads what is lost waits for that again, unless its attempt has it. */
  #sendsBack(task: number): void {
    const { ledger, allocations } = this.#scheduler;
    const status = ledger.status(task);
    if (status === Status.ready) {
      this.#scheduler.takeOut(task);
      ledger.block(task);
    } else if (status === Status.starting) allocations.undecide(task, Reason.input);
    else if (isHeld(status)) this.#takeBack(task);
  }

  /** The running attempt of a task, and its copy, unless they have all that they read. */
  #takeBack(task: number): void {
    const { failover, ledger, speculation } = this.#scheduler;
    const seats = speculation?.isPaired(task) === true ? [speculation.copyOf(task), task] : [task];
    for (const seat of seats) if (this.#gathered[seat] !== ledger.attempts(seat)) failover.takeBack(seat, Reason.input);
  }

  #failReaders(lost: readonly number[]): void {
    const { ledger, allocations, now } = this.#scheduler;
    for (const reader of new Set(lost.flatMap((task) => this.readersOf(task)))) {
      const status = ledger.status(reader);
      if (status === Status.starting)
        allocations.undecide(reader, Reason.input); // and fails, as it lacks what it reads
      else if (isHeld(status)) this.#takeBack(reader);
      else if (status === Status.ready || status === Status.blocked || status === Status.backoff) {
        this.#scheduler.takeOut(reader);
        ledger.failFor(reader, now, Reason.input);
      }
    }
  }
}
