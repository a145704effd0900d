// What each attempt came to: columns folded from the entries of a run, in the order in which the attempts started.
import { type AskPlan, heldWhile } from "../model/asks.ts";
import { attemptCode } from "../model/attempt-code.ts";
import { at, withRoom } from "../model/columns.ts";
import { gaining, gainWith } from "../model/elastic.ts";
import { STAGE_REASONS } from "../model/environment.ts";
import { CPU, MEMORY } from "../model/resources.ts";
import { straggling } from "../model/straggle.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind, isTurn, Reason, type TraceSink } from "../model/trace.ts";
import { type Duration, type Thousandths, type Time, workIn } from "../model/units.ts";
import { isNetworked, type World } from "../model/world.ts";
import { type Extra, Extras } from "./extras.ts";
import { NEVER } from "./task-outcomes.ts";

/** How an attempt ended; lost: it was given up, whatever for. */
export const ATTEMPT_OUTCOMES = ["unfinished", "completed", "failed", "cancelled", "lost"] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** One attempt; task and worker by position, times in µs. */
export interface AttemptRecord {
  task: number;
  attempt: number;
  worker: number;
  outcome: AttemptOutcome;
  /** Why it failed or was given up. */
  reason: Reason;
  started: Time;
  /** When it ended for the scheduler, or before that with its worker; NEVER while it is unfinished. */
  finished: Time;
  /** How long it ran on its worker. */
  ran: Duration;
  /** Work that it did, of all that there was for it to do on its worker, µs at speed 1. A user's function has none. */
  done: Duration;
  work: Duration;
  /** Work of earlier attempts that it went on from; how long it read and wrote checkpoints, and how many it wrote that count. */
  from: Duration;
  saving: Duration;
  checkpoints: number;
  /** How long it waited for its environment, and then for its files, before it worked. */
  setup: Duration;
  transfer: Duration;
  /** How long it waited for what it had asked for. */
  askWait: Duration;
  /** What it held beyond its request. */
  extra: Extra;
  /** Whether its worker ever began it, and whether what it printed reached the scheduler with its end. */
  begun: boolean;
  isHeard: boolean;
  /** Whether it was started as a copy beside another. */
  isCopy: boolean;
}

/** An attempt that the scheduler counts on, or that goes on without it. */
interface Live {
  key: number;
  index: number;
  task: number;
  worker: number;
  isCounted: boolean;
  /** Whether its worker has it, or may yet begin it. */
  isThere: boolean;
  runs: boolean;
  /** Since when that holds, and the speed there, in thousandths. */
  since: Time;
  speed: Thousandths;
  straggles: boolean;
  /** How many times as fast what it holds makes it; and what it holds, by dimension, where that is not what it requests. */
  gain: number;
  held: Map<number, number> | undefined;
  /** What it does while it runs: it waits for its environment or its files, or for what it has asked for, reads or writes a checkpoint, or works. */
  does: "preparing" | "fetching" | "saving" | "working" | "asking";
  /** Up to which of its task's asks it has asked, and how many of those are met. */
  asked: number;
  met: number;
  /** Work done at its last change of speed, or halt, and how long it has worked since. */
  base: Duration;
  worked: Duration;
  /** When its worker went down with it. */
  diedAt: Time | undefined;
}

const ENDS: Readonly<Partial<Record<EntryKind, AttemptOutcome>>> = {
  [EntryKind.finished]: "completed",
  [EntryKind.failed]: "failed",
  [EntryKind.cancelled]: "cancelled",
  [EntryKind.requeued]: "lost",
  [EntryKind.lost]: "lost",
};

/** Why one of two attempts is over that has failed by itself. */
const FAILED: readonly Reason[] = [Reason.execution, Reason.timeout, ...Object.values(STAGE_REASONS)];

/** Why attempts are given up of whose workers nothing is heard, or that have gone down. */
const SILENT: readonly Reason[] = [Reason.lease, Reason.suspicion, Reason.incarnation, Reason.killer];

/** What an attempt does beside its work. */
type Turns = Pick<AttemptRecord, "from" | "saving" | "checkpoints" | "setup" | "transfer" | "askWait">;

const NO_TURNS: Turns = { from: 0, saving: 0, checkpoints: 0, setup: 0, transfer: 0, askWait: 0 };

