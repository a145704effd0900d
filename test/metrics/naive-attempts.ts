// What each attempt came to, the slow and obvious way: whole trace in hand, one attempt at a time.
import { at } from "../../src/model/columns.ts";
import { EntryKind, Reason, REASON_NAMES, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { profileOf } from "../../src/model/task-profile.ts";
import { isNetworked, type World } from "../../src/model/world.ts";
import { holdingsOf } from "./naive-holdings.ts";
import { naiveGain } from "../naive-shares.ts";

export interface NaiveAttempt {
  task: number;
  attempt: number;
  worker: number;
  outcome: string;
  reason: string;
  started: number;
  finished: number | undefined;
  ran: number;
  begun: boolean;
  /** Whether what it printed reached the scheduler. */
  heard: boolean;
  /** From when to when it ran. */
  segments: { from: number; to: number }[];
  /** Work done, and all that there was, µs at speed 1. */
  done: bigint;
  work: bigint;
  /** Work of others that it went on from; how long it read and wrote checkpoints, and how many of these count. */
  from: bigint;
  saving: number;
  checkpoints: number;
  /** How long it ran before it began to work. */
  setup: number;
  transfer: number;
  /** How long it waited for more than it held. */
  askWait: number;
  /** What it held of cpu beyond its request × time, and the most memory that it held. */
  extraCpu: bigint;
  mostMemory: number;
}

const OUTCOMES: Partial<Record<EntryKind, string>> = {
  [EntryKind.finished]: "completed",
  [EntryKind.failed]: "failed",
  [EntryKind.cancelled]: "cancelled",
  [EntryKind.requeued]: "lost",
  [EntryKind.lost]: "lost",
};

/** The last entry of these kinds about a worker before another entry. */
function lastBefore(entries: readonly TraceEntry[], index: number, worker: number, ...kinds: EntryKind[]): EntryKind | undefined {
  return entries.slice(0, index).findLast((entry) => entry.worker === worker && kinds.includes(entry.kind))?.kind;
}

export function naiveAttempts(trace: Trace, horizon: number): NaiveAttempt[] {
  const entries = [...trace.entries];
  return entries.flatMap((start, index) => (start.kind === EntryKind.started ? [attemptOf(trace.world, entries, index, horizon)] : []));
}

function attemptOf(world: World, entries: readonly TraceEntry[], index: number, horizon: number): NaiveAttempt {
  const networked = isNetworked(world);
  const { task, attempt, worker, time: started } = entries[index]!;
  const next = (from: number, wanted: (entry: TraceEntry) => boolean) => {
    const found = entries.findIndex((entry, i) => i >= from && wanted(entry));
    return found < 0 ? entries.length : found;
  };
  const own = (entry: TraceEntry) => entry.task === task && entry.attempt === attempt;
  const isDown = lastBefore(entries, index, worker, EntryKind.crashed, EntryKind.registered) === EntryKind.crashed;
  const crash = next(index, ({ kind, worker: other }) => kind === EntryKind.crashed && other === worker);
  // An entry `cancelled` may be of a task that does not run: of the next start on it is another attempt's.
  const restart = next(index + 1, ({ kind, task: other }) => kind === EntryKind.started && other === task);
  const end = next(index, (entry) => entry.task === task && OUTCOMES[entry.kind] !== undefined && entry.worker >= 0);
  const isEnded = end < Math.min(restart, entries.length);
  const birth = networked ? next(index, (entry) => entry.kind === EntryKind.began && own(entry)) : index;
  const begun = networked ? birth < entries.length && birth < crash : !isDown;

  const last = isEnded ? entries[end]! : undefined;
  const told = (entry: TraceEntry) =>
    own(entry) && [EntryKind.stopped, EntryKind.refused, EntryKind.accepted, EntryKind.ended].some((kind) => kind === entry.kind);
  const isGivenUp = last !== undefined && ["lost", "cancelled"].includes(OUTCOMES[last.kind]!);
  const isStray =
    isGivenUp &&
    (entries.some((entry) => entry.kind === EntryKind.outlived && own(entry)) ||
      last.reason === Reason.suspicion ||
      lastBefore(entries, end, worker, EntryKind.paused, EntryKind.resumed) === EntryKind.paused);
  const stop = Math.min(crash, next(birth, told), networked || isStray || !isEnded ? entries.length : end);
  const stopped = entries[stop]?.time ?? horizon;
  const segments = begun ? segmentsOf(entries, birth, stop, own, stopped, waitingKinds(world)) : [];
  const wentDown = !isGivenUp ? undefined : isDown && !begun ? started : crash < end ? entries[crash]!.time : undefined;
  const isFrozen = lastBefore(entries, end, worker, EntryKind.paused, EntryKind.resumed) === EntryKind.paused;
  const isSilent = [Reason.lease, Reason.suspicion, Reason.incarnation, Reason.killer].some((reason) => reason === last?.reason);
  const accepted = entries.find((entry) => entry.kind === EntryKind.accepted && own(entry));
  const attempted = {
    task,
    attempt,
    worker,
    heard: begun && last !== undefined && !(isGivenUp && (wentDown !== undefined || isFrozen || isSilent)),
    outcome: last === undefined ? "unfinished" : OUTCOMES[last.kind]!,
    reason: last === undefined || last.reason === Reason.none ? "" : REASON_NAMES[last.reason]!,
    started,
    finished: last === undefined ? undefined : (wentDown ?? last.time),
    ran: segments.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0),
    begun,
    segments,
    ...heldBy(world, entries.slice(birth, stop).filter(own), segments, task),
    ...(begun
      ? progressOf(world, entries, birth, Math.min(stop, entries.length), stopped, horizon)
      : { done: 0n, work: 0n, from: 0n, saving: 0, checkpoints: 0, setup: 0, transfer: 0, askWait: 0 }),
  };
  return accepted === undefined ? attempted : { ...attempted, heard: true, outcome: "completed", reason: "", finished: accepted.time };
}

