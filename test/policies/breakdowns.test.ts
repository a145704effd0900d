// Queueing and reliability theory of workers that break down: long runs from fixed seeds against the formulas, as in queueing.test.ts.
// What is interrupted goes on where it was (a pause, a suspended task), or begins anew with the same draws (a crash, a killed task).
import { describe, expect, test } from "vitest";
import { defineScenario, simulate } from "../../src/index.ts";
import type { Amount, FaultSpec } from "../../src/model/scenario.ts";
import { DEFAULT_PREEMPTION, type LivenessSettings } from "../../src/model/settings.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { SECOND } from "../../src/model/units.ts";
import { type Arrivals, expectSteady, exponential, runQueue, steady } from "./queues.ts";

/** So patient that no pause is noticed, and each crash only by the restart. */
const liveness: LivenessSettings = {
  heartbeat: { interval: SECOND, timeout: 1e6 * SECOND },
  lease: 2e6 * SECOND,
  requeue: "lease-end",
};

/** Exponential times up and down, in seconds on average; the worker fails while it is idle too. */
function breakdowns(kind: "pause" | "crash", up: number, down: number): FaultSpec {
  const lifetime = (mean: number) => ({ distribution: "exponential" as const, mean: mean * SECOND });
  return { kind, when: { between: lifetime(up), lasting: lifetime(down) }, options: {} };
}

function flowsWith(fault: FaultSpec, rate: number, duration: Amount): Float64Array {
  return runQueue("fcfs", 1, [{ rate, count: 600_000, duration }], "1", { liveness }, [fault]).flows;
}

/** Within four standard errors of what is expected, and not of what is that part more or less. */
function expectSharply(flows: Float64Array, expected: number, part = 0.05): void {
  expectSteady(flows, expected, part / 4);
  const { mean, error } = steady(flows);
  for (const wrong of [(1 - part) * expected, (1 + part) * expected]) expect(Math.abs(mean - wrong)).toBeGreaterThan(4 * error);
}

/** First and second moments of a time. */
interface Moments {
  first: number;
  second: number;
}

const exponentially = (mean: number): Moments => ({ first: mean, second: 2 * mean * mean });

const busyPeriod = (load: number): Moments => ({ first: 1 / (1 - load), second: 2 / (1 - load) ** 3 });

/** The time from when a worker turns to a task until it has completed it, if the worker fails at rate f meanwhile and then resumes. */
function resumed(work: Moments, f: number, down: Moments): Moments {
  const slowness = 1 + f * down.first;
  return { first: work.first * slowness, second: work.second * slowness * slowness + work.first * f * down.second };
}

/**
 * The same if it begins anew after each failure, with the same work s (preemptive repeat identical; Gaver 1962, "A waiting line with interrupted
 * service, including priorities"). With L = e^(fs), failures are geometric of mean L − 1, and the parts lost are exponential, cut at s. So,
 * with b = 1 ÷ f + mean down time, E(C | s) = b (L − 1) and E(C² | s) = 2 b² (L − 1)² + (L − 1) (2 b ÷ f + E(down²)) − 2 b s L.
 */
function repeated({ lost, lostSquared, longer }: { lost: number; lostSquared: number; longer: number }, f: number, down: Moments): Moments {
  const b = 1 / f + down.first;
  return { first: b * lost, second: 2 * b * b * lostSquared + lost * ((2 * b) / f + down.second) - 2 * b * longer };
}

/** E(L − 1), E((L − 1)²) and E(s L), for exponential work of mean 1, and for work of 1. */
const exponentialWork = (f: number) => ({
  lost: f / (1 - f),
  lostSquared: (2 * f * f) / ((1 - f) * (1 - 2 * f)),
  longer: 1 / (1 - f) ** 2,
});
const fixedWork = (f: number) => ({ lost: Math.expm1(f), lostSquared: Math.expm1(f) ** 2, longer: Math.exp(f) });

/**
 * Mean flow of M/G/1 whose server fails at rate f, also while idle: tasks hold it for their completion times C (Gaver 1962), so that M/G/1 with
 * these and a first task that may find it down waits λ E(C²) ÷ (2 (1 − λ E(C))) (Pollaczek & Khinchine), and what is left of a down time with the
 * probability of being down (Avi-Itzhak & Naor 1963, "Some queuing problems with the service station subject to breakdown"; Welch 1964).
 */
function meanFlow(rate: number, completion: Moments, f: number, down: Moments): number {
  const isDown = (f * down.first) / (1 + f * down.first);
  const wait = (rate * completion.second) / (2 * (1 - rate * completion.first));
  return completion.first + wait + (isDown * down.second) / (2 * down.first);
}

describe("one queue whose worker breaks down, and then goes on where it was", () => {
  test.each([
    [0.5, 10, 2.5, 14 / 3, 0.05],
    [0.4, 50, 10, 2 / 0.52 + 5 / 3, 0.1],
  ])(
    "M/M/1, load %d, up for %d s and down for %d s on average (White & Christie 1958, Avi-Itzhak & Naor 1963)",
    (load, up, down, flow, part) => {
      expect(whiteChristie(load, 1 / up, 1 / down)).toBeCloseTo(flow, 9);
      expect(meanFlow(load, resumed(exponentially(1), 1 / up, exponentially(down)), 1 / up, exponentially(down))).toBeCloseTo(flow, 9);
      expectSharply(flowsWith(breakdowns("pause", up, down), load, exponential), flow, part);
    },
  );
});

