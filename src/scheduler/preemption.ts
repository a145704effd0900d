// Preemption: running attempts make room for waiting tasks of better rank, or for any, once they have used up their quantum.
//
// On each worker victims are taken by rank, worst first, then last started, until the task fits; those not needed are dropped; the
// worker with the least lost work goes first, then the one of lowest position. Victims go on for their grace, and over a network until
// their worker has answered that they have stopped, or wait. What they will free is
// claimed for the task: its request is taken from the worker's room ahead of time, and each pass gives all claims back and makes them anew
// in the order of ranks, so that only a task of better rank can come between.
import type { PreemptionSettings } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import { Progress } from "./progress.ts";
import type { RankOrder } from "./rank-order.ts";
import type { ReadyTasks } from "./ready-queue.ts";
import type { RoomIndex } from "./room-index.ts";

/** What it needs of the scheduler. */
export interface PreemptionHost {
  readonly now: Time;
  readonly queue: ReadyTasks;
  readonly order: RankOrder;
  readonly room: RoomIndex;
  /** The worker that a waiting task can go to now, or −1; its request is loaded. A suspended one goes on where it is. */
  roomFor(task: number): number;
  /** Puts the least that any task asks for into the room index. */
  loadLeast(): void;
  /** Puts a waiting task's request into the room index. */
  load(task: number): void;
  /** The worker of a suspended task, or −1. */
  suspendedOn(task: number): number;
  /** All suspended tasks. */
  suspended(): number[];
  /** What stopping a running attempt frees, in a dimension of the room index. */
  frees(task: number, dimension: number): number;
  /** Whether the attempts of a task save their work. */
  savesWork(task: number): boolean;
  /** How much work an attempt on a worker need not do again of what was saved: none, where it cannot be read there. */
  readable(task: number, kept: Kept, worker: number): Duration;
  /** Cores × time that stopping it now would waste. */
  wastes(task: number, now: Time): number;
  /** Sets a running task's rank to what it is now. */
  rankNow(task: number): void;
  /** Starts a waiting task there, or has it go on; its request is loaded, and it stands in no queue. */
  begin(task: number, worker: number): void;
  /** Says that an attempt was chosen. */
  recordPreempted(task: number): void;
  /** Has a running attempt stop now: its task waits again. False where that is so once its worker has answered. */
  vacate(task: number): boolean;
  /** Call `graceOver` at that time. */
  graceAt(time: Time, task: number): void;
  wakeAt(time: Time): void;
}

/** Work that was saved on a worker, µs at speed 1, or of the task's own time there. */
export interface Kept {
  worker: number;
  done: Duration;
}

/** Who would make room on a worker, and what that costs. */
interface Eviction {
  worker: number;
  victims: number[];
  waste: number;
}

/** Attempts of a worker that may be chosen: worst rank first, then last started. */
interface Candidates {
  tasks: number[];
  /** What all of them would free, per dimension. */
  most: Float64Array;
}

export class Preemption {
  readonly progress: Progress;
  readonly #host: PreemptionHost;
  readonly #settings: PreemptionSettings;
  readonly #quantum: Duration | undefined;
  /** How long an attempt runs at least. */
  readonly #atLeast: Duration;
  /** Running attempts of each worker, in the order of their starts. */
  readonly #running: Set<number>[];
  /** How often each task was chosen. */
  readonly #times = new Map<number, number>();
  /** Attempts that stop when their grace is over, with their workers. */
  readonly #doomed = new Map<number, number>();
  /** Those of them whose grace is over, and whose workers have not answered yet. */
  readonly #stopping = new Set<number>();
  /** Waiting tasks for which room is being made, with the workers. */
  readonly #claims = new Map<number, number>();
  /** Of tasks that have saved their work to make room. */
  readonly #kept = new Map<number, Kept>();
  /** When each task was suspended last. */
  readonly #suspendedAt = new Map<number, Time>();
  /** Per worker, those who may make room in this pass. */
  readonly #candidates = new Map<number, Candidates>();

  /** `told`: workers tell how much of their work attempts have done. */
  constructor(host: PreemptionHost, settings: PreemptionSettings, quantum: Duration | undefined, workers: number, told: boolean) {
    this.progress = new Progress(told);
    this.#host = host;
    this.#settings = settings;
    this.#quantum = quantum;
    this.#atLeast = Math.max(settings.minRun, quantum ?? 0);
    this.#running = Array.from({ length: workers }, () => new Set());
  }

  // What happens to attempts.

