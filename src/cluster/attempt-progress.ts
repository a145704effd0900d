// How far attempts are, and from that when they end and reach marks, whatever slows or halts them meanwhile.
import { type DataPlan, inputCount } from "../model/data.ts";
import { attemptKey, type Mark, marksOf } from "../model/anchors.ts";
import { type AskPlan, wantsMore } from "../model/asks.ts";
import { at } from "../model/columns.ts";
import { gaining } from "../model/elastic.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { type Duration, durationAt, partOf, type Time, workIn } from "../model/units.ts";
import type { TaskTable, World } from "../model/world.ts";
import { type Attempt, type DueMark, isSuspended, Phase, type Setup } from "./attempts.ts";
import { profileOf } from "../model/task-profile.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { ClusterHost } from "./cluster-host.ts";
import type { Environments } from "./environments.ts";
import { Execution } from "./execution.ts";
import type { WorkerClocks } from "./worker-clocks.ts";
import type { WorkerFiles } from "./worker-files.ts";

export class AttemptProgress {
  readonly #host: ClusterHost;
  readonly #clocks: WorkerClocks;
  readonly #tasks: TaskTable;
  readonly #execution: Execution;
  readonly #marks: ReadonlyMap<string, readonly Mark[]>;
  /** The part of its work after which a task takes its worker down. */
  readonly #deadly: ReadonlyMap<number, number>;
  /** Workers tell of each such part of an attempt's work, in thousandths; undefined: of none. */
  readonly #part: number | undefined;
  /** Undefined where no task saves its work. */
  readonly #checkpoints: Checkpoints | undefined;
  /** Undefined where no attempt has anything to wait for before it works. */
  readonly #environments: Environments | undefined;
  /** Undefined where there are no files. */
  readonly #files: WorkerFiles | undefined;
  readonly #data: DataPlan | undefined;
  /** Told of workers where what attempts hold may be other than before. */
  readonly #changes: (worker: number) => void;

  constructor(
    world: World,
    host: ClusterHost,
    clocks: WorkerClocks,
    part: number | undefined,
    checkpoints: Checkpoints | undefined,
    environments: Environments | undefined,
    files: WorkerFiles | undefined,
    changes: (worker: number) => void,
  ) {
    this.#host = host;
    this.#changes = changes;
    this.#part = part;
    this.#checkpoints = checkpoints;
    this.#environments = environments;
    this.#files = files;
    this.#data = world.data;
    this.#clocks = clocks;
    this.#tasks = world.tasks;
    this.#execution = new Execution(world);
    this.#marks = marksOf(world.faults);
    this.#deadly = new Map(world.faults?.killers?.map(({ task, after }) => [task, after]));
  }

