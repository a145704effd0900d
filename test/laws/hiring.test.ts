// Pools that autoscalers change while instances are taken back, workers fail, join and leave, and a network lies between: no invariant is
// broken, and every way to simulate heartbeats decides alike.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Trace } from "../../src/model/trace.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { judge } from "../../src/oracle/index.ts";
import type { JudgeOptions } from "../../src/oracle/invariant.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import {
  changing,
  EACH_POLICY,
  hiring,
  hirings,
  messageByMessage,
  misfortunes,
  overNetwork,
  requests,
  setUp,
  turnovers,
  unfortunate,
  weathers,
} from "./running.ts";

const seen = new Map<EntryKind, number>();

function expectHeld(trace: Trace, options: JudgeOptions): void {
  expect(judge(trace, options).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  for (const { kind } of trace.entries) seen.set(kind, (seen.get(kind) ?? 0) + 1);
}

const ENDS = ["complete", "max-events", "starved", "policy-idle"];
const BRIEF = { brief: true };

describe.each(EACH_POLICY)("no invariant is broken with pools: %s", (_, policy) => {
  test("over a network", () => {
    fc.assert(
      fc.property(
        cases(BRIEF),
        hirings,
        misfortunes,
        turnovers,
        weathers,
        requests,
        fc.nat(3),
        (drawn, pools, misfortune, turnover, weather, asked, what) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined && setup.world.tasks.count > 0);
          const failing = what > 0 ? unfortunate(setup, misfortune) : setup;
          const changed = what === 2 ? changing(failing, turnover, misfortune.liveness, asked) : failing;
          const hired = hiring(overNetwork(changed, weather, misfortune.liveness), pools, misfortune.liveness);
          const { trace, ending } = simulate({ ...hired, storeTrace: true, maxEvents: 500 });
          expect(ENDS).toContain(ending.kind);
          expectHeld(trace as Trace, {});
        },
      ),
      { seed: seed(1102), numRuns: runs(8) },
    );
  });
});

describe.each(EACH_POLICY)("folded and message by message alike with pools: %s", (_, policy) => {
  test("with a network and without", () => {
    fc.assert(
      fc.property(
        cases(BRIEF),
        hirings,
        misfortunes,
        turnovers,
        fc.option(weathers, { nil: undefined }),
        (drawn, pools, misfortune, turnover, weather) => {
          const setup = setUp(policy, drawn);
          fc.pre(setup !== undefined && setup.world.tasks.count > 0);
          const changed = changing(unfortunate(setup, misfortune), turnover, misfortune.liveness);
          const near = weather === undefined ? changed : overNetwork(changed, weather, misfortune.liveness);
          const hired = hiring(near, pools, misfortune.liveness);
          const network = hired.world.network && { ...hired.world.network, detail: "folded" as const };
          const folded = simulate({ ...hired, world: { ...hired.world, ...(network && { network }) }, maxTime: 200 });
          const single = simulate({ ...messageByMessage(hired), storeTrace: true, maxTime: 200 });
          expect(single.digest).toBe(folded.digest);
          expect(simulate({ ...hired, world: { ...hired.world, ...(network && { network }) }, maxTime: 200 }).digest).toBe(folded.digest);
          expectHeld(single.trace as Trace, {});
        },
      ),
      { seed: seed(1103), numRuns: runs(5) },
    );
  });
});

test("instances were launched, taken back and given back", () => {
  for (const kind of [EntryKind.launched, EntryKind.reclaimed, EntryKind.left]) expect(seen.get(kind) ?? 0).toBeGreaterThan(300);
});
