// P5 and T13: who makes room, for whom, how often, and when.
import { at } from "../model/columns.ts";
import { EntryKind, Reason, type Trace, type TraceEntry, TURNS } from "../model/trace.ts";
import { profileOf, type TaskProfile } from "../model/task-profile.ts";
import { type Duration, partOf, type Time, workIn } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { ExpectedEnds } from "./expected-ends.ts";
import { Finding, type Invariant, type JudgeOptions } from "./invariant.ts";
import { Ledger } from "./ledger.ts";
import { Presence } from "./presence.ts";

type RankOf = Required<JudgeOptions>["rank"];

export const VICTIMS: Invariant = {
  id: "P5",
  statement:
    "An attempt is preempted for a waiting task that ranks strictly better then (where ranks are known, and no quantum decides), and stops, if nothing else ends it before, exactly when its grace is over: then it is suspended, or killed, as the mode says, or when its work is saved; where leases are kept it is killed when its worker goes on, if that is paused then; over a network its room is given back then or later, once it is on its worker no more, or is suspended there.",
  judge(trace, { rank }) {
    const finding = new Finding();
    const { preemption } = trace.settings;
    if (preemption === undefined) return finding;
    const ledger = new Ledger(trace);
    const running = new Segments(trace);
    const due = new Map<number, Time>();
    const networked = isNetworked(trace.world);
    const saves = (task: number) => preemption.mode === "checkpoint" && profileOf(trace.world.tasks, task)?.checkpoint !== undefined;
    const keeps = preemption.mode !== "suspend" && trace.settings.liveness?.requeue === "lease-end";
    const saved = new Map<number, Time>(); // when tasks were through with saving their work last
    const resumed = new Map<number, Time>(); // when workers went on last
    const presence = new Presence(trace);
    const ends = trace.settings.liveness?.progress === undefined ? undefined : new ExpectedEnds(trace);
    let index = 0;
    let last: Time = 0;
    for (const entry of trace.entries) {
      const { kind, task, attempt, time } = entry;
      if (time !== last && !networked)
        for (const [late, when] of due) {
          const cannot = saves(late) || (keeps && (presence.down[ledger.worker[late]] === 1 || presence.frozen[ledger.worker[late]] === 1));
          finding.check(index, last, when < time && !cannot && `task ${late} was to make room at ${when}`);
        }
      last = time;
      if (kind === EntryKind.resumed) resumed.set(entry.worker, time);
      if (kind === EntryKind.saved || kind === EntryKind.saveRefused) saved.set(task, time);
      if (kind === EntryKind.preempted) {
        finding.check(index, time, due.has(task) && `task ${task} is preempted twice`);
        if (rank !== undefined && trace.promises.quantum === undefined) {
          const own = rank(task, time, running.remaining(task, time));
          const better = [...ledger.ready, ...ledger.suspended].some(
            (other) => compare(rank(other, time, running.remaining(other, time)), own) < 0,
          );
          finding.check(index, time, !better && `no waiting task ranks better than task ${task}, which makes room`);
        }
        due.set(task, time + preemption.grace);
      } else if (stopsForOthers(entry)) {
        const when = due.get(task) ?? Number.POSITIVE_INFINITY;
        const isSaved = saves(task) && saved.get(task) === time;
        const mayBeLate = networked || isSaved || ((keeps || saves(task)) && resumed.get(entry.worker) === time);
        finding.check(index, time, (mayBeLate ? when > time : when !== time) && `task ${task} makes room at ${time}, not at ${when}`);
        const isThere =
          networked && kind !== EntryKind.dropped && presence.of(task, attempt).some((present) => present.attempt === attempt);
        const waits = kind === EntryKind.suspended && presence.isSuspended(task, attempt);
        finding.check(index, time, isThere && !waits && `the room of task ${task} is given back while it runs on its worker`);
        due.delete(task);
      } else if (!LEAVES_ALONE.includes(kind) && !(kind === EntryKind.dropped && attempt !== ledger.current(task))) {
        due.delete(task);
      }
      ledger.apply(entry);
      running.apply(entry);
      presence.apply(entry);
      ends?.follow(entry, ledger);
      index += 1;
      if (kind !== EntryKind.progressed) continue;
      const sent = networked ? ends?.done(task, ledger.attempts[task], attempt, time)?.time : time;
      if (sent !== undefined) running.told(entry, sent);
    }
    return finding;
  },
};

