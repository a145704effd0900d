// The policy of a run: made, asked, and blamed for what it does wrong.
import { MakespanError, PolicyError } from "../model/errors.ts";
import type { PolicyPromises } from "../model/trace.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import type { Policy, Rank, SchedulingPass, TaskView } from "../policies/policy.ts";

export class PolicyAtWork {
  readonly promises: PolicyPromises;
  readonly #seed: string;
  readonly #clock: { readonly now: Time };
  readonly #policy: Policy;

  constructor(promises: PolicyPromises, seed: string, clock: { readonly now: Time }, create: () => Policy) {
    this.promises = promises;
    this.#seed = seed;
    this.#clock = clock;
    try {
      this.#policy = create();
    } catch (error) {
      throw this.#blame(error);
    }
    this.#requireShape();
  }

  /** Whether it gives ranks at all; without, tasks stand by release and position. */
  get ranks(): boolean {
    return this.#policy.rank !== undefined || this.#policy.line !== undefined;
  }

  /** Whether ranks may be asked anew: lines keep theirs. */
  get ranksAgain(): boolean {
    return this.#policy.rank !== undefined;
  }

  /** Whether it has a pass of its own. */
  get schedules(): boolean {
    return this.#policy.schedule !== undefined;
  }

  /** The rank of a task, for a line its slope. */
  rank(task: TaskView): Rank {
    const { line, rank } = this.#policy;
    try {
      return line === undefined ? (rank as NonNullable<Policy["rank"]>)(task, this.#clock.now) : line(task).slope;
    } catch (error) {
      throw this.#blame(error);
    }
  }

  schedule(pass: SchedulingPass): void {
    let given: unknown;
    try {
      given = this.#policy.schedule?.(pass);
    } catch (error) {
      throw this.#blame(error);
    }
    if (typeof given === "object" && given !== null && "then" in given) {
      this.illegal("has an async schedule; a pass is one instant, so that it must decide at once");
    }
  }

  /** The position of the worker on which a plan will start a task, or −1. */
  workerOf(task: number): number {
    try {
      return this.#policy.workerOf?.(task)?.position ?? -1;
    } catch (error) {
      throw this.#blame(error);
    }
  }

  /** Whether it may know where. */
  get plans(): boolean {
    return this.#policy.workerOf !== undefined;
  }

  /** Raises the policy's error: what it did, when, with which seed. */
  illegal(what: string): never {
    throw new PolicyError(`policy ${this.promises.text} ${what}, at ${formatSeconds(this.#clock.now)} s (seed ${this.#seed})`);
  }

  /** What the policy made must be what its definition says: the queue is built for that. */
  #requireShape(): void {
    const { line, schedule } = this.#policy;
    const { order, dispatching } = this.promises;
    if (order === "line" && line === undefined) this.illegal("is of order: line, but has no line");
    if (order !== "line" && line !== undefined) this.illegal(`has a line, but is of order: ${order}; say order: "line" in its definition`);
    if (order === "plan" && schedule === undefined) this.illegal("is of order: plan, but has no schedule");
    if (order !== "plan" && schedule !== undefined) {
      this.illegal(`has a schedule of its own, but is of order: ${order}; say order: "plan" in its definition`);
    }
    if (dispatching && schedule === undefined) this.illegal("is dispatching, but has no schedule that assigns tasks");
  }

  /** What the policy's code threw, as its error; errors of our own stay what they are. */
  #blame(error: unknown): Error {
    if (error instanceof MakespanError) return error;
    const message = error instanceof Error ? error.message : String(error);
    const when = `at ${formatSeconds(this.#clock.now)} s (seed ${this.#seed})`;
    return new PolicyError(`policy ${this.promises.text} threw ${when}: ${message}`, { cause: error });
  }
}
