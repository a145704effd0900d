// A fold over all that changes in a replica's state, by which two of them can be compared in one step.
import type { EntryKind, Reason, TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";

export class Transitions implements TraceSink {
  #a = 0x243f6a88;
  #b = 0x13198a2e;
  /** Who is told of them too, as of then. */
  told: { sink: TraceSink; now: Time } | undefined;
  /** Of the command that is applied; and by task the last that changed it, where that is kept. */
  index = 0;
  readonly lastOf: Float64Array | undefined;

  constructor(lastOf: Float64Array | undefined) {
    this.lastOf = lastOf;
  }

  entry(_time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    this.told?.sink.entry(this.told.now, kind, task, worker, attempt, reason);
    if (this.lastOf !== undefined && task >= 0) this.lastOf[task] = this.index;
    this.fold(kind, task, worker, attempt, reason);
  }

  fold(kind: number, task: number, worker: number, attempt: number, reason: Reason): void {
    const what = kind | (reason << 8);
    let [a, b] = [this.#a, this.#b];
    a = Math.imul(a ^ what, 0x9e3779b1);
    b = Math.imul(((b << 13) | (b >>> 19)) + task, 0x85ebca77);
    a ^= a >>> 15;
    a = Math.imul(a ^ worker, 0x9e3779b1);
    b = Math.imul(((b << 13) | (b >>> 19)) + attempt, 0x85ebca77);
    a ^= a >>> 15;
    this.#a = a;
    this.#b = b;
  }

  /** 53 bits. */
  get hash(): number {
    return (this.#a >>> 0) * 0x200000 + (this.#b >>> 11);
  }

  inherits(other: Transitions): void {
    this.#a = other.#a;
    this.#b = other.#b;
    if (other.lastOf !== undefined) this.lastOf?.set(other.lastOf);
  }
}
