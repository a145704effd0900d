// Environments in the naive simulator: the stages of each attempt, and the images and warm instances of each worker, in plain lists.
import { draw, hashTextInto, streamKey } from "../src/engine/random.ts";
import { labelAt, nameAt } from "../src/model/columns.ts";
import { profileOf } from "../src/model/task-profile.ts";
import { Reason } from "../src/model/trace.ts";
import type { World } from "../src/model/world.ts";
import type { Task } from "./naive-world.ts";

export interface NaiveImage {
  name: string;
  size: number;
  used: number;
  ready: number;
  fails: boolean;
}

/** What is done for an attempt before it works. */
export interface NaiveStage {
  index: number;
  reason: Reason;
  length: number;
  image: NaiveImage | undefined; // whose pull has to be over
  fails: Reason; // with its end
}

const REASONS = { admission: Reason.admission, start: Reason.start, pull: Reason.pull, cold: Reason.cold };

export function naiveEnvironments(world: World) {
  const images: NaiveImage[][] = world.workers.names.map(() => []);
  const warm: { name: string; until: number }[][] = world.workers.names.map(() => []);
  const frozenAt = new Map<number, number>();
  const planOf = (task: Task) => profileOf(world.tasks, task.position)?.environment;
  const nameOf = (task: Task) => planOf(task)!.options.image ?? labelAt(world.tasks.function, task.position);

  function isUnlucky(task: Task, execution: number, index: number, probability: number): boolean {
    const hash = new Int32Array(2);
    hashTextInto(nameAt(world.tasks.names, task.position), hash, 0);
    return draw(streamKey(world.environments!.seed, "faults/environment"), hash[0]!, hash[1]!, execution, index) < probability;
  }

  /** Images that are not in use make room, the oldest first; undefined where that is not enough. */
  function pull(worker: number, image: NaiveImage, inUse: readonly (NaiveImage | undefined)[]): NaiveImage | undefined {
    const room = world.workers.cache?.[worker] ?? Infinity;
    const idle = images[worker]!.filter((each) => !inUse.includes(each)).sort((a, b) => a.used - b.used || (a.name < b.name ? -1 : 1));
    const sum = (list: readonly NaiveImage[]) => list.reduce((total, { size }) => total + size, 0);
    for (let gone = 0; gone <= idle.length; gone++) {
      const left = images[worker]!.filter((each) => !idle.slice(0, gone).includes(each));
      if (sum(left) + image.size > room) continue;
      images[worker] = [...left, image];
      return image;
    }
    return undefined;
  }

  return {
    planOf,
    /** The stage from that index on to which an execution comes now, if there is one. `inUse`: images of attempts on its worker. */
    next(
      { task, worker, execution, from }: { task: Task; worker: number; execution: number; from: number },
      now: number,
      inUse: readonly (NaiveImage | undefined)[],
      uses: (image: NaiveImage | undefined) => void,
    ): NaiveStage | undefined {
      const stages = planOf(task)?.stages ?? [];
      for (let index = from; index < stages.length; index++) {
        const stage = stages[index]!;
        const own = { index, reason: REASONS[stage.stage], length: stage.time, image: undefined, fails: Reason.none };
        if (stage.stage === "cold") {
          const found = warm[worker]!.findLast(({ name, until }) => name === nameOf(task) && until >= now);
          warm[worker] = warm[worker]!.filter((each) => each !== found);
          if (found !== undefined) return { ...own, reason: Reason.warm, length: stage.warm };
        }
        if (stage.stage === "pull") {
          const there = images[worker]!.find(({ name }) => name === nameOf(task));
          const isBad = there?.fails && there.ready <= now;
          if (isBad) images[worker] = images[worker]!.filter((each) => each !== there);
          else if (there !== undefined) {
            there.used = now;
            uses(there);
            if (there.ready > now) return { ...own, reason: Reason.wait, image: there };
            continue;
          }
        }
        const fails = isUnlucky(task, execution, index, stage.fails) ? own.reason : Reason.none;
        if (stage.stage !== "pull") return { ...own, fails };
        const pulled = { name: nameOf(task), size: stage.size, used: now, ready: now + stage.time, fails: fails !== Reason.none };
        const image = pull(worker, pulled, inUse);
        uses(image);
        return { ...own, fails, image };
      }
      return undefined;
    },
    /** An attempt that had an instance has ended by itself. */
    keep(task: Task, worker: number, now: number): void {
      for (const stage of planOf(task)?.stages ?? [])
        if (stage.stage === "cold") warm[worker]!.push({ name: nameOf(task), until: now + stage.keep });
    },
    freeze: (worker: number, now: number) => frozenAt.set(worker, now),
    thaw(worker: number, now: number): void {
      const from = frozenAt.get(worker) ?? now;
      frozenAt.delete(worker);
      for (const image of images[worker]!) if (image.ready > from) image.ready += now - from;
    },
    crash(worker: number, now: number): void {
      images[worker] = images[worker]!.filter(({ ready }) => ready <= (frozenAt.get(worker) ?? now));
      warm[worker] = [];
    },
    loseDisk(worker: number): void {
      images[worker] = [];
      warm[worker] = [];
    },
  };
}