/** What an attempt held beyond its request, amount by amount, while it ran with that. */
function heldBy(world: World, own: readonly TraceEntry[], segments: NaiveAttempt["segments"], task: number) {
  const [cpu, memory] = ([0, 1] as const).map((dimension) => holdingsOf(world, own, task, dimension));
  let extraCpu = 0n;
  for (const [i, { time, amount }] of cpu!.entries()) {
    const until = cpu![i + 1]?.time ?? Infinity;
    const overlap = ({ from, to }: { from: number; to: number }) => Math.max(0, Math.min(to, until) - Math.max(from, time));
    const ran = segments.reduce((sum, segment) => sum + overlap(segment), 0);
    extraCpu += BigInt(amount - at(world.tasks.request[0]!, task)) * BigInt(ran);
  }
  return { extraCpu, mostMemory: Math.max(at(world.tasks.request[1]!, task), ...memory!.map(({ amount }) => amount)) };
}

/** What tells when an attempt waits on its worker, and when it goes on there. */
function waitingKinds(world: World): readonly [EntryKind, EntryKind] {
  return isNetworked(world) ? [EntryKind.halted, EntryKind.proceeded] : [EntryKind.suspended, EntryKind.continued];
}

/** What tells what an attempt does by turns: it reads a checkpoint, works, or writes one. */
const TURNS: readonly EntryKind[] = [
  ...[EntryKind.recovering, EntryKind.recovered],
  ...[EntryKind.saving, EntryKind.saved, EntryKind.saveRefused],
  ...[EntryKind.preparing, EntryKind.prepared],
  ...[EntryKind.asking, EntryKind.granted],
];

