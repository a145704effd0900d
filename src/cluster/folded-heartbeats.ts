// The heartbeats of one worker over a network, and their answers, for as long as neither tells anything new.
//
// Nobody can observe them then but by their arrival, which moves when the worker was heard last and how long its leases hold. So they
// are no events: what has come of them is computed when somebody looks. Each draws its loss and its delay as it would by itself. As
// nothing else does, it can be computed ahead, too, until one of both ends has waited too long for the other: only that is an event.
import type { Heartbeats } from "./heartbeats.ts";
import { MessageKind } from "../model/network.ts";
import type { Passage } from "./passage.ts";
import type { Duration, Time } from "../model/units.ts";
import { type LinkProgress, momentOf, type Network, numberAfter } from "./network.ts";

/** A heartbeat, or an answer to one, that has been sent and has not arrived. */
export interface Flight {
  readonly kind: typeof MessageKind.heartbeat | typeof MessageKind.heard;
  /** On its worker's link. */
  readonly number: number;
  readonly sent: Time;
  readonly arrives: Time;
  /** When the heartbeat was sent: this one, or the one that it answers. */
  readonly beat: Time;
}

/** Whose heartbeats they are: its position, its name's hash, and which incarnation it is. */
export interface Beating {
  worker: number;
  lanes: { high: number; low: number };
  incarnation: number;
  /** Whether somebody asks when each arrived. */
  areCounted: boolean;
}

/** How a worker's heartbeats and their answers come and go, until something changes that. */
class Course {
  readonly beating: Beating;
  readonly times: Heartbeats;
  readonly there: Passage;
  readonly back: Passage;
  /** Whether each arrives and is answered before the next is sent, at the interval, after always the same time. */
  readonly isSteady: boolean;
  /** How long a heartbeat takes to arrive, and its answer to come back; Infinity where they draw that, or may be lost. */
  readonly fixedThere: Duration;
  readonly fixedBack: Duration;
  readonly #isRegular: boolean;

  constructor(network: Network, times: Heartbeats, beating: Beating) {
    const { worker } = beating;
    this.beating = beating;
    this.times = times;
    this.there = network.passage(MessageKind.heartbeat, worker);
    this.back = network.passage(MessageKind.heard, worker);
    this.fixedThere = network.fixedDelay(MessageKind.heartbeat, worker);
    this.fixedBack = network.fixedDelay(MessageKind.heard, worker);
    this.isSteady = !times.areSlow(worker) && this.fixedThere + this.fixedBack < times.leastGap(worker);
    this.#isRegular = times.areRegular(worker);
  }

  /** The heartbeat after one. */
  after(beat: Time): Time {
    return this.#isRegular ? beat + this.times.interval : this.times.firstFrom(this.beating.worker, beat + 1);
  }
}

/** Until when the scheduler and the worker wait for each other's messages, as things stand. */
export interface Waits {
  /** When the scheduler suspects the worker, or later; and how long that is at least from each heartbeat on. */
  trusted: Time;
  readonly leastPatience: Duration;
  /** When it does, to the µs, if these heartbeats have arrived beside those that it knows of, and no other does. */
  trustedTill(arrivals: readonly Time[]): Time;
  /** When the scheduler gives up what the worker holds; and how long that is from each heartbeat on. */
  held: Time;
  readonly heldFor: Duration;
  /** When the worker stops what it holds; and when that is by the answer to a heartbeat that was sent then. */
  leased: Time;
  leaseFrom(beat: Time): Time;
}

/** Who has waited too long, when that is known. */
export type Silence = "worker-lease" | "scheduler-lease" | "suspicion";

export class FoldedHeartbeats {
  /** When the next is due. */
  next: Time;
  /** When the newest was sent of those that have arrived, and when it arrived; −1 where none has. */
  newest: Time = -1;
  heard: Time = -1;
  /** When the first arrived; −1 where none has. */
  firstHeard: Time = -1;
  /** When those arrived that were newer than all before; as far as that is asked for, since this was emptied. */
  arrivals: Time[] = [];
  /** When the newest was sent of those of which the answer has arrived; −1 where none has. */
  answered: Time = -1;
  /** What is under way, most often one message: what arrives first is the last; of several at one time, what was sent first. */
  readonly flights: Flight[];
  /** What the link has come to. */
  readonly link: LinkProgress;
  readonly #course: Course;
  #waits: Waits | undefined;
  /** When one of both ends has waited too long, if nothing arrives by then; or before, as far as that has not been asked for. */
  #limit: Time = Number.POSITIVE_INFINITY;

  private constructor(course: Course, from: Time, link: LinkProgress, flights: Flight[]) {
    this.#course = course;
    this.next = from;
    this.link = link;
    this.flights = flights;
  }

  /** The first is sent at a time. */
  static from(time: Time, network: Network, times: Heartbeats, beating: Beating): FoldedHeartbeats {
    return new FoldedHeartbeats(new Course(network, times, beating), time, network.progressOf(beating.worker), []);
  }

  /** Whether each arrives and is answered before the next is sent: then nothing will come of them, for as long as they are folded. */
  get areSteady(): boolean {
    return this.#course.isSteady;
  }

