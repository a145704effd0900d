// Queueing theory: long runs from fixed seeds against the formulas. Each bound is four standard errors, from the known
// asymptotic variance or from 40 batch means of the run itself; the standard error in turn must be small enough to mean something.
import { describe, expect, test } from "vitest";
import { DEFAULT_PREEMPTION } from "../../src/model/settings.ts";
import { SECOND } from "../../src/model/units.ts";
import { mean } from "../run-world.ts";
import { type Arrivals, expectSteady, exponential, runQueue as run, steady } from "./queues.ts";

describe("one queue", () => {
  test("M/M/1, load 0.7: Wq = 7/3, W = 10/3 (Kleinrock 1975; variance of the mean: Daley 1968, Whitt 1989)", () => {
    const count = 300_000;
    const outcome = run("fcfs", 1, [{ rate: 0.7, count, duration: exponential }]);
    const bound = 4 * Math.sqrt(335.568 / (0.9 * count));
    expect(bound).toBeLessThan(0.15);
    expect(Math.abs(mean(outcome.waits.subarray(count / 10)) - 7 / 3)).toBeLessThan(bound);
    expectSteady(outcome.flows, 10 / 3, 0.02);
    const waited = outcome.waits.map((wait) => (wait > 0 ? 1 : 0));
    expectSteady(waited, 0.7, 0.01);
  });

  test("M/M/3, load 2/3: P(wait) = Wq = 4/9 (Erlang 1917)", () => {
    const outcome = run("fcfs", 3, [{ rate: 2, count: 300_000, duration: exponential }]);
    expectSteady(outcome.waits, 4 / 9, 0.025);
    expectSteady(
      outcome.waits.map((wait) => (wait > 0 ? 1 : 0)),
      4 / 9,
      0.01,
    );
  });

  test("M/D/1, load 0.7: Wq = 7/6 (Pollaczek & Khinchine)", () => {
    const outcome = run("fcfs", 1, [{ rate: 0.7, count: 200_000, duration: SECOND }]);
    expectSteady(outcome.waits, 7 / 6, 0.02);
  });

  test("M/M/1 with two priorities: Wq = 1 and 10/3, and the conservation law (Cobham 1954, Kleinrock 1965)", () => {
    const counts = [150_000, 200_000] as const;
    const outcome = run("priority", 1, [
      { rate: 0.3, count: counts[0], duration: exponential, priority: 1 },
      { rate: 0.4, count: counts[1], duration: exponential, priority: 2 },
    ]);
    const [urgent, later] = [outcome.waits.slice(0, counts[0]), outcome.waits.slice(counts[0])];
    expectSteady(urgent, 1, 0.02);
    expectSteady(later, 10 / 3, 0.03);
    expect(0.3 * steady(urgent).mean + 0.4 * steady(later).mean).toBeCloseTo(0.7 * (7 / 3), 1);
  });

  test("the order does not change the mean wait of alike tasks: random as fcfs (conservation law)", () => {
    const outcome = run("random", 1, [{ rate: 0.7, count: 120_000, duration: exponential }]);
    expectSteady(outcome.waits, 7 / 3, 0.04);
  });
});

describe("one queue with preemption, where what was suspended goes on", () => {
  const resume = { preemption: { ...DEFAULT_PREEMPTION, mode: "suspend" as const } };

  test("M/M/1 with two priorities: W = 10/7 and 100/21 (White & Christie 1958, Kleinrock 1976)", () => {
    const counts = [90_000, 120_000] as const;
    const classes: Arrivals[] = [
      { rate: 0.3, count: counts[0], duration: exponential, priority: 1 },
      { rate: 0.4, count: counts[1], duration: exponential, priority: 2 },
    ];
    const { flows } = run("preemptive-priority", 1, classes, "1", resume);
    expectSteady(flows.slice(0, counts[0]), 10 / 7, 0.02); // the urgent ones see no others: M/M/1, load 0.3
    expectSteady(flows.slice(counts[0]), 100 / 21, 0.04);
  });

  test("M/M/1, load 0.7, shortest remaining time first: W by the formula of Schrage & Miller (1966)", () => {
    const { flows } = run("srpt", 1, [{ rate: 0.7, count: 150_000, duration: exponential }], "1", resume);
    const expected = meanFlowOfSrpt(0.7);
    expect(expected).toBeLessThan(0.65 * (10 / 3));
    expectSteady(flows, expected, 0.02);
  });

  test("M/M/1, load 0.5, shortest remaining time first: W = 1.42537", () => {
    expect(meanFlowOfSrpt(0.5)).toBeCloseTo(1.4253726638777857, 4);
    const { flows } = run("srpt", 1, [{ rate: 0.5, count: 150_000, duration: exponential }], "1", resume);
    expectSteady(flows, 1.4253726638777857, 0.01);
  });

  test("M/M/1, load 0.7, in time slices: the mean is that of fcfs, for exponential times forget (Kleinrock 1976)", () => {
    const { flows } = run("time-slice:quantum=0.5", 1, [{ rate: 0.7, count: 120_000, duration: exponential }], "1", resume);
    expectSteady(flows, 10 / 3, 0.04);
  });
});

