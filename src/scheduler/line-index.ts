// The ready tasks of one class of requests whose ranks are lines in time, and the best-ranked that needs at most so much.
import type { Column } from "../model/columns.ts";
import type { Time } from "../model/units.ts";
import type { RankOrder } from "./rank-order.ts";
import { RankTree } from "./rank-tree.ts";
import { Tournament } from "./tournament.ts";

/** So many tasks that became ready at once make a cohort. */
const LEAST_IN_COHORT = 1000;
/** Most cohorts: each is asked every time. */
const MOST_COHORTS = 4;

/** Tasks whose lines are 0 at one time: later on they keep their order, so that a tree can hold it. */
interface Cohort {
  origin: Time;
  tree: RankTree;
  /** Whether the tree is in the order that they keep; at the origin all ranks are equal. */
  sorted: boolean;
}

/** Tasks that became ready together stand in the order of their ranks; the others play a tournament. */
export class LineIndex {
  readonly #order: RankOrder;
  readonly #need: Column;
  readonly #tasks: Int32Array;
  /** Made when the first task asks: where all came together it never is. */
  #tournament: Tournament | undefined;
  /** Per task its leaf in the tournament, complemented while it is in a cohort. */
  readonly #leaves: { of: Int32Array };
  #cohorts: Cohort[] = [];
  /** The rank, now, of the task last found. */
  foundRank = 0;

  /** `need` is what the tasks ask for in the dimension in which they differ; `leaves` counts them by that, ascending. */
  constructor(order: RankOrder, need: Column, tasks: Int32Array, leaves: { of: Int32Array }) {
    this.#order = order;
    this.#need = need;
    this.#tasks = tasks;
    this.#leaves = leaves;
  }

  /** The best-ranked task, or −1. */
  best(): number {
    return this.bestWithin(Number.POSITIVE_INFINITY, undefined);
  }

  /** The best-ranked task with a need ≤ `limit` that passes `test` (all do where there is none), or −1. */
  bestWithin(limit: number, test: ((task: number) => boolean) | undefined): number {
    this.#sortCohorts();
    let best = -1;
    for (const cohort of this.#cohorts) {
      const task = cohort.tree.bestWithin(limit, test);
      best = this.#better(best, task, cohort.tree.foundRank * (this.#order.now - cohort.origin));
    }
    const tournament = this.#tournament;
    if (tournament === undefined) return best;
    return this.#better(best, tournament.bestWithin(limit, test), tournament.foundRank);
  }

  /** The better of the best so far and another task, where there are any. */
  #better(best: number, task: number, rank: number): number {
    if (task < 0) return best;
    if (best >= 0 && (rank === this.foundRank ? this.#order.before(best, task) : this.foundRank < rank)) return best;
    this.foundRank = rank;
    return task;
  }

  get #others(): Tournament {
    this.#tournament ??= new Tournament(this.#order, this.#tasks, this.#need);
    return this.#tournament;
  }

  insert(task: number): void {
    this.#others.insert(task, this.#leaves.of[task] as number);
  }

  /** Inserts many at once, by release and position. */
  insertAll(tasks: Int32Array): void {
    this.#dropEmpty();
    const together = this.#comeTogether(tasks);
    if (together.length < LEAST_IN_COHORT || this.#cohorts.length === MOST_COHORTS) {
      this.#others.insertAll(tasks, this.#leaves.of);
      return;
    }
    const tree = new RankTree(this.#order, this.#need);
    tree.insertAll(together);
    for (const task of together) this.#turn(task);
    this.#cohorts.push({ origin: this.#order.originOf(together[0] as number), tree, sorted: false });
    if (together.length < tasks.length) for (const task of tasks) if (!this.#isInCohort(task)) this.insert(task);
  }

  #dropEmpty(): void {
    for (let i = this.#cohorts.length - 1; i >= 0; i--) if ((this.#cohorts[i] as Cohort).tree.best() < 0) this.#cohorts.splice(i, 1);
  }

  /** Those of the tasks that became ready when the first did; none where a cohort did so too. */
  #comeTogether(tasks: Int32Array): Int32Array {
    const origin = this.#order.originOf(tasks[0] as number);
    for (const cohort of this.#cohorts) if (cohort.origin === origin) return tasks.subarray(0, 0);
    const together = tasks.slice();
    let count = 0;
    for (const task of tasks) if (this.#order.originOf(task) === origin) together[count++] = task;
    return together.subarray(0, count);
  }

  #isInCohort(task: number): boolean {
    return (this.#leaves.of[task] as number) < 0;
  }

  remove(task: number): void {
    this.#sortCohorts();
    const leaf = this.#leaves.of[task] as number;
    if (leaf >= 0) {
      this.#others.remove(leaf);
      return;
    }
    this.#turn(task);
    this.#cohortOf(task)?.tree.remove(task);
  }

  #cohortOf(task: number): Cohort | undefined {
    if (this.#cohorts.length === 1) return this.#cohorts[0];
    const origin = this.#order.originOf(task);
    return this.#cohorts.find((cohort) => cohort.origin === origin);
  }

  /** Puts a task into a cohort, or takes it out. */
  #turn(task: number): void {
    this.#leaves.of[task] = ~(this.#leaves.of[task] as number);
  }

  #sortCohorts(): void {
    for (const cohort of this.#cohorts) if (!cohort.sorted && this.#order.now > cohort.origin) this.#sort(cohort);
  }

  /** Brings a cohort into the order that it keeps; where rounding may shift that, its tasks play the tournament instead. */
  #sort(cohort: Cohort): void {
    const tasks = cohort.tree.takeAll();
    cohort.sorted = true;
    this.#order.sort(tasks);
    if (this.#order.isLasting(tasks)) {
      cohort.tree.insertAll(tasks);
      return;
    }
    for (const task of tasks) this.#turn(task);
    this.#others.insertAll(tasks, this.#leaves.of);
  }
}
