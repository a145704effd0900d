// Checkpoints: when attempts write and read them, what becomes of them with workers and disks, and what they make of preemption. Times by hand.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

const BASE: ScenarioInput = {
  name: "checkpoints",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  checkpoint: { every: "10s", cost: "1s", restore: "2s" },
  tasks: [{ id: "a", duration: "25s" }],
};

function run(more: Partial<ScenarioInput>, network?: object) {
  const scenario = defineScenario({ ...BASE, ...more, ...(network && { network }) });
  const result = simulate(scenario, { storeTrace: true });
  expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return result;
}

/** The log, without submissions. */
function log(more: Partial<ScenarioInput>): string[] {
  const lines = [...schedulerLog(run(more).trace)].join("").split("\n").slice(0, -1);
  return lines.filter((line) => !line.endsWith(" submitted"));
}

const CRASH = { kind: "crash", worker: "w", at: "24s", restart: "6s" };

describe("an attempt", () => {
  test("works for its interval, writes, works on; the last of its work is not saved", () => {
    expect(log({})).toEqual([
      "[0.000000] (w) a started, attempt 1 of 1",
      "[10.000000] (w) a writes a checkpoint, attempt 1 of 1",
      "[11.000000] (w) a has written a checkpoint, attempt 1 of 1",
      "[21.000000] (w) a writes a checkpoint, attempt 1 of 1",
      "[22.000000] (w) a has written a checkpoint, attempt 1 of 1",
      "[27.000000] (w) a finished, attempt 1 of 1",
    ]);
    expect(log({ tasks: [{ id: "a", duration: "10s" }] }).at(-1)).toBe("[10.000000] (w) a finished, attempt 1 of 1");
  });

  test("that follows one that was lost reads the last one, and does the rest", () => {
    expect(log({ faults: [CRASH] }).slice(-6)).toEqual([
      "[30.000000] (w) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[30.000000] (scheduler) w heard again",
      "[30.000000] (w) a started, attempt 2 of 2",
      "[30.000000] (w) a reads its last checkpoint, attempt 2 of 2",
      "[32.000000] (w) a works on from its last checkpoint, attempt 2 of 2",
      "[37.000000] (w) a finished, attempt 2 of 2",
    ]);
  });

  test("saves nothing with a checkpoint that is not whole: one crash as it is written", () => {
    const lines = log({ faults: [{ ...CRASH, at: "21500ms" }] });
    expect(lines.slice(-4)).toEqual([
      "[29.500000] (w) a works on from its last checkpoint, attempt 2 of 2", // of 10 s
      "[39.500000] (w) a writes a checkpoint, attempt 2 of 2",
      "[40.500000] (w) a has written a checkpoint, attempt 2 of 2",
      "[45.500000] (w) a finished, attempt 2 of 2",
    ]);
  });

  test("counts its interval in time, and what it saves in work: on a worker of another speed, or one that is slow for a time", () => {
    const cluster = { workers: [{ id: "w", cpu: 1, speed: 0.5 }] };
    // 50 s of work there: four checkpoints. After 3, 15 s of 25 are saved; the rest takes 20 s, with one.
    expect(log({ cluster }).at(-1)).toBe("[54.000000] (w) a finished, attempt 1 of 1");
    const late = log({ cluster, faults: [{ ...CRASH, at: "40s" }] });
    expect(late.filter((line) => line.includes("works on") || line.includes("finished"))).toEqual([
      "[48.000000] (w) a works on from its last checkpoint, attempt 2 of 2",
      "[69.000000] (w) a finished, attempt 2 of 2",
    ]);
    const slow = log({ faults: [{ kind: "slow", worker: "w", at: "5s", for: "10s", speed: 0.5 }] });
    // 5 s, then 5 at half speed: 7.5 s saved at 11 s; 2 s of work till 15 s, 6 more till 21 s, saved at 22 s: 15.5 s; 9.5 s are left.
    expect(slow.at(-1)).toBe("[31.500000] (w) a finished, attempt 1 of 1");
  });

  test("does not write while its worker is paused: the rest of that comes later", () => {
    const paused = log({ faults: [{ kind: "pause", worker: "w", at: "10500ms", for: "4s" }], scheduler: { lease: "1m" } });
    expect(paused.filter((line) => line.includes("has written"))).toEqual([
      "[15.000000] (w) a has written a checkpoint, attempt 1 of 1",
      "[26.000000] (w) a has written a checkpoint, attempt 1 of 1",
    ]);
  });

  test("that fails, or comes to its time limit, leaves what it saved to the next", () => {
    const failing = { tasks: [{ id: "a", duration: "25s", fails: [1], failsAfter: 0.9, retries: 1 }] };
    expect(log(failing).slice(-3)).toEqual([
      "[24.500000] (w) a reads its last checkpoint, attempt 2 of 2", // fails with 22.5 s done, two checkpoints on the way
      "[26.500000] (w) a works on from its last checkpoint, attempt 2 of 2",
      "[31.500000] (w) a finished, attempt 2 of 2",
    ]);
    const limited = log({ tasks: [{ id: "a", duration: "25s", timeout: "15s", retries: 3 }] });
    // 10 s saved at 11 s, cut off at 15 s; then 10 more in 12 s, saved at 28 s, cut off at 30 s; the last 5 s after 2 s of reading.
    expect(limited.at(-1)).toBe("[37.000000] (w) a finished, attempt 3 of 4");
  });
});

