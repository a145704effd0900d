// Checkpoints in the naive simulator: which there are, and how often attempts write them, from the whole trace anew each time.
import { type CheckpointPlan, dalyInterval } from "../src/model/checkpoint.ts";
import { profileOf } from "../src/model/task-profile.ts";
import { EntryKind, type TraceEntry } from "../src/model/trace.ts";
import { joiningWorkers, type World } from "../src/model/world.ts";
import type { Task } from "./naive-world.ts";

export const planOf = (world: World, task: Task): CheckpointPlan | undefined => profileOf(world.tasks, task.position)?.checkpoint;

/** How long attempts that start now on a worker work between checkpoints, µs. */
export function intervalOf(world: World, entries: readonly TraceEntry[], task: Task, worker: number, now: number): number {
  const plan = planOf(world, task);
  if (plan?.every !== "auto") return plan?.every ?? Infinity;
  const declared = (world.faults?.tracks ?? []).flatMap(({ worker: on, effect, episodes }) =>
    on === worker && effect.kind === "down" && "between" in episodes ? [episodes.between.mean] : [],
  );
  const rate = declared.reduce((sum, mean) => sum + 1 / mean, 0);
  return dalyInterval(plan.cost, plan.mtbf ?? (rate > 0 ? Math.round(1 / rate) : seen(world, entries, now)));
}

/** Mean time between the failures that the scheduler has seen: time that workers were up ÷ those that came back as others, or are suspected. */
function seen(world: World, entries: readonly TraceEntry[], now: number): number {
  let [upTime, failures] = [0, 0];
  for (const worker of world.workers.names.keys()) {
    let since = joiningWorkers(world).includes(worker) ? undefined : 0;
    let isKnown = since === 0;
    let isSuspected = false;
    for (const { kind, worker: whose, time } of entries) {
      if (whose !== worker) continue;
      const isUp = kind === EntryKind.trusted || kind === EntryKind.registered;
      if (!isUp && kind !== EntryKind.suspected && kind !== EntryKind.left) continue;
      if (since !== undefined) upTime += time - since;
      if (kind === EntryKind.registered && isKnown) failures += 1;
      since = isUp ? time : undefined;
      isSuspected = kind === EntryKind.suspected;
      isKnown = kind !== EntryKind.left;
    }
    if (since !== undefined) upTime += now - since;
    if (isSuspected) failures += 1;
  }
  return failures === 0 ? Infinity : Math.round(upTime / failures);
}

/** What was saved, by task and the worker that wrote it. */
export function naiveStorage(world: World) {
  let saved: { task: Task; worker: number; done: number; whole: number }[] = [];
  const isLocal = (task: Task) => planOf(world, task)?.storage === "local";
  const of = (task: Task, worker: number) => saved.find((each) => each.task === task && (!isLocal(task) || each.worker === worker));
  return {
    write: (task: Task, worker: number, done: number, whole: number) => {
      saved = [...saved.filter((each) => each !== of(task, worker)), { task, worker, done, whole }];
    },
    /** Of so much work, what need not be done again. */
    read: (task: Task, worker: number, work: number): number => {
      const { done, whole } = of(task, worker) ?? { done: 0, whole: 1 };
      return Number((BigInt(done) * BigInt(work)) / BigInt(whole));
    },
    loseDisk: (worker: number) => {
      saved = saved.filter((each) => !isLocal(each.task) || each.worker !== worker);
    },
  };
}
