// Replicas in a small world of their own: a network that loses, doubles, delays and reorders, disks that take time and lose what was not
// synced, crashes and cuts. Whatever happens, what must hold of a replicated log is checked at every step.
import { afterLoss } from "../../src/consensus/lost-disk.ts";
import type { Durable, Entry, Members, Message, Output, ReplicaId, Role, Snapshot, Timer, Write } from "../../src/consensus/message.ts";
import { Replica, type ReplicaInput, type ReplicaOptions } from "../../src/consensus/replica.ts";
import { emptyLog } from "../../src/consensus/replicated-log.ts";

export interface Weather {
  /** Latency of messages and of writes, µs. */
  latency: { least: number; most: number };
  disk: { least: number; most: number };
  loss: number;
  twice: number;
  /** Which part of messages comes seconds late, when who sent it may have restarted or been deposed. */
  late: number;
}

export const CALM: Weather = { latency: { least: 1000, most: 2000 }, disk: { least: 100, most: 500 }, loss: 0, twice: 0, late: 0 };

const LATE = { least: 0, most: 3_000_000 };

export const OPTIONS: ReplicaOptions = {
  electionTimeout: { least: 150_000, most: 300_000 },
  heartbeat: 50_000,
  preVote: true,
  checkQuorum: true,
  batch: 8,
  pipeline: 4,
  drift: 0,
};

/** What has been applied: how many commands, a hash of them in order, and which, at which index, the last first. */
interface State {
  count: number;
  hash: number;
  last: { index: number; command: number; before: State } | undefined;
}

type M = Message<number, State>;

interface Node {
  id: ReplicaId;
  replica: Replica<number, State> | undefined;
  /** Starts since the beginning; what belongs to an earlier one is dropped. */
  start: number;
  disk: Durable<number, State>;
  /** Writes that are under way, oldest first; how many were done since the start; and until when the disk is busy. */
  writing: Write<number, State>[];
  written: number;
  busyUntil: number;
  timers: Map<Timer, number>;
  /** How fast its clock runs. */
  rate: number;
  state: State;
  applied: number;
  /** Lists of what it was last seen with, for what must not change. */
  lastRole: Role;
}

interface Event {
  time: number;
  run(): void;
}

/** A generator of test's own: splitmix32. */
export function chance(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 4294967296;
  };
}

export class Replicas {
  now = 0;
  weather: Weather = CALM;
  readonly nodes: Node[] = [];
  readonly #options: ReplicaOptions;
  readonly #members: Members;
  /** Those whose disks were lost, and that never start again. */
  readonly lost = new Set<ReplicaId>();
  readonly #random: () => number;
  readonly #events: Event[] = [];
  /** Directed links that carry nothing. */
  readonly cut = new Set<string>();
  /** Lines of what was said and done, where they are wanted. */
  readonly transcript: string[] = [];
  isTold = false;

  // What must hold, as far as it has been seen.
  readonly leaders = new Map<number, ReplicaId>();
  readonly #hashes = new Map<string, number>();
  readonly #ofLeader = new Map<ReplicaId, { term: number; index: number; hash: number }>();
  /** Of each index that was applied anywhere, the entry's hash, the state after it, and the lowest term in which anybody has applied it. */
  readonly applied = new Map<number, { hash: number; state: number; appliedIn: number }>();
  /** Commands that their leader has applied while it led: they are acknowledged. */
  readonly acknowledged = new Map<number, number>();
  readonly #proposed = new Map<number, { by: ReplicaId; start: number; term: number }>();
  #mostAcknowledged = 0;
  readonly #reads = new Map<number, { by: ReplicaId; start: number; least: number }>();
  readonly answered = new Map<number, number>();
  readonly refused = new Set<number>();
  #nextRead = 0;
  /** Who has stood in a term because its leader had asked it to; how many of them led in it; and how many snapshots of others were installed. */
  readonly #handedOver = new Map<number, ReplicaId>();
  transferred = 0;
  installed = 0;

  constructor(
    count: number,
    seed: number,
    options: Partial<ReplicaOptions> = {},
    members: Members = { voters: [...new Array(count).keys()], learners: [] },
  ) {
    this.#options = { ...OPTIONS, ...options };
    this.#random = chance(seed);
    this.#members = members;
    for (let id = 0; id < count; id++) this.#create(id, members);
    for (const { id } of this.nodes) this.start(id);
  }

