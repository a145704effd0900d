// What the naive simulator reads: the drawn world as plain tasks and questions, each answered by looking it up anew.
import type { Reason } from "../src/model/trace.ts";
import { draw, hashTextInto, streamKey } from "../src/engine/random.ts";
import { FaultTimeline } from "../src/cluster/fault-timeline.ts";
import { at, labelAt, nameAt } from "../src/model/columns.ts";
import type { FaultEffect, World } from "../src/model/world.ts";
import type { TaskView } from "../src/policies/policy.ts";

/** What a policy sees of a task, and how it stands. */
export interface Task extends Mutable<TaskView> {
  lost: number; // attempts that were given up
  avoids: number; // the worker where its last attempt failed or was lost, or -1
  stage: "future" | "waiting" | "held" | "running" | "suspended" | "backoff" | "completed" | "failed" | "skipped" | "cancelled";
  worker: number; // of the last attempt
  start: number;
  startEntry: number; // where its last start stands in the trace
  backoffEnd: number;
  since: number; // when it was started or continued last
  runEntry: number; // where that stands in the trace
  done: number; // work of its attempt until `from`, as the scheduler believes, µs at speed 1
  from: number;
  suspendedAt: number; // last
  queuedAt: number; // since when it waits; Infinity while it does not
  graceEnd: number; // when it makes room; Infinity while it need not
  preemptions: number;
  kept?: { worker: number; done: number }; // work that is saved as it made room, as the scheduler believes
  isCancelling: boolean; // its client waits until its worker confirms that it has stopped
  recall: Reason | undefined; // why it is to go back to the queue when its worker does
  isWithdrawn?: boolean; // before it was submitted
  /** Of its attempt, as the scheduler believes: what it holds, and waits for; what it has cost up to then, and its place in the order of asks. */
  asks?: { holds: number[]; wanted: number[] | undefined; count: number; order: number; cost: number; since: number } | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type Fraction = [part: bigint, whole: bigint];
type Field = { [K in keyof World["tasks"]]-?: World["tasks"][K] extends World["tasks"]["release"] ? K : never }[keyof World["tasks"]];

export function readWorld(world: World) {
  const { workers, dimensions } = world;
  const tasks = Array.from({ length: world.tasks.count }, (_, position) => taskAt(position));
  const field = (name: Field, task: Task) => at(world.tasks[name], task.position);
  const request = (task: Task, d: number) => at(world.tasks.request[d], task.position);
  const { offsets, targets } = world.tasks.dependencies;
  const needed = tasks.map(({ position }) => Array.from(targets.slice(offsets[position], offsets[position + 1]), (other) => tasks[other]));
  const dependencies = ({ position }: Task) => needed[position];
  const dependents = (task: Task) => tasks.filter((other) => dependencies(other).includes(task));
  const isEligible = (task: Task, worker: number) => world.eligibilitySets[field("eligibility", task)][worker] === 1;
  const estimateOn = (task: Task, worker: number) =>
    world.tasks.estimateTables[field("estimateTable", task)]?.[worker] ?? Math.ceil((task.estimate * 1000) / workers.speed[worker]);
  return { tasks, field, request, dependencies, dependents, isEligible, estimateOn };

  function taskAt(position: number): Task {
    const of = (name: Field) => at(world.tasks[name], position);
    const [cpu, memory, disk, slots] = world.tasks.request.map((column) => at(column, position));
    const [job, user, group, queue] = (["job", "user", "group", "queue"] as const).map((name) => labelAt(world.tasks[name], position));
    const [release, estimate, priority, weight] = [of("release"), of("estimate"), of("priority"), of("weight")];
    const told = {
      id: nameAt(world.tasks.names, position),
      release,
      estimate,
      priority,
      weight,
      memory,
      disk,
      slots,
      job,
      user,
      group,
      queue,
    };
    const begun = {
      stage: "future" as const,
      readyAt: Infinity,
      attempts: 0,
      lost: 0,
      worker: -1,
      avoids: -1,
      start: 0,
      startEntry: -1,
      backoffEnd: 0,
      since: 0,
      runEntry: -1,
      done: 0,
      from: 0,
      suspendedAt: -1,
      queuedAt: Infinity,
      graceEnd: Infinity,
      preemptions: 0,
      isCancelling: false,
      recall: undefined,
    };
    const resource = (name: string) => request(tasks[position], dimensions.indexOf(name)) / 1000;
    const onWorker = (worker: { position: number }) => estimateOn(tasks[position], worker.position);
    const derived = { cpu: cpu / 1000, due: release + of("due"), bottomLevel: 0, remaining: told.estimate, resource, estimateOn: onWorker };
    return { position, ...told, ...derived, ...begun };
  }
}

/** A fault begins or ends. */
export interface FaultChange {
  time: number;
  worker: number;
  track: number;
  effect: FaultEffect;
  begins: boolean;
}

/** All that befalls workers up to a time. */
export function faultChanges({ faults }: World, until: number): FaultChange[] {
  const timeline = new FaultTimeline(faults ?? { seed: "", tracks: [] });
  const changes: FaultChange[] = [];
  for (const track of timeline.tracks.keys())
    while (timeline.next(track) < Infinity && timeline.next(track) <= until)
      changes.push({ time: timeline.next(track), track, ...timeline.advance(track) });
  return changes;
}

/** The uniform number for a task and an index: drawn by its executions, so that attempts that were given up change nothing. */
export function uniform(seed: string, purpose: string, { id, attempts, lost }: Task, index: number): number {
  const hash = new Int32Array(2);
  hashTextInto(id, hash, 0);
  return draw(streamKey(seed, purpose), hash[0], hash[1], attempts - lost, index);
}

export const compare = (a: Fraction, b: Fraction) => Number(a[0] * b[1] - b[0] * a[1]);
export const compareLists = (a: number[], b: number[]) => a.map((x, i) => (x === b[i] ? 0 : x - b[i])).find((each) => each !== 0) ?? 0;
/** The first worker before which the order puts no other. */
export const best = (candidates: number[], order: (a: number, b: number) => number) =>
  candidates.reduce((chosen, worker) => (order(worker, chosen) < 0 ? worker : chosen));
