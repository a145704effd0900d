// One run: the event loop that wires the drawn world, the cluster and the scheduler together. Pure: same inputs, same run.
import { Execution } from "./cluster/execution.ts";
import { COUNTER_LIMIT, counterOf, EventQueue, eventKey, kindOf, subjectOf } from "./engine/event-queue.ts";
import { sortByColumn } from "./engine/radix-sort.ts";
import { TieOrder } from "./engine/tie-order.ts";
import { at, isConstant, nameAt } from "./model/columns.ts";
import { Event } from "./event-kinds.ts";
import { FailingWorkers, type RunClock } from "./failing-workers.ts";
import { NetworkedWorkers } from "./networked-workers.ts";
import { Recorder } from "./model/recorder.ts";
import type { Seeds } from "./model/scenario.ts";
import { DEFAULT_LIVENESS, type SchedulerSettings } from "./model/settings.ts";
import type { Ending, PolicyPromises, Reason, Trace, TraceSink } from "./model/trace.ts";
import { type Duration, formatSeconds, type Time } from "./model/units.ts";
import { type Action, isNetworked, isWorkerAction, MAX_RETRIES, type World } from "./model/world.ts";
import type { PolicyDefinition } from "./policies/policy.ts";
import { Status } from "./scheduler/ledger.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import type { SchedulerOrders } from "./scheduler/scheduler-orders.ts";

/** The counter of an attempt's end: its number, and in the low bits how it ends (none, execution, timeout). */
const OUTCOME_BITS = 2;

/** Ends of a run that more tasks, or fewer, may undo. */
const RESUMABLE: readonly Ending["kind"][] = ["complete", "policy-idle", "starved"];

/** The events of the scheduler's timers of workers. */
const TIMERS = { suspicion: Event.suspicion, lease: Event.schedulerLease, drain: Event.drainLimit } as const;

const FIRST_SUBMISSION = eventKey(Event.submission, 0, 0);

/** More rounds than that at one instant are a livelock. */
const MOST_ROUNDS = 10_000;

/** So often a policy may have itself woken while nothing else is due. */
const MOST_IDLE_WAKES = 10_000;

/** So often heartbeats may come, and twice for each event, before the queue is looked through for what is still due. */
const MOST_RECURRED = 16;

/** So often workers may fail and come back while nothing happens to any task. */
const MOST_IDLE_WORKER_EVENTS = 10_000_000;

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
export class SimulationCore implements SchedulerOrders, RunClock {
  readonly scheduler: Scheduler;
  /** Set when the run can go no further. */
  ending: Ending | undefined;
  /** Overrides how attempts run: called for each start; attempts then end by `endAttempt`. */
  onStart: ((task: number, worker: number, attempt: number) => void) | undefined;
  readonly #options: RunOptions;
  readonly #world: World;
  readonly #recorder: Recorder;
  readonly #execution: Execution;
  /** Undefined where workers cannot fail: attempts then end as they were planned. */
  readonly #failing: FailingWorkers | undefined;
  /** Events about workers since anything happened to a task. */
  #workerEvents = 0;
  /** The same, heartbeats and their like among them, since the queue was looked through. */
  #recurred = 0;
  readonly #queue = new EventQueue();
  /** Undefined where ties go by position. */
  readonly #ties: TieOrder | undefined;
  /** Tasks by release date and position; undefined where that is their position. */
  readonly #arrivalOrder: Int32Array | undefined;
  readonly #arrivals: number;
  #arrived = 0;
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
  /** Ends in the queue of attempts that were cancelled. */
  #stale = 0;
  /** Wakes since anything else happened. */
  #idleWakes = 0;
  #deadline: Time;
  /** Events since the last pass began: without any, a pass would see what the last one saw. */
  #changed = false;
  /** Until then the scheduler is deciding. */
  #decidingUntil = -1;
  readonly #wakes = new Set<Time>();
  readonly #actions: readonly Action[];
  /** Tasks that were cancelled before their release dates. */
  readonly #withdrawn = new Set<number>();

