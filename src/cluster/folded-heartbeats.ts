// The heartbeats of one worker over a network, and their answers, for as long as neither tells anything new.
//
// Nobody can observe them then but by their arrival, which moves when the worker was heard last and how long its leases hold. So they
// are no events: what has come of them is computed when somebody looks. Each draws its loss and its delay as it would by itself.
import type { Heartbeats } from "./heartbeats.ts";
import { MessageKind } from "../model/network.ts";
import type { Duration, Time } from "../model/units.ts";
import { type MessageName, momentOf, type Network } from "./network.ts";

/** A heartbeat, or an answer to one, that has been sent and has not arrived. */
export interface Flight {
  kind: typeof MessageKind.heartbeat | typeof MessageKind.heard;
  /** On its worker's link. */
  number: number;
  sent: Time;
  arrives: Time;
  /** When the heartbeat was sent: this one, or the one that it answers. */
  beat: Time;
}

/** Whose heartbeats they are: its position, its name's hash, and which incarnation it is. */
export interface Beating {
  worker: number;
  lanes: { high: number; low: number };
  incarnation: number;
}

export class FoldedHeartbeats {
  /** When the next is due. */
  next: Time;
  /** When the newest was sent of those that have arrived, and when it arrived; −1 where none has. */
  newest: Time = -1;
  heard: Time = -1;
  /** When the first arrived; −1 where none has. */
  firstHeard: Time = -1;
  /** When the newest was sent of those of which the answer has arrived; −1 where none has. */
  answered: Time = -1;
  /** What is under way, in the order of sending. */
  readonly flights: Flight[] = [];
  readonly #network: Network;
  readonly #times: Heartbeats;
  readonly #name: MessageName;
  /** Whether each arrives and is answered before the next is sent: then nothing will come of them, for as long as they are folded. */
  readonly areSteady: boolean;
  /** How long a heartbeat takes to arrive, and its answer to come back; Infinity where they draw that, or may be lost. */
  readonly #there: Duration;
  readonly #back: Duration;

  /** The first is sent at `from`. */
  constructor(network: Network, times: Heartbeats, { worker, lanes, incarnation }: Beating, from: Time) {
    this.#network = network;
    this.#times = times;
    this.next = from;
    this.#name = { kind: MessageKind.heartbeat, worker, ...lanes, count: 0, repeat: incarnation };
    this.#there = network.fixedDelay(MessageKind.heartbeat, worker);
    this.#back = network.fixedDelay(MessageKind.heard, worker);
    this.areSteady = network.areSteady(worker, times.leastGap(worker));
  }

  /** Computes what has been sent, and what has arrived, before a time; and at that time, where `sends` and `arrivals` of it are over. */
  advance(time: Time, sends: boolean, arrivals: boolean): void {
    if (this.areSteady && this.flights.length === 0) this.#skip(time);
    for (;;) {
      const first = this.#firstFlight();
      const arrives = first < 0 ? Number.POSITIVE_INFINITY : (this.flights[first] as Flight).arrives;
      if (this.next <= arrives) {
        if (this.next > time || (this.next === time && !sends)) return; // at one instant, heartbeats are sent before messages arrive
        this.#send(MessageKind.heartbeat, this.next, this.next);
        this.next = this.#times.firstFrom(this.#name.worker, this.next + 1);
      } else {
        if (arrives > time || (arrives === time && !arrivals)) return;
        this.#arrives(first);
      }
    }
  }

  /** What has come of those that are answered before a time. */
  #skip(time: Time): void {
    const { worker } = this.#name;
    const before = time - this.#there - this.#back;
    const newest = this.#times.lastBefore(worker, before);
    if (newest < this.next || newest >= before) return; // before the first of all it is the registration
    if (this.firstHeard < 0) this.firstHeard = this.next + this.#there;
    this.newest = newest;
    this.heard = newest + this.#there;
    this.answered = newest;
    this.next = this.#times.firstFrom(worker, newest + 1);
  }

  /** The place of the flight that arrives first; of several at one time, of the one that was sent first. −1 where there is none. */
  #firstFlight(): number {
    const { flights } = this;
    let first = flights.length - 1;
    for (let i = first - 1; i >= 0; i--) if ((flights[i] as Flight).arrives <= (flights[first] as Flight).arrives) first = i;
    return first;
  }

  #send(kind: Flight["kind"], sent: Time, beat: Time): void {
    const network = this.#network;
    const name = this.#name;
    name.kind = kind;
    name.count = momentOf(sent);
    const number = network.takeNumber(name.worker);
    network.send(name, sent);
    const { first, second } = network;
    if (Number.isNaN(first)) return;
    this.flights.push({ kind, number, sent, arrives: first, beat });
    if (!Number.isNaN(second)) this.flights.push({ kind, number, sent, arrives: second, beat });
  }

  #arrives(place: number): void {
    const { kind, arrives, beat } = this.flights[place] as Flight;
    this.flights.splice(place, 1);
    if (kind === MessageKind.heard) {
      this.answered = Math.max(this.answered, beat);
      return;
    }
    if (this.firstHeard < 0) this.firstHeard = arrives;
    if (beat > this.newest) {
      this.newest = beat;
      this.heard = arrives;
    }
    this.#send(MessageKind.heard, arrives, beat);
  }
}
