// Schedulers of several replicas, of which some fail, freeze or are cut off, under each policy: every invariant holds, and all comes to its end.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Ending, EntryKind, type Trace } from "../../src/model/trace.ts";
import type { FaultEffect } from "../../src/model/world.ts";
import { judge } from "../../src/oracle/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import {
  EACH_POLICY,
  type Misfortune,
  misfortunes,
  overNetwork,
  placeIn,
  replicas,
  replicated,
  requests,
  type Setup,
  setUp,
  unfortunate,
  weathers,
  withActions,
  withoutAsks,
} from "./running.ts";

const APPLYING = EACH_POLICY.filter(([, policy]) => policy.preempts !== true);
const seen = { elections: 0, fenced: 0, unfinished: 0, complete: 0 };

/** What schedulers with replicas do not do yet is left out. */
function without(setup: Setup): Setup | undefined {
  const { data, ...world } = withoutAsks(setup.world);
  const { speculation: _, ...settings } = setup.settings;
  return data === undefined ? { ...setup, world, settings } : undefined;
}

const RESIZES: readonly FaultEffect["kind"][] = ["shrunk", "grown"];
const steady = (misfortune: Misfortune): Misfortune => ({
  ...misfortune,
  tracks: misfortune.tracks.filter(({ effect }) => !RESIZES.includes(effect.kind)),
});

/** How often the premise of each invariant has held. */
const exercised = new Map<string, number>();

const violations = (trace: Trace, setup: Setup) =>
  judge(trace, placeIn(setup)).flatMap(({ id, violation, premises }) => {
    exercised.set(id, (exercised.get(id) ?? 0) + premises);
    return violation === undefined ? [] : [`${id}: ${violation.message}`];
  });

function count({ entries }: Trace, { kind }: Ending): void {
  for (const entry of entries) {
    if (entry.kind === EntryKind.elected) seen.elections += 1;
    if (entry.kind === EntryKind.fenced) seen.fenced += 1;
  }
  if (kind === "complete") seen.complete += 1;
  else seen.unfinished += 1;
}

describe("schedulers of several replicas", () => {
  test.each(APPLYING)("break nothing, whatever befalls them: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ brief: true }), replicas, misfortunes, requests, (drawn, group, misfortune, asked) => {
        const plain = setUp(policy, drawn);
        const fit = plain && without(plain);
        fc.pre(fit !== undefined && fit.world.tasks.count > 0);
        const calls = asked.filter(({ kind }) => kind === "cancel" || kind === "set");
        const patient = { ...misfortune.liveness, lease: 400 }; // else attempts may lose theirs each time that the leader changes
        const setup = replicated(withActions(fit, calls), group, patient);
        const { trace, ending } = simulate({ ...setup, storeTrace: true, maxEvents: 100_000 }) as { trace: Trace; ending: Ending };
        expect(violations(trace, setup)).toEqual([]);
        count(trace, ending);
        expect(ending.kind).toBe("complete");
      }),
      { seed: seed(1, name), numRuns: runs(25) },
    );
  });

  test.each(APPLYING)("do so too where workers fail, and their links: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ brief: true }), replicas, misfortunes, weathers, (drawn, group, misfortune, weather) => {
        const plain = setUp(policy, drawn);
        const fit = plain && without(plain);
        fc.pre(fit !== undefined && fit.world.tasks.count > 0);
        const { liveness } = misfortune;
        const setup = replicated(overNetwork(unfortunate(fit, steady(misfortune)), weather, liveness), group, liveness);
        const { trace, ending } = simulate({ ...setup, storeTrace: true, maxEvents: 20_000 }) as { trace: Trace; ending: Ending };
        expect(violations(trace, setup)).toEqual([]);
        count(trace, ending);
      }),
      { seed: seed(2, name), numRuns: runs(25) },
    );
  });

  test("were seen to change their leaders", () => {
    expect(seen.elections).toBeGreaterThan(100);
    expect(seen.complete).toBeGreaterThan(100);
    expect(seen.fenced).toBeGreaterThan(0);
    for (const id of ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8"]) expect([id, (exercised.get(id) ?? 0) > 100]).toEqual([id, true]);
  });
});
