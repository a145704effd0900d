// The files on workers: who has which, what is on its way to whom, and what makes room.
//
// A worker has each file once, and gets it once for all attempts there that read it. It comes from the worker that has it and sends least, the
// first of several; where none that is awake has it, from the store, if that has it; else the wait goes on until one has it again. What came
// from elsewhere makes room, when nothing there reads it or sends it any more, in the order in which that came about.
import { type DataPlan, filesOf, rateBetween, STORE } from "../model/data.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { Attempt } from "./attempts.ts";
import { LeastRecent, type Listed } from "./least-recent.ts";
import { type Lines, linesOf } from "./lines.ts";

/** What it needs of the run. */
export interface WorkerFilesHost {
  readonly now: Time;
  record(kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void;
  /** Transfers end at that time, as things stand. */
  transfersEndAt(time: Time): void;
}

/** A file on a worker, or on its way there. */
interface Copy extends Listed<Copy> {
  readonly file: number;
  readonly worker: number;
  /** Whether all of it is there. */
  isHere: boolean;
  /** Whether it never makes room: it was written here, and nowhere else. */
  isKept: boolean;
  /** Attempts here that read it, and transfers from here. */
  readers: number;
  sends: number;
  /** Its transfer; −1 while there is none. */
  transfer: number;
  /** Whether it was sent before anything here asked for it. */
  isPushed: boolean;
  /** Attempts that wait for it; undefined while none does. */
  waiting: Attempt[] | undefined;
  /** Its place among those that are there of its file. */
  place: number;
}

interface Transfer {
  readonly copy: Copy;
  readonly from: number;
}

const UNLISTED = { isListed: false, before: undefined, after: undefined };

export class WorkerFiles {
  readonly #data: DataPlan;
  readonly #host: WorkerFilesHost;
  readonly #gathered: (attempt: Attempt) => void;
  readonly #lines: Lines;
  /** Of each worker, by file. */
  readonly #copies: Map<number, Copy>[];
  /** Of each worker, what may make room, the first to do so first; and bytes that came from elsewhere. */
  readonly #idle: LeastRecent<Copy>[];
  readonly #used: Float64Array;
  /** Of each file, the copies that are there, in no order. */
  readonly #holders: (Copy[] | undefined)[];
  readonly #inStore: Uint8Array;
  readonly #isUp: Uint8Array;
  /** How often each has lost its disk. */
  readonly #disks: Int32Array;
  readonly #isFrozen: Uint8Array;
  /** Of each worker, how much it sends. */
  readonly #sends: Int32Array;
  readonly #transfers: (Transfer | undefined)[] = [];
  readonly #free: number[] = [];
  /** By file, copies for which nobody is there that has it. */
  readonly #wanted = new Map<number, Copy[]>();
  /** The time at which the run was asked last to come back. */
  #planned: Time = Number.POSITIVE_INFINITY;

  /** `present`: whether a worker is there from the beginning. `gathered` is told of attempts that waited and have all now that they read. */
  constructor(
    data: DataPlan,
    workers: number,
    present: (worker: number) => boolean,
    host: WorkerFilesHost,
    gathered: (attempt: Attempt) => void,
  ) {
    this.#data = data;
    this.#host = host;
    this.#gathered = gathered;
    this.#lines = linesOf(data);
    this.#copies = Array.from({ length: workers }, () => new Map());
    this.#idle = Array.from({ length: workers }, () => new LeastRecent());
    this.#used = new Float64Array(workers);
    this.#holders = new Array<Copy[] | undefined>(data.files.count).fill(undefined);
    this.#inStore = Uint8Array.from(data.files.producer, (producer) => +(producer < 0));
    this.#isUp = Uint8Array.from({ length: workers }, (_, worker) => +present(worker));
    this.#isFrozen = new Uint8Array(workers);
    this.#disks = new Int32Array(workers);
    this.#sends = new Int32Array(workers);
    for (const [file, holders] of data.files.copies) for (const worker of holders) if (present(worker)) this.#put(file, worker, true);
  }

  // What attempts read and write.

