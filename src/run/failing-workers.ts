// Wires the cluster, its faults and what the scheduler believes of its workers, for runs in which workers can fail, join and leave.
import { Cluster } from "../cluster/cluster.ts";
import { Beat, type ClusterHost } from "../cluster/cluster-host.ts";
import { FaultTimeline } from "../cluster/fault-timeline.ts";
import { Event } from "./event-kinds.ts";
import { isFromWorker, type LinkDisturbance, MessageFate, MessageKind, waitsAfter } from "../model/network.ts";
import type { Recorder } from "../model/recorder.ts";
import type { LivenessSettings } from "../model/settings.ts";
import { poolOf } from "../model/cloud.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { CLIENTS, type FaultEffect, joiningWorkers, REPLICAS, type WorkerAction, type World } from "../model/world.ts";
import type { Membership } from "../scheduler/membership.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

const DOWN: FaultEffect = { kind: "down" };

/** What it needs of the run. */
export interface RunClock {
  readonly now: Time;
  /** Whether a heartbeat of the worker at this very time has come: what happens in a later round of an instant comes after it. */
  isBeatOver(worker: number): boolean;
  /** Whether all events of a kind about the worker at this very time are over. */
  isOver(kind: number, worker: number): boolean;
  /** The scheduler has learnt something on which it may decide. */
  learnt(): void;
  /** Plans an event of that kind. */
  planEvent(time: Time, kind: number, subject: number, counter: number): void;
  /** A fault of a replica of the scheduler, or of the one that leads, begins or ends: that of a track. */
  replicaStruck(track: number, replica: number | "leader", effect: FaultEffect, begins: boolean): void;
  /** A fault of the clients' link begins or ends. */
  clientsLinkChanges(effect: LinkDisturbance, begins: boolean): void;
}

/** What has happened in a run, and what is planned. */
export interface Happenings {
  /** How many events are planned. */
  planned: number;
  /** How much has happened so far that is not about workers; and how much about workers since then, or since stale events were counted. */
  others: number;
  recurred: number;
  /** Counts those that will do nothing, among the events planned. */
  stale: () => number;
  /** When the next event is due, or the run is to be cut off. */
  next: Time;
}

/** So often heartbeats may come, and twice for each event, before the queue is looked through for what is still due. */
const MOST_RECURRED = 16;

/** The counter of a timer of suspicion or of leases: whether it is one of many that come though nothing happens. */
const Watch = { once: 0, recurring: 1 } as const;

export class FailingWorkers implements ClusterHost {
  readonly cluster: Cluster;
  protected readonly clock: RunClock;
  scheduler: Scheduler;
  membership: Membership;
  protected readonly recorder: Recorder;
  readonly #timeline: FaultTimeline;
  /** By task, with their numbers. */
  readonly #killers: ReadonlyMap<number, { number: number; lasting: Duration }>;
  /** How many workers tasks have taken down for good, and the task that did so last. */
  felled = 0;
  felledBy = -1;
  /** Events planned that begin or end faults, or at which what runs on workers that leave is handed back. */
  planned = 0;
  /** Events planned that come again and again though nothing happens: heartbeats, and over a network their answers and timers. */
  recurring = 0;
  /** What has happened to workers and on links, but for what comes again and again. */
  #steps = 0;
  /** What had happened when it was last asked whether anything has. */
  #askedAt = -1;
  /** How much had happened when it was last asked whether all is quiet, and when anything had last. */
  #happened = -1;
  #happenedAt: Time = 0;
  /** When a run ends that is quiet; and whether it was given up, for nothing came of what was sent again and again. */
  endsAt: Time | undefined;
  isInVain = false;
  /** Stands for the clients where the others stand for workers: the position after the last of them. */
  readonly #clients: number;
  /** Told when an instance of a pool has left. */
  onLeft: ((worker: number) => void) | undefined;
  readonly #cloud: World["cloud"];
  /** Messages of each worker's link that were recorded, where nothing lies between. */
  readonly #told: number[] = [];

