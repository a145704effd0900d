// R4, F1, F2, F3, T4, F4: what the scheduler learns of its workers, when, and what it does about it.
import { LinkState } from "../model/network.ts";
import { type LivenessSettings, longestLease } from "../model/settings.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { Clocks } from "./clocks.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, releases } from "./ledger.ts";
import { Presence } from "./presence.ts";
import { Restarts } from "./restarts.ts";
import { disturbanceOf, isNetworked, joiningWorkers } from "../model/world.ts";

export const NOTHING_TO_THE_CLOSED: Invariant = {
  id: "R4",
  statement:
    "Nothing is started on, or bound to, a worker that the scheduler suspects, that has not joined, is draining, or has left, or that shrinks and has attempts to stop for that.",
  judge(trace) {
    const finding = new Finding();
    const suspected = new Set<number>();
    const away = new Map(joiningWorkers(trace.world).map((worker) => [worker, "has not joined"]));
    const shrinking = new Map<number, number>(); // by task that is recalled for that, its worker
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time, reason } = entry;
      if (kind === EntryKind.recalled && reason === Reason.shrink) shrinking.set(task, worker);
      else if (releases(entry)) shrinking.delete(task);
      if (kind === EntryKind.suspected) suspected.add(worker);
      if (kind === EntryKind.trusted) suspected.delete(worker);
      if (kind === EntryKind.registered && away.get(worker) !== DRAINING) away.delete(worker);
      if (kind === EntryKind.draining) away.set(worker, DRAINING);
      if (kind === EntryKind.left) away.set(worker, "has left");
      const sent = kind === EntryKind.started || kind === EntryKind.assigned;
      if (sent && suspected.size + away.size + shrinking.size > 0) {
        const isShrinking = [...shrinking.values()].includes(worker);
        const why = away.get(worker) ?? (suspected.has(worker) ? "is suspected" : isShrinking ? "waits to shrink" : undefined);
        finding.check(index, time, why && `task ${task} is sent to worker ${worker}, which ${why}`);
      }
      index += 1;
    }
    return finding;
  },
};

const DRAINING = "is draining";

