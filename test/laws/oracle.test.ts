// Every invariant holds on random scenarios under every policy, and over the whole suite every one is exercised.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NetworkPlan } from "../../src/model/network.ts";
import type { Trace } from "../../src/model/trace.ts";
import { INVARIANTS, judge } from "../../src/oracle/index.ts";
import type { JudgeOptions } from "../../src/oracle/invariant.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runsOfEach, seed } from "../fuzz-runs.ts";
import { ranksOf } from "./ranks.ts";
import {
  cancelledRun,
  changing,
  distances,
  EACH_POLICY,
  fromAfar,
  hiring,
  hirings,
  misfortunes,
  overNetwork,
  placeIn,
  requests,
  setUp,
  traceOf,
  turnovers,
  unfortunate,
  weathers,
  whileLeaving,
  withActions,
  withdrawals,
} from "./running.ts";

const exercised = new Map<string, number>();

function expectHeld(trace: Trace, options: JudgeOptions): void {
  const verdicts = judge(trace, options);
  expect(verdicts.filter(({ verdict }) => verdict === "violated")).toEqual([]);
  for (const { id, premises } of verdicts) exercised.set(id, (exercised.get(id) ?? 0) + premises);
}

describe.each(EACH_POLICY)("no invariant is broken: %s", (name, policy) => {
  const SUITES = [
    ["on small scenarios full of ties", {}, 20],
    ["on long queues of many different tasks", { crowd: true }, 4],
    ["where workers are alike and hold one task each", { alike: true }, 10],
  ] as const;
  test.each(SUITES)("%s", (_title, wishes, usual) => {
    fc.assert(
      fc.property(cases(wishes), (drawn) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const trace = traceOf(setup);
        const rank = ranksOf(policy, trace, drawn.seeds);
        expectHeld(trace, { ...placeIn(setup), ...(rank !== undefined && { rank }) });
      }),
      { seed: seed(21, name), numRuns: runsOfEach(usual) },
    );
  });

  test("when the client cancels", () => {
    fc.assert(
      fc.property(cases(), withdrawals, (drawn, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        expectHeld(cancelledRun(setup, asked).trace, placeIn(setup));
      }),
      { seed: seed(22, name), numRuns: runsOfEach(12) },
    );
  });
});

