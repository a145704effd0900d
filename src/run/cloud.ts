// Hires and gives back the instances of pools: asks the autoscaler, boots what is launched, and takes spot instances back.
//
// The autoscaler is asked at multiples of its interval, after that instant's pass, for as long as anything happens: its answer hangs on what
// it is told. So it rests after a while in which nothing has, till something does.
import { Reclaims } from "../cluster/reclaims.ts";
import { type CloudPlan, type Pool, poolOf } from "../model/cloud.ts";
import type { Recorder } from "../model/recorder.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import { Fleet } from "../scheduler/fleet.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { Event } from "./event-kinds.ts";
import type { FailingWorkers, RunClock } from "./failing-workers.ts";

/** So often the autoscaler is asked though nothing has happened. */
const MOST_UNCHANGED = 100;

/** The counters of its events: what is to come of it, and what comes. */
const Step = { first: 0, second: 1 } as const;

/** An instance that is there, or is to be. */
interface Instance {
  /** Which of those at its position it is, from 1 on. */
  number: number;
  /** When it is told that it will be taken back, and when it is. */
  noticeAt: Time;
  takenAt: Time;
}

export class Cloud {
  readonly #plan: CloudPlan;
  readonly #failing: FailingWorkers;
  readonly #recorder: Recorder;
  readonly #clock: RunClock;
  readonly #fleet: Fleet;
  readonly #reclaims: Reclaims;
  /** By position. */
  readonly #instances = new Map<number, Instance>();
  /** Whether the autoscaler is to be asked at a time; when it was asked last, and how often since anything has happened. */
  #isToAsk = false;
  #awaitsPass = false;
  #askedAt: Time = -1;
  #unchanged = 0;

  constructor(world: World, plan: CloudPlan, failing: FailingWorkers, scheduler: Scheduler, recorder: Recorder, clock: RunClock) {
    this.#plan = plan;
    this.#failing = failing;
    this.#recorder = recorder;
    this.#clock = clock;
    this.#fleet = new Fleet(scheduler, plan);
    this.#reclaims = new Reclaims(plan, world.workers.names);
    for (const pool of plan.pools)
      for (let worker = pool.first; worker < pool.first + pool.min; worker++) this.#lives(worker, this.#next(worker), pool);
    failing.onLeft = (worker) => this.#left(worker);
  }

  /** Something has happened of which the autoscaler may learn. */
  stirs(): void {
    this.#unchanged = 0;
    if (!this.#isToAsk) this.#askFrom(Math.max(this.#clock.now, this.#askedAt + 1));
  }

  #askFrom(time: Time): void {
    const { interval } = this.#plan.autoscaler;
    this.#isToAsk = true;
    this.#planEvent(Math.ceil(time / interval) * interval, Event.autoscale, 0, Step.first);
  }

  #planEvent(time: Time, kind: number, subject: number, counter: number): void {
    if (time > Number.MAX_SAFE_INTEGER) return; // the clock ends before
    this.#failing.planned += 1;
    this.#clock.planEvent(time, kind, subject, counter);
  }

  /** One of its events; says whether the scheduler has learnt anything from it. */
  handle(kind: number, worker: number, counter: number): boolean {
    this.#failing.planned -= 1;
    const { now } = this.#clock;
    if (kind === Event.autoscale) {
      if (counter === Step.second) return this.#ask();
      this.#awaitsPass = true;
      return false;
    }
    const instance = this.#instances.get(worker);
    const pool = poolOf(this.#plan, worker) as Pool;
    if (kind === Event.booted) this.#boots(worker, pool);
    else if (counter === Step.first && instance?.noticeAt === now) this.#warns(worker, instance, pool);
    else if (counter === Step.second && instance?.takenAt === now) this.#failing.takeAway(worker);
    else return false;
    this.stirs();
    return true;
  }

  /** A pass is over: if it is time, the autoscaler is asked in the next round. */
  passed(): void {
    if (!this.#awaitsPass) return;
    this.#awaitsPass = false;
    this.#planEvent(this.#clock.now, Event.autoscale, 0, Step.second);
  }

  #ask(): boolean {
    this.#isToAsk = false;
    this.#askedAt = this.#clock.now;
    const { launch, giveBack } = this.#fleet.ask(this.#askedAt);
    for (const worker of launch) this.#launches(worker);
    for (const worker of giveBack) this.#failing.letGo(worker);
    const acts = launch.length + giveBack.length > 0;
    this.#unchanged = acts || this.#fleet.hesitates ? 0 : this.#unchanged + 1;
    if (!this.#isToAsk && this.#unchanged <= MOST_UNCHANGED) this.#askFrom(this.#askedAt + 1);
    return giveBack.length > 0;
  }

  /** The instance that comes next at a position. */
  #next(worker: number): Instance {
    const before = this.#instances.get(worker)?.number ?? 0;
    const instance = { number: before + 1, noticeAt: Number.POSITIVE_INFINITY, takenAt: Number.POSITIVE_INFINITY };
    this.#instances.set(worker, instance);
    return instance;
  }

  #launches(worker: number): void {
    const { number } = this.#next(worker);
    this.#recorder.entry(this.#clock.now, EntryKind.launched, -1, worker, number, Reason.none);
    this.#failing.hires(worker);
    this.#planEvent(this.#clock.now + (poolOf(this.#plan, worker) as Pool).boot, Event.booted, worker, 0);
  }

  #boots(worker: number, pool: Pool): void {
    this.#fleet.booted(worker);
    this.#lives(worker, this.#instances.get(worker) as Instance, pool);
    this.#failing.boots(worker);
  }

  /** An instance is up, and may be taken back one day. */
  #lives(worker: number, instance: Instance, { spot }: Pool): void {
    if (spot === undefined) return;
    instance.noticeAt = this.#clock.now + this.#reclaims.lifetime(worker, instance.number, spot);
    this.#planEvent(instance.noticeAt, Event.reclaim, worker, Step.first);
  }

  /** It is said of an instance that it will be taken back: it is to leave, if it is not on its way already. */
  #warns(worker: number, instance: Instance, { spot }: Pool): void {
    const { now } = this.#clock;
    const notice = spot?.notice ?? 0;
    instance.noticeAt = Number.POSITIVE_INFINITY; // once, though one that has left may have left such an event behind
    this.#recorder.entry(now, EntryKind.reclaimed, -1, worker, instance.number, Reason.none);
    instance.takenAt = now + notice;
    if (this.#fleet.isUp(worker)) {
      this.#fleet.leaves(worker);
      this.#failing.letGo(worker);
    }
    if (notice === 0) this.#failing.takeAway(worker);
    else if (instance.takenAt === now + notice) this.#planEvent(instance.takenAt, Event.reclaim, worker, Step.second);
  }

  /** An instance is gone. */
  #left(worker: number): void {
    const instance = this.#instances.get(worker);
    if (instance === undefined) return;
    instance.noticeAt = Number.POSITIVE_INFINITY;
    instance.takenAt = Number.POSITIVE_INFINITY;
    this.#fleet.left(worker);
    this.stirs();
  }
}
