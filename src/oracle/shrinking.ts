// R1-shrink: workers change their capacities as their faults say, and give up for it what they must, the worst-ranked first.
import { at } from "../model/columns.ts";
import { CapacityEffects, changesCapacity } from "../model/capacity-effects.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { ITS_WORKER } from "../model/world.ts";
import { Finding, type Invariant, type JudgeOptions } from "./invariant.ts";
import { endsAttempt, Ledger, releases, Stage } from "./ledger.ts";
import { isKept } from "./presence.ts";
import { Segments } from "./preemption.ts";
import { changesSize } from "./sizes.ts";

type RankOf = Required<JudgeOptions>["rank"];

/** An attempt that holds a worker, with what its task asks for and what it holds of that, per dimension. */
interface Held {
  task: number;
  startedAt: number;
  asks: number[];
  holds: number[];
  /** By the policy, least first; undefined where that is not known. */
  rank: readonly number[] | undefined;
}

/** What a worker held before the first of it was given up, or recalled, and what was, since its capacity changed last. */
interface Victims {
  time: Time;
  held: Held[];
  ended: number[];
  /** Those of them that have not stopped yet. */
  open: Set<number>;
  /** When the last was, if not for its lease, or a new incarnation, or its client: then the worker may have to tell once more. */
  endedAt: Time | undefined;
  /** Whether a change of its capacity asks for just that. */
  isRight: boolean;
}

export const SHRINKING: Invariant = {
  id: "R1-shrink",
  statement:
    "What a worker has changes only by effects of its own faults, each begun before it ends; an attempt is given up for that only in the instant in which its worker changes, before it does (where it is recalled: in an instant in which a fault changes that, and the worker changes when all such have stopped, if nothing else comes between), and only if the worker could not have kept it beside those that it keeps; where ranks are known, whatever it could not hold even when empty, then the worst rank, of equal ranks the last started, until the others fit, but for those not needed for it.",
  judge(trace, { rank }) {
    const finding = new Finding();
    const entries = [...trace.entries];
    const shrinks = new Shrinks(trace, rank);
    const there = new Faults(trace, EntryKind.adapted);
    for (const [index, entry] of entries.entries()) {
      const { kind, time } = entry;
      const before = entries[index - 1]?.time;
      if (time !== before) for (const wrong of shrinks.leftBy(before)) finding.check(index, time, wrong);
      finding.check(index, time, shrinks.apply(entry));
      if (kind === EntryKind.adapted || kind === EntryKind.readapted) finding.check(index, time, there.wrong(entry));
      if (changesSize(kind)) for (const wrong of shrinks.changes(entry, entries[index + 1])) finding.check(index, time, wrong);
    }
    return finding;
  },
};

/** Workers that change, and what is given up, or recalled, for that. */
class Shrinks {
  readonly #trace: Trace;
  readonly #rank: RankOf | undefined;
  readonly #ledger: Ledger;
  readonly #running: Segments;
  readonly #faults: Faults;
  /** By worker. */
  readonly #victims = new Map<number, Victims>();
  /** Tasks whose workers are told to stop, or to suspend them, or will be. */
  readonly #awaited = new Set<number>();
  /** Whether starts that had not begun were given up in this instant. */
  #undecided = false;

  constructor(trace: Trace, rank: RankOf | undefined) {
    this.#trace = trace;
    this.#rank = rank;
    this.#ledger = new Ledger(trace);
    this.#running = new Segments(trace);
    this.#faults = new Faults(trace, EntryKind.resized);
  }

