// The metrics of a run: streams its entries into columns, then sums them up in one pass over the tasks.
import { at } from "../model/columns.ts";
import { Digest } from "../model/digest.ts";
import { ExactSum, ratio } from "../model/exact-sum.ts";
import { CPU } from "../model/resources.ts";
import type { MeasureWindow } from "../model/scenario.ts";
import { type Ending, EntryKind, Reason } from "../model/trace.ts";
import { holdsOther, takesTurns } from "../model/task-profile.ts";
import { type Duration, SECOND, type Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import { AttemptOutcomes } from "./attempt-outcomes.ts";
import { type AskWaitFields, askWaitsOf } from "./ask-waits.ts";
import { FractionSum, WeightedSum } from "./exact-sums.ts";
import { LowerBound } from "./lower-bound.ts";
import { measuredTasks } from "./measured-tasks.ts";
import { nearestRank } from "./nearest-rank.ts";
import type { RunSummary } from "./run-summary.ts";
import { type SavingFields, savingOf } from "./saving.ts";
import { type SetupFields, setupOf } from "./setup.ts";
import { type AnswerFields, ClientAnswers, NO_ANSWERS } from "./client-answers.ts";
import { Leadership, type LeadershipFields, NO_LEADERSHIP } from "./leadership.ts";
import { NEVER, TaskOutcomes, TaskStatus } from "./task-outcomes.ts";
import { type TransferFields, Transfers, transfersOf } from "./transfers.ts";
import { WorkerUsage } from "./worker-usage.ts";

/** Runs shorter than this count as this long in a bounded slowdown (Feitelson and Rudolph 1998). */
export const SLOWDOWN_THRESHOLD: Duration = 10 * SECOND;

/** What a run says of itself beside its entries. */
export interface FinishedRun {
  digest: string;
  /** Entries of its trace. */
  entries: number;
  ending: Ending;
  promises: { text: string };
}

/** From the earliest release to the end of the last attempt, or to the end of a run that left tasks unfinished. */
export interface Horizon {
  origin: Time;
  end: Time;
  /** Tasks unfinished, in or out of the window. */
  unfinished: number;
}

/**
 * Folds a run. What is about tasks (waits, flows, counts, attempts) counts the window; what is about the run as a whole (makespan,
 * bound, use of cpu, events, digest) counts all of it.
 */
export class RunMetrics extends TaskOutcomes {
  readonly #window: MeasureWindow;
  /** Undefined where no task saves its work. */
  readonly #attempts: AttemptOutcomes | undefined;
  /** Undefined where workers cost nothing, and burn nothing. */
  readonly #usage: WorkerUsage | undefined;
  /** Undefined where there are no files. */
  readonly #transfers: Transfers | undefined;
  /** Undefined where the scheduler is one process. */
  readonly #leadership: Leadership | undefined;
  /** Undefined where clients are no processes. */
  readonly #answers: ClientAnswers | undefined;

  constructor(world: World, window: MeasureWindow) {
    super(world);
    this.#window = window;
    this.#attempts = takesTurns(world) ? new AttemptOutcomes(world) : undefined;
    this.#usage = world.workers.tariffs === undefined ? undefined : new WorkerUsage(world);
    this.#transfers = world.data && new Transfers(world.data);
    this.#leadership = world.replicas && new Leadership();
    this.#answers = world.clients && new ClientAnswers(world.tasks.count);
    const sinks = [this.#attempts, this.#usage, this.#transfers].filter((sink) => sink !== undefined);
    if (sinks.length === 0 && this.#leadership === undefined) return;
    this.entry = (time, kind, task, worker, attempt, reason, amount) => {
      super.entry(time, kind, task, worker, attempt, reason);
      this.#leadership?.entry(time, kind, task, worker, attempt, reason ?? Reason.none, amount);
      this.#answers?.entry(time, kind, task, worker, attempt, reason ?? Reason.none, amount);
      for (const sink of sinks) sink.entry(time, kind, task, worker, attempt, reason ?? Reason.none, amount);
    };
  }

  /** The row of runs.csv. Pass the world's `LowerBound` where runs share a world: it remembers what they have in common. */
  summary(run: FinishedRun, seed: string, bound: LowerBound = new LowerBound(this.world)): RunSummary {
    const horizon = this.horizon(run.ending, bound.origin);
    const { origin, end } = horizon;
    const makespan = horizon.unfinished > 0 || end === NEVER ? undefined : end - origin;
    const { bound: lowerBound, bottleneck } = bound.of(this);
    return {
      scenario: this.world.name,
      policy: run.promises.text,
      seed,
      makespan,
      lowerBound,
      bottleneck,
      gap: makespan === undefined || lowerBound === 0 ? undefined : (makespan - lowerBound) / lowerBound,
      ...this.#cpu(horizon),
      ...this.#tasks(origin),
      ...this.#disturbed(end),
      ...savingOf(this.#attempts, end),
      ...setupOf(this.#attempts, end),
      ...askWaitsOf(this.#attempts, end),
      ...(this.#leadership?.fields(end) ?? NO_LEADERSHIP),
      ...(this.#answers?.fields() ?? NO_ANSWERS),
      ...transfersOf(this.#attempts, this.#transfers, end),
      ...this.#paid(horizon),
      events: run.entries,
      digest: run.digest,
      ending: run.ending,
    };
  }

  /** The span over which capacity counts. */
  horizon(ending: Ending, origin: Time): Horizon {
    let end: Time = NEVER;
    let unfinished = 0;
    for (let task = 0; task < this.world.tasks.count; task++) {
      end = Math.max(end, this.end(task));
      if (this.status(task) <= TaskStatus.running) unfinished += 1;
    }
    return { origin, end: unfinished > 0 ? Math.max(end, ending.time) : end, unfinished };
  }

  /** Attempts under way when a run is cut off count as wasted up to then: they have completed nothing. */
  #cpu({ origin, end }: Horizon): Pick<RunSummary, "cpuUtilization" | "usefulCpu" | "wastedCpu"> {
    const { tasks, workers } = this.world;
    const useful = new ExactSum();
    const wasted = new ExactSum();
    const request = tasks.request[CPU] as (typeof tasks.request)[number];
    for (let task = 0; task < tasks.count; task++) {
      const cpu = at(request, task);
      const status = this.status(task);
      if (status === TaskStatus.completed) useful.add(cpu, this.timeUsed(task));
      else if (status === TaskStatus.running) wasted.add(cpu, Math.max(0, this.ranBy(task, this.ranUntil(end, task))));
      const lost = this.timeLost(task) + this.copyRanBy(task, end);
      const kept = status === TaskStatus.completed ? this.timeKept(task) : 0;
      if (kept > 0) useful.add(cpu, kept);
      if (lost > kept) wasted.add(cpu, lost - kept);
    }
    const extra = this.#extraCpu(end);
    const capacity = workers.capacity[CPU] as Float64Array;
    const present = capacity.reduce((sum, cpu) => sum + cpu, 0);
    if (!Number.isSafeInteger(present) || present === 0 || end <= origin) {
      return { cpuUtilization: undefined, usefulCpu: undefined, wastedCpu: undefined };
    }
    let whole = BigInt(present) * BigInt(end - origin);
    for (const worker of this.sizes.changed) {
      const own = BigInt(capacity[worker] as number) * BigInt(end - origin);
      whole += (this.sizes.over(worker, CPU, origin, end) ?? own) - own;
    }
    for (const { worker, from, to } of this.absences(origin, end)) whole -= this.sizes.over(worker, CPU, from, to) ?? 0n;
    if (whole <= 0n) return { cpuUtilization: undefined, usefulCpu: undefined, wastedCpu: undefined };
    return {
      cpuUtilization: ratio(useful.value() + wasted.value() + extra.useful + extra.wasted, whole),
      usefulCpu: ratio(useful.value() + extra.useful, whole),
      wastedCpu: ratio(wasted.value() + extra.wasted, whole),
    };
  }

  /** What attempts held beyond their requests, as long as the scheduler counted on them. */
  #extraCpu(end: Time): { useful: bigint; wasted: bigint } {
    const extra = { useful: 0n, wasted: 0n };
    if (!holdsOther(this.world.tasks.profiles)) return extra;
    for (const { task, outcome, extra: own } of this.#attempts?.records(end) ?? []) {
      const isCompleted = this.status(task) === TaskStatus.completed;
      const counted = own.counted.get(CPU) ?? 0n;
      const useful = !isCompleted ? 0n : outcome === "completed" && !own.isVain ? counted : own.keptCpu;
      extra.useful += useful;
      extra.wasted += counted - useful;
    }
    return extra;
  }

  #disturbed(end: Time): DisturbedFields {
    const { preemptions, attemptsLost, falseSuspicions, refused, meanDetection, launched, reclaimed, copies } = this.disturbances;
    const found = { falseSuspicions, refused, meanDetection, doubled: this.doubledBy(end) };
    return { preemptions, attemptsLost, ...found, launched, reclaimed, copies, copiesWon: this.copiesWon };
  }

  /** What the workers cost and burnt, from the earliest release to the end of the last attempt. */
  #paid({ origin, end }: Horizon): Pick<RunSummary, "cost" | "energy"> {
    return this.#usage?.totals({ origin, end: Math.max(origin, end) }) ?? { cost: undefined, energy: undefined };
  }

  #tasks(origin: Time): TaskFields {
    const { tasks } = this.world;
    const counted = measuredTasks(tasks, this.#window);
    const tally = new Tally(this, origin);
    for (let task = 0; task < tasks.count; task++) {
      if (counted === undefined || counted[task] === 1) tally.add(task);
    }
    return tally.fields();
  }
}

type DisturbedFields = Pick<
  RunSummary,
  | "preemptions"
  | "attemptsLost"
  | "falseSuspicions"
  | "refused"
  | "meanDetection"
  | "doubled"
  | "launched"
  | "reclaimed"
  | "copies"
  | "copiesWon"
>;

type TaskFields = Omit<
  RunSummary,
  | keyof DisturbedFields
  | keyof SavingFields
  | keyof SetupFields
  | keyof AskWaitFields
  | keyof LeadershipFields
  | keyof AnswerFields
  | keyof TransferFields
  | "cost"
  | "energy"
  | "scenario"
  | "policy"
  | "seed"
  | "makespan"
  | "lowerBound"
  | "bottleneck"
  | "gap"
  | "cpuUtilization"
  | "usefulCpu"
  | "wastedCpu"
  | "events"
  | "digest"
  | "ending"
>;

/** Sums over the tasks that are counted. */
class Tally {
  readonly #outcomes: TaskOutcomes;
  readonly #origin: Time;
  readonly #byStatus = [0, 0, 0, 0, 0, 0];
  readonly #waits: Float64Array;
  readonly #waited = new ExactSum();
  readonly #flow = new ExactSum();
  readonly #slowdown = new FractionSum();
  readonly #tardiness = new ExactSum();
  readonly #weighted = new WeightedSum();
  readonly #weight = new WeightedSum();
  readonly #completedSet = new Digest();
  #maxWait = 0;
  #withDue = 0;
  #maxLateness = Number.NEGATIVE_INFINITY;
  #attempts = 0;
  #counted = 0;
  #firstRelease = Number.NaN;
  #releasedTogether = true;

  constructor(outcomes: TaskOutcomes, origin: Time) {
    this.#outcomes = outcomes;
    this.#origin = origin;
    this.#waits = new Float64Array(outcomes.world.tasks.count);
  }

  add(task: number): void {
    const outcomes = this.#outcomes;
    const release = at(outcomes.world.tasks.release, task);
    const status = outcomes.status(task);
    if (this.#counted === 0) this.#firstRelease = release;
    if (release !== this.#firstRelease) this.#releasedTogether = false;
    this.#counted += 1;
    this.#attempts += outcomes.attempts(task);
    if (status === TaskStatus.completed) this.#complete(task, release);
    this.#byStatus[status] = (this.#byStatus[status] as number) + 1;
  }

  #complete(task: number, release: Time): void {
    const { tasks } = this.#outcomes.world;
    const end = this.#outcomes.end(task);
    const wait = this.#outcomes.firstStart(task) - this.#outcomes.readyAt(task);
    const flow = end - release;
    const run = this.#outcomes.ranBy(task, end);
    this.#waits[this.#byStatus[TaskStatus.completed] as number] = wait;
    this.#waited.add(wait, 1);
    this.#maxWait = Math.max(this.#maxWait, wait);
    this.#flow.add(flow, 1);
    this.#slowdown.add(Math.max(1, flow / Math.max(run, SLOWDOWN_THRESHOLD)));
    const due = at(tasks.due, task);
    if (due < Number.POSITIVE_INFINITY) {
      this.#withDue += 1;
      this.#maxLateness = Math.max(this.#maxLateness, flow - due);
      this.#tardiness.add(Math.max(0, flow - due), 1);
    }
    const weight = at(tasks.weight, task);
    this.#weighted.add(weight, end - this.#origin);
    this.#weight.add(weight, 1);
    this.#completedSet.entry(0, EntryKind.finished, task, 0, 0, Reason.none);
  }

  fields(): TaskFields {
    const [waiting = 0, running = 0, completed = 0, failed = 0, skipped = 0, cancelled = 0] = this.#byStatus;
    const waits = this.#waits.subarray(0, completed);
    return {
      meanWait: meanOf(this.#waited, completed),
      maxWait: completed === 0 ? undefined : this.#maxWait,
      p95Wait: nearestRank(waits, 0.95),
      meanFlow: meanOf(this.#flow, completed),
      meanBoundedSlowdown: this.#slowdown.mean(completed),
      meanTardiness: meanOf(this.#tardiness, this.#withDue),
      maxLateness: this.#withDue === 0 ? undefined : this.#maxLateness,
      weightedCompletion: completed === 0 ? undefined : this.#weighted.value(),
      completed,
      failed,
      skipped,
      cancelled,
      unfinished: waiting + running,
      attempts: this.#attempts,
      completedWeight: this.#weight.value(),
      completedSet: completed === this.#counted ? "all" : this.#completedSet.toString(),
      releasedTogether: this.#releasedTogether,
    };
  }
}

function meanOf(sum: ExactSum, count: number): number | undefined {
  return count === 0 ? undefined : ratio(sum.value(), BigInt(count));
}