  constructor(options: RunOptions) {
    const { world, policy, seeds } = options;
    const settings = whole(options.settings);
    this.#options = { ...options, settings };
    this.#world = world;
    this.#maxEvents = options.maxEvents ?? Number.POSITIVE_INFINITY;
    this.#eachEvent = settings.pass === "event";
    this.#recorder = new Recorder(options.sinks ?? [], options.storeTrace ?? false, world.network?.detail === "messages");
    this.#execution = new Execution(world.tasks, world.workers);
    this.#ties = settings.ties === "seeded" ? new TieOrder(seeds.policy) : undefined;
    this.#arrivals = this.#ties === undefined ? world.tasks.count : 0; // else they stand in the queue, as those that join do
    this.#arrivalOrder = arrivalOrder(world);
    if (this.#ties !== undefined) this.#queueArrivals(0);
    this.#deadline = options.maxTime === undefined ? Number.POSITIVE_INFINITY : this.nextTime + options.maxTime;
    this.#actions = world.actions ?? [];
    for (const [index, { time }] of this.#actions.entries()) this.#push(time, Event.action, index, 0);
    this.scheduler = new Scheduler({
      world,
      settings,
      policy,
      seed: seeds.policy,
      recorder: this.#recorder,
      orders: this,
    });
    const { liveness } = settings;
    const Workers = isNetworked(world) ? NetworkedWorkers : FailingWorkers;
    this.#failing = liveness && new Workers(world, liveness, this.scheduler, this.#recorder, this);
  }

  /** Withdraws a task: now, or, if it is not submitted yet, right after its submission; says whether anything came of it now. */
  #withdraw(task: number): boolean {
    const status = this.scheduler.ledger.status(task);
    if (status === Status.unsubmitted) this.#withdrawn.add(task);
    if (status === Status.unsubmitted || status >= Status.completed || this.scheduler.cancellation.isUnderWay(task)) return false;
    if (status === Status.running || status === Status.backoff) this.#stale += 1;
    this.#changed = true;
    this.scheduler.cancel(task);
    return true;
  }

  /** What a client or an operator asked for beforehand, at this time. */
  #act(index: number): void {
    const action = this.#actions[index] as Action;
    if (isWorkerAction(action)) {
      this.#failing?.act(action);
      this.#changed = true;
      return;
    }
    const { task } = action;
    const { scheduler } = this;
    const status = scheduler.ledger.status(task);
    if (action.kind === "cancel") {
      this.#withdraw(task);
    } else if (action.kind === "requeue") {
      this.#sendBack(task);
    } else if (status < Status.completed) {
      scheduler.change(task, index, action.change);
      this.#changed = true;
    }
  }

