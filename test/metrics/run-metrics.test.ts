import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { criticalChain } from "../../src/metrics/critical-chain.ts";
import { jobRows } from "../../src/metrics/job-rows.ts";
import { LowerBound } from "../../src/metrics/lower-bound.ts";
import { measuredTasks } from "../../src/metrics/measured-tasks.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { RUN_COLUMNS } from "../../src/metrics/run-summary.ts";
import { taskRows } from "../../src/metrics/task-rows.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { columnOf } from "../../src/model/columns.ts";
import type { MeasureWindow } from "../../src/model/scenario.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { worldOf } from "../run-world.ts";
import { areaOf, attemptsOf, naiveSummary, naiveTasks, segmentsOf } from "./naive-metrics.ts";
import { randomRun, run, runPlain } from "./random-runs.ts";

const WHOLE = { from: 0, to: 1 };
const complete = {
  digest: "d",
  entries: 0,
  ending: { kind: "complete", message: "", exitCode: 0, time: 0 },
  promises: { text: "p" },
} as const;

describe("RunMetrics", () => {
  test("agrees with a naive recomputation from the stored trace", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(randomRun, (random) => {
        const metrics = new RunMetrics(random.world, WHOLE);
        const result = run(random, [metrics]);
        const summary = metrics.summary(result, "7");
        for (const [name, expected] of Object.entries(naiveSummary(result.trace))) {
          const value = RUN_COLUMNS.find((column) => column.name === name)?.value(summary);
          if (expected === undefined) expect(value, name).toBeUndefined();
          else expect(value, name).toBeCloseTo(expected, Number.isInteger(expected) ? 5 : 3);
        }
        for (const status of ["failed", "skipped", "unfinished"] as const) if (summary[status] > 0) seen.add(status);
        if ((summary.wastedCpu ?? 0) > 0) seen.add("wasted");
      }),
      { seed: seed(1), numRuns: runs(400) },
    );
    expect([...seen].sort()).toEqual(["failed", "skipped", "unfinished", "wasted"]);
  });

  test("task rows agree with a naive recomputation", () => {
    fc.assert(
      fc.property(randomRun, (random) => {
        const metrics = new RunMetrics(random.world, WHOLE);
        const { trace } = run(random, [metrics]);
        const naive = naiveTasks(trace);
        for (const [task, row] of [...taskRows(metrics)].entries()) {
          const { status, ready, started, wait, flow, run: time, attempts } = naive[task]!;
          expect(row).toMatchObject({ status, ready, started, wait, flow, run: time, attempts: attempts.length });
          expect(row.finished).toBe(status === "unfinished" ? undefined : attempts.at(-1)?.end);
          expect(row.worker).toBe(attempts.length === 0 ? "" : random.world.workers.names[attempts.at(-1)!.worker]);
        }
      }),
      { seed: seed(2), numRuns: runs(200) },
    );
  });

  test("a column of every run is the same when the tasks stand in another order", () => {
    const sketch = (names: number[]) =>
      worldOf(
        names.map((n) => ({ id: `T${n}`, duration: 3 + n / 7, release: n * 100, weight: 0.1 * n, due: 2 })),
        [{}],
      );
    const summaryOf = (names: number[]) => {
      const world = sketch(names);
      const metrics = new RunMetrics(world, WHOLE);
      const { digest: _, ...summary } = metrics.summary(runPlain(world, [metrics]), "1");
      return { ...summary, completedSet: "" };
    };
    expect(summaryOf([5, 3, 1, 4, 2])).toEqual(summaryOf([1, 2, 3, 4, 5]));
  });

  test("counts only the window's tasks where it is about tasks, and the whole run where it is about the run", () => {
    const world = worldOf(
      [...Array(10).keys()].map((i) => ({ duration: 10, release: i < 5 ? 0 : 100 })),
      [{}],
    );
    const metrics = new RunMetrics(world, { from: 0.2, to: 0.5 });
    const summary = metrics.summary(runPlain(world, [metrics]), "1");
    expect(summary).toMatchObject({ completed: 3, attempts: 3, maxWait: 40e6, meanWait: 30e6, makespan: 150e6, cpuUtilization: 100 / 150 });
  });

  test("means are exact where the sum is beyond 2^53", () => {
    const world = worldOf([{ duration: 0, release: 0 }, { duration: 0 }, { duration: 0 }], [{}]);
    const metrics = new RunMetrics(world, WHOLE);
    const late = Number.MAX_SAFE_INTEGER;
    for (let task = 0; task < 3; task++) {
      metrics.entry(late, EntryKind.started, task, 0, 1);
      metrics.entry(late, EntryKind.finished, task, 0, 1);
    }
    expect(metrics.summary(complete, "1").meanWait).toBe(late);
  });

  test("a run without tasks, and one without attempts, has no makespan", () => {
    const empty = new RunMetrics(worldOf([], [{}]), WHOLE).summary(complete, "1");
    expect(empty).toMatchObject({
      makespan: undefined,
      lowerBound: 0,
      gap: undefined,
      cpuUtilization: undefined,
      meanWait: undefined,
      completed: 0,
    });
    const cancelled = new RunMetrics(worldOf([{ duration: 1 }], [{}]), WHOLE);
    cancelled.entry(5, EntryKind.submitted, 0, -1, 0);
    cancelled.entry(5, EntryKind.cancelled, 0, -1, 0);
    expect(cancelled.summary(complete, "1")).toMatchObject({
      makespan: undefined,
      cancelled: 1,
      unfinished: 0,
      attempts: 0,
      maxLateness: undefined,
    });
  });

  test("a running attempt that is cancelled ends the makespan and is wasted", () => {
    const metrics = new RunMetrics(worldOf([{ duration: 10 }], [{}]), WHOLE);
    metrics.entry(0, EntryKind.started, 0, 0, 1);
    metrics.entry(4e6, EntryKind.cancelled, 0, 0, 1);
    expect(metrics.summary(complete, "1")).toMatchObject({ makespan: 4e6, wastedCpu: 1, usefulCpu: 0, lowerBound: 0 });
  });

  test("tasks added while the run goes on are folded too", () => {
    const world = worldOf([{ duration: 1 }], [{}]);
    const metrics = new RunMetrics(world, WHOLE);
    metrics.entry(0, EntryKind.started, 0, 0, 1);
    metrics.entry(1e6, EntryKind.failed, 0, 0, 1);
    world.tasks = worldOf([{ duration: 1, retries: 1, failures: 1 }, { duration: 2 }, { duration: 3 }], [{}]).tasks;
    metrics.entry(2e6, EntryKind.submitted, 2, -1, 0);
    metrics.entry(2e6, EntryKind.started, 0, 0, 2);
    metrics.entry(3e6, EntryKind.finished, 0, 0, 2);
    metrics.entry(3e6, EntryKind.started, 2, 0, 1);
    metrics.entry(6e6, EntryKind.finished, 2, 0, 1);
    expect(metrics.summary(complete, "1")).toMatchObject({ completed: 2, unfinished: 1, attempts: 3, wastedCpu: 1 / 6 });
  });

  test("completed sets are told apart even where their weights are equal", () => {
    const setOf = (tasks: number[]) => {
      const metrics = new RunMetrics(worldOf([{ duration: 1 }, { duration: 1 }, { duration: 1 }], [{}]), WHOLE);
      for (const task of tasks) metrics.entry(1, EntryKind.finished, task, 0, 1);
      return metrics.summary(complete, "1").completedSet;
    };
    expect(new Set([setOf([0, 1]), setOf([0, 2]), setOf([1, 2]), setOf([0, 1, 2])]).size).toBe(4);
    expect(setOf([0, 1])).toBe(setOf([1, 0]));
  });
});

