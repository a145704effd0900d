// Functions as tasks in virtual time: an edge, since users' functions are asynchronous.
import { documentOf } from "./files/document.ts";
import { FaultList } from "./files/fault-list.ts";
import { scenarioFrom } from "./files/load-scenario.ts";
import { checkForm } from "./files/schema-faults.ts";
import { FunctionRun } from "./functions/function-run.ts";
import type { AttemptOutput, TaskContext } from "./functions/task-context.ts";
import { type PolicyChoice, policyOf } from "./library/load.ts";
import { deliver, type OnNotified } from "./library/on-notified.ts";
import { A_LIST, requireKnown, requireOptions, requireText } from "./library/options.ts";
import { together } from "./model/together.ts";
import { type AttemptFields, attemptsOf } from "./library/result.ts";
import { durationOf, secondsOf, type TimeInput } from "./library/seconds.ts";
import { type SeedInput, seedsOf } from "./library/seeds.ts";
import { notifying, requireSuited } from "./library/simulate.ts";
import { Notifications } from "./metrics/notifications.ts";
import { TaskOutcomes, TaskStatus } from "./metrics/task-outcomes.ts";
import { type TaskRow, taskRow } from "./metrics/task-rows.ts";
import { refuse } from "./model/errors.ts";
import type { Scenario } from "./model/scenario.ts";
import { isElastic, type TaskProfile } from "./model/task-profile.ts";
import { didYouMean } from "./model/nearest.ts";
import type { ScenarioInput, TaskInput, WorkerInput } from "./model/scenario-schema.ts";
import type { Trace, TraceSink } from "./model/trace.ts";
import type { Run } from "./simulation.ts";
import { drawWorld } from "./workload/draw-world.ts";

export interface TaskSchedulerOptions {
  /** So many workers of one slot, w-1, w-2, …: as many functions run at a time. Default 1. */
  maxWorkers?: number | undefined;
  /** Workers as scenario files have them, in place of `maxWorkers`. */
  workers?: readonly WorkerInput[] | undefined;
  /** Of `ctx.random`, and of what the policy or the tasks' options draw. Default 1. */
  seed?: SeedInput | undefined;
  /**
   * Which ready task starts first: `"priority"`, a spec, or what `definePolicy` or `loadPolicy` give. Default `"first-fit"`: in the order
   * in which they were added, each on the first free worker; a retry, which goes to another worker, holds up nobody while it waits.
   */
  policy?: PolicyChoice | undefined;
  /** The other settings of a scenario file's scheduler: placement, priorityOrder, retries, onDependencyFailure, … */
  scheduler?: Omit<NonNullable<ScenarioInput["scheduler"]>, "policy"> | undefined;
  /** Budget of virtual time, seconds or text with a unit; `run()` rejects with a BudgetError beyond it. Default: none. */
  maxTime?: TimeInput | undefined;
  /**
   * Called for each task that has ended, right after the round in which its client is told; it waits for nothing. Has the trace hold that,
   * so that the digest covers it. `run()` rejects with what it throws.
   */
  onNotified?: OnNotified | undefined;
  /** Folds that are given each entry of the trace as it is made, times in µs. */
  sinks?: readonly TraceSink[] | undefined;
}

const OPTIONS: readonly (keyof TaskSchedulerOptions)[] = [
  "maxWorkers",
  "workers",
  "seed",
  "policy",
  "scheduler",
  "maxTime",
  "sinks",
  "onNotified",
];

/**
 * What scenario files say of a task: dependencies, retries, priority, release, timeout, estimate, due, weight, requests and labels.
 * An attempt takes the virtual time that its function sleeps, and at least the task's `duration`, if it has one.
 */
export interface TaskOptions
  extends Omit<
    TaskInput,
    | "id"
    | "function"
    | "command"
    | "stdout"
    | "stderr"
    | "usage"
    | "fails"
    | "failsAfter"
    | "checkpoint"
    | "environment"
    | "inputs"
    | "outputSize"
    | "outputs"
    | "straggle"
    | "speedup"
    | "asks"
    | "claim"
    | "dependencies"
  > {
  /** Ids of the tasks that must succeed first; they may be added later. */
  dependencies?: readonly (string | number)[] | undefined;
}

/** What became of a task. */
export interface TaskResult {
  /** Success: the function returned. Failed: its last attempt threw or timed out. Skipped: a task that it depends on did not succeed. */
  status: "success" | "failed" | "skipped";
  /** What the function returned, or its promise resolved to. */
  result: unknown;
  /** What the last attempt threw; something else than an Error is its `cause`. Undefined unless failed. */
  error: Error | undefined;
  /** Attempts that were started. */
  attempts: number;
  /** What each of them wrote to `ctx.stdout` and `ctx.stderr`, in their order. The digest does not cover it. */
  outputs: readonly AttemptOutput[];
  /** Of the last attempt; undefined where there was none. */
  worker: string | undefined;
  /** Virtual time of the first start, seconds. */
  started: number | undefined;
  /** Virtual time at which the last attempt ended, seconds. */
  finished: number | undefined;
}

