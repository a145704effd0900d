// The digest of a run, version 1: 64 bits over its decisions and facts, so that two runs can be told apart by one glance.
//
// Per entry, in order, six 32-bit words: time (low word, then high word of the µs), kind + 256 × reason, task, worker,
// attempt (−1 as 0xffffffff); of entries about amounts two more: the amount, low word, then high word. Names, policy, seed and file are not in it, so that policies which decide alike share a
// digest. Two lanes absorb each word w, all arithmetic modulo 2^32:
//   a ← (a ⊕ w) × 0x9e3779b1, a ← a ⊕ (a >>> 15)
//   b ← rotl(b, 13) + w,      b ← b × 0x85ebca77
// from a = 0x243f6a88 and b = 0x13198a2e (digits of π). At the end each lane absorbs the number of entries and is
// finished with MurmurHash3's fmix32 (Appleby 2011); the text is lane a, then lane b, each as eight hexadecimal digits.
//
// The digest of several runs is that of one entry for each, in their order: kind 1, lane a of the run's digest in the place of
// the task, lane b in that of the worker, all else 0.
import { EntryKind, Reason, type TraceSink } from "./trace.ts";
import type { Time } from "./units.ts";

export const DIGEST_VERSION = 1;

/** Folds entries into 64 bits. */
export class Digest implements TraceSink {
  #a = 0x243f6a88;
  #b = 0x13198a2e;
  /** Entries so far. */
  entries = 0;

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void {
    this.entries += 1;
    const high = Math.floor(time / 4294967296);
    let a = this.#a;
    let b = this.#b;
    let w = time | 0;
    a = Math.imul(a ^ w, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + w, 0x85ebca77);
    w = high | 0;
    a = Math.imul(a ^ w, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + w, 0x85ebca77);
    w = kind | (reason << 8);
    a = Math.imul(a ^ w, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + w, 0x85ebca77);
    a = Math.imul(a ^ task, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + task, 0x85ebca77);
    a = Math.imul(a ^ worker, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + worker, 0x85ebca77);
    a = Math.imul(a ^ attempt, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + attempt, 0x85ebca77);
    this.#a = a;
    this.#b = b;
    if (amount === undefined) return;
    this.#absorb(amount | 0);
    this.#absorb(Math.floor(amount / 4294967296) | 0);
  }

  #absorb(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x9e3779b1);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(((this.#b << 13) | (this.#b >>> 19)) + word, 0x85ebca77);
  }

  /** Sixteen hexadecimal digits; reading it changes nothing. */
  toString(): string {
    const a = Math.imul(this.#a ^ this.entries, 0x9e3779b1);
    const b = Math.imul(((this.#b << 13) | (this.#b >>> 19)) + this.entries, 0x85ebca77);
    return hexadecimal(finish(a)) + hexadecimal(finish(b));
  }
}

/** One digest for several runs, from those of each. */
export function digestOfRuns(digests: readonly string[]): string {
  const all = new Digest();
  const lane = (digits: string) => Number.parseInt(digits, 16);
  for (const digest of digests) all.entry(0, EntryKind.submitted, lane(digest.slice(0, 8)), lane(digest.slice(8)), 0, Reason.none);
  return all.toString();
}

function finish(lane: number): number {
  let h = lane ^ (lane >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hexadecimal(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
