// Schedulers of several replicas, of which some fail, freeze or are cut off, under each policy: every invariant holds, and all comes to its end.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientOf } from "../../src/model/clients.ts";
import { type Ending, EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import type { FaultEffect } from "../../src/model/world.ts";
import { ClientAnswers } from "../../src/metrics/client-answers.ts";
import { judge } from "../../src/oracle/index.ts";
import { searchLinearizations } from "../../src/oracle/linearizability.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import {
  clienteles,
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
  withClients,
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
  calls: 0,
  stale: 0,
  broken: 0,
  forgotten: 0,
  forgone: 0,
  transferred: 0,
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
    if (entry.kind === EntryKind.transferred && entry.reason === Reason.none) seen.transferred += 1;
    if (entry.kind === EntryKind.forgone) seen.forgone += 1;
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

/** What is said of answers as the run goes on is what the trace says of them. */
function countAnswers(trace: Trace): void {
  const fold = new ClientAnswers(trace.world.tasks.count);
  for (const { time, kind, task, worker, attempt, reason, amount } of trace.entries)
    fold.entry(time, kind, task, worker, attempt, reason, amount);
  const { staleAnswers = 0, wrongAnswers, calls = 0 } = fold.fields();
  expect(wrongAnswers).toBe(0);
  if (trace.world.clients?.reads === "linearizable") expect(staleAnswers).toBe(0);
  seen.stale += staleAnswers;
  seen.calls += calls;
  for (const { kind } of trace.entries) if (kind === EntryKind.forgotten) seen.forgotten += 1;
}

/** Whether so many disks were lost that those which were not are no majority. */
function losesMajority({ entries, world }: Trace): boolean {
  const lost = [...entries].filter(({ kind }) => kind === EntryKind.replicaRotten || kind === EntryKind.replicaDiskLost);
  return 2 * lost.length >= (world.replicas?.count ?? 0);
}

/** Else attempts may lose their leases each time that the leader changes; and workers be suspected for ever, for what is heard takes its time to count. */
function patiently({ liveness }: Misfortune): Misfortune["liveness"] {
  const { heartbeat } = liveness;
  return { ...liveness, lease: 400, heartbeat: { ...heartbeat, timeout: heartbeat.timeout + 15 } };
}

/** What leaders alone had noted, and is lost. */
function forgone({ entries }: Trace): TraceEntry[] {
  return [...entries].filter(({ kind }) => kind === EntryKind.forgone);
}

/** Events cost nothing to wait for where a client asks for ever, every few µs, how a task fares of which nobody knows any more. */
function run(setup: Setup): { trace: Trace; ending: Ending } {
  const ran = (maxEvents: number) => simulate({ ...setup, storeTrace: true, maxEvents }) as { trace: Trace; ending: Ending };
  const first = ran(100_000);
  return first.ending.kind === "max-events" && forgone(first.trace).length > 0 ? ran(2_000_000) : first;
}

/** All is done, unless the disks of a majority are lost; or tasks were submitted to a leader alone, of which nobody knows any more. */
function endsWell(trace: Trace, { kind, message }: Ending): void {
  if (kind === "complete") return;
  if (/noted by/.test(message)) {
    const submitted = new Set([...trace.entries].flatMap((entry) => (entry.kind === EntryKind.submitted ? [entry.task] : [])));
    expect(forgone(trace).some(({ task }) => !submitted.has(task))).toBe(true);
    return;
  }
  seen.cutShort += 1;
  // What goes on at intervals of µs is waited for longer than there are events to count, where an attempt has ended of which nobody can be told.
  expect([message, losesMajority(trace)]).toEqual([expect.stringMatching(/lost|--max-events/), true]);
}

describe("schedulers of several replicas", () => {
  test.each(APPLYING)("break nothing, whatever befalls them: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ brief: true }), replicas, misfortunes, requests, (drawn, group, misfortune, asked) => {
        const plain = setUp(policy, drawn);
        const fit = plain && without(plain);
        fc.pre(fit !== undefined && fit.world.tasks.count > 0);
        const calls = asked.filter(({ kind }) => kind === "cancel" || kind === "set");
        const setup = replicated(withActions(fit, calls), group, patiently(misfortune));
        const { trace, ending } = run(setup);
        expect(violations(trace, setup)).toEqual([]);
        count(trace, ending);
        endsWell(trace, ending);
      }),
      { seed: seed(1, name), numRuns: runs(12) },
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
      { seed: seed(2, name), numRuns: runs(12) },
    );
  });

  test.each(APPLYING)("tell their clients nothing that is not so, nor do anything twice: %s", (name, policy) => {
    fc.assert(
      fc.property(cases({ brief: true }), replicas, misfortunes, requests, clienteles, (drawn, group, misfortune, asked, clientele) => {
        const plain = setUp(policy, drawn);
        const fit = plain && without(plain);
        fc.pre(fit !== undefined && fit.world.tasks.count > 0);
        const calls = asked.filter(({ kind }) => kind !== "requeue");
        const patient = patiently(misfortune);
        const setup = withClients(replicated(withActions(fit, calls), group, patient), clientele);
        const { trace, ending } = run(setup);
        expect(violations(trace, setup)).toEqual([]);
        countAnswers(trace);
        const { verdict } = searchLinearizations(trace, 100_000);
        const lost = forgone(trace).filter(({ worker }) => clientOf(worker) >= 0);
        if (clientele.clients.reads === "linearizable") expect([verdict, lost.length > 0]).not.toEqual(["broken", false]);
        expect(verdict).not.toBe("undecided");
        if (verdict === "broken") seen.broken += 1;
        endsWell(trace, ending);
      }),
      { seed: seed(3, name), numRuns: runs(10) },
    );
  });

  test("were seen to change their leaders", () => {
    expect(seen.elections).toBeGreaterThan(100);
    expect(seen.complete).toBeGreaterThan(100);
    expect(seen.fenced).toBeGreaterThan(0);
    const { torn, rotten, lost, promoted, drifted, stuck, forgone, transferred } = seen;
    for (const [what, times] of Object.entries({ rotten, lost, promoted, drifted, stuck, forgone, transferred }))
      expect([what, times > 20]).toEqual([what, true]);
    expect(torn).toBeGreaterThan(0);
    expect(seen.cutShort).toBeLessThan(seen.complete / 10);
    expect(seen.calls).toBeGreaterThan(1000);
    expect(seen.stale).toBeGreaterThan(0);
    expect(seen.broken).toBeGreaterThan(0);
    expect(seen.forgotten).toBeGreaterThan(0);
    for (const id of ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L11", "L12", "L13", "L14"])
      expect([id, (exercised.get(id) ?? 0) > 100]).toEqual([id, true]);
  });
});
