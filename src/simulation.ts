// One run: the event loop that wires the drawn world, the cluster and the scheduler together. Pure: same inputs, same run.
import { Execution } from "./cluster/execution.ts";
import { COUNTER_LIMIT, counterOf, type EventQueue, eventKey, kindOf } from "./engine/event-queue.ts";
import { Event } from "./run/event-kinds.ts";
import { FailingWorkers, type RunClock } from "./run/failing-workers.ts";
import { NetworkedWorkers } from "./run/networked-workers.ts";
import { type Command, CommandKind } from "./model/command.ts";
import { Recorder } from "./model/recorder.ts";
import type { LinkDisturbance } from "./model/network.ts";
import type { Seeds } from "./model/scenario.ts";
import { DEFAULT_LIVENESS, type LivenessSettings, type SchedulerSettings } from "./model/settings.ts";
import { type Ending, EntryKind, type PolicyPromises, Reason, type Trace, type TraceSink } from "./model/trace.ts";
import type { Duration, Time } from "./model/units.ts";
import type { UnsafeMode } from "./model/unsafe.ts";
import { type FaultEffect, isNetworked, isTaskAction, isUndisturbed, type TaskAction, type World } from "./model/world.ts";
import { takesTurns } from "./model/task-profile.ts";
import type { PolicyDefinition } from "./policies/policy.ts";
import { Actions } from "./run/actions.ts";
import { Agenda, OUTCOME_BITS } from "./run/agenda.ts";
import type { ClientEnd } from "./run/client-end.ts";
import type { ClientRequest, Reply } from "./run/client-desk.ts";
import { ClientProcesses, type ClientProcessesHost } from "./run/client-processes.ts";
import { Clients, type ClientsHost } from "./run/clients.ts";
import { Cloud } from "./run/cloud.ts";
import { endOfClock, Endings, isResumable, stopped } from "./run/endings.ts";
import { IdleWatch } from "./run/idle-watch.ts";
import { Orders, type OrdersHost } from "./run/orders.ts";
import { ReplicatedScheduler, type ReplicatedSchedulerHost } from "./run/replicated-scheduler.ts";
import { ReplicatedWorkers } from "./run/replicated-workers.ts";
import type { Tenure } from "./run/tenure.ts";
import { StaleEvents } from "./run/stale-events.ts";
import { Status } from "./model/status.ts";
import type { GroupEvent } from "./replication/replica-group.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler/scheduler.ts";

const FIRST_SUBMISSION = eventKey(Event.submission, 0, 0);

/** The events of the group of replicas, by their numbers there. */
const GROUP_EVENTS: readonly number[] = [Event.replicaMessage, Event.replicaSynced, Event.replicaTimer];

/** More rounds than that at one instant are a livelock. */
const MOST_ROUNDS = 10_000;

export interface RunOptions {
  world: World;
  settings: SchedulerSettings;
  /** The definition that `settings.policy` names. */
  policy: PolicyDefinition;
  seeds: Pick<Seeds, "policy">;
  /** Folds that read the run entry by entry. */
  sinks?: readonly TraceSink[];
  /** Keeps the trace: 33 bytes an entry. */
  storeTrace?: boolean;
  /** Budget of events (ends, submissions, timers). */
  maxEvents?: number;
  /** Budget of virtual time, µs after the earliest release. */
  maxTime?: Time;
  /** Told the time of the last event of a run that throws. */
  onBroken?: (time: Time) => void;
  /** The safeguard to leave out: in tests alone. */
  unsafe?: UnsafeMode;
}

export interface Run {
  /** Sixteen hexadecimal digits over all entries. */
  digest: string;
  /** Entries of the trace. */
  entries: number;
  ending: Ending;
  promises: PolicyPromises;
  trace?: Trace;
}

/** Simulates one run to its end. Throws PolicyError when the policy breaks the rules. */
export function simulate(options: RunOptions): Run {
  const simulation = new SimulationCore(options);
  simulation.runUntil(Number.POSITIVE_INFINITY);
  return simulation.result();
}

/** Simulates as `simulate` does, in slices of so many rounds: after each the caller may do something else. */
export function* simulateInSlices(options: RunOptions, rounds: number): Generator<undefined, Run> {
  const simulation = new SimulationCore(options);
  try {
    while (simulation.runRounds(rounds)) yield;
  } catch (error) {
    options.onBroken?.(simulation.now);
    throw error;
  }
  return simulation.result();
}

