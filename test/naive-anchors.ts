// When attempts of the naive simulator come to what faults are anchored to, and to parts of their work of which workers tell.
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
  return parts
    .map((progress) => ({
      progress,
      time: since + timeFor(partOf(work, progress) - done, speed),
      strikes: own.filter((anchor) => anchor.progress === progress),
    }))
    .filter(({ time }) => end < Infinity && time < end);
}

/** Time that so much work takes, rounded up. */
function timeFor(work: number, speed: number): number {
  return Number((BigInt(Math.max(0, work)) * 1000n + BigInt(speed || 1) - 1n) / BigInt(speed || 1));
}

/** The parts of its work, in thousandths, that it comes to next and has still to tell of, all at one time; none where it stands still. */
export function partsOf(part: number | undefined, { told, end, done, speed, since }: Attempt, work: number) {
  const next: { thousandths: number; time: number }[] = [];
  if (part === undefined || end === Infinity) return next;
  for (let thousandths = told + part; thousandths < 1000; thousandths += part) {
    const time = since + timeFor(partOf(work, thousandths / 1000) - done, speed);
    if (time >= end || time > (next[0]?.time ?? Infinity)) break;
    next.push({ thousandths, time });
  }
  return next;
}
