// What changes a replicated scheduler: commands, which take effect when they are committed, in the order of their log. What hangs on time or
// chance they carry; who applies one reads neither clock nor stream.
import type { Reason } from "./trace.ts";
import type { Time } from "./units.ts";

/** Their kinds; the numbers count in the hash of a log. */
export const CommandKind = {
  /** A task is submitted. */
  submit: 1,
  /** It starts on a worker. */
  assign: 2,
  /** Its worker tells that the attempt completed; or that it ended otherwise, and why. */
  complete: 3,
  fail: 4,
  /** The attempt is given up, and why. */
  requeue: 5,
  /** The wait after a failure is over. */
  retry: 6,
  /** A client withdraws the task; or changes it, by the action of that number in `value`. */
  cancel: 7,
  change: 8,
  /** A worker has registered: its incarnation is `attempt`. It is suspected; it is trusted again. */
  up: 9,
  suspect: 10,
  trust: 11,
  /** A client opens a session, whose number is that of the entry: the client is `value`. The session of that number in `value` expires, unless `attempt` is not its last call any more. */
  open: 12,
  expire: 13,
} as const;
export type CommandKind = (typeof CommandKind)[keyof typeof CommandKind];

/** A call of a client: whoever leads knows by these what it has done already, and what that came to. */
export interface Request {
  readonly client: number;
  readonly session: number;
  /** Of the call. */
  readonly number: number;
  /** Up to there the client knows what its calls came to. */
  readonly acknowledged: number;
}

/** Task and worker by position, −1 where there is none. */
export interface Command {
  readonly kind: CommandKind;
  readonly task: number;
  readonly worker: number;
  /** Of a task the number of its attempt; of a worker its incarnation. */
  readonly attempt: number;
  readonly reason: Reason;
  /** When it was proposed. */
  readonly time: Time;
  /** Of a failure: when the wait after it is over, if there is one; of a change: its action. */
  readonly value: number;
  /** Of a command that a client's call asks for. */
  readonly request?: Request;
}

/** 32 bits of what it says. */
export function hashOfCommand({ kind, task, worker, attempt, reason, time, value, request }: Command): number {
  const hash = fold(Math.imul(kind | (reason << 8), 0x9e3779b1), [task, worker, attempt, time, high(time), value, high(value)]);
  if (request === undefined) return hash >>> 0;
  const { client, session, number, acknowledged } = request;
  return fold(hash, [client, session, high(session), number, acknowledged]) >>> 0;
}

function fold(start: number, words: readonly number[]): number {
  let hash = start;
  for (const word of words) {
    hash = Math.imul(hash ^ (word | 0), 0x85ebca77);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** What a number has beyond 32 bits. */
function high(number: number): number {
  return Math.floor(number / 4294967296);
}

/** Where a replicated scheduler puts what it decides. */
export interface CommandLog {
  /** To be committed, and applied then; what is on its way there already is not put again. */
  propose(kind: CommandKind, task: number, worker: number, attempt: number, reason: Reason, value: number): void;
  /** Whether an attempt is about to be given up: till then it must not get a lease again. */
  givesUp(task: number, attempt: number): boolean;
}