  #create(id: ReplicaId, members: Members): void {
    const snapshot = emptyLog<State>(members, { count: 0, hash: 0, last: undefined });
    this.nodes.push({
      ...{
        id,
        replica: undefined,
        start: 0,
        writing: [],
        written: 0,
        busyUntil: 0,
        timers: new Map(),
        rate: 1,
        applied: 0,
        lastRole: "follower",
      },
      disk: { term: 0, vote: undefined, snapshot, entries: [] },
      state: snapshot.state,
    });
  }

  random(): number {
    return this.#random();
  }

  between({ least, most }: { least: number; most: number }): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  replica(id: ReplicaId): Replica<number, State> {
    return this.nodes[id]!.replica!;
  }

  isUp(id: ReplicaId): boolean {
    return this.nodes[id]!.replica !== undefined;
  }

  /** Who leads in the latest term, of those that are up. */
  get leader(): ReplicaId | undefined {
    const leading = this.nodes.filter(({ replica }) => replica?.role === "leader");
    return leading.sort((a, b) => b.replica!.term - a.replica!.term)[0]?.id;
  }

  at(time: number, run: () => void): void {
    let [low, high] = [0, this.#events.length]; // the latest stands first
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.time > time) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { time, run });
  }

  /** One event; says whether there was any up to a time. */
  step(until = Infinity): boolean {
    const first = this.#events.at(-1);
    if (first === undefined || first.time > until) return false;
    this.#events.pop();
    this.now = first.time;
    first.run();
    return true;
  }

  runFor(duration: number): void {
    const until = this.now + duration;
    while (this.step(until));
    this.now = until;
  }

  /** Runs until something holds; fails after a time. */
  runUntil(holds: () => boolean, most = 10_000_000): void {
    const until = this.now + most;
    while (!holds()) if (!this.step(until)) throw new Error(`nothing came of it in ${most} µs`);
  }

  // What happens to replicas.

  /** Nothing comes from or to one any more. */
  cutOff(id: ReplicaId): void {
    for (const { id: other } of this.nodes) this.cut.add(`${id}>${other}`).add(`${other}>${id}`);
  }

  start(id: ReplicaId): void {
    const node = this.nodes[id]!;
    if (node.replica !== undefined || this.lost.has(id)) return;
    node.start += 1;
    Object.assign(node, { writing: [], written: 0, busyUntil: this.now, timers: new Map() });
    this.#tell(id, "starts");
    this.#ofLeader.delete(id);
    const { disk } = node;
    node.replica = new Replica(id, this.#options, disk, (command) => command, this.#random, this.#outputOf(node), this.#clockOf(node));
    this.#check(node);
  }

  /** What was not synced is lost; of the write under way a part may be there where it is `torn`. */
  crash(id: ReplicaId, torn = false): void {
    const node = this.nodes[id]!;
    if (node.replica === undefined) return;
    const [write] = node.writing;
    if (torn && write?.kind === "entries") {
      const kept = write.entries.slice(0, Math.floor(this.#random() * write.entries.length));
      if (kept.length > 0) node.disk = stored(node.disk, { kind: "entries", entries: kept });
    }
    node.replica = undefined;
    node.start += 1;
    this.#tell(id, "crashes");
  }

  /** It goes down and loses its disk, and is there again at once, as a new one that knows nobody. Gives as whom. */
  loseDisk(id: ReplicaId): ReplicaId {
    this.crash(id);
    const nothing = { count: 0, hash: 0, last: undefined };
    const { id: as, snapshot } = afterLoss(id, this.nodes.length, this.#members, nothing, this.#options.unsafe);
    this.#tell(id, "loses its disk");
    if (as === id) this.nodes[id]!.disk = { term: 0, vote: undefined, snapshot, entries: [] };
    else {
      this.lost.add(id);
      this.#create(as, snapshot.members);
    }
    this.start(as);
    return as;
  }

  /** What time it is for a replica. */
  #clockOf({ rate }: Node): number {
    return Math.floor(this.now * rate);
  }

  // What they do.

  #outputOf(node: Node): Output<number, State> {
    const { id, start } = node;
    const isNow = () => node.start === start;
    return {
      send: (to, message) => this.#send(id, to, message),
      setTimer: (timer, at) => {
        node.timers.set(timer, at);
        this.at(Math.max(this.now, Math.ceil(at / node.rate)), () => {
          if (!isNow() || node.timers.get(timer) !== at) return;
          node.timers.delete(timer);
          this.#tell(id, `${timer} timer`);
          this.input(id, { kind: "timer", timer });
        });
      },
      cancelTimer: (timer) => node.timers.delete(timer),
      write: (write) => {
        node.writing.push(write);
        node.busyUntil = Math.max(this.now, node.busyUntil) + this.between(this.weather.disk);
        this.at(node.busyUntil, () => {
          if (!isNow()) return;
          node.disk = stored(node.disk, node.writing.shift()!);
          node.written += 1;
          this.input(id, { kind: "written", count: node.written });
        });
      },
      apply: (entries) => {
        for (const entry of entries) this.#apply(node, entry);
      },
      restore: (snapshot) => this.#restore(node, snapshot),
      readAt: (read, index) => this.#answer(read, index),
      refuseRead: (read) => this.refused.add(read),
      becomes: (role, term) => {
        this.#tell(id, `${role}, term ${term}`);
        if (role !== "leader") return;
        const other = this.leaders.get(term);
        if (other !== undefined && other !== id) throw new Error(`L1: ${other} and ${id} both lead in term ${term}`);
        this.leaders.set(term, id);
        if (this.#handedOver.get(term) === id) this.transferred += 1;
      },
    };
  }

  #send(from: ReplicaId, to: ReplicaId, message: M): void {
    if (this.isTold) this.#tell(from, `${textOf(message)} → ${to}`);
    if (message.kind === "vote" && message.transfer && this.leaders.get(message.term - 1) !== from)
      this.#handedOver.set(message.term, from);
    const copies = this.#random() < this.weather.twice ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < this.weather.loss) continue;
      this.at(this.now + this.#delay(), () => {
        if (this.cut.has(`${from}>${to}`) || this.nodes[to]?.replica === undefined) return;
        this.input(to, { kind: "message", from, message });
      });
    }
  }

  #delay(): number {
    const { latency, late } = this.weather;
    return this.between(late > 0 && this.#random() < late ? LATE : latency);
  }

  input(id: ReplicaId, input: ReplicaInput<number, State>): boolean {
    const node = this.nodes[id]!;
    if (node.replica === undefined) return false;
    const took = node.replica.handle(input, this.#clockOf(node));
    this.#check(node);
    return took;
  }

  #apply(node: Node, entry: Entry<number>): void {
    if (entry.index !== node.applied + 1) throw new Error(`${node.id} applies ${entry.index} after ${node.applied}`);
    node.applied = entry.index;
    if (entry.content.kind === "command") {
      const { command } = entry.content;
      const { state: before } = node;
      const last = { index: entry.index, command, before };
      node.state = { count: before.count + 1, hash: Math.imul(before.hash ^ command, 0x9e3779b1), last };
      const proposed = this.#proposed.get(command);
      const { replica } = node;
      if (proposed?.by === node.id && proposed.start === node.start && replica?.role === "leader" && replica.term === proposed.term) {
        this.acknowledged.set(command, entry.index);
        this.#mostAcknowledged = Math.max(this.#mostAcknowledged, entry.index);
      }
    }
    const known = this.applied.get(entry.index);
    if (known !== undefined && (known.hash !== entry.hash || known.state !== node.state.hash))
      throw new Error(`L5: ${node.id} applies another entry ${entry.index} than others have`);
    const appliedIn = Math.min(known?.appliedIn ?? Infinity, this.replica(node.id).term);
    this.applied.set(entry.index, { hash: entry.hash, state: node.state.hash, appliedIn });
    this.#tell(node.id, `applies ${entry.index}`);
  }

  #restore(node: Node, { index, state, hash }: Snapshot<State>): void {
    const known = this.applied.get(index);
    if (known !== undefined && (known.hash !== hash || known.state !== state.hash))
      throw new Error(`L5: ${node.id} has another state after ${index} than others`);
    node.applied = index;
    node.state = state;
    if (node.replica !== undefined) this.installed += 1; // else it starts with its own
  }

  propose(id: ReplicaId, ...commands: number[]): boolean {
    const node = this.nodes[id]!;
    if (node.replica === undefined) return false;
    const { term } = node.replica;
    for (const command of commands) this.#proposed.set(command, { by: id, start: node.start, term });
    return this.input(id, { kind: "propose", commands });
  }

  /** Asks for a read, whose answer must know of all that is acknowledged by now. Gives its number. */
  read(id: ReplicaId): number | undefined {
    const read = this.#nextRead++;
    this.#reads.set(read, { by: id, start: this.nodes[id]!.start, least: this.#mostAcknowledged });
    if (this.input(id, { kind: "read", read })) return read;
    this.#reads.delete(read);
    return undefined;
  }

  #answer(read: number, index: number): void {
    const { by, least } = this.#reads.get(read)!;
    if (index < least) throw new Error(`a read at ${by} knows entries up to ${index}, and ${least} was acknowledged before it came`);
    this.answered.set(read, index);
  }

  compact(id: ReplicaId): void {
    const node = this.nodes[id]!;
    if (node.replica !== undefined && node.applied > node.replica.log.snapshot.index)
      this.input(id, { kind: "compact", index: node.applied, state: node.state });
  }

  /** A replica whose disk is lost: its id never votes again. It comes as a new one, which knows nobody. */
  newcomer(): ReplicaId {
    const id = this.nodes.length;
    this.#create(id, { voters: [], learners: [] });
    this.start(id);
    return id;
  }

  // What must hold.

  #check({ id, replica }: Node): void {
    if (replica === undefined) return;
    const { log, role, term } = replica;
    const { lastIndex, lastHash, lastTerm } = log;
    const key = `${lastIndex}@${lastTerm}`;
    const known = this.#hashes.get(key);
    if (known !== undefined && known !== lastHash) throw new Error(`L3: the logs up to entry ${lastIndex} of term ${lastTerm} differ`);
    this.#hashes.set(key, lastHash);
    const before = this.#ofLeader.get(id);
    if (role === "leader") {
      if (before?.term === term) {
        const still = before.index <= log.snapshot.index ? before.hash : log.at(before.index)?.hash;
        if (still !== before.hash) throw new Error(`L2: leader ${id} has changed its log at ${before.index}`);
      } else this.#complete(id);
      this.#ofLeader.set(id, { term, index: lastIndex, hash: lastHash });
    } else this.#ofLeader.delete(id);
  }

  /** A new leader has all that was committed in earlier terms. */
  #complete(id: ReplicaId): void {
    const { log, term } = this.replica(id);
    for (const [index, { hash, appliedIn }] of this.applied)
      if (appliedIn < term && index > log.snapshot.index && log.at(index)?.hash !== hash)
        throw new Error(`L4: leader ${id} lacks the committed entry ${index}`);
  }

  /** All start again, and nothing disturbs them any more: they come to one state, with all that was ever acknowledged. */
  settle(): void {
    this.weather = CALM;
    this.cut.clear();
    for (const node of this.nodes) {
      this.crash(node.id);
      node.rate = 1;
      this.start(node.id);
    }
    const last = 1_000_000_000;
    this.runUntil(() => this.leader !== undefined && this.propose(this.leader, last), 30_000_000);
    this.runUntil(
      () => this.acknowledged.has(last) || (this.leader !== undefined && !this.#isUnderWay(last) && !this.propose(this.leader, last)),
      30_000_000,
    );
    // Who was removed is shut down: without pre-vote it would disturb the others for ever.
    this.runUntil(() => this.leader !== undefined);
    const { voters, learners } = this.replica(this.leader!).log.members;
    for (const { id } of this.nodes) if (!voters.includes(id) && !learners.includes(id)) this.crash(id);
    this.runFor(3_000_000);
    this.#checkEnds(this.leader!);
  }

  /** Nothing disturbs them any more, but none that is up starts again, and nobody asks for anything new: all that was begun comes to its end. */
  calmDown(): void {
    this.weather = CALM;
    this.cut.clear();
    for (const { id } of this.nodes) this.start(id);
    this.runFor(10_000_000);
    const leading = this.nodes.filter(({ replica }) => replica?.role === "leader").map(({ id }) => id);
    if (leading.length !== 1) throw new Error(`${leading.length} replicas lead in the end`);
    const leader = leading[0]!;
    this.#checkEnds(leader);
    if (this.#options.checkQuorum && this.replica(leader).leaseUntil <= this.#clockOf(this.nodes[leader]!))
      throw new Error(`${leader} leads in the end, and holds no lease`);
    for (const [read, { by, start }] of this.#reads)
      if (this.nodes[by]!.start === start && !this.answered.has(read) && !this.refused.has(read))
        throw new Error(`${by} has neither answered nor refused read ${read}`);
  }

  /** The leader has committed all that it has, and all members have applied that, are in the same state, and have all that was acknowledged. */
  #checkEnds(leader: ReplicaId): void {
    const { commit, log } = this.replica(leader);
    if (commit !== log.lastIndex) throw new Error(`leader ${leader} has committed ${commit} of ${log.lastIndex} entries in the end`);
    const index = Math.max(...this.applied.keys());
    for (const id of [...log.members.voters, ...log.members.learners]) {
      if (this.lost.has(id)) continue;
      const { applied, state } = this.nodes[id]!;
      if (applied !== index) throw new Error(`${id} has applied ${applied} of ${index} entries in the end`);
      if (state.hash !== this.applied.get(index)!.state) throw new Error(`L10: ${id} ends in another state`);
      const commands = commandsOf(state);
      for (const [command, at] of this.acknowledged)
        if (commands.get(at) !== command) throw new Error(`L6: command ${command} was acknowledged, and ${id} has lost it`);
    }
  }

  /** Whether its leader may still acknowledge a command. */
  #isUnderWay(command: number): boolean {
    const { by, term } = this.#proposed.get(command)!;
    return this.isUp(by) && this.replica(by).role === "leader" && this.replica(by).term === term;
  }

  #tell(id: ReplicaId, what: string): void {
    if (this.isTold) this.transcript.push(`${(this.now / 1000).toFixed(1).padStart(8)} ms  ${id}: ${what}`);
  }
}