  /** An attempt reads its files from now on; says whether it has to wait for any. */
  reads(attempt: Attempt): boolean {
    attempt.reading = true;
    attempt.missing = 0;
    const { offsets, targets } = this.#data.inputs;
    const end = offsets[attempt.task + 1] as number;
    for (let place = offsets[attempt.task] as number; place < end; place++) {
      const file = targets[place] as number;
      const copy = this.#copies[attempt.worker]?.get(file) ?? this.#expect(file, attempt.worker);
      if (copy.readers++ === 0 && copy.isHere) this.#idle[attempt.worker]?.remove(copy);
      if (!copy.isHere && copy.transfer < 0) this.#fetch(copy, Reason.none);
      if (copy.isHere) continue;
      if (copy.waiting === undefined) copy.waiting = [attempt];
      else copy.waiting.push(attempt);
      attempt.missing += 1;
    }
    return attempt.missing > 0;
  }

  /** An attempt is on its worker no more: what nothing waits for any more is not sent on. */
  left(attempt: Attempt): void {
    if (!attempt.reading) return;
    attempt.reading = false;
    const { offsets, targets } = this.#data.inputs;
    const end = offsets[attempt.task + 1] as number;
    for (let place = offsets[attempt.task] as number; place < end; place++) {
      const copy = this.#copies[attempt.worker]?.get(targets[place] as number);
      if (copy === undefined) continue;
      copy.readers -= 1;
      if (!copy.isHere) copy.waiting?.splice(copy.waiting.indexOf(attempt), 1);
      if (copy.isHere) this.#rests(copy);
      else if (copy.readers === 0 && !copy.isPushed) this.#giveUp(copy);
    }
  }

  /** An attempt has completed: what it wrote is there, and in the store, if that takes it. */
  wrote({ task, worker }: Attempt): void {
    const isLocal = this.#data.outputPlace === "local";
    for (const file of filesOf(this.#data.outputs, task)) {
      if (!isLocal) this.#inStore[file] = 1;
      if (this.#isUp[worker] === 0) {
        this.#isThere(file); // its worker has left with that
        continue;
      }
      const copy = this.#copies[worker]?.get(file);
      if (copy === undefined) this.#put(file, worker, isLocal);
      else if (copy.isHere) this.#keeps(copy, isLocal);
      else {
        copy.isKept = isLocal;
        if (copy.transfer >= 0) this.#halt(copy);
        this.#arrives(copy);
      }
      this.#isThere(file);
    }
  }

  /** A file is to be sent to a worker before anything there asks for it. */
  push(file: number, worker: number): void {
    if (!this.#isAwake(worker) || (this.#copies[worker] as Map<number, Copy>).has(file)) return;
    const copy = this.#expect(file, worker);
    copy.isPushed = true;
    this.#fetch(copy, Reason.push);
    if (!copy.isHere && copy.transfer < 0) this.#giveUp(copy);
  }

  // Transfers.

  #expect(file: number, worker: number): Copy {
    const copy: Copy = {
      file,
      worker,
      isHere: false,
      isKept: false,
      readers: 0,
      sends: 0,
      transfer: -1,
      isPushed: false,
      waiting: undefined,
      place: -1,
      ...UNLISTED,
    };
    this.#copies[worker]?.set(file, copy);
    return copy;
  }

  #fetch(copy: Copy, reason: Reason): void {
    const { file, worker } = copy;
    const { now } = this.#host;
    const from = this.#sourceOf(file);
    if (from === undefined) {
      this.#want(copy);
      return;
    }
    const size = this.#sizeOf(file);
    if (from !== STORE) this.#host.record(EntryKind.sending, -1, from, file, Reason.none);
    this.#host.record(EntryKind.fetching, -1, worker, file, reason);
    if (size === 0 || rateBetween(this.#data, from, worker) === Number.POSITIVE_INFINITY) {
      this.#fetched(copy);
      return;
    }
    const transfer = this.#free.pop() ?? this.#transfers.length;
    copy.transfer = transfer;
    this.#transfers[transfer] = { copy, from };
    if (from !== STORE) {
      this.#sends[from]++;
      const source = this.#copies[from]?.get(file) as Copy;
      source.sends += 1;
      this.#idle[from]?.remove(source);
    }
    this.#lines.begin(now, transfer, from, worker, size);
    this.#plan();
  }

  #want(copy: Copy): void {
    const wanted = this.#wanted.get(copy.file);
    if (wanted === undefined) this.#wanted.set(copy.file, [copy]);
    else if (!wanted.includes(copy)) wanted.push(copy);
  }

