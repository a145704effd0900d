// What a run counts where workers join, leave and fail, against the slow and obvious way; and that no run beats its bound.
import fc from "fast-check";
import { expect, test } from "vitest";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { joiningWorkers } from "../../src/model/world.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { changing, misfortunes, setUp, turnovers, unfortunate } from "../laws/running.ts";

/** For how long a worker was there from one time to another; `despite`: whether it was down does not count. */
function presence({ world, entries }: Trace, worker: number, from: number, to: number, despite: boolean): number {
  let there = !joiningWorkers(world).includes(worker);
  let since = 0;
  let time = 0;
  const count = (until: number) => {
    if (there) time += Math.max(0, Math.min(until, to) - Math.max(since, from));
    since = until;
  };
  for (const entry of entries) {
    if (entry.worker !== worker) continue;
    const comes = entry.kind === EntryKind.registered;
    if (!comes && entry.kind !== EntryKind.left && (despite || entry.kind !== EntryKind.crashed)) continue;
    count(entry.time);
    there = comes;
  }
  count(to);
  return time;
}

test.each(["first-fit", "dispatch-shortest-queue"])("%s: capacity × time, the rows of workers, and the bound", (name) => {
  const policy = policyNamed(name)!;
  fc.assert(
    fc.property(cases({ brief: true }), turnovers, misfortunes, fc.boolean(), (drawn, turnover, misfortune, fails) => {
      const plain = setUp(policy, drawn);
      fc.pre(plain !== undefined && plain.world.tasks.count > 0);
      const setup = changing(fails ? unfortunate(plain, misfortune) : plain, turnover, misfortune.liveness);
      const metrics = new RunMetrics(setup.world, { from: 0, to: 1 });
      const usage = new WorkerUsage(setup.world);
      const run = simulate({ ...setup, sinks: [metrics, usage], storeTrace: true, maxEvents: 3000 });
      const trace = run.trace as Trace;
      const summary = metrics.summary(run, "1");
      if (summary.makespan !== undefined) expect(summary.lowerBound).toBeLessThanOrEqual(summary.makespan);
      const origin = Math.min(...[...trace.entries].flatMap(({ kind, time }) => (kind === EntryKind.submitted ? [time] : [])));
      const { end } = metrics.horizon(run.ending, origin);
      const { cpuUtilization, usefulCpu } = summary;
      const capacity = [...(setup.world.workers.capacity[0] as Float64Array).entries()];
      const present = capacity.reduce((sum, [worker, cpu]) => sum + cpu * presence(trace, worker, origin, end, false), 0);
      if (cpuUtilization !== undefined) {
        // Of what completed, the attempts are known: each from its start to its end.
        const startedAt = new Map<number, number>();
        let useful = 0;
        for (const { kind, task, time } of trace.entries) {
          if (kind === EntryKind.started) startedAt.set(task, time);
          const { data, mask } = setup.world.tasks.request[0]!;
          if (kind === EntryKind.finished) useful += (data[task & mask] as number) * (time - (startedAt.get(task) as number));
        }
        expect(usefulCpu).toBeCloseTo(useful / present, 9);
        if (!fails) expect(cpuUtilization).toBeLessThanOrEqual(1 + 1e-12);
      }
      for (const [worker, row] of usage.rows({ origin, end }).entries())
        expect(row.busy + row.idle).toBe(presence(trace, worker, origin, end, true));
    }),
    { seed: seed(51), numRuns: runs(300) },
  );
});
