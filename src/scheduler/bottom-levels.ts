// Bottom levels: the longest estimated path from a task's start to the end of the last known task that depends on it.
import { EventQueue } from "../engine/event-queue.ts";
import { at, withRoom } from "../model/columns.ts";
import type { Adjacency } from "../model/graph.ts";
import { topologicalOrder } from "../model/graph.ts";
import type { Duration } from "../model/units.ts";
import type { TaskBeliefs } from "../model/world.ts";
import type { Ledger } from "./ledger.ts";
import { Status } from "../model/status.ts";

/**
 * Upward ranks without communication (Topcuoglu, Hariri, Wu 2002): level(t) = estimate(t) + the largest level of its
 * dependents. Only submitted tasks count, for the scheduler does not know the others. Where no task is released after
 * one that it comes before, all are computed at once, in O(tasks + dependencies); else a submission raises its ancestors, as it
 * does where passes come between the submissions of one instant, or tasks arrive late.
 */
export class BottomLevels {
  readonly #tasks: TaskBeliefs;
  readonly #raised: (task: number) => void;
  readonly #ledger: Ledger;
  /** A pass may see some of the tasks that were released by then, and not yet the others: it follows each event, or they arrive late. */
  readonly #isPartial: boolean;
  /** Tasks whose ancestors are to be raised, the last one first: where dependencies come before their dependents, each comes up once. */
  readonly #rising = new EventQueue();
  #levels: Float64Array | undefined;
  #whole = false;
  #grown = false;

  /** `raised` is told of each submitted task whose level grows after its own submission. */
  constructor(tasks: TaskBeliefs, isPartial: boolean, ledger: Ledger, raised: (task: number) => void) {
    this.#tasks = tasks;
    this.#isPartial = isPartial;
    this.#ledger = ledger;
    this.#raised = raised;
  }

  /** µs; estimates that are not known count as 0. */
  of(task: number): Duration {
    if (this.#levels === undefined) this.#compute();
    return this.#levels?.[task] as number;
  }

  /** Takes in tasks that were added to the input. */
  grow(): void {
    this.#grown = true;
    if (this.#levels === undefined) return;
    if (this.#whole) this.#compute();
    else this.#levels = withRoom(this.#levels, this.#tasks.count);
  }

  /** A task was submitted: it counts from now on. */
  submit(task: number): void {
    if (this.#levels === undefined || this.#whole) return;
    this.#levels[task] = estimateOf(this.#tasks, task) + this.#longestBelow(task);
    this.#raiseAncestors(task);
  }

  #compute(): void {
    const tasks = this.#tasks;
    const order = topologicalOrder(tasks.dependencies, tasks.dependents);
    if (order === undefined) throw new RangeError("dependencies form a cycle");
    this.#whole = !this.#grown && !this.#isPartial && !releasesAfterDependents(tasks.release, tasks.dependents);
    this.#levels = new Float64Array(tasks.count);
    for (let i = order.length - 1; i >= 0; i--) {
      const task = order[i] as number;
      if (this.#whole || this.#ledger.status(task) !== Status.unsubmitted) {
        this.#levels[task] = estimateOf(tasks, task) + this.#longestBelow(task);
      }
    }
  }

  #longestBelow(task: number): number {
    const { offsets, targets } = this.#tasks.dependents;
    let longest = 0;
    for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++) {
      longest = Math.max(longest, this.#levels?.[targets[edge] as number] as number);
    }
    return longest;
  }

  #raiseAncestors(from: number): void {
    const { offsets, targets } = this.#tasks.dependencies;
    const levels = this.#levels as Float64Array;
    for (this.#rising.push(-from, 0); this.#rising.size > 0; ) {
      const task = -this.#rising.time;
      this.#rising.pop();
      for (let edge = offsets[task] as number; edge < (offsets[task + 1] as number); edge++) {
        const above = targets[edge] as number;
        const status = this.#ledger.status(above);
        if (status === Status.unsubmitted || status === Status.completed) continue; // what completed comes after completed ones only
        const level = estimateOf(this.#tasks, above) + (levels[task] as number);
        if (level <= (levels[above] as number)) continue;
        levels[above] = level;
        this.#raised(above);
        this.#rising.push(-above, 0);
      }
    }
  }
}

function estimateOf(tasks: TaskBeliefs, task: number): number {
  const estimate = at(tasks.estimate, task);
  return Number.isNaN(estimate) ? 0 : estimate;
}

/** Whether some task is released after one that it depends on. */
function releasesAfterDependents(release: TaskBeliefs["release"], dependents: Adjacency): boolean {
  const nodes = dependents.offsets.length - 1;
  for (let node = 0; node < nodes; node++) {
    for (let edge = dependents.offsets[node] as number; edge < (dependents.offsets[node + 1] as number); edge++) {
      if (at(release, dependents.targets[edge] as number) > at(release, node)) return true;
    }
  }
  return false;
}
