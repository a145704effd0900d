// The truth about workers that can fail: which are up, what runs on them, and what a fault does to both.
//
// Where nothing lies between the workers and the scheduler, orders arrive at once; and so do heartbeats, of which only those are simulated
// that tell something new: that a worker has fallen silent, is heard again, or is a new incarnation.
import type { Mark } from "../model/anchors.ts";
import { isElastic, savesWork, takesTurns } from "../model/task-profile.ts";
import { poolOf } from "../model/cloud.ts";
import { filesOf } from "../model/data.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { type FaultEffect, joiningWorkers, type World } from "../model/world.ts";
import { AttemptProgress } from "./attempt-progress.ts";
import { type Attempt, Attempts, isSuspended } from "./attempts.ts";
import { CapacityChanges } from "./capacity-changes.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Beat, type BelievedAttempts, type ClusterHost, type Report } from "./cluster-host.ts";
import { ElasticShares, type SharesHost } from "./elastic-shares.ts";
import { Environments } from "./environments.ts";
import { Heartbeats } from "./heartbeats.ts";
import { WorkerFiles } from "./worker-files.ts";
import { WorkerClocks } from "./worker-clocks.ts";
import { changeRate, isAwake, isGone, isHeard, isSilent, isThere, Standing, type WorkerState, workerAtStart } from "./worker-state.ts";

export interface ClusterSettings {
  interval: Duration;
  lease: Duration;
  /** How long the scheduler may hear nothing of a worker before it does anything. */
  patience: Duration;
  eachBeat: boolean;
  /** Workers tell of each such part of an attempt's work, in thousandths; undefined: of none. */
  part: number | undefined;
}

export class Cluster implements SharesHost {
  protected readonly attempts: Attempts;
  protected readonly progress: AttemptProgress;
  protected readonly clocks = new WorkerClocks();
  /** Undefined where no task saves its work. */
  readonly #checkpoints: Checkpoints | undefined;
  /** Undefined where attempts have nothing to wait for before they work. */
  readonly #environments: Environments | undefined;
  /** Undefined where there are no files. */
  readonly files: WorkerFiles | undefined;
  /** Undefined where no attempt may hold more than it requests. */
  readonly #shares: ElasticShares | undefined;
  /** The attempt that has ended last by itself, as long as it still counts for files. */
  #ending: Attempt | undefined;
  readonly heartbeats: Heartbeats;
  protected readonly lease: Duration;
  readonly #host: ClusterHost;
  readonly #world: World;
  protected readonly capacities: CapacityChanges;
  readonly #states: readonly WorkerState[];
  /** Of each worker, how often its attempts had changed, there and as believed, when it was last found to hold just those; else −1. */
  readonly #agreed: Float64Array;
  /** Whether heartbeats that tell nothing new are simulated too. */
  readonly #eachBeat: boolean;
  readonly #patience: Duration;
  /** Workers whose heartbeats are simulated one by one: their clocks run so slow that the next may come too late. */
  readonly beatingSingly = new Set<number>();

