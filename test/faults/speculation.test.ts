// Speculative copies: when attempts get them, and what becomes of both. Times by hand.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, Simulation, simulate, TaskScheduler } from "../../src/index.ts";
import { RunningMedian } from "../../src/engine/running-median.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { runs, seed } from "../fuzz-runs.ts";

/** Two quick tasks are done at 10 s; slow starts then on w-1, takes 100 s there and 20 s on w-2, and has taken too long at 25 s. */
const QUICK = ["q1", "q2"].map((id) => ({ id, function: "f", duration: "10s" }));
const SLOW = { id: "slow", function: "f", duration: { on: { "w-1": "100s", "w-2": "20s" } } };

function run(more: Partial<ScenarioInput> = {}, slow: object = {}) {
  const { scheduler, tasks = [], ...others } = more;
  const scenario = defineScenario({
    name: "copies",
    cluster: { workers: [{ id: "w", count: 2 }] },
    scheduler: { policy: "first-fit", speculation: { factor: 1.5, min: 2 }, ...scheduler },
    tasks: [...QUICK, { ...SLOW, ...slow }, ...tasks],
    ...others,
  } as ScenarioInput);
  const result = simulate(scenario, { storeTrace: true });
  expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return result;
}

/** What happens to slow from its start on: time, worker and sentence. */
function story(more: Partial<ScenarioInput> = {}, slow: object = {}): string[] {
  const lines = [...schedulerLog(run(more, slow).trace)].join("").split("\n");
  return lines
    .filter((line) => line.includes(" slow ") && !line.includes("submitted"))
    .map((line) => line.replace(/^\[(\d+)\.(\d+)\] \((.*?)\) slow /, (_, s, f, who) => `${s}${`.${f}`.replace(/\.?0+$/, "")} ${who} `));
}

const START = ["10 w-1 started, attempt 1 of 1", "25 w-2 copied, attempt 2 beside another"];

describe("the first of the two that completes completes the task", () => {
  test("the copy, and the other is stopped", () => {
    expect(story()).toEqual([
      ...START,
      "45 w-1 stopped, for the other attempt has completed, attempt 1",
      "45 w-2 finished, attempt 2 of 2",
    ]);
    const { summary } = run();
    expect(summary).toMatchObject({ makespan_s: 45, attempts: 4, copies: 1, copies_won: 1, attempts_lost: 0 });
    expect([summary.useful_cpu, summary.wasted_cpu]).toEqual([40 / 90, 35 / 90]);
  });

  test("or what it runs beside", () => {
    const alike = { duration: "30s" };
    expect(story({}, alike)).toEqual([
      ...START,
      "40 w-2 stopped, for the other attempt has completed, attempt 2",
      "40 w-1 finished, attempt 1 of 2",
    ]);
    expect(run({}, alike).summary).toMatchObject({ makespan_s: 40, attempts: 4, copies: 1, copies_won: 0 });
  });

  test("over a network too, where orders to stop are lost as well", () => {
    expect(run({ network: { latency: "100ms" } }).summary).toMatchObject({ makespan_s: 45.7, copies_won: 1 });
    for (const seed of ["1", "2", "3", "4"])
      expect(run({ network: { latency: "100ms", loss: 0.4 }, seed }).summary).toMatchObject({ completed: 3 });
  });
});

describe("a copy starts", () => {
  test("neither without a function, nor where too few have completed, nor where none is asked for", () => {
    expect(run({}, { function: undefined }).summary.copies).toBe(0);
    expect(run({ scheduler: { speculation: { factor: 1.5, min: 3 } } }).summary.copies).toBe(0);
    expect(run({ scheduler: { speculation: { factor: 20 } } }).summary.copies).toBe(0);
    expect(run({ scheduler: { speculation: undefined } as object }).summary).toMatchObject({ copies: 0, makespan_s: 110 });
  });

  test("after all that is ready, and never where the attempt runs", () => {
    const other = { id: "other", duration: "10s", release: "20s" };
    expect(story({ tasks: [other] })).toContain("30 w-2 copied, attempt 2 beside another");
    const alone = { cluster: { workers: [{ id: "w", count: 2, cpu: 2 }] }, tasks: [{ id: "big", duration: "1h", cpu: 2, release: "10s" }] };
    expect(run(alone).summary.copies).toBe(0);
  });

  test("where a policy blocks, not as long as anything waits", () => {
    const wide = { id: "wide", duration: "10s", cpu: 2, release: "11s" };
    const cluster = {
      workers: [
        { id: "w", count: 2 },
        { id: "big", cpu: 2 },
      ],
    };
    const busy = { id: "busy", duration: "20s", cpu: 2, release: "10s", requires: {} };
    const more = { cluster, tasks: [busy, wide] };
    expect(story({ ...more, scheduler: { policy: "first-fit" } })).toContain("25 w-2 copied, attempt 2 beside another");
    expect(story({ ...more, scheduler: { policy: "fcfs" } })).toContain("30 w-2 copied, attempt 2 beside another");
  });
});