  /** An attempt begins, on a worker of that rate. */
  begin(attempt: Attempt, rate: number): void {
    const { task, worker } = attempt;
    const { now } = this.#host;
    const execution = this.#execution;
    execution.plan(task, worker, attempt.execution, attempt.copy);
    const { whole, speed, target, outcome } = execution.work(task, worker, attempt.execution, attempt.copy);
    const after = this.#deadly.get(task);
    const deadly = after === undefined ? Number.POSITIVE_INFINITY : partOf(whole, after);
    const kills = deadly <= target;
    attempt.begun = true;
    this.#changes(worker);
    attempt.since = now;
    attempt.fullSpeed = speed;
    attempt.speed = slowed(speed, rate);
    attempt.target = kills ? deadly : target;
    attempt.outcome = kills ? Reason.killer : outcome;
    attempt.deadline = this.#clocks.reading(worker, now) + at(this.#tasks.timeout, task);
    if (this.#marks.size > 0) attempt.marks = this.#marksOn(attempt);
    if (rate === 1000 && !kills) attempt.own = execution.ownTime;
    attempt.halted = false;
    if (execution.straggles) this.#host.record(EntryKind.straggled, task, worker, attempt.attempt, Reason.none);
    const hasStages = this.#environments?.planOf(task) !== undefined;
    if (hasStages || (this.#data !== undefined && inputCount(this.#data, task) > 0)) attempt.setup = setupOf(hasStages);
    if (!this.#prepares(attempt)) this.#recover(attempt);
    this.#plan(attempt);
  }

  /** Turns to what is still to be done for an attempt before it works, if anything is. */
  #prepares(attempt: Attempt): boolean {
    const { setup } = attempt;
    if (setup === undefined) return false;
    const stage = setup.hasStages ? this.#environments?.next(attempt, setup, this.#host.now) : undefined;
    if (stage === undefined) setup.hasStages = false;
    if (stage === undefined && !this.#gathers(attempt)) return false;
    attempt.left = setup.left;
    attempt.phase = Phase.preparing;
    this.#host.record(EntryKind.preparing, attempt.task, attempt.worker, attempt.attempt, stage ?? Reason.transfer);
    return true;
  }

  /** Asks for the files that an attempt reads, when all else is prepared; says whether it has to wait for any. */
  #gathers(attempt: Attempt): boolean {
    if (attempt.setup !== undefined) attempt.setup.left = Number.POSITIVE_INFINITY;
    if (this.#data === undefined || inputCount(this.#data, attempt.task) === 0) return false;
    const waits = !attempt.reading && this.#files?.reads(attempt) === true;
    if (!waits && this.#data.outputPlace === "local") this.#host.gathers(attempt.task, attempt.worker, attempt.attempt);
    return waits;
  }

  /** All of them are there. */
  gathered(attempt: Attempt): void {
    if (attempt.phase !== Phase.preparing) return; // as soon as it asked
    attempt.phaseEnd = this.#host.now;
    this.passPhase(attempt);
  }

  /** What earlier attempts have saved it need not do again, when it has read that. */
  #recover(attempt: Attempt): void {
    const { task, worker } = attempt;
    const saved = this.#checkpoints?.read(task, worker, this.#execution.whole(task, worker)) ?? 0;
    if (saved === 0) return;
    attempt.own = Number.NaN;
    attempt.saved = saved;
    attempt.done = saved;
    attempt.base = saved;
    attempt.phase = Phase.recovering;
    attempt.left = this.#checkpoints?.planOf(task)?.restore ?? 0;
    this.#host.record(EntryKind.recovering, task, worker, attempt.attempt, Reason.none);
  }

  /** Its worker is frozen from now on. */
  halt(attempt: Attempt): void {
    if (!isSuspended(attempt)) this.#rebase(attempt);
    halt(attempt);
  }

  /** It runs again, on a worker that was frozen. */
  goOn(attempt: Attempt): void {
    attempt.since = this.#host.now;
    attempt.halted = false;
    this.#plan(attempt);
  }

  /** It waits from now on; on a worker that is frozen it has not run since that is. */
  suspend(attempt: Attempt, isFrozen: boolean): void {
    if (attempt.begun && !isFrozen) this.#rebase(attempt);
    attempt.suspended = this.#host.now;
    this.#changes(attempt.worker);
    halt(attempt);
  }

  /** It waits no longer; its time limit has not run meanwhile. */
  endSuspension(attempt: Attempt): void {
    const { worker, suspended } = attempt;
    attempt.deadline += this.#clocks.reading(worker, this.#host.now) - this.#clocks.reading(worker, suspended);
    attempt.suspended = Number.POSITIVE_INFINITY;
    this.#changes(worker);
  }

  /** Its worker has another rate from now on. */
  changeRate(attempt: Attempt, rate: number, isFrozen: boolean): void {
    if (!attempt.begun) return;
    const runs = !isFrozen && !isSuspended(attempt);
    if (runs) this.#rebase(attempt);
    attempt.speed = slowed(gaining(attempt.fullSpeed, attempt.gain), rate);
    if (runs) this.#plan(attempt);
  }

  /** What it holds makes it so many times as fast from now on, on a worker of that rate which is awake. */
  changeGain(attempt: Attempt, gain: number, rate: number): void {
    if (!attempt.halted) this.#rebase(attempt);
    attempt.gain = gain;
    attempt.speed = slowed(gaining(attempt.fullSpeed, gain), rate);
    if (!attempt.halted) this.#plan(attempt);
  }

  /** Its worker's clock has another rate from now on: its limit comes at another time, its own end does not. */
  changeClock(attempt: Attempt): void {
    const { task, end } = attempt;
    if (attempt.halted) return;
    this.#limit(attempt);
    if (attempt.end === end) return;
    if (attempt.end < Number.POSITIVE_INFINITY) this.#host.endAt(attempt.end, task, attempt.attempt);
    const { nextPart, phaseEnd, marks = [] } = attempt;
    for (const time of [...marks.map((due) => due.time), nextPart, phaseEnd])
      if (time >= end && time < attempt.end) this.#host.markAt(time, task, attempt.attempt);
  }

  /** Books what was done till now: work in whole µs, of all the time since the last change of speed, so that saving it takes nothing of it. */
  #advance(attempt: Attempt): void {
    const { now } = this.#host;
    const elapsed = now - attempt.since;
    if (attempt.phase === Phase.working) {
      attempt.worked += elapsed;
      attempt.untilSave -= elapsed;
      attempt.done = Math.max(attempt.done, Math.min(attempt.target, attempt.base + workIn(attempt.worked, attempt.speed)));
    } else attempt.left -= elapsed;
    attempt.since = now;
  }

  /** The same, as its speed changes, or nothing goes on. */
  #rebase(attempt: Attempt): void {
    this.#advance(attempt);
    attempt.base = attempt.done;
    attempt.worked = 0;
    attempt.own = Number.NaN;
  }

  #plan(attempt: Attempt): void {
    const { phase, since, target, untilSave, own, worked } = attempt;
    const isWorking = phase === Phase.working;
    if (phase === Phase.preparing) return this.#planSetup(attempt);
    if (phase === Phase.asking) attempt.left = attempt.allowed === attempt.asked ? 0 : Number.POSITIVE_INFINITY;
    const workLeft = Number.isNaN(own) ? timeTo(attempt, target) : own - worked;
    const end = isWorking ? since + workLeft : Number.POSITIVE_INFINITY;
    const over = since + (isWorking ? Math.min(untilSave, this.#untilAsk(attempt)) : attempt.left);
    attempt.phaseEnd = over < end ? over : Number.POSITIVE_INFINITY; // the last of its work is not saved
    this.#endBy(attempt, over < end ? Number.POSITIVE_INFINITY : end);
  }

  /** It begins to work when all is done, unless that fails. */
  #planSetup(attempt: Attempt): void {
    const { since, left, setup } = attempt;
    const over = attempt.reading
      ? whenGathered(attempt)
      : setup?.waitsFor === undefined
        ? since + left
        : Math.max(since, setup.waitsFor.ready);
    const fails = setup !== undefined && setup.failing !== Reason.none;
    attempt.phaseEnd = fails ? Number.POSITIVE_INFINITY : over;
    this.#endBy(attempt, fails ? over : Number.POSITIVE_INFINITY);
  }

  /** By itself it ends at that time; at its time limit, if its worker's clock comes to that before. */
  #endBy(attempt: Attempt, natural: Time): void {
    attempt.natural = natural;
    this.#limit(attempt);
    this.#endAt(attempt, attempt.end);
  }

  #limit(attempt: Attempt): void {
    const { worker, natural, deadline, outcome, phase, setup } = attempt;
    const limit = this.#clocks.when(worker, deadline);
    const own = phase === Phase.preparing && setup !== undefined ? setup.failing : outcome;
    attempt.reason = natural > limit ? Reason.timeout : own;
    attempt.end = Math.max(this.#host.now, Math.min(natural, limit));
  }

  #endAt(attempt: Attempt, time: Time): void {
    if (time < Number.POSITIVE_INFINITY) this.#host.endAt(time, attempt.task, attempt.attempt);
    if (attempt.phaseEnd < time) this.#host.markAt(attempt.phaseEnd, attempt.task, attempt.attempt);
    for (const due of attempt.marks ?? []) {
      due.time = this.#whenDone(attempt, due.work);
      if (due.time < time) this.#host.markAt(due.time, attempt.task, attempt.attempt);
    }
    if (this.#part !== undefined) this.#planPart(attempt, this.#part);
  }

  // Parts of which workers tell: part k is done with ⌈k × part × work⌉ µs of work, where that is before the end.

  #planPart(attempt: Attempt, part: number): void {
    attempt.nextPart = this.#partAt(attempt, (attempt.parts + 1) * part);
    if (attempt.nextPart < attempt.end) this.#host.markAt(attempt.nextPart, attempt.task, attempt.attempt);
  }

