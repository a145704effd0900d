// Execution environments: what attempts wait for before they work, what workers keep of it, and how it fails. Times by hand.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

const POD = { kind: "pod", image: "x", admission: "1s", pull: "5s", start: "2s", size: "2GB" };
const HANDLER = { kind: "function", cold: "3s", warm: "500ms", keep: "10s" };

function run(more: Partial<ScenarioInput>) {
  const scenario = defineScenario({ name: "environments", cluster: { workers: [{ id: "w", cpu: 2 }] }, ...more });
  const result = simulate(scenario, { storeTrace: true });
  expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return result;
}

/** What happens to attempts: time, task and sentence, without their numbers. */
function story(more: Partial<ScenarioInput>): string[] {
  const lines = [...schedulerLog(run(more).trace)].join("").split("\n").slice(0, -1);
  return lines
    .filter((line) => !line.includes("(scheduler)"))
    .map((line) =>
      line.replace(/^\[(\d+)\.(\d+)\] \([^)]*\) /, (_, s, f) => `${s}${`.${f}`.replace(/\.?0+$/, "")} `).replace(/, attempt.*$/, ""),
    );
}

const seconds = (...times: number[]) => times.map((time, i) => ({ id: "abcdef"[i] as string, duration: `${time}s` }));

describe("stages come one after another before the work", () => {
  test("process: it starts, each time", () => {
    expect(story({ environment: { kind: "process", start: "100ms" }, cluster: { workers: [{ id: "w" }] }, tasks: seconds(1, 1) })).toEqual([
      "0 a started",
      "0 a starts up",
      "0.1 a begins to work",
      "1.1 a finished",
      "1.1 b started",
      "1.1 b starts up",
      "1.2 b begins to work",
      "2.2 b finished",
    ]);
  });

  test("pod: it is admitted, its image is pulled for all that wait for it, and it starts; the next finds the image", () => {
    expect(story({ environment: POD, tasks: seconds(10, 10, 4) })).toEqual([
      "0 a started",
      "0 a waits to be admitted",
      "0 b started",
      "0 b waits to be admitted",
      "1 a has its image pulled",
      "1 b waits for its image to be pulled",
      "6 a starts up",
      "6 b starts up",
      "8 a begins to work",
      "8 b begins to work",
      "18 a finished",
      "18 b finished",
      "18 c started",
      "18 c waits to be admitted",
      "19 c starts up",
      "21 c begins to work",
      "25 c finished",
    ]);
  });

  test("function: cold, then warm where one was left, and cold again when it was not kept so long, or another needs one too", () => {
    const tasks = [...seconds(1, 1), { id: "c", duration: "1s", release: "4s" }, { id: "d", duration: "1s", release: "30s" }];
    expect(story({ environment: HANDLER, tasks })).toEqual([
      "0 a started",
      "0 a starts cold",
      "0 b started",
      "0 b starts cold",
      "3 a begins to work",
      "3 b begins to work",
      "4 a finished",
      "4 b finished",
      "4 c started",
      "4 c starts warm",
      "4.5 c begins to work",
      "5.5 c finished",
      "30 d started",
      "30 d starts cold",
      "33 d begins to work",
      "34 d finished",
    ]);
  });

  test("a task has its own, or none; one without a name has that of its function", () => {
    const tasks = [
      { id: "a", duration: "1s", function: "f" },
      { id: "b", duration: "1s", function: "g", dependencies: ["a"] },
      { id: "c", duration: "1s", function: "f", dependencies: ["b"] },
      { id: "d", duration: "1s", environment: "none" as const, dependencies: ["c"] },
    ];
    const environment = { kind: "container", pull: "5s" };
    expect(
      run({ environment, tasks })
        .tasks()
        .map(({ finished_s }) => finished_s),
    ).toEqual([6, 12, 13, 14]);
    expect(
      run({ environment: { ...environment, image: "all" }, tasks })
        .tasks()
        .map(({ finished_s }) => finished_s),
    ).toEqual([6, 7, 8, 9]);
  });

  test("a time limit counts them; a checkpoint is read after them", () => {
    const limited = run({ environment: POD, tasks: [{ id: "a", duration: "1s", timeout: "7s" }] });
    expect(limited.attempts()[0]).toMatchObject({ outcome: "failed", reason: "timeout", run_s: 7, setup_s: 7, work_s: 0 });
    const resumed = story({
      environment: POD,
      checkpoint: { every: "4s", cost: "1s", restore: "1s" },
      tasks: seconds(10),
      faults: [{ kind: "crash", worker: "w", at: "14s", restart: "10s" }],
    });
    expect(resumed.slice(-7)).toEqual(
      [
        "24 a waits to be admitted",
        "25 a starts up", // the image is there still
        "27 a begins to work",
        "27 a reads its last checkpoint",
        "28 a works on from its last checkpoint",
        "32 a writes a checkpoint",
        "35 a finished",
      ]
        .flatMap((line) => (line.startsWith("35") ? ["33 a has written a checkpoint", "35 a finished"] : [line]))
        .slice(-7),
    );
  });
});