describe("where a checkpoint lies", () => {
  const two = {
    workers: [
      { id: "w", cpu: 1 },
      { id: "v", cpu: 1 },
    ],
  };
  const scheduler = { lease: "3s", heartbeat: { timeout: "2s" } };
  const gone = { kind: "crash", worker: "w", at: "24s" };

  test("shared: another worker goes on from it", () => {
    expect(log({ cluster: two, scheduler, faults: [gone] }).slice(-3)).toEqual([
      "[26.000001] (v) a reads its last checkpoint, attempt 2 of 2",
      "[28.000001] (v) a works on from its last checkpoint, attempt 2 of 2",
      "[33.000001] (v) a finished, attempt 2 of 2",
    ]);
  });

  test("local: another begins anew; the worker itself goes on from it, unless its disk is lost", () => {
    const checkpoint = { ...BASE.checkpoint, storage: "local" as const };
    expect(log({ checkpoint, cluster: two, scheduler, faults: [gone] }).at(-1)).toBe("[53.000001] (v) a finished, attempt 2 of 2");
    expect(log({ checkpoint, faults: [CRASH] }).at(-1)).toBe("[37.000000] (w) a finished, attempt 2 of 2");
    expect(log({ checkpoint, faults: [{ ...CRASH, loses: "disk" }] }).at(-1)).toBe("[57.000000] (w) a finished, attempt 2 of 2");
    expect(log({ faults: [{ ...CRASH, loses: "disk" }] }).at(-1)).toBe("[37.000000] (w) a finished, attempt 2 of 2");
  });

  test("what an attempt saves that was given up counts until its task was started again, and not after", () => {
    const muted = { kind: "heartbeat-loss", worker: "w", at: "0s", for: "1h" };
    const early = { ...scheduler, lease: "1h", requeue: "suspicion" as const };
    const lines = log({
      cluster: two,
      scheduler: early,
      checkpoint: { every: "10s", cost: "1s" },
      faults: [muted],
      tasks: [{ id: "a", duration: "14s" }],
    });
    expect(lines.filter((line) => line.includes("checkpoint"))).toEqual([
      "[10.000000] (w) a writes a checkpoint, attempt 1 of 2",
      "[11.000000] (w) a has written a checkpoint that counts for nothing, attempt 1 of 2",
      "[12.000000] (v) a writes a checkpoint, attempt 2 of 2",
      "[13.000000] (v) a has written a checkpoint, attempt 2 of 2",
    ]);
    const full = { workers: [{ id: "w", cpu: 1 }] };
    const alone = log({ cluster: full, scheduler: early, checkpoint: { every: "10s", cost: "1s" }, faults: [{ ...muted, for: "20s" }] });
    expect(alone.filter((line) => line.includes("checkpoint")).slice(0, 2)).toEqual([
      "[10.000000] (w) a writes a checkpoint, attempt 1 of 2", // given up at 2 s, and nowhere else to run
      "[11.000000] (w) a has written a checkpoint, attempt 1 of 2",
    ]);
  });
});

