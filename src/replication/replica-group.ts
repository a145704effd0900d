// The replicas of a scheduler and the links between them: who leads, and what it has committed.
import { type Carried, Post, type PostHost, UNNAMED } from "../cluster/post.ts";
import { MomentNames } from "../cluster/moment-names.ts";
import { WorkerClocks } from "../cluster/worker-clocks.ts";
import type { Entry, Members, ReplicaId, Role, Term } from "../consensus/message.ts";
import { draw, type StreamKey, streamKey } from "../engine/random.ts";
import type { Command } from "../model/command.ts";
import type { LogEntry } from "../model/log-entry.ts";
import { type LinkDisturbance, MessageKind } from "../model/network.ts";
import { Recorder } from "../model/recorder.ts";
import { positionOf, type ReplicationSettings } from "../model/replication.ts";
import type { FaultEffect } from "../model/world.ts";
import type { TraceSink } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { ControlState } from "./control-state.ts";
import { type Damage, ReplicaNode, type ReplicaMessage, type ReplicaNodeHost } from "./replica-node.ts";

/** What happens in a group; the subject of a message is its link, that of a timer twice its replica, and one for the second timer. */
export const GroupEvent = { message: 0, synced: 1, timer: 2 } as const;
export type GroupEvent = (typeof GroupEvent)[keyof typeof GroupEvent];

export interface ReplicaGroupHost {
  readonly now: Time;
  /** Where it is told what becomes of the log; undefined where nobody asks for it. */
  readonly log: LogEntry[] | undefined;
  /** Call `handle` with that at that time. */
  plan(time: Time, event: GroupEvent, subject: number, counter: number): void;
  /** A replica takes on a role. */
  becomes(replica: ReplicaId, role: Role, term: Term): void;
  /** A replica leads, and may decide: the state of its process is all that was committed before. */
  leads(replica: ReplicaId, term: Term): void;
  /** Who is told what comes of an entry of the log, if it is applied for the first time anywhere. */
  recorderFor(index: number): TraceSink | undefined;
  /** These are the members from now on, as a replica has applied. */
  changesMembers(index: number, members: Members): void;
  /** A replica that takes itself for the leader has entries of its log on its disk. */
  persisted(replica: ReplicaId, entries: readonly Entry<Command>[]): void;
  /** A replica has applied a command; `counts`: that took effect. */
  applied(replica: ReplicaId, command: Command, counts: boolean, term: Term, index: number): void;
  /** How large a message is. */
  bytesOf(message: ReplicaMessage): number;
  /** A read of that number may be answered by what its replica has applied, or cannot be. */
  mayRead(read: number, may: boolean): void;
}

/** Between members, of which others may have taken the places meanwhile. */
interface GroupMessage extends Carried {
  from: ReplicaId;
  to: ReplicaId;
  content: ReplicaMessage;
}

const KINDS: Record<ReplicaMessage["kind"], MessageKind> = {
  preVote: MessageKind.preVote,
  preVoteAnswer: MessageKind.preVoteAnswer,
  vote: MessageKind.vote,
  voteAnswer: MessageKind.voteAnswer,
  append: MessageKind.append,
  appendAnswer: MessageKind.appendAnswer,
  install: MessageKind.install,
  timeoutNow: MessageKind.timeoutNow,
  join: MessageKind.join,
};

/** An incarnation within the width that an event's counter has. */
const INCARNATIONS = 2 ** 22;

export class ReplicaGroup implements ReplicaNodeHost, PostHost<GroupMessage> {
  readonly nodes: readonly ReplicaNode[];
  readonly #host: ReplicaGroupHost;
  readonly #post: Post<GroupMessage>;
  readonly #elections: StreamKey;
  readonly #damages: StreamKey;
  readonly #clocks = new WorkerClocks();
  readonly #names: MomentNames;
  /** What each has sent to the others. */
  readonly traffic: readonly { messages: number; bytes: number }[];
  /** What a disturbance of a replica does to each of its links. */
  readonly #eachWay = new Map<LinkDisturbance, LinkDisturbance>();
  /** Commands that are to be proposed, of each replica. */
  readonly #proposals: Command[][];

