// How far a leader knows another replica to be, and what it may send to it: entries ahead of their answers (pipelining), one at a time while
// it looks for where the logs agree, or a snapshot.
import type { Index } from "./message.ts";
import type { Time } from "../model/units.ts";

/** A message that is under way: up to which entry, and since when. */
interface InFlight {
  last: Index;
  sent: Time;
}

export class FollowerProgress {
  /** The entry that is sent next, and up to which the logs are known to agree durably. */
  next: Index;
  match: Index = 0;
  /** Whether it is known where the logs agree, so that entries may be sent ahead. */
  isKnown = false;
  /** The snapshot that is under way, by its index; 0: none is. */
  installing: Index = 0;
  readonly #inFlight: InFlight[] = [];
  /** The last round that it has answered. */
  round = 0;
  /** Whether it has answered since the leader looked last. */
  isActive = false;
  /** When the snapshot was sent that is under way. */
  installSent: Time = Number.NEGATIVE_INFINITY;

  constructor(next: Index) {
    this.next = next;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Entries up to one were sent ahead. */
  sent(last: Index, now: Time): void {
    this.next = last + 1;
    this.#inFlight.push({ last, sent: now });
  }

  /** It has all up to an entry. Says whether that is new. */
  agrees(match: Index): boolean {
    while ((this.#inFlight[0]?.last ?? Number.POSITIVE_INFINITY) <= match) this.#inFlight.shift();
    if (this.installing <= match) this.installing = 0;
    const isNew = match > this.match;
    this.match = Math.max(this.match, match);
    // Only what was sent ahead since it is known may be under way; the rest was never sent, or has come to nothing.
    this.next = this.isKnown ? Math.max(this.next, match + 1) : this.match + 1;
    this.isKnown = true;
    return isNew;
  }

  /** It does not agree; at most up to an entry it does. Says whether that is new: of what was sent ahead, each message is refused. */
  disagrees(most: Index): boolean {
    const next = Math.max(this.match, most) + 1;
    if (next >= this.next) return false;
    this.#inFlight.length = 0;
    this.isKnown = false;
    this.next = next;
    return true;
  }

  /** What was sent ahead since an answer has come to nothing: it was lost, or overtaken. */
  sendAgain(): void {
    this.#inFlight.length = 0;
    this.next = this.match + 1;
  }

  /** Since when the oldest of them is under way; Infinity where none is. */
  get oldestSent(): Time {
    return this.#inFlight[0]?.sent ?? Number.POSITIVE_INFINITY;
  }

  installs(index: Index, now: Time): void {
    this.installing = index;
    this.installSent = now;
    this.#inFlight.length = 0;
    this.isKnown = false;
  }
}
