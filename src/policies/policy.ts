// What a policy is: how the queue is ordered and, where a list is not enough, what a pass does. It decides and owns nothing.
import { InputError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { shown } from "../model/shown.ts";
import type { ParameterValue, Placement } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import type { BelievedWorld } from "../model/world.ts";

/** What the scheduler knows of a task. A view is read-only; the fields are beliefs, never the truth. */
export interface TaskView {
  /** Position in the input: the tie-breaker, and what to key a Map by. */
  readonly position: number;
  readonly id: string;
  /** Release date, µs. */
  readonly release: Time;
  /** First time at which it was ready, µs: the origin of waiting. */
  readonly readyAt: Time;
  /** Estimated processing time at speed 1, µs; NaN where none is known. */
  readonly estimate: Duration;
  /** What is left of the estimate, µs: less the work that the present attempt has done, as far as the scheduler knows. */
  readonly remaining: Duration;
  /** Estimated time on one worker, µs: by its speed, or by the task's own time there. */
  estimateOn(worker: WorkerView): Duration;
  /** Requested cores, with fractions. */
  readonly cpu: number;
  /** Requested bytes. */
  readonly memory: number;
  /** Requested bytes. */
  readonly disk: number;
  readonly slots: number;
  /** A named resource's requested units. */
  resource(name: string): number;
  readonly priority: number;
  readonly weight: number;
  /** Due date on the virtual clock, µs; Infinity where none is given. */
  readonly due: Time;
  /** Longest estimated path from this task's start to the end of the last known task that depends on it, µs (upward rank). */
  readonly bottomLevel: Duration;
  /** Attempts that have started. */
  readonly attempts: number;
  readonly job: string;
  readonly user: string;
  readonly group: string;
  readonly queue: string;
}

/** What the scheduler knows of a worker. */
export interface WorkerView {
  readonly position: number;
  readonly id: string;
  readonly speed: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Cores free now, with fractions. */
  readonly freeCpu: number;
  /** Bytes free now; Infinity where unlimited. */
  readonly freeMemory: number;
  readonly freeDisk: number;
  readonly freeSlots: number;
  /** Attempts that run here. */
  readonly running: number;
  /** Tasks bound to this worker that have not started (dispatching policies). */
  readonly queued: number;
  /** Estimated work bound to or running on this worker that is still to be done, µs. */
  readonly pendingWork: Duration;
}

/** Fields of a task that a policy may need; one that is needed and given for no task makes a policy inapplicable. */
export const TASK_FIELDS = ["estimate", "priority", "due", "weight", "dependencies"] as const;
export type TaskField = (typeof TASK_FIELDS)[number];

/** A rank: least first, up to three numbers compared in order; ties go by release date, then position. */
export type Rank = number | readonly [number] | readonly [number, number] | readonly [number, number, number];

/** A rank that is a line in time: rank(now) = slope × (now − readyAt). */
export interface RankLine {
  slope: number;
}

/** The ready tasks in rank order. */
export interface ReadyQueue extends Iterable<TaskView> {
  readonly length: number;
  /** The task of least rank. */
  head(): TaskView | undefined;
  /** The task of least rank that fits what is free on a worker. */
  firstFitting(worker: WorkerView): TaskView | undefined;
}

/** Every worker that is ever there. Nothing fits on those that are suspected, have not joined, are to leave or have left. */
export interface WorkerPool extends Iterable<WorkerView> {
  readonly length: number;
  at(position: number): WorkerView;
  byId(id: string): WorkerView | undefined;
  /** A worker with room for the task by the scheduler's placement, or by another; undefined where there is none. */
  find(task: TaskView, placement?: Placement): WorkerView | undefined;
  /** Whether the task could run there now. */
  fits(task: TaskView, worker: WorkerView): boolean;
  /** Whether the task could run there if the worker were empty. */
  couldHold(task: TaskView, worker: WorkerView): boolean;
  /** Workers that could hold the task when empty, by position, without the one that its retry avoids; never none. */
  candidates(task: TaskView): readonly WorkerView[];
  /** Workers with more room than at the end of the last pass. */
  gained(): readonly WorkerView[];
}

/** One look at the queue. What a pass starts is validated at once, and later questions see it. */
export interface SchedulingPass {
  readonly now: Time;
  readonly queue: ReadyQueue;
  readonly workers: WorkerPool;
  /** Tasks that became ready since the last pass, by release date and position. */
  arrivals(): readonly TaskView[];
  /** Where a known task stands (`backoff`: failed, waiting for its retry); undefined when no such task was submitted. */
  status(position: number): "blocked" | "ready" | "running" | "backoff" | "ended" | undefined;
  /** Starts a ready task on a worker with room; anything else is the policy's error. */
  start(task: TaskView, worker: WorkerView): void;
  /** Binds a ready task to a worker's own queue, first in, first out; its head blocks. */
  assign(task: TaskView, worker: WorkerView): void;
  /** Asks for a pass at that time, even if nothing happens. */
  wakeAt(time: Time): void;
  /** The shared list loop, for a policy that only adds to it. */
  runList(): void;
}

/** What a policy is given when it is made, once per run. */
export interface PolicyContext {
  /** Options as given, defaults filled in. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly priorityOrder: "lower-first" | "higher-first";
  readonly workers: WorkerPool;
  /** Earliest release date of all tasks of the input, µs; Infinity while a step-wise run has none. Ask it anew: the input may grow. */
  readonly origin: Time;
  /** Tasks that were ready at the beginning of this pass, between passes of the last one. Ask it anew. */
  readonly queueLength: number;
  /** Position of a task's id among all tasks of the input, or undefined. */
  positionOf(id: string): number | undefined;
  /** A uniform number in [0, 1) from the policy's own seed, keyed by a task and an index: the same whenever it is asked. */
  draw(task: TaskView, index: number): number;
}

/** A policy at work in one run. Without `schedule` the shared list loop runs; with `line` the rank is a line in time. */
export interface Policy {
  /** Static, and for a plan: asked when the task becomes ready (again when its bottom level grows). Dynamic: asked anew each pass. */
  rank?(task: TaskView, now: Time): Rank;
  line?(task: TaskView): RankLine;
  schedule?(pass: SchedulingPass): void;
  /** The worker on which a plan will start a task, by the task's position: what it reads is sent there as soon as it is written. */
  workerOf?(task: number): WorkerView | undefined;
}

/** An option of a policy. */
export interface PolicyParameter {
  summary: string;
  default?: ParameterValue;
  /** What is wrong with a value of the right kind, a message each. */
  faults?(value: ParameterValue): string[];
}

/** What is open in a world that is judged although its scenario has faults elsewhere. */
export interface WorldDoubts {
  /** Whether it is sure that there is a task of that id, where tasks may be missing or stand in for others; undefined: it is of all. */
  isTask: ((id: string) => boolean) | undefined;
  /** Whether workers are not those of the scenario. */
  workers: boolean;
}

/** A policy's entry in the registry: everything that is known of it before it runs. */
export interface PolicyDefinition {
  name: string;
  /** One line: what it does. */
  summary: string;
  /** The rank, or the rule, as its source writes it. */
  formula: string;
  /** Paper, book or standard. */
  source: string;
  /** What it is known to be good or optimal for. */
  objective: string;
  /** `plan`: its own `schedule` decides. */
  order: "static" | "line" | "dynamic" | "plan";
  /** Default of `blocking`; undefined where the policy takes no such option. */
  blocking?: boolean;
  /** Whether it takes the option `placement`. */
  takesPlacement: boolean;
  /** At the end of each of its passes no ready task fits an eligible worker (when not blocking). */
  workConserving: boolean;
  /** Binds each task to one worker's own queue. */
  dispatching?: boolean;
  /** Running attempts make room for tasks of better rank; ranks of running tasks are asked when that is to be decided. */
  preempts?: boolean;
  /** µs that an attempt runs before it makes room for any task that waits; ranks are then places in line, asked once. */
  quantum?: Duration;
  /** Whether it draws random numbers. */
  draws?: boolean;
  scaleFree: boolean;
  needs: readonly TaskField[];
  parameters?: Readonly<Record<string, PolicyParameter>>;
  /** What is wrong with the parameters for that world, a message each: bad input, found before the run. */
  faults?(parameters: Readonly<Record<string, ParameterValue>>, world: BelievedWorld, doubts?: WorldDoubts): string[];
  /**
   * The definition for given parameters, where what is known of the policy (its order, what it needs) hangs on them; it takes the
   * place of this one. The parameters have been checked.
   */
  specialise?(parameters: Readonly<Record<string, ParameterValue>>): PolicyDefinition;
  create(context: PolicyContext): Policy;
}

/** A policy as it is written down: a name, a rule (`rank`, `line`, `schedule`, or `create` for one with state), and what is known of it. */
export type PolicyInput = Pick<PolicyDefinition, "name"> &
  Partial<PolicyDefinition> &
  Policy &
  (Required<Pick<Policy, "rank">> | Required<Pick<Policy, "line">> | Required<Pick<Policy, "schedule">> | Pick<PolicyDefinition, "create">);

/** The rules of a policy, of which one must be there. */
export const RULES = ["rank", "line", "schedule", "create"] as const;

const KEYS: readonly string[] = [
  ...RULES,
  ...["name", "summary", "formula", "source", "objective", "order", "blocking", "takesPlacement", "workConserving", "dispatching"],
  ...["preempts", "quantum", "draws", "scaleFree", "needs", "parameters", "faults", "specialise"],
];

/** What is wrong with the keys of an object that should be a policy. */
export function policyKeyFaults(policy: object): string[] {
  const strange = Object.keys(policy).filter((key) => !KEYS.includes(key));
  const faults = strange.map((key) => `"${key}" is no part of a policy${didYouMean(key, KEYS)}`);
  const { needs } = policy as { needs?: unknown };
  for (const field of Array.isArray(needs) ? needs.map(String) : [])
    if (!(TASK_FIELDS as readonly string[]).includes(field)) faults.push(`needs: "${field}" is no field${didYouMean(field, TASK_FIELDS)}`);
  return RULES.some((rule) => Object.hasOwn(policy, rule)) ? faults : [...faults, `it needs one of ${RULES.join(", ")}`];
}

/**
 * Defines a policy; refuses keys that are none of a policy's. What is left out gets the default of a list policy that overtakes. A policy with `create` whose rank
 * is not static says so in `order`.
 */
export function definePolicy(input: PolicyInput): PolicyDefinition {
  if (typeof input !== "object" || (input as unknown) === null || Array.isArray(input))
    refuse(`a policy is an object, such as { name: "mine", rank: (task) => task.estimate }, not ${shown(input)}`);
  const faults = policyKeyFaults(input);
  if (typeof input.name !== "string" || input.name === "") faults.push("its name must be a text");
  for (const rule of RULES)
    if (input[rule] !== undefined && typeof input[rule] !== "function") faults.push(`its ${rule} must be a function`);
  if (faults.length > 0) throw new InputError(faults.map((message) => ({ message: `policy ${input.name}: ${message}` })));
  const { rank, line, schedule, ...definition } = input;
  const shared: Policy = { ...(rank && { rank }), ...(line && { line }), ...(schedule && { schedule }) };
  const order = definition.order ?? (schedule ? "plan" : line ? "line" : "static");
  return {
    summary: "a policy of the user's",
    formula: "",
    source: "",
    objective: "",
    takesPlacement: true,
    workConserving: order !== "plan",
    scaleFree: false,
    needs: [],
    create: () => shared,
    ...definition,
    order,
    ...(order === "plan" ? {} : { blocking: definition.blocking ?? false }),
  };
}
