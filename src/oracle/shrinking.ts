// R1-shrink: workers change their capacities as their faults say, and give up for it what they must, the worst-ranked first.
import { at } from "../model/columns.ts";
import { CapacityEffects } from "../model/capacity-effects.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { ITS_WORKER } from "../model/world.ts";
import { Finding, type Invariant, type JudgeOptions } from "./invariant.ts";
import { isKept, Ledger, Stage } from "./ledger.ts";
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

/** What a worker held before the first of it was given up, and what was, since its capacity changed last. */
interface Victims {
  held: Held[];
  ended: number[];
  /** Whether a change of its capacity asks for just that. */
  isRight: boolean;
}

export const SHRINKING: Invariant = {
  id: "R1-shrink",
  statement:
    "What a worker has changes only by effects of its own faults, each begun before it ends; an attempt is given up for that only in the instant in which its worker changes, before it does, and only if the worker could not have kept it beside those that it keeps; where ranks are known, whatever it could not hold even when empty, then the worst rank, of equal ranks the last started, until the others fit, but for those not needed for it.",
  judge(trace, { rank }) {
    const finding = new Finding();
    const entries = [...trace.entries];
    const ledger = new Ledger(trace);
    const running = new Segments(trace);
    const faults = new Faults(trace, EntryKind.resized);
    const there = new Faults(trace, EntryKind.adapted);
    const victims = new Map<number, Victims>();
    let undecided = false; // starts that had not begun were given up in this instant
    for (const [index, entry] of entries.entries()) {
      const { kind, worker, time, task } = entry;
      if (time !== entries[index - 1]?.time) {
        const [idle] = victims.keys();
        finding.check(index, time, idle !== undefined && `attempts are given up for a shrink of worker ${idle}, which does not come`);
        finding.check(index, time, undecided && "starts are given up for a shrink that does not come");
        victims.clear();
        undecided = false;
      }
      if (entry.reason === Reason.shrink && worker < 0) undecided = true;
      if (entry.reason === Reason.shrink && worker >= 0) {
        const known = victims.get(worker) ?? { held: heldBy(trace, ledger, worker, time, rank, running), ended: [], isRight: false };
        known.ended.push(task);
        victims.set(worker, known);
      }
      ledger.apply(entry);
      running.apply(entry);
      if (kind === EntryKind.left) victims.delete(worker); // it was draining: with its last attempt it is gone
      if (kind === EntryKind.adapted || kind === EntryKind.readapted) finding.check(index, time, there.wrong(entry));
      if (!changesSize(kind)) continue;
      finding.check(index, time, faults.wrong(entry));
      undecided = false;
      const known = victims.get(worker);
      if (known === undefined) continue;
      const capacity = ledger.capacity.map((column) => column[worker]);
      const wrong = unneeded(known, capacity) ?? misranked(known, capacity);
      known.isRight ||= wrong === undefined;
      // Several effects may begin and end together: of what is left after each of them, one must have been the reason.
      const next = entries[index + 1];
      if (next !== undefined && changesSize(next.kind) && next.worker === worker && next.time === time) continue;
      finding.check(index, time, !known.isRight && wrong);
      victims.delete(worker);
    }
    return finding;
  },
};

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
    const holds = asks.map((amount, d) => (stage === Stage.suspended && !isKept(d) ? 0 : amount));
    held.push({ task, startedAt: ledger.startEntry[task], asks, holds, rank: rank?.(task, now, running.remaining(task, now)) });
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