/**
 * Mean flow of M/M/1, mean time 1, whose server fails at rate f, also while idle, is repaired at rate r, and resumes (White & Christie 1958,
 * "Queuing with preemptive priorities or with breakdown"; Avi-Itzhak & Naor 1963, model A). From the balance of the states (tasks, up or down):
 * with z-transforms U and D, D = f U ÷ (λ(1 − z) + r) and U = p ÷ (1 − λz − fλz ÷ (λ(1 − z) + r)); U(1) is the availability
 * a = r ÷ (f + r). The mean is (U + D)′(1), by Little's law ÷ λ.
 */
function whiteChristie(rate: number, f: number, r: number): number {
  const a = r / (f + r);
  return (1 / a + (f * rate) / (r * r)) / (1 - rate / a) + (a * f) / (r * r);
}

describe("one queue whose worker breaks down, and then begins anew what it ran (Gaver 1962)", () => {
  test.each([
    ["M/M/1", 0.3, 10, 2.5, exponential, exponentialWork],
    ["M/M/1", 0.4, 20, 2, exponential, exponentialWork],
    ["M/D/1", 0.4, 4, 1, SECOND, fixedWork],
  ] as const)("%s, load %d, up for %d s and down for %d s on average", (_, load, up, down, duration, work) => {
    const flow = meanFlow(load, repeated(work(1 / up), 1 / up, exponentially(down)), 1 / up, exponentially(down));
    const flows = flowsWith(breakdowns("crash", up, down), load, duration);
    expectSharply(flows, flow);
  });
});

test("the formula for breakdowns gives that for priorities with resumption too, where breakdowns are busy periods", () => {
  const busy = busyPeriod(0.3);
  expect(meanFlow(0.4, resumed(exponentially(1), 0.3, busy), 0.3, busy)).toBeCloseTo(100 / 21, 9);
});

describe("one queue with priorities, where what makes room begins anew (Gaver 1962)", () => {
  test("M/M/1, loads 0.1 and 0.3: to the others the busy periods of the urgent tasks are breakdowns", () => {
    const counts = [190_000, 540_000] as const; // the urgent ones come for longer than the others
    const classes: Arrivals[] = [
      { rate: 0.1, count: counts[0], duration: exponential, priority: 1 },
      { rate: 0.3, count: counts[1], duration: exponential, priority: 2 },
    ];
    const busy = busyPeriod(0.1);
    const killing = { preemption: { ...DEFAULT_PREEMPTION, mode: "kill" as const } };
    const { flows } = runQueue("preemptive-priority", 1, classes, "1", killing);
    const expected = meanFlow(0.3, repeated(exponentialWork(0.1), 0.1, busy), 0.1, busy);
    expectSteady(flows.slice(0, counts[0]), 1 / 0.9, 0.01);
    expectSharply(flows.slice(counts[0]), expected);
  });
});

describe("one worker that breaks down, up for 100 s and down for 10 s on average, with tasks of 50 s one after the other", () => {
  const TASKS = 40_000;
  const scenario = defineScenario({
    name: "restart",
    cluster: { workers: [{ id: "w" }] },
    scheduler: { lease: "30d", heartbeat: { interval: "1s", timeout: "29d" } },
    generate: { kind: "bag", count: TASKS, duration: "50s" },
    faults: [{ kind: "crash", mtbf: "100s", mttr: "10s" }],
  });
  const { trace, summary } = simulate(scenario, { storeTrace: true });
  const [failure, down] = [1 / 100, exponentially(10)];
  const L = Math.exp(50 * failure);
  // In units of a task's work.
  const unit = { first: down.first / 50, second: down.second / 2500 };

  test("from scratch, each takes (1 ÷ λ + R) (e^(λw) − 1) = 71.36 s on average (Duda 1983), with e^(λw) attempts", () => {
    const { first, second } = repeated(fixedWork(50 * failure), 50 * failure, unit);
    expect(50 * first).toBeCloseTo(71.3593397770141, 9);
    const deviation = 50 * Math.sqrt(second - first * first);
    const bound = (4 * deviation) / Math.sqrt(TASKS);
    expect(bound).toBeLessThan(0.02 * 71.36);
    expect(Math.abs((summary.makespan_s as number) / TASKS - 71.3593397770141)).toBeLessThan(bound);
    // Attempts are geometric, of variance L² − L.
    const attempts = (summary.attempts as number) / TASKS;
    expect(Math.abs(attempts - L)).toBeLessThan(4 * Math.sqrt((L * L - L) / TASKS));
  });

  test("it is up for 100 ÷ 110 of the time (renewal reward), and works for 50 ÷ 71.36 of it", () => {
    let cycles = 0;
    let downFor = 0;
    let since = 0;
    let end = 0;
    for (const { kind, time } of trace.entries) {
      if (kind === EntryKind.crashed) since = time;
      else if (kind === EntryKind.registered) {
        cycles += 1;
        downFor += time - since;
        end = time;
      }
    }
    expect(cycles).toBeGreaterThan(20_000);
    // Of a cycle (U, D) of exponential times, D − (1 − a)(U + D) has the deviation √2 a R.
    const error = (Math.SQRT2 * (10 / 11) * 10) / 110 / Math.sqrt(cycles);
    expect(error).toBeLessThan(0.001);
    expect(Math.abs(1 - downFor / end - 10 / 11)).toBeLessThan(4 * error);
    expect((summary.useful_cpu as number) * (10 / 11)).toBeCloseTo(50 / 71.3593397770141, 2);
  });
});
