// L9 and L10: replicas of a scheduler that are left in peace come to a leader, and to the same state.
import { type LogEntry, LogStep } from "../model/log-entry.ts";
import type { ReplicationSettings } from "../model/replication.ts";
import type { Trace } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { Calm } from "./calm.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { LeaderWatch } from "./leader-watch.ts";

/** As unlikely an election without end is to be as this, for one that takes longer to count as a fault. */
const RARE = 1e-12;

/**
 * How long a majority that is left in peace may be without a leader; undefined where that cannot be told: messages may be lost or take
 * drawn times, or elections take too long. Another stands for election too if its timeout ends before it has voted, which takes three
 * messages and a write; so often that can happen in a row.
 */
function longestElection({ link, sync, electionTimeout, count }: ReplicationSettings): Duration | undefined {
  const { least, most } = electionTimeout;
  const { latency, loss } = link;
  if (typeof latency !== "number" || loss > 0 || 5 * latency + 2 * sync >= least) return undefined;
  const pairs = (count * (count - 1)) / 2;
  const split = (pairs * 2 * (3 * latency + sync + 1)) / Math.max(1, most - least);
  if (split >= 0.5) return undefined;
  let rounds = 1;
  for (let probability = split; probability >= RARE; probability *= split) rounds += 1;
  return (rounds + 2) * (least + most);
}

export const LED_IN_THE_END: Invariant = {
  id: "L9",
  statement:
    "Where no message between replicas is lost or takes a drawn time, and five of them and two writes take less than the least election timeout: when nothing has befallen a majority of replicas that vote, their links, disks and clocks, and none was asked to hand over, for k + 2 election timeouts, and as many of the least, one of them leads; with k so that as many elections in a row are split with a probability below 10^-12.",
  judge(trace) {
    const finding = new Finding();
    const { replicas } = trace.world;
    const longest = replicas && longestElection(replicas);
    if (longest === undefined) return finding;
    const calm = new Calm(trace);
    const leaders = new LeaderWatch();
    let looked: Time | undefined;
    /** Up to a time nothing else has happened. */
    const look = (index: number, until: Time) => {
      const { since } = calm;
      if (since === undefined || since === looked || until <= since + longest) return;
      looked = since;
      finding.check(index, since + longest, !leaders.isLed && `no replica leads, though nothing has befallen them since ${since}`);
    };
    let index = 0;
    for (const entry of trace.entries) {
      while (calm.nextTurn <= entry.time) {
        look(index, calm.nextTurn);
        calm.turn();
      }
      look(index, entry.time);
      calm.apply(entry);
      leaders.apply(entry);
      index += 1;
    }
    look(index, Math.min(trace.ending.time, calm.nextTurn));
    return finding;
  },
};

/** How long one that is left in peace takes at most to have applied what others have: it is found where the logs agree, or a snapshot is sent, and then all entries. */
function longestCatchUp({ link, sync, electionTimeout, heartbeat, batch }: ReplicationSettings, entries: number): Duration | undefined {
  const { latency, loss } = link;
  if (typeof latency !== "number" || loss > 0) return undefined;
  const rounds = 4 + Math.ceil(entries / batch);
  return 2 * (electionTimeout.least + electionTimeout.most) + rounds * (heartbeat + 2 * latency + sync);
}

export const ALIKE_IN_THE_END: Invariant = {
  id: "L10",
  statement:
    "Where messages are told, and those between replicas are not lost and take no drawn times: if nothing has befallen a majority of replicas that vote, their links, disks and clocks for two election timeouts, as many of the least, and a heartbeat, a round and a write for each message with entries before the end, and one of them has led all that time, then each that votes and is up has applied all that any had applied before, and is in the same state as any was that had applied as much.",
  judge(trace) {
    const finding = new Finding();
    const { log = [], world, ending, entries } = trace;
    const last = log.reduce((most, { index }) => Math.max(most, index), 0);
    const longest = world.replicas && longestCatchUp(world.replicas, last);
    const peace = longest === undefined ? undefined : calmAtTheEnd(trace, ending.time - longest);
    if (longest === undefined || peace === undefined || log.length === 0) return finding;
    const due = ending.time - longest;
    let least = 0;
    const reached = new Map<number, { index: number; state: number }>();
    for (const { step, time, replica, index, state } of log) {
      if (step === LogStep.lost) reached.delete(replica);
      if (!isApplied({ step })) continue;
      reached.set(replica, { index, state });
      if (time <= due) least = Math.max(least, index);
    }
    for (const [replica, { index, state }] of [...reached].sort(([a], [b]) => a - b)) {
      if (!peace.isWell(replica)) continue;
      const isOther = log.some((one) => isApplied(one) && one.index === index && one.state !== state);
      const lacks = index < least && `has applied ${index} entries of ${least} in the end`;
      const why = lacks || (isOther && "ends in another state than others were in after as many entries");
      finding.check(entries.length, ending.time, why && `replica ${replica} ${why}`);
    }
    return finding;
  },
};

function isApplied({ step }: Pick<LogEntry, "step">): boolean {
  return step === LogStep.applied || step === LogStep.restored;
}

/** Who is well, if nothing has befallen a majority from a time on to the end, and one has led all that time. */
function calmAtTheEnd(trace: Trace, from: Time): Calm | undefined {
  const calm = new Calm(trace);
  const leaders = new LeaderWatch();
  let wasLed = false;
  for (const entry of trace.entries) {
    while (calm.nextTurn <= entry.time) calm.turn();
    calm.apply(entry);
    leaders.apply(entry);
    if (entry.time <= from) wasLed = leaders.isLed;
    else wasLed &&= leaders.isLed;
  }
  while (calm.nextTurn <= trace.ending.time) calm.turn();
  return wasLed && calm.since !== undefined && calm.since <= from ? calm : undefined;
}