/** Entries of a task after which its newest attempt goes on as before. */
const LEAVES_ALONE: readonly EntryKind[] = [
  EntryKind.changed,
  EntryKind.answered,
  EntryKind.stopped,
  EntryKind.refused,
  EntryKind.reached,
  EntryKind.outlived,
  EntryKind.progressed,
  EntryKind.gathered,
  EntryKind.asked,
  EntryKind.allowed,
  EntryKind.deadlocked,
  EntryKind.began,
  EntryKind.straggled,
  EntryKind.copied,
  EntryKind.halted,
  EntryKind.proceeded,
  EntryKind.ended,
  EntryKind.cpuShared,
  EntryKind.memoryShared,
  ...TURNS,
];

export const PREEMPTION_LIMITS: Invariant = {
  id: "T13",
  statement:
    "A task is preempted at most `max` times, and only after it has run for `minRun`, and for the quantum where there is one, since it was started or continued; where ranks do not change, no worker fails and no network lies between, not more often than tasks of better rank began to wait.",
  judge(trace, { rank }) {
    const finding = new Finding();
    const { preemption } = trace.settings;
    if (preemption === undefined) return finding;
    const atLeast = Math.max(preemption.minRun, trace.promises.quantum ?? 0);
    const ledger = new Ledger(trace);
    const running = new Segments(trace);
    const times = new Map<number, number>();
    const arrivals = rank === undefined || !ranksStand(trace) ? undefined : new BetterArrivals(rank);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, time } = entry;
      if (kind === EntryKind.preempted) {
        const count = (times.get(task) ?? 0) + 1;
        times.set(task, count);
        const ran = time - running.since(task);
        const better = arrivals?.before(task, time) ?? count;
        finding.check(index, time, count > preemption.max && `task ${task} is preempted ${count} times, of at most ${preemption.max}`);
        finding.check(index, time, ran < atLeast && `task ${task} is preempted after ${ran}, not ${atLeast}`);
        finding.check(index, time, count > better && `task ${task} is preempted ${count} times for ${better} tasks of better rank`);
      }
      ledger.apply(entry);
      running.apply(entry);
      arrivals?.note(ledger, entry);
      index += 1;
    }
    return finding;
  },
};

