// The vocabulary of the network between the scheduler, its workers and its clients: messages, links, and what is done to them.
import type { Amount } from "./scenario.ts";
import { type Duration, SECOND, type Time } from "./units.ts";

/** What may be wrong with a worker's link, as bits of an entry `linked`. */
export const LinkState = { cutFromWorker: 1, cutToWorker: 2, clogged: 4, lossy: 8, slow: 16, duplicating: 32, reordering: 64 } as const;

/** What becomes of messages: entries of their own kind, which are not part of the digest. */
export const MessageFate = { sent: 1, delivered: 2, lost: 3, cut: 4, undeliverable: 5, duplicated: 6 } as const;
export type MessageFate = (typeof MessageFate)[keyof typeof MessageFate];

/** Kinds of messages. */
export const MessageKind = {
  register: 1,
  heartbeat: 2,
  started: 3,
  ended: 4,
  /** Answers a stop, where the scheduler waits for that. */
  stopped: 5,
  /** Of a client: what it asks for, again and again until it is answered. */
  submit: 6,
  cancel: 7,
  change: 8,
  status: 9,
  /** Answers a registration. */
  registered: 10,
  /** Answers a heartbeat. */
  heard: 11,
  start: 12,
  stop: 13,
  /** Answers the end of an attempt. */
  noted: 14,
  /** Answers a client that submits, cancels or changes. */
  accepted: 15,
  /** Answers a client that asks where a task stands. */
  answer: 16,
  /** Tells a client how a task ended, again and again until it is answered. */
  outcome: 17,
  /** Of a client: answers that. */
  noticed: 18,
  /** Has the worker suspend an attempt, and answer; has it go on with one that is suspended. */
  suspend: 20,
  proceed: 21,
  /** From a worker: answers a suspend. */
  suspended: 22,
  /** From a worker: what it is to have has changed. */
  resize: 23,
  /** Answers a resize. */
  resized: 24,
  /** Has the worker refuse what it has not read yet, for it is to leave; or go, for the scheduler holds nothing there any more. */
  drain: 25,
  /** From a worker: an attempt has done another part of its work. */
  progress: 26,
  /** Has the worker stop an attempt when its work is saved, and answer. */
  save: 27,
  /** From a worker: an attempt asks for more than it holds, or less. */
  ask: 28,
  /** It may have that. */
  allow: 29,
  /** Has the worker get a file that the task will read there. */
  fetch: 30,
  /** From a worker: all files are there that an attempt reads. */
  gathered: 31,
  /** Where the scheduler is replicated: a replica leads from now on; or another does, of the number in `turn`, or none that is known. */
  leads: 32,
  moved: 33,
  /** Between replicas, as Raft names them. */
  preVote: 34,
  preVoteAnswer: 35,
  vote: 36,
  voteAnswer: 37,
  append: 38,
  appendAnswer: 39,
  install: 40,
  timeoutNow: 41,
  /** Of a client: it opens a session. */
  open: 42,
  /** Answers a client: another replica leads, or none that is known; or its session has expired. */
  redirect: 43,
  expired: 44,
  /** From a replica whose disk is lost: it would be a member again, a new one. */
  join: 50,
} as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/** The kinds by name, but those between replicas of the scheduler. */
export const MESSAGE_NAMES = (Object.keys(MessageKind) as (keyof typeof MessageKind)[]).filter(
  (name) => MessageKind[name] < MessageKind.preVote || MessageKind[name] > MessageKind.timeoutNow,
) as [keyof typeof MessageKind, ...(keyof typeof MessageKind)[]];

/** Whether it goes from a worker, or from a client, to the scheduler. */
export function isFromWorker(kind: MessageKind): boolean {
  return kind < MessageKind.registered || SENT_BACK.includes(kind);
}

/** Kinds from workers and clients that came later. */
const SENT_BACK: readonly MessageKind[] = [
  MessageKind.noticed,
  MessageKind.suspended,
  MessageKind.resize,
  MessageKind.progress,
  MessageKind.gathered,
  MessageKind.ask,
  MessageKind.open,
];

