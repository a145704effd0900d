// Workers that shrink and grow where a network lies between: the worker tells what it is to have; the scheduler has what does not fit stop,
// sends the worker nothing more till then, and reckons with the rest; and the worker changes when all that runs there fits.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { Sizes } from "../../src/oracle/sizes.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { runs, seed } from "../fuzz-runs.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "far resizing",
  cluster: { workers: [{ id: "w", cpu: 4 }] },
  scheduler: { policy: "priority", heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [
    { id: "a", duration: "10s", priority: 1, cpu: 2 },
    { id: "b", duration: "10s", priority: 2, cpu: 2 },
  ],
};

const SHRINK: Faults[number] = { kind: "shrink", worker: "w", at: "2s", for: "18s", cpu: 2 };

/** The log from a line on; the same with each message by itself. */
function log(from: string, faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const lines = (detail: "folded" | "messages") => {
    const scenario = defineScenario({ ...BASE, network: { latency: "100ms", detail }, ...more, faults });
    const { trace } = simulate(scenario, { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  };
  const folded = lines("folded");
  expect(lines("messages")).toEqual(folded);
  return folded.slice(folded.findIndex((line) => line.startsWith(from)));
}

describe("transcripts", () => {
  test("the scheduler hears of it and takes the worst-ranked back; the worker changes when that has stopped; more is there at once", () => {
    expect(log("[2.", [SHRINK])).toEqual([
      "[2.100000] (w) b is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.200000] (w) b stopped attempt 1, as told",
      "[2.200000] (w) shrinks to 2 of cpu, there",
      "[2.300000] (w) b sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.300000] (w) shrinks to 2 of cpu",
      "[10.100000] (w) a ended on its worker, attempt 1 of 1",
      "[10.200000] (w) a finished, attempt 1 of 1",
      "[10.200000] (w) b started, attempt 2 of 2",
      "[10.300000] (w) b began, attempt 2 of 2",
      "[20.000000] (w) shrinks no more to 2 of cpu, there",
      "[20.100000] (w) shrinks no more to 2 of cpu",
      "[20.300000] (w) b ended on its worker, attempt 2 of 2",
      "[20.400000] (w) b finished, attempt 2 of 2",
    ]);
  });

  test("what ends by itself meanwhile makes room as well, and counts", () => {
    const tasks = (duration: string) => [BASE.tasks![0]!, { ...BASE.tasks![1]!, duration }];
    expect(log("[1.", [SHRINK], { tasks: tasks("1850ms") }).slice(0, 4)).toEqual([
      "[1.950000] (w) b ended on its worker, attempt 1 of 1",
      "[2.000000] (w) shrinks to 2 of cpu, there",
      "[2.050000] (w) b finished, attempt 1 of 1",
      "[2.100000] (w) shrinks to 2 of cpu",
    ]);
    expect(log("[2.", [SHRINK], { tasks: tasks("1920ms") }).slice(0, 5)).toEqual([
      "[2.020000] (w) b ended on its worker, attempt 1 of 1",
      "[2.020000] (w) shrinks to 2 of cpu, there",
      "[2.100000] (w) b is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.120000] (w) b finished, attempt 1 of 1",
      "[2.120000] (w) shrinks to 2 of cpu",
    ]);
  });

  test("a start that was under way does not begin where it does not fit any more, and is taken back when the scheduler knows", () => {
    const tasks = [BASE.tasks![0]!, { ...BASE.tasks![1]!, release: "1950ms" }];
    expect(log("[1.", [SHRINK], { tasks }).slice(0, 8)).toEqual([
      "[1.950000] (scheduler) b submitted",
      "[1.950000] (w) b started, attempt 1 of 1",
      "[2.000000] (w) shrinks to 2 of cpu, there",
      "[2.100000] (w) b is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.200000] (w) b stopped attempt 1, as told", // it had not begun
      "[2.300000] (w) b sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.300000] (w) shrinks to 2 of cpu",
      "[10.100000] (w) a ended on its worker, attempt 1 of 1",
    ]);
  });

  test("while the worker waits to change, nothing begins there that will not fit then", () => {
    const tasks = [
      { id: "a", duration: "10s", priority: 1, cpu: 2 },
      { id: "x", duration: "10s", priority: 2 },
      { id: "y", duration: "10s", priority: 3, release: "1950ms" },
    ];
    expect(log("[1.", [SHRINK], { tasks }).slice(0, 10)).toEqual([
      "[1.950000] (scheduler) y submitted",
      "[1.950000] (w) y started, attempt 1 of 1", // arrives at 2.05 s, when a core is free of the four
      "[2.100000] (w) y is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.100000] (w) x is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.200000] (w) y stopped attempt 1, as told",
      "[2.200000] (w) x stopped attempt 1, as told",
      "[2.200000] (w) shrinks to 2 of cpu, there",
      "[2.300000] (w) y sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.300000] (w) x sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.300000] (w) shrinks to 2 of cpu",
    ]);
  });

  test("what is lost is told again an interval later; an order to stop, for a heartbeat that still tells of the attempt", () => {
    const lost = (messages: ("resize" | "stop" | "resized")[], from: string): Faults[number] => ({
      kind: "message-loss",
      messages,
      at: from,
      for: "500ms",
    });
    expect(log("[2.4", [SHRINK, lost(["resize"], "1900ms")]).slice(0, 4)).toEqual([
      "[2.400000] (w) link works again",
      "[3.100000] (w) b is to be sent back to the queue since its worker shrinks, attempt 1 of 1", // told at 3 s
      "[3.200000] (w) b stopped attempt 1, as told",
      "[3.200000] (w) shrinks to 2 of cpu, there",
    ]);
    const fast: Faults[number] = { kind: "clock-drift", worker: "w", at: 0, drift: 0.5 }; // 1 s by its clock is two thirds of one
    expect(log("[2.4", [SHRINK, lost(["resize"], "1900ms"), fast]).slice(1, 2)).toEqual([
      "[2.766667] (w) b is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
    ]);
    expect(log("[2.", [SHRINK, lost(["stop"], "2s")]).slice(0, 7)).toEqual([
      "[2.000000] (w) link is losing messages",
      "[2.100000] (w) b is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.500000] (w) link works again",
      "[3.200000] (w) b stopped attempt 1, as told", // for the heartbeat of 3 s
      "[3.200000] (w) shrinks to 2 of cpu, there",
      "[3.300000] (w) b sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[3.300000] (w) shrinks to 2 of cpu",
    ]);
    const answered = log("[2.1", [SHRINK, lost(["resized"], "2s")]);
    expect(answered.filter((line) => line.includes("shrinks to"))).toHaveLength(2); // what is told twice counts once
  });

  test("a worker that grows has more at once, and the scheduler when it hears of it", () => {
    const tasks = [...BASE.tasks!, { id: "c", duration: "1s", priority: 3, cpu: 2 }];
    expect(log("[2.", [{ kind: "grow", worker: "w", at: "2s", cpu: 6 }], { tasks }).slice(0, 4)).toEqual([
      "[2.000000] (w) grows to 6 of cpu, there",
      "[2.100000] (w) grows to 6 of cpu",
      "[2.100000] (w) c started, attempt 1 of 1",
      "[2.200000] (w) c began, attempt 1 of 1",
    ]);
  });

  test("one that restarts meanwhile has what is left from then on, and tells it when it is known", () => {
    const crash: Faults[number] = { kind: "crash", worker: "w", at: "1500ms", restart: "1s" };
    expect(log("[1.5", [SHRINK, crash]).slice(0, 9)).toEqual([
      "[1.500000] (w) crashed, incarnation 1",
      "[2.600000] (scheduler) w registered, incarnation 2",
      "[2.600000] (w) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[2.600000] (w) b sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[2.600000] (w) a started, attempt 2 of 2",
      "[2.600000] (w) b started, attempt 2 of 2",
      "[2.700000] (w) shrinks to 2 of cpu, there", // its registration is answered, before the starts
      "[2.700000] (w) a began, attempt 2 of 2",
      "[2.800000] (w) b is to be sent back to the queue since its worker shrinks, attempt 2 of 2",
    ]);
  });

  test("a task that is being cancelled holds what it has: the scheduler takes the change in when that is confirmed", () => {
    const scheduler = { ...BASE.scheduler, cancel: "confirmed" as const };
    const lost: Faults[number] = { kind: "message-loss", messages: ["stop"], at: "1s", for: "1500ms" };
    expect(log("[1.9", [SHRINK, lost], { scheduler, actions: [{ at: "1950ms", cancel: "b" }] }).slice(0, 6)).toEqual([
      "[1.950000] (w) b is to be cancelled, its client asks, attempt 1 of 1",
      "[2.500000] (w) link works again",
      "[3.200000] (w) b stopped attempt 1, as told", // for the heartbeat of 3 s
      "[3.200000] (w) shrinks to 2 of cpu, there",
      "[3.300000] (w) b cancelled by its client, attempt 1 of 1",
      "[3.300000] (w) shrinks to 2 of cpu", // told at 2 s
    ]);
  });

  test("operators ask for it in actions; what is suspended gives way by rank like what runs", () => {
    const cluster = { workers: [{ id: "w", cpu: 2, memory: "4GiB" }] };
    const scheduler = { ...BASE.scheduler, policy: "preemptive-priority", preemption: { mode: "suspend" as const } };
    const tasks = [
      { id: "a", duration: "10s", priority: 2, cpu: 2, memory: "2GiB" },
      { id: "b", duration: "5s", priority: 1, cpu: 2, memory: "2GiB", release: "1s" },
    ];
    const actions = [{ at: "2s", shrink: "w", memory: "3GiB" }];
    expect(log("[1.2", [], { cluster, scheduler, tasks, actions }).slice(0, 9)).toEqual([
      "[1.200000] (w) a suspended to make room, attempt 1 of 1",
      "[1.200000] (w) b started, attempt 1 of 1",
      "[1.300000] (w) b began, attempt 1 of 1",
      "[2.100000] (w) a is to be sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.200000] (w) a stopped attempt 1, as told",
      "[2.200000] (w) shrinks to 3GiB of memory, there",
      "[2.300000] (w) a sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.300000] (w) shrinks to 3GiB of memory",
      "[6.300000] (w) b ended on its worker, attempt 1 of 1",
    ]);
  });
});

test("between changes, when all messages have arrived, the scheduler reckons with what the worker has, which is what was asked for", () => {
  const steps = fc.array(fc.record({ wait: fc.integer({ min: 1, max: 5 }), cpu: fc.integer({ min: 0, max: 8 }) }), {
    minLength: 1,
    maxLength: 8,
  });
  const requests = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(steps, requests, (drawn, asked) => {
      const values = [{ at: 0, cpu: 4 }];
      for (const { wait, cpu } of drawn) {
        const last = values.at(-1)!;
        if (cpu !== last.cpu) values.push({ at: last.at + wait, cpu });
      }
      const actions = values
        .slice(1)
        .map(
          ({ at, cpu }, i) =>
            ({ at, [cpu < values[i]!.cpu ? "shrink" : "grow"]: "w", cpu }) as NonNullable<ScenarioInput["actions"]>[number],
        );
      const tasks = asked.map((cpu, i) => ({ id: `t${i}`, duration: "100d", cpu, priority: i }));
      const scenario = defineScenario({ ...BASE, tasks, actions, network: { latency: "100ms" } });
      const { trace } = simulate(scenario, { storeTrace: true, maxTime: "100s" });
      const verdicts = judge(trace, { rank: (task) => [task] }); // their priorities
      expect(verdicts.filter(({ verdict }) => verdict === "violated")).toEqual([]);
      const there = new Sizes(trace, true);
      const books = new Sizes(trace);
      const entries = [...trace.entries];
      for (let i = 0; i < values.length; i++) {
        const quiet = (values[i]!.at + 0.5) * 1e6;
        while (entries[0] !== undefined && entries[0].time <= quiet) {
          there.apply(entries[0]);
          books.apply(entries.shift()!);
        }
        expect([there.of(0, 0), books.of(0, 0)]).toEqual([values[i]!.cpu * 1000, values[i]!.cpu * 1000]);
      }
    }),
    { seed: seed(92), numRuns: runs(100) },
  );
});
