// When attempts must end, by the drawn world and what the trace says of their workers: pauses, changes of speed, leases, clocks.
import { at } from "../model/columns.ts";
import { gaining, gainWith } from "../model/elastic.ts";
import { CPU, MEMORY } from "../model/resources.ts";
import { profileOf, takesTurns } from "../model/task-profile.ts";
import { EntryKind, isTurn, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { type Duration, partOf, type Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Clocks } from "./clocks.ts";
import { drawnAttempt, fullSpeed } from "./drawn-attempt.ts";
import { failsBeside, type Ledger, takes } from "./ledger.ts";
import { SavedWork } from "./saved-work.ts";

/** So long an attempt ran at one speed; `left` is the work that was still to be done when it began to. */
interface Stretch {
  from: Time;
  to: Time;
  left: bigint;
  speed: bigint;
}

interface Running {
  key: string;
  task: number;
  attempt: number;
  worker: number;
  /** Whether the worker has read its start: one that is frozen reads it later. */
  begun: boolean;
  /** Work still to be done, in thousandths of a µs at speed 1, and since when it runs at this speed. */
  left: bigint;
  since: Time;
  speed: bigint;
  fullSpeed: bigint;
  /** What it holds, by elastic dimension, where that is not what it requests; and how many times as fast that makes it. */
  held: Map<number, number>;
  gain: number;
  /** All that it is to do before it ends by itself, likewise; and all the work of its task there, µs at speed 1. */
  target: bigint;
  work: Duration;
  /** How it ran before; whether it is there no more. */
  stretches: Stretch[];
  isOver: boolean;
  /** How long it still works as of `since`, by what the drawn world says of its length, while its worker was not disturbed since its beginning; else undefined. */
  drawn: Duration | undefined;
  /** Its time limit, as its worker's clock shows it. */
  deadline: Time;
  outcome: Reason;
  isFrozen: boolean;
  /** Since when it is suspended. */
  suspended: Time | undefined;
  /** What it does, and for how long it had done that as of `since`; working: since its last checkpoint. */
  phase: AttemptPhase;
  spent: Duration;
  /** For how long it had worked since its last checkpoint when it asked last; and how often it has asked. */
  workedBefore: Duration;
  asked: number;
}

/** An attempt waits for its environment, reads the checkpoint from which it goes on, works, writes one, or waits for what it has asked for. */
export type AttemptPhase = "preparing" | "recovering" | "working" | "saving" | "asking";

export interface ExpectedEnd {
  time: Time;
  reason: Reason;
}

/**
 * Follows the attempts that count; what was given up is nobody's concern here. Where a network lies between, it follows each attempt on its
 * worker.
 */
export class ExpectedEnds {
  readonly #trace: Trace;
  readonly #networked: boolean;
  /** By task and attempt. */
  readonly #running = new Map<string, Running>();
  /** By task and attempt, those too that are there no more; where workers tell how far they are. */
  readonly #told: Map<string, Running> | undefined;
  /** Of each attempt that may begin later, or straggle, which execution it is. */
  readonly #executions = new Map<string, number>();
  readonly #frozen = new Set<number>();
  readonly #rates = new Map<number, number>();
  readonly #clocks = new Clocks();
  /** Workers that went down and have not registered since: what is started there never is. */
  readonly #down = new Set<number>();
  /** The part of its work after which a task takes its worker down. */
  readonly #deadly: ReadonlyMap<number, number>;
  /** Checkpoints; undefined where no task writes any. */
  readonly #saved: SavedWork | undefined;
  /** Attempts that were given up and go on, by task and attempt; only where attempts do anything but work. */
  readonly #takesTurns: boolean;
  readonly #strays = new Map<string, Running>();
  /** Attempts that go on though their leases are over for the scheduler. */
  readonly #outlived = new Set<string>();
  /** Workers where such a task may go on that was given up. */
  readonly #haunted = new Set<number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#deadly = new Map(trace.world.faults?.killers?.map(({ task, after }) => [task, after]));
    this.#networked = isNetworked(trace.world);
    this.#saved = trace.world.tasks.profiles.some(({ checkpoint }) => checkpoint) ? new SavedWork(trace.world) : undefined;
    this.#takesTurns = takesTurns(trace.world);
    this.#told = trace.settings.liveness?.progress === undefined ? undefined : new Map();
  }

  /** Takes an entry into account, which the ledger has. */
  follow(entry: TraceEntry, ledger: Ledger): void {
    const { kind, task, attempt } = entry;
    const key = `${task}#${attempt}`;
    if (takes(entry)) this.#executions.set(key, ledger.executions(task));
    if (kind === EntryKind.began) this.#start(entry, this.#executions.get(key) ?? 0);
    else if (takes(entry) && !this.#networked) this.#start(entry, ledger.executions(task));
    else if (kind === EntryKind.straggled) this.#straggle(entry);
    else this.#apply(entry);
  }

  /**
   * When an attempt had done so many thousandths of its work, by now; undefined where it has not. If that was as it was halted, it may have
   * told only when it went on (`later`, where it has); `surely`: it has told by now.
   */
  done(
    task: number,
    attempt: number,
    thousandths: number,
    now: Time,
  ): { time: Time; later: Time | undefined; surely: boolean } | undefined {
    const running = this.#told?.get(`${task}#${attempt}`);
    if (running === undefined) return undefined;
    const { stretches, target, work, left, since, speed } = running;
    const all = isUnderWay(running) ? [...stretches, { from: since, to: now, left, speed }] : stretches;
    const due = BigInt(partOf(work, thousandths / 1000)) * 1000n;
    for (const [i, stretch] of all.entries()) {
      const missing = due - (target - stretch.left);
      const time = stretch.from + (missing > 0n ? Number((missing + stretch.speed - 1n) / stretch.speed) : 0);
      if (due > target || time > stretch.to) continue;
      const next = all.slice(i + 1).find(({ from, to }, j, others) => to > from || j === others.length - 1);
      if (time < stretch.to) return { time, later: undefined, surely: true };
      return { time, later: next?.from, surely: next !== undefined && next.to > next.from };
    }
    return undefined;
  }

  /** What an attempt does at a time, and for how long it has; undefined while nothing goes on, or where it is not there. */
  phase(task: number, attempt: number, time: Time): { worker: number; phase: AttemptPhase; spent: Duration; isBegun: boolean } | undefined {
    const running = this.#onWorker(task, attempt);
    if (running === undefined || !isGoing(running)) return undefined;
    return {
      worker: running.worker,
      phase: running.phase,
      spent: running.spent + time - running.since,
      isBegun: running.stretches.length > 0 || running.since < time,
    };
  }

  /** When an attempt that works comes to the next of its task's asks, if nothing else happens to it, and which that is: the last of those that come together; undefined where it ends before, or asks no more. */
  nextAsk(task: number, attempt: number): { time: Time; number: number } | undefined {
    const running = this.#onWorker(task, attempt);
    const asks = profileOf(this.#trace.world.tasks, task)?.asks?.asks ?? [];
    if (running === undefined || !isUnderWay(running) || running.asked >= asks.length) return undefined;
    const { since, left, target, speed, work } = running;
    const timeOf = (after: number) => {
      const missing = BigInt(partOf(work, after)) * 1000n - (target - left);
      return since + (missing > 0n ? Number((missing + speed - 1n) / speed) : 0);
    };
    const time = timeOf(asks[running.asked].after);
    const end = this.#endOf(running);
    if (end !== undefined && end.reason !== Reason.timeout && end.time <= time) return undefined;
    const isDue = ({ after }: { after: number }) => BigInt(partOf(work, after)) * 1000n - (target - left) <= BigInt(time - since) * speed;
    return { time, number: asks.findLastIndex(isDue) + 1 };
  }

  /** Attempts that are surely there, given up or not. */
  *attempts(): Generator<{ task: number; attempt: number; worker: number }> {
    yield* this.#running.values();
    yield* this.#strays.values();
  }

  /** Whether there is a checkpoint with which an attempt that begins need not begin anew. */
  canRecover(task: number, attempt: number): boolean {
    const running = this.#onWorker(task, attempt);
    return running !== undefined && (this.#saved?.readable(task, running.worker, running.work) ?? 0n) > 0n;
  }

  #onWorker(task: number, attempt: number): Running | undefined {
    const running = this.#running.get(this.#keyOf(task, attempt));
    return running?.attempt === attempt ? running : this.#strays.get(`${task}#${attempt}`);
  }

  /** Whether a task that is not given up takes the worker down at a time; undefined where one may that was. */
  goesDown(worker: number, time: Time): boolean | undefined {
    for (const running of this.#on(worker)) {
      const end = this.#endOf(running);
      if (end?.time === time && end.reason === Reason.killer) return true;
    }
    return this.#haunted.has(worker) ? undefined : false;
  }

  #keyOf(task: number, attempt: number): string {
    return `${task}#${attempt}`;
  }

  /** When an attempt of a task ends, and how, if nothing else happens to its worker; undefined while that is frozen. */
  of(task: number, attempt: number): ExpectedEnd | undefined {
    return this.#endOf(this.#running.get(this.#keyOf(task, attempt)));
  }

  /** An attempt, which begins now, straggles. */
  #straggle(entry: TraceEntry): void {
    const { task, attempt } = entry;
    const isFollowed = this.#running.get(this.#keyOf(task, attempt))?.attempt === attempt;
    if (isFollowed) this.#start(entry, this.#executions.get(`${task}#${attempt}`) ?? 0, true);
  }

  /** A task starts, or where a network lies between begins: its execution of that number. */
  #start({ task, worker, attempt, time }: TraceEntry, execution: number, straggles = false): void {
    const { world } = this.#trace;
    const table = at(world.tasks.timeTable, task);
    const drawn = drawnAttempt(world, task, worker, execution, straggles);
    const speed = BigInt(fullSpeed(world, task, worker, straggles));
    const work = table >= 0 ? world.tasks.timeTables[table][worker] : at(world.tasks.work, task);
    const whole = BigInt(work) * 1000n;
    const fails = execution <= at(world.tasks.failures, task);
    // A failing execution stops after the work that it would have done at full speed; whole µs of it.
    const done = ((BigInt(drawn.unlimited) * speed) / 1000n) * 1000n;
    const rate = this.#rates.get(worker) ?? 1000;
    const isFrozen = this.#frozen.has(worker);
    const target = fails && done < whole ? done : whole;
    const after = this.#deadly.get(task);
    const deadly = after === undefined ? undefined : BigInt(partOf(work, after)) * 1000n;
    const kills = deadly !== undefined && deadly <= target;
    const key = this.#keyOf(task, attempt);
    if (this.#down.has(worker)) {
      this.#running.delete(key);
      return;
    }
    const running: Running = {
      key,
      task,
      attempt,
      worker,
      phase: "working",
      spent: 0,
      workedBefore: 0,
      asked: 0,
      begun: !isFrozen,
      left: kills ? deadly : target,
      target: kills ? deadly : target,
      work,
      stretches: [],
      isOver: false,
      since: time,
      speed: slowed(speed, rate),
      fullSpeed: speed,
      held: new Map(),
      gain: 1,
      drawn: rate === 1000 && !kills ? drawn.unlimited : undefined,
      deadline: this.#limitFrom(time, task, worker),
      outcome: kills ? Reason.killer : fails ? Reason.execution : Reason.none,
      isFrozen,
      suspended: undefined,
    };
    this.#running.set(key, running);
    this.#told?.set(`${task}#${attempt}`, running);
  }

  /** An attempt is there no more. */
  #drop(key: string, time: Time): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    if (isGoing(running)) advance(running, time);
    running.isOver = true;
  }

  /** An attempt that was given up goes on where its worker is not told, or does not hear of it, or its lease lasts longer there. */
  #stray({ task, attempt, worker, reason }: TraceEntry): void {
    const running = this.#running.get(this.#keyOf(task, attempt));
    if (!this.#takesTurns || running?.attempt !== attempt || this.#down.has(worker)) return;
    const key = `${task}#${attempt}`;
    if (this.#outlived.delete(key) || reason === Reason.suspicion || this.#frozen.has(worker)) this.#strays.set(key, { ...running });
  }

  /** An attempt does something else from now on. */
  #turn(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time } = entry;
    const running = this.#onWorker(task, attempt);
    if (running === undefined) return;
    if (isGoing(running)) advance(running, time, false);
    const { spent } = running;
    running.spent = kind === EntryKind.granted ? running.workedBefore : 0;
    if (kind === EntryKind.asking) {
      running.workedBefore = spent;
      running.asked = entry.amount ?? running.asked;
      running.phase = "asking";
    } else if (kind === EntryKind.recovering) {
      const done = this.#saved?.readable(task, worker, running.work) ?? 0n;
      running.drawn = undefined;
      running.left = done < running.target ? running.target - done : 0n;
      running.phase = "recovering";
    } else if (kind === EntryKind.saving || kind === EntryKind.preparing) {
      running.phase = kind === EntryKind.saving ? "saving" : "preparing";
    } else {
      if (kind === EntryKind.saved) this.#saved?.save(task, worker, inWhole(running.target - running.left), running.work);
      running.phase = "working";
    }
  }

  #limitFrom(time: Time, task: number, worker: number): Time {
    return this.#clocks.reading(worker, time) + at(this.#trace.world.tasks.timeout, task);
  }

  /** Takes an entry into account, but for starts. */
  #apply(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time } = entry;
    this.#clocks.apply(entry);
    if (kind === EntryKind.paused) {
      this.#frozen.add(worker);
      for (const running of this.#thereOn(worker)) {
        if (isGoing(running)) advance(running, time);
        running.isFrozen = true;
      }
    } else if (kind === EntryKind.resumed) {
      this.#frozen.delete(worker);
      for (const running of this.#thereOn(worker)) this.#resume(running, time);
    } else if (kind === EntryKind.slowed) {
      this.#rates.set(worker, attempt);
      for (const running of this.#thereOn(worker)) {
        if (isGoing(running)) advance(running, time);
        running.drawn = undefined;
        running.speed = this.#speedOf(running);
      }
    } else if (kind === EntryKind.cpuShared || kind === EntryKind.memoryShared) {
      this.#holds(entry);
    } else if (kind === EntryKind.crashed) {
      this.#down.add(worker);
      this.#haunted.delete(worker);
      for (const running of this.#on(worker)) this.#drop(running.key, time);
      for (const [key, stray] of this.#strays) if (stray.worker === worker) this.#strays.delete(key);
    } else if (kind === EntryKind.outlived) {
      this.#outlived.add(`${task}#${attempt}`);
    } else if (isTurn(kind)) {
      this.#turn(entry);
    } else if (kind === EntryKind.diskLost || kind === EntryKind.launched) {
      this.#saved?.loseDisk(worker);
    } else if (kind === EntryKind.registered) {
      this.#down.delete(worker);
    } else if (kind === (this.#networked ? EntryKind.halted : EntryKind.suspended)) {
      suspend(this.#running.get(this.#keyOf(task, attempt)), time);
    } else if (kind === (this.#networked ? EntryKind.proceeded : EntryKind.continued)) {
      this.#proceed(this.#running.get(this.#keyOf(task, attempt)), time);
    } else if (this.#networked) {
      if (kind === EntryKind.ended || kind === EntryKind.stopped) this.#drop(this.#keyOf(task, attempt), time);
    } else if (kind === EntryKind.stopped || kind === EntryKind.refused) {
      this.#strays.delete(`${task}#${attempt}`);
    } else if (
      kind !== EntryKind.preempted &&
      kind !== EntryKind.submitted &&
      kind !== EntryKind.changed &&
      kind !== EntryKind.answered &&
      kind !== EntryKind.progressed &&
      kind !== EntryKind.gathered &&
      kind !== EntryKind.asked &&
      kind !== EntryKind.allowed &&
      kind !== EntryKind.deadlocked &&
      kind !== EntryKind.recalled &&
      kind !== EntryKind.reached
    ) {
      const isDropped = kind === EntryKind.dropped && !failsBeside(entry);
      const givenUp = kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.cancelled || isDropped;
      if (givenUp && worker >= 0 && this.#deadly.has(task) && !this.#down.has(worker)) this.#haunted.add(worker);
      if (givenUp && worker >= 0) this.#stray(entry);
      else if (kind === EntryKind.accepted) this.#strays.delete(`${task}#${attempt}`);
      if (task >= 0) this.#drop(this.#keyOf(task, attempt), time);
    }
  }

  /** An attempt holds another amount from now on. */
  #holds({ kind, task, attempt, time, amount = 0 }: TraceEntry): void {
    const running = this.#onWorker(task, attempt);
    if (running === undefined) return;
    if (isGoing(running)) advance(running, time);
    running.drawn = undefined;
    running.held.set(kind === EntryKind.cpuShared ? CPU : MEMORY, amount);
    const { tasks } = this.#trace.world;
    running.gain = gainWith(
      profileOf(tasks, task)?.elastic,
      (d) => at(tasks.request[d], task),
      (d) => running.held.get(d),
    );
    running.speed = this.#speedOf(running);
  }

  #speedOf({ fullSpeed: speed, gain, worker }: Running): bigint {
    return slowed(BigInt(gaining(Number(speed), gain)), this.#rates.get(worker) ?? 1000);
  }

  /** One whose start is read only now begins now, limit and all. */
  #resume(running: Running, time: Time): void {
    running.isFrozen = false;
    if (running.suspended !== undefined) return;
    running.since = time;
    if (!running.begun) running.deadline = this.#limitFrom(time, running.task, running.worker);
    running.begun = true;
  }

  /** Its time limit has not run meanwhile. */
  #proceed(running: Running | undefined, time: Time): void {
    if (running === undefined) return;
    const since = running.suspended ?? time;
    running.deadline += this.#clocks.reading(running.worker, time) - this.#clocks.reading(running.worker, since);
    running.suspended = undefined;
    if (!running.isFrozen) this.#resume(running, time);
  }

  *#on(worker: number): Generator<Running> {
    for (const running of this.#running.values()) if (running.worker === worker) yield running;
  }

  /** The same, with those that were given up and go on. */
  *#thereOn(worker: number): Generator<Running> {
    yield* this.#on(worker);
    for (const stray of this.#strays.values()) if (stray.worker === worker) yield stray;
  }

  /** When it ends, and how, if it does nothing else before; undefined while it makes no progress. */
  #endOf(running: Running | undefined): ExpectedEnd | undefined {
    if (running === undefined || running.isFrozen || running.suspended !== undefined) return undefined;
    const { since, left, speed, drawn, outcome, phase } = running;
    const natural = phase !== "working" ? Number.POSITIVE_INFINITY : since + (drawn ?? Number((left + speed - 1n) / speed));
    const limit = this.#clocks.when(running.worker, running.deadline);
    if (natural <= limit) return { time: natural, reason: outcome };
    return { time: Math.max(since, limit), reason: Reason.timeout };
  }
}

/** Whether it makes progress. */
function isUnderWay(running: Running): boolean {
  return running.phase === "working" && isGoing(running);
}

/** Whether it does anything, and is there. */
function isGoing({ begun, isFrozen, suspended, isOver }: Running): boolean {
  return !isOver && begun && !isFrozen && suspended === undefined;
}

function suspend(running: Running | undefined, time: Time): void {
  if (running === undefined) return;
  if (isGoing(running)) advance(running, time);
  running.drawn = undefined;
  running.suspended = time;
}

/** Books what was done till then: work in whole µs where its speed changes, or nothing goes on from then on (`settles`). */
function advance(running: Running, time: Time, settles = true): void {
  const { since, left, speed, phase } = running;
  running.spent += time - since;
  running.since = time;
  if (phase === "working") {
    running.stretches.push({ from: since, to: time, left, speed });
    const rest = left - BigInt(time - since) * speed;
    running.left = rest < 0n ? 0n : rest;
    if (running.drawn !== undefined) running.drawn -= time - since;
  }
  if (!settles) return;
  running.left = running.target - inWhole(running.target - running.left);
  running.drawn = undefined;
}

/** The whole µs in thousandths of one. */
function inWhole(work: bigint): bigint {
  return (work / 1000n) * 1000n;
}

function slowed(speed: bigint, rate: number): bigint {
  if (rate === 1000) return speed;
  const product = Number(speed) * rate;
  return BigInt(Math.max(1, Math.round(product / 1000)));
}
