// Classes of tasks by what they ask for: equal in all dimensions but one, so that one number decides what fits.
import { sortByColumn } from "../engine/radix-sort.ts";
import { at, type Column, isConstant } from "../model/columns.ts";

/** Most classes of exactly equal requests, per set of allowed workers; with more, sizes are rounded down to powers of two and tested one by one. */
const MOST_EXACT = 64;
const MOST_ROUNDED = 256;
/** Most classes of all: each is looked at in every pass. */
const MOST = 4096;

/** What classes are made from: a column per dimension that can be short, and the sets of workers allowed. */
export interface Requests {
  request: readonly Column[];
  eligibility: Column;
  /** Whether where a task fits hangs on more than what it asks for. */
  mayGrow?(task: number): boolean;
}

/** Tasks whose requests agree in every dimension but `varying` (if exact), and in who may run them. */
export interface RequestClass {
  /** Ascending by their need in the varying dimension. */
  tasks: Int32Array;
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
  const sizes = tasks.request.filter((column, d) => d !== varying && !isConstant(column));
  const exact = sizes.map((column) => ({ column, image: same }));
  const rounded = sizes.map((column) => ({ column, image: floorLog2 }));
  const allowed = isConstant(tasks.eligibility) ? [] : [{ column: tasks.eligibility, image: same }];
  const grouped = (keys: readonly Key[], most: number) => group(keys, from, to, Math.min(MOST, most));
  const sets = grouped(allowed, MOST);
  const exactly = sets && grouped([...allowed, ...exact], MOST_EXACT * sets.count);
  const classes =
    exactly ??
    (sets && grouped([...allowed, ...rounded], MOST_ROUNDED * sets.count)) ??
    sets ??
    grouped(rounded, MOST_ROUNDED) ??
    (grouped([], 1) as Grouping);
  return collect(tasks, from, varying, classes, exactly !== undefined);
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

function same(value: number): number {
  return value;
}

function floorLog2(value: number): number {
  return value <= 0
    ? -1
    : 31 - Math.clz32(Math.min(value, 2147483647)) + (value > 2147483647 ? floorLog2(Math.floor(value / 2147483648)) + 1 : 0);
}

/** A column of which the images of values count. */
interface Key {
  column: Column;
  image: (value: number) => number;
}

interface Grouping {
  /** A class number per task. */
  classOf: Int32Array;
  count: number;
}

/** Groups the tasks [from, to) by keys, or gives up where there would be more than `most` classes. */
function group(keys: readonly Key[], from: number, to: number, most: number): Grouping | undefined {
  const classOf = new Int32Array(to - from);
  let count = 1;
  for (const { column, image } of keys) {
    const known = new Map<number, number>(); // (class so far, image of the value) → finer class
    const codes = new Map<number, number>();
    for (let task = from; task < to; task++) {
      const value = image(at(column, task));
      let code = codes.get(value);
      if (code === undefined) {
        code = codes.size;
        if (code > MOST) return undefined;
        codes.set(value, code);
      }
      const pair = (classOf[task - from] as number) * (MOST + 1) + code;
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

function collect(tasks: Requests, from: number, varying: number, { classOf, count }: Grouping, exact: boolean): RequestClass[] {
  const sizes = new Int32Array(count);
  for (const number of classOf) sizes[number]++;
  const need = tasks.request[varying];
  if (need === undefined) throw new RangeError("no dimension can be short");
  const classes: RequestClass[] = [];
  for (let number = 0; number < count; number++) {
    classes.push({
      tasks: new Int32Array(sizes[number] as number),
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
    if (tasks.mayGrow?.(task) === true) target.exact = false;
    const set = at(tasks.eligibility, task);
    target.eligibility = target.eligibility === -1 || target.eligibility === set ? set : 0;
    for (let d = 0; d < tasks.request.length; d++) {
      const value = at(tasks.request[d] as Column, task);
      if (value < (target.least[d] as number)) target.least[d] = value;
    }
  }
  if (!isConstant(need)) for (const target of classes) sortByColumn(target.tasks, need.data);
  return classes;
}
