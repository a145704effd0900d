// Carries messages over links: each copy is planned for when it arrives, or noted as lost, dropped by a cut, or held back by a clog.
import { type LinkDisturbance, MessageFate, type MessageEntry, type MessageKind, type NetworkPlan } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import type { Time } from "../model/units.ts";
import { type MessageName, Network } from "./network.ts";

/** What is carried: it says by which link, and which message of that it is. */
export interface Carried {
  kind: MessageKind;
  number: number;
  /** What it is about; −1 and 0 where there is nothing. */
  task: number;
  attempt: number;
  /** Of a replica of the scheduler: its term; 0 where nobody has one. */
  term?: number;
  /** Of a start that it sends: where its assignment stands in the log; else 0. */
  index?: number;
  /** Copies that have not arrived, or were dropped. */
  copies: number;
}

export interface PostHost<Message extends Carried> {
  readonly now: Time;
  /** Plans that a copy arrives; it is given to `arrives` then. */
  planArrival(link: number, message: Message, time: Time): void;
}

export class Post<Message extends Carried> {
  readonly network: Network;
  readonly #recorder: Recorder;
  readonly #host: PostHost<Message>;
  /** Whom entries about a link name: its worker, or −1 for clients. */
  readonly #nameOf: (link: number) => number;
  readonly #underWay: readonly Map<number, Message>[];
  readonly #clogged: readonly Message[][];

  constructor(plan: NetworkPlan, recorder: Recorder, host: PostHost<Message>, nameOf: (link: number) => number = (link) => link) {
    this.network = new Network(plan);
    this.#recorder = recorder;
    this.#host = host;
    this.#nameOf = nameOf;
    this.#underWay = plan.links.map(() => new Map<number, Message>());
    this.#clogged = plan.links.map(() => []);
  }

  /** A number that no message under way on the link has. */
  takeNumber(link: number): number {
    const underWay = this.underWay(link);
    let number = this.network.takeNumber(link);
    while (underWay.has(number)) number = this.network.takeNumber(link);
    return number;
  }

  /** Messages under way on a link, by their numbers. */
  underWay(link: number): Map<number, Message> {
    return this.#underWay[link] as Map<number, Message>;
  }

  /** Sends a message; its name does not matter where it draws nothing. */
  send(link: number, message: Message, { high, low, count, repeat }: Omit<MessageName, "kind" | "worker">): void {
    const { network } = this;
    const { kind } = message;
    this.note(MessageFate.sent, link, message);
    if (network.takesNone(kind, link)) return this.note(MessageFate.cut, link, message);
    network.send({ kind, worker: link, high, low, count, repeat }, this.#host.now);
    const { first, second } = network;
    if (Number.isNaN(first)) return this.note(MessageFate.lost, link, message);
    this.carry(link, message, first);
    if (Number.isNaN(second)) return;
    this.note(MessageFate.duplicated, link, message);
    this.carry(link, message, second);
  }

  /** A copy of a message is under way, and arrives then. */
  carry(link: number, message: Message, time: Time): void {
    this.underWay(link).set(message.number, message);
    message.copies += 1;
    this.#host.planArrival(link, message, time);
  }

  /** The message of which a copy is at the other end of the link; undefined where that is dropped, or waits for the end of a clog. */
  arrives(link: number, number: number): Message | undefined {
    const message = this.underWay(link).get(number) as Message;
    const { kind } = message;
    const isDropped = this.network.drops(kind, link);
    if (this.network.isClogged(kind, link) && !isDropped) {
      this.#clogged[link]?.push(message);
      return undefined;
    }
    message.copies -= 1;
    if (message.copies === 0) this.underWay(link).delete(number);
    if (!isDropped) return message;
    this.note(MessageFate.cut, link, message);
    return undefined;
  }

  /** A disturbance of a link begins or ends; the bits of `LinkState` that hold then. What a clog held back arrives now, in the order in which it was sent. */
  change(link: number, disturbance: LinkDisturbance, begins: boolean): number {
    const state = this.network.change(link, disturbance, begins);
    if (!begins && disturbance.does === "clog")
      for (const message of this.#clogged[link]?.splice(0) ?? []) this.#host.planArrival(link, message, this.#host.now);
    return state;
  }

  note(fate: MessageEntry["fate"], link: number, { kind, number, task, attempt, term = 0, index = 0 }: Carried): void {
    const { messages } = this.#recorder;
    if (messages === undefined) return;
    const entry = { time: this.#host.now, fate, kind, worker: this.#nameOf(link), number, task, attempt };
    messages.push(term === 0 ? entry : { ...entry, term, ...(index > 0 && { index }) });
  }
}

/** The name of a message that draws nothing. */
export const UNNAMED: Omit<MessageName, "kind" | "worker"> = { high: 0, low: 0, count: 0, repeat: 0 };
