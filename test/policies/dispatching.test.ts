// Dispatching: what each rule chooses among workers made by hand.
import { expect, test } from "vitest";
import { policyNamed } from "../../src/policies/index.ts";
import type { PolicyDefinition, SchedulingPass, TaskView, WorkerView } from "../../src/policies/policy.ts";
import { contextOf, taskView, workerView } from "./views.ts";

/** The workers, by position, to which the policy binds each of the tasks in turn; every binding lengthens that queue by one. */
function bindings(name: string, tasks: readonly TaskView[], workers: readonly WorkerView[], draws: number[] = []): number[] {
  const queued = new Map(workers.map((worker) => [worker.position, worker.queued]));
  const live = workers.map((worker) => ({
    ...worker,
    get queued() {
      return queued.get(worker.position) as number;
    },
  }));
  const bound: number[] = [];
  const pass = {
    arrivals: () => tasks,
    workers: { candidates: () => live },
    assign: (_task: TaskView, worker: WorkerView) => {
      bound.push(worker.position);
      queued.set(worker.position, (queued.get(worker.position) as number) + 1);
    },
  } as unknown as SchedulingPass;
  const policy = (policyNamed(name) as PolicyDefinition).create(contextOf({}, draws));
  policy.schedule?.(pass);
  return bound;
}

const tasks = (count: number) => Array.from({ length: count }, (_, position) => taskView({ position }));
const workers = (...fields: Partial<WorkerView>[]) => fields.map((given, position) => workerView({ position, ...given }));

test("dispatch-random takes worker floor(u × n)", () => {
  for (const [u, chosen] of [
    [0, 0],
    [0.32, 0],
    [0.34, 1],
    [0.999, 2],
  ] as const) {
    expect(bindings("dispatch-random", tasks(1), workers({}, {}, {}), [u])).toEqual([chosen]);
  }
});

test("dispatch-round-robin goes round, passing over who cannot hold the task", () => {
  expect(bindings("dispatch-round-robin", tasks(5), workers({}, {}, {}))).toEqual([0, 1, 2, 0, 1]);
  expect(bindings("dispatch-round-robin", tasks(4), workers({ position: 1 }, { position: 4 }))).toEqual([1, 4, 1, 4]);
});

test("dispatch-least-work takes the least pending work, then the lowest position", () => {
  expect(bindings("dispatch-least-work", tasks(1), workers({ pendingWork: 5 }, { pendingWork: 3 }, { pendingWork: 3 }))).toEqual([1]);
});

test("dispatch-shortest-queue counts queued and running, and sees what the pass has bound", () => {
  const cluster = workers({ queued: 1, running: 1 }, { running: 1 }, {});
  expect(bindings("dispatch-shortest-queue", tasks(4), cluster)).toEqual([2, 1, 2, 0]);
});

test("dispatch-pow2 takes the shorter of two different workers; a tie goes to the first drawn", () => {
  const cluster = workers({ running: 2 }, { running: 1 }, { running: 1 });
  expect(bindings("dispatch-pow2", tasks(1), cluster, [0, 0])).toEqual([1]); // 0 against 1
  expect(bindings("dispatch-pow2", tasks(1), cluster, [0.99, 0.99])).toEqual([2]); // 2 against 1
  expect(bindings("dispatch-pow2", tasks(1), cluster, [0.5, 0])).toEqual([1]); // 1 against 0
  expect(bindings("dispatch-pow2", tasks(1), workers({}), [0.5])).toEqual([0]); // no other to look at
});
