// What the drawn world makes of one attempt: how long it takes on a worker, and how it ends.
import { at } from "../model/columns.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import { type Duration, partOf } from "../model/units.ts";
import type { World } from "../model/world.ts";

export interface DrawnAttempt {
  /** µs from start to end. */
  length: Duration;
  /** Time it would take without a limit. */
  unlimited: Duration;
  kind: typeof EntryKind.finished | typeof EntryKind.failed;
  reason: Reason;
}

/** Execution number `execution` (from 1) of a task on a worker. NaN lengths where the worker cannot run the task. */
export function drawnAttempt(world: World, task: number, worker: number, execution: number): DrawnAttempt {
  const { tasks } = world;
  const fails = execution <= at(tasks.failures, task);
  const whole = processingTime(world, task, worker);
  const unlimited = fails ? partOf(whole, at(tasks.failsAfter, task)) : whole;
  const timeout = at(tasks.timeout, task);
  if (unlimited > timeout) return { length: timeout, unlimited, kind: EntryKind.failed, reason: Reason.timeout };
  if (fails) return { length: unlimited, unlimited, kind: EntryKind.failed, reason: Reason.execution };
  return { length: unlimited, unlimited, kind: EntryKind.finished, reason: Reason.none };
}

/** Processing time of a task on a worker, µs: its own there, or work ÷ speed rounded up. */
export function processingTime(world: World, task: number, worker: number): Duration {
  const { tasks, workers } = world;
  const table = at(tasks.timeTable, task);
  if (table >= 0) return tasks.timeTables[table][worker];
  return dividedBySpeed(at(tasks.work, task), workers.speed[worker]);
}

/** ⌈work × 1000 ÷ speed⌉, exact where work × 1000 is beyond 2^53. */
function dividedBySpeed(work: Duration, speed: number): Duration {
  const rest = work % speed;
  return ((work - rest) / speed) * 1000 + Math.ceil((rest * 1000) / speed);
}
