// Workers to which an operator gives less or more: the actions `shrink` and `grow`, as faults of these kinds that do so.
import { GROW } from "../faults/grow.ts";
import { SHRINK } from "../faults/shrink.ts";
import { Hints } from "../model/nearest.ts";
import { amountText, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { WorkerFaultSpec, WorkerSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import type { Document } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { CAPACITY_KEYS, capacityOf } from "./normalise-capacity.ts";
import { isBefore, type Stays, timeOf } from "./normalise-turnover.ts";
import { certainIds, mayBeCounted, type ReadWorker } from "./open-workers.ts";
import type { Checked } from "./schema-faults.ts";

type ActionInput = NonNullable<ScenarioInput["actions"]>[number];

/** What is around such actions. `limits` says how far the workers are known; empty where they are. */
export interface ResizingSurroundings {
  dimensions: readonly string[];
  limits: string;
  document: Document;
  faults: FaultList;
  faulty: Checked["faulty"];
  /** All that are ever there. */
  workers: readonly ReadWorker[];
  /** When those join and leave that do. */
  stays: Stays;
}

/** One action: what a worker has from a time on, per dimension; undefined where that is not said. */
interface Resizing {
  index: number;
  at: Time;
  deed: "shrink" | "grow";
  worker: WorkerSpec;
  capacity: (number | undefined)[];
  /** Whether all of it could be read. */
  isSound: boolean;
}

/** The faults for the actions; what is wrong with these goes to the list, but for times and for actions that ask for several things. */
export function resizingFaults(inputs: readonly (ActionInput | undefined)[], surroundings: ResizingSurroundings): WorkerFaultSpec[] {
  const resizings = inputs
    .flatMap((input, index) => (input === undefined ? [] : resizingOf(input, index, surroundings)))
    .sort((a, b) => a.at - b.at || a.index - b.index);
  const doubtful = new Set(resizings.flatMap(({ worker, isSound }) => (isSound ? [] : [worker])));
  const now = new Map<WorkerSpec, number[]>();
  const certain = certainIds(surroundings.workers);
  for (const resizing of resizings)
    if (certain.has(resizing.worker.id) && !doubtful.has(resizing.worker)) now.set(resizing.worker, resized(resizing, now, surroundings));
  // At a time later ones begin before earlier ones end, so that nothing is given up in between.
  return resizings.flatMap((resizing, place) => faultsFor(resizing, resizings.slice(place + 1), surroundings)).reverse();
}

function resizingOf(input: ActionInput, index: number, surroundings: ResizingSurroundings): Resizing[] {
  const { faults, faulty, workers, limits } = surroundings;
  const [deed, other] = (["shrink", "grow"] as const).filter((key) => input[key] !== undefined);
  if (deed === undefined || other !== undefined) return [];
  const path = ["actions", index];
  const before = faults.count;
  const given = (key: (typeof CAPACITY_KEYS)[number]) => input[key] !== undefined || faulty([...path, key]);
  if (!CAPACITY_KEYS.some(given)) faults.add(path, `${deed} needs cpu, memory, disk, slots or resources: what the worker has then`);
  const capacity = capacityOf(deed, input, given, path, surroundings, faults);
  const id = String(input[deed]);
  const worker = workers.find((each) => each.id === id);
  const at = timeOf(input);
  if (worker !== undefined) {
    const absence = at === undefined ? undefined : absenceAt({ at, index }, id, surroundings.stays);
    if (absence !== undefined) {
      faults.add([...path, deed], `worker "${id}" is to ${deed} at ${formatSeconds(at as Time)} s, ${absence}`);
      return [];
    }
    const isSound = at !== undefined && faults.count === before && !CAPACITY_KEYS.some((key) => faulty([...path, key]));
    return [{ index, at: at ?? 0, deed, worker, capacity, isSound }];
  }
  if (mayBeCounted(workers, id)) return [];
  const ids = workers.map((each) => each.id);
  const group = ids.includes(`${id}-1`) ? `, but a group: one by one they are "${id}-1" and so on` : new Hints(() => ids).of(id);
  faults.add([...path, deed], `${deed} names no worker "${id}"${limits}${group}`);
  return [];
}

/** Why a worker is not there at a time; undefined where it is. */
function absenceAt(moment: { at: Time; index: number }, id: string, { joins, leaves }: Stays): string | undefined {
  const joined = joins.get(id);
  if (joined && isBefore(moment, joined)) return `before it joins at ${formatSeconds(joined.at)} s`;
  const left = leaves.get(id);
  return left && isBefore(left, moment) ? `after it leaves at ${formatSeconds(left.at)} s` : undefined;
}

/** What the worker has after the action, which must be less, or more, wherever it is said; NaN where that is wrong, of which nothing follows. */
function resized(
  { index, deed, worker, capacity }: Resizing,
  now: ReadonlyMap<WorkerSpec, readonly number[]>,
  { dimensions, faults }: ResizingSurroundings,
): number[] {
  return (now.get(worker) ?? worker.capacity).map((has, d) => {
    const then = capacity[d];
    if (then === undefined) return has;
    const name = dimensions[d] as string;
    const path = ["actions", index, ...(d < STANDARD_DIMENSIONS.length ? [] : ["resources"]), name];
    if (!(deed === "shrink" ? then >= has : then <= has)) return then;
    faults.add(path, `worker "${worker.id}" has ${amountText(d, has)} of ${name} by then, and cannot ${deed} to ${amountText(d, then)}`);
    return Number.NaN;
  });
}

/** Each dimension until the next action that says something of it: as a fault where that is less, or more, than the worker's own. */
function faultsFor(
  { index, at, deed, worker, capacity }: Resizing,
  later: readonly Resizing[],
  { document }: ResizingSurroundings,
): WorkerFaultSpec[] {
  const next = later.filter((other) => other.worker === worker);
  const ends = capacity.map((_, d) => next.find((other) => other.capacity[d] !== undefined)?.at ?? Number.POSITIVE_INFINITY);
  const position = document.position(["actions", index, deed]);
  return [SHRINK, GROW].flatMap((kind) => {
    const own = capacity.map((then, d) => {
      const has = worker.capacity[d] as number;
      return then !== undefined && (kind === SHRINK ? then < has : then > has) ? then : undefined;
    });
    const different = [...new Set(ends.filter((end, d) => own[d] !== undefined && end > at))];
    return different.map((end): WorkerFaultSpec => {
      const options = { capacity: own.map((then, d) => (ends[d] === end ? then : undefined)) };
      return { kind: kind.name, worker: worker.id, when: { at, lasting: end - at }, options, ...(position && { position }) };
    });
  });
}
