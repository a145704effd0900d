// What became of each attempt and what it used, against the slow and obvious way and against what the tasks' rows say.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AttemptOutcomes } from "../../src/metrics/attempt-outcomes.ts";
import { attemptRows } from "../../src/metrics/attempt-rows.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { TaskStatus } from "../../src/metrics/task-outcomes.ts";
import { taskRow } from "../../src/metrics/task-rows.ts";
import { at, columnOf, labelAt, nameAt } from "../../src/model/columns.ts";
import { CPU, MEMORY } from "../../src/model/resources.ts";
import type { Trace } from "../../src/model/trace.ts";
import type { World } from "../../src/model/world.ts";
import { profileOf } from "../../src/model/task-profile.ts";
import { formatSeconds } from "../../src/model/units.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import {
  changing,
  misfortunes,
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
  const world = using(setup.world);
  const metrics = new RunMetrics(world, { from: 0, to: 1 });
  const attempts = new AttemptOutcomes(world);
  const { trace, ending } = simulate({ ...setup, world, sinks: [metrics, attempts], storeTrace: true, maxEvents: 1500 });
  return { metrics, attempts, trace: trace as Trace, end: metrics.horizon(ending, 0).end };
}

/** The world with tasks that use other than they request, one in four as much as that; two of five read and write. */
function using(world: World): World {
  const { tasks } = world;
  const spread = (values: readonly number[]) =>
    columnOf(Float64Array.from({ length: tasks.count }, (_, task) => values[task % values.length]!));
  const some = { usedCpu: spread([Number.NaN, 0, 333, 2 ** 51 - 1]), usedMemory: spread([Number.NaN, 0, 1, 77]) };
  const printed = {
    stdout: { values: ["", "{task}#{attempt}: {outcome}, {reason}\n", "{{{job}}}"], indices: spread([1, 0, 2]) },
    stderr: { values: ["", "{worker} {started}-{finished} {run}"], indices: spread([0, 1]) },
  };
  return {
    ...world,
    tasks: { ...tasks, ...some, ...printed, bytesRead: spread([0, 1000, 2 ** 53 - 1]), bytesWritten: spread([0, 0, 7, 3, 0]) },
  };
}

const seconds = (time: number | undefined) => formatSeconds(time ?? Number.NaN);

/** The rows are those of a naive recomputation; gives that. */
function expectNaive({ attempts, trace, end }: Omit<Judged, "metrics">): NaiveAttempt[] {
  const { tasks, workers } = trace.world;
  const naive = naiveAttempts(trace, end);
  const expected = naive.map((own) => {
    const { task, attempt, worker, outcome, reason, started, finished, ran, begun, heard, done, work, from, saving, checkpoints } = own;
    const { setup, transfer, askWait, extraCpu, mostMemory } = own;
    const [cpu, memory] = [at(tasks.usedCpu, task), at(tasks.usedMemory, task)];
    const request = at(tasks.request[CPU]!, task);
    const elastic = profileOf(tasks, task)?.elastic;
    const most = elastic?.[MEMORY] === undefined ? Infinity : mostMemory; // of its usage
    // An elastic one uses no more than it holds; of the rest the usage is what the world says.
    const area = elastic?.[CPU] === undefined ? (Number.isNaN(cpu) ? request : cpu) : cpu < request ? cpu : request;
    const isWhole = (outcome === "completed" && from === 0n) || done === work;
    const part = (bytes: number) => (!begun ? 0 : isWhole ? bytes : Number((BigInt(bytes) * done) / work));
    return {
      ...{ task: `${task}`, attempt, worker: workers.names[worker], outcome, reason, started, finished, run: ran },
      ...{ work: Number(done), saving, checkpoints, setup, transfer, askWait },
      cpuTime: Number((BigInt(area) * BigInt(ran) + (elastic?.[CPU] === undefined && !Number.isNaN(cpu) ? 0n : extraCpu)) / 1000n),
      peakMemory: !begun ? 0 : Number.isNaN(memory) ? mostMemory : Math.min(memory, most),
      read: part(at(tasks.bytesRead, task)),
      written: part(at(tasks.bytesWritten, task)),
      stdout: heard
        ? ["", `${nameAt(tasks.names, task)}#${attempt}: ${outcome}, ${reason}\n`, `{${labelAt(tasks.job, task)}}`][
            at(tasks.stdout.indices, task)
          ]
        : "",
      stderr: heard
        ? ["", `${workers.names[worker]} ${seconds(started)}-${seconds(finished)} ${seconds(ran)}`][at(tasks.stderr.indices, task)]
        : "",
      copy: 0, // none has any here
    };
  });
  const rows = [...attemptRows(attempts, end)];
  expect(rows.map((row, i) => ({ ...row, task: `${naive[i]?.task}` }))).toEqual(expected);
  return naive;
}

