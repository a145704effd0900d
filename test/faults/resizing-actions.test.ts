// Operators that give workers less and more while a run goes on.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, EntryKind, judge, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { Sizes } from "../../src/metrics/sizes.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { runs, seed } from "../fuzz-runs.ts";

type Actions = NonNullable<ScenarioInput["actions"]>;

const BASE: ScenarioInput = {
  name: "resizing",
  cluster: { workers: [{ id: "w", count: 2, cpu: 4, memory: "8GiB", resources: { gpu: 1 } }] },
  scheduler: { policy: "priority" },
  tasks: [
    { id: "a", duration: "10s", priority: 1, cpu: 2 },
    { id: "b", duration: "10s", priority: 2, cpu: 2 },
    { id: "c", duration: "10s", priority: 3, cpu: 4 },
  ],
};

const run = (more: Partial<ScenarioInput>) => simulate(defineScenario({ ...BASE, ...more }), { storeTrace: true });

describe("actions shrink and grow", () => {
  test("hold until the next, and do what the faults of these names do", () => {
    const actions: Actions = [
      { at: "2s", shrink: "w-1", cpu: 2 },
      { at: "12s", grow: "w-1", cpu: 6, memory: "16GiB" },
      { at: "15s", shrink: "w-1", memory: "12GiB" },
    ];
    const asked = run({ actions });
    // b ranks below a and goes, waits for c on w-2, and starts anew at 10 s where a was; from 12 s on there are 6 cores, then 4 again never.
    expect(
      [...schedulerLog(asked.trace)]
        .join("")
        .split("\n")
        .filter((line) => !line.endsWith(" submitted"))
        .slice(3, -1),
    ).toEqual([
      "[2.000000] (w-1) b sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.000000] (w-1) shrinks to 2 of cpu",
      "[10.000000] (w-1) a finished, attempt 1 of 1",
      "[10.000000] (w-2) c finished, attempt 1 of 1",
      expect.stringMatching(/^\[10.000000\] \(w-\d\) b started, attempt 2 of 2$/),
      "[12.000000] (w-1) grows to 16GiB of memory",
      "[12.000000] (w-1) grows to 6 of cpu",
      "[12.000000] (w-1) shrinks no more to 2 of cpu",
      "[15.000000] (w-1) grows to 12GiB of memory",
      "[15.000000] (w-1) grows no more to 16GiB of memory",
      expect.stringMatching(/^\[20.000000\] \(w-\d\) b finished, attempt 2 of 2$/),
    ]);
    expect(judge(asked.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    const short: Actions = [
      { at: "2s", shrink: "w-1", cpu: 2 },
      { at: "7s", grow: "w-1", cpu: 4 },
    ];
    expect(run({ actions: short }).digest).toBe(run({ faults: [{ kind: "shrink", worker: "w-1", at: "2s", for: "5s", cpu: 2 }] }).digest);
  });

  test("any of them, one after the other: the worker has what the last said, and only who does not fit has to go", () => {
    const steps = fc.array(fc.record({ wait: fc.integer({ min: 1, max: 5 }), cpu: fc.integer({ min: 0, max: 8 }) }), { maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (drawn, request) => {
        const values = [{ at: 0, cpu: 4 }];
        for (const { wait, cpu } of drawn) {
          const last = values.at(-1)!;
          if (cpu !== last.cpu) values.push({ at: last.at + wait, cpu });
        }
        const actions = values
          .slice(1)
          .map(({ at, cpu }, i): Actions[number] => ({ at, [cpu < values[i]!.cpu ? "shrink" : "grow"]: "w-1", cpu }));
        const tasks = [{ id: "t", duration: "100d", cpu: request }];
        const cluster = { workers: [{ id: "w-1", cpu: 4 }] };
        const simulation = new Simulation(defineScenario({ ...BASE, cluster, tasks, actions: actions.toReversed() }));
        simulation.runUntil("1h");
        const { trace } = simulation;
        const sizes = new Sizes(trace.world);
        for (const { time, kind, worker, attempt } of trace.entries) sizes.entry(time, kind, worker, attempt);
        for (const [i, { at, cpu }] of values.entries()) {
          const until = values[i + 1]?.at ?? at + 1;
          expect(sizes.over(0, 0, at * 1e6, until * 1e6)).toBe(BigInt(cpu * 1000 * (until - at) * 1e6));
        }
        const times = (wanted: EntryKind) => [...trace.entries].filter(({ kind }) => kind === wanted).map(({ time }) => time / 1e6);
        const fits = values.map(({ cpu }) => cpu >= request);
        expect(times(EntryKind.started)).toEqual(values.filter((_, i) => fits[i] && !fits[i - 1]).map(({ at }) => at));
        expect(times(EntryKind.requeued)).toEqual(values.filter((_, i) => !fits[i] && fits[i - 1]).map(({ at }) => at));
      }),
      { seed: seed(91), numRuns: runs(150) },
    );
  });

  test("written out they are faults, with the same digest", () => {
    const scenario = defineScenario({
      ...BASE,
      actions: [
        { at: "2s", shrink: "w-1", cpu: 2, resources: { gpu: 0 } },
        { at: "3s", grow: "w-1", resources: { gpu: 2 } },
      ],
    });
    const text = scenarioFiles("x.json", scenario)
      .flatMap(({ parts }) => [...parts])
      .join("");
    expect(simulate(defineScenario(JSON.parse(text) as ScenarioInput)).digest).toBe(simulate(scenario).digest);
    expect(text).toContain('{"kind":"shrink","worker":"w-1","at":"2s","for":"1s","resources":{"gpu":0}}');
  });
});
