// What became of each attempt and what it used, against the slow and obvious way and against what the tasks' rows say.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AttemptOutcomes } from "../../src/metrics/attempt-outcomes.ts";
import { attemptRows } from "../../src/metrics/attempt-rows.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { TaskStatus } from "../../src/metrics/task-outcomes.ts";
import { taskRow } from "../../src/metrics/task-rows.ts";
import { at } from "../../src/model/columns.ts";
import { CPU, MEMORY } from "../../src/model/resources.ts";
import type { Trace } from "../../src/model/trace.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import {
  changing,
  misfortunes,
  ofOneSize,
  overNetwork,
  requests,
  scaledMisfortune,
  type Setup,
  setUp,
  turnovers,
  unfortunate,
  weathers,
} from "../laws/running.ts";
import { type NaiveAttempt, naiveAttempts } from "./naive-attempts.ts";
import { randomRun, run } from "./random-runs.ts";

interface Judged {
  metrics: RunMetrics;
  attempts: AttemptOutcomes;
  trace: Trace;
  end: number;
}

function judged(setup: Setup): Judged {
  const metrics = new RunMetrics(setup.world, { from: 0, to: 1 });
  const attempts = new AttemptOutcomes(setup.world);
  const { trace, ending } = simulate({ ...setup, sinks: [metrics, attempts], storeTrace: true, maxEvents: 1500 });
  return { metrics, attempts, trace: trace as Trace, end: metrics.horizon(ending, 0).end };
}

/** The rows are those of a naive recomputation; gives that. */
function expectNaive({ attempts, trace, end }: Omit<Judged, "metrics">): NaiveAttempt[] {
  const { tasks, workers } = trace.world;
  const naive = naiveAttempts(trace, end);
  const expected = naive.map(({ task, attempt, worker, outcome, reason, started, finished, ran, begun }) => ({
    ...{ attempt, outcome, reason, started, finished },
    task: `${task}`,
    worker: workers.names[worker],
    run: ran,
    cpuTime: Number((BigInt(at(tasks.request[CPU]!, task)) * BigInt(ran)) / 1000n),
    peakMemory: begun ? at(tasks.request[MEMORY]!, task) : 0,
  }));
  const rows = [...attemptRows(attempts, end)];
  expect(rows.map((row, i) => ({ ...row, task: `${naive[i]?.task}` }))).toEqual(expected);
  return naive;
}

/** Without a network: what attempts ran is what the tasks' metrics count, and a task ends with its last attempt. */
function expectAgreement({ metrics, attempts, end }: Judged): void {
  const ran = new Float64Array(metrics.world.tasks.count);
  const finished = new Map<number, number>();
  for (const record of attempts.records(end)) {
    ran[record.task]! += record.ran;
    finished.set(record.task, record.finished);
  }
  const counted = new Float64Array(ran.length);
  for (const [task, time] of metrics.strayTimes(end)) counted[task]! += time;
  for (let task = 0; task < ran.length; task++) {
    const status = metrics.status(task);
    if (status === TaskStatus.completed) counted[task]! += metrics.ranBy(task, metrics.end(task));
    if (status === TaskStatus.running) counted[task]! += Math.max(0, metrics.ranBy(task, metrics.ranUntil(end, task)));
    counted[task]! += metrics.timeLost(task);
    const row = taskRow(metrics, task);
    if (row.finished !== undefined) expect(finished.get(task)).toBe(row.finished);
  }
  expect(ran).toEqual(counted);
}

describe("attempts, recomputed from the trace", () => {
  test("under any policy, preempted, suspended and cut off", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(randomRun, (random) => {
        const metrics = new RunMetrics(random.world, { from: 0, to: 1 });
        const attempts = new AttemptOutcomes(random.world);
        const { trace, ending } = run(random, [metrics, attempts]);
        const end = metrics.horizon(ending, 0).end;
        for (const { outcome, reason, segments } of expectNaive({ attempts, trace, end })) {
          seen.add(`${outcome} ${reason}`);
          if (segments.length > 1) seen.add("suspended");
        }
        expectAgreement({ metrics, attempts, trace, end });
      }),
      { seed: seed(71), numRuns: runs(300) },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(["completed ", "failed execution", "failed timeout", "lost preemption", "suspended", "unfinished "]),
    );
  });

  test("where workers fail, shrink and leave, and clients cancel", () => {
    const seen = new Set<string>();
    const policy = policyNamed("first-fit")!;
    fc.assert(
      fc.property(cases(), misfortunes, turnovers, requests, fc.constantFrom(0, 0.3), (drawn, misfortune, turnover, asked, part) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const scaled = scaledMisfortune(misfortune, drawn.scale, part);
        const all = judged(changing(unfortunate(setup, scaled), turnover, scaled.liveness, asked));
        for (const { outcome, reason, begun } of expectNaive(all)) seen.add(`${outcome} ${reason}${begun ? "" : ", never begun"}`);
        expectAgreement(all);
      }),
      { seed: seed(72), numRuns: runs(500) },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        ...["completed ", "cancelled client", "failed execution", "unfinished "],
        ...["client", "drain", "incarnation", "shrink", "suspicion"].map((reason) => `lost ${reason}`),
        "lost incarnation, never begun",
      ]),
    );
  });

  test("over a network", () => {
    const seen = new Set<string>();
    const policy = policyNamed("first-fit")!;
    fc.assert(
      fc.property(cases(), misfortunes, weathers, (drawn, misfortune, weather) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const all = judged(overNetwork(unfortunate(setup, ofOneSize(misfortune)), weather, misfortune.liveness));
        for (const { outcome, reason, begun } of expectNaive(all)) seen.add(`${outcome} ${reason}${begun ? "" : ", never begun"}`);
      }),
      { seed: seed(73), numRuns: runs(200) },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(["completed ", "failed execution", "lost incarnation", "lost lease", "lost lease, never begun"]),
    );
  });
});
