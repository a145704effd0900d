// Classes of tasks by what they ask for: equal in all dimensions but one, so that one number decides what fits.
import { sortByKey } from "../engine/radix-sort.ts";
import { at, type Column, isConstant } from "../model/columns.ts";

/** Most classes of exactly equal requests; with more, sizes are rounded down to powers of two and tested one by one. */
const MOST_EXACT = 64;
const MOST_ROUNDED = 256;

/** What classes are made from: a column per dimension that can be short, and the sets of workers allowed. */
export interface Requests {
  request: readonly Column[];
  eligibility: Column;
}

/** Tasks whose requests agree in every dimension but `varying` (if exact), and in who may run them. */
export interface RequestClass {
  /** Ascending by their need in the varying dimension. */
  tasks: Int32Array;
  /** Their needs in the varying dimension, ascending. */
  needs: Float64Array;
  varying: number;
  /** Whether all other needs are equal, so that what fits the least of them fits all. */
  exact: boolean;
  /** Per dimension, the least need of any task of the class. */
  least: Float64Array;
  /** Index of the eligibility set that its tasks share, or 0 (everyone) where they differ. */
  eligibility: number;
}

/** Groups the tasks [from, to): O(tasks) plus a radix sort. */
export function requestClasses(tasks: Requests, from: number, to: number): RequestClass[] {
  const varying = dimensionWithMostValues(tasks, from, to);
  const exactly = group(tasks, from, to, varying, (value) => value, true, MOST_EXACT);
  const grouped = exactly ??
    group(tasks, from, to, varying, floorLog2, false, MOST_ROUNDED) ?? { classOf: new Int32Array(to - from), count: 1 };
  return collect(tasks, from, varying, grouped.classOf, grouped.count, exactly !== undefined);
}

function dimensionWithMostValues(tasks: Requests, from: number, to: number): number {
  let most = 0;
  let dimension = 0;
  for (let d = 0; d < tasks.request.length; d++) {
    const column = tasks.request[d];
    if (column === undefined || isConstant(column)) continue;
    const values = new Set<number>();
    for (let task = from; task < to && values.size < 4096; task++) values.add(at(column, task));
    if (values.size > most) {
      most = values.size;
      dimension = d;
    }
  }
  return dimension;
}

function floorLog2(value: number): number {
  return value <= 0
    ? -1
    : 31 - Math.clz32(Math.min(value, 2147483647)) + (value > 2147483647 ? floorLog2(Math.floor(value / 2147483648)) + 1 : 0);
}

/** A class number per task, or undefined when there would be more than `most`. */
function group(
  tasks: Requests,
  from: number,
  to: number,
  varying: number,
  image: (value: number) => number,
  byEligibility: boolean,
  most: number,
): { classOf: Int32Array; count: number } | undefined {
  const keys = tasks.request.filter((column, d) => d !== varying && !isConstant(column));
  if (byEligibility && !isConstant(tasks.eligibility)) keys.push(tasks.eligibility);
  const classOf = new Int32Array(to - from);
  let count = 1;
  for (const key of keys) {
    const known = new Map<number, number>(); // (class so far, image of the value) → finer class
    const codes = new Map<number, number>();
    for (let task = from; task < to; task++) {
      const value = image(at(key, task));
      let code = codes.get(value);
      if (code === undefined) {
        code = codes.size;
        if (code > 4096) return undefined;
        codes.set(value, code);
      }
      const pair = (classOf[task - from] as number) * 4097 + code;
      let finer = known.get(pair);
      if (finer === undefined) {
        finer = known.size;
        if (finer >= most) return undefined;
        known.set(pair, finer);
      }
      classOf[task - from] = finer;
    }
    count = known.size;
  }
  return { classOf, count };
}

function collect(tasks: Requests, from: number, varying: number, classOf: Int32Array, count: number, exact: boolean): RequestClass[] {
  const sizes = new Int32Array(count);
  for (const number of classOf) sizes[number]++;
  const need = tasks.request[varying];
  if (need === undefined) throw new RangeError("no dimension can be short");
  const classes: RequestClass[] = [];
  for (let number = 0; number < count; number++) {
    classes.push({
      tasks: new Int32Array(sizes[number] as number),
      needs: new Float64Array(sizes[number] as number),
      varying,
      exact,
      least: new Float64Array(tasks.request.length).fill(Number.POSITIVE_INFINITY),
      eligibility: -1,
    });
  }
  const filled = new Int32Array(count);
  for (let offset = 0; offset < classOf.length; offset++) {
    const number = classOf[offset] as number;
    const task = from + offset;
    const target = classes[number] as RequestClass;
    target.tasks[filled[number]++] = task;
    const set = at(tasks.eligibility, task);
    target.eligibility = target.eligibility === -1 || target.eligibility === set ? set : 0;
    for (let d = 0; d < tasks.request.length; d++) {
      const value = at(tasks.request[d] as Column, task);
      if (value < (target.least[d] as number)) target.least[d] = value;
    }
  }
  for (const target of classes) {
    sortByKey(target.tasks, (task) => at(need, task));
    for (let i = 0; i < target.tasks.length; i++) target.needs[i] = at(need, target.tasks[i] as number);
  }
  return classes;
}
