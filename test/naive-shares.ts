// How a worker shares out what nobody requests among elastic attempts, as it is read: all rise together, who has enough drops out.
import { profileOf } from "../src/model/task-profile.ts";
import type { World } from "../src/model/world.ts";
import { at } from "../src/model/columns.ts";

export interface NaiveSharer {
  position: number; // of its task
  isSuspended: boolean;
  holds: number[]; // of cpu and memory, where it does not stretch
}

/** What each of those on a worker holds of a dimension of which it has so much; undefined for those that hold what they request. */
export function naiveShares(world: World, dimension: 0 | 1, has: number, there: readonly NaiveSharer[]): (number | undefined)[] {
  const { tasks } = world;
  const request = ({ position }: NaiveSharer) => at(tasks.request[dimension], position);
  const stretch = ({ position }: NaiveSharer) => profileOf(tasks, position)?.elastic?.[dimension];
  const most = (sharer: NaiveSharer) => {
    const used = at(dimension === 0 ? tasks.usedCpu : tasks.usedMemory, sharer.position);
    return Math.max(request(sharer), Math.min(stretch(sharer)!.most, Number.isNaN(used) ? Infinity : used));
  };
  const rising = there.filter((sharer) => stretch(sharer) !== undefined && !sharer.isSuspended);
  const held = new Map(rising.map((sharer) => [sharer, request(sharer)]));
  const holdsAnyway = (sharer: NaiveSharer) => !sharer.isSuspended || dimension === 1;
  const least = (sharer: NaiveSharer) => (stretch(sharer) === undefined ? sharer.holds[dimension] : request(sharer));
  let rest = has - there.filter(holdsAnyway).reduce((sum, sharer) => sum + least(sharer), 0);
  while (rest > 0) {
    const hungry = rising.filter((sharer) => held.get(sharer)! < most(sharer));
    if (hungry.length === 0) break;
    const lowest = Math.min(...hungry.map((sharer) => held.get(sharer)!));
    const low = hungry.filter((sharer) => held.get(sharer) === lowest);
    const next = Math.min(...low.map(most), ...hungry.map((sharer) => held.get(sharer)!).filter((other) => other > lowest));
    const step = Math.min(next - lowest, Math.floor(rest / low.length));
    for (const sharer of step > 0 ? low : low.slice(0, rest)) held.set(sharer, lowest + Math.max(step, 1));
    rest -= step > 0 ? step * low.length : rest;
  }
  return there.map((sharer) => (stretch(sharer) === undefined ? undefined : (held.get(sharer) ?? request(sharer))));
}

/** How many times as fast it is with those amounts. */
export function naiveGain(world: World, position: number, held: readonly number[]): number {
  let gain = 1;
  for (const dimension of [0, 1] as const) {
    const plan = profileOf(world.tasks, position)?.elastic?.[dimension];
    const least = at(world.tasks.request[dimension], position);
    if (plan === undefined || held[dimension] <= least) continue;
    const { speedup } = plan;
    const fast = (amount: number): number => {
      if (speedup.kind === "linear") return amount;
      if (speedup.kind === "amdahl") return 1 / (1 - speedup.parallel + (speedup.parallel * 1000) / amount);
      const above = speedup.points.find(([point]) => point >= amount) ?? speedup.points.at(-1)!;
      const below = speedup.points.findLast(([point]) => point <= amount) ?? speedup.points[0]!;
      return above[0] <= below[0] ? below[1] : below[1] + ((above[1] - below[1]) * (amount - below[0])) / (above[0] - below[0]);
    };
    gain *= fast(held[dimension]) / fast(least);
  }
  return gain;
}