  /** Has a task that holds a worker go back to the queue, now; says whether it did. */
  #sendBack(task: number): boolean {
    const runs = this.scheduler.ledger.status(task) === Status.running;
    if (!this.scheduler.sendBack(task)) return false;
    if (runs) this.#stale += 1;
    this.#changed = true;
    return true;
  }

  get now(): Time {
    return Math.max(this.#now, this.#clock);
  }

  /** Whether events of attempts that ended otherwise may stand in the queue: where workers can fail they are not counted. */
  get #mayBeStale(): boolean {
    return this.#stale > 0 || this.#failing !== undefined;
  }

  /** Time of the next event; Infinity where nothing is due. */
  get nextTime(): Time {
    while (this.#mayBeStale && this.#queue.size > 0 && this.#isStale(this.#queue.key)) this.#dropStale();
    return Math.min(this.#queue.time, this.#nextArrival());
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
    if (now === Number.POSITIVE_INFINITY || this.#onlyWakes || this.#workerEvents > MOST_IDLE_WORKER_EVENTS || this.#isQuiet)
      return this.#finish();
    if (now > this.#deadline)
      return this.#stop("max-time", `virtual time reached the limit set by --max-time, ${formatSeconds(this.#deadline)} s`);
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
    if (this.#world.tasks.count === this.scheduler.ledger.ended) this.#finish();
    else if (this.#events === this.#maxEvents && this.nextTime === now) this.#stopAtEvents();
    else if (this.#rounds > MOST_ROUNDS && this.onStart === undefined) this.#livelock();
  }

  #allEvents(now: Time): void {
    const queue = this.#queue;
    const most = this.#maxEvents;
    while (queue.time === now && queue.key < FIRST_SUBMISSION && this.#events < most) this.#handleNext();
    while (this.#nextArrival() === now && this.#events < most) this.#handleArrival();
    while (queue.time === now && this.#events < most) this.#handleNext();
    this.#reached = Number.POSITIVE_INFINITY;
  }

  #oneEvent(now: Time): void {
    const isArrival = this.#nextArrival() === now && (this.#queue.time > now || this.#queue.key >= FIRST_SUBMISSION);
    if (isArrival) this.#handleArrival();
    else this.#handleNext();
  }

  #handleArrival(): void {
    const index = this.#arrived++;
    this.#reached = Math.max(this.#reached, FIRST_SUBMISSION);
    this.#events += 1;
    this.#submit(this.#arrivalOrder === undefined ? index : (this.#arrivalOrder[index] as number));
  }

  #submit(task: number): void {
    this.#changed = true;
    this.#idleWakes = 0;
    this.scheduler.submit(task);
    if (this.#withdrawn.size > 0 && this.#withdrawn.delete(task) && this.scheduler.ledger.status(task) < Status.completed)
      this.scheduler.cancel(task);
  }

  #handleNext(): void {
    const key = this.#queue.key;
    if (this.#isStale(key)) return this.#dropStale();
    const subject = this.#subjectOf(key);
    if (key > this.#reached) this.#reached = key;
    this.#queue.pop();
    this.#events += 1;
    const kind = kindOf(key);
    if (kind === Event.attemptEnd) {
      this.#lastEnded = subject;
      const counter = counterOf(key);
      if (this.#failing === undefined) {
        this.#changed = true;
        this.scheduler.attemptEnded(this.#lastEnded, (counter & ((1 << OUTCOME_BITS) - 1)) as Reason);
      } else if (this.#failing.attemptEnded(this.#lastEnded, counter >> OUTCOME_BITS)) this.#changed = true;
    } else if (kind === Event.submission) {
      this.#submit(subject);
    } else if (kind === Event.action) {
      this.#act(subject);
    } else if (kind === Event.decisionsTakeEffect) {
      this.#decidingUntil = -1;
      this.scheduler.allocations.carryOut();
    } else if (kind === Event.backoffEnd) {
      this.#changed = true;
      this.scheduler.retry(subject);
    } else if (kind === Event.graceEnd) {
      this.#changed = true;
      this.scheduler.graceOver(subject, counterOf(key));
    } else if (kind === Event.wake) {
      this.#wakes.delete(this.#now);
      this.#changed = true;
      this.#idleWakes += 1;
      return;
    } else {
      if (kind === Event.workerChange || this.#failing?.recurring === 0) this.#workerEvents += 1;
      this.#recurred += 1;
      if (this.#failing?.handle(kind, subject, counterOf(key)) === true) this.#changed = true;
      return;
    }
    this.#idleWakes = 0;
    this.#workerEvents = 0;
    this.#recurred = 0;
  }

  /** Whether an event is the end of an attempt, or of the wait after it, or a mark that it reaches, that was cancelled or has ended otherwise. */
  #isStale(key: number, time = this.#queue.time): boolean {
    const kind = kindOf(key);
    if (kind > Event.anchor && kind !== Event.backoffEnd) return false;
    const task = this.#subjectOf(key, time);
    if (kind === Event.anchor) return this.#failing?.cluster.reachesMark(task, counterOf(key), time) !== true;
    if (this.#failing !== undefined && kind === Event.attemptEnd)
      return !this.#failing.cluster.endsNow(task, counterOf(key) >> OUTCOME_BITS, time);
    const { ledger } = this.scheduler;
    const due = kind === Event.attemptEnd ? Status.running : Status.backoff;
    return ledger.status(task) !== due || ledger.attempts(task) !== counterOf(key) >> OUTCOME_BITS;
  }

  #dropStale(): void {
    this.#queue.pop();
    if (this.#stale > 0) this.#stale -= 1;
  }

  /** The second half: one scheduling pass, if there is anything to decide upon and it is time for one. */
  pass(): void {
    if (!this.#changed || this.#decidingUntil >= 0) return;
    const now = this.#now;
    const { pass } = this.#options.settings;
    if (typeof pass === "object" && now % pass.every !== 0) {
      this.wakeAt((Math.floor(now / pass.every) + 1) * pass.every);
      return;
    }
    this.#changed = false;
    const took = this.scheduler.pass(now);
    if (this.scheduler.tooManyToRank) {
      this.#stop(
        "rerank",
        `policy ${this.scheduler.promises.text} is dynamic, and more than 10000 tasks are queued; say how stale its order may be, as in scheduler: { rerank: 30s }`,
      );
    }
    if (took > 0) {
      this.#decidingUntil = now + took;
      this.#plan(this.#decidingUntil, Event.decisionsTakeEffect, 0, 0);
    }
    if (typeof pass === "object") this.#keepCycling(Math.max(now + took, now + 1), pass.every);
  }

  /** Has the next cycle from a time on come, though nothing may happen till then, where it may start what this one did not. */
  #keepCycling(from: Time, every: Duration): void {
    const others = (this.#failing?.planned ?? 0) + (this.#failing?.recurring ?? 0); // they may go on for ever, and are followed by passes of their own
    const due = this.#queue.size - others - this.#stale - this.#wakes.size + this.#arrivals - this.#arrived;
    if (this.scheduler.mayChangeItsMind && (due > 0 || this.#mayStillStart)) this.wakeAt(Math.ceil(from / every) * every);
  }

  /** Whether a later cycle may start something, where what blocks it waits for a worker that has failed: for so many cycles. */
  get #mayStillStart(): boolean {
    return this.#failing !== undefined && this.#idleWakes < MOST_IDLE_WAKES && this.scheduler.leftovers.anyFits();
  }

  // What the scheduler orders.

  retryAt(time: Time, task: number, attempts: number): void {
    this.#plan(time, Event.backoffEnd, task, attempts << OUTCOME_BITS);
  }

  wakeAt(time: Time): void {
    if (this.#wakes.has(time)) return;
    this.#wakes.add(time);
    this.#plan(time, Event.wake, 0, 0);
  }

  #neverEnds(task: number): void {
    const name = nameAt(this.#world.tasks.names, task);
    const why =
      this.#failing?.isKiller(task) === true
        ? "it takes each of its workers down; scheduler: { retries: { countLost: true } } has lost attempts count, and so ends it"
        : "its workers do not live long enough to end it";
    this.#stop("livelock", `task "${name}" was given up ${MAX_RETRIES} times: ${why}`);
  }

  stop(task: number, worker: number, attempt: number): boolean {
    return this.#failing?.stop(task, worker, attempt) ?? true;
  }

  startAgain(task: number, worker: number, attempt: number, execution: number): void {
    this.#failing?.startAgain(task, worker, attempt, execution);
  }

  suspend(task: number, attempt: number): void {
    this.#failing?.cluster.suspend(task, attempt);
  }

  proceed(task: number, attempt: number): void {
    this.#failing?.cluster.proceed(task, attempt);
  }

  graceAt(time: Time, task: number, attempt: number): void {
    this.#plan(time, Event.graceEnd, task, attempt);
  }

  timerAt(time: Time, timer: keyof typeof TIMERS, worker: number): void {
    if (timer === "drain" && this.#failing !== undefined) this.#failing.planned += 1;
    if (timer === "suspicion") this.#failing?.watches();
    this.#plan(time, TIMERS[timer], worker, 0);
  }

  retire(worker: number): void {
    this.#failing?.retire(worker);
  }

  isBeatOver(worker: number): boolean {
    return this.#reached > this.#keyOf(this.#now, Event.heard, worker, 1);
  }

  isOver(kind: number, worker: number): boolean {
    return this.#clock > this.#now || this.#reached > this.#keyOf(this.#now, kind, worker, COUNTER_LIMIT - 1);
  }

  planEvent(time: Time, kind: number, subject: number, counter: number): void {
    this.#plan(time, kind, subject, kind === Event.attemptEnd ? counter << OUTCOME_BITS : counter);
  }

  #plan(time: Time, kind: number, subject: number, counter: number): void {
    if (this.#eachEvent && time === this.#now) this.#rounds += 1;
    if (time > Number.MAX_SAFE_INTEGER) this.#stop("max-time", "virtual time reached the end of the clock, 2^53 µs or 285 years");
    this.#push(time, kind, subject, counter);
  }

  #push(time: Time, kind: number, subject: number, counter: number): void {
    this.#queue.push(time, this.#keyOf(time, kind, subject, counter));
  }

  #keyOf(time: Time, kind: number, subject: number, counter: number): number {
    const place = this.#ties === undefined || kind === Event.action ? subject : this.#ties.place(time, kind, subject);
    return eventKey(kind, place, counter);
  }

  /** Whom the next event is about, by its key. */
  #subjectOf(key: number, time = this.#queue.time): number {
    const place = subjectOf(key);
    const kind = kindOf(key);
    return this.#ties === undefined || kind === Event.action ? place : this.#ties.subject(time, kind, place);
  }

  #queueArrivals(from: number): void {
    const { count, release } = this.#world.tasks;
    for (let task = from; task < count; task++) this.#push(at(release, task), Event.submission, task, 0);
  }

  start(task: number, worker: number, attempt: number, execution: number): void {
    if (this.onStart !== undefined) {
      this.onStart(task, worker, attempt);
      return;
    }
    if (this.#failing !== undefined) {
      this.#workerEvents = 0;
      if (attempt > MAX_RETRIES) return this.#neverEnds(task);
      this.#failing.start(task, worker, attempt, execution);
      return;
    }
    this.#execution.plan(task, worker, execution);
    const counter = (attempt << OUTCOME_BITS) | this.#execution.reason;
    this.#plan(this.#now + this.#execution.runTime, Event.attemptEnd, task, counter);
  }

  #nextArrival(): Time {
    if (this.#arrived >= this.#arrivals) return Number.POSITIVE_INFINITY;
    return at(this.#world.tasks.release, this.#arrivalOrder === undefined ? this.#arrived : (this.#arrivalOrder[this.#arrived] as number));
  }

  // How it ends.

  #finish(): void {
    const left = this.#world.tasks.count - this.scheduler.ledger.ended;
    if (left === 0) {
      this.ending = { kind: "complete", message: "", exitCode: 0, time: this.#now };
    } else if (this.scheduler.leftovers.anyFits() && !this.#waitsForWorkers) {
      this.ending = {
        kind: "policy-idle",
        message: `policy ${this.scheduler.promises.text} left ${left} ${left === 1 ? "task" : "tasks"} unfinished: one is ready and fits an idle worker, and nothing else is due`,
        exitCode: 3,
        time: this.#now,
      };
    } else {
      this.#stop("starved", `${left} ${left === 1 ? "task is" : "tasks are"} unfinished and nothing is due${this.#departure()}`);
    }
  }

  /** Which task waits for a worker that has left, has shrunk, or does not come back; or which has taken workers down. */
  #departure(): string {
    const { felled = 0, felledBy = -1 } = this.#failing ?? {};
    if (felled > 0)
      return `: tasks have taken ${felled} of ${this.#world.workers.count} workers down for good, task "${nameAt(this.#world.tasks.names, felledBy)}" the last of them`;
    const task = this.#failing === undefined ? -1 : this.scheduler.leftovers.homeless();
    return task < 0 ? "" : `: no worker is left that could hold task "${nameAt(this.#world.tasks.names, task)}"`;
  }

  /** Whether what comes first may block all others only because workers are suspected, or have shrunk. */
  get #waitsForWorkers(): boolean {
    const { blocking, order } = this.scheduler.promises;
    if (!blocking && order !== "plan") return false;
    if (this.scheduler.room.closed > 0) return true;
    // A plan may name a worker that has shrunk, though others could hold the task.
    return (
      this.#world.workers.range !== undefined &&
      (this.scheduler.leftovers.homeless() >= 0 || (order === "plan" && this.scheduler.leftovers.anyShrunk))
    );
  }

  #stopAtEvents(): void {
    this.#stop(
      "max-events",
      `the limit of ${this.#maxEvents} ${this.#maxEvents === 1 ? "event" : "events"} set by --max-events was reached`,
    );
  }

  #stop(kind: Ending["kind"], message: string): void {
    this.ending = { kind, message, exitCode: 5, time: this.#now };
  }

  /** Whether only heartbeats and their like go on, which tell nothing new. */
  get #isQuiet(): boolean {
    if (this.#failing === undefined || this.#failing.recurring === 0 || this.#arrived < this.#arrivals) return false;
    if (this.#failing.isQuiet(this.#queue.size)) return true;
    // Ends of attempts that were given up may stand in the queue for long: they are looked for now and then.
    if (this.#recurred < 2 * this.#queue.size + MOST_RECURRED) return false;
    this.#recurred = 0;
    return this.#failing.isQuiet(this.#queue.size - this.#queue.count((time, key) => this.#isStale(key, time)));
  }

  /** Whether a policy has itself woken again and again, starts nothing, and nothing else is due. */
  get #onlyWakes(): boolean {
    const due = this.#queue.size - (this.#failing?.recurring ?? 0);
    return this.#idleWakes > MOST_IDLE_WAKES && due === this.#wakes.size && this.#arrived === this.#arrivals;
  }

  #livelock(): void {
    const task = this.#lastEnded;
    const who = task < 0 ? "" : `, where task "${nameAt(this.#world.tasks.names, task)}" ended last`;
    this.#stop(
      "livelock",
      `more than ${MOST_ROUNDS} rounds of events at ${formatSeconds(this.#now)} s under policy ${this.scheduler.promises.text}${who}: time does not move`,
    );
  }

  /** What the run gave. */
  result(): Run {
    const ending = this.ending ?? { kind: "stopped", message: "stopped by the caller", exitCode: 5, time: this.#now };
    const { promises } = this.scheduler;
    const { entries, messages } = this.#recorder;
    return {
      digest: this.#recorder.digest.toString(),
      entries: this.#recorder.digest.entries,
      ending,
      promises,
      ...(entries && {
        trace: { world: this.#world, settings: this.#options.settings, promises, entries, ...(messages && { messages }), ending },
      }),
    };
  }

  // What the step-wise front doors add.

  /** Tasks were added to the world: they arrive at their release dates. */
  grow(from: number): void {
    this.scheduler.grow();
    this.#queueArrivals(from);
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
    this.#plan(time, Event.attemptEnd, task, (this.scheduler.ledger.attempts(task) << OUTCOME_BITS) | reason);
  }

  /** Withdraws a task that has not ended, now; one that is not submitted yet at its release date, right after its submission. */
  cancel(task: number): void {
    if (this.scheduler.ledger.status(task) !== Status.unsubmitted) this.scheduler.now = this.now;
    if (!this.#withdraw(task)) return;
    this.wakeAt(this.now);
    this.#goOn();
  }

  /** Has the running attempt of a task given up, now, and the task go back to the queue; false where it does not run. */
  sendBack(task: number): boolean {
    this.scheduler.now = this.now;
    if (!this.#sendBack(task)) return false;
    this.wakeAt(this.now);
    return true;
  }

  /** Whether a task was cancelled before its release date, which is still to come. */
  isWithdrawn(task: number): boolean {
    return this.#withdrawn.has(task);
  }

  /** Something is due again after a run that had nothing left to do. */
  #goOn(): void {
    if (this.ending !== undefined && RESUMABLE.includes(this.ending.kind)) this.ending = undefined;
  }
}

/** Attempts that may be suspended need their truth kept apart, as where workers can fail. */
function whole(settings: SchedulerSettings): SchedulerSettings {
  return settings.preemption === undefined ? settings : { liveness: DEFAULT_LIVENESS, ...settings };
}

/** Tasks by release date, then position; undefined where they stand so already. */
function arrivalOrder(world: World): Int32Array | undefined {
  const { count, release } = world.tasks;
  if (isConstant(release)) return undefined;
  let sorted = true;
  for (let task = 1; task < count && sorted; task++) sorted = at(release, task - 1) <= at(release, task);
  if (sorted) return undefined;
  const order = new Int32Array(count);
  for (let task = 0; task < count; task++) order[task] = task;
  sortByColumn(order, release.data);
  return order;
}
