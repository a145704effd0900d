// R2-disk: what is on a worker's disk is lost when a fault says so, and at no other time.
import { EntryKind, type Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isWorkerAction, ITS_WORKER, REPLICAS } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";

export const DISKS: Invariant = {
  id: "R2-disk",
  statement:
    "A worker loses its disk only while it is down, once for each of its faults that say so: by schedule at their times (of workers that are there all the time), by chance, and where they are anchored to tasks, not otherwise.",
  judge(trace) {
    const finding = new Finding();
    const ofWorkers = (trace.world.faults?.tracks ?? []).filter(({ worker }) => worker !== REPLICAS);
    const tracks = ofWorkers.filter(({ effect }) => effect.kind === "down" && effect.losesDisk === true);
    /** Workers that are down, and the incarnations that went. */
    const down = new Map<number, number>();
    /** How often each worker has lost its disk at each time. */
    const losses = new Map<string, number>();
    let index = 0;
    for (const { kind, worker, time, attempt: incarnation } of trace.entries) {
      if (kind === EntryKind.crashed) down.set(worker, incarnation);
      // That one is there may be committed when it is gone again.
      if (kind === EntryKind.registered && incarnation > (down.get(worker) ?? 0)) down.delete(worker);
      if (kind === EntryKind.diskLost) {
        const key = `${worker} ${time}`;
        losses.set(key, (losses.get(key) ?? 0) + 1);
        const own = tracks.filter((track) => track.worker === worker || track.worker === ITS_WORKER);
        const drawn = own.some(({ episodes }) => !("from" in episodes));
        const due = own.filter(({ episodes }) => "from" in episodes && episodes.from === time).length;
        const unasked = !drawn && (losses.get(key) as number) > due && `worker ${worker} loses its disk, and no fault says so`;
        finding.check(index, time, !down.has(worker) ? `worker ${worker} loses its disk, and is up` : unasked);
      }
      index += 1;
    }
    for (const { worker, time, count } of scheduled(trace, tracks)) {
      const missing = (losses.get(`${worker} ${time}`) ?? 0) < count;
      finding.check(index, time, missing && `worker ${worker} has not lost its disk at ${time}, as a crash says`);
    }
    return finding;
  },
};

/** When workers that are there all the time must have lost their disks, and how often then: as far as the run went on. */
function scheduled({ world, entries, ending }: Trace, tracks: NonNullable<Trace["world"]["faults"]>["tracks"]) {
  const changing = new Set((world.actions ?? []).filter(isWorkerAction).map(({ worker }) => worker));
  for (const { first, max } of world.cloud?.pools ?? []) for (let i = 0; i < max; i++) changing.add(first + i);
  const last: Time = entries.length === 0 ? 0 : entries.at(entries.length - 1).time;
  const counts = new Map<string, { worker: number; time: Time; count: number }>();
  for (const { worker, episodes } of tracks) {
    if (!("from" in episodes) || changing.has(worker) || episodes.from >= Math.min(last, ending.time)) continue;
    const key = `${worker} ${episodes.from}`;
    const known = counts.get(key) ?? { worker, time: episodes.from, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  return counts.values();
}
