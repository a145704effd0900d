// Seeded ties: who comes first of several workers or tasks to which the same kind of thing happens at one instant.
import { draw, type StreamKey, streamKey } from "./random.ts";

/** A place has as many bits as an event's subject: two halves of 13. */
const HALF = 8192;
const ROUNDS = 4;

/**
 * A permutation of subjects for each (instant, kind of event), drawn by the seed: a Feistel network (Luby and Rackoff 1988) over keyed
 * draws. Nothing is remembered, so that it costs no memory and adding a task at the end changes no other's place.
 *
 * What it permutes is what does not depend on one another: events of one instant, of one kind, about different tasks or workers.
 * Kept as they are: the order of kinds, which says what counts as in time (a lease still holds in its last microsecond, an end
 * comes before the crash); what happens to one task or worker, in its own sequence; what clients ask for, in theirs; and rounds.
 */
export class TieOrder {
  readonly #key: StreamKey;

  constructor(seed: string) {
    this.#key = streamKey(seed, "ties");
  }

  /** The place of a subject among those to which that kind of event happens then. */
  place(time: number, kind: number, subject: number): number {
    let left = Math.floor(subject / HALF);
    let right = subject % HALF;
    for (let round = 0; round < ROUNDS; round++) {
      const next = left ^ this.#mixed(time, kind, round, right);
      left = right;
      right = next;
    }
    return left * HALF + right;
  }

  /** The subject at a place. */
  subject(time: number, kind: number, place: number): number {
    let left = Math.floor(place / HALF);
    let right = place % HALF;
    for (let round = ROUNDS - 1; round >= 0; round--) {
      const before = right ^ this.#mixed(time, kind, round, left);
      right = left;
      left = before;
    }
    return left * HALF + right;
  }

  #mixed(time: number, kind: number, round: number, half: number): number {
    return Math.floor(draw(this.#key, Math.floor(time / 2 ** 32), time, kind * ROUNDS + round, half) * HALF);
  }
}
