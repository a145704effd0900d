// Functions that sleep, by the virtual time at which they wake.
import { EventQueue } from "../engine/event-queue.ts";
import type { Time } from "../model/units.ts";
import type { Attempt } from "./task-context.ts";

interface Sleeper {
  attempt: Attempt;
  wake: () => void;
}

/** Those of attempts that are over are forgotten: nothing wakes them. */
export class Sleepers {
  readonly #times = new EventQueue();
  readonly #at = new Map<Time, Sleeper[]>();

  add(time: Time, attempt: Attempt, wake: () => void): void {
    const others = this.#at.get(time);
    if (others !== undefined) {
      others.push({ attempt, wake });
      return;
    }
    this.#at.set(time, [{ attempt, wake }]);
    this.#times.push(time, 0);
  }

  /** When the next one wakes; Infinity where nobody sleeps. */
  get time(): Time {
    for (; this.#times.size > 0; this.#drop()) {
      if (this.#at.get(this.#times.time)?.some(({ attempt }) => !attempt.over)) return this.#times.time;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out those that wake next: by the position of their task, one task's in the order in which they fell asleep. */
  take(): Sleeper[] {
    const due = this.#at.get(this.time) ?? [];
    if (due.length > 0) this.#drop();
    return due.sort((a, b) => a.attempt.task - b.attempt.task);
  }

  #drop(): void {
    this.#at.delete(this.#times.time);
    this.#times.pop();
  }
}
