// One run of users' functions: the simulation decides what starts where and when; the functions take the virtual time they ask for.
import { setImmediate as atNextTurn } from "node:timers";
import { inspect, types } from "node:util";
import { Execution } from "../cluster/execution.ts";
import { type StreamKey, streamKey } from "../engine/random.ts";
import { inContext, raiseGuard } from "../files/async-guard.ts";
import { withGuard } from "../files/guard.ts";
import { at, nameAt } from "../model/columns.ts";
import { BudgetError, PolicyError } from "../model/errors.ts";
import { EntryKind, Reason, type TraceSink } from "../model/trace.ts";
import { type Duration, formatSeconds, type Time } from "../model/units.ts";
import { policyNamed } from "../policies/index.ts";
import { type Run, type RunOptions, SimulationCore } from "../simulation.ts";
import { watchDeadEnd } from "./dead-end.ts";
import { Sleepers } from "./sleepers.ts";
import { Attempt, type AttemptHost, type AttemptOutput, type TaskContext } from "./task-context.ts";

export type TaskFunction = (ctx: TaskContext) => unknown;

/** Times that sleepers may wake at one instant before that is a livelock: as many as the simulation has rounds. */
const MOST_WAKINGS = 10_000;

export interface FunctionRunOptions extends Pick<RunOptions, "world" | "settings" | "policy"> {
  /** By position of the task. */
  functions: readonly TaskFunction[];
  seed: string;
  sinks: readonly TraceSink[];
  /** Budget of virtual time, µs. */
  maxTime: Duration;
  /** Called after each round, before the functions that it has started. What it throws ends the run. */
  afterRound: () => void;
}

/** How the last attempt of a task ended. */
export interface FunctionOutcome {
  result: unknown;
  error: Error | undefined;
}

/**
 * Steps through the rounds of the simulation. In each, the functions that start or wake run first, one after the other, each until it
 * waits again or has ended; then come the round's events, ends of attempts among them, and the pass that starts others.
 */
export class FunctionRun implements AttemptHost, TraceSink {
  now: Time = 0;
  readonly key: StreamKey;
  /** By position of the task. */
  readonly outcomes: FunctionOutcome[];
  /** What each attempt wrote, by position of the task. */
  readonly outputs: AttemptOutput[][];
  readonly #options: FunctionRunOptions;
  readonly #core: SimulationCore;
  readonly #execution: Execution;
  readonly #sleepers = new Sleepers();
  /** What the last pass started. */
  readonly #started: { task: number; worker: number; number: number }[] = [];
  readonly #running = new Map<number, Attempt>();
  /** Attempts that neither wait on their context nor have ended: they wait for something in the world outside. */
  readonly #outside = new Set<Attempt>();
  #onChange = () => {};
  #wakings = 0;
  #refused: PolicyError | undefined;

