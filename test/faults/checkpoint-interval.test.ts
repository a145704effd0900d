// How long tasks take that are lost now and then, with checkpoints and without, against what is known in closed form.
import { describe, expect, test } from "vitest";
import { dalyInterval } from "../../src/model/checkpoint.ts";
import { scenarioFrom } from "../../src/files/load-scenario.ts";
import type { ScenarioInput } from "../../src/model/scenario-schema.ts";
import { policyNamed } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { simulate } from "../../src/simulation.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { SECOND } from "../../src/model/units.ts";

/** Mean time of one task on one worker that fails, s, over so many seeds. */
function meanTime(input: ScenarioInput, runs: number): number {
  const scenario = scenarioFrom(input);
  const policy = policyNamed("fcfs") as PolicyDefinition;
  let sum = 0;
  for (let run = 1; run <= runs; run++) {
    const seeds = { workload: `${run}`, faults: `${run}`, policy: `${run}` };
    const world = drawWorld(scenario, seeds);
    sum += simulate({ world, settings: scenario.scheduler, policy, seeds }).ending.time / SECOND;
  }
  return sum / runs;
}

function failing(duration: number, mtbf: number, mttr: number, checkpoint?: ScenarioInput["checkpoint"]): ScenarioInput {
  return {
    cluster: { workers: [{ id: "w" }] },
    scheduler: { heartbeat: { interval: "1h", timeout: "30d" }, lease: "300d" },
    tasks: [{ id: "a", duration }],
    faults: [{ kind: "crash", mtbf, mttr }],
    ...(checkpoint && { checkpoint }),
  };
}

describe("Daly's interval", () => {
  // J. T. Daly, A higher order estimate of the optimum checkpoint interval for restart dumps, FGCS 22 (2006), M = 1 day, C = 10 min.
  test("is as published: near Young's, nearer the optimum", () => {
    expect(dalyInterval(600 * SECOND, 86_400 * SECOND) / SECOND).toBeCloseTo(9786.266020092877, 5);
    const exact = 9786.328188839456; // where the expected time is least
    expect(Math.abs(dalyInterval(600 * SECOND, 86_400 * SECOND) / SECOND / exact - 1)).toBeLessThan(1e-5);
  });

  test("is the mean time between failures where a checkpoint takes twice that or more; never, where nothing fails", () => {
    expect(dalyInterval(20, 10)).toBe(10);
    expect(dalyInterval(1000, 10)).toBe(10);
    expect(dalyInterval(20, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(dalyInterval(1, 0)).toBe(1);
  });
});

describe("expected times agree with closed forms", () => {
  test("without checkpoints: (mtbf + mttr) × (e^(work ÷ mtbf) − 1)", () => {
    // Duda 1983: work 50, mtbf 100, down for 10 after each failure; here that takes its mean, and may be drawn.
    const time = meanTime(failing(50, 100, 10), 20_000);
    expect(Math.abs(time / 71.3593397770141 - 1)).toBeLessThan(0.02);
  });

  test("with checkpoints: M × e^(R ÷ M) × (e^((T + C) ÷ M) − 1) × work ÷ T, at Daly's interval", () => {
    const [M, C, R, W] = [86_400, 600, 600, 2_592_000];
    const time = meanTime(failing(W, M, 0.000001, { every: "auto", cost: C, restore: R }), 300);
    expect(Math.abs(time / 2_943_461.750248553 - 1)).toBeLessThan(0.02);
  });
});

test("of intervals tried, the best is within 10 % of Daly's", () => {
  const [M, C, R, W] = [86_400, 600, 600, 2_592_000];
  const daly = dalyInterval(C * SECOND, M * SECOND) / SECOND;
  const factors = [0.4, 0.6, 0.8, 0.9, 1, 1.1, 1.25, 1.6, 2.5];
  const times = factors.map((factor) => {
    const every = Math.round(daly * factor);
    return meanTime(failing(W, M, 0.000001, { every, cost: C, restore: R }), 400);
  });
  const best = factors[times.indexOf(Math.min(...times))] as number;
  expect(Math.abs(best - 1)).toBeLessThanOrEqual(0.1001);
  // Away from it the time grows, as the closed form says: by 3.6 % at two fifths and 3.6 % at two and a half times the interval.
  expect((times[0] as number) / (times[4] as number)).toBeGreaterThan(1.02);
  expect((times[8] as number) / (times[4] as number)).toBeGreaterThan(1.02);
});
