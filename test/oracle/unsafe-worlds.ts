// Ordinary random runs, one a seed, in which safeguards matter: workers fail, clients ask for things, attempts make room for others,
// and in some a network lies between.
import fc from "fast-check";
import type { RunOptions } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import {
  EACH_POLICY,
  misfortunes,
  overNetwork,
  requests,
  setUp,
  unfortunate,
  weathers,
  withActions,
  withdrawals,
} from "../laws/running.ts";

/** Nothing runs forever here. */
const maxEvents = 400;

const POLICIES = EACH_POLICY.map(([, policy]) => policy);

const drawings = fc.record({
  policy: fc.oneof(fc.constantFrom(...POLICIES), fc.constantFrom(...POLICIES.filter(({ preempts }) => preempts === true))),
  drawn: cases({ brief: true }),
  misfortune: misfortunes,
  weather: fc.option(weathers),
  /** Whether a network lies between also where attempts make room for others. */
  far: fc.constantFrom(true, true, false),
  asked: requests,
  withdrawn: withdrawals,
});

/** The run of a seed; undefined where the policy that is drawn does not apply to the tasks that are. */
export function runOf(seed: number): RunOptions | undefined {
  const [drawing] = fc.sample(drawings, { seed: Math.imul(seed, 0x9e3779b1), numRuns: 1 });
  const { policy, drawn, misfortune, weather, far, asked, withdrawn } = drawing as NonNullable<typeof drawing>;
  const setup = setUp(policy, drawn);
  if (setup === undefined || setup.world.tasks.count === 0) return undefined;
  const networked = weather !== null && (policy.preempts !== true || far);
  const actions = [...asked, ...withdrawn.map((one) => ({ ...one, kind: "cancel" as const }))];
  const failing = withActions(unfortunate(setup, misfortune), actions);
  return { ...(networked ? overNetwork(failing, weather, misfortune.liveness) : failing), maxEvents };
}