/** Whether the ranks of tasks stay as they are, and only arrivals make room scarce. */
function ranksStand({ promises, world }: Trace): boolean {
  const undisturbed = world.faults === undefined && world.actions === undefined && !isNetworked(world);
  return promises.order === "static" && promises.quantum === undefined && !promises.text.startsWith("srpt") && undisturbed;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Tasks as they begin to wait: those that became ready or were suspended. */
class BetterArrivals {
  readonly #rank: RankOf;
  readonly #arrivals: number[] = [];
  readonly #waiting = new Set<number>();

  constructor(rank: RankOf) {
    this.#rank = rank;
  }

  note(ledger: Ledger, { kind, task }: TraceEntry): void {
    if (kind === EntryKind.started || kind === EntryKind.continued) this.#waiting.delete(task);
    for (const waiting of [...ledger.ready, ...ledger.suspended]) {
      if (this.#waiting.has(waiting)) continue;
      this.#waiting.add(waiting);
      this.#arrivals.push(waiting);
    }
  }

  /** How many were of better rank than a task. */
  before(task: number, time: Time): number {
    const own = this.#rank(task, time);
    return this.#arrivals.filter((other) => compare(this.#rank(other, time), own) < 0).length;
  }
}

interface Segment {
  worker: number;
  /** Since when it runs; undefined while it is suspended. */
  since: Time | undefined;
  /** When it ran before. */
  ran: { from: Time; to: Time }[];
  /** What its worker told last: at a time so much work was done. */
  known: { time: Time; done: Duration };
}

/** How far attempts are, by how long they ran at the declared speeds of their workers, since they began or that was told last. */
export class Segments {
  readonly #trace: Trace;
  readonly #segments = new Map<number, Segment>();
  /** Copies that run beside the attempts of their tasks. */
  readonly #copies = new Map<number, { worker: number; attempt: number }>();
  /** Work that tasks have saved to make room, and on which worker. */
  readonly #kept = new Map<number, { worker: number; done: Duration }>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  apply({ kind, task, worker, attempt, time, reason }: TraceEntry): void {
    const segment = this.#segments.get(task);
    if (kind === EntryKind.copied) this.#copies.set(task, { worker, attempt });
    else if (kind === EntryKind.dropped) this.#drop(task, attempt, time);
    else if (kind === EntryKind.started)
      this.#segments.set(task, { worker, since: time, ran: [], known: { time: 0, done: this.#keptFor(task, worker) } });
    else if (kind === EntryKind.continued && segment !== undefined) segment.since = time;
    else if (kind === EntryKind.suspended && segment !== undefined) {
      segment.ran.push({ from: segment.since ?? time, to: time });
      segment.since = undefined;
    } else if (kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.failed) {
      const { preemption } = this.#trace.settings;
      const isSaved = reason === Reason.preemption && preemption?.mode === "checkpoint" && this.#plan(task) !== undefined;
      if (isSaved && segment !== undefined) this.#kept.set(task, { worker: segment.worker, done: this.#done(task, time) });
      this.#segments.delete(task);
    }
  }

  /** Where a copy goes on, that is believed to begin then. */
  #drop(task: number, attempt: number, time: Time): void {
    const copy = this.#copies.get(task);
    this.#copies.delete(task);
    if (copy === undefined || copy.attempt === attempt) return;
    this.#segments.set(task, { worker: copy.worker, since: time, ran: [], known: { time: 0, done: this.#keptFor(task, copy.worker) } });
  }

  #plan(task: number): TaskProfile["checkpoint"] {
    return profileOf(this.#trace.world.tasks, task)?.checkpoint;
  }

  /** What an attempt on a worker need not do again of what was saved as another made room. */
  #keptFor(task: number, worker: number): Duration {
    const kept = this.#kept.get(task);
    if (kept === undefined || (kept.worker !== worker && this.#plan(task)?.storage === "local")) return 0;
    const isOwnThere = at(this.#trace.world.tasks.estimateTable, task) >= 0 && kept.worker !== worker;
    return isOwnThere ? Math.round((kept.done / Math.max(1, this.#whole(task, kept.worker))) * this.#whole(task, worker)) : kept.done;
  }

  /** Its worker told at a time that so many thousandths of its work were done: that part of its estimate was. */
  told({ task, attempt: thousandths }: TraceEntry, time: Time): void {
    const segment = this.#segments.get(task);
    if (segment !== undefined) segment.known = { time, done: partOf(this.#whole(task, segment.worker), thousandths / 1000) };
  }

  /** All of its estimate on a worker, µs at speed 1, or of its own there. */
  #whole(task: number, worker: number): Duration {
    const { tasks } = this.#trace.world;
    const table = at(tasks.estimateTable, task);
    return table < 0 ? at(tasks.estimate, task) : tasks.estimateTables[table][worker];
  }

  since(task: number): Time {
    return this.#segments.get(task)?.since ?? Number.POSITIVE_INFINITY;
  }

  #done(task: number, time: Time): Duration {
    const { tasks, workers } = this.#trace.world;
    const segment = this.#segments.get(task);
    if (segment === undefined) return 0;
    const { worker, since, ran, known } = segment;
    const speed = at(tasks.estimateTable, task) >= 0 ? 1000 : workers.speed[worker];
    const all = since === undefined ? ran : [...ran, { from: since, to: time }];
    return all.reduce((sum, { from, to }) => sum + workIn(Math.max(0, to - Math.max(from, known.time)), speed), known.done);
  }

  /** What is left of the estimate, µs at speed 1. */
  remaining(task: number, time: Time): Duration {
    const { tasks } = this.#trace.world;
    const estimate = at(tasks.estimate, task);
    const segment = this.#segments.get(task) ?? this.#kept.get(task);
    if (segment === undefined) return estimate;
    const done = "done" in segment ? segment.done : this.#done(task, time);
    if (at(tasks.estimateTable, task) < 0) return Math.max(0, estimate - done);
    return Math.max(0, Math.round(estimate * (1 - done / Math.max(1, this.#whole(task, segment.worker)))));
  }
}

const GIVES_UP: readonly EntryKind[] = [EntryKind.requeued, EntryKind.lost, EntryKind.dropped];

/** Whether an entry is what becomes of an attempt that was preempted. */
function stopsForOthers({ kind, reason }: TraceEntry): boolean {
  return kind === EntryKind.suspended || (GIVES_UP.includes(kind) && reason === Reason.preemption);
}