/**
 * Runs functions as tasks: when their dependencies have succeeded, on the first free worker, again after a failure while they have
 * retries, and all of it in virtual time. Functions that are ready run in a fixed order and wait by `await ctx.sleep("90s")`;
 * virtual time moves only when every running function waits on its ctx. What a function awaits otherwise (a file, a request, a
 * promise) takes time on the wall but no virtual time, and the order of such events changes nothing. Math.random, Date, performance
 * and timers throw in a function, for they would make one run differ from the next.
 */
export class TaskScheduler {
  readonly #options: TaskSchedulerOptions;
  readonly #tasks = new Map<string, { run: (ctx: TaskContext) => unknown; options: TaskOptions; dependencies: string[] }>();
  #isRun = false;
  #outcome: Run | undefined;
  /** What each attempt wrote, by position of the task. */
  #outputs: readonly (readonly AttemptOutput[])[] = [];

  constructor(options: TaskSchedulerOptions = {}) {
    requireOptions("new TaskScheduler", options, "maxWorkers");
    const { maxWorkers, workers } = options;
    together(
      () => requireKnown("new TaskScheduler", options, OPTIONS, { workers: A_LIST }),
      () => {
        if (maxWorkers !== undefined && workers !== undefined) refuse("new TaskScheduler takes maxWorkers or workers, not both");
      },
      () => {
        if (maxWorkers !== undefined && !(Number.isSafeInteger(maxWorkers) && maxWorkers > 0))
          refuse(`maxWorkers ${maxWorkers} is not a whole number from 1`);
      },
    );
    this.#options = options;
  }

