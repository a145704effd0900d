// Every invariant holds where attempts that take too long get copies, whatever else befalls them; and copies win, lose, fail and are lost.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NetworkPlan } from "../../src/model/network.ts";
import { EntryKind, REASON_NAMES, type Trace } from "../../src/model/trace.ts";
import { policyNamed } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { judge } from "../../src/oracle/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import {
  changing,
  EACH_POLICY,
  hiring,
  hirings,
  misfortunes,
  overNetwork,
  placeIn,
  requests,
  setUp,
  turnovers,
  unfortunate,
  weathers,
  withActions,
} from "./running.ts";

const COPIES = { brief: true, copies: true, maxTasks: 12 };
/** Nothing runs forever here. */
const maxEvents = 1500;

/** How often it has come to what these tests are about. */
const seen = new Map<string, number>();

function count(what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

function expectHeld(trace: Trace, options: ReturnType<typeof placeIn>): void {
  const copies = new Set<string>();
  for (const { kind, task, attempt, reason } of trace.entries) {
    const key = `${task}#${attempt}`;
    if (kind === EntryKind.copied) copies.add(key);
    if (kind === EntryKind.dropped) count(`${copies.has(key) ? "copy" : "other"} ${REASON_NAMES[reason]}`);
    if (kind === EntryKind.finished && copies.has(key)) count("copy wins");
  }
  expect(judge(trace, options).filter(({ verdict }) => verdict === "violated")).toEqual([]);
}

describe.each(EACH_POLICY)("no invariant is broken with copies: %s", (name, policy) => {
  test("where nothing fails but tasks, and clients cancel", () => {
    fc.assert(
      fc.property(cases(COPIES), fc.oneof(fc.constant([]), requests), (drawn, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const { trace } = simulate({ ...withActions(setup, asked), storeTrace: true, maxEvents });
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(1601, name), numRuns: runs(12) },
    );
  });

  test("where workers fail, shrink, join and leave", () => {
    fc.assert(
      fc.property(cases(COPIES), misfortunes, turnovers, requests, fc.boolean(), (drawn, misfortune, turnover, asked, leave) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const failing = unfortunate(setup, misfortune);
        const changed = leave ? changing(failing, turnover, misfortune.liveness, asked) : withActions(failing, asked);
        const { trace } = simulate({ ...changed, storeTrace: true, maxEvents });
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(1602, name), numRuns: runs(12) },
    );
  });

  test("over a network", () => {
    fc.assert(
      fc.property(cases(COPIES), misfortunes, weathers, requests, (drawn, misfortune, weather, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const failing = withActions(unfortunate(setup, misfortune), asked);
        const { trace } = simulate({ ...overNetwork(failing, weather, misfortune.liveness), storeTrace: true, maxEvents });
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(1603, name), numRuns: runs(8) },
    );
  });

  test("with pools", () => {
    fc.assert(
      fc.property(cases(COPIES), hirings, misfortunes, (drawn, pools, misfortune) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const { trace } = simulate({ ...hiring(setup, pools, misfortune.liveness), storeTrace: true, maxEvents: 700 });
        expectHeld(trace as Trace, placeIn(setup));
      }),
      { seed: seed(1604, name), numRuns: runs(5) },
    );
  });
});

test("whether heartbeats are simulated one by one or not, where messages take time", () => {
  const policy = policyNamed("first-fit") as PolicyDefinition;
  fc.assert(
    fc.property(cases(COPIES), misfortunes, weathers, (drawn, misfortune, weather) => {
      const setup = setUp(policy, drawn);
      fc.pre(setup !== undefined && setup.world.tasks.count > 0);
      const each = overNetwork(unfortunate(setup, misfortune), weather, misfortune.liveness);
      const network = { ...(each.world.network as NetworkPlan), detail: "folded" as const };
      const folded = { ...each, world: { ...each.world, network } };
      const ofTasks = (one: typeof each) =>
        [...(simulate({ ...one, maxTime: 200, storeTrace: true }).trace as Trace).entries].filter(({ task }) => task >= 0);
      expect(ofTasks(folded)).toEqual(ofTasks(each));
    }),
    { seed: seed(1605), numRuns: runs(60) },
  );
});

test("all that may become of two attempts has", () => {
  const all = ["copy wins", "copy overtaken", "other overtaken", "copy execution", "other execution", "other timeout", "copy lease"];
  expect([...all, "other lease", "copy client", "copy suspicion"].filter((what) => !seen.has(what))).toEqual([]);
});
