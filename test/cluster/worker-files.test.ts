// Files on workers and between them: when they come, from where, what makes room, and what becomes of those that are lost. Times by hand.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

function run(more: Partial<ScenarioInput>) {
  const scenario = defineScenario({
    name: "files",
    cluster: { workers: [{ id: "w", count: 2 }] },
    network: { bandwidth: "100MB" },
    ...more,
  });
  const result = simulate(scenario, { storeTrace: true });
  expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return result;
}

/** The lines of the log that are about files, or hold one of some words. */
function story(more: Partial<ScenarioInput>, ...words: string[]): string[] {
  const lines = [...schedulerLog(run(more).trace)].join("").split("\n");
  return lines
    .filter((line) => ["file", "begins to work", ...words].some((word) => line.includes(word)))
    .map((line) => line.replace(/^\[(\d+)\.(\d+)\]/, (_, s, f) => `${s}${`.${f}`.replace(/\.?0+$/, "")}`).replace(/, attempt.*$/, ""));
}

const on = (worker: string) => ({ requires: { id: worker } });
const TWO = { workers: [1, 2].map((n) => ({ id: `w-${n}`, cpu: 4, labels: { id: `w-${n}` } })) };

describe("where files come from, and how long that takes", () => {
  test("from the store to the first that reads them, and from there to the next; what is there takes no time", () => {
    const tasks = [
      { id: "a", duration: "5s", inputs: ["x"], ...on("w-1") },
      { id: "b", duration: "5s", inputs: ["x"], release: "10s", ...on("w-2") },
      { id: "c", duration: "5s", inputs: ["x"], release: "30s", ...on("w-1") },
    ];
    expect(story({ cluster: TWO, files: [{ id: "x", size: "400MB" }], tasks })).toEqual([
      '0 (w-1) is sent file "x"',
      "0 (w-1) a waits for its files",
      '4 (w-1) has file "x"',
      "4 (w-1) a begins to work",
      '10 (w-1) sends file "x"',
      '10 (w-2) is sent file "x"',
      "10 (w-2) b waits for its files",
      '14 (w-2) has file "x"',
      "14 (w-2) b begins to work",
    ]);
  });

  test("once for all attempts that wait for it, and for each all that it reads", () => {
    const tasks = [
      { id: "a", duration: "5s", inputs: ["x"], ...on("w-1") },
      { id: "b", duration: "5s", inputs: ["x", "y"], release: "1s", ...on("w-1") },
    ];
    const files = [
      { id: "x", size: "400MB" },
      { id: "y", size: "200MB" },
    ];
    expect(story({ cluster: TWO, files, tasks }).filter((line) => line.includes("begins") || line.includes("is sent"))).toEqual([
      '0 (w-1) is sent file "x"',
      '1 (w-1) is sent file "y"',
      "4 (w-1) a begins to work",
      "4 (w-1) b begins to work",
    ]);
  });

  test("at the lesser bandwidth of both ends, each alone; or shared, max-min", () => {
    const files = [
      { id: "x", size: "400MB" },
      { id: "y", size: "400MB" },
    ];
    const tasks = ["x", "y"].map((id) => ({ id, duration: "1s", inputs: [id], ...on("w-1") }));
    const begins = (network: NonNullable<ScenarioInput["network"]>) =>
      story({ cluster: TWO, files, tasks, network }).filter((line) => line.includes("begins"));
    expect(begins({ bandwidth: "100MB" })).toEqual(["4 (w-1) x begins to work", "4 (w-1) y begins to work"]);
    expect(begins({ bandwidth: "100MB", store: "50MB" })).toEqual(["8 (w-1) x begins to work", "8 (w-1) y begins to work"]);
    expect(begins({ bandwidth: "100MB", links: [{ worker: "w-1", bandwidth: "200MB" }] })[0]).toBe("2 (w-1) x begins to work");
    expect(begins({ bandwidth: "100MB", sharing: "fair" })).toEqual(["8 (w-1) x begins to work", "8 (w-1) y begins to work"]);
    // Without a bandwidth nothing is said of files.
    expect(begins({ latency: "0s" })).toEqual([]);
  });

  test("outputSize: every task that depends on it reads it; what is written lies where it was written", () => {
    const tasks = [
      { id: "a", duration: "1s", outputSize: "100MB", ...on("w-1") },
      { id: "b", duration: "1s", dependencies: ["a"], ...on("w-1") },
      { id: "c", duration: "1s", dependencies: ["a"], ...on("w-2") },
    ];
    expect(story({ cluster: TWO, tasks })).toEqual([
      '1 (w-1) sends file "a"',
      '1 (w-2) is sent file "a"',
      "1 (w-2) c waits for its files",
      '2 (w-2) has file "a"',
      "2 (w-2) c begins to work",
    ]);
  });

  test("a reader waits for the writer, though it does not say so; rings are refused", () => {
    const tasks = [
      { id: "late", duration: "1s", inputs: ["x"] },
      { id: "early", duration: "5s", outputs: { x: "1MB" } },
    ];
    expect(
      run({ tasks })
        .tasks()
        .map(({ started_s }) => started_s),
    ).toEqual([5, 0]);
    const ring = [
      { id: "one", duration: "1s", inputs: ["x"], outputs: { y: 1 } },
      { id: "two", duration: "1s", inputs: ["y"], outputs: { x: 1 } },
    ];
    expect(() => run({ tasks: ring })).toThrow("tasks wait for files of one another in a ring: one → two → one");
  });
});

