// What attempts hold that have asked for more than they requested, or less: on their workers, and by the scheduler's books.
import { at } from "../model/columns.ts";
import type { AskPlan } from "../model/asks.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import { amountOf, type Present } from "./presence.ts";

/** Where an attempt stands with its asks. */
export interface Asking {
  /** On its worker: up to where it has asked, up to where that was met then and is now. */
  asked: number;
  metBefore: number;
  met: number;
  /** By the scheduler's books. */
  known: number;
  allowed: number;
  /** What it holds, per dimension, on its worker and by the books. */
  there: number[];
  books: number[];
}

export class AskedAmounts {
  readonly #trace: Trace;
  readonly #asking = new Map<string, Asking>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  planOf(task: number): AskPlan | undefined {
    return profileOf(this.#trace.world.tasks, task)?.asks;
  }

  /** What an attempt of the task holds when so many of its asks are met: of each resource, what the last of them says. */
  after(task: number, count: number): number[] {
    const asks = this.planOf(task)?.asks.slice(0, count) ?? [];
    return this.#trace.world.tasks.request.map(
      (column, d) => asks.findLast(({ amounts }) => amounts.has(d))?.amounts.get(d) ?? at(column, task),
    );
  }

  /** Undefined of one that has not asked. */
  of(task: number, attempt: number): Asking | undefined {
    return this.#asking.get(`${task}#${attempt}`);
  }

  /** What an attempt holds by the books, and on its worker. */
  books(task: number, attempt: number): number[] {
    return this.of(task, attempt)?.books ?? this.after(task, 0);
  }
  there(task: number, attempt: number): number[] {
    return this.of(task, attempt)?.there ?? this.after(task, 0);
  }

  /** What an attempt that comes onto its worker, or goes, takes there with that. */
  amountOf(present: Pick<Present, "task" | "attempt" | "part">, dimension: number): number {
    const { task, attempt, part } = present;
    const asking = part === "whole" ? this.of(task, attempt) : undefined;
    return asking?.there[dimension] ?? amountOf(present, dimension, this.#trace.world);
  }

  /** Takes an entry into account; how much more that has an attempt hold, per dimension: on its worker, and by the books. */
  apply(entry: TraceEntry): { there: number[]; books: number[] } | undefined {
    const { kind, task, attempt } = entry;
    if (!ABOUT_ASKS.includes(kind)) return undefined;
    const [there, books] = [this.there(task, attempt), this.books(task, attempt)];
    this.#take(entry);
    const more = (after: readonly number[], before: readonly number[]) => after.map((amount, d) => amount - before[d]);
    return { there: more(this.there(task, attempt), there), books: more(this.books(task, attempt), books) };
  }

  #take({ kind, task, attempt, amount = 0 }: TraceEntry): void {
    const fresh = { asked: 0, metBefore: 0, met: 0, known: 0, allowed: 0, there: this.after(task, 0), books: this.after(task, 0) };
    const asking = this.of(task, attempt) ?? fresh;
    this.#asking.set(`${task}#${attempt}`, asking);
    if (kind === EntryKind.asking) {
      asking.metBefore = asking.met;
      asking.asked = amount;
      asking.there = least(asking.there, this.after(task, amount));
    } else if (kind === EntryKind.granted) {
      asking.met = asking.asked;
      asking.there = this.after(task, asking.asked);
    } else if (kind === EntryKind.asked) {
      asking.known = amount;
      asking.books = least(least(asking.books, this.after(task, asking.metBefore)), this.after(task, amount));
      if (!this.waits(task, attempt)) asking.allowed = amount;
    } else {
      asking.allowed = amount;
      asking.books = this.after(task, amount);
    }
  }

  /** What an attempt lacks of what it has asked for, by the books, per dimension; nothing where it does not wait. */
  lack(task: number, attempt: number): number[] {
    const { known = 0 } = this.of(task, attempt) ?? {};
    const books = this.books(task, attempt);
    return this.after(task, known).map((wanted, d) => Math.max(0, wanted - books[d]));
  }

  /** Whether it waits for the scheduler, by the books. */
  waits(task: number, attempt: number): boolean {
    return this.lack(task, attempt).some((amount) => amount > 0);
  }

  /** Whether it waits on its worker for more than it holds there. */
  wantsMore(task: number, attempt: number): boolean {
    const { asked = 0 } = this.of(task, attempt) ?? {};
    const there = this.there(task, attempt);
    return this.after(task, asked).some((wanted, d) => wanted > there[d]);
  }
}

const ABOUT_ASKS: readonly EntryKind[] = [EntryKind.asking, EntryKind.granted, EntryKind.asked, EntryKind.allowed];

function least(some: readonly number[], others: readonly number[]): number[] {
  return some.map((amount, d) => Math.min(amount, others[d]));
}
