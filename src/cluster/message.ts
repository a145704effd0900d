// A message between the scheduler and a worker that is under way.
import { MessageKind } from "../model/network.ts";
import { Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Report, UnansweredSize } from "./cluster-host.ts";

/** What its kind does not need is −1 or 0. */
export interface Message {
  kind: MessageKind;
  worker: number;
  number: number;
  incarnation: number;
  sent: Time;
  task: number;
  attempt: number;
  execution: number;
  /** Of a start: how long the attempt works between checkpoints, µs. */
  every: Duration;
  /** Of a start: which copy of its task's attempts it is; 0 where it is none. */
  copy: number;
  reason: Reason;
  /** Of a heartbeat: what is on the worker. */
  report: readonly Report[];
  /** Of a heartbeat: whether the worker has read that it is to leave. */
  drains: boolean;
  /** Of an order to drain: whether the worker may go. */
  last: boolean;
  /** Of an answer to a heartbeat: when that was sent. */
  answers: Time;
  /** Of a stop: whether the scheduler waits for the answer. */
  awaited: boolean;
  /** Of an order to wait or to go on, or its answer: which it is of the attempt. Of a registration: the number of the worker's disk; of a fetch: the place of the file; of an ask, or its answer: up to which of its task's asks. */
  turn: number;
  /** Of a progress: how much of its work the attempt has done, in thousandths; of an ask: how many of those before were met. */
  part: number;
  /** Of a change of what the worker is to have: what that is; `turn` says which change it is. */
  size: Pick<UnansweredSize, "effects" | "capacity"> | undefined;
  /** Where the scheduler is replicated: the replica to which it goes, or which has sent it, and then in which term. */
  replica: number;
  term: number;
  /** Of a start, where the scheduler is replicated: where its assignment stands in the log; else 0. */
  index: number;
  /** Copies that have not arrived, or were dropped. */
  copies: number;
  /** Whether messages like it go to and fro though nothing happens. */
  recurs: boolean;
}

/** What it says. */
export type Content = Partial<
  Pick<
    Message,
    | "task"
    | "attempt"
    | "execution"
    | "every"
    | "copy"
    | "reason"
    | "report"
    | "drains"
    | "last"
    | "answers"
    | "awaited"
    | "turn"
    | "part"
    | "size"
    | "recurs"
  >
>;

const NOTHING: readonly Report[] = [];

/** Each has the same shape, so that code which reads them stays fast. */
export function messageOf(kind: MessageKind, worker: number, number: number, incarnation: number, sent: Time, content: Content): Message {
  const {
    task = -1,
    attempt = 0,
    execution = 0,
    every = Number.POSITIVE_INFINITY,
    copy = 0,
    reason = Reason.none,
    report = NOTHING,
    drains = false,
    last = false,
    answers = 0,
    awaited = false,
    turn = 0,
    part = 0,
    size,
    recurs = kind === MessageKind.heartbeat || kind === MessageKind.heard,
  } = content;
  return {
    kind,
    worker,
    number,
    incarnation,
    sent,
    task,
    attempt,
    execution,
    every,
    copy,
    reason,
    report,
    drains,
    last,
    answers,
    awaited,
    turn,
    part,
    size,
    replica: -1,
    term: 0,
    index: 0,
    copies: 0,
    recurs,
  };
}
