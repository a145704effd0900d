// T2: every task goes through the legal stages, and what ended stays ended.
import { STAGE_REASONS } from "../model/environment.ts";
import { at } from "../model/columns.ts";
import { EntryKind, REASON_NAMES, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { profileOf } from "../model/task-profile.ts";
import type { Time } from "../model/units.ts";
import { isNetworked, arriveLate } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, Stage, takes } from "./ledger.ts";
import { startsLater } from "../model/settings.ts";

export const LIFECYCLE: Invariant = {
  id: "T2",
  statement:
    "Legal lifecycle: submitted once; started, then finished, failed or given up there, where it may be preempted, suspended and continued in between; given up, then waiting again, or at once abandoned where lost attempts count and were too many; failed, then retried, at once or after its backoff, or at once abandoned; skipped or abandoned with the dependency that ended without completing; nothing after the end. An attempt straggles from when it begins.",
  judge(trace) {
    const finding = new Finding();
    const ledger = new Ledger(trace);
    const orphans = new Orphans(trace, ledger);
    const births = new Births(trace);
    let last: TraceEntry | undefined;
    let index = 0;
    for (const entry of trace.entries) {
      if (last !== undefined && entry.time !== last.time) orphans.check(finding, index, last.time);
      finding.check(index, entry.time, follows(last, entry, ledger, trace) ?? fault(entry, trace, ledger) ?? births.wrong(entry));
      ledger.apply(entry);
      births.apply(entry);
      if (entry.task >= 0) orphans.note(entry.task);
      last = entry;
      index += 1;
    }
    if (trace.ending.kind === "complete") {
      orphans.check(finding, index, trace.ending.time);
      if (last?.kind === EntryKind.failed || last?.kind === EntryKind.lost)
        finding.check(index, last.time, `nothing follows the failed or lost attempt of task ${last.task}`);
    }
    return finding;
  },
};

/** Submitted tasks whose dependency ended without completing: they must have ended by the end of that instant. */
class Orphans {
  #causes: number[] = [];
  constructor(
    readonly trace: Trace,
    readonly ledger: Ledger,
  ) {}

  note(task: number): void {
    if (this.ledger.stage[task] > Stage.completed) this.#causes.push(task);
    else if (this.ledger.stage[task] === Stage.waiting && lost(this.ledger, task) !== undefined)
      this.#causes.push(...this.ledger.dependencies(task));
  }

  check(finding: Finding, index: number, time: Time): void {
    for (const cause of this.#causes) {
      for (const task of this.ledger.dependents(cause)) {
        if (this.ledger.stage[cause] <= Stage.completed || this.ledger.stage[task] !== Stage.waiting) continue;
        finding.check(index, time, `task ${task} still waits for task ${cause}, which ended without completing`);
      }
    }
    this.#causes = [];
  }
}

/** A failed attempt is followed at once by what becomes of its task, but where that waits for its retry; and only a failed attempt is. */
function follows(last: TraceEntry | undefined, entry: TraceEntry, ledger: Ledger, trace: Trace): string | undefined {
  if (last?.kind === EntryKind.lost) {
    const ends = entry.kind === EntryKind.abandoned && entry.reason === Reason.exhausted;
    if (ends && entry.task === last.task && entry.time === last.time) return undefined;
    return `the lost attempt of task ${last.task} is not followed by its end`;
  }
  if (last?.kind !== EntryKind.failed || ledger.stage[last.task] !== Stage.attemptFailed) return undefined;
  if (trace.settings.retry.backoff !== undefined && ledger.used(last.task) <= at(trace.world.tasks.retries, last.task)) return undefined;
  const next = entry.kind === EntryKind.retried || (entry.kind === EntryKind.abandoned && entry.reason === Reason.exhausted);
  if (next && entry.task === last.task && entry.time === last.time) return undefined;
  return `the failed attempt of task ${last.task} is not followed by its retry or its end`;
}

