// A run that goes on step by step: tasks join it and are cancelled while it does, and its state can be asked at any time.
import { RunMetrics } from "../metrics/run-metrics.ts";
import { LowerBound } from "../metrics/lower-bound.ts";
import { Notifications } from "../metrics/notifications.ts";
import { taskRow } from "../metrics/task-rows.ts";
import { TaskOutcomes } from "../metrics/task-outcomes.ts";
import { failedExpectations } from "../experiment/expectations.ts";
import { withGuard } from "../files/guard.ts";
import { SubmissionReader } from "../files/read-submission.ts";
import { at, nameAt } from "../model/columns.ts";
import { refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { CPU, MEMORY } from "../model/resources.ts";
import type { TaskInput } from "../model/scenario-schema.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Ending, Trace } from "../model/trace.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import { policyNamed } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { rowJson } from "../report/report-column.ts";
import { TASK_COLUMNS } from "../report/task-columns.ts";
import { Status } from "../model/status.ts";
import { SimulationCore } from "../simulation.ts";
import { WorldGrowth } from "../workload/world-growth.ts";
import { policyOf, requireScenario } from "./load.ts";
import { deliver, type OnNotified } from "./on-notified.ts";
import { OF_ROOTS, requireKnown, requireOptions, requireText } from "./options.ts";
import { together } from "../model/together.ts";
import { inLibrary, resultOf, type TaskFields, type TracedResult } from "./result.ts";
import { durationOf, secondsOf, type TimeInput } from "./seconds.ts";
import { seedsOf } from "./seeds.ts";
import { limitsOf, notifying, requireSuited, RUN_CHOICES, type RunChoices } from "./simulate.ts";

/**
 * Where a task stands; `starting`: decided, while the scheduler takes virtual time to decide; `backoff`: failed, waiting for its retry;
 * `cancelling`: cancelled, waiting until its worker confirms that.
 */
export type TaskStatus =
  | "unreleased"
  | "blocked"
  | "ready"
  | "starting"
  | "running"
  | "suspended"
  | "backoff"
  | "cancelling"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

/** The fields of tasks.csv, and where the task stands. */
export type TaskState = Omit<TaskFields, "status"> & { status: TaskStatus };

const STATUS_NAMES: Readonly<Record<Status, TaskStatus>> = {
  [Status.unsubmitted]: "unreleased",
  [Status.blocked]: "blocked",
  [Status.ready]: "ready",
  [Status.starting]: "starting",
  [Status.running]: "running",
  [Status.suspended]: "suspended",
  [Status.backoff]: "backoff",
  [Status.completed]: "completed",
  [Status.failed]: "failed",
  [Status.skipped]: "skipped",
  [Status.cancelled]: "cancelled",
};

/** Ids that are looked through for the one that was meant. */
const MOST_SUGGESTED = 10_000;

/**
 * A simulation under way. Times are seconds, or texts with a unit. What its tasks draw depends on their ids alone, as in
 * `simulate`: a run that is given the same tasks in the same order before their release dates is the same run.
 */
export class Simulation {
  readonly #scenario: Scenario;
  readonly #policy: PolicyDefinition;
  readonly #seed: string;
  readonly #growth: WorldGrowth;
  readonly #reader: SubmissionReader;
  readonly #core: SimulationCore;
  readonly #outcomes: TaskOutcomes;
  readonly #isUsers: boolean;
  readonly #notifications: Notifications | undefined;
  readonly #onNotified: OnNotified | undefined;
  readonly #parameters: Parameters<NonNullable<PolicyDefinition["faults"]>>[0];
  #busy = false;
  #broken: unknown;

  /** Draws the scenario's tasks, of which there may be none; nothing happens yet. Throws an InputError for bad input. */
  constructor(given: Scenario, options: RunChoices = {}) {
    requireScenario(given);
    requireOptions("new Simulation", options, "seed");
    const [, { spec, policy }, { roots, text }, limits] = together(
      () => requireKnown("new Simulation", options, RUN_CHOICES, { seeds: OF_ROOTS }),
      () => policyOf(given, options.policy),
      () => seedsOf(options, given),
      () => limitsOf(options),
    );
    if (given.scheduler.speculation !== undefined)
      refuse(
        "new Simulation: scheduler.speculation needs all tasks from the beginning, and here others may join; use simulate, or leave it out",
      );
    if (given.scheduler.replication !== undefined)
      refuse("new Simulation: scheduler.replicas are known to whole runs alone; use simulate, or leave it out");
    const scenario = options.onNotified === undefined ? given : notifying(given);
    this.#scenario = scenario;
    this.#policy = policy;
    this.#parameters = spec.parameters;
    this.#isUsers = policyNamed(policy.name) !== policy;
    this.#seed = text;
    this.#growth = new WorldGrowth(scenario, roots);
    this.#reader = new SubmissionReader(scenario);
    const { world } = this.#growth;
    requireSuited(scenario, world, spec, policy);
    this.#outcomes = new TaskOutcomes(world);
    const settings = { ...scenario.scheduler, policy: spec };
    this.#onNotified = options.onNotified;
    this.#notifications = options.onNotified && new Notifications(world);
    const sinks = [this.#outcomes, ...(options.sinks ?? []), ...(this.#notifications ? [this.#notifications] : [])];
    this.#core = this.#run(() => new SimulationCore({ world, settings, policy, seeds: roots, sinks, storeTrace: true, ...limits }));
  }

  /** Virtual time, seconds. */
  get now(): number {
    return secondsOf(this.#core.now);
  }

  /** When something happens next, seconds; undefined while nothing is due. */
  get nextTime(): number | undefined {
    const { nextTime } = this.#core;
    return nextTime === Number.POSITIVE_INFINITY ? undefined : secondsOf(nextTime);
  }

  /**
   * Submits one task or a batch, with the keys of a scenario file. A release date is a point on the virtual clock: without one a
   * task is released now, one in the past is refused. A batch is judged whole: what names a task neither known nor in it, closes a
   * cycle, repeats an id, fits no worker or is malformed makes all of it be refused by an InputError with all faults, and nothing
   * else changes. What was submitted takes part from the next step on.
   */
  submit(tasks: TaskInput | readonly TaskInput[]): void {
    this.#requireOpen("submit");
    const { now } = this.#core;
    const batch = Array.isArray(tasks) ? (tasks as readonly TaskInput[]) : [tasks as TaskInput];
    const { faults } = this.#policy;
    const check = faults && ((world: Parameters<typeof faults>[1]) => faults(this.#parameters, world).map((message) => ({ message })));
    const known = { has: (id: string) => this.#growth.find(id) >= 0, ids: () => this.#someIds() };
    const specs = this.#reader.read(batch, known, now, ({ specs: drawn, isWhole, toldOf }) =>
      this.#growth.judge(drawn, now, toldOf, isWhole ? check : undefined),
    );
    if (specs.length === 0) return;
    const first = this.#growth.add(specs, now, check);
    this.#core.grow(first);
  }

  /**
   * Cancels a task now: a running attempt ends, what depends on it is skipped. One that is not released yet is withdrawn: at its
   * release date it is submitted and cancelled. With `requeue` only its running attempt is given up, and the task goes back to the
   * queue, once its worker has stopped it. False where nothing was done: the task has ended already, does not run, or is to stop; an id
   * that is not known is an InputError.
   */
  cancel(id: string, options: { requeue?: boolean } = {}): boolean {
    this.#requireOpen("cancel");
    requireKnown("cancel", options, ["requeue"]);
    const { requeue = false } = options;
    const task = this.#position(id);
    if (requeue) return this.#core.sendBack(task);
    const { ledger } = this.#core.scheduler;
    if (ledger.status(task) >= Status.completed || this.#core.isWithdrawn(task) || this.#core.scheduler.cancellation.isUnderWay(task))
      return false;
    this.#core.cancel(task);
    this.#tell();
    return true;
  }

  /** Where clients are told, round by round, so that what they do then belongs to its time. */
  #runUntil(end: Time): void {
    if (this.#onNotified !== undefined) while (this.#core.ending === undefined && this.#core.nextTime <= end) this.#roundAndTell();
    this.#run(() => this.#core.runUntil(end));
    this.#tell();
  }

  #roundAndTell(): void {
    this.#run(() => this.#core.round());
    this.#tell();
  }

  /** Calls back for clients that have been told. */
  #tell(): void {
    if (this.#notifications !== undefined && this.#onNotified !== undefined) deliver(this.#notifications, this.#onNotified);
  }

  /** Where a task stands, with the fields of tasks.csv; an id that is not known is an InputError. */
  status(id: string): TaskState {
    const task = this.#position(id);
    const status = this.#core.scheduler.ledger.status(task);
    if (status === Status.unsubmitted) return this.#unreleased(task);
    const row = rowJson(TASK_COLUMNS, taskRow(this.#outcomes, task)) as object as TaskFields;
    return { ...row, status: this.#core.scheduler.cancellation.isUnderWay(task) ? "cancelling" : STATUS_NAMES[status] };
  }

  #unreleased(task: number): TaskState {
    const { tasks } = this.#growth.world;
    const request = (dimension: number) => at(tasks.request[dimension] as (typeof tasks.request)[number], task);
    const none = { ready_s: null, started_s: null, finished_s: null, wait_s: null, run_s: null, flow_s: null, slowdown: null };
    return {
      task: nameAt(tasks.names, task),
      status: this.#core.isWithdrawn(task) ? "cancelled" : "unreleased",
      attempts: 0,
      worker: "",
      submitted_s: secondsOf(at(tasks.release, task)),
      ...none,
      cpu: request(CPU) / 1000,
      memory_bytes: request(MEMORY),
    };
  }

  /** Runs everything that happens up to and including a time, where the clock then stands; one in the past is an InputError. */
  runUntil(time: TimeInput): void {
    this.#requireIdle("runUntil");
    const end = durationOf(time, "runUntil");
    if (end < this.#core.now) refuse(`runUntil ${formatSeconds(end)} s: that time has passed, it is ${formatSeconds(this.#core.now)} s`);
    this.#runUntil(end);
  }

  /** Runs one round: the events of the next instant, then one scheduling pass. False when nothing is due, or a budget has run out. */
  step(): boolean {
    this.#requireIdle("step");
    if (this.#core.ending !== undefined || this.nextTime === undefined) return false;
    this.#roundAndTell();
    return !this.#isOver(["max-events", "max-time"]);
  }

  /** Runs on until nothing is due any more, or a budget has run out. More tasks may still be submitted, and the run go on. */
  run(): TracedResult {
    this.#requireIdle("run");
    this.#runUntil(Number.POSITIVE_INFINITY);
    return this.result();
  }

  /** What it has come to so far: O(entries), for it folds the trace. Tasks that have not ended are unfinished. */
  result(): TracedResult {
    const run = this.#core.result();
    const { world } = this.#growth;
    const metrics = new RunMetrics(world, this.#scenario.measure);
    for (const { time, kind, task, worker, attempt, reason, amount } of this.trace.entries)
      metrics.entry(time, kind, task, worker, attempt, reason, amount);
    const summary = metrics.summary(run, this.#seed, new LowerBound(world));
    const failed = failedExpectations(this.#scenario.expect, summary);
    return resultOf({ run, metrics, summary, failed }) as TracedResult;
  }

  /** All that has happened, times in µs: a live view, to which further steps append. */
  get trace(): Trace {
    return this.#core.result().trace as Trace;
  }

  /** Sixteen hexadecimal digits over all that has happened. */
  get digest(): string {
    return this.#core.result().digest;
  }

  /** Refuses to change a run that a budget has ended. */
  #requireOpen(call: string): void {
    this.#requireIdle(call);
    const { ending } = this.#core;
    if (ending?.exitCode === 5 && ending.kind !== "starved")
      refuse(`${call} comes too late, the run has ended: ${inLibrary(ending.message)}`);
  }

  #isOver(kinds: readonly Ending["kind"][]): boolean {
    const { ending } = this.#core;
    return ending !== undefined && kinds.includes(ending.kind);
  }

  #position(id: string): number {
    requireText("Simulation", "the id of a task", id);
    const position = this.#growth.find(id);
    return position >= 0 ? position : refuse(`"${id}" is not a task${didYouMean(id, this.#someIds())}`);
  }

  *#someIds(): Generator<string> {
    const { count, names } = this.#growth.world.tasks;
    for (let task = 0; task < Math.min(count, MOST_SUGGESTED); task++) yield nameAt(names, task);
  }

  /** Runs the policy's code, a user's under the guard. What it breaks stays broken. */
  #run<T>(step: () => T): T {
    this.#busy = true;
    try {
      return this.#isUsers ? withGuard(step) : step();
    } catch (error) {
      this.#broken = error;
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  #requireIdle(call: string): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#busy) refuse(`${call} was called from within a step of the same simulation`);
  }
}
