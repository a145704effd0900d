// Ordinary random runs, one a seed, in which safeguards matter: workers fail, clients ask for things, attempts make room for others,
// and in some a network lies between.
import fc from "fast-check";
import { constantColumn } from "../../src/model/columns.ts";
import type { SpeculationSettings } from "../../src/model/settings.ts";
import type { RunOptions } from "../../src/simulation.ts";
import { type FaultTrack, REPLICAS } from "../../src/model/world.ts";
import { cases } from "../arbitraries.ts";
import {
  clienteles,
  EACH_POLICY,
  misfortunes,
  overNetwork,
  replicas,
  replicated,
  requests,
  type Setup,
  setUp,
  unfortunate,
  weathers,
  withActions,
  withClients,
  withdrawals,
  withoutAsks,
} from "../laws/running.ts";

/** Nothing runs forever here. */
const maxEvents = 400;

const POLICIES = EACH_POLICY.map(([, policy]) => policy);

const drawings = fc.record({
  policy: fc.oneof(fc.constantFrom(...POLICIES), {
    arbitrary: fc.constantFrom(...POLICIES.filter(({ preempts }) => preempts === true)),
    weight: 2,
  }),
  drawn: cases({ brief: true }),
  misfortune: misfortunes,
  weather: fc.option(weathers),
  /** Whether a network lies between also where attempts make room for others. */
  far: fc.constantFrom(true, true, false),
  asked: requests,
  withdrawn: withdrawals,
  /** Whether attempts that take too long get copies: then all tasks are of one function. */
  copies: fc.option(fc.constantFrom({ factor: 1, min: 1 }, { factor: 1.5, min: 1 }), { freq: 2 }),
});

/** The run of a seed; undefined where the policy that is drawn does not apply to the tasks that are. */
export function runOf(seed: number): RunOptions | undefined {
  const [drawing] = fc.sample(drawings, { seed: Math.imul(seed, 0x9e3779b1), numRuns: 1 });
  const { policy, drawn, misfortune, weather, far, asked, withdrawn, copies } = drawing as NonNullable<typeof drawing>;
  const plain = setUp(policy, drawn);
  if (plain === undefined || plain.world.tasks.count === 0) return undefined;
  const setup = copies === null ? plain : withCopies(plain, copies);
  const networked = weather !== null && (policy.preempts !== true || far);
  const actions = [...asked, ...withdrawn.map((one) => ({ ...one, kind: "cancel" as const }))];
  const failing = withActions(unfortunate(setup, misfortune), actions);
  return { ...(networked ? overNetwork(failing, weather, misfortune.liveness) : failing), maxEvents };
}

const replicatedDrawings = fc.record({
  policy: fc.constantFrom(...POLICIES.filter(({ preempts }) => preempts !== true)),
  drawn: cases({ brief: true }),
  group: replicas,
  misfortune: misfortunes,
  asked: requests,
  clientele: clienteles,
  crashes: fc.array(fc.record({ replica: fc.nat(2), from: fc.integer({ min: 20, max: 150 }), lasting: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 9,
    maxLength: 9,
  }),
});

/** The same where the scheduler has replicas that crash and start again from snapshots, and its clients are processes that miss many an answer. */
export function replicatedRunOf(seed: number): RunOptions | undefined {
  const [drawing] = fc.sample(replicatedDrawings, { seed: Math.imul(seed, 0x9e3779b1), numRuns: 1 });
  const { policy, drawn, group, misfortune, asked, clientele, crashes } = drawing as NonNullable<typeof drawing>;
  const plain = setUp(policy, drawn);
  if (plain === undefined || plain.world.tasks.count === 0) return undefined;
  const { data, ...world } = withoutAsks(plain.world);
  if (data !== undefined) return undefined;
  const { speculation: _, ...settings } = plain.settings;
  const asking = withActions(
    { ...plain, world, settings },
    asked.filter(({ kind }) => kind !== "requeue"),
  );
  const liveness = { ...misfortune.liveness, lease: 400 };
  const down = crashes.map(
    ({ replica, from, lasting }): FaultTrack => ({
      ...{ worker: REPLICAS, replica, effect: { kind: "down" }, episodes: { from, to: from + lasting } },
    }),
  );
  const crashing = { ...group.settings, count: 3, snapshotEvery: 1 };
  const setup = replicated(asking, { ...group, settings: crashing, tracks: [...group.tracks, ...down] }, liveness);
  const clients = { ...clientele.clients, interval: 0, session: 1000 };
  return { ...withClients(setup, { clients, link: { ...clientele.link, loss: 0.5, repeat: 10 } }), maxEvents: 2000 };
}

function withCopies(setup: Setup, speculation: SpeculationSettings): Setup {
  const { world, settings } = setup;
  const tasks = { ...world.tasks, function: { values: ["", "f"], indices: constantColumn(1) } };
  return { ...setup, world: { ...world, tasks }, settings: { ...settings, speculation } };
}
