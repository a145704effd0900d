// Which workers' heartbeats are folded, over a network, and for how long: those that tell nothing new, as long as nothing else happens
// to the worker, on its link, or between it and the scheduler. Meanwhile its timers are set for when one of them has something to do.
import { FoldedHeartbeats, type Silence, type Waits } from "../cluster/folded-heartbeats.ts";
import type { Report } from "../cluster/cluster-host.ts";
import { type Message, messageOf } from "../cluster/message.ts";
import type { NetworkedCluster } from "../cluster/networked-cluster.ts";
import type { Post } from "../cluster/post.ts";
import { Event } from "./event-kinds.ts";
import type { RunClock } from "./failing-workers.ts";
import { MessageKind, type NetworkPlan } from "../model/network.ts";
import type { LivenessSettings } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Membership } from "../scheduler/membership.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** So many intervals heartbeats are computed ahead at least, and at most: else as long as they have been folded. */
const LEAST_AHEAD = 4;
const MOST_AHEAD = 256;

/** Heartbeats of a worker that are folded, and what each of them reports. */
interface Fold {
  beats: FoldedHeartbeats;
  readonly since: Time;
  readonly report: readonly Report[];
  readonly drains: boolean;
  /** Till when all its timers sleep but the one that is due then; −1 where they are set as if heartbeats were simulated. */
  due: Time;
  /** What will have come of heartbeats by then, where that was computed ahead. */
  ahead: FoldedHeartbeats | undefined;
}

export interface HeartbeatFoldsHost {
  readonly cluster: NetworkedCluster;
  readonly membership: Membership;
  readonly scheduler: Scheduler;
}

export class HeartbeatFolds {
  readonly #host: HeartbeatFoldsHost;
  readonly #clock: RunClock;
  readonly #post: Post<Message>;
  /** Hashes of workers' names. */
  readonly #lanes: readonly { high: number; low: number }[];
  /** By worker; undefined where heartbeats are simulated. */
  readonly #folds: (Fold | undefined)[];
  readonly #interval: Duration;
  /** Whether any are folded, and whether nothing comes of them where they come steadily: each heartbeat is answered before the next. */
  readonly #mayFold: boolean;
  readonly #maySleep: boolean;

  constructor(
    host: HeartbeatFoldsHost,
    clock: RunClock,
    post: Post<Message>,
    lanes: readonly { high: number; low: number }[],
    detail: NetworkPlan["detail"],
    { heartbeat, lease }: LivenessSettings,
  ) {
    const { interval, timeout, phi } = heartbeat;
    this.#host = host;
    this.#clock = clock;
    this.#post = post;
    this.#lanes = lanes;
    this.#folds = new Array<Fold | undefined>(lanes.length).fill(undefined);
    this.#interval = interval;
    this.#mayFold = detail === "folded";
    this.#maySleep = (timeout > interval || phi !== undefined) && lease > 2 * interval;
  }

