// What becomes of the log that replicas of a scheduler keep: told where messages are, and like them no part of the digest.
import type { Time } from "./units.ts";

export const LogStep = {
  /** The entry is on the replica's disk, in place of whatever stood there and behind. */
  persisted: 1,
  /** A snapshot up to the entry is on its disk; what stood behind stays, or is gone. */
  compacted: 2,
  installed: 3,
  /** The replica has applied the entry, or a snapshot up to it. */
  applied: 4,
  restored: 5,
  /** It was elected; it leads no more, or stands no more. */
  elected: 6,
  follows: 7,
  /** Its disk is lost, or is not used any more: it comes back as the next member at its position, with an empty one. */
  lost: 8,
  /** By its log others are voters from now on. */
  voters: 9,
} as const;
export type LogStep = (typeof LogStep)[keyof typeof LogStep];

/** One step of one replica, by its position. */
export interface LogEntry {
  time: Time;
  step: LogStep;
  replica: number;
  /** The term that it was in. */
  current: number;
  /** Of the entry; 0 where there is none. */
  index: number;
  term: number;
  /** Of the log up to it. */
  hash: number;
  /** Of what it has applied then. */
  state: number;
  /** What an applied entry starts; −1 and 0 where it starts nothing. */
  task: number;
  attempt: number;
  /** Of `voters`: by their numbers as members, position + incarnation × replicas. */
  voters?: readonly number[];
}
