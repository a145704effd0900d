// The oracle: the registry of invariants, and the verdict of each on a trace.
//
// Not here, because one trace cannot show it: E3 (same seed, same digest), E8 (metrics recomputed), P7, P8 and P10 compare
// runs or look at a policy: they are law suites. R6 (belief equals truth) has one state in a trace, not two.
import { clientOf } from "../model/clients.ts";
import { aboutCommand, aboutFile, aboutReplica, aboutWorker, EntryKind, Reason, type Trace } from "../model/trace.ts";
import { ANSWERS_ARE_TRUE, ANSWERS_IN_REAL_TIME, CALLED_AND_DONE_ONCE, LOST_WITH_LEADERS } from "./answers.ts";
import { ANCHORS } from "./anchors.ts";
import { ASKS, DEADLOCKS } from "./asks.ts";
import { ATTEMPT_BUDGET } from "./attempt-budget.ts";
import { BUSY_TIME } from "./busy-time.ts";
import { CANCELLATION } from "./cancellation.ts";
import { CAPACITY } from "./capacity.ts";
import { CHECKPOINTING } from "./checkpointing.ts";
import { CONSERVATION } from "./conservation.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import { DETECTION_TIME, NO_FALSE_SUSPICION, NOTHING_TO_THE_CLOSED, STALE_REFUSED, SUSPECTED_ONCE } from "./detection.ts";
import { GIVEN_UP_FOR_CAUSE, STOPPED_BY_ITS_CLOCK } from "./leases.ts";
import { DISKS } from "./disks.ts";
import { RECALLING } from "./recalling.ts";
import { DRAINING } from "./draining.ts";
import { DUE_DATES } from "./due-dates.ts";
import { ENVIRONMENTS } from "./environments.ts";
import { LOCALITY } from "./locality.ts";
import { LOST_OUTPUTS } from "./lost-outputs.ts";
import { TRANSFERS } from "./transfers.ts";
import { EVENT_ORDER, ROUNDS } from "./event-order.ts";
import { EXACT_PROGRESS, TIMEOUTS } from "./exact-progress.ts";
import { FLOW_INTEGRAL } from "./flow-integral.ts";
import { BOOTS, NOTICES, PAID_ONCE, POOL_SIZES } from "./hiring.ts";
import { IDLE_AT_END } from "./idle-at-end.ts";
import type { Invariant, JudgeOptions, Judgement, Verdict } from "./invariant.ts";
import { LIFECYCLE } from "./lifecycle.ts";
import { ANSWERS, SUBMITTED_BY_MESSAGE } from "./clients.ts";
import { BEGUN_AND_ENDED_ONCE, DEAD_HEAR_NOTHING, DISTURBED_WHERE_ENABLED, MESSAGES_CONSERVED, NOTHING_CROSSES_A_CUT } from "./messages.ts";
import { GRAHAM_BOUND, LOWER_BOUNDS } from "./makespan-bounds.ts";
import { MONOTONE_TIME } from "./monotone-time.ts";
import { NOTIFICATIONS } from "./notifications.ts";
import { PLACEMENT_CONSTRAINTS } from "./placement-constraints.ts";
import { PREEMPTION_LIMITS, VICTIMS } from "./preemption.ts";
import { RANK_ORDER } from "./rank-order.ts";
import { RELEASED_ONCE } from "./released-once.ts";
import {
  APPLIED_ALIKE,
  APPLIED_WHEN_COMMITTED,
  LEADERS_ARE_COMPLETE,
  LEADERS_ONLY_ADD,
  LEASES_EXCLUDE,
  LOGS_MATCH,
  ONE_LEADER,
  STARTED_WHEN_COMMITTED,
} from "./replicas.ts";
import { ALIKE_IN_THE_END, LED_IN_THE_END } from "./replica-progress.ts";
import { SHRINKING } from "./shrinking.ts";
import { SINGLE_COMPLETION } from "./single-completion.ts";
import { SHARES } from "./shares.ts";
import { SPECULATION } from "./speculation.ts";
import { TOLD_PROGRESS } from "./told-progress.ts";
import { TURNOVER } from "./turnover.ts";
import { WORK_CONSERVATION } from "./work-conservation.ts";
import { replicaOf } from "../model/replication.ts";