/**
 * Mean flow of M/M/1 under SRPT, mean time 1: a task of length x waits (λ ∫₀ˣ t² f + λ x² (1 − F)) ÷ (2 (1 − ρ(x))²) and then resides
 * ∫₀ˣ dt ÷ (1 − ρ(t)), with ρ(x) = λ ∫₀ˣ t f(t) dt. Trapezoids of 1/2000.
 */
function meanFlowOfSrpt(rate: number): number {
  const step = 1 / 2000;
  const last = { load: 0, second: 0, residence: 0 };
  let mean = 0;
  for (let x = step / 2; x < 40; x += step) {
    const density = Math.exp(-x);
    const slowness = 1 / (1 - last.load - (rate * x * density * step) / 2);
    const load = last.load + rate * x * density * step;
    const second = last.second + rate * x * x * density * step;
    const wait = ((last.second + second) / 2 + rate * x * x * density) / 2;
    mean += (wait * slowness * slowness + last.residence + (slowness * step) / 2) * density * step;
    Object.assign(last, { load, second, residence: last.residence + slowness * step });
  }
  return mean;
}

describe("dispatching to 200 workers, load 0.7", () => {
  const arrivals: Arrivals[] = [{ rate: 140, count: 200_000, duration: exponential }];

  test("power of two choices: W = 1.6145 (Vvedenskaya 1996, Mitzenmacher 1996), within 3 % at this size", () => {
    const { mean: flow, error } = steady(run("dispatch-pow2", 200, arrivals).flows);
    expect(error).toBeLessThan(0.01 * flow);
    expect(Math.abs(flow / 1.614453770317711 - 1)).toBeLessThan(0.03);
  });

  test("at random: each worker is M/M/1, W = 10/3", () => {
    expectSteady(run("dispatch-random", 200, arrivals).flows, 10 / 3, 0.03);
  });

  test("the shortest queue beats two choices, and least work left is M/M/200: hardly any wait", () => {
    const few: Arrivals[] = [{ rate: 140, count: 60_000, duration: exponential }];
    const flow = (policy: string) => steady(run(policy, 200, few).flows).mean;
    const shortest = flow("dispatch-shortest-queue");
    expect(shortest).toBeLessThan(flow("dispatch-pow2"));
    expect(flow("dispatch-least-work")).toBeCloseTo(1, 1);
    expect(flow("dispatch-pow2")).toBeLessThan(flow("dispatch-round-robin"));
  });
});

describe("attempts: the truncated geometric distribution", () => {
  test.each([
    [0.7, 3, 1.39, 0.973],
    [0.5, 5, 1.9375, 0.96875],
  ])("success %d, at most %i attempts: %d attempts on average, %d succeed", (success, most, attempts, completed) => {
    const count = 100_000;
    const outcome = run("fcfs", 10, [{ count, duration: 1, fails: 1 - success, retries: most - 1 }]);
    const tried = Float64Array.from(outcome.attempts);
    const done = Float64Array.from(outcome.status, (status) => (status === "completed" ? 1 : 0));
    expectSteady(tried, attempts, 0.01);
    expectSteady(done, completed, 0.01);
    expect(Math.max(...new Set(tried))).toBe(most);
  });
});
