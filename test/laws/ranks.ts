// The ranks of a run, asked from the policy's formula with views built from the trace alone: what the oracle needs for P2.
import { draw, hashTextInto, streamKey } from "../../src/engine/random.ts";
import { at, labelAt, nameAt } from "../../src/model/columns.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import type { World } from "../../src/model/world.ts";
import type { JudgeOptions } from "../../src/oracle/invariant.ts";
import type { PolicyContext, PolicyDefinition, TaskView } from "../../src/policies/policy.ts";

/** Policies whose ranks change with each attempt, also after one that was given up. */
const BY_ATTEMPT: readonly string[] = ["random", "test-layers"];

/** Ranks by position and time, or undefined where a view would depend on more than a trace shows at a glance. */
export function ranksOf(policy: PolicyDefinition, trace: Trace, seeds: { policy: string }): JudgeOptions["rank"] {
  if (policy.order === "plan" || policy.formula.includes("queueLength")) return undefined;
  if (trace.promises.quantum !== undefined) return undefined; // places in line
  const { tasks } = trace.world;
  const releases = Array.from({ length: tasks.count }, (_, task) => at(tasks.release, task));
  const entries = [...trace.entries];
  // Bottom levels grow as tasks arrive, draws change from attempt to attempt.
  if (policy.needs.includes("dependencies") && new Set(releases).size > 1) return undefined;
  const again = BY_ATTEMPT.includes(policy.name) ? [EntryKind.retried, EntryKind.requeued] : [EntryKind.retried];
  if (entries.some(({ kind }) => again.some((each) => each === kind))) return undefined;
  const readyAt = firstReady(trace);
  const { rank, line } = policy.create(contextOf(policy, trace, seeds, Math.min(...releases)));
  return (task, now, remaining) => {
    const whole = viewOf(trace.world, task, { readyAt: readyAt[task] as number });
    const view = remaining === undefined ? whole : { ...whole, remaining };
    return line === undefined ? [rank?.(view, now) ?? 0].flat() : [line(view).slope * (now - view.readyAt)];
  };
}

function contextOf({ parameters }: PolicyDefinition, { world, settings }: Trace, seeds: { policy: string }, origin: number): PolicyContext {
  const hash = new Int32Array(2);
  return {
    parameters: {
      ...Object.fromEntries(Object.entries(parameters ?? {}).map(([name, { default: value }]) => [name, value])),
      ...settings.policy.parameters,
    },
    priorityOrder: settings.priorityOrder,
    origin,
    draw: (task: TaskView, index: number) => {
      hashTextInto(nameAt(world.tasks.names, task.position), hash, 0);
      return draw(streamKey(seeds.policy, "policy"), hash[0] as number, hash[1] as number, task.attempts, index);
    },
  } as unknown as PolicyContext;
}

/** max(submission, completion of the last dependency), for tasks that got so far. */
function firstReady({ world, entries }: Trace): number[] {
  const { offsets, targets } = world.tasks.dependencies;
  const submitted: number[] = [];
  const completed: number[] = [];
  for (const { kind, task, time } of entries) {
    if (kind === EntryKind.submitted) submitted[task] = time;
    if (kind === EntryKind.finished || kind === EntryKind.accepted) completed[task] = time;
  }
  return submitted.map((time, task) => {
    const dependencies = Array.from(targets.slice(offsets[task], offsets[task + 1]));
    return Math.max(time, ...dependencies.map((dependency) => completed[dependency] ?? Number.POSITIVE_INFINITY));
  });
}

/** A frozen view of a task that has not started, as a policy sees it. */
export function viewOf(world: World, task: number, { readyAt }: { readyAt: number }): TaskView {
  const { tasks, dimensions, workers } = world;
  const amount = (dimension: number) => at(tasks.request[dimension] as (typeof tasks.request)[number], task);
  const table = at(tasks.estimateTable, task);
  const estimate = at(tasks.estimate, task);
  return Object.freeze({
    position: task,
    id: nameAt(tasks.names, task),
    release: at(tasks.release, task),
    readyAt,
    estimate,
    remaining: estimate,
    estimateOn: ({ position }: { position: number }) =>
      table >= 0 ? (tasks.estimateTables[table]?.[position] as number) : Math.ceil((estimate * 1000) / (workers.speed[position] as number)),
    cpu: amount(0) / 1000,
    memory: amount(1),
    disk: amount(2),
    slots: amount(3),
    resource: (name: string) => amount(dimensions.indexOf(name)) / 1000,
    priority: at(tasks.priority, task),
    weight: at(tasks.weight, task),
    due: at(tasks.release, task) + at(tasks.due, task),
    bottomLevel: bottomLevel(world, task),
    attempts: 0,
    job: labelAt(tasks.job, task),
    group: labelAt(tasks.group, task),
    user: labelAt(tasks.user, task),
    queue: labelAt(tasks.queue, task),
  });
}

/** Longest estimated path from the task's start, over all tasks. */
function bottomLevel(world: World, task: number): number {
  const { dependents, estimate } = world.tasks;
  const below = Array.from(dependents.targets.slice(dependents.offsets[task], dependents.offsets[task + 1]));
  return (at(estimate, task) || 0) + Math.max(0, ...below.map((dependent) => bottomLevel(world, dependent)));
}