/** By index, all commands that a state has come of. */
function commandsOf(state: State): Map<number, number> {
  const commands = new Map<number, number>();
  for (let { last } = state; last !== undefined; { last } = last.before) commands.set(last.index, last.command);
  return commands;
}

/** What a disk holds after a write. */
export function stored<C, S>(disk: Durable<C, S>, write: Write<C, S>): Durable<C, S> {
  if (write.kind === "vote") return { ...disk, term: write.term, vote: write.vote };
  if (write.kind === "entries") {
    const first = write.entries[0]!.index;
    return { ...disk, entries: [...disk.entries.filter(({ index }) => index < first), ...write.entries] };
  }
  const { snapshot, whole } = write;
  return { ...disk, snapshot, entries: whole ? [] : disk.entries.filter(({ index }) => index > snapshot.index) };
}

export function textOf(message: M): string {
  const { kind, term } = message;
  if (kind === "append") {
    const { previousIndex, previousTerm, entries, commit } = message;
    const what = entries.length === 0 ? "nothing" : entries.map((entry) => entry.index).join(",");
    return `append ${what} behind ${previousIndex} of term ${previousTerm}, commit ${commit} (term ${term})`;
  }
  if (kind === "appendAnswer")
    return message.agrees
      ? `agrees up to ${message.match} (term ${term})`
      : `disagrees up to ${message.match} of term ${message.matchTerm} (term ${term})`;
  if (kind === "install") return `snapshot up to ${message.snapshot.index} (term ${term})`;
  if (kind === "vote" || kind === "preVote")
    return `${kind === "vote" ? "asks for its vote" : "would it vote"}, last ${message.lastIndex} of term ${message.lastTerm} (term ${term})`;
  if (kind === "voteAnswer" || kind === "preVoteAnswer") return `${message.granted ? "yes" : "no"} (term ${term})`;
  return `stand for election (term ${term})`;
}