/** Folds entries into columns: 48 bytes an attempt. */
export class AttemptOutcomes implements TraceSink {
  count = 0;
  /** Images that workers pulled, and instances that started cold. */
  pulls = 0;
  coldStarts = 0;
  /** Rings of attempts that waited for one another. */
  deadlocks = 0;
  /** Where a ring is being told of, attempt by attempt. */
  #ringOn: number | undefined;
  /** How often a task had to run again since what it wrote was lost, and how long the attempts had run that had completed these. */
  recomputed = 0;
  recomputedTime: Duration = 0;
  /** Of each task that has completed, where what it wrote may be lost, the attempt. */
  readonly #completing = new Map<number, number>();
  readonly #networked: boolean;
  /** The kinds of entries that tell when an attempt waits on its worker, and when it goes on. */
  readonly #suspends: EntryKind;
  readonly #continues: EntryKind;
  #task = new Int32Array(0);
  #attempt = new Int32Array(0);
  #worker = new Int32Array(0);
  #outcome = new Uint8Array(0);
  #reason = new Uint8Array(0);
  #begun = new Uint8Array(0);
  #heard = new Uint8Array(0);
  #copy = new Uint8Array(0);
  #started = new Float64Array(0);
  #finished = new Float64Array(0);
  #ran = new Float64Array(0);
  #done = new Float64Array(0);
  /** By task and number; and those of them that the scheduler counts on. */
  readonly #live = new Map<number, Live>();
  readonly #counted = new Map<number, Live>();
  /** Of each task, the attempt that was given up last. */
  readonly #givenUp = new Map<number, Live>();
  readonly #extras: Extras;
  /** The attempt of each task that saved its work last, until another goes on from that. */
  readonly #lastSaved = new Map<number, Live>();
  /** By index, of those that do anything. */
  readonly #turns = new Map<number, Turns>();
  /** What was saved of a task, all work that there was where it was, and by the worker where it lies: −1 where all can read it. */
  readonly #saved = new Map<string, { done: Duration; whole: Duration }>();
  /** Attempts that go on though their leases are over for the scheduler. */
  readonly #outlived = new Set<number>();
  readonly #down = new Set<number>();
  readonly #frozen = new Set<number>();
  /** The part of their speed that slow workers keep, in thousandths. */
  readonly #rates = new Map<number, number>();

  constructor(readonly world: World) {
    this.#extras = new Extras(world);
    this.#networked = isNetworked(world);
    this.#suspends = this.#networked ? EntryKind.halted : EntryKind.suspended;
    this.#continues = this.#networked ? EntryKind.proceeded : EntryKind.continued;
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void {
    const outcome = ENDS[kind];
    if (kind === EntryKind.deadlocked && this.#ringOn !== worker) this.deadlocks += 1;
    this.#ringOn = kind === EntryKind.deadlocked ? worker : undefined;
    if (kind === EntryKind.started || kind === EntryKind.copied) this.#start(time, task, worker, attempt, kind === EntryKind.copied);
    else if (outcome !== undefined) this.#end(time, task, attempt, outcome, reason);
    else if (kind === EntryKind.dropped) this.#end(time, task, attempt, FAILED.includes(reason) ? "failed" : "lost", reason);
    else if (kind === this.#suspends || kind === this.#continues)
      this.#pause(time, this.#live.get(attemptCode(task, attempt)), kind === this.#suspends);
    else if (kind === EntryKind.began) this.#begin(time, this.#live.get(attemptCode(task, attempt)));
    else if (kind === EntryKind.ended || kind === EntryKind.stopped || kind === EntryKind.refused)
      this.#stop(time, this.#live.get(attemptCode(task, attempt)));
    else if (kind === EntryKind.accepted) this.#accept(time, task);
    else if (kind === EntryKind.reopened) this.#recompute(task);
    else if (kind === EntryKind.straggled) this.#straggle(this.#live.get(attemptCode(task, attempt)));
    else if (amount !== undefined && (kind === EntryKind.cpuShared || kind === EntryKind.memoryShared))
      this.#holds(time, this.#live.get(attemptCode(task, attempt)), kind === EntryKind.cpuShared ? CPU : MEMORY, amount);
    else if (kind === EntryKind.outlived) this.#outlived.add(attemptCode(task, attempt));
    else if (isTurn(kind)) this.#turn(time, kind, reason, this.#live.get(attemptCode(task, attempt)), amount);
    else this.#ofWorker(time, kind, worker, attempt);
  }

  /** The attempt that was given up last has completed its task after all. */
  #accept(time: Time, task: number): void {
    const live = this.#givenUp.get(task) as Live;
    this.#outcome[live.index] = ATTEMPT_OUTCOMES.indexOf("completed");
    this.#reason[live.index] = Reason.none;
    this.#finished[live.index] = time;
    this.#heard[live.index] = 1;
    this.#completes(task, live.index);
    this.#stop(time, this.#live.get(live.key));
  }

  /** What a task wrote is lost: the attempt that had completed it was for nothing. */
  #recompute(task: number): void {
    const index = this.#completing.get(task) as number;
    this.recomputed += 1;
    this.recomputedTime += this.#ran[index] as Duration;
    this.#extras.voids(index);
  }

  #completes(task: number, index: number): void {
    if (this.world.data?.outputPlace === "local") this.#completing.set(task, index);
  }

