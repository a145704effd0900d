// The truth about workers that can fail: which are up, what runs on them and how far it is, and what a fault does to both.
import { type CapacityEffect, CapacityEffects, ownCapacity } from "../model/capacity-effects.ts";
import { attemptKey, type Mark, marksOf } from "../model/anchors.ts";
import { at } from "../model/columns.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { type Duration, durationAt, partOf, type Time, workIn } from "../model/units.ts";
import type { FaultEffect, TaskTable, World } from "../model/world.ts";
import { Execution } from "./execution.ts";
import { Heartbeats } from "./heartbeats.ts";

/** What the cluster needs of the run, and what it tells it. */
export interface ClusterHost {
  readonly now: Time;
  record(kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason): void;
  /** An attempt ends at that time, if nothing else happens to it before. */
  endAt(time: Time, task: number, attempt: number): void;
  /** Whether a heartbeat of the worker at this very time has come. */
  isBeatOver(worker: number): boolean;
  /** From now on no heartbeat of the worker arrives; the last one did at `last`. */
  fellSilent(worker: number, last: Time): void;
  /** A heartbeat of the worker arrives at that time, if it does not fall silent before; `regular`: it follows another. */
  beatAt(time: Time, worker: number, regular: boolean): void;
  /** A new incarnation of the worker sends its registration. */
  registers(worker: number): void;
  /** Call `endLeases` for the worker at that time. */
  leaseTimerAt(time: Time, worker: number): void;
  /** Whether the scheduler waits for the answer that an attempt has stopped. */
  awaitsStop(task: number, attempt: number): boolean;
  /** That answer, from a worker that goes on, and was told so meanwhile. */
  stopConfirmed(task: number): void;
  /** An attempt reaches a mark at that time, if nothing else happens to it before. */
  markAt(time: Time, task: number, attempt: number): void;
  /** The worker is about to have that much, per dimension: whatever does not fit is stopped by then. */
  resizes(worker: number, capacity: readonly number[]): void;
  /** A worker that is awake has stopped an attempt, for its lease is over. */
  leaseOver(task: number, worker: number, attempt: number): void;
  /** Where a network lies between: an attempt began on its worker. */
  began(task: number, worker: number, attempt: number): void;
  /** There: the worker goes on after a pause, with what it may still hold. */
  thawed(worker: number): void;
}

/** What a heartbeat says of an attempt. */
export interface Report {
  task: number;
  attempt: number;
  /** Whether it has ended there, and the scheduler may not know. */
  over?: boolean;
}

/** What the scheduler believes to be on workers: tasks, −1 behind the last, and the numbers of their attempts. */
export interface BelievedAttempts {
  firstOn(worker: number): number;
  behind(task: number): number;
  attemptOf(task: number): number;
}

/** The end of an attempt that the scheduler has not answered yet. */
export interface UnansweredEnd {
  task: number;
  attempt: number;
  reason: Reason;
  /** When the worker told it last, and how often. */
  sent: Time;
  times: number;
}

/** An attempt on its worker. Work is in µs at speed 1. */
interface Attempt extends Report {
  worker: number;
  execution: number;
  /** When the scheduler sent it: its lease runs from then, or from the last heartbeat. */
  sent: Time;
  /** False while its start waits to be read by a worker that is frozen. */
  begun: boolean;
  /** Whether the scheduler has had it stopped, which a frozen worker has not read. */
  stopped: boolean;
  /** Since when it is suspended; Infinity while it is not. */
  suspended: Time;
  /** Since when it runs at this speed, and the work done before. */
  since: Time;
  done: Duration;
  /** Thousandths, of the task on this worker; what faults leave of it is `speed`. */
  fullSpeed: number;
  speed: number;
  /** The work after which it ends by itself, and how it then ends: `none`, `execution`, or `killer` where it takes its worker along. */
  target: Duration;
  outcome: Reason;
  /** How it will end as things stand: its outcome, or `timeout`. */
  reason: Reason;
  /** Its time limit, on the clock. */
  deadline: Time;
  /** When it ends; Infinity while its worker is frozen. */
  end: Time;
  before: Attempt | undefined;
  after: Attempt | undefined;
  /** Parts of its work to which faults are anchored and that it has not done, least first. */
  marks: DueMark[] | undefined;
}

/** A mark, the work after which it is reached, and when that is as things stand. */
interface DueMark {
  mark: Mark;
  work: Duration;
  time: Time;
}

/** Where a worker stands: not there yet; there, but down or frozen since before, so that it has not registered; there; gone for good. */
const Standing = { absent: 0, arriving: 1, present: 2, gone: 3 } as const;
type Standing = (typeof Standing)[keyof typeof Standing];

