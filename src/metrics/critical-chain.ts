// Where the makespan went: the chain of tasks that set it.
//
// It begins (at its last link) with the task whose attempt ended last, and goes back: a task that became ready when a dependency
// completed leads to the one that completed last; a task that was ready only at its release ends the chain there. As each link is ready
// when the one before it completes, the release of the first link plus everyone's time queued and running add up to the makespan.
// Queued time is time for which others held the workers, or a policy held the task back: the chain does not say who.
import { at } from "../model/columns.ts";
import type { Duration, Time } from "../model/units.ts";
import { type TaskOutcomes, TaskStatus } from "./task-outcomes.ts";

/** A task of the chain; blocked + queued + running = its last attempt's end − its release. */
export interface ChainLink {
  task: number;
  /** Worker of its last attempt. */
  worker: number;
  release: Time;
  /** Last attempt's end. */
  end: Time;
  /** From its release until its last dependency completed, µs. */
  blocked: Duration;
  /** Ready and not running, before and between attempts, µs. */
  queued: Duration;
  /** In attempts, failed ones included, µs. */
  running: Duration;
}

/**
 * The chain, first link first; empty where no attempt ended. Of tasks that ended together, the last of the trace counts; of
 * dependencies, the last by position.
 */
export function criticalChain(outcomes: TaskOutcomes): ChainLink[] {
  const chain: ChainLink[] = [];
  for (let task = outcomes.lastToEnd; task >= 0; ) {
    const link = linkOf(outcomes, task);
    chain.push(link);
    const before = lastDependency(outcomes, task);
    task = before >= 0 && outcomes.end(before) === link.release + link.blocked ? before : -1;
  }
  return chain.reverse();
}

function linkOf(outcomes: TaskOutcomes, task: number): ChainLink {
  const release = at(outcomes.world.tasks.release, task);
  const end = outcomes.end(task);
  const ready = outcomes.readyAt(task);
  const completing = outcomes.status(task) === TaskStatus.completed ? outcomes.ranBy(task, end) : 0;
  const running = outcomes.timeLost(task) + completing;
  const worker = outcomes.worker(task);
  return { task, worker, release, end, blocked: ready - release, queued: end - ready - running, running };
}

function lastDependency(outcomes: TaskOutcomes, task: number): number {
  const { offsets, targets } = outcomes.world.tasks.dependencies;
  let last = -1;
  for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++) {
    const dependency = targets[edge] as number;
    if (last < 0 || outcomes.end(dependency) >= outcomes.end(last)) last = dependency;
  }
  return last;
}
