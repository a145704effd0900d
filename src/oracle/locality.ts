// P1-locality: as long as a task is put off for its files, it goes nowhere but to where most of them are.
import { inputCount } from "../model/data.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger } from "./ledger.ts";
import { ToldFiles } from "./told-files.ts";
import { startsLater } from "../model/settings.ts";

export const LOCALITY: Invariant = {
  id: "P1-locality",
  statement:
    "Placement locality (where deciding takes no time): a task starts on the worker with room that was said to have most bytes of what it reads, the first of several; and for `localityDelay` after it became ready for its first attempt only on one that has as much as any that could hold it.",
  judge(trace) {
    const finding = new Finding();
    if (!applies(trace)) return finding;
    const ledger = new Ledger(trace);
    const told = new ToldFiles(trace);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time } = entry;
      if (kind === EntryKind.started && inputCount(trace.world.data as NonNullable<Trace["world"]["data"]>, task) > 0)
        finding.check(index, time, misplaced(trace, ledger, told, task, worker, time));
      ledger.apply(entry);
      told.apply(entry);
      index += 1;
    }
    return finding;
  },
};

function applies({ world, settings, promises }: Trace): boolean {
  const isLocal = (settings.policy.placement ?? settings.placement) === "locality";
  return world.data !== undefined && isLocal && promises.order !== "plan" && !promises.preempts && !startsLater(settings);
}

function misplaced(trace: Trace, ledger: Ledger, told: ToldFiles, task: number, worker: number, time: number): string | undefined {
  const here = told.bytesOn(task, worker);
  const others = trace.world.workers.names.map((_, other) => other).filter((other) => other !== worker && ledger.mayRun(task, other));
  const better = others.find((other) => ledger.fits(task, other) && told.bytesOn(task, other) > here);
  if (better !== undefined) return `task ${task} starts on worker ${worker}, though worker ${better} has more of its files`;
  if (here === 0 && others.every((other) => told.bytesOn(task, other) === 0)) return undefined;
  const first = others.find((other) => other < worker && ledger.fits(task, other) && told.bytesOn(task, other) === here);
  if (first !== undefined) return `task ${task} starts on worker ${worker}, though worker ${first} has as much of its files`;
  if (!told.mayBePutOff(task, ledger.readySince[task], time)) return undefined;
  const most = others.find((other) => told.bytesOn(task, other) > here);
  return most === undefined
    ? undefined
    : `task ${task} starts on worker ${worker} within its delay, though worker ${most} has more of its files`;
}
