// Random scenarios for property tests: small integers on purpose, so that ties, full workers and empty ones are common.
// Every one is feasible: each task has a home, a worker that may run it and could hold it.
import fc from "fast-check";
import { STANDARD_DIMENSIONS } from "../src/model/resources.ts";
import type { Amount, FailureSpec, Scenario, Seeds, TaskSpec, WorkerSpec } from "../src/model/scenario.ts";
import {
  DEFAULT_SETTINGS,
  type PassMode,
  PLACEMENTS,
  type PolicySpec,
  type PreemptionSettings,
  type RetrySettings,
  type SchedulerSettings,
} from "../src/model/settings.ts";
import type { CheckpointPlan } from "../src/model/checkpoint.ts";
import { environmentPlan, ENVIRONMENTS } from "../src/environments/index.ts";
import type { Ask, AskPlan } from "../src/model/asks.ts";
import { ELASTIC, type ElasticPlan, type Speedup } from "../src/model/elastic.ts";
import { type EnvironmentOptions, STAGES } from "../src/model/environment.ts";
import type { TaskProfile } from "../src/model/task-profile.ts";
import type { World } from "../src/model/world.ts";
import type { PolicyDefinition } from "../src/policies/policy.ts";
import { drawWorld } from "../src/workload/draw-world.ts";

/** A scenario with the seeds it is drawn by, and what is drawn for policies that take options. */
export interface Case {
  scenario: Scenario;
  seeds: Seeds;
  /** Its times are multiples of so many µs, but for those that are drawn. */
  scale: number;
  /** Options for whatever policy runs it. */
  options: PolicyOptions;
}

interface PolicyOptions {
  blocking: boolean | undefined;
  placement: (typeof PLACEMENTS)[number] | undefined;
  /** Keys that shuffle the list of `fixed-order`. */
  keys: readonly number[];
  /** Whether entries of that list name a worker. */
  named: boolean;
  /** How those that preempt do so. */
  preemption: PreemptionSettings;
  /** Of time slices, µs. */
  quantum: number;
}

/** What a suite may ask of its scenarios. */
export interface Wishes {
  maxTasks?: number;
  /** Nothing is drawn: all amounts fixed, failures listed. */
  fixed?: boolean;
  /** Settings that every scenario has. */
  settings?: Partial<SchedulerSettings>;
  /** Times are multiples of it: no division by a speed or part rounds. */
  smooth?: boolean;
  /** Times are a few µs, as those at which things go wrong with workers. */
  brief?: boolean;
  /** Nothing fails or times out. */
  reliable?: boolean;
  /** Many tasks at once, with as many different requests and times: long queues, and what serves them. */
  crowd?: boolean;
  /** Attempts that take too long get copies. */
  copies?: boolean;
  /** Attempts ask for more while they run, or less. */
  asks?: boolean;
  /** Identical workers that hold one task each; all released at 0, unconstrained, deciding takes no time. */
  alike?: boolean;
  /** Its tasks can be given to a run that goes on: they read and write no files. */
  late?: boolean;
}

const AT_ONCE: Partial<SchedulerSettings> = { pass: "instant", decisionTime: { perPass: 0, perTask: 0 } };