describe("where one of the two is over, the other goes on", () => {
  test("if it failed, without a copy of its own; the task has failed with the last of them", () => {
    expect(story({}, { timeout: "25s" })).toEqual([
      ...START,
      "35 w-1 failed at its time limit while the other attempt goes on, attempt 1",
      "45 w-2 finished, attempt 2 of 2",
    ]);
    expect(story({}, { fails: "always" })).toEqual([
      ...START,
      "45 w-2 failed while the other attempt goes on, attempt 2",
      "110 w-1 failed, attempt 1 of 2",
      "110 scheduler failed for good, no attempts left after 1",
    ]);
    expect(story({}, { fails: [1], retries: 1 }).slice(3)).toEqual([
      "110 w-1 failed, attempt 1 of 3",
      "110 scheduler to be retried, attempt 3 of 3",
      "110 w-2 started, attempt 3 of 3",
      "125 w-1 copied, attempt 4 beside another",
      "130 w-1 stopped, for the other attempt has completed, attempt 4",
      "130 w-2 finished, attempt 3 of 4",
    ]);
  });

  test("if its worker failed; a copy that is lost may be followed by another", () => {
    const crash = (worker: string, lasting: string) => [{ kind: "crash", worker, at: "30s", for: lasting }];
    expect(story({ faults: crash("w-1", "1h") } as Partial<ScenarioInput>).slice(2)).toEqual([
      "39.000001 w-1 given up when its lease was over while the other attempt goes on, attempt 1",
      "45 w-2 finished, attempt 2 of 2",
    ]);
    expect(story({ faults: crash("w-2", "2s") } as Partial<ScenarioInput>).slice(2)).toEqual([
      "32 w-2 given up since its worker has restarted while the other attempt goes on, attempt 2",
      "32 w-2 copied, attempt 3 beside another",
      "52 w-1 stopped, for the other attempt has completed, attempt 1",
      "52 w-2 finished, attempt 3 of 3",
    ]);
  });

  test("if its worker leaves; and a client that sends the task back, or cancels it, means both", () => {
    const actions = (action: object) => ({ actions: [{ at: "30s", ...action }] }) as Partial<ScenarioInput>;
    expect(story(actions({ leave: "w-1", limit: "2s" })).slice(2)).toEqual([
      "32 w-1 given up since its worker leaves while the other attempt goes on, attempt 1",
      "45 w-2 finished, attempt 2 of 2",
    ]);
    expect(story(actions({ cancel: "slow" })).slice(2)).toEqual([
      "30 w-2 given up by its client while the other attempt goes on, attempt 2",
      "30 w-1 cancelled by its client, attempt 1 of 2",
    ]);
    expect(story(actions({ cancel: "slow", requeue: true })).slice(2, 5)).toEqual([
      "30 w-2 given up by its client while the other attempt goes on, attempt 2",
      "30 w-1 sent back to the queue by its client, attempt 1 of 2",
      "30 w-1 started, attempt 3 of 3",
    ]);
  });

  test("lost attempts that count are those of the task, not its copies", () => {
    const faults = [{ kind: "crash", worker: "w-2", at: "30s", for: "2s" }];
    const scheduler = { retries: { max: 0, countLost: true } };
    expect(run({ faults, scheduler } as Partial<ScenarioInput>).summary).toMatchObject({ completed: 3, copies: 2 });
  });
});

test("a copy reads the last checkpoint that it can, and saves nothing that counts before it is alone", () => {
  const checkpoint = { every: "6s", cost: "1s", restore: "2s" };
  const lines = story({}, { checkpoint, duration: "60s" });
  // By 25 s the other has worked for 6 + 6 s and is at its third part; the copy begins with 12 of 60 s.
  expect(lines.filter((line) => line.includes(" w-2 "))).toEqual(
    [
      "25 w-2 copied, attempt 2 beside another",
      "25 w-2 reads its last checkpoint, attempt 2 of 2",
      "27 w-2 works on from its last checkpoint, attempt 2 of 2",
      ...[33, 40, 47, 54, 61, 68, 75].flatMap((time) => [
        `${time} w-2 writes a checkpoint, attempt 2 of 2`,
        `${time + 1} w-2 has written a checkpoint that counts for nothing, attempt 2 of 2`,
      ]),
      "79 w-2 stopped, for the other attempt has completed, attempt 2",
    ].filter((line) => Number.parseInt(line, 10) <= 79),
  );
});

test("policies that make room, and those that bind tasks to workers, have copies too", () => {
  for (const policy of ["preemptive-sjf", "dispatch-shortest-queue"])
    expect(run({ scheduler: { policy, preemption: { mode: "kill" } } } as Partial<ScenarioInput>).summary.completed).toBe(3);
});

test("where copies make no sense they are refused before anything runs", async () => {
  const scenario = defineScenario({
    name: "refused",
    cluster: { workers: [{ id: "w" }] },
    scheduler: { speculation: { factor: 1.5 } },
    tasks: QUICK,
  });
  expect(() => new Simulation(scenario)).toThrow("scheduler.speculation");
  const functions = new TaskScheduler({ scheduler: { speculation: { factor: 1.5 } } });
  functions.addTask("a", async () => 1);
  await expect(functions.run()).rejects.toThrow("scheduler.speculation");
});

test("a running median is the lower of the middle numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 }), (numbers) => {
      const median = new RunningMedian();
      const sorted: number[] = [];
      expect(median.value).toBeNaN();
      for (const number of numbers) {
        median.add(number);
        sorted.push(number);
        sorted.sort((a, b) => a - b);
        expect([median.count, median.value]).toEqual([sorted.length, sorted[Math.ceil(sorted.length / 2) - 1]]);
      }
    }),
    { seed: seed(1), numRuns: runs(100) },
  );
});
