// How long attempts work between two checkpoints: as their tasks say, or as is best for the failures that their workers are to be expected to have.
import { dalyInterval } from "../model/checkpoint.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { TaskBeliefs, WorkerTable } from "../model/world.ts";

/** What the scheduler takes a worker for. */
const Seen = { up: 0, suspected: 1, away: 2 } as const;

export class CheckpointIntervals {
  readonly #tasks: TaskBeliefs;
  readonly #declared: Float64Array | undefined;
  /** By seat, of running attempts, where that hangs on what was seen so far: a start that is sent again says the same. */
  readonly #decided = new Map<number, Duration>();
  // What was seen of the workers.
  readonly #seen: Uint8Array;
  #up: number;
  /** Time that workers were up in all, as of `#since`. */
  #upTime = 0;
  #since: Time = 0;
  /** How often one has come back as another incarnation; and how many are suspected. */
  #restarts = 0;
  #suspected = 0;

  constructor(tasks: TaskBeliefs, workers: WorkerTable) {
    this.#tasks = tasks;
    this.#declared = workers.mtbf;
    this.#seen = new Uint8Array(workers.count);
    this.#up = workers.count;
  }

  /** Decides on it for an attempt that is started now, µs; Infinity where it writes none by itself. */
  decide(task: number, worker: number, now: Time, seat = task): Duration {
    const plan = profileOf(this.#tasks, task)?.checkpoint;
    if (plan?.every !== "auto") return plan?.every ?? Number.POSITIVE_INFINITY;
    const every = dalyInterval(plan.cost, plan.mtbf ?? this.#meanTimeBetweenFailures(worker, now));
    this.#decided.set(seat, every);
    return every;
  }

  /** What was decided for a running attempt of a task. */
  of(task: number, seat: number): Duration {
    const every = profileOf(this.#tasks, task)?.checkpoint?.every;
    return every === "auto" ? (this.#decided.get(seat) as Duration) : (every ?? Number.POSITIVE_INFINITY);
  }

  /** The attempt in one seat has that of another from now on. */
  takesOver(seat: number, other: number): void {
    const every = this.#decided.get(seat);
    if (every !== undefined) this.#decided.set(other, every);
  }

  /** As the faults declare it; else the time that workers were up ÷ failures, of all workers: Infinity before the first. */
  #meanTimeBetweenFailures(worker: number, now: Time): Duration {
    const declared = this.#declared?.[worker] ?? Number.POSITIVE_INFINITY;
    if (declared < Number.POSITIVE_INFINITY) return declared;
    const failures = this.#restarts + this.#suspected;
    this.#advance(now);
    return failures === 0 ? Number.POSITIVE_INFINITY : Math.round(this.#upTime / failures);
  }

  /** A worker is not there before it joins. */
  awaits(worker: number): void {
    this.#turn(worker, Seen.away, 0);
  }

  /** The scheduler has learnt something of a worker. */
  observe(kind: EntryKind, worker: number, now: Time): void {
    const before = this.#seen[worker];
    if (kind === EntryKind.suspected) this.#turn(worker, Seen.suspected, now);
    else if (kind === EntryKind.trusted) this.#turn(worker, Seen.up, now);
    else if (kind === EntryKind.left) this.#turn(worker, Seen.away, now);
    else if (kind === EntryKind.registered) {
      if (before !== Seen.away) this.#restarts += 1;
      this.#turn(worker, Seen.up, now);
    }
  }

  #turn(worker: number, to: number, now: Time): void {
    const before = this.#seen[worker];
    if (before === to) return;
    this.#advance(now);
    if (before === Seen.up) this.#up -= 1;
    if (before === Seen.suspected) this.#suspected -= 1;
    if (to === Seen.up) this.#up += 1;
    if (to === Seen.suspected) this.#suspected += 1;
    this.#seen[worker] = to;
  }

  #advance(now: Time): void {
    this.#upTime += this.#up * (now - this.#since);
    this.#since = now;
  }
}
