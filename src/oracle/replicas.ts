// L1 to L8: replicas of a scheduler agree on one log, by Raft, and do nothing before it says so.
import { type LogEntry, LogStep } from "../model/log-entry.ts";
import { MessageFate, MessageKind } from "../model/network.ts";
import { replicaOf } from "../model/replication.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { ReplicatedLogs } from "./replicated-log.ts";

export const ONE_LEADER: Invariant = {
  id: "L1",
  statement: "At most one replica is elected in a term; who leads was elected in that term; and they lead in later and later terms.",
  judge(trace) {
    const finding = new Finding();
    const elected = new Map<number, number>();
    let latest = 0;
    let index = 0;
    for (const { time, kind, worker, attempt: term } of trace.entries) {
      if (kind === EntryKind.elected) {
        const other = elected.get(term);
        finding.check(
          index,
          time,
          other !== undefined && `replica ${replicaOf(worker)} is elected in term ${term}, as ${replicaOf(other)} was`,
        );
        elected.set(term, worker);
      } else if (kind === EntryKind.led) {
        const why = elected.get(term) !== worker ? "in which it was not elected" : term <= latest ? "after a later one" : undefined;
        finding.check(index, time, why && `replica ${replicaOf(worker)} leads in term ${term}, ${why}`);
        latest = Math.max(latest, term);
      }
      index += 1;
    }
    return finding;
  },
};

/** What a look at each step of the log finds. */
type LogCheck = (finding: Finding, trace: Trace) => void;

function overLog(id: string, statement: string, look: LogCheck): Invariant {
  return {
    id,
    statement,
    judge(trace) {
      const finding = new Finding();
      look(finding, trace);
      return finding;
    },
  };
}

export const LEADERS_ONLY_ADD: Invariant = overLog(
  "L2",
  "Where messages are told, a leader only adds to its log: nothing on its disk is replaced while it leads.",
  (finding, { log = [], world }) => {
    const logs = new ReplicatedLogs(world.replicas?.count ?? 0);
    const leading = new Map<number, number>();
    for (const entry of log) {
      const { step, replica, current, index, hash, time } = entry;
      if (step === LogStep.elected) leading.set(replica, current);
      else if (step === LogStep.follows) leading.delete(replica);
      else if (step === LogStep.persisted && leading.get(replica) === current) {
        const before = logs.hashOn(replica, index);
        finding.check(
          0,
          time,
          before !== undefined && before !== hash && `replica ${replica} replaces entry ${index} of its log while it leads`,
        );
      }
      logs.apply(entry);
    }
  },
);

export const LOGS_MATCH: Invariant = overLog(
  "L3",
  "Where messages are told, entries of one index and term are the same everywhere, and so is all that stands before them.",
  (finding, { log = [] }) => {
    const hashes = new Map<string, number>();
    for (const { step, index, term, hash, time, replica } of log) {
      if (step === LogStep.elected || step === LogStep.follows || index === 0) continue;
      const key = `${index} ${term}`;
      const known = hashes.get(key);
      finding.check(
        0,
        time,
        known !== undefined && known !== hash && `replica ${replica} has another entry ${index} of term ${term} than others have`,
      );
      if (known === undefined) hashes.set(key, hash);
    }
  },
);

export const LEADERS_ARE_COMPLETE: Invariant = overLog(
  "L4",
  "Where messages are told, who is elected has all that was committed in earlier terms.",
  (finding, { log = [], world }) => {
    const logs = new ReplicatedLogs(world.replicas?.count ?? 0);
    for (const entry of log) {
      const { step, replica, current, time } = entry;
      if (step === LogStep.elected) {
        let lacks = 0;
        for (let index = logs.committed; index > 0 && lacks === 0; index--)
          if ((logs.terms[index] as number) < current && !logs.has(replica, index, logs.hashes[index])) lacks = index;
        finding.check(0, time, lacks > 0 && `replica ${replica} is elected in term ${current} without entry ${lacks}, which is committed`);
      }
      logs.apply(entry);
    }
  },
);

export const APPLIED_ALIKE: Invariant = overLog(
  "L5",
  "Where messages are told, replicas that have applied equally much have applied the same, and their states are equal.",
  (finding, { log = [] }) => {
    const applied = new Map<number, { hash: number; state: number }>();
    for (const { step, index, hash, state, time, replica } of log) {
      if ((step !== LogStep.applied && step !== LogStep.restored) || index === 0) continue;
      const known = applied.get(index);
      const isOther = known !== undefined && (known.hash !== hash || known.state !== state);
      finding.check(0, time, isOther && `replica ${replica} has another state after entry ${index} than others have`);
      if (known === undefined) applied.set(index, { hash, state });
    }
  },
);

