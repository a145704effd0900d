// Workers that a lower bound need not tell apart: equal in speed and in every capacity, at their largest.
import { largestCapacity } from "../model/capacity-effects.ts";
import type { WorkerTable } from "../model/world.ts";

export interface WorkerClass {
  /** Thousandths. */
  speed: number;
  /** Per dimension, the most that they can ever have. */
  capacity: Float64Array;
  /** Positions of the workers, ascending. */
  workers: number[];
}

/** For each set of workers its classes, the fastest first. */
export function workerClasses(workers: WorkerTable, sets: readonly Uint8Array[]): WorkerClass[][] {
  const classOf = new Int32Array(workers.count);
  const known = new Map<string, number>();
  for (let worker = 0; worker < workers.count; worker++) {
    const key = [workers.speed[worker], ...largestCapacity(workers).map((perWorker) => perWorker[worker])].join(" ");
    classOf[worker] = known.get(key) ?? known.size;
    if (!known.has(key)) known.set(key, known.size);
  }
  return sets.map((set) => classesOf(workers, set, classOf));
}

function classesOf(workers: WorkerTable, set: Uint8Array, classOf: Int32Array): WorkerClass[] {
  const classes = new Map<number, WorkerClass>();
  for (let worker = 0; worker < workers.count; worker++) {
    if (set[worker] !== 1) continue;
    const each = classes.get(classOf[worker] as number);
    if (each !== undefined) {
      each.workers.push(worker);
      continue;
    }
    const capacity = Float64Array.from(largestCapacity(workers), (perWorker) => perWorker[worker] as number);
    classes.set(classOf[worker] as number, { speed: workers.speed[worker] as number, capacity, workers: [worker] });
  }
  return [...classes.values()].sort((a, b) => b.speed - a.speed);
}