  constructor(options: FunctionRunOptions) {
    const { world, settings, policy, seed, sinks, functions } = options;
    this.#options = options;
    this.key = streamKey(seed, "functions");
    this.outcomes = functions.map(() => ({ result: undefined, error: undefined }));
    this.outputs = functions.map(() => []);
    this.#execution = new Execution(world);
    this.#core = this.#guarded(
      () => new SimulationCore({ world, settings, policy, seeds: { policy: seed }, sinks: [this, ...sinks], storeTrace: true }),
    );
    this.#core.onStart = (task, worker, number) => this.#started.push({ task, worker, number });
  }

  /** Runs everything. Rejects when the run cannot be completed, or a function asked for what would make it differ from run to run. */
  async run(): Promise<Run> {
    const lowerGuard = raiseGuard();
    try {
      for (let due = true; due; ) due = await this.#round();
      this.#core.runUntil(Number.POSITIVE_INFINITY);
    } finally {
      lowerGuard();
      for (const attempt of this.#running.values()) attempt.over = true;
    }
    const run = this.#core.result();
    const { kind, message } = run.ending;
    if (kind === "policy-idle") throw new PolicyError(message);
    if (kind !== "complete") throw new BudgetError(message);
    return run;
  }

  /** One round at the next time at which something is due; false when nothing is. */
  async #round(): Promise<boolean> {
    const time = Math.min(this.#core.nextTime, this.#sleepers.time);
    if (this.#core.ending !== undefined || time === Number.POSITIVE_INFINITY) return false;
    if (time > this.#options.maxTime)
      throw new BudgetError(`virtual time reached the limit set by maxTime, ${formatSeconds(this.#options.maxTime)} s`);
    if (time > this.now) this.#wakings = 0;
    this.now = time;
    this.#core.advance(time);
    await this.#proceed();
    if (this.#core.nextTime > time) return true;
    do {
      this.#guarded(() => this.#core.handleEvents());
      await this.#proceed(); // starts that took effect only now may end at once, and then belong to these events
    } while (this.#hasMoreEvents(time));
    if (this.#core.ending === undefined) this.#guarded(() => this.#core.pass());
    this.#options.afterRound();
    await this.#proceed();
    return true;
  }

  #hasMoreEvents(time: Time): boolean {
    return this.#options.settings.pass !== "event" && this.#core.nextTime === time && this.#core.ending === undefined;
  }

  /** Calls the functions that were started, and wakes those that sleep until now. */
  async #proceed(): Promise<void> {
    for (const { task, worker, number } of this.#started.splice(0)) await this.#begin(task, worker, number);
    await this.#quiet();
    while (this.#sleepers.time === this.now) await this.#wake();
  }

  /** Wakes those that sleep until now, one after the other. */
  async #wake(): Promise<void> {
    this.#wakings += 1;
    for (const { attempt, wake } of this.#sleepers.take()) {
      if (attempt.over) continue;
      if (this.#wakings > MOST_WAKINGS) {
        throw new BudgetError(
          `task "${attempt.context.id}" has slept ${MOST_WAKINGS} times at ${formatSeconds(this.now)} s: time does not move`,
        );
      }
      attempt.waits -= 1;
      this.#changed(attempt);
      wake();
      await nextTurn();
    }
    await this.#quiet();
  }

  /** Calls a function. */
  async #begin(task: number, worker: number, number: number): Promise<void> {
    const { world, functions } = this.#options;
    const { tasks, workers } = world;
    const { offsets, targets } = tasks.dependencies;
    const results = new Map<string, unknown>();
    for (const dependency of targets.subarray(offsets[task], offsets[task + 1])) {
      results.set(nameAt(tasks.names, dependency), this.outcomes[dependency]?.result);
    }
    const attempt = new Attempt(this, task, number, { id: nameAt(tasks.names, task), worker: workers.names[worker] as string, results });
    this.outputs[task]?.push(attempt.output);
    this.#limit(attempt, worker);
    this.#running.set(task, attempt);
    this.#changed(attempt);
    try {
      const isSettled = inContext(attempt, () => this.#call(functions[task] as TaskFunction, attempt));
      if (!isSettled) await nextTurn();
    } catch (reason) {
      this.#end(attempt, undefined, errorOf(reason));
    }
  }

  /** Whether the function has returned a value rather than a promise. */
  #call(run: TaskFunction, attempt: Attempt): boolean {
    const returned = run(attempt.context);
    if (!isThenable(returned)) {
      this.#end(attempt, returned, undefined);
      return true;
    }
    Promise.resolve(returned).then(
      (result) => this.#end(attempt, result, undefined),
      (reason: unknown) => this.#end(attempt, undefined, errorOf(reason)),
    );
    return false;
  }

  /** Plans what the task itself says of its time: the least that it takes, and its limit. */
  #limit(attempt: Attempt, worker: number): void {
    const { task, number } = attempt;
    this.#execution.plan(task, worker, number, 0);
    const isCut = this.#execution.reason === Reason.timeout;
    attempt.holdUntil = isCut ? Number.POSITIVE_INFINITY : this.now + this.#execution.runTime;
    const limit = at(this.#options.world.tasks.timeout, task);
    if (limit < Number.POSITIVE_INFINITY) this.#core.endAttempt(task, this.now + limit, Reason.timeout);
  }

  /** The function has returned or thrown. The attempt ends now, or when its processing time is over. */
  #end(attempt: Attempt, result: unknown, error: Error | undefined): void {
    if (attempt.over) return;
    attempt.over = true;
    this.outcomes[attempt.task] = { result, error };
    this.#changed(attempt);
    const end = Math.max(this.now, attempt.holdUntil);
    if (end < Number.POSITIVE_INFINITY) this.#core.endAttempt(attempt.task, end, error === undefined ? Reason.none : Reason.execution);
  }

  /** Part of what attempts need: the run is worth nothing any more, whatever the function makes of the error. */
  refused(error: PolicyError): void {
    this.#refused ??= error;
    this.#onChange();
  }

  /** Part of what attempts need: waits until virtual time has come so far. */
  sleep(attempt: Attempt, duration: Duration): Promise<void> {
    const time = this.now + duration;
    if (!Number.isSafeInteger(time))
      throw new RangeError(`ctx.sleep: ${formatSeconds(duration)} s from now is beyond the end of the clock`);
    attempt.waits += 1;
    this.#changed(attempt);
    return new Promise((wake) => {
      this.#sleepers.add(time, attempt, wake);
    });
  }

  /** Part of the trace's readers: an attempt that its limit has ended is stopped where it waits. */
  entry(_time: Time, kind: EntryKind, task: number, _worker: number, _attempt: number, reason: Reason): void {
    if (kind !== EntryKind.failed && kind !== EntryKind.finished) return;
    const attempt = this.#running.get(task) as Attempt;
    this.#running.delete(task);
    if (reason !== Reason.timeout) return;
    attempt.over = true;
    const limit = formatSeconds(at(this.#options.world.tasks.timeout, task));
    this.outcomes[task] = { result: undefined, error: new Error(`timed out after ${limit} s of virtual time`) };
  }

  // Waiting for functions.

  /** Takes note of whether an attempt waits on its context, and wakes who waits for that. */
  #changed(attempt: Attempt): void {
    if (attempt.over || attempt.waits > 0) this.#outside.delete(attempt);
    else this.#outside.add(attempt);
    this.#onChange();
  }

  /** Resolves when every function that is running waits on its context: what they wait for outside takes its time on the wall. */
  async #quiet(): Promise<void> {
    while (this.#outside.size > 0 && this.#refused === undefined) {
      await this.#change();
      await nextTurn();
    }
    if (this.#refused !== undefined) throw this.#refused;
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const unwatch = watchDeadEnd(() => {
        stop();
        reject(new BudgetError(this.#deadEnd()));
      });
      const stop = () => {
        unwatch();
        this.#onChange = () => {};
      };
      this.#onChange = () => {
        stop();
        resolve();
      };
    });
  }

  #deadEnd(): string {
    const names = Array.from(this.#outside, ({ context }) => `"${context.id}"`);
    const shown = names.slice(0, 5).join(", ");
    return (
      `at ${formatSeconds(this.now)} s ${names.length === 1 ? "task" : "tasks"} ${shown}${names.length > 5 ? ", …" : ""} ${names.length === 1 ? "waits" : "wait"} ` +
      "for something other than ctx that nothing in this process can bring about; virtual time only moves when every running function waits on ctx"
    );
  }

  #guarded<T>(step: () => T): T {
    const { policy } = this.#options;
    return policyNamed(policy.name) === policy ? step() : withGuard(step);
  }
}

/** All that is ready to run on this thread has run, when it resolves. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    atNextTurn(resolve);
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** What was thrown, as an error if it is none. */
function errorOf(reason: unknown): Error {
  if (reason instanceof Error || types.isNativeError(reason)) return reason;
  return new Error(typeof reason === "string" ? reason : inspect(reason), { cause: reason });
}