/** Work in whole µs since each change of the worker's or of the attempt's state, and none while either stands still, or it reads or writes. */
function progressOf(
  world: World,
  entries: readonly TraceEntry[],
  birth: number,
  stop: number,
  stopped: number,
  horizon: number,
): { done: bigint; work: bigint; from: bigint; saving: number; checkpoints: number; setup: number; transfer: number; askWait: number } {
  const { task, attempt, worker } = entries[birth]!;
  const work = workOf(world, task, worker);
  const own = at(world.tasks.timeTable, task) < 0 ? world.workers.speed[worker]! : 1000;
  const straggles = entries.some((entry) => entry.kind === EntryKind.straggled && entry.task === task && entry.attempt === attempt);
  const full = straggles ? Math.max(1, Math.round(own / profileOf(world.tasks, task)!.straggle!.factor)) : own;
  let frozen = lastBefore(entries, birth, worker, EntryKind.paused, EntryKind.resumed) === EntryKind.paused;
  const held = [0, 1].map((dimension) => at(world.tasks.request[dimension]!, task));
  let rate = entries.slice(0, birth).findLast((entry) => entry.kind === EntryKind.slowed && entry.worker === worker)?.attempt ?? 1000;
  let [suspended, works, since, done, part, from] = [false, true, entries[birth]!.time, 0n, 0n, 0n];
  let [saving, checkpoints, setup, transfer, askWait, prepares, fetches, asks] = [0, 0, 0, 0, 0, false, false, false];
  const advance = (time: number) => {
    const fast = Math.max(full, Math.round(full * naiveGain(world, task, held)));
    const speed = rate === 1000 ? fast : Math.max(1, Math.round((fast * rate) / 1000));
    if (works && !frozen && !suspended && time > since) part += BigInt(time - since) * BigInt(speed);
    if (!works && !suspended && fetches) transfer += Math.max(0, time - since);
    else if (!works && !suspended && prepares) setup += Math.max(0, time - since);
    else if (!works && !suspended && asks) askWait += Math.max(0, time - since);
    else if (!works && !suspended) saving += Math.max(0, time - since);
    since = time;
  };
  const isOwn = (entry: TraceEntry) => entry.task === task && entry.attempt === attempt;
  for (const [offset, entry] of entries.slice(birth, stop).entries()) {
    const { kind, time } = entry;
    const turns = isOwn(entry) && TURNS.includes(kind);
    const waits = isOwn(entry) && waitingKinds(world).some((k) => k === kind);
    const isWorkers = entry.worker === worker && [EntryKind.paused, EntryKind.resumed, EntryKind.slowed].some((k) => k === kind);
    const isShared = isOwn(entry) && (kind === EntryKind.cpuShared || kind === EntryKind.memoryShared);
    if (!turns && !waits && !isWorkers && !isShared) continue;
    advance(time);
    if (turns) {
      prepares = kind === EntryKind.preparing;
      fetches = prepares && entry.reason === Reason.transfer;
      asks = kind === EntryKind.asking;
      works = !prepares && !asks && kind !== EntryKind.recovering && kind !== EntryKind.saving;
      if (kind === EntryKind.saved) checkpoints += 1;
      if (kind === EntryKind.recovering) from = savedBefore(world, entries, birth + offset, worker);
      continue;
    }
    [done, part] = [done + part / 1000n, 0n];
    if (isShared) held[kind === EntryKind.cpuShared ? 0 : 1] = entry.amount!;
    else if (kind === EntryKind.slowed) rate = entry.attempt;
    else if (isWorkers) frozen = kind === EntryKind.paused;
    else suspended = kind === waitingKinds(world)[0];
  }
  advance(stop < entries.length ? stopped : horizon);
  done += part / 1000n;
  return { done: done < work - from ? done : work - from, work, from, saving, checkpoints, setup, transfer, askWait };
}

function workOf({ tasks }: World, task: number, worker: number): bigint {
  const table = tasks.timeTables[at(tasks.timeTable, task)];
  return BigInt(table === undefined ? at(tasks.work, task) : table[worker]!);
}

/** The work that was saved last of a task before an entry where a worker can read it, in proportion to what there is for it there. */
function savedBefore(world: World, entries: readonly TraceEntry[], index: number, worker: number): bigint {
  const { task } = entries[index]!;
  const isLocal = profileOf(world.tasks, task)?.checkpoint?.storage === "local";
  const isReadable = (entry: TraceEntry) => entry.task === task && entry.kind === EntryKind.saved && (!isLocal || entry.worker === worker);
  const last = entries.slice(0, index).findLastIndex(isReadable);
  const { attempt, worker: by } = entries[last]!;
  const began = isNetworked(world) ? EntryKind.began : EntryKind.started;
  const birth = entries.findIndex((entry) => entry.task === task && entry.attempt === attempt && entry.kind === began);
  const { done, from } = progressOf(world, entries, birth, last, entries[last]!.time, entries[last]!.time);
  return ((from + done) * workOf(world, task, worker)) / workOf(world, task, by);
}

function segmentsOf(
  entries: readonly TraceEntry[],
  birth: number,
  stop: number,
  own: (entry: TraceEntry) => boolean,
  stopped: number,
  [waits, goesOn]: readonly [EntryKind, EntryKind],
): NaiveAttempt["segments"] {
  const segments = [{ from: entries[birth]!.time, to: stopped }];
  for (const entry of entries.slice(birth, stop).filter(own)) {
    if (entry.kind === waits) segments.at(-1)!.to = entry.time;
    if (entry.kind === goesOn) segments.push({ from: entry.time, to: stopped });
  }
  return segments;
}
