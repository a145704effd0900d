// Faults that are anchored to tasks and never struck, for no attempt of that number came so far: said at the end of a run.
import { attemptKey, type Mark, marksOf } from "../model/anchors.ts";
import { nameAt } from "../model/columns.ts";
import { EntryKind } from "../model/trace.ts";
import type { World } from "../model/world.ts";

export class MissedAnchors {
  readonly #world: World;
  readonly #marks: ReadonlyMap<string, readonly Mark[]>;
  /** How many of its marks each attempt has come to. */
  readonly #reached = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.#marks = marksOf(world.faults);
  }

  entry(kind: EntryKind, task: number, attempt: number): void {
    if (kind !== EntryKind.reached) return;
    const key = attemptKey(task, attempt);
    this.#reached.set(key, (this.#reached.get(key) ?? 0) + 1);
  }

  /** A line for each, in the order of the faults' first tracks. */
  lines(): string[] {
    return [...this.#marks].flatMap(([key, marks]) =>
      marks.slice(this.#reached.get(key) ?? 0).map(({ task, attempt, progress }) => {
        const when = progress === 0 ? "started" : `came to ${progress} of its work`;
        return `a fault never struck: attempt ${attempt} of task "${nameAt(this.#world.tasks.names, task)}" never ${when}`;
      }),
    );
  }
}