/** What is true of a worker. */
interface State {
  standing: Standing;
  /** Whether it is to leave: if it goes down now, it does not come back. */
  leaving: boolean;
  incarnation: number;
  /** Faults that hold it down, frozen or muted now. */
  down: number;
  frozen: number;
  muted: number;
  /** Rates of the faults that slow it now. */
  rates: number[];
  /** Their product, in thousandths. */
  rate: number;
  /** Numbers of the effects on its capacity that last, and of those that it has taken in: while it does nothing, it takes in none. */
  resizing: number[];
  resized: number[];
  /** Whether the scheduler knows this incarnation. */
  registered: boolean;
  /** Last heartbeat that was answered; kept while it is silent. */
  renewed: Time;
  /** When its last pause ended. */
  thawed: Time;
  /** When a heartbeat was answered that was not at its regular time: the first after a silence. */
  answered: Time;
  /** When the first heartbeat after a silence arrives, if nothing comes between; Infinity where none is under way. */
  nextBeat: Time;
  /** Where heartbeats are simulated one by one: when the next is due that follows another, and when the last one arrived. */
  regularBeat: Time;
  lastBeat: Time;
  /** When its timer of leases is due; Infinity where none is set. */
  leaseTimer: Time;
  first: Attempt | undefined;
  last: Attempt | undefined;
  /** Where a network lies between: ends that are not answered, oldest first, and the highest attempt seen of each task. */
  ends: UnansweredEnd[];
  seen: Map<number, number> | undefined;
}

export class Cluster {
  readonly #host: ClusterHost;
  readonly #world: World;
  readonly #tasks: TaskTable;
  readonly #effects: CapacityEffects;
  readonly #marks: ReadonlyMap<string, readonly Mark[]>;
  readonly #lease: Duration;
  readonly #heartbeats: Heartbeats;
  readonly #execution: Execution;
  /** The part of its work after which a task takes its worker down. */
  readonly #deadly: ReadonlyMap<number, number>;
  readonly #states: State[];
  /** The newest attempt of each task that is on a worker. */
  readonly #newest: (Attempt | undefined)[];
  /** Older ones that are still there, by task. */
  readonly #older = new Map<number, Attempt[]>();
  readonly #capacity: readonly Float64Array[];
  /** Whether a network lies between: then the scheduler's orders and the workers' reports are messages, which others carry. */
  readonly #networked: boolean;
  /** Whether heartbeats that tell nothing new are simulated too, where nothing lies between. */
  readonly #eachBeat: boolean;

