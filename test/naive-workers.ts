// The truth about workers for the naive simulator: faults one by one, heartbeats one by one, and each attempt as far as it is.
import { draw, hashTextInto, streamKey } from "../src/engine/random.ts";
import { at } from "../src/model/columns.ts";
import { Event } from "../src/run/event-kinds.ts";
import type { LivenessSettings } from "../src/model/settings.ts";
import { EntryKind, Reason } from "../src/model/trace.ts";
import { isElastic, profileOf } from "../src/model/task-profile.ts";
import { partOf } from "../src/model/units.ts";
import { type FaultEffect, joiningWorkers, type World } from "../src/model/world.ts";
import { askAfter, holdsAfter } from "./naive-asks.ts";
import { marksOf, partsOf } from "./naive-anchors.ts";
import { naiveStorage, planOf } from "./naive-checkpoints.ts";
import { naiveEnvironments, type NaiveImage, type NaiveStage } from "./naive-environments.ts";
import { naiveFiles } from "./naive-files.ts";
import { naiveGain, naiveShares } from "./naive-shares.ts";
import { naiveClock } from "./naive-clock.ts";
import { dueFor, type Turn } from "./naive-due.ts";
import { sizesOf } from "./naive-resizing.ts";
import { type FaultChange, faultChanges, type readWorld, type Task } from "./naive-world.ts";

/** What runs on a worker, or waits there for the end of a pause. */
export interface Attempt {
  task: Task;
  number: number;
  execution: number;
  worker: number;
  sent: number; // when the scheduler sent it
  hasBegun: boolean;
  isToStop: boolean; // as a frozen worker will read
  suspended: number; // since when; Infinity while it is not
  work: number; // that it does before it ends by itself, µs at speed 1
  done: number; // of it, until `since`
  base: number; // of it, at its last change of speed, or as it was halted
  worked: number; // time since then, until `since`
  own: number; // how long it works in all, if it has worked at full speed from nothing on; else NaN
  since: number;
  speed: number; // thousandths
  straggles: boolean;
  held: number[]; // of cpu and memory
  natural: Reason; // how it ends by itself
  deadline: number; // as its worker's clock shows it
  ownEnd: number; // without a limit, as things stand
  end: number; // as things stand
  outcome: Reason; // as things stand
  passed: number[]; // parts of its work to which faults are anchored, and that it has done
  told: number; // thousandths of its work of which its worker has told
  phase: "preparing" | "recovering" | "working" | "saving" | "asking";
  asked: number; // up to which of its asks
  met: number; // of those
  stage: NaiveStage | undefined; // before it works
  image: NaiveImage | undefined; // that it uses
  hasInstance: boolean;
  left: number; // of what it does, where that is not work, until `since`
  every: number; // how long it works between checkpoints
  untilSave: number; // how long it still does, until `since`
  phaseEnd: number; // as things stand
  saved: number; // work that it would not have to do again
  leaves: boolean; // as soon as its work is saved
  isHalted: boolean; // nothing goes on
  isReading: boolean; // it has asked for its files
  askedAt: number;
}

interface Worker {
  standing: "absent" | "arriving" | "present" | "gone"; // arriving: it has joined, and has not registered yet
  isLeaving: boolean; // if it goes down, it does not come back
  effects: (FaultEffect & { track: number })[]; // of all faults that last
  told: FaultEffect[]; // those that change its size, as far as it has told of them
  incarnation: number;
  isRegistered: boolean;
  clock: ReturnType<typeof naiveClock>;
  nextBeat: number; // the next regular heartbeat, as its clock shows it
  beatsNow: boolean; // after a pause
  answered: number; // when the last heartbeat was, or the registration
}

/** What workers need of the run, and what the scheduler hears of them. */
interface Host {
  world: World;
  field: ReturnType<typeof readWorld>["field"];
  liveness: LivenessSettings | undefined; // undefined: no heartbeats, no leases
  until: number; // how far faults are looked up
  now: () => number;
  turn: Turn;
  /** Enters in the trace what is true, which the scheduler does not see. */
  enter: (kind: EntryKind, task: Task | undefined, worker: number, number: number, reason?: Reason, amount?: number) => void;
  ended: (attempt: Attempt) => void;
  progressed: (attempt: Attempt) => void;
  registered: (worker: number, incarnation: number) => void;
  beat: (worker: number) => void;
  resizes: (worker: number, size: number[]) => void;
  leaseOver: (attempt: Attempt) => void;
  /** Whether the scheduler waits for the answer that it has stopped; and that answer. */
  awaitsStop: (attempt: Attempt) => boolean;
  stopConfirmed: (task: Task) => void;
  /** An attempt asks, up to its ask of that number, where so many were met. */
  asks: (attempt: Attempt, count: number, met: number) => void;
  /** An attempt has all its files; and a worker none any more. */
  gathers: (attempt: Attempt) => void;
  diskLost: (worker: number) => void;
}

