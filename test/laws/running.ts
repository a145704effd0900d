// Running a random case under a policy: what every law suite does.
import fc from "fast-check";
import {
  type ClientLink,
  type NetworkPlan,
  DIRECTIONS,
  IDEAL_LINK,
  IN_FLIGHT,
  type InFlight,
  type LinkDisturbance,
  type LinkQuality,
} from "../../src/model/network.ts";
import { AUTOSCALERS } from "../../src/autoscalers/index.ts";
import type { AutoscalerDefinition } from "../../src/autoscalers/autoscaler.ts";
import { withRange } from "../../src/model/capacity-effects.ts";
import type { ClientSettings } from "../../src/model/clients.ts";
import type { AutoscalerSettings, Pool, SpotTerms } from "../../src/model/cloud.ts";
import type { Duration } from "../../src/model/units.ts";
import type { LivenessSettings, SchedulerSettings } from "../../src/model/settings.ts";
import type { Trace } from "../../src/model/trace.ts";
import {
  type Action,
  CLIENTS,
  type ReplicaAction,
  type TaskAction,
  type FaultEffect,
  type FaultTrack,
  type Killer,
  isWorkerAction,
  ITS_WORKER,
  type Lifetime,
  LIFETIMES,
  REPLICAS,
  type World,
} from "../../src/model/world.ts";
import { TieOrder } from "../../src/engine/tie-order.ts";
import { Event } from "../../src/run/event-kinds.ts";
import type { ReplicationSettings } from "../../src/model/replication.ts";
import type { JudgeOptions } from "../../src/oracle/invariant.ts";
import { applies } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { Status } from "../../src/model/status.ts";
import { simulate, SimulationCore } from "../../src/simulation.ts";
import { type Case, settingsFor, worldOf } from "../arbitraries.ts";
import { EXPRESSIONS, NAMED_POLICIES, nameOf } from "../expressions.ts";
import { EXTRA_POLICIES } from "../extra-policies.ts";

/** Rows for `test.each`: every policy of the registry, with some expressions, and the extra ones. */
export const EACH_POLICY: readonly (readonly [string, PolicyDefinition])[] = [...NAMED_POLICIES, ...EXPRESSIONS, ...EXTRA_POLICIES].map(
  (policy) => [nameOf(policy), policy],
);

export interface Setup {
  world: World;
  settings: SchedulerSettings;
  policy: PolicyDefinition;
  seeds: Case["seeds"];
}

/** What `simulate` takes, or undefined where the policy does not apply. */
export function setUp(policy: PolicyDefinition, drawn: Case): Setup | undefined {
  const drawnWorld = worldOf(drawn);
  const world = policy.preempts === true ? withoutAsks(drawnWorld) : drawnWorld;
  const settings = settingsFor(policy, drawn);
  if (applies(policy, world, settings) !== undefined) return undefined;
  return { world, settings, policy: policy.specialise?.(settings.policy.parameters) ?? policy, seeds: drawn.seeds };
}

/** The same where no attempt asks for more, or less: under policies that preempt, none may. */
export function withoutAsks(world: World): World {
  const profiles = world.tasks.profiles.map((profile) => {
    const { asks: _, ...others } = profile;
    return others;
  });
  return { ...world, tasks: { ...world.tasks, profiles } };
}

/** The stored trace of a run. */
export function traceOf(setup: Setup): Trace {
  return simulate({ ...setup, storeTrace: true }).trace as Trace;
}

/**
 * Cycles in which a policy may change its mind about what blocks the others, and thinks for a while: those that can start nothing are
 * left out where nothing but faults is due, and take no time.
 * The naive simulator holds them all, and a policy with a static order none.
 */
export function hasIdleThoughts({ settings, policy }: Setup): boolean {
  if (settings.decisionTime.perPass + settings.decisionTime.perTask === 0) return false;
  const isBlocking = settings.policy.blocking ?? policy.blocking;
  return typeof settings.pass === "object" && isBlocking === true && policy.order !== "static" && policy.order !== "plan";
}