  constructor(
    world: World,
    { interval, lease, networked, eachBeat }: { interval: Duration; lease: Duration; networked: boolean; eachBeat: boolean },
    host: ClusterHost,
  ) {
    const { tasks, workers } = world;
    this.#host = host;
    this.#world = world;
    this.#tasks = tasks;
    this.#capacity = workers.capacity;
    this.#networked = networked;
    this.#eachBeat = eachBeat && !networked;
    this.#effects = new CapacityEffects(world.faults);
    this.#marks = marksOf(world.faults);
    this.#lease = lease;
    this.#heartbeats = new Heartbeats(workers.count, interval);
    this.#execution = new Execution(tasks, workers);
    this.#deadly = new Map(world.faults?.killers?.map(({ task, after }) => [task, after]));
    this.#newest = new Array<Attempt | undefined>(tasks.count).fill(undefined);
    this.#states = Array.from({ length: workers.count }, () => ({
      standing: Standing.present,
      leaving: false,
      incarnation: 1,
      down: 0,
      frozen: 0,
      muted: 0,
      rates: [],
      rate: 1000,
      resizing: [],
      resized: [],
      registered: true,
      renewed: 0,
      thawed: -1,
      answered: 0,
      nextBeat: Number.POSITIVE_INFINITY,
      regularBeat: Number.POSITIVE_INFINITY,
      lastBeat: 0,
      leaseTimer: Number.POSITIVE_INFINITY,
      first: undefined,
      last: undefined,
      ends: [],
      seen: undefined,
    }));
  }

  // What the scheduler orders.

  /** A start arrives at a worker. One that is down does not get it, and one that has not registered since is not meant. */
  start(task: number, worker: number, attempt: number, execution: number): void {
    const state = this.#state(worker);
    if (state.down > 0 || !state.registered) return;
    this.#take(task, worker, attempt, execution, this.#host.now);
  }

  /** An attempt comes onto its worker, and begins unless that is frozen or has no room for it yet. */
  #take(task: number, worker: number, attempt: number, execution: number, sent: Time): void {
    const state = this.#state(worker);
    const { now } = this.#host;
    const begun: Attempt = {
      task,
      attempt,
      worker,
      execution,
      sent,
      begun: false,
      stopped: false,
      suspended: Number.POSITIVE_INFINITY,
      since: now,
      done: 0,
      fullSpeed: 1000,
      speed: 1000,
      target: 0,
      outcome: Reason.none,
      reason: Reason.none,
      deadline: Number.POSITIVE_INFINITY,
      end: Number.POSITIVE_INFINITY,
      before: state.last,
      after: undefined,
      marks: undefined,
    };
    if (state.last === undefined) state.first = begun;
    else state.last.after = begun;
    state.last = begun;
    const older = this.#newest[task];
    if (older !== undefined) this.#older.set(task, [...(this.#older.get(task) ?? []), older]);
    this.#newest[task] = begun;
    if (this.#networked) {
      this.#beginWhatFits(worker, state);
      this.#armLeases(worker, state, this.#leaseOf(begun, state));
      return;
    }
    if (state.frozen === 0) this.#begin(begun, state);
    if (isSilent(state)) this.#armLeases(worker, state, now + this.#lease);
  }

  // Where a network lies between.

  /** Whether the worker is there to get a message meant for that incarnation. */
  gets(worker: number, incarnation: number): "at once" | "later" | "never" {
    const state = this.#state(worker);
    const isThere = state.standing === Standing.present || state.standing === Standing.arriving;
    if (state.down > 0 || state.incarnation !== incarnation || !isThere) return "never";
    return state.frozen > 0 ? "later" : "at once";
  }

  incarnation(worker: number): number {
    return this.#state(worker).incarnation;
  }

  /** Whether the worker knows that the scheduler knows it. */
  isRegistered(worker: number): boolean {
    return this.#state(worker).registered;
  }

  learnsThatItIsKnown(worker: number): void {
    this.#state(worker).registered = true;
  }

  /** Whether it is there, awake and beating. */
  canBeHeard(worker: number): boolean {
    const state = this.#state(worker);
    return state.standing === Standing.present && isHeard(state);
  }

  isMuted(worker: number): boolean {
    return this.#state(worker).muted > 0;
  }

  /** A start reaches its worker. It is ignored if it was seen before, or if its lease is over. */
  receiveStart(task: number, worker: number, attempt: number, execution: number, sent: Time): void {
    const state = this.#state(worker);
    state.registered = true; // who sends it work knows it
    state.seen ??= new Map();
    if ((state.seen.get(task) ?? 0) >= attempt || sent + this.#lease <= this.#host.now) return;
    state.seen.set(task, attempt);
    this.#take(task, worker, attempt, execution, sent);
  }

  /** The answer to a heartbeat reaches its worker, and renews its leases. */
  renew(worker: number, sent: Time): void {
    const state = this.#state(worker);
    state.renewed = Math.max(state.renewed, sent);
  }

  /** The end of an attempt is answered. */
  forgetEnd(worker: number, task: number, attempt: number): void {
    const state = this.#state(worker);
    state.ends = state.ends.filter((end) => end.task !== task || end.attempt !== attempt);
  }

  unansweredEnds(worker: number): readonly UnansweredEnd[] {
    return this.#state(worker).ends;
  }

  /** Has those begin that wait for room which others left; in the order in which they came. */
  #beginWhatFits(worker: number, state: State): void {
    if (state.frozen > 0) return;
    for (let attempt = state.first; attempt !== undefined; attempt = attempt.after) {
      if (attempt.begun || !this.#fits(attempt, state)) continue;
      this.#begin(attempt, state);
      this.#host.began(attempt.task, worker, attempt.attempt);
    }
  }

  #fits({ task, worker }: Attempt, state: State): boolean {
    return this.#tasks.request.every((request, d) => {
      let taken = at(request, task);
      for (let other = state.first; other !== undefined; other = other.after) if (other.begun) taken += at(request, other.task);
      return taken <= (this.#capacity[d]?.[worker] as number);
    });
  }

  /** An attempt ends on its worker, which tells the scheduler until that answers. */
  #endThere({ task, worker, attempt: number }: Attempt, reason: Reason): void {
    this.#state(worker).ends.push({ task, attempt: number, reason, sent: this.#host.now, times: 0 });
    this.#host.record(EntryKind.ended, task, worker, number, reason);
  }

  /** An attempt ends now by itself, and its worker has to tell; one that takes the worker down tells nobody. */
  endThere(task: number, attempt: number): { worker: number; reason: Reason } {
    const found = this.#remove(this.#find(task, attempt) as Attempt);
    if (found.reason !== Reason.killer) {
      this.#endThere(found, found.reason);
      this.#beginWhatFits(found.worker, this.#state(found.worker));
    }
    return found;
  }

  /** The worker begins to beat: from its registration on, whether that arrives or not. */
  announces(worker: number): void {
    this.#heartbeats.registered(worker, this.#host.now);
    this.planBeat(worker, this.#host.now + 1);
  }

  /** Plans the first heartbeat at a time or after it. */
  planBeat(worker: number, from: Time): void {
    const state = this.#state(worker);
    state.nextBeat = this.#heartbeats.firstFrom(worker, from);
    this.#host.beatAt(state.nextBeat, worker, true);
  }

  /** Whether a heartbeat is due now that was planned last. */
  beatIsDue(worker: number): boolean {
    const state = this.#state(worker);
    if (state.nextBeat !== this.#host.now) return false;
    state.nextBeat = Number.POSITIVE_INFINITY;
    return true;
  }

  /** An order to stop an attempt reaches its worker. */
  receiveStop(task: number, worker: number, attempt: number): void {
    const found = this.#find(task, attempt);
    const state = this.#state(worker);
    state.seen ??= new Map();
    state.seen.set(task, Math.max(attempt, state.seen.get(task) ?? 0)); // its start may come later
    if (found === undefined) return;
    this.#remove(found);
    this.#host.record(EntryKind.stopped, task, worker, attempt, Reason.none);
    this.#beginWhatFits(worker, state);
  }

  /**
   * An attempt is to stop. A worker that is frozen reads it later; one that is down, or has not registered since, never. Says whether it
   * answers at once that the attempt does not run there.
   */
  stop(task: number, worker: number, attempt: number): boolean {
    const found = this.#find(task, attempt);
    const state = this.#state(worker);
    if (state.frozen === 0) {
      if (found !== undefined) this.#remove(found);
      return isAwake(state) && state.registered;
    }
    if (found !== undefined) found.stopped = true;
    return false;
  }

  /** An attempt is to wait where it is; on a worker that is frozen it does so anyway. */
  suspend(task: number, attempt: number): void {
    const found = this.#find(task, attempt);
    if (found === undefined) return;
    const { now } = this.#host;
    if (found.begun && this.#state(found.worker).frozen === 0) this.#advance(found);
    found.suspended = now;
    found.end = Number.POSITIVE_INFINITY;
  }

  /** It goes on; its time limit has not run meanwhile. */
  proceed(task: number, attempt: number): void {
    const found = this.#find(task, attempt);
    if (found === undefined) return;
    const { now } = this.#host;
    found.deadline += now - found.suspended;
    found.suspended = Number.POSITIVE_INFINITY;
    const state = this.#state(found.worker);
    if (state.frozen > 0) return;
    if (found.begun) this.#goOn(found);
    else this.#begin(found, state);
  }

  // What happens on workers.

  /** Whether an attempt ends now. */
  endsNow(task: number, attempt: number, now: Time): boolean {
    return this.#find(task, attempt)?.end === now;
  }

  /** Takes an attempt that ends now off its worker; how it ends: by the reason `killer`, its worker is to go down. */
  end(task: number, attempt: number): { worker: number; reason: Reason } {
    return this.#remove(this.#find(task, attempt) as Attempt);
  }

  /** Whether a heartbeat of the worker would say what the scheduler believes: it holds those attempts, oldest first, and no other. */
  holdsJust(worker: number, believed: BelievedAttempts): boolean {
    let task = believed.firstOn(worker);
    for (let attempt = this.#state(worker).first; attempt !== undefined; attempt = attempt.after) {
      if (attempt.task !== task || attempt.attempt !== believed.attemptOf(task)) return false;
      task = believed.behind(task);
    }
    return task < 0;
  }

  /** What a heartbeat of the worker would say of the attempts on it, oldest first. */
  report(worker: number): Report[] {
    const reports: Report[] = [];
    const { first, ends } = this.#state(worker);
    for (let attempt = first; attempt !== undefined; attempt = attempt.after) reports.push(attempt);
    for (const { task, attempt } of ends) reports.push({ task, attempt, over: true });
    return reports;
  }

  /** Leases of a silent worker may be over: one that is awake stops what it holds without one. Says whether it stopped anything. */
  endLeases(worker: number): boolean {
    const state = this.#state(worker);
    state.leaseTimer = Number.POSITIVE_INFINITY;
    if (!isAwake(state) || (!this.#networked && !isSilent(state))) return false;
    let stopped = false;
    for (let attempt = state.first, after: Attempt | undefined; attempt !== undefined; attempt = after) {
      after = attempt.after;
      const lease = this.#leaseOf(attempt, state);
      if (lease > this.#host.now) {
        this.#armLeases(worker, state, lease);
        continue;
      }
      this.#remove(attempt);
      if (this.#networked) this.#endThere(attempt, Reason.lease);
      this.#host.leaseOver(attempt.task, worker, attempt.attempt);
      stopped = true;
      if (state.standing === Standing.gone) return true; // with its last attempt, and all that was left there
    }
    if (this.#networked) this.#beginWhatFits(worker, state);
    return stopped;
  }

  /** Its timer of leases, which was due, is not set again for now. */
  sleeps(worker: number): void {
    this.#state(worker).leaseTimer = Number.POSITIVE_INFINITY;
  }

  /** The timer is set again. */
  wakes(worker: number): void {
    const state = this.#state(worker);
    for (let attempt = state.first; attempt !== undefined; attempt = attempt.after)
      this.#armLeases(worker, state, this.#leaseOf(attempt, state));
  }

  #armLeases(worker: number, state: State, time: Time): void {
    if (state.leaseTimer <= time) return;
    state.leaseTimer = time;
    this.#host.leaseTimerAt(time, worker);
  }

  #leaseOf({ sent }: Attempt, { renewed }: State): Time {
    return Math.max(sent, renewed) + this.#lease;
  }

  // Workers that join and leave.

  /** The worker is not there before it joins. */
  awaits(worker: number): void {
    const state = this.#state(worker);
    state.standing = Standing.absent;
    state.registered = false;
  }

  /** It is there from now on. Faults that hold it already still do: one that is down or frozen registers when that is over. */
  joins(worker: number): void {
    this.#state(worker).standing = Standing.arriving;
  }

  /** It is to leave: it works on, but if it is down, or goes down, it does not come back. */
  leaves(worker: number): void {
    const state = this.#state(worker);
    state.leaving = true;
    if (!state.registered) state.standing = Standing.gone;
  }

  /** It is gone; what the scheduler has given up and it has not stopped ends with it. */
  retire(worker: number): void {
    const state = this.#state(worker);
    while (state.first !== undefined) {
      const { task, attempt } = this.#remove(state.first);
      this.#host.record(EntryKind.stopped, task, worker, attempt, Reason.none);
    }
    state.ends = [];
    state.standing = Standing.gone;
    state.nextBeat = Number.POSITIVE_INFINITY;
  }

  /** The registration of a new incarnation arrives, if that is still up: which it is. */
  takeRegistration(worker: number): number | undefined {
    const state = this.#state(worker);
    if (state.registered || !isAwake(state) || (state.standing !== Standing.present && state.standing !== Standing.arriving))
      return undefined;
    state.registered = true;
    state.nextBeat = Number.POSITIVE_INFINITY;
    state.lastBeat = this.#host.now;
    this.#heartbeats.registered(worker, this.#host.now);
    this.#beatOn(worker, state);
    return state.incarnation;
  }

  /** Has workers send every heartbeat, from now on, where that is asked for. */
  beginBeating(): void {
    for (const [worker, state] of this.#states.entries()) if (state.registered) this.#beatOn(worker, state);
  }

  #beatOn(worker: number, state: State): void {
    if (!this.#eachBeat) return;
    state.regularBeat = this.#heartbeats.firstFrom(worker, this.#host.now + 1);
    this.#host.beatAt(state.regularBeat, worker, true);
  }

  /** A heartbeat that follows another is due; says whether it arrives. */
  beatsOn(worker: number): boolean {
    const state = this.#state(worker);
    if (state.regularBeat !== this.#host.now) return false;
    state.regularBeat = Number.POSITIVE_INFINITY;
    if (!isHeard(state) || state.standing !== Standing.present) return false;
    state.lastBeat = this.#host.now;
    this.#beatOn(worker, state);
    return state.nextBeat !== this.#host.now; // the first after a silence is another matter
  }

  /** A worker that registers may be muted: it is silent from then on. Of one that has just joined, what is wrong shows only now. */
  afterRegistration(worker: number): void {
    const state = this.#state(worker);
    if (state.standing === Standing.arriving) {
      state.standing = Standing.present;
      if (state.muted > 0) this.#fact(EntryKind.muted, worker, state.incarnation);
      if (state.rate !== 1000) this.#fact(EntryKind.slowed, worker, state.rate);
    }
    this.#takeInSize(worker, state);
    if (!isHeard(state) && !this.#networked) this.#fallSilent(worker, state);
  }

  /** The first heartbeat after a silence is due: whether it arrives. */
  beats(worker: number): boolean {
    const state = this.#state(worker);
    if (!isHeard(state) || state.nextBeat !== this.#host.now) return false;
    state.nextBeat = Number.POSITIVE_INFINITY;
    state.answered = this.#host.now;
    state.lastBeat = this.#host.now;
    if (state.regularBeat === Number.POSITIVE_INFINITY) this.#beatOn(worker, state);
    return true;
  }

  /**
   * A fault begins or ends; `reason`: why, where no fault of its own has done it. Says whether the scheduler learns anything from that
   * itself.
   */
  change(worker: number, effect: FaultEffect, begins: boolean, reason: Reason = Reason.none): boolean {
    const state = this.#state(worker);
    if (effect.kind === "link") return false; // the network's concern
    if (state.standing !== Standing.present) {
      this.#changeUnseen(worker, state, effect, begins);
      return false;
    }
    const wasHeard = isHeard(state);
    let answers: Attempt[] = [];
    const step = begins ? 1 : -1;
    if (effect.kind === "down") {
      state.down += step;
      if (begins && state.down === 1) this.#crash(worker, state, reason);
      else if (!begins && state.down === 0) state.incarnation += 1;
      if (begins && effect.losesDisk === true) this.#fact(EntryKind.diskLost, worker, state.incarnation);
    } else if (effect.kind === "frozen") {
      state.frozen += step;
      if (begins && state.frozen === 1) this.#freeze(worker, state);
      else if (!begins && state.frozen === 0) answers = this.#thaw(worker, state);
    } else if (effect.kind === "muted") {
      state.muted += step;
      if (state.muted === (begins ? 1 : 0)) this.#fact(begins ? EntryKind.muted : EntryKind.unmuted, worker, state.incarnation);
    } else if (effect.kind === "slow") {
      this.#slow(worker, state, effect.rate, begins);
    } else {
      this.#changeSize(state, effect, begins);
    }
    if (this.#networked && effect.kind === "frozen" && !begins && isAwake(state)) this.#host.thawed(worker);
    else if (!state.registered && isAwake(state)) this.#host.registers(worker);
    else if (!this.#networked && wasHeard && !isHeard(state)) this.#fallSilent(worker, state);
    else if (!this.#networked && !wasHeard && isHeard(state)) this.#speakAgain(worker, state);
    if (state.leaving && !state.registered) state.standing = Standing.gone;
    for (const { task } of answers) this.#host.stopConfirmed(task);
    const isResized = this.#takeInSize(worker, state);
    return answers.length > 0 || isResized;
  }

  /** The same for a worker that is not there, or that nobody has heard of yet: only what still holds when it registers will count. */
  #changeUnseen(worker: number, state: State, effect: Exclude<FaultEffect, { kind: "link" }>, begins: boolean): void {
    const step = begins ? 1 : -1;
    if (effect.kind === "down") state.down += step;
    else if (effect.kind === "frozen") state.frozen += step;
    else if (effect.kind === "muted") state.muted += step;
    else if (effect.kind === "slow") changeRate(state, effect.rate, begins);
    else this.#changeSize(state, effect, begins);
    if (state.standing === Standing.arriving && isAwake(state)) this.#host.registers(worker);
  }

  #fallSilent(worker: number, state: State): void {
    if (state.nextBeat < Number.POSITIVE_INFINITY) {
      state.nextBeat = Number.POSITIVE_INFINITY; // nothing was heard since it fell silent before
      return;
    }
    const last = Math.max(state.answered, this.#heartbeats.lastBefore(worker, this.#nextInstant(worker)));
    state.renewed = this.#eachBeat ? state.lastBeat : last;
    this.#host.fellSilent(worker, state.renewed);
    if (state.first !== undefined) this.#armLeases(worker, state, Math.max(this.#host.now, state.renewed + this.#lease));
  }

  /** At the end of a pause a heartbeat is sent at once; one that was lost on its way is followed by the next at its time. */
  #speakAgain(worker: number, state: State): void {
    const { now } = this.#host;
    state.nextBeat = state.thawed === now ? now : this.#heartbeats.firstFrom(worker, this.#nextInstant(worker));
    this.#host.beatAt(state.nextBeat, worker, false);
  }

  /** From when on heartbeats are still to come: now, or the next µs. */
  #nextInstant(worker: number): Time {
    return this.#host.isBeatOver(worker) ? this.#host.now + 1 : this.#host.now;
  }

  #crash(worker: number, state: State, reason: Reason): void {
    this.#host.record(EntryKind.crashed, -1, worker, state.incarnation, reason);
    while (state.first !== undefined) this.#remove(state.first);
    state.ends = [];
    state.seen = undefined;
    state.nextBeat = this.#networked ? Number.POSITIVE_INFINITY : state.nextBeat;
    state.registered = false;
  }

  #freeze(worker: number, state: State): void {
    this.#fact(EntryKind.paused, worker, state.incarnation);
    for (let attempt = state.first; attempt !== undefined; attempt = attempt.after) {
      if (!isSuspended(attempt)) this.#advance(attempt);
      attempt.end = Number.POSITIVE_INFINITY;
    }
  }

  /** What it was sent meanwhile is read, and leases that are over are kept: then all goes on. Returns stops that it is to answer. */
  #thaw(worker: number, state: State): Attempt[] {
    const answers: Attempt[] = [];
    this.#fact(EntryKind.resumed, worker, state.incarnation);
    const { now } = this.#host;
    state.thawed = now;
    for (let attempt = state.first, after: Attempt | undefined; attempt !== undefined; attempt = after) {
      after = attempt.after;
      if (this.#networked && this.#leaseOf(attempt, state) <= now) {
        this.#endThere(this.#remove(attempt), Reason.lease);
        continue;
      }
      if (attempt.stopped || this.#leaseOf(attempt, state) <= now) {
        if (attempt.stopped && this.#host.awaitsStop(attempt.task, attempt.attempt)) answers.push(attempt);
        else this.#host.record(EntryKind.stopped, attempt.task, worker, attempt.attempt, attempt.stopped ? Reason.none : Reason.lease);
        this.#remove(attempt);
        continue;
      }
      if (attempt.begun && !isSuspended(attempt)) this.#goOn(attempt);
      else if (!attempt.begun && !isSuspended(attempt) && !this.#networked) this.#begin(attempt, state);
      this.#armLeases(worker, state, this.#leaseOf(attempt, state));
    }
    if (this.#networked) this.#beginWhatFits(worker, state);
    return answers;
  }

  #slow(worker: number, state: State, rate: number, begins: boolean): void {
    changeRate(state, rate, begins);
    this.#fact(EntryKind.slowed, worker, state.rate);
    for (let attempt = state.first; attempt !== undefined; attempt = attempt.after) {
      if (!attempt.begun) continue;
      const runs = state.frozen === 0 && !isSuspended(attempt);
      if (runs) this.#advance(attempt);
      attempt.speed = slowed(attempt.fullSpeed, state.rate);
      if (runs) this.#plan(attempt);
    }
  }

  /** A fault that changes the worker's capacity begins or ends. */
  #changeSize({ resizing }: State, effect: CapacityEffect, begins: boolean): void {
    const number = this.#effects.numberOf(effect);
    if (begins) resizing.push(number);
    else resizing.splice(resizing.indexOf(number), 1);
  }

  /** A worker that is awake has what faults leave it; what does not fit is stopped before. Says whether that is something else. */
  #takeInSize(worker: number, state: State): boolean {
    const { resizing, resized, registered } = state;
    if (!registered || !isAwake(state) || state.standing !== Standing.present) return false;
    const over = without(resized, resizing).sort((a, b) => a - b);
    const begun = without(resizing, resized).sort((a, b) => a - b);
    if (over.length + begun.length === 0) return false;
    this.#host.resizes(worker, this.#effects.under(ownCapacity(this.#world, worker), resizing));
    state.resized = [...resizing];
    if (isGone(state)) return true; // it left with its last attempt
    const raises = (number: number, begins: boolean) => (this.#effects.of(number).kind === "grown") === begins;
    for (const up of [true, false]) {
      for (const number of over) if (raises(number, false) === up) this.#fact(EntryKind.restored, worker, number);
      for (const number of begun) if (raises(number, true) === up) this.#fact(EntryKind.resized, worker, number);
    }
    return true;
  }

  #fact(kind: EntryKind, worker: number, number: number): void {
    this.#host.record(kind, -1, worker, number, Reason.none);
  }

  // Attempts.

  #begin(attempt: Attempt, { rate }: State): void {
    const { task, worker } = attempt;
    const { now } = this.#host;
    const execution = this.#execution;
    execution.plan(task, worker, attempt.execution);
    const { whole, speed, target, outcome } = execution.work(task, worker, attempt.execution);
    const after = this.#deadly.get(task);
    const deadly = after === undefined ? Number.POSITIVE_INFINITY : partOf(whole, after);
    const kills = deadly <= target;
    attempt.begun = true;
    attempt.since = now;
    attempt.fullSpeed = speed;
    attempt.speed = slowed(speed, rate);
    attempt.target = kills ? deadly : target;
    attempt.outcome = kills ? Reason.killer : outcome;
    attempt.reason = execution.reason;
    attempt.deadline = now + at(this.#tasks.timeout, task);
    if (this.#marks.size > 0) attempt.marks = this.#marksOn(attempt);
    if (rate === 1000 && !kills) this.#endAt(attempt, now + execution.runTime);
    else this.#plan(attempt);
  }

  /** Books the work done since the last change of speed. */
  #advance(attempt: Attempt): void {
    const { now } = this.#host;
    attempt.done = Math.min(attempt.target, attempt.done + workIn(now - attempt.since, attempt.speed));
    attempt.since = now;
  }

  #goOn(attempt: Attempt): void {
    attempt.since = this.#host.now;
    this.#plan(attempt);
  }

  #plan(attempt: Attempt): void {
    const { now } = this.#host;
    const natural = now + durationAt(attempt.target - attempt.done, attempt.speed);
    attempt.reason = natural > attempt.deadline ? Reason.timeout : attempt.outcome;
    this.#endAt(attempt, Math.max(now, Math.min(natural, attempt.deadline)));
  }

  #endAt(attempt: Attempt, time: Time): void {
    attempt.end = time;
    this.#host.endAt(time, attempt.task, attempt.attempt);
    for (const due of attempt.marks ?? []) {
      due.time = this.#host.now + durationAt(Math.max(0, due.work - attempt.done), attempt.speed);
      if (due.time < time) this.#host.markAt(due.time, attempt.task, attempt.attempt);
    }
  }

  #marksOn({ task, worker, attempt }: Attempt): DueMark[] | undefined {
    const marks = this.#marks.get(attemptKey(task, attempt));
    const whole = this.#execution.whole(task, worker);
    return marks?.map((mark) => ({ mark, work: partOf(whole, mark.progress), time: Number.POSITIVE_INFINITY }));
  }

  /** The worker of an attempt that reaches marks now, and those marks; undefined where it does not. */
  marksReached(task: number, attempt: number, now: Time): { worker: number; marks: Mark[] } | undefined {
    const found = this.#find(task, attempt);
    if (found === undefined || found.end === Number.POSITIVE_INFINITY) return undefined;
    const marks = found.marks?.filter(({ time }) => time === now).map(({ mark }) => mark) ?? [];
    return marks.length === 0 ? undefined : { worker: found.worker, marks };
  }

  /** The same, once: they are behind it then. */
  passMarks(task: number, attempt: number): { worker: number; marks: Mark[] } | undefined {
    const { now } = this.#host;
    const reached = this.marksReached(task, attempt, now);
    const found = this.#find(task, attempt);
    if (reached === undefined || found === undefined) return undefined;
    found.marks = found.marks?.filter(({ time }) => time !== now);
    for (const _ of reached.marks) this.#host.record(EntryKind.reached, task, reached.worker, attempt, Reason.none);
    return reached;
  }

  #find(task: number, attempt: number): Attempt | undefined {
    const newest = this.#newest[task];
    return newest?.attempt === attempt ? newest : this.#older.get(task)?.find((older) => older.attempt === attempt);
  }

  #remove(attempt: Attempt): Attempt {
    const state = this.#state(attempt.worker);
    if (attempt.before === undefined) state.first = attempt.after;
    else attempt.before.after = attempt.after;
    if (attempt.after === undefined) state.last = attempt.before;
    else attempt.after.before = attempt.before;
    if (this.#newest[attempt.task] === attempt) {
      this.#newest[attempt.task] = undefined;
    } else {
      const left = this.#older.get(attempt.task)?.filter((older) => older !== attempt) ?? [];
      if (left.length > 0) this.#older.set(attempt.task, left);
      else this.#older.delete(attempt.task);
    }
    return attempt;
  }

  #state(worker: number): State {
    return this.#states[worker] as State;
  }
}