/** The run behind `simulate` and the step-wise Simulation: rounds of events, each with a scheduling pass. */
export class SimulationCore implements OrdersHost, RunClock, ClientsHost, ClientProcessesHost, ReplicatedSchedulerHost {
  /** That of the replica which leads, or led last, where it is replicated. */
  scheduler: Scheduler;
  readonly failing: FailingWorkers | undefined;
  /** Set when the run can go no further. */
  ending: Ending | undefined;
  /** Overrides how attempts run: called for each start; attempts then end by `endAttempt`. */
  onStart: ((task: number, worker: number, attempt: number) => void) | undefined;
  readonly #options: RunOptions;
  readonly #schedulerOptions: SchedulerOptions;
  readonly #world: World;
  readonly #recorder: Recorder;
  readonly #orders: Orders;
  readonly #agenda: Agenda;
  readonly #queue: EventQueue;
  readonly #stale: StaleEvents;
  readonly #actions: Actions;
  /** Undefined where clients are where the scheduler is. */
  readonly #clients: ClientEnd | undefined;
  /** The same, where they are processes. */
  readonly #processes: ClientProcesses | undefined;
  /** Undefined where the scheduler is one process. */
  readonly #replicas: ReplicatedScheduler | undefined;
  /** Undefined where no workers are hired. */
  readonly #cloud: Cloud | undefined;
  readonly #idle: IdleWatch;
  readonly #endings: Endings;
  /** Time of the last event. */
  #now: Time = 0;
  /** Where a step-wise run has moved the clock to since. */
  #clock: Time = 0;
  /** Rounds at this instant; with a pass after each event, the events at this instant that it caused itself. */
  #rounds = 0;
  /** How far this instant has come in the order of events: the greatest key; Infinity after a round. */
  #reached = -1;
  /** The task whose attempt ended last, or −1. */
  #lastEnded = -1;
  readonly #eachEvent: boolean;
  #events = 0;
  readonly #maxEvents: number;
  #deadline: Time;
  /** Events since the last pass began: without any, a pass would see what the last one saw. */
  #changed = false;
  /** Until then the scheduler is deciding. */
  #decidingUntil = -1;

