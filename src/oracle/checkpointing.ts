// T8: attempts save their work when they are to, and go on from what was saved last, and from nothing else.
import { dalyInterval } from "../model/checkpoint.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind, Reason, type Trace, type TraceEntry, isOfCheckpoints } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { joiningWorkers } from "../model/world.ts";
import { type AttemptPhase, ExpectedEnds } from "./expected-ends.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, takes } from "./ledger.ts";

export const CHECKPOINTING: Invariant = {
  id: "T8",
  statement:
    "An attempt that begins where a checkpoint of its task can be read, the last that counts, reads it first, for as long as that takes, and works on from there; one that begins elsewhere does not. It writes one each time that it has worked for its interval, or as it is to make room, for as long as that takes; that counts if and only if it is not a copy beside another, and the task was not started again since.",
  judge(trace) {
    const finding = new Finding();
    if (!trace.world.tasks.profiles.some(({ checkpoint }) => checkpoint)) return finding;
    const saving = new Saving(trace);
    let index = 0;
    let last: Time = 0;
    for (const entry of trace.entries) {
      if (entry.time !== last) for (const late of saving.overdue(last)) finding.check(index, last, late);
      last = entry.time;
      if (isOfCheckpoints(entry.kind)) finding.check(index, entry.time, saving.wrong(entry));
      else if (entry.task >= 0) finding.check(index, entry.time, saving.late(entry));
      saving.apply(entry);
      index += 1;
    }
    return finding;
  },
};