/** Random scenarios, most of them with the default settings. */
export function cases(wishes: Wishes = {}): fc.Arbitrary<Case> {
  return fc
    .record({
      workers: fc.array(rawWorker(wishes), { minLength: 1, maxLength: wishes.crowd ? 9 : 4 }),
      tasks: fc.array(
        rawTask(wishes),
        wishes.crowd ? { minLength: 40, maxLength: 110, size: "max" } : { maxLength: wishes.maxTasks ?? 16, size: "max" },
      ),
      settings: settings(wishes),
      backwards: mostly(false, fc.boolean()),
      saves: mostly(false, fc.boolean()),
      prepares: mostly(false, fc.boolean()),
      data: wishes.alike || wishes.late ? fc.constant(undefined) : mostly(undefined, data(wishes)),
      straggles: wishes.copies ? mostly(true, fc.boolean()) : mostly(false, fc.boolean()),
      stretches: wishes.alike || wishes.smooth ? fc.constant(false) : mostly(false, fc.boolean()),
      asking: wishes.alike || wishes.smooth ? fc.constant(false) : wishes.asks ? fc.constant(true) : mostly(false, fc.boolean()),
      deadlock: fc.constantFrom(undefined, "detect" as const, "prevent" as const),
      speculation: fc.record({ factor: fc.constantFrom(1, 1, 1.5, 2), min: fc.integer({ min: 1, max: 3 }) }),
      gpu: fc.boolean(),
      scale: wishes.brief ? fc.constantFrom(1, 3, 9) : fc.constantFrom(1, 1, 1000, 333_333, 1_000_000),
      seed: fc.nat(1000).map(String),
      options: policyOptions(),
    })
    .map(
      ({
        workers,
        tasks,
        settings,
        backwards,
        saves,
        prepares,
        straggles,
        stretches,
        asking,
        deadlock,
        speculation,
        data,
        gpu,
        scale,
        seed,
        options,
      }) => {
        const dimensions: string[] = gpu ? [...STANDARD_DIMENSIONS, "gpu"] : [...STANDARD_DIMENSIONS];
        const specs = workers.map((raw, index) => workerSpec((wishes.alike && workers[0]) || raw, index, dimensions.length));
        const time = wishes.smooth ? scale * 1000 : scale; // as those of tasks
        const copies = wishes.copies && { speculation };
        const scheduler = scaledSettings(
          { ...settings, ...(wishes.alike && AT_ONCE), ...copies, ...(asking && deadlock && { deadlock }), ...wishes.settings },
          time,
        );
        const scenario: Scenario = {
          version: 1,
          name: "random",
          dimensions,
          workers: data === undefined ? specs : specs.map((spec, index) => withFileCache(spec, data.fileCaches[index], time)),
          scheduler: data?.delay === undefined ? scheduler : { ...scheduler, localityDelay: data.delay * time },
          sources: [
            {
              kind: "tasks",
              tasks: following(
                data,
                tasks.map((raw, index) =>
                  taskSpec(raw, index, tasks.length, specs, {
                    backwards,
                    scale,
                    saves,
                    prepares,
                    straggles,
                    stretches,
                    asking,
                    mustClaim: deadlock === "prevent",
                    wishes,
                    reads: data !== undefined,
                  }),
                ),
              ),
            },
          ],
          ...(data && dataOf(data, specs, time)),
          expect: [],
          measure: { from: 0, to: 1 },
        };
        return { scenario, seeds: { workload: seed, faults: seed, policy: seed }, scale, options: scaledOptions(options, time) };
      },
    );
}

/** The world of a case. */
export function worldOf({ scenario, seeds }: Case): World {
  return drawWorld(scenario, seeds);
}

/** The settings of a case under one policy, with the options that the policy takes. */
export function settingsFor(policy: PolicyDefinition, { scenario, options }: Case): SchedulerSettings {
  const spec: PolicySpec = { name: policy.name, parameters: {} };
  if (policy.blocking !== undefined && options.blocking !== undefined) spec.blocking = options.blocking;
  if (policy.takesPlacement && options.placement !== undefined) spec.placement = options.placement;
  if (policy.name === "expression") spec.parameters = { rank: policy.formula };
  if (policy.name === "fixed-order") spec.parameters = { order: fixedOrder(scenario, options) };
  if (policy.preempts !== true) return { ...scenario.scheduler, policy: spec };
  if (policy.name === "time-slice") spec.parameters = { quantum: `${Math.max(1000, options.quantum)}us` }; // the least that is allowed
  const preemption: PreemptionSettings = policy.name === "time-slice" ? { ...options.preemption, mode: "suspend" } : options.preemption;
  return { ...scenario.scheduler, policy: spec, preemption, decisionTime: DEFAULT_SETTINGS.decisionTime };
}

// Workers.

type RawWorker = {
  cpu: number;
  memory: number;
  disk: number;
  slots: number;
  gpu: number;
  speed: number;
  zone: "a" | "b";
  cache: number | undefined;
};

