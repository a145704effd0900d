// What replicas of a log say to one another (D. Ongaro and J. Ousterhout, "In search of an understandable consensus algorithm", 2014;
// D. Ongaro, "Consensus: bridging theory and practice", 2014), and what their entries are.
import type { Time } from "../model/units.ts";

/** By position in the run; the same for as long as its disk lives. */
export type ReplicaId = number;

export type Term = number;

/** Of an entry, from 1 on; 0 stands before the first. */
export type Index = number;

/** Who votes, and who only follows along. In ascending order. */
export interface Members {
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
}

/** What an entry says: a command of the state machine, nothing (the first of each leader's), or who is a member from then on. */
export type Content<C> =
  | { readonly kind: "command"; readonly command: C }
  | { readonly kind: "noop" }
  | { readonly kind: "members"; readonly members: Members };

export interface Entry<C> {
  readonly term: Term;
  readonly index: Index;
  readonly content: Content<C>;
  /** Of all entries up to this one, in 53 bits: equal for equal logs. */
  readonly hash: number;
}

/** The state machine after an entry, in place of the log up to there. */
export interface Snapshot<S> {
  readonly index: Index;
  readonly term: Term;
  readonly hash: number;
  readonly members: Members;
  readonly state: S;
}

interface Asking {
  /** The candidate's last entry. */
  readonly lastIndex: Index;
  readonly lastTerm: Term;
}

export type Message<C, S> =
  /** Would you vote for me in that term? */
  | ({ readonly kind: "preVote"; readonly term: Term } & Asking)
  | { readonly kind: "preVoteAnswer"; readonly term: Term; readonly granted: boolean }
  /** `transfer`: its leader has asked it to; or it was that leader, and nothing has come of it. */
  | ({ readonly kind: "vote"; readonly term: Term; readonly transfer: boolean } & Asking)
  | { readonly kind: "voteAnswer"; readonly term: Term; readonly granted: boolean }
  /** Also a heartbeat, then without entries. `round`: what an answer to it confirms. */
  | {
      readonly kind: "append";
      readonly term: Term;
      readonly previousIndex: Index;
      readonly previousTerm: Term;
      readonly entries: readonly Entry<C>[];
      readonly commit: Index;
      readonly round: number;
    }
  /** `match`: up to where the logs agree, durably. `round`: of what it answers; 0 where that is of an earlier term. */
  | { readonly kind: "appendAnswer"; readonly term: Term; readonly agrees: true; readonly match: Index; readonly round: number }
  /** `match`: up to where they may agree; `matchTerm`: of the entry there. */
  | {
      readonly kind: "appendAnswer";
      readonly term: Term;
      readonly agrees: false;
      readonly match: Index;
      readonly matchTerm: Term;
      readonly round: number;
    }
  | { readonly kind: "install"; readonly term: Term; readonly snapshot: Snapshot<S>; readonly round: number }
  /** Stand for election at once. */
  | { readonly kind: "timeoutNow"; readonly term: Term };

/** What has to be on disk before what was promised with it is said. In the order in which they are written. */
export type Write<C, S> =
  | { readonly kind: "vote"; readonly term: Term; readonly vote: ReplicaId | undefined }
  /** In place of whatever stood at their indexes, and behind them. */
  | { readonly kind: "entries"; readonly entries: readonly Entry<C>[] }
  /** In place of the log up to there; `whole`: and behind it. */
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot<S>; readonly whole: boolean };

/** What a disk holds: what a replica starts from. */
export interface Durable<C, S> {
  readonly term: Term;
  readonly vote: ReplicaId | undefined;
  readonly snapshot: Snapshot<S>;
  /** Behind the snapshot, without a gap. */
  readonly entries: readonly Entry<C>[];
}

/** Named timers: `election` also has a leader look whether it is still followed; `heartbeat` is a leader's. */
export type Timer = "election" | "heartbeat";

/** What a replica does; all of it only buffered. */
export interface Output<C, S> {
  send(to: ReplicaId, message: Message<C, S>): void;
  /** In place of the timer of that name that was set before; by the replica's own clock. */
  setTimer(timer: Timer, at: Time): void;
  cancelTimer(timer: Timer): void;
  /** Is answered by the input `written`, in order. */
  write(write: Write<C, S>): void;
  /** Committed: to be applied in this order, each once. */
  apply(entries: readonly Entry<C>[]): void;
  /** The state machine is to be this one from now on. */
  restore(snapshot: Snapshot<S>): void;
  /** It may answer the read as soon as it has applied that much. */
  readAt(read: number, index: Index): void;
  /** It cannot answer: it does not lead. */
  refuseRead(read: number): void;
  /** It takes on a role, in a term. */
  becomes(role: Role, term: Term): void;
}

export type Role = "follower" | "preCandidate" | "candidate" | "leader";
