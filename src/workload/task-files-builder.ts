// Collects the files that the tasks of a table read and write; costs nothing while no task names any. Joins those of several tables.
import { sharedFloats } from "../model/columns.ts";
import type { TaskFiles } from "../model/data.ts";
import { type Adjacency, AdjacencyBuilder } from "../model/graph.ts";

/** A file that a task writes: its id, and its size in bytes. */
export interface OutputFile {
  id: string;
  size: number;
}

const NONE: readonly number[] = [];

export class TaskFilesBuilder {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #size: number[] = [];
  readonly #inputs = new AdjacencyBuilder();
  readonly #outputs = new AdjacencyBuilder();

  /** What the task at a position reads and writes; those before it that were left out name none. */
  set(position: number, inputs: readonly string[], outputs: readonly OutputFile[]): void {
    if (inputs.length === 0 && outputs.length === 0) return;
    this.#fill(position);
    this.#inputs.push([...new Set(inputs)].map((id) => this.#numberOf(id)));
    this.#outputs.push(outputs.map((output) => this.#sized(output)));
  }

  /** A file of that size is there from the beginning, unless a task writes it. */
  give(id: string, size: number): void {
    const number = this.#numberOf(id);
    if (Number.isNaN(this.#size[number])) this.#size[number] = size;
  }

  finish(count: number): TaskFiles | undefined {
    if (this.#names.length === 0) return undefined;
    this.#fill(count);
    const size = sharedFloats(this.#size.length);
    size.set(this.#size);
    return { names: this.#names, size, inputs: this.#inputs.finish(), outputs: this.#outputs.finish() };
  }

  #fill(count: number): void {
    while (this.#inputs.nodes < count) {
      this.#inputs.push(NONE);
      this.#outputs.push(NONE);
    }
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#names.push(id) - 1;
    this.#numbers.set(id, number);
    this.#size.push(Number.NaN);
    return number;
  }

  #sized({ id, size }: OutputFile): number {
    const number = this.#numberOf(id);
    this.#size[number] = size;
    return number;
  }
}

/** The files of several tables of so many tasks each as those of one: a name means one file. Undefined where no table names any. */
export function joinFiles(tables: readonly { count: number; files?: TaskFiles }[]): TaskFiles | undefined {
  if (tables.every(({ files }) => files === undefined)) return undefined;
  const joined = new TaskFilesBuilder();
  let position = 0;
  for (const { count, files } of tables) {
    if (files !== undefined) addTo(joined, position, count, files);
    position += count;
  }
  return joined.finish(position);
}

function addTo(joined: TaskFilesBuilder, from: number, count: number, files: TaskFiles): void {
  for (const { id, size } of givenIn(files)) joined.give(id, size);
  for (let task = 0; task < count; task++) {
    const inputs = namesIn(files, files.inputs, task);
    const outputs = namesIn(files, files.outputs, task).map((id, i) => ({ id, size: outputSize(files, task, i) }));
    joined.set(from + task, inputs, outputs);
  }
}

/** The names of the files of a task in one of the lists. */
export function namesIn({ names }: TaskFiles, { offsets, targets }: Adjacency, task: number): string[] {
  return Array.from(targets.subarray(offsets[task], offsets[task + 1]), (file) => names[file] as string);
}

/** The size of what a task writes, by its place in its list. */
export function outputSize({ outputs, size }: TaskFiles, task: number, index: number): number {
  return size[outputs.targets[(outputs.offsets[task] as number) + index] as number] as number;
}

/** Files of known size that no task of the table writes. */
export function givenIn({ names, size, outputs }: TaskFiles): OutputFile[] {
  const written = new Set(outputs.targets);
  return names.flatMap((id, file) => (written.has(file) || Number.isNaN(size[file]) ? [] : [{ id, size: size[file] as number }]));
}