  constructor(world: World, settings: LivenessSettings, scheduler: Scheduler, recorder: Recorder, clock: RunClock) {
    this.clock = clock;
    this.scheduler = scheduler;
    this.membership = scheduler.membership as Membership;
    this.recorder = recorder;
    const plan = world.faults ?? { seed: "", tracks: [] };
    const { killers = [] } = plan;
    this.#killers = new Map(killers.map(({ task, lasting }, number) => [task, { number, lasting }]));
    this.cluster = this.clusterOf(world, settings);
    this.#timeline = new FaultTimeline(plan);
    this.#clients = world.workers.count;
    this.#cloud = world.cloud;
    for (let track = 0; track < this.#timeline.tracks.length; track++) this.#planChange(track);
    for (const worker of joiningWorkers(world)) {
      this.cluster.awaits(worker);
      this.membership.awaits(worker);
    }
    this.cluster.beginBeating();
  }

  /** Why nobody decides any more, if nobody does. */
  get standstill(): string | undefined {
    return undefined;
  }

  /** Which tasks nobody knows that were submitted, if there are any. */
  get forgone(): string | undefined {
    return undefined;
  }

  protected clusterOf(world: World, { heartbeat, lease, progress }: LivenessSettings): Cluster {
    const { interval } = heartbeat;
    const eachBeat = world.network?.detail === "messages";
    return new Cluster(world, { interval, lease, patience: this.membership.patience, eachBeat, part: progress }, this);
  }

  /** What an operator asks for. */
  act(action: WorkerAction): void {
    const { worker } = action;
    if (action.kind === "join") this.boots(worker);
    else this.letGo(worker, action.limit);
  }

  /** A worker is there from now on: it joins, or has booted. */
  boots(worker: number): void {
    this.cluster.joins(worker);
    this.joined(worker);
  }

  /** It is to leave. */
  letGo(worker: number, limit: Duration = Number.POSITIVE_INFINITY): void {
    this.cluster.leaves(worker);
    this.membership.drain(worker, limit);
  }

  // Instances of pools: when one has left, who lends it switches it off, without a word to it.

  /** An instance is asked for, and boots. */
  hires(worker: number): void {
    this.cluster.hires(worker);
    this.membership.awaits(worker);
  }

  /** One that is to leave is switched off, with all that still runs there. */
  takeAway(worker: number): void {
    for (const task of this.membership.tasksOn(worker)) this.scheduler.failover.vanished(task);
  }

  /** An attempt is given up for its lease: its worker goes on with it where its clock is so slow that the lease is not over there. */
  leaseEnds(task: number, worker: number, attempt: number): void {
    if (this.cluster.worksOn(task, attempt)) this.record(EntryKind.outlived, task, worker, attempt, Reason.none);
  }

  /** What runs on an instance that is about to be switched off is there no more. */
  vanish(task: number, worker: number, attempt: number): void {
    this.cluster.stop(task, worker, attempt);
  }

  protected isHired(worker: number): boolean {
    return poolOf(this.#cloud, worker) !== undefined;
  }

  /** For the scheduler it has left. */
  hasLeft(worker: number): void {
    if (this.isHired(worker)) this.onLeft?.(worker);
  }

  #planChange(track: number): void {
    const time = this.#timeline.next(track);
    const worker = this.#timeline.workerOf(track);
    if (time === Number.POSITIVE_INFINITY) return;
    this.planned += 1;
    const subject = worker === CLIENTS ? this.#clients : worker === REPLICAS ? this.#clients + 1 : worker;
    this.clock.planEvent(time, Event.workerChange, subject, track);
  }

  /** Whether a fault of the clients' link is still to begin or to end. */
  mayClientsLinkChange(): boolean {
    const { tracks } = this.#timeline;
    return tracks.some(({ worker }, track) => worker === CLIENTS && this.#timeline.next(track) < Number.POSITIVE_INFINITY);
  }

  /** Whether a fault is still to begin or to end, or a worker to change its size, at a time that was set from the beginning. */
  mayChangeBySchedule(): boolean {
    const { tracks } = this.#timeline;
    return tracks.some(({ episodes }, track) => "from" in episodes && this.#timeline.next(track) < Number.POSITIVE_INFINITY);
  }

  /** An event of one of the kinds that are about workers (for an anchor, the task's position stands for the worker); says whether the scheduler has learnt anything from it. */
  handle(kind: number, worker: number, counter: number): boolean {
    this.passes(this.recurs(kind, counter));
    return this.happens(kind, worker, counter);
  }

  /** An event that was planned is there; `recurs`: it comes again and again though nothing happens. */
  protected passes(recurs: boolean): void {
    if (recurs) this.recurring -= 1;
    else this.stepped();
  }

  /** Something has happened to a worker, or on its link. */
  stepped(): void {
    this.#steps += 1;
  }

  protected recurs(kind: number, counter: number): boolean {
    return kind === Event.heard ? isRecurring(counter) : kind === Event.suspicion && counter === Watch.recurring;
  }

  protected happens(kind: number, worker: number, counter: number): boolean {
    switch (kind) {
      case Event.anchor: {
        const reached = this.cluster.passMarks(worker, counter);
        for (const track of reached?.marks.flatMap(({ tracks }) => tracks) ?? []) {
          this.#timeline.strike(track, this.now, reached?.worker as number);
          this.#planChange(track);
        }
        const hasToldMore = this.#comesOn(worker, counter);
        return this.#turnsToOther(worker, counter) || hasToldMore;
      }
      case Event.workerChange: {
        this.planned -= 1;
        if (counter >= this.#timeline.tracks.length) {
          this.cluster.change(worker, DOWN, false); // a killer's time is over
          return false;
        }
        const { effect, begins } = this.#timeline.advance(counter);
        this.#planChange(counter);
        if (worker > this.#clients) {
          this.clock.replicaStruck(counter, this.#timeline.tracks[counter]?.replica ?? 0, effect, begins);
          return false;
        }
        if (worker !== this.#clients) return this.changes(worker, effect, begins);
        this.clock.clientsLinkChanges(effect as LinkDisturbance, begins);
        return false;
      }
      case Event.transfersEnd:
        this.cluster.files?.transfersEnd();
        return false;
      case Event.heard:
        if (counter === Beat.regular) return this.#beat(worker);
        return counter === 0 ? this.#registered(worker) : this.#heard(worker);
      case Event.workerLease:
        return this.cluster.endLeases(worker);
      case Event.schedulerLease:
        return this.membership.leasesEnd(worker);
      case Event.drainLimit:
        this.planned -= 1;
        this.membership.handBack(worker);
        return true;
      default:
        return this.membership.silenceTooLong(worker);
    }
  }

  /** An attempt may come to parts of its work of which its worker tells. */
  #comesOn(task: number, attempt: number): boolean {
    const told = this.cluster.passParts(task, attempt);
    return told !== undefined && this.tellProgress(task, told.worker, attempt, told.part);
  }

  /** An attempt may be done with what it does for now: one that was to stop with that does so. Says whether the scheduler has learnt it. */
  #turnsToOther(task: number, attempt: number): boolean {
    const worker = this.cluster.passPhase(task, attempt);
    return worker !== undefined && this.stoppedSaved(task, worker, attempt);
  }

  /** An attempt has stopped with its work saved, as it was to. */
  protected stoppedSaved(task: number, worker: number, attempt: number): boolean {
    const isAwaited = this.awaitsStop(task, attempt);
    if (isAwaited) this.stopConfirmed(task, attempt);
    else this.record(EntryKind.stopped, task, worker, attempt, Reason.none);
    return isAwaited;
  }

  /** An attempt has done so many thousandths of its work, and its worker tells that. Says whether the scheduler has learnt anything. */
  protected tellProgress(task: number, worker: number, attempt: number, part: number): boolean {
    this.#tells(MessageKind.progress, worker, task, attempt);
    return this.scheduler.reports.progress(task, worker, attempt, part, this.now);
  }

  /** A worker is there from now on. */
  protected joined(worker: number): void {
    this.#registered(worker);
  }

  /** A fault begins or ends. Says whether the scheduler learns anything from that itself. */
  protected changes(worker: number, effect: FaultEffect, begins: boolean): boolean {
    return this.cluster.change(worker, effect, begins);
  }

  #registered(worker: number): boolean {
    const incarnation = this.cluster.takeRegistration(worker);
    if (incarnation === undefined) return false;
    this.#tells(MessageKind.register, worker);
    this.membership.registered(worker, incarnation);
    this.scheduler.data?.registered(worker, this.diskOf(worker));
    this.cluster.afterRegistration(worker);
    return true;
  }

  #heard(worker: number): boolean {
    if (!this.cluster.beats(worker)) return false;
    this.#tells(MessageKind.heartbeat, worker);
    const learnt = this.membership.heard(worker, this.cluster.report(worker));
    this.cluster.beatsSingly(worker);
    return learnt;
  }

  /** A heartbeat that follows another, which is folded unless each is asked for: it tells what the scheduler knows. */
  #beat(worker: number): boolean {
    if (!this.cluster.beatsOn(worker)) return false;
    this.#tells(MessageKind.heartbeat, worker);
    if (this.cluster.holdsJust(worker, this.membership)) return false;
    return this.membership.heard(worker, this.cluster.report(worker));
  }

