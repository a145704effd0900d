// The trace: what happened, in order. The only output of a run; all that is reported or judged is folded from it.
import type { LogEntry } from "./log-entry.ts";
import type { MessageEntry } from "./network.ts";
import type { SchedulerSettings } from "./settings.ts";
import type { Duration, Time } from "./units.ts";
import type { World } from "./world.ts";

/** Kinds of entries: decisions and facts. The numbers are part of the format and of the digest; they are never reused. */
export const EntryKind = {
  /** The task arrived at the scheduler. */
  submitted: 1,
  /** An attempt took its resources on a worker and began. */
  started: 2,
  /** The attempt completed, and the task with it. */
  finished: 3,
  /** The attempt failed (reason `execution` or `timeout`); `retried` or `abandoned` follows at the same time. */
  failed: 4,
  /** The task went back to the queue for the attempt of that number. */
  retried: 5,
  /** The task has failed for good (reason `exhausted`, or `dependency` where dependents of a failed task fail too). */
  abandoned: 6,
  /** The task will never run, because one that it depends on failed or was cancelled (reason `dependency`). */
  skipped: 7,
  /** The task was cancelled by its client (reason `client`); a running attempt ends with it. */
  cancelled: 8,
  /** The task was bound to a worker's own queue. */
  assigned: 9,
  /**
   * The running attempt was given up (the reason says why); the task went back to the queue and keeps its place there. With worker
   * −1 nothing ran yet: the start had been decided, but not begun.
   */
  requeued: 10,
  /** The running attempt was given up, and lost attempts count: `abandoned` follows at the same time. */
  lost: 11,
  /** A client changed a field of the task, as the world's action of the index in `attempt` says. */
  changed: 12,
  /** The worker went down; all that ran on it is lost. Of workers, as all that follow up to `trusted`; `attempt` is its incarnation. */
  crashed: 13,
  /** A new incarnation of the worker registered with the scheduler; of one that joins, the first. */
  registered: 14,
  /** The worker froze: it does nothing and hears nothing. */
  paused: 15,
  /** It goes on. */
  resumed: 16,
  /** The worker's heartbeats are lost from now on. */
  muted: 17,
  /** They arrive again. */
  unmuted: 18,
  /** The worker runs at `attempt` thousandths of its speed from now on. */
  slowed: 19,
  /** The scheduler has heard nothing of the worker for too long, and sends it nothing. */
  suspected: 20,
  /** It has heard of it again. */
  trusted: 21,
  /** The worker stopped an attempt that the scheduler had given up before: told to, or because its lease was over (reason `lease`). */
  stopped: 22,
  /** The end of an attempt that the scheduler had given up arrived, and counts for nothing. */
  refused: 23,
  /** The scheduler has chosen the running attempt to make room for another task: it stops when its grace is over. */
  preempted: 24,
  /**
   * The preempted attempt was stopped for a while: it stays on its worker, with its memory and disk. Where a network lies between: its
   * worker has answered so.
   */
  suspended: 25,
  /** The suspended attempt goes on where it was. Where a network lies between: its worker is told so. */
  continued: 26,
  /** The worker is to leave: it is sent nothing more, and what runs there may end. Of workers, as the next. */
  draining: 30,
  /** By the scheduler's books nothing runs there any more, and the worker is gone for good. */
  left: 31,
  /** The client of a task that has ended was told so; the reason is that of the end. Only where the settings say `notify`. */
  notified: 40,
  /**
   * A client asked to cancel the task, and its attempt is told to stop; `cancelled` follows when it is acknowledged. Only where
   * cancellations are confirmed.
   */
  cancelRequested: 41,
  /** A client was told where the task stood when the scheduler answered: `attempt` is the number of that status. */
  answered: 55,
  /**
   * What the worker has is changed by a fault from now on: `attempt` is the number of its effect, from 1 on, among those of the world's
   * faults that change capacities, each once, in the order of their first tracks. Where a network lies between: the scheduler reckons with it.
   */
  resized: 50,
  /** That fault is over. */
  restored: 51,
  /** What was on the disk of the worker, which is down, is lost; `attempt` is the incarnation that went down. */
  diskLost: 52,
  /** The attempt has done a part of its work to which faults are anchored: of several such parts, in turn, the least first. */
  reached: 53,
  /** The clock of the worker runs at `attempt` millionths of the true rate from now on. */
  drifted: 54,
  /** Where a network lies between: the attempt, which runs, is suspended on its worker, as that was told. */
  halted: 58,
  /** There: the suspended attempt goes on on its worker, as that was told. */
  proceeded: 59,
  /** Where a network lies between: the attempt began on its worker, which its start has reached. */
  began: 60,
  /**
   * There: it ended on its worker, which tells the scheduler (reason `lease`: the worker stopped it, for its lease was over; `drain`: it
   * never began, for the worker was told to leave before it read the start).
   */
  ended: 61,
  /** There: what is wrong with the link of the worker, or with worker −1 of the clients, changed; `attempt` is the sum of what holds now, as `LinkState` numbers it. */
  linked: 62,
  /** There: a fault changes what the worker has from now on; `attempt` is the number of its effect. */
  adapted: 63,
  /** There: that fault is over. */
  readapted: 64,
  /** There: the worker, which has left for the scheduler, was told so, and is gone. */
  departed: 65,
  /** The scheduler has learnt that the task's running attempt has done `attempt` thousandths of its work. */
  progressed: 66,
  /**
   * The running attempt is told to stop, and its task is to go back to the queue (the reason says why): which it does when the worker has
   * answered, or can run the attempt no more. One that its worker is told at once when it is up is given up without this.
   */
  recalled: 67,
  /** The attempt begins by reading the last checkpoint of its task that it can read. */
  recovering: 70,
  /** It has: it works on from there. */
  recovered: 71,
  /** The attempt stops working to write a checkpoint of what it has done. */
  saving: 72,
  /** It has: that need not be done again; it works on, or stops, if it was told to. */
  saved: 73,
  /** It has, but counts for nothing: the task was started again since. */
  saveRefused: 74,
  /** Something is to be done for the attempt before it works: the reason says what. */
  preparing: 75,
  /** All that is done: it begins to work. */
  prepared: 76,
  /** The attempt that was given up last has completed, and its task with it, which had not been started again. */
  accepted: 68,
  /**
   * The attempt, which is given up now since its lease is over, goes on on its worker, whose clock runs slower than the scheduler allows
   * for. Where a network lies between, `stopped` or `ended` tells how long it has.
   */
  outlived: 69,
  /** The worker sends a file, of the number in `attempt`, to the worker of the next entry. Of workers, as all about files. */
  sending: 86,
  /** The worker is sent a file, of the number in `attempt`: by the worker of the entry before, if that is `sending`, else by the store; reason `push`: before anything there asks for it. */
  fetching: 87,
  /** It has it. Where it goes down, or leaves, what is on its way to it is lost without a word. */
  fetched: 88,
  /** It is sent the file no more: nothing there waits for it, or who sent it is there no more. */
  fetchStopped: 89,
  /** The file is on the worker no more: it made room. */
  evicted: 90,
  /** What the task wrote is lost, which a task reads that has not ended: it is to run again, as if its completed attempt, of the number in `attempt`, had been given up. */
  reopened: 91,
  /** The scheduler has learnt that all files are there that the attempt reads. Only where outputs are local. */
  gathered: 92,
  /** The worker gives the attempt so much of its cpu from now on, in thousandths of a core: more than it requests, or that again. */
  cpuShared: 93,
  /** The same of memory, in bytes. */
  memoryShared: 94,
  /** The attempt asks on its worker, up to the `amount`th of its task's asks: what it is to hold less it has given back, and for more it waits. */
  asking: 97,
  /** It has all that, and works on. */
  granted: 98,
  /** The scheduler has learnt that the running attempt asks, up to the `amount`th of its task's asks. */
  asked: 95,
  /** It may have that: it counts as held from now on. */
  allowed: 96,
  /** The attempt waits for what that of the next such entry holds on the same worker, and the last for what the first does. */
  deadlocked: 99,
  /** The attempt, which begins, straggles: its worker is slower for it, as its task says. */
  straggled: 82,
  /** A copy of the task's running attempt took its resources on another worker and began beside it, as the task's attempt of that number. */
  copied: 83,
  /**
   * One of the two attempts of a task is over, or was given up, and the other goes on: by itself (reason `execution`, `timeout`, or a stage of
   * its environment), since the other completes the task now (`overtaken`), or for a reason for which attempts are given up.
   */
  dropped: 84,
  /** An instance of a pool was asked for, is paid for from now on, and boots; `attempt` counts those at that position of the cluster. Of workers, as the next. */
  launched: 80,
  /** It is said of a spot instance that it will be taken back; `attempt` is its number. It is gone (`left`) when its notice is over, or before. */
  reclaimed: 81,
  /** A replica of the scheduler was elected, in the term of that number in `attempt`. Of replicas, whose position is −3 minus `worker`, as the next. */
  elected: 100,
  /** It leads: something of its term is committed, and it has applied all that was before. */
  led: 101,
  /** It leads no more, as far as it knows itself. */
  deposed: 102,
  /** It went down, with all that was not on its disk, or was started with what is; `attempt` counts its starts. */
  replicaCrashed: 103,
  replicaStarted: 104,
  /** It does nothing and hears nothing, or goes on. */
  replicaPaused: 105,
  replicaResumed: 106,
  /** Its disk takes longer from now on, or no longer: `attempt` is its speed in thousandths, 0 where it finishes nothing. */
  replicaSlowed: 107,
  /** A worker refused to start or to stop the attempt, as a replica ordered that led no more. */
  fenced: 108,
  /**
   * Where the scheduler is replicated: the command of the index in `amount` was applied for the first time anywhere, and what came of it stands
   * before (reason `overtaken`: nothing, for another was before it). Of a client's call `worker` names the client, and `attempt` the call; of others
   * `attempt` is how long ago the leader put it to the log, µs.
   */
  applied: 109,
  /** A client, which `worker` names, asks for something for the first time: its call of the number in `attempt`, of the kind of command in `amount`, or 0: where the task stands. */
  called: 110,
  /**
   * It is answered: `amount` is 8 times the index of the last command applied to the task, and where that stood then, as `TaskState` numbers it;
   * of one that only the leader's log has, its own index there, and that it is noted (reason `nothing`: what it asked for had been done, or could be done no more).
   */
  returned: 111,
  /** Its session has expired: what its call of the number in `attempt` came to, and whether to anything, it never learns. */
  forgotten: 112,
  /** The run is over: what the replica has sent to the others, `attempt` messages of `amount` bytes. Of replicas. */
  spoke: 113,
  /**
   * A command was acknowledged when only the leader had it, at the index in `amount` of its log, and those who go on without it never get it: of a
   * client's call `worker` names the client, and `attempt` the call; of the end of an attempt the worker and the attempt; else `worker` is −1.
   */
  forgone: 114,
  /** It is to lead, as an operator asks: the one that leads hands over to it, the `attempt`th; or nobody does (reason `nothing`). */
  transferred: 115,
  /** What was on its disk, which is down, is lost. Of replicas, as the next; `attempt` counts its starts. */
  replicaDiskLost: 120,
  /** It went down in the midst of a sync, of which the first `attempt` entries and votes are on disk. */
  replicaTorn: 121,
  /** Entry `attempt` of its log on disk, or the snapshot up to there, cannot be read any more. */
  replicaRotten: 122,
  /** It was started without a log, as a new member: the `attempt`th at its position after the first. */
  replicaRenewed: 123,
  /** It is a member no more; it is one without a vote; it votes: that is committed, of the `attempt`th at its position after the first. */
  memberRemoved: 124,
  memberAdded: 125,
  memberPromoted: 126,
  /** Its clock runs at `attempt` millionths of the true rate from now on. */
  replicaDrifted: 127,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

const OTHERS_ABOUT_WORKERS: readonly EntryKind[] = [
  EntryKind.draining,
  EntryKind.left,
  EntryKind.resized,
  EntryKind.restored,
  EntryKind.diskLost,
  EntryKind.drifted,
  EntryKind.linked,
  EntryKind.adapted,
  EntryKind.readapted,
  EntryKind.departed,
  EntryKind.launched,
  EntryKind.reclaimed,
];

/** Whether entries of a kind are about a replica of the scheduler. */
export function aboutReplica(kind: EntryKind): boolean {
  const isOfGroup =
    kind === EntryKind.spoke || kind === EntryKind.transferred || (kind >= EntryKind.elected && kind <= EntryKind.replicaSlowed);
  return isOfGroup || (kind >= EntryKind.replicaDiskLost && kind <= EntryKind.replicaDrifted);
}

/** Whether entries of a kind are about a command, or a call of a client: they may name a task, and instead of a worker a client. */
export function aboutCommand(kind: EntryKind): boolean {
  return kind === EntryKind.forgone || (kind >= EntryKind.applied && kind <= EntryKind.forgotten);
}

/** Whether entries of a kind are about a file, of the number in `attempt`, on a worker. */
export function aboutFile(kind: EntryKind): boolean {
  return kind >= EntryKind.sending && kind <= EntryKind.evicted;
}

/** Whether entries of a kind are about a worker, and no task. */
export function aboutWorker(kind: EntryKind): boolean {
  return (kind >= EntryKind.crashed && kind <= EntryKind.trusted) || aboutFile(kind) || OTHERS_ABOUT_WORKERS.includes(kind);
}

/** What tells what an attempt does by turns: it waits for its environment, reads a checkpoint, works, writes one, or waits for what it has asked for. */
export const TURNS: readonly EntryKind[] = [
  ...[EntryKind.preparing, EntryKind.prepared, EntryKind.recovering, EntryKind.recovered],
  ...[EntryKind.saving, EntryKind.saved, EntryKind.saveRefused],
  ...[EntryKind.asking, EntryKind.granted],
];

/** Those that have to do with checkpoints. */
export function isOfCheckpoints(kind: EntryKind): boolean {
  return kind >= EntryKind.recovering && kind <= EntryKind.saveRefused;
}

/** Whether entries of a kind tell that an attempt does something else from then on. */
export function isTurn(kind: EntryKind): boolean {
  return kind >= EntryKind.recovering && TURNS.includes(kind);
}

/** Why; part of the format like the kinds. */
export const Reason = {
  none: 0,
  execution: 1,
  timeout: 2,
  exhausted: 3,
  dependency: 4,
  client: 5,
  lease: 6,
  suspicion: 7,
  incarnation: 8,
  preemption: 9,
  drain: 12,
  /** The worker went down by what a task did that ran there. */
  killer: 16,
  /** The attempt's worker shrinks, and has no room for it. */
  shrink: 20,
  // What is done for the attempt before it works, and failed.
  admission: 24,
  /** The worker pulls its image. */
  pull: 25,
  start: 26,
  /** Its instance starts cold. */
  cold: 27,
  /** Its instance is warm. */
  warm: 28,
  /** Another attempt there has its image pulled. */
  wait: 29,
  /** The attempt's worker, a spot instance, was taken back. */
  reclaim: 30,
  /** Files that the attempt reads are on their way to its worker. */
  transfer: 34,
  /** A file that the task, or its attempt, reads is lost. */
  input: 36,
  /** The file is sent before anything asks for it: a plan knows where it will be read. */
  push: 35,
  /** It and others waited for what each other held. */
  deadlock: 37,
  /** The other attempt of the task has completed it; or another command came before this one. */
  overtaken: 31,
  /** What a client asks for had been done, or can be done no more. */
  nothing: 38,
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/** The name of a kind, as logs print it. */
export const ENTRY_NAMES: readonly string[] = namesOf(EntryKind);
/** The name of a reason. */
export const REASON_NAMES: readonly string[] = namesOf(Reason);

function namesOf(numbers: Record<string, number>): string[] {
  const names: string[] = [];
  for (const [name, number] of Object.entries(numbers)) names[number] = name;
  return names;
}

/** One entry; task and worker by position, −1 where there is none; attempts count from 1, 0 where there is none. */
export interface TraceEntry {
  time: Time;
  kind: EntryKind;
  task: number;
  worker: number;
  attempt: number;
  reason: Reason;
  /** Of entries about amounts, how much; undefined for others. */
  amount?: number;
}

/** Reads a run entry by entry. */
export interface TraceSink {
  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void;
}

/** How a run ended. Anything but `complete` leaves tasks unfinished or rounds unrun. */
export interface Ending {
  kind: "complete" | "max-events" | "max-time" | "livelock" | "rerank" | "policy-idle" | "starved" | "stopped";
  /** What happened and how to go on; empty when complete. */
  message: string;
  /** 0, 3 (the policy left work lying) or 5 (a budget ran out). */
  exitCode: 0 | 3 | 5;
  /** Virtual time of the last event. */
  time: Time;
}

/** What the policy promises; the oracle holds it to that. */
export interface PolicyPromises {
  /** The `policy` column: the name with its options. */
  text: string;
  /** `plan` for policies whose own pass decides: fixed-order, dispatching, users' own. */
  order: "static" | "line" | "dynamic" | "plan";
  blocking: boolean;
  /** At the end of each pass no ready task fits an eligible worker. */
  workConserving: boolean;
  /** Binds each task to one worker's own queue. */
  dispatching: boolean;
  /** Running attempts may make room for tasks of better rank, or, where a quantum is given, for any that waits once they have run so long. */
  preempts: boolean;
  /** µs. */
  quantum?: Duration;
  /** Scaling all times by an integer scales its results. */
  scaleFree: boolean;
}

/** A stored run: what the oracle, the logs and the naive recomputations read. */
export interface Trace {
  world: World;
  settings: SchedulerSettings;
  promises: PolicyPromises;
  entries: TraceColumns;
  /** Undefined where messages were not asked for. */
  messages?: readonly MessageEntry[];
  /** The same, where the scheduler is replicated. */
  log?: readonly LogEntry[];
  ending: Ending;
}

/** Entries as columns; 33 bytes each. */
export class TraceColumns implements TraceSink {
  length = 0;
  #times = new Float64Array(64);
  #fields = new Int32Array(64 * 4);
  #reasons = new Uint8Array(64);
  /** By index, of the few entries that have one. */
  readonly #amounts = new Map<number, number>();

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void {
    const index = this.length++;
    if (amount !== undefined) this.#amounts.set(index, amount);
    if (index === this.#times.length) this.#grow();
    this.#times[index] = time;
    this.#reasons[index] = reason;
    const base = index * 4;
    this.#fields[base] = kind;
    this.#fields[base + 1] = task;
    this.#fields[base + 2] = worker;
    this.#fields[base + 3] = attempt;
  }

  /** The entry at an index from 0. Written out, and so is the iterator: the oracle reads a trace some seventy times. */
  at(index: number): TraceEntry {
    if (index < 0 || index >= this.length) throw new RangeError(`no trace entry ${index}`);
    const base = index * 4;
    const time = this.#times[index] as number;
    const kind = this.#fields[base] as EntryKind;
    const task = this.#fields[base + 1] as number;
    const worker = this.#fields[base + 2] as number;
    const attempt = this.#fields[base + 3] as number;
    const reason = this.#reasons[index] as Reason;
    const amount = this.#amounts.size === 0 ? undefined : this.#amounts.get(index);
    return amount === undefined ? { time, kind, task, worker, attempt, reason } : { time, kind, task, worker, attempt, reason, amount };
  }

  [Symbol.iterator](): IterableIterator<TraceEntry> {
    let index = 0;
    const iterator: IterableIterator<TraceEntry> = {
      next: () => (index < this.length ? { done: false, value: this.at(index++) } : { done: true, value: undefined }),
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  /** The same entries from a plain list, for tests that break a trace. */
  static from(entries: Iterable<TraceEntry>): TraceColumns {
    const columns = new TraceColumns();
    for (const e of entries) columns.entry(e.time, e.kind, e.task, e.worker, e.attempt, e.reason, e.amount);
    return columns;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const fields = new Int32Array(this.#fields.length * 2);
    const reasons = new Uint8Array(this.#reasons.length * 2);
    times.set(this.#times);
    fields.set(this.#fields);
    reasons.set(this.#reasons);
    this.#times = times;
    this.#fields = fields;
    this.#reasons = reasons;
  }
}
