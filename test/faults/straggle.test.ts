// Stragglers: executions for which their workers are slow by chance, the same ones for every policy. Times by hand.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { straggling } from "../../src/model/straggle.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { runs, seed } from "../fuzz-runs.ts";

function traceOf(more: Partial<ScenarioInput>, policy = "first-fit", seed = 1): Trace {
  const scenario = defineScenario({ name: "stragglers", cluster: { workers: [{ id: "w" }] }, ...more });
  const { trace } = simulate(scenario, { policy, seed, storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return trace;
}

/** When tasks finish, s, in order. */
const finishes = (trace: Trace) => [...trace.entries].filter(({ kind }) => kind === EntryKind.finished).map(({ time }) => time / 1e6);

/** Which attempts straggle, as task#attempt. */
const stragglers = (trace: Trace) =>
  [...trace.entries].filter(({ kind }) => kind === EntryKind.straggled).map(({ task, attempt }) => `${task}#${attempt}`);

const ALWAYS = { p: 1, factor: 4 };

describe("an execution that straggles is so much slower", () => {
  test("than its worker, or than its own time there", () => {
    const workers = [{ id: "w", speed: 2 }];
    const tasks = [
      { id: "a", duration: "10s" },
      { id: "b", duration: { on: { w: "3s" } } },
      { id: "c", duration: "10s", straggle: "none" as const },
      { id: "d", duration: "10s", straggle: { p: 0, factor: 9 } },
      { id: "e", duration: "1s", straggle: { p: 1, factor: 1.6 } }, // 2 ÷ 1.6 is 1.25
    ];
    const trace = traceOf({ cluster: { workers }, straggle: ALWAYS, tasks });
    expect(finishes(trace)).toEqual([20, 32, 37, 42, 42.8]);
    expect(stragglers(trace)).toEqual(["0#1", "1#1", "4#1"]);
  });

  test("a failing one by a part of that time; its limit stands, and its estimate does not know", () => {
    const failing = { id: "a", duration: "10s", fails: [1], failsAfter: 0.5, retries: 1 };
    expect(finishes(traceOf({ straggle: ALWAYS, tasks: [failing] }))).toEqual([60]);
    const limited = traceOf({ straggle: ALWAYS, tasks: [{ id: "a", duration: "10s", timeout: "39s" }] });
    expect([...limited.entries].find(({ kind }) => kind === EntryKind.failed)?.time).toBe(39e6);
    const short = { id: "short", duration: "2s", straggle: ALWAYS };
    const trace = traceOf({ tasks: [{ id: "long", duration: "3s" }, short] }, "sjf");
    expect(finishes(trace)).toEqual([8, 11]);
  });

  test("also on a worker that is slow, or that was frozen as it was sent there", () => {
    const slow = [{ kind: "slow", at: "0s", for: "1h", speed: 0.5 }];
    expect(finishes(traceOf({ straggle: ALWAYS, faults: slow, tasks: [{ id: "a", duration: "10s" }] }))).toEqual([80]);
    const paused = [{ kind: "pause", at: "0s", for: "2s" }];
    const trace = traceOf({ straggle: ALWAYS, faults: paused, tasks: [{ id: "a", duration: "1s" }] });
    expect(finishes(trace)).toEqual([6]);
  });
});

describe("which executions straggle", () => {
  const many = (count: number): Partial<ScenarioInput> => ({
    cluster: { workers: [{ id: "w", count: 5 }] },
    straggle: { p: 0.3, factor: 2 },
    generate: { kind: "bag", count, duration: { distribution: "uniform", min: "1s", max: "9s" } },
  });

  test("is as likely as it says", () => {
    const share = stragglers(traceOf(many(4000))).length / 4000;
    expect(Math.abs(share - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 4000));
  });

  test("is the same for every policy, and another for another seed", () => {
    const of = (policy: string, number: number) => stragglers(traceOf(many(50), policy, number)).toSorted();
    expect(of("sjf", 3)).toEqual(of("first-fit", 3));
    expect(of("sjf", 4)).not.toEqual(of("sjf", 3));
  });

  test("does not change as attempts are lost, and is drawn anew for each execution", () => {
    const straggle = { p: 0.5, factor: 2 };
    const run = (number: number, more: Partial<ScenarioInput>) =>
      stragglers(traceOf({ straggle, cluster: { workers: [{ id: "w", count: 2 }] }, ...more }, "first-fit", number));
    const seeds = Array.from({ length: 40 }, (_, i) => i);
    const crash = [{ kind: "crash", worker: "w-1", at: "1s", for: "1s" }];
    for (const number of seeds) expect([0, 2]).toContain(run(number, { faults: crash, tasks: [{ id: "a", duration: "2s" }] }).length);
    const twice = seeds.map((number) => run(number, { tasks: [{ id: "a", duration: "2s", retries: 1, fails: [1] }] }).length);
    expect(new Set(twice)).toEqual(new Set([0, 1, 2]));
  });
});

test("a speed that is divided is a whole one, and never nothing", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9_000_000 }),
      fc.double({ min: 1, max: 1e6, noNaN: true, minExcluded: true }),
      (speed, factor) => {
        const slow = straggling(speed, { p: 1, factor });
        expect(slow).toBeGreaterThanOrEqual(1);
        expect(slow).toBeLessThanOrEqual(speed);
        expect(Math.abs(slow - speed / factor)).toBeLessThanOrEqual(slow === 1 ? 1 : 0.5);
      },
    ),
    { seed: seed(1), numRuns: runs(200) },
  );
});

test.each([
  [{ p: 2, factor: 3 }, "straggle.p"],
  [{ p: 0.5, factor: 1 }, "straggle.factor"],
  [{ p: 0.5 }, "straggle"],
] as const)("straggle: %j is refused", (straggle, place) => {
  const given = { name: "bad", cluster: { workers: [{ id: "w" }] }, tasks: [{ id: "a", duration: "1s" }], straggle };
  expect(() => defineScenario(given as ScenarioInput)).toThrow(place);
});
