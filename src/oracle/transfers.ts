// T19: files go to where they are read, from where they are, in the time that takes, and what made room was not in use.
import { poolOf } from "../model/cloud.ts";
import { filesOf, rateBetween, STORE, transferTime } from "../model/data.ts";
import { aboutFile, ENTRY_NAMES, EntryKind, REASON_NAMES, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { profileOf } from "../model/task-profile.ts";
import { SECOND, type Time } from "../model/units.ts";
import { isNetworked, joiningWorkers } from "../model/world.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { Presence } from "./presence.ts";

export const TRANSFERS: Invariant = {
  id: "T19",
  statement:
    "A worker is sent a file that it has not got, once, by a worker that has it or by the store, if that has it; alone it takes exactly its size ÷ the bandwidth between the two while both go on, and where transfers share links no less, nor do those that cross a link take less together. An attempt works only when all files are there that it reads, and no sooner; these stay while it does. A worker drops a file only when it has more from elsewhere than it keeps, and then as long as anything is not in use.",
  judge(trace) {
    const finding = new Finding();
    if (trace.world.data === undefined) return finding;
    const files = new FilesOnWorkers(trace);
    let index = 0;
    let last: Time = 0;
    let before: TraceEntry | undefined;
    for (const entry of trace.entries) {
      if (entry.time !== last) for (const late of files.overdue(last, entry.time)) finding.check(index, last, late);
      last = entry.time;
      const wrong = files.wrong(entry, before);
      if (wrong !== "nothing to say") finding.check(index, entry.time, wrong);
      files.apply(entry, before);
      before = entry;
      index += 1;
    }
    if (ranOut(trace)) for (const late of files.overdue(last, last)) finding.check(index, last, late);
    return finding;
  },
};

/** A file on its way to a worker. */
interface Transfer {
  from: number;
  since: Time;
  /** How long it has stood still, and since when it does; NaN while it goes on. */
  halted: number;
  haltedSince: Time;
  isPush: boolean;
  /** How many workers had gone down before it began. */
  crashes: number;
}

/** A link that transfers share: how many cross it, since when any do, and the bytes that have come over it since. */
interface Link {
  capacity: number;
  under: number;
  since: Time;
  bytes: number;
  ended: number;
}

function hasEnvironment({ world }: Trace, task: number): boolean {
  return profileOf(world.tasks, task)?.environment !== undefined;
}

class FilesOnWorkers {
  readonly #trace: Trace;
  readonly #data: NonNullable<Trace["world"]["data"]>;
  readonly #networked: boolean;
  readonly #presence: Presence;
  /** Of each worker: files that are there, those of them that never make room, and those on their way. */
  readonly #here: Set<number>[];
  readonly #kept: Set<number>[];
  readonly #coming: Map<number, Transfer>[];
  /** Of what may make room on each worker, when it came to that: the order counts. */
  readonly #idle: Map<number, number>[];
  #rested = 0;
  /** Attempts that are on workers, by task and number. */
  readonly #present = new Map<string, { task: number; worker: number }>();
  /** Attempts that began in this instant, and have an environment, which may be there. */
  readonly #begun = new Map<string, { task: number; worker: number; attempt: number }>();
  readonly #inStore: Set<number>;
  /** How many workers have gone down so far, and as which of them each did last. */
  #crashes = 0;
  readonly #crashedAs = new Map<number, number>();
  readonly #frozen = new Set<number>();
  readonly #thawedAt = new Map<number, Time>();
  /** Attempts that go on though they were given up, for their workers' clocks are slow. */
  readonly #outlived = new Set<string>();
  /** Attempts that are suspended. */
  readonly #halted = new Set<string>();
  /** Attempts that read their files, by task and number; and those of them that wait for some. */
  readonly #reading = new Map<string, { task: number; worker: number; waits: boolean }>();
  readonly #links = new Map<number, Link>();
  /** What was dropped in this instant, and by then read by whom; entered before the end of the attempt that has made it idle, or has written it. */
  #evicted: { file: number; worker: number; wasHere: boolean; readers: string[]; since: number }[] = [];
  /** Workers that are still to join, and when they do: with what lies on them from the beginning. */
  readonly #joining = new Map<number, Time>();
  /** Workers that leave, and when. */
  readonly #departures = new Set<string>();
  #now: Time = 0;

  constructor(trace: Trace) {
    const { world } = trace;
    this.#trace = trace;
    this.#data = world.data as NonNullable<typeof world.data>;
    this.#networked = isNetworked(world);
    this.#presence = new Presence(trace);
    const { copies, producer } = this.#data.files;
    this.#here = world.workers.names.map(() => new Set());
    this.#kept = world.workers.names.map(() => new Set());
    this.#coming = world.workers.names.map(() => new Map());
    this.#idle = world.workers.names.map(() => new Map());
    this.#inStore = new Set([...producer.keys()].filter((file) => producer[file] === -1));
    const joining = new Set(joiningWorkers(world));
    for (const [file, workers] of copies) for (const worker of workers) if (!joining.has(worker)) this.#put(file, worker, true);
    for (const { kind, worker, time } of trace.entries)
      if (kind === EntryKind.left || kind === EntryKind.departed) this.#departures.add(`${worker}@${time}`);
    for (const action of world.actions ?? []) if (action.kind === "join") this.#joining.set(action.worker, action.time);
  }

  #put(file: number, worker: number, isKept: boolean): void {
    this.#here[worker]?.add(file);
    if (!isKept) return;
    this.#kept[worker]?.add(file);
    this.#idle[worker]?.delete(file);
  }

  /** What is wrong with an entry; "nothing to say" where it is not about files. */
  wrong(entry: TraceEntry, before: TraceEntry | undefined): string | undefined {
    const { kind, task, worker, attempt: file } = entry;
    const { attempt } = entry;
    this.#now = entry.time;
    this.#joins(entry);
    if (aboutFile(kind) && kind !== EntryKind.fetching && entry.reason !== Reason.none)
      return `file ${attempt}, worker ${worker}: ${ENTRY_NAMES[kind]} with the reason ${REASON_NAMES[entry.reason]}`;
    const name = `file ${file}, worker ${worker}`;
    if (before?.kind === EntryKind.sending && (kind !== EntryKind.fetching || attempt !== before.attempt))
      return `worker ${before.worker} sends file ${before.attempt} to nobody`;
    switch (kind) {
      case EntryKind.sending:
        if (this.#frozen.has(worker)) return `${name}: it is sent by a worker that stands still`;
        return this.#here[worker].has(file) || this.#bringsNow(file, worker) ? undefined : `${name}: it sends what it has not`;
      case EntryKind.fetching:
        if (this.#here[worker].has(file)) return `${name}: it is sent what it has`;
        if (this.#coming[worker].has(file)) return `${name}: it is sent the file twice`;
        return this.#misdirected(file, worker, before?.kind === EntryKind.sending ? before.worker : STORE) ?? this.#unasked(entry);
      case EntryKind.fetched:
        return this.#mistimed(file, worker);
      case EntryKind.fetchStopped:
        return this.#coming[worker].has(file) ? undefined : `${name}: what is stopped was not under way`;
      case EntryKind.evicted: // more at the end of the instant
        return this.#kept[worker].has(file) ? `${name}: it drops what it never should` : undefined;
      case EntryKind.prepared:
        if (entry.reason !== Reason.none) return `task ${task} begins to work with the reason ${REASON_NAMES[entry.reason]}`;
        if (!this.#reads(task)) return "nothing to say";
        if (!hasEnvironment(this.#trace, task) && this.#reading.get(`${task}#${attempt}`)?.waits !== true)
          return `attempt ${attempt} of task ${task} begins to work, and has waited for nothing`;
        return this.#missing(task, worker, "works");
      case EntryKind.preparing:
        if (entry.reason !== Reason.transfer)
          return hasEnvironment(this.#trace, task) ? "nothing to say" : `task ${task} has nothing to prepare but its files`;
        if (this.#reading.get(`${task}#${attempt}`)?.waits === true) return `attempt ${attempt} of task ${task} waits already`;
        return this.#missing(task, worker, "") === undefined
          ? `attempt ${attempt} of task ${task} waits for files that are all there`
          : undefined;
      default:
        if (!this.#completes(entry) || !this.#reads(task)) return "nothing to say";
        return this.#missing(task, worker, "ends");
    }
  }

  /** Whether a file should have come from elsewhere; where it is not known whether who has it is up again, from there too. */
  #misdirected(file: number, worker: number, from: number): string | undefined {
    const having = [...this.#here.keys()].filter((other) => this.#here[other].has(file) && !this.#frozen.has(other));
    const up = having.filter((other) => this.#presence.down[other] === 0 && !this.#goesNow(other));
    const name = `file ${file}, worker ${worker}`;
    if (from === STORE && !this.#inStore.has(file)) return `${name}: the store sends what it has not`;
    if (from === STORE) return up.length === 0 ? undefined : `${name}: the store sends it, though worker ${up[0]} has it`;
    const better = up.find((other) => (this.#sends(other) - this.#sends(from) || other - from) < 0);
    return better === undefined ? undefined : `${name}: worker ${from} sends it, though worker ${better} sends less`;
  }

  #sends(worker: number): number {
    let sends = 0;
    for (const transfers of this.#coming) for (const { from } of transfers.values()) if (from === worker) sends += 1;
    return sends;
  }

  /** Whether nothing on a worker asks for what it is sent, or something does, and it is said that nothing did. */
  #unasked({ worker, attempt: file, reason }: TraceEntry): string | undefined {
    const isPush = reason === Reason.push;
    if (!isPush && reason !== Reason.none) return `file ${file}, worker ${worker}: it is sent with the reason ${REASON_NAMES[reason]}`;
    const asks = [...this.#present.values()].some((each) => each.worker === worker && filesOf(this.#data.inputs, each.task).includes(file));
    if (isPush && this.#trace.promises.order !== "plan") return `file ${file}, worker ${worker}: it is sent ahead, though nobody plans`;
    if (isPush && asks) return `file ${file}, worker ${worker}: it is sent ahead, though it is asked for`;
    if (this.#thawedAt.get(worker) === this.#now) return undefined; // what it was sent meanwhile, and reads only now
    return isPush || asks ? undefined : `file ${file}, worker ${worker}: nothing there asks for it`;
  }

  #reads(task: number): boolean {
    return filesOf(this.#data.inputs, task).length > 0;
  }

  #missing(task: number, worker: number, does: string): string | undefined {
    const dropped = does === "ends" ? this.#evicted.filter((each) => each.worker === worker).map((each) => each.file) : [];
    const file = filesOf(this.#data.inputs, task).find((each) => !this.#here[worker].has(each) && !dropped.includes(each));
    return file === undefined ? undefined : `task ${task} ${does} on worker ${worker}, where file ${file} is not`;
  }

  /** Whether an attempt completes on its worker, be it accepted or not. */
  #completes({ kind, reason }: TraceEntry): boolean {
    if (reason !== Reason.none) return false;
    if (this.#networked) return kind === EntryKind.ended;
    return kind === EntryKind.finished || kind === EntryKind.accepted || kind === EntryKind.refused;
  }

  #sizeOf(file: number): number {
    return this.#data.files.size[file] as number;
  }

  /** Whether a transfer that is over took another time than it should have. */
  #mistimed(file: number, worker: number): string | undefined {
    const transfer = this.#coming[worker]?.get(file);
    if (transfer === undefined) return `file ${file}, worker ${worker}: it has what was not under way`;
    if (transfer.haltedSince < this.#now) return `file ${file}, worker ${worker}: it comes to an end while it stands still`;
    const took = this.#now - transfer.since - transfer.halted;
    const alone = transferTime(this.#sizeOf(file), rateBetween(this.#data, transfer.from, worker));
    const isRight = this.#data.sharing === "fair" ? took >= alone : took === alone;
    if (!isRight) return `file ${file}, worker ${worker}: it took ${took} µs, alone it takes ${alone}`;
    return this.#linksOf(transfer.from, worker)
      .map((link) => this.#crowded(link, this.#sizeOf(file)))
      .find((message) => message !== undefined);
  }

  /** Whether more has come over a link than it lets through. */
  #crowded({ capacity, since, bytes, ended }: Link, more: number): string | undefined {
    if (this.#data.sharing !== "fair" || capacity === Number.POSITIVE_INFINITY) return undefined;
    const most = (capacity * (this.#now - since)) / SECOND + ended + 1;
    return bytes + more <= most * (1 + 1e-9)
      ? undefined
      : `${bytes + more} bytes came over a link in ${this.#now - since} µs that lets ${capacity} a second through`;
  }

  /** What goes from the one and to the other shares: links of even numbers go from workers, the last from the store. */
  #linksOf(from: number, to: number): Link[] {
    const { bandwidth, store } = this.#data;
    return [
      [from === STORE ? 2 * bandwidth.length : 2 * from, from === STORE ? store : (bandwidth[from] as number)] as const,
      [2 * to + 1, bandwidth[to] as number] as const,
    ].map(([number, capacity]) => {
      const link = this.#links.get(number) ?? { capacity, under: 0, since: 0, bytes: 0, ended: 0 };
      this.#links.set(number, link);
      return link;
    });
  }

  /** Bytes from elsewhere that a worker has. */
  #cached(worker: number): number {
    let bytes = 0;
    for (const file of this.#here[worker] ?? []) if (!this.#kept[worker].has(file)) bytes += this.#sizeOf(file);
    return bytes;
  }

  #isInUse(file: number, worker: number): boolean {
    return this.#coming.some((transfers) => transfers.get(file)?.from === worker) || this.#readersOf(file, worker).length > 0;
  }

  /** Attempts on a worker that read a file. */
  #readersOf(file: number, worker: number): string[] {
    const readers = [...this.#reading].filter(([, each]) => each.worker === worker && filesOf(this.#data.inputs, each.task).includes(file));
    return readers.map(([key]) => key);
  }

  apply(entry: TraceEntry, before: TraceEntry | undefined): void {
    const { kind, task, worker, attempt, reason } = entry;
    const { comes, goes } = this.#presence.apply(entry);
    for (const gone of goes) if (gone.part !== "given back") this.#leaves(`${gone.task}#${gone.attempt}`);
    for (const come of comes) if (come.part === "whole") this.#begins(come.task, come.worker, come.attempt);
    if (this.#completes(entry)) this.#wrote(task, worker);
    switch (kind) {
      case EntryKind.fetching:
        this.#comes(attempt, worker, before?.kind === EntryKind.sending ? before.worker : STORE, reason === Reason.push);
        break;
      case EntryKind.fetched:
        this.#goes(attempt, worker, this.#sizeOf(attempt));
        this.#put(attempt, worker, false);
        this.#rests(attempt, worker);
        break;
      case EntryKind.fetchStopped:
        this.#goes(attempt, worker, 0);
        break;
      case EntryKind.evicted:
        this.#evict(attempt, worker);
        break;
      case EntryKind.preparing:
      case EntryKind.prepared:
        this.#begun.delete(`${task}#${attempt}`);
        if (kind === EntryKind.prepared || reason === Reason.transfer) this.#asks(task, worker, attempt, kind === EntryKind.preparing);
        break;
      case EntryKind.outlived:
        this.#outlived.add(`${task}#${attempt}`);
        break;
      case EntryKind.stopped:
      case EntryKind.accepted:
      case EntryKind.refused:
        if (this.#outlived.delete(`${task}#${attempt}`)) this.#leaves(`${task}#${attempt}`);
        break;
      case EntryKind.halted:
      case EntryKind.suspended:
        if ((kind === EntryKind.halted) === this.#networked) this.#halted.add(`${task}#${attempt}`);
        break;
      case EntryKind.proceeded:
      case EntryKind.continued:
        if ((kind === EntryKind.proceeded) === this.#networked) this.#halted.delete(`${task}#${attempt}`);
        break;
      case EntryKind.paused:
        this.#freezes(worker);
        break;
      case EntryKind.resumed:
        this.#thaws(worker);
        break;
      case EntryKind.crashed:
        this.#crashedAs.set(worker, ++this.#crashes);
        this.#cut(worker);
        break;
      case EntryKind.diskLost:
        this.#wipe(worker);
        break;
      case EntryKind.launched:
        this.#wipe(worker);
        this.#joining.set(worker, this.#now + (poolOf(this.#trace.world.cloud, worker)?.boot ?? 0));
        break;
      case EntryKind.left:
      case EntryKind.departed:
        if (kind === EntryKind.left && this.#networked) break; // it is gone when it has departed
        this.#joining.delete(worker);
        this.#cut(worker);
        this.#wipe(worker);
        break;
      default:
    }
  }

  /** It reads its files from now on, or has them all. */
  #asks(task: number, worker: number, attempt: number, waits: boolean): void {
    this.#reading.set(`${task}#${attempt}`, { task, worker, waits });
    for (const file of filesOf(this.#data.inputs, task)) this.#idle[worker]?.delete(file);
  }

  /** An attempt that has nothing else to prepare reads its files from its beginning on. */
  #begins(task: number, worker: number, attempt: number): void {
    this.#present.set(`${task}#${attempt}`, { task, worker });
    if (!this.#reads(task)) return;
    if (hasEnvironment(this.#trace, task)) this.#begun.set(`${task}#${attempt}`, { task, worker, attempt });
    else this.#asks(task, worker, attempt, false);
  }

  /** Those that had nothing to wait for when they began read their files since. */
  #beganAtOnce(): void {
    for (const { task, worker, attempt } of this.#begun.values()) this.#asks(task, worker, attempt, false);
    this.#begun.clear();
  }

  /** It reads no more: what nothing else there uses may make room from now on, in the order of what it read. */
  #leaves(key: string): void {
    if (this.#outlived.has(key)) return;
    this.#present.delete(key);
    this.#begun.delete(key);
    const reader = this.#reading.get(key);
    this.#reading.delete(key);
    if (reader !== undefined) for (const file of filesOf(this.#data.inputs, reader.task)) this.#rests(file, reader.worker);
  }

  /** It may make room from now on, if nothing uses it. */
  #rests(file: number, worker: number): void {
    const dropped = this.#evicted.findLast((each) => each.file === file && each.worker === worker);
    const isHere = this.#here[worker].has(file);
    if (dropped !== undefined && !isHere && Number.isNaN(dropped.since)) dropped.since = this.#rested++; // entered before what has made it idle
    if (isHere && !this.#kept[worker].has(file) && !this.#isInUse(file, worker)) this.#idle[worker]?.set(file, this.#rested++);
  }

  #wrote(task: number, worker: number): void {
    const isLocal = this.#data.outputPlace === "local";
    for (const file of filesOf(this.#data.outputs, task)) {
      if (!isLocal) this.#inStore.add(file);
      const dropped = this.#evicted.find((each) => each.file === file && each.worker === worker && !each.wasHere);
      if (dropped !== undefined)
        dropped.wasHere = true; // before its end was entered
      else this.#put(file, worker, isLocal);
      this.#rests(file, worker);
    }
  }

  /** What is sent in no time is not in use meanwhile. */
  #takesTime(file: number, from: number, to: number): boolean {
    return transferTime(this.#sizeOf(file), rateBetween(this.#data, from, to)) > 0;
  }

  #comes(file: number, worker: number, from: number, isPush: boolean): void {
    const isHalted = this.#frozen.has(worker) || this.#frozen.has(from);
    this.#coming[worker]?.set(file, {
      from,
      since: this.#now,
      halted: 0,
      haltedSince: isHalted ? this.#now : Number.NaN,
      isPush,
      crashes: this.#crashes,
    });
    if (from !== STORE && this.#takesTime(file, from, worker)) this.#idle[from]?.delete(file);
    for (const link of this.#linksOf(from, worker)) {
      if (link.under === 0) Object.assign(link, { since: this.#now, bytes: 0, ended: 0 });
      link.under += 1;
    }
  }

  #goes(file: number, worker: number, bytes: number): void {
    const transfer = this.#coming[worker]?.get(file);
    if (transfer === undefined) return;
    this.#coming[worker]?.delete(file);
    if (transfer.from !== STORE && this.#takesTime(file, transfer.from, worker)) this.#rests(file, transfer.from);
    for (const link of this.#linksOf(transfer.from, worker)) {
      link.under -= 1;
      link.bytes += bytes;
      link.ended += 1;
    }
  }

  *#touching(worker: number): Iterable<Transfer> {
    for (const [to, transfers] of this.#coming.entries())
      for (const transfer of transfers.values()) if (to === worker || transfer.from === worker) yield transfer;
  }

  #freezes(worker: number): void {
    this.#frozen.add(worker);
    for (const transfer of this.#touching(worker)) if (Number.isNaN(transfer.haltedSince)) transfer.haltedSince = this.#now;
  }

  #thaws(worker: number): void {
    this.#frozen.delete(worker);
    this.#thawedAt.set(worker, this.#now);
    for (const [to, transfers] of this.#coming.entries())
      for (const transfer of transfers.values()) {
        if (Number.isNaN(transfer.haltedSince) || this.#frozen.has(to) || this.#frozen.has(transfer.from)) continue;
        transfer.halted += this.#now - transfer.haltedSince;
        transfer.haltedSince = Number.NaN;
      }
  }

  /** What is on its way to a worker that goes down, or is gone, is lost without a word. */
  #cut(worker: number): void {
    for (const file of [...(this.#coming[worker]?.keys() ?? [])]) this.#goes(file, worker, 0);
    for (const [key, { worker: on }] of [...this.#present]) if (on === worker) this.#leaves(key);
  }

  #wipe(worker: number): void {
    this.#here[worker]?.clear();
    this.#kept[worker]?.clear();
    this.#idle[worker]?.clear();
    this.#evicted = this.#evicted.filter((each) => each.worker !== worker); // it had to go anyway
  }

  /** Those have joined whose time is over, or of which that is told. */
  #joins({ time, kind, worker: told }: TraceEntry): void {
    for (const [worker, at] of this.#joining) {
      if (at >= time && !(kind === EntryKind.registered && worker === told)) continue;
      this.#joining.delete(worker);
      for (const [file, workers] of this.#data.files.copies) if (workers.includes(worker)) this.#put(file, worker, true);
    }
  }

  /** Whether a worker leaves in this instant, which is entered after what becomes of its files. */
  #goesNow(worker: number): boolean {
    return this.#departures.has(`${worker}@${this.#now}`);
  }

  /** Whether a worker joins in this instant with a file, or has done so. */
  #bringsNow(file: number, worker: number): boolean {
    return this.#joining.get(worker) === this.#now && this.#data.files.copies.get(file)?.includes(worker) === true;
  }

  /** Transfers that nobody waits for any more, or from a worker that is down; and files that an attempt waits for and that are not on their way. */
  *#leftUnderWay(): Iterable<string> {
    for (const [worker, transfers] of this.#coming.entries())
      for (const [file, { from, isPush, crashes }] of transfers) {
        const isDown = from !== STORE && (this.#crashedAs.get(from) ?? 0) > crashes; // whether it is up again may not be told yet
        if (isDown) yield `file ${file}, worker ${worker}: it is on its way from worker ${from}, which is down`;
        if (!isPush && this.#readersOf(file, worker).length === 0)
          yield `file ${file}, worker ${worker}: it is on its way, and nobody waits for it`;
      }
    for (const [key, { task, worker, waits }] of this.#reading) {
      const file = waits || this.#halted.has(key) || this.#frozen.has(worker) ? undefined : this.#missing(task, worker, "works");
      if (file !== undefined) yield file;
    }
    for (const { task, worker, waits } of this.#reading.values())
      for (const file of waits ? filesOf(this.#data.inputs, task) : []) {
        if (this.#here[worker].has(file) || this.#coming[worker].has(file)) continue;
        const has = (other: number) => this.#here[other].has(file) && this.#presence.down[other] === 0 && !this.#frozen.has(other);
        const isThere = this.#inStore.has(file) || [...this.#here.keys()].some(has);
        if (isThere && !this.#frozen.has(worker)) yield `task ${task} waits for file ${file}, and that is not on its way`;
      }
  }

  #evict(file: number, worker: number): void {
    const since = this.#idle[worker]?.get(file) ?? Number.NaN;
    const wasHere = this.#here[worker].delete(file);
    this.#idle[worker]?.delete(file);
    this.#evicted.push({ file, worker, wasHere, readers: this.#readersOf(file, worker), since });
  }

  *#wronglyEvicted(): Iterable<string> {
    const evicted = this.#evicted;
    this.#evicted = [];
    for (const { file, worker, wasHere, readers, since } of evicted) {
      const name = `file ${file}, worker ${worker}`;
      const older = [...(this.#idle[worker] ?? [])].find(([other, rested]) => rested < since && !this.#isInUse(other, worker));
      if (older !== undefined) yield `${name}: it makes room before file ${older[0]}, which was read longer ago`;
      if (!wasHere) yield `${name}: it drops what it has not`;
      if (readers.some((key) => this.#reading.has(key))) yield `${name}: it drops what is in use`;
      const gone = evicted.filter((each) => each.worker === worker).reduce((sum, each) => sum + this.#sizeOf(each.file), 0);
      if (this.#cached(worker) + gone <= (this.#data.kept[worker] as number)) yield `${name}: it drops a file though it has room`;
    }
  }

  /** What should have been by the end of an instant. */
  *overdue(now: Time, next: Time): Iterable<string> {
    this.#now = now;
    this.#beganAtOnce();
    yield* this.#wronglyEvicted();
    yield* this.#leftUnderWay();
    for (const [worker, transfers] of this.#coming.entries()) {
      for (const [file, { from, since, halted, haltedSince }] of transfers) {
        if (!Number.isNaN(haltedSince) || this.#data.sharing === "fair") continue;
        const due = since + halted + transferTime(this.#sizeOf(file), rateBetween(this.#data, from, worker));
        if (due < next) yield `file ${file}, worker ${worker}: it should be there at ${due} µs`;
      }
    }
    for (const [key, { task, worker, waits }] of this.#reading)
      if (waits && !this.#halted.has(key) && this.#missing(task, worker, "") === undefined && !this.#frozen.has(worker))
        yield `task ${task} waits though all is there that it reads`;
    for (const [worker, here] of this.#here.entries()) {
      if (this.#presence.down[worker] === 1 || this.#cached(worker) <= (this.#data.kept[worker] as number)) continue;
      for (const file of here)
        if (!this.#kept[worker].has(file) && !this.#isInUse(file, worker))
          yield `worker ${worker} keeps file ${file}, which should have made room`;
    }
  }
}