describe("images on a worker", () => {
  const container = (image: string, size = "2GB") => ({ kind: "container", image, size, pull: "5s" });
  const inTurn = (...images: string[]) =>
    images.map((image, i) => ({
      id: "abcdef"[i] as string,
      duration: "1s",
      environment: container(image),
      ...(i > 0 && { dependencies: ["abcdef"[i - 1] as string] }),
    }));
  const pulls = (cache: string, ...images: string[]) =>
    run({ cluster: { workers: [{ id: "w", cpu: 2, cache }] }, tasks: inTurn(...images) }).summary.pulls;

  test("make room for others: those used longest ago first", () => {
    expect(pulls("4GB", "x", "y", "x", "z", "x", "y")).toBe(4); // z takes the place of y, and y that of z
    expect(pulls("6GB", "x", "y", "x", "z", "x", "y")).toBe(3);
    expect(pulls("3GB", "x", "y", "x", "x", "y", "x")).toBe(5);
  });

  test("are not kept where they do not fit, or those that are in use leave no room", () => {
    expect(pulls("1GB", "x", "x", "x")).toBe(3);
    const beside = [
      { id: "a", duration: "60s", environment: container("x") },
      ...["b", "c"].map((id, i) => ({ id, duration: "1s", environment: container("y"), ...(i > 0 && { dependencies: ["b"] }) })),
    ];
    expect(run({ cluster: { workers: [{ id: "w", cpu: 2, cache: "3GB" }] }, tasks: beside }).summary.pulls).toBe(3);
  });

  test("stay through a crash, but for one that was being pulled; and go with the disk", () => {
    const fault = (at: string, more = {}) => ({ kind: "crash", worker: "w", at, restart: "2s", ...more });
    const workers = { workers: [{ id: "w", cpu: 1 }] };
    const all = (faults: object[]) => run({ cluster: workers, tasks: inTurn("x", "x"), faults } as Partial<ScenarioInput>).summary.pulls;
    expect(all([])).toBe(1);
    expect(all([fault("5500ms")])).toBe(1);
    expect(all([fault("4s")])).toBe(2);
    expect(all([fault("5500ms", { loses: "disk" })])).toBe(2);
  });

  test("wait while the worker is paused, and come on though the attempt does not", () => {
    const paused = story({ tasks: inTurn("x"), faults: [{ kind: "pause", worker: "w", at: "2s", for: "3s" }] });
    expect(paused.slice(-2)).toEqual(["8 a begins to work", "9 a finished"]);
    // a is cancelled as its image is pulled, which b then need not wait for as long
    const cancelled = story({
      tasks: [
        { id: "a", duration: "1s", environment: container("x") },
        { id: "b", duration: "1s", release: "4s", environment: container("x") },
      ],
      actions: [{ at: "2s", cancel: "a" }],
    });
    expect(cancelled.slice(-3)).toEqual(["4 b waits for its image to be pulled", "5 b begins to work", "6 b finished"]);
  });
});

