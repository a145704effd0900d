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
const seen = {
  elections: 0,
  fenced: 0,
  unfinished: 0,
  complete: 0,
  torn: 0,
  rotten: 0,
  lost: 0,
  promoted: 0,
  drifted: 0,
  stuck: 0,
  cutShort: 0,
};

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
    if (entry.kind === EntryKind.replicaTorn && entry.attempt > 0) seen.torn += 1;
    if (entry.kind === EntryKind.replicaRotten) seen.rotten += 1;
    if (entry.kind === EntryKind.replicaDiskLost) seen.lost += 1;
    if (entry.kind === EntryKind.memberPromoted) seen.promoted += 1;
    if (entry.kind === EntryKind.replicaDrifted) seen.drifted += 1;
    if (entry.kind === EntryKind.replicaSlowed && entry.attempt === 0) seen.stuck += 1;
  }
  if (kind === "complete") seen.complete += 1;
  else seen.unfinished += 1;
}

/** Whether so many disks were lost that those which were not are no majority. */
function losesMajority({ entries, world }: Trace): boolean {
  const lost = [...entries].filter(({ kind }) => kind === EntryKind.replicaRotten || kind === EntryKind.replicaDiskLost);
  return 2 * lost.length >= (world.replicas?.count ?? 0);
}

describe("schedulers of several replicas", () => {
  test.each(APPLYING)("break nothing, whatever befalls them: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ brief: true }), replicas, misfortunes, requests, (drawn, group, misfortune, asked) => {
        const plain = setUp(policy, drawn);
        const fit = plain && without(plain);
        fc.pre(fit !== undefined && fit.world.tasks.count > 0);
        const calls = asked.filter(({ kind }) => kind === "cancel" || kind === "set");
        // Else attempts may lose their leases each time that the leader changes; and workers be suspected for ever, for what is heard takes its time to count.
        const { heartbeat } = misfortune.liveness;
        const patient = { ...misfortune.liveness, lease: 400, heartbeat: { ...heartbeat, timeout: heartbeat.timeout + 15 } };
        const setup = replicated(withActions(fit, calls), group, patient);
        const { trace, ending } = simulate({ ...setup, storeTrace: true, maxEvents: 100_000 }) as { trace: Trace; ending: Ending };
        expect(violations(trace, setup)).toEqual([]);
        count(trace, ending);
        if (ending.kind === "complete") return;
        seen.cutShort += 1;
        // What goes on at intervals of µs is waited for longer than there are events to count, where an attempt has ended of which nobody can be told.
        expect([ending.message, losesMajority(trace)]).toEqual([expect.stringMatching(/lost|--max-events/), true]);
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
    const { torn, rotten, lost, promoted, drifted, stuck } = seen;
    for (const [what, times] of Object.entries({ rotten, lost, promoted, drifted, stuck }))
      expect([what, times > 50]).toEqual([what, true]);
    expect(torn).toBeGreaterThan(0);
    expect(seen.cutShort).toBeLessThan(seen.complete / 10);
    for (const id of ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8"]) expect([id, (exercised.get(id) ?? 0) > 100]).toEqual([id, true]);
  });
});