  /** A message arrives where and when it is sent; a worker that is down does not get it. */
  #tells(kind: MessageKind, worker: number, task = -1, attempt = 0): void {
    const { messages } = this.recorder;
    if (messages === undefined) return;
    const number = this.#told[worker] ?? 0;
    this.#told[worker] = number + 1;
    const isLost = !isFromWorker(kind) && this.cluster.gets(worker, this.membership.incarnationOf(worker)) === "never";
    for (const fate of [MessageFate.sent, isLost ? MessageFate.undeliverable : MessageFate.delivered])
      messages.push({ time: this.now, fate, kind, worker, number, task, attempt });
  }

  // What the scheduler orders.

  start(task: number, worker: number, attempt: number, execution: number, every: Duration, copy: number): void {
    this.#tells(MessageKind.start, worker, task, attempt);
    if (copy === 0) this.cluster.issued(task, attempt);
    this.cluster.start(task, worker, attempt, execution, every, copy);
  }

  /** Where no network lies between, what was sent has arrived. */
  startAgain(_task: number, _worker: number, _attempt: number, _execution: number, _every: Duration, _copy: number): void {}

  stop(task: number, worker: number, attempt: number, _awaited: boolean): boolean {
    this.#tells(MessageKind.stop, worker, task, attempt);
    return this.cluster.stop(task, worker, attempt);
  }

  /** An attempt is to stop when its work is saved. */
  save(task: number, worker: number, attempt: number): boolean {
    this.#tells(MessageKind.save, worker, task, attempt);
    return this.cluster.save(task, worker, attempt);
  }

  /** It may have what it has asked for. */
  allow(task: number, worker: number, attempt: number, number: number): void {
    this.#tells(MessageKind.allow, worker, task, attempt);
    this.cluster.allow(task, attempt, number);
  }

  /** An attempt is to wait where it is, or to go on. */
  turn(task: number, worker: number, attempt: number, turn: number): void {
    const waits = waitsAfter(turn);
    this.#tells(waits ? MessageKind.suspend : MessageKind.proceed, worker, task, attempt);
    if (waits) this.cluster.suspend(task, attempt);
    else this.cluster.proceed(task, attempt);
  }

  /** A worker is to get a file that its task will read there, which names the file by its place among those. */
  push(task: number, input: number, worker: number): void {
    this.#tells(MessageKind.fetch, worker, task);
    this.cluster.push(task, input, worker);
  }

  /** A worker is to leave: where nothing lies between, it knows already, and is sent nothing that it would have to refuse. */
  drain(worker: number): void {
    this.#tells(MessageKind.drain, worker);
  }

  /** It is gone for good. */
  retire(worker: number): void {
    if (!this.isHired(worker)) this.#tells(MessageKind.drain, worker);
    this.cluster.retire(worker);
  }

  /** Whether nothing will come of the events that are planned, so many of them: heartbeats that go on for ever, and their like. */
  isQuiet(happenings: Happenings): boolean {
    const happened = this.happened(happenings.others);
    if (happened !== this.#happened) this.#happenedAt = this.now;
    this.#happened = happened;
    if (!this.#onlyBeats(happenings)) return false;
    this.endsAt = this.#happenedAt; // heartbeats since then may be events or not
    return true;
  }

  #onlyBeats({ planned, others, recurred, stale }: Happenings): boolean {
    if (this.cluster.beatingSingly.size > 0) return this.#isQuietThoughSlow(planned, others, stale);
    if (planned === this.recurring) return true;
    // Ends of attempts that were given up may stand in the queue for long: they are looked for now and then.
    return recurred >= 2 * planned + MOST_RECURRED && planned - stale() === this.recurring;
  }

  /**
   * Workers whose clocks run slow may be suspected and heard again for ever. So the queue is looked through when something else has
   * happened than that a heartbeat has come: as all of them are events or not, the run ends at the same instant.
   */
  #isQuietThoughSlow(planned: number, others: number, stale: () => number): boolean {
    const mayLook = this.hasHappened(others) && this.planned === 0 && !this.membership.holdsAny;
    if (planned !== this.recurring && !mayLook) return false;
    for (const worker of this.cluster.beatingSingly) if (!this.membership.agrees(worker, this.cluster.canBeHeard(worker))) return false;
    return planned === this.recurring || planned - stale() === this.recurring;
  }

  /** How much has happened, but for what comes again and again; so much that is not about workers. */
  protected happened(others: number): number {
    return others + this.#steps + this.recorder.digest.entries;
  }

  /** Whether anything has happened since it was asked before, but for what comes again and again; so much that is not about workers. */
  protected hasHappened(others: number): boolean {
    const happened = this.happened(others);
    if (happened === this.#askedAt) return false;
    this.#askedAt = happened;
    return true;
  }

  /** A timer of suspicion or of leases is planned; gives the counter of its event. One of suspicion comes with each single heartbeat. */
  watches(worker: number, timer: "suspicion" | "lease"): number {
    if (timer !== "suspicion" || !this.cluster.beatingSingly.has(worker)) return Watch.once;
    this.recurring += 1;
    return Watch.recurring;
  }

  /** An attempt ends on its worker, which tells the scheduler; or takes it down, and nobody tells. Says whether the scheduler has learnt it. */
  attemptEnded(task: number, attempt: number): boolean {
    const { worker, reason } = this.cluster.end(task, attempt);
    if (reason === Reason.killer) {
      this.kills(task, worker);
      return false;
    }
    this.#tells(MessageKind.ended, worker, task, attempt);
    this.scheduler.attemptReported(task, worker, attempt, reason);
    this.cluster.settleFiles();
    return true; // one that is refused frees a worker that leaves, and the next pass may come later
  }

  /** A task takes its worker down. */
  protected kills(task: number, worker: number): void {
    const { number, lasting } = this.#killers.get(task) as { number: number; lasting: Duration };
    const up = this.now + lasting;
    this.cluster.change(worker, DOWN, true, Reason.killer);
    if (up > Number.MAX_SAFE_INTEGER) {
      this.felled += 1;
      this.felledBy = task;
      return;
    }
    this.planned += 1;
    this.clock.planEvent(up, Event.workerChange, worker, this.#timeline.tracks.length + number);
  }

  /** Whether the task takes its workers down. */
  isKiller(task: number): boolean {
    return this.#killers.has(task);
  }

  // What the cluster tells.

  get now(): Time {
    return this.clock.now;
  }

  record(kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void {
    this.recorder.entry(this.now, kind, task, worker, attempt, reason, amount);
  }

  endAt(time: Time, task: number, attempt: number): void {
    this.clock.planEvent(time, Event.attemptEnd, task, attempt);
  }

  isBeatOver(worker: number): boolean {
    return this.clock.isBeatOver(worker);
  }

  fellSilent(worker: number, last: Time): void {
    this.membership.fellSilent(worker, last, this.cluster.heartbeats);
  }

  beatAt(time: Time, worker: number, beat: Beat): void {
    if (time === Number.POSITIVE_INFINITY) return;
    if (isRecurring(beat)) this.recurring += 1;
    this.clock.planEvent(time, Event.heard, worker, beat);
  }

  registers(worker: number): void {
    this.clock.planEvent(this.now, Event.heard, worker, 0);
  }

  /** The number of a worker's disk. */
  protected diskOf(worker: number): number {
    return this.cluster.files?.diskOf(worker) ?? 0;
  }

  gathers(task: number, worker: number, attempt: number): void {
    this.#tells(MessageKind.gathered, worker, task, attempt);
    this.scheduler.gathered(task, worker, attempt);
  }

  asks(task: number, worker: number, attempt: number, number: number, met: number): void {
    this.#tells(MessageKind.ask, worker, task, attempt);
    this.scheduler.asked(task, worker, attempt, number, met);
    this.clock.learnt();
  }

  transfersEndAt(time: Time): void {
    this.clock.planEvent(time, Event.transfersEnd, 0, 0);
  }

  leaseTimerAt(time: Time, worker: number): void {
    this.clock.planEvent(time, Event.workerLease, worker, 0);
  }

  awaitsStop(task: number, attempt: number): boolean {
    const seat = this.scheduler.seatOf(task, attempt);
    return seat >= 0 && this.scheduler.failover.awaitsStop(seat);
  }

  stopConfirmed(task: number, attempt: number): void {
    this.scheduler.failover.stopConfirmed(this.scheduler.seatOf(task, attempt));
  }

  markAt(time: Time, task: number, attempt: number): void {
    this.clock.planEvent(time, Event.anchor, task, attempt);
  }

  resizes(worker: number, capacity: readonly number[]): void {
    this.scheduler.resizing.resize(worker, capacity, this.cluster.report(worker));
  }

  leaseOver(task: number, worker: number, attempt: number): void {
    this.scheduler.leaseOver(task, worker, attempt);
  }
}

function isRecurring(beat: number): boolean {
  return beat === Beat.regular || beat === Beat.single;
}