  /** An attempt was started or continued. */
  runs(task: number, worker: number): void {
    this.#running[worker]?.add(task);
    this.#candidates.delete(worker);
    const kept = this.#kept.get(task);
    if (kept !== undefined) this.progress.startsWith(task, this.#host.readable(task, kept, worker));
    this.progress.runs(task, this.#host.now);
  }

  /** It was suspended. */
  pauses(task: number, worker: number, speed: number): void {
    this.stops(task, worker);
    this.#suspendedAt.set(task, this.#host.now);
    this.progress.pauses(task, this.#host.now, speed);
  }

  /** It has ended, whichever way. */
  ends(task: number, worker: number): void {
    this.stops(task, worker);
    this.progress.ends(task);
  }

  /** It is to stop whatever comes: it neither makes room nor is about to. */
  stops(task: number, worker: number): void {
    this.#running[worker]?.delete(task);
    this.#candidates.delete(worker);
    this.#doomed.delete(task);
    this.#stopping.delete(task);
  }

  /** Attempts that are to stop or to wait now, and whose workers have not answered yet. */
  get stopping(): ReadonlySet<number> {
    return this.#stopping;
  }

  /** Whether its worker has been told to stop an attempt for good, and has not answered yet. */
  awaitsStop(task: number): boolean {
    return this.#settings.mode !== "suspend" && this.#stopping.has(task);
  }

  /** Whether it has been told to suspend it. */
  awaitsSuspension(task: number): boolean {
    return this.#settings.mode === "suspend" && this.#stopping.has(task);
  }

  /** Whether attempts of a task save their work before they make room. */
  saves(task: number): boolean {
    return this.#settings.mode === "checkpoint" && this.#host.savesWork(task);
  }

  /** An attempt that makes room has saved its work: what it is believed to have done need not be done again. */
  keeps(task: number, worker: number, speed: number): void {
    this.#kept.set(task, { worker, done: this.progress.done(task, this.#host.now, speed) });
  }

  /** What is believed to be saved of a task; undefined where that is nothing. */
  keptOf(task: number): Kept | undefined {
    return this.#kept.get(task);
  }

  /** A task waits no more, or not where it did: room that is being made for it is given up. */
  unclaim(task: number): void {
    const worker = this.#claims.get(task);
    if (worker === undefined) return;
    this.#claims.delete(task);
    this.#host.load(task);
    this.#host.room.take(worker, -1);
  }

  /** What the worker has changes: where room is best made is to be seen anew. */
  unclaimOn(worker: number): void {
    for (const [task, on] of [...this.#claims]) if (on === worker) this.unclaim(task);
  }

  /** The grace of an attempt that still runs is over. */
  graceOver(task: number): void {
    const worker = this.#doomed.get(task);
    if (worker !== undefined && !this.#stopping.has(task)) this.#vacate(task, worker);
  }

  #vacate(task: number, worker: number): void {
    this.#doomed.delete(task);
    if (this.#host.vacate(task)) return;
    this.#doomed.set(task, worker);
    this.#stopping.add(task);
  }

  // The pass.

  /** Starts what fits, best-ranked first, and makes room for what does not. */
  run(blocking: boolean): void {
    const { queue } = this.#host;
    this.#candidates.clear();
    const claimed = new Map(this.#claims);
    for (const task of claimed.keys()) this.unclaim(task);
    const waiting: number[] = [];
    for (let head = queue.head(); head >= 0; head = queue.head()) {
      queue.remove(head);
      if (this.#place(head, claimed.get(head) ?? -1)) continue;
      waiting.push(head);
      if (!blocking && !this.#isOver(head)) continue;
      this.#continueOthers();
      break;
    }
    for (const task of waiting) queue.insert(task);
    this.#wakeWhenRipe(waiting);
  }

  /**
   * Nobody overtakes a head that blocks, but what is suspended goes on: it may hold what the head waits for. So it does on workers that
   * take nothing else, for they are to leave.
   */
  #continueOthers(): void {
    const { queue, order } = this.#host;
    const others = this.#host.suspended().filter((task) => queue.has(task));
    for (const task of others.sort((a, b) => (order.before(a, b) ? -1 : 1))) {
      const worker = this.#host.roomFor(task);
      if (worker < 0) continue;
      queue.remove(task);
      this.#host.begin(task, worker);
    }
  }

  #place(task: number, claimed: number): boolean {
    const worker = this.#host.roomFor(task);
    if (worker >= 0) {
      this.#host.begin(task, worker);
      return true;
    }
    const eviction = this.#cheapest(task, claimed);
    if (eviction === undefined) return false;
    for (const victim of eviction.victims) this.#choose(victim, eviction.worker);
    this.#host.load(task);
    if (this.#host.room.fits(eviction.worker)) {
      this.#host.begin(task, eviction.worker);
      return true;
    }
    this.#host.room.take(eviction.worker, 1);
    this.#claims.set(task, eviction.worker);
    return false;
  }

  #choose(victim: number, worker: number): void {
    const { grace } = this.#settings;
    this.#times.set(victim, this.#timesOf(victim) + 1);
    this.#candidates.delete(worker);
    this.#host.recordPreempted(victim);
    if (grace === 0) {
      this.#vacate(victim, worker);
      return;
    }
    this.#doomed.set(victim, worker);
    this.#host.graceAt(this.#host.now + grace, victim);
  }

  /** Whom to stop for the task, and where; where enough is stopping already, nobody. */
  #cheapest(task: number, claimed: number): Eviction | undefined {
    const on = this.#host.suspendedOn(task);
    if (on >= 0) return this.#evictionOn(on, task);
    if (claimed >= 0) {
      const again = this.#evictionOn(claimed, task);
      if (again?.victims.length === 0) return again;
    }
    let best: Eviction | undefined;
    for (const [worker, running] of this.#running.entries()) {
      if (running.size === 0) continue;
      const eviction = this.#evictionOn(worker, task);
      if (eviction !== undefined && (best === undefined || eviction.waste < best.waste)) best = eviction;
    }
    return best;
  }

  #evictionOn(worker: number, task: number): Eviction | undefined {
    const { room } = this.#host;
    const { tasks: candidates, most } = this.#candidatesOn(worker);
    this.#host.load(task);
    if (this.#doomed.size === 0 && !this.#mayDo(candidates, most, worker, task)) return undefined;
    if (!room.couldHold(worker)) return undefined;
    const free = Array.from({ length: room.dimensions }, (_, d) => room.free(d, worker));
    const add = (victim: number, sign: 1 | -1) => {
      for (let d = 0; d < free.length; d++) (free[d] as number) += sign * this.#host.frees(victim, d);
    };
    const fits = () => free.every((amount, d) => (room.need[d] as number) <= amount);
    for (const [doomed, where] of this.#doomed) if (where === worker) add(doomed, 1);
    const victims: number[] = [];
    for (let i = 0; i < candidates.length && !fits(); i++) {
      const candidate = candidates[i] as number;
      if (!this.#givesWayTo(candidate, task)) break;
      add(candidate, 1);
      victims.push(candidate);
    }
    if (!fits()) return undefined;
    for (const victim of [...victims].reverse()) {
      add(victim, -1);
      if (fits()) victims.splice(victims.indexOf(victim), 1);
      else add(victim, 1);
    }
    const waste = victims.reduce((sum, victim) => sum + this.#host.wastes(victim, this.#host.now), 0);
    return { worker, victims, waste };
  }

  /** Whether it would do if all of them made room, and any of them would; nobody else is about to. */
  #mayDo([worst]: readonly number[], most: Float64Array, worker: number, task: number): boolean {
    if (worst === undefined || !this.#givesWayTo(worst, task)) return false;
    const { room } = this.#host;
    for (let d = 0; d < most.length; d++) if ((room.need[d] as number) > room.free(d, worker) + (most[d] as number)) return false;
    return true;
  }

  #candidatesOn(worker: number): Candidates {
    const known = this.#candidates.get(worker);
    if (known !== undefined) return known;
    const { order, room } = this.#host;
    const lastFirst = [...(this.#running[worker] ?? [])].reverse().filter((task) => this.#mayBeChosen(task) && this.#isRipe(task));
    for (const task of lastFirst) this.#host.rankNow(task);
    const tasks = lastFirst.sort((a, b) => order.compareRanks(b, a));
    const most = new Float64Array(room.dimensions);
    for (const task of tasks) for (let d = 0; d < most.length; d++) most[d] += this.#host.frees(task, d);
    const candidates = { tasks, most };
    this.#candidates.set(worker, candidates);
    return candidates;
  }

  #mayBeChosen(task: number): boolean {
    return !this.#doomed.has(task) && this.#timesOf(task) < this.#settings.max;
  }

  #isRipe(task: number): boolean {
    return this.#host.now - this.progress.since(task) >= this.#atLeast;
  }

  #timesOf(task: number): number {
    return this.#times.get(task) ?? 0;
  }

  /** By rank; with a quantum whoever has used it up goes behind all that wait, but for those that have made room themselves at this instant. */
  #givesWayTo(victim: number, task: number): boolean {
    return this.#quantum === undefined ? this.#host.order.compareRanks(victim, task) > 0 : this.#suspendedAt.get(task) !== this.#host.now;
  }

  /** Whether no task that goes behind this one can start: nobody gives way to it, and the least of all requests fits nowhere. */
  #isOver(task: number): boolean {
    if (this.#doomed.size > 0) return false;
    for (const [worker, running] of this.#running.entries()) {
      const worst = running.size > 0 ? this.#candidatesOn(worker).tasks[0] : undefined;
      if (worst !== undefined && (this.#quantum !== undefined || this.#givesWayTo(worst, task))) return false;
    }
    this.#host.loadLeast();
    return this.#host.room.first() < 0;
  }

  /** Attempts that have not run for long enough may make room later. */
  #wakeWhenRipe([best]: readonly number[]): void {
    if (best === undefined || this.#atLeast === 0) return;
    let next: Time = Number.POSITIVE_INFINITY;
    for (const running of this.#running) {
      for (const task of running) {
        if (!this.#isRipe(task) && this.#mayBeChosen(task)) next = Math.min(next, this.progress.since(task) + this.#atLeast);
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#host.wakeAt(next);
  }
}
