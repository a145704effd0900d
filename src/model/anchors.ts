// Where faults are anchored to tasks: the different parts of their attempts' work, and the tracks that strike there.
import type { FaultPlan } from "./world.ts";

/** A part of an attempt's work, and the tracks of the plan that strike when it is done. */
export interface Mark {
  task: number;
  attempt: number;
  progress: number;
  tracks: number[];
}

/** Marks by task and attempt; of each attempt by progress, least first. Empty where no fault is anchored. */
export function marksOf(plan: FaultPlan | undefined): Map<string, Mark[]> {
  const marks = new Map<string, Mark[]>();
  for (const [track, { episodes }] of (plan?.tracks ?? []).entries()) {
    if (!("anchor" in episodes)) continue;
    const { anchor } = episodes;
    const own = marks.get(attemptKey(anchor.task, anchor.attempt)) ?? [];
    const mark = own.find(({ progress }) => progress === anchor.progress);
    if (mark !== undefined) mark.tracks.push(track);
    else own.push({ ...anchor, tracks: [track] });
    marks.set(
      attemptKey(anchor.task, anchor.attempt),
      own.sort((a, b) => a.progress - b.progress),
    );
  }
  return marks;
}

export function attemptKey(task: number, attempt: number): string {
  return `${task}#${attempt}`;
}