  /** Whether a worker's heartbeats will arrive, and say what the scheduler believes, until something happens to either. */
  #tellNothingNew(worker: number): boolean {
    const { cluster, membership, scheduler } = this.#host;
    const { network } = this.#post;
    return (
      this.#post.underWay(worker).size === 0 &&
      cluster.canBeHeard(worker) &&
      membership.trusts(worker, cluster.incarnation(worker)) &&
      !scheduler.failover.awaitsStopOn(worker) &&
      cluster.unansweredEnds(worker).length === 0 &&
      cluster.unansweredSize(worker) === undefined &&
      cluster.drains(worker) === membership.isDraining(worker) &&
      cluster.holdsJust(worker, membership) &&
      !network.isHalted(MessageKind.heartbeat, worker) &&
      !network.isHalted(MessageKind.heard, worker)
    );
  }

  /** A heartbeat of a worker is due, which is not simulated if it tells nothing new: from now on they are folded. Says whether they are. */
  begin(worker: number): boolean {
    if (!this.#mayFold || !this.#tellNothingNew(worker)) return false;
    const { cluster, membership } = this.#host;
    const lanes = this.#lanes[worker] as { high: number; low: number };
    const beating = { worker, lanes, incarnation: cluster.incarnation(worker), areCounted: membership.countsBeats };
    const beats = FoldedHeartbeats.from(this.#clock.now, this.#post.network, cluster.heartbeats, beating);
    beats.advance(this.#clock.now, true, false);
    membership.mayHear(worker);
    const [report, drains] = [cluster.report(worker), cluster.drains(worker)];
    this.#folds[worker] = { beats, since: this.#clock.now, report, drains, due: -1, ahead: undefined };
    return true;
  }

  /** A timer is there of a worker whose heartbeats are folded: whether it has nothing to do. Then it is set again for when it may have. */
  sleepsOn(worker: number): boolean {
    const fold = this.#folds[worker];
    if (fold === undefined) return false;
    if (fold.due > this.#clock.now) return true; // it was set before they slept
    if (fold.ahead === undefined) fold.beats.advance(this.#clock.now, true, true);
    else fold.beats = fold.ahead;
    this.#tell(worker, fold.beats);
    this.#planAhead(worker, fold);
    return fold.due > this.#clock.now;
  }

  /** Computes heartbeats ahead until one of a worker's timers has something to do, or for a while: till then, they sleep. */
  #planAhead(worker: number, fold: Fold): void {
    const { cluster, membership } = this.#host;
    const { now } = this.#clock;
    const { beats } = fold;
    let silence: Silence | undefined;
    if (this.#maySleep && beats.areSteady && beats.answered >= 0) {
      fold.due = Number.POSITIVE_INFINITY;
      fold.ahead = undefined;
    } else {
      const span = Math.min(Math.max(now - fold.since, LEAST_AHEAD * this.#interval), MOST_AHEAD * this.#interval);
      const till = Math.min(now + span, Number.MAX_SAFE_INTEGER);
      ({ beats: fold.ahead, time: fold.due, silence } = beats.ahead(till, this.#waits(worker)));
      if (fold.due <= now) return;
    }
    cluster.sleeps(worker, silence === "worker-lease" ? fold.due : Number.POSITIVE_INFINITY);
    membership.sleeps(worker, silence === "worker-lease" ? Number.POSITIVE_INFINITY : fold.due, silence === "scheduler-lease");
  }

  #waits(worker: number): Waits {
    const { cluster, membership } = this.#host;
    return {
      trusted: membership.lastSeen(worker) + membership.leastPatience,
      leastPatience: membership.leastPatience,
      trustedTill: (arrivals) => membership.trustedTill(worker, arrivals),
      held: membership.heldTill(worker),
      heldFor: membership.heldFor,
      leased: cluster.leasedTill(worker),
      leaseFrom: (beat) => cluster.leaseFrom(worker, beat),
    };
  }

  /** Tells both ends what has come of a worker's heartbeats. */
  #tell(worker: number, beats: FoldedHeartbeats): void {
    const { cluster, membership } = this.#host;
    const { newest, heard, firstHeard, answered, arrivals } = beats;
    if (arrivals.length > 0 && !beats.areSteady) membership.heardEach(worker, newest, arrivals);
    else if (newest >= 0) membership.heardMeanwhile(worker, newest, heard, firstHeard, cluster.heartbeats);
    if (answered >= 0) cluster.renew(worker, answered);
    beats.arrivals = [];
  }

  /** From now on a worker's heartbeats are simulated: those under way too. */
  unfold(worker: number): void {
    const fold = this.#folds[worker];
    if (fold === undefined) return;
    this.#folds[worker] = undefined;
    const { cluster, membership, scheduler } = this.#host;
    const { beats, report, drains, due } = fold;
    beats.advance(this.#clock.now, this.#clock.isOver(Event.heard, worker), this.#clock.isOver(Event.message, worker));
    this.#tell(worker, beats);
    if (due >= 0) {
      membership.wakes(worker);
      cluster.wakes(worker);
    }
    if (beats.newest >= 0)
      for (const { task, attempt } of report) {
        const seat = scheduler.seatOf(task, attempt);
        if (seat >= 0) membership.told(seat, beats.newest);
      }
    const incarnation = cluster.incarnation(worker);
    const underWay = this.#post.underWay(worker);
    this.#post.network.goOnFrom(worker, beats.link);
    for (const { kind, number, sent, arrives, beat } of beats.flights) {
      const isBeat = kind === MessageKind.heartbeat;
      const content = isBeat ? { report, drains } : { answers: beat };
      this.#post.carry(worker, underWay.get(number) ?? messageOf(kind, worker, number, incarnation, sent, content), arrives);
    }
    cluster.planBeat(worker, beats.next);
  }
}