  constructor(world: World, settings: ClusterSettings, host: ClusterHost) {
    const { tasks, workers } = world;
    this.#host = host;
    this.#world = world;
    this.lease = settings.lease;
    this.#eachBeat = settings.eachBeat;
    this.#patience = settings.patience;
    const { data } = world;
    const absent = new Set(joiningWorkers(world));
    this.files =
      data &&
      new WorkerFiles(
        data,
        workers.count,
        (worker) => !absent.has(worker),
        host,
        (attempt) => this.#gathered(attempt),
      );
    const mayStretch = world.grows === true || isElastic(tasks.profiles);
    const isFollowed = this.files !== undefined || mayStretch;
    this.attempts = new Attempts(workers.count, tasks.count, isFollowed ? (attempt) => this.#leaves(attempt) : undefined);
    this.#shares = mayStretch ? new ElasticShares(tasks, this.attempts) : undefined;
    this.#checkpoints = savesWork(world) ? new Checkpoints(tasks) : undefined;
    this.#environments = takesTurns(world) ? new Environments(world, this.attempts) : undefined;
    const changes = (worker: number) => this.#shares?.touch(worker);
    const { part } = settings;
    this.progress = new AttemptProgress(world, host, this.clocks, part, this.#checkpoints, this.#environments, this.files, changes);
    this.heartbeats = new Heartbeats(workers.count, settings.interval, this.clocks);
    this.capacities = new CapacityChanges(world, host);
    this.#states = Array.from({ length: workers.count }, workerAtStart);
    this.#agreed = new Float64Array(workers.count).fill(-1);
  }

  protected state(worker: number): WorkerState {
    return this.#states[worker] as WorkerState;
  }

  // What the scheduler orders.

  /** The scheduler has decided on an attempt, be its start under way or there: who stores checkpoints knows. */
  issued(task: number, attempt: number): void {
    this.#checkpoints?.issued(task, attempt);
  }

  /** A start arrives at a worker. One that is down does not get it, and one that has not registered since is not meant. */
  start(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void {
    const state = this.state(worker);
    if (state.down > 0 || !state.registered) return;
    const { now } = this.#host;
    const started = this.attempts.add(task, worker, attempt, execution, every, copy, now, now);
    if (state.frozen === 0) this.progress.begin(started, state.rate);
    if (isSilent(state)) this.armLeases(worker, state, this.leaseOf(started, state));
  }

  /**
   * An attempt is to stop. A worker that is frozen reads it later; one that is down, or has not registered since, never. Says whether it
   * answers at once that the attempt does not run there.
   */
  stop(task: number, worker: number, attempt: number): boolean {
    const found = this.attempts.find(task, attempt);
    const state = this.state(worker);
    if (state.frozen === 0) {
      if (found !== undefined) this.attempts.remove(found);
      return isAwake(state) && state.registered;
    }
    if (found !== undefined) {
      found.stopped = true;
      found.leaves = false;
    }
    return false;
  }

  /** The same, but its work is to be saved before: it stops when that is done. */
  save(task: number, worker: number, attempt: number): boolean {
    const found = this.attempts.find(task, attempt);
    if (found === undefined || found.stopped) return this.stop(task, worker, attempt);
    if (this.state(worker).frozen === 0) return this.progress.saveAndLeave(found) && this.stop(task, worker, attempt);
    found.stopped = true;
    found.leaves = true;
    return false;
  }

  /** An attempt is to wait where it is; on a worker that is frozen it does so anyway. */
  suspend(task: number, attempt: number): void {
    const found = this.attempts.find(task, attempt);
    if (found !== undefined) this.progress.suspend(found, this.state(found.worker).frozen > 0);
  }

  /** It goes on. */
  proceed(task: number, attempt: number): void {
    const found = this.attempts.find(task, attempt);
    if (found === undefined) return;
    this.progress.endSuspension(found);
    const state = this.state(found.worker);
    if (state.frozen > 0) return;
    if (found.begun) this.progress.goOn(found);
    else this.progress.begin(found, state.rate);
  }

  /** An attempt may have what it has asked for, up to the ask of that number; one that waits on a worker that is frozen goes on later. */
  allow(task: number, attempt: number, number: number): void {
    const found = this.attempts.find(task, attempt);
    if (found !== undefined) this.progress.allow(found, number);
  }

  /** The worker is to get a file that a task will read there: the one at that place among those. One that is down, or frozen, or on its way, is not told. */
  push(task: number, input: number, worker: number): void {
    const { data } = this.#world;
    this.settleFiles();
    const file = data && filesOf(data.inputs, task)[input];
    if (file !== undefined) this.files?.push(file, worker);
  }

  // What happens on workers.

  /** Whether an attempt ends now. */
  endsNow(task: number, attempt: number, now: Time): boolean {
    return this.attempts.find(task, attempt)?.end === now;
  }

  /** Takes an attempt that ends now off its worker; how it ends: by the reason `killer` its worker is to go down, and it with all others there. */
  end(task: number, attempt: number): { worker: number; reason: Reason } {
    const found = this.attempts.find(task, attempt) as Attempt;
    if (found.reason === Reason.killer) return found;
    this.#ending = found;
    const ended = this.attempts.remove(found);
    this.#environments?.ended(ended, this.#host.now);
    return ended;
  }

  #leaves(attempt: Attempt): void {
    this.#shares?.touch(attempt.worker);
    if (attempt !== this.#ending) this.files?.left(attempt);
  }

  // What elastic attempts hold.

  /** At the end of a round workers where anything has changed share out what they have. */
  endRound(): void {
    this.#shares?.settle(this);
    this.attempts.recycle();
  }

  /** It has other capacities from now on. */
  protected resized(worker: number): void {
    this.#shares?.touch(worker);
  }

  capacityOf(worker: number, dimension: number): number {
    return this.capacities.under(worker, this.state(worker).resized)[dimension] as number;
  }

  isAwake(worker: number): boolean {
    return isAwake(this.state(worker));
  }

  holds({ task, worker, attempt }: Attempt, kind: EntryKind, amount: number): void {
    this.#host.record(kind, task, worker, attempt, Reason.none, amount);
  }

  gains(attempt: Attempt, gain: number): void {
    this.progress.changeGain(attempt, gain, this.state(attempt.worker).rate);
  }

  /** What that means for files, once it is entered that it has ended: it reads no more, and what it wrote is there. */
  settleFiles(): void {
    const ended = this.#ending;
    this.#ending = undefined;
    if (ended === undefined || this.files === undefined) return;
    this.files.left(ended);
    if (ended.reason === Reason.none) this.files.wrote(ended);
  }

  /** All files are there that an attempt waited for. */
  #gathered(attempt: Attempt): void {
    if (!attempt.halted) this.progress.gathered(attempt);
  }

  /** Whether a heartbeat of the worker would say what the scheduler believes: it holds those attempts, oldest first, and no other. */
  holdsJust(worker: number, believed: BelievedAttempts): boolean {
    const changes = this.attempts.changesOn(worker) + believed.changesOn(worker);
    if (this.#agreed[worker] === changes) return true; // both only grow
    let seat = believed.firstOn(worker);
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) {
      if (seat < 0 || attempt.task !== believed.taskOf(seat) || attempt.attempt !== believed.attemptOf(seat)) return false;
      seat = believed.behind(seat);
    }
    if (seat < 0) this.#agreed[worker] = changes;
    return seat < 0;
  }

  /** The worker of an attempt that reaches marks now, and those marks, once: they are behind it then. Undefined where it does not. */
  passMarks(task: number, attempt: number): { worker: number; marks: Mark[] } | undefined {
    const found = this.attempts.find(task, attempt);
    const marks = found && this.progress.passMarks(found);
    return found && marks && { worker: found.worker, marks };
  }

  /** The worker of an attempt that comes to parts of its work now of which it tells, and how much that is, once. */
  passParts(task: number, attempt: number): { worker: number; part: number } | undefined {
    const found = this.attempts.find(task, attempt);
    const part = found && this.progress.passParts(found);
    return found === undefined || part === undefined ? undefined : { worker: found.worker, part };
  }

  /** The worker of an attempt that has been told to stop when its work is saved, which it is now: it is there no more. Else undefined. */
  passPhase(task: number, attempt: number): number | undefined {
    const found = this.attempts.find(task, attempt);
    return found !== undefined && this.progress.passPhase(found) ? this.attempts.remove(found).worker : undefined;
  }

  /** Whether an attempt reaches a mark at a time, or a part of which its worker tells, or does something else from then on. */
  reachesMark(task: number, attempt: number, time: Time): boolean {
    const found = this.attempts.find(task, attempt);
    if (found === undefined) return false;
    const { progress } = this;
    return progress.reachesPart(found, time) || progress.changesPhase(found, time) || progress.marksReached(found, time) !== undefined;
  }

  /** Whether an attempt is on a worker that is not frozen. */
  worksOn(task: number, attempt: number): boolean {
    const found = this.attempts.find(task, attempt);
    return found !== undefined && this.state(found.worker).frozen === 0;
  }

  /** What a heartbeat of the worker would say of the attempts on it, oldest first. */
  report(worker: number): Report[] {
    const reports: Report[] = [];
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) reports.push(attempt);
    return reports;
  }

  /** Whether the worker is there to get a message meant for that incarnation. */
  gets(worker: number, incarnation: number): "at once" | "later" | "never" {
    const state = this.state(worker);
    if (state.down > 0 || state.incarnation !== incarnation || !isThere(state)) return "never";
    return state.frozen > 0 ? "later" : "at once";
  }

  // Leases.

  /** Whether it is there, awake and beating. */
  canBeHeard(worker: number): boolean {
    const state = this.state(worker);
    return state.standing === Standing.present && isHeard(state);
  }

  /** Leases of a silent worker may be over: one that is awake stops what it holds without one. Says whether it stopped anything. */
  endLeases(worker: number): boolean {
    const state = this.state(worker);
    if (state.leaseTimer !== this.#host.now) return false; // another was set, earlier or anew
    state.leaseTimer = Number.POSITIVE_INFINITY;
    if (!isAwake(state) || !this.mayLackLeases(state)) return false;
    let stopped = false;
    for (let attempt = this.attempts.firstOn(worker), after: Attempt | undefined; attempt !== undefined; attempt = after) {
      after = attempt.after;
      const lease = this.leaseOf(attempt, state);
      if (lease > this.#host.now) {
        this.armLeases(worker, state, lease);
        continue;
      }
      this.stopWithoutLease(attempt);
      this.#host.leaseOver(attempt.task, worker, attempt.attempt);
      stopped = true;
      if (isGone(state)) return true; // with its last attempt, and all that was left there
    }
    return stopped;
  }

  /** While it is heard, its leases are renewed. */
  protected mayLackLeases(state: WorkerState): boolean {
    return isSilent(state);
  }

  protected stopWithoutLease(attempt: Attempt): void {
    this.attempts.remove(attempt);
  }

  protected armLeases(worker: number, state: WorkerState, time: Time): void {
    if (state.leaseTimer <= time) return;
    state.leaseTimer = time;
    this.#host.leaseTimerAt(time, worker);
  }

  protected leaseOf({ worker, sent }: Attempt, { renewed }: WorkerState): Time {
    return this.leaseFrom(worker, Math.max(sent, renewed));
  }

  /** When a lease from a time on is over, on the worker's clock. */
  leaseFrom(worker: number, time: Time): Time {
    return this.clocks.when(worker, this.clocks.reading(worker, time) + this.lease);
  }

  // Workers that join and leave.

  /** The worker is not there before it joins. */
  awaits(worker: number): void {
    const state = this.state(worker);
    state.standing = Standing.absent;
    state.registered = false;
  }

  /** It is there from now on. Faults that hold it already still do: one that is down or frozen registers when that is over. */
  joins(worker: number): void {
    this.#checkpoints?.loseDisk(worker); // another instance has another
    this.#environments?.loseDisk(worker);
    this.files?.joins(worker);
    this.state(worker).standing = Standing.arriving;
  }

  /** It is to leave: it works on, but if it is down, or goes down, it does not come back. */
  leaves(worker: number): void {
    const state = this.state(worker);
    state.leaving = true;
    if (!state.registered) this.#goes(worker, state);
  }

  /** It is gone; what the scheduler has given up and it has not stopped ends with it. */
  retire(worker: number): void {
    const state = this.state(worker);
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = this.attempts.firstOn(worker)) {
      this.attempts.remove(attempt);
      this.#host.record(EntryKind.stopped, attempt.task, worker, attempt.attempt, Reason.none);
    }
    this.#goes(worker, state);
    state.nextBeat = Number.POSITIVE_INFINITY;
  }

  /** It is there no more. What is wrong with an instance of a pool ends with it: the next at its position tells of what still holds then. */
  #goes(worker: number, state: WorkerState): void {
    const { standing } = state;
    state.standing = Standing.gone;
    this.files?.goes(worker);
    if (standing !== Standing.present || poolOf(this.#world.cloud, worker) === undefined) return;
    if (state.frozen > 0) this.#fact(EntryKind.resumed, worker, state.incarnation);
    if (state.muted > 0) this.#fact(EntryKind.unmuted, worker, state.incarnation);
    if (state.rate !== 1000) this.#fact(EntryKind.slowed, worker, 1000);
    if (this.clocks.rateByFaults(worker) === 1_000_000) return;
    this.clocks.turn(worker, this.#host.now, 1_000_000);
    this.beatingSingly.delete(worker);
    this.#fact(EntryKind.drifted, worker, 1_000_000);
  }

  /** Another instance is asked for at the position of a worker that has left, or was never there. */
  hires(worker: number): void {
    const state = this.state(worker);
    if (state.standing === Standing.gone) state.incarnation += 1;
    state.standing = Standing.absent;
    state.leaving = false;
    state.registered = false;
    state.thawed = -1;
    state.nextBeat = Number.POSITIVE_INFINITY;
    state.regularBeat = Number.POSITIVE_INFINITY;
    state.leaseTimer = Number.POSITIVE_INFINITY;
  }

  /** The registration of a new incarnation arrives, if that is still up: which it is. */
  takeRegistration(worker: number): number | undefined {
    const state = this.state(worker);
    if (state.registered || !isAwake(state) || !isThere(state)) return undefined;
    state.registered = true;
    state.nextBeat = Number.POSITIVE_INFINITY;
    state.lastBeat = this.#host.now;
    this.heartbeats.registered(worker, this.#host.now);
    this.#beatOn(worker, state);
    return state.incarnation;
  }

  /** A worker that registers may be muted: it is silent from then on. Of one that has just joined, what is wrong shows only now. */
  afterRegistration(worker: number): void {
    const state = this.state(worker);
    if (state.standing === Standing.arriving) {
      state.standing = Standing.present;
      if (state.frozen > 0) this.#fact(EntryKind.paused, worker, state.incarnation); // since it sent its registration
      if (state.frozen > 0) this.files?.froze(worker);
      if (state.muted > 0) this.#fact(EntryKind.muted, worker, state.incarnation);
      if (state.rate !== 1000) this.#fact(EntryKind.slowed, worker, state.rate);
      if (this.clocks.rateByFaults(worker) !== 1_000_000) this.#drift(worker, state);
    }
    this.takesIn(worker, state);
    if (!isHeard(state)) this.fallSilent(worker, state);
    else if (state.nextBeat === Number.POSITIVE_INFINITY) this.beatsSingly(worker, state);
  }

  // Heartbeats.

  /** Has workers send every heartbeat, from now on, where that is asked for. */
  beginBeating(): void {
    for (const [worker, state] of this.#states.entries()) if (state.registered) this.#beatOn(worker, state);
  }

  #beatOn(worker: number, state: WorkerState, from: Time = this.#host.now + 1): void {
    if (!this.#eachBeat || this.beatingSingly.has(worker)) return;
    state.regularBeat = this.heartbeats.firstFrom(worker, from);
    this.#host.beatAt(state.regularBeat, worker, Beat.regular);
  }

  /** A heartbeat that follows another is due; says whether it arrives. */
  beatsOn(worker: number): boolean {
    const state = this.state(worker);
    if (state.regularBeat !== this.#host.now) return false;
    state.regularBeat = Number.POSITIVE_INFINITY;
    if (!isHeard(state) || state.standing !== Standing.present) return false;
    state.lastBeat = this.#host.now;
    this.#beatOn(worker, state);
    return state.nextBeat !== this.#host.now; // the first after a silence is another matter
  }

  /** The first heartbeat after a silence is due: whether it arrives. */
  beats(worker: number): boolean {
    const state = this.state(worker);
    if (!isHeard(state) || state.nextBeat !== this.#host.now) return false;
    state.nextBeat = Number.POSITIVE_INFINITY;
    state.answered = this.#host.now;
    state.lastBeat = this.#host.now;
    if (state.regularBeat === Number.POSITIVE_INFINITY) this.#beatOn(worker, state);
    return true;
  }

  protected fallSilent(worker: number, state: WorkerState): void {
    if (state.nextBeat < Number.POSITIVE_INFINITY) {
      state.nextBeat = Number.POSITIVE_INFINITY; // nothing was heard since it fell silent before
      return;
    }
    const last = Math.max(state.answered, this.heartbeats.lastBefore(worker, this.#nextInstant(worker)));
    state.renewed = this.#eachBeat ? state.lastBeat : last;
    this.#host.fellSilent(worker, state.renewed);
    if (this.attempts.firstOn(worker) !== undefined)
      this.armLeases(worker, state, Math.max(this.#host.now, this.leaseFrom(worker, state.renewed)));
  }

  /** After each heartbeat of a clock that is too slow the worker counts as silent: the next may come too late, and is simulated. */
  beatsSingly(worker: number, state: WorkerState = this.state(worker)): void {
    if (!this.beatingSingly.has(worker) || !isHeard(state) || state.standing !== Standing.present) return;
    if (state.nextBeat === Number.POSITIVE_INFINITY) this.fallSilent(worker, state);
    else if (state.nextBeat === this.#host.now && state.thawed === this.#host.now) return; // what it owes since its pause goes out first
    this.#beatNext(worker, state, this.heartbeats.firstFrom(worker, Math.max(state.answered + 1, this.#nextInstant(worker))), Beat.single);
  }

  #beatNext(worker: number, state: WorkerState, time: Time, beat: Beat): void {
    state.nextBeat = time;
    this.#host.beatAt(time, worker, beat);
  }

  /** At the end of a pause a heartbeat is sent at once; one that was lost on its way is followed by the next at its time. */
  #speakAgain(worker: number, state: WorkerState): void {
    const { now } = this.#host;
    const next = state.thawed === now ? now : this.heartbeats.firstFrom(worker, this.#nextInstant(worker));
    this.#beatNext(worker, state, next, Beat.first);
  }

  /** From when on heartbeats are still to come: now, or the next µs. */
  #nextInstant(worker: number): Time {
    return this.#host.isBeatOver(worker) ? this.#host.now + 1 : this.#host.now;
  }

  // Faults.

  /**
   * A fault begins or ends; `reason`: why, where no fault of its own has done it. Says whether the scheduler learns anything from that
   * itself.
   */
  change(worker: number, effect: FaultEffect, begins: boolean, reason: Reason = Reason.none): boolean {
    const state = this.state(worker);
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
      if (begins && state.down === 1) this.crash(worker, state, reason);
      else if (!begins && state.down === 0) {
        state.incarnation += 1;
        this.files?.up(worker);
      }
      if (begins && effect.losesDisk === true) this.#loseDisk(worker, state);
    } else if (effect.kind === "frozen") {
      state.frozen += step;
      if (begins && state.frozen === 1) this.#freeze(worker, state);
      else if (!begins && state.frozen === 0) answers = this.#thaw(worker, state);
    } else if (effect.kind === "muted") {
      state.muted += step;
      if (state.muted === (begins ? 1 : 0)) this.#fact(begins ? EntryKind.muted : EntryKind.unmuted, worker, state.incarnation);
    } else if (effect.kind === "slow") {
      this.#slow(worker, state, effect.rate, begins);
    } else if (effect.kind === "drifting") {
      this.clocks.strike(worker, effect.rate, begins);
      this.#drift(worker, state);
    } else {
      this.capacities.change(state, effect, begins);
    }
    this.speaks(worker, state, wasHeard, effect.kind === "frozen" && !begins);
    if (state.leaving && !state.registered) this.#goes(worker, state);
    for (const { task, attempt } of answers) this.#host.stopConfirmed(task, attempt);
    const isResized = this.takesIn(worker, state);
    return answers.length > 0 || isResized;
  }

  /** What is heard of a worker after a change: its registration, silence, or a heartbeat again. `_thaws`: a pause of it has ended. */
  protected speaks(worker: number, state: WorkerState, wasHeard: boolean, _thaws: boolean): void {
    if (!state.registered && isAwake(state)) this.#host.registers(worker);
    else if (wasHeard && !isHeard(state)) this.fallSilent(worker, state);
    else if (!wasHeard && isHeard(state)) this.#speakAgain(worker, state);
  }

  /** The same for a worker that is not there, or that nobody has heard of yet: only what still holds when it registers will count. */
  #changeUnseen(worker: number, state: WorkerState, effect: Exclude<FaultEffect, { kind: "link" }>, begins: boolean): void {
    const step = begins ? 1 : -1;
    if (effect.kind === "down") state.down += step;
    else if (effect.kind === "frozen") state.frozen += step;
    else if (effect.kind === "muted") state.muted += step;
    else if (effect.kind === "slow") changeRate(state, effect.rate, begins);
    else if (effect.kind === "drifting") this.clocks.strike(worker, effect.rate, begins);
    else this.capacities.change(state, effect, begins);
    if (state.standing === Standing.arriving && isAwake(state)) this.#host.registers(worker);
  }

  /** What the worker has changes, if faults have changed that; says whether the scheduler has learnt it. */
  protected takesIn(worker: number, state: WorkerState): boolean {
    this.#shares?.touch(worker);
    return this.capacities.takeIn(worker, state);
  }

  protected crash(worker: number, state: WorkerState, reason: Reason): void {
    this.#host.record(EntryKind.crashed, -1, worker, state.incarnation, reason);
    this.files?.falls(worker);
    this.attempts.removeAll(worker);
    this.files?.down(worker);
    this.#environments?.crashed(worker, this.#host.now);
    state.registered = false;
  }

  #freeze(worker: number, state: WorkerState): void {
    this.#fact(EntryKind.paused, worker, state.incarnation);
    this.#environments?.froze(worker, this.#host.now);
    this.files?.froze(worker);
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) this.progress.halt(attempt);
  }

  #thaw(worker: number, state: WorkerState): Attempt[] {
    this.#fact(EntryKind.resumed, worker, state.incarnation);
    state.thawed = this.#host.now;
    this.#environments?.thawed(worker, this.#host.now);
    this.files?.thawed(worker);
    return this.catchUp(worker, state);
  }

  /** What it was sent meanwhile is read, and leases that are over are kept: then all goes on. Returns stops that it is to answer. */
  protected catchUp(worker: number, state: WorkerState): Attempt[] {
    const answers: Attempt[] = [];
    const { now } = this.#host;
    for (let attempt = this.attempts.firstOn(worker), after: Attempt | undefined; attempt !== undefined; attempt = after) {
      after = attempt.after;
      const isOver = this.leaseOf(attempt, state) <= now;
      if (!isOver && this.#leavesLater(attempt)) {
        this.armLeases(worker, state, this.leaseOf(attempt, state));
        continue;
      }
      if (attempt.stopped || isOver) {
        if (attempt.stopped && this.#host.awaitsStop(attempt.task, attempt.attempt)) answers.push(attempt);
        else this.#host.record(EntryKind.stopped, attempt.task, worker, attempt.attempt, attempt.stopped ? Reason.none : Reason.lease);
        this.attempts.remove(attempt);
        continue;
      }
      if (!isSuspended(attempt)) {
        if (attempt.begun) this.progress.goOn(attempt);
        else this.progress.begin(attempt, state.rate);
      }
      this.armLeases(worker, state, this.leaseOf(attempt, state));
    }
    return answers;
  }

  /** One that is to stop when its work is saved does that first, if there is any to save. */
  #leavesLater(attempt: Attempt): boolean {
    if (!attempt.stopped || !attempt.leaves || !attempt.begun) return false;
    this.progress.goOn(attempt);
    if (this.progress.saveAndLeave(attempt)) return false;
    attempt.stopped = false;
    return true;
  }

  #slow(worker: number, state: WorkerState, rate: number, begins: boolean): void {
    changeRate(state, rate, begins);
    this.#fact(EntryKind.slowed, worker, state.rate);
    const isFrozen = state.frozen > 0;
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after)
      this.progress.changeRate(attempt, state.rate, isFrozen);
  }

  /** What the worker times by its clock comes at other times: limits, leases, heartbeats. */
  #drift(worker: number, state: WorkerState): void {
    const { now } = this.#host;
    this.clocks.turn(worker, now);
    if (this.clocks.slow.has(worker) && this.heartbeats.greatestGap(worker) > this.#patience) this.beatingSingly.add(worker);
    else this.beatingSingly.delete(worker);
    this.#fact(EntryKind.drifted, worker, this.clocks.rateByFaults(worker));
    for (let attempt = this.attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after) {
      this.progress.changeClock(attempt);
      if (this.mayLackLeases(state)) this.armLeases(worker, state, Math.max(now, this.leaseOf(attempt, state)));
    }
    this.beatsOtherwise(worker, state);
  }

  /** What is planned of its heartbeats is planned anew. */
  protected beatsOtherwise(worker: number, state: WorkerState): void {
    if (state.standing !== Standing.present) return;
    if (this.beatingSingly.has(worker)) {
      state.regularBeat = Number.POSITIVE_INFINITY;
      this.beatsSingly(worker, state);
    } else if (state.nextBeat < Number.POSITIVE_INFINITY) {
      this.#speakAgain(worker, state);
    } else if (state.regularBeat < Number.POSITIVE_INFINITY) {
      this.#beatOn(worker, state, this.#nextInstant(worker));
    }
  }

  #loseDisk(worker: number, state: WorkerState): void {
    this.#fact(EntryKind.diskLost, worker, state.incarnation);
    this.#checkpoints?.loseDisk(worker);
    this.#environments?.loseDisk(worker);
    this.files?.loseDisk(worker);
  }

  #fact(kind: EntryKind, worker: number, number: number): void {
    this.#host.record(kind, -1, worker, number, Reason.none);
  }
}