/** Whether nothing has been heard of the worker since some last heartbeat. */
function isSilent(state: State): boolean {
  return !isHeard(state) || state.nextBeat < Number.POSITIVE_INFINITY;
}

/** Asked where it may have left in between. */
function isGone({ standing }: State): boolean {
  return standing === Standing.gone;
}

/** Whether the worker does what it is told. */
function isAwake({ down, frozen }: State): boolean {
  return down === 0 && frozen === 0;
}

/** Whether its heartbeats arrive: those of an incarnation that the scheduler knows. */
function isHeard({ registered, down, frozen, muted }: State): boolean {
  return registered && down === 0 && frozen === 0 && muted === 0;
}

function isSuspended({ suspended }: Attempt): boolean {
  return suspended < Number.POSITIVE_INFINITY;
}

/** What is left of some numbers when others are taken out of them, each once. */
function without(numbers: readonly number[], others: readonly number[]): number[] {
  const left = [...numbers];
  for (const other of others) if (left.includes(other)) left.splice(left.indexOf(other), 1);
  return left;
}

/** A fault that slows the worker begins or ends. */
function changeRate(state: State, rate: number, begins: boolean): void {
  if (begins) state.rates.push(rate);
  else state.rates.splice(state.rates.indexOf(rate), 1);
  state.rate = Math.max(1, Math.round(state.rates.reduce((product, each) => (product * each) / 1000, 1000)));
}

function slowed(speed: number, rate: number): number {
  return rate === 1000 ? speed : Math.max(1, Math.round((speed * rate) / 1000));
}