  /** Adds a task. An id that is there already, and options that will not do, are an InputError. What it depends on may be added later. */
  addTask(id: string, run: (ctx: TaskContext) => unknown, options: TaskOptions = {}): this {
    this.#requireNotRun("addTask");
    requireText("addTask", "the id", id);
    if (typeof run !== "function") refuse(`addTask: what is given for task "${id}" is not a function`);
    if (this.#tasks.has(id)) refuse(`task "${id}" is there already; ids are unique`);
    checkOptions(id, options);
    this.#tasks.set(id, { run, options, dependencies: [...new Set((options.dependencies ?? []).map(String))] });
    return this;
  }

  /** Makes a task that is there wait for others, which may be added later. */
  addDependency(id: string, ...dependencies: readonly string[]): this {
    this.#requireNotRun("addDependency");
    for (const each of [id, ...dependencies]) requireText("addDependency", "an id", each);
    const task = this.#tasks.get(id) ?? refuse(`"${id}" is not a task${didYouMean(id, this.#tasks.keys())}`);
    for (const dependency of dependencies) if (!task.dependencies.includes(dependency)) task.dependencies.push(dependency);
    return this;
  }

  /**
   * Runs everything, once; resolves to what became of each task, in the order in which they were added. Rejects before any function
   * starts with an InputError for dependencies that are not there or run in a ring and for requests that no worker can hold; later
   * with a PolicyError for a forbidden call or a policy that breaks the rules, and a BudgetError when time is up or does not move.
   */
  async run(): Promise<Map<string, TaskResult>> {
    this.#requireNotRun("run");
    const { seed, policy: choice, maxTime, sinks = [], onNotified } = this.#options;
    const given = scenarioFrom(this.#input());
    const scenario = onNotified === undefined ? given : notifying(given);
    const { spec, policy } = policyOf(scenario, choice ?? "first-fit");
    const { roots } = seedsOf({ seed }, scenario);
    const world = { ...drawWorld(scenario, roots), functions: true };
    requireSuited(scenario, world, spec, policy);
    requireRunnable(scenario, world.tasks.profiles);
    const outcomes = new TaskOutcomes(world);
    const notifications = new Notifications(world);
    const run = new FunctionRun({
      world,
      settings: { ...scenario.scheduler, policy: spec },
      policy,
      seed: roots.policy,
      functions: Array.from(this.#tasks.values(), (task) => task.run),
      sinks: [outcomes, ...(onNotified === undefined ? [] : [notifications]), ...sinks],
      maxTime: maxTime === undefined ? Number.POSITIVE_INFINITY : durationOf(maxTime, "maxTime"),
      afterRound: () => (onNotified === undefined ? undefined : deliver(notifications, onNotified)),
    });
    this.#isRun = true;
    this.#outcome = await run.run();
    this.#outputs = run.outputs;
    return new Map(
      Array.from(this.#tasks.keys(), (id, task) => [
        id,
        { ...resultOf(taskRow(outcomes, task), outcomes.status(task), run.outcomes[task]), outputs: run.outputs[task] ?? [] },
      ]),
    );
  }

  /** Sixteen hexadecimal digits over all that happened, once the run is over. */
  get digest(): string {
    return this.#finished("digest").digest;
  }

  /** All that happened, for `judge`, once the run is over; times in µs. */
  get trace(): Trace {
    return this.#finished("trace").trace as Trace;
  }

  /** Its attempts in the order in which they started, with the fields of attempts.csv, once the run is over. */
  attempts(): AttemptFields[] {
    const { trace } = this;
    const positions = new Map(Array.from(this.#tasks.keys(), (id, task) => [id, task]));
    return attemptsOf(trace, trace.entries.length, trace.ending.time).map((attempt) => {
      const written = this.#outputs[positions.get(attempt.task) as number]?.[attempt.attempt - 1];
      return written === undefined ? attempt : { ...attempt, stdout: written.stdout, stderr: written.stderr };
    });
  }

  #input(): ScenarioInput {
    const { maxWorkers = 1, workers = [{ id: "w", count: maxWorkers, slots: 1 }], scheduler } = this.#options;
    const tasks = Array.from(this.#tasks, ([id, { options, dependencies }]): TaskInput => ({ duration: 0, ...options, id, dependencies }));
    return { name: "functions", cluster: { workers: [...workers] }, tasks, ...(scheduler && { scheduler }) };
  }

  #finished(what: string): Run {
    return this.#outcome ?? refuse(`there is no ${what} before run() has ended`);
  }

  #requireNotRun(call: string): void {
    if (this.#isRun) refuse(`${call} comes too late: run() has been called, and a TaskScheduler runs once`);
  }
}

/** Throws an InputError for settings of which functions know nothing. */
function requireRunnable(
  { scheduler: { preemption, speculation, liveness, replication } }: Scenario,
  profiles: readonly TaskProfile[],
): void {
  together(
    () => {
      if (preemption !== undefined) refuse("scheduler.preemption: functions run to their ends, and make room for nobody; leave it out");
    },
    () => {
      if (speculation !== undefined) refuse("scheduler.speculation: each attempt runs its function, which is to run once; leave it out");
    },
    () => {
      if (replication !== undefined) refuse("scheduler.replicas: functions are run by one scheduler; leave it out");
    },
    () => {
      if (isElastic(profiles)) refuse("{ min, max }: functions take as long as they take, with whatever they have; give one amount");
    },
    () => {
      if (liveness?.progress !== undefined) refuse("scheduler.progress: how far a function is nobody knows before it ends; leave it out");
    },
  );
}

/** Throws an InputError for what a scenario file could not say of a task either. */
function checkOptions(id: string, options: TaskOptions): void {
  requireOptions(`task "${id}"`, options, "dependencies");
  together(
    () => requireKnown(`task "${id}"`, options, TASK_OPTIONS),
    () => checkFields(id, options),
  );
}

function checkFields(id: string, options: TaskOptions): void {
  const known = Object.fromEntries(Object.entries(options).filter(([key]) => TASK_OPTIONS.includes(key as keyof TaskOptions)));
  const document = { ...documentOf({ tasks: [{ ...known, id }] }), origin: () => `task "${id}"` };
  const faults = new FaultList(document);
  checkForm(document, faults);
  faults.throwIfAny();
}

const TASK_OPTIONS: readonly (keyof TaskOptions)[] = [
  ...(["dependencies", "duration", "release", "cpu", "memory", "disk", "slots", "resources", "priority", "weight", "retries"] as const),
  ...(["estimate", "due", "timeout", "requires", "job", "user", "queue"] as const),
];

function resultOf(
  row: TaskRow,
  status: TaskStatus,
  outcome: { result: unknown; error: Error | undefined } | undefined,
): Omit<TaskResult, "outputs"> {
  const time = (value: number | undefined) => (value === undefined ? undefined : secondsOf(value));
  const isFailed = status === TaskStatus.failed;
  const isSuccess = status === TaskStatus.completed;
  return {
    status: isSuccess ? "success" : isFailed ? "failed" : "skipped",
    result: isSuccess ? outcome?.result : undefined,
    error: isFailed ? (outcome?.error ?? new Error("a task that it depends on failed")) : undefined,
    attempts: row.attempts,
    worker: row.worker === "" ? undefined : row.worker,
    started: time(row.started),
    finished: time(row.finished),
  };
}