  /** What is wrong with what was given up in an instant that is over. */
  *leftBy(instant: Time | undefined): Generator<string | undefined> {
    const isUnderWay = [...this.#victims.values()].some(({ open, time }) => open.size > 0 && time === instant);
    yield this.#undecided && !isUnderWay ? "starts are given up for a shrink that does not come" : undefined;
    this.#undecided = false;
    for (const [worker, { open, endedAt }] of this.#victims) {
      if (open.size > 0) continue;
      const isHindered = [...this.#awaited].some((task) => this.#ledger.worker[task] === worker);
      const isDue = endedAt === instant && !isHindered;
      yield isDue ? `attempts are given up for a shrink of worker ${worker}, which does not come` : undefined;
      this.#victims.delete(worker); // it may come later
    }
  }

  /** Takes an entry into account; what is wrong with it. */
  apply(entry: TraceEntry): string | undefined {
    const { kind, task, worker, reason } = entry;
    const isRecalled = this.#ledger.recalled.has(task);
    const wrong = reason === Reason.shrink && worker >= 0 && !isRecalled ? this.#gives(entry) : undefined;
    this.#undecided ||= reason === Reason.shrink && worker < 0;
    this.#follow(entry);
    this.#ledger.apply(entry);
    this.#running.apply(entry);
    if (kind === EntryKind.left) this.#victims.delete(worker); // it was draining: with its last attempt it is gone
    return wrong;
  }

  /** An attempt is given up, or recalled. */
  #gives({ kind, task, worker, time }: TraceEntry): string | undefined {
    const known = this.#victims.get(worker) ?? {
      time,
      held: heldBy(this.#trace, this.#ledger, worker, time, this.#rank, this.#running),
      ended: [],
      open: new Set(),
      endedAt: time,
      isRight: false,
    };
    this.#victims.set(worker, known);
    known.ended.push(task);
    if (kind !== EntryKind.recalled) return undefined;
    known.open.add(task);
    return this.#faults.hasBegun(worker, time)
      ? undefined
      : `task ${task} is recalled for a shrink of worker ${worker} that nothing asks for`;
  }

  #follow(entry: TraceEntry): void {
    const { kind, task, worker, time } = entry;
    const victims = this.#victims.get(worker);
    if (releases(entry) && victims?.open.delete(task) === true) victims.endedAt = isAnswer(entry) ? time : undefined;
    if (kind === EntryKind.cancelRequested || kind === EntryKind.preempted || kind === EntryKind.recalled) this.#awaited.add(task);
    else if (releases(entry) || kind === EntryKind.suspended) this.#awaited.delete(task);
  }

  /** A worker has changed; what is wrong with that, and with what it gave up for it. */
  *changes(entry: TraceEntry, next: TraceEntry | undefined): Generator<string | undefined> {
    const { worker, time } = entry;
    this.#undecided = false;
    yield this.#faults.wrong(entry);
    const known = this.#victims.get(worker);
    if (known === undefined) return;
    yield known.open.size > 0 ? `worker ${worker} changes, and attempts there are still to stop for that` : undefined;
    const capacity = this.#ledger.capacity.map((column) => column[worker]);
    const wrong = unneeded(known, capacity) ?? misranked(known, capacity);
    known.isRight ||= wrong === undefined;
    // Several effects may begin and end together: of what is left after each of them, one must have been the reason.
    if (next !== undefined && changesSize(next.kind) && next.worker === worker && next.time === time) return;
    yield known.isRight ? undefined : wrong;
    this.#victims.delete(worker);
  }
}

/** Whether a recalled attempt ends by what its worker tells. */
function isAnswer(entry: TraceEntry): boolean {
  return endsAttempt(entry) || entry.reason === Reason.shrink;
}

/** Which effects may begin and end on which worker. */
class Faults {
  readonly #trace: Trace;
  readonly #begins: EntryKind;
  readonly #effects: CapacityEffects;
  readonly #lasting = new Map<string, number>();

  /** `begins`: the kind of entries that tell that an effect begins. */
  constructor(trace: Trace, begins: EntryKind) {
    this.#trace = trace;
    this.#begins = begins;
    this.#effects = new CapacityEffects(trace.world.faults);
  }

  /** Whether any fault that changes what a worker has has begun by then. */
  hasBegun(worker: number, time: Time): boolean {
    const tracks = this.#trace.world.faults?.tracks ?? [];
    return tracks.some(
      (track) =>
        (track.worker === worker || track.worker === ITS_WORKER) &&
        changesCapacity(track.effect) &&
        (!("from" in track.episodes) || track.episodes.from <= time),
    );
  }