describe("what fails before the work", () => {
  test("a pull, a start, an admission, a cold start: when its time is over; the next execution tries again", () => {
    for (const [stage, at] of [
      ["admission", 1],
      ["pull", 6],
      ["start", 8],
    ] as const) {
      const { attempts } = run({ environment: { ...POD, fails: { [stage]: 1 } }, tasks: [{ id: "a", duration: "1s", retries: 1 }] });
      expect(attempts()[0]).toMatchObject({ outcome: "failed", reason: stage, finished_s: at, work_s: 0 });
    }
    const { attempts, summary } = run({
      environment: { ...HANDLER, fails: { cold: 1 } },
      tasks: [{ id: "a", duration: "1s", retries: 2 }],
    });
    expect(attempts().map(({ reason, finished_s }) => [reason, finished_s])).toEqual([
      ["cold", 3],
      ["cold", 6],
      ["cold", 9],
    ]);
    expect(summary).toMatchObject({ failed: 1, cold_starts: 3, setup_s: 9 });
  });

  test("a pull: who waits for it has its worker pull it anew", () => {
    const tasks = [
      { id: "a", duration: "1s", environment: { kind: "container", image: "x", pull: "5s", fails: { pull: 1 } } },
      { id: "b", duration: "1s", environment: { kind: "container", image: "x", pull: "4s" } },
    ];
    expect(story({ tasks })).toEqual([
      "0 a started",
      "0 a has its image pulled",
      "0 b started",
      "0 b waits for its image to be pulled",
      "5 a failed, its image could not be pulled",
      "5 b has its image pulled",
      "9 b begins to work",
      "10 b finished",
    ]);
  });

  test("as often as it is said, by the seed of the faults, task by task", () => {
    const input: ScenarioInput = {
      cluster: { workers: [{ id: "w", count: 50 }] },
      generate: { kind: "bag", count: 4000, duration: "1s" },
      environment: { kind: "process", start: "1s", fails: { start: 0.2 } },
      scheduler: { policy: "first-fit" },
    };
    const failed = (seed: string) => simulate(defineScenario(input), { seed }).summary.failed;
    expect(Math.abs(failed("1") - 800)).toBeLessThan(4 * 25.3); // σ = √(4000 × 0.2 × 0.8)
    expect(failed("2")).not.toBe(failed("1"));
    expect(failed("1")).toBe(failed("1"));
  });
});

test("what reports say: time until attempts worked, pulls and cold starts; nothing where there are none", () => {
  const { summary, attempts } = run({ environment: POD, tasks: seconds(10, 10, 4) });
  expect(summary).toMatchObject({ setup_s: 8 + 8 + 3, pulls: 1, cold_starts: 0, makespan_s: 25 });
  expect(attempts().map(({ setup_s, run_s }) => [setup_s, run_s])).toEqual([
    [8, 18],
    [8, 18],
    [3, 7],
  ]);
  expect(run({ tasks: seconds(1) }).summary).toMatchObject({ setup_s: null, pulls: null, cold_starts: null });
});

test("an attempt that is to make room stops at once while it prepares, and what is suspended goes on with what is left of it", () => {
  const both = (mode: "checkpoint" | "suspend") =>
    story({
      cluster: { workers: [{ id: "w", cpu: 1 }] },
      scheduler: { policy: "preemptive-priority", preemption: { mode } },
      tasks: [
        { id: "a", duration: "1s", priority: 1, environment: POD, checkpoint: { every: "10s", cost: "1s" } },
        { id: "b", duration: "4s", release: "7s" },
      ],
    });
  expect(both("checkpoint").slice(-5)).toEqual([
    "11 a started",
    "11 a waits to be admitted",
    "12 a starts up",
    "14 a begins to work",
    "15 a finished",
  ]);
  expect(both("suspend").slice(-3)).toEqual(["11 a goes on", "12 a begins to work", "13 a finished"]);
});