/** What the oracle needs of a run beside its trace, where ties are seeded: the place of a task among others. */
export function placeIn({ settings, seeds }: Pick<Setup, "settings" | "seeds">): JudgeOptions {
  if (settings.ties !== "seeded") return {};
  const ties = new TieOrder(seeds.policy);
  return { place: (time, event, task) => ties.place(time, event === "end" ? Event.attemptEnd : Event.submission, task) };
}

export interface Withdrawal {
  time: number;
  task: number;
}

/** What a client may want to cancel, and when; each task at most once. */
export const withdrawals: fc.Arbitrary<Withdrawal[]> = fc.uniqueArray(fc.record({ time: fc.nat(8), task: fc.nat(15) }), {
  maxLength: 3,
  selector: ({ task }) => task,
});

/** What scenarios' actions ask for; tasks modulo their number. */
export const requests: fc.Arbitrary<TaskAction[]> = fc.array(
  fc.record({ time: fc.nat(12), task: fc.nat(15) }).chain((when): fc.Arbitrary<TaskAction> => {
    const change = fc.record({ priority: fc.nat(3), weight: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] });
    return fc.oneof(
      fc.constant({ ...when, kind: "cancel" as const }),
      fc.constant({ ...when, kind: "requeue" as const }),
      fc.constant({ ...when, kind: "status" as const }),
      change.map((drawn) => ({ ...when, kind: "set" as const, change: drawn })),
    );
  }),
  { maxLength: 6 },
);

/** The same with what clients ask for. */
export function withActions(setup: Setup, asked: readonly TaskAction[], scale = 1): Setup {
  const actions = asked
    .map(({ task, time, ...deed }): TaskAction => ({ ...deed, time: time * scale, task: task % setup.world.tasks.count }))
    .sort((a, b) => a.time - b.time);
  return { ...setup, world: { ...setup.world, actions } };
}

export interface Misfortune {
  tracks: FaultTrack[];
  /** Tasks modulo their number. */
  killers: Killer[];
  liveness: LivenessSettings;
}

/** What workers have when they shrink or grow, per dimension. */
function amounts(otherwise: number): fc.Arbitrary<number[]> {
  const or = (...values: number[]) => fc.constantFrom(otherwise, ...values);
  return fc.tuple(or(0, 500, 1000, 2000, 5000), or(0, 1, 2, 8_589_934_592), or(0, 4), or(0, 1, 2), or(0, 1000)).map((drawn) => [...drawn]);
}

/** Tasks modulo their number. */
const anchors = fc.record({ task: fc.nat(5), attempt: fc.constantFrom(1, 1, 1, 2, 3), progress: fc.constantFrom(0, 0, 0.3, 0.5, 0.9) });

const lifetimes = fc.record({
  mean: fc.integer({ min: 3, max: 12 }),
  distribution: fc.constantFrom(...LIFETIMES),
  permanent: fc.constantFrom(false, false, false, true),
});

