// Clients at the far end of a link of their own: what they ask the scheduler for, and what it tells them, sent again until it is answered.
//
// An exchange counts once, when it first arrives, however often it is sent; each arrival is answered, and an answer ends it.
import type { ClientEnd } from "./client-end.ts";
import { Event } from "./event-kinds.ts";
import { lanesOf, momentOf } from "../cluster/network.ts";
import { type Carried, Post, type PostHost, UNNAMED } from "../cluster/post.ts";
import { nameAt } from "../model/columns.ts";
import { type ClientLink, type LinkDisturbance, MessageFate, MessageKind, type NetworkPlan } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import type { Status } from "../model/status.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { TaskAction, World } from "../model/world.ts";

/** What they need of the run. */
export interface ClientsHost {
  readonly now: Time;
  plan(time: Time, kind: number, subject: number, counter: number): void;
  /** Whether a fault of their link is still to begin or to end. */
  mayLinkChange(): boolean;
  statusOf(task: number): Status;
  /** A task arrives at the scheduler; or an action, by its index; or a cancellation that no scenario foresaw. */
  submit(task: number): void;
  carryOut(action: number): void;
  withdraw(task: number, requeue: boolean): void;
}

/** Something that one end asks or tells, and the other answers. */
interface Exchange {
  kind: Asked;
  task: number;
  /** Index among the world's actions; −1 where it is none of these. */
  action: number;
  /** Of a cancellation that no scenario foresaw. */
  requeue: boolean;
  /** Names its messages beside the task. */
  count: number;
  /** Of an outcome: what it tells. */
  attempts: number;
  reason: Reason;
  /** How often it was sent, and answered. */
  sent: number;
  answered: number;
  isOver: boolean;
}

/** A message of an exchange, either way. */
interface ClientMessage extends Carried {
  exchange: number;
  /** Of an answer about a task: where that stood. */
  status: Status;
}

const ANSWERS = {
  [MessageKind.submit]: MessageKind.accepted,
  [MessageKind.cancel]: MessageKind.accepted,
  [MessageKind.change]: MessageKind.accepted,
  [MessageKind.status]: MessageKind.answer,
  [MessageKind.outcome]: MessageKind.noticed,
} as const;

type Asked = keyof typeof ANSWERS;

/** Kinds of entries by which tasks end. */
const ENDS: readonly EntryKind[] = [EntryKind.finished, EntryKind.accepted, EntryKind.abandoned, EntryKind.skipped, EntryKind.cancelled];

/** The one link of its network, and who is named at its end. */
const LINK = 0;
const CLIENTS_END = -1;

/** The number of a sending takes 22 bits of an event's key. */
const MOST_SENT = 2 ** 22;

export class Clients implements ClientEnd, PostHost<ClientMessage> {
  readonly #host: ClientsHost;
  readonly #world: World;
  readonly #recorder: Recorder;
  readonly #post: Post<ClientMessage>;
  readonly #repeat: Duration;
  /** Whether they are told how tasks end. */
  readonly #areTold: boolean;
  readonly #exchanges: Exchange[] = [];
  /** Outcomes that have not come to their clients. */
  #untold = 0;

  constructor(world: World, link: ClientLink, areTold: boolean, recorder: Recorder, host: ClientsHost) {
    this.#host = host;
    this.#world = world;
    this.#recorder = recorder;
    this.#post = new Post({ ...(world.network as NetworkPlan), links: [link] }, recorder, this, () => CLIENTS_END);
    this.#repeat = link.repeat;
    this.#areTold = areTold;
  }

  // What is asked.

  submits(task: number): void {
    this.#open(MessageKind.submit, task, {});
  }

  /** What a client was to ask for at this time; `index` is that of the action. */
  asks(action: TaskAction, index: number): void {
    const { kind, task } = action;
    const asked = kind === "set" ? MessageKind.change : kind === "status" ? MessageKind.status : MessageKind.cancel;
    this.#open(asked, task, { action: index, count: index + 1 });
  }

  /** A client cancels a task now, or sends it back to the queue. */
  cancels(task: number, requeue: boolean): void {
    this.#open(MessageKind.cancel, task, { requeue, count: momentOf(this.#host.now) });
  }

  /** Whether somebody is still to be told how a task ended. */
  get owes(): boolean {
    return this.#untold > 0;
  }

