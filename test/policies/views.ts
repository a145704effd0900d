// Views of tasks and workers made by hand, for tests of ranks and choices without a simulation.
import { SECOND } from "../../src/model/units.ts";
import type { PolicyContext, TaskView, WorkerPool, WorkerView } from "../../src/policies/policy.ts";

/** A task with the defaults of a scenario, one second long. */
export function taskView(fields: Partial<TaskView> = {}): TaskView {
  return {
    position: 0,
    id: "t",
    release: 0,
    readyAt: 0,
    estimate: SECOND,
    remaining: fields.estimate ?? SECOND,
    estimateOn: () => fields.estimate ?? SECOND,
    cpu: 1,
    memory: 0,
    disk: 0,
    slots: 1,
    resource: () => 0,
    priority: 0,
    weight: 1,
    due: Number.POSITIVE_INFINITY,
    bottomLevel: SECOND,
    attempts: 0,
    job: "",
    group: "",
    user: "",
    queue: "",
    ...fields,
  };
}

/** An idle worker of one core. */
export function workerView(fields: Partial<WorkerView> = {}): WorkerView {
  return {
    position: 0,
    id: "w",
    speed: 1,
    labels: {},
    freeCpu: 1,
    freeMemory: Number.POSITIVE_INFINITY,
    freeDisk: Number.POSITIVE_INFINITY,
    freeSlots: Number.POSITIVE_INFINITY,
    running: 0,
    queued: 0,
    pendingWork: 0,
    ...fields,
  };
}

/** A context without workers; draws are those given, in order of index. */
export function contextOf(fields: Partial<PolicyContext> = {}, draws: readonly number[] = []): PolicyContext {
  return {
    parameters: {},
    priorityOrder: "lower-first",
    workers: undefined as unknown as WorkerPool,
    origin: 0,
    queueLength: 1,
    positionOf: () => undefined,
    draw: (_task, index) => draws[index] as number,
    ...fields,
  };
}