function rawWorker({ smooth = false, crowd = false }: Wishes): fc.Arbitrary<RawWorker> {
  const unlimitedOr = (...values: number[]) => fc.constantFrom(Number.POSITIVE_INFINITY, ...values);
  return fc.record({
    cpu: crowd ? fc.constantFrom(8000, 32_000, 3000) : fc.constantFrom(1000, 1000, 2000, 4000, 500, 1500),
    memory: unlimitedOr(1, 2, 3, 8_589_934_592, 17_179_869_184),
    disk: unlimitedOr(0, 4),
    slots: unlimitedOr(1, 2, 3),
    gpu: fc.constantFrom(0, 1000, 2000),
    speed: smooth ? fc.constantFrom(1000, 500, 2000) : fc.constantFrom(1000, 1000, 1000, 500, 2000, 700, 1500, 333),
    zone: fc.constantFrom("a", "b"),
    cache: fc.constantFrom(undefined, undefined, 2, 4),
  });
}

function workerSpec({ cpu, memory, disk, slots, gpu, speed, zone, cache }: RawWorker, index: number, dimensions: number): WorkerSpec {
  return {
    id: `w-${index + 1}`,
    capacity: [cpu, memory, disk, slots, gpu].slice(0, dimensions),
    speed,
    labels: { zone },
    ...(cache !== undefined && { cache }),
  };
}

// Tasks.

type RawTask = ReturnType<typeof rawTask> extends fc.Arbitrary<infer T> ? T : never;

function rawTask({ fixed = false, smooth = false, copies = false, crowd = false, alike = false, reliable = alike }: Wishes) {
  const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) => mostly(undefined, arbitrary);
  const never = fc.constant(undefined);
  const listed = fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
  const fails: fc.Arbitrary<FailureSpec> = fixed
    ? fc.oneof(fc.constant("always" as const), listed)
    : fc.oneof(fc.constant("always" as const), listed, fc.constantFrom(0.5, 0.9));
  return fc.record({
    duration: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: crowd ? 1000 : 20 }) },
    ),
    /** How amounts are spread around the number given. */
    spread: fixed ? fc.constant("none" as const) : mostly("none" as const, fc.constantFrom("integer" as const, "exponential" as const)),
    release: fc.oneof({ withCrossShrink: true }, fc.constant(0), fc.integer({ min: 0, max: 6 })),
    dependencies: fc.oneof(
      { withCrossShrink: true },
      { weight: crowd ? 6 : 1, arbitrary: fc.constant<number[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.nat(200), { maxLength: 3 }) },
    ),
    home: fc.nat(8),
    /** Parts of what its home has, or as little as usual. */
    demand: fc.tuple(part(crowd), part(crowd), part(crowd), part(crowd), part(crowd)),
    requires: mostly(false, fc.boolean()),
    /** Times per worker, by position; 0 where none is given. */
    on: rarely(fc.array(fc.nat(5), { minLength: 4, maxLength: 4 })),
    byZone: fc.boolean(),
    priority: fc.integer({ min: -1, max: 2 }),
    weight: fc.constantFrom(1, 1, 2, 3, 0),
    retries: fc.nat(2),
    fails: reliable ? never : rarely(fails),
    failsAfter: fc.constantFrom(1, 1, 0.5, 0.07),
    estimate: perhaps(fc.nat(5)),
    due: perhaps(fc.nat(12)),
    timeout: reliable ? never : rarely(fc.integer({ min: 0, max: 8 })),
    checkpoint: alike ? never : perhaps(checkpoint(fixed)),
    environment: alike ? never : perhaps(environment(fixed, reliable)),
    /** Files that are there from the beginning; the size of one of its own; and of what those read that depend on it. */
    reads: fc.uniqueArray(fc.nat(2), { maxLength: 2 }),
    writes: perhaps(fc.nat(3)),
    gives: fc.nat(3),
    straggle: alike ? never : perhaps(straggle(fixed, smooth)),
    stretch: perhaps(fc.record({ cpu: fc.constantFrom(0, 1, 500, 1000, 7000), memory: fc.constantFrom(0, 0, 1, 5), model: fc.nat(3) })),
    asks: perhaps(
      fc.record({
        after: fc.uniqueArray(fc.constantFrom(0.25, 0.5, 0.9), { minLength: 1, maxLength: 3 }),
        amounts: fc.array(fc.tuple(demandOf(0, 0.5, 1), demandOf(0, 0.5, 0.7, 1)), { minLength: 3, maxLength: 3 }),
        claims: fc.boolean(),
        claimsAll: fc.boolean(),
      }),
    ),
    function: copies ? mostly("f", fc.constantFrom("g", undefined)) : never,
  });
}

