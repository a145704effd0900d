// T22: workers share out among elastic attempts what nobody requests, and all of it that is of any use.
import { at } from "../model/columns.ts";
import { ELASTIC, type Stretch } from "../model/elastic.ts";
import { CPU, MEMORY } from "../model/resources.ts";
import { isElastic, profileOf } from "../model/task-profile.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { AskedAmounts } from "./asked-amounts.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { isKept, Presence, type Present } from "./presence.ts";
import { Sizes } from "./sizes.ts";

export const SHARES: Invariant = {
  id: "T22",
  statement:
    "On a worker that is up and not frozen, attempts that do not stretch hold what they request, or have asked for since, and at the end of each instant those that do share the rest max-min fairly: none has less than it requests, none more than its most or than it uses, and none less than another that could do with less; what whole units leave over goes to those that came first. What one holds is told whenever it changes.",
  judge(trace) {
    const finding = new Finding();
    if (!isElastic(trace.world.tasks.profiles)) return finding;
    const state = new State(trace);
    let index = 0;
    let last = 0;
    for (const entry of trace.entries) {
      if (entry.time !== last) finding.check(index, last, state.unfair());
      last = entry.time;
      if (entry.kind === EntryKind.cpuShared || entry.kind === EntryKind.memoryShared) finding.check(index, last, state.wrong(entry));
      state.apply(entry);
      index += 1;
    }
    if (ranOut(trace)) finding.check(index, last, state.unfair());
    return finding;
  },
};

class State {
  readonly #trace: Trace;
  readonly #presence: Presence;
  readonly #sizes: Sizes;
  readonly #asked: AskedAmounts;
  /** What attempts hold that is not what they request, by dimension, task and number. */
  readonly #held = new Map<string, number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#presence = new Presence(trace);
    this.#sizes = new Sizes(trace, true);
    this.#asked = new AskedAmounts(trace);
  }

  #requestOf(task: number, dimension: number): number {
    return at(this.#trace.world.tasks.request[dimension], task);
  }

  #stretchOf(task: number, dimension: (typeof ELASTIC)[number]): Stretch | undefined {
    return profileOf(this.#trace.world.tasks, task)?.elastic?.[dimension];
  }

  /** The most that it has any use for. */
  #mostOf(task: number, dimension: (typeof ELASTIC)[number]): number {
    const { usedCpu, usedMemory } = this.#trace.world.tasks;
    const used = at(dimension === CPU ? usedCpu : usedMemory, task);
    const most = this.#stretchOf(task, dimension)?.most ?? 0;
    return Math.max(this.#requestOf(task, dimension), Number.isNaN(used) ? most : Math.min(used, most));
  }

  #heldBy({ task, attempt }: Pick<Present, "task" | "attempt">, dimension: number): number {
    return this.#held.get(keyOf(dimension, task, attempt)) ?? this.#requestOf(task, dimension);
  }

  wrong({ kind, task, worker, attempt, reason, amount }: TraceEntry): string | undefined {
    const dimension = kind === EntryKind.cpuShared ? CPU : MEMORY;
    const name = `attempt ${attempt} of task ${task}`;
    if (reason !== Reason.none) return `${name} is given something for a reason`;
    if (amount === undefined) return `${name} is given nobody knows how much`;
    if (this.#stretchOf(task, dimension) === undefined) return `${name} is given more or less, and does not stretch`;
    if (!this.#presence.isOn(worker, task, attempt)) return `${name} is given something on worker ${worker}, where it is not`;
    if (amount === this.#heldBy({ task, attempt }, dimension)) return `${name} is given what it holds`;
    if (amount < this.#requestOf(task, dimension)) return `${name} is given less than it requests`;
    return amount > this.#mostOf(task, dimension) ? `${name} is given more than it has any use for` : undefined;
  }

  apply(entry: TraceEntry): void {
    const { kind, task, attempt, amount } = entry;
    const { goes } = this.#presence.apply(entry);
    this.#sizes.apply(entry);
    this.#asked.apply(entry);
    for (const gone of goes) if (gone.part !== "given back") for (const d of ELASTIC) this.#held.delete(keyOf(d, gone.task, gone.attempt));
    if (kind === EntryKind.cpuShared) this.#held.set(keyOf(CPU, task, attempt), amount as number);
    if (kind === EntryKind.memoryShared) this.#held.set(keyOf(MEMORY, task, attempt), amount as number);
  }

  /** Who holds something else than its share at the end of an instant. */
  unfair(): string | undefined {
    for (let worker = 0; worker < this.#trace.world.workers.count; worker++) {
      if (this.#presence.down[worker] === 1 || this.#presence.frozen[worker] === 1) continue;
      const there = this.#presence.on(worker);
      for (const dimension of ELASTIC) {
        const shares = this.#sharesOn(worker, there, dimension);
        for (const [present, share] of shares) {
          const held = this.#heldBy(present, dimension);
          if (held !== share)
            return `attempt ${present.attempt} of task ${present.task} holds ${held} of dimension ${dimension} on worker ${worker}, and its share is ${share}`;
        }
      }
    }
    return undefined;
  }

  #sharesOn(worker: number, there: readonly Present[], dimension: (typeof ELASTIC)[number]): Map<Present, number> {
    const shares = new Map<Present, number>();
    const sharers: Present[] = [];
    let rest = this.#sizes.of(dimension, worker);
    for (const present of there) {
      const { task, attempt } = present;
      const isPaused = this.#presence.isSuspended(task, attempt);
      const stretches = this.#stretchOf(task, dimension) !== undefined;
      if (stretches && !isPaused) sharers.push(present);
      else if (!isPaused || isKept(dimension)) rest -= this.#asked.there(task, attempt)[dimension];
      if (stretches && isPaused) shares.set(present, this.#requestOf(task, dimension));
    }
    const bounds = sharers.map(({ task }) => ({ least: this.#requestOf(task, dimension), most: this.#mostOf(task, dimension) }));
    for (const [i, share] of fairShares(rest, bounds).entries()) shares.set(sharers[i], share);
    return shares;
  }
}

/** Max-min fair shares of an amount: the level that all come to is looked for between the amounts at which anybody drops out or in. */
function fairShares(amount: number, bounds: readonly { least: number; most: number }[]): number[] {
  const at = (level: number) => bounds.map(({ least, most }) => Math.min(Math.max(level, least), most));
  const sum = (level: number) => at(level).reduce((total, share) => total + share, 0);
  const turns = [...new Set([0, ...bounds.flatMap(({ least, most }) => [least, most])])].sort((a, b) => a - b);
  const low = turns.findLast((turn) => sum(turn) <= amount);
  if (low === undefined) return bounds.map(({ least }) => least);
  const growing = bounds.filter(({ least, most }) => least <= low && low < most).length;
  const spare = amount - sum(low);
  const level = growing === 0 ? low : low + Math.floor(spare / growing);
  let left = growing === 0 ? 0 : spare % growing;
  return at(level).map((share, i) => (share === level && share < bounds[i].most && left-- > 0 ? share + 1 : share));
}

function keyOf(dimension: number, task: number, attempt: number): string {
  return `${dimension} ${task}#${attempt}`;
}
