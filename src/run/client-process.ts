// One client of a replicated scheduler, without I/O: it has one request under way, and asks again, another replica each time, until it is answered.
import type { ReplicaId } from "../consensus/message.ts";
import { type Call, type ClientSettings, isOver, STATUS_CALL, TaskState } from "../model/clients.ts";
import { CommandKind } from "../model/command.ts";
import { backoffAfter, jittered } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Answer } from "../replication/sessions.ts";
import type { ClientRequest, Reply } from "./client-desk.ts";

/** What it wants, in the order in which it does. */
export type Wanted = Omit<Call, "number">;

/** `again`: it was not answered, or has waited for long enough; `next`: it may ask for something else; `status`: it asks where a task stands. */
export const CLIENT_TIMERS = ["again", "next", "status"] as const;
export type ClientTimer = (typeof CLIENT_TIMERS)[number];

export interface ClientOutput {
  /** `again`: not for the first time. */
  send(to: ReplicaId, request: ClientRequest, again: boolean): void;
  /** In place of the timer of that name that was set before; `recurs`: it comes again and again though nothing happens. */
  setTimer(timer: ClientTimer, at: Time, recurs: boolean): void;
  /** A call is sent for the first time; it is answered, and that may tell the client nothing that it did not know; its answer will never be known. */
  called(call: Call): void;
  returned(call: Call, answer: Answer, isNews: boolean): void;
  forgotten(call: Call): void;
  /** Uniform in [0, 1), the `count`th. */
  draw(count: number): number;
}

export interface ClientOptions extends ClientSettings {
  /** How many replicas there are, and how long it waits for an answer. */
  replicas: number;
  repeat: Duration;
}

export class ClientProcess {
  readonly id: number;
  readonly #options: ClientOptions;
  readonly #out: ClientOutput;
  /** 0 while it has none. */
  #session = 0;
  #number = 0;
  #turn = 0;
  #acknowledged = 0;
  /** Whom it asks next. */
  #contact: ReplicaId;
  /** From `#head` on: what it has not asked for yet. */
  #wanted: Wanted[] = [];
  #head = 0;
  #asked: ClientRequest | undefined;
  /** Of that request: how often it was sent, whether it waits before it is sent again, and whether it was sent on already since. */
  #tries = 0;
  #isWaiting = false;
  #isSentOn = false;
  #draws = 0;
  /** When it may begin its next request; and how many sessions in a row have expired before anything was answered in them. */
  #notBefore: Time = 0;
  #expired = 0;
  #isStatusDue = false;
  /** Whether that is what it asks. */
  #isStatusAsked = false;
  /** Whether the last answer to that told it nothing new. */
  #isStill = false;
  /** Its tasks of which it does not know that they have ended, the one first that it asks about next: and as of which command it was told of each. */
  readonly #open = new Map<number, number>();

  constructor(id: number, options: ClientOptions, out: ClientOutput) {
    this.id = id;
    this.#options = options;
    this.#out = out;
    this.#contact = id % options.replicas;
  }

