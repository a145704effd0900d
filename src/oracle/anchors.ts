// T7-anchor: attempts come to where faults are anchored in turn, once, where they run, and not before they can.
import { attemptKey, marksOf } from "../model/anchors.ts";
import { at } from "../model/columns.ts";
import { gaining, mostGain } from "../model/elastic.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import { durationAt, partOf, type Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { takes } from "./ledger.ts";
import { Presence } from "./presence.ts";

export const ANCHORS: Invariant = {
  id: "T7-anchor",
  statement:
    "An attempt comes to each part of its work to which faults are anchored once, in turn, on the worker where it runs, and not before that part can be done at the worker's full speed, with all that the task may have.",
  judge(trace) {
    const finding = new Finding();
    const marks = marksOf(trace.world.faults);
    if (marks.size === 0) return finding;
    const presence = new Presence(trace);
    const startedAt = new Map<string, Time>();
    const outlived = new Set<string>();
    const passed = new Map<string, number>();
    const resumed = new Set<string>(); // attempts that went on from a checkpoint
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, attempt, time } = entry;
      presence.apply(entry);
      if (kind === EntryKind.outlived) outlived.add(attemptKey(task, attempt)); // it goes on though it was given up
      const key = attemptKey(task, attempt);
      if (takes(entry) || kind === EntryKind.began) startedAt.set(key, time);
      if (kind === EntryKind.recovering) resumed.add(key);
      if (kind === EntryKind.reached) {
        const count = passed.get(key) ?? 0;
        passed.set(key, count + 1);
        const mark = marks.get(key)?.[count];
        const isThere = presence.of(task, attempt).some((present) => present.attempt === attempt && present.worker === worker);
        const runs = isThere || outlived.has(key);
        const needed = resumed.has(key) ? 0 : leastTime(trace, task, worker, mark?.progress ?? 0);
        const least = (startedAt.get(key) ?? 0) + needed;
        const early = time < least && `attempt ${attempt} of task ${task} has done so much at ${time}, and not before ${least}`;
        const wrong = mark === undefined && `no fault is anchored there to attempt ${attempt} of task ${task}`;
        finding.check(index, time, wrong || (!runs && `attempt ${attempt} of task ${task} does not run on worker ${worker}`) || early);
      }
      index += 1;
    }
    return finding;
  },
};

function leastTime({ world }: Trace, task: number, worker: number, progress: number): number {
  const { tasks, workers } = world;
  const table = at(tasks.timeTable, task);
  const whole = table >= 0 ? tasks.timeTables[table][worker] : at(tasks.work, task);
  const most = mostGain(profileOf(tasks, task)?.elastic, (dimension) => at(tasks.request[dimension], task));
  return durationAt(partOf(whole, progress), gaining(table >= 0 ? 1000 : workers.speed[worker], most));
}
