// T23: attempts ask when they are to, and get what they ask for as soon as they may. T24: attempts that wait for one another are found, and no others.
import { at } from "../model/columns.ts";
import { CPU } from "../model/resources.ts";
import { mayAsk } from "../model/task-profile.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import type { AskedAmounts } from "./asked-amounts.ts";
import { ExpectedEnds } from "./expected-ends.ts";
import { Finding, type Invariant, ranOut } from "./invariant.ts";
import { Ledger, releases, takes } from "./ledger.ts";
import { deadlocked, isSafe } from "./safe-states.ts";
import { passEnds } from "./work-conservation.ts";
import { startsLater } from "../model/settings.ts";

export const ASKS: Invariant = {
  id: "T23",
  statement:
    "An attempt asks at the very moment at which it has done a part of its work after which it is to hold another amount (where it goes on from work that was saved, for all such parts at once), and stands still until it has that: at once, where it holds all of it already; else when the scheduler lets it, and over a network when it has read that and its worker has room. The scheduler learns of each ask of an attempt that it counts on (over a network: later), and lets it be met only where that much is free, and at the end of each pass in which it is, if nobody waits for the attempt to stop; where deadlock is prevented, only if all on the worker can still get what they claim.",
  judge(trace) {
    const finding = new Finding();
    if (!mayAsk(trace.world.tasks.profiles)) return finding;
    const asking = new Asking(trace);
    let index = 0;
    let last: TraceEntry | undefined;
    for (const entry of trace.entries) {
      if (last !== undefined && entry.time !== last.time)
        for (const late of asking.overdue(last.time)) finding.check(index, last.time, late);
      if (last !== undefined && asking.passes && passEnds(trace, last, entry, false)) finding.check(index, last.time, asking.unmet());
      if (ABOUT_ASKS.includes(entry.kind)) finding.check(index, entry.time, asking.wrong(entry));
      asking.apply(entry);
      last = entry;
      index += 1;
    }
    if (last !== undefined && ranOut(trace)) {
      for (const late of asking.overdue(last.time)) finding.check(index, last.time, late);
      if (asking.passes) finding.check(index, last.time, asking.unmet());
    }
    return finding;
  },
};

const ABOUT_ASKS: readonly EntryKind[] = [EntryKind.asking, EntryKind.granted, EntryKind.asked, EntryKind.allowed];

/** Tasks whose attempts the scheduler waits for to stop. */
class Stopping {
  readonly #tasks = new Set<number>();

  apply(entry: TraceEntry): void {
    if (entry.kind === EntryKind.cancelRequested || entry.kind === EntryKind.recalled) this.#tasks.add(entry.task);
    else if (entry.kind !== EntryKind.dropped && releases(entry)) this.#tasks.delete(entry.task);
  }

  has(task: number): boolean {
    return this.#tasks.has(task);
  }
}

