// When attempts of the naive simulator come to what faults are anchored to, and to parts of their work of which workers tell.
import { partOf } from "../src/model/units.ts";
import type { World } from "../src/model/world.ts";
import type { Attempt } from "./naive-workers.ts";

/** Faults anchored to an attempt that it has not come to, by the part of its work; none where it stands still. `work` is all its work. */
export function marksOf({ faults }: World, attempt: Attempt, work: number) {
  const { task, number, passed, end, phase, phaseEnd } = attempt;
  if (phase !== "working" || !stands(attempt)) return [];
  const anchors = [...(faults?.tracks ?? []).entries()].flatMap(([track, { episodes }]) =>
    "anchor" in episodes ? [{ track, ...episodes.anchor, lasting: episodes.lasting }] : [],
  );
  const own = anchors.filter((anchor) => anchor.task === task.position && anchor.attempt === number && !passed.includes(anchor.progress));
  const parts = [...new Set(own.map(({ progress }) => progress))].sort((a, b) => a - b);
  return parts
    .map((progress) => ({
      progress,
      time: whenDone(attempt, partOf(work, progress)),
      strikes: own.filter((anchor) => anchor.progress === progress),
    }))
    .filter(({ time }) => time < end && time <= phaseEnd);
}

/** Whether anything goes on. */
function stands({ end, phaseEnd }: Attempt): boolean {
  return Math.min(end, phaseEnd) < Infinity;
}

/** When so much work is done, if it works on. */
function whenDone({ base, worked, since, speed }: Attempt, work: number): number {
  const divisor = BigInt(speed || 1);
  const time = Number((BigInt(Math.max(0, work - base)) * 1000n + divisor - 1n) / divisor);
  return since + Math.max(0, time - worked);
}

/** The parts of its work, in thousandths, that it comes to next and has still to tell of, all at one time; none where it stands still. */
export function partsOf(part: number | undefined, attempt: Attempt, work: number) {
  const { told, end, phase, phaseEnd } = attempt;
  const next: { thousandths: number; time: number }[] = [];
  if (part === undefined || phase !== "working" || !stands(attempt)) return next;
  for (let thousandths = told + part; thousandths < 1000; thousandths += part) {
    const time = whenDone(attempt, partOf(work, thousandths / 1000));
    if (time >= end || time > phaseEnd || time > (next[0]?.time ?? Infinity)) break;
    next.push({ thousandths, time });
  }
  return next;
}