/** How work is saved: by what is declared or seen of failures only where scaling times need not scale the intervals exactly. */
function checkpoint(fixed: boolean) {
  const auto = fc.constantFrom("auto" as const, 1, 2, undefined);
  const every = fixed ? fc.constantFrom(1, 2, 3, undefined) : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(1, 2, 3) }, auto);
  return fc.record({
    every,
    cost: fc.nat(2),
    restore: fc.nat(2),
    storage: fc.constantFrom("local" as const, "shared" as const),
    mtbf: fc.constantFrom(undefined, 5, 20),
  });
}

/** What is done before attempts work; it fails always, never, or, where it may be drawn, now and then. */
function environment(fixed: boolean, reliable: boolean) {
  const time = fc.nat(3);
  const failing = fc.constantFrom(...(reliable ? [0] : fixed ? [0, 0, 0, 0, 1] : [0, 0, 0, 0.5, 0.3, 1]));
  return fc.record({
    kind: fc.constantFrom(...ENVIRONMENTS),
    image: fc.constantFrom("a", "b", "c", undefined),
    times: fc.record({ admission: time, pull: time, start: time, cold: time }),
    size: fc.nat(3),
    warm: fc.nat(1),
    keep: fc.nat(8),
    fails: fc.record({ admission: failing, pull: failing, start: failing, cold: failing }),
  });
}

/** What a task may have beyond what it requests. */
function elasticPlan({ stretch }: RawTask, request: readonly Amount[]): ElasticPlan | undefined {
  const plan: ElasticPlan = {};
  const models = (least: number): Speedup[] => [
    { kind: "linear" },
    { kind: "amdahl", parallel: 0.7 },
    {
      kind: "table",
      points: [
        [least, 1],
        [least + 3, 1.5],
        [4 * least + 7, 2],
      ],
    },
    {
      kind: "table",
      points: [
        [1, 3],
        [least + 600, 3],
      ],
    },
  ];
  for (const dimension of ELASTIC) {
    const least = request[dimension];
    const more = dimension === 0 ? stretch?.cpu : stretch?.memory;
    if (typeof least !== "number" || least === 0 || more === undefined || more === 0) continue;
    const speedup = models(least)[dimension === 1 && stretch?.model === 1 ? 0 : (stretch?.model ?? 0)] as Speedup;
    plan[dimension] = { most: least + more, speedup };
  }
  return Object.keys(plan).length === 0 ? undefined : plan;
}

/** A part of what a worker has, or nothing said. */
function demandOf(...parts: number[]): fc.Arbitrary<number | undefined> {
  return fc.constantFrom(undefined, ...parts);
}

