// Attempts of which the end was dealt with, by task and number: it counts once, however often their workers tell it.
import { attemptCode } from "../model/attempt-code.ts";

export class EndedAttempts {
  /** First attempts of the tasks that are there from the beginning; and all others. */
  readonly #first: Uint8Array;
  readonly #others = new Set<number>();

  constructor(tasks: number) {
    this.#first = new Uint8Array(tasks);
  }

  #isFirst(task: number, attempt: number): boolean {
    return attempt === 1 && task < this.#first.length;
  }

  has(task: number, attempt: number): boolean {
    return this.#isFirst(task, attempt) ? this.#first[task] === 1 : this.#others.has(attemptCode(task, attempt));
  }

  add(task: number, attempt: number): void {
    if (this.#isFirst(task, attempt)) this.#first[task] = 1;
    else this.#others.add(attemptCode(task, attempt));
  }

  /** The same again, apart from these. */
  copy(): EndedAttempts {
    const copy = new EndedAttempts(this.#first.length);
    copy.#first.set(this.#first);
    for (const code of this.#others) copy.#others.add(code);
    return copy;
  }
}
