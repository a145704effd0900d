// T5 and T5-clock: attempts are given up for their leases when these are over, and for the other causes when there is one.
import { type LivenessSettings, longestLease } from "../model/settings.ts";
import { EntryKind, Reason, type TraceEntry } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { poolOf } from "../model/cloud.ts";
import { isNetworked } from "../model/world.ts";
import { Clocks } from "./clocks.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { takes } from "./ledger.ts";
import { Presence } from "./presence.ts";
import { Restarts } from "./restarts.ts";
import { Silences } from "./silences.ts";

/** When the leases of attempts can be over at the earliest, as far as the entries tell when their workers were heard last. */
export class Leases {
  /** By task and worker. */
  readonly #startedAt = new Map<string, Time>();
  readonly #own: Duration;
  /** As the scheduler takes them to last. */
  readonly #lease: Duration;
  readonly #silences: Silences;
  readonly #clocks = new Clocks();

  constructor(settings: LivenessSettings) {
    this.#own = settings.lease;
    this.#lease = longestLease(settings);
    this.#silences = new Silences(settings.heartbeat.interval);
  }

  apply(entry: TraceEntry): void {
    const { task, worker, time } = entry;
    this.#silences.apply(entry);
    this.#clocks.apply(entry);
    if (takes(entry)) this.#startedAt.set(`${task} on ${worker}`, time);
  }