  /** Of the workers that are awake and have it, the one that sends least; else the store, if that has it. */
  #sourceOf(file: number): number | undefined {
    let best: number | undefined;
    for (const { worker } of this.#holders[file] ?? []) {
      if (!this.#isAwake(worker)) continue;
      const fewer = best === undefined ? -1 : (this.#sends[worker] as number) - (this.#sends[best] as number) || worker - best;
      if (fewer < 0) best = worker;
    }
    return best ?? (this.#inStore[file] === 1 ? STORE : undefined);
  }

  /** The run has come to a time at which transfers may end. */
  transfersEnd(): void {
    const { now } = this.#host;
    this.#planned = Number.POSITIVE_INFINITY;
    for (const transfer of this.#lines.ended(now).slice()) {
      const { copy } = this.#transfers[transfer] as Transfer;
      this.#over(copy);
      this.#fetched(copy);
    }
    this.#plan();
  }

  /** Whether any do at a time. */
  endsAt(time: Time): boolean {
    return this.#lines.nextEnd() === time;
  }

  #plan(): void {
    const next = this.#lines.nextEnd();
    if (next === this.#planned) return;
    this.#planned = next;
    if (next < Number.POSITIVE_INFINITY) this.#host.transfersEndAt(next);
  }

  /** Its transfer is no more. */
  #over(copy: Copy): void {
    const { from } = this.#transfers[copy.transfer] as Transfer;
    this.#transfers[copy.transfer] = undefined;
    this.#free.push(copy.transfer);
    copy.transfer = -1;
    if (from === STORE) return;
    this.#sends[from]--;
    const source = this.#copies[from]?.get(copy.file);
    if (source === undefined) return;
    source.sends -= 1;
    this.#rests(source);
  }

  /** Its transfer is stopped. */
  #halt(copy: Copy): void {
    this.#lines.stop(this.#host.now, copy.transfer);
    this.#over(copy);
    if (this.#isUp[copy.worker] === 1) this.#host.record(EntryKind.fetchStopped, -1, copy.worker, copy.file, Reason.none);
    this.#plan();
  }

  #fetched(copy: Copy): void {
    this.#host.record(EntryKind.fetched, -1, copy.worker, copy.file, Reason.none);
    this.#arrives(copy);
    this.#isThere(copy.file);
  }

  /** All of it is there. */
  #arrives(copy: Copy): void {
    this.#hold(copy);
    const { waiting } = copy;
    copy.waiting = undefined;
    this.#rests(copy);
    for (const attempt of waiting ?? []) if (--attempt.missing === 0) this.#gathered(attempt);
  }

  /** Somebody has it who had it not: whoever waits for that gets it. */
  #isThere(file: number): void {
    const wanted = this.#wanted.get(file);
    if (wanted === undefined) return;
    this.#wanted.delete(file);
    for (const copy of wanted)
      if (!copy.isHere && copy.transfer < 0 && this.#copies[copy.worker]?.get(file) === copy) this.#fetch(copy, Reason.none);
  }

