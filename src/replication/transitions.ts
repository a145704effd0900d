// A fold over all that changes in a replica's state, by which two of them can be compared in one step.
import type { EntryKind, Reason, TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";

export class Transitions implements TraceSink {
  #a = 0x243f6a88;
  #b = 0x13198a2e;
  /** Who is told of them too, as of then. */
  told: { sink: TraceSink; now: Time } | undefined;

  entry(_time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void {
    this.told?.sink.entry(this.told.now, kind, task, worker, attempt, reason);
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
  }
}