/** What a task asks for of cpu and memory while it runs: no more than its home has, nor than any other worker where it may come that claims nothing. */
function askPlan(
  { asks: raw }: RawTask,
  request: readonly Amount[],
  elastic: ElasticPlan | undefined,
  home: WorkerSpec,
  workers: readonly WorkerSpec[],
  mustClaim: boolean,
): AskPlan | undefined {
  if (raw === undefined) return undefined;
  const claims = mustClaim || raw.claims;
  const asks: Ask[] = raw.after
    .toSorted((a, b) => a - b)
    .flatMap((after, i) => {
      const amounts = new Map<number, number>();
      for (const d of ELASTIC) {
        const part = raw.amounts[i]?.[d];
        if (part === undefined || typeof request[d] !== "number" || elastic?.[d] !== undefined) continue;
        const most = claims ? (home.capacity[d] as number) : Math.min(...workers.map(({ capacity }) => capacity[d] as number));
        amounts.set(d, most === Number.POSITIVE_INFINITY ? Math.floor(part * 8) : Math.floor(part * most));
      }
      return amounts.size === 0 ? [] : [{ after, amounts }];
    });
  if (asks.length === 0) return undefined;
  const claim = new Map<number, number>();
  for (const d of ELASTIC) {
    if (typeof request[d] !== "number" || elastic?.[d] !== undefined) continue;
    const peak = Math.max(request[d], ...asks.map(({ amounts }) => amounts.get(d) ?? 0));
    const whole = home.capacity[d] as number;
    claim.set(d, raw.claimsAll && whole < Number.POSITIVE_INFINITY ? Math.max(peak, whole) : peak);
  }
  return { asks, claim: claims ? claim : undefined };
}

/** How likely executions straggle, and by how much. */
function straggle(fixed: boolean, smooth: boolean) {
  return fc.record({
    p: fc.constantFrom(...(fixed ? [0, 1] : [0, 0.3, 0.5, 1])),
    factor: fc.constantFrom(...(smooth ? [2, 4] : [1.5, 2, 3, 8])),
  });
}

/** The same at that scale. */
function profileOf(
  raw: RawTask,
  time: number,
  { saves, prepares, straggles }: Pick<Shape, "saves" | "prepares" | "straggles">,
): TaskProfile | undefined {
  const profile: TaskProfile = {};
  if (saves && raw.checkpoint !== undefined) profile.checkpoint = checkpointPlan(raw.checkpoint, time);
  if (prepares && raw.environment !== undefined) {
    const { kind, image, times, size, warm, keep, fails } = raw.environment;
    const taken = STAGES.filter((stage) => kind.takes.includes(stage));
    const options: EnvironmentOptions = {
      times: Object.fromEntries(taken.map((stage) => [stage, times[stage] * time])),
      fails: Object.fromEntries(taken.map((stage) => [stage, fails[stage]])),
    };
    if (image !== undefined && kind.takes.includes("image")) options.image = image;
    if (taken.includes("pull")) options.size = size;
    if (taken.includes("cold")) [options.warm, options.keep] = [warm * time, keep * time];
    profile.environment = environmentPlan(kind, options);
  }
  if (straggles && raw.straggle !== undefined) profile.straggle = raw.straggle;
  return Object.keys(profile).length === 0 ? undefined : profile;
}

function checkpointPlan(raw: NonNullable<RawTask["checkpoint"]>, time: number): CheckpointPlan {
  const { every, cost, restore, storage, mtbf } = raw;
  const plan: CheckpointPlan = { cost: (every === "auto" ? Math.max(1, cost) : cost) * time, restore: restore * time, storage };
  if (every !== undefined) plan.every = every === "auto" ? every : every * time;
  if (every === "auto" && mtbf !== undefined) plan.mtbf = mtbf * time;
  return plan;
}

/** Quarters; in a crowd thousandths too. */
function part(crowd: boolean) {
  const quarters = fc.nat(4).map((number) => number / 4);
  const fine = fc.nat(1000).map((number) => number / 1000);
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: quarters },
    { weight: crowd ? 4 : 0, arbitrary: fine },
  );
}

/** Files: how fast they go, what workers keep of them, and what becomes of those that tasks write. Sizes are bytes that take so long at 1 MB/s. */
function data({ fixed = false, smooth = false }: Wishes) {
  const bandwidth = fc.constantFrom(1_000_000, 500_000, 2_000_000, undefined);
  const fileCache = fc.constantFrom(undefined, undefined, 0, 2, 4);
  return fc.record({
    bandwidth: fc.constantFrom(1_000_000, 500_000),
    store: bandwidth,
    sharing: fixed || smooth ? fc.constant("none" as const) : fc.constantFrom("none" as const, "fair" as const),
    links: fc.array(bandwidth, { minLength: 9, maxLength: 9 }),
    /** What a task reads of what those write on which it depends. */
    follows: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
    fileCaches: fc.array(fileCache, { minLength: 9, maxLength: 9 }),
    outputs: fc.constantFrom("durable" as const, "local" as const),
    lost: fc.constantFrom("recompute" as const, "recompute" as const, "fail" as const),
    sizes: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
    places: fc.array(fc.nat(8), { minLength: 3, maxLength: 3 }),
    delay: fc.constantFrom(undefined, 1, 3),
  });
}

