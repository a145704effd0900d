// Workers of which faults leave something open: what they may turn out to be, so that only what no mending changes is told of tasks.
import { nearest } from "../model/nearest.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { WorkerSpec } from "../model/scenario.ts";
import { numberBehind } from "../workload/names-builder.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";

/** Keys of a worker that say nothing of who it is. */
const SIZES: readonly string[] = [...STANDARD_DIMENSIONS, "speed"];

const WORKER_KEYS = [...SIZES, "id", "count", "labels", "resources"];

/** What faults leave open of a worker, beside its sizes. */
export interface Openness {
  /** Labels that it may have with any value. */
  labels: (key: string) => boolean;
  /** Whether it may be called otherwise. */
  id: boolean;
  /** Whether nothing is known of what it is called. */
  isNameless: boolean;
  /** Whether that is so only because it is open how many of it there are. */
  isCountAlone: boolean;
  /** Dimensions of which it may have any amount. */
  sizes: (name: string) => boolean;
}

/** A worker as it was read. */
export interface ReadWorker extends WorkerSpec {
  open?: Openness;
  /** Some of its sizes have faults, and stand as if there were no limit. */
  isUnsized?: true;
}

/** Where something is wrong with a worker: the key, as it was meant, and what is below it. */
interface WorkerFault {
  key: string;
  below: string | undefined;
}

/** Whether faults of such a key leave open who a worker is. */
export function isSize(key: string): boolean {
  return SIZES.includes(key);
}

/** What a key of a worker says, where it is misspelt the one that was meant. */
export function meantKey(key: string): string {
  return WORKER_KEYS.includes(key) ? key : (nearest(key, WORKER_KEYS) ?? key);
}

/** What the faults of the worker at a path leave open of it; undefined where that is nothing but what `isSize` names. */
export function opennessOf(path: Path, hasId: boolean, faults: FaultList): Openness | undefined {
  const found: WorkerFault[] = [];
  faults.some((place) => {
    if (!path.every((segment, i) => segment === place[i])) return false;
    const key = meantKey(String(place[path.length] ?? ""));
    const below = place[path.length + 1];
    if (!isSize(key)) found.push({ key, below: below === undefined ? undefined : String(below) });
    return false;
  });
  if (found.length === 0) return undefined;
  // A key that is none may be meant for anything that is not said: a label, a resource, a size.
  const isAnything = found.some(({ key }) => !WORKER_KEYS.includes(key));
  const at = (key: string) => found.filter((fault) => fault.key === key);
  const isOpen = (key: string) => isAnything || at(key).some(({ below }) => below === undefined);
  return {
    labels: (name) => isOpen("labels") || at("labels").some(({ below }) => below === name),
    id: isAnything || at("id").length + at("count").length > 0,
    isNameless: !hasId,
    isCountAlone: !isAnything && at("id").length === 0 && at("count").length > 0,
    sizes: (name) => isAnything || at("resources").some(({ below }) => below === name || (below === undefined && !isSize(name))),
  };
}

/** Whether a worker has all these labels, or may have them. */
export function mayHave({ labels, open }: ReadWorker, asked: Readonly<Record<string, string>>): boolean {
  return Object.entries(asked).every(([key, value]) => open?.labels(key) === true || (Object.hasOwn(labels, key) && labels[key] === value));
}

/** Whether a worker is called so, or may well be when what is wrong with it is mended: not one that has another id, and should have yet another. */
export function mayBeCalled({ id, open }: ReadWorker, name: string): boolean {
  if (name === id || open?.id !== true) return name === id;
  return open.isNameless || (open.isCountAlone && numberBehind(`${id}-`, name) >= 1);
}

/** Whether a worker that is not there is one of a group of which it is open how many it has. */
export function mayBeCounted(workers: readonly ReadWorker[], name: string): boolean {
  return workers.some((worker) => worker.open?.isCountAlone === true && mayBeCalled(worker, name));
}

/** The ids of the workers of which all is known: no other may be called so, nor may they be otherwise. */
export function certainIds(workers: readonly ReadWorker[]): ReadonlySet<string> {
  const known = new Map<string, boolean>();
  for (const { id, open, isUnsized } of workers) known.set(id, !known.has(id) && open === undefined && isUnsized === undefined);
  return new Set([...known].flatMap(([id, isCertain]) => (isCertain ? [id] : [])));
}

/** Whether a key of per-worker durations names the worker, or may. */
export function mayBeNamed(worker: ReadWorker, key: string): boolean {
  const label = labelOf(key);
  return worker.id === key || (label !== undefined && mayHave(worker, label)) || (worker.open?.id === true && label === undefined);
}

/** The label of a key such as `zone=a`. */
function labelOf(key: string): Record<string, string> | undefined {
  const equals = key.indexOf("=");
  return equals > 0 ? { [key.slice(0, equals)]: key.slice(equals + 1) } : undefined;
}

/** What tasks ask of who their worker is; `keys` of per-worker durations, where they have such. */
export interface Asked {
  requires: Readonly<Record<string, string>>;
  keys: readonly string[] | undefined;
}

/** The workers with nothing left open: in place of such a one, whatever it may be that any of the tasks asks for. */
export function everyWayOf(workers: readonly ReadWorker[], asked: readonly Asked[]): WorkerSpec[] {
  const known = new Set<string>();
  const ways: WorkerSpec[] = [];
  for (const worker of workers) {
    const { open, ...closed } = worker;
    if (open === undefined) {
      ways.push(closed);
      continue;
    }
    for (const way of [closed, ...asked.flatMap((task) => wayFor(worker, task))]) {
      // Those of a group are alike, whatever they are called, but where a duration is by name.
      const text = JSON.stringify([way.capacity.map(String), way.labels, way.id === worker.id ? "" : way.id]);
      if (way === closed || !known.has(text)) ways.push(way);
      known.add(text);
    }
  }
  return ways;
}

/** The worker as the one that a task asks for; none where it cannot be that. */
function wayFor(worker: ReadWorker, { requires, keys }: Asked): WorkerSpec[] {
  if (!mayHave(worker, requires)) return [];
  const { open, ...closed } = worker;
  const placed = { ...closed, labels: { ...worker.labels, ...requires } };
  if (keys === undefined) return [placed];
  const isOpen = (key: string) => !Object.hasOwn(requires, key) && open?.labels(key) === true;
  const fixed: ReadWorker = { ...placed, open: { ...(open as Openness), labels: isOpen } };
  return keys
    .filter((key) => mayBeNamed(fixed, key))
    .map((key) => {
      const label = worker.id === key ? {} : labelOf(key);
      return { ...placed, id: label === undefined ? key : worker.id, labels: { ...placed.labels, ...label } };
    });
}
