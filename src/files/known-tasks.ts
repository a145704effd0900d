// Which ids are tasks, as far as a scenario with faults can tell.
import { InputError } from "../model/errors.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { GenerateSpec } from "../model/scenario.ts";
import { TEMPLATE_KEYS } from "../model/task-schema.ts";
import { countApart, defaultPrefix } from "../workload/draw-world.ts";
import { generatorNamed } from "../workload/generators/index.ts";
import { numberBehind } from "../workload/names-builder.ts";
import { TaskIndex } from "../workload/task-index.ts";
import { type Draft, elements, workloadsOf } from "./draft.ts";
import { anyCluster, apart, ENOUGH } from "./generated-apart.ts";
import type { ReadWorkload } from "./read-workload.ts";

/** A generated workload, by its place in the scenario. */
interface Generated {
  prefix: string;
  /** Undefined where faults leave nothing of it. */
  spec: GenerateSpec | undefined;
  /** Of its tasks, once it is asked for; Infinity where faults leave it open. */
  count: number | undefined;
}

export class KnownTasks {
  /** Whether tasks are missing because of faults that are told already: files that cannot be read, ids and prefixes that are none. */
  readonly incomplete: boolean;
  readonly #draft: Draft;
  readonly #generated: ReadonlyMap<number, Generated>;
  readonly #written: ReadonlySet<string>;
  readonly #tables: readonly TaskIndex[];
  readonly #areTablesWhole: boolean;

  /** `specs`: the generated workloads that could be read, by their places in the scenario. */
  constructor(draft: Draft, workloads: readonly ReadWorkload[], specs: ReadonlyMap<number, GenerateSpec>) {
    const { input, faults } = draft;
    this.#draft = draft;
    const generated = elements(input.generate, ["generate"]);
    this.#generated = new Map(
      generated.map(([{ prefix }, [, place = 0]]) => {
        const index = place as number;
        return [
          index,
          { prefix: typeof prefix === "string" ? prefix : defaultPrefix(index + 1), spec: specs.get(index), count: undefined },
        ];
      }),
    );
    this.#written = new Set((input.tasks ?? []).flatMap((task) => (task?.id === undefined ? [] : [String(task.id)])));
    this.#tables = workloads.map(({ table }) => new TaskIndex(table.names));
    this.#areTablesWhole = workloads.every(({ remains }) => remains === undefined);
    // What is wrong within a file stands at its name: of that the file itself says what is missing.
    const unread =
      workloads.length < workloadsOf(draft).length ||
      workloads.some(({ remains }) => remains?.mayMiss === true) ||
      faults.some((path) => path[0] === "workload" && path.at(-1) !== "file");
    const unnamed = (input.tasks ?? []).some((task) => task?.id === undefined) || (input.tasks === undefined && faults.touch(["tasks"]));
    const ungenerated =
      (input.generate === undefined && faults.touch(["generate"])) ||
      (Array.isArray(input.generate) && generated.length < input.generate.length) ||
      generated.some(([, path]) => faults.touch([...path, "prefix"]));
    this.incomplete = unread || unnamed || ungenerated;
  }

  /** Whether all tasks are known by one sound id each. */
  get areIdsKnown(): boolean {
    const { faults } = this.#draft;
    const isOpen = [...this.#generated.values()].some(({ spec }) => spec === undefined || this.isCountOpen(spec));
    return !this.incomplete && !isOpen && !faults.some(([root, , key]) => root === "tasks" && key === "id");
  }

  /** Whether all tasks are known, more of each than its id. */
  get isWhole(): boolean {
    return this.areIdsKnown && this.#areTablesWhole;
  }

  /** Whether a task of that id comes from a file or a generator, or may come from one that has faults. */
  isElsewhere(id: string): boolean {
    for (const [index, { prefix }] of this.#generated) {
      const number = numberBehind(prefix, id);
      if (number >= 1 && number <= this.#countOf(index)) return true;
    }
    return this.#tables.some((table) => table.find(id) >= 0);
  }

  /** Whether a task of that id can be read in the scenario or its files: a generated one may change with its generator's faults. */
  isRead(id: string): boolean {
    return this.#written.has(id) || this.#tables.some((table) => table.find(id) >= 0);
  }

  has(id: string): boolean {
    return this.#written.has(id) || this.isElsewhere(id);
  }

  /** Ids that are written in the scenario. */
  get written(): Iterable<string> {
    return this.#written;
  }

  /** A workload by which ids and requests alone are judged; undefined where not even its prefix is known. */
  idsOf(spec: GenerateSpec): GenerateSpec | undefined {
    const [index, { prefix }] = this.#entryOf(spec);
    if (this.#isTouched(index, (key) => key === "prefix")) return undefined;
    const whole = { ...spec, options: { ...spec.options, prefix } };
    if (this.isCountOpen(spec)) return apart({ ...whole, kind: "bag", options: { count: 1, prefix } });
    const draws: readonly string[] = generatorNamed(spec.kind)?.draws ?? [];
    return draws.includes("cpu") ? apart(whole) : { ...apart(whole), template: spec.template };
  }

  /** Whether faults leave it open how many tasks a workload has, so that one stands for them. */
  isCountOpen(spec: GenerateSpec): boolean {
    return this.#isTouched(this.#entryOf(spec)[0], (key) => !TEMPLATE_KEYS.includes(key));
  }

  /** Whether anything of a workload has faults. */
  isTouched(spec: GenerateSpec): boolean {
    return this.#isTouched(this.#entryOf(spec)[0], () => true);
  }

  #entryOf(spec: GenerateSpec): [number, Generated] {
    return [...this.#generated].find(([, generated]) => generated.spec === spec) as [number, Generated];
  }

  /** Whether a fault was told of such a key of the workload, or of the whole of it. */
  #isTouched(index: number, holds: (key: string) => boolean): boolean {
    const { faults, input } = this.#draft;
    const depth = Array.isArray(input.generate) ? 2 : 1;
    return faults.some((path) => path[0] === "generate" && (depth === 1 || path[1] === index) && holds(path[depth] as string));
  }

  #countOf(index: number): number {
    const generated = this.#generated.get(index) as Generated;
    generated.count ??= this.#counted(generated.spec);
    return generated.count;
  }

  #counted(spec: GenerateSpec | undefined): number {
    if (spec === undefined || this.isCountOpen(spec)) return Number.POSITIVE_INFINITY;
    try {
      return countApart(apart(spec), anyCluster(STANDARD_DIMENSIONS, ENOUGH));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return Number.POSITIVE_INFINITY;
    }
  }
}
