// P2: who is started was the best-ranked of those that could be.
import { at } from "../model/columns.ts";
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { Finding, type Invariant, type JudgeOptions } from "./invariant.ts";
import { Ledger } from "./ledger.ts";
import { startsLater } from "../model/settings.ts";

type RankOf = Required<JudgeOptions>["rank"];

export const RANK_ORDER: Invariant = {
  id: "P2",
  statement:
    "Where ranks are known and deciding takes no time: when a task starts, no better-ranked ready task fits a worker that it may use; under a blocking policy there is no better-ranked ready task at all.",
  judge(trace, { rank }) {
    const finding = new Finding();
    if (rank === undefined || !applies(trace)) return finding;
    const ledger = new Ledger(trace);
    const ranks = new Ranks(trace, rank);
    const entries = [...trace.entries];
    for (let index = 0; index < entries.length; index++) {
      const starts = startsFrom(entries, index);
      if (starts.length > 0) {
        judgePass(trace, ledger, ranks, starts, index, finding);
        index += starts.length - 1;
      } else {
        const entry = entries[index] as TraceEntry;
        ledger.apply(entry);
        ranks.forget(entry.task);
      }
    }
    return finding;
  },
};

function applies(trace: Trace): boolean {
  return trace.promises.order !== "plan" && !startsLater(trace.settings) && trace.settings.rerank === undefined;
}

/** The starts of one pass: they stand together. */
function startsFrom(entries: readonly TraceEntry[], from: number): TraceEntry[] {
  const time = entries[from]?.time;
  let to = from;
  while (entries[to]?.kind === EntryKind.started && entries[to]?.time === time) to += 1;
  return entries.slice(from, to);
}

/**
 * Room only shrinks within a pass. So a task that is passed over is looked at once, before the first start that ranks after
 * it; and starts out of rank order are a breach by themselves, for what starts later had room earlier.
 */
function judgePass(trace: Trace, ledger: Ledger, ranks: Ranks, starts: readonly TraceEntry[], index: number, finding: Finding): void {
  const { blocking } = trace.promises;
  const now = (starts[0] as TraceEntry).time;
  ranks.ask(ledger.ready, now);
  const worst = starts.reduce((last, { task }) => (ranks.before(last, task) ? task : last), (starts[0] as TraceEntry).task);
  const order = new Map(starts.map((start, place) => [start.task, place]));
  const passedOver: number[][] = starts.map(() => []);
  for (const task of ranks.thoseBefore(ledger.ready, worst)) {
    const own = order.get(task) ?? starts.length;
    const first = starts.findIndex((start, place) => place < own && ranks.before(task, start.task));
    if (first >= 0) passedOver[first]?.push(task);
  }
  for (const [place, start] of starts.entries()) {
    const better = passedOver[place]?.find((task) => blocking || (ledger.roomFor(task) >= 0 && !ledger.mayBePutOff(task, now)));
    const message = `task ${start.task} starts, though task ${better} ranks before it${blocking ? "" : " and fits"}`;
    finding.check(index + place, now, better !== undefined && message);
    ledger.apply(start);
  }
}

/** Ranks as columns, up to three numbers and the release; static ones are asked once each time that a task becomes ready. */
class Ranks {
  readonly #columns: Float64Array[];
  readonly #known: Uint8Array;
  readonly #rank: RankOf;
  readonly #isStatic: boolean;

  constructor(trace: Trace, rank: RankOf) {
    const { count, release } = trace.world.tasks;
    this.#columns = [0, 1, 2, 3].map(() => new Float64Array(count));
    for (let task = 0; task < count; task++) this.#columns[3][task] = at(release, task);
    this.#known = new Uint8Array(count);
    this.#rank = rank;
    this.#isStatic = trace.promises.order === "static";
  }

  /** Something happened to a task: its rank may be another when it is ready again. */
  forget(task: number): void {
    this.#known[task] = 0;
  }

  ask(tasks: Int32Array, now: Time): void {
    for (let t = 0; t < tasks.length; t++) {
      const task = tasks[t];
      if (this.#isStatic && this.#known[task] === 1) continue;
      this.#known[task] = 1;
      const rank = this.#rank(task, now);
      for (let i = 0; i < 3; i++) this.#columns[i][task] = rank[i] ?? 0;
    }
  }

  /** Of some tasks, those that go before one. */
  thoseBefore(tasks: Int32Array, last: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < tasks.length; i++) if (this.before(tasks[i], last)) found.push(tasks[i]);
    return found;
  }

  /** By rank, then release, then position. */
  before(a: number, b: number): boolean {
    for (let i = 0; i < 4; i++) {
      const column = this.#columns[i];
      if (column[a] !== column[b]) return column[a] < column[b];
    }
    return a < b;
  }
}
