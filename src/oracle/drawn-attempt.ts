// What the drawn world makes of one attempt: how long it takes on a worker, and how it ends.
import { at } from "../model/columns.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { type Duration, partOf } from "../model/units.ts";
import { profileOf } from "../model/task-profile.ts";
import { straggling } from "../model/straggle.ts";
import type { World } from "../model/world.ts";

export interface DrawnAttempt {
  /** µs from start to end. */
  length: Duration;
  /** Time it would take without a limit. */
  unlimited: Duration;
  kind: typeof EntryKind.finished | typeof EntryKind.failed;
  reason: Reason;
}

/** Execution number `execution` (from 1) of a task on a worker, which straggles or not. NaN lengths where the worker cannot run the task. */
export function drawnAttempt(world: World, task: number, worker: number, execution: number, straggles = false): DrawnAttempt {
  const { tasks } = world;
  const fails = execution <= at(tasks.failures, task);
  const whole = processingTime(world, task, worker, straggles);
  const unlimited = fails ? partOf(whole, at(tasks.failsAfter, task)) : whole;
  const timeout = at(tasks.timeout, task);
  if (unlimited > timeout) return { length: timeout, unlimited, kind: EntryKind.failed, reason: Reason.timeout };
  if (fails) return { length: unlimited, unlimited, kind: EntryKind.failed, reason: Reason.execution };
  return { length: unlimited, unlimited, kind: EntryKind.finished, reason: Reason.none };
}

/** Processing time of a task on a worker, µs: its own there, or work ÷ speed rounded up. */
export function processingTime(world: World, task: number, worker: number, straggles = false): Duration {
  const { tasks } = world;
  const table = at(tasks.timeTable, task);
  const work = table >= 0 ? tasks.timeTables[table][worker] : at(tasks.work, task);
  return dividedBySpeed(work, fullSpeed(world, task, worker, straggles));
}

/** The speed of a worker that nothing slows, for an execution of a task that straggles or not; thousandths. */
export function fullSpeed({ tasks, workers }: World, task: number, worker: number, straggles: boolean): number {
  const speed = at(tasks.timeTable, task) >= 0 ? 1000 : workers.speed[worker];
  const plan = straggles ? profileOf(tasks, task)?.straggle : undefined;
  return plan === undefined ? speed : straggling(speed, plan);
}

/** ⌈work × 1000 ÷ speed⌉, exact where work × 1000 is beyond 2^53. */
function dividedBySpeed(work: Duration, speed: number): Duration {
  const rest = work % speed;
  return ((work - rest) / speed) * 1000 + Math.ceil((rest * 1000) / speed);
}