type RawData = ReturnType<typeof data> extends fc.Arbitrary<infer T> ? T : never;

function withFileCache(spec: WorkerSpec, fileCache: number | undefined, time: number): WorkerSpec {
  return fileCache === undefined ? spec : { ...spec, fileCache: fileCache * time };
}

/** Some tasks read all that those write on which they depend. */
function following(data: RawData | undefined, tasks: TaskSpec[]): TaskSpec[] {
  if (data === undefined) return tasks;
  const written = new Map(tasks.map(({ id, outputs = [] }) => [id, outputs.map((output) => output.id)]));
  return tasks.map((task, index) => {
    const read = task.dependencies.flatMap((id) => written.get(id) ?? []);
    if (read.length === 0 || !data.follows[index % data.follows.length]) return task;
    return { ...task, inputs: [...(task.inputs ?? []), ...read] };
  });
}

/** What a scenario says of files. */
function dataOf(raw: RawData, workers: readonly WorkerSpec[], time: number): Pick<Scenario, "files" | "data" | "network"> {
  const { bandwidth, store, sharing, links, outputs, lost, sizes, places } = raw;
  const own = links
    .slice(0, workers.length)
    .flatMap((rate, w) => (rate === undefined ? [] : [{ worker: workers[w]?.id as string, bandwidth: rate }]));
  return {
    files: sizes.map((size, file) => {
      const place = workers[places[file] as number];
      return { id: `f${file + 1}`, size: size * time, at: place === undefined ? [] : [place.id] };
    }),
    data: { outputs, lost: outputs === "local" ? lost : "recompute" },
    network: { bandwidth, ...(store !== undefined && { store }), sharing, links: own, detail: "folded", inFlight: "drop" },
  };
}

/** What a task reads and writes. */
function filesOf(raw: RawTask, index: number, time: number): Pick<TaskSpec, "inputs" | "outputs" | "outputSize"> {
  const { reads, writes, gives } = raw;
  return {
    ...(reads.length > 0 && { inputs: reads.map((file) => `f${file + 1}`) }),
    ...(writes !== undefined && { outputs: [{ id: `o${index + 1}`, size: writes * time }] }),
    ...(gives > 0 && { outputSize: gives * time }),
  };
}

interface Shape {
  /** Whether tasks read and write files. */
  reads: boolean;

  backwards: boolean;
  scale: number;
  /** Whether attempts write checkpoints, and have anything done before they work. */
  saves: boolean;
  prepares: boolean;
  straggles: boolean;
  /** Whether they may have more than they request. */
  stretches: boolean;
  asking: boolean;
  mustClaim: boolean;
  wishes: Wishes;
}

