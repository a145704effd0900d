// The clients of a replicated scheduler: each has a link to each replica, by which its requests and their answers go.
import { MomentNames } from "../cluster/moment-names.ts";
import { type Carried, Post, type PostHost, UNNAMED } from "../cluster/post.ts";
import { draw, type StreamKey, streamKey } from "../engine/random.ts";
import { answerAmount, type Call, type ClientSettings, codeOfClient, STATUS_CALL } from "../model/clients.ts";
import { CommandKind } from "../model/command.ts";
import { type ClientLink, type LinkDisturbance, MessageFate, MessageKind, type NetworkPlan } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import type { ReplicationPlan } from "../model/replication.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { TaskAction, World } from "../model/world.ts";
import type { Answer } from "../replication/sessions.ts";
import type { ClientRequest, Reply } from "./client-desk.ts";
import type { ClientEnd } from "./client-end.ts";
import { CLIENT_TIMERS, ClientProcess, type ClientTimer } from "./client-process.ts";
import { Event } from "./event-kinds.ts";

/** What they need of the run. */
export interface ClientProcessesHost {
  readonly now: Time;
  plan(time: Time, kind: number, subject: number, counter: number): void;
  /** An event is planned, or was there, that comes again and again though nothing happens. */
  recurs(by: 1 | -1): void;
  /** Something happens that does not come again and again. */
  stirs(): void;
  /** Whether a fault of their links is still to begin or to end. */
  mayLinkChange(): boolean;
  /** Whether a replica is up; and it reads what it is asked. */
  isUp(replica: number): boolean;
  receives(replica: number, request: ClientRequest): void;
}

/** A message either way: what is asked, and, of an answer, what is answered. */
interface ClientMessage extends Carried {
  request: ClientRequest;
  reply: Reply | undefined;
  /** Whether it may come again and again though nothing happens. */
  recurs: boolean;
}

const ASKS: Partial<Record<Call["kind"], MessageKind>> = {
  [STATUS_CALL]: MessageKind.status,
  [CommandKind.submit]: MessageKind.submit,
  [CommandKind.cancel]: MessageKind.cancel,
  [CommandKind.change]: MessageKind.change,
};

export class ClientProcesses implements ClientEnd, PostHost<ClientMessage> {
  readonly #world: World;
  readonly #host: ClientProcessesHost;
  readonly #recorder: Recorder;
  readonly #post: Post<ClientMessage>;
  readonly #names: MomentNames;
  readonly #replicas: number;
  readonly #clients: readonly ClientProcess[];
  readonly #backoffs: StreamKey;
  /** When each timer is due, Infinity where it is not set; three of each client. */
  readonly #due: Float64Array;
  /** Those that wait for anything but to be told how their tasks fare. */
  readonly #waiting = new Set<number>();
  /** Entries of calls that were made, or are to be made anew: nothing has come of these yet. */
  asides = 0;

  constructor(world: World, recorder: Recorder, host: ClientProcessesHost) {
    const settings = world.clients as ClientSettings;
    const link = world.network?.clients as ClientLink;
    const { count: replicas, seed } = world.replicas as ReplicationPlan;
    this.#world = world;
    this.#host = host;
    this.#recorder = recorder;
    this.#replicas = replicas;
    this.#backoffs = streamKey(seed, "clients/backoff");
    const links = new Array<ClientLink>(settings.count * replicas).fill(link);
    this.#post = new Post({ ...(world.network as NetworkPlan), links }, recorder, this, (each) => -1 - each);
    this.#names = new MomentNames(links.length);
    this.#due = new Float64Array(CLIENT_TIMERS.length * settings.count).fill(Number.POSITIVE_INFINITY);
    const options = { ...settings, replicas, repeat: link.repeat };
    this.#clients = Array.from({ length: settings.count }, (_, id) => new ClientProcess(id, options, this.#outputOf(id)));
  }

  start(): void {
    for (const client of this.#clients) client.start(this.now);
  }

  get now(): Time {
    return this.#host.now;
  }

  // What they want.

  #wants(kind: Call["kind"], task: number, action: number, turn = task): void {
    this.#lets(this.#clients[turn % this.#clients.length] as ClientProcess, (client) => client.wants({ kind, task, action }, this.now));
  }

