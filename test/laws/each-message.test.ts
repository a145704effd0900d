// Heartbeats that tell nothing new are folded; message by message, each simulated by itself, the scheduler decides the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LivenessSettings, PhiSettings } from "../../src/model/settings.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { MessageFate, MessageKind, type NetworkPlan } from "../../src/model/network.ts";
import { judge } from "../../src/oracle/index.ts";
import { type Run, simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { defineScenario, simulate as simulateScenario } from "../../src/index.ts";
import { runsOfEach, seed } from "../fuzz-runs.ts";
import {
  changing,
  EACH_POLICY,
  messageByMessage,
  misfortunes,
  overNetwork,
  requests,
  type Setup,
  setUp,
  turnovers,
  unfortunate,
  weathers,
} from "./running.ts";

/** The same, workers being suspected by how their heartbeats come. */
function accrual({ settings, ...setup }: Setup, phi: PhiSettings | undefined): Setup {
  const liveness = settings.liveness as LivenessSettings;
  return phi === undefined
    ? { ...setup, settings }
    : { ...setup, settings: { ...settings, liveness: { ...liveness, heartbeat: { ...liveness.heartbeat, phi } } } };
}

const phis: fc.Arbitrary<PhiSettings | undefined> = fc.option(
  fc.record({ threshold: fc.constantFrom(1, 3, 8), window: fc.integer({ min: 1, max: 8 }), deviation: fc.integer({ min: 1, max: 3 }) }),
  { nil: undefined },
);

/** A run that ends by itself, or with its time: events are more where each heartbeat is one. */
function run(setup: Setup, maxTime: number): { run: Run; summary: object } {
  const metrics = new RunMetrics(setup.world, { from: 0, to: 1 });
  const ran = simulate({ ...setup, sinks: [metrics], storeTrace: true, maxTime });
  const { ending: _, ...summary } = metrics.summary({ ...ran, entries: ran.entries }, "1");
  return { run: ran, summary };
}

/** Both, for as long as it takes to see that nothing comes of heartbeats any more: that one notices it later is no difference. */
function runBoth(folded: Setup, single: Setup): [ReturnType<typeof run>, ReturnType<typeof run>] {
  const [first, second] = [run(folded, 400), run(single, 400)];
  return first.run.ending.kind === second.run.ending.kind ? [first, second] : [run(folded, 2000), run(single, 2000)];
}

/** What a run shows: its digest and its numbers, or, where it was cut off at some event, how far it came. */
function expectAlike(folded: ReturnType<typeof run>, single: ReturnType<typeof run>): void {
  expect(single.run.digest).toBe(folded.run.digest);
  expect(single.run.ending.kind).toBe(folded.run.ending.kind);
  if (folded.run.ending.kind === "complete") expect(single.summary).toEqual(folded.summary);
}

const beaten = { folded: 0, single: 0 };

describe.each(EACH_POLICY)("folded and message by message alike: %s", (name, policy) => {
  test("where workers fail, join and leave", () => {
    fc.assert(
      fc.property(
        cases({ brief: true }),
        misfortunes,
        turnovers,
        requests,
        fc.boolean(),
        phis,
        (drawn, misfortune, turnover, asked, turns, phi) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined && setup.world.tasks.count > 0);
          const failing = unfortunate(setup, misfortune);
          const changed = accrual(turns ? changing(failing, turnover, misfortune.liveness, asked) : failing, phi);
          const [folded, single] = runBoth(changed, messageByMessage(changed));
          expectAlike(folded, single);
          const trace = single.run.trace;
          if (trace !== undefined) expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
          const beats = trace?.messages?.filter(({ kind, fate }) => kind === MessageKind.heartbeat && fate === MessageFate.delivered);
          beaten.single += beats?.length ?? 0;
          beaten.folded += folded.run.trace?.messages?.length ?? 0;
        },
      ),
      { seed: seed(61, name), numRuns: runsOfEach(12) },
    );
  });
});

describe.each(EACH_POLICY)("folded and message by message alike: %s", (name, policy) => {
  test("over a network that delays, loses, doubles and reorders messages", () => {
    fc.assert(
      fc.property(
        cases({ brief: true }),
        misfortunes,
        turnovers,
        weathers,
        requests,
        phis,
        fc.constantFrom(150, 400),
        (drawn, misfortune, turnover, weather, asked, phi, maxTime) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined && setup.world.tasks.count > 0);
          const failing = unfortunate(setup, misfortune);
          const changed = asked.length > 0 ? changing(failing, turnover, misfortune.liveness, asked) : failing;
          const single = accrual(overNetwork(changed, weather, misfortune.liveness), phi);
          const folded = {
            ...single,
            world: { ...single.world, network: { ...(single.world.network as NetworkPlan), detail: "folded" as const } },
          };
          const [first, second] = [run(folded, maxTime), run(single, maxTime)];
          expectAlike(first, second);
          expect(second.summary).toEqual(first.summary);
        },
      ),
      { seed: seed(62, name), numRuns: runsOfEach(20) },
    );
  });
});

describe("what nobody can observe is no event", () => {
  const hour = (network: object) =>
    simulateScenario(
      defineScenario({
        cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
        network: network as { latency: string },
        tasks: [
          { id: "a", duration: "1h" },
          { id: "b", duration: "59m" },
        ],
      }),
      { maxEvents: 300 },
    ).ending.kind;

  test("an hour of heartbeats where each is answered before the next", () => {
    expect(hour({ latency: "1ms" })).toBe("complete");
    expect(hour({ latency: "1ms", detail: "messages" })).toBe("max-events");
  });
});

test("there were heartbeats to fold", () => {
  expect(beaten.folded).toBe(0);
  expect(beaten.single).toBeGreaterThan(10_000);
});
