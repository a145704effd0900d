// The registry of policies, and whether one applies to a workload.
import { at, type Column, isConstant } from "../model/columns.ts";
import { formatPolicySpec, type PolicySpec, type SchedulerSettings } from "../model/settings.ts";
import type { TaskBeliefs, World } from "../model/world.ts";
import { criticalPath } from "./critical-path.ts";
import { dispatchLeastWork } from "./dispatch-least-work.ts";
import { dispatchPow2 } from "./dispatch-pow2.ts";
import { dispatchRandom } from "./dispatch-random.ts";
import { dispatchRoundRobin } from "./dispatch-round-robin.ts";
import { dispatchShortestQueue } from "./dispatch-shortest-queue.ts";
import { edd } from "./edd.ts";
import { expression, NEEDS_RANK } from "./expression.ts";
import { f1 } from "./f1.ts";
import { fcfs } from "./fcfs.ts";
import { firstFit } from "./first-fit.ts";
import { fixedOrder } from "./fixed-order.ts";
import { ljf } from "./ljf.ts";
import { mayAsk } from "../model/task-profile.ts";
import type { PolicyDefinition, TaskField } from "./policy.ts";
import { preemptivePriority } from "./preemptive-priority.ts";
import { preemptiveSjf } from "./preemptive-sjf.ts";
import { priority } from "./priority.ts";
import { random } from "./random.ts";
import { sjf } from "./sjf.ts";
import { srpt } from "./srpt.ts";
import { timeSlice } from "./time-slice.ts";
import { unicep } from "./unicep.ts";
import { wfp3 } from "./wfp3.ts";
import { wspt } from "./wspt.ts";

/** Every policy that comes with Makespan. */
export const POLICIES: readonly PolicyDefinition[] = [
  fcfs,
  firstFit,
  priority,
  sjf,
  ljf,
  edd,
  wspt,
  criticalPath,
  random,
  fixedOrder,
  dispatchRandom,
  dispatchRoundRobin,
  dispatchLeastWork,
  dispatchShortestQueue,
  dispatchPow2,
  wfp3,
  unicep,
  f1,
  preemptivePriority,
  preemptiveSjf,
  srpt,
  timeSlice,
  expression,
];

const byName = new Map(POLICIES.map((policy) => [policy.name, policy]));

/** The policy of that name, or undefined. */
export function policyNamed(name: string): PolicyDefinition | undefined {
  return byName.get(name);
}

/** The registered policy that a spec names, specialised for its parameters, which have been checked; undefined where none has that name. */
export function policyOfSpec(spec: PolicySpec): PolicyDefinition | undefined {
  const policy = policyNamed(spec.name);
  return policy?.specialise?.(spec.parameters) ?? policy;
}

/** Why a policy does not apply to a world, or undefined where it does: it cannot work, or a field that it needs is given for no task. */
export function applies(policy: PolicyDefinition, world: World, settings: SchedulerSettings): string | undefined {
  const reason = cannotWork(policy, world, settings);
  if (reason !== undefined) return reason;
  const missing = policy.needs.find((field) => !isGiven(field, world.tasks));
  return missing && `needs ${NEEDED[missing]}, which no task has`;
}

/** Why a policy cannot work at all under these settings, whatever the tasks ask for: it is not given what it works by. */
export function cannotWork(
  policy: PolicyDefinition,
  { functions, tasks }: Partial<Pick<World, "functions" | "tasks">>,
  settings: SchedulerSettings,
): string | undefined {
  if (policy.needs.includes("estimate") && settings.estimates === "none") return "needs estimates, and estimates: none gives none";
  const { name, parameters } = settings.policy;
  const given = name === policy.name ? parameters : {};
  if (policy === fixedOrder && given.order === undefined && given.file === undefined) return "needs a list of tasks (order or file)";
  if (policy === expression && given.rank === undefined) return NEEDS_RANK;
  if (policy.preempts !== true) return undefined;
  if (functions === true) return "preempts, and users' functions cannot be stopped half way";
  if (tasks !== undefined && mayAsk(tasks.profiles))
    return "preempts, and tasks here have asks or a claim: what they wait for while they run could not be kept for them; take a policy that does not preempt";
  if (settings.preemption === undefined) return "preempts, and scheduler.preemption is off (try preemption: { mode: suspend })";
  const slices = policy === timeSlice || policy.quantum !== undefined;
  const { mode } = settings.preemption;
  if (slices && mode === "kill") return "would kill the same tasks over and over (preemption: { mode: kill }); it needs { mode: suspend }";
  if (slices && mode === "checkpoint")
    return "takes turns too often for checkpoints, and would kill what writes none (preemption: { mode: checkpoint }); it needs { mode: suspend }";
  return undefined;
}

/** What is said of a policy that was asked for and cannot work on a scenario. */
export function doesNotApply(spec: PolicySpec, scenario: string, reason: string): string {
  return `policy ${formatPolicySpec(spec)} does not apply to ${scenario}: it ${reason}`;
}

const NEEDED: Record<TaskField, string> = {
  estimate: "an estimate",
  priority: "a priority other than 0",
  due: "a due date",
  weight: "a weight other than 1",
  dependencies: "a dependency",
};

function isGiven(field: TaskField, tasks: TaskBeliefs): boolean {
  switch (field) {
    case "estimate":
      return holdsForSome(tasks.estimate, tasks.count, (value) => !Number.isNaN(value));
    case "priority":
      return holdsForSome(tasks.priority, tasks.count, (value) => value !== 0);
    case "due":
      return holdsForSome(tasks.due, tasks.count, (value) => value !== Number.POSITIVE_INFINITY);
    case "weight":
      return holdsForSome(tasks.weight, tasks.count, (value) => value !== 1);
    case "dependencies":
      return tasks.dependencies.targets.length > 0;
  }
}

function holdsForSome(column: Column, count: number, holds: (value: number) => boolean): boolean {
  const length = isConstant(column) ? Math.min(1, count) : count;
  for (let task = 0; task < length; task++) {
    if (holds(at(column, task))) return true;
  }
  return false;
}