describe.each(EACH_POLICY)("no invariant is broken where workers fail: %s", (name, policy) => {
  /** Nothing runs forever here: a task that is longer than its workers live is given up with the run. */
  const maxEvents = 3000;

  test("at any moment", () => {
    fc.assert(
      fc.property(cases(), misfortunes, fc.oneof(fc.constant([]), requests), (drawn, misfortune, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const failing = withActions(unfortunate(setup, misfortune), asked);
        const { trace, ending } = simulate({ ...failing, storeTrace: true, maxEvents });
        expect(["complete", "max-events", "starved"]).toContain(ending.kind);
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(31, name), numRuns: runsOfEach(16) },
    );
  });
});

describe.each(EACH_POLICY)("no invariant is broken where workers join and leave: %s", (name, policy) => {
  const maxEvents = 3000;
  const BRIEF = { brief: true };
  const ENDS = ["complete", "max-events", "starved"];

  test("at any moment", () => {
    fc.assert(
      fc.property(cases(BRIEF), turnovers, misfortunes, requests, (drawn, turnover, { liveness }, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const { trace, ending } = simulate({ ...changing(setup, turnover, liveness, asked), storeTrace: true, maxEvents });
        expect(ENDS).toContain(ending.kind);
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(41, name), numRuns: runsOfEach(45) },
    );
  });

  test("and fail", () => {
    fc.assert(
      fc.property(cases(BRIEF), turnovers, misfortunes, fc.boolean(), requests, (drawn, turnover, anytime, leaving, asked) => {
        const misfortune = leaving ? whileLeaving(turnover, anytime) : anytime;
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const changed = changing(unfortunate(setup, misfortune), turnover, misfortune.liveness, asked);
        const { trace, ending } = simulate({ ...changed, storeTrace: true, maxEvents });
        expect(ENDS).toContain(ending.kind);
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(42, name), numRuns: runsOfEach(45) },
    );
  });
});

describe.each(EACH_POLICY)("no invariant is broken with pools: %s", (name, policy) => {
  test("whose instances are taken back, while workers fail, join and leave", () => {
    fc.assert(
      fc.property(
        cases({ brief: true }),
        hirings,
        misfortunes,
        turnovers,
        requests,
        fc.nat(3),
        (drawn, pools, anytime, turnover, asked, what) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined);
          const misfortune = what === 1 ? whileLeaving(turnover, anytime) : anytime;
          const failing = what > 0 ? unfortunate(setup, misfortune) : setup;
          const changed = what === 2 ? changing(failing, turnover, misfortune.liveness, asked) : failing;
          const hired = hiring(changed, pools, misfortune.liveness);
          const { trace, ending } = simulate({ ...hired, storeTrace: true, maxEvents: 700 });
          expect(["complete", "max-events", "starved", "policy-idle"]).toContain(ending.kind);
          expectHeld(trace as Trace, placeIn(setup));
        },
      ),
      { seed: seed(1101, name), numRuns: runsOfEach(12) },
    );
  });
});

describe.each(EACH_POLICY)("no invariant is broken over a network: %s", (name, policy) => {
  const maxEvents = 1500;

  test("that delays, loses, doubles and reorders messages, and is cut, where workers fail", () => {
    const asking = fc.oneof(fc.constant([]), requests);
    fc.assert(
      fc.property(cases(), misfortunes, weathers, fc.boolean(), asking, (drawn, misfortune, weather, fails, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const failing = withActions(fails ? unfortunate(setup, misfortune) : setup, asked);
        const { trace, ending } = simulate({ ...overNetwork(failing, weather, misfortune.liveness), storeTrace: true, maxEvents });
        expect(["complete", "max-events", "starved"]).toContain(ending.kind);
        const rank = asked.length > 0 || fails ? undefined : ranksOf(policy, trace as Trace, drawn.seeds);
        expectHeld(trace as Trace, rank === undefined ? {} : { rank });
      }),
      { seed: seed(51, name), numRuns: runsOfEach(16) },
    );
  });

  test("and where they join and leave, and fail meanwhile", () => {
    fc.assert(
      fc.property(
        cases({ brief: true }),
        misfortunes,
        turnovers,
        weathers,
        fc.nat(3),
        requests,
        (drawn, anytime, turnover, weather, fails, asked) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined && setup.world.tasks.count > 0);
          const misfortune = fails === 1 ? whileLeaving(turnover, anytime) : anytime;
          const failing = fails > 0 ? unfortunate(setup, misfortune) : setup;
          const changed = changing(failing, turnover, misfortune.liveness, asked);
          const { trace, ending } = simulate({ ...overNetwork(changed, weather, misfortune.liveness), storeTrace: true, maxEvents });
          expect(["complete", "max-events", "starved"]).toContain(ending.kind);
          expectHeld(trace as Trace, {});
        },
      ),
      { seed: seed(52, name), numRuns: runsOfEach(20) },
    );
  });
});

describe.each(EACH_POLICY)("no invariant is broken with clients at the end of a link: %s", (name, policy) => {
  test("of any kind, which is cut, over a network or not; folded and message by message alike", () => {
    const far = fc.option(weathers, { nil: undefined });
    fc.assert(
      fc.property(
        cases({ brief: true }),
        misfortunes,
        requests,
        distances,
        far,
        fc.boolean(),
        (drawn, misfortune, asked, distance, weather, notify) => {
          const plain = setUp(policy, drawn);
          fc.pre(plain !== undefined && plain.world.tasks.count > 0);
          const told = { ...plain, settings: { ...plain.settings, notify } };
          const isFar = weather !== undefined;
          const failing = withActions(unfortunate(told, misfortune), asked);
          const near = isFar ? overNetwork(failing, weather, misfortune.liveness) : failing;
          const setup = fromAfar(near, distance, misfortune.liveness);
          const { trace, digest } = simulate({ ...setup, storeTrace: true, maxTime: 400 });
          expectHeld(trace as Trace, {});
          const network = { ...(setup.world.network as NetworkPlan), detail: "folded" as const };
          expect(simulate({ ...setup, world: { ...setup.world, network }, maxTime: 400 }).digest).toBe(digest);
        },
      ),
      { seed: seed(921, name), numRuns: runsOfEach(7) },
    );
  });
});

test("every invariant was exercised by some run, but for those of copies and of replicas, which have suites of their own", () => {
  const others = ["T21", ...Array.from({ length: 14 }, (_, i) => `L${i + 1}`)];
  expect(INVARIANTS.map(({ id }) => id).filter((id) => (exercised.get(id) ?? 0) === 0)).toEqual(others);
});