/** What goes wrong with workers, and how the scheduler finds out; workers modulo their number. */
export const misfortunes: fc.Arbitrary<Misfortune> = fc.record({
  tracks: fc.array(
    fc.record({
      worker: fc.oneof(fc.nat(3), fc.constant(ITS_WORKER)),
      effect: fc.oneof(
        fc.constantFrom<FaultEffect>({ kind: "down" }, { kind: "down", losesDisk: true }, { kind: "frozen" }, { kind: "muted" }),
        fc.record({ kind: fc.constant("slow" as const), rate: fc.constantFrom(1, 333, 500, 1000) }),
        fc.record({
          kind: fc.constant("drifting" as const),
          rate: fc.constantFrom(100_000, 500_000, 970_000, 1_000_000, 1_030_000, 1_900_000),
        }),
        amounts(Number.POSITIVE_INFINITY).map((most) => ({ kind: "shrunk" as const, most })),
        amounts(0).map((least) => ({ kind: "grown" as const, least })),
      ),
      episodes: fc.oneof(
        fc
          .record({ from: fc.nat(15), lasting: fc.oneof(fc.nat(12), fc.constant(Number.POSITIVE_INFINITY)) })
          .map(({ from, lasting }) => ({ from, to: from + lasting })),
        fc.record({ anchor: anchors, lasting: fc.oneof(fc.nat(6), fc.constant(Number.POSITIVE_INFINITY)) }),
        lifetimes.map(({ mean, distribution, permanent }) => {
          const lifetime = { distribution, mean, shape: 1.5, cv: 1 };
          return { purpose: "faults/test", entity: "w", between: lifetime, ...(!permanent && { lasting: { ...lifetime, mean: 3 } }) };
        }),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  killers: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Killer[]>([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({
          task: fc.nat(15),
          after: fc.constantFrom(1, 1, 0.5, 0.07),
          lasting: fc.oneof(fc.nat(12), fc.constant(Number.POSITIVE_INFINITY)),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
  ),
  liveness: fc
    .record({
      interval: fc.integer({ min: 1, max: 4 }),
      patience: fc.integer({ min: 1, max: 5 }),
      term: fc.integer({ min: 1, max: 8 }),
      requeue: fc.constantFrom("lease-end" as const, "suspicion" as const),
      drift: fc.constantFrom(0, 0, 30_000, 500_000),
      progress: fc.constantFrom(undefined, undefined, 250, 100, 334, 7),
    })
    .map(({ interval, patience, term, requeue, drift, progress }) => ({
      heartbeat: { interval, timeout: interval + patience },
      lease: interval + term,
      requeue,
      ...(drift > 0 && { drift }),
      ...(progress !== undefined && { progress }),
    })),
});

/** The same for times in units of `scale` µs, faults later by a part of one. */
export function scaledMisfortune({ tracks, killers, liveness }: Misfortune, scale: number, part: number): Misfortune {
  const longer = (lifetime: Lifetime) => ({ ...lifetime, mean: lifetime.mean * scale });
  const later = (time: number) => Math.round((time + part) * scale);
  const { heartbeat, lease } = liveness;
  return {
    killers: killers.map((killer) => ({ ...killer, lasting: killer.lasting * scale })),
    tracks: tracks.map(({ episodes, ...track }) => ({
      ...track,
      episodes:
        "anchor" in episodes
          ? { ...episodes, lasting: episodes.lasting * scale }
          : "from" in episodes
            ? { from: later(episodes.from), to: later(episodes.to) }
            : { ...episodes, between: longer(episodes.between), ...(episodes.lasting && { lasting: longer(episodes.lasting) }) },
    })),
    liveness: {
      ...liveness,
      heartbeat: { interval: heartbeat.interval * scale, timeout: heartbeat.timeout * scale },
      lease: lease * scale,
    },
  };
}

/** The same with workers that fail. */
export function unfortunate(setup: Setup, { tracks, killers, liveness }: Misfortune): Setup {
  const { world, settings } = setup;
  const deadly = new Map(killers.map((killer) => [killer.task % world.tasks.count, killer]));
  const faults = {
    seed: setup.seeds.faults,
    tracks: tracks.flatMap(({ worker, effect, episodes }): FaultTrack[] => {
      const own = { effect: withDimensions(effect, world.dimensions.length) };
      const on = Math.max(0, worker) % world.workers.count;
      if (!("anchor" in episodes)) return [{ ...own, worker: on, episodes }];
      const { count } = world.tasks;
      const anchor = { ...episodes.anchor, task: episodes.anchor.task % count };
      return count === 0 ? [] : [{ ...own, worker: worker === ITS_WORKER ? worker : on, episodes: { ...episodes, anchor } }];
    }),
    killers: world.tasks.count === 0 ? [] : [...deadly].map(([task, killer]) => ({ ...killer, task })),
  };
  return { ...setup, world: { ...world, workers: withRange(world.workers, faults.tracks), faults }, settings: { ...settings, liveness } };
}

function withDimensions(effect: FaultEffect, count: number): FaultEffect {
  if (effect.kind === "shrunk") return { ...effect, most: effect.most.slice(0, count) };
  if (effect.kind === "grown") return { ...effect, least: effect.least.slice(0, count) };
  return effect;
}

export interface Turnover {
  /** When the last workers join, the last of all first. */
  joins: number[];
  /** Who leaves, modulo their number, how long after the beginning or its joining, and for how long what runs there may go on. */
  leaves: { worker: number; after: number; limit: number }[];
}

/** Workers that join and leave; half of them have long to end what they run. */
export const turnovers: fc.Arbitrary<Turnover> = fc.record({
  joins: fc.array(fc.nat(12), { maxLength: 3 }),
  leaves: fc.uniqueArray(
    fc.record({ worker: fc.nat(3), after: fc.nat(12), limit: fc.oneof(fc.nat(6), fc.constantFrom(20, Number.POSITIVE_INFINITY)) }),
    { maxLength: 4, selector: ({ worker }) => worker },
  ),
});

/** The faults that happen once strike workers that are to leave, as long after that as they would have come. */
export function whileLeaving({ leaves }: Turnover, misfortune: Misfortune): Misfortune {
  const tracks = misfortune.tracks.map((track, i): FaultTrack => {
    const leave = leaves[i];
    const { episodes } = track;
    if (leave === undefined || !("from" in episodes)) return track;
    return { ...track, worker: leave.worker, episodes: { from: leave.after + episodes.from, to: leave.after + episodes.to } };
  });
  return { ...misfortune, tracks };
}

/** The same with workers that join and leave; `asked` are what clients ask for beside. */
export function changing(setup: Setup, { joins, leaves }: Turnover, liveness: LivenessSettings, asked: readonly Action[] = []): Setup {
  const { world, settings } = setup;
  const { count } = world.workers;
  const joinedAt = new Map(joins.slice(0, count).map((time, i) => [count - 1 - i, time]));
  const leaving = new Map(leaves.map((leave) => [leave.worker % count, leave]));
  const actions: Action[] = [
    ...[...joinedAt].toReversed().map(([worker, time]): Action => ({ time, worker, kind: "join" })),
    ...[...leaving].map(
      ([worker, { after, limit }]): Action => ({ time: (joinedAt.get(worker) ?? 0) + after, worker, kind: "leave", limit }),
    ),
    ...(world.tasks.count === 0
      ? []
      : asked.map((action) => ("task" in action ? { ...action, task: action.task % world.tasks.count } : action))),
  ].sort((a, b) => a.time - b.time);
  return { ...setup, world: { ...world, actions }, settings: { ...settings, liveness } };
}

/** Pools that some of the workers are of, by what each has; times in µs. */
export interface Hiring {
  pools: { size: number; min: number; boot: Duration; spot: SpotTerms | undefined }[];
  autoscaler: AutoscalerSettings;
}

const parametersOf = ({ name, parameters }: AutoscalerDefinition): fc.Arbitrary<Pick<AutoscalerSettings, "name" | "parameters">> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(parameters).map(([key, { unit, least, most }]) => [
          key,
          unit === "time"
            ? fc.integer({ min: 1, max: 9 })
            : fc.constantFrom(...[least, 0.25, 0.5, 1, 2].filter((value) => value >= least && value <= most)),
        ]),
      ),
    )
    .map((drawn) => ({ name, parameters: drawn as Record<string, number> }));

export const hirings: fc.Arbitrary<Hiring> = fc.record({
  pools: fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 3 }),
      min: fc.nat(2),
      boot: fc.nat(4),
      spot: fc.option(fc.record({ mtbf: fc.integer({ min: 2, max: 20 }), notice: fc.nat(4) }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  autoscaler: fc
    .tuple(fc.oneof(...AUTOSCALERS.map(parametersOf)), fc.integer({ min: 1, max: 4 }), fc.nat(4))
    .map(([which, interval, cooldown]) => ({ ...which, interval, cooldown })),
});

/** The same with the first of its workers in pools, those apart that join or leave by themselves. */
export function hiring(setup: Setup, { pools: drawn, autoscaler }: Hiring, liveness: LivenessSettings): Setup {
  const { world, settings } = setup;
  const asked = (world.actions ?? []).flatMap((action) => (isWorkerAction(action) ? [action.worker] : []));
  const free = Math.min(world.workers.count, ...asked);
  const pools: Pool[] = [];
  let first = 0;
  for (const { size, min, boot, spot } of drawn) {
    const max = Math.min(size, free - first);
    if (max === 0) break;
    pools.push({ id: `pool${pools.length}`, first, min: Math.min(min, max), max, boot, ...(spot && { spot }) });
    first += max;
  }
  if (pools.length === 0) return setup;
  return { ...setup, world: { ...world, cloud: { pools, autoscaler, seed: setup.seeds.faults } }, settings: { ...settings, liveness } };
}

/** A run whose client cancels tasks while it goes on: the trace, and those of them that had not ended. */
export function cancelledRun(setup: Setup, asked: readonly Withdrawal[]): { trace: Trace; cancels: Withdrawal[] } {
  const simulation = new SimulationCore({ ...setup, storeTrace: true });
  const cancels: Withdrawal[] = [];
  for (const { time, task } of asked.toSorted((a, b) => a.time - b.time)) {
    simulation.runUntil(time);
    const { ledger } = simulation.scheduler;
    if (task >= setup.world.tasks.count || ledger.status(task) >= Status.completed) continue;
    cancels.push({ time: simulation.now, task });
    simulation.cancel(task);
    simulation.runUntil(simulation.now);
  }
  simulation.runUntil(Number.POSITIVE_INFINITY);
  return { trace: simulation.result().trace as Trace, cancels };
}

/** A network, and what goes wrong with its links; workers modulo their number. */
export interface Weather {
  links: LinkQuality[];
  inFlight: InFlight;
  tracks: FaultTrack[];
}

const qualities: fc.Arbitrary<LinkQuality> = fc.record({
  latency: fc.oneof(
    fc.nat(3),
    fc.constant({ distribution: "uniform", min: 0, max: 4 }),
    fc.constant({ distribution: "exponential", mean: 2 }),
  ),
  loss: fc.constantFrom(0, 0, 0.2, 0.6),
  duplicate: fc.constantFrom(0, 0, 0.3),
  reorder: fc.boolean(),
});

const disturbances: fc.Arbitrary<LinkDisturbance> = fc.record({
  does: fc.constantFrom(
    "cut" as const,
    "cut" as const,
    "clog" as const,
    "lose" as const,
    "delay" as const,
    "duplicate" as const,
    "reorder" as const,
  ),
  direction: fc.constantFrom(...DIRECTIONS),
  probability: fc.constantFrom(0.3, 1),
  by: fc.nat(4),
});

/** Links that delay, lose, double and reorder messages, and are cut and clogged for a time. */
export const weathers: fc.Arbitrary<Weather> = fc.record({
  links: fc.array(qualities, { minLength: 1, maxLength: 3 }),
  inFlight: fc.constantFrom(...IN_FLIGHT),
  tracks: fc.array(
    fc.record({
      worker: fc.nat(3),
      effect: disturbances.map((disturbance): FaultEffect => ({ kind: "link", ...disturbance })),
      episodes: fc.record({ from: fc.nat(15), lasting: fc.nat(12) }).map(({ from, lasting }) => ({ from, to: from + lasting })),
    }),
    { maxLength: 3 },
  ),
});

/** A link of the clients, and what goes wrong with it. */
export interface Distance {
  link: ClientLink;
  tracks: FaultTrack[];
}

export const distances: fc.Arbitrary<Distance> = fc.record({
  link: fc.tuple(qualities, fc.integer({ min: 1, max: 9 })).map(([quality, repeat]) => ({ ...quality, repeat })),
  tracks: fc.array(
    fc.record({
      worker: fc.constant(CLIENTS),
      effect: disturbances.map((disturbance): FaultEffect => ({ kind: "link", ...disturbance })),
      episodes: fc.record({ from: fc.nat(15), lasting: fc.nat(12) }).map(({ from, lasting }) => ({ from, to: from + lasting })),
    }),
    { maxLength: 2 },
  ),
});

/** The same with clients at the end of a link. */
export function fromAfar(setup: Setup, { link, tracks }: Distance, liveness: LivenessSettings): Setup {
  const { world, settings, seeds } = setup;
  const links = Array.from({ length: world.workers.count }, () => IDEAL_LINK);
  const network = { ...(world.network ?? { seed: seeds.faults, links, detail: "messages", inFlight: "drop" }), clients: link } as const;
  const faults = { seed: seeds.faults, ...world.faults, tracks: [...(world.faults?.tracks ?? []), ...tracks] };
  return { ...setup, world: { ...world, network, faults }, settings: { ...settings, liveness } };
}

/** The same, every message by itself. */
export function messageByMessage(setup: Setup): Setup {
  const links = Array.from({ length: setup.world.workers.count }, () => IDEAL_LINK);
  const network = setup.world.network ?? { seed: "1", links, inFlight: "drop" as const };
  return { ...setup, world: { ...setup.world, network: { ...network, detail: "messages" } } };
}

/** The same over a network, every message told. */
export function overNetwork(setup: Setup, { links, inFlight, tracks }: Weather, liveness: LivenessSettings): Setup {
  const { world, settings, seeds } = setup;
  const own = tracks.map((track) => ({ ...track, worker: track.worker % world.workers.count }));
  const faults = { seed: seeds.faults, tracks: [...(world.faults?.tracks ?? []), ...own] };
  const all = Array.from({ length: world.workers.count }, (_, worker) => links[worker % links.length] as LinkQuality);
  const network = { seed: seeds.faults, links: all, detail: "messages" as const, inFlight };
  return { ...setup, world: { ...world, faults, network }, settings: { ...settings, liveness } };
}

/** Replicas of the scheduler, and what befalls them; replicas modulo their number. */
export interface Replicas {
  settings: ReplicationSettings;
  tracks: FaultTrack[];
  /** What operators ask for. */
  transfers: ReplicaAction[];
}

/** What befalls the disks and clocks of replicas; clocks by so little that leases allow for four of them at a time. */
const DISKS_AND_CLOCKS: readonly FaultEffect[] = [
  { kind: "down", losesDisk: true },
  { kind: "down", log: "torn" },
  { kind: "down", log: "rotten" },
  { kind: "slow", rate: 0 },
  { kind: "slow", rate: 300 },
  { kind: "drifting", rate: 1_050_000 },
  { kind: "drifting", rate: 950_000 },
];
const MOST_DRIFT = 250_000;

/** Times in µs, as short as those of the tasks beside them. */
const groups: fc.Arbitrary<Replicas> = fc.record({
  settings: fc
    .record({
      count: fc.constantFrom(2, 3, 3, 3, 5),
      least: fc.integer({ min: 8, max: 20 }),
      spread: fc.integer({ min: 5, max: 30 }),
      heartbeat: fc.integer({ min: 2, max: 5 }),
      preVote: fc.constantFrom(true, true, false),
      batch: fc.constantFrom(1, 3, 64),
      pipeline: fc.constantFrom(1, 2, 16),
      sync: fc.nat(2),
      durability: fc.constantFrom("quorum", "quorum", "leader"),
      snapshotEvery: fc.constantFrom(1, 5, 20, 1000),
      link: fc.record({
        latency: fc.oneof(fc.nat(2), fc.constant({ distribution: "uniform", min: 0, max: 3 })),
        loss: fc.constantFrom(0, 0, 0, 0.1),
        duplicate: fc.constantFrom(0, 0, 0.2),
        reorder: fc.boolean(),
      }),
    })
    .map(({ least, spread, ...others }) => ({ ...others, electionTimeout: { least, most: least + spread }, checkQuorum: true, drift: 0 })),
  tracks: fc.array(
    fc.record({
      worker: fc.constant(REPLICAS),
      replica: fc.oneof(fc.constant("leader" as const), fc.nat(4)),
      effect: fc.oneof(
        fc.constantFrom<FaultEffect>({ kind: "down" }, { kind: "down" }, { kind: "frozen" }),
        fc.constantFrom(...DISKS_AND_CLOCKS),
        disturbances.map((disturbance): FaultEffect => ({ kind: "link", ...disturbance })),
        fc
          .record({ disturbance: disturbances, peers: fc.subarray([0, 1, 2], { minLength: 1 }) })
          .map(({ disturbance, peers }): FaultEffect => ({ kind: "link", ...disturbance, peers })),
      ),
      episodes: fc.record({ from: fc.nat(80), lasting: fc.nat(60) }).map(({ from, lasting }) => ({ from, to: from + lasting })),
    }),
    { maxLength: 4 },
  ),
  transfers: fc.array(fc.record({ time: fc.nat(120), replica: fc.nat(4), kind: fc.constant("transfer") }), { maxLength: 2 }),
});

/** Leases allow for the clocks that drift. */
export const replicas: fc.Arbitrary<Replicas> = groups.map(({ settings, ...others }) => {
  const drift = others.tracks.some(({ effect }) => effect.kind === "drifting") ? MOST_DRIFT : 0;
  return { settings: { ...settings, drift }, ...others };
});

/** The same with a scheduler of several replicas. */
export function replicated(setup: Setup, { settings: replication, tracks, transfers }: Replicas, liveness: LivenessSettings): Setup {
  const { world, settings, seeds } = setup;
  const own = tracks.map(({ replica = 0, ...track }) => ({
    ...track,
    replica: replica === "leader" ? replica : replica % replication.count,
  }));
  const handed = transfers.map((transfer) => ({ ...transfer, replica: transfer.replica % replication.count }));
  const actions = [...(world.actions ?? []), ...handed];
  const links = Array.from({ length: world.workers.count }, () => IDEAL_LINK);
  const network = world.network ?? { seed: seeds.faults, links, detail: "messages" as const, inFlight: "drop" as const };
  const faults = { seed: seeds.faults, ...world.faults, tracks: [...(world.faults?.tracks ?? []), ...own] };
  return {
    ...setup,
    world: { ...world, actions, faults, network, replicas: { ...replication, seed: seeds.faults } },
    settings: { ...settings, liveness, replication, cancel: "immediate", decisionTime: { perPass: 0, perTask: 0 } },
  };
}

/** What clients of a replicated scheduler are like as processes, and their links. */
export interface Clientele {
  clients: ClientSettings;
  link: ClientLink;
}

export const clienteles: fc.Arbitrary<Clientele> = fc.record({
  clients: fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    batch: fc.constantFrom(1, 1, 3, 50),
    interval: fc.constantFrom(0, 0, 3),
    status: fc.constantFrom(undefined, 4, 9),
    reads: fc.constantFrom("linearizable" as const, "linearizable" as const, "stale" as const),
    session: fc.constantFrom(45, 120, 1000),
    backoff: fc.record({
      initial: fc.integer({ min: 1, max: 5 }),
      factor: fc.constantFrom(1, 2),
      max: fc.constant(20),
      jitter: fc.constantFrom(0, 0.5),
    }),
  }),
  link: fc.record({
    latency: fc.oneof(fc.nat(2), fc.constant({ distribution: "uniform", min: 0, max: 4 })),
    loss: fc.constantFrom(0, 0, 0.2),
    duplicate: fc.constantFrom(0, 0, 0.2),
    reorder: fc.boolean(),
    repeat: fc.integer({ min: 5, max: 20 }),
  }),
});

/** The same with clients as processes. */
export function withClients(setup: Setup, { clients, link }: Clientele): Setup {
  const { world, settings } = setup;
  const network = { ...(world.network as NetworkPlan), clients: link };
  return { ...setup, world: { ...world, clients, network }, settings: { ...settings, notify: false } };
}