export const APPLIED_WHEN_COMMITTED: Invariant = overLog(
  "L6",
  "Where messages are told, what a replica applies is committed: on the disks of a majority, with an entry of its leader's own term; so that it survives the loss of any minority.",
  (finding, { log = [], world }) => {
    const logs = new ReplicatedLogs(world.replicas?.count ?? 0);
    for (const entry of log) {
      const { step, replica, index, hash, time } = entry;
      if (step === LogStep.applied) {
        const known = logs.hashes[index];
        const isOther = known !== undefined && known !== hash;
        const why = index > logs.committed ? "is not committed" : isOther ? "is another than was committed" : undefined;
        finding.check(0, time, why && `replica ${replica} applies entry ${index}, which ${why}`);
      }
      logs.apply(entry);
    }
  },
);

export const STARTED_WHEN_COMMITTED: Invariant = {
  id: "L7",
  statement:
    "Where messages are told, a start is sent only when a replica has applied its assignment, and says where that stands in the log; a worker takes no order of a term earlier than the latest that it knows of, and begins nothing of which it knows a later start.",
  judge({ log = [], messages = [], world, entries }) {
    const finding = new Finding();
    if (world.replicas === undefined) return finding;
    const assigned = new Map<string, LogEntry>();
    for (const entry of log) {
      const key = `${entry.task} ${entry.attempt}`;
      if (entry.step === LogStep.applied && entry.task >= 0 && !assigned.has(key)) assigned.set(key, entry);
    }
    const latest = new Float64Array(world.workers.count);
    /** By task and worker, where the assignment stands of the latest start that the worker has got. */
    const known = new Map<string, number>();
    /** Attempts whose starts a worker has got from a leader that it may believe, and of which it knew no later one. */
    const told = new Set<string>();
    for (const { fate, kind, worker, task, attempt, term = 0, index = 0, time } of messages) {
      const key = `${task} ${attempt}`;
      if (kind === MessageKind.start && fate === MessageFate.sent)
        finding.check(0, time, wrongStart(assigned.get(key), { task, attempt, index, time }));
      if (worker < 0 || fate !== MessageFate.delivered || term === 0) continue;
      const isOfLeader = term >= (latest[worker] as number);
      latest[worker] = Math.max(latest[worker] as number, term);
      if (kind !== MessageKind.start || !isOfLeader || index < (known.get(`${task} ${worker}`) ?? 0)) continue;
      known.set(`${task} ${worker}`, index);
      told.add(`${key} ${worker}`);
    }
    let index = 0;
    for (const { kind, task, worker, attempt, time } of entries) {
      if (kind === EntryKind.began)
        finding.check(
          index,
          time,
          messages.length > 0 &&
            !told.has(`${task} ${attempt} ${worker}`) &&
            `attempt ${attempt} of task ${task} begins, though only who leads no more has sent it, or it was overtaken`,
        );
      index += 1;
    }
    return finding;
  },
};

/** What is wrong with a start that is sent; `assigned`: the step by which its assignment was applied first. */
function wrongStart(assigned: LogEntry | undefined, start: Pick<LogEntry, "task" | "attempt" | "index" | "time">): string | undefined {
  const { task, attempt, index, time } = start;
  const what = `attempt ${attempt} of task ${task} is sent`;
  if (assigned === undefined || assigned.time > time) return `${what} before it is committed`;
  return assigned.index === index ? undefined : `${what} as entry ${index} of the log says, though entry ${assigned.index} assigns it`;
}

export const LEASES_EXCLUDE: Invariant = {
  id: "L8",
  statement:
    "Where messages are told, leaders step down that no majority answers, and replicas' clocks drift by no more than is allowed for, leases of workers are renewed only while no later leader was elected; where they have drifted by more, the assumption is violated.",
  judge({ entries, messages = [], world }) {
    const finding = new Finding();
    if (world.replicas?.checkQuorum !== true) return finding;
    const elections: { time: number; term: number }[] = [];
    let driftsSince = Number.POSITIVE_INFINITY;
    for (const { kind, time, attempt } of entries) {
      if (kind === EntryKind.elected) elections.push({ time, term: attempt });
      if (kind === EntryKind.replicaDrifted && Math.abs(attempt - 1_000_000) > world.replicas.drift)
        driftsSince = Math.min(driftsSince, time);
    }
    let [next, latest] = [0, 0];
    for (const { kind, fate, term = 0, time } of messages) {
      for (; next < elections.length && (elections[next] as { time: number }).time < time; next++)
        latest = Math.max(latest, (elections[next] as { term: number }).term);
      if (kind !== MessageKind.heard || fate !== MessageFate.sent) continue;
      const excuse = driftsSince < time ? "assumption violated, clocks of replicas drift by more than leases allow for: " : "";
      finding.check(0, time, term < latest && `${excuse}a leader of term ${term} renews leases, though one of term ${latest} was elected`);
    }
    return finding;
  },
};
