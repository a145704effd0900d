// What is done for attempts before they work: the stages of their environments, the images that workers keep, and instances that are warm.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import { labelAt, nameAt } from "../model/columns.ts";
import { type EnvironmentPlan, STAGE_REASONS, type StagePlan } from "../model/environment.ts";
import { profileOf } from "../model/task-profile.ts";
import { Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";
import type { Attempt, Attempts, Setup } from "./attempts.ts";
import { type Image, ImageCache } from "./image-cache.ts";

/** An instance that is kept warm, until a time. */
interface Instance {
  name: string;
  until: Time;
}

export class Environments {
  readonly #world: World;
  readonly #attempts: Attempts;
  readonly #key: StreamKey;
  readonly #hash = new Int32Array(2);
  readonly #caches: ImageCache[];
  /** Of each worker, the last that fell idle last. */
  readonly #warm: Instance[][];
  /** Since when each worker stands still; NaN while it does not. */
  readonly #frozenAt: Float64Array;

  constructor(world: World, attempts: Attempts) {
    const { workers, environments } = world;
    this.#world = world;
    this.#attempts = attempts;
    this.#key = streamKey(environments?.seed ?? "", "faults/environment");
    this.#caches = Array.from(
      { length: workers.count },
      (_, worker) => new ImageCache(workers.cache?.[worker] ?? Number.POSITIVE_INFINITY),
    );
    this.#warm = Array.from({ length: workers.count }, () => []);
    this.#frozenAt = new Float64Array(workers.count).fill(Number.NaN);
  }

  planOf(task: number): EnvironmentPlan | undefined {
    return profileOf(this.#world.tasks, task)?.environment;
  }

  /**
   * An attempt comes to its next stage, but for a pull where the image is there: sets how long that takes, the image that it waits for, and
   * how it fails with that, if it does. Gives what it is for the trace; undefined where there is nothing more to be done.
   */
  next(attempt: Attempt, setup: Setup, now: Time): Reason | undefined {
    const { stages } = this.planOf(attempt.task) as EnvironmentPlan;
    if (isInVain(setup)) setup.stage -= 1; // once more
    while (setup.stage < stages.length) {
      const index = setup.stage++;
      const stage = stages[index] as StagePlan;
      const reason = this.#enter(attempt, setup, stage, index, now);
      if (reason !== Reason.none) return reason;
    }
    setup.waitsFor = undefined;
    return undefined;
  }

  #enter(attempt: Attempt, setup: Setup, stage: StagePlan, index: number, now: Time): Reason {
    setup.left = stage.time;
    setup.waitsFor = undefined;
    setup.failing = Reason.none;
    if (stage.stage === "cold") {
      setup.hasInstance = true;
      if (this.#takeWarm(attempt, now)) {
        setup.left = stage.warm;
        return Reason.warm;
      }
    }
    const cache = this.#caches[attempt.worker] as ImageCache;
    if (stage.stage === "pull") {
      setup.image = cache.use(this.#nameOf(attempt.task), now);
      if (setup.image !== undefined) {
        setup.left = 0;
        setup.waitsFor = setup.image;
        return setup.image.ready > now ? Reason.wait : Reason.none;
      }
    }
    const fails = this.#fails(attempt, stage, index);
    if (fails) setup.failing = STAGE_REASONS[stage.stage];
    if (stage.stage === "pull") {
      const image = { name: this.#nameOf(attempt.task), size: stage.size, used: now, ready: now + stage.time, fails };
      setup.image = cache.pull(image, (other) => this.#isInUse(attempt.worker, other));
      setup.waitsFor = setup.image;
    }
    return STAGE_REASONS[stage.stage];
  }

  #isInUse(worker: number, image: Image): boolean {
    for (let attempt = this.#attempts.firstOn(worker); attempt !== undefined; attempt = attempt.after)
      if (attempt.setup?.image === image) return true;
    return false;
  }

  #fails({ task, execution }: Attempt, { fails }: StagePlan, index: number): boolean {
    if (fails === 0 || fails === 1) return fails === 1;
    hashTextInto(nameAt(this.#world.tasks.names, task), this.#hash, 0);
    return draw(this.#key, this.#hash[0] as number, this.#hash[1] as number, execution, index) < fails;
  }

  #nameOf(task: number): string {
    return this.planOf(task)?.options.image ?? labelAt(this.#world.tasks.function, task);
  }

  /** Whether an instance is warm for an attempt, which has it from now on: of several that which fell idle last. */
  #takeWarm({ task, worker }: Attempt, now: Time): boolean {
    const name = this.#nameOf(task);
    const warm = (this.#warm[worker] as Instance[]).filter(({ until }) => until >= now);
    const last = warm.findLastIndex((instance) => instance.name === name);
    if (last >= 0) warm.splice(last, 1);
    this.#warm[worker] = warm;
    return last >= 0;
  }

  /** An attempt has ended by itself: its instance stays warm, if it ever started. */
  ended({ task, worker, setup, reason }: Attempt, now: Time): void {
    if (setup?.hasInstance !== true || (reason !== Reason.none && reason !== Reason.execution)) return;
    for (const stage of this.planOf(task)?.stages ?? [])
      if (stage.stage === "cold") this.#warm[worker]?.push({ name: this.#nameOf(task), until: now + stage.keep });
  }

  // What befalls workers.

  froze(worker: number, now: Time): void {
    this.#frozenAt[worker] = now;
  }

  thawed(worker: number, now: Time): void {
    const from = this.#frozenAt[worker] as number;
    this.#frozenAt[worker] = Number.NaN;
    if (!Number.isNaN(from)) this.#caches[worker]?.standsStill(from, now);
  }

  crashed(worker: number, now: Time): void {
    const frozenAt = this.#frozenAt[worker] as number;
    this.#caches[worker]?.loseUnfinished(Number.isNaN(frozenAt) ? now : frozenAt);
    this.#warm[worker] = [];
  }

  /** What was on its disk is lost; and what was warm with that, on another instance. */
  loseDisk(worker: number): void {
    this.#caches[worker]?.clear();
    this.#warm[worker] = [];
    this.#frozenAt[worker] = Number.NaN;
  }
}

/** Whether the image that an attempt waited for is not there though it should be, for its pull has failed. */
function isInVain({ waitsFor, failing }: Setup): boolean {
  return waitsFor?.fails === true && failing === Reason.none;
}