function taskSpec(
  raw: RawTask,
  index: number,
  count: number,
  workers: readonly WorkerSpec[],
  { backwards, scale, saves, prepares, straggles, stretches, asking, mustClaim, wishes, reads }: Shape,
): TaskSpec {
  const home = workers[raw.home % workers.length] as WorkerSpec;
  // An even multiple of 1000 divides by every smooth speed and by a half.
  const time = wishes.smooth ? scale * 1000 : scale;
  const idOf = (position: number) => `t${position + 1}`;
  // Forwards on earlier positions, backwards on later ones: either way without a cycle.
  const others = backwards ? count - 1 - index : index;
  const chosen = others === 0 ? [] : raw.dependencies.map((number) => idOf(backwards ? index + 1 + (number % others) : number % others));
  const spec: TaskSpec = {
    id: idOf(index),
    duration:
      raw.on === undefined || wishes.alike
        ? amount(raw.duration * time, raw.spread)
        : { on: perWorker(raw.on, raw.byZone, home, workers, time) },
    release: wishes.alike ? 0 : amount(raw.release * time, raw.spread === "integer" ? "integer" : "none"),
    request: home.capacity.map((capacity, d) => (wishes.alike && d === 0 ? capacity : request(capacity, d, raw.demand[d], raw.spread))),
    dependencies: [...new Set(chosen)],
    priority: raw.priority,
    weight: raw.weight,
    retries: raw.retries,
    failsAfter: wishes.smooth && raw.failsAfter !== 1 ? 0.5 : raw.failsAfter,
    requires: raw.requires && !wishes.alike ? home.labels : {},
  };
  if (raw.fails !== undefined) spec.fails = raw.fails;
  if (raw.function !== undefined) spec.function = raw.function;
  if (raw.estimate !== undefined) spec.estimate = raw.estimate * time;
  if (raw.due !== undefined) spec.due = raw.due * time;
  if (raw.timeout !== undefined) spec.timeout = raw.timeout * time;
  // Saved work goes over to workers with other times in whole µs.
  const isEven = !wishes.smooth || typeof spec.duration === "number" || !("on" in spec.duration);
  const profile = profileOf(raw, time, { saves: saves && isEven, prepares, straggles });
  if (profile !== undefined) spec.profile = profile;
  const elastic = stretches ? elasticPlan(raw, spec.request) : undefined;
  if (elastic !== undefined) spec.profile = { ...spec.profile, elastic };
  const asks = asking ? askPlan(raw, spec.request, elastic, home, workers, mustClaim) : undefined;
  if (asks !== undefined) spec.profile = { ...spec.profile, asks };
  if (reads) Object.assign(spec, filesOf(raw, index, time));
  return spec;
}

function amount(value: number, spread: "none" | "integer" | "exponential"): Amount {
  if (spread === "integer") return { distribution: "integer", min: 0, max: value };
  if (spread === "exponential" && value > 0) return { distribution: "exponential", mean: value };
  return value;
}

/** A part of what its home has; by default one core or slot, or all of it where it has less. */
function request(capacity: number, dimension: number, part: number | undefined, spread: RawTask["spread"]): Amount {
  const usual = dimension === 0 ? 1000 : dimension === 3 ? 1 : 0;
  if (part === undefined) return Math.min(usual, capacity);
  if (capacity === Number.POSITIVE_INFINITY) return Math.floor(part * 8);
  const value = Math.floor(capacity * part);
  return spread === "integer" ? { distribution: "integer", min: 0, max: value } : value;
}

function perWorker(
  times: readonly number[],
  byZone: boolean,
  home: WorkerSpec,
  workers: readonly WorkerSpec[],
  scale: number,
): [string, Amount][] {
  const on: [string, Amount][] = workers.flatMap(({ id }, index) => {
    const time = times[index % times.length] as number;
    return id === home.id || time === 0 ? [] : [[id, (time - 1) * scale] as [string, Amount]];
  });
  return [...on, [byZone ? `zone=${home.labels["zone"]}` : home.id, (times[0] as number) * scale]];
}

// Settings and policies.

function settings({ fixed = false }: Wishes): fc.Arbitrary<SchedulerSettings> {
  const time = fc.nat(2);
  return fc.record({
    policy: fc.constant({ name: "fcfs", parameters: {} }),
    placement: fc.constantFrom(...PLACEMENTS),
    priorityOrder: fc.constantFrom("lower-first" as const, "higher-first" as const),
    retry: mostly(DEFAULT_SETTINGS.retry, retries(fixed)),
    onDependencyFailure: fc.constantFrom("skip" as const, "fail" as const),
    estimates: mostly("user", fc.constantFrom<SchedulerSettings["estimates"][]>("exact", fixed ? "exact" : { noise: 0.5 }, "none")),
    pass: mostly("instant", fc.constantFrom<PassMode[]>("event", { every: 1 }, { every: 2 }, { every: 3 }, { every: 5 })),
    decisionTime: mostly(DEFAULT_SETTINGS.decisionTime, fc.record({ perPass: time, perTask: time })),
    notify: fc.constantFrom(false, false, true),
    cancel: fc.constantFrom("immediate" as const, "confirmed" as const),
    ties: fixed ? fc.constant("position" as const) : fc.constantFrom("position" as const, "seeded" as const),
  });
}

