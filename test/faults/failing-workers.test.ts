// Workers that fail, as a scenario says it: when that is noticed, what becomes of their tasks, and how often it happens.
import { describe, expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { compare, defineScenario, loadScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { FaultTimeline } from "../../src/cluster/fault-timeline.ts";
import { WORKER_FAULTS } from "../../src/faults/index.ts";
import { compare as compareScenarios } from "../../src/experiment/compare.ts";
import { MissedAnchors } from "../../src/metrics/missed-anchors.ts";
import { rankingText } from "../../src/report/comparison-text.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import type { Scenario } from "../../src/model/scenario.ts";
import { type FaultPlan, LIFETIMES, type Lifetime } from "../../src/model/world.ts";
import { eventsJsonl } from "../../src/report/events-jsonl.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";

const folder = temporaryFolders();

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "failing",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1, labels: { rack: "r" } }] },
  scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [{ id: "a", duration: "10s" }],
};

/** The faults of a scenario as they come out. */
function planOf(scenario: Scenario): FaultPlan {
  return drawWorld(scenario, { workload: "1", faults: "1", policy: "1" }).faults as FaultPlan;
}

function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
  return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
}

describe("transcripts", () => {
  test("a crash is suspected after the timeout; the task starts elsewhere when its lease is over, and once more nowhere", () => {
    expect(log([{ kind: "crash", worker: "w-1", at: "2500ms" }])).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[2.500000] (w-1) crashed, incarnation 1",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000001] (w-2) a started, attempt 2 of 2",
      "[18.000001] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("a restart is noticed at once, be the worker suspected or not", () => {
    expect(log([{ kind: "crash", worker: "w-1", at: "2500ms", restart: "1s" }]).slice(2)).toEqual([
      "[2.500000] (w-1) crashed, incarnation 1",
      "[3.500000] (scheduler) w-1 registered, incarnation 2",
      "[3.500000] (w-1) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[3.500000] (w-2) a started, attempt 2 of 2",
      "[13.500000] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("a pause is longer than the lease: the zombie stops what it held; shorter, and it goes on where it was", () => {
    expect(log([{ kind: "pause", worker: "w-1", at: "2500ms", for: "9s" }]).slice(2)).toEqual([
      "[2.500000] (w-1) paused",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000001] (w-2) a started, attempt 2 of 2",
      "[11.500000] (w-1) goes on",
      "[11.500000] (w-1) a stopped attempt 1, its lease is over",
      "[11.500000] (scheduler) w-1 heard again",
      "[18.000001] (w-2) a finished, attempt 2 of 2",
    ]);
    expect(log([{ kind: "pause", worker: "w-1", at: "2500ms", for: "4s" }]).slice(2)).toEqual([
      "[2.500000] (w-1) paused",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[6.500000] (w-1) goes on",
      "[6.500000] (scheduler) w-1 heard again",
      "[14.000000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("lost heartbeats: the worker stops by its own clock; requeued at suspicion both run, and one end is refused", () => {
    const faults: Faults = [{ kind: "heartbeat-loss", worker: "w-1", at: "2500ms", for: "20s" }];
    expect(log(faults).slice(2)).toEqual([
      "[2.500000] (w-1) heartbeats are lost from now on",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000000] (w-2) a started, attempt 2 of 2",
      "[18.000000] (w-2) a finished, attempt 2 of 2",
    ]);
    const scheduler = { ...BASE.scheduler, lease: "30s", requeue: "suspicion" as const };
    expect(log(faults, { scheduler }).slice(3)).toEqual([
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[5.000000] (w-1) a sent back to the queue since its worker is suspected, attempt 1 of 1",
      "[5.000000] (w-2) a started, attempt 2 of 2",
      "[10.000000] (w-1) a ended attempt 1, too late: refused",
      "[15.000000] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("a slow worker does in whole µs what it can; two such faults multiply; limits are kept on the clock", () => {
    const slow = (at: string, length: string, speed: number) => ({ kind: "slow", worker: "w-1", at, for: length, speed });
    // 4 s at full speed, 4 s at a half, 2 s at a quarter, 2 s at a half, the last 2.5 s at full speed again.
    expect(log([slow("4s", "8s", 0.5), slow("8s", "2s", 0.5)]).at(-1)).toBe("[14.500000] (w-1) a finished, attempt 1 of 1");
    const limited = { tasks: [{ id: "a", duration: "10s", timeout: "12s" }] };
    expect(log([slow("4s", "1h", 0.5)], limited).at(-2)).toBe("[12.000000] (w-1) a failed at its time limit, attempt 1 of 1");
  });

  test("attempts that are lost count where the settings say so", () => {
    const scheduler = { ...BASE.scheduler, retries: { max: 1, countLost: true } };
    const faults = [1, 4].map((at, i): Faults[number] => ({ kind: "crash", worker: `w-${i + 1}`, at: `${at}s`, restart: "1s" }));
    expect(log(faults, { scheduler }).slice(-3)).toEqual([
      "[5.000000] (scheduler) w-2 registered, incarnation 2",
      "[5.000000] (w-2) a lost since its worker has restarted, attempt 2 of 2",
      "[5.000000] (scheduler) a failed for good, no attempts left after 2",
    ]);
  });

  test("policies that bind tasks to workers bind them anew when a worker is suspected, and wait where none is left", () => {
    const scheduler = { ...BASE.scheduler, policy: "dispatch-round-robin" };
    const tasks = ["a", "b", "c"].map((id) => ({ id, duration: "10s" }));
    const faults: Faults = [
      { kind: "crash", worker: "w-1", at: "1s", restart: "1m" },
      { kind: "crash", worker: "w-2", at: "2s", restart: "1h" },
    ];
    const lines = log(faults, { scheduler, tasks });
    expect(lines.filter((line) => line.includes(" c assigned"))).toEqual([
      "[0.000000] (scheduler) c assigned to w-1",
      "[3.000000] (scheduler) c assigned to w-2",
      "[61.000000] (scheduler) c assigned to w-1",
    ]);
    expect(lines.at(-1)).toMatch(/finished, attempt \d of \d$/);
  });
});

describe("what a crash takes", () => {
  test("the disk, where that is said: also of a worker that is down already", () => {
    const faults: Faults = [
      { kind: "crash", worker: "w-1", at: "1s", restart: "3s", loses: "disk" },
      { kind: "crash", worker: "w-2", at: "1s", restart: "5s" },
      { kind: "crash", worker: "w-2", at: "2s", restart: "1s", loses: "disk" },
    ];
    expect(log(faults, { tasks: [{ id: "a", duration: "1s", release: "10s" }] }).slice(0, 4)).toEqual([
      "[1.000000] (w-1) crashed, incarnation 1",
      "[1.000000] (w-1) lost what was on its disk",
      "[1.000000] (w-2) crashed, incarnation 1",
      "[2.000000] (w-2) lost what was on its disk",
    ]);
  });

  test("the worker, for good: by schedule and drawn", () => {
    for (const fault of [{ at: "2s" }, { at: "2s", permanent: true }, { mtbf: "2s", distribution: "constant" as const, permanent: true }]) {
      const lines = log([{ kind: "crash", ...fault }]);
      expect(lines.filter((line) => /crashed|registered/.test(line))).toEqual([
        "[2.000000] (w-1) crashed, incarnation 1",
        "[2.000000] (w-2) crashed, incarnation 1",
      ]);
      const { ending } = simulate(defineScenario({ ...BASE, faults: [{ kind: "crash", ...fault }] }));
      expect(ending.message).toBe('1 task is unfinished and nothing is due: no worker is left that could hold task "a"');
    }
  });

  test("by chance and for good, the worker lives as long as was asked, over thousands of workers", () => {
    const workers = 20_000;
    const scenario = defineScenario({
      ...BASE,
      cluster: { workers: [{ id: "w", count: workers }] },
      faults: [{ kind: "crash", mtbf: "1h", permanent: true, loses: "disk" }],
    });
    const { tracks } = planOf(scenario);
    const timeline = new FaultTimeline({ seed: "1", tracks });
    const lives = tracks.map((_, track) => timeline.next(track));
    for (const track of tracks.keys()) timeline.advance(track);
    expect(tracks.every((_, track) => timeline.next(track) === Number.POSITIVE_INFINITY)).toBe(true);
    const mean = lives.reduce((sum, life) => sum + life, 0) / workers;
    expect(Math.abs(mean / 3600e6 - 1)).toBeLessThan(4 / Math.sqrt(workers));
  });
});

describe("flapping", () => {
  const down = (lines: readonly string[]) =>
    lines.filter((line) => /crashed|registered/.test(line)).map((line) => line.replace(/ \(.*\)/, ""));

  test("down and up, over and over, until the fault is over", () => {
    const faults: Faults = [{ kind: "flapping", worker: "w-1", at: "1s", for: "5s", down: "1s", up: "1500ms" }];
    expect(down(log(faults))).toEqual([
      "[1.000000] crashed, incarnation 1",
      "[2.000000] w-1 registered, incarnation 2",
      "[3.500000] crashed, incarnation 2",
      "[4.500000] w-1 registered, incarnation 3",
    ]);
    expect(down(log([{ ...faults[0], for: "2600ms" } as Faults[number]])).slice(2)).toEqual([
      "[3.500000] crashed, incarnation 2",
      "[3.600000] w-1 registered, incarnation 3",
    ]);
  });

  test("by chance: the part of the time that it is down is that of its episodes and its cycle", () => {
    const scenario = defineScenario({
      ...BASE,
      faults: [{ kind: "flapping", worker: "w-1", mtbf: "120s", mttr: "30s", down: "4s", up: "7s" }],
    });
    const timeline = new FaultTimeline(planOf(scenario));
    let total = 0;
    let last = 0;
    for (let change = 0; change < 100_000; change++) {
      const time = timeline.next(0);
      if (!timeline.advance(0).begins) total += time - last;
      last = time;
    }
    // Of an exponential episode of mean m, on average m (1 − e^(−d÷m)) ÷ (1 − e^(−(d+u)÷m)) are spent down.
    const perEpisode = (30 * (1 - Math.exp(-4 / 30))) / (1 - Math.exp(-11 / 30));
    expect(total / last / (perEpisode / 150)).toBeCloseTo(1, 1);
  });
});

describe("the rate is the one asked for, for each kind as a scenario draws it", () => {
  const EPISODES = 10_000;

  test.each(WORKER_FAULTS.filter(({ name }) => name !== "flapping"))("$name", ({ name, needs }) => {
    const options = {
      ...(needs.includes("speed") && { speed: 0.5 }),
      ...(needs.includes("drift") && { drift: 0.5 }),
      ...(needs.includes("by") && { by: "1s" }),
      ...(needs.includes("capacity") && { cpu: name === "grow" ? 2 : 0.5 }),
    };
    const scenario = defineScenario({ ...BASE, faults: [{ kind: name, worker: "w-1", mtbf: "120s", mttr: "15s", ...options }] });
    const timeline = new FaultTimeline(planOf(scenario));
    let last = 0;
    let on = 0;
    for (let change = 0; change < 2 * EPISODES; change++) {
      const time = timeline.next(0);
      if (!timeline.advance(0).begins) on += time - last;
      last = time;
    }
    const slack = 4 / Math.sqrt(EPISODES);
    expect(Math.abs(on / EPISODES / 15e6 - 1)).toBeLessThan(slack);
    expect(Math.abs((last - on) / EPISODES / 120e6 - 1)).toBeLessThan(slack);
  });
});

describe("anchored to a task", () => {
  const tasks = [
    { id: "a", duration: "10s" },
    { id: "b", duration: "10s" },
  ];
  const crash = { kind: "crash", worker: "its", restart: "1s" };

  test("its worker is struck when the attempt has done so much, by the clock of its work", () => {
    const faults: Faults = [
      { ...crash, when: { task: "b", progress: 0.5 } },
      { kind: "slow", worker: "w-2", at: "2s", for: "2s", speed: 0.5 },
    ];
    // 2 s at full speed, 2 s at a half, 2 s at full speed are the half of 10 s.
    expect(log(faults, { tasks }).slice(4)).toEqual([
      "[2.000000] (w-2) runs at 0.5 of its speed",
      "[4.000000] (w-2) runs at full speed again",
      "[6.000000] (w-2) b comes to where a fault is anchored, attempt 1 of 1",
      "[6.000000] (w-2) crashed, incarnation 1",
      "[7.000000] (scheduler) w-2 registered, incarnation 2",
      "[7.000000] (w-2) b sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[10.000000] (w-1) a finished, attempt 1 of 1",
      "[10.000000] (w-1) b started, attempt 2 of 2",
      "[20.000000] (w-1) b finished, attempt 2 of 2",
    ]);
  });

  test("at its start, a later attempt, another worker, or all of a label; a pause stops the way to it", () => {
    const struck = (fault: Partial<Faults[number]>, ...others: Faults) =>
      log([{ kind: "crash", restart: "1s", ...fault }, ...others], { tasks }).filter((line) => line.includes("crashed"));
    expect(struck({ worker: "its", when: { task: "b" } })).toEqual(["[0.000000] (w-2) crashed, incarnation 1"]);
    expect(struck({ worker: "w-1", when: { task: "b", progress: 0.25 } })).toEqual(["[2.500000] (w-1) crashed, incarnation 1"]);
    expect(struck({ where: { rack: "r" }, when: { task: "a", progress: 0.3 } })).toEqual([
      "[3.000000] (w-1) crashed, incarnation 1",
      "[3.000000] (w-2) crashed, incarnation 1",
    ]);
    const first = { kind: "crash", worker: "its", restart: "1s", when: { task: "a", progress: 0.1 } };
    expect(struck({ worker: "its", when: { task: "a", attempt: 2, progress: 0.2 } }, first)).toEqual([
      "[1.000000] (w-1) crashed, incarnation 1",
      "[12.000000] (w-2) crashed, incarnation 1",
    ]);
    const pause = { kind: "pause", worker: "w-1", at: "1s", for: "3s" };
    expect(struck({ worker: "its", when: { task: "a", progress: 0.2 } }, pause)).toEqual(["[5.000000] (w-1) crashed, incarnation 1"]);
  });

  test("every kind of fault can be anchored", () => {
    for (const { name, needs } of WORKER_FAULTS) {
      const options = {
        ...(needs.includes("cycle") && { down: "200ms", up: "200ms" }),
        ...(needs.includes("speed") && { speed: 0.5 }),
        ...(needs.includes("drift") && { drift: 0.5 }),
        ...(needs.includes("by") && { by: "1s" }),
        ...(needs.includes("capacity") && { cpu: name === "grow" ? 2 : 0.5 }),
      };
      const lines = log([{ kind: name, worker: "its", for: "1s", when: { task: "a", progress: 0.5 }, ...options }], { tasks });
      expect(lines.filter((line) => line.startsWith("[5.000000] (w-1) ")).length).toBeGreaterThan(1);
    }
  });

  test("what never comes is said: a task that fails before, an attempt that there is not", () => {
    const missed = (tasks: ScenarioInput["tasks"], ...whens: NonNullable<Faults[number]["when"]>[]) => {
      const scenario = defineScenario({ ...BASE, tasks, faults: whens.map((when) => ({ ...crash, when })) });
      const world = drawWorld(scenario, { workload: "1", faults: "1", policy: "1" });
      const anchors = new MissedAnchors(world);
      const { trace } = simulate(scenario, { storeTrace: true });
      for (const { kind, task, attempt } of trace.entries) anchors.entry(kind, task, attempt);
      return anchors.lines();
    };
    expect(missed([{ id: "a", duration: "10s", fails: [1], failsAfter: 0.5 }], { task: "a", progress: 0.4 })).toEqual([]);
    expect(missed([{ id: "a", duration: "10s", fails: [1], failsAfter: 0.5 }], { task: "a", progress: 0.6 })).toEqual([
      'a fault never struck: attempt 1 of task "a" never came to 0.6 of its work',
    ]);
    expect(missed(tasks, { task: "a", attempt: 2 }, { task: "b" })).toEqual(['a fault never struck: attempt 2 of task "a" never started']);
  });

  test("a comparison says that policies do not meet the same faults", async () => {
    const scenario = defineScenario({ ...BASE, tasks, faults: [{ ...crash, when: { task: "b" } }] });
    const { rankings } = await compareScenarios([scenario], { jobs: 1 });
    expect(rankings.map((ranking) => rankingText(ranking)).join("")).toContain(
      "1 fault is anchored to a task, and strikes where each policy takes it: the policies do not meet the same faults",
    );
  });
});

describe("the scheduler thinks only of what it has learnt, and each time takes 2 s", () => {
  const scheduler = { ...BASE.scheduler, policy: "first-fit", decisionTime: { perPass: "2s" } };
  const waiting = { id: "b", duration: { on: { "w-1": "1s" } } };

  test("nothing, when a lease ends on a worker that is frozen", () => {
    const faults: Faults = [{ kind: "pause", worker: "w-1", at: "2500ms" }];
    expect(log(faults, { scheduler, tasks: [{ id: "a", duration: "10s" }, waiting] }).slice(2, 7)).toEqual([
      "[2.000000] (w-1) a started, attempt 1 of 1",
      "[2.500000] (w-1) paused",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[10.000001] (w-2) a started, attempt 2 of 2",
    ]);
  });

  test("nothing, when a heartbeat arrives of a worker that was not missed", () => {
    const faults: Faults = [{ kind: "pause", worker: "w-2", at: "4500ms", for: "100ms" }];
    const tasks = [{ id: "a", duration: "10s" }, waiting, { id: "c", duration: "1s", release: "5s" }];
    expect(log(faults, { scheduler, tasks })).toContain("[7.000000] (w-2) c started, attempt 1 of 1");
  });
});

describe("faults that meet", () => {
  const ONE = { cluster: { workers: [{ id: "w" }] } };

  test("a worker that is up again but frozen has not registered: what is sent to it is lost", () => {
    const faults: Faults = [
      { kind: "crash", at: "10s", restart: "2s" },
      { kind: "pause", at: "11s", for: "3s" },
    ];
    expect(log(faults, { ...ONE, scheduler: {}, tasks: [{ id: "a", duration: "20s", release: "12500ms" }] }).slice(-4)).toEqual([
      "[14.000000] (scheduler) w registered, incarnation 2",
      "[14.000000] (w) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[14.000000] (w) a started, attempt 2 of 2",
      "[34.000000] (w) a finished, attempt 2 of 2",
    ]);
  });

  test("a lease ends by the worker's clock though a pause and a loss of heartbeats follow one another", () => {
    const faults: Faults = [
      { kind: "pause", worker: "w-1", at: "2500ms", for: "4s" },
      { kind: "heartbeat-loss", worker: "w-1", at: "6500ms", for: "1m" },
    ];
    expect(log(faults).slice(-3)).toEqual([
      "[8.000000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000000] (w-2) a started, attempt 2 of 2",
      "[18.000000] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("the heartbeat after a pause counts, though it is not at its regular time", () => {
    const scheduler = { heartbeat: { interval: "10s", timeout: "11s" }, lease: "11s" };
    const faults: Faults = [
      { kind: "pause", worker: "w-1", at: "10500ms", for: "9400ms" },
      { kind: "pause", worker: "w-1", at: "19950ms" },
    ];
    const lines = log(faults, { scheduler, tasks: [{ id: "a", duration: "40s" }] });
    expect(lines).toContain("[30.900000] (scheduler) w-1 suspected, nothing heard of it");
    expect(lines).toContain("[30.900001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1");
  });

  test("a pause and a loss of heartbeats that end together: the heartbeat after the pause arrives, whichever stands first", () => {
    const faults: Faults = [
      { kind: "pause", worker: "w-1", at: "2500ms", for: "3s" },
      { kind: "heartbeat-loss", worker: "w-1", at: "2500ms", for: "3s" },
    ];
    for (const order of [faults, faults.toReversed()])
      expect(log(order).filter((line) => line.includes("(scheduler) w-1"))).toEqual([
        "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
        "[5.500000] (scheduler) w-1 heard again",
      ]);
  });

  test("what is lost is counted from the start of each attempt, be it the instant of a crash before", () => {
    const faults: Faults = [
      { kind: "crash", at: "5s", restart: 0 },
      { kind: "crash", at: "8s", restart: "1s" },
    ];
    const { summary } = simulate(defineScenario({ ...BASE, ...ONE, faults }));
    expect([summary.makespan_s, summary.useful_cpu, summary.wasted_cpu]).toEqual([19, 10 / 18, 8 / 18]);
  });

  test("one that goes down again before it registers is down since the first time, and took its attempts with it then", () => {
    const faults: Faults = [
      { kind: "crash", at: "5s", restart: "2s" },
      { kind: "pause", at: "6s", for: "14s" },
      { kind: "crash", at: "8s", restart: "5s" },
    ];
    const { summary } = simulate(defineScenario({ ...BASE, ...ONE, tasks: [{ id: "a", duration: "20s" }], faults }));
    expect([summary.makespan_s, summary.useful_cpu, summary.wasted_cpu]).toEqual([40, 20 / 25, 5 / 25]);
  });

  test("in a run that is cut off, an attempt ran until its worker went down", () => {
    const { summary } = simulate(defineScenario({ ...BASE, ...ONE, faults: [{ kind: "crash", at: "2s" }] }), { maxTime: "4s" });
    expect([summary.unfinished, summary.wasted_cpu]).toEqual([1, 1]);
  });

  test("a worker that was down before the first release is missed by nobody", () => {
    const tasks = [{ id: "a", duration: "10s", release: "100s" }];
    const { summary } = simulate(defineScenario({ ...BASE, ...ONE, tasks, faults: [{ kind: "crash", at: "10s", restart: "75s" }] }));
    expect([summary.makespan_s, summary.cpu_utilization]).toEqual([10, 1]);
  });
});

describe("what is drawn", () => {
  const EPISODES = 20_000;
  const spread = { exponential: {}, weibull: { shape: 0.7 }, lognormal: { cv: 1.5 }, gamma: { shape: 0.5 }, constant: {} };
  const variation = { exponential: 1, weibull: 1.4624, lognormal: 1.5, gamma: Math.SQRT2, constant: 0 };

  test.each(LIFETIMES)("%s: the rate of failures and the availability are those asked for", (distribution) => {
    const between: Lifetime = { distribution, mean: 120e6, ...spread[distribution] };
    const lasting: Lifetime = { ...between, mean: 15e6 };
    const track = {
      worker: 0,
      effect: { kind: "down" as const },
      episodes: { purpose: "faults/crash/1", entity: "w-1", between, lasting },
    };
    const timeline = new FaultTimeline({ seed: "1", tracks: [track] });
    let down = 0;
    let last = 0;
    for (let change = 0; change < 2 * EPISODES; change++) {
      const time = timeline.next(0);
      if (!timeline.advance(0).begins) down += time - last;
      last = time;
    }
    // Four standard errors of a mean of so many draws.
    const slack = (mean: number) => (4 * mean * variation[distribution]) / Math.sqrt(EPISODES) + 1;
    expect(Math.abs(down / EPISODES - 15e6)).toBeLessThan(slack(15e6));
    expect(Math.abs((last - down) / EPISODES - 120e6)).toBeLessThan(slack(120e6));
    expect(down / last).toBeCloseTo(15 / 135, 2);
  });

  test("a task that restarts from scratch takes (1 ÷ λ + repair) × (e^(λT) − 1) on average", () => {
    // Exponential failures of rate λ, T of work, mean repair R; the attempt under way is lost with each failure.
    const runs = 1500;
    const scenario = defineScenario({
      ...BASE,
      cluster: { workers: [{ id: "w" }] },
      tasks: [{ id: "a", duration: "100s" }],
      faults: [{ kind: "crash", mtbf: "100s", mttr: "20s" }],
    });
    const times = Array.from({ length: runs }, (_, i) => simulate(scenario, { seed: i + 1 }).summary.makespan_s as number);
    const mean = times.reduce((sum, time) => sum + time, 0) / runs;
    const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (runs - 1));
    expect(Math.abs(mean - 120 * (Math.E - 1))).toBeLessThan((4 * deviation) / Math.sqrt(runs));
  });

  test("is the same whatever else fails, and for workers that share a label fails them together", () => {
    const crashes = (faults: Faults) => log(faults, { tasks: [{ id: "a", duration: "5m" }] }).filter((line) => line.includes("crashed"));
    const drawn = { kind: "crash", mtbf: "30s", mttr: "1s" };
    const alone = crashes([{ ...drawn, worker: "w-2" }]);
    expect(alone.length).toBeGreaterThan(3);
    expect(
      crashes([{ kind: "slow", at: 1, for: 1, speed: 0.5 }, drawn])
        .filter((line) => line.includes("(w-2)"))
        .slice(0, 3),
    ).toEqual(alone.slice(0, 3));
    const together = crashes([{ ...drawn, per: "rack" }]);
    const times = (worker: string) => together.filter((line) => line.includes(worker)).map((line) => line.split(" ")[0]);
    expect(times("(w-1)")).toEqual(times("(w-2)"));
  });

  test("is the same for every policy, any number of jobs, and a scenario that was written and read again", async () => {
    const input = { ...BASE, tasks: Array.from({ length: 40 }, (_, i) => ({ id: `t${i}`, duration: 3 + (i % 7) })) };
    const scenario = defineScenario({
      ...input,
      faults: [{ kind: "crash", mtbf: "20s", mttr: "3s", distribution: "weibull", shape: 0.7 }],
    });
    const options = { policies: ["fcfs", "sjf", "dispatch-pow2"], seeds: "1..4" };
    const [one, two] = [
      await compare(scenario, { ...options, jobs: 1 }),
      await compare(scenario, { ...options, jobs: 2, checkDeterminism: true }),
    ];
    expect(one.runs.map(({ digest }) => digest)).toEqual(two.runs.map(({ digest }) => digest));
    expect(new Set(one.runs.map(({ digest }) => digest)).size).toBe(12);
    const text = [...(scenarioFiles("x.yaml", scenario)[0]?.parts ?? [])].join("");
    const directory = folder({ "x.yaml": text });
    expect(simulate(await loadScenario(`${directory}/x.yaml`)).digest).toBe(simulate(scenario).digest);
  });
});

test("validate tells of faults and how they are found", () => {
  const faults: Faults = [
    { kind: "crash", at: 1 },
    { kind: "pause", mtbf: 10, mttr: 1 },
  ];
  const text = describeScenario(defineScenario({ ...BASE, faults }), (_, shown) => shown);
  expect(text).toMatch(/faults +2 faults of workers, 1 by chance\n/);
  expect(text).toContain("heartbeats every 1 s, suspected after 3 s, leases of 6 s, requeue at lease-end");
});

test("entries about workers stand in events.jsonl without a task", () => {
  const { trace } = simulate(defineScenario({ ...BASE, faults: [{ kind: "crash", worker: "w-1", at: "2500ms" }] }), { storeTrace: true });
  const lines = [...eventsJsonl(trace)].join("").split("\n");
  expect(lines).toContain('{"time_s":2.5,"kind":"crashed","worker":"w-1","attempt":1}');
});

test("a run in which workers fail for ever and tasks cannot end says so", () => {
  const faults: Faults = [{ kind: "crash", at: "1s" }];
  const { ending, summary } = simulate(defineScenario({ ...BASE, faults }));
  expect([ending.kind, ending.exitCode, summary.unfinished]).toEqual(["starved", 5, 1]);
});

test("cycles do not go on for the sake of faults that are still to come", () => {
  const scheduler = { policy: "wfp3:blocking=true", pass: { every: "1s" } };
  const faults: Faults = [
    { kind: "crash", worker: "w-1", at: "1s" },
    { kind: "crash", worker: "w-2", mtbf: "1000d", mttr: "1s" },
  ];
  const tasks = [{ id: "a", duration: { on: { "w-1": "10s" } }, estimate: "10s" }];
  const { ending } = simulate(defineScenario({ ...BASE, scheduler, faults, tasks }), { maxEvents: 2_000_000 });
  expect(ending.exitCode).toBe(5);
});

test("cycles go on where a task may yet overtake one that waits for a failed worker", () => {
  const scheduler = { ...BASE.scheduler, policy: "wfp3:blocking=true", pass: { every: "1s" } };
  const tasks = [
    { id: "a", duration: { on: { "w-1": "100s" } }, estimate: "100s", release: "5s" },
    { id: "b", duration: { on: { "w-2": "10s" } }, estimate: "10s", release: "20s" },
  ];
  // Of its estimate b has waited more than a when 10 (t - 20) > t - 5.
  expect(log([{ kind: "crash", worker: "w-1", at: "1s" }], { scheduler, tasks }).at(-1)).toBe(
    "[32.000000] (w-2) b finished, attempt 1 of 1",
  );
});

test("many workers that fail at one instant are looked at together", () => {
  const cluster = {
    workers: [
      { id: "w", count: 600, cpu: 4, labels: { rack: "a" } },
      { id: "v", cpu: 4 },
    ],
  };
  const scheduler = { requeue: "suspicion" as const };
  const generate = { kind: "bag", count: 2400, duration: "100s" } as const;
  const faults: Faults = [{ kind: "crash", where: { rack: "a" }, at: "10s", restart: "60s" }];
  const { summary } = simulate(defineScenario({ name: "rack", cluster, scheduler, generate, faults }));
  expect([summary.completed, summary.attempts]).toEqual([2400, 4800]);
});

test("a task that is longer than its workers live ends the run, with its name", () => {
  const input = { ...BASE, tasks: [{ id: "a", duration: "30d" }], faults: [{ kind: "crash", mtbf: "1s", mttr: "1s" }] };
  const { ending } = simulate(defineScenario(input));
  expect(ending).toMatchObject({ kind: "livelock", exitCode: 5 });
  expect(ending.message).toContain('task "a" was given up 1000000 times');
});

test("what is used and there: a worker that is down is no capacity, and a lost attempt is waste until its worker went down", () => {
  const { summary } = simulate(defineScenario({ ...BASE, faults: [{ kind: "crash", worker: "w-1", at: "2s", restart: "100s" }] }));
  // a runs 2 s in vain, then 10 s from 7.000001 on; w-2 is there for 17.000001 s, w-1 for 2 s.
  expect(summary.makespan_s).toBe(17.000001);
  expect(summary.useful_cpu).toBeCloseTo(10 / 19, 6);
  expect(summary.wasted_cpu).toBeCloseTo(2 / 19, 6);
});

test("a fault that would begin or end after the end of the clock never does", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const faults: Faults = [{ kind: "crash", worker: "w-2", mtbf: "100000d", mttr: "100000d" }];
    expect(simulate(defineScenario({ ...BASE, faults }), { seed }).summary).toMatchObject({ makespan_s: 10, completed: 1 });
  }
  const late: Faults = [{ kind: "pause", worker: "w-2", at: "100000d", for: "100000d" }];
  expect(simulate(defineScenario({ ...BASE, faults: late })).summary.makespan_s).toBe(10);
});

test.each<[string, object, string]>([
  ["an unknown kind", { kind: "crahs", at: 1 }, 'fault "crahs" is not known; did you mean "crash"?'],
  ["no time", { kind: "crash" }, "give at, or mtbf and mttr"],
  ["two times", { kind: "crash", at: 1, mtbf: 1, mttr: 1 }, "give at, or mtbf and mttr"],
  ["no repair", { kind: "crash", mtbf: 1 }, "mtbf needs mttr"],
  ["half a cycle", { kind: "flapping", at: 1, up: 1 }, "fault flapping needs down and up: how long"],
  ["no cycle", { kind: "flapping", at: 1 }, "fault flapping needs down and up: how long"],
  ["an empty cycle", { kind: "flapping", at: 1, up: 1, down: 0 }, "down must be above 0"],
  [
    "an anchor beside a time",
    { kind: "crash", at: 1, when: { task: "a" } },
    "a fault strikes at a time, again and again, or when a task has come so far",
  ],
  ["its worker without an anchor", { kind: "crash", at: 1, worker: "its" }, "worker: its goes with when"],
  ["an anchor to nothing", { kind: "crash", when: { task: "aa" } }, 'when names no task "aa"; did you mean "a"?'],
  ["all of its work", { kind: "crash", when: { task: "a", progress: 1 } }, "progress 1 is not a number of at least 0 and at most 0.999999"],
  ["a permanent fault that lasts", { kind: "crash", at: 1, for: 2, permanent: true }, "for does not go with permanent: true"],
  ["repair of what is for good", { kind: "crash", mtbf: 1, mttr: 2, permanent: true }, "mttr does not go with permanent: true"],
  ["a pause without a disk", { kind: "pause", at: 1, loses: "disk" }, "fault pause takes no loses"],
  ["no time to failure", { kind: "crash", mtbf: 0, mttr: 1 }, "mtbf must be above 0"],
  ["a spread without its shape", { kind: "crash", mtbf: 1, mttr: 1, distribution: "weibull" }, "weibull needs shape"],
  ["a spread with another's", { kind: "crash", mtbf: 1, mttr: 1, cv: 1 }, "exponential takes no cv"],
  ["a drawn one that lasts", { kind: "crash", mtbf: 1, mttr: 1, for: 3 }, "for goes with at"],
  ["a scheduled one that spreads", { kind: "crash", at: 1, shape: 2 }, "shape goes with mtbf"],
  ["a restart of a pause", { kind: "pause", at: 1, restart: 2 }, "restart goes with crash"],
  ["for and restart", { kind: "crash", at: 1, restart: 2, for: 3 }, "for and restart say the same"],
  ["no speed", { kind: "slow", at: 1 }, "fault slow needs speed"],
  ["a speed of a crash", { kind: "crash", at: 1, speed: 0.5 }, "fault crash takes no speed"],
  ["an unknown worker", { kind: "crash", worker: "w-3", at: 1 }, 'faults[0]: worker "w-3" is not there; did you mean "w-1"?'],
  ["labels that nobody has", { kind: "crash", where: { rack: "q" }, at: 1 }, "no worker has the labels"],
])("refuses %s", (_, fault, message) => {
  expect(() => simulate(defineScenario({ ...BASE, faults: [fault as Faults[number]] }))).toThrow(message);
});

test("of its worker without an anchor nothing else is said", () => {
  const faults = [{ kind: "crash", at: 1, worker: "its" }] as Faults;
  expect(() => defineScenario({ ...BASE, faults })).toThrow(/: it is the one where that task runs$/);
});

test.each<[object, string]>([
  [{ heartbeat: { interval: "5s", timeout: "5s" } }, "timeout must be above interval"],
  [{ heartbeat: { interval: 0 } }, "interval must be above 0"],
  [{ lease: "1s" }, "lease must be above heartbeat.interval"],
])("refuses %j", (scheduler, message) => {
  expect(() => defineScenario({ ...BASE, scheduler })).toThrow(message);
});