  /** Lets a client do something, after which it may wait, or wait no more. */
  #lets(client: ClientProcess, act: (client: ClientProcess) => void): void {
    act(client);
    if (client.waits) this.#waiting.add(client.id);
    else this.#waiting.delete(client.id);
  }

  submits(task: number): void {
    this.#wants(CommandKind.submit, task, -1);
  }

  asks({ kind, task }: TaskAction, action: number): void {
    const asked = kind === "set" ? CommandKind.change : kind === "status" ? STATUS_CALL : CommandKind.cancel;
    // Whoever's turn it is may ask where a task stands; what changes it is its own client's.
    this.#wants(asked, task, action, asked === STATUS_CALL ? action : task);
  }

  cancels(task: number): void {
    this.#wants(CommandKind.cancel, task, -1);
  }

  get owes(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether any waits for an answer that may come. */
  get isAwaited(): boolean {
    return this.owes && !this.#isShutForGood;
  }

  /** Whether nothing that they ask for gets through any more, or no answer. */
  get #isShutForGood(): boolean {
    if (this.#host.mayLinkChange()) return false;
    const { network } = this.#post;
    const isShut = (kind: MessageKind) => network.isCut(kind, 0) || network.losesAll(kind, 0);
    return [MessageKind.submit, MessageKind.accepted].some(isShut);
  }

  entry(): void {}

  // What they do.

  #outputOf(id: number): ConstructorParameters<typeof ClientProcess>[2] {
    const code = codeOfClient(id);
    const tell = (kind: EntryKind, { task, number }: Call, reason: Reason, amount?: number) =>
      this.#recorder.entry(this.now, kind, task, code, number, reason, amount);
    return {
      send: (to, request, again) => this.#send(id * this.#replicas + to, request, undefined, again),
      setTimer: (timer, at, recurs) => this.#setTimer(id, timer, at, recurs),
      called: (call) => {
        this.asides += 1;
        tell(EntryKind.called, call, Reason.none, call.kind);
      },
      returned: (call, { index, state, reason }: Answer, isNews) => {
        if (isNews) this.#host.stirs();
        else this.asides += 1;
        tell(EntryKind.returned, call, reason, answerAmount(index, state));
      },
      forgotten: (call) => {
        this.asides += 1;
        tell(EntryKind.forgotten, call, Reason.none);
      },
      draw: (count) => draw(this.#backoffs, id, count, 0, 0),
    };
  }

  /** The counter says whether it comes again and again. */
  #setTimer(id: number, timer: ClientTimer, at: Time, recurs: boolean): void {
    const subject = id * CLIENT_TIMERS.length + CLIENT_TIMERS.indexOf(timer);
    this.#due[subject] = at;
    if (recurs) this.#host.recurs(1);
    this.#host.plan(at, Event.askAgain, subject, recurs ? 1 : 0);
  }

  waits(): boolean {
    return true;
  }

  asksAgain(subject: number, counter: number): void {
    if (counter === 1) this.#host.recurs(-1);
    if (this.#due[subject] !== this.now) return; // it was set anew
    this.#due[subject] = Number.POSITIVE_INFINITY;
    if (this.#isShutForGood) return;
    const client = this.#clients[Math.floor(subject / CLIENT_TIMERS.length)] as ClientProcess;
    this.#lets(client, () => client.timer(CLIENT_TIMERS[subject % CLIENT_TIMERS.length] as ClientTimer, this.now));
  }

  // Messages.

  #send(link: number, request: ClientRequest, reply: Reply | undefined, recurs: boolean): void {
    const [first] = request.calls;
    const kind =
      reply === undefined ? (first === undefined ? MessageKind.open : (ASKS[first.kind] as MessageKind)) : answers(request, reply);
    const message = { kind, number: this.#post.takeNumber(link), task: first?.task ?? -1, attempt: 0, copies: 0, request, reply, recurs };
    this.#post.send(link, message, this.#post.network.draws(kind, link) ? this.#names.next(link, this.now) : UNNAMED);
  }

  planArrival(link: number, { number, recurs }: ClientMessage, time: Time): void {
    if (recurs) this.#host.recurs(1);
    this.#host.plan(time, Event.message, this.#world.workers.count + link, number);
  }

  arrives(link: number, number: number): void {
    const client = Math.floor(link / this.#replicas);
    const replica = link - client * this.#replicas;
    if (this.#post.underWay(link).get(number)?.recurs === true) this.#host.recurs(-1);
    const message = this.#post.arrives(link, number);
    if (message === undefined) return;
    const { request, reply } = message;
    const isHeard = reply !== undefined || this.#host.isUp(replica);
    this.#post.note(isHeard ? MessageFate.delivered : MessageFate.undeliverable, link, message);
    if (reply !== undefined) this.#lets(this.#clients[client] as ClientProcess, (one) => one.hears(request.turn, reply, this.now));
    else if (isHeard) this.#host.receives(replica, request);
  }

  /** A replica answers a request. */
  replies(replica: number, request: ClientRequest, reply: Reply): void {
    this.#send(request.client * this.#replicas + replica, request, reply, true);
  }

  // Their links.

  changes(effect: LinkDisturbance, begins: boolean): void {
    let state = 0;
    for (let link = 0; link < this.#clients.length * this.#replicas; link++) state = this.#post.change(link, effect, begins);
    this.#recorder.entry(this.now, EntryKind.linked, -1, -1, state, Reason.none);
  }
}

/** How a request is answered. */
function answers({ calls }: ClientRequest, { kind }: Reply): MessageKind {
  if (kind === "moved") return MessageKind.redirect;
  if (kind === "expired" || kind === "refused") return MessageKind.expired;
  return calls[0]?.kind === STATUS_CALL ? MessageKind.answer : MessageKind.accepted;
}