export type NaiveWorkers = ReturnType<typeof simulateWorkers>;

export function simulateWorkers({ world, field, liveness, until, now, turn, enter, ...scheduler }: Host) {
  const changes = faultChanges(world, until).sort(inOrder);
  const { tracks = [], killers = [] } = world.faults ?? {};
  const interval = liveness?.heartbeat.interval ?? Infinity;
  const lease = liveness?.lease ?? Infinity;
  const workers = world.workers.names.map(
    (): Worker => ({
      clock: naiveClock(),
      standing: "present",
      isLeaving: false,
      effects: [],
      told: [],
      incarnation: 1,
      isRegistered: true,
      nextBeat: interval,
      beatsNow: false,
      answered: 0,
    }),
  );
  for (const worker of joiningWorkers(world)) Object.assign(workers[worker], { standing: "absent", isRegistered: false });
  const sizes = sizesOf(world);
  const stretches = isElastic(world.tasks.profiles);
  const storage = naiveStorage(world);
  const environments = naiveEnvironments(world);
  let attempts: Attempt[] = []; // in the order in which they were sent

  const suffers = (worker: number, kind: FaultEffect["kind"]) => workers[worker].effects.some((effect) => effect.kind === kind);
  const isAwake = (worker: number) => !suffers(worker, "down") && !suffers(worker, "frozen");
  const attemptsOn = (worker: number) => attempts.filter((attempt) => attempt.worker === worker);
  const leaseEnd = ({ worker, sent }: Attempt) => {
    const { clock, answered } = workers[worker];
    return clock.when(clock.reading(Math.max(sent, answered)) + lease);
  };
  const remove = (attempt: Attempt) => {
    attempts = attempts.filter((other) => other !== attempt);
    if (attempt !== ending) files?.left(attempt);
  };
  let ending: Attempt | undefined; // by itself, before that is entered
  const settleFiles = () => {
    const ended = ending;
    ending = undefined;
    if (ended === undefined || files === undefined) return;
    files.left(ended);
    if (ended.outcome === Reason.none) files.wrote(ended);
  };
  const isPresent = (worker: number) => !joiningWorkers(world).includes(worker);
  const files =
    world.data &&
    naiveFiles({
      world,
      now,
      enter,
      attemptsOn,
      gathered: (attempt) => !attempt.isHalted && attempt.stage?.reason === Reason.transfer && turnTo(attempt),
      isPresent,
    });

  /** By worker and track within an instant. */
  function inOrder(a: FaultChange, b: FaultChange): number {
    const turnOf = ({ time, worker }: FaultChange) => turn(time, Event.workerChange, worker);
    return a.time - b.time || turnOf(a) - turnOf(b) || a.track - b.track;
  }

  // Attempts: what they have done is counted in whole µs of work at each change of speed.

  function rate(worker: number): number {
    let product = 1000;
    for (const effect of workers[worker].effects) if (effect.kind === "slow") product = (product * effect.rate) / 1000;
    return Math.max(1, Math.round(product));
  }

  function clockRate(worker: number): number {
    let product = 1_000_000;
    for (const effect of workers[worker].effects) if (effect.kind === "drifting") product = (product * effect.rate) / 1_000_000;
    return Math.max(1, Math.round(product));
  }

  /** Per-worker times are not divided by speed. */
  const ownTime = (task: Task, worker: number) => world.tasks.timeTables[field("timeTable", task)]?.[worker];
  const fullSpeed = ({ task, worker, straggles }: Pick<Attempt, "task" | "worker" | "straggles">) => {
    const speed = ownTime(task, worker) === undefined ? world.workers.speed[worker] : 1000;
    return straggles ? Math.max(1, Math.round(speed / profileOf(world.tasks, task.position)!.straggle!.factor)) : speed;
  };
  const speedNow = (attempt: Attempt) => {
    const full = fullSpeed(attempt);
    const fast = Math.max(full, Math.round(full * naiveGain(world, attempt.task.position, attempt.held)));
    return Math.max(1, Math.round((fast * rate(attempt.worker)) / 1000));
  };
  /** A uniform number for an execution. */
  const chance = (purpose: string, { id }: Task, execution: number) => {
    const hash = new Int32Array(2);
    hashTextInto(id, hash, 0);
    return draw(streamKey(world.stragglers!.seed, `faults/${purpose}`), hash[0]!, hash[1]!, execution, 0);
  };

  /** a × b ÷ perWhole, exactly, then rounded. */
  const times = (a: number, b: number, perWhole: bigint, roundUp: boolean) =>
    Number((BigInt(a) * BigInt(b) + (roundUp ? perWhole - 1n : 0n)) / perWhole);

  function begin(attempt: Attempt): void {
    const { task, worker } = attempt;
    const plan = profileOf(world.tasks, task.position)?.straggle;
    attempt.straggles = plan !== undefined && chance("straggle", task, attempt.execution) < plan.p;
    const full = fullSpeed(attempt);
    const work = ownTime(task, worker) ?? field("work", task);
    const fails = attempt.execution <= field("failures", task);
    const whole = times(work, 1000, BigInt(full), true);
    const time = fails ? partOf(whole, field("failsAfter", task)) : whole; // if nothing slows it
    attempt.hasBegun = true;
    attempt.work = fails ? Math.min(work, times(time, full, 1000n, false)) : work;
    attempt.natural = fails ? Reason.execution : Reason.none;
    const killer = killers.find((each) => each.task === task.position);
    const deadly = killer === undefined ? Infinity : partOf(work, killer.after);
    if (deadly <= attempt.work) [attempt.work, attempt.natural] = [deadly, Reason.killer];
    attempt.since = now();
    attempt.speed = speedNow(attempt);
    attempt.deadline = workers[worker].clock.reading(now()) + field("timeout", task);
    if (rate(worker) === 1000 && attempt.natural !== Reason.killer) attempt.own = time;
    if (attempt.straggles) enter(EntryKind.straggled, task, worker, attempt.number);
    if (!prepare(attempt, 0)) recover(attempt);
    replan(attempt);
  }

  /** Whether there is anything to be done before it works, from a stage on: it comes to that. */
  function prepare(attempt: Attempt, from: number): boolean {
    const inUse = attemptsOn(attempt.worker).map(({ image }) => image);
    attempt.stage = attempt.isReading
      ? undefined
      : environments.next({ ...attempt, from }, now(), inUse, (image) => (attempt.image = image));
    if (attempt.stage === undefined && !gathers(attempt)) return false;
    attempt.stage ??= { index: 0, reason: Reason.transfer, length: Infinity, image: undefined, fails: Reason.none };
    [attempt.phase, attempt.left] = ["preparing", attempt.stage.length];
    attempt.hasInstance ||= attempt.stage.reason === Reason.cold || attempt.stage.reason === Reason.warm;
    enter(EntryKind.preparing, attempt.task, attempt.worker, attempt.number, attempt.stage.reason);
    return true;
  }

  /** It asks for its files; says whether it has to wait for any. */
  function gathers(attempt: Attempt): boolean {
    if (files === undefined || !files.hasInputs(attempt.task)) return false;
    const waits = !attempt.isReading && files.reads(attempt);
    if (!waits && world.data!.outputPlace === "local") scheduler.gathers(attempt);
    return waits;
  }

  /** What was saved it need not do again. */
  function recover(attempt: Attempt): void {
    const { task, worker } = attempt;
    attempt.saved = storage.read(task, worker, workOf(attempt));
    if (attempt.saved > 0) {
      attempt.own = NaN;
      [attempt.done, attempt.base, attempt.phase, attempt.left] = [
        attempt.saved,
        attempt.saved,
        "recovering",
        planOf(world, task)!.restore,
      ];
      enter(EntryKind.recovering, task, worker, attempt.number);
    }
  }

  function replan(attempt: Attempt): void {
    if (attempt.suspended < Infinity) return;
    attempt.isHalted = false;
    const { phase, left, untilSave, base, worked, stage } = attempt;
    if (phase === "preparing") {
      if (stage!.reason === Reason.transfer) {
        attempt.phaseEnd = files!.isMissing(attempt) ? Infinity : now();
        return endAfter(attempt, Infinity);
      }
      const length = stage!.image === undefined ? left : Math.max(0, stage!.image.ready - now());
      attempt.phaseEnd = stage!.fails === Reason.none ? now() + length : Infinity;
      return endAfter(attempt, stage!.fails === Reason.none ? Infinity : length);
    }
    const whole = Number.isNaN(attempt.own) ? times(Math.max(0, attempt.work - base), 1000, BigInt(attempt.speed), true) : attempt.own;
    const ownEnd = phase === "working" ? Math.max(0, whole - worked) : Infinity;
    const over =
      phase === "working"
        ? Math.min(untilSave, untilAsk(attempt))
        : phase === "asking"
          ? attempt.met === attempt.asked
            ? 0
            : Infinity
          : left;
    attempt.phaseEnd = over < ownEnd ? now() + over : Infinity;
    endAfter(attempt, over < ownEnd ? Infinity : ownEnd);
  }

  /** How long it works until it asks next. */
  function untilAsk(attempt: Attempt): number {
    const after = askAfter(world, attempt.task.position, attempt.asked + 1);
    if (after === Infinity) return Infinity;
    const work = partOf(workOf(attempt), after) - attempt.base;
    return Math.max(0, times(Math.max(0, work), 1000, BigInt(attempt.speed), true) - attempt.worked);
  }

  function ask(attempt: Attempt): void {
    const { task, worker, number, met } = attempt;
    do attempt.asked += 1;
    while (untilAsk(attempt) === 0);
    attempt.phase = "asking";
    enter(EntryKind.asking, task, worker, number, Reason.none, attempt.asked);
    const amounts = (count: number) => world.dimensions.map((_, d) => holdsAfter(world, task.position, d, count));
    if (amounts(attempt.asked).every((wanted, d) => wanted <= amounts(met)[d])) attempt.met = attempt.asked;
    holdsNow(attempt);
    scheduler.asks(attempt, attempt.asked, met);
  }

  /** What it holds of cpu and memory in which it does not stretch. */
  function holdsNow(attempt: Attempt): void {
    const { position } = attempt.task;
    for (const d of [0, 1] as const) {
      if (profileOf(world.tasks, position)?.elastic?.[d] !== undefined) continue;
      const [has, wanted] = [attempt.met, attempt.asked].map((count) => holdsAfter(world, position, d, count));
      attempt.held[d] = Math.min(has, wanted);
    }
  }

  /** It may have what it has asked for. */
  function allow(task: Task, count: number): void {
    const attempt = attempts.find((each) => each.task === task && each.number === task.attempts);
    if (attempt === undefined) return;
    attempt.met = count;
    holdsNow(attempt);
    if (attempt.phase !== "asking" || attempt.isHalted) return;
    progress(attempt);
    replan(attempt);
  }

  function endAfter(attempt: Attempt, time: number): void {
    attempt.ownEnd = now() + time;
    limit(attempt);
  }

  /** It ends at its limit, if its worker's clock comes to that before it ends by itself. */
  function limit(attempt: Attempt): void {
    const limited = workers[attempt.worker].clock.when(attempt.deadline);
    const own = attempt.phase === "preparing" ? attempt.stage!.fails : attempt.natural;
    attempt.outcome = attempt.ownEnd > limited ? Reason.timeout : own;
    attempt.end = Math.max(now(), Math.min(attempt.ownEnd, limited));
  }

  function progress(attempt: Attempt): void {
    const runs = attempt.suspended === Infinity;
    const elapsed = runs ? now() - attempt.since : 0;
    if (attempt.phase === "working") {
      attempt.worked += elapsed;
      attempt.untilSave -= elapsed;
      attempt.done = Math.max(attempt.done, Math.min(attempt.work, attempt.base + times(attempt.worked, attempt.speed, 1000n, false)));
    } else attempt.left -= elapsed;
    attempt.since = now();
  }

  /** The same, in whole µs of work, as its speed changes or nothing goes on. */
  function settle(attempt: Attempt): void {
    progress(attempt);
    [attempt.base, attempt.worked, attempt.own] = [attempt.done, 0, NaN];
  }

  /** Each worker that is awake shares out what nobody requests; says whether anything has changed. */
  function share(): boolean {
    if (!stretches) return false;
    const before = attempts.map(({ held }) => held.join());
    for (const worker of each.filter(isAwake)) {
      const there = attemptsOn(worker).filter(({ hasBegun }) => hasBegun);
      const was = there.map(({ held }) => held.join());
      for (const dimension of [0, 1] as const) {
        const sharers = there.map(({ task, suspended, held }) => ({
          position: task.position,
          isSuspended: suspended < Infinity,
          holds: held,
        }));
        const shares = naiveShares(world, dimension, sizes.size(worker, workers[worker].told)[dimension], sharers);
        for (const [i, attempt] of there.entries()) {
          const amount = shares[i] ?? attempt.held[dimension];
          if (amount === attempt.held[dimension]) continue;
          attempt.held[dimension] = amount;
          enter(dimension === 0 ? EntryKind.cpuShared : EntryKind.memoryShared, attempt.task, worker, attempt.number, Reason.none, amount);
        }
      }
      for (const [i, attempt] of there.entries()) {
        if (attempt.held.join() === was[i]) continue;
        if (!attempt.isHalted) settle(attempt);
        attempt.speed = speedNow(attempt);
        if (!attempt.isHalted) replan(attempt);
      }
    }
    return attempts.some(({ held }, i) => held.join() !== before[i]);
  }

  // What the scheduler sends.

  function start(task: Task, worker: number, every: number): void {
    if (suffers(worker, "down") || !workers[worker].isRegistered) return;
    const unplanned = {
      work: 0,
      done: 0,
      base: 0,
      worked: 0,
      own: NaN,
      since: 0,
      speed: 0,
      straggles: false,
      held: [0, 1].map((dimension) => at(world.tasks.request[dimension], task.position)),
      natural: Reason.none,
      deadline: 0,
      ownEnd: 0,
      end: Infinity,
      outcome: Reason.none,
    };
    const [number, execution] = [task.attempts, task.attempts - task.lost];
    const attempt = {
      task,
      number,
      execution,
      worker,
      sent: now(),
      hasBegun: false,
      isToStop: false,
      suspended: Infinity,
      passed: [],
      told: 0,
      ...unplanned,
      ...{ stage: undefined, image: undefined, hasInstance: false },
      ...{ phase: "working" as const, left: 0, every, untilSave: every, phaseEnd: Infinity, saved: 0, leaves: false },
      ...{ isHalted: true, isReading: false, askedAt: 0, asked: 0, met: 0 },
    };
    attempts.push(attempt);
    if (isAwake(worker)) begin(attempt);
  }

  /** A frozen worker reads it later. */
  function stop(attempt: Attempt): void {
    if (isAwake(attempt.worker)) remove(attempt);
    else [attempt.isToStop, attempt.leaves] = [true, false];
  }

  /** It is to stop when its work is saved; says whether it has. */
  function save(attempt: Attempt): boolean {
    if (attempt.isToStop) return false;
    if (!isAwake(attempt.worker)) [attempt.isToStop, attempt.leaves] = [true, true];
    else if (isSaving(attempt)) return false;
    else remove(attempt);
    return isAwake(attempt.worker);
  }

  /** Whether there is work to save before it stops: it does that then. */
  function isSaving(attempt: Attempt): boolean {
    if (!attempt.hasBegun || attempt.phase === "recovering" || attempt.phase === "preparing") return false;
    progress(attempt);
    const isWriting = attempt.phase === "saving";
    if (!isWriting && attempt.done === attempt.saved) return false;
    attempt.leaves = true;
    if (!isWriting) write(attempt);
    replan(attempt);
    return true;
  }

  function write(attempt: Attempt): void {
    [attempt.phase, attempt.left] = ["saving", planOf(world, attempt.task)!.cost];
    enter(EntryKind.saving, attempt.task, attempt.worker, attempt.number);
  }

  /** What it does is over, and it turns to something else. */
  function turnTo(attempt: Attempt): void {
    const { task, worker, number } = attempt;
    progress(attempt);
    if (attempt.phase === "working" && attempt.untilSave > 0) ask(attempt);
    else if (attempt.phase === "working") write(attempt);
    else if (attempt.phase === "asking") {
      attempt.phase = "working";
      enter(EntryKind.granted, task, worker, number);
    } else if (attempt.phase === "preparing") {
      const { index, image } = attempt.stage!;
      if (!prepare(attempt, image?.fails ? index : index + 1)) {
        attempt.phase = "working";
        enter(EntryKind.prepared, task, worker, number);
        recover(attempt);
      }
    } else if (attempt.phase === "recovering") {
      attempt.phase = "working";
      enter(EntryKind.recovered, task, worker, number);
    } else {
      if (task.attempts === number) storage.write(task, worker, attempt.done, workOf(attempt));
      [attempt.phase, attempt.untilSave, attempt.saved] = ["working", attempt.every, attempt.done];
      enter(task.attempts === number ? EntryKind.saved : EntryKind.saveRefused, task, worker, number);
      if (attempt.leaves) return stopSaved(attempt);
    }
    replan(attempt);
  }

  function stopSaved(attempt: Attempt): void {
    remove(attempt);
    if (scheduler.awaitsStop(attempt)) scheduler.stopConfirmed(attempt.task);
    else enter(EntryKind.stopped, attempt.task, attempt.worker, attempt.number);
  }

  function suspend(attempt: Attempt): void {
    if (attempt.hasBegun && isAwake(attempt.worker)) settle(attempt);
    attempt.suspended = now();
    attempt.isHalted = true;
    [attempt.end, attempt.phaseEnd] = [Infinity, Infinity];
  }

  /** Its time limit has not run meanwhile. */
  function proceed(attempt: Attempt): void {
    const { clock } = workers[attempt.worker];
    attempt.deadline += clock.reading(now()) - clock.reading(attempt.suspended);
    attempt.suspended = Infinity;
    attempt.since = now();
    if (!isAwake(attempt.worker)) return;
    if (attempt.hasBegun) replan(attempt);
    else begin(attempt);
  }

  // What befalls workers.

  function change(): void {
    const { worker, track, effect, begins } = changes.shift()!;
    const state = workers[worker];
    const { kind } = effect;
    if (kind === "link") throw new Error("the naive simulator knows the ideal network alone");
    const suffered = suffers(worker, kind);
    if (isAwake(worker)) for (const attempt of attemptsOn(worker)) if (kind === "slow" || kind === "frozen") settle(attempt);
    state.effects = begins ? [...state.effects, { ...effect, track }] : state.effects.filter((other) => other.track !== track);
    if (state.standing !== "present") return; // nobody sees it
    if (kind === "slow") slow(worker);
    else if (kind === "drifting") drift(worker);
    else if (kind === "down" || kind === "frozen" || kind === "muted") {
      if (suffers(worker, kind) !== suffered) ({ down, frozen, muted })[kind](worker, begins);
    }
    if (begins && kind === "down" && effect.losesDisk) {
      enter(EntryKind.diskLost, undefined, worker, state.incarnation);
      storage.loseDisk(worker);
      environments.loseDisk(worker);
      files?.loseDisk(worker);
      scheduler.diskLost(worker);
    }
    if ((state.standing as Worker["standing"]) === "gone") files?.goes(worker);
    takeInSize(worker);
  }

  /** A worker that is awake tells what it will have, and what has changed. */
  function takeInSize(worker: number): void {
    const state = workers[worker];
    if (state.standing !== "present" || !isAwake(worker) || !state.isRegistered) return;
    const lasting = sizes.of(state.effects);
    const changed = sizes.changes(state.told, lasting);
    if (changed.length === 0) return;
    state.told = lasting;
    scheduler.resizes(worker, sizes.size(worker, lasting));
    if (state.standing !== "present") return; // with its last attempt it left
    for (const { number, begins } of changed) enter(begins ? EntryKind.resized : EntryKind.restored, undefined, worker, number);
  }

  function slow(worker: number): void {
    enter(EntryKind.slowed, undefined, worker, rate(worker));
    for (const attempt of attemptsOn(worker)) {
      if (!attempt.hasBegun) continue;
      attempt.speed = speedNow(attempt);
      if (!suffers(worker, "frozen")) replan(attempt);
    }
  }

  function drift(worker: number): void {
    workers[worker].clock.turn(now(), clockRate(worker));
    enter(EntryKind.drifted, undefined, worker, clockRate(worker));
    for (const attempt of attemptsOn(worker)) if (Math.min(attempt.end, attempt.phaseEnd) < Infinity) limit(attempt);
  }

  function down(worker: number, begins: boolean, reason = Reason.none as Reason): void {
    const state = workers[worker];
    if (!begins) {
      state.incarnation += 1;
      files?.up(worker);
    } else {
      enter(EntryKind.crashed, undefined, worker, state.incarnation, reason);
      state.isRegistered = false;
      environments.crash(worker, now());
      files?.falls(worker);
      for (const attempt of attemptsOn(worker)) remove(attempt);
      files?.down(worker);
      if (state.isLeaving) state.standing = "gone";
    }
  }

  function frozen(worker: number, begins: boolean): void {
    const answers: Task[] = [];
    enter(begins ? EntryKind.paused : EntryKind.resumed, undefined, worker, workers[worker].incarnation);
    if (begins) environments.freeze(worker, now());
    else environments.thaw(worker, now());
    if (begins) for (const attempt of attemptsOn(worker)) attempt.isHalted = true;
    if (begins) files?.froze(worker);
    else files?.thawed(worker);
    for (const attempt of attemptsOn(worker)) {
      [attempt.end, attempt.phaseEnd] = [Infinity, Infinity];
      if (begins) continue;
      attempt.since = now();
      const hasLease = leaseEnd(attempt) > now();
      if (attempt.isToStop && attempt.leaves && hasLease && isSaving(attempt)) {
        attempt.isToStop = false;
        continue;
      }
      if (attempt.isToStop && scheduler.awaitsStop(attempt)) {
        answers.push(attempt.task);
        remove(attempt);
      } else if (attempt.isToStop || !hasLease) {
        enter(EntryKind.stopped, attempt.task, worker, attempt.number, attempt.isToStop ? Reason.none : Reason.lease);
        remove(attempt);
      } else if (attempt.hasBegun) replan(attempt);
      else if (attempt.suspended === Infinity) begin(attempt);
    }
    workers[worker].beatsNow = !begins;
    for (const task of answers) scheduler.stopConfirmed(task);
  }

  function muted(worker: number, begins: boolean): void {
    enter(begins ? EntryKind.muted : EntryKind.unmuted, undefined, worker, workers[worker].incarnation);
  }

  // What workers do by themselves.

  function register(worker: number): void {
    const state = workers[worker];
    Object.assign(state, { isRegistered: true, answered: now(), nextBeat: state.clock.reading(now()) + interval, beatsNow: false });
    scheduler.registered(worker, state.incarnation);
    if (state.standing !== "present") {
      state.standing = "present"; // what is wrong with it shows only now
      if (suffers(worker, "frozen")) files?.froze(worker);
      if (suffers(worker, "muted")) enter(EntryKind.muted, undefined, worker, state.incarnation);
      if (rate(worker) !== 1000) enter(EntryKind.slowed, undefined, worker, rate(worker));
      if (clockRate(worker) !== 1_000_000) drift(worker);
    }
    takeInSize(worker);
  }

  const mayRegister = (worker: number) =>
    !workers[worker].isRegistered && isAwake(worker) && ["arriving", "present"].includes(workers[worker].standing);

  function join(worker: number): void {
    files?.joins(worker);
    workers[worker].standing = "arriving";
    if (mayRegister(worker)) register(worker);
  }

  function leave(worker: number): void {
    workers[worker].isLeaving = true;
    if (workers[worker].isRegistered) return;
    workers[worker].standing = "gone";
    files?.goes(worker);
  }

  /** It is gone; what still runs there, for the scheduler has given it up, ends with it. */
  function retire(worker: number): void {
    for (const attempt of attemptsOn(worker)) {
      remove(attempt);
      enter(EntryKind.stopped, attempt.task, worker, attempt.number);
    }
    workers[worker].standing = "gone";
    files?.goes(worker);
  }

  function beat(worker: number): void {
    const state = workers[worker];
    while (state.clock.when(state.nextBeat) <= now()) state.nextBeat += interval;
    state.beatsNow = false;
    if (state.standing !== "present" || !state.isRegistered || !isAwake(worker) || suffers(worker, "muted")) return;
    state.answered = now();
    scheduler.beat(worker);
  }

  function endAttempt(attempt: Attempt): void {
    const { task, worker, hasInstance, outcome } = attempt;
    if (outcome === Reason.killer) return kill(attempt);
    ending = attempt;
    remove(attempt);
    if (hasInstance && (outcome === Reason.none || outcome === Reason.execution)) environments.keep(task, worker, now());
    scheduler.ended(attempt);
    settleFiles();
  }

  /** The worker goes down, as by a fault of its own, which ends later. */
  function kill({ task, worker }: Attempt): void {
    const number = killers.findIndex((each) => each.task === task.position);
    const effect = { kind: "down" as const, track: tracks.length + number };
    workers[worker].effects.push(effect);
    down(worker, true, Reason.killer);
    const end = now() + killers[number].lasting;
    if (end <= Number.MAX_SAFE_INTEGER) changes.push({ time: end, worker, track: effect.track, effect, begins: false });
    changes.sort(inOrder);
  }

  /** One that is awake stops what it has no lease for, and says so. */
  function endLeases(worker: number): void {
    for (const attempt of attemptsOn(worker)) {
      if (leaseEnd(attempt) > now() || !attempts.includes(attempt)) continue;
      remove(attempt);
      scheduler.leaseOver(attempt);
    }
  }

  const workOf = ({ task, worker }: Attempt) => ownTime(task, worker) ?? field("work", task);
  const marksOn = (attempt: Attempt) => marksOf(world, attempt, workOf(attempt));
  const phasesOf = ({ phaseEnd, end }: Attempt) => (phaseEnd < end ? [{ time: phaseEnd }] : []);
  const partsOn = (attempt: Attempt) => partsOf(liveness?.progress, attempt, workOf(attempt));

  /** All marks that it comes to now are entered, then their faults begin; of several parts of its work it tells the last. */
  function pass(attempt: Attempt): void {
    const { task, worker, number } = attempt;
    const due = marksOn(attempt).filter(({ time }) => time === now());
    for (const { progress } of due) {
      attempt.passed.push(progress);
      enter(EntryKind.reached, task, worker, number);
    }
    for (const { track, lasting } of due.flatMap(({ strikes }) => strikes)) {
      const { effect, worker: named } = tracks[track];
      const change = { worker: named < 0 ? worker : named, track, effect };
      changes.push({ ...change, time: now(), begins: true });
      if (lasting < Infinity) changes.push({ ...change, time: now() + lasting, begins: false });
    }
    changes.sort(inOrder);
    const part = partsOn(attempt).findLast(({ time }) => time === now());
    if (part !== undefined) {
      attempt.told = part.thousandths;
      scheduler.progressed(attempt);
    }
    while (attempt.phaseEnd === now() && attempt.phaseEnd < attempt.end && attempts.includes(attempt)) turnTo(attempt);
  }

  const beatAt = ({ clock, nextBeat }: Worker) => clock.when(nextBeat);
  const each = [...workers.keys()];
  const byTask = (a: Attempt, b: Attempt) => a.task.position - b.task.position || a.number - b.number;
  return {
    share,
    allow,
    start,
    stop,
    save,
    suspend,
    proceed,
    join,
    leave,
    retire,
    attemptsOn,
    push: (file: number, worker: number) => {
      settleFiles();
      files?.push(file, worker);
    },
    /** Whether an attempt is on a worker that is not frozen. */
    worksOn: (task: Task, number: number) =>
      attempts.some((attempt) => attempt.task === task && attempt.number === number && isAwake(attempt.worker)),
    /** Whether it hears what it is told now, and answers. */
    answers: (worker: number) => isAwake(worker) && workers[worker].isRegistered,
    attempt: (task: Task, number: number) => attempts.find((attempt) => attempt.task === task && attempt.number === number),
    /** What happens by itself, in the order of one instant. */
    due: {
      ends: () =>
        attempts.toSorted(byTask).map((attempt) => dueFor(Event.attemptEnd, attempt.task.position, attempt.end, () => endAttempt(attempt))),
      marks: () =>
        attempts
          .toSorted(byTask)
          .flatMap((attempt) =>
            [...marksOn(attempt), ...partsOn(attempt), ...phasesOf(attempt)].map(({ time }) =>
              dueFor(Event.anchor, attempt.task.position, time, () => pass(attempt)),
            ),
          ),
      changes: () => changes.slice(0, 1).map(({ time }) => ({ time, happen: change })),
      messages: () =>
        each.flatMap((worker) => [
          dueFor(Event.heard, worker, mayRegister(worker) ? now() : Infinity, () => register(worker)),
          dueFor(Event.heard, worker, workers[worker].beatsNow ? now() : beatAt(workers[worker]), () => beat(worker)),
        ]),
      transfers: () => (files ? [{ time: files.nextEnd(), happen: files.transfersEnd }] : []),
      leases: () =>
        each
          .filter(isAwake)
          .map((worker) => dueFor(Event.workerLease, worker, Math.min(...attemptsOn(worker).map(leaseEnd)), () => endLeases(worker))),
    },
  };
}