  constructor(settings: ReplicationSettings, seed: string, empty: () => ControlState, host: ReplicaGroupHost) {
    const { count, link, drift } = settings;
    this.#host = host;
    this.#elections = streamKey(seed, "replicas/election timeout");
    this.#damages = streamKey(seed, "replicas/disk damage");
    const links = new Array<typeof link>(count * count).fill(link);
    this.#post = new Post({ seed, links, detail: "folded", inFlight: "drop" }, new Recorder([], false), this);
    this.#names = new MomentNames(links.length);
    this.traffic = Array.from({ length: count }, () => ({ messages: 0, bytes: 0 }));
    this.#proposals = Array.from({ length: count }, () => []);
    const voters = [...this.#proposals.keys()];
    const options = { ...settings, drift: drift / 1_000_000 };
    this.nodes = voters.map((id) => new ReplicaNode(id, voters, empty(), options, this));
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  get now(): Time {
    return this.#host.now;
  }

  node(replica: ReplicaId): ReplicaNode {
    return this.nodes[replica] as ReplicaNode;
  }

  /** Whether so many are up, as those whom somebody has for voters, that they can agree on anything. */
  get hasMajority(): boolean {
    const isThere = (member: ReplicaId) => {
      const node = this.node(positionOf(member, this.nodes.length));
      return node.isUp && node.member === member;
    };
    return this.nodes.some(({ voters }) => 2 * voters.filter(isThere).length > voters.length);
  }

  /** How many are up whose disks were lost, and that are no voters again. */
  get lost(): number {
    return this.nodes.filter(({ isUp, generation, isVoter }) => isUp && generation > 0 && !isVoter).length;
  }

  holdsLease(replica: ReplicaId): boolean {
    return this.node(replica).holdsLease;
  }

  get log(): LogEntry[] | undefined {
    return this.#host.log;
  }

  // Events.

  handle(event: GroupEvent, subject: number, counter: number): void {
    if (event === GroupEvent.message) this.#arrives(subject, counter);
    else if (event === GroupEvent.synced) {
      const node = this.node(subject);
      node.synced(this.#whole(node, counter));
      this.flush(subject);
    } else {
      const node = this.node(subject >> 1);
      node.timerDue(subject & 1, this.#whole(node, counter));
      this.flush(subject >> 1);
    }
  }

  /** The incarnation of a replica of which the counter of an event is a part; of an older one it is another number. */
  #whole({ incarnation }: ReplicaNode, counter: number): number {
    return incarnation % INCARNATIONS === counter ? incarnation : -1;
  }

  planSync(replica: ReplicaId, incarnation: number, time: Time): void {
    this.#host.plan(time, GroupEvent.synced, replica, incarnation % INCARNATIONS);
  }

  planTimer(replica: ReplicaId, timer: number, incarnation: number, time: Time): void {
    this.#host.plan(time, GroupEvent.timer, 2 * replica + timer, incarnation % INCARNATIONS);
  }

  planArrival(link: number, { number }: GroupMessage, time: Time): void {
    this.#host.plan(time, GroupEvent.message, link, number);
  }

  // What they do.

  draw(replica: ReplicaId, incarnation: number, count: number): number {
    return draw(this.#elections, replica, incarnation, count, 0);
  }

  drawDamage(replica: ReplicaId, incarnation: number): number {
    return draw(this.#damages, replica, incarnation, 0, 0);
  }

  send(from: ReplicaId, to: ReplicaId, content: ReplicaMessage): void {
    const count = this.nodes.length;
    const link = positionOf(from, count) * count + positionOf(to, count);
    const kind = KINDS[content.kind];
    const traffic = this.traffic[positionOf(from, count)] as { messages: number; bytes: number };
    traffic.messages += 1;
    traffic.bytes += this.#host.bytesOf(content);
    const message: GroupMessage = { kind, number: this.#post.takeNumber(link), task: -1, attempt: 0, copies: 0, from, to, content };
    this.#post.send(link, message, this.#post.network.draws(kind, link) ? this.#names.next(link, this.now) : UNNAMED);
  }

  #arrives(link: number, number: number): void {
    const message = this.#post.arrives(link, number);
    if (message === undefined) return;
    const { from, to, content } = message;
    const node = this.node(link % this.nodes.length);
    if (content.kind === "join") node.asked(from);
    else if (node.member === to) node.handle({ kind: "message", from, message: content });
    this.flush(node.id);
  }

  becomes(replica: ReplicaId, role: Role, term: Term): void {
    if (role !== "leader") this.#proposals[replica] = [];
    this.#host.becomes(replica, role, term);
  }

  applied(replica: ReplicaId, command: Command, counts: boolean, term: Term, index: number): void {
    this.#host.applied(replica, command, counts, term, index);
  }

  persisted(replica: ReplicaId, entries: readonly Entry<Command>[]): void {
    this.#host.persisted(replica, entries);
  }

  changesMembers(index: number, members: Members): void {
    this.#host.changesMembers(index, members);
  }

  recorderFor(index: number): TraceSink | undefined {
    return this.#host.recorderFor(index);
  }

  leads(replica: ReplicaId, term: Term): void {
    this.#host.leads(replica, term);
  }

  mayRead(read: number, may: boolean): void {
    this.#host.mayRead(read, may);
  }

  // What is asked of them.

  /** A leader puts a command into its log as soon as its disk has done what it is about: those that come meanwhile go together. */
  propose(replica: ReplicaId, command: Command): void {
    this.#proposals[replica]?.push(command);
  }

  /** Has a replica propose what waits for that. */
  flush(replica: ReplicaId): void {
    const commands = this.#proposals[replica] as Command[];
    const node = this.node(replica);
    if (commands.length === 0 || !node.isIdle || node.isFrozen) return;
    if (node.handle({ kind: "propose", commands: [...commands] })) commands.length = 0;
  }

  flushAll(): void {
    for (const { id } of this.nodes) this.flush(id);
  }

  /** A replica goes down, or may come up again. */
  fails(replica: number, begins: boolean, effect: Extract<FaultEffect, { kind: "down" }>): Damage {
    if (begins) this.#proposals[replica] = [];
    return this.node(replica).fails(begins, effect);
  }

  /** Its clock runs at another rate, in millionths. Gives what all that strikes it comes to. */
  drifts(replica: number, rate: number, begins: boolean): number {
    this.#clocks.strike(replica, rate, begins);
    this.#clocks.turn(replica, this.now);
    this.node(replica).turnsClock();
    return this.#clocks.rateByFaults(replica);
  }

  reading(replica: number): Time {
    return this.#clocks.reading(replica, this.now);
  }

  whenItReads(replica: number, reading: Time): Time {
    return this.#clocks.when(replica, reading);
  }

  freezes(replica: ReplicaId, begins: boolean): void {
    this.node(replica).freezes(begins);
    if (!begins) this.flush(replica);
  }

  /** What lies between a replica and the others is disturbed, one way or both: `from-worker` is what it sends. */
  disturbs(replica: ReplicaId, effect: LinkDisturbance, begins: boolean): void {
    const count = this.nodes.length;
    const each = this.#eachWay.get(effect) ?? { ...effect, direction: "both" };
    this.#eachWay.set(effect, each);
    for (const { id } of this.nodes) {
      if (id === replica || effect.peers?.includes(id) === false) continue;
      if (effect.direction !== "to-worker") this.#post.change(replica * count + id, each, begins);
      if (effect.direction !== "from-worker") this.#post.change(id * count + replica, each, begins);
    }
  }
}
