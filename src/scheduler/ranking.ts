// Ranks: when the policy is asked for them, and what becomes of the answer.
import type { Duration, Time } from "../model/units.ts";
import type { Rank } from "../policies/policy.ts";
import { Status } from "../model/status.ts";
import type { PolicyAtWork } from "./policy-at-work.ts";
import type { Scheduler } from "./scheduler.ts";
import { Task } from "./views.ts";

/** Most queued tasks that a dynamic policy ranks anew in every pass. */
export const MOST_RERANKED = 10_000;

export class Ranking {
  readonly #scheduler: Scheduler;
  readonly #policy: PolicyAtWork;
  readonly #rerank: Duration | undefined;
  /** Ready tasks of a dynamic policy. */
  readonly #dynamic: Set<number> | undefined;
  #rankedAt = Number.NEGATIVE_INFINITY;

  constructor(scheduler: Scheduler, rerank: Duration | undefined) {
    this.#scheduler = scheduler;
    this.#policy = scheduler.policy;
    this.#rerank = rerank;
    this.#dynamic = this.#policy.promises.order === "dynamic" ? new Set() : undefined;
  }

  /** A task became ready. */
  add(task: number): void {
    this.#rank(task);
    this.#dynamic?.add(task);
  }

  /** The rank of a task that does not wait, as it is now: what waits is compared with it. */
  now(task: number): void {
    this.#rank(task);
  }

  /** It is ready no more. */
  forget(task: number): void {
    this.#dynamic?.delete(task);
  }

  /** Its bottom level grew: its rank may have changed. Lines keep theirs. */
  again(task: number): void {
    if (this.#policy.ranksAgain) this.changed(task);
  }

  /** A field of it changed, and its rank or slope perhaps with it. */
  changed(task: number): void {
    const { queue, ledger } = this.#scheduler;
    if (!this.#policy.ranks || this.#policy.promises.quantum !== undefined) return; // places in line are kept
    const status = ledger.status(task);
    if (status !== Status.ready && status !== Status.suspended) return;
    const queued = queue.has(task);
    if (queued) queue.remove(task);
    this.#rank(task);
    if (queued) queue.insert(task);
  }

  /** Does what changes what is believed of a task, which runs or is suspended; says whether its rank is another by that. */
  isMovedBy(task: number, change: () => void): boolean {
    if (!this.#policy.ranks || this.#policy.promises.quantum !== undefined) {
      change();
      return false;
    }
    const view = new Task(this.#scheduler.beliefs, task);
    const before = [this.#policy.rank(view)].flat();
    change();
    const after = [this.#policy.rank(view)].flat();
    if (before.length === after.length && before.every((value, i) => value === after[i])) return false;
    this.changed(task);
    return true;
  }

  /**
   * Ranks all ready tasks of a dynamic policy anew. With more than `MOST_RERANKED` only as often as `rerank` says; false
   * where it says nothing.
   */
  refresh(now: Time): boolean {
    const dynamic = this.#dynamic;
    if (dynamic === undefined) return true;
    if (dynamic.size > MOST_RERANKED) {
      if (this.#rerank === undefined) return false;
      if (now < this.#rankedAt + this.#rerank) return true;
    }
    this.#rankedAt = now;
    const { queue } = this.#scheduler;
    const queued = [...dynamic].filter((task) => queue.has(task));
    for (const task of queued) queue.remove(task);
    for (const task of dynamic) this.#rank(task);
    for (const task of queued) queue.insert(task);
    return true;
  }

  #rank(task: number): void {
    if (this.#policy.ranks) this.#set(task, this.#policy.rank(new Task(this.#scheduler.beliefs, task)));
  }

  #set(task: number, rank: Rank): void {
    const { order } = this.#scheduler;
    if (typeof rank === "number") {
      if (!Number.isFinite(rank)) this.#refuse(task, String(rank));
      order.set(task, rank, 0, 0);
      return;
    }
    if (!Array.isArray(rank) || rank.length < 1 || rank.length > 3 || ![...rank].every((value) => Number.isFinite(value))) {
      this.#refuse(task, Array.isArray(rank) ? `[${rank.join(", ")}]` : String(rank));
    }
    order.set(task, rank[0] as number, rank[1] ?? 0, rank[2] ?? 0);
  }

  #refuse(task: number, rank: string): never {
    this.#scheduler.policy.illegal(
      `ranked task ${this.#scheduler.taskName(task)} ${rank}; a rank is a finite number, or up to three of them`,
    );
  }
}