  /** What ends a task is told to its client. */
  entry(_time: Time, kind: EntryKind, task: number, _worker: number, attempt: number, reason: Reason): void {
    if (!this.#areTold || !ENDS.includes(kind)) return;
    this.#untold += 1;
    this.#open(MessageKind.outcome, task, { attempts: attempt, reason });
  }

  #open(kind: Asked, task: number, more: Partial<Pick<Exchange, "action" | "requeue" | "count" | "attempts" | "reason">>): void {
    const { action = -1, requeue = false, count = 0, attempts = 0, reason = Reason.none } = more;
    this.#exchanges.push({ kind, task, action, requeue, count, attempts, reason, sent: 0, answered: 0, isOver: false });
    this.#ask(this.#exchanges.length - 1);
  }

  #ask(id: number): void {
    const exchange = this.#exchanges[id] as Exchange;
    this.#send(exchange.kind, id, exchange.sent++, 0);
    this.#host.plan(this.#host.now + this.#repeat, Event.askAgain, id, exchange.sent % MOST_SENT);
  }

  /** Whether who asked still waits for an answer. */
  waits(id: number): boolean {
    const exchange = this.#exchanges[id];
    return exchange !== undefined && !exchange.isOver;
  }

  /** It was not answered for so long: it is sent once more, unless nothing will ever get through. */
  asksAgain(id: number): void {
    const { kind, answered } = this.#exchanges[id] as Exchange;
    const isInVain = this.#isShut(kind) || (answered > 0 && this.#isShut(ANSWERS[kind]));
    if (!isInVain || this.#host.mayLinkChange()) this.#ask(id);
  }

  #isShut(kind: MessageKind): boolean {
    const { network } = this.#post;
    return network.isCut(kind, LINK) || network.losesAll(kind, LINK);
  }

  // Messages.

  #send(kind: MessageKind, id: number, repeat: number, status: Status): void {
    const { task, attempts: attempt, count } = this.#exchanges[id] as Exchange;
    const message = { kind, number: this.#post.takeNumber(LINK), task, attempt, copies: 0, exchange: id, status };
    const { high, low } = this.#post.network.draws(kind, LINK) ? lanesOf(nameAt(this.#world.tasks.names, task)) : UNNAMED;
    this.#post.send(LINK, message, { high, low, count, repeat });
  }

  get now(): Time {
    return this.#host.now;
  }

  planArrival(_link: number, { number }: ClientMessage, time: Time): void {
    this.#host.plan(time, Event.message, this.#world.workers.count, number);
  }

  /** A copy of a message is at the other end of the link. */
  arrives(_link: number, number: number): void {
    const message = this.#post.arrives(LINK, number);
    if (message === undefined) return;
    this.#post.note(MessageFate.delivered, LINK, message);
    this.#reads(message);
  }

  #reads({ kind, exchange: id, status }: ClientMessage): void {
    const exchange = this.#exchanges[id] as Exchange;
    if (kind !== exchange.kind) {
      if (kind === MessageKind.answer && !exchange.isOver)
        this.#recorder.entry(this.#host.now, EntryKind.answered, exchange.task, -1, status, Reason.none);
      exchange.isOver = true;
      return;
    }
    if (exchange.answered === 0) this.#counts(exchange);
    this.#send(ANSWERS[exchange.kind], id, exchange.answered++, this.#host.statusOf(exchange.task));
  }

  /** What was asked, or told, has come to the other end. */
  #counts({ kind, task, action, requeue, attempts, reason }: Exchange): void {
    if (kind === MessageKind.outcome) {
      this.#untold -= 1;
      this.#recorder.entry(this.#host.now, EntryKind.notified, task, -1, attempts, reason);
    } else if (kind === MessageKind.submit) this.#host.submit(task);
    else if (kind === MessageKind.status) return;
    else if (action >= 0) this.#host.carryOut(action);
    else this.#host.withdraw(task, requeue);
  }

  // Their link.

  /** A fault of their link begins or ends. */
  changes(effect: LinkDisturbance, begins: boolean): void {
    this.#recorder.entry(this.now, EntryKind.linked, -1, CLIENTS_END, this.#post.change(LINK, effect, begins), Reason.none);
  }
}