class Saving {
  readonly #trace: Trace;
  readonly #ledger: Ledger;
  readonly #ends: ExpectedEnds;
  readonly #failures: SeenFailures;
  /** Of each attempt, how long it works between checkpoints. */
  readonly #every = new Map<string, Duration>();
  /** Attempts that begin at this instant where a checkpoint can be read, and have not read it yet. */
  readonly #toRecover = new Set<string>();
  /** Tasks that are to make room. */
  readonly #preempted = new Set<number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#ledger = new Ledger(trace);
    this.#ends = new ExpectedEnds(trace);
    this.#failures = new SeenFailures(trace);
  }

  apply(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time } = entry;
    if (takes(entry)) this.#every.set(`${task}#${attempt}`, this.#intervalOf(task, worker, time));
    if (kind === EntryKind.preempted) this.#preempted.add(task);
    else if (kind === EntryKind.started || kind === EntryKind.finished || kind === EntryKind.failed) this.#preempted.delete(task);
    this.#ledger.apply(entry);
    this.#ends.follow(entry, this.#ledger);
    this.#failures.apply(entry);
    this.#follow(entry);
  }

  /** Whoever begins now has to read a checkpoint, if there is one. */
  #follow(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time } = entry;
    const key = `${task}#${attempt}`;
    if (kind === EntryKind.recovering) this.#toRecover.delete(key);
    else if (takes(entry) || kind === EntryKind.began) this.#begins(task, attempt, time);
    else if (kind === EntryKind.prepared && this.#ends.canRecover(task, attempt)) this.#toRecover.add(key);
    else if (kind === EntryKind.resumed)
      for (const other of this.#ends.attempts()) if (other.worker === worker) this.#begins(other.task, other.attempt, time);
  }

  #begins(task: number, attempt: number, time: Time): void {
    const stands = this.#ends.phase(task, attempt, time);
    if (stands !== undefined && !stands.isBegun && stands.phase === "working" && this.#ends.canRecover(task, attempt))
      this.#toRecover.add(`${task}#${attempt}`);
  }

  /** How an attempt that does something else from now on should not. */
  wrong({ kind, task, worker, attempt, time, reason }: TraceEntry): string | undefined {
    const plan = profileOf(this.#trace.world.tasks, task)?.checkpoint;
    const name = `attempt ${attempt} of task ${task}`;
    if (plan === undefined) return `task ${task} saves no work`;
    const stands = this.#ends.phase(task, attempt, time);
    if (stands === undefined) return `${name} does not run`;
    if (stands.worker !== worker) return `${name} runs on worker ${stands.worker}, not ${worker}`;
    if (reason !== Reason.none) return `${name} turns to something else for a reason`;
    const { phase, spent } = stands;
    const after = (due: AttemptPhase, length: Duration, what: string) =>
      phase !== due ? `${name} is ${phase}` : spent === length ? undefined : `${name} ${what} for ${spent}, not ${length}`;
    if (kind === EntryKind.recovering)
      return this.#toRecover.has(`${task}#${attempt}`) ? undefined : `${name} has nothing to read, or has begun`;
    if (kind === EntryKind.recovered) return after("recovering", plan.restore, "reads its checkpoint");
    if (kind === EntryKind.saving) {
      const makesRoom = this.#trace.settings.preemption?.mode === "checkpoint" && this.#preempted.has(task);
      const every = this.#everyOf(task, attempt);
      return makesRoom && phase === "working" && spent <= every ? undefined : after("working", every, "works between checkpoints");
    }
    const counts = this.#ledger.current(task) === attempt;
    if (counts !== (kind === EntryKind.saved))
      return `the checkpoint of ${name} ${counts ? "is refused" : "counts, though it was started again"}`;
    return after("saving", plan.cost, "writes a checkpoint");
  }

  /** Whether something else becomes of an attempt that should have turned to something else before. */
  late({ task, attempt, time }: TraceEntry): string | undefined {
    return this.#ends.phase(task, attempt, time) && this.#late(task, attempt, time);
  }

  #late(task: number, attempt: number, time: Time): string | undefined {
    const plan = profileOf(this.#trace.world.tasks, task)?.checkpoint;
    const stands = this.#ends.phase(task, attempt, time);
    if (plan === undefined || stands === undefined || stands.phase === "preparing" || stands.phase === "asking") return undefined;
    const { phase, spent } = stands;
    const most = phase === "working" ? this.#everyOf(task, attempt) : phase === "saving" ? plan.cost : plan.restore;
    return spent > most ? `attempt ${attempt} of task ${task} is ${phase} for ${spent}, longer than ${most}` : undefined;
  }

  /** What should have been by the end of an instant. */
  overdue(time: Time): string[] {
    const late = [...this.#ends.attempts()].flatMap(({ task, attempt }) => this.#late(task, attempt, time) ?? []);
    const unread = [...this.#toRecover].filter((key) => {
      const [task = 0, attempt = 0] = key.split("#").map(Number);
      return this.#ends.phase(task, attempt, time)?.phase === "working";
    });
    this.#toRecover.clear();
    return [...late, ...unread.map((key) => `attempt ${key} begins anew, though there is a checkpoint that it can read`)];
  }

  #everyOf(task: number, attempt: number): Duration {
    return this.#every.get(`${task}#${attempt}`) ?? Number.POSITIVE_INFINITY;
  }

  #intervalOf(task: number, worker: number, time: Time): Duration {
    const plan = profileOf(this.#trace.world.tasks, task)?.checkpoint;
    if (plan?.every !== "auto") return plan?.every ?? Number.POSITIVE_INFINITY;
    return dalyInterval(plan.cost, plan.mtbf ?? this.#declared(worker) ?? this.#failures.meanTimeBetween(time));
  }

  #declared(worker: number): Duration | undefined {
    const declared = this.#trace.world.workers.mtbf?.[worker] ?? Number.POSITIVE_INFINITY;
    return declared < Number.POSITIVE_INFINITY ? declared : undefined;
  }
}

/** How often workers have failed for the scheduler, and how long they were up. */
class SeenFailures {
  /** By worker: since when it is taken to be up; undefined where it is suspected. Those that are away are missing. */
  readonly #up = new Map<number, Time | undefined>();
  #upTime = 0;
  #restarts = 0;

  constructor({ world }: Trace) {
    const joining = new Set(joiningWorkers(world));
    for (let worker = 0; worker < world.workers.count; worker++) if (!joining.has(worker)) this.#up.set(worker, 0);
  }

  apply({ kind, worker, time }: TraceEntry): void {
    if (kind !== EntryKind.suspected && kind !== EntryKind.trusted && kind !== EntryKind.registered && kind !== EntryKind.left) return;
    const since = this.#up.get(worker);
    if (kind === EntryKind.registered && this.#up.has(worker)) this.#restarts += 1;
    if (since !== undefined) this.#upTime += time - since;
    if (kind === EntryKind.left) this.#up.delete(worker);
    else this.#up.set(worker, kind === EntryKind.suspected ? undefined : time);
  }

  meanTimeBetween(time: Time): Duration {
    let upTime = this.#upTime;
    let failures = this.#restarts;
    for (const since of this.#up.values()) {
      if (since === undefined) failures += 1;
      else upTime += time - since;
    }
    return failures === 0 ? Number.POSITIVE_INFINITY : Math.round(upTime / failures);
  }
}
