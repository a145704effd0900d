// R4, F1, F2, F3, F4: what the scheduler learns of its workers, when, and what it does about it.
import { EntryKind, Reason, type Trace } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { disturbanceOf, isNetworked, joiningWorkers } from "../model/world.ts";
import { Clocks } from "./clocks.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, releases, takes } from "./ledger.ts";
import { Presence } from "./presence.ts";
import { Silences } from "./silences.ts";

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
      if (kind === EntryKind.launched) away.set(worker, "has not joined");
      if (kind === EntryKind.launched) suspected.delete(worker);
      const sent = takes(entry) || kind === EntryKind.assigned;
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
    "Where the detector is a timeout and the scheduler one process, a worker that is not heard of is suspected, or heard again, within it, and the longest that a message may take, after it fell silent.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    const delay = longestDelay(trace);
    if (liveness === undefined || liveness.heartbeat.phi !== undefined || delay === undefined || trace.world.replicas) return finding;
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
      if (kind === EntryKind.launched) absent.add(worker);
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
    "Where the detector is a timeout, the scheduler one process, no message is lost and all take the same time, no worker is suspected that was silent for less than the timeout less one interval, by the slowest that its clock has run.",
  judge(trace) {
    const finding = new Finding();
    const { liveness } = trace.settings;
    const delay = fixedDelay(trace);
    if (liveness === undefined || liveness.heartbeat.phi !== undefined || delay === undefined || trace.world.replicas) return finding;
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
      } else if (kind === EntryKind.launched) suspected.delete(worker); // another instance
      index += 1;
    }
    return finding;
  },
};

/** Why the scheduler has one of two attempts stopped. */
const WITHDRAWN: readonly Reason[] = [Reason.client, Reason.drain, Reason.shrink, Reason.preemption, Reason.overtaken];

export const STALE_REFUSED: Invariant = {
  id: "F4",
  statement:
    "The end of an attempt counts only while it is its task's newest, or a copy or what that runs beside, and has not been given up; the completion of one that was given up is accepted if and only if its task has not ended, and was not started again; else it is refused or stopped, and where no network lies between only if its worker was not told to stop it. Where attempts are given up at the end of their leases, no older attempt runs on beside a newer one, but for those of two that are to stop, and where its worker's clock has run slower than the scheduler allows for.",
  judge(trace) {
    const finding = new Finding();
    if (trace.settings.liveness === undefined) return finding;
    const ledger = new Ledger(trace);
    const presence = new Presence(trace);
    const clocks = new Clocks();
    const { drift = 0, requeue } = trace.settings.liveness;
    const givenUp = new Set<string>(); // attempts
    const told = new Set<string>(); // of two attempts, those that were told to stop, and for which nobody waits
    const networked = isNetworked(trace.world);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, attempt, time } = entry;
      const key = `${task}#${attempt}`;
      if (kind === EntryKind.finished || kind === EntryKind.failed) {
        const stale = givenUp.has(key);
        finding.check(index, time, stale && `attempt ${attempt} of task ${task} ends, though it was given up`);
      }
      if (kind === EntryKind.refused) {
        const live = !givenUp.has(key) && !ledger.isTerminal(task);
        finding.check(index, time, live && `attempt ${attempt} of task ${task} is refused, though it was not given up`);
        const isNewest = entry.reason === Reason.none && attempt === ledger.current(task) && !ledger.isTerminal(task);
        finding.check(
          index,
          time,
          isNewest && `attempt ${attempt} of task ${task} is refused, though it has completed and none has started since`,
        );
      }
      if (kind === EntryKind.accepted) {
        const isOlder = attempt !== ledger.current(task) || !ledger.givenUpOn.has(task);
        finding.check(
          index,
          time,
          isOlder && `attempt ${attempt} of task ${task} is accepted, though it is not the newest, or was not given up`,
        );
      }
      if (!networked && (kind === EntryKind.refused || kind === EntryKind.stopped || kind === EntryKind.accepted)) {
        const gone = clocks.isWithin(entry.worker, drift) && !presence.has(task, attempt);
        finding.check(index, time, gone && `attempt ${attempt} of task ${task} runs on, though its worker had to stop it`);
      }
      if (kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.dropped) givenUp.add(key);
      if (kind === EntryKind.dropped && WITHDRAWN.includes(entry.reason)) told.add(key);
      ledger.apply(entry);
      presence.apply(entry);
      clocks.apply(entry);
      if (kind === EntryKind.started && requeue === "lease-end") {
        const other = presence
          .of(task, attempt - 1)
          .filter((older) => clocks.isWithin(older.worker, drift) && !told.has(`${task}#${older.attempt}`))
          .find((older) => presence.frozen[older.worker] === 0);
        finding.check(index, time, other && `task ${task} starts while its attempt ${other.attempt} runs on worker ${other.worker}`);
      }
      index += 1;
    }
    return finding;
  },
};