  start(now: Time): void {
    if (this.#options.status !== undefined) this.#out.setTimer("status", now + this.#options.status, true);
  }

  /** Whether it waits for anything but to be told how its tasks fare. */
  get waits(): boolean {
    return this.#head < this.#wanted.length || (this.#asked !== undefined && !this.#isStatusAsked);
  }

  wants(wanted: Wanted, now: Time): void {
    this.#wanted.push(wanted);
    this.#next(now);
  }

  timer(timer: ClientTimer, now: Time): void {
    if (timer === "next") this.#next(now);
    else if (timer === "status") {
      this.start(now);
      this.#isStatusDue = this.#open.size > 0;
      this.#next(now);
    } else if (this.#asked !== undefined) {
      if (this.#isWaiting) this.#send(now);
      else this.#waits((this.#contact + 1) % this.#options.replicas, now);
    }
  }

  /** Asks for what comes next, if nothing is under way and it is time. */
  #next(now: Time): void {
    const first = this.#wanted[this.#head];
    if (this.#asked !== undefined || (first === undefined && !this.#isStatusDue)) return;
    if (now < this.#notBefore)
      return this.#out.setTimer("next", this.#notBefore, this.#expired > 1 || (first === undefined && this.#isStill));
    // By turns with what it wants: neither is to wait for ever.
    const isTurn = first === undefined || !this.#isStatusAsked;
    this.#isStatusAsked = this.#isStatusDue && this.#open.size > 0 && isTurn;
    if (isTurn) this.#isStatusDue = false;
    if (this.#isStatusAsked) this.#ask([this.#statusCall()], now);
    else if (first === undefined) return;
    else if (first.kind === STATUS_CALL) this.#ask(this.#take(1), now);
    else if (this.#session === 0) this.#ask([], now);
    else this.#ask(this.#take(this.#batch()), now);
  }

  /** How many of those that are wanted go together. */
  #batch(): number {
    let count = 0;
    while (count < this.#options.batch && (this.#wanted[this.#head + count]?.kind ?? STATUS_CALL) !== STATUS_CALL) count += 1;
    return count;
  }

  /** So many of those that it wants, which it wants no more. */
  #take(count: number): Wanted[] {
    const taken = this.#wanted.slice(this.#head, this.#head + count);
    this.#head += count;
    if (this.#head < this.#wanted.length / 2) return taken;
    this.#wanted = this.#wanted.slice(this.#head); // each is moved as often as one was taken
    this.#head = 0;
    return taken;
  }

  #statusCall(): Wanted {
    const [[task, index]] = this.#open as unknown as [[number, number]];
    this.#open.delete(task);
    this.#open.set(task, index);
    return { kind: STATUS_CALL, task, action: -1 };
  }

  #ask(wanted: readonly Wanted[], now: Time): void {
    const calls = wanted.map((each): Call => ({ ...each, number: ++this.#number }));
    this.#turn += 1;
    this.#asked = { client: this.id, turn: this.#turn, session: this.#session, acknowledged: this.#acknowledged, calls };
    for (const call of calls) this.#out.called(call);
    if (calls.length > 0) this.#notBefore = now + this.#options.interval; // what a session is opened for may follow at once
    this.#tries = 0;
    this.#send(now);
  }

  #send(now: Time): void {
    this.#isWaiting = false;
    this.#isSentOn = false;
    this.#tries += 1;
    this.#sends(now);
  }

  #sends(now: Time): void {
    this.#out.send(this.#contact, this.#asked as ClientRequest, this.#recurs);
    this.#out.setTimer("again", now + this.#options.repeat, this.#recurs);
  }

  /** It waits for a while, and then asks that one. */
  #waits(contact: ReplicaId, now: Time): void {
    this.#contact = contact;
    this.#isWaiting = true;
    this.#out.setTimer("again", now + this.#backoff(this.#tries), this.#recurs);
  }

  /** After so many failures in a row; never nothing, for time is to go on. */
  #backoff(failures: number): Duration {
    const { backoff } = this.#options;
    return Math.max(1, jittered(backoffAfter(backoff, failures), backoff.jitter, this.#out.draw(this.#draws++)));
  }

  /** Whether what it does may come again and again though nothing happens. */
  get #recurs(): boolean {
    return this.#tries > 1 || this.#expired > 1 || (this.#isStatusAsked && this.#isStill);
  }

  // What it is told.

  /** A replica has answered its request of that turn: only what answers the one under way counts. */
  hears(turn: number, reply: Reply, now: Time): void {
    const asked = this.#asked;
    if (asked?.turn !== turn) return;
    switch (reply.kind) {
      case "moved":
        return this.#turnsTo(reply.leader, now);
      case "opened":
        this.#session = reply.session;
        break;
      case "answered":
        this.#expired = 0;
        this.#learns(asked, reply.answers);
        break;
      default:
        // Whether it was executed nobody will tell: it begins anew.
        this.#session = 0;
        for (const call of asked.calls) this.#out.forgotten(call);
        this.#wanted = [...asked.calls, ...this.#wanted.slice(this.#head)];
        this.#head = 0;
        this.#expired += 1;
        this.#notBefore = this.#expired > 1 ? now + this.#backoff(this.#expired) : now;
    }
    this.#asked = undefined;
    this.#next(now);
  }

  #turnsTo(leader: ReplicaId, now: Time): void {
    if (this.#isWaiting) return; // it was told late
    const others = leader < 0 ? (this.#contact + 1) % this.#options.replicas : leader;
    if (leader < 0 || this.#isSentOn) return this.#waits(others, now);
    this.#contact = leader;
    this.#isSentOn = true;
    this.#sends(now);
  }

  #learns({ calls }: ClientRequest, answers: readonly Answer[]): void {
    for (const [i, answer] of answers.entries()) {
      const call = calls[i] as Call;
      const known = this.#open.get(call.task) ?? -1;
      const isNews = !this.#isStatusAsked || answer.index > known;
      this.#out.returned(call, answer, isNews || !this.#isStill); // that it is still now is news itself
      this.#isStill = !isNews;
      if (isOver(answer.state)) this.#open.delete(call.task);
      else if (call.kind === CommandKind.submit || this.#open.has(call.task))
        this.#open.set(call.task, answer.state === TaskState.noted ? known : Math.max(known, answer.index));
    }
    this.#acknowledged = this.#number;
    // Reads may be answered by anybody: each asks the next.
    if (calls[0]?.kind === STATUS_CALL && this.#options.reads === "stale") this.#contact = (this.#contact + 1) % this.#options.replicas;
  }
}