  /** What will have come of them at a time, or when one of both ends has waited too long for the other, if that is before: when, and which. */
  ahead(till: Time, waits: Waits): { beats: FoldedHeartbeats; time: Time; silence: Silence | undefined } {
    const beats = new FoldedHeartbeats(this.#course, this.next, { ...this.link }, [...this.flights]);
    beats.newest = this.newest;
    beats.heard = this.heard;
    beats.firstHeard = this.firstHeard;
    beats.answered = this.answered;
    beats.#waits = waits;
    beats.#setLimit(waits);
    beats.advance(till, true, true);
    const limit = beats.#limit;
    beats.#waits = undefined;
    beats.#limit = Number.POSITIVE_INFINITY;
    if (limit > till) return { beats, time: till, silence: undefined };
    return {
      beats,
      time: limit,
      silence: waits.leased === limit ? "worker-lease" : waits.held === limit ? "scheduler-lease" : "suspicion",
    };
  }

  /** Computes what has been sent, and what has arrived, before a time; and at that time, where `sends` and `arrivals` of it are over. */
  advance(time: Time, sends: boolean, arrivals: boolean): void {
    const course = this.#course;
    const { flights } = this;
    if (course.isSteady && flights.length === 0 && this.#waits === undefined) this.#skip(time);
    for (;;) {
      const first = flights.length === 0 ? undefined : flights[flights.length - 1];
      const arrives = first === undefined ? Number.POSITIVE_INFINITY : first.arrives;
      const isSent = this.next <= arrives; // at one instant, heartbeats are sent before messages arrive
      const event = isSent ? this.next : arrives;
      if (event > this.#limit && this.#isTooLate(event, time)) return;
      if (event > time || (event === time && !(isSent ? sends : arrivals))) return;
      if (isSent) {
        this.link.there = this.#send(MessageKind.heartbeat, course.there, event, event, this.link.there);
        this.next = course.after(event);
      } else {
        flights.pop();
        this.#arrives(first as Flight);
      }
    }
  }

  /** What has come of those that are answered before a time. */
  #skip(time: Time): void {
    const { fixedThere, fixedBack, times } = this.#course;
    const { worker } = this.#course.beating;
    const before = time - fixedThere - fixedBack;
    const newest = times.lastBefore(worker, before);
    if (newest < this.next || newest >= before) return; // before the first of all it is the registration
    if (this.firstHeard < 0) this.firstHeard = this.next + fixedThere;
    this.newest = newest;
    this.heard = newest + fixedThere;
    this.answered = newest;
    this.next = times.firstFrom(worker, newest + 1);
  }

  /** Says when the last message arrives of those that were sent that way. */
  #send(kind: Flight["kind"], passage: Passage, sent: Time, beat: Time, last: Time): Time {
    const { lanes, incarnation } = this.#course.beating;
    const { number } = this.link;
    this.link.number = numberAfter(number);
    const newLast = passage.send(lanes.high, lanes.low, momentOf(sent), incarnation, sent, last);
    const { first, second } = passage;
    if (Number.isNaN(first)) return newLast;
    this.#fly({ kind, number, sent, arrives: first, beat });
    if (!Number.isNaN(second)) this.#fly({ kind, number, sent, arrives: second, beat });
    return newLast;
  }

  #fly(flight: Flight): void {
    const { flights } = this;
    let place = flights.length;
    flights.push(flight);
    for (; place > 0 && (flights[place - 1] as Flight).arrives <= flight.arrives; place--) flights[place] = flights[place - 1] as Flight;
    flights[place] = flight;
  }

  #arrives({ kind, arrives, beat }: Flight): void {
    const waits = this.#waits;
    if (kind === MessageKind.heard) {
      if (beat <= this.answered) return;
      this.answered = beat;
      if (waits === undefined || waits.leased === Number.POSITIVE_INFINITY) return;
      waits.leased = waits.leaseFrom(beat);
      this.#setLimit(waits);
      return;
    }
    if (this.firstHeard < 0) this.firstHeard = arrives;
    if (beat > this.newest) {
      this.newest = beat;
      this.heard = arrives;
      if (this.#course.beating.areCounted) this.arrivals.push(arrives);
      if (waits !== undefined) {
        waits.trusted = arrives + waits.leastPatience;
        if (waits.held < Number.POSITIVE_INFINITY) waits.held = arrives + waits.heldFor;
        this.#setLimit(waits);
      }
    }
    this.link.back = this.#send(MessageKind.heard, this.#course.back, arrives, beat, this.link.back);
  }

  #setLimit({ trusted, held, leased }: Waits): void {
    this.#limit = Math.min(trusted, held, leased);
  }

  /** Whether one of both ends has waited too long by the next event, or will have after the time until which that is computed. */
  #isTooLate(event: Time, time: Time): boolean {
    const waits = this.#waits as Waits;
    if (this.#limit > time || !this.#course.beating.areCounted) return true;
    waits.trusted = waits.trustedTill(this.arrivals);
    this.#setLimit(waits);
    return event > this.#limit;
  }
}