/** Every invariant that one trace can show, in the order of the catalogue. */
export const INVARIANTS: readonly Invariant[] = [
  MONOTONE_TIME,
  EVENT_ORDER,
  ROUNDS,
  DEPENDENCIES,
  LIFECYCLE,
  CONSERVATION,
  SINGLE_COMPLETION,
  GIVEN_UP_FOR_CAUSE,
  STOPPED_BY_ITS_CLOCK,
  ATTEMPT_BUDGET,
  NOTIFICATIONS,
  EXACT_PROGRESS,
  CHECKPOINTING,
  ENVIRONMENTS,
  TRANSFERS,
  LOST_OUTPUTS,
  ANCHORS,
  CANCELLATION,
  DUE_DATES,
  TIMEOUTS,
  PREEMPTION_LIMITS,
  CAPACITY,
  SHRINKING,
  RELEASED_ONCE,
  DISKS,
  PLACEMENT_CONSTRAINTS,
  NOTHING_TO_THE_CLOSED,
  TURNOVER,
  POOL_SIZES,
  PAID_ONCE,
  BOOTS,
  NOTICES,
  RECALLING,
  DRAINING,
  WORK_CONSERVATION,
  LOCALITY,
  RANK_ORDER,
  VICTIMS,
  LOWER_BOUNDS,
  GRAHAM_BOUND,
  FLOW_INTEGRAL,
  BUSY_TIME,
  IDLE_AT_END,
  DETECTION_TIME,
  NO_FALSE_SUSPICION,
  SUSPECTED_ONCE,
  STALE_REFUSED,
  DEAD_HEAR_NOTHING,
  MESSAGES_CONSERVED,
  NOTHING_CROSSES_A_CUT,
  DISTURBED_WHERE_ENABLED,
  BEGUN_AND_ENDED_ONCE,
  SUBMITTED_BY_MESSAGE,
  ANSWERS,
  TOLD_PROGRESS,
  SPECULATION,
  SHARES,
  ASKS,
  DEADLOCKS,
  ONE_LEADER,
  LEADERS_ONLY_ADD,
  LOGS_MATCH,
  LEADERS_ARE_COMPLETE,
  APPLIED_ALIKE,
  APPLIED_WHEN_COMMITTED,
  STARTED_WHEN_COMMITTED,
  LEASES_EXCLUDE,
  LED_IN_THE_END,
  ALIKE_IN_THE_END,
  ANSWERS_ARE_TRUE,
  ANSWERS_IN_REAL_TIME,
  CALLED_AND_DONE_ONCE,
  LOST_WITH_LEADERS,
];

/**
 * The verdict of every invariant on a trace. Reads the trace alone; `options` hands in what a trace cannot hold. Entries about
 * tasks or workers that are not in its world break T2, and nothing else is judged then.
 */
export function judge(trace: Trace, options: JudgeOptions = {}): Verdict[] {
  const stray = strayEntry(trace);
  return INVARIANTS.map((invariant) => {
    if (stray === undefined) return verdict(invariant, invariant.judge(trace, options));
    return verdict(invariant, invariant === LIFECYCLE ? stray : { premises: 0 });
  });
}

function verdict({ id, statement }: Invariant, { premises, violation }: Judgement): Verdict {
  if (violation !== undefined) return { id, statement, verdict: "violated", premises, violation };
  return { id, statement, verdict: premises > 0 ? "held" : "never exercised", premises };
}

const KINDS: ReadonlySet<number> = new Set(Object.values(EntryKind));
const REASONS: ReadonlySet<number> = new Set(Object.values(Reason));

function strayEntry(trace: Trace): Judgement | undefined {
  const { tasks, workers } = trace.world;
  let index = 0;
  for (const { time, kind, task, worker, attempt, reason } of trace.entries) {
    const known = KINDS.has(kind) && REASONS.has(reason) && worker < workers.count && task < tasks.count;
    const least = kind === EntryKind.linked && trace.world.network?.clients !== undefined ? -1 : 0;
    const isFile = !aboutFile(kind) || (attempt >= 0 && attempt < (trace.world.data?.files.count ?? 0));
    const replica = aboutReplica(kind) ? replicaOf(worker) : -1;
    const isReplica = replica >= 0 && replica < (trace.world.replicas?.count ?? 0);
    const client = clientOf(worker);
    const isClient = client >= 0 && client < (trace.world.clients?.count ?? 0);
    const told = aboutReplica(kind)
      ? isReplica && task === -1
      : aboutCommand(kind)
        ? isClient || (kind === EntryKind.applied && worker === -1) || (kind === EntryKind.forgone && worker >= -1)
        : aboutWorker(kind)
          ? worker >= least && task === -1
          : task >= 0 && worker >= -1;
    if (!known || !told || !isFile)
      return { premises: 1, violation: { entry: index, time, message: `entry ${index} is about what is not in the world` } };
    index += 1;
  }
  return undefined;
}

export { type Linearizability, searchLinearizations } from "./linearizability.ts";