  /** When an attempt has done so many thousandths, as things stand; Infinity for all of them, or more. */
  #partAt(attempt: Attempt, thousandths: number): Time {
    if (thousandths >= 1000) return Number.POSITIVE_INFINITY;
    const { task, worker } = attempt;
    return this.#whenDone(attempt, partOf(this.#execution.whole(task, worker), thousandths / 1000));
  }

  /** When it has done so much of its work, if it does so before it does anything else; else Infinity. */
  #whenDone(attempt: Attempt, work: Duration): Time {
    const { phase, since, phaseEnd } = attempt;
    const time = since + timeTo(attempt, work);
    return phase === Phase.working && time <= phaseEnd ? time : Number.POSITIVE_INFINITY;
  }

  /** Whether an attempt comes to the next part at a time. */
  reachesPart({ halted, nextPart }: Attempt, time: Time): boolean {
    return nextPart === time && !halted;
  }

  /** The thousandths that an attempt has done now, once: of several parts that it comes to at once, all together. Undefined where it comes to none. */
  passParts(attempt: Attempt): number | undefined {
    const { now } = this.#host;
    const part = this.#part;
    if (part === undefined || !this.reachesPart(attempt, now)) return undefined;
    do attempt.parts += 1;
    while (this.#partAt(attempt, (attempt.parts + 1) * part) === now);
    this.#planPart(attempt, part);
    return attempt.parts * part;
  }

  // Checkpoints: what it does by turns.

  /** Whether what an attempt does is over at a time, and something else follows. */
  changesPhase({ halted, phaseEnd }: Attempt, time: Time): boolean {
    return phaseEnd === time && !halted;
  }

  /** The same, now and once; says whether it is to stop now that its work is saved. */
  passPhase(attempt: Attempt): boolean {
    while (this.changesPhase(attempt, this.#host.now)) {
      this.#advance(attempt);
      if (attempt.phase === Phase.working && attempt.untilSave > 0) this.#ask(attempt);
      else if (attempt.phase === Phase.working) this.#save(attempt);
      else if (attempt.phase === Phase.asking) this.#turnTo(Phase.working, attempt, EntryKind.granted);
      else if (attempt.phase === Phase.recovering) this.#turnTo(Phase.working, attempt, EntryKind.recovered);
      else if (attempt.phase === Phase.preparing) this.#goesOnPreparing(attempt);
      else this.#endSaving(attempt);
      if (attempt.leaves) return true;
      this.#plan(attempt);
    }
    return false;
  }

  #goesOnPreparing(attempt: Attempt): void {
    if (this.#prepares(attempt)) return;
    this.#turnTo(Phase.working, attempt, EntryKind.prepared);
    this.#recover(attempt);
  }

  #turnTo(phase: Phase, attempt: Attempt, kind: EntryKind, amount?: number): void {
    attempt.phase = phase;
    this.#host.record(kind, attempt.task, attempt.worker, attempt.attempt, Reason.none, amount);
  }

  #save(attempt: Attempt): void {
    attempt.left = this.#checkpoints?.planOf(attempt.task)?.cost ?? 0;
    this.#turnTo(Phase.saving, attempt, EntryKind.saving);
  }

  /** A checkpoint is written, and counts if it is taken; the attempt goes on in any case, unless it is to stop. */
  #endSaving(attempt: Attempt): void {
    const { task, worker, done } = attempt;
    const isTaken = this.#checkpoints?.write(task, worker, attempt.attempt, done, this.#execution.whole(task, worker));
    attempt.saved = done;
    attempt.untilSave = attempt.every;
    this.#turnTo(Phase.working, attempt, isTaken === true ? EntryKind.saved : EntryKind.saveRefused);
  }

  /** An attempt is to stop when its work is saved; says whether it can do so at once, for there is nothing to save. */
  saveAndLeave(attempt: Attempt): boolean {
    if (!attempt.begun || attempt.phase === Phase.recovering || attempt.phase === Phase.preparing) return true;
    this.#advance(attempt);
    const isSaving = attempt.phase === Phase.saving;
    if (!isSaving && attempt.done === attempt.saved) return true;
    attempt.leaves = true;
    if (!isSaving) this.#save(attempt);
    this.#plan(attempt);
    return false;
  }

  // Asks: at parts of its work it is to hold another amount from then on.

  /** How long it works until it asks next; Infinity where it does not. */
  #untilAsk(attempt: Attempt): Duration {
    const { task, worker, asked } = attempt;
    const next = profileOf(this.#tasks, task)?.asks?.asks[asked];
    return next === undefined ? Number.POSITIVE_INFINITY : timeTo(attempt, partOf(this.#execution.whole(task, worker), next.after));
  }

  /** It asks, at once for all that is due: when it begins with work that is saved, that may be more than one. It waits where it is not to have less. */
  #ask(attempt: Attempt): void {
    do attempt.asked += 1;
    while (this.#untilAsk(attempt) <= 0);
    const met = attempt.allowed;
    this.#turnTo(Phase.asking, attempt, EntryKind.asking, attempt.asked);
    if (!this.#wantsMore(attempt)) attempt.allowed = attempt.asked;
    this.#changes(attempt.worker);
    this.#host.asks(attempt.task, attempt.worker, attempt.attempt, attempt.asked, met);
  }

  #wantsMore({ task, allowed, asked }: Attempt): boolean {
    const requests = this.#tasks.request.map((column) => at(column, task));
    return wantsMore(profileOf(this.#tasks, task)?.asks as AskPlan, requests, allowed, asked);
  }

  /** It may have all that it has asked for, up to the ask of that number. */
  allow(attempt: Attempt, number: number): void {
    if (number <= attempt.allowed) return;
    attempt.allowed = number;
    this.#changes(attempt.worker);
    if (attempt.phase !== Phase.asking || attempt.halted) return;
    this.#advance(attempt);
    this.#plan(attempt);
  }

  #marksOn({ task, worker, attempt }: Attempt): DueMark[] | undefined {
    const marks = this.#marks.get(attemptKey(task, attempt));
    const whole = this.#execution.whole(task, worker);
    return marks?.map((mark) => ({ mark, work: partOf(whole, mark.progress), time: Number.POSITIVE_INFINITY }));
  }

  /** The marks that an attempt reaches at a time; undefined where it reaches none. */
  marksReached({ halted, marks }: Attempt, time: Time): Mark[] | undefined {
    if (halted) return undefined;
    const reached = marks?.filter((due) => due.time === time).map(({ mark }) => mark) ?? [];
    return reached.length === 0 ? undefined : reached;
  }

  /** The same, now and once: they are behind it then. */
  passMarks(attempt: Attempt): Mark[] | undefined {
    const { now } = this.#host;
    const reached = this.marksReached(attempt, now);
    if (reached === undefined) return undefined;
    attempt.marks = attempt.marks?.filter(({ time }) => time !== now);
    for (const _ of reached) this.#host.record(EntryKind.reached, attempt.task, attempt.worker, attempt.attempt, Reason.none);
    return reached;
  }
}

/** When an attempt that has asked for its files has all of them, as far as is known. */
function whenGathered({ since, missing }: Attempt): Time {
  return missing === 0 ? since : Number.POSITIVE_INFINITY;
}

function setupOf(hasStages: boolean): Setup {
  return { hasStages, stage: 0, left: 0, waitsFor: undefined, image: undefined, failing: Reason.none, hasInstance: false };
}

/** How long it has to work from `since` on until so much is done. */
function timeTo({ base, worked, speed }: Attempt, work: Duration): Duration {
  return Math.max(0, durationAt(Math.max(0, work - base), speed) - worked);
}

function halt(attempt: Attempt): void {
  attempt.halted = true;
  attempt.end = Number.POSITIVE_INFINITY;
}

function slowed(speed: number, rate: number): number {
  return rate === 1000 ? speed : Math.max(1, Math.round((speed * rate) / 1000));
}
