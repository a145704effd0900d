// E1: time never goes back, and nothing happens before it can.
import { EntryKind } from "../model/trace.ts";
import { at } from "../model/columns.ts";
import { Finding, type Invariant } from "./invariant.ts";

export const MONOTONE_TIME: Invariant = {
  id: "E1",
  statement: "Time never goes back: entries are in order of time, whole microseconds from 0; no task is submitted before its release.",
  judge(trace) {
    const finding = new Finding();
    let last = 0;
    let index = 0;
    for (const { time, kind, task } of trace.entries) {
      finding.check(index, time, time < last && `time goes back from ${last} to ${time}`);
      if (!Number.isSafeInteger(time) || time < 0) finding.check(index, time, `${time} is not a time`);
      if (kind === EntryKind.submitted) {
        const release = at(trace.world.tasks.release, task);
        finding.check(index, time, time < release && `task ${task} is submitted at ${time}, before its release ${release}`);
      }
      last = time;
      index += 1;
    }
    if (trace.ending.time < last) finding.check(index, trace.ending.time, `the run ends before its last entry at ${last}`);
    return finding;
  },
};
