// What a run counts where workers join, leave and fail, against the slow and obvious way; and that no run beats its bound.
import fc from "fast-check";
import { keptArea } from "./naive-metrics.ts";
import { expect, test } from "vitest";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { at } from "../../src/model/columns.ts";
import { EntryKind, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { joiningWorkers } from "../../src/model/world.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { changing, misfortunes, setUp, turnovers, unfortunate } from "../laws/running.ts";
import { holdingsOf } from "./naive-holdings.ts";

/**
 * For how long a worker was there from one time to another, and its cores × that time; `despite`: whether it was down does not count.
 * The numbers in entries are those of the different effects on capacities, as they come in the plan.
 */
function presence({ world, entries }: Trace, worker: number, from: number, to: number, despite: boolean): { time: number; area: number } {
  const effects = (world.faults?.tracks ?? []).map(({ effect }) => effect).filter(({ kind }) => kind === "shrunk" || kind === "grown");
  const texts = [...new Set(effects.map((effect) => JSON.stringify(effect)))];
  let lasting: string[] = [];
  let there = !joiningWorkers(world).includes(worker);
  let since = 0;
  let time = 0;
  let area = 0;
  const count = (until: number) => {
    const step = there ? Math.max(0, Math.min(until, to) - Math.max(since, from)) : 0;
    const own = effects.filter((effect) => lasting.includes(JSON.stringify(effect)));
    const least = own.flatMap((effect) => (effect.kind === "grown" ? effect.least[0]! : []));
    const most = own.flatMap((effect) => (effect.kind === "shrunk" ? effect.most[0]! : []));
    time += step;
    area += step * Math.min(Math.max(world.workers.capacity[0]![worker]!, ...least), ...most);
    since = until;
  };
  for (const entry of entries) {
    if (entry.worker !== worker) continue;
    count(entry.time);
    const text = texts[entry.attempt - 1]!;
    if (entry.kind === EntryKind.registered) there = true;
    else if (entry.kind === EntryKind.left || (entry.kind === EntryKind.crashed && !despite)) there = false;
    else if (entry.kind === EntryKind.resized) lasting = [...lasting, text];
    else if (entry.kind === EntryKind.restored) lasting = lasting.toSpliced(lasting.indexOf(text), 1);
  }
  count(to);
  return { time, area };
}

/** cpu × time of an attempt until it ended, or was given up: what it requests, and from each change on what it held there. */
function areaUntil({ world, entries }: Trace, { task, attempt, time: start }: TraceEntry, until: number): number {
  const own = [...entries].filter((entry) => entry.task === task && entry.attempt === attempt && entry.time <= until);
  let [area, since, cpu] = [0, start, at(world.tasks.request[0]!, task)];
  for (const { time, amount } of holdingsOf(world, own, task, 0)) {
    area += cpu * (time - since);
    [since, cpu] = [time, amount];
  }
  return area + cpu * (until - since);
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
      const workers = [...setup.world.workers.names.keys()];
      const present = workers.reduce((sum, worker) => sum + presence(trace, worker, origin, end, false).area, 0);
      if (cpuUtilization !== undefined) {
        // Of what completed, the attempts are known: each from its start to its end, or to when it was given up before. What is to run again is of no use.
        const started = new Map<number, TraceEntry>();
        const givenUpAt = new Map<number, number>();
        const used = new Map<number, number>();
        for (const entry of trace.entries) {
          const { kind, task, time } = entry;
          if (kind === EntryKind.started) started.set(task, entry);
          if (kind === EntryKind.requeued) givenUpAt.set(task, time);
          const until = kind === EntryKind.finished ? time : kind === EntryKind.accepted ? givenUpAt.get(task) : undefined;
          if (kind === EntryKind.reopened) used.delete(task);
          if (until !== undefined) used.set(task, areaUntil(trace, started.get(task)!, until));
        }
        const useful = [...used.values()].reduce((sum, each) => sum + each, 0);
        expect(usefulCpu).toBeCloseTo((useful + keptArea(trace)) / present, 9);
        if (!fails) expect(cpuUtilization).toBeLessThanOrEqual(1 + 1e-12);
      }
      for (const [worker, row] of usage.rows({ origin, end }).entries())
        expect(row.busy + row.idle).toBe(presence(trace, worker, origin, end, true).time);
    }),
    { seed: seed(51), numRuns: runs(300) },
  );
});