describe("what befalls workers meanwhile", () => {
  const files = [{ id: "x", size: "400MB", at: "w-1" }];
  const tasks = [{ id: "a", duration: "1s", inputs: ["x"], ...on("w-2") }];

  test.each([
    ["w-1", "7"],
    ["w-2", "7"],
  ])("a pause of either end holds a transfer up: %s", (worker, time) => {
    const faults = [{ kind: "pause", worker, at: "1s", for: "3s" }];
    expect(story({ cluster: TWO, files, tasks, faults }).at(-1)).toBe(`${time} (w-2) a begins to work`);
  });

  test("who sends it goes down: it comes from the store, from the beginning", () => {
    const faults = [{ kind: "crash", worker: "w-1", at: "3s", for: "1m" }];
    expect(story({ cluster: TWO, files, tasks, faults })).toEqual([
      '0 (w-1) sends file "x"',
      '0 (w-2) is sent file "x"',
      "0 (w-2) a waits for its files",
      '3 (w-2) is sent file "x" no more',
      '3 (w-2) is sent file "x"',
      '7 (w-2) has file "x"',
      "7 (w-2) a begins to work",
    ]);
  });

  test("who gets it goes down: nothing of it is left, but what was all there is, unless the disk is lost", () => {
    const again = (loses?: "disk") => {
      const faults = [3, 20].map((at) => ({ kind: "crash", worker: "w-2", at: `${at}s`, for: "1s", ...(loses && { loses }) }));
      const more = [...tasks, { id: "b", duration: "1s", inputs: ["x"], release: "25s", ...on("w-2") }];
      return story({ cluster: TWO, files, tasks: more, faults }).filter((line) => line.includes("begins"));
    };
    expect(again()).toEqual(["8 (w-2) a begins to work"]);
    expect(again("disk")).toEqual(["8 (w-2) a begins to work", "29 (w-2) b begins to work"]);
  });

  test("an attempt that is cancelled does not have its file sent on", () => {
    const actions = [{ at: "2s", cancel: "a" }];
    expect(story({ cluster: TWO, files, tasks, actions }).at(-1)).toBe('2 (w-2) is sent file "x" no more');
  });
});

describe("fileCache", () => {
  test("what was read longest ago makes room; what is read stays, whatever its size", () => {
    const cluster = { workers: [{ id: "w", fileCache: "500MB" }] };
    const files = ["x", "y", "z"].map((id) => ({ id, size: "250MB" }));
    const tasks = ["x", "y", "x", "z", "x", "y"].map((id, i) => ({ id: `${i}`, duration: "1s", inputs: [id] }));
    const { transfers, bytes_moved, transfer_s } = run({ cluster, files, tasks }).summary;
    expect([transfers, bytes_moved, transfer_s]).toEqual([4, 1_000_000_000, 10]); // x, y, z, and y again
    const none = { workers: [{ id: "w", fileCache: 0 }] };
    expect(run({ cluster: none, files, tasks: tasks.map((task) => ({ ...task, inputs: ["x", "y"] })) }).summary.transfers).toBe(12);
  });
});

describe("data: { outputs: local }", () => {
  test("attempts that have all their files go on; who has not is sent back", () => {
    const tasks = [
      { id: "a", duration: "5s", outputs: { x: "100MB" }, ...on("w-1") },
      { id: "has", duration: "20s", inputs: ["x"], ...on("w-2") },
      { id: "waits", duration: "20s", dependencies: ["has"], inputs: ["x"], ...on("w-1") },
    ];
    const faults = [{ kind: "crash", worker: "w-1", at: "8s", for: "2s", loses: "disk" as const }];
    const { summary, attempts } = run({ cluster: TWO, data: { outputs: "local" }, tasks, faults, scheduler: { policy: "first-fit" } });
    expect(summary).toMatchObject({ recomputed_tasks: 1, recomputed_s: 5, completed: 3 });
    expect(attempts().map(({ task, attempt, outcome, finished_s }) => [task, attempt, outcome, finished_s])).toEqual([
      ["a", 1, "completed", 5],
      ["has", 1, "completed", 26],
      ["a", 2, "completed", 15],
      ["waits", 1, "completed", 46],
    ]);
  });

  test("what nobody needs any more is not made again", () => {
    const tasks = [
      { id: "a", duration: "5s", outputs: { x: "100MB" }, ...on("w-1") },
      { id: "b", duration: "5s", inputs: ["x"], ...on("w-2") },
      { id: "c", duration: "20s", dependencies: ["b"], ...on("w-2") },
    ];
    const faults = [{ kind: "crash", worker: "w-1", at: "15s", for: "2s", loses: "disk" as const }];
    expect(run({ cluster: TWO, data: { outputs: "local" }, tasks, faults }).summary).toMatchObject({ recomputed_tasks: 0, attempts: 3 });
  });

  test("with countLost a task that has no attempt left fails, and so does who reads what it wrote", () => {
    const tasks = [
      { id: "a", duration: "5s", outputs: { x: "10GB" }, ...on("w-1") },
      { id: "b", duration: "5s", inputs: ["x"], ...on("w-2") },
    ];
    const faults = [{ kind: "crash", worker: "w-1", at: "15s", for: "2s", loses: "disk" as const }];
    const scheduler = { retries: { max: 0, countLost: true }, onDependencyFailure: "fail" as const };
    expect(run({ cluster: TWO, data: { outputs: "local" }, tasks, faults, scheduler }).summary).toMatchObject({ failed: 2, completed: 0 });
  });
});

test("tasks that join a run take no files", async () => {
  const { Simulation } = await import("../../src/index.ts");
  const simulation = new Simulation(defineScenario({ cluster: { workers: [{ id: "w" }] }, tasks: [] }));
  expect(() => simulation.submit({ id: "x", duration: "1s", outputSize: "1MB" })).toThrow(
    "which only tasks take that are there from the beginning",
  );
});