  #giveUp(copy: Copy): void {
    if (copy.transfer >= 0) this.#halt(copy);
    this.#copies[copy.worker]?.delete(copy.file);
    const wanted = this.#wanted.get(copy.file);
    if (wanted?.includes(copy) === true) wanted.splice(wanted.indexOf(copy), 1);
  }

  // What workers have.

  /** What is here from elsewhere was written here too. */
  #keeps(copy: Copy, isKept: boolean): void {
    if (!isKept || copy.isKept) return;
    const { file, worker } = copy;
    copy.isKept = true;
    this.#used[worker] = (this.#used[worker] as number) - this.#sizeOf(file);
    this.#idle[worker]?.remove(copy);
  }

  #put(file: number, worker: number, isKept: boolean): void {
    const copy = this.#expect(file, worker);
    copy.isKept = isKept;
    this.#hold(copy);
    this.#rests(copy);
  }

  #hold(copy: Copy): void {
    const { file, worker, isKept } = copy;
    copy.isHere = true;
    const holders = this.#holders[file];
    if (holders === undefined) this.#holders[file] = [copy];
    copy.place = holders === undefined ? 0 : holders.push(copy) - 1;
    if (!isKept) this.#used[worker] = (this.#used[worker] as number) + this.#sizeOf(file);
  }

  /** Nothing may use it there any more: it makes room then, when that is needed. */
  #rests(copy: Copy): void {
    const { worker } = copy;
    if (!copy.isKept && copy.readers === 0 && copy.sends === 0) this.#idle[worker]?.add(copy);
    if (this.#isUp[worker] === 1) this.#makeRoom(worker);
  }

  #makeRoom(worker: number): void {
    const room = this.#data.kept[worker] as number;
    const idle = this.#idle[worker] as LeastRecent<Copy>;
    for (let oldest = idle.first; oldest !== undefined && (this.#used[worker] as number) > room; oldest = idle.first) {
      this.#drop(oldest);
      this.#host.record(EntryKind.evicted, -1, worker, oldest.file, Reason.none);
    }
  }

  #drop(copy: Copy): void {
    const { file, worker, isKept } = copy;
    this.#copies[worker]?.delete(file);
    this.#idle[worker]?.remove(copy);
    if (!copy.isHere) return;
    const holders = this.#holders[file] as Copy[];
    const last = holders.pop() as Copy;
    if (last !== copy) [holders[copy.place], last.place] = [last, copy.place];
    if (!isKept) this.#used[worker] = (this.#used[worker] as number) - this.#sizeOf(file);
  }

  #sizeOf(file: number): number {
    return this.#data.files.size[file] as number;
  }

  // What befalls workers.

  #isAwake(worker: number): boolean {
    return this.#isUp[worker] === 1 && this.#isFrozen[worker] === 0;
  }

  froze(worker: number): void {
    if (this.#isFrozen[worker] === 1) return;
    this.#isFrozen[worker] = 1;
    this.#lines.halt(this.#host.now, worker);
    this.#plan();
  }

  thawed(worker: number): void {
    if (this.#isFrozen[worker] === 0) return;
    this.#isFrozen[worker] = 0;
    this.#lines.goOn(this.#host.now, worker);
    this.#plan();
    this.#offers(worker);
  }

  /** It is up again, or there at all. */
  up(worker: number): void {
    this.#isUp[worker] = 1;
    this.#makeRoom(worker);
    this.#offers(worker);
  }

  #offers(worker: number): void {
    if (!this.#isAwake(worker) || this.#wanted.size === 0) return;
    for (const { file, isHere } of [...(this.#copies[worker] as Map<number, Copy>).values()]) if (isHere) this.#isThere(file);
  }

  /** It goes down, before its attempts are there no more. */
  falls(worker: number): void {
    this.#isUp[worker] = 0;
  }

  /** It is down: what was on its way to it is lost, and what came from it comes from elsewhere. */
  down(worker: number): void {
    for (const copy of [...(this.#copies[worker] as Map<number, Copy>).values()]) if (!copy.isHere) this.#giveUp(copy);
    if (this.#sends[worker] === 0) return;
    const cut = this.#transfers.filter((transfer): transfer is Transfer => transfer?.from === worker);
    for (const { copy } of cut) this.#halt(copy);
    for (const { copy } of cut) {
      if (copy.readers > 0) this.#fetch(copy, Reason.none);
      else this.#giveUp(copy);
    }
  }

  /** What was on its disk is lost. */
  loseDisk(worker: number): void {
    this.#disks[worker]++;
    for (const copy of [...(this.#copies[worker] as Map<number, Copy>).values()]) this.#drop(copy);
  }

  /** The number of its disk: another each time that it has lost one. */
  diskOf(worker: number): number {
    return this.#disks[worker] as number;
  }

  /** It is there from now on, with what it has from the beginning. */
  joins(worker: number): void {
    for (const [file, holders] of this.#data.files.copies) if (holders.includes(worker)) this.#put(file, worker, true);
    this.up(worker);
  }

  /** It is gone for good, with all that it has. */
  goes(worker: number): void {
    this.falls(worker);
    this.down(worker);
    this.thawed(worker);
    this.loseDisk(worker);
  }
}