/** When attempts begin: as they start, or as their worker goes on that was frozen then; over a network as their worker says. */
class Births {
  readonly #networked: boolean;
  readonly #frozen = new Set<number>();
  /** Attempts that have started on frozen workers, by task and number; and when each worker went on last. */
  readonly #heldBack = new Set<string>();
  readonly #resumedAt = new Map<number, Time>();
  #last: TraceEntry | undefined;

  constructor({ world }: Trace) {
    this.#networked = isNetworked(world);
  }

  /** An attempt straggles from the very moment on at which it begins. */
  wrong({ kind, task, worker, attempt, time }: TraceEntry): string | undefined {
    if (kind !== EntryKind.straggled) return undefined;
    const last = this.#last;
    const isBirth = last !== undefined && (this.#networked ? last.kind === EntryKind.began : takes(last) && !this.#frozen.has(worker));
    if (isBirth && last.task === task && last.worker === worker && last.attempt === attempt && last.time === time) return undefined;
    if (this.#heldBack.has(`${task}#${attempt}`) && this.#resumedAt.get(worker) === time) return undefined;
    return `attempt ${attempt} of task ${task} straggles, and does not begin then`;
  }

  apply(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time } = entry;
    if (kind === EntryKind.paused) this.#frozen.add(worker);
    else if (kind === EntryKind.resumed) {
      this.#frozen.delete(worker);
      this.#resumedAt.set(worker, time);
    } else if (takes(entry) && !this.#networked && this.#frozen.has(worker)) this.#heldBack.add(`${task}#${attempt}`);
    this.#last = entry;
  }
}

/** What is wrong with an entry, given the stage that its task is in. */
function fault(entry: TraceEntry, trace: Trace, ledger: Ledger): string | undefined {
  const { kind, task, worker, attempt, reason } = entry;
  const stage = ledger.stage[task];
  const attempts = ledger.attempts[task];
  const current = ledger.current(task);
  const running = stage === Stage.running;
  const held = running || stage === Stage.suspended;
  const mode = trace.promises.preempts ? trace.settings.preemption?.mode : undefined;
  const givenUp = (mode === "kill" || mode === "checkpoint") && running ? [...GIVEN_UP, Reason.preemption] : GIVEN_UP;
  const expect = (from: boolean, at: number, number: number, reasons: readonly Reason[]): string | undefined => {
    if (!from) return `task ${task} cannot be ${nameOf(kind)} from where it stands`;
    if (worker !== at) return `task ${task} is ${nameOf(kind)} with worker ${worker}, not ${at}`;
    if (attempt !== number) return `task ${task} is ${nameOf(kind)} with attempt ${attempt}, not ${number}`;
    if (!reasons.includes(reason)) return `task ${task} is ${nameOf(kind)} with the reason ${REASON_NAMES[reason]}`;
    return undefined;
  };
  switch (kind) {
    case EntryKind.submitted:
      return expect(stage === Stage.unsubmitted, -1, 0, [Reason.none]);
    case EntryKind.assigned:
      if (!trace.promises.dispatching) return `task ${task} is bound to a worker by a policy that dispatches nothing`;
      return worker < 0
        ? `task ${task} is bound to no worker`
        : expect(ledger.isReady(task) && ledger.bound[task] < 0, worker, current, [Reason.none]);
    case EntryKind.started:
      return worker < 0 ? `task ${task} starts on no worker` : expect(stage === Stage.waiting, worker, attempts + 1, [Reason.none]);
    case EntryKind.finished:
      return expect(running && !ledger.copies.has(task), ledger.worker[task], current, [Reason.none]);
    case EntryKind.accepted:
      return expect(stage === Stage.waiting && ledger.givenUpOn.has(task), ledger.givenUpOn.get(task) ?? -1, current, [Reason.none]);
    case EntryKind.failed:
      return expect(running && !ledger.copies.has(task), ledger.worker[task], current, [Reason.execution, Reason.timeout, ...AT_STAGES]);
    case EntryKind.requeued:
      if (worker < 0) return expect(stage === Stage.waiting && startsLater(trace.settings), -1, current, GIVEN_UP);
      return expect(held && !ledger.copies.has(task), ledger.worker[task], current, givenUp);
    case EntryKind.recalled: // F4 says when
      return expect(held && !ledger.recalled.has(task), ledger.worker[task], current, [
        Reason.client,
        Reason.drain,
        Reason.shrink,
        Reason.input,
        Reason.deadlock,
      ]);
    case EntryKind.lost:
      return expect(held && trace.settings.retry.countLost && !ledger.copies.has(task), ledger.worker[task], current, givenUp);
    case EntryKind.reached:
      return undefined; // of an attempt on its worker, which the scheduler may have given up
    case EntryKind.progressed: // T17 says when, and how much
      return expect(held, ledger.worker[task], attempt, [Reason.none]);
    case EntryKind.asked: // T23 says when
    case EntryKind.allowed:
    case EntryKind.deadlocked:
    case EntryKind.gathered: // T20 says when
      return expect(held, workerOf(ledger, task, attempt) ?? -1, attempt, [Reason.none]);
    case EntryKind.preempted:
      return expect(running && mode !== undefined && !ledger.recalled.has(task), ledger.worker[task], current, [Reason.none]);
    case EntryKind.suspended:
      return expect(running && mode === "suspend" && !ledger.recalled.has(task), ledger.worker[task], current, [Reason.preemption]);
    case EntryKind.continued:
      return expect(stage === Stage.suspended && !ledger.recalled.has(task), ledger.worker[task], current, [Reason.none]);
    case EntryKind.changed:
      return stage === Stage.unsubmitted || stage < Stage.completed ? unlessAsked(entry, trace) : `task ${task} is changed after its end`;
    case EntryKind.reopened:
      return expect(stage === Stage.completed && trace.world.data?.lost === "recompute", -1, current, [Reason.input]);
    case EntryKind.retried:
      return expect(stage === Stage.attemptFailed, -1, attempts + 1, [Reason.none]);
    case EntryKind.cancelled:
      return expect(stage === Stage.waiting || stage === Stage.attemptFailed || held, held ? ledger.worker[task] : -1, current, [
        Reason.client,
      ]);
    case EntryKind.cancelRequested:
      if (trace.settings.cancel !== "confirmed") return `the cancellation of task ${task} is requested where none is confirmed`;
      return expect(stage === Stage.waiting || stage === Stage.attemptFailed || held, held ? ledger.worker[task] : -1, current, [
        Reason.client,
      ]);
    case EntryKind.abandoned:
      if (reason === Reason.exhausted) {
        const isWorn =
          stage === Stage.attemptFailed || (ledger.isReopened(task) && trace.settings.retry.countLost && stage === Stage.waiting);
        return expect(isWorn, -1, current, [Reason.exhausted]);
      }
      if (reason === Reason.input)
        return expect((stage === Stage.waiting || stage === Stage.attemptFailed) && ledger.lacksInput(task), -1, current, [Reason.input]);
      return expect(stage === Stage.waiting, -1, current, [Reason.dependency]) ?? unlessLost(task, "failed", trace, ledger);
    case EntryKind.skipped:
      return expect(stage === Stage.waiting, -1, current, [Reason.dependency]) ?? unlessLost(task, "skipped", trace, ledger);
    case EntryKind.copied: // T19 says when
      if (ledger.copies.has(task)) return `task ${task} has a copy already`;
      return worker < 0 || worker === ledger.worker[task]
        ? `task ${task} is copied on worker ${worker}, where it runs`
        : expect(running && !ledger.recalled.has(task), worker, attempts + 1, [Reason.none]);
    case EntryKind.dropped: {
      const copy = ledger.copies.get(task);
      if (copy?.attempt === attempt) return expect(held, copy.worker, attempt, DROPPED);
      return expect(held && copy !== undefined, ledger.worker[task], current, DROPPED);
    }
    case EntryKind.prepared:
      return expect(attempt >= 1 && attempt <= attempts, worker, attempt, [Reason.none]);
    case EntryKind.straggled:
      if ((profileOf(trace.world.tasks, task)?.straggle?.p ?? 0) === 0) return `task ${task} straggles, which it never does`;
      if (ledger.stragglers.has(`${task}#${attempt}`)) return `attempt ${attempt} of task ${task} straggles twice`;
      return expect(attempt >= 1 && attempt <= attempts, workerOf(ledger, task, attempt) ?? worker, attempt, [Reason.none]);
    case EntryKind.stopped:
    case EntryKind.fenced:
    case EntryKind.refused:
    case EntryKind.began:
    case EntryKind.halted:
    case EntryKind.proceeded:
    case EntryKind.ended:
    case EntryKind.outlived: // T5-clock says where
    case EntryKind.preparing: // T18 says when
    case EntryKind.recovering: // T8 says when
    case EntryKind.recovered:
    case EntryKind.saving:
    case EntryKind.saved:
    case EntryKind.saveRefused:
    case EntryKind.asking: // T23 says when
    case EntryKind.granted:
      return attempt < 1 || attempt > attempts ? `task ${task} has no attempt ${attempt} to be ${nameOf(kind)}` : undefined;
    case EntryKind.notified: // T6-notified says when
    case EntryKind.crashed:
    case EntryKind.registered:
    case EntryKind.paused:
    case EntryKind.resumed:
    case EntryKind.muted:
    case EntryKind.unmuted:
    case EntryKind.slowed:
    case EntryKind.drifted:
    case EntryKind.suspected:
    case EntryKind.trusted:
    case EntryKind.draining:
    case EntryKind.left:
    case EntryKind.departed:
    case EntryKind.launched:
    case EntryKind.reclaimed:
    case EntryKind.sending:
    case EntryKind.fetching:
    case EntryKind.fetched:
    case EntryKind.fetchStopped:
    case EntryKind.evicted:
    case EntryKind.linked:
    case EntryKind.answered:
    case EntryKind.adapted:
    case EntryKind.readapted:
    case EntryKind.resized:
    case EntryKind.restored:
    case EntryKind.diskLost:
    case EntryKind.cpuShared: // T22 says when, and how much
    case EntryKind.memoryShared:
    case EntryKind.elected: // L1 says when, and so on
    case EntryKind.led:
    case EntryKind.deposed:
    case EntryKind.replicaCrashed:
    case EntryKind.replicaStarted:
    case EntryKind.replicaPaused:
    case EntryKind.replicaResumed:
    case EntryKind.replicaSlowed:
    case EntryKind.spoke:
    case EntryKind.transferred:
    case EntryKind.applied: // L11 says when, and so on
    case EntryKind.called:
    case EntryKind.returned:
    case EntryKind.forgotten:
    case EntryKind.forgone:
    case EntryKind.replicaDiskLost:
    case EntryKind.replicaTorn:
    case EntryKind.replicaRotten:
    case EntryKind.replicaRenewed:
    case EntryKind.memberRemoved:
    case EntryKind.memberAdded:
    case EntryKind.memberPromoted:
    case EntryKind.replicaDrifted:
      return undefined; // other invariants
    default:
      return `${kind satisfies never} is no kind of entry`;
  }
}

/** The worker of a running attempt; undefined where it is none. */
function workerOf(ledger: Ledger, task: number, attempt: number): number | undefined {
  const copy = ledger.copies.get(task);
  if (copy?.attempt === attempt) return copy.worker;
  const isHeld = ledger.stage[task] === Stage.running || ledger.stage[task] === Stage.suspended;
  return isHeld && attempt === ledger.current(task) ? ledger.worker[task] : undefined;
}

/** Why attempts are given up. */
const GIVEN_UP: readonly Reason[] = [
  Reason.client,
  Reason.lease,
  Reason.suspicion,
  Reason.incarnation,
  Reason.drain,
  Reason.shrink,
  Reason.reclaim,
  Reason.input,
  Reason.deadlock,
];

/** Why one of two attempts is over. */
const DROPPED: readonly Reason[] = [
  ...[...GIVEN_UP, Reason.preemption, Reason.overtaken],
  ...[Reason.execution, Reason.timeout, ...Object.values(STAGE_REASONS)],
];

/** Changes are those that clients ask for, at their times. */
function unlessAsked({ time, task, attempt: action }: TraceEntry, { world }: Trace): string | undefined {
  const asked = world.actions?.[action];
  if (asked?.kind === "set" && asked.task === task && (asked.time === time || (arriveLate(world) && asked.time <= time))) return undefined;
  return `nobody has asked to change task ${task} then`;
}

/** Whether a dependency ended so that the task must end in that way. */
function unlessLost(task: number, as: "failed" | "skipped", trace: Trace, ledger: Ledger): string | undefined {
  const cause = lost(ledger, task);
  if (cause === undefined) return `task ${task} is ${as}, though no task that it depends on ended without completing`;
  const failed = ledger.dependencies(task).some((dependency) => ledger.stage[dependency] === Stage.failed);
  const due = failed && trace.settings.onDependencyFailure === "fail" ? "failed" : "skipped";
  return due === as ? undefined : `task ${task} is ${as} for its dependency, not ${due}`;
}

/** A dependency that ended without completing. */
function lost(ledger: Ledger, task: number): number | undefined {
  return ledger.dependencies(task).find((dependency) => ledger.stage[dependency] > Stage.completed);
}

function nameOf(kind: EntryKind): string {
  return NAMES[kind] ?? String(kind);
}

/** Failed before it worked: T18 says when. */
const AT_STAGES: readonly Reason[] = Object.values(STAGE_REASONS);

const NAMES: Partial<Record<EntryKind, string>> = {
  [EntryKind.began]: "begun",
  [EntryKind.halted]: "halted",
  [EntryKind.proceeded]: "going on",
  [EntryKind.ended]: "ended",
  [EntryKind.preparing]: "prepared",
  [EntryKind.prepared]: "prepared",
  [EntryKind.recovering]: "recovering",
  [EntryKind.recovered]: "recovered",
  [EntryKind.saving]: "saving",
  [EntryKind.saved]: "saved",
  [EntryKind.saveRefused]: "refused to save",
  [EntryKind.outlived]: "going on without a lease",
  [EntryKind.stopped]: "stopped",
  [EntryKind.refused]: "refused",
  [EntryKind.submitted]: "submitted",
  [EntryKind.started]: "started",
  [EntryKind.finished]: "finished",
  [EntryKind.accepted]: "accepted",
  [EntryKind.failed]: "failed",
  [EntryKind.retried]: "retried",
  [EntryKind.abandoned]: "abandoned",
  [EntryKind.skipped]: "skipped",
  [EntryKind.cancelled]: "cancelled",
  [EntryKind.cancelRequested]: "asked to be cancelled",
  [EntryKind.assigned]: "assigned",
  [EntryKind.recalled]: "recalled",
  [EntryKind.requeued]: "requeued",
  [EntryKind.lost]: "lost",
  [EntryKind.straggled]: "straggling",
  [EntryKind.copied]: "copied",
  [EntryKind.dropped]: "dropped",
  [EntryKind.changed]: "changed",
  [EntryKind.preempted]: "preempted",
  [EntryKind.progressed]: "told to have come on",
  [EntryKind.suspended]: "suspended",
  [EntryKind.continued]: "continued",
};