describe("attempts that make room", () => {
  const scheduler = { policy: "preemptive-priority", preemption: { mode: "checkpoint" as const } };
  const urgent = { id: "b", duration: "4s", release: "5s", priority: -1 };

  test("write a checkpoint first, and their tasks go on from there", () => {
    expect(log({ scheduler, tasks: [...BASE.tasks!, urgent] })).toEqual([
      "[0.000000] (w) a started, attempt 1 of 1",
      "[5.000000] (w) a is to make room, attempt 1 of 1",
      "[5.000000] (w) a writes a checkpoint, attempt 1 of 1",
      "[6.000000] (w) a has written a checkpoint, attempt 1 of 1",
      "[6.000000] (w) a sent back to the queue to make room, attempt 1 of 1",
      "[6.000000] (w) b started, attempt 1 of 1",
      "[10.000000] (w) b finished, attempt 1 of 1",
      "[10.000000] (w) a started, attempt 2 of 2",
      "[10.000000] (w) a reads its last checkpoint, attempt 2 of 2",
      "[12.000000] (w) a works on from its last checkpoint, attempt 2 of 2",
      "[22.000000] (w) a writes a checkpoint, attempt 2 of 2",
      "[23.000000] (w) a has written a checkpoint, attempt 2 of 2",
      "[33.000000] (w) a finished, attempt 2 of 2",
    ]);
  });

  test("finish the one that they are writing, and write none where there is nothing to save", () => {
    const at = (release: string) => log({ scheduler, tasks: [...BASE.tasks!, { ...urgent, release }] });
    expect(
      at("10500ms")
        .filter((line) => line.includes(" b "))
        .at(0),
    ).toBe("[11.000000] (w) b started, attempt 1 of 1");
    expect(
      at("11s")
        .filter((line) => line.includes(" b "))
        .at(0),
    ).toBe("[11.000000] (w) b started, attempt 1 of 1");
  });

  test("are killed where their tasks save nothing, and come to their time limit as they write", () => {
    const killed = log({ scheduler, tasks: [{ id: "a", duration: "25s", checkpoint: "none" }, urgent] });
    expect(killed.at(-1)).toBe("[34.000000] (w) a finished, attempt 2 of 2");
    const limited = log({ scheduler, tasks: [{ id: "a", duration: "25s", timeout: "5500ms" }, urgent] });
    expect(limited.slice(3)).toEqual([
      "[5.500000] (w) a failed at its time limit, attempt 1 of 1",
      "[5.500000] (scheduler) a failed for good, no attempts left after 1",
      "[5.500000] (w) b started, attempt 1 of 1",
      "[9.500000] (w) b finished, attempt 1 of 1",
    ]);
  });

  test("are believed to have done what they saved: srpt takes the one with less left", () => {
    const srpt = { policy: "srpt", preemption: { mode: "checkpoint" as const } };
    const tasks = [
      { id: "a", duration: "20s" },
      { id: "b", duration: "4s", release: "12s" }, // a has 8 s left, or 7 by then
      { id: "c", duration: "15s", release: "12s" },
    ];
    const lines = log({ scheduler: srpt, checkpoint: { cost: "0s" }, tasks });
    expect(lines.filter((line) => line.includes("started"))).toEqual([
      "[0.000000] (w) a started, attempt 1 of 1",
      "[12.000000] (w) b started, attempt 1 of 1",
      "[16.000000] (w) a started, attempt 2 of 2",
      "[24.000000] (w) c started, attempt 1 of 1",
    ]);
  });

  test("over a network: the order and the answer take their time, and come again where they are lost", () => {
    const far = { network: { latency: "1s" }, scheduler: { ...scheduler, lease: "1m" } };
    const lines = log({ ...far, tasks: [...BASE.tasks!, urgent] });
    expect(lines.filter((line) => /checkpoint|makes room|to make room|b started/.test(line)).slice(0, 5)).toEqual([
      "[5.000000] (w) a is to make room, attempt 1 of 1",
      "[6.000000] (w) a writes a checkpoint, attempt 1 of 1",
      "[7.000000] (w) a has written a checkpoint, attempt 1 of 1",
      "[8.000000] (w) a sent back to the queue to make room, attempt 1 of 1",
      "[8.000000] (w) b started, attempt 1 of 1",
    ]);
    const lossy = [{ kind: "message-loss", messages: ["save"], at: "0s", for: "6500ms", probability: 1 }] as ScenarioInput["faults"];
    const again = log({ ...far, tasks: [...BASE.tasks!, urgent], faults: lossy! });
    expect(again.filter((line) => line.includes("checkpoint")).slice(0, 2)).toEqual([
      "[8.000000] (w) a writes a checkpoint, attempt 1 of 1", // asked again for the heartbeat of 6 s, which is there at 7 s
      "[9.000000] (w) a has written a checkpoint, attempt 1 of 1",
    ]);
  });
});