/** Whether it goes between the scheduler and its clients. */
export function isOfClients(kind: MessageKind): boolean {
  if (kind >= MessageKind.open) return true;
  return (kind >= MessageKind.submit && kind <= MessageKind.status) || (kind >= MessageKind.accepted && kind <= MessageKind.noticed);
}

/** Whether an attempt is to wait on its worker after the order of that number about it; else it is to go on. */
export function waitsAfter(turn: number): boolean {
  return turn % 2 === 1;
}

/** One entry about a message; kept only where the scenario asks for `detail: messages`. */
export interface MessageEntry {
  time: Time;
  fate: MessageFate;
  kind: MessageKind;
  /** The worker at the other end; −1 for clients, or, of clients of a replicated scheduler, −1 minus the position of their link: each has one to each replica. */
  worker: number;
  /** Its number on the link, from 0: copies of one message share it. */
  number: number;
  /** The task and attempt that it is about, −1 and 0 where there is none. */
  task: number;
  attempt: number;
  /** Of a replica of the scheduler that leads: its term. */
  term?: number;
  /** Of a start that it sends: where its assignment stands in the log. */
  index?: number;
}

/** Which way messages go: from the worker to the scheduler, or to the worker. */
export const DIRECTIONS = ["both", "from-worker", "to-worker"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What is done to the messages of a link, of all kinds or of some, one way or both ways. */
export interface LinkDisturbance {
  /** `cut`: what would arrive meanwhile is dropped, or what is sent meanwhile. `clog`: it arrives at the end. `lose`, `delay`, `duplicate`, `reorder`: as the options say. */
  does: "cut" | "clog" | "lose" | "delay" | "duplicate" | "reorder";
  direction: Direction;
  /** Kinds of messages; undefined: all. */
  messages?: readonly MessageKind[];
  /** Of lose and duplicate, in [0, 1]. */
  probability: number;
  /** Of delay, µs. */
  by: Duration;
  /** Of those between replicas of the scheduler: only those to these; undefined: to all. */
  peers?: readonly number[];
}

/** Of those kinds of messages; of all, where none is named. */
export function ofKinds(messages: readonly MessageKind[] | undefined): Pick<LinkDisturbance, "messages"> {
  return messages === undefined ? {} : { messages };
}

/** What a link is like when nothing is wrong with it. */
export interface LinkQuality {
  /** µs each way, or how each message draws it. */
  latency: Amount;
  /** Probability that a message is lost. */
  loss: number;
  /** Probability that it arrives twice. */
  duplicate: number;
  /** Whether messages may overtake one another. */
  reorder: boolean;
}

/** The link between the scheduler and its clients. */
export interface ClientLink extends LinkQuality {
  /** How long who asks for something, or tells of it, waits for the answer before that is sent again. */
  repeat: Duration;
}

/** How long clients wait for an answer where it is not said. */
export const REPEAT: Duration = SECOND;

/** The network between the scheduler, the workers and the clients. */
export interface NetworkPlan {
  /** Seed of what messages draw. */
  seed: string;
  /** Of each worker's link. */
  links: readonly LinkQuality[];
  /** Undefined: clients are where the scheduler is. */
  clients?: ClientLink;
  /** Whether heartbeats that tell nothing new are folded, or every message is simulated and recorded by itself. */
  detail: "folded" | "messages";
  /** What becomes of a message when its link is cut: it is dropped if it would arrive then, or (deliver) only if it is sent then. */
  inFlight: InFlight;
}

/** What becomes of messages that are under way when their link is cut. */
export const IN_FLIGHT = ["drop", "deliver"] as const;
export type InFlight = (typeof IN_FLIGHT)[number];

/** One on which messages arrive at once. */
export const IDEAL_LINK: LinkQuality = { latency: 0, loss: 0, duplicate: 0, reorder: false };

/** Whether messages arrive once, at once. */
export function isIdeal({ latency, loss, duplicate }: LinkQuality): boolean {
  return latency === 0 && loss === 0 && duplicate === 0;
}
