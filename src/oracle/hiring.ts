// R7: pools have as many instances as they may, each is paid for once, boots as long as it takes, and goes when its notice is over.
import { type Pool, poolOf } from "../model/cloud.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked, ITS_WORKER } from "../model/world.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { takes } from "./ledger.ts";

/** Where the instance at a position stands, by the entries so far. */
type Stage = "absent" | "booting" | "up" | "leaving";

/** The entries of a trace that are about pools, with the pool of each. */
function* aboutPools({ world, entries }: Trace): Generator<{ index: number; entry: TraceEntry; pool: Pool }> {
  if (world.cloud === undefined) return;
  let index = 0;
  for (const entry of entries) {
    const pool = entry.worker < 0 ? undefined : poolOf(world.cloud, entry.worker);
    if (pool !== undefined) yield { index, entry, pool };
    index += 1;
  }
}

/** Where each position of a pool stands that is not absent, at the beginning. */
function stagesAtStart({ world }: Trace): Map<number, Stage> {
  const stages = new Map<number, Stage>();
  for (const { first, min } of world.cloud?.pools ?? []) for (let i = 0; i < min; i++) stages.set(first + i, "up");
  return stages;
}

function follow(stages: Map<number, Stage>, { kind, worker }: TraceEntry): void {
  if (kind === EntryKind.launched) stages.set(worker, "booting");
  else if (kind === EntryKind.registered && stages.get(worker) === "booting") stages.set(worker, "up");
  else if (kind === EntryKind.draining) stages.set(worker, "leaving");
  else if (kind === EntryKind.left) stages.delete(worker);
}

/** Whether an instance may be up later than it has booted: a fault may hold it, by itself or for what a task does, or a network lies between. */
export function lateness({ world }: Trace): (worker: number) => boolean {
  const { tracks = [], killers = [] } = world.faults ?? {};
  const holding = tracks.filter(({ effect }) => effect.kind === "down" || effect.kind === "frozen");
  const anywhere = isNetworked(world) || killers.length > 0 || holding.some(({ worker }) => worker === ITS_WORKER);
  const held = new Set(holding.map(({ worker }) => worker));
  return (worker) => anywhere || held.has(worker);
}

export const POOL_SIZES: Invariant = {
  id: "R7-size",
  statement:
    "A pool never has more instances, booting ones and those that are to leave among them, than its max; and, as long as none of its instances is taken back, not fewer than its min that are not to leave.",
  judge(trace) {
    const finding = new Finding();
    const stages = stagesAtStart(trace);
    const reclaimed = new Set<string>();
    const counts = new Map((trace.world.cloud?.pools ?? []).map(({ id, min }) => [id, min])); // launched, and not gone
    for (const { index, entry, pool } of aboutPools(trace)) {
      const { kind, time } = entry;
      if (kind === EntryKind.reclaimed) reclaimed.add(pool.id);
      follow(stages, entry);
      const count = (counts.get(pool.id) ?? 0) + (kind === EntryKind.launched ? 1 : kind === EntryKind.left ? -1 : 0);
      counts.set(pool.id, count);
      if (kind === EntryKind.launched)
        finding.check(index, time, count > pool.max && `pool ${pool.id} has ${count} instances, of ${pool.max} at most`);
      const own = [...stages].filter(([worker]) => worker >= pool.first && worker < pool.first + pool.max);
      const staying = own.filter(([, stage]) => stage !== "leaving").length;
      if (kind === EntryKind.draining && !reclaimed.has(pool.id))
        finding.check(index, time, staying < pool.min && `pool ${pool.id} keeps ${staying} instances, of ${pool.min} at least`);
    }
    return finding;
  },
};