  /** Of the last attempt of a task on a worker; Infinity for one that never fell silent, if its heartbeats come in time. */
  leastEnd(task: number, worker: number): Time {
    const started = this.#startedAt.get(`${task} on ${worker}`) ?? 0;
    const gap = this.#silences.gap(worker);
    if (gap > this.#lease) return started + this.#lease;
    return Math.max(started, heardBy(this.#silences, worker)) + this.#lease;
  }

  /** The same by the clock of its worker, which then stops it. */
  leastEndThere(task: number, worker: number): Time {
    const from = Math.max(this.#startedAt.get(`${task} on ${worker}`) ?? 0, heardBy(this.#silences, worker));
    return from === Number.POSITIVE_INFINITY ? from : this.#clocks.when(worker, this.#clocks.reading(worker, from) + this.#own);
  }
}

/** A time at or before that at which the worker was heard last; Infinity for one that never fell silent. */
function heardBy(silences: Silences, worker: number): Time {
  return (silences.earliest.get(worker) ?? Number.POSITIVE_INFINITY) - silences.gap(worker);
}

export const STOPPED_BY_ITS_CLOCK: Invariant = {
  id: "T5-clock",
  statement:
    "A worker stops an attempt for its lease only when that is over by its own clock, and goes on with one that is given up for it only where that clock has run slower than the scheduler allows for.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    if (liveness === undefined) return finding;
    const networked = isNetworked(trace.world);
    const clocks = new Clocks();
    const silences = new Silences(liveness.heartbeat.interval);
    const startedAt = new Map<string, Time>();
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, attempt, time, reason } = entry;
      clocks.apply(entry);
      silences.apply(entry);
      const name = `${task}#${attempt}`;
      if (takes(entry)) startedAt.set(name, time);
      if (reason === Reason.lease && (kind === EntryKind.stopped || kind === EntryKind.ended)) {
        const started = startedAt.get(name) ?? 0; // when it was renewed over a network no entry tells
        const heard = networked ? Number.NEGATIVE_INFINITY : heardBy(silences, worker);
        const from = Math.max(started, heard);
        const least = from === Number.POSITIVE_INFINITY ? from : clocks.when(worker, clocks.reading(worker, from) + liveness.lease);
        finding.check(
          index,
          time,
          time < least && `attempt ${attempt} of task ${task} is stopped ${least - time} µs before its lease is over`,
        );
      }
      if (kind === EntryKind.outlived) {
        const isSlow = !clocks.isWithin(worker, liveness.drift ?? 0);
        finding.check(
          index,
          time,
          !isSlow && `attempt ${attempt} of task ${task} goes on without its lease, but its worker's clock is not slow`,
        );
      }
      index += 1;
    }
    return finding;
  },
};

export const GIVEN_UP_FOR_CAUSE: Invariant = {
  id: "T5",
  statement:
    "An attempt is given up for its lease only when that is over (by the scheduler after its last µs on the slowest clock that it allows for, by its worker in it by its own), or its end was noted by a leader alone, and is lost; for a suspicion, only where the settings say so and its worker is suspected; for an incarnation, only when another one registered, and then at once; for a drain, only when the limit of its worker is over, or its worker has answered since (over a network also one that has not begun there), and before it starts when that begins to drain; for a reclaim, only at the end of the notice of its worker.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    if (liveness === undefined) return finding;
    const lease = longestLease(liveness);
    const startedAt = new Map<string, Time>();
    const lapsed = new Set<string>(); // attempts that their workers stopped for their leases, or of which they told the end, which is lost
    const networked = isNetworked(trace.world);
    const suspected = new Set<number>();
    const registered = new Map<number, Time>();
    const leases = new Leases(liveness);
    const recalled = new Set<string>(); // attempts that are handed back when their workers have answered
    const presence = new Presence(trace);
    const leaves = new Map(
      (trace.world.actions ?? []).flatMap((action) => (action.kind === "leave" ? [[action.worker, action] as const] : [])),
    );
    const restarts = new Restarts();
    const begun = new Set<string>();
    const draining = new Set<number>();
    const takenAt = new Map<number, Time>(); // when spot instances are taken back of which that was said
    const drainedAt = new Set<Time>([...leaves.values()].map((leave) => leave.time));
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time } = entry;
      leases.apply(entry);
      presence.apply(entry);
      restarts.apply(entry, finding, index);
      if (kind === EntryKind.requeued && worker < 0 && entry.reason === Reason.drain)
        finding.check(index, time, !drainedAt.has(time) && `the start of task ${task} is given up for a worker that does not leave then`);
      if (takes(entry)) startedAt.set(`${task}#${entry.attempt}`, time);
      if (kind === EntryKind.began) begun.add(`${task}#${entry.attempt}`);
      if (kind === EntryKind.draining) draining.add(worker);
      if (kind === EntryKind.draining && poolOf(trace.world.cloud, worker) !== undefined) drainedAt.add(time);
      if (kind === EntryKind.reclaimed) takenAt.set(worker, time + (poolOf(trace.world.cloud, worker)?.spot?.notice ?? 0));
      if (kind === EntryKind.launched) {
        takenAt.delete(worker);
        draining.delete(worker);
        suspected.delete(worker);
      }
      if (kind === EntryKind.ended && entry.reason === Reason.lease) lapsed.add(`${task}#${entry.attempt}`);
      if (kind === EntryKind.forgone && worker >= 0) lapsed.add(`${task}#${entry.attempt}`);
      if (kind === EntryKind.suspected) suspected.add(worker);
      if (kind === EntryKind.trusted) suspected.delete(worker);
      if (kind === EntryKind.registered) registered.set(worker, time);
      if (kind === EntryKind.recalled && entry.reason === Reason.drain) {
        const leave = leaves.get(worker);
        const isOver = leave !== undefined && leave.time + leave.limit === time;
        finding.check(index, time, !isOver && `task ${task} is to be handed back, but the limit of worker ${worker} is not over then`);
        recalled.add(`${task}#${entry.attempt}`);
      }
      if ((kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.dropped) && worker >= 0) {
        finding.check(index, time, causeless(entry));
      }
      index += 1;
    }
    restarts.judge(finding, index, trace.ending.time);
    return finding;

    function causeless({ task, worker, attempt, time, reason }: TraceEntry): string | undefined {
      if (reason === Reason.suspicion)
        return liveness?.requeue === "suspicion" && suspected.has(worker)
          ? undefined
          : `task ${task} is given up for a suspicion that is none`;
      if (reason === Reason.incarnation)
        return registered.get(worker) === time ? undefined : `task ${task} is given up, but worker ${worker} did not restart`;
      if (reason === Reason.reclaim)
        return takenAt.get(worker) === time ? undefined : `task ${task} is given up, but worker ${worker} is not taken back then`;
      if (reason === Reason.drain) {
        const leave = leaves.get(worker);
        const over = leave === undefined ? Number.POSITIVE_INFINITY : leave.time + leave.limit;
        if (time === over || recalled.has(`${task}#${attempt}`)) return undefined;
        if (networked && draining.has(worker) && !begun.has(`${task}#${attempt}`)) return undefined; // R4-drain has more
        return `task ${task} is handed back, but the limit of worker ${worker} is not over then`;
      }
      if (reason !== Reason.lease || lapsed.has(`${task}#${attempt}`)) return undefined;
      if (networked) {
        const over = (startedAt.get(`${task}#${attempt}`) ?? 0) + lease; // when it was renewed no entry tells
        return time > over ? undefined : `task ${task} is given up ${over - time} µs before its lease can be over`;
      }
      const least = leases.leastEnd(task, worker);
      const answers = presence.down[worker] === 0 && presence.frozen[worker] === 0; // it stops the attempt itself, in its last µs by its own clock
      return time > least || (answers && time >= leases.leastEndThere(task, worker))
        ? undefined
        : `task ${task} is given up ${least - time} µs before its lease can be over`;
    }
  },
};
