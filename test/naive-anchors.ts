// When attempts of the naive simulator come to what faults are anchored to.
import { partOf } from "../src/model/units.ts";
import type { World } from "../src/model/world.ts";
import type { Attempt } from "./naive-workers.ts";

/** Faults anchored to an attempt that it has not come to, by the part of its work; none where it stands still. `work` is all its work. */
export function marksOf({ faults }: World, attempt: Attempt, work: number) {
  const { task, number, passed, end, done, speed, since } = attempt;
  const anchors = [...(faults?.tracks ?? []).entries()].flatMap(([track, { episodes }]) =>
    "anchor" in episodes ? [{ track, ...episodes.anchor, lasting: episodes.lasting }] : [],
  );
  const own = anchors.filter((anchor) => anchor.task === task.position && anchor.attempt === number && !passed.includes(anchor.progress));
  const parts = [...new Set(own.map(({ progress }) => progress))].sort((a, b) => a - b);
  const timeOf = (left: number) => Number((BigInt(left) * 1000n + BigInt(speed || 1) - 1n) / BigInt(speed || 1));
  return parts
    .map((progress) => ({
      progress,
      time: since + timeOf(Math.max(0, partOf(work, progress) - done)),
      strikes: own.filter((anchor) => anchor.progress === progress),
    }))
    .filter(({ time }) => end < Infinity && time < end);
}