/** Without a network: what attempts ran, until they were given up, is what the tasks' metrics count, and a task ends with its last attempt. */
function expectAgreement({ metrics, attempts, end }: Judged, naive: readonly NaiveAttempt[]): void {
  const ran = new Float64Array(metrics.world.tasks.count);
  const finished = new Map<number, number>();
  for (const record of attempts.records(end)) finished.set(record.task, record.finished);
  for (const { task, segments, finished: over = end } of naive)
    for (const { from, to } of segments) ran[task]! += Math.max(0, Math.min(to, over) - from);
  const counted = new Float64Array(ran.length);
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
      fc.property(randomRun, (drawn) => {
        const random = { ...drawn, world: using(drawn.world) };
        const metrics = new RunMetrics(random.world, { from: 0, to: 1 });
        const attempts = new AttemptOutcomes(random.world);
        const { trace, ending } = run(random, [metrics, attempts]);
        const end = metrics.horizon(ending, 0).end;
        const naive = expectNaive({ attempts, trace, end });
        for (const { outcome, reason, segments, done, work } of naive) {
          seen.add(`${outcome} ${reason}`);
          if (done > 0n && done < work) seen.add("part of its work");
          if (segments.length > 1) seen.add("suspended");
        }
        expectAgreement({ metrics, attempts, trace, end }, naive);
      }),
      { seed: seed(75), numRuns: runs(500) }, // of which some preempt
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        "completed ",
        "failed execution",
        "failed timeout",
        "lost preemption",
        "part of its work",
        "suspended",
        "unfinished ",
      ]),
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
        const naive = expectNaive(all);
        for (const { outcome, reason, begun, heard, ran, done, work } of naive) {
          seen.add(`${outcome} ${reason}${begun ? "" : ", never begun"}`);
          if (begun && !heard && outcome !== "unfinished") seen.add("begun and not heard");
          if (outcome === "lost" && heard) seen.add("given up and heard");
          if (done > 0n && done < work && done < BigInt(ran) / 2n) seen.add("slowly");
        }
        expectAgreement(all, naive);
      }),
      { seed: seed(72), numRuns: runs(500) },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        ...["completed ", "cancelled client", "failed execution", "unfinished "],
        ...["client", "drain", "incarnation", "shrink", "suspicion"].map((reason) => `lost ${reason}`),
        "lost incarnation, never begun",
        ...["slowly", "begun and not heard", "given up and heard"],
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
        const all = judged(overNetwork(unfortunate(setup, misfortune), weather, misfortune.liveness));
        for (const { outcome, reason, begun } of expectNaive(all)) seen.add(`${outcome} ${reason}${begun ? "" : ", never begun"}`);
      }),
      { seed: seed(73), numRuns: runs(200) },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(["completed ", "failed execution", "lost incarnation", "lost lease", "lost lease, never begun"]),
    );
  });

  test("over a network, where they make room for others", () => {
    const seen = new Set<string>();
    const policies = ["srpt", "preemptive-priority", "time-slice"].map((name) => policyNamed(name)!);
    fc.assert(
      fc.property(fc.constantFrom(...policies), cases({ brief: true }), misfortunes, weathers, (policy, drawn, misfortune, weather) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        const all = judged(overNetwork(unfortunate(setup, misfortune), weather, misfortune.liveness));
        for (const { outcome, segments } of expectNaive(all)) seen.add(outcome).add(segments.length > 1 ? "suspended" : "in one go");
      }),
      { seed: seed(75), numRuns: runs(400) },
    );
    expect([...seen].sort()).toEqual(expect.arrayContaining(["completed", "lost", "suspended"]));
  });
});