describe("lower bound", () => {
  test("no run beats it", () => {
    let tight = 0;
    fc.assert(
      fc.property(randomRun, (random) => {
        const metrics = new RunMetrics(random.world, WHOLE);
        const summary = metrics.summary(run({ ...random, maxEvents: undefined }, [metrics]), "7");
        if (summary.makespan === undefined) return;
        expect(summary.lowerBound).toBeLessThanOrEqual(summary.makespan);
        if (summary.lowerBound === summary.makespan) tight += 1;
      }),
      { seed: seed(3), numRuns: runs(700) },
    );
    expect(tight).toBeGreaterThan(100);
  });

  const boundOf = (world: ReturnType<typeof worldOf>) => {
    const metrics = new RunMetrics(world, WHOLE);
    return metrics.summary(runPlain(world, [metrics]), "1").lowerBound / 1e6;
  };

  test("path: release, then the least time of each task, retries included", () => {
    const speeds = [{ speed: 2 }, { speed: 1 }];
    expect(
      boundOf(
        worldOf(
          [
            { duration: 10, release: 5 },
            { duration: 4, after: ["T1"] },
          ],
          speeds,
        ),
      ),
    ).toBe(7 - 0 + 5 - 0);
    expect(
      boundOf(
        worldOf(
          [
            { duration: 10, retries: 2, failures: 2 },
            { duration: 1, after: ["T1"] },
          ],
          [{}],
        ),
      ),
    ).toBe(31);
  });

  test("a task that fails for good counts its attempts, what follows it nothing", () => {
    expect(
      boundOf(
        worldOf(
          [
            { duration: 10, retries: 1, failures: 9 },
            { duration: 50, after: ["T1"] },
          ],
          [{}],
        ),
      ),
    ).toBe(20);
  });

  test("a task cut by its limit counts the limit", () => {
    expect(boundOf(worldOf([{ duration: 10, timeout: 3, retries: 1 }], [{}]))).toBe(6);
  });

  test("area: the scarcest dimension decides", () => {
    const tasks = [...Array(4).keys()].map(() => ({ duration: 6, cpu: 1, memory: 3 }));
    expect(boundOf(worldOf(tasks, [{ cpu: 4, memory: 4 }]))).toBe(18);
    expect(boundOf(worldOf(tasks, [{ cpu: 2 }]))).toBe(12);
  });

  test("area: speed is capacity", () => {
    const tasks = [...Array(9).keys()].map(() => ({ duration: 1 }));
    expect(boundOf(worldOf(tasks, [{ speed: 2 }, { speed: 1 }]))).toBe(3);
  });

  test("only workers that can hold a task count for it", () => {
    expect(
      boundOf(
        worldOf(
          [{ duration: 12, cpu: 2 }],
          [
            { cpu: 1, speed: 4 },
            { cpu: 2, speed: 1 },
          ],
        ),
      ),
    ).toBe(12);
    const world = worldOf([{ duration: 12 }], [{ speed: 4 }, { speed: 1 }]);
    world.eligibilitySets[0] = Uint8Array.of(0, 1);
    expect(boundOf(world)).toBe(12);
  });

  test("per-worker times are not divided by speed", () => {
    const world = worldOf([{ duration: 99 }, { duration: 2, after: ["T1"] }], [{ speed: 4 }, { speed: 1 }]);
    world.tasks.timeTables = [Float64Array.of(14e6, 16e6)];
    world.tasks.timeTable = columnOf(Float64Array.of(0, -1));
    expect(boundOf(world)).toBe(14.5);
  });

  test("dependencies may stand behind", () => {
    expect(boundOf(worldOf([{ duration: 1, after: ["T3"] }, { duration: 2, after: ["T1"] }, { duration: 3 }], [{}, {}]))).toBe(6);
  });

  test("is remembered for equal outcomes only", () => {
    const world = worldOf([{ duration: 10 }, { duration: 30 }], [{}, {}]);
    const bound = new LowerBound(world);
    const boundAfter = (tasks: number[]) => {
      const metrics = new RunMetrics(world, WHOLE);
      for (const task of tasks) metrics.entry(1, EntryKind.finished, task, 0, 1);
      return bound.of(metrics).bound / 1e6;
    };
    expect([[0, 1], [0, 1], [0], [], [0, 1]].map(boundAfter)).toEqual([30, 30, 10, 0, 30]);
  });
});