/** Waits after failures that are as short as the tasks. */
function retries(fixed: boolean): fc.Arbitrary<RetrySettings> {
  const backoff = fc.record({
    initial: fc.nat(3),
    factor: fixed ? fc.constantFrom(1, 2) : fc.constantFrom(1, 1.5, 2),
    max: fc.integer({ min: 3, max: 6 }),
    jitter: fixed ? fc.constant(0) : fc.constantFrom(0, 0.5, 1),
  });
  const elsewhere = fc.constantFrom("require" as const, "prefer" as const);
  const countLost = fc.boolean();
  return fc.oneof(fc.record({ countLost, elsewhere }), fc.record({ countLost, elsewhere, backoff }));
}

/** The same in another unit of time. */
export function scaledSettings(given: SchedulerSettings, scale: number): SchedulerSettings {
  const { pass, decisionTime, retry } = given;
  const { backoff } = retry;
  return {
    ...given,
    ...(backoff && { retry: { ...retry, backoff: { ...backoff, initial: backoff.initial * scale, max: backoff.max * scale } } }),
    pass: typeof pass === "object" ? { every: pass.every * scale } : pass,
    decisionTime: { perPass: decisionTime.perPass * scale, perTask: decisionTime.perTask * scale },
  };
}

/** The same in another unit of time. */
export function scaledOptions({ preemption, quantum, ...options }: PolicyOptions, scale: number): PolicyOptions {
  const { grace, minRun } = preemption;
  return { ...options, quantum: quantum * scale, preemption: { ...preemption, grace: grace * scale, minRun: minRun * scale } };
}

function policyOptions(): fc.Arbitrary<PolicyOptions> {
  return fc.record({
    preemption: fc.record({
      mode: fc.constantFrom(...(["suspend", "kill", "suspend", "checkpoint"] as const)),
      grace: fc.constantFrom(0, 0, 1, 2),
      minRun: fc.constantFrom(0, 0, 1, 2),
      max: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 1, 2),
    }),
    quantum: fc.integer({ min: 4, max: 7 }), // enough for a µs of work on the slowest worker
    blocking: fc.constantFrom(undefined, undefined, true, false),
    placement: fc.constantFrom(undefined, ...PLACEMENTS),
    keys: fc.array(fc.nat(100), { minLength: 12, maxLength: 12 }),
    named: fc.boolean(),
  });
}

/** A list in which every task comes after those it depends on, otherwise shuffled by the keys. */
function fixedOrder({ sources, workers }: Scenario, { keys, named }: PolicyOptions): string[] {
  const tasks = sources.flatMap((source) => (source.kind === "tasks" ? source.tasks : []));
  const listed: TaskSpec[] = [];
  const isListed = (id: string) => listed.some((task) => task.id === id);
  while (listed.length < tasks.length) {
    const open = tasks.filter((task) => !isListed(task.id) && task.dependencies.every(isListed));
    listed.push(open[(keys[listed.length % keys.length] as number) % open.length] as TaskSpec);
  }
  return listed.map((task, place) => {
    const holder = workers.find((worker) => couldHold(task, worker));
    return named && place % 2 === 0 && holder !== undefined ? `${task.id}@${holder.id}` : task.id;
  });
}

/** Whether the worker surely could: amounts that are drawn are not looked at. */
function couldHold({ request, requires, duration, profile }: TaskSpec, { id, capacity, labels }: WorkerSpec): boolean {
  if (typeof duration === "object" && "on" in duration && !(duration.on as [string, Amount][]).some(([key]) => key === id)) return false;
  if (Object.entries(requires).some(([name, value]) => labels[name] !== value)) return false;
  const claim = profile?.asks?.claim;
  return request.every((amount, d) => typeof amount === "number" && Math.max(amount, claim?.get(d) ?? 0) <= (capacity[d] as number));
}

/** The usual value three times of four. */
function mostly<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ withCrossShrink: true }, { weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}
