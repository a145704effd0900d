// Clients at the end of a link of their own: what they ask for comes later, once, and is decided as if it were asked for then.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, type Column } from "../../src/model/columns.ts";
import { IDEAL_LINK } from "../../src/model/network.ts";
import { aboutWorker, EntryKind, TURNS } from "../../src/model/trace.ts";
import type { World } from "../../src/model/world.ts";
import { type Run, simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { EACH_POLICY, fromAfar, misfortunes, requests, type Setup, setUp, unfortunate, withActions } from "./running.ts";

const BRIEF = { brief: true };
const most = { maxTime: 400 };

/** The same world in which clients ask for everything so much later. */
function later({ world, ...setup }: Setup, by: number): Setup {
  const { count } = world.tasks;
  const moved = (column: Column, distance: number): Column => ({
    data: Float64Array.from({ length: count }, (_, task) => at(column, task) + distance),
    mask: -1,
  });
  // When it is due counts from the release.
  const tasks: World["tasks"] = { ...world.tasks, release: moved(world.tasks.release, by), due: moved(world.tasks.due, -by) };
  const { actions, ...others } = world;
  const postponed = actions?.map((action) => ({ ...action, time: action.time + by }));
  return { ...setup, world: { ...others, tasks, ...(postponed && { actions: postponed }) } };
}

describe.each(EACH_POLICY)("clients at the end of a link: %s", (_, policy) => {
  test("of no length are as if there were none; of a fixed length, as if they asked so much later", () => {
    fc.assert(
      fc.property(cases(BRIEF), misfortunes, requests, fc.nat(5), fc.boolean(), (drawn, misfortune, asked, latency, notify) => {
        const plain = setUp(policy, drawn);
        fc.pre(plain !== undefined && plain.world.tasks.count > 0);
        const setup = withActions(
          unfortunate({ ...plain, settings: { ...plain.settings, notify, ...(latency > 0 && { ties: "position" as const }) } }, misfortune),
          asked,
        );
        const far = fromAfar(setup, { link: { ...IDEAL_LINK, latency, repeat: 20 }, tracks: [] }, misfortune.liveness);
        const there = simulate({ ...far, ...most, storeTrace: true });
        const here = simulate({ ...later(setup, latency), settings: far.settings, maxTime: most.maxTime - latency, storeTrace: true });
        const entries = ({ trace }: Run, holds: (kind: EntryKind) => boolean) => [...trace!.entries].filter(({ kind }) => holds(kind));
        const isTold = (kind: EntryKind) => kind === EntryKind.notified || kind === EntryKind.answered;
        // Who is to be told is waited for, while workers may fail and come back, and what was given up may save its work.
        const [farEntries, nearEntries] = [there, here].map((run) => entries(run, (kind) => !isTold(kind)));
        expect(farEntries!.slice(0, nearEntries!.length)).toEqual(nearEntries);
        expect(farEntries!.slice(nearEntries!.length).every(({ kind }) => (aboutWorker(kind) || TURNS.includes(kind)) && notify)).toBe(
          true,
        );
        // What clients are told comes as much later again; nobody waits for answers at the end.
        if (here.ending.kind !== "complete") return;
        const told = (run: Run, wanted: EntryKind, by: number) =>
          entries(run, (kind) => kind === wanted)
            .map((entry) => JSON.stringify({ ...entry, time: entry.time + by }))
            .toSorted();
        expect(told(there, EntryKind.notified, 0)).toEqual(told(here, EntryKind.notified, latency));
        expect(told(here, EntryKind.answered, latency)).toEqual(expect.arrayContaining(told(there, EntryKind.answered, 0)));
      }),
      { seed: seed(920), numRuns: runs(12) },
    );
  });
});