describe("critical chain", () => {
  test("adds up to the makespan and follows dependencies", () => {
    let links = 0;
    fc.assert(
      fc.property(randomRun, (random) => {
        const metrics = new RunMetrics(random.world, WHOLE);
        const summary = metrics.summary(run({ ...random, maxEvents: undefined }, [metrics]), "7");
        const chain = criticalChain(metrics);
        if (summary.makespan === undefined) return;
        const origin = new LowerBound(random.world).origin;
        expect(chain.reduce((sum, link) => sum + link.queued + link.running, chain[0]!.release - origin)).toBe(summary.makespan);
        for (const [i, link] of chain.entries()) {
          expect(Math.min(link.blocked, link.queued, link.running)).toBeGreaterThanOrEqual(0);
          expect(link.release + link.blocked + link.queued + link.running).toBe(link.end);
          const { offsets, targets } = random.world.tasks.dependencies;
          if (i > 0) expect(targets.subarray(offsets[link.task], offsets[link.task + 1])).toContain(chain[i - 1]!.task);
          if (i > 0) expect(chain[i - 1]!.end).toBe(link.release + link.blocked);
          else expect(link.blocked).toBe(0);
        }
        links = Math.max(links, chain.length);
      }),
      { seed: seed(4), numRuns: runs(300) },
    );
    expect(links).toBeGreaterThan(2);
  });

  test("says where each task of it spent its time", () => {
    const world = worldOf([{ duration: 5 }, { duration: 7 }, { duration: 3, release: 2, after: ["T1"], retries: 1, failures: 1 }], [{}]);
    const metrics = new RunMetrics(world, WHOLE);
    runPlain(world, [metrics]);
    expect(criticalChain(metrics)).toEqual([
      { task: 0, worker: 0, release: 0, end: 5e6, blocked: 0, queued: 0, running: 5e6 },
      { task: 2, worker: 0, release: 2e6, end: 18e6, blocked: 3e6, queued: 7e6, running: 6e6 },
    ]);
  });
});