export const PAID_ONCE: Invariant = {
  id: "R7-launch",
  statement:
    "Instances of one position follow one another, and are numbered: one is launched only where none is, so that each is paid for once, from its launch until it has left.",
  judge(trace) {
    const finding = new Finding();
    const stages = stagesAtStart(trace);
    const numbers = new Map([...stages.keys()].map((worker) => [worker, 1]));
    for (const { index, entry } of aboutPools(trace)) {
      const { kind, worker, attempt, time } = entry;
      if (kind === EntryKind.launched) {
        const number = (numbers.get(worker) ?? 0) + 1;
        numbers.set(worker, number);
        const wrong = stages.has(worker) ? "while another is there" : attempt !== number && `as number ${attempt}, not ${number}`;
        finding.check(index, time, wrong && `an instance is launched at worker ${worker} ${wrong}`);
      }
      if (kind === EntryKind.left) finding.check(index, time, !stages.has(worker) && `an instance leaves worker ${worker}, where none is`);
      follow(stages, entry);
    }
    return finding;
  },
};

export const BOOTS: Invariant = {
  id: "R7-boot",
  statement:
    "An instance is up exactly when its boot is over, or later where a fault holds it then or a network lies between; nothing starts on one before, nor on one that is gone.",
  judge(trace) {
    const finding = new Finding();
    const stages = stagesAtStart(trace);
    const launchedAt = new Map<number, Time>();
    const mayBeLate = lateness(trace);
    for (const { index, entry, pool } of aboutPools(trace)) {
      const { kind, worker, time } = entry;
      const stage = stages.get(worker) ?? "absent";
      if (kind === EntryKind.launched) launchedAt.set(worker, time);
      if (kind === EntryKind.registered && stage === "booting") {
        const due = (launchedAt.get(worker) ?? 0) + pool.boot;
        const isDue = time === due || (time > due && mayBeLate(worker));
        finding.check(index, time, !isDue && `worker ${worker} is up at ${time}, but has booted at ${due}`);
      }
      if (takes(entry) || kind === EntryKind.assigned)
        finding.check(index, time, stage !== "up" && `task ${entry.task} goes to worker ${worker}, which is ${stage}`);
      follow(stages, entry);
    }
    return finding;
  },
};

export const NOTICES: Invariant = {
  id: "R7-notice",
  statement:
    "Only spot instances are taken back, each once; one of which that was said is to leave from then on, and is gone at the end of its notice, or before when it holds nothing; and attempts are given up for that only then.",
  judge(trace) {
    const finding = new Finding();
    const stages = stagesAtStart(trace);
    const takenAt = new Map<number, Time>();
    const isOver = (worker: number, time: Time) => takenAt.get(worker) === time;
    let last = 0;
    for (const { index, entry, pool } of aboutPools(trace)) {
      const { kind, worker, time, reason } = entry;
      overdue(finding, takenAt, index, time);
      last = index;
      if (kind === EntryKind.reclaimed) {
        const wrong =
          pool.spot === undefined
            ? "is no spot instance"
            : takenAt.has(worker)
              ? "was told so before"
              : !stages.has(worker) && "is not there";
        finding.check(index, time, wrong && `worker ${worker} is to be taken back, and ${wrong}`);
        takenAt.set(worker, time + (pool.spot?.notice ?? 0));
      }
      if ((kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.dropped) && reason === Reason.reclaim)
        finding.check(index, time, !isOver(worker, time) && `task ${entry.task} is given up for worker ${worker}, which is not taken then`);
      if (takes(entry))
        finding.check(index, time, takenAt.has(worker) && `task ${entry.task} starts on worker ${worker}, which is to be taken back`);
      if (kind === EntryKind.left && takenAt.delete(worker)) finding.check(index, time, undefined);
      follow(stages, entry);
    }
    if (ranOut(trace)) overdue(finding, takenAt, last, trace.ending.time);
    return finding;
  },
};

/** Instances that should have gone before a time. */
function overdue(finding: Finding, takenAt: ReadonlyMap<number, Time>, index: number, time: Time): void {
  for (const [worker, due] of takenAt)
    if (time > due) finding.check(index, time, `worker ${worker} was to be taken back at ${due}, and is still there`);
}
