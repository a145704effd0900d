// What replicas of a scheduler do for clients: who leads has their calls executed, each once, and answers what they came to; and where tasks stand is
// answered by who leads and knows that it still does, or by anybody.
import type { ReplicaId } from "../consensus/message.ts";
import { type Call, type Reads, STATUS_CALL } from "../model/clients.ts";
import { type Command, CommandKind, type Request } from "../model/command.ts";
import { Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { contentOf, notedAnswer } from "../replication/control-state.ts";
import type { ReplicaGroup } from "../replication/replica-group.ts";
import type { Answer } from "../replication/sessions.ts";
import type { NotedCall, Tenure } from "./tenure.ts";

/** What a client asks of a replica in one message: calls of one kind; without any it opens a session. */
export interface ClientRequest {
  readonly client: number;
  /** Counts its requests. */
  readonly turn: number;
  readonly session: number;
  /** Up to there it knows what its calls came to. */
  readonly acknowledged: number;
  readonly calls: readonly Call[];
}

export type Reply =
  /** The session is open. */
  | { readonly kind: "opened"; readonly session: number }
  | { readonly kind: "answered"; readonly answers: readonly Answer[] }
  /** Another leads; −1 where it is not known who. */
  | { readonly kind: "moved"; readonly leader: ReplicaId }
  | { readonly kind: "expired" }
  /** A call of that number was another. */
  | { readonly kind: "refused" };

export interface ClientDeskHost {
  readonly now: Time;
  readonly group: ReplicaGroup;
  tenureOf(replica: ReplicaId): Tenure | undefined;
  /** Call `looksAtSessions` with that replica and that term then. */
  planSessions(time: Time, replica: ReplicaId, term: number): void;
  replies(replica: ReplicaId, request: ClientRequest, reply: Reply): void;
  /** A client is told that its call is noted. */
  notes(tenure: Tenure, command: Command, index: number): void;
}

/** Of a read: who is asked. */
interface Reader {
  readonly replica: ReplicaId;
  readonly request: ClientRequest;
}

/** Whether a request only asks where a task stands. */
function isRead({ calls }: ClientRequest): boolean {
  return calls[0]?.kind === STATUS_CALL;
}

export class ClientDesk {
  readonly #host: ClientDeskHost;
  readonly #reads: Reads;
  readonly #session: Duration;
  /** By replica what it is asked and has not answered: by client the request that came last. */
  readonly #open = new Map<ReplicaId, Map<number, ClientRequest>>();
  /** By number. */
  readonly #readers = new Map<number, Reader>();
  /** Reads that wait till a leader has applied what it has told others to be noted, up to that entry; oldest first. */
  #behind: (Reader & { index: number })[] = [];
  #nextRead = 0;
  /** When the leader of a tenure heard of sessions last. */
  readonly #heard = new WeakMap<Tenure, Map<number, Time>>();

  constructor(reads: Reads, session: Duration, host: ClientDeskHost) {
    this.#host = host;
    this.#reads = reads;
    this.#session = session;
  }

  /** A request has reached a replica, which is up. */
  receives(replica: ReplicaId, request: ClientRequest): void {
    const node = this.#host.group.node(replica);
    if (node.isFrozen) {
      node.unread.push(() => this.receives(replica, request));
      return;
    }
    const { client, session, calls } = request;
    const tenure = this.#host.tenureOf(replica);
    if (tenure !== undefined) this.#heard.get(tenure)?.set(session, this.#host.now);
    if (isRead(request)) return this.#receivesRead(replica, request);
    if (tenure === undefined) return this.#moves(replica, request);
    const open = this.#openAt(replica);
    if ((open.get(client)?.turn ?? 0) > request.turn) return; // it was on its way for long
    open.set(client, request);
    if (calls.length === 0) this.#propose(tenure, { kind: CommandKind.open, value: client });
    for (const call of calls) this.#executes(tenure, request, call);
    this.#answers(tenure, request);
  }

  #openAt(replica: ReplicaId): Map<number, ClientRequest> {
    const open = this.#open.get(replica) ?? new Map<number, ClientRequest>();
    this.#open.set(replica, open);
    return open;
  }

  /** Has a call executed that was not, as far as this replica knows, and is not about to be. */
  #executes(tenure: Tenure, { client, session, acknowledged }: ClientRequest, { number, kind, task, action }: Call): void {
    const { sessions } = this.#host.group.node(tenure.replica).state;
    const of = { client, session, number, acknowledged };
    if (sessions.has(session) && !sessions.executes(of)) return;
    const value = kind === CommandKind.change ? action : 0;
    this.#propose(tenure, {
      ...{ kind: kind as CommandKind, task, value, request: of },
      reason: kind === CommandKind.submit ? Reason.none : Reason.client,
    });
  }

  #propose(tenure: Tenure, command: Pick<Command, "kind" | "value"> & Partial<Command>): void {
    tenure.request({ task: -1, worker: -1, attempt: 0, reason: Reason.none, time: this.#host.now, ...command });
  }

  /** Answers a request if all that it asks for has been executed, or noted. */
  #answers(tenure: Tenure, request: ClientRequest): void {
    const { client, session, calls } = request;
    const { replica } = tenure;
    const { sessions } = this.#host.group.node(replica).state;
    const notedOf = ({ number }: Call) => tenure.calls.get(callOf(session, number));
    const answerTo = (call: Call) => {
      const noted = notedOf(call);
      return sessions.answer(session, call.number) ?? (noted && notedAnswer(noted.command, noted.index));
    };
    const last = calls.at(-1);
    if (last === undefined || answerTo(last) === undefined) return; // they are executed in turn
    const answers = calls.map(answerTo);
    if (!answers.every((answer) => answer !== undefined)) return;
    this.#open.get(replica)?.delete(client);
    const isSame = answers.every(({ content }, i) => content === contentOfCall(calls[i] as Call));
    this.#host.replies(replica, request, isSame ? { kind: "answered", answers } : { kind: "refused" });
    if (isSame) for (const call of calls) this.#tells(tenure, notedOf(call));
  }

  #tells(tenure: Tenure, noted: NotedCall | undefined): void {
    if (noted === undefined || noted.isTold) return;
    noted.isTold = true;
    this.#host.notes(tenure, noted.command, noted.index);
  }

  /** What a client asks for is on the disk of the leader, where that is enough. */
  persisted(tenure: Tenure, command: Command, index: number): void {
    const { client, session, number } = command.request as Request;
    if (!this.#host.group.node(tenure.replica).state.sessions.has(session) || tenure.expires(session)) return;
    tenure.calls.set(callOf(session, number), { command, index, isTold: false });
    const open = this.#open.get(tenure.replica)?.get(client);
    if (open?.session === session) this.#answers(tenure, open);
  }

  #moves(replica: ReplicaId, request: ClientRequest): void {
    const leader = this.#host.group.node(replica).leader ?? -1;
    this.#host.replies(replica, request, { kind: "moved", leader: leader === replica ? -1 : leader });
  }

  // Reads.

  #receivesRead(replica: ReplicaId, request: ClientRequest): void {
    if (this.#reads === "stale") return this.#answersRead(replica, request);
    const read = this.#nextRead++;
    this.#readers.set(read, { replica, request });
    if (!this.#host.group.node(replica).handle({ kind: "read", read })) this.mayRead(read, false);
  }

  /** A read may be answered now, or cannot be by the replica that was asked. */
  mayRead(read: number, may: boolean): void {
    const reader = this.#readers.get(read);
    if (reader === undefined) return; // the replica has been down since
    this.#readers.delete(read);
    const { replica, request } = reader;
    const { applied = 0, noted = 0 } = this.#host.tenureOf(replica) ?? {};
    if (!may) this.#moves(replica, request);
    else if (noted > applied) this.#behind.push({ replica, request, index: noted });
    else this.#answersRead(replica, request);
  }

  /** Answers reads that have waited for what a leader has applied now. */
  #answersBehind({ replica, applied }: Tenure): void {
    const isDue = (read: Reader & { index: number }) => read.replica === replica && read.index <= applied;
    const due = this.#behind.filter(isDue);
    if (due.length === 0) return;
    this.#behind = this.#behind.filter((read) => !isDue(read));
    for (const { request } of due) this.#answersRead(replica, request);
  }

  #answersRead(replica: ReplicaId, request: ClientRequest): void {
    const { state } = this.#host.group.node(replica);
    const answers = request.calls.map(({ number, task }) => state.answer(number, task));
    this.#host.replies(replica, request, { kind: "answered", answers });
  }

  // What becomes of replicas.

  /** A replica that leads has applied a command. */
  applied(tenure: Tenure, { kind, value, request }: Command, index: number): void {
    const { replica } = tenure;
    const open = this.#open.get(replica);
    if (this.#behind.length > 0) this.#answersBehind(tenure);
    if (kind === CommandKind.open) {
      this.#watch(tenure);
      const asked = open?.get(value);
      if (asked?.calls.length !== 0) return;
      open?.delete(value);
      this.#host.replies(replica, asked, { kind: "opened", session: index });
    } else if (request !== undefined) {
      tenure.calls.delete(callOf(request.session, request.number));
      const asked = open?.get(request.client);
      if (asked?.session !== request.session) return;
      if (this.#host.group.node(replica).state.sessions.has(request.session)) return this.#answers(tenure, asked);
      open?.delete(request.client);
      this.#host.replies(replica, asked, { kind: "expired" });
    }
  }

  /** A replica begins to lead: what is called from now on it answers. */
  leads(tenure: Tenure): void {
    this.#watch(tenure);
  }

  /** A replica leads no more: who waits for it is told so. */
  leadsNoMore(replica: ReplicaId): void {
    const open = [...(this.#open.get(replica)?.values() ?? [])];
    this.#open.delete(replica);
    const behind = this.#behind.filter((read) => read.replica === replica);
    this.#behind = this.#behind.filter((read) => read.replica !== replica);
    for (const request of [...open, ...behind.map((read) => read.request)]) this.#moves(replica, request);
  }

  /** A replica goes down: who waits for it hears nothing. */
  goesDown(replica: ReplicaId): void {
    this.#open.delete(replica);
    this.#behind = this.#behind.filter((read) => read.replica !== replica);
    for (const [read, reader] of this.#readers) if (reader.replica === replica) this.#readers.delete(read);
  }

  // Sessions.

  /** Has sessions looked at when the first of them may expire. */
  #watch(tenure: Tenure): void {
    if (this.#heard.has(tenure)) return;
    const sessions = [...this.#host.group.node(tenure.replica).state.sessions.all()];
    if (sessions.length === 0) return;
    this.#heard.set(tenure, new Map(sessions.map(({ session }) => [session, this.#host.now])));
    this.#host.planSessions(this.#host.now + this.#session, tenure.replica, tenure.term);
  }

  /** Has those expire of which nothing was heard for so long; says when to look again is up to it. */
  looksAtSessions(tenure: Tenure): void {
    const heard = this.#heard.get(tenure) as Map<number, Time>;
    const { sessions } = this.#host.group.node(tenure.replica).state;
    for (const session of heard.keys()) if (!sessions.has(session)) heard.delete(session);
    let next = Number.POSITIVE_INFINITY;
    for (const { session, last, used } of sessions.all()) {
      const due = Math.max(used, heard.get(session) ?? 0) + this.#session;
      if (due <= this.#host.now) this.#propose(tenure, { kind: CommandKind.expire, attempt: last, value: session });
      else next = Math.min(next, due);
    }
    if (next < Number.POSITIVE_INFINITY) this.#host.planSessions(next, tenure.replica, tenure.term);
    else this.#heard.delete(tenure);
  }
}

function callOf(session: number, number: number): string {
  return `${session} ${number}`;
}

function contentOfCall({ kind, task, action }: Call): string {
  return contentOf({ kind: kind as CommandKind, task, value: kind === CommandKind.change ? action : 0 });
}