class Asking {
  readonly #trace: Trace;
  readonly #networked: boolean;
  readonly #ledger: Ledger;
  readonly #ends: ExpectedEnds;
  readonly #asked: AskedAmounts;
  readonly #stopping = new Stopping();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#networked = isNetworked(trace.world);
    this.#ledger = new Ledger(trace);
    this.#ends = new ExpectedEnds(trace);
    this.#asked = this.#ledger.asked as AskedAmounts;
  }

  /** Whether each pass is over in the moment in which it begins. */
  get passes(): boolean {
    return !startsLater(this.#trace.settings);
  }

  apply(entry: TraceEntry): void {
    this.#ledger.apply(entry);
    this.#ends.follow(entry, this.#ledger);
    this.#stopping.apply(entry);
  }

  wrong(entry: TraceEntry): string | undefined {
    const { kind, task, worker, attempt, reason, amount = 0 } = entry;
    const name = `attempt ${attempt} of task ${task}`;
    if (reason !== Reason.none) return `${name} asks for a reason`;
    if (kind === EntryKind.asking || kind === EntryKind.granted) return this.#wrongThere(entry, name);
    const { asked = 0, known = 0 } = this.#asked.of(task, attempt) ?? {};
    if (!this.#ledger.on(worker).some((each) => each.task === task && each.attempt === attempt))
      return `${name} holds nothing on worker ${worker}`;
    if (kind === EntryKind.asked)
      return amount > known && amount <= asked
        ? undefined
        : `${name} is known to ask up to ${amount}, and has asked up to ${asked}, of which ${known} were known`;
    if (amount !== known || !this.#asked.waits(task, attempt)) return `${name} may have what it has not asked for`;
    return this.#mayHave(task, attempt, worker) ? undefined : `${name} may have more than worker ${worker} has to spare`;
  }

  #wrongThere({ kind, task, worker, attempt, time, amount = 0 }: TraceEntry, name: string): string | undefined {
    const stands = this.#ends.phase(task, attempt, time);
    if (stands === undefined) return `${name} does not run`;
    if (stands.worker !== worker) return `${name} runs on worker ${stands.worker}, not ${worker}`;
    if (kind === EntryKind.asking) {
      if (stands.phase !== "working") return `${name} asks while it is ${stands.phase}`;
      const due = this.#ends.nextAsk(task, attempt);
      return due?.time === time && due.number === amount ? undefined : `${name} asks up to ${amount}, which is not due`;
    }
    if (stands.phase !== "asking") return `${name} is given what it does not wait for`;
    return this.#mayGoOn(task, attempt) ? undefined : `${name} has what nobody lets it have`;
  }

  #mayGoOn(task: number, attempt: number): boolean {
    const { asked = 0, allowed = 0 } = this.#asked.of(task, attempt) ?? {};
    return !this.#asked.wantsMore(task, attempt) || allowed >= asked;
  }

  /** Whether an attempt that waits may have what it asked for: it is free, and no harm comes of it. */
  #mayHave(task: number, attempt: number, worker: number): boolean {
    const lack = this.#asked.lack(task, attempt);
    if (!lack.every((amount, d) => amount <= this.#ledger.free[d][worker])) return false;
    if (this.#trace.settings.deadlock !== "prevent") return true;
    const held = this.#asked.books(task, attempt).map((amount, d) => amount + lack[d]);
    return isSafe(this.#ledger, this.#asked, worker, { task, attempt, held });
  }

  /** What should have been by the end of an instant. */
  *overdue(time: Time): Generator<string> {
    for (const { task, attempt, worker } of this.#ends.attempts()) {
      const name = `attempt ${attempt} of task ${task}`;
      const stands = this.#ends.phase(task, attempt, time);
      if (stands?.phase === "working" && (this.#ends.nextAsk(task, attempt)?.time ?? Number.POSITIVE_INFINITY) <= time)
        yield `${name} does not ask, and is to`;
      const { asked = 0, known = 0 } = this.#asked.of(task, attempt) ?? {};
      const isToldAtOnce = !this.#networked || !this.#asked.wantsMore(task, attempt);
      if (stands?.phase === "asking" && isToldAtOnce && this.#mayGoOn(task, attempt)) yield `${name} waits for what it may have`;
      const counts = this.#ledger.on(worker).some((each) => each.task === task && each.attempt === attempt);
      if (!this.#networked && counts && known < asked) yield `${name} asks, and the scheduler does not know`;
    }
  }

  /** Who waits at the end of a pass for what it may have. */
  unmet(): string | undefined {
    for (let worker = 0; worker < this.#trace.world.workers.count; worker++)
      for (const { task, attempt } of this.#ledger.on(worker))
        if (this.#asked.waits(task, attempt) && !this.#stopping.has(task) && this.#mayHave(task, attempt, worker))
          return `attempt ${attempt} of task ${task} waits for what is free on worker ${worker}`;
    return undefined;
  }
}

export const DEADLOCKS: Invariant = {
  id: "T24",
  statement:
    "Where deadlock is detected, no pass leaves attempts on a worker that wait for one another, whatever the others there do, unless an attempt there is to stop; each ring that is told is one, of those, and the attempt of it runs again that has cost least (the cores that it had × time, since its start; of equal ones the last in the ring). Where it is prevented, at every start and every ask that is met all attempts on the worker can get what they claim, one after the other; so none is found there, but where the worker has shrunk. Where neither, none is told.",
  judge(trace) {
    const finding = new Finding();
    if (!mayAsk(trace.world.tasks.profiles)) return finding;
    const rings = new Rings(trace);
    const entries = [...trace.entries];
    for (const [index, entry] of entries.entries()) {
      const last = entries[index - 1];
      if (last !== undefined && passEnds(trace, last, entry, false)) finding.check(index, last.time, rings.left());
      if (entry.kind === EntryKind.deadlocked && last?.kind !== EntryKind.deadlocked)
        finding.check(index, entry.time, rings.wrong(entries, index));
      if (entry.reason === Reason.deadlock) finding.check(index, entry.time, rings.isUnfounded(entry));
      rings.apply(entry);
      if (takes(entry) || entry.kind === EntryKind.allowed) finding.check(index, entry.time, rings.unsafeState(entry));
    }
    const last = entries.at(-1);
    if (last !== undefined && ranOut(trace)) finding.check(entries.length, last.time, rings.left());
    return finding;
  },
};

class Rings {
  readonly #trace: Trace;
  readonly #ledger: Ledger;
  readonly #asked: AskedAmounts;
  readonly #stopping = new Stopping();
  readonly #mode: "prevent" | "detect" | "none";
  /** Workers that have ever been smaller than they were. */
  readonly #shrunk = new Set<number>();
  /** Attempts that are to run again since they were in a ring. */
  readonly #victims = new Set<string>();
  /** What attempts that have asked had cost when what they hold changed last, in thousandths of cores × µs; and their cores since. */
  readonly #spent = new Map<string, { cost: number; cores: number; until: Time }>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#ledger = new Ledger(trace);
    this.#asked = this.#ledger.asked as AskedAmounts;
    this.#mode = trace.settings.deadlock ?? "detect";
  }

  apply(entry: TraceEntry): void {
    this.#ledger.apply(entry);
    this.#stopping.apply(entry);
    const { kind, task, worker, attempt, time } = entry;
    if (kind === EntryKind.asked || kind === EntryKind.allowed) {
      const { cost, cores, until } = this.#spentBy(task, attempt, worker, time);
      const now = this.#asked.books(task, attempt)[CPU];
      this.#spent.set(`${task}#${attempt}`, { cost: cost + cores * (time - until), cores: now, until: time });
    }
    if (entry.kind === EntryKind.resized || entry.kind === EntryKind.restored) this.#shrunk.add(entry.worker);
  }

  /** What an attempt has cost up to a time, and the cores that it has had since then. */
  #spentBy(task: number, attempt: number, worker: number, time: Time): { cost: number; cores: number; until: Time } {
    const found = this.#ledger.on(worker).find((each) => each.task === task && each.attempt === attempt);
    const cores = at(this.#trace.world.tasks.request[CPU], task);
    return this.#spent.get(`${task}#${attempt}`) ?? { cost: 0, cores, until: found?.startedAt ?? time };
  }

  /** A ring is told from an entry on: what is wrong with it, or with what follows. */
  wrong(entries: readonly TraceEntry[], from: number): string | undefined {
    const { worker, time } = entries[from];
    let to = from;
    while (entries[to]?.kind === EntryKind.deadlocked && entries[to].worker === worker && entries[to].time === time) to += 1;
    const ring = entries.slice(from, to);
    if (this.#mode === "none") return `a ring is told on worker ${worker}, where nobody looks for any`;
    if (this.#mode === "prevent" && !this.#shrunk.has(worker)) return `a ring is found on worker ${worker}, where there is to be none`;
    if (this.#isStopping(worker)) return `a ring is broken on worker ${worker}, where an attempt is to stop`;
    const { left, free } = deadlocked(this.#ledger, this.#asked, worker);
    for (const [i, { task, attempt }] of ring.entries()) {
      const next = ring[(i + 1) % ring.length];
      if (!left.some((each) => each.task === task && each.attempt === attempt))
        return `attempt ${attempt} of task ${task} is in no deadlock`;
      const lack = this.#asked.lack(task, attempt);
      const held = this.#asked.books(next.task, next.attempt);
      const isWaitedFor = lack.some((amount, d) => amount > free[d] && held[d] > 0);
      if (!isWaitedFor || (next.task === task && next.attempt === attempt))
        return `attempt ${attempt} of task ${task} does not wait for that of task ${next.task}`;
    }
    const costs = ring.map(({ task, attempt }) => {
      const spent = this.#spentBy(task, attempt, worker, time);
      return spent.cost + spent.cores * (time - spent.until);
    });
    const victim = ring[costs.lastIndexOf(Math.min(...costs))];
    const follows = entries[to];
    const isBroken =
      follows?.reason === Reason.deadlock && follows.task === victim.task && follows.attempt === victim.attempt && follows.time === time;
    this.#victims.add(`${victim.task}#${victim.attempt}`);
    return isBroken ? undefined : `of the ring on worker ${worker}, task ${victim.task} has cost least, and does not run again`;
  }

  isUnfounded({ task, attempt }: TraceEntry): string | undefined {
    return this.#victims.has(`${task}#${attempt}`) ? undefined : `task ${task} runs again for a ring that nobody has told of`;
  }

  #isStopping(worker: number): boolean {
    return this.#ledger.on(worker).some(({ task }) => this.#stopping.has(task));
  }

  /** A ring that a pass has left. */
  left(): string | undefined {
    if (this.#mode === "none" || startsLater(this.#trace.settings)) return undefined;
    for (let worker = 0; worker < this.#trace.world.workers.count; worker++) {
      if (this.#isStopping(worker)) continue;
      const [first] = deadlocked(this.#ledger, this.#asked, worker).left;
      if (first !== undefined) return `attempt ${first.attempt} of task ${first.task} waits for ever on worker ${worker}`;
    }
    return undefined;
  }

  /** Whether a start, or an ask that is met, leaves a state in which not all can get what they claim. */
  unsafeState({ worker }: TraceEntry): string | undefined {
    if (this.#mode !== "prevent" || this.#shrunk.has(worker)) return undefined;
    return isSafe(this.#ledger, this.#asked, worker) ? undefined : `not all attempts on worker ${worker} can get what they claim any more`;
  }
}
