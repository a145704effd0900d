// What is counted of copies, folded in three ways: by task, by attempt and by worker, which agree.
import fc from "fast-check";
import { expect, test } from "vitest";
import { AttemptOutcomes } from "../../src/metrics/attempt-outcomes.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { policyNamed } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { misfortunes, requests, setUp, unfortunate, withActions } from "../laws/running.ts";

test("the time of attempts is useful or wasted, and busy somewhere, once", () => {
  let copies = 0;
  fc.assert(
    fc.property(
      cases({ brief: true, copies: true, maxTasks: 12 }),
      fc.constantFrom("first-fit", "fcfs", "sjf"),
      misfortunes,
      fc.boolean(),
      requests,
      (drawn, name, misfortune, fails, asked) => {
        const setup = setUp(policyNamed(name) as PolicyDefinition, drawn);
        fc.pre(setup !== undefined && setup.world.tasks.count > 0);
        // A worker that is paused, or whose clock is slow, goes on with what is given up: that is nobody's but the attempt's.
        const tracks = misfortune.tracks.filter(({ effect }) => effect.kind === "down" || effect.kind === "slow");
        const liveness = { ...misfortune.liveness, requeue: "lease-end" as const };
        const run = withActions(fails ? unfortunate(setup, { ...misfortune, tracks, liveness }) : setup, asked);
        const { world } = run;
        const tasks = new RunMetrics(world, { from: 0, to: 1 });
        const attempts = new AttemptOutcomes(world);
        const workers = new WorkerUsage(world);
        const { ending, trace } = simulate({ ...run, sinks: [tasks, attempts, workers], storeTrace: true, maxEvents: 700 });
        fc.pre(ending.kind === "complete");
        const records = [...attempts.records(ending.time)];
        const ran = (keeps: (record: (typeof records)[number]) => boolean) =>
          records.filter(keeps).reduce((sum, record) => sum + record.ran, 0);
        for (let task = 0; task < world.tasks.count; task++) {
          // Of several that have completed it, for what it wrote was lost, the last counts.
          const last = records.findLast((record) => record.task === task && record.outcome === "completed");
          if (last !== undefined) expect(tasks.timeUsed(task)).toBe(last.ran);
          expect(tasks.timeLost(task)).toBe(ran((one) => one.task === task && one !== last));
          expect(tasks.attempts(task)).toBe(records.filter((one) => one.task === task).length);
        }
        const rows = workers.rows(tasks.horizon(ending, 0));
        expect(rows.map(({ attempts: count }) => count)).toEqual(
          rows.map((_, worker) => records.filter((one) => one.worker === worker && one.begun).length),
        );
        const won = new Set<string>();
        let completedByCopy = 0;
        for (const { kind, task, attempt } of trace?.entries ?? []) {
          if (kind === EntryKind.copied) won.add(`${task}#${attempt}`);
          if (kind === EntryKind.finished && won.has(`${task}#${attempt}`)) completedByCopy += 1;
        }
        expect([tasks.disturbances.copies, tasks.copiesWon]).toEqual([won.size, completedByCopy]);
        expect(records.filter(({ isCopy }) => isCopy)).toHaveLength(won.size);
        copies += won.size;
      },
    ),
    { seed: seed(1701), numRuns: runs(400) },
  );
  expect(copies).toBeGreaterThan(100);
});
