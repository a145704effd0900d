// Policies that say the same in other words decide the same: each pair asks the scheduler by another way, and both runs are equal.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { policyNamed } from "../../src/policies/index.ts";
import { definePolicy, type Policy, type PolicyDefinition, type SchedulingPass, type TaskView } from "../../src/policies/policy.ts";
import { cases } from "../arbitraries.ts";
import { traceText } from "../entry-text.ts";
import { EXTRA_POLICIES } from "../extra-policies.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { hasIdleThoughts, setUp, traceOf } from "./running.ts";

const byPriority = (task: TaskView) => [task.priority, -task.estimate || 0, task.cpu] as const;
const listed = definePolicy({ name: "listed", rank: byPriority });
const blocking = definePolicy({ name: "blocking", blocking: true, rank: byPriority });

const plan = (name: string, schedule: (pass: SchedulingPass) => void): PolicyDefinition =>
  definePolicy({ name, rank: byPriority, schedule });

/** Every ready task in order, on whatever worker the placement picks. */
function walk({ queue, workers, start }: Verbs): void {
  for (const task of queue) {
    const worker = workers.find(task);
    if (worker !== undefined) start(task, worker);
  }
}

/** The head, until it finds no worker. */
function heads({ queue, workers, start }: Verbs): void {
  for (let task = queue.head(); task !== undefined; task = queue.head()) {
    const worker = workers.find(task);
    if (worker === undefined) return;
    start(task, worker);
  }
}

/** Worker by worker, the best task that fits: asked of the queue's index. */
function fillByIndex({ queue, workers, start }: Verbs): void {
  for (const worker of workers) {
    for (let task = queue.firstFitting(worker); task !== undefined; task = queue.firstFitting(worker)) start(task, worker);
  }
}

/** The same, by a look at every task. */
function fillByScan({ queue, workers, start }: Verbs): void {
  const next = (worker: ReturnType<typeof workers.at>) => [...queue].find((task) => workers.fits(task, worker));
  for (const worker of workers) {
    for (let task = next(worker); task !== undefined; task = next(worker)) start(task, worker);
  }
}

/** Only workers that gained room, and every worker for what has just become ready: enough, where nothing else can fit. */
function fillWhatChanged(pass: Verbs): void {
  const { queue, workers, start } = pass;
  const isNew = new Set(pass.arrivals().map((task) => task.position));
  const gained = new Set(pass.workers.gained().map((worker) => worker.position));
  for (const worker of workers) {
    const fits = (task: TaskView) => (isNew.has(task.position) || gained.has(worker.position)) && workers.fits(task, worker);
    const next = () => [...queue].find(fits);
    for (let task = next(); task !== undefined; task = next()) start(task, worker);
  }
}

type Verbs = Pick<SchedulingPass, "queue" | "workers" | "start" | "arrivals">;
const bound = (schedule: (verbs: Verbs) => void) => (pass: SchedulingPass) =>
  schedule({
    queue: pass.queue,
    workers: pass.workers,
    start: (task, worker) => pass.start(task, worker),
    arrivals: () => pass.arrivals(),
  });

/** A policy whose lines in time are asked anew in every pass. */
function reranked(policy: PolicyDefinition): PolicyDefinition {
  const { line } = policy.create({} as Parameters<PolicyDefinition["create"]>[0]) as Required<Pick<Policy, "line">>;
  return definePolicy({
    name: `${policy.name}-again`,
    order: "dynamic",
    needs: policy.needs,
    rank: (task, now) => line(task).slope * (now - task.readyAt),
  });
}

const LINES = [policyNamed("wfp3")!, policyNamed("unicep")!, ...EXTRA_POLICIES.filter(({ order }) => order === "line")];

const PAIRS: [string, PolicyDefinition, PolicyDefinition][] = [
  ["a static rank and the same rank asked anew", listed, definePolicy({ name: "again", order: "dynamic", rank: byPriority })],
  ["the list loop and a plan that calls it", listed, plan("calls", (pass) => pass.runList())],
  ["the list loop and a walk along the queue", listed, plan("walks", bound(walk))],
  ["the blocking list loop and the head of the queue", blocking, plan("heads", bound(heads))],
  ["the best that fits a worker, by the index and by a scan", plan("index", bound(fillByIndex)), plan("scan", bound(fillByScan))],
  ["all workers, and those where something can have changed", plan("scan", bound(fillByScan)), plan("changed", bound(fillWhatChanged))],
  ...LINES.map((policy): [string, PolicyDefinition, PolicyDefinition] => [
    `${policy.name} as lines and asked anew`,
    policy,
    reranked(policy),
  ]),
];

describe.each(PAIRS)("%s", (_, one, other) => {
  test.each([
    ["small scenarios full of ties", {}, 60],
    ["long queues of many different tasks", { crowd: true }, 16],
  ] as const)("%s", (_title, wishes, usual) => {
    fc.assert(
      fc.property(cases(wishes), (drawn) => {
        const [a, b] = [setUp(one, drawn), setUp(other, drawn)];
        fc.pre(a !== undefined && b !== undefined);
        const { blocking: asked, ...spec } = a.settings.policy;
        // A plan takes no such option: what it is compared with is asked to be what it is.
        const settings = { ...a.settings, policy: other.order === "plan" || asked === undefined ? spec : { ...spec, blocking: asked } };
        fc.pre(hasIdleThoughts({ ...a, settings }) === hasIdleThoughts({ ...b, settings }));
        expect(traceText(traceOf({ ...b, settings }).entries)).toEqual(traceText(traceOf({ ...a, settings }).entries));
      }),
      { seed: seed(61), numRuns: runs(usual) },
    );
  });
});