/** When a worker fell silent, by what the trace says of it, and whether it is down. */
class Silences {
  /** Since when each silent worker is. */
  readonly since = new Map<number, Time>();
  /** The same, but that a silence goes on across a moment in which no heartbeat had to arrive. Kept when it ends. */
  readonly earliest = new Map<number, Time>();
  readonly #ended = new Map<number, Time>();
  /** Workers that nobody listens to any more. */
  readonly #left = new Set<number>();
  readonly #clocks = new Clocks();
  readonly #interval: Duration;
  readonly #delay: Duration;
  /** By cause, since when it holds each worker. */
  readonly #causes: Map<string, Map<number, Time>> = new Map([
    ["down", new Map()],
    ["frozen", new Map()],
    ["muted", new Map()],
    ["cut", new Map()],
  ]);

  /** `unlessMuted`: lost heartbeats alone are no silence, for a worker may register again and again until it is answered. */
  constructor(interval: Duration, { delay = 0, unlessMuted = false } = {}) {
    this.#interval = interval;
    this.#delay = delay;
    if (unlessMuted) this.#causes.delete("muted");
  }

  /** Whether nothing may have been heard of the worker since its silence ended. */
  isAwaited(worker: number, time: Time): boolean {
    return time - (this.#ended.get(worker) ?? Number.NEGATIVE_INFINITY) <= this.gap(worker) + this.#delay;
  }

  /** How long it has been at most from one heartbeat of the worker to the next: its interval, on the slowest that its clock has run. */
  gap(worker: number): Duration {
    return this.#clocks.longest(worker, this.#interval);
  }

  apply(entry: TraceEntry): void {
    const { kind, worker, attempt, time } = entry;
    this.#clocks.apply(entry);
    if (this.#left.has(worker)) return;
    if (kind === EntryKind.crashed) this.#begin("down", worker, time);
    else if (kind === EntryKind.paused) this.#begin("frozen", worker, time);
    else if (kind === EntryKind.muted) this.#begin("muted", worker, time);
    else if (kind === EntryKind.resumed) this.#end("frozen", worker, time);
    else if (kind === EntryKind.unmuted) this.#end("muted", worker, time);
    else if (kind === EntryKind.linked) {
      if ((attempt & LinkState.cutFromWorker) !== 0) this.#begin("cut", worker, time);
      else this.#end("cut", worker, time);
    } else if (kind === EntryKind.left) {
      this.#left.add(worker);
      for (const workers of this.#causes.values()) workers.delete(worker);
      this.since.delete(worker);
    } else if (kind === EntryKind.registered) {
      this.#end("down", worker, time);
      if (!this.earliest.has(worker)) this.earliest.set(worker, time); // of one that joins: it may be silent from then on
      if (!this.#isSilent(worker)) return;
      this.since.set(worker, time);
      this.earliest.set(worker, time);
    }
  }

  #begin(cause: string, worker: number, time: Time): void {
    const workers = this.#causes.get(cause);
    if (workers === undefined || workers.has(worker)) return;
    if (!this.#isSilent(worker)) {
      this.since.set(worker, time);
      if (!this.isAwaited(worker, time)) this.earliest.set(worker, time);
    }
    workers.set(worker, time);
  }

  #end(cause: string, worker: number, time: Time): void {
    const ended = this.#causes.get(cause)?.delete(worker) ?? false;
    if (!ended && (cause === "cut" || !this.#causes.has(cause))) return; // its link changed in another way
    if (this.#isSilent(worker)) {
      // What was sent while its link was cut may still be under way, and arrive.
      if (cause === "cut") this.since.set(worker, Math.min(...this.#causesOf(worker)));
      return;
    }
    this.since.delete(worker);
    this.#ended.set(worker, time);
  }

  #isSilent(worker: number): boolean {
    return [...this.#causes.values()].some((workers) => workers.has(worker));
  }

  /** Since when each cause holds the worker that does. */
  #causesOf(worker: number): Time[] {
    return [...this.#causes.values()].flatMap((workers) => workers.get(worker) ?? []);
  }
}

/** How long a message takes at most, µs; undefined where nothing limits it. */
function longestDelay({ world }: Trace): Duration | undefined {
  const { network, faults } = world;
  if (network === undefined) return 0;
  const delays = faults?.tracks.map(disturbanceOf).some((effect) => effect?.does === "delay" || effect?.does === "clog");
  if (delays === true) return undefined;
  let longest = 0;
  for (const { latency } of network.links) {
    const most = typeof latency === "number" ? latency : BOUNDED.includes(latency.distribution) ? Number(latency.max) : undefined;
    if (most === undefined) return undefined;
    longest = Math.max(longest, most);
  }
  return longest;
}

const BOUNDED = ["uniform", "integer"];

/** How long messages take where all take the same time and arrive, µs; undefined elsewhere. Cuts are silences. */
function fixedDelay({ world }: Trace): Duration | undefined {
  const { network, faults } = world;
  if (network === undefined) return 0;
  if (faults?.tracks.map(disturbanceOf).some((effect) => effect !== undefined && effect.does !== "cut") === true) return undefined;
  const [first] = network.links;
  const alike = network.links.every(({ latency, loss }) => typeof latency === "number" && latency === first?.latency && loss === 0);
  return alike && first !== undefined ? Number(first.latency) : undefined;
}

export const DETECTION_TIME: Invariant = {
  id: "F1",
  statement:
    "Where the detector is a timeout, a worker that is not heard of is suspected, or heard again, within it, and the longest that a message may take, after it fell silent.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    const delay = longestDelay(trace);
    if (liveness === undefined || liveness.heartbeat.phi !== undefined || delay === undefined) return finding;
    const silences = new Silences(liveness.heartbeat.interval, { unlessMuted: isNetworked(trace.world) });
    const suspected = new Set<number>();
    const absent = new Set(joiningWorkers(trace.world)); // their links are there before them
    const due = new Map<number, Time>();
    let index = 0;
    for (const entry of trace.entries) {
      for (const [worker, time] of due) {
        if (entry.time <= time) continue;
        finding.check(
          index,
          entry.time,
          `worker ${worker} has been silent since ${time - delay - liveness.heartbeat.timeout}, and is not suspected`,
        );
        due.delete(worker);
      }
      silences.apply(entry);
      const { kind, worker } = entry;
      if (kind === EntryKind.suspected) {
        suspected.add(worker);
        if (due.has(worker)) finding.check(index, entry.time, undefined);
        due.delete(worker);
      } else if (kind === EntryKind.trusted || kind === EntryKind.left) suspected.delete(worker);
      if (kind === EntryKind.registered) absent.delete(worker);
      const since = worker < 0 || absent.has(worker) ? undefined : silences.since.get(worker);
      if (since === undefined || kind === EntryKind.registered) due.delete(worker);
      if (since !== undefined && !suspected.has(worker)) due.set(worker, since + delay + liveness.heartbeat.timeout);
      index += 1;
    }
    return finding;
  },
};

export const NO_FALSE_SUSPICION: Invariant = {
  id: "F2",
  statement:
    "Where the detector is a timeout, no message is lost and all take the same time, no worker is suspected that was silent for less than the timeout less one interval, by the slowest that its clock has run.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    const delay = fixedDelay(trace);
    if (liveness === undefined || liveness.heartbeat.phi !== undefined || delay === undefined) return finding;
    const { timeout, interval } = liveness.heartbeat;
    if (delay >= timeout) return finding; // the first heartbeat of all arrives too late
    const silences = new Silences(interval, { delay });
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, worker, time } = entry;
      silences.apply(entry);
      if (kind === EntryKind.suspected) {
        const isSilent = silences.since.has(worker) || silences.isAwaited(worker, time);
        const silence = isSilent ? time - (silences.earliest.get(worker) ?? time) : 0;
        finding.check(
          index,
          time,
          silence < timeout - silences.gap(worker) && `worker ${worker} is suspected after a silence of ${silence} µs`,
        );
      }
      index += 1;
    }
    return finding;
  },
};

export const SUSPECTED_ONCE: Invariant = {
  id: "F3",
  statement: "A worker is suspected, then heard again, in turn; a suspicion gives each attempt up once.",
  judge(trace) {
    const finding = new Finding();
    const suspected = new Set<number>();
    let index = 0;
    for (const { kind, worker, time } of trace.entries) {
      if (kind === EntryKind.suspected) {
        finding.check(index, time, suspected.has(worker) && `worker ${worker} is suspected a second time`);
        suspected.add(worker);
      } else if (kind === EntryKind.trusted) {
        finding.check(index, time, !suspected.has(worker) && `worker ${worker} is heard again, but was not suspected`);
        suspected.delete(worker);
      }
      index += 1;
    }
    return finding;
  },
};

export const STALE_REFUSED: Invariant = {
  id: "F4",
  statement:
    "The end of an attempt counts only while it is its task's newest and has not been given up; one that was given up is refused or stopped, and where no network lies between only if its worker was not told to stop it. Where attempts are given up at the end of their leases, no older attempt runs on beside a newer one, but where its worker's clock has run slower than the scheduler allows for.",
  judge(trace) {
    const finding = new Finding();
    if (trace.settings.liveness === undefined) return finding;
    const ledger = new Ledger(trace);
    const presence = new Presence(trace);
    const clocks = new Clocks();
    const { drift = 0, requeue } = trace.settings.liveness;
    const givenUp = new Map<number, number>(); // task → its newest attempt that was given up
    const networked = isNetworked(trace.world);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, attempt, time } = entry;
      if (kind === EntryKind.finished || kind === EntryKind.failed) {
        const stale = attempt <= (givenUp.get(task) ?? 0);
        finding.check(index, time, stale && `attempt ${attempt} of task ${task} ends, though it was given up`);
      }
      if (kind === EntryKind.refused) {
        const live = attempt > (givenUp.get(task) ?? 0) && !ledger.isTerminal(task);
        finding.check(index, time, live && `attempt ${attempt} of task ${task} is refused, though it was not given up`);
      }
      if (!networked && (kind === EntryKind.refused || kind === EntryKind.stopped)) {
        const gone = clocks.isWithin(entry.worker, drift) && !presence.has(task, attempt);
        finding.check(index, time, gone && `attempt ${attempt} of task ${task} runs on, though its worker had to stop it`);
      }
      if (kind === EntryKind.requeued || kind === EntryKind.lost) givenUp.set(task, attempt);
      ledger.apply(entry);
      presence.apply(entry);
      clocks.apply(entry);
      if (kind === EntryKind.started && requeue === "lease-end") {
        const other = presence
          .of(task, attempt - 1)
          .filter(({ worker }) => clocks.isWithin(worker, drift))
          .find((older) => presence.frozen[older.worker] === 0);
        finding.check(index, time, other && `task ${task} starts while its attempt ${other.attempt} runs on worker ${other.worker}`);
      }
      index += 1;
    }
    return finding;
  },
};

