// Workers' clocks that run fast or slow: transcripts with times by hand, and what is refused.
import { describe, expect, test } from "vitest";
import { WorkerClocks } from "../../src/cluster/worker-clocks.ts";
import { defineScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { naiveClock } from "../naive-clock.ts";
import fc from "fast-check";

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "drifting",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
  scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s", drift: 0.8 },
  tasks: [{ id: "a", duration: "10s" }],
};

function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
  return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
}

const drift = (by: number, at = "0s", more: object = {}) => ({ kind: "clock-drift", worker: "w-1", at, drift: by, ...more });
const muted = { kind: "heartbeat-loss", worker: "w-1", at: "2500ms" };

describe("leases", () => {
  test("a worker of a slow clock works on when the scheduler has given its task up: its last heartbeat was sent at 2 s, and took 100 ms", () => {
    const scheduler = { ...BASE.scheduler, drift: 0 };
    expect(log([drift(-0.5), muted], { scheduler, network: { latency: "100ms" } })).toEqual([
      "[0.000000] (w-1) clock runs 50 % slow",
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[0.100000] (w-1) a began, attempt 1 of 1",
      "[2.500000] (w-1) heartbeats are lost from now on",
      "[5.100000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.100001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.100001] (w-2) a started, attempt 2 of 2",
      "[8.200001] (w-2) a began, attempt 2 of 2",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 2",
      "[10.200000] (w-1) a ended attempt 1, too late: refused",
      "[18.200001] (w-2) a ended on its worker, attempt 2 of 2",
      "[18.300001] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("with the drift declared the scheduler waits the 12 s that the slow clock makes of 6 s; the worker stops before that", () => {
    const scheduler = { ...BASE.scheduler, drift: 0.5 };
    expect(log([drift(-0.5), muted], { scheduler }).slice(4)).toEqual([
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[10.000000] (w-1) a finished, attempt 1 of 1",
    ]);
    expect(log([drift(-0.5), muted], { scheduler, tasks: [{ id: "a", duration: "20s" }] }).slice(5)).toEqual([
      "[14.000000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[14.000000] (w-2) a started, attempt 2 of 2",
      "[34.000000] (w-2) a finished, attempt 2 of 2",
    ]);
    const crash = { kind: "crash", worker: "w-1", at: "2500ms" };
    expect(log([crash], { scheduler }).slice(3, 6)).toEqual([
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[14.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[14.000001] (w-2) a started, attempt 2 of 2",
    ]);
  });

  test("a fast clock ends them early: heartbeats at 0.8, 1.6 and 2.4 s, then 4.8 s", () => {
    expect(log([drift(0.25), muted]).slice(4)).toEqual([
      "[5.400000] (scheduler) w-1 suspected, nothing heard of it",
      "[7.200000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[7.200000] (w-2) a started, attempt 2 of 2",
      "[17.200000] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("a clock that begins to drift under a lease takes what is left of it at its rate: of 6 s from 2 s on, 4 s are left at 4 s", () => {
    expect(log([muted, drift(0.6, "4s")]).slice(4, 6)).toEqual([
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[6.500000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
    ]);
    expect(log([muted, drift(-0.6, "4s")], { tasks: [{ id: "a", duration: "20s" }] }).slice(4, 6)).toEqual([
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[14.000000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
    ]);
  });

  test("over a network: the heartbeat of 2.4 s arrives and is answered, the lease ends 4.8 s after it, and that is told", () => {
    const network = { latency: "100ms" };
    expect(log([drift(0.25), { ...muted, at: "2450ms" }], { network }).slice(5)).toEqual([
      "[5.500000] (scheduler) w-1 suspected, nothing heard of it",
      "[7.200000] (w-1) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[7.300000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[7.300000] (w-2) a started, attempt 2 of 2",
      "[7.400000] (w-2) a began, attempt 2 of 2",
      "[17.400000] (w-2) a ended on its worker, attempt 2 of 2",
      "[17.500000] (w-2) a finished, attempt 2 of 2",
    ]);
  });
});

describe("heartbeats", () => {
  const suspicions = [
    "[3.000000] (scheduler) w-1 suspected, nothing heard of it",
    "[5.000000] (scheduler) w-1 heard again",
    "[8.000000] (scheduler) w-1 suspected, nothing heard of it",
  ];

  test("those of a clock at a fifth come every 5 s: the worker is suspected in between, though it is well", () => {
    expect(log([drift(-0.8)]).slice(3, 7)).toEqual([...suspicions, "[10.000000] (w-1) a finished, attempt 1 of 1"]);
  });

  test("the same over a network, 100 ms later from the first on", () => {
    const lines = log([drift(-0.8)], { network: { latency: "100ms" } }).filter((line) => line.includes("(scheduler) w-1"));
    expect(lines.slice(0, 3)).toEqual(suspicions.map((line) => line.replace(".000000", ".100000")));
  });

  test.each(["folded", "messages"] as const)("one that is due when a clock changes is sent: of 2 s, not of 1 s (%s)", (detail) => {
    const lines = log([drift(0.25, "2s"), { ...muted, at: "2100ms" }], { network: { detail } });
    expect(lines.find((line) => line.includes("suspected"))).toBe("[5.000000] (scheduler) w-1 suspected, nothing heard of it");
  });

  test("nothing comes of them for ever: a run ends that waits for nobody", () => {
    const tasks = [
      { id: "a", duration: "1s" },
      { id: "b", duration: "1s", release: "1s" },
    ];
    const faults = [drift(-0.8), { kind: "crash", worker: "w-2", at: "0s" }, { kind: "crash", worker: "w-1", at: "500ms", restart: "30s" }];
    const { ending } = simulate(defineScenario({ ...BASE, tasks, faults }), { maxEvents: 2000 });
    expect(ending.kind).toBe("complete");
  });

  test.each([0.3, 2.5, 11])("so does one in which it was watched before its clock ran slow: %s s after it fell silent", (after) => {
    const faults = [
      { kind: "crash", worker: "w-2", at: "0s" },
      { kind: "heartbeat-loss", worker: "w-1", at: "4900ms", for: "200ms" },
      drift(-0.5, `${4.9 + after}s`),
    ];
    const scheduler = { ...BASE.scheduler, heartbeat: { interval: "1s", timeout: "10s" } };
    const waiting = { ...BASE, scheduler, faults, tasks: [{ id: "a", duration: { on: { "w-2": "1s" } } }] };
    for (const network of [undefined, { detail: "messages" as const }, { latency: "1ms" }])
      expect(simulate(defineScenario({ ...waiting, network }), { maxEvents: 2000 }).ending.kind).toBe("starved");
  });

  test("a suspected worker is waited for, as long as it is heard again", () => {
    const faults = [drift(-0.8), { kind: "crash", worker: "w-2", at: "0s" }];
    const tasks = [{ id: "a", duration: "1s", release: "4s" }];
    expect(log(faults, { tasks }).slice(-3)).toEqual([
      "[5.000000] (scheduler) w-1 heard again",
      "[5.000000] (w-1) a started, attempt 1 of 1",
      "[6.000000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("phi counts the gaps as they were: 0.8 s and 1 s are the last two", () => {
    // Of 1 s and a deviation of 0.1 s, 10^−1 of all gaps are longer than 1 s + 1.2815515… × 0.1 s.
    const heartbeat = { interval: "1s", detector: "phi" as const, threshold: 1, window: 2, deviation: "50ms" };
    const faults = [drift(0.25, "0s", { for: "4s" }), { ...muted, at: "5500ms" }];
    const suspected = log(faults, { scheduler: { ...BASE.scheduler, heartbeat } }).filter((line) => line.includes("suspected"));
    expect(suspected).toEqual(["[6.128156] (scheduler) w-1 suspected, nothing heard of it"]);
  });

  test("phi has a slow clock suspected when its heartbeat is unlikely late: after 1 s + 1.2815515… × 0.1 s", () => {
    const heartbeat = { interval: "1s", detector: "phi" as const, threshold: 1, deviation: "100ms" };
    expect(log([drift(-0.5)], { scheduler: { ...BASE.scheduler, heartbeat } }).slice(3, 6)).toEqual([
      "[1.128156] (scheduler) w-1 suspected, nothing heard of it",
      "[2.000000] (scheduler) w-1 heard again",
      "[3.128156] (scheduler) w-1 suspected, nothing heard of it",
    ]);
  });
});

describe("time limits", () => {
  const limited = { tasks: [{ id: "a", duration: "10s", timeout: "8s" }] };

  test("8 s of a clock that is 25 % fast are 6.4 s, of one that is 20 % slow 10 s, in which the task ends; its work takes as long as ever", () => {
    expect(log([drift(0.25)], limited)[3]).toBe("[6.400000] (w-1) a failed at its time limit, attempt 1 of 1");
    expect(log([drift(-0.2)], limited)[3]).toBe("[10.000000] (w-1) a finished, attempt 1 of 1");
    expect(log([drift(-0.199999)], limited)[3]).toBe("[9.999988] (w-1) a failed at its time limit, attempt 1 of 1");
  });

  test("what a clock has lost it does not make up for: 2 s at a half leave 1 s more", () => {
    expect(log([drift(-0.5, "4s", { for: "2s" })], limited).slice(2, 5)).toEqual([
      "[4.000000] (w-1) clock runs 50 % slow",
      "[6.000000] (w-1) clock runs right again",
      "[9.000000] (w-1) a failed at its time limit, attempt 1 of 1",
    ]);
  });

  test("several multiply", () => {
    const faults = [drift(0.25, "1s", { for: "2s" }), drift(-0.2, "2s", { for: "2s" })];
    expect(log(faults, limited).slice(2, 7)).toEqual([
      "[1.000000] (w-1) clock runs 25 % fast",
      "[2.000000] (w-1) clock runs right again",
      "[3.000000] (w-1) clock runs 20 % slow",
      "[4.000000] (w-1) clock runs right again",
      "[7.950000] (w-1) a failed at its time limit, attempt 1 of 1",
    ]);
  });

  test("a task that was cut on a fast clock is no more than that for the lower bound", () => {
    const { summary } = simulate(defineScenario({ ...BASE, ...limited, faults: [drift(0.25)] }));
    expect(summary).toMatchObject({ failed: 1, makespan_s: 6.4, lower_bound_s: 6.4 });
  });

  test.each<[string, Faults, number]>([
    ["that comes after the end is nothing to it", [drift(0.25, "9s")], 8],
    ["that comes again counts once", [drift(0.25, "1s", { for: "1s" }), drift(0.25, "3s", { for: "1s" })], 6.4],
    ["that meets another multiplies", [drift(0.25, "1s", { for: "3s" }), drift(0.25, "2s", { for: "1s" })], 5.12],
    ["that another, slow one meets is as fast as both", [drift(-0.1), drift(0.25)], 7.111111],
  ])("for the lower bound a drift %s", (_, faults, bound) => {
    const { summary } = simulate(defineScenario({ ...BASE, ...limited, faults }));
    expect(summary).toMatchObject({ failed: 1, lower_bound_s: bound });
    expect(summary.makespan_s).toBeGreaterThanOrEqual(bound);
  });
});

test("a worker that joins with a clock that drifts shows so when it registers", () => {
  const actions = [{ at: "3s", join: { id: "n", cpu: 1 } }];
  const tasks = [{ id: "a", duration: "2s", release: "4s", timeout: "1s" }];
  const crash = { kind: "crash", where: {}, at: "1s" };
  const faults = [
    { ...crash, worker: "w-1", where: undefined },
    { ...crash, worker: "w-2", where: undefined },
  ];
  const lines = log([...faults, { ...drift(0.25), worker: "n" }], { actions, tasks });
  expect(lines.filter((line) => line.includes("(n)"))).toEqual([
    "[3.000000] (n) clock runs 25 % fast",
    "[4.000000] (n) a started, attempt 1 of 1",
    "[4.800000] (n) a failed at its time limit, attempt 1 of 1",
  ]);
});

test("a clock and its inverse agree with the naive ones, whatever it has run through", () => {
  const turns = fc.array(fc.record({ after: fc.nat(50), rate: fc.constantFrom(1, 100_000, 333_333, 950_000, 1_000_000, 1_900_000) }), {
    minLength: 1,
    maxLength: 6,
  });
  const scales = fc.constantFrom(1, 1_000_003, 10_000_000_019);
  fc.assert(
    fc.property(turns, scales, fc.array(fc.nat(400), { minLength: 1, maxLength: 20 }), (asked, scale, times) => {
      const clocks = new WorkerClocks();
      const naive = naiveClock();
      let now = 0;
      for (const { after, rate } of asked) {
        now += after * scale;
        clocks.strike(0, rate, true);
        clocks.turn(0, now);
        naive.turn(now, rate);
        clocks.strike(0, rate, false);
      }
      for (const time of times) {
        const reading = naive.reading(time * scale);
        expect(clocks.reading(0, time * scale)).toBe(reading);
        expect(clocks.when(0, reading)).toBe(naive.when(reading));
        expect(clocks.when(0, time * scale)).toBe(naive.when(time * scale));
      }
    }),
  );
});

test.each<[string, object, string]>([
  ["no drift", { kind: "clock-drift", at: 1 }, "fault clock-drift needs drift"],
  ["a clock that stands", { kind: "clock-drift", at: 1, drift: -1 }, "drift -1 is not a number of at least -0.9 and at most 0.9"],
  ["the drift of a slow worker", { kind: "slow", at: 1, speed: 0.5, drift: 0.1 }, "fault slow takes no drift"],
])("refuses %s", (_, fault, message) => {
  expect(() => simulate(defineScenario({ ...BASE, faults: [fault as Faults[number]] }))).toThrow(message);
});

test.each<[Faults, string]>([
  [[drift(-0.3)], "faults[0].drift: a clock that slow must be allowed for by scheduler.drift: 0.3, or a network must lie between"],
  [[drift(-0.1), drift(-0.2)], "for faults that meet multiply, must be allowed for by scheduler.drift: 0.28"],
])("refuses clocks slower than is allowed for where messages arrive at once: %#", (faults, message) => {
  const scheduler = { ...BASE.scheduler, drift: 0.25 };
  expect(() => defineScenario({ ...BASE, scheduler, faults })).toThrow(message);
  expect(() => defineScenario({ ...BASE, scheduler, faults, network: { latency: "1ms" } })).not.toThrow();
  const apart = [drift(-0.2), { ...drift(-0.2), worker: "w-2" }];
  expect(() => defineScenario({ ...BASE, scheduler, faults: apart })).not.toThrow();
  const inTurn = [drift(-0.2, "1s", { for: "2s" }), drift(-0.2, "3s", { for: "1s" })];
  expect(() => defineScenario({ ...BASE, scheduler, faults: inTurn })).not.toThrow();
});

test("refuses a declared drift below 0", () => {
  const scheduler = { ...BASE.scheduler, drift: -0.1 };
  expect(() => defineScenario({ ...BASE, scheduler })).toThrow("drift -0.1 is not a number of at least 0 and at most 0.9");
});
