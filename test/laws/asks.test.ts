// Attempts that ask for more while they run, under each policy, with all that else may befall them: every invariant holds.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Ending, EntryKind, type Trace } from "../../src/model/trace.ts";
import { judge } from "../../src/oracle/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { traceText } from "../entry-text.ts";
import { runs, runsOfEach, seed } from "../fuzz-runs.ts";
import { simulateNaively } from "../naive-simulator.ts";
import { changing, EACH_POLICY, hasIdleThoughts, misfortunes, placeIn, requests, setUp, turnovers, unfortunate } from "./running.ts";

const ASKING = EACH_POLICY.filter(([, policy]) => policy.preempts !== true);
const seen = { allowed: 0, rings: 0, starved: 0 };

function count({ entries }: Trace): void {
  for (const { kind } of entries) {
    if (kind === EntryKind.allowed) seen.allowed += 1;
    if (kind === EntryKind.deadlocked) seen.rings += 1;
  }
}

describe("attempts that ask for more", () => {
  test.each(ASKING)("go as the naive simulator has them go, and break nothing: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ asks: true }), (drawn) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const { trace } = simulate({ ...setup, storeTrace: true }) as { trace: Trace };
        expect(traceText(trace.entries)).toEqual(traceText(simulateNaively(setup)));
        expect(judge(trace, placeIn(setup)).filter(({ verdict }) => verdict === "violated")).toEqual([]);
        count(trace);
      }),
      { seed: seed(1, name), numRuns: runsOfEach(40, 1 / 2) },
    );
  });

  test.each(ASKING)("do so too where workers fail, join and leave: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ asks: true, brief: true }), turnovers, misfortunes, requests, (drawn, turnover, misfortune, asked) => {
        const plain = setUp(policy, drawn);
        fc.pre(plain !== undefined && plain.world.tasks.count > 0);
        const setup = changing(unfortunate(plain, misfortune), turnover, misfortune.liveness, asked);
        fc.pre(!hasIdleThoughts(setup));
        const { trace, ending } = simulate({ ...setup, storeTrace: true, maxEvents: 1500 }) as { trace: Trace; ending: Ending };
        const real = traceText(trace.entries);
        const until = ending.time + (ending.kind === "max-events" ? 0 : 20 * setup.settings.liveness!.heartbeat.timeout);
        expect(traceText(simulateNaively({ ...setup, until, most: real.length })).slice(0, real.length)).toEqual(real);
        expect(judge(trace, placeIn(setup)).filter(({ verdict }) => verdict === "violated")).toEqual([]);
        count(trace);
      }),
      { seed: seed(2, name), numRuns: runsOfEach(20, 1 / 2) },
    );
  });

  test.each(ASKING)("wait for ever where nobody looks, and every run ends: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ asks: true, settings: { deadlock: "none" } }), (drawn) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const { trace, ending } = simulate({ ...setup, storeTrace: true }) as { trace: Trace; ending: Ending };
        expect(traceText(trace.entries)).toEqual(traceText(simulateNaively(setup)));
        expect(judge(trace, placeIn(setup)).filter(({ verdict }) => verdict === "violated")).toEqual([]);
        expect([...trace.entries].some(({ kind }) => kind === EntryKind.deadlocked)).toBe(false);
        if (ending.kind === "starved") seen.starved += 1;
      }),
      { seed: seed(3, name), numRuns: runs(20) },
    );
  });

  test("were seen to wait, and to wait for one another", () => {
    expect(seen.allowed).toBeGreaterThan(100);
    expect(seen.rings).toBeGreaterThan(10);
    expect(seen.starved).toBeGreaterThan(2);
  });
});
