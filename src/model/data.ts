// Files that tasks read and write: how large they are, who makes them, where they lie, and how fast they go from one place to another.
import type { Adjacency } from "./graph.ts";
import type { Bytes } from "./units.ts";

/** How transfers get along on one link: each goes as fast as if it were alone, or they share it, max-min fairly. */
export const SHARINGS = ["none", "fair"] as const;
export type Sharing = (typeof SHARINGS)[number];

/** Where what tasks write is safe: in the store too, or nowhere but on the worker that wrote it. */
export const OUTPUT_PLACES = ["durable", "local"] as const;
export type OutputPlace = (typeof OUTPUT_PLACES)[number];

/** What becomes of tasks that read a file that is lost: the task that made it runs again, or they fail. */
export const LOST_OUTPUTS = ["recompute", "fail"] as const;
export type LostOutputs = (typeof LOST_OUTPUTS)[number];

/** The files that the tasks of a table name, by numbers of their own. */
export interface TaskFiles {
  names: string[];
  /** Bytes; NaN for one of which it is not said here. One of which it is and that no task writes is there from the beginning. */
  size: Float64Array;
  /** Of each task, what it reads and writes. */
  inputs: Adjacency;
  outputs: Adjacency;
}

/** The files of a world; each is made once and never changed. */
export interface DataPlan {
  files: {
    count: number;
    names: readonly string[];
    size: Float64Array;
    /** The task that writes it; −1: it is there from the beginning. */
    producer: Int32Array;
    /** Workers that have it from the beginning, beside the store; of those that nobody has it is not said. */
    copies: ReadonlyMap<number, readonly number[]>;
  };
  /** Of each task, what it reads and writes. */
  inputs: Adjacency;
  outputs: Adjacency;
  /** Of each file, who reads it. */
  readers: Adjacency;
  /** Bytes per second to and from each worker, and from the store: whole numbers, or Infinity. */
  bandwidth: Float64Array;
  store: number;
  sharing: Sharing;
  /** Bytes of files from elsewhere that each worker keeps when nothing there reads them; Infinity: all. */
  kept: Float64Array;
  outputPlace: OutputPlace;
  lost: LostOutputs;
}

const NONE = new Int32Array(0);

/** Stands for the store, which has every file that is not on workers alone, where a file comes from. */
export const STORE = -1;

/** The files of a task in one of the lists of a plan; none of one that has joined since. */
export function filesOf({ offsets, targets }: Adjacency, task: number): Int32Array {
  return task + 1 < offsets.length ? targets.subarray(offsets[task], offsets[task + 1]) : NONE;
}

/** How many files a task reads. */
export function inputCount({ inputs: { offsets } }: Pick<DataPlan, "inputs">, task: number): number {
  return (offsets[task + 1] ?? 0) - (offsets[task] ?? 0);
}

/** How fast a file goes from a place to a worker if nothing else is under way, bytes per second. */
export function rateBetween({ bandwidth, store }: Pick<DataPlan, "bandwidth" | "store">, from: number, to: number): number {
  return Math.min(from === STORE ? store : (bandwidth[from] as number), bandwidth[to] as number);
}

/** How long so many bytes take at a rate, µs, rounded up, exactly. */
export function transferTime(bytes: Bytes, rate: number): number {
  if (bytes === 0 || rate === Number.POSITIVE_INFINITY) return 0;
  const product = bytes * 1_000_000;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.ceil(product / rate);
  const divisor = BigInt(rate);
  return Number((BigInt(bytes) * 1_000_000n + divisor - 1n) / divisor);
}
