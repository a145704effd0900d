// Heartbeats that tell nothing new are folded; message by message, each simulated by itself, the scheduler decides the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { IDEAL_LINK, MessageFate, MessageKind } from "../../src/model/network.ts";
import { judge } from "../../src/oracle/index.ts";
import { type Run, simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { changing, EACH_POLICY, misfortunes, requests, type Setup, setUp, turnovers, unfortunate } from "./running.ts";

/** The same, every message by itself. */
function messageByMessage(setup: Setup): Setup {
  const links = Array.from({ length: setup.world.workers.count }, () => IDEAL_LINK);
  return { ...setup, world: { ...setup.world, network: { seed: "1", links, detail: "messages" } } };
}

/** A run that ends by itself, or with its time: events are more where each heartbeat is one. */
function run(setup: Setup): { run: Run; summary: object } {
  const metrics = new RunMetrics(setup.world, { from: 0, to: 1 });
  const ran = simulate({ ...setup, sinks: [metrics], storeTrace: true, maxTime: 400 });
  const { ending: _, ...summary } = metrics.summary({ ...ran, entries: ran.entries }, "1");
  return { run: ran, summary };
}

const beaten = { folded: 0, single: 0 };

describe.each(EACH_POLICY)("folded and message by message alike: %s", (_, policy) => {
  test("where workers fail, join and leave", () => {
    fc.assert(
      fc.property(cases({ brief: true }), misfortunes, turnovers, requests, fc.boolean(), (drawn, misfortune, turnover, asked, turns) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const failing = unfortunate(setup, misfortune);
        const changed = turns ? changing(failing, turnover, misfortune.liveness, asked) : failing;
        const folded = run(changed);
        const single = run(messageByMessage(changed));
        expect(single.run.digest).toBe(folded.run.digest);
        expect(single.run.ending.kind).toBe(folded.run.ending.kind);
        if (folded.run.ending.kind === "complete") expect(single.summary).toEqual(folded.summary);
        const trace = single.run.trace;
        if (trace !== undefined) expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
        const beats = trace?.messages?.filter(({ kind, fate }) => kind === MessageKind.heartbeat && fate === MessageFate.delivered);
        beaten.single += beats?.length ?? 0;
        beaten.folded += folded.run.trace?.messages?.length ?? 0;
      }),
      { seed: seed(61), numRuns: runs(30) },
    );
  });
});

test("there were heartbeats to fold", () => {
  expect(beaten.folded).toBe(0);
  expect(beaten.single).toBeGreaterThan(10_000);
});
