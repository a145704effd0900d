// What the scheduler knows of files, as the entries tell: on which workers they are, and which are lost.
import { filesOf } from "../model/data.ts";
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";

export class ToldFiles {
  readonly #trace: Trace;
  readonly #delay: Duration;
  /** Of each file, the workers that were said to have it. */
  readonly #holders: Set<number>[];
  /** The worker on which what a task wrote lies, where outputs are local; −1 where it does on none. */
  readonly #home: Int32Array;
  readonly #lost = new Set<number>();
  /** Workers that have lost their disks since they registered last. */
  readonly #wiped = new Set<number>();

  constructor(trace: Trace) {
    const { data, tasks } = trace.world;
    const { policy, placement, localityDelay = 0 } = trace.settings;
    this.#trace = trace;
    const isLocal = (policy.placement ?? placement) === "locality" && !trace.promises.preempts;
    this.#delay = isLocal ? localityDelay : 0;
    this.#holders = Array.from({ length: data?.files.count ?? 0 }, () => new Set());
    for (const [file, workers] of data?.files.copies ?? []) for (const worker of workers) this.#holders[file]?.add(worker);
    this.#home = new Int32Array(tasks.count).fill(-1);
  }

  get #isLocal(): boolean {
    return this.#trace.world.data?.outputPlace === "local";
  }

  apply({ kind, task, worker }: TraceEntry): void {
    if (kind === EntryKind.finished || kind === EntryKind.accepted) this.#completed(task, worker);
    else if (kind === EntryKind.diskLost) this.#wiped.add(worker);
    else if (kind === EntryKind.registered && this.#wiped.delete(worker)) this.#nothingOn(worker);
    else if (kind === EntryKind.left) this.#nothingOn(worker);
    else if (kind === EntryKind.suspected) this.#lose(worker);
  }

  #completed(task: number, worker: number): void {
    const { data } = this.#trace.world;
    if (data === undefined) return;
    for (const file of [...filesOf(data.inputs, task), ...filesOf(data.outputs, task)]) this.#holders[file]?.add(worker);
    if (!this.#isLocal) return;
    this.#lost.delete(task);
    this.#home[task] = worker;
  }

  #nothingOn(worker: number): void {
    for (const holders of this.#holders) holders.delete(worker);
    this.#lose(worker);
  }

  #lose(worker: number): void {
    if (!this.#isLocal) return;
    for (const [task, home] of this.#home.entries()) {
      if (home !== worker) continue;
      this.#home[task] = -1;
      this.#lost.add(task);
    }
  }

  /** Whether what a task wrote is lost. */
  isLost(task: number): boolean {
    return this.#lost.has(task);
  }

  /** Whether a file that a task reads is. */
  lacks(task: number): boolean {
    const { data } = this.#trace.world;
    return data !== undefined && filesOf(data.inputs, task).some((file) => this.#lost.has(data.files.producer[file] as number));
  }

  /** Bytes of a task's files that a worker was said to have. */
  bytesOn(task: number, worker: number): number {
    const { data } = this.#trace.world;
    let bytes = 0;
    for (const file of data === undefined ? [] : filesOf(data.inputs, task))
      if (this.#holders[file].has(worker)) bytes += data?.files.size[file] as number;
    return bytes;
  }

  /** Whether a task may wait for room where its files are. */
  mayBePutOff(task: number, ready: Time, time: Time): boolean {
    if (this.#delay === 0 || time >= ready + this.#delay) return false;
    return this.#trace.world.workers.names.some((_, worker) => this.bytesOn(task, worker) > 0);
  }
}