  constructor(options: RunOptions) {
    const { world, policy, seeds } = options;
    const settings = inForce(options.settings, world);
    this.#options = { ...options, settings };
    this.#world = world;
    this.#maxEvents = options.maxEvents ?? Number.POSITIVE_INFINITY;
    this.#eachEvent = settings.pass === "event";
    const sinks = [...(options.sinks ?? [])];
    this.#recorder = new Recorder(sinks, options.storeTrace ?? false, world.network?.detail === "messages", world.replicas !== undefined);
    this.#orders = new Orders(this, new Execution(world));
    this.#agenda = new Agenda(world.tasks, settings.ties === "seeded" ? seeds.policy : undefined);
    this.#queue = this.#agenda.queue;
    this.#deadline = options.maxTime === undefined ? Number.POSITIVE_INFINITY : this.#agenda.nextTime + options.maxTime;
    const { actions = [] } = world;
    for (const [index, { time }] of actions.entries()) this.#agenda.push(time, Event.action, index, 0);
    const link = world.network?.clients;
    this.#processes = world.clients && new ClientProcesses(world, this.#recorder, this);
    this.#clients = this.#processes ?? (link && new Clients(world, link, settings.notify, this.#recorder, this));
    if (this.#clients !== undefined) sinks.push(this.#clients);
    this.#schedulerOptions = {
      world,
      // Clients behind a link are told over it.
      settings: link === undefined ? settings : { ...settings, notify: false },
      policy,
      late: link !== undefined || world.replicas !== undefined,
      seed: seeds.policy,
      recorder: this.#recorder,
      orders: this.#orders,
      ...(options.unsafe && { unsafe: options.unsafe }),
    };
    this.scheduler = new Scheduler(this.#schedulerOptions);
    const { liveness } = settings;
    this.#replicas =
      world.replicas &&
      new ReplicatedScheduler(
        world,
        world.replicas,
        settings,
        this.#recorder,
        this,
        () => this.failing as ReplicatedWorkers,
        options.unsafe,
      );
    this.failing = liveness && this.#workersOf(world, liveness);
    if (this.failing !== undefined && world.cloud !== undefined)
      this.#cloud = new Cloud(world, world.cloud, this.failing, this.scheduler, this.#recorder, this);
    this.#stale = new StaleEvents(this.#agenda, this, this.failing, this.#clients);
    this.#actions = new Actions(actions, this, this.failing, (spoils) => {
      if (spoils) this.#stale.cancelled += 1;
      this.#changed = true;
    });
    this.#idle = new IdleWatch(this.#agenda, this, this.failing, this.#stale);
    this.#endings = new Endings(world, this, this.failing);
    this.#replicas?.group.start();
    this.#processes?.start();
  }

  #workersOf(world: World, liveness: LivenessSettings): FailingWorkers {
    if (this.#replicas !== undefined) return new ReplicatedWorkers(world, liveness, this.scheduler, this.#recorder, this, this.#replicas);
    const Workers = isNetworked(world) ? NetworkedWorkers : FailingWorkers;
    return new Workers(world, liveness, this.scheduler, this.#recorder, this);
  }

  get now(): Time {
    return Math.max(this.#now, this.#clock);
  }

  /** Time of the next event; Infinity where nothing is due. */
  get nextTime(): Time {
    this.#stale.dropDue();
    return this.#agenda.nextTime;
  }

  /** Runs all rounds up to and including a time, where the clock then stands; or, without end, to the end. */
  runUntil(time: Time): void {
    while (this.ending === undefined && this.nextTime <= time) this.round();
    if (time < Number.POSITIVE_INFINITY) this.#clock = Math.max(this.#clock, time);
    else if (this.ending === undefined) this.#finish();
  }

  /** Runs so many rounds, or to the end; says whether it goes on. */
  runRounds(most: number): boolean {
    for (let round = 0; round < most && this.ending === undefined; round++) this.round();
    return this.ending === undefined;
  }

  /** One round: the events of the next instant, in order, then one scheduling pass. */
  round(): void {
    this.handleEvents();
    if (this.ending === undefined) this.pass();
  }

  /** The first half of a round: the events of the next instant (with a pass after each event, one of them). May end the run. */
  handleEvents(): void {
    const now = this.nextTime;
    if (now === Number.POSITIVE_INFINITY || this.#idle.isOver(this.#orders.wakes.size, Math.min(now, this.#deadline)))
      return this.#finish();
    if (now > this.#deadline) return this.#end(this.#endings.atTime(this.#deadline));
    if (this.#events === this.#maxEvents) return this.#stopAtEvents();
    if (now !== this.#now) {
      this.#rounds = 0;
      this.#reached = -1;
    }
    this.#now = now;
    this.scheduler.now = now;
    if (this.#eachEvent) {
      this.#oneEvent(now);
    } else {
      this.#rounds += 1;
      this.#allEvents(now);
    }
    if (this.#world.tasks.count === this.scheduler.ledger.ended && this.#clients?.owes !== true) this.#finish();
    else if (this.#events === this.#maxEvents && this.nextTime === now) this.#stopAtEvents();
    else if (this.#rounds > MOST_ROUNDS && this.onStart === undefined) this.#end(this.#endings.livelock(MOST_ROUNDS, this.#lastEnded, now));
  }

  #allEvents(now: Time): void {
    const queue = this.#queue;
    const most = this.#maxEvents;
    while (queue.time === now && queue.key < FIRST_SUBMISSION && this.#events < most) this.#handleNext();
    while (this.#agenda.nextArrival() === now && this.#events < most) this.#handleArrival();
    while (queue.time === now && this.#events < most) this.#handleNext();
    this.#reached = Number.POSITIVE_INFINITY;
  }

  #oneEvent(now: Time): void {
    const isArrival = this.#agenda.nextArrival() === now && (this.#queue.time > now || this.#queue.key >= FIRST_SUBMISSION);
    if (isArrival) this.#handleArrival();
    else this.#handleNext();
  }

  #handleArrival(): void {
    const task = this.#agenda.takeArrival();
    this.#reached = Math.max(this.#reached, FIRST_SUBMISSION);
    this.#events += 1;
    this.#released(task);
  }

  #released(task: number): void {
    if (this.#clients !== undefined) this.#clients.submits(task);
    else if (this.#replicas !== undefined) this.#replicas.requests(CommandKind.submit, task, -1);
    else this.submit(task);
  }

  /** A task arrives at the scheduler. */
  submit(task: number): void {
    this.#changed = true;
    this.#cloud?.stirs();
    this.#idle.submitted();
    this.scheduler.submit(task);
    this.#actions.submitted(task);
  }

  // Where the scheduler is replicated.

  recurs(by: 1 | -1): void {
    (this.failing as FailingWorkers).recurring += by;
  }

  stirs(): void {
    this.#idle.happened();
  }

  isUp(replica: number): boolean {
    return this.#replicas?.group.node(replica).isUp === true;
  }

  receives(replica: number, request: ClientRequest): void {
    this.#replicas?.receives(replica, request);
  }

  replies(replica: number, request: ClientRequest, reply: Reply): void {
    this.#processes?.replies(replica, request, reply);
  }

  get areClientsWaiting(): boolean {
    return this.#processes?.isAwaited === true;
  }

  get asides(): number {
    return this.#processes?.asides ?? 0;
  }

  planSessions(time: Time, replica: number, term: number): void {
    this.recurs(1);
    this.plan(time, Event.sessionsDue, replica, term);
  }

  planGroup(time: Time, event: GroupEvent, subject: number, counter: number): void {
    this.recurs(1);
    this.plan(time, GROUP_EVENTS[event] as number, subject, counter);
  }

  schedulerFor(log: Tenure, recorder: Recorder): Scheduler {
    return new Scheduler({ ...this.#schedulerOptions, recorder, log });
  }

  serves(tenure: Tenure): void {
    this.scheduler = tenure.scheduler;
    (this.failing as ReplicatedWorkers).serves(tenure);
  }

  tookEffect({ kind }: Command): void {
    if (kind === CommandKind.submit) this.#idle.submitted();
    else this.#idle.happened();
  }

  replicaStruck(track: number, replica: number | "leader", effect: FaultEffect, begins: boolean): void {
    this.#replicas?.strikes(track, replica, effect, begins);
  }

  /** A client wants something of whoever leads. */
  #wants(replicas: ReplicatedScheduler, { kind, task }: TaskAction, index: number): void {
    replicas.requests(kind === "set" ? CommandKind.change : CommandKind.cancel, task, index);
  }

  #handleNext(): void {
    const key = this.#queue.key;
    if (this.#stale.isStale(key, this.#now)) return this.#stale.dropNext();
    const subject = this.#agenda.subjectOf(key);
    if (key > this.#reached) this.#reached = key;
    this.#queue.pop();
    this.#events += 1;
    const kind = kindOf(key);
    if (kind === Event.attemptEnd) {
      this.#lastEnded = subject;
      const counter = counterOf(key);
      if (this.failing === undefined) {
        this.#changed = true;
        this.scheduler.attemptEnded(this.#lastEnded, (counter & ((1 << OUTCOME_BITS) - 1)) as Reason);
      } else if (this.failing.attemptEnded(this.#lastEnded, counter >> OUTCOME_BITS)) this.#changed = true;
    } else if (kind === Event.submission) {
      this.#released(subject);
    } else if (kind === Event.action) {
      const action = this.#world.actions?.[subject];
      if (action?.kind === "transfer") this.#replicas?.transfers(action.replica);
      else if (this.#clients !== undefined && action !== undefined && isTaskAction(action)) this.#clients.asks(action, subject);
      else if (this.#replicas !== undefined) this.#wants(this.#replicas, action as TaskAction, subject);
      else this.#actions.carryOut(subject);
    } else if (kind === Event.askAgain) {
      this.#clients?.asksAgain(subject, counterOf(key));
      if (this.#processes !== undefined) return;
    } else if (kind === Event.message && subject >= this.#world.workers.count) {
      this.#clients?.arrives(subject - this.#world.workers.count, counterOf(key));
      if (this.#processes !== undefined) return;
    } else if (kind === Event.sessionsDue) {
      this.recurs(-1);
      this.#replicas?.looksAtSessions(subject, counterOf(key));
      return;
    } else if (kind === Event.decisionsTakeEffect) {
      this.#decidingUntil = -1;
      this.scheduler.allocations.carryOut();
    } else if (kind === Event.backoffEnd) {
      this.#changed = true;
      if (this.#replicas === undefined) this.scheduler.retry(subject);
      else this.#replicas.whenAwake((scheduler) => scheduler.retry(subject));
    } else if (kind === Event.graceEnd) {
      this.#changed = true;
      this.scheduler.graceOver(subject, counterOf(key));
    } else if (kind === Event.slowness) {
      if (this.scheduler.speculation?.timer(subject) !== true) return;
      this.#changed = true;
    } else if (kind === Event.wake) {
      this.#orders.wakes.delete(this.#now);
      this.#changed = true;
      this.#idle.woken();
      return;
    } else if (kind === Event.replicaMessage || kind >= Event.replicaSynced) {
      this.recurs(-1);
      this.#replicas?.group.handle(GROUP_EVENTS.indexOf(kind) as GroupEvent, subject, counterOf(key));
      return;
    } else if (kind >= Event.autoscale) {
      this.#idle.aboutCloud();
      if (this.#cloud?.handle(kind, subject, counterOf(key)) === true) this.#changed = true;
      return;
    } else {
      this.#idle.aboutWorkers(kind);
      if (this.failing?.handle(kind, subject, counterOf(key)) !== true) return;
      this.#changed = true;
      this.#cloud?.stirs();
      return;
    }
    this.#cloud?.stirs();
    this.#idle.happened();
  }

  /** The second half: one scheduling pass, if there is anything to decide upon and it is time for one. */
  pass(): void {
    this.#passIfDue();
    this.#replicas?.group.flushAll();
    this.#cloud?.passed();
    this.failing?.cluster.endRound();
  }

  #passIfDue(): void {
    if (!this.#changed || this.#decidingUntil >= 0 || this.#replicas?.isAwake === false) return;
    const now = this.#now;
    const { pass } = this.#options.settings;
    if (typeof pass === "object" && now % pass.every !== 0) {
      this.#orders.wakeAt((Math.floor(now / pass.every) + 1) * pass.every);
      return;
    }
    this.#changed = false;
    const took = this.scheduler.pass(now);
    if (this.scheduler.tooManyToRank) this.#end(this.#endings.tooManyToRank(now));
    if (took > 0) {
      this.#decidingUntil = now + took;
      this.plan(this.#decidingUntil, Event.decisionsTakeEffect, 0, 0);
    }
    if (typeof pass === "object") this.#keepCycling(Math.max(now + took, now + 1), pass.every);
  }

  /** Has the next cycle from a time on come, though nothing may happen till then, where it may start what this one did not. */
  #keepCycling(from: Time, every: Duration): void {
    const others = (this.failing?.planned ?? 0) + (this.failing?.recurring ?? 0); // they may go on for ever, and are followed by passes of their own
    const due = this.#queue.size - others - this.#stale.cancelled - this.#orders.wakes.size + this.#agenda.arrivalsLeft;
    if (this.scheduler.mayChangeItsMind && (due > 0 || this.#mayStillStart)) this.#orders.wakeAt(Math.ceil(from / every) * every);
  }

  /** Whether a later cycle may start something, where what blocks it waits for a worker that has failed: for so many cycles. */
  get #mayStillStart(): boolean {
    return this.failing !== undefined && this.#idle.mayWake && this.scheduler.leftovers.anyFits();
  }

  // What is planned.

  isBeatOver(worker: number): boolean {
    return this.#reached > this.#agenda.keyOf(this.#now, Event.heard, worker, 1);
  }

  learnt(): void {
    this.#changed = true;
  }

  isOver(kind: number, worker: number): boolean {
    return this.#clock > this.#now || this.#reached > this.#agenda.keyOf(this.#now, kind, worker, COUNTER_LIMIT - 1);
  }

  planEvent(time: Time, kind: number, subject: number, counter: number): void {
    this.plan(time, kind, subject, kind === Event.attemptEnd ? counter << OUTCOME_BITS : counter);
  }

  plan(time: Time, kind: number, subject: number, counter: number): void {
    if (time < this.#now) throw new Error(`an event of kind ${kind} is planned for ${time}, at ${this.#now}`); // time never goes back
    if (this.#eachEvent && time === this.#now) this.#rounds += 1;
    if (time > Number.MAX_SAFE_INTEGER) this.#end(endOfClock(this.#now));
    this.#agenda.push(time, kind, subject, counter);
  }

  started(): void {
    this.#idle.started();
  }

  straggles(task: number, worker: number, attempt: number): void {
    this.#recorder.entry(this.#now, EntryKind.straggled, task, worker, attempt, Reason.none);
  }

  // What clients ask for.

  clientsLinkChanges(effect: LinkDisturbance, begins: boolean): void {
    this.#clients?.changes(effect, begins);
  }

  mayLinkChange(): boolean {
    return this.failing?.mayClientsLinkChange() === true;
  }

  statusOf(task: number): Status {
    return this.scheduler.ledger.status(task);
  }

  carryOut(action: number): void {
    this.#actions.carryOut(action);
  }

  withdraw(task: number, requeue: boolean): void {
    if (requeue) this.#actions.sendBack(task);
    else this.#actions.withdraw(task);
  }

  // How it ends.

  get ended(): number {
    return this.scheduler.ledger.ended;
  }

  neverEnds(task: number, isOne: boolean): void {
    this.#end(this.#endings.neverEnds(task, isOne, this.#now));
  }

  #finish(): void {
    this.#end(this.#endings.finished(this.failing?.endsAt ?? this.#now, this.#idle));
  }

  #stopAtEvents(): void {
    this.#end(this.#endings.atEvents(this.#maxEvents, this.#now));
  }

  #end(ending: Ending): void {
    if (this.ending === undefined) this.#replicas?.tellsTraffic();
    this.ending = ending;
  }

  /** What the run gave. */
  result(): Run {
    const ending = this.ending ?? stopped("stopped", "stopped by the caller", this.#now);
    const { promises } = this.scheduler;
    const { entries, messages, log } = this.#recorder;
    return {
      digest: this.#recorder.digest.toString(),
      entries: this.#recorder.digest.entries,
      ending,
      promises,
      ...(entries && {
        trace: {
          world: this.#world,
          settings: this.#options.settings,
          promises,
          entries,
          ...(messages && { messages }),
          ...(log && { log }),
          ending,
        },
      }),
    };
  }

  // What the step-wise front doors add.

  /** Tasks were added to the world: they arrive at their release dates. */
  grow(from: number): void {
    this.scheduler.grow();
    this.#agenda.queueArrivals(from);
    this.#rounds = 0; // what the client causes is not the run's doing
    const { maxTime } = this.#options;
    if (maxTime !== undefined && this.#deadline === Number.POSITIVE_INFINITY) this.#deadline = this.nextTime + maxTime;
    this.#goOn();
  }

  /** Moves the clock to a time before which nothing is due. */
  advance(time: Time): void {
    this.#clock = Math.max(this.#clock, time);
  }

  /** Has the running attempt of a task that `onStart` took over end at a time, now or later; the first end planned holds. */
  endAttempt(task: number, time: Time, reason: Reason): void {
    this.plan(time, Event.attemptEnd, task, (this.scheduler.ledger.attempts(task) << OUTCOME_BITS) | reason);
  }

  /** Withdraws a task that has not ended, now; one that is not submitted yet at its release date, right after its submission. */
  cancel(task: number): void {
    if (this.#clients !== undefined) return this.#ask(task, false);
    if (this.scheduler.ledger.status(task) !== Status.unsubmitted) this.scheduler.now = this.now;
    if (!this.#actions.withdraw(task)) return;
    this.#orders.wakeAt(this.now);
    this.#goOn();
  }

  /** Has the running attempt of a task given up, now, and the task go back to the queue; false where it does not run. */
  sendBack(task: number): boolean {
    if (this.#clients !== undefined) {
      this.#ask(task, true);
      return true;
    }
    this.scheduler.now = this.now;
    if (!this.#actions.sendBack(task)) return false;
    this.#orders.wakeAt(this.now);
    return true;
  }

  /** A client asks that now over its link. */
  #ask(task: number, requeue: boolean): void {
    this.#clients?.cancels(task, requeue);
    this.#goOn();
  }

  /** Whether a task was cancelled before its release date, which is still to come. */
  isWithdrawn(task: number): boolean {
    return this.#actions.isWithdrawn(task);
  }

  /** Something is due again after a run that had nothing left to do. */
  #goOn(): void {
    if (this.ending === undefined || !isResumable(this.ending)) return;
    this.ending = undefined;
    if (this.failing !== undefined) this.failing.endsAt = undefined;
  }
}

/**
 * The settings that a run comes down to: workers to which nothing can happen, and which tell nothing meanwhile, are not watched, for nobody
 * could tell; but where attempts may be suspended, have copies or save their work, their truth is kept apart as where workers can fail.
 */
function inForce(settings: SchedulerSettings, world: World): SchedulerSettings {
  if (settings.preemption !== undefined || settings.speculation !== undefined || takesTurns(world))
    return { liveness: DEFAULT_LIVENESS, ...settings };
  const { liveness, ...unwatched } = settings;
  return isUndisturbed(world) && liveness?.progress === undefined ? unwatched : settings;
}