  #ofWorker(time: Time, kind: EntryKind, worker: number, rate: number): void {
    if (kind === EntryKind.paused || kind === EntryKind.resumed || kind === EntryKind.slowed) {
      const there = [...this.#live.values()].filter((live) => live.worker === worker);
      for (const live of there) this.#settle(time, live);
      if (kind === EntryKind.paused) this.#frozen.add(worker);
      else if (kind === EntryKind.resumed) this.#frozen.delete(worker);
      else this.#rates.set(worker, rate);
      for (const live of there) live.speed = this.#speed(live);
    } else if (kind === EntryKind.registered) this.#down.delete(worker);
    else if (kind === EntryKind.crashed) {
      this.#down.add(worker);
      for (const live of this.#live.values()) {
        if (live.worker !== worker) continue;
        live.diedAt ??= time;
        this.#stop(time, live);
      }
    }
  }

  #start(time: Time, task: number, worker: number, attempt: number, isCopy: boolean): void {
    const index = this.count++;
    if (index === this.#task.length) this.#grow(Math.max(16, this.count));
    this.#task[index] = task;
    this.#attempt[index] = attempt;
    this.#worker[index] = worker;
    this.#started[index] = time;
    this.#copy[index] = isCopy ? 1 : 0;
    this.#finished[index] = NEVER;
    const isDown = this.#down.has(worker);
    const key = attemptCode(task, attempt);
    const diedAt = isDown ? time : undefined; // where nobody knows yet that the worker is down
    const isThere = !isDown || this.#networked;
    const standing = {
      isCounted: true,
      isThere,
      runs: false,
      since: time,
      speed: 0,
      straggles: false,
      gain: 1,
      held: undefined,
      does: "working" as const,
      asked: 0,
      met: 0,
      base: 0,
      worked: 0,
      diedAt,
    };
    const live: Live = { key, index, task, worker, ...standing };
    this.#live.set(key, live);
    this.#counted.set(key, live);
    if (!this.#networked && !isDown) this.#begin(time, live);
  }

  #begin(time: Time, live: Live | undefined): void {
    if (live === undefined || !live.isThere) return;
    this.#begun[live.index] = 1;
    live.diedAt = undefined;
    live.runs = true;
    live.since = time;
    live.speed = this.#speed(live);
  }