describe("every: auto", () => {
  const failing = { kind: "crash", mtbf: "100s", mttr: "1s" };
  const first = (more: Partial<ScenarioInput>) =>
    log({ tasks: [{ id: "a", duration: "1h" }], ...more }).find((line) => line.includes("writes"));
  const plan = { every: "auto" as const, cost: "2s" };

  test("goes by the mean time between failures that is said, else by that which the faults declare", () => {
    // √(2 × 2 × 100) × (1 + √(1/100)/3 + 1/900) − 2 = 20 × 1.034444… − 2 = 18.688889
    const DALY = 18.688889;
    expect(first({ checkpoint: { ...plan, mtbf: "100s" } })).toContain(`[${DALY}]`);
    expect(first({ checkpoint: plan, faults: [{ ...failing, distribution: "constant" }] })).toContain(`[${DALY}]`);
    const both = [failing, { ...failing, mtbf: "25s" }].map((fault) => ({ ...fault, distribution: "constant" as const })); // 20 s together
    expect(first({ checkpoint: plan, faults: both })).toContain("[7.660629]"); // √80 × (1 + √0.05/3 + 0.05/9) − 2
  });

  test("else by what was seen: none before the first failure, then the time up ÷ failures", () => {
    expect(first({ checkpoint: plan })).toBeUndefined();
    const seen = log({
      checkpoint: plan,
      tasks: [{ id: "a", duration: "1h" }],
      faults: [{ kind: "crash", worker: "w", at: "100s", restart: "0s" }],
    });
    expect(seen.find((line) => line.includes("writes"))).toContain("[118.688889]");
  });
});

describe("what reports say", () => {
  test("of checkpoints, the time that they take, and work that is lost", () => {
    const { summary } = run({ faults: [CRASH] });
    expect(summary).toMatchObject({ checkpoints: 2, checkpoint_s: 4, lost_work_s: 2, makespan_s: 37, lower_bound_s: 25 });
    expect(run({ checkpoint: { cost: "0s" }, faults: [CRASH] }).summary).toMatchObject({
      checkpoints: 0,
      checkpoint_s: 0,
      lost_work_s: 24,
    });
    const { checkpoint: _, ...without } = BASE;
    expect(simulate(defineScenario(without)).summary).toMatchObject({
      checkpoints: null,
      checkpoint_s: null,
      lost_work_s: null,
    });
  });
});
