// How a run ends: complete, or why it goes no further, told to the one who reads it.
import type { FailingWorkers } from "./failing-workers.ts";
import { nameAt } from "../model/columns.ts";
import type { Ending } from "../model/trace.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import { MAX_RETRIES, type World } from "../model/world.ts";
import { MOST_RERANKED } from "../scheduler/ranking.ts";
import type { Asks } from "../scheduler/asks.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { SchedulerSeat } from "./scheduler-seat.ts";
import type { IdleWatch } from "./idle-watch.ts";

/** Ends of a run that more tasks, or fewer, may undo. */
const RESUMABLE: readonly Ending["kind"][] = ["complete", "policy-idle", "starved"];

export class Endings {
  readonly #world: World;
  readonly #seat: SchedulerSeat;
  readonly #failing: FailingWorkers | undefined;

  constructor(world: World, seat: SchedulerSeat, failing: FailingWorkers | undefined) {
    this.#world = world;
    this.#seat = seat;
    this.#failing = failing;
  }

  get #scheduler(): Scheduler {
    return this.#seat.scheduler;
  }

  /** Nothing more is due, or only what befalls workers, of which nothing will come. */
  finished(time: Time, watch: Pick<IdleWatch, "isRefused" | "wornOutAfter">): Ending {
    const ending = this.#ends(time, watch);
    const forgone = this.#failing?.forgone;
    if (forgone === undefined || ending.kind === "complete") return ending;
    const message = `${ending.message}; ${forgone}`;
    // A plan may wait for a task that nobody knows.
    const isPlan = ending.kind === "policy-idle" && this.#scheduler.promises.order === "plan";
    return isPlan ? stopped("starved", message, time) : { ...ending, message };
  }

  #ends(time: Time, { isRefused, wornOutAfter }: Pick<IdleWatch, "isRefused" | "wornOutAfter">): Ending {
    const left = this.#world.tasks.count - this.#scheduler.ledger.ended;
    if (left === 0) return { kind: "complete", message: "", exitCode: 0, time };
    if (isRefused) return this.#policyIdle(left, "nothing else is due but that workers fail and come back", time);
    const are = left === 1 ? "task is" : "tasks are";
    const standstill = this.#failing?.standstill;
    if (standstill !== undefined) return stopped("starved", `${left} ${are} unfinished: ${standstill}`, time);
    if (this.#failing?.isInVain === true)
      return stopped("starved", `${left} ${are} unfinished, and nothing comes of the messages that are sent again and again`, time);
    if (wornOutAfter !== undefined) return stopped("starved", `${left} ${are} unfinished${this.#wait(wornOutAfter)}`, time);
    const waiting = this.#scheduler.asks?.waitingOnOne;
    if (waiting !== undefined)
      return stopped("starved", `${left} ${are} unfinished and nothing is due: ${this.#waitingFor(waiting)}`, time);
    if (!this.#scheduler.leftovers.anyFits() || this.#waitsForWorkers)
      return stopped("starved", `${left} ${are} unfinished and nothing is due${this.#departure()}`, time);
    return this.#policyIdle(left, "nothing else is due", time);
  }

  #policyIdle(left: number, due: string, time: Time): Ending {
    const tasks = left === 1 ? "task" : "tasks";
    const message = `policy ${this.#policy} left ${left} ${tasks} unfinished: one is ready and fits an idle worker, and ${due}`;
    return { kind: "policy-idle", message, exitCode: 3, time };
  }

  /** What has been waited for in vain: who fails and comes back may yet come back together, or another way. */
  #wait(events: number): string {
    const task = this.#scheduler.leftovers.homeless();
    const whose = task < 0 ? "" : `; task ${this.#nameOf(task)} waits for a worker that could hold it`;
    const how = this.#world.cloud === undefined ? "fail and come back" : "come and go";
    return `, and nothing has happened to any in ${events} events of workers that ${how}${whose}`;
  }

  /** Who waits for what others hold which wait likewise, or for what their worker has not got any more. */
  #waitingFor({ worker, tasks, wantTooMuch }: NonNullable<Asks["waitingOnOne"]>): string {
    const names = tasks.slice(0, 3).map((task) => this.#nameOf(task));
    const others = tasks.length - names.length;
    const last = others > 0 ? `${others} others` : names.length > 1 ? names.pop() : undefined;
    const who = last === undefined ? names.join(", ") : `${names.join(", ")} and ${last}`;
    const on = this.#world.workers.names[worker];
    if (!wantTooMuch)
      return `the attempts of ${who} on ${on} wait for what the others hold; scheduler: { deadlock: detect } has one of them run again`;
    const attempts = tasks.length === 1 ? `the attempt of ${who} on ${on} waits` : `the attempts of ${who} on ${on} wait`;
    return `${attempts} for more than that has since it has shrunk; a time limit (timeout) ends what waits too long`;
  }

  get #policy(): string {
    return this.#scheduler.promises.text;
  }

  /** Which task waits for a worker that has left, has shrunk, or does not come back; or which has taken workers down. */
  #departure(): string {
    const { felled = 0, felledBy = -1 } = this.#failing ?? {};
    if (felled > 0)
      return `: tasks have taken ${felled} of ${this.#world.workers.count} workers down for good, task ${this.#nameOf(felledBy)} the last of them`;
    const task = this.#failing === undefined ? -1 : this.#scheduler.leftovers.homeless();
    return task < 0 ? "" : `: no worker is left that could hold task ${this.#nameOf(task)}`;
  }

  /** Whether what comes first may block all others only because workers are suspected, or have shrunk. */
  get #waitsForWorkers(): boolean {
    const { promises, room, leftovers } = this.#scheduler;
    if (!promises.blocking && promises.order !== "plan") return false;
    if (room.closed > 0) return true;
    // A plan may name a worker that has shrunk, though others could hold the task.
    return this.#world.workers.range !== undefined && (leftovers.homeless() >= 0 || (promises.order === "plan" && leftovers.anyShrunk));
  }

  atEvents(most: number, time: Time): Ending {
    return stopped("max-events", `the limit of ${most} ${most === 1 ? "event" : "events"} set by --max-events was reached`, time);
  }

  atTime(deadline: Time): Ending {
    return stopped("max-time", `virtual time reached the limit set by --max-time, ${formatSeconds(deadline)} s`, deadline);
  }

  tooManyToRank(time: Time): Ending {
    const message = `policy ${this.#policy} is dynamic, and more than ${MOST_RERANKED} tasks are queued; say how stale its order may be, as in scheduler: { rerank: 30s }`;
    return stopped("rerank", message, time);
  }

  /** A task is given up again and again; or tasks are, of which it is the last, and none has ended meanwhile. */
  neverEnds(task: number, isOne: boolean, time: Time): Ending {
    const why =
      this.#failing?.isKiller(task) === true
        ? "it takes each of its workers down; scheduler: { retries: { countLost: true } } has lost attempts count, and so ends it"
        : "its workers do not live, or keep their leases, long enough to end it";
    const who = isOne
      ? `task ${this.#nameOf(task)} was given up ${MAX_RETRIES} times`
      : `attempts were given up ${MAX_RETRIES} times while no task ended, that of task ${this.#nameOf(task)} last`;
    return stopped("livelock", `${who}: ${why}`, time);
  }

  /** Time does not move; `task` ended last, or −1. */
  livelock(rounds: number, task: number, time: Time): Ending {
    const who = task < 0 ? "" : `, where task ${this.#nameOf(task)} ended last`;
    const message = `more than ${rounds} rounds of events at ${formatSeconds(time)} s under policy ${this.#policy}${who}: time does not move`;
    return stopped("livelock", message, time);
  }

  #nameOf(task: number): string {
    return `"${nameAt(this.#world.tasks.names, task)}"`;
  }
}

export function isResumable({ kind }: Ending): boolean {
  return RESUMABLE.includes(kind);
}

/** Something is planned that the clock cannot tell. */
export function endOfClock(time: Time): Ending {
  return stopped("max-time", "virtual time reached the end of the clock, 2^53 µs or 285 years", time);
}

/** It was ended before all was done. */
export function stopped(kind: Ending["kind"], message: string, time: Time): Ending {
  return { kind, message, exitCode: 5, time };
}
