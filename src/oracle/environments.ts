// T18: attempts go through the stages of their environments before they work, and find there what earlier ones have left on their workers.
import { labelAt } from "../model/columns.ts";
import { type EnvironmentPlan, failedToStart, STAGE_REASONS, type StagePlan } from "../model/environment.ts";
import { hasEnvironments, profileOf } from "../model/task-profile.ts";
import { EntryKind, REASON_NAMES, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { ExpectedEnds } from "./expected-ends.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { failsBeside, Ledger } from "./ledger.ts";

export const ENVIRONMENTS: Invariant = {
  id: "T18",
  statement:
    "An attempt goes through the stages of its environment in their order before it works, each for exactly its time while it goes on: a pull where its worker has not got the image, or until another's pull there is over, and none where it has; a cold start where no instance is warm there, else a warm one. It fails there only at the end of a stage that may, and does where that always fails. A worker keeps the images that fit its cache: for a new one those make room that were used longest ago and are not in use; one that was being pulled is lost when it goes down, all when its disk is, and instances with both.",
  judge(trace) {
    const finding = new Finding();
    if (!hasEnvironments(trace.world.tasks.profiles)) return finding;
    const setups = new Setups(trace);
    let index = 0;
    let last: Time = 0;
    for (const entry of trace.entries) {
      if (entry.time !== last) for (const late of setups.overdue(last)) finding.check(index, last, late);
      last = entry.time;
      const isOwn = entry.task >= 0 && setups.planOf(entry.task) !== undefined;
      if (isOwn) finding.check(index, entry.time, setups.wrong(entry));
      setups.apply(entry);
      index += 1;
    }
    return finding;
  },
};

/** What a worker keeps, or is pulling: nothing comes of a pull that fails; undefined where that is not known. */
interface KeptImage {
  name: string;
  size: number;
  used: Time;
  /** How much of the pull was to be done, `since`. */
  left: number;
  since: Time;
  fails: boolean | undefined;
}

/** How far an attempt is with its environment. */
interface Progress {
  task: number;
  attempt: number;
  worker: number;
  /** The stage that is next, and the one under way. */
  next: number;
  stage: StagePlan | undefined;
  reason: Reason;
  /** The image that it has to wait for, and uses; when it last went on after it had stood still. */
  image: KeptImage | undefined;
  wentOn: Time;
  isDone: boolean;
  /** Whether it waits for its files since then. */
  gathers: boolean;
  hasInstance: boolean;
}

class Setups {
  readonly #trace: Trace;
  readonly #networked: boolean;
  readonly #ledger: Ledger;
  readonly #ends: ExpectedEnds;
  readonly #progress = new Map<string, Progress>();
  readonly #images: KeptImage[][];
  readonly #warm: { name: string; until: Time }[][];
  readonly #frozen = new Set<number>();
  #now: Time = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#networked = isNetworked(trace.world);
    this.#ledger = new Ledger(trace);
    this.#ends = new ExpectedEnds(trace);
    this.#images = trace.world.workers.names.map(() => []);
    this.#warm = trace.world.workers.names.map(() => []);
  }

  planOf(task: number): EnvironmentPlan | undefined {
    return profileOf(this.#trace.world.tasks, task)?.environment;
  }

  #nameOf(task: number): string {
    return this.planOf(task)?.options.image ?? labelAt(this.#trace.world.tasks.function, task);
  }

  /** How an attempt that comes to a stage, or leaves the last, or ends, should not. */
  wrong(entry: TraceEntry): string | undefined {
    const { kind, task, worker, attempt, time, reason } = entry;
    this.#now = time;
    if (this.#isPast(entry)) return undefined;
    const isEnd = this.#isOwnEnd(entry);
    if (kind !== EntryKind.preparing && kind !== EntryKind.prepared && !isEnd) return undefined;
    const name = `attempt ${attempt} of task ${task}`;
    const stands = this.#ends.phase(task, attempt, time);
    if (stands === undefined) return isEnd ? undefined : `${name} does not run`;
    const progress = this.#of(task, attempt, stands.worker);
    if (worker !== stands.worker) return `${name} runs on worker ${stands.worker}, not ${worker}`;
    if (isEnd && !failedToStart(reason)) {
      const unmet = reason !== Reason.timeout && !this.#isReady(progress);
      return unmet ? `${name} comes to its end before it is ready to work` : undefined;
    }
    if (isEnd) {
      if (progress.stage === undefined || progress.reason !== reason) return `${name} fails at ${REASON_NAMES[reason]}, where it is not`;
      if (progress.stage.fails === 0) return `${name} fails at ${REASON_NAMES[reason]}, which never fails`;
      return this.#untimely(progress, stands.spent, name);
    }
    if (reason === Reason.pull) this.#findOut(progress);
    const early = progress.stage && (this.#untimely(progress, stands.spent, name) ?? mustFail(progress, name));
    if (early !== undefined) return early;
    const expected = this.#next(progress);
    if (kind === EntryKind.prepared && reason !== Reason.none) return `${name} begins to work with the reason ${REASON_NAMES[reason]}`;
    if (kind === EntryKind.prepared || reason === Reason.transfer)
      return expected === undefined && (progress.stage !== undefined || reason === Reason.transfer)
        ? undefined
        : `${name} begins to work, but has still to prepare`;
    if (expected === undefined) return `${name} has nothing more to prepare`;
    return expected === reason ? undefined : `${name} comes to ${REASON_NAMES[reason]}, not ${REASON_NAMES[expected]}`;
  }

  /** Whether an attempt that has its environment has its files too, which T19 judges. */
  #isPast({ kind, task, attempt }: TraceEntry): boolean {
    return kind === EntryKind.prepared && this.#progress.get(`${task}#${attempt}`)?.gathers === true;
  }

  /** Whether an attempt ends by itself on its worker. */
  #isOwnEnd(entry: TraceEntry): boolean {
    const { kind, reason } = entry;
    if (this.#networked) return kind === EntryKind.ended && reason !== Reason.lease && reason !== Reason.drain;
    return kind === EntryKind.finished || kind === EntryKind.failed || failsBeside(entry);
  }

  #of(task: number, attempt: number, worker: number): Progress {
    const key = `${task}#${attempt}`;
    const begins = { task, attempt, worker, next: 0, stage: undefined, reason: Reason.none, image: undefined };
    const progress: Progress = this.#progress.get(key) ?? {
      ...begins,
      wentOn: this.#now,
      isDone: false,
      gathers: false,
      hasInstance: false,
    };
    this.#progress.set(key, progress);
    return progress;
  }

  /** Whether the stage under way is not over just now. */
  #untimely({ stage, reason, image, wentOn, worker }: Progress, spent: number, name: string): string | undefined {
    if (stage === undefined) return undefined;
    const length = reason === Reason.warm && stage.stage === "cold" ? stage.warm : stage.time;
    if (image === undefined || (reason !== Reason.pull && reason !== Reason.wait))
      return spent === length ? undefined : `${name} is at ${REASON_NAMES[reason]} for ${spent}, not ${length}`;
    const left = this.#leftOf(image, worker);
    if (left === 0 || (left < 0 && wentOn === this.#now)) return undefined;
    return `${name} is done with ${REASON_NAMES[reason]} ${left > 0 ? "before" : "after"} its image is there`;
  }

  /** How much of a pull is to be done; below 0 for how long it has been over. */
  #leftOf({ left, since }: KeptImage, worker: number): number {
    return this.#frozen.has(worker) ? left : left - (this.#now - since);
  }

  /** What is next for an attempt: skips pulls of images that are there. */
  #next(progress: Progress): Reason | undefined {
    const stages = this.planOf(progress.task)?.stages ?? [];
    const waited = progress.reason === Reason.wait && progress.image?.fails === true;
    for (let index = waited ? progress.next - 1 : progress.next; index < stages.length; index++) {
      const stage = stages[index] as StagePlan;
      if (stage.stage === "cold") return this.#hasWarm(progress) ? Reason.warm : Reason.cold;
      if (stage.stage !== "pull") return STAGE_REASONS[stage.stage];
      const image = this.#imageFor(progress);
      if (image === undefined) return Reason.pull;
      if (this.#leftOf(image, progress.worker) > 0) return Reason.wait;
    }
    return undefined;
  }

  #isReady(progress: Progress): boolean {
    return progress.isDone || (progress.stage === undefined && this.#next(progress) === undefined);
  }

  /** The image that an attempt is to use, unless nothing came of its pull. */
  #imageFor({ task, worker }: Progress): KeptImage | undefined {
    const image = this.#images[worker]?.find(({ name }) => name === this.#nameOf(task));
    return image?.fails === true && this.#leftOf(image, worker) <= 0 ? undefined : image;
  }

  #hasWarm({ task, worker }: Progress): boolean {
    return this.#warm[worker].some(({ name, until }) => name === this.#nameOf(task) && until >= this.#now);
  }

  apply(entry: TraceEntry): void {
    const { kind, task, worker, attempt, time, reason } = entry;
    this.#now = time;
    if (task >= 0 && this.planOf(task) !== undefined) {
      if (this.#isPast(entry)) {
        this.#of(task, attempt, worker).gathers = false;
      } else if (kind === EntryKind.preparing && reason !== Reason.transfer) this.#enter(this.#of(task, attempt, worker), reason);
      else if (kind === EntryKind.preparing || kind === EntryKind.prepared)
        this.#leave(this.#of(task, attempt, worker), kind === EntryKind.preparing);
      else if (this.#isOwnEnd(entry)) this.#end(this.#of(task, attempt, worker), reason);
    }
    if (kind === EntryKind.paused) this.#settle(worker);
    if (kind === EntryKind.paused) this.#frozen.add(worker);
    if (kind === EntryKind.resumed) this.#settle(worker);
    if (kind === EntryKind.resumed) this.#frozen.delete(worker);
    if (kind === EntryKind.crashed) this.#crash(worker);
    if (kind === EntryKind.diskLost || kind === EntryKind.launched) [this.#images[worker], this.#warm[worker]] = [[], []];
    this.#ledger.apply(entry);
    this.#ends.follow(entry, this.#ledger);
    if (kind === EntryKind.resumed) for (const each of this.#progress.values()) if (each.worker === worker) each.wentOn = time;
    const goesOn = kind === EntryKind.continued || kind === EntryKind.proceeded;
    if (goesOn && this.#progress.has(`${task}#${attempt}`)) this.#of(task, attempt, worker).wentOn = time;
  }

  #settle(worker: number): void {
    for (const image of this.#images[worker] ?? []) [image.left, image.since] = [this.#leftOf(image, worker), this.#now];
  }

  #crash(worker: number): void {
    this.#warm[worker] = [];
    this.#images[worker] = this.#images[worker]?.filter((image) => this.#leftOf(image, worker) <= 0) ?? [];
    for (const [key, progress] of this.#progress) if (progress.worker === worker) this.#progress.delete(key);
  }

  #enter(progress: Progress, reason: Reason): void {
    const stages = this.planOf(progress.task)?.stages ?? [];
    const isPull = reason === Reason.pull || reason === Reason.wait;
    if (progress.reason === Reason.pull && progress.image !== undefined) progress.image.fails = false;
    const index = stages.findIndex(({ stage }, i) => {
      const isNext = i >= progress.next || (isPull && i === progress.next - 1);
      return isNext && (isPull ? stage === "pull" : STAGE_REASONS[stage] === (reason === Reason.warm ? Reason.cold : reason));
    });
    if (!isPull && stages.slice(progress.next, index).some(({ stage }) => stage === "pull")) this.#use(progress);
    progress.next = index + 1;
    progress.stage = stages[index];
    progress.reason = reason;
    if (isPull) this.#use(progress);
    if (reason === Reason.pull && progress.stage !== undefined) this.#pull(progress, progress.stage as StagePlan & { stage: "pull" });
    if (reason === Reason.warm) this.#takeWarm(progress);
    if (reason === Reason.warm || reason === Reason.cold) progress.hasInstance = true;
  }

  /** It uses an image that is there, or is being pulled: if that was over, nothing was wrong with it. */
  #use(progress: Progress): void {
    const image = this.#imageFor(progress);
    progress.image = image;
    if (image === undefined) return;
    image.used = this.#now;
    if (this.#leftOf(image, progress.worker) <= 0) image.fails = false;
  }

  /** A pull that is over and whose image is pulled again has failed. */
  #findOut({ task, worker }: Progress): void {
    const image = this.#images[worker]?.find(({ name }) => name === this.#nameOf(task));
    if (image === undefined || this.#leftOf(image, worker) > 0) return;
    image.fails ??= true;
    if (image.fails) this.#images[worker] = this.#images[worker]?.filter((other) => other !== image) ?? [];
  }

  #pull(progress: Progress, { time, size, fails }: StagePlan & { stage: "pull" }): void {
    const { worker } = progress;
    const inUse = new Set<KeptImage>();
    for (const other of this.#ends.attempts()) {
      const used = other.worker === worker ? this.#progress.get(`${other.task}#${other.attempt}`)?.image : undefined;
      if (used !== undefined) inUse.add(used);
    }
    const kept = this.#images[worker] as KeptImage[];
    const capacity = this.#trace.world.workers.cache?.[worker] ?? Number.POSITIVE_INFINITY;
    const idle = kept.filter((image) => !inUse.has(image)).sort((a, b) => b.used - a.used || (a.name < b.name ? 1 : -1));
    let taken = kept.reduce((sum, image) => sum + image.size, 0);
    const going = new Set<KeptImage>();
    while (taken + size > capacity && idle.length > 0) {
      const oldest = idle.pop() as KeptImage;
      going.add(oldest);
      taken -= oldest.size;
    }
    if (taken + size > capacity) return; // it is not kept, and nothing makes room for it
    const known = fails === 0 ? false : fails === 1 ? true : undefined;
    const image = { name: this.#nameOf(progress.task), size, used: this.#now, left: time, since: this.#now, fails: known };
    this.#images[worker] = [...kept.filter((each) => !going.has(each)), image];
    progress.image = image;
  }

  #takeWarm({ task, worker }: Progress): void {
    const warm = this.#warm[worker] as { name: string; until: Time }[];
    const last = warm.findLastIndex(({ name, until }) => name === this.#nameOf(task) && until >= this.#now);
    this.#warm[worker] = warm.filter((_, i) => i !== last);
  }

  /** All is done: what it pulled was all right. */
  #leave(progress: Progress, gathers: boolean): void {
    progress.gathers = gathers;
    if (progress.reason === Reason.pull && progress.image !== undefined) progress.image.fails = false;
    this.#finish(progress);
  }

  #finish(progress: Progress): void {
    const stages = this.planOf(progress.task)?.stages ?? [];
    if (stages.slice(progress.next).some(({ stage }) => stage === "pull")) this.#use(progress);
    progress.next = stages.length;
    progress.stage = undefined;
    progress.isDone = true;
  }

  #end(progress: Progress, reason: Reason): void {
    if (reason === Reason.pull && progress.image !== undefined) progress.image.fails = true;
    this.#progress.delete(`${progress.task}#${progress.attempt}`);
    if (!progress.hasInstance || (reason !== Reason.none && reason !== Reason.execution)) return;
    for (const stage of this.planOf(progress.task)?.stages ?? [])
      if (stage.stage === "cold") this.#warm[progress.worker]?.push({ name: this.#nameOf(progress.task), until: this.#now + stage.keep });
  }

  /** What should have been by the end of an instant. */
  overdue(time: Time): string[] {
    this.#now = time;
    return [...this.#ends.attempts()].flatMap(({ task, attempt }) => {
      const stands = this.planOf(task) && this.#ends.phase(task, attempt, time);
      if (stands === undefined) return [];
      const progress = this.#of(task, attempt, stands.worker);
      const name = `attempt ${attempt} of task ${task}`;
      if (progress.isDone) return [];
      if (stands.phase !== "preparing") {
        const late = progress.stage !== undefined || this.#next(progress) !== undefined ? [`${name} works, but has still to prepare`] : [];
        this.#finish(progress);
        return late;
      }
      const { stage, reason, image } = progress;
      const length = reason === Reason.warm && stage?.stage === "cold" ? stage.warm : (stage?.time ?? 0);
      const isPull = image !== undefined && (reason === Reason.pull || reason === Reason.wait);
      const isOver = isPull ? this.#leftOf(image, progress.worker) <= 0 : stands.spent >= length;
      return isOver ? [`${name} is at ${REASON_NAMES[reason]} still, though that is over`] : [];
    });
  }
}

/** Whether a stage that always fails is left for another. */
function mustFail({ stage, reason }: Progress, name: string): string | undefined {
  const isOwn = reason !== Reason.warm && reason !== Reason.wait;
  return isOwn && stage?.fails === 1 ? `${name} goes on after ${REASON_NAMES[reason]}, which always fails` : undefined;
}
