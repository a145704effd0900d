// Which ids are tasks, as far as a scenario with faults can tell.
import { defaultPrefix } from "../workload/draw-world.ts";
import type { Imported } from "../workload/importers/importer.ts";
import { numberBehind } from "../workload/names-builder.ts";
import { TaskIndex } from "../workload/task-index.ts";
import { type Draft, elements, workloadsOf } from "./draft.ts";

export class KnownTasks {
  /** Whether tasks are missing because of faults that are told already: files that cannot be read, ids and prefixes that are none. */
  readonly incomplete: boolean;
  /** What the ids of each generated workload begin with, by its place in the scenario. */
  readonly prefixes: ReadonlyMap<number, string>;
  readonly #written: ReadonlySet<string>;
  readonly #tables: readonly TaskIndex[];

  constructor(draft: Draft, workloads: readonly Imported[]) {
    const { input, faults } = draft;
    const generated = elements(input.generate, ["generate"]);
    this.prefixes = new Map(
      generated.map(([{ prefix }, [, index = 0]]) => [
        index as number,
        typeof prefix === "string" ? prefix : defaultPrefix((index as number) + 1),
      ]),
    );
    this.#written = new Set((input.tasks ?? []).flatMap((task) => (task?.id === undefined ? [] : [String(task.id)])));
    this.#tables = workloads.map(({ table }) => new TaskIndex(table.names));
    const unread = workloads.length < workloadsOf(draft).length || faults.touch(["workload"]);
    const unnamed = (input.tasks ?? []).some((task) => task?.id === undefined) || (input.tasks === undefined && faults.touch(["tasks"]));
    const ungenerated =
      (input.generate === undefined && faults.touch(["generate"])) ||
      (Array.isArray(input.generate) && generated.length < input.generate.length) ||
      generated.some(([, path]) => faults.touch([...path, "prefix"]));
    this.incomplete = unread || unnamed || ungenerated;
  }

  /** Whether a task of that id may come from a file or a generator; how many are generated shows when the world is drawn. */
  isElsewhere(id: string): boolean {
    for (const prefix of this.prefixes.values()) if (numberBehind(prefix, id) >= 1) return true;
    return this.#tables.some((table) => table.find(id) >= 0);
  }

  has(id: string): boolean {
    return this.#written.has(id) || this.isElsewhere(id);
  }

  /** Ids that are written in the scenario. */
  get written(): Iterable<string> {
    return this.#written;
  }
}
