// What an attempt holds of cpu or memory from when on, where that is not what it requests: by its shares, or by what it asked for.
import { profileOf } from "../../src/model/task-profile.ts";
import { EntryKind, type TraceEntry } from "../../src/model/trace.ts";
import type { World } from "../../src/model/world.ts";
import { holdsAfter } from "../naive-asks.ts";

/** From its own entries; each amount holds until the next. */
export function holdingsOf(world: World, own: readonly TraceEntry[], task: number, dimension: 0 | 1): { time: number; amount: number }[] {
  const shared = dimension === 0 ? EntryKind.cpuShared : EntryKind.memoryShared;
  const isElastic = profileOf(world.tasks, task)?.elastic?.[dimension] !== undefined;
  let [asked, met] = [0, 0];
  return own.flatMap(({ kind, time, amount }) => {
    if (kind === shared) return [{ time, amount: amount! }];
    if ((kind !== EntryKind.asking && kind !== EntryKind.granted) || isElastic) return [];
    if (kind === EntryKind.asking) asked = amount!;
    else met = asked;
    return [{ time, amount: Math.min(holdsAfter(world, task, dimension, asked), holdsAfter(world, task, dimension, met)) }];
  });
}
