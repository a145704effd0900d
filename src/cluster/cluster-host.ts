// What the cluster needs of the run and tells it, and what is said between them of attempts.
import type { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";

/** The first heartbeat after a silence; one that follows another and tells nothing new; one that follows another after which none is certain. */
export const Beat = { first: 1, regular: 2, single: 3 } as const;
export type Beat = (typeof Beat)[keyof typeof Beat];

/** What the cluster needs of the run, and what it tells it. */
export interface ClusterHost {
  readonly now: Time;
  record(kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void;
  /** An attempt ends at that time, if nothing else happens to it before. */
  endAt(time: Time, task: number, attempt: number): void;
  /** Whether a heartbeat of the worker at this very time has come. */
  isBeatOver(worker: number): boolean;
  /** From now on no heartbeat of the worker arrives; the last one did at `last`. */
  fellSilent(worker: number, last: Time): void;
  /** A heartbeat of the worker is sent at that time, if it does not fall silent before. */
  beatAt(time: Time, worker: number, beat: Beat): void;
  /** A new incarnation of the worker sends its registration. */
  registers(worker: number): void;
  /** Call `endLeases` for the worker at that time. */
  leaseTimerAt(time: Time, worker: number): void;
  /** Whether the scheduler waits for the answer that an attempt has stopped. */
  awaitsStop(task: number, attempt: number): boolean;
  /** That answer, from a worker that goes on, and was told so meanwhile. */
  stopConfirmed(task: number, attempt: number): void;
  /** An attempt reaches a mark, or a part of which its worker tells, at that time, if nothing else happens to it before. */
  markAt(time: Time, task: number, attempt: number): void;
  /** The worker is about to have that much, per dimension: whatever does not fit is stopped by then. */
  resizes(worker: number, capacity: readonly number[]): void;
  /** All files are there that an attempt reads. */
  gathers(task: number, worker: number, attempt: number): void;
  /** An attempt asks, up to the ask of that number in turn of its task; of those the first so many were met. */
  asks(task: number, worker: number, attempt: number, number: number, met: number): void;
  /** Transfers of files end at that time, if nothing else happens to them before. */
  transfersEndAt(time: Time): void;
  /** A worker that is awake has stopped an attempt, for its lease is over. */
  leaseOver(task: number, worker: number, attempt: number): void;
}

/** The same where a network lies between. */
export interface NetworkedClusterHost extends ClusterHost {
  /** An attempt began on its worker. */
  began(task: number, worker: number, attempt: number): void;
  /** What the worker is to have has changed. */
  changesSize(worker: number): void;
  /** The worker goes on after a pause, with what it may still hold. */
  thawed(worker: number): void;
}

/** What a worker is to have, under effects of these numbers, per dimension; which change it is, and when it was told last. */
export interface UnansweredSize {
  version: number;
  effects: readonly number[];
  capacity: readonly number[];
  sent: Time;
}

/** What a heartbeat says of an attempt. */
export interface Report {
  task: number;
  attempt: number;
  /** Whether it has ended there, and the scheduler may not know. */
  over?: boolean;
  /** Where a network lies between: the last order to wait (odd) or to go on (even) that its worker has read; 0 before the first. */
  turn?: number;
  /** There: up to which of its task's asks it has asked, and how many of those are met there. */
  asked?: number;
  allowed?: number;
}

/** What the scheduler believes to be on workers: seats, −1 behind the last, whose they are, the numbers of their attempts, and their last turns. */
export interface BelievedAttempts {
  firstOn(worker: number): number;
  behind(seat: number): number;
  taskOf(seat: number): number;
  attemptOf(seat: number): number;
  turnOf(task: number): number;
  /** Up to which of its task's asks the attempt in a seat has asked, and how many may be met. */
  asksOf(seat: number): { asked: number; allowed: number };
  /** How often one was added to those of a worker, or taken away. */
  changesOn(worker: number): number;
}

/** The end of an attempt that the scheduler has not answered yet. */
export interface UnansweredEnd {
  task: number;
  attempt: number;
  reason: Reason;
  /** When the worker told it last, and how often. */
  sent: Time;
  times: number;
}
