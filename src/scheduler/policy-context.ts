// What a policy is given when it is made.
import { at, nameAt } from "../model/columns.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import type { Time } from "../model/units.ts";
import type { TaskBeliefs } from "../model/world.ts";
import type { PolicyContext, PolicyDefinition, TaskView, WorkerPool } from "../policies/policy.ts";

/** A policy's own uniform draws for a task. */
export type UniformDraws = (task: number, index: number) => number;

/** The policy's parameters with their defaults, and the questions that need no pass. */
export class Context implements PolicyContext {
  readonly parameters: PolicyContext["parameters"];
  readonly priorityOrder: PolicyContext["priorityOrder"];
  readonly workers: WorkerPool;
  readonly #tasks: TaskBeliefs;
  readonly #uniform: UniformDraws;
  readonly #waiting: () => number;
  readonly #positions = new Map<string, number>();
  /** Tasks looked at so far, and their earliest release date. */
  #known = 0;
  #origin: Time = Number.POSITIVE_INFINITY;

  constructor(
    policy: PolicyDefinition,
    settings: SchedulerSettings,
    tasks: TaskBeliefs,
    workers: WorkerPool,
    uniform: UniformDraws,
    waiting: () => number,
  ) {
    const parameters: Record<string, NonNullable<PolicyContext["parameters"][string]>> = {};
    for (const [name, parameter] of Object.entries(policy.parameters ?? {})) {
      if (parameter.default !== undefined) parameters[name] = parameter.default;
    }
    this.parameters = { ...parameters, ...settings.policy.parameters };
    this.priorityOrder = settings.priorityOrder;
    this.workers = workers;
    this.#tasks = tasks;
    this.#uniform = uniform;
    this.#waiting = waiting;
    this.positionOf = this.positionOf.bind(this); // may be taken out of the context
    this.draw = this.draw.bind(this);
  }

  get origin(): Time {
    const { count, release } = this.#tasks;
    for (; this.#known < count; this.#known++) this.#origin = Math.min(this.#origin, at(release, this.#known));
    return this.#origin;
  }

  get queueLength(): number {
    return this.#waiting();
  }

  positionOf(id: string): number | undefined {
    const { count, names } = this.#tasks;
    for (let task = this.#positions.size; task < count; task++) this.#positions.set(nameAt(names, task), task);
    return this.#positions.get(id);
  }

  draw(task: TaskView, index: number): number {
    return this.#uniform(task.position, index);
  }
}