  wrong({ kind, worker, attempt: number, time }: TraceEntry): string | undefined {
    const effect = JSON.stringify(this.#effects.all[number - 1]);
    const own =
      this.#trace.world.faults?.tracks.filter(
        (track) => (track.worker === worker || track.worker === ITS_WORKER) && JSON.stringify(track.effect) === effect,
      ) ?? [];
    const begun = own.filter(({ episodes }) => !("from" in episodes) || episodes.from <= time).length;
    const over = own.filter(({ episodes }) => !("from" in episodes) || episodes.to <= time).length;
    const key = `${worker}#${number}`;
    const lasting = this.#lasting.get(key) ?? 0;
    this.#lasting.set(key, lasting + (kind === this.#begins ? 1 : -1));
    if (kind === this.#begins && lasting >= begun) return `no fault changes worker ${worker} by effect ${number} then`;
    if (kind !== this.#begins && (lasting === 0 || over === 0)) return `effect ${number} on worker ${worker} is not over then`;
    return undefined;
  }
}

function heldBy(trace: Trace, ledger: Ledger, worker: number, now: number, rank: RankOf | undefined, running: Segments): Held[] {
  const { tasks } = trace.world;
  const held: Held[] = [];
  for (let task = 0; task < tasks.count; task++) {
    const stage = ledger.stage[task];
    if (ledger.worker[task] !== worker || (stage !== Stage.running && stage !== Stage.suspended)) continue;
    const asks = tasks.request.map((column) => at(column, task));
    const holds = asks.map((_, d) => (stage === Stage.suspended && !isKept(d) ? 0 : ledger.heldBy(task, ledger.current(task), d)));
    held.push({ task, startedAt: ledger.startEntry[task], asks, holds, rank: rank?.(task, now, running.remaining(task, now)) });
  }
  for (const [task, { worker: on, startEntry, attempt }] of ledger.copies) {
    if (on !== worker) continue;
    const asks = tasks.request.map((column) => at(column, task));
    const holds = asks.map((_, d) => ledger.heldBy(task, attempt, d));
    held.push({ task, startedAt: startEntry, asks, holds, rank: rank?.(task, now, running.remaining(task, now)) });
  }
  return held;
}

function fits(held: readonly Held[], capacity: readonly number[]): boolean {
  return capacity.every((whole, d) => held.reduce((sum, { holds }) => sum + holds[d], 0) <= whole);
}

function isTooLarge({ asks }: Held, capacity: readonly number[]): boolean {
  return asks.some((amount, d) => amount > capacity[d]);
}

/** An attempt that was given up, though the worker could have kept it. */
function unneeded({ held, ended }: Victims, capacity: readonly number[]): string | undefined {
  const kept = held.filter(({ task }) => !ended.includes(task));
  const spared = held.find((each) => ended.includes(each.task) && !isTooLarge(each, capacity) && fits([...kept, each], capacity));
  return spared && `task ${spared.task} is given up for a shrink that leaves room for it`;
}

/** An attempt that was given up in the place of one of worse rank, or of one that started later. */
function misranked({ held, ended }: Victims, capacity: readonly number[]): string | undefined {
  if (held.some(({ rank }) => rank === undefined)) return undefined;
  const others = held.filter((each) => !isTooLarge(each, capacity));
  const order = others.toSorted((a, b) => compare(b.rank ?? [], a.rank ?? []) || b.startedAt - a.startedAt);
  let count = 0;
  while (count < order.length && !fits(order.slice(count), capacity)) count += 1;
  const kept = new Set(order.slice(count));
  for (const each of order.slice(0, count).toReversed()) if (fits([...kept, each], capacity)) kept.add(each);
  const wrong = others.find((each) => kept.has(each) === ended.includes(each.task));
  return wrong && `task ${wrong.task} is ${kept.has(wrong) ? "given up" : "kept"} when its worker shrinks, against the order of ranks`;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