/** When the leases of attempts can be over at the earliest, as far as the entries tell when their workers were heard last. */
export class Leases {
  readonly #startedAt = new Map<number, Time>();
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
    const { kind, task, time } = entry;
    this.#silences.apply(entry);
    this.#clocks.apply(entry);
    if (kind === EntryKind.started) this.#startedAt.set(task, time);
  }

  /** Of the last attempt of a task, on its worker; Infinity for one that never fell silent, if its heartbeats come in time. */
  leastEnd(task: number, worker: number): Time {
    const started = this.#startedAt.get(task) ?? 0;
    const gap = this.#silences.gap(worker);
    if (gap > this.#lease) return started + this.#lease;
    return Math.max(started, heardBy(this.#silences, worker)) + this.#lease;
  }

  /** The same by the clock of its worker, which then stops it. */
  leastEndThere(task: number, worker: number): Time {
    const from = Math.max(this.#startedAt.get(task) ?? 0, heardBy(this.#silences, worker));
    return from === Number.POSITIVE_INFINITY ? from : this.#clocks.when(worker, this.#clocks.reading(worker, from) + this.#own);
  }
}

/** A time at or before that at which the worker was heard last; Infinity for one that never fell silent. */
function heardBy(silences: Silences, worker: number): Time {
  return (silences.earliest.get(worker) ?? Number.POSITIVE_INFINITY) - silences.gap(worker);
}

export const STOPPED_BY_ITS_CLOCK: Invariant = {
  id: "T5-clock",
  statement: "A worker stops an attempt for its lease only when that is over by its own clock.",
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
      if (kind === EntryKind.started) startedAt.set(name, time);
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
      index += 1;
    }
    return finding;
  },
};

export const GIVEN_UP_FOR_CAUSE: Invariant = {
  id: "T5",
  statement:
    "An attempt is given up for its lease only when that is over (by the scheduler after its last µs on the slowest clock that it allows for, by its worker in it by its own); for a suspicion, only where the settings say so and its worker is suspected; for an incarnation, only when another one registered, and then at once; for a drain, only when the limit of its worker is over, or its worker has answered since (over a network also one that has not begun there), and before it starts when that begins to drain.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    if (liveness === undefined) return finding;
    const lease = longestLease(liveness);
    const startedAt = new Map<number, Time>();
    const lapsed = new Set<string>(); // attempts that their workers stopped for their leases
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
    const drainedAt = new Set<Time>([...leaves.values()].map((leave) => leave.time));
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, time } = entry;
      leases.apply(entry);
      presence.apply(entry);
      restarts.apply(entry, finding, index);
      if (kind === EntryKind.requeued && worker < 0 && entry.reason === Reason.drain)
        finding.check(index, time, !drainedAt.has(time) && `the start of task ${task} is given up for a worker that does not leave then`);
      if (kind === EntryKind.started) startedAt.set(task, time);
      if (kind === EntryKind.began) begun.add(`${task}#${entry.attempt}`);
      if (kind === EntryKind.draining) draining.add(worker);
      if (kind === EntryKind.ended && entry.reason === Reason.lease) lapsed.add(`${task}#${entry.attempt}`);
      if (kind === EntryKind.suspected) suspected.add(worker);
      if (kind === EntryKind.trusted) suspected.delete(worker);
      if (kind === EntryKind.registered) registered.set(worker, time);
      if (kind === EntryKind.recalled && entry.reason === Reason.drain) {
        const leave = leaves.get(worker);
        const isOver = leave !== undefined && leave.time + leave.limit === time;
        finding.check(index, time, !isOver && `task ${task} is to be handed back, but the limit of worker ${worker} is not over then`);
        recalled.add(`${task}#${entry.attempt}`);
      }
      if ((kind === EntryKind.requeued || kind === EntryKind.lost) && worker >= 0) {
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
      if (reason === Reason.drain) {
        const leave = leaves.get(worker);
        const over = leave === undefined ? Number.POSITIVE_INFINITY : leave.time + leave.limit;
        if (time === over || recalled.has(`${task}#${attempt}`)) return undefined;
        if (networked && draining.has(worker) && !begun.has(`${task}#${attempt}`)) return undefined; // R4-drain has more
        return `task ${task} is handed back, but the limit of worker ${worker} is not over then`;
      }
      if (reason !== Reason.lease || lapsed.has(`${task}#${attempt}`)) return undefined;
      if (networked) {
        const over = (startedAt.get(task) ?? 0) + lease; // when it was renewed no entry tells
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