describe("worker usage and jobs", () => {
  test("agree with a naive recomputation", () => {
    fc.assert(
      fc.property(randomRun, (random) => {
        const metrics = new RunMetrics(random.world, WHOLE);
        const usage = new WorkerUsage(random.world);
        const { trace, ending } = run(random, [metrics, usage]);
        if (random.world.tasks.count === 0) return;
        const bound = new LowerBound(random.world);
        const horizon = metrics.horizon(ending, bound.origin);
        const span = Math.max(0, horizon.end - horizon.origin);
        const attempts = attemptsOf(trace);
        for (const [position, row] of usage.rows(horizon).entries()) {
          const own = attempts.filter((attempt) => attempt.worker === position);
          expect(row.attempts).toBe(own.length);
          expect(row.busy).toBe(unionLength(own.flatMap(segmentsOf)));
          expect(row.busy + row.idle).toBe(span);
          for (const dimension of [0, 1] as const) {
            const used = own.reduce((sum, attempt) => sum + areaOf(trace, attempt, dimension), 0);
            const part = used / (random.world.workers.capacity[dimension]![position]! * span);
            if (row.utilization[dimension] !== undefined) expect(row.utilization[dimension]).toBeCloseTo(part, 9);
            else expect(span === 0 || !(part > 0)).toBe(true);
          }
        }
        for (const job of jobRows(metrics, bound)) {
          expect(job.tasks).toBe(job.completed + job.failed + job.skipped + job.cancelled + job.unfinished);
          if (job.makespan !== undefined) expect(job.criticalPath).toBeLessThanOrEqual(job.makespan);
        }
      }),
      { seed: seed(5), numRuns: runs(200) },
    );
  });

  test("a job's row", () => {
    const world = worldOf([{ duration: 99 }, { duration: 4, release: 1 }, { duration: 2, after: ["T2"] }, { duration: 1 }], [{}, {}]);
    world.tasks.job = { values: ["", "etl"], indices: columnOf(Float64Array.of(0, 1, 1, 1)) };
    const metrics = new RunMetrics(world, WHOLE);
    runPlain(world, [metrics]);
    expect(jobRows(metrics, new LowerBound(world))).toEqual([
      {
        job: "etl",
        tasks: 3,
        completed: 3,
        failed: 0,
        skipped: 0,
        cancelled: 0,
        unfinished: 0,
        attempts: 3,
        submitted: 0,
        started: 0,
        finished: 7e6,
        wait: 0,
        makespan: 7e6,
        criticalPath: 7e6,
        scheduleLengthRatio: 1,
      },
    ]);
  });
});

function unionLength(intervals: { start: number; end: number }[]): number {
  let total = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    total += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return total;
}

test("the window counts the tasks at its places in order of release and position, and adjoining windows share none", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 12 }), fc.nat(20), fc.nat(20), (releases, a, b) => {
      const world = worldOf(
        releases.map((release) => ({ duration: 1, release })),
        [{}],
      );
      const [from, to] = [Math.min(a, b) / 20, Math.max(a, b) / 20];
      const countedBy = (window: MeasureWindow) => {
        const counted = measuredTasks(world.tasks, window);
        return [...releases.keys()].filter((task) => counted === undefined || counted[task] === 1);
      };
      const inOrder = [...releases.keys()].sort((x, y) => (releases[x] as number) - (releases[y] as number) || x - y);
      const expected = inOrder.slice(Math.round(from * releases.length), Math.round(to * releases.length));
      expect(countedBy({ from, to })).toEqual(expected.sort((x, y) => x - y));
      const parts = [
        { from: 0, to: from },
        { from, to },
        { from: to, to: 1 },
      ].flatMap(countedBy);
      expect(parts.sort((x, y) => x - y)).toEqual([...releases.keys()]);
    }),
    { seed: seed(6), numRuns: runs(300) },
  );
});