  /** It has just begun. */
  #straggle(live: Live | undefined): void {
    if (live === undefined) return;
    live.straggles = true;
    live.speed = this.#speed(live);
  }

  /** It holds another amount of a dimension from now on. */
  #holds(time: Time, live: Live | undefined, dimension: number, amount: number): void {
    if (live === undefined) return;
    this.#settle(time, live);
    live.held = new Map(live.held).set(dimension, amount);
    if (dimension === MEMORY) this.#extras.peaks(live.index, amount);
    const { task, held } = live;
    const plan = profileOf(this.world.tasks, task)?.elastic;
    live.gain = gainWith(
      plan,
      (each) => this.#requestOf(task, each),
      (each) => held.get(each),
    );
    live.speed = this.#speed(live);
  }

  /** It has asked up to that ask, where so many are met: what it holds of each dimension of which any says something. */
  #asks(live: Live, met: number, asked: number): void {
    Object.assign(live, { met, asked });
    const plan = profileOf(this.world.tasks, live.task)?.asks;
    live.held = new Map(live.held);
    for (const { amounts } of plan?.asks ?? [])
      for (const dimension of amounts.keys()) {
        const held = heldWhile(plan as AskPlan, this.#requestOf(live.task, dimension), dimension, met, asked);
        live.held.set(dimension, held);
        if (dimension === MEMORY) this.#extras.peaks(live.index, held);
      }
  }

  #requestOf(task: number, dimension: number): number {
    const { request } = this.world.tasks;
    return at(request[dimension] as (typeof request)[number], task);
  }

  #pause(time: Time, live: Live | undefined, suspends: boolean): void {
    if (live === undefined || !live.isThere) return;
    this.#settle(time, live);
    live.runs = !suspends;
  }

  /** It does something else from now on. */
  #turn(time: Time, kind: EntryKind, reason: Reason, live: Live | undefined, amount = 0): void {
    if (kind === EntryKind.preparing && reason === Reason.pull) this.pulls += 1;
    if (kind === EntryKind.preparing && reason === Reason.cold) this.coldStarts += 1;
    if (live === undefined) return;
    const { index, task, worker } = live;
    this.#advance(time, live);
    const known = this.#turns.get(index) ?? NO_TURNS;
    if (kind === EntryKind.recovering) {
      const { done, whole } = this.#saved.get(this.#placeOf(task, worker)) ?? { done: 0, whole: 1 };
      const from = Number((BigInt(done) * BigInt(this.#work(task, worker))) / BigInt(whole));
      this.#turns.set(index, { ...known, from });
      const saver = this.#lastSaved.get(task);
      if (saver !== undefined && !saver.isCounted) {
        this.#extras.keeps(saver.index);
        this.#lastSaved.delete(task);
      }
    } else if (kind === EntryKind.saved) {
      this.#saved.set(this.#placeOf(task, worker), { done: known.from + (this.#done[index] as number), whole: this.#work(task, worker) });
      this.#turns.set(index, { ...known, checkpoints: known.checkpoints + 1 });
      this.#extras.saves(index);
      this.#lastSaved.set(task, live);
    }
    if (kind === EntryKind.asking) this.#asks(live, live.met, amount);
    else if (kind === EntryKind.granted) this.#asks(live, live.asked, live.asked);
    const saves = kind === EntryKind.recovering || kind === EntryKind.saving;
    const prepares = reason === Reason.transfer ? "fetching" : "preparing";
    live.does = kind === EntryKind.preparing ? prepares : saves ? "saving" : kind === EntryKind.asking ? "asking" : "working";
  }

  #placeOf(task: number, worker: number): string {
    return profileOf(this.world.tasks, task)?.checkpoint?.storage === "local" ? `${task} on ${worker}` : `${task}`;
  }

  /** The attempt ends for the scheduler; one that is given up goes on where its worker is not told, or does not hear of it. */
  #end(time: Time, task: number, attempt: number, outcome: AttemptOutcome, reason: Reason): void {
    const live = this.#counted.get(attemptCode(task, attempt));
    if (live === undefined) return; // cancelled while it did not run, or its start was decided and not begun
    this.#counted.delete(live.key);
    this.#advance(time, live);
    live.isCounted = false;
    this.#outcome[live.index] = ATTEMPT_OUTCOMES.indexOf(outcome);
    this.#reason[live.index] = reason;
    if (outcome === "completed") this.#completes(task, live.index);
    const isGivenUp = outcome === "lost" || outcome === "cancelled";
    if (outcome === "lost") this.#givenUp.set(task, live);
    this.#finished[live.index] = isGivenUp ? (live.diedAt ?? time) : time;
    const isSilent = live.diedAt !== undefined || this.#frozen.has(live.worker) || SILENT.includes(reason);
    this.#heard[live.index] = isGivenUp && isSilent ? 0 : 1;
    const outlives = this.#outlived.delete(live.key);
    const goesOn = this.#networked || outlives || (isGivenUp && (reason === Reason.suspicion || this.#frozen.has(live.worker)));
    if (goesOn && live.isThere) return;
    this.#stop(time, live);
  }

  /** It is on its worker no more. */
  #stop(time: Time, live: Live | undefined): void {
    if (live === undefined) return;
    this.#advance(time, live);
    live.runs = false;
    live.isThere = false;
    if (!live.isCounted) this.#live.delete(live.key);
  }

  #advance(time: Time, live: Live): void {
    const { index } = live;
    const { ran, done, worked, saving, setup, transfer, askWait } = this.#until(time, live);
    this.#extras.advance(live, ran - (this.#ran[index] as number));
    this.#ran[index] = ran;
    this.#done[index] = done;
    live.worked = worked;
    live.since = time;
    if (saving + setup + transfer + askWait === 0) return;
    this.#turns.set(index, { ...(this.#turns.get(index) ?? NO_TURNS), saving, setup, transfer, askWait });
  }

  /** The same, as its speed changes, or nothing goes on: work is counted in whole µs then. */
  #settle(time: Time, live: Live): void {
    this.#advance(time, live);
    live.base = this.#done[live.index] as number;
    live.worked = 0;
  }

  /** How long it has run by then, worked and done other things, and the work that it has done: none while its worker was frozen. */
  #until(time: Time, live: Live): Pick<AttemptRecord, "ran" | "done" | "saving" | "setup" | "transfer" | "askWait"> & { worked: Duration } {
    const { index, task, worker, runs, since, speed, does, base } = live;
    const { from, saving, setup, transfer, askWait } = this.#turns.get(index) ?? NO_TURNS;
    const ran = this.#ran[index] as number;
    const done = this.#done[index] as number;
    const stays = { ran, done, worked: live.worked, saving, setup, transfer, askWait };
    if (!runs || time <= since) return stays;
    const elapsed = time - since;
    if (does === "preparing") return { ...stays, ran: ran + elapsed, setup: setup + elapsed };
    if (does === "fetching") return { ...stays, ran: ran + elapsed, transfer: transfer + elapsed };
    if (does === "asking") return { ...stays, ran: ran + elapsed, askWait: askWait + elapsed };
    if (does === "saving") return { ...stays, ran: ran + elapsed, saving: saving + elapsed };
    const worked = live.worked + (this.#frozen.has(worker) ? 0 : elapsed);
    return { ...stays, ran: ran + elapsed, done: Math.min(this.#work(task, worker) - from, base + workIn(worked, speed)), worked };
  }

  #work(task: number, worker: number): Duration {
    const { functions, tasks } = this.world;
    if (functions === true) return 0;
    const table = at(tasks.timeTable, task);
    return table >= 0 ? (tasks.timeTables[table]?.[worker] as number) : at(tasks.work, task);
  }

  #speed({ task, worker, straggles, gain }: Live): Thousandths {
    const { tasks, workers } = this.world;
    const own = at(tasks.timeTable, task) >= 0 ? 1000 : (workers.speed[worker] as number);
    const plan = straggles ? profileOf(tasks, task)?.straggle : undefined;
    const speed = gaining(plan === undefined ? own : straggling(own, plan), gain);
    const rate = this.#rates.get(worker) ?? 1000;
    return rate === 1000 ? speed : Math.max(1, Math.round((speed * rate) / 1000));
  }

  #grow(length: number): void {
    this.#task = withRoom(this.#task, length);
    this.#attempt = withRoom(this.#attempt, length);
    this.#worker = withRoom(this.#worker, length);
    this.#outcome = withRoom(this.#outcome, length);
    this.#reason = withRoom(this.#reason, length);
    this.#begun = withRoom(this.#begun, length);
    this.#heard = withRoom(this.#heard, length);
    this.#copy = withRoom(this.#copy, length);
    this.#started = withRoom(this.#started, length);
    this.#finished = withRoom(this.#finished, length);
    this.#ran = withRoom(this.#ran, length);
    this.#done = withRoom(this.#done, length);
  }

  /** The attempts; those still under way ran up to `end`. */
  *records(end: Time): Generator<AttemptRecord> {
    const going = new Map([...this.#live.values()].map((live) => [live.index, live]));
    for (let index = 0; index < this.count; index++) {
      const task = this.#task[index] as number;
      const worker = this.#worker[index] as number;
      const live = going.get(index);
      const until = live && this.#until(end, live);
      yield {
        task,
        attempt: this.#attempt[index] as number,
        worker,
        outcome: ATTEMPT_OUTCOMES[this.#outcome[index] as number] as AttemptOutcome,
        reason: this.#reason[index] as Reason,
        started: this.#started[index] as Time,
        finished: this.#finished[index] as Time,
        ...NO_TURNS,
        ...this.#turns.get(index),
        ...(until ?? { ran: this.#ran[index] as Duration, done: this.#done[index] as Duration }),
        extra:
          live === undefined || until === undefined
            ? this.#extras.of(index)
            : this.#extras.after(live, until.ran - (this.#ran[index] as number)),
        work: this.#work(task, worker),
        begun: this.#begun[index] === 1,
        isHeard: this.#begun[index] === 1 && this.#heard[index] === 1,
        isCopy: this.#copy[index] === 1,
      };
    }
  }
}
